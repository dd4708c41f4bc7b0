/* SPDX-License-Identifier: Apache-2.0 */
/*
 * limits - what the machine can do at best, in the same minutes in which servers are measured on it.
 *
 *   limits measure DIR [ROUNDS]   one line of JSON: ES256 and RS256 signatures, an Argon2id hash (CPU time each), and an appending
 *                                 fdatasync of 4 KiB in DIR
 *   limits serve PORT             the bare form POST: libmicrohttpd as broker/http drives it (external epoll, one thread), the form
 *                                 read by its post-processor, 600 bytes answered; its CPU time under load is t_http
 *
 * The signatures are made as the signer makes them: a prepared context copied for each. performance.md, "Physical limits"
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS_MAX 31
#define TEXT_SIZE 420 /* header and claims of an access token */
#define BODY_SIZE 600
#define HASH_OPS 2
#define HASH_BYTES ((size_t)19456 * 1024)
#define SYNCS 64

static double clock_us(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void die(const char *what)
{
	fprintf(stderr, "limits: %s failed\n", what);
	exit(1);
}

struct signer {
	EVP_PKEY *key;
	EVP_MD_CTX *ready, *ctx;
};

static struct signer signer_new(EVP_PKEY *key)
{
	struct signer s = { key, EVP_MD_CTX_new(), EVP_MD_CTX_new() };
	EVP_MD *sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);

	if (!key || !s.ready || !s.ctx || !sha256 || EVP_DigestSignInit(s.ready, NULL, sha256, NULL, key) != 1)
		die("key");
	EVP_MD_free(sha256);
	return s;
}

static void signer_free(struct signer *s)
{
	EVP_MD_CTX_free(s->ready);
	EVP_MD_CTX_free(s->ctx);
	EVP_PKEY_free(s->key);
}

/* CPU time of one of @n signatures. */
static double sign_us(const struct signer *s, int n)
{
	unsigned char text[TEXT_SIZE] = { 0 }, signature[512];
	double from = clock_us(CLOCK_THREAD_CPUTIME_ID);

	for (int i = 0; i < n; i++) {
		size_t size = sizeof signature;

		text[0] = (unsigned char)i;
		if (!EVP_MD_CTX_reset(s->ctx) || EVP_MD_CTX_copy_ex(s->ctx, s->ready) != 1 ||
		    EVP_DigestSign(s->ctx, signature, &size, text, sizeof text) != 1)
			die("signature");
	}
	return (clock_us(CLOCK_THREAD_CPUTIME_ID) - from) / n;
}

static double hash_us(void)
{
	char out[crypto_pwhash_STRBYTES];
	double from = clock_us(CLOCK_THREAD_CPUTIME_ID);

	if (crypto_pwhash_str_alg(out, "Demo@1234", 9, HASH_OPS, HASH_BYTES, crypto_pwhash_ALG_ARGON2ID13))
		die("hash");
	return clock_us(CLOCK_THREAD_CPUTIME_ID) - from;
}

/* Wall time, median of SYNCS. */
static double sync_us(const char *dir)
{
	static const char page[4096];
	double took[SYNCS];
	char path[4096];
	int fd;

	snprintf(path, sizeof path, "%s/limits-%d", dir, (int)getpid());
	fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0)
		die(path);
	for (int i = 0; i < SYNCS; i++) {
		double from = clock_us(CLOCK_MONOTONIC);

		if (write(fd, page, sizeof page) != sizeof page || fdatasync(fd))
			die("fdatasync");
		took[i] = clock_us(CLOCK_MONOTONIC) - from;
	}
	close(fd);
	unlink(path);
	qsort(took, SYNCS, sizeof *took, compare);
	return took[SYNCS / 2];
}

static void print_limit(const char *name, double *rounds, int n, const char *end)
{
	qsort(rounds, (size_t)n, sizeof *rounds, compare);
	printf("\"%s\":{\"best\":%.2f,\"med\":%.2f}%s", name, rounds[0], rounds[n / 2], end);
}

