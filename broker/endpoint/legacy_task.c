/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/legacy_task.h"

#include "broker/base/encode.h"
#include "broker/base/json.h"
#include "broker/endpoint/appeal.h"
#include "broker/endpoint/bind.h"
#include "broker/endpoint/files.h"
#include "broker/endpoint/legacy_shown.h"
#include "broker/endpoint/message.h"
#include "broker/endpoint/page.h"
#include "broker/identity/mask.h"
#include "broker/identity/normal.h"
#include "broker/store/records_review.h"
#include "conf/config.h"

static bool is_dispute(const struct submission *submission)
{
	return span_is(submission->form, LEGACY_FORM_DISPUTE);
}

/* ---- which rows? */

static int add_row(struct txn *txn, const struct unit_actor *actor, const struct account *account, struct id id, struct legacy_list *list)
{
	struct legacy_found *found = &list->items[list->n];

	TRY(record_get(txn, &KIND_LEGACY, id, actor->arena, &found->row));
	TRY(legacy_change_state(txn, actor, &found->row, account, &found->state, &found->binding));
	list->n++;
	return 0;
}

int legacy_task_candidates(struct txn *txn, const struct unit_actor *actor, const struct account *account, const struct submission *submission,
			   struct legacy_list *list)
{
	const struct config_legacy_source *source;
	struct span id, login, phone;

	list->n = 0;
	if (is_dispute(submission))
		return add_row(txn, actor, account, submission->subject, list);
	TRY(appeal_value(submission, "source", actor->arena, &id));
	TRY(appeal_value(submission, "known_login", actor->arena, &login));
	TRY(appeal_value(submission, "phone", actor->arena, &phone));
	source = config_legacy_source(actor->config, id);
	TRY(legacy_find_login(txn, actor, source, login, account, list));
	TRY(legacy_find_phone(txn, actor, source, phone, account, list));
	return legacy_find_document(txn, actor, account, list);
}

int legacy_task_disputed(struct txn *txn, const struct task *task, struct arena *arena, struct span *ret_source)
{
	struct submission submission;
	struct legacy row = { 0 };

	*ret_source = (struct span){ NULL, 0 };
	int result = record_get(txn, &KIND_SUBMISSION, task->submission, arena, &submission);
	if (!result && is_dispute(&submission)) {
		result = record_get(txn, &KIND_LEGACY, submission.subject, arena, &row);
		*ret_source = row.source;
	} else if (!result && span_eq(task->note, LEGACY_TASK_DISPUTE)) {
		result = appeal_value(&submission, "source", arena, ret_source);
	}
	return result == ERR_ABSENT ? 0 : result;
}

static int load(struct txn *txn, struct request *rq, const struct task *task, struct submission *ret_submission, struct account *ret_account)
{
	int result = record_get(txn, &KIND_SUBMISSION, task->submission, rq->arena, ret_submission);

	if (!result)
		result = record_get(txn, &KIND_ACCOUNT, task->account, rq->arena, ret_account);
	return result == ERR_ABSENT ? ERR_CONFLICT : result;
}

/* ---- shown: both sides */

struct newest {
	struct id account;
	struct legacy_event event;
};

static int take_bound(const void *record, void *arg)
{
	const struct legacy_event *event = record;
	struct newest *newest = arg;

	if (span_is(event->what, "bound") && id_eq(event->account, newest->account))
		newest->event = *event;
	return 0;
}

