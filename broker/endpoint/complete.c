/* SPDX-License-Identifier: Apache-2.0 */
/*
 * complete - complete information (Z2, Z7, Z8): a person says once what they are, exactly one of individual, unit and expert, and fills in its form.
 *
 * With `completion.review` an administrator looks at it. Meanwhile the person is logged in and waits; who is turned down reads why, corrects and
 * submits again.
 */
#include "broker/base/encode.h"
#include "broker/base/json.h"
#include "broker/base/sys.h"
#include "broker/endpoint/audit.h"
#include "broker/endpoint/bind.h"
#include "broker/endpoint/complete.h"
#include "broker/endpoint/complete_unit.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/event.h"
#include "broker/endpoint/form_page.h"
#include "broker/endpoint/page.h"
#include "broker/endpoint/visit.h"
#include "broker/http/reply.h"
#include "broker/store/records_review.h"
#include "conf/config.h"

/* One row a way to complete one's information. Ids of the links: ui-contract.md. */
static const struct choice {
	const char *name; /* path segment, texts complete.<name> */
	const char *link; /* go-<link> */
	const char *form;
	enum config_profile configured;
	int profile; /* enum account_profile */
	int64_t role;
} choices[] = {
	{ "individual", "natural", "complete-individual", CONFIG_PROFILE_INDIVIDUAL, PROFILE_INDIVIDUAL, 0 },
	{ "unit", "legal", "complete-unit", CONFIG_PROFILE_UNIT, PROFILE_UNIT, ACCOUNT_ROLE_DECLARER },
	{ "expert", "expert", "complete-expert", CONFIG_PROFILE_EXPERT, PROFILE_EXPERT, ACCOUNT_ROLE_EXPERT },
};

struct view {
	struct request *rq;
	struct interaction interaction;
	struct visitor visitor;
	const struct choice *choice; /* NULL: not chosen yet */
	struct form form;
	struct form_value *values;
	struct submission earlier;
	bool has_earlier;
	int error;
};

static bool is_offered(const struct view *view, const struct choice *choice)
{
	return app_of(view->rq)->config->completion.profiles >> choice->configured & 1;
}

/* ---- what was submitted before */

static int take_newest(const void *record, void *arg)
{
	struct view *view = arg;

	view->earlier = *(const struct submission *)record;
	view->has_earlier = true;
	return 0;
}

/* Of any of the forms: who was turned down as an expert may come back as an individual. */
static int load_earlier(struct txn *txn, void *arg)
{
	struct view *view = arg;
	struct submission found = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(choices); i++) {
		struct submission probe = { .subject = view->visitor.facts.account.id, .form = span_of(choices[i].form) };

		view->has_earlier = false;
		TRY(record_each(txn, &KIND_SUBMISSION, SUBMISSION_BY_SUBJECT, &probe, view->rq->arena, take_newest, view));
		if (view->has_earlier && instant_before(found.changed_at, view->earlier.changed_at))
			found = view->earlier;
	}
	view->has_earlier = id_is_set(found.id);
	view->earlier = found;
	return 0;
}

/* ---- the pages */

static int add_choices(struct view *view, json_t *data)
{
	json_t *list = json_array();

	for (size_t i = 0; i < ARRAY_LEN(choices); i++) {
		json_t *item;
		struct span url;
		char *path = arena_printf(view->rq->arena, "/complete/%s", choices[i].name);

		if (!is_offered(view, &choices[i]))
			continue;
		if (!path || !(item = json_object()))
			return FAULT_MEMORY;
		TRY(visit_url(view->rq, &view->interaction, path, &url));
		page_set(item, "name", span_of(choices[i].name));
		page_set(item, "link", span_of(choices[i].link));
		page_set(item, "url", url);
		if (json_array_append_new(list, item))
			return FAULT_MEMORY;
	}
	json_object_set_new(data, "choices", list);
	return 0;
}

