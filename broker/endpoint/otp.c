/* SPDX-License-Identifier: Apache-2.0 */
/*
 * otp - logging in with a code sent to a phone (Z12). Whether a number is known shows only after its owner has proved it.
 */
#include "broker/base/sys.h"
#include "broker/endpoint/account_new.h"
#include "broker/endpoint/audit.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/event.h"
#include "broker/endpoint/legacy_owner.h"
#include "broker/endpoint/login_page.h"
#include "broker/endpoint/page.h"
#include "broker/endpoint/phone_code.h"
#include "broker/endpoint/trace.h"
#include "broker/http/reply.h"
#include "conf/config.h"

struct phone_login {
	struct request *rq;
	struct interaction interaction;
	struct visitor visitor;
	struct login_page page;
	struct phone_code code;
	struct span typed;
	struct id accounts[2];
	size_t n_accounts;
	struct account created;
};

static int load(struct txn *txn, void *arg)
{
	struct phone_login *p = arg;

	TRY(interaction_load(txn, p->rq, &p->interaction));
	TRY(session_load(txn, p->rq, &p->visitor));
	return phone_code_load(txn, &p->code);
}

static int page(struct phone_login *p, int error, const char *field)
{
	p->page.error = error;
	p->page.field = field;
	p->page.wait = p->code.wait;
	p->page.captcha = !p->page.sent && phone_code_wants_captcha(&p->code);
	return login_page_reply(p->rq, &p->interaction, &p->page);
}

static int begin(struct request *rq, struct phone_login *p)
{
	if (!app_of(rq)->config->login.phone_otp) /* ASVS 6.3.4: what is not offered is no way in */
		return ERR_INVALID_REQUEST;
	*p = (struct phone_login){ .rq = rq, .page = { .tab = "phone", .phone = span_trim(request_param(rq, "phone")) } };
	int result = phone_code_begin(rq, PHONE_CODE_LOGIN, p->page.phone, &p->code);
	if (result < 0)
		return result;
	TRY(store_view(app_of(rq)->app->store, load, p));
	if (result)
		return page(p, ERR_PHONE, "phone");
	p->page.phone = p->code.phone;
	return 0;
}

static int load_tab(struct txn *txn, void *arg)
{
	struct phone_login *p = arg;

	TRY(load(txn, p));
	return phone_code_pending(txn, &p->code, &p->interaction, &p->page.sent);
}

/* The tab, opened or loaded again: while a code works, the form that takes it; who mistyped the number finds the other one below it. */
int endpoint_login_phone(struct request *rq)
{
	struct phone_login p = { .rq = rq, .page = { .tab = "phone" } };
	int result = phone_code_begin(rq, PHONE_CODE_LOGIN, SPAN(""), &p.code);

	if (result < 0)
		return result;
	TRY(store_view(app_of(rq)->app->store, load_tab, &p));
	p.page.phone = p.page.sent ? p.code.phone : p.interaction.last_phone;
	return page(&p, 0, NULL);
}

int endpoint_login_send(struct request *rq)
{
	struct phone_login p;

	TRY(begin(rq, &p));
	if (!p.code.phone.n)
		return 0; /* the page with the error went out */
	int result = phone_code_send(&p.code, &p.interaction, SPAN(""));
	if (result == ERR_CAPTCHA)
		return page(&p, result, "captcha");
	if (page_is_inline(result))
		return page(&p, result, "phone");
	TRY(result);
	p.page.sent = true;
	return page(&p, 0, NULL);
}

/* ---- checking */

static int find_accounts(struct txn *txn, struct phone_login *p)
{
	static const int namespaces[] = { NAMESPACE_NATURAL, NAMESPACE_LEGAL };

	p->n_accounts = 0;
	for (size_t i = 0; i < ARRAY_LEN(namespaces); i++) {
		struct account probe = { .namespace_ = namespaces[i], .phone = p->code.phone }, found;
		int result = record_find(txn, &KIND_ACCOUNT, ACCOUNT_BY_PHONE, &probe, p->rq->arena, &found);

		if (!result)
			p->accounts[p->n_accounts++] = found.id;
		else if (result != ERR_ABSENT)
			return result;
	}
	return 0;
}

/* The result is 0 also for a wrong code, so that the try is kept: the answer is in p->page.error. */
static int try_code(struct txn *txn, void *arg)
{
	struct phone_login *p = arg;

	p->n_accounts = 0; /* it may run again */
	TRY(interaction_load(txn, p->rq, &p->interaction));
	TRY(phone_code_try(txn, &p->code, &p->interaction, p->typed, &p->page.error));
	if (!p->page.error)
		return find_accounts(txn, p);
	trace_step_again(trace_of(p->rq), "otp");
	return trace_keep(txn, p->rq, &p->interaction, (struct id){ { 0 } }, p->page.error);
}

