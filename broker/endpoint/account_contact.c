/* SPDX-License-Identifier: Apache-2.0 */
/*
 * account_contact - another phone or e-mail address for the account: a fresh login proves who it is, a code proves the new one.
 */
#include "broker/endpoint/account.h"
#include "broker/endpoint/audit.h"
#include "broker/endpoint/captcha_check.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/event.h"
#include "broker/endpoint/form_page.h"
#include "broker/endpoint/legacy_change.h"
#include "broker/endpoint/message.h"
#include "broker/endpoint/page.h"
#include "broker/endpoint/phone_code.h"
#include "broker/endpoint/visit.h"
#include "broker/http/reply.h"

static int put_phone(struct account *account, struct span proved, struct instant now)
{
	account->phone = proved;
	account->phone_confirmed_at = now;
	return ERR_PHONE_TAKEN;
}

static int put_email(struct account *account, struct span proved, struct instant now)
{
	account->email = proved;
	return ERR_EMAIL_TAKEN;
}

/* What can be changed: the two pages differ in this and nothing else. */
static const struct contact {
	const char *path, *name; /* name: of the form and of its field */
	const char *purpose, *action;
	int (*begin)(struct request *rq, struct span purpose, struct span typed, struct phone_code *ret_code);
	int (*put)(struct account *account, struct span proved, struct instant now); /* the error when it belongs to somebody else */
} contacts[] = {
	{ "/account/phone", "phone", "change", "phone.change", phone_code_begin, put_phone },
	{ "/account/email", "email", "email", "email.change", phone_code_begin_mail, put_email },
};

struct change {
	struct request *rq;
	const struct contact *contact;
	struct interaction interaction;
	struct visitor visitor;
	struct form form;
	struct form_value *values;
	struct phone_code code;
	bool sent;
	int error; /* of the code */
};

static int load(struct txn *txn, void *arg)
{
	struct change *c = arg;

	TRY(phone_code_load(txn, &c->code));
	return c->rq->method == METHOD_GET ? phone_code_pending(txn, &c->code, &c->interaction, &c->sent) : 0;
}

static int show(struct change *c)
{
	JSON *data = visit_page(c->rq, &c->interaction, &c->visitor);
	struct form_page_options options = { .sent = c->sent, .wait = c->code.wait, .captcha = !c->sent && phone_code_wants_captcha(&c->code) };

	if (c->sent)
		TRY(phone_code_show(&c->code, data));
	TRY(form_page_add(c->rq, &c->form, c->values, &options, data));
	if (options.captcha)
		TRY(captcha_check_show(c->rq, &c->interaction, data));
	account_add_side(&c->interaction, &c->visitor.facts.account, data);
	page_set(data, "cancel_url", SPAN("/account"));
	page_set(data, "what", span_of(c->contact->name));
	return reply_page(c->rq, page_status(form_page_error(&c->form, c->values)), "account-contact", data);
}

static int send_code(struct change *c)
{
	form_forget_errors(&c->form, c->values, c->contact->name);
	if (form_has_errors(&c->form, c->values))
		return show(c);
	int result = phone_code_send(&c->code, &c->interaction, (struct span){ NULL, 0 });
	if (result && result != ERR_CAPTCHA && !page_is_inline(result))
		return result;
	if (result)
		form_set_error(&c->form, c->values, result == ERR_CAPTCHA ? "captcha" : c->contact->name, result, NULL);
	c->sent = !result;
	return show(c);
}

/* The try is kept whatever comes of it; the change only with it. */
static int keep(struct txn *txn, void *arg)
{
	struct change *c = arg;
	struct interaction interaction;
	struct visitor now;

	TRY(interaction_load(txn, c->rq, &interaction));
	TRY(session_load(txn, c->rq, &now));
	if (!now.has_session || !id_eq(now.session.id, c->visitor.session.id))
		return ERR_LOGIN_REQUIRED;
	TRY(phone_code_try(txn, &c->code, &interaction, request_param(c->rq, "code"), &c->error));
	if (c->error)
		return 0;
	struct account *account = &now.facts.account;
	int taken = c->contact->put(account, c->code.phone, c->rq->now);
	int result = record_put(txn, &KIND_ACCOUNT, account);
	if (result)
		return result == ERR_CONFLICT ? taken : result;
	if (c->contact->begin == phone_code_begin) { /* P2 */
		struct unit_actor actor = unit_change_actor(c->rq, account->id);

		TRY(legacy_change_proved(txn, &actor, account, &(struct legacy_proof){ .method = "phone" }));
	}
	TRY(event_write_account(txn, app_of(c->rq)->config, c->rq->now, c->rq->arena, CONFIG_EVENT_USER_CHANGED, account));
	return audit_write(txn, c->rq, &(struct audit_event){ .action = c->contact->action, .actor = account->id });
}

static int take(struct change *c)
{
	struct span typed = span_trim(request_param(c->rq, "code"));

	if (form_has_errors(&c->form, c->values))
		return show(c);
	c->sent = id_is_set(c->interaction.otp);
	if (!typed.n) {
		form_set_error(&c->form, c->values, "code", ERR_FIELD_EMPTY, NULL);
		return show(c);
	}
	int result = store_update(app_of(c->rq)->app->store, keep, c);
	if (!result && !c->error)
		return reply_redirect(c->rq, SPAN("/account"));
	if (result && result != ERR_PHONE_TAKEN && result != ERR_EMAIL_TAKEN)
		return result;
	c->sent = !result && c->error == ERR_OTP;
	form_set_error(&c->form, c->values, result ? c->contact->name : "code", result ? result : c->error, NULL);
	return show(c);
}

int endpoint_account_contact(struct request *rq)
{
	struct change c = { .rq = rq, .contact = span_is(rq->path, contacts[0].path) ? &contacts[0] : &contacts[1] };

	if (c.contact->begin == phone_code_begin_mail && !message_has_mail(app_of(rq)->config))
		return ERR_CLOSED;
	TRY(visit_open_fresh(rq, &c.interaction, &c.visitor));
	if (!c.visitor.has_session)
		return 0;
	if (!id_is_set(c.interaction.id))
		return interaction_here(rq, SPAN(""));
	c.form = form_find(app_of(rq)->config, c.contact->name);
	int result = c.contact->begin(rq, span_of(c.contact->purpose), span_trim(request_param(rq, c.contact->name)), &c.code);
	if (result < 0)
		return result;
	TRY(store_view(app_of(rq)->app->store, load, &c));
	if (rq->method == METHOD_GET) {
		TRY(form_page_begin(rq, &c.form, (struct span){ NULL, 0 }, &c.values));
		return show(&c);
	}
	struct form_context context = form_page_context(rq);
	result = form_page_read(rq, &c.form, &context, &c.values);
	if (result < 0)
		return result;
	return span_is(request_param(rq, "do"), "send") ? send_code(&c) : take(&c);
}
