/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/error.h"
#include "broker/base/sys.h"
#include "keys/jws.h"
#include "keys/sandbox.h"
#include "keys/signer_claims.h"
#include "keys/signer_wire.h"
#include "tests/unit/suite.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define ISSUER "https://id.example.cn"
#define NOW 1700000000
#define GOOD "{\"iss\":\"" ISSUER "\",\"exp\":1700000300,\"iat\":1700000000,\"sub\":\"s\"}"
#define CLAIMS(rest) "{\"iss\":\"" ISSUER "\",\"exp\":1700000300,\"iat\":1700000000," rest

static const struct {
	const char *name;
	struct span claims;
	int want;
} claims_rows[] = {
	{ "well formed", SPAN(GOOD), 0 },
	{ "nested members may be called exp", SPAN(CLAIMS("\"events\":{\"exp\":[1,{\"iss\":\"x\"}]}}")), 0 },
	{ "strings may hold anything", SPAN(CLAIMS("\"n\":\"a\\\"},{\\\\\",\"b\":true}")), 0 },
	{ "another issuer", SPAN("{\"iss\":\"https://id.example.com\",\"exp\":1700000300,\"iat\":1700000000,\"sub\":\"s\"}"),
		ERR_INVALID },
	{ "a longer issuer", SPAN("{\"iss\":\"" ISSUER ".evil\",\"exp\":1700000300,\"iat\":1700000000,\"sub\":\"s\"}"),
		ERR_INVALID },
	{ "members in another order", SPAN("{\"exp\":1700000300,\"iss\":\"" ISSUER "\",\"iat\":1700000000,\"sub\":\"s\"}"),
		ERR_INVALID },
	{ "iss again", SPAN(CLAIMS("\"iss\":\"https://evil.example\"}")), ERR_INVALID },
	{ "iss again, escaped", SPAN(CLAIMS("\"\\u0069ss\":\"https://evil.example\"}")), ERR_INVALID },
	{ "exp again", SPAN(CLAIMS("\"sub\":\"s\",\"exp\":9999999999}")), ERR_INVALID },
	{ "iat again", SPAN(CLAIMS("\"a\":[],\"iat\":1}")), ERR_INVALID },
	{ "white space", SPAN(CLAIMS(" \"sub\":\"s\"}")), ERR_INVALID },
	{ "nothing after iat", SPAN("{\"iss\":\"" ISSUER "\",\"exp\":1700000300,\"iat\":1700000000}"), ERR_INVALID },
	{ "not closed", SPAN(CLAIMS("\"sub\":\"s\"")), ERR_INVALID },
	{ "closed twice", SPAN(CLAIMS("\"sub\":\"s\"}}")), ERR_INVALID },
	{ "a second object", SPAN(CLAIMS("\"sub\":\"s\"},{\"exp\":1}")), ERR_INVALID },
	{ "brackets that do not match", SPAN(CLAIMS("\"a\":[}]}")), ERR_INVALID },
	{ "an open string", SPAN(CLAIMS("\"a\":\"}")), ERR_INVALID },
	{ "a control character", SPAN(CLAIMS("\"a\":\"\n\"}")), ERR_INVALID },
	{ "exp before iat", SPAN("{\"iss\":\"" ISSUER "\",\"exp\":1699999999,\"iat\":1700000000,\"a\":1}"), ERR_INVALID },
	{ "as long as allowed", SPAN("{\"iss\":\"" ISSUER "\",\"exp\":1700000600,\"iat\":1700000000,\"a\":1}"), 0 },
	{ "longer than allowed", SPAN("{\"iss\":\"" ISSUER "\",\"exp\":1700000601,\"iat\":1700000000,\"a\":1}"), ERR_INVALID },
	{ "iat a minute ahead", SPAN("{\"iss\":\"" ISSUER "\",\"exp\":1700000300,\"iat\":1700000060,\"a\":1}"), 0 },
	{ "iat more than a minute ahead", SPAN("{\"iss\":\"" ISSUER "\",\"exp\":1700000300,\"iat\":1700000061,\"a\":1}"),
		ERR_INVALID },
	{ "iat more than a minute ago", SPAN("{\"iss\":\"" ISSUER "\",\"exp\":1700000300,\"iat\":1699999939,\"a\":1}"),
		ERR_INVALID },
	{ "a negative exp", SPAN("{\"iss\":\"" ISSUER "\",\"exp\":-1,\"iat\":1700000000,\"a\":1}"), ERR_INVALID },
	{ "exp with a fraction", SPAN("{\"iss\":\"" ISSUER "\",\"exp\":1700000300.5,\"iat\":1700000000,\"a\":1}"), ERR_INVALID },
	{ "a leading zero", SPAN("{\"iss\":\"" ISSUER "\",\"exp\":01700000300,\"iat\":1700000000,\"a\":1}"), ERR_INVALID },
	{ "digits without end", SPAN("{\"iss\":\"" ISSUER "\",\"exp\":17000003000000000000000000000,\"iat\":1700000000,\"a\":1}"),
		ERR_INVALID },
	{ "empty", SPAN(""), ERR_INVALID },
};