static int add_holder(struct txn *txn, struct task_page *page, const struct legacy_found *found, json_t *item)
{
	struct account holder;
	struct newest newest = { .account = found->binding.account };
	struct legacy_event probe = { .legacy = found->row.id };
	struct span name = { NULL, 0 }, login, by;

	int result = record_get(txn, &KIND_ACCOUNT, found->binding.account, page->rq->arena, &holder);
	if (result)
		return result == ERR_ABSENT ? 0 : result;
	TRY(record_each(txn, &KIND_LEGACY_EVENT, LEGACY_EVENT_BY_LEGACY, &probe, page->rq->arena, take_bound, &newest));
	if (holder.name.n)
		TRY(mask_name(holder.name, page->rq->arena, &name));
	TRY(legacy_shown_account(page->rq, &holder, &login));
	char *text = arena_printf(page->rq->arena, SPAN_FMT " " SPAN_FMT, SPAN_ARG(login), SPAN_ARG(name));
	if (!text)
		return FAULT_MEMORY;
	page_set(item, "holder", span_of(text));
	page_set(item, "holder_method", found->binding.method.n ? found->binding.method : SPAN("import"));
	page_set_time(item, "holder_since", found->binding.since);
	page_set_int(item, "holder_level", found->binding.level);
	TRY(legacy_shown_actor(txn, page->rq, newest.event.actor, &by));
	page_set(item, "holder_by", by);
	return legacy_shown_evidence(page->rq, item, "holder_evidence", newest.event.evidence);
}

/* Every member in each: what is absent would be looked for further out. */
static int add_item(struct txn *txn, struct task_page *page, const struct legacy_found *found, bool chosen, bool is_claim, json_t *list)
{
	/* whoever asks has as many of the system as one person may */
	bool limit = is_claim && found->state.link != CLAIM_BOUND && found->state.held >= found->state.limit;
	json_t *item = json_pack("{s:s,s:s,s:s,s:s,s:s,s:b,s:b,s:b,s:s,s:s,s:s,s:i,s:s,s:[]}", "row_login", "–", "row_person", "–", "row_phone", "–", "row_unit", "–", "row_type", "–",
				 "row_chosen", chosen,
				 "row_limit", limit, "has_holder", id_is_set(found->binding.id) && found->binding.status == BINDING_BOUND, "holder", "–",
				 "holder_method", "import", "holder_since", "–", "holder_level", 0, "holder_by", "–", "holder_evidence");
	struct span person = { NULL, 0 }, phone = { NULL, 0 };
	char id[37];

	if (!item || json_array_append_new(list, item))
		return FAULT_MEMORY;
	encode_id(id, found->row.id);
	page_set(item, "row_id", span_of(id));
	page_set(item, "row_key", found->row.legacy_id);
	page_set(item, "row_source", found->row.source);
	page_set(item, "row_login", found->row.login_name);
	page_set(item, "row_type", bind_type_name(page->rq, found->row.source, found->row.user_type));
	page_set(item, "row_unit", found->row.unit_name);
	page->is_masked |= !page->reveal && (found->row.name.n || found->row.phone.n);
	if (found->row.name.n && !page->reveal)
		TRY(mask_name(found->row.name, page->rq->arena, &person));
	if (found->row.phone.n && !page->reveal)
		TRY(mask_phone(found->row.phone, page->rq->arena, &phone));
	page_set(item, "row_person", page->reveal ? found->row.name : person);
	page_set(item, "row_phone", page->reveal ? found->row.phone : phone);
	return id_is_set(found->binding.id) ? add_holder(txn, page, found, item) : 0;
}

/* Which system and which kind of user: their names. */
static void name_choices(struct task_page *page, struct span source)
{
	size_t i;
	json_t *row;

	json_array_foreach(page->rows, i, row) {
		struct span name = json_get_span(row, "name"), now = json_get_span(row, "now");

		if (span_is(name, "source"))
			page_set(row, "now", bind_source_name(page->rq, now));
		else if (span_is(name, "user_type"))
			page_set(row, "now", bind_type_name(page->rq, source, now));
	}
}

