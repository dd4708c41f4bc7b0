/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/appeal.h"

#include "broker/base/sys.h"
#include "broker/endpoint/audit.h"
#include "broker/endpoint/captcha_check.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/files.h"
#include "broker/endpoint/page.h"
#include "broker/endpoint/phone_code.h"
#include "broker/endpoint/recover.h"
#include "broker/http/reply.h"
#include "broker/identity/date.h"
#include "broker/store/records_review.h"
#include "conf/config.h"

#define RECEIPT_TRIES 5

struct appeal {
	struct request *rq;
	bool is_legal;
	struct interaction interaction;
	struct form form;
	struct form_value *values;
	struct phone_code code;
	struct files_place place;
	struct files_problem problem;
	bool sent, is_double;
	struct span typed_code; /* not tried: the page was shown again because of a file */
	int error; /* of the page as a whole */
	unsigned wait;
	struct submission submission;
	struct id task;
};

bool appeal_is_open(const struct request *rq, bool is_legal)
{
	return recover_has(rq, CONFIG_RECOVERY_APPEAL) && app_of(rq)->config->recovery.appeal.kinds & 1u << (is_legal ? CONFIG_APPEAL_LEGAL : CONFIG_APPEAL_NATURAL);
}

static struct span kind_of(const struct appeal *a)
{
	return a->is_legal ? SPAN("legal") : SPAN("natural");
}

static const char *path_of(const struct appeal *a)
{
	return a->is_legal ? "/appeal/legal" : "/appeal/natural";
}

static bool is_stage(const struct appeal *a, struct span stage)
{
	return span_eq(a->interaction.stage, stage);
}

static bool has_proof(const struct appeal *a)
{
	return a->code.phone.n && span_eq(a->code.phone, a->interaction.proved_phone);
}

static int go_to(struct appeal *a, const char *path)
{
	struct span url;

	TRY(interaction_url(a->rq, path, &a->interaction, &url));
	return reply_redirect(a->rq, url);
}

/* ---- pages */

static int new_page(struct appeal *a, json_t **ret_data)
{
	json_t *data = page_new(a->rq, &a->interaction);
	struct span url;

	if (!data)
		return FAULT_MEMORY;
	*ret_data = data;
	page_set(data, "kind", kind_of(a));
	TRY(interaction_tab_url(a->rq, "/recover", &a->interaction, kind_of(a), &url));
	page_set(data, "back_url", url);
	return recover_lang(a->rq, &a->interaction, SPAN(""), data);
}

/* M10: the name first. Nothing is looked up, so nothing shows. */
static int name_page(struct appeal *a, int error, const char *field)
{
	JSON *data = NULL;

	TRY(new_page(a, &data));
	page_set_true(data, "names");
	page_set_value(data, "unit_name", span_trim(request_param(a->rq, "unit_name")));
	if (error) {
		page_set_error(data, error, a->wait);
		if (field)
			page_set_field_error(data, field, error);
	}
	TRY(captcha_check_show(a->rq, &a->interaction, data));
	return reply_page(a->rq, page_status(error), "appeal", data);
}

static int form_page(struct appeal *a)
{
	struct request *rq = a->rq;
	bool proved = has_proof(a);
	struct form_page_options options = { .sent = a->sent, .code = a->typed_code, .proved = proved, .wait = a->wait, .captcha = !proved && phone_code_wants_captcha(&a->code) };
	JSON *data = NULL;

	TRY(new_page(a, &data));
	if (a->error)
		page_set_error(data, a->error, a->wait);
	if (a->sent) {
		TRY(phone_code_show(&a->code, data));
		options.wait = (unsigned)json_integer_value(json_object_get(data, "wait"));
	}
	TRY(form_page_add(rq, &a->form, a->values, &options, data));
	if (options.captcha)
		TRY(captcha_check_show(rq, &a->interaction, data));
	JSON *own = json_deep_copy(json_object_get(data, "error")); /* what is wrong with the form speaks for the page, the slot says its own */
	TRY(files_page(rq, &a->place, &a->problem, data));
	if (own)
		json_object_set(data, "error", own);
	int error = a->error ? a->error : form_page_error(&a->form, a->values);
	if (!error)
		error = a->problem.error;
	return reply_page(rq, page_status(error), "appeal", data);
}

