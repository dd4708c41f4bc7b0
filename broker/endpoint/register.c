/* SPDX-License-Identifier: Apache-2.0 */
/*
 * register - people, units and experts register themselves (Z9, M2, M5, T5-T14, J5): choose, fill in, prove the phone, be let in.
 *
 * Everything that is wrong with a form is told at once, and what was typed stays, passwords excepted. What is taken is told only to who has
 * proved a phone (or solved a captcha, where no code is sent). A code that was right is remembered by the interaction, so that a wrong field
 * beside it costs no second message. Sending the form twice logs in to the account that the first one made.
 */
#include "broker/base/hours.h"
#include "broker/endpoint/register.h"

#include "broker/endpoint/audit.h"
#include "broker/endpoint/captcha_check.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/page.h"
#include "broker/http/reply.h"
#include "broker/identity/normal.h"
#include "broker/identity/realname.h"
#include "conf/config.h"
#include "keys/password.h"

#define RULES(kind) offsetof(struct config_registration, kind)
const struct register_way register_ways[] = {
	{ "natural", "/register/natural", "register-natural", "register-natural", { "info", "realname", "done" }, NAMESPACE_NATURAL, .rules = RULES(natural) },
	{ "legal", "/register/legal", "register-legal", "register-legal", { "realname_unit", "done" }, NAMESPACE_LEGAL, .is_unit = true, .rules = RULES(legal) },
	{ "expert", "/register/expert", "register-expert", "register-expert", { NULL }, NAMESPACE_NATURAL, .is_expert = true, .rules = RULES(expert) },
};
const size_t register_ways_n = ARRAY_LEN(register_ways);

const struct config_registration_kind *register_rules(const struct config *config, const struct register_way *way)
{
	return (const void *)((const char *)&config->registration + way->rules);
}

bool register_is_open(const struct config *config)
{
	for (size_t i = 0; i < register_ways_n; i++)
		if (register_rules(config, &register_ways[i])->open)
			return true;
	return false;
}

bool register_is_in_hours(const struct config *config, struct instant now)
{
	const struct config_window *window = &config->registration.window;
	struct hours hours;

	if (!window->from.n || window->mode == CONFIG_WINDOW_DEFER)
		return true;
	/* Checked when the configuration was read: times that cannot be read close. */
	return hours_parse(window->from, window->to, &hours) && hours_is_open(&hours, now);
}

bool register_wants_code(const struct registration *r)
{
	return form_row(&r->form, "code") != NULL;
}

bool register_has_proof(const struct registration *r)
{
	return r->code.phone.n && span_eq(r->code.phone, r->interaction.proved_phone);
}

/* ---- the choice */

int endpoint_register(struct request *rq)
{
	const struct config *config = app_of(rq)->config;
	struct interaction interaction;
	struct visitor visitor;
	struct span url;

	if (!register_is_open(config))
		return ERR_CLOSED;
	if (!request_param(rq, "interaction").n)
		return interaction_here(rq, SPAN(""));
	TRY(interaction_open(rq, &interaction, &visitor));
	JSON *data = page_new(rq, &interaction);
	for (size_t i = 0; i < register_ways_n; i++) {
		char key[32];

		if (!register_rules(config, &register_ways[i])->open)
			continue;
		TRY(interaction_url(rq, register_ways[i].path, &interaction, &url));
		snprintf(key, sizeof key, "go_%s", register_ways[i].name);
		page_set(data, key, url);
	}
	TRY(interaction_url(rq, "/login", &interaction, &url));
	page_set(data, "login_url", url);
	return reply_page(rq, 200, "register", data);
}

/* ---- the form */

static int load(struct txn *txn, void *arg)
{
	struct registration *r = arg;

	TRY(interaction_load(txn, r->rq, &r->interaction));
	TRY(session_load(txn, r->rq, &r->visitor));
	return phone_code_load(txn, &r->code);
}

