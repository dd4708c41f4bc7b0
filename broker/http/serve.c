/* SPDX-License-Identifier: Apache-2.0 */
/*
 * serve - libmicrohttpd's callbacks: a connection comes and goes, a request begins, grows, is answered and ends.
 */
#include "broker/base/encode.h"
#include "broker/base/log.h"
#include "broker/base/sys.h"
#include "broker/http/form_data.h"
#include "broker/http/loop.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

/* Room for the head of a request and of its reply; also what an idle connection costs (performance.md). */
#define CONNECTION_MEMORY ((size_t)16 * 1024)
#define FREE_MAX 32        /* exchanges kept for reuse by a loop */
#define EXCESS_BODY_MAX ((size_t)1024 * 1024) /* how far a chunked body may run on beyond its cap before the connection is cut */
#define PACE_BYTES ((size_t)64 * 1024)        /* of an upload: so much must come within http.request_timeout … */
#define UPLOAD_MAX_MS (15 * MS_MINUTE)        /* … and the whole of it within this */

static int64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void make_reference(struct loop *loop, char out[REQUEST_REFERENCE_SIZE])
{
	static const char alphabet[] = "abcdefghijkmnpqrstuvwxyz23456789"; /* none that are read for one another */

	if (sizeof loop->random - loop->random_used < REQUEST_REFERENCE_SIZE || loop->random_used == 0) {
		sys_random(loop->random, sizeof loop->random);
		loop->random_used = 0;
	}
	for (size_t i = 0; i < REQUEST_REFERENCE_SIZE - 1; i++)
		out[i] = alphabet[loop->random[loop->random_used++] & 31];
	out[REQUEST_REFERENCE_SIZE - 1] = '\0';
}

static struct exchange *take_exchange(struct loop *loop)
{
	struct exchange *ex = loop->free;

	if (ex) {
		loop->free = ex->next_free;
		loop->n_free--;
		return ex;
	}
	ex = calloc(1, sizeof *ex);
	if (ex && !(ex->rq.arena = arena_new(loop->server->options.arena_max))) {
		free(ex);
		return NULL;
	}
	return ex;
}

static void give_exchange(struct loop *loop, struct exchange *ex)
{
	struct arena *arena = ex->rq.arena;

	reply_forget(ex);
	form_data_free(ex->form);
	settings_drop(ex->settings);
	arena_reset(arena);
	if (loop->n_free >= FREE_MAX) {
		arena_free(arena);
		free(ex);
		return;
	}
	memset(ex, 0, offsetof(struct exchange, headers));
	ex->rq.arena = arena;
	ex->next_free = loop->free;
	loop->free = ex;
	loop->n_free++;
}

void serve_free_exchanges(struct loop *loop)
{
	while (loop->free) {
		struct exchange *ex = loop->free;

		loop->free = ex->next_free;
		arena_free(ex->rq.arena);
		free(ex);
	}
}

static void on_connection(void *cls, struct MHD_Connection *connection, void **context, enum MHD_ConnectionNotificationCode code)
{
	struct port *port = cls;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		*context = peer_new(port, connection);
	} else if (*context) {
		peer_free(port->loop, *context);
		*context = NULL;
	}
}

/* The request line as it was sent, before libmicrohttpd unescapes and splits it in place. What it returns is the request's own
 * pointer from then on. */
static void *on_target(void *cls, const char *target, struct MHD_Connection *connection)
{
	struct loop *loop = ((struct port *)cls)->loop;
	const union MHD_ConnectionInfo *info = microhttpd.get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct peer *peer = info ? info->socket_context : NULL;
	struct exchange *ex = peer ? take_exchange(loop) : NULL;

	if (!ex)
		return NULL;
	ex->loop = loop;
	ex->peer = peer;
	ex->connection = connection;
	ex->settings = settings_take(loop->settings);
	ex->rq.server = loop->server;
	if (target) /* it may be NULL (libhttpserver issue 372) */
		ex->raw.target = arena_dup(ex->rq.arena, span_of(target));
	peer->exchange = ex;
	peer_move(loop, peer, PHASE_HEAD);
	atomic_fetch_add_explicit(&loop->busy, 1, memory_order_relaxed);
	return ex;
}

static void on_end(void *cls, struct MHD_Connection *connection, void **context, enum MHD_RequestTerminationCode code)
{
	struct loop *loop = ((struct port *)cls)->loop;
	struct exchange *ex = *context;

	if (!ex)
		return;
	struct peer *peer = ex->peer;
	*context = NULL;
	peer->exchange = NULL;
	give_exchange(loop, ex);
	atomic_fetch_sub_explicit(&loop->busy, 1, memory_order_relaxed);
	if (loop->is_quiet)
		peer_close(loop, peer);
	else
		peer_move(loop, peer, PHASE_IDLE);
}

