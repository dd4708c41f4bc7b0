/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dispatch - the stops of a request between libmicrohttpd and its handler, in order: guard, row, size, limits; then, when the body
 * is here, parameters, CSRF, and the handler on the thread that its work class names.
 */
#include "broker/base/log.h"
#include "broker/base/sys.h"
#include "broker/http/client.h"
#include "broker/http/csrf.h"
#include "broker/http/form_data.h"
#include "broker/http/loop.h"

static const struct {
	const char *name;
	unsigned bit;
} methods[] = {
	{ "GET", METHOD_GET },     { "POST", METHOD_POST },     { "PUT", METHOD_PUT },     { "PATCH", METHOD_PATCH },
	{ "DELETE", METHOD_DELETE }, { "HEAD", METHOD_HEAD }, { "OPTIONS", METHOD_OPTIONS },
};

static unsigned method_bit(struct span method)
{
	for (size_t i = 0; i < ARRAY_LEN(methods); i++)
		if (span_is(method, methods[i].name))
			return methods[i].bit;
	return 0;
}

static enum dispatch answer_error(struct exchange *ex, int error)
{
	reply_error(&ex->rq, error);
	return DISPATCH_ANSWERED;
}

/* Early: what is left of the body is not read, so nothing on this connection can follow. */
static enum dispatch refuse(struct exchange *ex, int error)
{
	ex->must_close |= ex->framing.has_body;
	return answer_error(ex, error);
}

static enum dispatch refuse_malformed(struct exchange *ex, const char *rule)
{
	char text[CLIENT_ADDRESS_TEXT];

	LOG(LOG_INFO, "http.refused", F_STR("rule", rule), F_STR("client", client_address_text(&ex->rq.client, text)));
	ex->must_close = true;
	ex->raw.n = 0; /* its headers mean nothing */
	return answer_error(ex, ERR_MALFORMED);
}

static void add_allow(struct exchange *ex, const char *header)
{
	struct buf text = buf_new(ex->rq.arena, 48);
	struct span done;

	for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
		bool is_offered = ex->match.methods & methods[i].bit;

		if (methods[i].bit == METHOD_HEAD)
			is_offered = ex->match.methods & METHOD_GET;
		else if (methods[i].bit == METHOD_OPTIONS)
			is_offered = ex->match.any->cors;
		if (is_offered)
			buf_printf(&text, "%s%s", text.n ? ", " : "", methods[i].name);
	}
	if (buf_done(&text, &done) == 0)
		reply_header(&ex->rq, header, done);
}

static enum dispatch answer_preflight(struct exchange *ex)
{
	add_allow(ex, "Access-Control-Allow-Methods");
	reply_header(&ex->rq, "Access-Control-Allow-Headers", SPAN("Authorization, Content-Type, DPoP"));
	reply_header(&ex->rq, "Access-Control-Max-Age", SPAN("86400"));
	if (!request_header(&ex->rq, "Origin").p)
		reply_header(&ex->rq, "Access-Control-Allow-Origin", SPAN("*"));
	int error = reply_empty(&ex->rq, 204);
	return error ? answer_error(ex, error) : DISPATCH_ANSWERED;
}

/* The media type that the row reads; parameters of the type say nothing that we would do differently. */
static bool is_readable(const struct exchange *ex)
{
	struct span type = request_header(&ex->rq, "Content-Type");
	struct span name = span_trim(span_cut(&type, ';'));

	if (!ex->framing.has_body)
		return true;
	if (ex->rq.route->body == BODY_JSON)
		return span_eq_nocase(name, SPAN("application/json"));
	if (ex->rq.route->body == BODY_MULTIPART && span_eq_nocase(name, SPAN("multipart/form-data")))
		return true;
	return span_eq_nocase(name, SPAN("application/x-www-form-urlencoded"));
}

static bool is_multipart(const struct exchange *ex)
{
	if (!ex->framing.has_body || ex->rq.route->body != BODY_MULTIPART)
		return false;
	struct span type = request_header(&ex->rq, "Content-Type");
	return span_eq_nocase(span_trim(span_cut(&type, ';')), SPAN("multipart/form-data"));
}

size_t dispatch_body_max(const struct exchange *ex)
{
	return ex->form && ex->rq.route->body_max ? ex->rq.route->body_max : ex->rq.server->options.body_max;
}

/* Files are kept before the token among the fields can be judged, so at least the browser must have been here before. */
static int begin_form(struct exchange *ex)
{
	struct server *server = ex->rq.server;
	struct form_limits limits = { server->options.spool_dir, &server->spooled, server->options.spool_max, server->options.body_max };

	if (ex->rq.route->csrf && !request_has_browser(&ex->rq))
		return ERR_CSRF;
	return form_data_new(&ex->rq, request_header(&ex->rq, "Content-Type"), &limits, &ex->form);
}

static void split_target(struct exchange *ex)
{
	struct span rest = ex->raw.target;

	ex->rq.path = span_cut(&rest, '?');
	ex->rq.query = rest;
}