START_TEST(claims_check)
{
	struct signer_rule rule = { .begin = SPAN("{\"iss\":\"" ISSUER "\",\"exp\":"), .now = NOW, .max_life = 600 };
	struct span claims = claims_rows[_i].claims;
	char *copy = malloc(claims.n + 1); /* exactly sized: the sanitizer sees a read past the end */

	memcpy(copy, claims.p, claims.n);
	ROW_INT(claims_rows[_i].name, signer_claims_check((struct span){ copy, claims.n }, &rule), claims_rows[_i].want);
	free(copy);
}
END_TEST

START_TEST(wire)
{
	unsigned char *buffer = malloc(SIGNER_WIRE_MAX);
	struct signer_writer w = signer_wire_begin(buffer, SIGNER_OP_SIGN, 7, 9);
	struct signer_message m;

	signer_wire_add(&w, -3, SPAN("kid"), SPAN("bytes"));
	signer_wire_add(&w, 4, SPAN(""), SPAN(""));
	struct span text = signer_wire_end(&w);
	ck_assert_int_eq(signer_wire_read(text, &m), 0);
	ck_assert_uint_eq(m.n, 2);
	ck_assert_uint_eq(m.seq, 7);
	ck_assert_uint_eq(m.boot, 9);
	ck_assert_int_eq(m.items[0].number, -3);
	ROW_SPAN("name", m.items[0].name, SPAN("kid"));
	ROW_SPAN("bytes", m.items[0].bytes, SPAN("bytes"));
	for (size_t n = 0; n < text.n; n++)
		ck_assert_int_eq(signer_wire_read((struct span){ text.p, n }, &m), ERR_MALFORMED);
	ck_assert_int_eq(signer_wire_read((struct span){ text.p, text.n + 1 }, &m), ERR_MALFORMED);
	memset(buffer + 4, 0xff, 4); /* more items than a batch */
	ck_assert_int_eq(signer_wire_read(text, &m), ERR_MALFORMED);

	w = signer_wire_begin(buffer, SIGNER_OP_SIGN, 7, 9);
	ck_assert_ptr_null(signer_wire_room(&w, SIGNER_WIRE_MAX));
	ck_assert_uint_eq(signer_wire_end(&w).n, 0);
	free(buffer);
}
END_TEST

/* ---- a whole signer in a process of its own ---- */

struct fixture {
	int fds[2]; /* signer, client; this process keeps both, like a supervisor */
	char key_file[64];
	pid_t pid;
	uint32_t per_second;
	struct arena *arena;
	struct signer *signer;
	struct signer_made made;
	int reloads;
	bool dies_again; /* once its keys are loaded */
};

static void start(struct fixture *f)
{
	uint64_t drawn;

	sys_random(&drawn, sizeof drawn); /* a fork without exec has our bytes: the next life is to have others (sys.c) */
	f->pid = fork();
	ck_assert_int_ge(f->pid, 0);
	if (f->pid)
		return;
	close(f->fds[1]);
	_exit(signer_main(&f->fds[0], 1, &(struct signer_policy){ .issuer = ISSUER, .key_file = f->key_file,
		.per_second = f->per_second }));
}

static void stop(struct fixture *f)
{
	kill(f->pid, SIGKILL);
	waitpid(f->pid, NULL, 0);
}

static int load_again(struct signer *signer, void *context)
{
	struct fixture *f = context;
	char kid[SIGNER_KID_MAX + 1];

	f->reloads++;
	TRY(signer_load(signer, f->made.sealed, kid));
	if (f->dies_again) {
		stop(f);
		start(f);
	}
	return span_eq(span_of(kid), f->made.kid) ? 0 : FAULT_BUG;
}

