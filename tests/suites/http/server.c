/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server - a process with a few routes that show what broker/http does; the suites and wrk talk to it.
 *
 * server key=value …: port, unix, threads, commit_threads, commit_queue, queue_ms, head_ms, first_ms, idle_ms, connections, issuer,
 * drain_ms, access_log=1, later=FILE (where jobs of /later note how they ended), tls=FILE (PEM of certificate and key).
 * Prints "ready PORT" when it serves; SIGTERM drains and stops it.
 */
#include "broker/base/json.h"
#include "broker/base/log.h"
#include "broker/base/sys.h"
#include "broker/http/reply.h"
#include "broker/http/server.h"
#include "broker/http/template.h"
#include "broker/http/workers.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define THREADS_MAX 16

struct app {
	struct static_slot *document;
	const char *name;
	const char *later;
};

static int get_static(struct request *rq)
{
	return reply_static(rq, ((const struct app *)rq->app)->document);
}

static int get_bytes(struct request *rq)
{
	return reply_bytes(rq, 200, "text/css; charset=utf-8", SPAN("p{}"), "public, max-age=31536000, immutable", "\"abc\"");
}

static int echo(struct request *rq)
{
	struct buf out = buf_new(rq->arena, 512);
	struct json_writer w = json_writer(&out);
	const struct span *many;
	char address[CLIENT_ADDRESS_TEXT];
	struct span json;

	json_open(&w, '{');
	json_member_str(&w, "a", request_param(rq, "a"));
	json_member_str(&w, "b", request_param(rq, "b"));
	json_member_int(&w, "many", (int64_t)request_params(rq, "m", &many));
	json_member_str(&w, "client", span_of(client_address_text(&rq->client, address)));
	json_member_bool(&w, "secure", rq->secure);
	json_member_str(&w, "app", span_of(((const struct app *)rq->app)->name));
	json_close(&w, '}');
	TRY(buf_done(&out, &json));
	return reply_json(rq, 200, json);
}

static int user(struct request *rq)
{
	return reply_bytes(rq, 200, "text/plain", request_path_param(rq, "id"), NULL, NULL);
}

static int sleepy(struct request *rq)
{
	uint64_t ms = 0;

	if (!span_to_u64(request_param(rq, "ms"), &ms))
		return ERR_INVALID_REQUEST;
	usleep((useconds_t)ms * 1000);
	return reply_json(rq, 200, SPAN("{\"slept\":true}"));
}

struct later {
	struct job job;
	const char *path;
	unsigned ms;
};

static void run_later(struct job *job, bool expired)
{
	struct later *later = (struct later *)(void *)job; /* its first member */
	FILE *file = fopen(later->path, "ae");

	if (!expired)
		usleep(later->ms * 1000);
	if (file) {
		fputc(expired ? 'x' : 'd', file);
		fclose(file);
	}
	free(later);
}

static int do_later(struct request *rq)
{
	struct later *later = calloc(1, sizeof *later);
	uint64_t ms = 0;

	if (!later || !span_to_u64(request_param(rq, "ms"), &ms)) {
		free(later);
		return ERR_INVALID_REQUEST;
	}
	*later = (struct later){ .job.run = run_later, .path = ((const struct app *)rq->app)->later, .ms = (unsigned)ms };
	int result = server_later(rq->server, WORK_UPSTREAM, &later->job);
	if (result)
		free(later);
	return result ? result : reply_json(rq, 200, SPAN("{}"));
}

static int json_body(struct request *rq)
{
	return reply_json(rq, 200, rq->body);
}

static int get_page(struct request *rq)
{
	return reply_page(rq, 200, "logout", NULL);
}

static int post_page(struct request *rq)
{
	return reply_redirect(rq, SPAN("/echo?a=posted"));
}

static int fail_client(struct request *rq)
{
	struct span id, secret;
	int error = request_basic_credentials(rq, &id, &secret);

	if (error)
		return error == ERR_ABSENT ? ERR_INVALID_CLIENT : error;
	return span_is(id, "a:b") && span_is(secret, "s +") ? reply_json(rq, 200, SPAN("{}")) : ERR_INVALID_GRANT;
}