static int find_route(struct exchange *ex)
{
	int error = router_find(ex->rq.server->router, ex->rq.path, method_bit(ex->raw.method), ex->rq.arena, &ex->match);

	ex->rq.route = ex->match.any; /* its style answers also 405 */
	if (error == ERR_METHOD)
		add_allow(ex, "Allow"); /* RFC 9110 15.5.6 */
	return error;
}

static int check_limits(struct exchange *ex)
{
	const struct route *route = ex->rq.route;
	unsigned wait = 0;

	if (!is_readable(ex))
		return ERR_MEDIA_TYPE;
	if (route->rate != RATE_NONE) {
		const struct rate *rate = &ex->settings->now.rates[route->rate];
		int error = limits_take(ex->rq.server->limits, route->rate, rate, &ex->rq.client, ex->rq.now, &wait);

		if (error)
			reply_retry_after(&ex->rq, wait);
		TRY(error);
	}
	if (is_multipart(ex))
		TRY(begin_form(ex));
	bool is_too_large = ex->framing.has_body && ex->framing.length != UINT64_MAX && ex->framing.length > dispatch_body_max(ex);
	return is_too_large ? ERR_TOO_LARGE : 0;
}

enum dispatch dispatch_head(struct exchange *ex)
{
	struct request *rq = &ex->rq;
	const char *rule = guard_check(&ex->raw, &ex->framing);

	if (rule)
		return refuse_malformed(ex, rule);
	struct client_view view = client_view(&rq->client, ex->headers, ex->raw.n, &ex->settings->now.trusted_proxies);
	rq->client = view.address;
	rq->secure = rq->secure || view.https;
	ex->is_head = span_is(ex->raw.method, "HEAD");
	rq->method = ex->is_head ? METHOD_GET : method_bit(ex->raw.method);
	split_target(ex);
	int error = find_route(ex);
	if (error)
		return refuse(ex, error);
	if (!ex->match.route) {
		ex->must_close |= ex->framing.has_body;
		return answer_preflight(ex);
	}
	error = check_limits(ex);
	return error ? refuse(ex, error) : DISPATCH_READ_BODY;
}

void dispatch_body(struct exchange *ex, struct span part)
{
	if (ex->body_seen > dispatch_body_max(ex)) {
		ex->body_too_large = true; /* read on, since an answer cannot be given before the end; serve.c bounds it */
		return;
	}
	if (ex->form) {
		form_data_feed(ex->form, part);
		return;
	}
	if (!ex->body.arena)
		ex->body = buf_new(ex->rq.arena, ex->framing.length < 16 * 1024 ? (size_t)ex->framing.length + 1 : 16 * 1024);
	buf_add(&ex->body, part);
}

static int read_params(struct exchange *ex)
{
	struct span text = { 0 };

	if (ex->body_too_large)
		return ERR_TOO_LARGE;
	if (ex->body.arena)
		TRY(buf_done(&ex->body, &text));
	ex->rq.body = text;
	if (ex->rq.route->body == BODY_JSON)
		text = (struct span){ 0 };
	TRY(params_collect(ex->rq.route->params, ex->rq.query, text, ex->rq.arena, &ex->params));
	return ex->form ? form_data_collect(ex->form, &ex->params) : 0;
}

static int check_csrf(struct exchange *ex)
{
	struct request *rq = &ex->rq;

	if (!rq->route->csrf || rq->method == METHOD_GET)
		return 0;
	if (!request_has_browser(rq))
		return ERR_CSRF;
	struct csrf_origin from = { request_header(rq, "Origin"), request_header(rq, "Sec-Fetch-Site") };
	return csrf_check(rq->server->options.secret, request_browser(rq), ex->params.csrf, from, rq->server->origin, rq->arena);
}

static void run_handler(struct exchange *ex)
{
	struct request *rq = &ex->rq;
	int error = rq->route->handler(rq);

	if (!error && !ex->answer.response)
		error = ex->answer.failed ? ex->answer.failed : FAULT(FAULT_BUG, "%s: no reply", rq->route->path);
	if (error)
		reply_error(rq, error);
}

enum dispatch dispatch_whole(struct exchange *ex)
{
	struct request *rq = &ex->rq;

	if (ex->form) { /* it may have taken minutes */
		rq->now = sys_now();
		rq->deadline = instant_add(rq->now, rq->server->options.work_ms);
	}
	int error = read_params(ex);

	if (!error)
		error = check_csrf(ex);
	if (error)
		return answer_error(ex, error);
	ex->work = rq->route->classify ? rq->route->classify(rq) : rq->route->work;
	if (ex->work == WORK_INLINE) {
		run_handler(ex);
		return DISPATCH_ANSWERED;
	}
	error = ex->work == WORK_COMMIT ? turns_check(&ex->loop->turns, rq->route->urgent) :
					  workers_reserve(rq->server->pools[ex->work], rq->route->urgent);
	return error ? answer_error(ex, error) : DISPATCH_SUSPEND;
}

void dispatch_work(struct exchange *ex)
{
	log_set_reference(ex->rq.reference);
	run_handler(ex);
	log_set_reference("");
}