static void begin(struct fixture *f, enum alg alg)
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, f->fds), 0);
	snprintf(f->key_file, sizeof f->key_file, "/tmp/yimen-test-signer-%d", (int)getpid());
	f->arena = arena_new(64 * 1024 * 1024);
	start(f);
	ck_assert_int_eq(signer_open(f->fds[1], load_again, f, &f->signer), 0);
	if (alg)
		ck_assert_int_eq(signer_generate(f->signer, alg, f->arena, &f->made), 0);
}

static void end(struct fixture *f)
{
	stop(f);
	unlink(f->key_file);
	signer_close(f->signer);
	close(f->fds[0]);
	close(f->fds[1]);
	arena_free(f->arena);
}

static struct signer_request request(struct fixture *f, struct arena *arena, enum signer_typ typ, int64_t life)
{
	int64_t now = sys_now().ms / 1000;
	struct buf buf = buf_new(arena, 256);
	struct signer_request r = { .kid = f->made.kid, .typ = typ };

	signer_begin_claims(&buf, SPAN(ISSUER), now + life, now);
	buf_str(&buf, "\"sub\":\"0190163d\"}");
	ck_assert_int_eq(buf_done(&buf, &r.payload), 0);
	return r;
}

static void check_token(struct fixture *f, struct arena *arena, const struct signer_request *r, const char *typ)
{
	CLEANUP(jwk_cleanup) struct key *key = NULL;
	struct jws jws;

	ck_assert_int_eq(jwk_parse(f->made.public_jwk, &key), 0);
	ck_assert_int_eq(jws_verify_with(key, &(struct jws_expect){ .algs = key->algs, .typ = typ }, r->token, arena, &jws), 0);
	ROW_SPAN("payload", jws.payload, r->payload);
	ROW_SPAN("kid", jws.kid, f->made.kid);
}

START_TEST(every_algorithm)
{
	static const char *const typs[] = { "at+jwt", "JWT", "logout+jwt", "JWT", "token-introspection+jwt" };
	struct fixture f = { 0 };

	begin(&f, (enum alg)(_i + 1));
	for (int typ = 0; typ < SIGNER_TYP_COUNT; typ++) {
		struct signer_request r = request(&f, f.arena, (enum signer_typ)typ, 60);

		ck_assert_int_eq(signer_sign(f.signer, &r, 1, f.arena), 0);
		check_token(&f, f.arena, &r, typs[typ]);
	}
	/* What is sealed holds no private key in the clear. */
	ck_assert_uint_gt(f.made.sealed.n, 60);
	ck_assert_ptr_null(memmem(f.made.sealed.p, f.made.sealed.n, alg_row((enum alg)(_i + 1))->name, 5));
	end(&f);
}
END_TEST

START_TEST(refusals)
{
	struct fixture f = { 0 };
	struct signer_request r[20];
	char kid[SIGNER_KID_MAX + 1];

	begin(&f, ALG_ES256);
	for (int i = 0; i < 20; i++)
		r[i] = request(&f, f.arena, SIGNER_ACCESS, 60);
	r[1].payload = SPAN(GOOD); /* long ago */
	r[3] = request(&f, f.arena, SIGNER_LOGOUT, 3600);
	r[5].kid = SPAN("unknown");
	r[7].typ = SIGNER_TYP_COUNT;
	r[9] = request(&f, f.arena, SIGNER_ACCESS, 25 * 3600);
	ck_assert_int_eq(signer_sign(f.signer, r, 20, f.arena), ERR_INVALID);
	for (int i = 0; i < 20; i++) {
		int want = i == 1 || i == 3 || i == 7 || i == 9 ? ERR_INVALID : i == 5 ? ERR_ABSENT : 0;

		ck_assert_msg(r[i].result == want, "request %d: got %d, want %d", i, r[i].result, want);
		if (!want)
			check_token(&f, f.arena, &r[i], "at+jwt");
	}
	ck_assert_int_eq(signer_unload(f.signer, SPAN("unknown")), ERR_ABSENT);
	ck_assert_int_eq(signer_load(f.signer, SPAN("rubbish"), kid), FAULT_CORRUPT);
	ck_assert_int_eq(signer_load(f.signer, f.made.sealed, kid), 0);
	ck_assert_int_eq(signer_ping(f.signer), 0);
	struct signer_made none;
	ck_assert_int_eq(signer_generate(f.signer, ALG_UNKNOWN, f.arena, &none), ERR_INVALID);
	char *huge = arena_alloc(f.arena, SIGNER_PAYLOAD_MAX + 1);
	r[0].payload = (struct span){ huge, SIGNER_PAYLOAD_MAX + 1 };
	ck_assert_int_eq(signer_sign(f.signer, r, 1, f.arena), ERR_INVALID);
	end(&f);
}
END_TEST