static const struct register_way *way_of(const struct request *rq)
{
	for (size_t i = 0; i < register_ways_n; i++)
		if (span_is(rq->path, register_ways[i].path))
			return &register_ways[i];
	return NULL;
}

/* The form, loaded again: a code that was sent still works. */
static int load_again(struct txn *txn, void *arg)
{
	struct registration *r = arg;

	TRY(load(txn, r));
	return register_wants_code(r) ? phone_code_pending(txn, &r->code, &r->interaction, &r->sent) : 0;
}

static int begin(struct request *rq, struct registration *r)
{
	const struct config *config = app_of(rq)->config;

	*r = (struct registration){ .rq = rq, .way = way_of(rq) };
	if (!r->way)
		return ERR_NOT_FOUND;
	r->rules = register_rules(config, r->way);
	if (!r->rules->open)
		return ERR_CLOSED;
	r->form = form_find(config, r->way->form);
	int result = phone_code_begin(rq, PHONE_CODE_REGISTER, span_trim(request_param(rq, "phone")), &r->code);
	if (result < 0)
		return result;
	return store_view(app_of(rq)->app->store, rq->method == METHOD_GET ? load_again : load, r);
}

static bool is_done_here(const struct registration *r)
{
	return span_is(r->interaction.stage, "registered") && r->visitor.has_session && id_eq(r->visitor.session.account, r->interaction.account);
}

static int to_done(struct registration *r)
{
	struct span url;

	TRY(interaction_url(r->rq, "/register/done", &r->interaction, &url));
	return reply_redirect(r->rq, url);
}

static int show(struct request *rq)
{
	struct registration r;

	if (!request_param(rq, "interaction").n)
		return interaction_here(rq, SPAN(""));
	TRY(begin(rq, &r));
	if (is_done_here(&r))
		return to_done(&r);
	TRY(form_page_begin(rq, &r.form, r.interaction.draft, &r.values));
	r.wait = r.code.wait;
	struct form_value *phone = form_value_of(&r.form, r.values, "phone");
	if (phone && r.interaction.proved_phone.n && !phone->typed.n)
		phone->typed = r.interaction.proved_phone;
	if (phone && span_eq(phone->typed, r.interaction.proved_phone))
		r.code.phone = r.interaction.proved_phone;
	if (!register_is_in_hours(app_of(rq)->config, rq->now))
		r.error = ERR_WINDOW;
	return register_page(&r);
}

/* ---- a code is asked for */

static int send_code(struct registration *r)
{
	struct span draft;

	form_forget_errors(&r->form, r->values, "phone");
	if (form_has_errors(&r->form, r->values))
		return register_page(r);
	TRY(form_draft(&r->form, r->values, r->rq->arena, &draft));
	int result = phone_code_send(&r->code, &r->interaction, draft);
	if (result == ERR_CAPTCHA) {
		form_set_error(&r->form, r->values, "captcha", ERR_CAPTCHA, NULL);
		r->error = form_row(&r->form, "captcha") ? 0 : ERR_CAPTCHA;
	} else if (page_is_inline(result)) {
		r->wait = r->code.wait;
		form_set_error(&r->form, r->values, "phone", result, NULL);
	} else if (result) {
		return result;
	}
	r->sent = !result;
	return register_page(r);
}

/* ---- the form is sent */

struct trying {
	struct registration *r;
	struct span typed, draft;
	int error;
};

/* The proof is remembered whether or not the rest of the form is right. */
static int try_code(struct txn *txn, void *arg)
{
	struct trying *t = arg;
	struct registration *r = t->r;
	struct interaction interaction;

	TRY(interaction_load(txn, r->rq, &interaction));
	TRY(phone_code_try(txn, &r->code, &interaction, t->typed, &t->error));
	if (!t->error) {
		interaction.proved_phone = r->code.phone;
		interaction.otp = (struct id){ { 0 } };
	}
	interaction.draft = t->draft;
	r->interaction = interaction;
	return record_put(txn, &KIND_INTERACTION, &interaction);
}

