/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "broker/base/json.h"
#include "broker/base/log.h"
#include "broker/base/sys.h"
#include "keys/crypto.h"
#include "keys/jwk.h"
#include "keys/sandbox.h"
#include "keys/seal.h"
#include "keys/signer_claims.h"
#include "keys/signer_wire.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>

#define STACK (512 * 1024)
#define SCRATCH (256 * 1024)
#define HEADER_MAX 256

/* What sealed keys are bound to: they do not open as anything else that the same key file may seal one day. */
static const struct span seal_place = SPAN("yimen signer key");

struct slot {
	struct key *key;
	enum alg alg;
	size_t header_n[SIGNER_TYP_COUNT];
	char header[SIGNER_TYP_COUNT][HEADER_MAX]; /* base64url of {"alg","kid","typ"} and the dot */
};

struct process {
	const struct signer_policy *policy;
	struct seal_ring *ring;
	uint64_t boot;
	struct span begin; /* of every token's claims */
	pthread_barrier_t ready;
	pthread_rwlock_t lock; /* slots */
	size_t n;
	struct slot *slots[SIGNER_KEYS];
};

/* One thread, one channel. */
struct channel {
	struct process *process;
	int fd, cpu;
	bool failed;
	struct arena *arena;
	double tokens; /* of the rate limit */
	int64_t refilled_ms;
	unsigned char in[SIGNER_WIRE_MAX], out[SIGNER_WIRE_MAX];
};

/* ---- keys ---- */

static void slot_free(struct slot *slot)
{
	if (slot)
		jwk_free(slot->key);
	free(slot);
}

/* Under the lock. */
static size_t find(const struct process *p, struct span kid)
{
	size_t i = 0;

	while (i < p->n && !span_eq(kid, jwk_kid(p->slots[i]->key)))
		i++;
	return i;
}

static int write_headers(struct slot *slot, struct arena *arena)
{
	for (int typ = 0; typ < SIGNER_TYP_COUNT; typ++) {
		struct buf json = buf_new(arena, 128), text = buf_new(arena, HEADER_MAX);
		struct json_writer w = json_writer(&json);

		json_open(&w, '{');
		json_member_str(&w, "alg", span_of(alg_row(slot->alg)->name));
		json_member_str(&w, "kid", jwk_kid(slot->key));
		json_member_str(&w, "typ", span_of(signer_claims_typ((enum signer_typ)typ)));
		json_close(&w, '}');
		encode_base64url(&text, buf_span(&json));
		buf_char(&text, '.');
		if (json.failed || text.failed)
			return FAULT_MEMORY;
		if (text.n > HEADER_MAX)
			return FAULT(FAULT_BUG, "header too long");
		memcpy(slot->header[typ], text.p, text.n);
		slot->header_n[typ] = text.n;
	}
	return 0;
}

/* Put @key, which becomes the process's, among the loaded ones. Loading a key twice changes nothing. */
static int add_key(struct process *p, struct key *key, enum alg alg, struct arena *arena)
{
	struct slot *slot = calloc(1, sizeof *slot);
	int error = slot ? 0 : FAULT_MEMORY;

	if (slot) {
		slot->key = key;
		slot->alg = alg;
		error = write_headers(slot, arena);
	} else {
		jwk_free(key);
	}
	if (!error) {
		pthread_rwlock_wrlock(&p->lock);
		if (find(p, jwk_kid(key)) == p->n) {
			if (p->n < SIGNER_KEYS) {
				p->slots[p->n++] = slot;
				slot = NULL;
			} else {
				error = ERR_FULL;
			}
		}
		pthread_rwlock_unlock(&p->lock);
	}
	slot_free(slot);
	return error;
}

/* A bucket that holds two seconds' worth. */
static bool spend(struct channel *c, double cost, struct instant now)
{
	const double rate = c->process->policy->per_second;

	if (rate <= 0)
		return true;
	c->tokens += rate * (double)(now.ms - c->refilled_ms) / 1000;
	if (c->tokens > 2 * rate)
		c->tokens = 2 * rate;
	c->refilled_ms = now.ms;
	if (c->tokens < cost)
		return false;
	c->tokens -= cost;
	return true;
}