static int show(struct view *view)
{
	struct request *rq = view->rq;
	const struct account *account = &view->visitor.facts.account;
	JSON *data = visit_page(rq, &view->interaction, &view->visitor);

	if (account->status == ACCOUNT_REJECTED) {
		page_set_true(data, "rejected");
		page_set(data, "words", account->review_reason);
	}
	if (view->error)
		page_set_error(data, view->error, 0);
	if (app_of(rq)->config->completion.review)
		page_set_true(data, "review");
	if (!view->choice) {
		TRY(add_choices(view, data));
		if (bind_has_claims(app_of(rq)->config, account)) { /* Z2 */
			struct span bind_url;

			TRY(visit_url(rq, &view->interaction, "/bind", &bind_url));
			page_set(data, "bind_url", bind_url);
		}
		return reply_page(rq, page_status(view->error), "complete", data);
	}
	page_set(data, "choice", span_of(view->choice->name));
	if (!view->values) {
		bool same = view->has_earlier && span_is(view->earlier.form, view->choice->form);
		struct span kept = same ? view->earlier.values : SPAN("");
		TRY(form_page_begin(rq, &view->form, kept, &view->values));
		struct form_value *name = form_value_of(&view->form, view->values, "name");
		if (name && !name->typed.n)
			name->typed = account->name;
	}
	struct span url;
	TRY(visit_url(rq, &view->interaction, "/complete", &url));
	page_set(data, "back_url", url);
	TRY(form_page_add(rq, &view->form, view->values, NULL, data));
	return reply_page(rq, page_status(view->error), "complete", data);
}

/* ---- submitted */

struct keeping {
	struct view *view;
	struct span values;
	struct account account;
};

static bool is_done(const struct account *account)
{
	return account->namespace_ != NAMESPACE_NATURAL || (account->profile != PROFILE_NONE && account->status != ACCOUNT_REJECTED);
}

static int note(struct txn *txn, struct request *rq, const char *action, struct id actor, const struct account *account, const char *detail)
{
	char subject[37];

	encode_id(subject, account->id);
	return audit_write(txn, rq, &(struct audit_event){ .action = action, .actor = actor, .subject = span_of(subject), .detail = span_of(detail) });
}

/* A name that was verified stays; what the form says is kept beside it. */
static void take_values(struct account *account, const struct view *view)
{
	struct span name = form_text(&view->form, view->values, "name");

	if (name.n && account->realname_status != REALNAME_VERIFIED)
		account->name = name;
	else if (!account->name.n)
		account->name = form_text(&view->form, view->values, "contact_name");
	if (form_text(&view->form, view->values, "gender").n && !account->gender.n)
		account->gender = form_text(&view->form, view->values, "gender");
}

static int ask_for_review(struct txn *txn, const struct view *view, const struct account *account, struct id submission)
{
	struct span unit = form_text(&view->form, view->values, "unit_name");
	struct task_new new = { .kind = TASK_ACCOUNT, .queue = TASK_QUEUE_PLATFORM, .subject = account->id, .account = account->id,
				.submission = submission, .title = view->choice->profile == PROFILE_UNIT ? unit : account->name };
	struct id task;

	return task_open(txn, &new, view->rq->now, view->rq->arena, &task);
}

/* The form is taken at its word. */
static int make_real(struct txn *txn, struct request *rq, struct id by, const struct account *account, const struct submission *submission)
{
	struct unit_actor actor = unit_change_actor(rq, by);

	return span_is(submission->form, "complete-unit") ? complete_unit_join(txn, &actor, account, submission->values) : 0;
}

static int keep(struct txn *txn, void *arg)
{
	struct keeping *k = arg;
	struct view *view = k->view;
	struct request *rq = view->rq;
	struct visitor visitor;
	bool review = app_of(rq)->config->completion.review;

	TRY(session_load(txn, rq, &visitor));
	if (!visitor.has_session || !id_eq(visitor.session.account, view->visitor.session.account))
		return ERR_INTERACTION_EXPIRED;
	struct account *account = &visitor.facts.account;
	if (is_done(account))
		return ERR_EXISTS; /* a second click, another tab: what was said first stands (Z7) */
	struct submission submission = { .id = sys_new_id(rq->now), .owner = account->id, .subject = account->id, .form = span_of(view->choice->form),
					 .values = k->values, .status = review ? SUBMISSION_SUBMITTED : SUBMISSION_ACCEPTED, .created_at = rq->now,
					 .changed_at = rq->now };
	TRY(record_insert(txn, &KIND_SUBMISSION, &submission));
	take_values(account, view);
	account->profile = view->choice->profile;
	account->roles = (account->roles & ~(int64_t)(ACCOUNT_ROLE_EXPERT | ACCOUNT_ROLE_DECLARER)) | view->choice->role;
	account->status = review ? ACCOUNT_PENDING_REVIEW : account->status == ACCOUNT_REJECTED ? ACCOUNT_ACTIVE : account->status;
	account->review_reason = (struct span){ NULL, 0 };
	TRY(record_put(txn, &KIND_ACCOUNT, account));
	TRY(review ? ask_for_review(txn, view, account, submission.id) : make_real(txn, rq, account->id, account, &submission));
	TRY(note(txn, rq, "account.complete", account->id, account, view->choice->name));
	return event_write_account(txn, app_of(rq)->config, rq->now, rq->arena, CONFIG_EVENT_USER_CHANGED, account);
}

