/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recover_verify - the second page of a recovery: the phone in full, for units their name and code too, a code from a message, the new password
 * (M7, M9). And the page that says that it is done.
 *
 * What was typed is compared where it is used, twice: before a message goes out, and in the transaction that sets the password. One answer
 * for everything that does not fit.
 */
#include "broker/base/log.h"
#include "broker/endpoint/audit.h"
#include "broker/endpoint/captcha_check.h"
#include "broker/endpoint/credentials.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/legacy_owner.h"
#include "broker/endpoint/page.h"
#include "broker/endpoint/password_set.h"
#include "broker/endpoint/phone_code.h"
#include "broker/endpoint/recover.h"
#include "broker/http/reply.h"
#include "broker/identity/normal.h"
#include "conf/config.h"

struct verify {
	struct request *rq;
	struct interaction interaction;
	struct recover_about about;
	struct form form;
	struct form_value *values;
	struct phone_code code;
	bool sent, fits, is_double;
	int error; /* of the page as a whole */
	unsigned wait;
	struct span typed, hash;
	struct account account;
};

static struct span text(const struct verify *v, const char *name)
{
	return form_text(&v->form, v->values, name);
}

/* ---- does it fit? */

static int find_account(struct txn *txn, struct verify *v)
{
	int namespace_ = v->about.is_legal ? NAMESPACE_LEGAL : NAMESPACE_NATURAL;
	struct account probe = { .namespace_ = namespace_, .phone = text(v, "phone") };

	if (!v->about.is_possible)
		return ERR_ABSENT;
	if (!v->about.by_phone)
		return credentials_find(txn, v->rq, namespace_, v->about.name, &v->account);
	return probe.phone.n ? record_find(txn, &KIND_ACCOUNT, ACCOUNT_BY_PHONE, &probe, v->rq->arena, &v->account) : ERR_ABSENT;
}

/* Who waits for a review, or was turned down, may log in: so they may also come back in. */
static bool is_recoverable(const struct account *account)
{
	return account->status == ACCOUNT_ACTIVE || account->status == ACCOUNT_PENDING_REVIEW || account->status == ACCOUNT_REJECTED;
}

/* M9. What the form does not ask for is not compared. */
static int unit_fits(struct txn *txn, struct verify *v, bool *ret_fits)
{
	struct span uscc = text(v, "uscc"), typed, name;
	struct unit unit;

	*ret_fits = false;
	int result = record_get(txn, &KIND_UNIT, v->account.unit, v->rq->arena, &unit);
	if (result)
		return result == ERR_ABSENT ? 0 : result;
	bool fits = !form_row(&v->form, "uscc") || secret_eq(uscc, unit.uscc);
	if (form_row(&v->form, "unit_name")) {
		int typed_result = normal_unit_name_key(text(v, "unit_name"), v->rq->arena, &typed);
		int name_result = normal_unit_name_key(unit.name, v->rq->arena, &name);

		if (typed_result < 0 || name_result < 0)
			return FAULT_MEMORY;
		fits = fits && !typed_result && !name_result && secret_eq(typed, name);
	}
	*ret_fits = fits;
	return 0;
}

static int match(struct txn *txn, struct verify *v)
{
	struct span phone = text(v, "phone");
	bool fits = true;

	v->fits = false;
	int result = find_account(txn, v);
	if (result)
		return result == ERR_ABSENT ? 0 : result;
	if (v->about.is_legal)
		TRY(unit_fits(txn, v, &fits));
	v->fits = fits && is_recoverable(&v->account) && phone.n && instant_is_set(v->account.phone_confirmed_at) && secret_eq(phone, v->account.phone);
	return 0;
}

/* ---- shown */

static int load(struct txn *txn, void *arg)
{
	struct verify *v = arg;

	TRY(interaction_load(txn, v->rq, &v->interaction));
	TRY(phone_code_load(txn, &v->code));
	return v->rq->method == METHOD_GET ? phone_code_pending(txn, &v->code, &v->interaction, &v->sent) : 0;
}

static bool is_stage(const struct verify *v, struct span stage)
{
	return span_eq(v->interaction.stage, stage);
}

/* The captcha of the first page stands for the first message (ui-contract: this page has none at first). */
static void set_up_code(struct verify *v)
{
	v->code.discreet = true;
	if (is_stage(v, RECOVER_NAMED)) {
		v->code.excuse = RECOVER_NAMED;
		v->code.then = RECOVER_SENT;
	}
}

static int add_form(struct verify *v, json_t *data)
{
	struct form_page_options options = { .sent = v->sent, .wait = v->wait, .captcha = phone_code_wants_captcha(&v->code) };

	if (v->sent) {
		TRY(phone_code_show(&v->code, data));
		options.wait = (unsigned)json_integer_value(json_object_get(data, "wait"));
	}
	page_set_true(data, "form_discreet");
	TRY(form_page_add(v->rq, &v->form, v->values, &options, data));
	return options.captcha ? captcha_check_show(v->rq, &v->interaction, data) : 0;
}