static int seal_key(struct process *p, const struct key *key, enum alg alg, struct arena *arena, struct span *ret_sealed)
{
	struct buf plain = buf_new(arena, 2048);
	struct secret der;
	struct span text;

	TRY(jwk_to_der(key, arena, &der));
	buf_add(&plain, span_of(alg_row(alg)->name));
	buf_char(&plain, '\n');
	buf_add(&plain, der.bytes);
	TRY(buf_done(&plain, &text));
	return seal_bytes(p->ring, seal_place, text, arena, ret_sealed);
}

static int generate(struct channel *c, enum alg alg, struct instant now, struct signer_writer *answer)
{
	struct key *key = NULL;
	struct span jwk, sealed;
	char kid[SIGNER_KID_MAX + 1];

	if (!spend(c, c->process->policy->per_second, now)) /* a second's worth: it is a hundred signatures' work */
		return ERR_TOO_MANY;
	TRY(jwk_generate(alg, &key));
	memcpy(kid, key->thumbprint, sizeof key->thumbprint);
	int error = jwk_public_json(key, c->arena, &jwk);
	if (!error)
		error = seal_key(c->process, key, alg, c->arena, &sealed);
	if (error)
		jwk_free(key);
	else
		error = add_key(c->process, key, alg, c->arena);
	if (error)
		return error;
	signer_wire_add(answer, 0, (struct span){ NULL, 0 }, span_of(kid));
	signer_wire_add(answer, 0, (struct span){ NULL, 0 }, jwk);
	signer_wire_add(answer, 0, (struct span){ NULL, 0 }, sealed);
	LOG(LOG_INFO, "signer.generated", F_STR("kid", kid), F_STR("alg", alg_row(alg)->name));
	return 0;
}

static int load(struct channel *c, struct span sealed, struct signer_writer *answer)
{
	struct span plain;
	struct key *key;
	char kid[SIGNER_KID_MAX + 1];

	TRY(seal_open(c->process->ring, seal_place, sealed, c->arena, &plain));
	enum alg alg = alg_by_name(span_cut(&plain, '\n'));
	int error = alg == ALG_UNKNOWN ? FAULT_CORRUPT : jwk_from_der((struct secret){ plain }, alg, &key);
	if (error)
		return error > 0 ? FAULT_CORRUPT : error;
	memcpy(kid, key->thumbprint, sizeof key->thumbprint);
	TRY(add_key(c->process, key, alg, c->arena));
	signer_wire_add(answer, 0, (struct span){ NULL, 0 }, span_of(kid));
	return 0;
}

static int unload(struct process *p, struct span kid)
{
	struct slot *slot = NULL;

	pthread_rwlock_wrlock(&p->lock);
	size_t i = find(p, kid);
	if (i < p->n) {
		slot = p->slots[i];
		p->slots[i] = p->slots[--p->n];
	}
	pthread_rwlock_unlock(&p->lock);
	slot_free(slot);
	return slot ? 0 : ERR_ABSENT;
}

/* ---- signing ---- */

static int check(struct channel *c, const struct signer_item *item, struct instant now)
{
	const struct signer_policy *policy = c->process->policy;

	if (item->number < 0 || item->number >= SIGNER_TYP_COUNT)
		return ERR_INVALID;
	enum signer_typ typ = (enum signer_typ)item->number;
	struct signer_rule rule = {
		.begin = c->process->begin,
		.now = now.ms / 1000,
		.max_life = policy->max_life[typ] ? policy->max_life[typ] : signer_claims_max_life(typ),
	};
	return signer_claims_check(item->bytes, &rule);
}