static int done_page(struct appeal *a)
{
	JSON *data = NULL, *kept = NULL;
	struct span url;

	TRY(new_page(a, &data));
	if (json_read_object(a->interaction.draft, &kept))
		return ERR_INTERACTION_EXPIRED;
	page_set(data, "receipt", json_get_span(kept, "receipt"));
	TRY(interaction_url(a->rq, "/appeal/state", &a->interaction, &url));
	page_set(data, "state_url", url);
	return reply_page(a->rq, 200, "appeal-done", data);
}

/* ---- the unit's name */

struct naming {
	struct appeal *a;
	struct span name, draft;
	struct id captcha;
};

static int keep_name(struct txn *txn, void *arg)
{
	struct naming *naming = arg;
	struct appeal *a = naming->a;

	TRY(interaction_load(txn, a->rq, &a->interaction));
	TRY(captcha_check_use(txn, naming->captcha));
	TRY(recover_count(txn, a->rq, SPAN("unit"), naming->name, &a->wait));
	a->interaction.stage = APPEAL_NAMED;
	a->interaction.draft = naming->draft;
	return record_put(txn, &KIND_INTERACTION, &a->interaction);
}

static int take_name(struct appeal *a)
{
	struct naming naming = { .a = a, .name = span_trim(request_param(a->rq, "unit_name")) };
	struct buf buf = buf_new(a->rq->arena, 256);
	struct json_writer w = json_writer(&buf);

	if (!naming.name.n)
		return name_page(a, ERR_FIELD_EMPTY, "unit_name");
	if (!request_param(a->rq, "captcha").n)
		return name_page(a, ERR_FIELD_EMPTY, "captcha");
	json_open(&w, '{');
	json_member_str(&w, "unit_name", naming.name);
	json_member_str(&w, "contact_id_type", SPAN("111")); /* M10: 默认身份证 */
	json_close(&w, '}');
	TRY(buf_done(&buf, &naming.draft));
	int result = captcha_check(a->rq, &a->interaction, &naming.captcha);
	if (!result)
		result = store_update(app_of(a->rq)->app->store, keep_name, &naming);
	if (result == ERR_CAPTCHA || result == ERR_TOO_MANY)
		return name_page(a, result, result == ERR_CAPTCHA ? "captcha" : NULL);
	TRY(result);
	return go_to(a, path_of(a));
}

/* ---- a code is asked for, a file is handed in */

static int send_code(struct appeal *a)
{
	struct span draft;

	form_forget_errors(&a->form, a->values, "contact_phone");
	if (form_has_errors(&a->form, a->values))
		return form_page(a);
	TRY(form_draft(&a->form, a->values, a->rq->arena, &draft));
	int result = phone_code_send(&a->code, &a->interaction, draft);
	if (result == ERR_CAPTCHA)
		form_set_error(&a->form, a->values, "captcha", result, NULL);
	else if (page_is_inline(result))
		form_set_error(&a->form, a->values, "contact_phone", result, NULL);
	else if (result)
		return result;
	a->wait = a->code.wait;
	a->sent = !result;
	return form_page(a);
}

struct keeping {
	struct appeal *a;
	struct span typed, draft;
	bool try_code;
	int error;
};

/* What was typed stays; a phone that was proved stays proved, whether or not the rest is right. */
static int keep_draft(struct txn *txn, void *arg)
{
	struct keeping *k = arg;
	struct appeal *a = k->a;
	struct interaction interaction;

	k->error = 0;
	TRY(interaction_load(txn, a->rq, &interaction));
	if (span_eq(interaction.stage, APPEAL_DONE))
		return 0;
	if (k->try_code) {
		TRY(phone_code_try(txn, &a->code, &interaction, k->typed, &k->error));
		if (!k->error) {
			interaction.proved_phone = a->code.phone;
			interaction.otp = (struct id){ { 0 } };
		}
	}
	interaction.draft = k->draft;
	a->interaction = interaction;
	return record_put(txn, &KIND_INTERACTION, &interaction);
}

static int keep_typed(struct appeal *a, bool try_code)
{
	struct keeping keeping = { .a = a, .typed = span_trim(request_param(a->rq, "code")), .try_code = try_code };

	TRY(form_draft(&a->form, a->values, a->rq->arena, &keeping.draft));
	TRY(store_update(app_of(a->rq)->app->store, keep_draft, &keeping));
	if (keeping.error)
		form_set_error(&a->form, a->values, "code", keeping.error, NULL);
	a->sent = try_code && keeping.error == ERR_OTP;
	return 0;
}

