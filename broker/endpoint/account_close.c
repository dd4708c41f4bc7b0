/* SPDX-License-Identifier: Apache-2.0 */
/*
 * account_close - the end of an account, by its owner (PIPL 47): sessions, memberships, links and old accounts end, personal data goes; what
 * remains is that there was an account, for the audit and for systems that still hold its sub.
 */
#include "broker/endpoint/account.h"
#include "broker/endpoint/audit.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/event.h"
#include "broker/endpoint/factor.h"
#include "broker/endpoint/form_page.h"
#include "broker/endpoint/legacy_change.h"
#include "broker/endpoint/page.h"
#include "broker/endpoint/session_end.h"
#include "broker/endpoint/upstream_leave.h"
#include "broker/http/reply.h"
#include "broker/store/records_upstream.h"

#define ENDS_MAX 64
#define READING_SECONDS 3 /* before the browser goes on to log out at the upstream */

struct closing {
	struct request *rq;
	struct interaction interaction;
	struct visitor visitor;
	struct form form;
	struct form_value *values;
	/* what ends with it */
	struct membership memberships[ENDS_MAX];
	size_t n_memberships;
	struct id links[ENDS_MAX];
	size_t n_links;
	struct id notice; /* for the upstream where this session began */
};

static int show(struct closing *c, int error)
{
	JSON *data = visit_page(c->rq, &c->interaction, &c->visitor);
	struct form_page_options options = { .agreement = { SPAN("账号注销后无法恢复"), SPAN("that a closed account cannot be opened again") } };

	TRY(form_page_add(c->rq, &c->form, c->values, &options, data));
	account_add_side(&c->interaction, &c->visitor.facts.account, data);
	page_set(data, "cancel_url", SPAN("/account"));
	if (error)
		page_set_error(data, error, 0);
	return reply_page(c->rq, page_status(error), "account-close", data);
}

static int note_membership(const void *record, void *arg)
{
	const struct membership *membership = record;
	struct closing *c = arg;

	if (membership->status != MEMBERSHIP_ENDED && c->n_memberships < ENDS_MAX)
		c->memberships[c->n_memberships++] = *membership;
	return 0;
}

static int note_link(const void *record, void *arg)
{
	struct closing *c = arg;

	if (c->n_links < ENDS_MAX)
		c->links[c->n_links++] = ((const struct external_link *)record)->id;
	return 0;
}

/* A unit keeps somebody who administers it. */
static int check_unit(struct txn *txn, struct closing *c, struct id unit, const struct account *account)
{
	bool has_other;

	TRY(unit_change_has_admin(txn, unit, account->id, c->rq->arena, &has_other));
	return has_other ? 0 : ERR_LAST_ADMIN;
}

static int end_memberships(struct txn *txn, struct closing *c, const struct account *account)
{
	struct unit_actor actor = unit_change_actor(c->rq, account->id);
	struct membership probe = { .account = account->id };

	if (account->namespace_ == NAMESPACE_LEGAL)
		return check_unit(txn, c, account->unit, account);
	c->n_memberships = 0;
	TRY(record_each(txn, &KIND_MEMBERSHIP, MEMBERSHIP_BY_ACCOUNT, &probe, c->rq->arena, note_membership, c));
	for (size_t i = 0; i < c->n_memberships; i++) {
		if (c->memberships[i].role == MEMBERSHIP_ROLE_ADMIN)
			TRY(check_unit(txn, c, c->memberships[i].unit, account));
		TRY(unit_change_membership(txn, &actor, &c->memberships[i], MEMBERSHIP_ON_LEAVE, SPAN("closed")));
	}
	return 0;
}

static int end_links(struct txn *txn, struct closing *c, const struct account *account)
{
	struct external_link probe = { .account = account->id };

	c->n_links = 0;
	TRY(record_each(txn, &KIND_EXTERNAL_LINK, EXTERNAL_LINK_BY_ACCOUNT, &probe, c->rq->arena, note_link, c));
	for (size_t i = 0; i < c->n_links; i++)
		TRY(record_del(txn, &KIND_EXTERNAL_LINK, c->links[i]));
	return 0;
}

static int end_bindings(struct txn *txn, struct closing *c, const struct facts *facts)
{
	struct unit_actor actor = unit_change_actor(c->rq, facts->account.id);

	for (size_t i = 0; i < facts->n_bindings; i++) {
		struct binding binding = facts->bindings[i];

		if (id_eq(binding.account, facts->account.id))
			TRY(legacy_change_unbind(txn, &actor, &binding, SPAN("closed")));
	}
	return 0;
}

/* Identifiers are free again, but for the login name: nobody shall be taken for who had it before. */
static void forget(struct account *account, struct instant now)
{
	const struct account kept = { .id = account->id, .created_at = account->created_at, .namespace_ = account->namespace_, .login_name = account->login_name,
				      .login_key = account->login_key, .identity = account->identity, .unit = account->unit, .source = account->source };

	*account = kept;
	account->status = ACCOUNT_CLOSED;
	account->closed_at = account->not_before = now;
}

static int keep(struct txn *txn, void *arg)
{
	struct closing *c = arg;
	struct visitor now;

	TRY(session_load(txn, c->rq, &now));
	if (!now.has_session || !id_eq(now.session.id, c->visitor.session.id))
		return ERR_LOGIN_REQUIRED;
	struct account *account = &now.facts.account;
	const struct unit_actor actor = unit_change_actor(c->rq, account->id);
	const struct span onward = { NULL, 0 };
	const struct logout_way way = { .onward = &onward };
	/* First: who is to be told is found through the links. */
	TRY(session_end_others(txn, &actor, &now.session));
	TRY(session_end_by(txn, &actor, &now.session, &way, &c->notice));
	TRY(end_memberships(txn, c, account));
	TRY(end_links(txn, c, account));
	TRY(end_bindings(txn, c, &now.facts));
	TRY(factor_reset(txn, c->rq->arena, account->id));
	forget(account, c->rq->now);
	TRY(record_put(txn, &KIND_ACCOUNT, account));
	TRY(event_write_account(txn, app_of(c->rq)->config, c->rq->now, c->rq->arena, CONFIG_EVENT_USER_CLOSED, account));
	return audit_write(txn, c->rq, &(struct audit_event){ .action = "account.close", .actor = account->id });
}

int endpoint_account_close(struct request *rq)
{
	struct closing c = { .rq = rq, .form = form_find(app_of(rq)->config, "close") };
	struct form_context context = form_page_context(rq);

	TRY(visit_open_fresh(rq, &c.interaction, &c.visitor));
	if (!c.visitor.has_session)
		return 0;
	if (rq->method == METHOD_GET) {
		TRY(form_page_begin(rq, &c.form, (struct span){ NULL, 0 }, &c.values));
		return show(&c, 0);
	}
	int result = form_page_read(rq, &c.form, &context, &c.values);
	if (result)
		return result == ERR_FORM ? show(&c, 0) : result;
	result = store_update(app_of(rq)->app->store, keep, &c);
	if (result == ERR_LAST_ADMIN)
		return show(&c, result);
	TRY(result);
	session_forget(rq);
	JSON *data = json_object();
	page_set(data, "login_url", SPAN("/login"));
	page_set_true(data, "closed");
	if (id_is_set(c.notice))
		TRY(upstream_leave_refresh(rq, c.notice, c.visitor.session.provider, READING_SECONDS));
	return reply_page(rq, 200, "logged-out", data);
}