/* The token of @item straight into the answer. Under the read lock. */
static int write_token(const struct slot *slot, const struct signer_item *item, struct signer_writer *answer)
{
	const size_t room = SIGNER_WIRE_TOKEN(item->bytes.n);
	unsigned char signature[ALG_SIGNATURE_MAX];
	/* No arena: the room is larger than what can be written, so it never grows. */
	struct buf token = { .p = signer_wire_room(answer, room), .cap = room };
	size_t n;

	if (!token.p)
		return FAULT(FAULT_BUG, "answer too large");
	buf_add(&token, (struct span){ slot->header[item->number], slot->header_n[item->number] });
	encode_base64url(&token, item->bytes);
	TRY(alg_sign(slot->key, slot->alg, buf_span(&token), signature, &n));
	if (token.n + 2 + (n + 2) / 3 * 4 > room)
		return FAULT(FAULT_BUG, "token too large");
	buf_char(&token, '.');
	encode_base64url(&token, (struct span){ (char *)signature, n });
	signer_wire_close(answer, 0, token.n);
	return 0;
}

static int sign(struct channel *c, const struct signer_item *item, struct instant now, struct signer_writer *answer)
{
	struct process *p = c->process;
	int error = ERR_ABSENT;

	TRY(check(c, item, now));
	if (!spend(c, 1, now))
		return ERR_TOO_MANY;
	pthread_rwlock_rdlock(&p->lock);
	size_t i = find(p, item->name);
	if (i < p->n)
		error = write_token(p->slots[i], item, answer);
	pthread_rwlock_unlock(&p->lock);
	return error;
}

/* ---- channels ---- */

static struct span answer_to(struct channel *c, const struct signer_message *m, int malformed)
{
	struct signer_writer answer = signer_wire_begin(c->out, m->op, m->seq, c->process->boot);
	const struct span nothing = { NULL, 0 };
	struct instant now = sys_now();
	int error = malformed;
	size_t payloads = 0;

	for (size_t i = 0; i < m->n; i++)
		payloads += m->items[i].bytes.n;
	if (!error && payloads > SIGNER_WIRE_PAYLOADS)
		error = ERR_TOO_LARGE;
	if (!error && m->op == SIGNER_OP_SIGN) {
		for (size_t i = 0; i < m->n; i++)
			if ((error = sign(c, &m->items[i], now, &answer)))
				signer_wire_add(&answer, error, nothing, nothing);
		return signer_wire_end(&answer);
	}
	if (!error && m->op == SIGNER_OP_GENERATE && m->n == 1 && m->items[0].number > ALG_UNKNOWN &&
	    m->items[0].number < ALG_COUNT)
		error = generate(c, (enum alg)m->items[0].number, now, &answer);
	else if (!error && m->op == SIGNER_OP_LOAD && m->n == 1)
		error = load(c, m->items[0].bytes, &answer);
	else if (!error && m->op == SIGNER_OP_UNLOAD && m->n == 1)
		error = unload(c->process, m->items[0].bytes);
	else if (!error && m->op != SIGNER_OP_PING)
		error = ERR_INVALID;
	if (error || m->op == SIGNER_OP_UNLOAD || m->op == SIGNER_OP_PING)
		signer_wire_add(&answer, error, nothing, nothing);
	return signer_wire_end(&answer);
}