static int load_pending(struct txn *txn, void *arg)
{
	struct appeal *a = arg;
	struct span phone = a->code.phone;

	TRY(phone_code_pending(txn, &a->code, &a->interaction, &a->sent));
	a->sent = a->sent && span_eq(a->code.phone, phone);
	a->wait = a->code.wait;
	a->code.phone = phone;
	return 0;
}

/* ---- submitted */

/* YYMMDD and six digits of chance: no count of appeals shows. */
static int make_receipt(struct appeal *a)
{
	struct date day = date_of(a->rq->now, 8 * MS_HOUR);
	uint32_t chance;

	sys_random(&chance, sizeof chance);
	char *text = arena_printf(a->rq->arena, "%02d%02d%02d%06u", day.year % 100, day.month, day.day, chance % 1000000u);
	a->submission.receipt = span_of(text);
	return text ? 0 : FAULT_MEMORY;
}

static int open_task(struct txn *txn, struct appeal *a)
{
	struct task_new task = { .kind = TASK_APPEAL, .queue = TASK_QUEUE_PLATFORM, .subject = a->submission.id, .submission = a->submission.id,
				 .title = form_text(&a->form, a->values, a->is_legal ? "unit_name" : "contact_name") };

	return task_open(txn, &task, a->rq->now, a->rq->arena, &a->task);
}

static int count_appeal(struct txn *txn, struct appeal *a)
{
	const struct config_appeal *config = &app_of(a->rq)->config->recovery.appeal;
	const struct throttle phone = { "appeal.phone", MS_DAY, config->per_phone_day }, address = { "appeal.address", MS_DAY, config->per_address_day };
	char text[CLIENT_ADDRESS_TEXT];

	TRY(throttle_add(txn, &phone, a->code.phone, a->rq->now));
	return throttle_add(txn, &address, span_of(client_address_text(&a->rq->client, text)), a->rq->now);
}

static int keep_appeal(struct txn *txn, void *arg)
{
	struct appeal *a = arg;
	struct request *rq = a->rq;
	struct interaction interaction;
	struct buf buf = buf_new(rq->arena, 64);

	TRY(interaction_load(txn, rq, &interaction));
	a->is_double = span_eq(interaction.stage, APPEAL_DONE);
	if (a->is_double)
		return 0;
	if (!span_eq(interaction.proved_phone, a->code.phone))
		return ERR_INTERACTION_EXPIRED;
	TRY(files_check(txn, rq->arena, &a->place, &a->problem));
	if (a->problem.error)
		return 0;
	TRY(count_appeal(txn, a));
	TRY(record_insert(txn, &KIND_SUBMISSION, &a->submission));
	TRY(files_attach(txn, rq->arena, &a->place, a->submission.id));
	TRY(open_task(txn, a));
	buf_printf(&buf, "{\"receipt\":\"" SPAN_FMT "\"}", SPAN_ARG(a->submission.receipt));
	TRY(buf_done(&buf, &interaction.draft));
	interaction.stage = APPEAL_DONE;
	interaction.proved_phone = (struct span){ NULL, 0 };
	TRY(record_put(txn, &KIND_INTERACTION, &interaction));
	return audit_write(txn, rq, &(struct audit_event){ .action = "appeal.submit", .subject = a->submission.receipt, .client = interaction.client_id,
							   .detail = kind_of(a) });
}

static int submit(struct appeal *a)
{
	struct request *rq = a->rq;
	int result = ERR_CONFLICT;

	a->submission = (struct submission){ .id = sys_new_id(rq->now), .form = span_of(a->form.name), .status = SUBMISSION_SUBMITTED, .created_at = rq->now,
					     .changed_at = rq->now };
	TRY(form_json(&a->form, a->values, rq->arena, &a->submission.values));
	for (int i = 0; i < RECEIPT_TRIES && result == ERR_CONFLICT; i++) { /* the number may be taken */
		TRY(make_receipt(a));
		result = store_update(app_of(rq)->app->store, keep_appeal, a);
	}
	if (result == ERR_TOO_MANY) {
		a->error = result;
		return form_page(a);
	}
	TRY(result);
	return a->problem.error ? form_page(a) : go_to(a, path_of(a));
}

static int look_for_files(struct txn *txn, void *arg)
{
	struct appeal *a = arg;

	return files_check(txn, a->rq->arena, &a->place, &a->problem);
}