static int page(struct verify *v)
{
	struct request *rq = v->rq;
	struct span tab = v->about.is_legal ? SPAN("legal") : SPAN("natural"), url;
	JSON *data = page_new(rq, &v->interaction);

	if (!data)
		return FAULT_MEMORY;
	set_up_code(v);
	page_set(data, "way", v->about.by_phone ? SPAN("phone") : SPAN("login_name"));
	page_set(data, "tab", tab);
	page_set(data, "name", v->about.name);
	const char *way = v->about.by_phone ? "&way=phone" : "";
	TRY(interaction_tab_url(rq, "/recover", &v->interaction, span_of(arena_printf(rq->arena, SPAN_FMT "%s", SPAN_ARG(tab), way)), &url));
	page_set(data, "back_url", url);
	TRY(recover_lang(rq, &v->interaction, SPAN(""), data));
	if (v->error)
		page_set_error(data, v->error, v->wait);
	TRY(add_form(v, data));
	int error = v->error ? v->error : form_page_error(&v->form, v->values);
	return reply_page(rq, page_status(error), "recover-verify", data);
}

static int go_to(struct verify *v, const char *path)
{
	struct span url;

	TRY(interaction_url(v->rq, path, &v->interaction, &url));
	return reply_redirect(v->rq, url);
}

/* ---- a code is asked for */

static int view_match(struct txn *txn, void *arg)
{
	return match(txn, arg);
}

static int count(struct txn *txn, void *arg)
{
	struct verify *v = arg;

	return recover_count(txn, v->rq, v->about.namespace_, v->about.by_phone ? v->code.phone : v->about.name, &v->wait);
}

/* What the first page wrote, and what stands in this one. */
static int write_draft(struct verify *v, struct span *ret_draft)
{
	static const char *const kept[] = { "phone", "unit_name", "uscc" };
	struct buf buf = buf_new(v->rq->arena, 512);
	struct json_writer w = json_writer(&buf);

	json_open(&w, '{');
	json_member_bool(&w, "by_phone", v->about.by_phone);
	json_member_str(&w, "namespace", v->about.namespace_);
	json_member_str(&w, "login_name", v->about.name);
	for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
		const struct form_value *value = form_value_of(&v->form, v->values, kept[i]);

		json_member_str(&w, kept[i], value ? value->typed : SPAN(""));
	}
	json_close(&w, '}');
	return buf_done(&buf, ret_draft);
}

/* The same for a phone that fits and one that does not: the same reads, the same transaction, the same page; only the message differs, and that goes
 * out after the answer (security.md rule 8). */
static int send_code(struct verify *v)
{
	struct store *store = app_of(v->rq)->app->store;
	struct span draft;

	form_set_error(&v->form, v->values, "code", 0, NULL);
	form_set_error(&v->form, v->values, "password", 0, NULL);
	form_set_error(&v->form, v->values, "password_confirm", 0, NULL);
	if (form_has_errors(&v->form, v->values))
		return page(v);
	TRY(write_draft(v, &draft));
	int result = store_update(store, count, v);
	if (result == ERR_TOO_MANY) {
		v->error = result;
		return page(v);
	}
	TRY(result);
	TRY(store_view(store, view_match, v));
	v->code.pretend = !v->fits;
	set_up_code(v);
	result = phone_code_send(&v->code, &v->interaction, draft);
	if (result == ERR_CAPTCHA)
		form_set_error(&v->form, v->values, "captcha", ERR_CAPTCHA, NULL);
	else if (result == ERR_SMS_LIMIT)
		form_set_error(&v->form, v->values, "phone", ERR_SMS_LIMIT, NULL);
	else if (result)
		return result;
	v->wait = v->code.wait;
	v->sent = !result;
	v->code.excuse = SPAN("");
	return page(v);
}

/* ---- the password is set */

static int keep(struct txn *txn, void *arg)
{
	struct verify *v = arg;
	struct request *rq = v->rq;
	struct interaction interaction;

	TRY(interaction_load(txn, rq, &interaction));
	v->is_double = span_eq(interaction.stage, RECOVER_DONE);
	if (v->is_double)
		return 0;
	if (!span_eq(interaction.stage, RECOVER_NAMED) && !span_eq(interaction.stage, RECOVER_SENT))
		return ERR_INTERACTION_EXPIRED; /* another tab began something else, or has finished */
	TRY(phone_code_try(txn, &v->code, &interaction, v->typed, &v->error));
	TRY(match(txn, v));
	if (!v->error && !v->fits)
		v->error = ERR_RECOVERY;
	if (v->error)
		return audit_write(txn, rq, &(struct audit_event){ .action = "password.recover", .client = interaction.client_id, .detail = v->about.namespace_,
								   .result = v->error });
	TRY(password_set(txn, rq, &v->account, v->hash, "password.recover", v->about.by_phone ? SPAN("phone") : SPAN("login_name")));
	TRY(legacy_owner_phone(txn, rq, v->account.id)); /* P2: the code was to its phone */
	interaction.stage = RECOVER_DONE;
	interaction.draft = SPAN("");
	interaction.otp = (struct id){ { 0 } };
	interaction.proof_amr = (struct text_list){ NULL, 0 }; /* a first factor that was proved with the old password */
	interaction.subject = v->account.id;
	return record_put(txn, &KIND_INTERACTION, &interaction);
}