static int check_code(struct registration *r)
{
	struct trying trying = { .r = r, .typed = span_trim(request_param(r->rq, "code")) };

	if (register_has_proof(r))
		return 0;
	if (!trying.typed.n) {
		form_set_error(&r->form, r->values, "code", ERR_FIELD_EMPTY, NULL);
		r->sent = id_is_set(r->interaction.otp) && span_eq(r->interaction.last_phone, r->code.phone);
		return 0;
	}
	if (!r->code.phone.n)
		return 0; /* the phone is to blame */
	TRY(form_draft(&r->form, r->values, r->rq->arena, &trying.draft));
	TRY(store_update(app_of(r->rq)->app->store, try_code, &trying));
	if (trying.error)
		form_set_error(&r->form, r->values, "code", trying.error, NULL);
	r->sent = trying.error == ERR_OTP;
	return 0;
}

/* Where no code is sent, the captcha is what makes trying names out cost something. */
static int check_captcha(struct registration *r)
{
	if (!form_row(&r->form, "captcha"))
		return 0;
	int result = captcha_check(r->rq, &r->interaction, &r->captcha);
	if (result != ERR_CAPTCHA)
		return result;
	form_set_error(&r->form, r->values, "captcha", request_param(r->rq, "captcha").n ? ERR_CAPTCHA : ERR_FIELD_EMPTY, NULL);
	return 0;
}

static int count(struct txn *txn, void *arg)
{
	struct registration *r = arg;
	const struct throttle limit = { "register.address.hour", MS_HOUR, app_of(r->rq)->config->registration.per_address_hour };
	char text[CLIENT_ADDRESS_TEXT];

	TRY(captcha_check_use(txn, r->captcha));
	r->wait = throttle_wait(&limit, r->rq->now);
	TRY(throttle_add(txn, &limit, span_of(client_address_text(&r->rq->client, text)), r->rq->now));
	r->wait = 0;
	return 0;
}

static void blame_taken(struct registration *r)
{
	if (r->taken_name)
		form_set_error(&r->form, r->values, "login_name", ERR_LOGIN_NAME_TAKEN, NULL);
	if (r->taken_phone)
		form_set_error(&r->form, r->values, "phone", ERR_PHONE_TAKEN, NULL);
	if (r->taken_uscc)
		form_set_error(&r->form, r->values, "uscc", ERR_UNIT_TAKEN, NULL);
}

struct repeat {
	struct registration *r;
	struct account account;
};

static int find_own(struct txn *txn, void *arg)
{
	struct repeat *repeat = arg;
	struct registration *r = repeat->r;
	struct interaction current;

	TRY(interaction_load(txn, r->rq, &current));
	if (!span_starts(current.stage, SPAN("registered")))
		return ERR_ABSENT;
	r->interaction = current;
	return record_get(txn, &KIND_ACCOUNT, current.account, r->rq->arena, &repeat->account);
}

static struct session_proof proof_of(const struct registration *r, struct id account)
{
	struct session_proof proof = { .account = account, .amr = { "pwd" }, .method = SPAN("register") };

	if (register_wants_code(r)) {
		proof.amr[1] = "otp";
		proof.amr[2] = "sms";
	}
	return proof;
}

static struct span stage_after(const struct registration *r)
{
	bool shows = r->rules->finish == CONFIG_FINISH_PAGE || (r->rules->finish == CONFIG_FINISH_AUTO && !r->way->is_expert);

	return shows ? SPAN("registered") : SPAN("registered-on");
}

const char *register_onward(const struct interaction *interaction)
{
	return span_is(interaction->stage, "registered") ? "/register/done" : "/continue";
}

/* Where the person goes: verification (at once where the form has the number, else to its own form), what comes next, or straight on. */
static const char *next_path(const struct registration *r)
{
	if (r->rules->realname)
		return r->claim.n ? "/realname/check" : "/realname";
	return register_onward(&r->interaction);
}

