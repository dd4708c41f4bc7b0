/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/upstream_notice.h"

#include "broker/base/encode.h"
#include "broker/base/log.h"
#include "broker/base/sys.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/page.h"
#include "broker/endpoint/upstream_run.h"
#include "broker/http/reply.h"
#include "broker/http/server.h"
#include "broker/store/records_upstream.h"
#include "conf/config.h"

#define KEPT (7 * MS_DAY)
#define GIVE_UP_AFTER MS_DAY
#define BROWSER_FIRST MS_MINUTE
#define BATCH 20
#define ATTEMPT_MS (8 * MS_SECOND)
#define BROWSER_MS (4 * MS_SECOND) /* somebody looks at an empty page meanwhile */
#define COOKIE "leaving"

const char *upstream_notice_status(int status)
{
	static const char *const names[] = { "", "waiting", "done", "browser", "given_up" };

	return status > 0 && (size_t)status < ARRAY_LEN(names) ? names[status] : "";
}

/* ---- a session ends */

int upstream_notice_add(struct txn *txn, struct request *rq, const struct session *session, const struct span *onward, struct id *ret_id)
{
	const struct config_provider *config = session->provider.n ? config_provider(app_of(rq)->config, session->provider) : NULL;
	struct external_link link;

	*ret_id = (struct id){ { 0 } };
	if (!config || !config->enabled || !config->send_logout || !upstream_run_answers(config, PROVIDER_LOGOUT))
		return 0;
	int result = record_get(txn, &KIND_EXTERNAL_LINK, session->link, rq->arena, &link);
	if (result)
		return result == ERR_ABSENT ? 0 : result; /* taken away meanwhile: nobody there is ours any more */
	struct upstream_notice notice = { .id = record_expiring_id(instant_add(rq->now, KEPT)), .provider = session->provider, .subject = link.subject,
					  .sid = session->upstream_sid, .token = session->upstream_token, .account = session->account, .status = UPSTREAM_NOTICE_WAITING,
					  .created_at = rq->now, .next_at = instant_add(rq->now, onward ? BROWSER_FIRST : 0),
					  .onward = onward ? *onward : (struct span){ NULL, 0 } };
	*ret_id = notice.id;
	return record_insert(txn, &KIND_UPSTREAM_NOTICE, &notice);
}

/* ---- told */

static int ask(const struct settings *settings, const struct upstream_notice *notice, struct arena *arena, struct instant now, struct instant deadline,
	       struct provider_step *ret_step)
{
	const struct config_provider *config = config_provider(settings->config, notice->provider);
	struct upstream_run run;

	if (!config || !upstream_run_answers(config, PROVIDER_LOGOUT))
		return provider_reject(ret_step, ERR_PROVIDER_UNKNOWN, "the provider is not configured any more");
	TRY(upstream_run_begin(settings, config, arena, now, deadline, &run));
	char *back = arena_printf(arena, SPAN_FMT "/login/" SPAN_FMT "/left", SPAN_ARG(settings->config->issuer), SPAN_ARG(config->id));
	if (!back)
		return FAULT_MEMORY;
	run.run.return_uri = span_of(back);
	return upstream_run_drive(&run, (struct provider_event){ .type = PROVIDER_LOGOUT, .subject = notice->subject, .sid = notice->sid, .id_token = notice->token },
				  ret_step);
}

static int put(struct txn *txn, void *arg)
{
	struct upstream_notice *notice = arg, now;
	struct arena *arena = arena_new(16 * 1024);

	if (!arena)
		return FAULT_MEMORY;
	/* Browser and job may have met: who is first has told it. */
	int result = record_get(txn, &KIND_UPSTREAM_NOTICE, notice->id, arena, &now);
	if (!result && now.status == UPSTREAM_NOTICE_WAITING)
		result = record_put(txn, &KIND_UPSTREAM_NOTICE, notice);
	arena_free(arena);
	return result == ERR_ABSENT ? 0 : result;
}

static int keep(const struct settings *settings, struct upstream_notice *notice, int status, struct instant now)
{
	notice->status = status;
	if (status != UPSTREAM_NOTICE_WAITING) {
		notice->done_at = now;
		notice->token = (struct span){ NULL, 0 }; /* nobody needs it any more */
	}
	return store_update(settings->app->store, put, notice);
}