START_TEST(large_batches)
{
	struct fixture f = { 0 };
	struct signer_request r[40];

	begin(&f, ALG_ES256);
	for (int i = 0; i < 40; i++) {
		int64_t now = sys_now().ms / 1000;
		struct buf buf = buf_new(f.arena, SIGNER_PAYLOAD_MAX);

		signer_begin_claims(&buf, SPAN(ISSUER), now + 60, now);
		buf_str(&buf, "\"fill\":\"");
		for (size_t room = SIGNER_PAYLOAD_MAX - buf.n - 2; room; room--)
			buf_char(&buf, 'x');
		buf_str(&buf, "\"}");
		r[i] = (struct signer_request){ .kid = f.made.kid, .payload = buf_span(&buf) };
	}
	ck_assert_int_eq(signer_sign(f.signer, r, 40, f.arena), 0);
	check_token(&f, f.arena, &r[39], "at+jwt");
	end(&f);
}
END_TEST

static void *sign_many(void *context)
{
	struct fixture *f = context;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(4 * 1024 * 1024);

	for (int i = 0; i < 60; i++) {
		struct signer_request r[3];
		size_t n = 1 + (size_t)i % 3;

		for (size_t k = 0; k < n; k++)
			r[k] = request(f, arena, (enum signer_typ)k, 30 + i);
		ck_assert_int_eq(signer_sign(f->signer, r, n, arena), 0);
		for (size_t k = 0; k < n; k++)
			check_token(f, arena, &r[k], NULL);
		arena_reset(arena);
	}
	return NULL;
}

START_TEST(eight_threads_share_a_channel)
{
	struct fixture f = { 0 };
	pthread_t threads[8];

	begin(&f, ALG_ES256);
	for (int i = 0; i < 8; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, sign_many, &f), 0);
	for (int i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
	end(&f);
}
END_TEST

START_TEST(restart)
{
	struct fixture f = { 0 };
	unsigned char *buffer = malloc(SIGNER_WIRE_MAX);

	begin(&f, ALG_ES256);
	struct signer_request r = request(&f, f.arena, SIGNER_ID, 60);
	ck_assert_int_eq(signer_sign(f.signer, &r, 1, f.arena), 0);
	ck_assert_int_eq(f.reloads, 0);
	/* An answer that nobody waits for stays in the channel, and then the signer dies. */
	struct signer_writer w = signer_wire_begin(buffer, SIGNER_OP_PING, 12345, 0);
	struct span stale = signer_wire_end(&w);
	ck_assert_int_eq(send(f.fds[1], stale.p, stale.n, 0), (ssize_t)stale.n);
	usleep(100000);
	stop(&f);
	/* A question to the dead one, too. */
	ck_assert_int_eq(send(f.fds[1], stale.p, stale.n, 0), (ssize_t)stale.n);
	start(&f);
	r = request(&f, f.arena, SIGNER_ID, 60);
	ck_assert_int_eq(signer_sign(f.signer, &r, 1, f.arena), 0);
	check_token(&f, f.arena, &r, "JWT");
	ck_assert_int_eq(f.reloads, 1);
	r.kid = SPAN("unknown");
	ck_assert_int_eq(signer_sign(f.signer, &r, 1, f.arena), ERR_ABSENT);
	ck_assert_msg(f.reloads == 1, "one life, one reload");
	free(buffer);
	end(&f);
}
END_TEST

START_TEST(restart_and_again)
{
	struct fixture f = { .dies_again = true };

	begin(&f, ALG_ES256);
	stop(&f);
	start(&f);
	struct signer_request r = request(&f, f.arena, SIGNER_ID, 60);
	ck_assert_msg(signer_sign(f.signer, &r, 1, f.arena) == FAULT_SIGNER, "a life without our keys does not say that one is unknown");
	ck_assert_int_eq(r.result, FAULT_SIGNER);
	f.dies_again = false;
	ck_assert_int_eq(signer_sign(f.signer, &r, 1, f.arena), 0);
	check_token(&f, f.arena, &r, "JWT");
	ck_assert_int_eq(f.reloads, 2);
	end(&f);
}
END_TEST

