/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/http/server.h"

#include "broker/base/encode.h"
#include "broker/base/fiber.h"
#include "broker/base/log.h"
#include "broker/base/sys.h"
#include "broker/base/url.h"
#include "broker/http/loop.h"
#include "keys/digest.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define LIMIT_BUCKETS 16384
#define SECRET_MIN 32

/* Threads of a pool and places to wait in it. Commits: 64 clients need 64 waiters for one fsync to serve them all (performance.md).
 * Passwords: as many as cores (set below), since each takes 19 MiB and a core; they stand back for all others, and still get a
 * tenth of a core that is fully busy. */
static const struct pool_row {
	const char *name;
	struct pool_size size;
	int nice;
} pool_rows[WORK_COUNT] = {
	[WORK_COMMIT] = { "commit", { 128, 1024 } },
	[WORK_PASSWORD] = { "password", { 0, 64 }, 10 },
	[WORK_UPSTREAM] = { "upstream", { 32, 128 } },
	[WORK_SMS] = { "sms", { 8, 64 } },
	[WORK_FILES] = { "files", { 8, 64 } }, /* disk, and waiting for the image processes */
};

static void default_unsigned(unsigned *value, unsigned otherwise)
{
	if (!*value)
		*value = otherwise;
}

static void default_ms(int64_t *value, int64_t otherwise)
{
	if (!*value)
		*value = otherwise;
}

static void fill_defaults(struct server_options *options)
{
	default_unsigned(&options->threads, (unsigned)sys_cpus());
	default_unsigned(&options->connections, 16384);
	options->body_max = options->body_max ? options->body_max : 64 * 1024;
	options->spool_dir = options->spool_dir ? options->spool_dir : "/tmp";
	options->spool_max = options->spool_max ? options->spool_max : (uint64_t)512 * 1024 * 1024;
	options->arena_max = options->arena_max ? options->arena_max : 1024 * 1024;
	default_ms(&options->first_ms, 15 * MS_SECOND);
	default_ms(&options->head_ms, 15 * MS_SECOND);
	default_ms(&options->idle_ms, 75 * MS_SECOND);
	default_ms(&options->send_ms, 60 * MS_SECOND);
	default_ms(&options->queue_ms, 5 * MS_SECOND);
	default_ms(&options->work_ms, 30 * MS_SECOND);
	for (size_t i = WORK_INLINE + 1; i < WORK_COUNT; i++) {
		default_unsigned(&options->pools[i].threads, pool_rows[i].size.threads ? pool_rows[i].size.threads : (unsigned)sys_cpus());
		default_unsigned(&options->pools[i].queue, pool_rows[i].size.queue);
	}
}

static int check_options(const struct server_options *options)
{
	const char *problem = NULL;
	struct url issuer;

	if (options->secret.n < SECRET_MIN)
		problem = "secret too short";
	else if (url_parse(options->issuer, &issuer))
		problem = "issuer is no http(s) URL";
	else if (options->n_listeners == 0 || options->connections < options->threads)
		problem = "nothing to listen on";
	for (size_t i = 0; !problem && i < options->n_listeners; i++)
		if (options->listeners[i].n == 0 || !options->listeners[i].tls_cert != !options->listeners[i].tls_key)
			problem = "a listener without sockets, or a certificate without key";
	if (!problem)
		return 0;
	LOG(LOG_ERROR, "http.options", F_STR("problem", problem));
	return ERR_CONFIG;
}

/* Origin of the issuer as browsers serialise it: default ports are left out (RFC 6454 6.1). */
static int name_issuer(struct server *server)
{
	unsigned char hash[DIGEST_MAX];
	struct url issuer;
	char *origin = NULL;

	TRY(url_parse(server->options.issuer, &issuer));
	server->https = span_is(issuer.scheme, "https");
	const char *colon = issuer.port == (server->https ? 443 : 80) ? memrchr(issuer.authority.p, ':', issuer.authority.n) : NULL;
	if (issuer.has_port && colon)
		issuer.authority.n = (size_t)(colon - issuer.authority.p);
	if (asprintf(&origin, SPAN_FMT "://" SPAN_FMT, SPAN_ARG(issuer.scheme), SPAN_ARG(issuer.authority)) < 0)
		return FAULT_MEMORY;
	server->origin = span_of(origin);
	if (digest_of(DIGEST_SHA256, hash, server->options.issuer))
		return FAULT(FAULT_CRYPTO, "issuer: hash failed");
	encode_hex(server->tag, (struct span){ (const char *)hash, 4 });
	server->cookie_browser = http_cookie_name(server, "browser");
	server->cookie_lang = http_cookie_name(server, "lang");
	return 0;
}

struct span http_cookie_name(struct server *server, const char *name)
{
	struct span found = { 0 };