static enum MHD_Result add_header(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_size, const char *value,
				  size_t value_size)
{
	struct exchange *ex = cls;

	if (ex->raw.n == GUARD_HEADERS_MAX) {
		ex->raw.is_cut = true;
		return MHD_NO;
	}
	ex->headers[ex->raw.n++] = (struct header){ { name, name_size }, { value ? value : "", value ? value_size : 0 } };
	return MHD_YES;
}

static void begin(struct exchange *ex, const char *method, const char *version)
{
	struct request *rq = &ex->rq;

	ex->begun_us = now_us();
	make_reference(ex->loop, rq->reference);
	log_set_reference(rq->reference);
	rq->now = sys_now();
	rq->deadline = instant_add(rq->now, rq->server->options.work_ms);
	rq->app = ex->settings->now.app;
	rq->client = ex->peer->address;
	rq->secure = ex->peer->is_tls;
	ex->must_close = ex->loop->is_quiet;
	ex->raw.method = span_of(method);
	ex->raw.version = span_of(version);
	ex->raw.headers = ex->headers;
	microhttpd.get_connection_values_n(ex->connection, MHD_HEADER_KIND, add_header, ex);
}

static void write_access_log(const struct exchange *ex, int64_t us)
{
	char text[CLIENT_ADDRESS_TEXT];
	const struct route *route = ex->rq.route;

	/* paths of no route are shown as sent, but never queries: they carry codes and states */
	LOG(LOG_INFO, "http.request", F_SPAN("method", ex->raw.method), F_SPAN("path", route ? span_of(route->path) : ex->rq.path),
	    F_INT("status", ex->answer.status), F_INT("us", us), F_STR("client", client_address_text(&ex->rq.client, text)));
}

static enum MHD_Result send_answer(struct exchange *ex)
{
	struct server *server = ex->rq.server;
	const struct route *route = ex->rq.route;
	int64_t us = now_us() - ex->begun_us;
	struct MHD_Response *response = ex->answer.response ? ex->answer.response : server->last_resort;
	size_t row = route ? (size_t)(route - server->options.routes) : server->options.n_routes;

	if (!ex->answer.status)
		ex->answer.status = 503;
	peer_move(ex->loop, ex->peer, PHASE_SEND);
	metrics_record(server->metrics, ex->loop->index, row, ex->answer.status, us);
	if (ex->settings->now.access_log) {
		log_set_reference(ex->rq.reference); /* a worker had the request: this thread has forgotten it */
		write_access_log(ex, us);
	}
	log_set_reference("");
	ex->state = EXCHANGE_SENT;
	return microhttpd.queue_response(ex->connection, (unsigned)ex->answer.status, response);
}

/* The answer is ready: libmicrohttpd asks again for this request, and gets it. */
static void resume(struct exchange *ex)
{
	struct loop *loop = ex->loop;

	ex->state = EXCHANGE_ANSWERED;
	microhttpd.resume_connection(ex->connection); /* from here on the loop may end the request */
	loop_wake(loop);
}

static struct exchange *exchange_of_job(struct job *job)
{
	return (struct exchange *)(void *)((char *)job - offsetof(struct exchange, job));
}

/* Handlers that take turns on a thread each log under their own reference. */
void serve_on_switch(void *job)
{
	log_set_reference(job ? exchange_of_job(job)->rq.reference : "");
}

static void run_job(struct job *job, bool expired)
{
	struct exchange *ex = exchange_of_job(job);

	if (expired)
		reply_error(&ex->rq, ERR_BUSY);
	else
		dispatch_work(ex);
	resume(ex);
}

static bool cancel(struct exchange *ex)
{
	if (ex->work == WORK_COMMIT)
		return turns_cancel(&ex->loop->turns, &ex->job);
	return workers_cancel(ex->rq.server->pools[ex->work], &ex->job);
}

bool serve_expire(struct exchange *ex)
{
	if (!cancel(ex))
		return false;
	log_set_reference(ex->rq.reference);
	reply_error(&ex->rq, ERR_BUSY);
	log_set_reference("");
	resume(ex);
	return true;
}

