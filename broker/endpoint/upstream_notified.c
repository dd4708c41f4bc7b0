/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upstream_notified - the upstream says that sessions there are over: those that came of them end here, with their tokens. OpenID Connect Back-Channel
 * Logout 1.0, CAS single logout. What it sent is judged by the provider, which verifies it as it verifies an answer.
 */
#include "broker/base/log.h"
#include "broker/endpoint/audit.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/session_end.h"
#include "broker/endpoint/upstream.h"
#include "broker/http/reply.h"
#include "broker/store/records_system.h"
#include "conf/config_provider.h"

#define SESSIONS_MAX 64

struct ending {
	struct request *rq;
	const struct config_provider *config;
	const struct provider_identity *whose;
	struct id link; /* zero: any */
	bool used;      /* its token is marked: this is its second round */
	struct session items[SESSIONS_MAX];
	size_t n;
};

static int take(const void *record, void *arg)
{
	const struct session *session = record;
	struct ending *e = arg;

	if (id_is_set(session->continued_by) || !span_eq(session->provider, e->config->id))
		return 0;
	if (id_is_set(e->link) && !id_eq(session->link, e->link))
		return 0;
	if (e->whose->sid.n && !span_eq(session->upstream_sid, e->whose->sid))
		return 0;
	e->items[e->n++] = *session;
	return e->n < SESSIONS_MAX ? 0 : TXN_STOP;
}

static int find(struct txn *txn, struct ending *e)
{
	struct external_link probe = { .provider = e->config->id, .issuer = e->whose->issuer, .subject = e->whose->subject }, link;
	struct session session = { .provider = e->config->id, .upstream_sid = e->whose->sid };

	e->n = 0;
	e->link = (struct id){ { 0 } };
	if (!e->whose->subject.n)
		return e->whose->sid.n ? record_each(txn, &KIND_SESSION, SESSION_BY_UPSTREAM, &session, e->rq->arena, take, e) : 0;
	int result = record_find(txn, &KIND_EXTERNAL_LINK, EXTERNAL_LINK_BY_SUBJECT, &probe, e->rq->arena, &link);
	if (result)
		return result == ERR_ABSENT ? 0 : result;
	e->link = link.id;
	session.account = link.account;
	return record_each(txn, &KIND_SESSION, SESSION_BY_ACCOUNT, &session, e->rq->arena, take, e);
}

/* A notice that has a name works once, as long as it would be taken at all. ERR_EXISTS: it has been here. */
static int use_token(struct txn *txn, const struct ending *e)
{
	char *name = arena_printf(e->rq->arena, SPAN_FMT "|" SPAN_FMT, SPAN_ARG(e->config->id), SPAN_ARG(e->whose->token_id));
	struct instant latest = instant_add(e->rq->now, MS_DAY), until = e->whose->token_expires;

	if (!name)
		return FAULT_MEMORY;
	if (!e->whose->token_id.n || e->used)
		return 0;
	struct mark mark = { .id = record_named_id(instant_add(instant_before(latest, until) ? latest : until, MS_MINUTE), SPAN("upstream.logout"), span_of(name)) };
	return record_insert(txn, &KIND_MARK, &mark);
}

static int end(struct txn *txn, void *arg)
{
	const struct logout_way way = { .upstream_knows = true };
	struct ending *e = arg;
	struct id notice;

	TRY(use_token(txn, e));
	TRY(find(txn, e));
	for (size_t i = 0; i < e->n; i++) {
		const struct unit_actor actor = unit_change_actor(e->rq, e->items[i].account);

		TRY(session_end_by(txn, &actor, &e->items[i], &way, &notice));
		TRY(audit_write(txn, e->rq, &(struct audit_event){ .action = "logout", .actor = e->items[i].account, .detail = e->config->id }));
	}
	return 0;
}

int endpoint_upstream_notified(struct request *rq)
{
	struct provider_pair params[UPSTREAM_PARAMS];
	struct provider_event event = { .type = PROVIDER_NOTIFIED, .params = params };
	struct provider_step step;
	struct upstream_way way;

	TRY(upstream_begin(rq, &way));
	if (!upstream_run_answers(way.config, PROVIDER_NOTIFIED))
		return ERR_PROVIDER_UNKNOWN;
	TRY(upstream_params(rq, params, &event.n_params));
	TRY(upstream_run_drive(&way.run, event, &step));
	if (step.type != PROVIDER_ENDED) {
		LOG(LOG_WARN, "provider.notice", F_SPAN("provider", way.config->id), F_STR("reason", step.reason));
		return ERR_INVALID_REQUEST; /* Back-Channel Logout 2.8 */
	}
	struct ending *e = arena_new_of(rq->arena, struct ending);
	if (!e)
		return FAULT_MEMORY;
	*e = (struct ending){ .rq = rq, .config = way.config, .whose = &step.identity };
	do {
		int result = store_update(app_of(rq)->app->store, end, e);

		if (result)
			return result == ERR_EXISTS ? ERR_INVALID_REQUEST : result;
		e->used = true;
	} while (e->n == SESSIONS_MAX);
	return reply_empty(rq, 200);
}