static int reset(struct verify *v)
{
	struct request *rq = v->rq;
	struct store *store = app_of(rq)->app->store;

	v->typed = span_trim(request_param(rq, "code"));
	if (!v->typed.n)
		form_set_error(&v->form, v->values, "code", ERR_FIELD_EMPTY, NULL);
	v->sent = is_stage(v, RECOVER_SENT);
	if (form_has_errors(&v->form, v->values))
		return page(v);
	int result = store_update(store, count, v);
	if (result == ERR_TOO_MANY) {
		v->error = result;
		return page(v);
	}
	TRY(result);
	TRY(credentials_hash(app_of(rq)->config, text(v, "password"), rq->arena, &v->hash)); /* the same work whether it will be used or not */
	TRY(store_update(store, keep, v));
	if (v->is_double)
		return go_to(v, "/recover/done");
	if (!v->error) {
		TRY(password_set_notice(rq, v->account.phone, v->interaction.id));
		return go_to(v, "/recover/done");
	}
	if (v->error == ERR_OTP_EXPIRED) {
		form_set_error(&v->form, v->values, "code", v->error, NULL);
		v->error = 0;
		v->sent = false;
	} else {
		v->error = ERR_RECOVERY;
	}
	return page(v);
}

/* ---- */

static int begin(struct request *rq, struct verify *v)
{
	struct form_context context = form_page_context(rq);

	v->rq = rq;
	int result = phone_code_begin(rq, PHONE_CODE_RECOVER, span_trim(request_param(rq, "phone")), &v->code);
	if (result < 0)
		return result;
	TRY(store_view(app_of(rq)->app->store, load, v));
	if (!is_stage(v, RECOVER_NAMED) && !is_stage(v, RECOVER_SENT))
		return 0;
	TRY(recover_about_read(rq, &v->interaction, &v->about));
	v->form = form_find(app_of(rq)->config, v->about.is_legal ? "recover-legal" : "recover-natural");
	if (rq->method == METHOD_GET) {
		v->wait = v->code.wait;
		return form_page_begin(rq, &v->form, v->interaction.draft, &v->values);
	}
	context.password.login_name = v->about.name;
	result = form_page_read(rq, &v->form, &context, &v->values);
	return result < 0 ? result : 0;
}

/* It draws a captcha or hands a message to the gateway, or hashes a password. */
enum work_class endpoint_recover_verify_work(const struct request *rq)
{
	return rq->method == METHOD_GET || span_is(request_param(rq, "do"), "send") ? WORK_SMS : WORK_PASSWORD;
}

static int answer(struct verify *v)
{
	if (is_stage(v, RECOVER_DONE)) /* the button was pressed twice */
		return go_to(v, "/recover/done");
	if (!v->about.draft)
		return go_to(v, "/recover");
	if (v->rq->method == METHOD_GET)
		return page(v);
	return span_is(request_param(v->rq, "do"), "send") ? send_code(v) : reset(v);
}

int endpoint_recover_verify(struct request *rq)
{
	struct verify v = { .rq = rq };

	if (!recover_is_open(rq))
		return ERR_CLOSED;
	int result = begin(rq, &v);
	if (!result)
		result = answer(&v);
	json_decref(v.about.draft);
	return result;
}

/* ---- done */

struct done {
	struct request *rq;
	struct interaction interaction;
	struct account account;
};

static int load_done(struct txn *txn, void *arg)
{
	struct done *done = arg;

	TRY(interaction_load(txn, done->rq, &done->interaction));
	if (!span_eq(done->interaction.stage, RECOVER_DONE))
		return 0;
	int result = record_get(txn, &KIND_ACCOUNT, done->interaction.subject, done->rq->arena, &done->account);
	return result == ERR_ABSENT ? ERR_INTERACTION_EXPIRED : result;
}

/* 确定并跳转至政务服务平台: on to the login of the business system that the person came from, or to the operator's page. */
int endpoint_recover_done(struct request *rq)
{
	struct done done = { .rq = rq };
	struct span home = app_of(rq)->config->recovery.home, url;

	TRY(store_view(app_of(rq)->app->store, load_done, &done));
	if (!span_eq(done.interaction.stage, RECOVER_DONE)) {
		TRY(interaction_url(rq, "/recover", &done.interaction, &url));
		return reply_redirect(rq, url);
	}
	bool is_legal = done.account.namespace_ == NAMESPACE_LEGAL;
	TRY(interaction_tab_url(rq, "/login", &done.interaction, is_legal ? SPAN("legal") : SPAN("natural"), &url));
	JSON *data = page_new(rq, &done.interaction);
	if (!data)
		return FAULT_MEMORY;
	page_set(data, "continue_url", home.n && !done.interaction.client_id.n ? home : url);
	if (span_eq(done.interaction.draft, RECOVER_PHONE_KEPT))
		page_set_true(data, "phone_kept");
	TRY(recover_lang(rq, &done.interaction, SPAN(""), data));
	return reply_page(rq, 200, "recovered", data);
}