static int fail_bearer(struct request *rq)
{
	struct span token;
	int error = request_bearer(rq, &token);

	return error == ERR_ABSENT || error == 0 ? ERR_INVALID_TOKEN : error;
}

static int fault(struct request *rq)
{
	return FAULT(FAULT_STORE, "as asked");
}

static int silent(struct request *rq)
{
	return 0;
}

static int maybe(struct request *rq)
{
	return reply_json(rq, 200, request_param(rq, "ms").n ? SPAN("{\"waited\":true}") : SPAN("{\"waited\":false}"));
}

static enum work_class by_parameter(const struct request *rq)
{
	return request_param(rq, "ms").n ? WORK_UPSTREAM : WORK_INLINE;
}

static const struct param_spec echo_params[] = {
	{ "a", PARAM_QUERY | PARAM_FORM, 65536 },
	{ "b", PARAM_FORM, 0 },
	{ "m", PARAM_QUERY | PARAM_FORM | PARAM_MANY, 0 },
	PARAM_END,
};
static const struct param_spec sleep_params[] = { { "ms", PARAM_QUERY | PARAM_FORM, 8 }, PARAM_END };

static const struct route routes[] = {
	{ .path = "/static", .methods = METHOD_GET, .handler = get_static, .cors = true },
	{ .path = "/bytes", .methods = METHOD_GET, .handler = get_bytes },
	{ .path = "/echo", .methods = METHOD_GET | METHOD_POST, .params = echo_params, .handler = echo,
	  .errors = ERRORS_PLAIN_JSON },
	{ .path = "/work", .methods = METHOD_POST, .params = echo_params, .handler = echo, .work = WORK_UPSTREAM },
	{ .path = "/user/{id}", .methods = METHOD_GET, .handler = user },
	{ .path = "/user/{id}/x", .methods = METHOD_DELETE, .handler = user },
	{ .path = "/sleep", .methods = METHOD_GET | METHOD_POST, .params = sleep_params, .handler = sleepy, .work = WORK_UPSTREAM,
	  .errors = ERRORS_OAUTH },
	{ .path = "/maybe", .methods = METHOD_GET, .params = sleep_params, .handler = maybe, .classify = by_parameter },
	{ .path = "/urgent", .methods = METHOD_GET, .params = sleep_params, .handler = sleepy, .work = WORK_UPSTREAM, .urgent = true,
	  .errors = ERRORS_OAUTH },
	{ .path = "/later", .methods = METHOD_GET, .params = sleep_params, .handler = do_later, .errors = ERRORS_OAUTH },
	{ .path = "/json", .methods = METHOD_POST, .handler = json_body, .body = BODY_JSON, .errors = ERRORS_PLAIN_JSON },
	{ .path = "/page", .methods = METHOD_GET, .handler = get_page },
	{ .path = "/page", .methods = METHOD_POST, .handler = post_page, .csrf = true },
	{ .path = "/client", .methods = METHOD_POST, .handler = fail_client, .errors = ERRORS_OAUTH, .cors = true },
	{ .path = "/bearer", .methods = METHOD_GET, .handler = fail_bearer, .errors = ERRORS_BEARER },
	{ .path = "/limited", .methods = METHOD_GET, .params = echo_params, .handler = echo, .errors = ERRORS_OAUTH,
	  .rate = RATE_LOGIN },
	{ .path = "/fault", .methods = METHOD_GET, .handler = fault, .errors = ERRORS_PLAIN_JSON },
	{ .path = "/silent", .methods = METHOD_GET, .handler = silent, .errors = ERRORS_PLAIN_JSON },
	{ .path = "/metrics", .methods = METHOD_GET, .handler = server_metrics },
};

static const char *argument(char **argv, const char *key, const char *otherwise)
{
	for (; *argv; argv++)
		if (strncmp(*argv, key, strlen(key)) == 0 && (*argv)[strlen(key)] == '=')
			return *argv + strlen(key) + 1;
	return otherwise;
}