/* Of the job: what wants a browser cannot be told by it. */
static int attempt(const struct settings *settings, struct upstream_notice *notice, struct instant now, struct arena *arena)
{
	struct provider_step step;

	TRY(ask(settings, notice, arena, now, instant_add(sys_now(), ATTEMPT_MS), &step));
	notice->attempts++;
	if (step.type == PROVIDER_DONE)
		return keep(settings, notice, UPSTREAM_NOTICE_DONE, now);
	if (step.type == PROVIDER_REDIRECT) {
		notice->last_error = SPAN("needs_browser");
		return keep(settings, notice, UPSTREAM_NOTICE_GIVEN_UP, now);
	}
	notice->last_error = span_of(error_row(step.error)->code);
	bool over = now.ms - notice->created_at.ms > GIVE_UP_AFTER || step.error == ERR_PROVIDER_UNKNOWN;
	notice->next_at = instant_add(now, MS_MINUTE << (notice->attempts < 6 ? notice->attempts : 6));
	LOG(LOG_WARN, "upstream.logout", F_SPAN("provider", notice->provider), F_STR("reason", step.reason), F_INT("attempts", notice->attempts));
	return keep(settings, notice, over ? UPSTREAM_NOTICE_GIVEN_UP : UPSTREAM_NOTICE_WAITING, now);
}

struct due {
	struct upstream_notice items[BATCH];
	size_t n;
	struct instant now;
	struct arena *arena;
};

static int take_due(const void *record, void *arg)
{
	const struct upstream_notice *notice = record;
	struct due *due = arg;

	if (!instant_before(due->now, notice->next_at))
		due->items[due->n++] = *notice;
	return due->n < BATCH ? 0 : TXN_STOP;
}

static int find_due(struct txn *txn, void *arg)
{
	struct due *due = arg;
	struct upstream_notice probe = { .status = UPSTREAM_NOTICE_WAITING };

	due->n = 0;
	return record_each(txn, &KIND_UPSTREAM_NOTICE, UPSTREAM_NOTICE_BY_STATUS, &probe, due->arena, take_due, due);
}

int upstream_notice_run(const struct settings *settings, struct instant now, struct arena *arena, size_t *ret_n)
{
	struct due *due = arena_new_of(arena, struct due);

	if (!due)
		return FAULT_MEMORY;
	due->now = now;
	due->arena = arena;
	TRY(store_view(settings->app->store, find_due, due));
	for (size_t i = 0; i < due->n; i++)
		TRY(attempt(settings, &due->items[i], now, arena));
	*ret_n = due->n;
	return 0;
}

/* ---- by the browser that logs out */

int upstream_notice_send(struct request *rq, struct id notice, struct span provider, struct span *ret_path)
{
	struct buf text = buf_new(rq->arena, 32);
	struct span value;

	encode_base64url(&text, (struct span){ (const char *)notice.b, sizeof notice.b });
	TRY(buf_done(&text, &value));
	/* It says no more than where this browser goes on to, and that a logout which has happened is told. */
	reply_cookie(rq, http_cookie_name(rq->server, COOKIE), value, 600, 0);
	*ret_path = span_of(arena_printf(rq->arena, "/login/" SPAN_FMT "/leave", SPAN_ARG(provider)));
	return ret_path->p ? 0 : FAULT_MEMORY;
}

struct leaving {
	struct request *rq;
	struct id id;
	struct upstream_notice notice;
};

static int load(struct txn *txn, void *arg)
{
	struct leaving *l = arg;

	return record_get_live(txn, &KIND_UPSTREAM_NOTICE, l->id, l->rq->now, l->rq->arena, &l->notice);
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
	if (l.notice.status != UPSTREAM_NOTICE_WAITING)
		return go_on(rq, l.notice.onward);
	struct instant until = instant_add(rq->now, BROWSER_MS);
	TRY(ask(app_of(rq), &l.notice, rq->arena, rq->now, instant_before(rq->deadline, until) ? rq->deadline : until, &step));
	if (step.type == PROVIDER_REJECT) /* the job tries again */
		return go_on(rq, l.notice.onward);
	l.notice.attempts++;
	TRY(keep(app_of(rq), &l.notice, step.type == PROVIDER_DONE ? UPSTREAM_NOTICE_DONE : UPSTREAM_NOTICE_BROWSER, rq->now));
	return step.type == PROVIDER_DONE ? go_on(rq, l.notice.onward) : reply_redirect(rq, step.url);
}

int endpoint_upstream_left(struct request *rq)
{
	struct leaving l = { .rq = rq };
	int result = open_notice(&l);

	return result && result != ERR_ABSENT ? result : go_on(rq, result ? SPAN("") : l.notice.onward);
}