static int measure(const char *dir, int rounds)
{
	double es[ROUNDS_MAX], rs[ROUNDS_MAX], hash[ROUNDS_MAX], sync[ROUNDS_MAX];
	struct signer ec = signer_new(EVP_EC_gen("P-256")), rsa = signer_new(EVP_RSA_gen(2048));

	if (sodium_init() < 0)
		die("libsodium");
	(void)sign_us(&ec, 200);
	for (int i = 0; i < rounds; i++) { /* in turn: noise hits all of them alike */
		es[i] = sign_us(&ec, 1000);
		rs[i] = sign_us(&rsa, 60);
		hash[i] = hash_us();
		sync[i] = sync_us(dir);
	}
	printf("{");
	print_limit("t_sign", es, rounds, ",");
	print_limit("t_rsa", rs, rounds, ",");
	print_limit("t_hash", hash, rounds, ",");
	print_limit("t_sync", sync, rounds, "}\n");
	signer_free(&ec);
	signer_free(&rsa);
	return 0;
}

struct form {
	struct MHD_PostProcessor *post;
	size_t grant_type_n;
};

static enum MHD_Result form_field(void *cls, enum MHD_ValueKind kind, const char *key, const char *file, const char *type,
                                  const char *encoding, const char *data, uint64_t at, size_t n)
{
	struct form *form = cls;

	if (!strcmp(key, "grant_type"))
		form->grant_type_n += n;
	return MHD_YES;
}

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned status)
{
	static char body[BODY_SIZE];
	struct MHD_Response *response;
	enum MHD_Result r;

	memset(body, 'x', sizeof body);
	response = MHD_create_response_from_buffer(sizeof body, body, MHD_RESPMEM_MUST_COPY);
	MHD_add_response_header(response, "Content-Type", "application/json");
	MHD_add_response_header(response, "Cache-Control", "no-store");
	MHD_add_response_header(response, "Pragma", "no-cache");
	r = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return r;
}

static enum MHD_Result handle(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *data, size_t *n, void **state)
{
	struct form *form = *state;

	if (!form) {
		form = calloc(1, sizeof *form);
		if (!form)
			return MHD_NO;
		form->post = MHD_create_post_processor(connection, 1024, form_field, form);
		*state = form;
		return MHD_YES;
	}
	if (*n) {
		if (form->post)
			MHD_post_process(form->post, data, *n);
		*n = 0;
		return MHD_YES;
	}
	(void)MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Authorization");
	return answer(connection, !form->post || form->grant_type_n ? MHD_HTTP_OK : MHD_HTTP_BAD_REQUEST);
}

static void completed(void *cls, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode why)
{
	struct form *form = *state;

	if (form && form->post)
		MHD_destroy_post_processor(form->post);
	free(form);
}

static int serve(uint16_t port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct MHD_Daemon *daemon = MHD_start_daemon(
		MHD_USE_EPOLL, 0, NULL, NULL, handle, NULL, MHD_OPTION_SOCK_ADDR, &address,
		MHD_OPTION_NOTIFY_COMPLETED, completed, NULL, MHD_OPTION_CONNECTION_LIMIT, 2048u,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)16 * 1024, MHD_OPTION_END);
	const union MHD_DaemonInfo *info = daemon ? MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
	struct epoll_event event = { .events = EPOLLIN };
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	if (!info || epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, info->epoll_fd, &event))
		die("libmicrohttpd");
	for (;;) { /* until a signal; MHD_run never waits, so its stall at full batches of events cannot happen */
		if (epoll_wait(epoll, &event, 1, 1000) < 0 && errno != EINTR)
			break;
		MHD_run(daemon);
	}
	MHD_stop_daemon(daemon);
	return 1;
}

int main(int argc, char **argv)
{
	int rounds = argc > 3 ? atoi(argv[3]) : 5;

	if (argc >= 3 && !strcmp(argv[1], "measure") && rounds > 0 && rounds <= ROUNDS_MAX)
		return measure(argv[2], rounds);
	if (argc == 3 && !strcmp(argv[1], "serve"))
		return serve((uint16_t)atoi(argv[2]));
	fprintf(stderr, "usage: limits measure DIR [ROUNDS] | limits serve PORT\n");
	return 2;
}