static unsigned number(char **argv, const char *key)
{
	return (unsigned)strtoul(argument(argv, key, "0"), NULL, 10);
}

static int listen_unix(const char *path)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(un.sun_path, sizeof un.sun_path, "%s", path);
	unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&un, sizeof un) || listen(fd, 1024))
		return -1;
	return fd;
}

static int listen_tcp(uint16_t *port)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(*port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof in;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &(int){ 1 }, sizeof(int)) ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int)) || bind(fd, (struct sockaddr *)&in, sizeof in) ||
	    listen(fd, 1024) || getsockname(fd, (struct sockaddr *)&in, &n))
		return -1;
	*port = ntohs(in.sin_port);
	return fd;
}

int main(int argc, char **argv)
{
	static const struct address_block anyone_local[] = {
		{ .is_unix = true }, { .bytes = { [10] = 0xff, [11] = 0xff, [12] = 127 }, .bits = 104 }
	};
	struct app app = { static_slot_new(), "first", argument(argv, "later", NULL) };
	struct template_problem problem = { 0 };
	struct template_set *templates = NULL;
	struct server *server;
	int fds[THREADS_MAX], got, unix_fd = -1;
	unsigned threads = number(argv, "threads") ? number(argv, "threads") : 1;
	uint16_t port = (uint16_t)number(argv, "port");
	char body[600];
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	log_configure(number(argv, "access_log") ? LOG_INFO : LOG_ERROR, "test");
	memset(body, 'x', sizeof body);
	struct span issuer = span_of(argument(argv, "issuer", "http://127.0.0.1"));
	if (!app.document || template_set_load(NULL, &problem, &templates) ||
	    static_slot_set(app.document, issuer, "application/json", (struct span){ body, sizeof body }, "public, max-age=300",
			    true)) {
		fprintf(stderr, "cannot load: %s\n", problem.text);
		return 1;
	}
	for (unsigned i = 0; i < threads && i < THREADS_MAX; i++)
		fds[i] = listen_tcp(&port);
	const char *path = argument(argv, "unix", NULL);
	if (path)
		unix_fd = listen_unix(path);
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(64 * 1024);
	struct span pem = { 0 };
	const char *tls = argument(argv, "tls", NULL);
	if (!arena || (tls && sys_read_file(tls, 32 * 1024, arena, &pem)))
		return 1;
	struct server_listener listeners[] = { { fds, threads, pem.p, pem.p }, { &unix_fd, 1, NULL, NULL } };
	struct server_options options = {
		.routes = routes,
		.n_routes = ARRAY_LEN(routes),
		.listeners = listeners,
		.n_listeners = unix_fd >= 0 ? 2 : 1,
		.issuer = issuer,
		.secret = SPAN("0123456789abcdef0123456789abcdef"),
		.threads = threads,
		.connections = number(argv, "connections"),
		.pools = { [WORK_UPSTREAM] = { number(argv, "commit_threads"), number(argv, "commit_queue") } },
		.queue_ms = number(argv, "queue_ms"),
		.head_ms = number(argv, "head_ms"),
		.first_ms = number(argv, "first_ms"),
		.idle_ms = number(argv, "idle_ms"),
		.settings = { .app = &app, .templates = templates, .trusted_proxies = { anyone_local, 2 },
			      .access_log = number(argv, "access_log"), .rates = { [RATE_LOGIN] = { 60, 3 } } },
	};
	if (server_start(&options, &server))
		return 1;
	printf("ready %u\n", port);
	fflush(stdout);
	struct app second = { app.document, "second", app.later };
	while (sigwait(&set, &got) == 0 && got == SIGHUP) {
		options.settings.app = &second;
		if (server_reload(server, &options.settings))
			return 1;
	}
	server_stop(server, number(argv, "drain_ms") ? number(argv, "drain_ms") : 2000);
	static_slot_free(app.document);
	template_set_free(templates);
	for (unsigned i = 0; i < threads; i++)
		close(fds[i]);
	if (unix_fd >= 0)
		close(unix_fd);
	return 0;
}