static void serve(struct channel *c)
{
	struct signer_message message;

	for (;;) {
		ssize_t n = recv(c->fd, c->in, sizeof c->in, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return; /* every other end is closed */
		int error = signer_wire_read((struct span){ (char *)c->in, (size_t)n }, &message);
		struct span answer = answer_to(c, &message, error);
		while (answer.n && send(c->fd, answer.p, answer.n, MSG_NOSIGNAL) < 0 && errno == EINTR)
			;
		if (message.op != SIGNER_OP_SIGN)
			arena_reset(c->arena); /* wipes: there was a private key in it */
	}
}

static void *run_channel(void *argument)
{
	struct channel *c = argument;
	cpu_set_t cpus;

	if (c->cpu >= 0) {
		CPU_ZERO(&cpus);
		CPU_SET(c->cpu, &cpus);
		/* A machine with fewer CPUs than configured is slower, not broken. */
		if (pthread_setaffinity_np(pthread_self(), sizeof cpus, &cpus))
			LOG(LOG_WARN, "signer.pin_failed", F_INT("cpu", c->cpu));
	}
	/* Everything that may need a system call outside the filter happens before the barrier. */
	c->failed = !crypto_md_ctx(0) || !(c->arena = arena_new(SCRATCH));
	pthread_barrier_wait(&c->process->ready);
	pthread_barrier_wait(&c->process->ready); /* sandboxed now */
	if (!c->failed)
		serve(c);
	arena_free(c->arena);
	return NULL;
}

/* Keys must not reach the swap. Allowed to root and where RLIMIT_MEMLOCK is large; else the operator's encrypted swap has to do. */
static void lock_memory(void)
{
	struct rlimit limit;
	int later = getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY ? MCL_FUTURE : 0;

	if (mlockall(MCL_CURRENT | MCL_ONFAULT | later) < 0)
		LOG(LOG_DEBUG, "signer.not_locked", F_STR("reason", strerror(errno)));
}

static int run(struct process *p, struct channel *channels, const int fds[], size_t n)
{
	pthread_t threads[SIGNER_CHANNELS];
	pthread_attr_t attr;
	int error = 0;

	if (pthread_barrier_init(&p->ready, NULL, (unsigned)n + 1) || pthread_attr_init(&attr) ||
	    pthread_attr_setstacksize(&attr, STACK))
		return FAULT_MEMORY;
	for (size_t i = 0; i < n; i++) {
		channels[i].process = p; /* one by one: assigning the whole would touch the pages of its buffers */
		channels[i].fd = fds[i];
		channels[i].cpu = p->policy->cpus ? p->policy->cpus[i] : -1;
		channels[i].refilled_ms = sys_now().ms;
		channels[i].tokens = p->policy->per_second * 2.0;
		if (pthread_create(&threads[i], &attr, run_channel, &channels[i]))
			abort(); /* the others wait at the barrier: there is no way back, the supervisor starts us again */
	}
	pthread_attr_destroy(&attr);
	pthread_barrier_wait(&p->ready);
	for (size_t i = 0; i < n; i++)
		if (channels[i].failed)
			error = FAULT_MEMORY;
	if (!error && !p->policy->no_sandbox)
		error = sandbox_enter(SANDBOX_SIGNER);
	for (size_t i = 0; i < n && error; i++)
		channels[i].failed = true; /* not one request without the sandbox */
	pthread_barrier_wait(&p->ready);
	for (size_t i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&p->ready);
	return error;
}

int signer_main(const int channel_fds[], size_t n, const struct signer_policy *policy)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(SCRATCH);
	CLEANUP(seal_cleanup) struct seal_ring *ring = NULL;
	struct process p = { .policy = policy };
	pthread_rwlockattr_t attr;

	if (!arena || n == 0 || n > SIGNER_CHANNELS || crypto_init() || seal_load(policy->key_file, &ring))
		return EXIT_FAILURE;
	struct buf begin = buf_new(arena, 256);
	signer_claims_begin(&begin, span_of(policy->issuer));
	struct channel *channels = calloc(n, sizeof *channels);
	if (begin.failed || !channels) {
		free(channels);
		return EXIT_FAILURE;
	}
	p.begin = buf_span(&begin);
	p.ring = ring;
	sys_random(&p.boot, sizeof p.boot);
	/* Signing reads without pause; a key to load must not wait for a pause. */
	pthread_rwlockattr_init(&attr);
	pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&p.lock, &attr);
	pthread_rwlockattr_destroy(&attr);
	if (!policy->no_sandbox)
		lock_memory();
	int error = run(&p, channels, channel_fds, n);
	while (p.n)
		slot_free(p.slots[--p.n]);
	pthread_rwlock_destroy(&p.lock);
	explicit_bzero(channels, n * sizeof *channels);
	free(channels);
	return error ? EXIT_FAILURE : EXIT_SUCCESS;
}
