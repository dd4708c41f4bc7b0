/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/upstream_leave.h"

#include "broker/base/encode.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/logout_provider.h"
#include "broker/endpoint/page.h"
#include "broker/http/reply.h"
#include "broker/http/server.h"
#include "conf/config.h"

#define BROWSER_MS (4 * MS_SECOND) /* somebody looks at an empty page meanwhile */
#define COOKIE "leaving"

/* Where it is told, and a cookie that says which notice: no more than where this browser goes on to, and that a logout which has happened is told. */
static int begin(struct request *rq, struct id notice, struct span provider, char **ret_path)
{
	struct buf text = buf_new(rq->arena, 32);
	struct span value;

	encode_base64url(&text, (struct span){ (const char *)notice.b, sizeof notice.b });
	TRY(buf_done(&text, &value));
	reply_cookie(rq, http_cookie_name(rq->server, COOKIE), value, 600, 0);
	*ret_path = arena_printf(rq->arena, "/login/" SPAN_FMT "/leave", SPAN_ARG(provider));
	return *ret_path ? 0 : FAULT_MEMORY;
}

int upstream_leave_redirect(struct request *rq, struct id notice, struct span provider)
{
	char *path;

	TRY(begin(rq, notice, provider, &path));
	return reply_redirect(rq, span_of(path));
}

int upstream_leave_refresh(struct request *rq, struct id notice, struct span provider, int seconds)
{
	char *path, *refresh;

	TRY(begin(rq, notice, provider, &path));
	refresh = arena_printf(rq->arena, "%d; url=%s", seconds, path);
	if (!refresh)
		return FAULT_MEMORY;
	reply_header(rq, "Refresh", span_of(refresh));
	return 0;
}

struct leaving {
	struct request *rq;
	struct id id;
	struct logout_notice notice;
};

static int load(struct txn *txn, void *arg)
{
	struct leaving *l = arg;

	return record_get_live(txn, &KIND_LOGOUT_NOTICE, l->id, l->rq->now, l->rq->arena, &l->notice);
}

/* On to the relying party's page that was checked when the person logged out, else the page that says so. */
static int go_on(struct request *rq, struct span onward)
{
	reply_cookie(rq, http_cookie_name(rq->server, COOKIE), SPAN(""), -1, 0);
	if (onward.n)
		return reply_redirect(rq, onward);
	JSON *data = json_object();
	page_set(data, "login_url", SPAN("/login"));
	return reply_page(rq, 200, "logged-out", data);
}

static int open_notice(struct leaving *l)
{
	struct span cookie = request_cookie(l->rq, http_cookie_name(l->rq->server, COOKIE));

	if (encode_base64url_bytes(cookie, (unsigned char *)l->id.b, sizeof l->id.b))
		return ERR_ABSENT;
	int result = store_view(app_of(l->rq)->app->store, load, l);
	return !result && !span_eq(l->notice.provider, request_path_param(l->rq, "provider")) ? ERR_ABSENT : result;
}

int endpoint_upstream_leave(struct request *rq)
{
	struct leaving l = { .rq = rq };
	struct provider_step step = { 0 };
	int result = open_notice(&l);

	if (result)
		return result == ERR_ABSENT ? go_on(rq, SPAN("")) : result;
	if (l.notice.status != LOGOUT_NOTICE_WAITING)
		return go_on(rq, l.notice.onward);
	struct instant until = instant_add(rq->now, BROWSER_MS);
	TRY(logout_provider_ask(app_of(rq), config_provider(app_of(rq)->config, l.notice.provider), &l.notice, instant_before(rq->deadline, until) ? rq->deadline : until,
				rq->arena, &step));
	if (step.type == PROVIDER_REJECT) /* the job tries again */
		return go_on(rq, l.notice.onward);
	logout_notice_settle(&l.notice, &(struct logout_answer){ .status = step.type == PROVIDER_DONE ? LOGOUT_NOTICE_DONE : LOGOUT_NOTICE_BROWSER }, rq->now);
	TRY(logout_notice_keep(app_of(rq), &l.notice, 1));
	return step.type == PROVIDER_DONE ? go_on(rq, l.notice.onward) : reply_redirect(rq, step.url);
}

int endpoint_upstream_left(struct request *rq)
{
	struct leaving l = { .rq = rq };
	int result = open_notice(&l);

	return result && result != ERR_ABSENT ? result : go_on(rq, result ? SPAN("") : l.notice.onward);
}