	/* rows are only added: what is counted does not change */
	size_t n = atomic_load_explicit(&server->n_cookie_names, memory_order_acquire);
	for (size_t i = 0; i < n; i++)
		if (strcmp(server->cookie_names[i].name, name) == 0)
			return server->cookie_names[i].span;
	pthread_mutex_lock(&server->names_lock);
	n = atomic_load(&server->n_cookie_names);
	for (size_t i = 0; i < n; i++)
		if (strcmp(server->cookie_names[i].name, name) == 0)
			found = server->cookie_names[i].span;
	if (!found.p && n < COOKIE_NAMES_MAX && strlen(name) <= COOKIE_NAME_MAX) {
		struct cookie_name *row = &server->cookie_names[n];

		snprintf(row->name, sizeof row->name, "%s", name);
		snprintf(row->full, sizeof row->full, "%syimen-%s-%s", server->https ? "__Host-" : "", server->tag, name);
		found = row->span = span_of(row->full);
		atomic_store_explicit(&server->n_cookie_names, n + 1, memory_order_release);
	}
	pthread_mutex_unlock(&server->names_lock);
	return found;
}

struct span server_issuer(const struct server *server)
{
	return server->options.issuer;
}

size_t server_busy(const struct server *server)
{
	size_t busy = 0;

	for (unsigned i = 0; i < server->options.threads; i++)
		busy += atomic_load_explicit(&server->loops[i].busy, memory_order_relaxed);
	return busy;
}

static int64_t read_busy(void *arg)
{
	return (int64_t)server_busy(arg);
}

static int64_t read_waiting(void *arg)
{
	unsigned waiting, running;

	workers_count(arg, &waiting, &running);
	return waiting;
}

static int64_t read_running(void *arg)
{
	unsigned waiting, running;

	workers_count(arg, &waiting, &running);
	return running;
}

int server_later(struct server *server, enum work_class work, struct job *job)
{
	TRY(workers_reserve(server->pools[work], false));
	workers_push(server->pools[work], job, false);
	return 0;
}

/* Work on another pool, and who waits for it. */
struct errand {
	struct job job; /* first */
	int (*fn)(void *arg);
	void *arg;
	int result;
	struct park park;
};

static void run_errand(struct job *job, bool expired)
{
	struct errand *errand = (struct errand *)job;

	errand->result = expired ? ERR_BUSY : errand->fn(errand->arg);
	park_wake(&errand->park);
}

int server_run(struct server *server, enum work_class work, int (*fn)(void *arg), void *arg)
{
	struct errand errand = { .job.run = run_errand, .fn = fn, .arg = arg };

	park_prepare(&errand.park);
	TRY(server_later(server, work, &errand.job));
	park_wait(&errand.park);
	return errand.result;
}

bool server_is_idle(struct server *server, enum work_class work)
{
	unsigned waiting, running;

	workers_count(server->pools[work], &waiting, &running);
	return !waiting && !running;
}

int server_metrics(struct request *rq)
{
	struct server *server = rq->server;
	struct buf out = buf_new(rq->arena, 32 * 1024);
	struct metric_source own[1 + 2 * WORK_COUNT] = {
		{ "yimen_http_busy", NULL, "Requests begun and not ended.", false, read_busy, server },
	};
	size_t n = 1;
	struct span text;

	for (size_t i = WORK_COMMIT + 1; i < WORK_COUNT; i++) {
		const char *label = arena_printf(rq->arena, "pool=\"%s\"", pool_rows[i].name);
		const char *help = i == WORK_COMMIT + 1 ? "Requests that wait for a thread of the pool." : NULL;

		own[n++] = (struct metric_source){ "yimen_pool_waiting", label, help, false, read_waiting, server->pools[i] };
	}
	for (size_t i = WORK_COMMIT + 1; i < WORK_COUNT; i++) {
		const char *help = i == WORK_COMMIT + 1 ? "Threads of the pool that work." : NULL;

		own[n] = own[n - WORK_COUNT + 2];
		own[n].name = "yimen_pool_running";
		own[n].help = help;
		own[n++].read = read_running;
	}
	metrics_print(server->metrics, &out);
	metrics_print_sources(own, n, &out);
	metrics_print_sources(server->options.sources, server->options.n_sources, &out);
	TRY(buf_done(&out, &text));
	return reply_bytes(rq, 200, "text/plain; version=0.0.4; charset=utf-8", text, NULL, NULL);
}

static int64_t monotonic_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* What no answer waited for (server_later) has what the requests have left of their time. */
static void finish_later(struct server *server)
{
	for (size_t i = 0; i < WORK_COUNT; i++) {
		unsigned waiting = 0, running;

		while (server->pools[i] && monotonic_ms() < atomic_load(&server->drain_until)) {
			workers_count(server->pools[i], &waiting, &running);
			if (!waiting)
				break;
			nanosleep(&(struct timespec){ .tv_nsec = 10 * 1000 * 1000 }, NULL);
		}
	}
}