int legacy_task_show(struct txn *txn, struct request *rq, const struct task *task, struct task_page *page)
{
	struct unit_actor actor = unit_change_actor(rq, task->account);
	struct legacy_list *list = arena_new_of(rq->arena, struct legacy_list);
	json_t *rows = json_array();
	struct submission submission;
	struct account account;

	json_object_set_new(page->data, "legacy_rows", rows);
	if (!list || !rows)
		return FAULT_MEMORY;
	TRY(task_page_default(txn, rq, task, page));
	int result = load(txn, rq, task, &submission, &account);
	if (result)
		return result == ERR_CONFLICT ? 0 : result;
	struct span source;
	TRY(appeal_value(&submission, "source", rq->arena, &source));
	name_choices(page, source);
	TRY(legacy_task_candidates(txn, &actor, &account, &submission, list));
	for (size_t i = 0; i < list->n; i++)
		TRY(add_item(txn, page, &list->items[i], id_is_set(submission.row) ? id_eq(submission.row, list->items[i].row.id) : list->n == 1,
			     !is_dispute(&submission), rows));
	page_set_true(page->data, is_dispute(&submission) ? "legacy_dispute" : "legacy_claim");
	return 0;
}

/* ---- decided */

/* ERR_FIELD_EMPTY: nobody said which; ERR_ABSENT: it is none of the rows that the request means. */
static int choose(struct txn *txn, struct request *rq, const struct account *account, const struct submission *submission, struct legacy *ret_row)
{
	struct unit_actor actor = unit_change_actor(rq, account->id);
	struct legacy_list *list = arena_new_of(rq->arena, struct legacy_list);
	struct span text = request_param(rq, "account"), login = span_trim(request_param(rq, "account_login"));
	struct id id = { { 0 } };

	if (!list)
		return FAULT_MEMORY;
	TRY(legacy_task_candidates(txn, &actor, account, submission, list));
	if (login.n && !is_dispute(submission)) { /* named by hand: the login name that it had */
		list->n = 0;
		TRY(legacy_find_login(txn, &actor, NULL, login, account, list));
	} else if (text.n && encode_id_decode(text, &id)) {
		return ERR_ABSENT;
	}
	if (!id_is_set(id) && list->n != 1)
		return list->n || !login.n ? ERR_FIELD_EMPTY : ERR_ABSENT;
	for (size_t i = 0; i < list->n; i++)
		if (!id_is_set(id) || id_eq(list->items[i].row.id, id)) {
			*ret_row = list->items[i].row;
			return 0;
		}
	return ERR_ABSENT;
}

/* The first of two says which row. */
int legacy_task_agreed(struct txn *txn, struct request *rq, const struct task *task)
{
	struct submission submission;
	struct account account;
	struct legacy row;

	TRY(load(txn, rq, task, &submission, &account));
	TRY(choose(txn, rq, &account, &submission, &row));
	submission.row = row.id;
	return record_put(txn, &KIND_SUBMISSION, &submission);
}

static int evidence_of(struct request *rq, const struct task *task, struct span *ret_evidence)
{
	char id[37];

	encode_id(id, task->id);
	char *evidence = arena_printf(rq->arena, "{\"task\":\"%s\"}", id);
	if (!evidence)
		return FAULT_MEMORY;
	*ret_evidence = span_of(evidence);
	return 0;
}

static int approve(struct txn *txn, struct request *rq, const struct task *task, struct submission *submission, const struct account *account,
		   struct span reason)
{
	struct unit_actor actor = unit_change_actor(rq, task->decided_by);
	struct legacy_proof proof = { .method = "review", .level = LEGACY_LEVEL_REVIEW, .reason = reason.n ? reason : SPAN("disputed") };
	struct claim_state state;
	struct binding binding;
	struct legacy row;