/* As interaction_proved, but for where the person goes. */
static int let_in(struct registration *r, const struct session_proof *proof, store_fn *keep)
{
	struct span url;
	bool waits;

	TRY(interaction_settle(r->rq, &r->interaction, &r->visitor, proof, keep, r, &waits));
	TRY(interaction_url(r->rq, waits ? "/second-factor" : next_path(r), &r->interaction, &url));
	return reply_redirect(r->rq, url);
}

/* The same form again, from the same browser, by who knows the password: the first one's answer was lost. */
static int let_in_again(struct registration *r, bool *ret_answered)
{
	struct repeat repeat = { .r = r };
	struct span password = form_text(&r->form, r->values, "password"), key;

	*ret_answered = false;
	int result = store_view(app_of(r->rq)->app->store, find_own, &repeat);
	if (result)
		return result == ERR_ABSENT ? 0 : result;
	TRY(normal_login_name(form_text(&r->form, r->values, "login_name"), r->rq->arena, &key));
	if (!span_eq(repeat.account.login_key, key) || password_verify(repeat.account.password, password))
		return 0;
	struct session_proof proof = proof_of(r, repeat.account.id);
	*ret_answered = true;
	return let_in(r, &proof, NULL);
}

static int note_refusal(struct txn *txn, void *arg)
{
	struct registration *r = arg;

	return audit_write(txn, r->rq, &(struct audit_event){ .action = "register", .client = r->interaction.client_id, .detail = span_of(r->way->name),
							      .result = r->taken_name ? ERR_LOGIN_NAME_TAKEN : r->taken_phone ? ERR_PHONE_TAKEN : ERR_UNIT_TAKEN });
}

static int create(struct registration *r)
{
	struct store *store = app_of(r->rq)->app->store;
	bool answered;

	int result = store_update(store, count, r);
	if (result == ERR_TOO_MANY || result == ERR_CAPTCHA) {
		r->error = result;
		return register_page(r);
	}
	TRY(result);
	TRY(register_new_prepare(r));
	struct session_proof proof = proof_of(r, r->account.id);
	struct interaction before = r->interaction;
	r->interaction.stage = stage_after(r);
	r->interaction.draft = SPAN("");
	r->interaction.otp = (struct id){ { 0 } };
	result = let_in(r, &proof, register_new_keep);
	if (result != ERR_CONFLICT)
		return result;
	TRY(let_in_again(r, &answered));
	if (answered)
		return 0;
	r->interaction = before;
	TRY(store_update(store, note_refusal, r));
	blame_taken(r);
	return register_page(r);
}

static int take(struct request *rq)
{
	const struct config *config = app_of(rq)->config;
	struct form_context context = form_page_context(rq);
	struct registration r;

	TRY(begin(rq, &r));
	int result = form_page_read(rq, &r.form, &context, &r.values);
	if (result < 0)
		return result;
	if (!register_is_in_hours(config, rq->now)) {
		form_forget_errors(&r.form, r.values, NULL);
		r.error = ERR_WINDOW;
		return register_page(&r);
	}
	if (store_is_full(app_of(rq)->app->store))
		return ERR_FULL;
	if (span_is(request_param(rq, "do"), "send"))
		return register_wants_code(&r) ? send_code(&r) : ERR_INVALID_REQUEST;
	TRY(register_wants_code(&r) ? check_code(&r) : check_captcha(&r));
	return form_has_errors(&r.form, r.values) ? register_page(&r) : create(&r);
}

int endpoint_register_form(struct request *rq)
{
	return rq->method == METHOD_GET ? show(rq) : take(rq);
}

/* It draws a captcha, hands a message to the gateway, or hashes a password. */
enum work_class endpoint_register_work(const struct request *rq)
{
	return rq->method == METHOD_GET || span_is(request_param(rq, "do"), "send") ? WORK_SMS : WORK_PASSWORD;
}
