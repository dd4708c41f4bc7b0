/* SPDX-License-Identifier: Apache-2.0 */
/*
 * logout - a relying party, or the person, ends the session. OpenID Connect RP-Initiated Logout 1.0
 *
 * Without a hint of this very session the person is asked first (ASVS 10.6.2). Ending the session ends its tokens; offline_access lives on.
 */
#include "broker/oauth/logout.h"

#include "broker/endpoint/audit.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/hint.h"
#include "broker/endpoint/page.h"
#include "broker/endpoint/session_end.h"
#include "broker/endpoint/upstream_leave.h"
#include "broker/http/reply.h"
#include "broker/oauth/token.h"

struct leaving {
	struct request *rq;
	struct logout_params params;
	struct logout_decision decision;
	struct visitor visitor;
	struct span onward; /* the relying party's page; empty: ours */
	struct id notice;   /* for the upstream where the session began */
};

static int load(struct txn *txn, void *arg)
{
	struct leaving *leaving = arg;

	return session_load(txn, leaving->rq, &leaving->visitor);
}

static int consider(struct request *rq, struct leaving *leaving)
{
	struct logout_hint hint;
	char sid[TOKEN_SID + 1] = "";
	bool hinted;

	*leaving = (struct leaving){ .rq = rq, .params = { .id_token_hint = request_param(rq, "id_token_hint"), .client_id = request_param(rq, "client_id"),
							   .post_logout_redirect_uri = request_param(rq, "post_logout_redirect_uri"),
							   .state = request_param(rq, "state") } };
	hinted = leaving->params.id_token_hint.n > 0;
	if (hinted)
		TRY(hint_read(rq, leaving->params.id_token_hint, &hint));
	TRY(store_view(app_of(rq)->app->store, load, leaving));
	if (hinted && leaving->visitor.has_session)
		TRY(token_sid(app_of(rq)->app->seal, token_first_session(&leaving->visitor.session), hint.client_id, sid));
	return logout_check(app_of(rq)->config, &leaving->params, hinted ? &hint : NULL, span_of(sid), &leaving->decision);
}

static int end(struct txn *txn, void *arg)
{
	struct leaving *leaving = arg;

	/* As it is now: another tab may have ended it, or the upstream. */
	TRY(session_load(txn, leaving->rq, &leaving->visitor));
	if (!leaving->visitor.has_session)
		return 0;
	const struct unit_actor actor = unit_change_actor(leaving->rq, leaving->visitor.session.account);
	const struct logout_way way = { .onward = &leaving->onward };
	TRY(session_end_by(txn, &actor, &leaving->visitor.session, &way, &leaving->notice));
	return audit_write(txn, leaving->rq, &(struct audit_event){ .action = "logout", .actor = leaving->visitor.session.account,
								    .client = leaving->decision.client ? leaving->decision.client->id : SPAN("") });
}

static int leave(struct leaving *leaving)
{
	struct request *rq = leaving->rq;
	struct buf url = buf_new(rq->arena, 256);

	if (leaving->decision.redirect_uri.n) {
		logout_location(&url, &leaving->decision);
		TRY(buf_done(&url, &leaving->onward));
	}
	if (leaving->visitor.has_session)
		TRY(store_update(app_of(rq)->app->store, end, leaving));
	session_forget(rq);
	bool by_upstream = id_is_set(leaving->notice); /* J9 */
	if (by_upstream && !rq->route->csrf)
		return upstream_leave_redirect(rq, leaving->notice, leaving->visitor.session.provider);
	if (by_upstream)
		TRY(upstream_leave_refresh(rq, leaving->notice, leaving->visitor.session.provider, 0));
	else if (leaving->onward.n)
		return reply_redirect(rq, leaving->onward);
	JSON *data = json_object();
	page_set(data, "login_url", SPAN("/login"));
	return reply_page(rq, 200, "logged-out", data);
}

static void add_hidden(json_t *list, const char *name, struct span value)
{
	json_t *item = json_object();

	page_set(item, "name", span_of(name));
	page_set(item, "value", value);
	if (value.n)
		json_array_append_new(list, item);
	else
		json_decref(item);
}

/* GET or POST from a relying party (2: both must work), so it carries no CSRF token: it ends nothing without a hint or the person's word. */
int endpoint_logout(struct request *rq)
{
	struct leaving leaving;

	TRY(consider(rq, &leaving));
	if (!leaving.visitor.has_session || leaving.decision.is_confirmed)
		return leave(&leaving);
	JSON *data = json_object();
	JSON *hidden = json_array();
	add_hidden(hidden, "id_token_hint", leaving.params.id_token_hint);
	add_hidden(hidden, "client_id", leaving.params.client_id);
	add_hidden(hidden, "post_logout_redirect_uri", leaving.params.post_logout_redirect_uri);
	add_hidden(hidden, "state", leaving.params.state);
	json_object_set(data, "hidden", hidden);
	page_set(data, "action", SPAN("/logout/confirm"));
	page_set(data, "cancel_url", SPAN("/"));
	page_set(data, "account_name", facts_shown_name(&leaving.visitor.facts.account));
	if (leaving.decision.redirect_uri.n)
		reply_allow_form_target(rq, leaving.decision.redirect_uri);
	return reply_page(rq, 200, "logout", data);
}

int endpoint_logout_confirm(struct request *rq)
{
	struct leaving leaving;

	TRY(consider(rq, &leaving));
	return leave(&leaving);
}