/* Everything that is wrong is told at once. */
static int take(struct appeal *a)
{
	struct form_context context = form_page_context(a->rq);
	struct request *rq = a->rq;
	bool has_code = span_trim(request_param(rq, "code")).n > 0;

	TRY(files_post(rq, &a->place, &a->problem));
	int result = form_page_read(rq, &a->form, &context, &a->values);
	if (result < 0)
		return result;
	if (span_is(request_param(rq, "do"), "send") && !a->problem.error)
		return send_code(a);
	if (a->problem.error || files_posted(rq)) {
		TRY(keep_typed(a, false));
		TRY(store_view(app_of(rq)->app->store, load_pending, a));
		form_forget_errors(&a->form, a->values, NULL);
		a->typed_code = span_trim(request_param(rq, "code"));
		return form_page(a);
	}
	if (!has_proof(a) && !has_code)
		form_set_error(&a->form, a->values, "code", ERR_FIELD_EMPTY, NULL);
	TRY(keep_typed(a, !has_proof(a) && has_code && a->code.phone.n));
	if (is_stage(a, APPEAL_DONE))
		return go_to(a, path_of(a));
	if (!has_proof(a) && !a->sent)
		TRY(store_view(app_of(rq)->app->store, load_pending, a));
	TRY(store_view(app_of(rq)->app->store, look_for_files, a));
	return form_has_errors(&a->form, a->values) || a->problem.error ? form_page(a) : submit(a);
}

/* ---- */

static int load(struct txn *txn, void *arg)
{
	struct appeal *a = arg;

	TRY(interaction_load(txn, a->rq, &a->interaction));
	TRY(phone_code_load(txn, &a->code));
	return a->rq->method == METHOD_GET ? phone_code_pending(txn, &a->code, &a->interaction, &a->sent) : 0;
}

/* The draft may be another page's, of the same interaction. */
static struct span own_draft(const struct appeal *a)
{
	JSON *kept = NULL;

	if (!a->interaction.draft.n || json_read_object(a->interaction.draft, &kept))
		return SPAN("");
	return json_get_span(kept, "contact_id_type").n ? a->interaction.draft : SPAN("");
}

static int show(struct appeal *a)
{
	TRY(form_page_begin(a->rq, &a->form, own_draft(a), &a->values));
	a->wait = a->code.wait;
	const struct form_value *phone = form_value_of(&a->form, a->values, "contact_phone");
	if (phone && span_eq(phone->typed, a->interaction.proved_phone))
		a->code.phone = a->interaction.proved_phone;
	return form_page(a);
}

static int begin(struct appeal *a)
{
	struct request *rq = a->rq;
	const struct config *config = app_of(rq)->config;
	const char *name = a->is_legal ? "appeal-legal" : "appeal-natural";

	a->form = form_find(config, name);
	if (!form_row(&a->form, "code") || !form_row(&a->form, "contact_phone")) /* the way back leads to that phone: it must be proved */
		a->form = form_find(NULL, name);
	int result = phone_code_begin(rq, PHONE_CODE_APPEAL, span_trim(request_param(rq, "contact_phone")), &a->code);
	if (result < 0)
		return result;
	TRY(store_view(app_of(rq)->app->store, load, a));
	a->place = (struct files_place){ .upload = config_upload(config, span_of(name)), .interaction = a->interaction.id };
	return a->place.upload ? 0 : FAULT(FAULT_BUG, "no upload %s", name);
}

enum work_class endpoint_appeal_work(const struct request *rq)
{
	return rq->method == METHOD_GET || span_is(request_param(rq, "do"), "send") || span_is(request_param(rq, "do"), "search") ? WORK_SMS : files_work(rq);
}

int endpoint_appeal(struct request *rq)
{
	struct appeal a = { .rq = rq, .is_legal = span_is(request_path_param(rq, "kind"), "legal") };

	if (!a.is_legal && !span_is(request_path_param(rq, "kind"), "natural"))
		return ERR_NOT_FOUND;
	if (!appeal_is_open(rq, a.is_legal))
		return ERR_CLOSED;
	if (rq->method == METHOD_GET && !request_param(rq, "interaction").n)
		return interaction_here(rq, SPAN(""));
	TRY(begin(&a));
	if (is_stage(&a, APPEAL_DONE))
		return rq->method == METHOD_GET ? done_page(&a) : go_to(&a, path_of(&a));
	if (a.is_legal && !is_stage(&a, APPEAL_NAMED))
		return rq->method == METHOD_GET ? name_page(&a, 0, NULL) : take_name(&a);
	return rq->method == METHOD_GET ? show(&a) : take(&a);
}