static int submit(struct view *view)
{
	struct request *rq = view->rq;
	struct form_context context = form_page_context(rq);
	struct keeping k = { .view = view };

	int result = form_page_read(rq, &view->form, &context, &view->values);
	if (result == ERR_FORM) {
		view->error = result;
		return show(view);
	}
	TRY(result);
	TRY(form_json(&view->form, view->values, rq->arena, &k.values));
	result = store_update(app_of(rq)->app->store, keep, &k);
	if (result == ERR_UNIT_DISSOLVED) {
		form_set_error(&view->form, view->values, "uscc", result, NULL);
		view->error = ERR_FORM;
		return show(view);
	}
	if (result != ERR_EXISTS)
		TRY(result);
	return visit_done(rq, &view->interaction, SPAN("/"));
}

static bool is_asked_for(const struct view *view)
{
	const struct config *config = app_of(view->rq)->config;
	const struct config_client *client = config_client(config, view->interaction.client_id);

	return config->completion.mode != CONFIG_COMPLETION_OFF || (client && client->require.complete) ||
	       view->visitor.facts.account.status == ACCOUNT_REJECTED;
}

/* *@ret_answered: there is nothing to fill in; the request has been answered. */
static int begin(struct request *rq, struct view *view, bool *ret_answered)
{
	*view = (struct view){ .rq = rq };
	TRY(visit_open(rq, &view->interaction, &view->visitor));
	*ret_answered = !view->visitor.has_session;
	if (*ret_answered)
		return 0;
	if (!is_asked_for(view))
		return ERR_NOT_FOUND;
	if (is_done(&view->visitor.facts.account)) {
		*ret_answered = true;
		return visit_done(rq, &view->interaction, SPAN("/"));
	}
	return store_view(app_of(rq)->app->store, load_earlier, view);
}

int endpoint_complete(struct request *rq)
{
	struct view view;
	bool answered;

	TRY(begin(rq, &view, &answered));
	return answered ? 0 : show(&view);
}

int endpoint_complete_form(struct request *rq)
{
	struct view view;
	bool answered;

	TRY(begin(rq, &view, &answered));
	if (answered)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(choices); i++)
		if (span_is(request_path_param(rq, "profile"), choices[i].name) && is_offered(&view, &choices[i]))
			view.choice = &choices[i];
	if (!view.choice)
		return ERR_NOT_FOUND;
	view.form = form_find(app_of(rq)->config, view.choice->form);
	return rq->method == METHOD_GET ? show(&view) : submit(&view);
}

/* ---- reviewed (Z8) */

int complete_task_decided(struct txn *txn, struct request *rq, const struct task *task, bool approved, struct span reason)
{
	struct account account;
	struct submission submission;

	TRY(record_get(txn, &KIND_ACCOUNT, task->subject, rq->arena, &account));
	if (account.status != ACCOUNT_PENDING_REVIEW)
		return ERR_CONFLICT;
	account.status = approved ? ACCOUNT_ACTIVE : ACCOUNT_REJECTED;
	account.review_reason = approved ? SPAN("") : reason;
	TRY(record_put(txn, &KIND_ACCOUNT, &account));
	int result = id_is_set(task->submission) ? record_get(txn, &KIND_SUBMISSION, task->submission, rq->arena, &submission) : ERR_ABSENT;
	if (!result) {
		submission.status = approved ? SUBMISSION_ACCEPTED : SUBMISSION_REJECTED;
		submission.reason = account.review_reason;
		TRY(record_put(txn, &KIND_SUBMISSION, &submission));
		if (approved)
			TRY(make_real(txn, rq, task->decided_by, &account, &submission));
	} else if (result != ERR_ABSENT) {
		return result;
	}
	TRY(note(txn, rq, approved ? "account.approve" : "account.reject", task->decided_by, &account, ""));
	return event_write_account(txn, app_of(rq)->config, rq->now, rq->arena, CONFIG_EVENT_USER_CHANGED, &account);
}

int complete_task_show(struct txn *txn, struct request *rq, const struct task *task, struct task_page *page)
{
	struct submission submission;

	if (!id_is_set(task->submission))
		return 0;
	int result = record_get(txn, &KIND_SUBMISSION, task->submission, rq->arena, &submission);
	return result ? result == ERR_ABSENT ? 0 : result : task_page_add_submission(page, NULL, &submission);
}