static void suspend(struct exchange *ex)
{
	struct loop *loop = ex->loop;

	log_set_reference("");
	ex->state = EXCHANGE_WAITING;
	ex->job.run = run_job;
	loop->suspended++;
	peer_move(loop, ex->peer, PHASE_QUEUED);
	microhttpd.suspend_connection(ex->connection);
	if (ex->work == WORK_COMMIT)
		turns_push(&loop->turns, &ex->job, ex->rq.route->urgent);
	else
		workers_push(ex->rq.server->pools[ex->work], &ex->job, ex->rq.route->urgent); /* from here on a worker may have it */
}

static enum MHD_Result go_on(struct exchange *ex, enum dispatch next)
{
	switch (next) {
	case DISPATCH_READ_BODY:
		ex->state = EXCHANGE_BODY;
		return MHD_YES;
	case DISPATCH_SUSPEND:
		suspend(ex);
		return MHD_YES;
	case DISPATCH_ANSWERED:
		break;
	}
	if (ex->state == EXCHANGE_NEW && !ex->must_close) {
		ex->state = EXCHANGE_REFUSED; /* an answer that is queued before the end of the request ends the connection */
		return MHD_YES;
	}
	return send_answer(ex);
}

/* A piece of the body. An upload may take longer than a request's head and form, but not as long as it likes. */
static enum MHD_Result take_body(struct exchange *ex, struct span piece)
{
	struct loop *loop = ex->loop;

	ex->body_seen += piece.n;
	dispatch_body(ex, piece);
	if (ex->form && ex->body_seen - ex->body_paced >= PACE_BYTES) {
		ex->body_since_ms = ex->body_since_ms ? ex->body_since_ms : loop->now_ms;
		ex->body_paced = ex->body_seen;
		if (loop->now_ms - ex->body_since_ms > UPLOAD_MAX_MS)
			return MHD_NO;
		peer_move(loop, ex->peer, PHASE_HEAD);
	}
	return ex->body_seen > dispatch_body_max(ex) + EXCESS_BODY_MAX ? MHD_NO : MHD_YES;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *path, const char *method,
				  const char *version, const char *upload, size_t *upload_size, void **context)
{
	struct exchange *ex = *context;

	if (!ex)
		return MHD_NO;
	switch (ex->state) {
	case EXCHANGE_NEW:
		begin(ex, method, version);
		return go_on(ex, dispatch_head(ex));
	case EXCHANGE_BODY:
		if (*upload_size == 0) {
			ex->begun_us = ex->framing.has_body ? now_us() : ex->begun_us;
			return go_on(ex, dispatch_whole(ex));
		}
		struct span piece = { upload, *upload_size };
		*upload_size = 0;
		return take_body(ex, piece);
	case EXCHANGE_ANSWERED:
		ex->loop->suspended--;
		return send_answer(ex);
	case EXCHANGE_REFUSED:
		return send_answer(ex);
	case EXCHANGE_WAITING:
	case EXCHANGE_SENT:
		break;
	}
	return MHD_NO;
}

/* We read the target ourselves; what libmicrohttpd makes of it is not used. */
static size_t leave_escapes(void *cls, struct MHD_Connection *connection, char *text)
{
	return strlen(text);
}

int serve_start_port(struct port *port, const struct server_listener *listener, int fd)
{
	const struct server_options *options = &port->loop->server->options;
	unsigned connections = options->connections / options->threads;
	unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC; /* ITC: or there is no MHD_quiesce_daemon */
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)listener->tls_key },
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)listener->tls_cert },
		{ MHD_OPTION_END, 0, NULL },
	};

	port->is_tls = listener->tls_cert != NULL;
	if (port->is_tls)
		flags |= MHD_USE_TLS;
	else
		tls[0] = tls[2];
	port->daemon = microhttpd.start_daemon(flags, 0, NULL, NULL, on_request, port, MHD_OPTION_LISTEN_SOCKET, fd,
					MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY,
					MHD_OPTION_CONNECTION_LIMIT, connections,
					MHD_OPTION_PER_IP_CONNECTION_LIMIT, options->connections_per_ip,
					MHD_OPTION_CONNECTION_TIMEOUT, 0u,
#if MHD_VERSION >= 0x01000000
					MHD_OPTION_CLIENT_DISCIPLINE_LVL, 2,
#else
					MHD_OPTION_STRICT_FOR_CLIENT, 1,
#endif
					MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_NOTIFY_CONNECTION, on_connection, port,
					MHD_OPTION_NOTIFY_COMPLETED, on_end, port, MHD_OPTION_URI_LOG_CALLBACK, on_target, port,
					MHD_OPTION_UNESCAPE_CALLBACK, leave_escapes, NULL, MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
	return port->daemon ? 0 : FAULT(FAULT_IO, "cannot listen");
}