static void *start_later(void *context)
{
	usleep(400000);
	start(context);
	return NULL;
}

START_TEST(dead_signer)
{
	struct fixture f = { 0 };
	pthread_t thread;

	begin(&f, ALG_ES256);
	/* It comes back while we wait. */
	stop(&f);
	ck_assert_int_eq(pthread_create(&thread, NULL, start_later, &f), 0);
	struct signer_request r = request(&f, f.arena, SIGNER_ID, 60);
	ck_assert_int_eq(signer_sign(f.signer, &r, 1, f.arena), 0);
	pthread_join(thread, NULL);
	/* It does not. */
	stop(&f);
	int64_t before = sys_now().ms;
	ck_assert_int_eq(signer_sign(f.signer, &r, 1, f.arena), FAULT_SIGNER);
	ck_assert_int_eq(r.result, FAULT_SIGNER);
	ck_assert_int_lt(sys_now().ms - before, 4000);
	start(&f);
	ck_assert_int_eq(signer_ping(f.signer), 0);
	end(&f);
}
END_TEST

START_TEST(rate)
{
	struct fixture f = { .per_second = 5 };
	int refused = 0;

	begin(&f, ALG_ES256); /* generating costs one second's worth */
	for (int i = 0; i < 12; i++) {
		struct signer_request r = request(&f, f.arena, SIGNER_ID, 60);
		int error = signer_sign(f.signer, &r, 1, f.arena);

		ck_assert(error == 0 || error == ERR_TOO_MANY);
		refused += error != 0;
	}
	ck_assert_int_ge(refused, 5);
	end(&f);
}
END_TEST

START_TEST(rubbish_on_the_channel)
{
	struct fixture f = { 0 };
	char bytes[600];

	begin(&f, ALG_ES256);
	for (size_t n = 1; n < sizeof bytes; n += 37) {
		memset(bytes, (int)n, sizeof bytes);
		ck_assert_int_eq(send(f.fds[1], bytes, n, 0), (ssize_t)n);
	}
	struct signer_request r = request(&f, f.arena, SIGNER_ID, 60);
	ck_assert_int_eq(signer_sign(f.signer, &r, 1, f.arena), 0);
	end(&f);
}
END_TEST

/* ---- the sandbox ---- */

static void *nothing(void *context)
{
	return context;
}

static int in_front(void)
{
	pthread_t thread;

	if (sandbox_enter(SANDBOX_FRONT))
		return 1;
	if (!sandbox_has_filter())
		return 0;
	if (execl("/bin/true", "true", NULL) != -1 || errno != EPERM)
		return 2;
	if (fork() != -1 || errno != EPERM)
		return 3;
	if (pthread_create(&thread, NULL, nothing, NULL) || pthread_join(thread, NULL))
		return 4;
	if (socket(AF_INET, SOCK_STREAM, 0) < 0)
		return 5;
	return 0;
}

static int in_signer(void)
{
	if (sandbox_enter(SANDBOX_SIGNER))
		return 1;
	if (!sandbox_has_filter())
		raise(SIGSYS);
	return socket(AF_INET, SOCK_STREAM, 0) >= 0 ? 2 : 3;
}

static int status_of(int (*run)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(run());
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

START_TEST(sandbox)
{
	int status = status_of(in_front);

	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "front: status %x", (unsigned)status);
	status = status_of(in_signer);
	ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS, "signer: status %x", (unsigned)status);
}
END_TEST

int main(void)
{
	return suite_run("keys/signer",
			 (struct suite_test[]){ SUITE_LOOP(claims_check, ARRAY_LEN(claims_rows)), SUITE_ONCE(wire),
						SUITE_LOOP(every_algorithm, ALG_COUNT - 1), SUITE_ONCE(refusals),
							SUITE_ONCE(large_batches),
						SUITE_ONCE(eight_threads_share_a_channel), SUITE_ONCE(restart), SUITE_ONCE(restart_and_again),
							SUITE_ONCE(dead_signer),
						SUITE_ONCE(rate), SUITE_ONCE(rubbish_on_the_channel), SUITE_ONCE(sandbox),
							SUITE_END });
}
