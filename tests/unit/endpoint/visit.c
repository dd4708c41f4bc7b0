/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/endpoint/visit.h"

#include "broker/http/cookie.h"
#include "broker/http/exchange.h"
#include "broker/http/router.h"
#include "tests/unit/suite.h"

static const struct param_spec params[] = { { "interaction", PARAM_FORM, 64 }, { "captcha", PARAM_FORM, 64 }, { "captcha_id", PARAM_FORM, 1024 },
					    { "login_name", PARAM_FORM, 512 }, { "password", PARAM_FORM, 512 }, { "code", PARAM_FORM, 32 }, { "do", PARAM_FORM, 16 },
					    { "again", PARAM_FORM, 8 }, { "act", PARAM_FORM, 16 }, PARAM_END };
static const struct route route = { .path = "/test", .methods = METHOD_POST, .params = params };

struct visit {
	struct exchange ex; /* first: the request is the exchange */
	char cookies[512];
};

static struct settings settings = { .now.language = LANGUAGE_EN };

struct server *visit_server_new(void)
{
	struct server *server = calloc(1, sizeof *server);

	ck_assert_ptr_nonnull(server);
	ck_assert_int_eq(microhttpd_load(), 0);
	server->https = true;
	strcpy(server->tag, "test");
	pthread_mutex_init(&server->names_lock, NULL);
	server->cookie_browser = http_cookie_name(server, "browser");
	server->cookie_lang = http_cookie_name(server, "lang");
	return server;
}

void visit_server_pool(struct server *server, enum work_class work, unsigned threads, unsigned queue)
{
	ck_assert_int_eq(workers_new("test", threads, queue, 0, &server->pools[work]), 0);
}

void visit_server_end_pools(struct server *server)
{
	for (size_t i = 0; i < WORK_COUNT; i++) {
		workers_free(server->pools[i]);
		server->pools[i] = NULL;
	}
}

void visit_server_free(struct server *server)
{
	visit_server_end_pools(server);
	pthread_mutex_destroy(&server->names_lock);
	free(server);
}

struct visit *visit_new(struct server *server, void *app, struct instant now, const char *form)
{
	static const unsigned char address[16] = { [10] = 0xff, [11] = 0xff, [12] = 192, [14] = 2, [15] = 7 };
	struct visit *visit = calloc(1, sizeof *visit);

	ck_assert_ptr_nonnull(visit);
	struct exchange *ex = &visit->ex;
	ex->rq = (struct request){ .arena = arena_new(4 << 20), .server = server, .app = app, .route = &route, .now = now, .deadline = instant_add(now, MS_MINUTE),
				   .method = METHOD_POST, .secure = true, .path = SPAN("/test"), .reference = "test" };
	memcpy(ex->rq.client.bytes, address, sizeof address);
	ex->settings = &settings;
	ck_assert_int_eq(params_collect(params, SPAN(""), span_of(form), ex->rq.arena, &ex->params), 0);
	return visit;
}

struct visit *visit_again(const struct visit *earlier, struct instant now, const char *form)
{
	static const char *const names[] = { "browser", "session" };
	struct visit *visit = visit_new(earlier->ex.rq.server, earlier->ex.rq.app, now, form);
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct span full = http_cookie_name(visit->ex.rq.server, names[i]), value = visit_cookie(earlier, names[i]);

		if (!value.n)
			value = cookie_find(earlier->ex.headers, earlier->ex.raw.n, full);
		if (value.n)
			n += (size_t)snprintf(visit->cookies + n, sizeof visit->cookies - n, "%s" SPAN_FMT "=" SPAN_FMT, n ? "; " : "", SPAN_ARG(full),
					      SPAN_ARG(value));
	}
	if (n) {
		visit->ex.headers[0] = (struct header){ SPAN("Cookie"), span_of(visit->cookies) };
		visit->ex.raw.n = 1;
	}
	return visit;
}

struct visit *visit_go(const struct visit *earlier, struct instant now, const struct route *routes, size_t n, const char *target, const char *form)
{
	struct visit *visit = visit_again(earlier, now, "");
	struct request *rq = &visit->ex.rq;
	CLEANUP(router_cleanup) struct router *router = NULL;
	const char *bad;

	rq->query = span_of(target);
	rq->path = span_cut(&rq->query, '?');
	rq->method = form ? METHOD_POST : METHOD_GET;
	rq->body = form ? span_of(form) : (struct span){ NULL, 0 };
	ck_assert_int_eq(router_new(routes, n, &router, &bad), 0);
	ck_assert_int_eq(router_find(router, rq->path, rq->method, rq->arena, &visit->ex.match), 0);
	rq->route = visit->ex.match.route;
	ck_assert_int_eq(params_collect(rq->route->params, rq->query, rq->body, rq->arena, &visit->ex.params), 0);
	return visit;
}

void visit_use_templates(const struct template_set *templates, int language)
{
	settings.now.language = (enum language)language;
	settings.now.templates = (struct template_set *)(uintptr_t)templates;
}

void visit_free(struct visit *visit)
{
	reply_forget(&visit->ex);
	arena_free(visit->ex.rq.arena);
	free(visit);
}

struct request *visit_request(struct visit *visit)
{
	return &visit->ex.rq;
}

int visit_status(const struct visit *visit)
{
	return visit->ex.answer.status;
}

struct span visit_header(const struct visit *visit, const char *name)
{
	for (const struct extra_header *header = visit->ex.answer.headers; header; header = header->next)
		if (strcmp(header->name, name) == 0)
			return span_of(header->value);
	return (struct span){ NULL, 0 };
}

struct span visit_cookie(const struct visit *visit, const char *name)
{
	struct span full = http_cookie_name(visit->ex.rq.server, name);

	for (const struct extra_header *header = visit->ex.answer.headers; header; header = header->next) {
		struct span rest = span_of(header->value);

		if (strcmp(header->name, "Set-Cookie") == 0 && span_eq(span_cut(&rest, '='), full))
			return span_cut(&rest, ';');
	}
	return (struct span){ NULL, 0 };
}
