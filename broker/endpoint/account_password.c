/* SPDX-License-Identifier: Apache-2.0 */
/*
 * account_password - changing one's password (J8): the old one, the new one twice. Every other session ends with it.
 */
#include "broker/base/encode.h"
#include "broker/base/sys.h"
#include "broker/endpoint/account.h"
#include "broker/endpoint/audit.h"
#include "broker/endpoint/credentials.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/event.h"
#include "broker/endpoint/form_page.h"
#include "broker/endpoint/page.h"
#include "broker/endpoint/password_set.h"
#include "broker/endpoint/session_end.h"
#include "broker/endpoint/throttle.h"
#include "broker/endpoint/visit.h"
#include "broker/http/reply.h"
#include "conf/config.h"

#define FORM "password"

struct change {
	struct request *rq;
	struct interaction interaction;
	struct visitor visitor;
	struct form form;
	struct form_value *values;
	struct span hash;
	struct throttle limit;
	struct span who;
	unsigned wait;
};

static int show(struct change *c, int error)
{
	JSON *data = visit_page(c->rq, &c->interaction, &c->visitor);
	struct span url;

	TRY(form_page_add(c->rq, &c->form, c->values, NULL, data));
	TRY(visit_url(c->rq, &c->interaction, "/account", &url));
	page_set(data, "cancel_url", url);
	account_add_side(&c->interaction, &c->visitor.facts.account, data);
	if (error)
		page_set_error(data, error, c->wait);
	return reply_page(c->rq, page_status(error), "password", data);
}

static int count(struct txn *txn, void *arg)
{
	struct change *c = arg;

	c->wait = throttle_wait(&c->limit, c->rq->now);
	return throttle_add(txn, &c->limit, c->who, c->rq->now);
}

/* Guessing the old password from an open browser is guessing too. */
static int prove_old(struct change *c)
{
	const struct account *account = &c->visitor.facts.account;
	const struct config_login *login = &app_of(c->rq)->config->login;
	char *who = arena_alloc(c->rq->arena, 37);

	if (!who)
		return FAULT_MEMORY;
	encode_id(who, account->id);
	c->who = span_of(who);
	c->limit = (struct throttle){ "password.change", login->tries_window, login->tries };
	int result = store_update(app_of(c->rq)->app->store, count, c);
	if (result)
		return result == ERR_TOO_MANY ? ERR_LOCKED : result;
	c->wait = 0;
	result = credentials_check(c->rq, account, form_text(&c->form, c->values, "password_old"));
	return result == ERR_CREDENTIALS ? ERR_PASSWORD_OLD : result;
}

static int keep(struct txn *txn, void *arg)
{
	struct change *c = arg;
	const struct config *config = app_of(c->rq)->config;
	struct visitor now;

	TRY(session_load(txn, c->rq, &now));
	if (!now.has_session || !id_eq(now.session.id, c->visitor.session.id))
		return ERR_LOGIN_REQUIRED;
	struct account *account = &now.facts.account;
	if (account->password_changed_at.ms != c->visitor.facts.account.password_changed_at.ms)
		return ERR_PASSWORD_OLD; /* it was another one a moment ago */
	credentials_set(account, c->hash, c->rq->now);
	const struct unit_actor actor = unit_change_actor(c->rq, account->id);
	TRY(session_end_others(txn, &actor, &now.session));
	TRY(record_put(txn, &KIND_ACCOUNT, account));
	TRY(event_write_account(txn, config, c->rq->now, c->rq->arena, CONFIG_EVENT_PASSWORD_CHANGED, account));
	return audit_write(txn, c->rq, &(struct audit_event){ .action = "password.change", .actor = account->id });
}

static int take(struct change *c)
{
	struct form_context context = form_page_context(c->rq);
	const struct account *account = &c->visitor.facts.account;

	context.password.login_name = account->login_name;
	context.password.phone = account->phone;
	int result = form_page_read(c->rq, &c->form, &context, &c->values);
	if (result)
		return result == ERR_FORM ? show(c, 0) : result;
	result = prove_old(c);
	if (!result)
		result = credentials_hash(app_of(c->rq)->config, form_text(&c->form, c->values, "password"), c->rq->arena, &c->hash);
	if (!result)
		result = store_update(app_of(c->rq)->app->store, keep, c);
	if (result == ERR_PASSWORD_OLD) {
		form_set_error(&c->form, c->values, "password_old", ERR_PASSWORD_OLD, NULL);
		return show(c, 0);
	}
	if (result == ERR_LOCKED)
		return show(c, ERR_LOCKED);
	TRY(result);
	TRY(password_set_notice(c->rq, account->phone, sys_new_id(c->rq->now)));
	return visit_done(c->rq, &c->interaction, SPAN("/account"));
}

/* Who has no password (a phone, a third party) sets one by recovery, which proves the phone. */
int endpoint_password(struct request *rq)
{
	struct change c = { .rq = rq };

	TRY(visit_open(rq, &c.interaction, &c.visitor));
	if (!c.visitor.has_session)
		return 0;
	const struct account *account = &c.visitor.facts.account;
	if (!account->password.n && !account->legacy_digest.n)
		return ERR_FORBIDDEN;
	c.form = form_find(app_of(rq)->config, FORM);
	if (rq->method == METHOD_POST)
		return take(&c);
	TRY(form_page_begin(rq, &c.form, (struct span){ NULL, 0 }, &c.values));
	return show(&c, 0);
}