	TRY(choose(txn, rq, account, submission, &row));
	if (id_is_set(task->first_by) && !id_eq(submission->row, row.id))
		return ERR_CONFLICT;
	submission->row = row.id;
	TRY(evidence_of(rq, task, &proof.evidence));
	TRY(legacy_change_state(txn, &actor, &row, account, &state, &binding));
	if (state.link == CLAIM_BOUND_OTHER)
		submission->loser = binding.account;
	if (is_dispute(submission))
		return id_is_set(binding.id) ? legacy_change_unbind(txn, &actor, &binding, proof.reason) : 0;
	int result = legacy_change_award(txn, &actor, &row, account, &proof);
	return result == ERR_LEGACY_LIMIT ? ERR_CLAIMANT_LIMIT : result; /* said to the reviewer, about somebody else */
}

/* Each row that was claimed or disputed and is not the one learns how that ended. */
static int note_refused(struct txn *txn, struct request *rq, const struct task *task, const struct submission *submission, const struct account *account,
			struct span reason)
{
	struct unit_actor actor = unit_change_actor(rq, task->decided_by);
	struct legacy_proof proof = { .method = "review", .reason = reason };
	struct legacy_list *list = arena_new_of(rq->arena, struct legacy_list);

	if (!list)
		return FAULT_MEMORY;
	TRY(evidence_of(rq, task, &proof.evidence));
	TRY(legacy_task_candidates(txn, &actor, account, submission, list));
	for (size_t i = 0; i < list->n; i++)
		if (!id_eq(list->items[i].row.id, submission->row))
			TRY(legacy_change_note(txn, &actor, &list->items[i].row, account, "refused", &proof));
	return 0;
}

int legacy_task_decided(struct txn *txn, struct request *rq, const struct task *task, bool approved, struct span reason)
{
	struct submission submission;
	struct account account;

	TRY(load(txn, rq, task, &submission, &account));
	if (submission.status != SUBMISSION_SUBMITTED)
		return ERR_CONFLICT;
	if (approved)
		TRY(approve(txn, rq, task, &submission, &account, reason));
	else
		submission.row = (struct id){ { 0 } }; /* what the first of two may have chosen */
	if (!approved || !is_dispute(&submission))
		TRY(note_refused(txn, rq, task, &submission, &account, approved ? SPAN("other_row") : reason));
	submission.status = approved ? SUBMISSION_ACCEPTED : SUBMISSION_REJECTED;
	submission.reason = reason;
	submission.changed_at = rq->now;
	TRY(files_keep_until(txn, rq->arena, submission.id, approved ? (struct instant){ 0 } : instant_add(rq->now, app_of(rq)->config->files.rejected_life)));
	return record_put(txn, &KIND_SUBMISSION, &submission);
}

/* ---- told: who had the account until now */

struct telling {
	struct request *rq;
	const struct task *task;
	struct span phone;
};

static int load_loser(struct txn *txn, void *arg)
{
	struct telling *t = arg;
	struct submission submission;
	struct account account;

	TRY(record_get(txn, &KIND_SUBMISSION, t->task->submission, t->rq->arena, &submission));
	if (!id_is_set(submission.loser))
		return 0;
	int result = record_get(txn, &KIND_ACCOUNT, submission.loser, t->rq->arena, &account);
	if (!result)
		t->phone = account.phone;
	return result == ERR_ABSENT ? 0 : result;
}

int legacy_task_settled(struct request *rq, const struct task *task)
{
	struct telling t = { .rq = rq, .task = task };
	char key[37];

	if (task->status != TASK_APPROVED)
		return 0;
	TRY(store_view(app_of(rq)->app->store, load_loser, &t));
	if (!t.phone.n)
		return 0;
	encode_id(key, task->id);
	return message_notify_later(rq, t.phone, SPAN("legacy-ended"),
				    app_of(rq)->config->language == CONFIG_EN ?
					    SPAN("An old account that you had bound was found to belong to somebody else and is no longer bound to you. Log in to see the details; "
						 "you can dispute it.") :
					    SPAN("您绑定的一个旧账户经人工核查属于其他用户，已解除与您的绑定。详情请登录查看，如有异议可申请人工核查。"),
				    span_of(key));
}