static int create_account(struct txn *txn, void *arg)
{
	struct phone_login *p = arg;

	TRY(account_new(txn, p->rq->now, &p->created));
	return event_write_account(txn, app_of(p->rq)->config, p->rq->now, p->rq->arena, CONFIG_EVENT_USER_CREATED, &p->created);
}

static int put_proof(struct txn *txn, void *arg)
{
	struct phone_login *p = arg;
	struct interaction interaction;

	TRY(interaction_load(txn, p->rq, &interaction));
	interaction.otp = (struct id){ { 0 } };
	interaction.proved_phone = p->code.phone;
	return record_put(txn, &KIND_INTERACTION, &interaction);
}

/* A valid code for an unknown phone leads to registration (design.md 3), with the phone proved. Where that is not open, the account begins with
 * the phone alone. */
static int new_person(struct phone_login *p)
{
	const struct config *config = app_of(p->rq)->config;
	struct session_proof proof = { .amr = { "otp", "sms" }, .method = SPAN("otp") };
	struct span url;

	if (!config->login.register_phone)
		return page(p, ERR_NO_ACCOUNT, NULL);
	if (config->registration.natural.open) {
		TRY(store_update(app_of(p->rq)->app->store, put_proof, p));
		TRY(interaction_url(p->rq, "/register/natural", &p->interaction, &url));
		return reply_redirect(p->rq, url);
	}
	p->created = (struct account){ .id = sys_new_id(p->rq->now), .namespace_ = NAMESPACE_NATURAL, .status = ACCOUNT_ACTIVE, .phone = p->code.phone,
				       .phone_confirmed_at = p->rq->now, .source = SPAN("otp") };
	proof.account = p->created.id;
	return interaction_proved(p->rq, &p->interaction, &p->visitor, &proof, create_account, p);
}

static int offer_choice(struct phone_login *p)
{
	struct span *candidates = arena_array(p->rq->arena, struct span, p->n_accounts);

	if (!candidates)
		return FAULT_MEMORY;
	for (size_t i = 0; i < p->n_accounts; i++)
		candidates[i] = (struct span){ (const char *)p->accounts[i].b, sizeof p->accounts[i].b };
	p->interaction.candidates = (struct text_list){ candidates, p->n_accounts };
	p->interaction.method = SPAN("otp");
	return 0;
}

static int put_choice(struct txn *txn, void *arg)
{
	struct phone_login *p = arg;
	struct interaction interaction;

	TRY(interaction_load(txn, p->rq, &interaction)); /* it may have ended in another tab */
	interaction.candidates = p->interaction.candidates;
	interaction.method = p->interaction.method;
	interaction.otp = (struct id){ { 0 } };
	return record_put(txn, &KIND_INTERACTION, &interaction);
}

/* P2: a code to the phone of an old account that is suggested to this one proves it. */
static int prove_suggestions(struct txn *txn, void *arg)
{
	struct phone_login *p = arg;

	return legacy_owner_phone(txn, p->rq, p->accounts[0]);
}

static int logged_in(struct phone_login *p)
{
	struct session_proof proof = { .account = p->accounts[0], .amr = { "otp", "sms" }, .method = SPAN("otp") };
	struct request *rq = p->rq;

	if (p->n_accounts > 1) {
		TRY(offer_choice(p));
		TRY(store_update(app_of(rq)->app->store, put_choice, p));
		return interaction_advance(rq, &p->interaction, true);
	}
	if (p->n_accounts == 1)
		return interaction_proved(rq, &p->interaction, &p->visitor, &proof, prove_suggestions, p);
	return new_person(p);
}

int endpoint_login_code(struct request *rq)
{
	struct phone_login p;

	TRY(begin(rq, &p));
	if (!p.code.phone.n)
		return 0;
	p.page.sent = true;
	p.typed = span_trim(request_param(rq, "code"));
	if (!p.typed.n)
		return page(&p, ERR_FIELD_EMPTY, "code");
	TRY(store_update(app_of(rq)->app->store, try_code, &p));
	if (p.page.error) {
		p.page.sent = p.page.error != ERR_OTP_EXPIRED;
		return page(&p, p.page.error, "code");
	}
	p.interaction.otp = (struct id){ { 0 } };
	int result = logged_in(&p);
	p.page.sent = false;
	return page_is_inline(result) ? page(&p, result, NULL) : result;
}