static void free_server(struct server *server)
{
	for (unsigned i = 0; server->loops && i < server->options.threads; i++)
		loop_stop(&server->loops[i]);
	finish_later(server);
	for (size_t i = 0; i < WORK_COUNT; i++)
		workers_end(server->pools[i]);
	for (size_t i = 0; i < WORK_COUNT; i++)
		workers_free(server->pools[i]);
	for (unsigned i = 0; server->loops && i < server->options.threads; i++)
		loop_free(&server->loops[i]);
	settings_drop(server->settings);
	free(server->loops);
	router_free(server->router);
	limits_free(server->limits);
	metrics_free(server->metrics);
	free(server->labels);
	if (server->last_resort)
		microhttpd.destroy_response(server->last_resort);
	if (server->options.secret.p)
		explicit_bzero((char *)(uintptr_t)server->options.secret.p, server->options.secret.n);
	free((char *)(uintptr_t)server->options.secret.p);
	free((char *)(uintptr_t)server->options.issuer.p);
	free((char *)(uintptr_t)server->origin.p);
	pthread_mutex_destroy(&server->settings_lock);
	pthread_mutex_destroy(&server->names_lock);
	free(server);
}

static int build_parts(struct server *server)
{
	struct server_options *options = &server->options;
	const char *bad = NULL;
	int error = router_new(options->routes, options->n_routes, &server->router, &bad);

	if (error == ERR_CONFIG)
		LOG(LOG_ERROR, "http.route", F_STR("path", bad ? bad : "(none)"));
	if (error)
		return error;
	server->labels = calloc(options->n_routes + 1, sizeof *server->labels);
	server->limits = limits_new(LIMIT_BUCKETS);
	server->last_resort = microhttpd.create_response_from_buffer(0, (void *)(uintptr_t) "", MHD_RESPMEM_PERSISTENT);
	server->loops = calloc(options->threads, sizeof *server->loops);
	if (!server->labels || !server->limits || !server->last_resort || !server->loops)
		return FAULT_MEMORY;
	if (!microhttpd.add_response_header(server->last_resort, "Cache-Control", "no-store") ||
	    !reply_add_fixed(server->last_resort, server->https, false))
		return FAULT_MEMORY;
	for (size_t i = 0; i < options->n_routes; i++)
		server->labels[i] = options->routes[i].metric ? options->routes[i].metric : options->routes[i].path;
	for (unsigned i = 0; i < options->threads; i++)
		server->loops[i].wake_fd = server->loops[i].epoll_fd = -1;
	server->metrics = metrics_new(options->threads, server->labels, options->n_routes);
	if (!server->metrics)
		return FAULT_MEMORY;
	fiber_on_switch = serve_on_switch;
	for (size_t i = WORK_COMMIT + 1; i < WORK_COUNT; i++)
		TRY(workers_new(pool_rows[i].name, options->pools[i].threads, options->pools[i].queue, pool_rows[i].nice,
				&server->pools[i]));
	return 0;
}

static int start(struct server *server, const struct server_options *from)
{
	struct server_options *options = &server->options;

	options->secret = (struct span){ 0 };
	options->issuer = (struct span){ 0 };
	if (!(server->settings = settings_new(&from->settings)))
		return FAULT_MEMORY;
	char *secret = malloc(from->secret.n), *issuer = strndup(from->issuer.p, from->issuer.n);
	options->secret = (struct span){ secret, secret ? from->secret.n : 0 };
	options->issuer = span_of(issuer);
	if (!secret || !issuer)
		return FAULT_MEMORY;
	memcpy(secret, from->secret.p, from->secret.n);
	TRY(name_issuer(server));
	TRY(build_parts(server));
	for (unsigned i = 0; i < options->threads; i++)
		TRY(loop_start(server, i, &server->loops[i]));
	return 0;
}

int server_start(const struct server_options *options, struct server **ret_server)
{
	TRY(microhttpd_load());
	struct server *server = calloc(1, sizeof *server);
	if (!server)
		return FAULT_MEMORY;
	server->options = *options;
	fill_defaults(&server->options);
	int error = check_options(&server->options);
	if (error) {
		free(server);
		return error;
	}
	signal(SIGPIPE, SIG_IGN); /* a peer that is gone is an error of write */
	pthread_mutex_init(&server->settings_lock, NULL);
	pthread_mutex_init(&server->names_lock, NULL);
	error = start(server, options);
	if (error) {
		atomic_store(&server->is_draining, true);
		if (server->settings)
			server->settings->now.release = NULL; /* the caller keeps what it could not hand over */
		free_server(server);
		return error;
	}
	*ret_server = server;
	return 0;
}

int server_reload(struct server *server, const struct server_settings *from)
{
	struct settings *settings = settings_new(from);

	if (!settings)
		return FAULT_MEMORY;
	pthread_mutex_lock(&server->settings_lock);
	struct settings *before = server->settings;
	server->settings = settings;
	pthread_mutex_unlock(&server->settings_lock);
	atomic_fetch_add_explicit(&server->generation, 1, memory_order_release);
	settings_drop(before);
	for (unsigned i = 0; i < server->options.threads; i++)
		loop_wake(&server->loops[i]);
	return 0;
}

void server_stop(struct server *server, int64_t drain_ms)
{
	if (!server)
		return;
	atomic_store(&server->drain_until, monotonic_ms() + drain_ms);
	atomic_store(&server->is_draining, true);
	for (unsigned i = 0; i < server->options.threads; i++)
		loop_wake(&server->loops[i]);
	free_server(server);
}

int server_loop_index(void)
{
	return loop_index;
}
