/* SPDX-License-Identifier: Apache-2.0 */
/*
 * task_view - /tasks/{id}: one task with everything a decision rests on, and the decision. Old and new values stand side by side; personal numbers are
 * masked until the reviewer asks for them, which the audit records (domain.md 4.4).
 *
 * A guessed id of a task that is not theirs is as one that does not exist.
 */
#include "broker/base/encode.h"
#include "broker/base/log.h"
#include "broker/endpoint/audit.h"
#include "broker/endpoint/desk.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/files.h"
#include "broker/endpoint/page.h"
#include "broker/endpoint/task_notice.h"
#include "broker/http/reply.h"
#include "broker/store/records_review.h"
#include "conf/config.h"

#define HISTORY_MAX 20

struct view {
	struct desk desk;
	struct id id;
	struct task task;
	const struct task_kind_row *kind;
	struct task_page page;
	json_t *history;
	/* what is done */
	bool approved;
	struct span reason;
	bool final; /* the decision was: nobody else has to agree */
};

/* ---- looked at */

static int find(struct txn *txn, struct view *view)
{
	struct request *rq = view->desk.rq;

	TRY(desk_load(txn, &view->desk));
	int result = record_get(txn, &KIND_TASK, view->id, rq->arena, &view->task);
	if (!result)
		result = task_rule_check(&view->desk.person.rule, TASK_ACT_SEE, &view->task, rq->now);
	if (result)
		return result == ERR_ABSENT ? ERR_NOT_FOUND : result;
	view->kind = task_kind_row(view->task.kind);
	return view->kind ? 0 : ERR_NOT_FOUND;
}

static bool may(const struct view *view, enum task_action action)
{
	return task_rule_check(&view->desk.person.rule, action, &view->task, view->desk.rq->now) == 0;
}

struct history {
	struct txn *txn;
	struct view *view;
};

static int add_earlier(const void *record, void *arg)
{
	const struct task *task = record;
	struct history *history = arg;
	struct view *view = history->view;
	const struct task_kind_row *kind = task_kind_row(task->kind);
	static const char *const names[] = { [TASK_OPEN] = "open", [TASK_APPROVED] = "approved", [TASK_REJECTED] = "rejected", [TASK_WITHDRAWN] = "withdrawn" };

	if (id_eq(task->id, view->task.id) || !task_rule_sees_queue(&view->desk.person.rule, task->queue))
		return 0;
	json_t *item = json_object();
	page_set(item, "kind", span_of(kind ? kind->name : ""));
	page_set(item, "state", span_of(task->status > 0 && task->status < (int)ARRAY_LEN(names) ? names[task->status] : "open"));
	page_set_time(item, "at", instant_is_set(task->decided_at) ? task->decided_at : task->created_at);
	page_set(item, "why", task->reason.n ? task->reason : SPAN("–"));
	page_set_id(item, "id", task->id);
	json_object_set_new(item, "who", json_string("–"));
	TRY(desk_set_account(history->txn, view->desk.rq, item, "who", task->decided_by));
	if (json_array_append_new(view->history, item))
		return FAULT_MEMORY;
	return json_array_size(view->history) == HISTORY_MAX ? TXN_STOP : 0;
}

static int describe(struct txn *txn, struct view *view)
{
	struct request *rq = view->desk.rq;
	const struct task *task = &view->task;
	json_t *data = view->desk.data;

	page_set_id(data, "id", task->id);
	page_set(data, "kind", span_of(view->kind->name));
	page_set(data, "title", task->title);
	page_set(data, "note", task->note);
	page_set(data, "reason_given", task->reason);
	page_set(data, "queue_name", task_person_queue_name(&view->desk.person, rq, task->queue));
	page_set(data, "state", span_of(task->status == TASK_OPEN ? "open" : task->status == TASK_APPROVED ? "approved" :
					task->status == TASK_REJECTED ? "rejected" : "withdrawn"));
	page_set_time(data, "since", task->created_at);
	page_set_time(data, "decided_at", task->decided_at);
	int64_t due = app_of(rq)->config->review.due[task->kind - 1];
	if (due) {
		page_set_time(data, "due", instant_add(task->created_at, due));
		if (task->status == TASK_OPEN && !instant_before(rq->now, instant_add(task->created_at, due)))
			page_set_true(data, "overdue");
	}
	TRY(desk_set_account(txn, rq, data, "asked_by", task->account));
	TRY(desk_set_account(txn, rq, data, "decided_by", task->decided_by));
	TRY(desk_set_account(txn, rq, data, "first_by", task->first_by));
	if (task->status == TASK_OPEN && task_rule_is_claimed(task, rq->now)) {
		TRY(desk_set_account(txn, rq, data, "claimed_by", task->claimed_by));
		page_set_time(data, "claimed_until", task->claimed_until);
		if (id_eq(task->claimed_by, view->desk.person.rule.account))
			page_set_true(data, "is_mine");
	}
	return 0;
}

static void offer(struct view *view)
{
	json_t *data = view->desk.data;
	const struct task_rule_person *person = &view->desk.person.rule;
	bool four_eyes = app_of(view->desk.rq)->config->review.four_eyes & 1u << (view->task.kind - 1);

	if (may(view, TASK_ACT_CLAIM) && !id_eq(view->task.claimed_by, person->account))
		page_set_true(data, "can_claim");
	if (may(view, TASK_ACT_CLAIM) && id_eq(view->task.claimed_by, person->account) && !task_rule_is_claimed(&view->task, view->desk.rq->now))
		page_set_true(data, "can_claim"); /* one's own, run out */
	if (may(view, TASK_ACT_RELEASE) && task_rule_is_claimed(&view->task, view->desk.rq->now))
		page_set_true(data, "can_release");
	if (may(view, TASK_ACT_DECIDE))
		page_set_true(data, "can_decide");
	if (view->task.status == TASK_OPEN && task_rule_is_own(person, &view->task))
		page_set_true(data, "is_own");
	if (view->task.status == TASK_OPEN && id_eq(view->task.first_by, person->account))
		page_set_true(data, "approved_by_me");
	if (four_eyes && view->task.status == TASK_OPEN)
		page_set_true(data, "four_eyes");
	if (view->page.is_masked && may(view, TASK_ACT_REVEAL))
		page_set_true(data, "can_reveal");
}

static int load(struct txn *txn, void *arg)
{
	struct view *view = arg;
	struct request *rq = view->desk.rq;
	struct history history = { txn, view };

	TRY(find(txn, view));
	view->page.rq = rq;
	view->page.submission = view->task.submission;
	TRY(describe(txn, view));
	TRY((view->kind->show ? view->kind->show : task_page_default)(txn, rq, &view->task, &view->page));
	if (may(view, TASK_ACT_REVEAL) && id_is_set(view->page.submission))
		TRY(files_documents(txn, rq, view->page.submission, view->task.id, view->desk.data));
	TRY(record_each(txn, &KIND_TASK, TASK_BY_SUBJECT, &view->task, rq->arena, add_earlier, &history));
	offer(view);
	return 0;
}

static int show(struct view *view, int error, const char *field)
{
	struct request *rq = view->desk.rq;
	JSON *data = json_object(), *rows = json_array(), *history = json_array();

	if (!data || !rows || !history)
		return FAULT_MEMORY;
	view->desk.data = data;
	view->page.data = data;
	view->page.rows = rows;
	view->page.reveal = view->page.reveal && !error;
	view->history = history;
	int result = store_view(app_of(rq)->app->store, load, view);
	if (result)
		return desk_answer(rq, result, rq->path);
	TRY(session_touch(rq, &view->desk.visitor));
	desk_add(&view->desk, data);
	page_set(data, "action", rq->path);
	json_object_set(data, "rows", rows);
	if (json_array_size(history))
		json_object_set(data, "history", history);
	if (view->page.reveal)
		page_set_true(data, "revealed");
	page_set_value(data, "reason", request_param(rq, "reason"));
	if (span_is(request_param(rq, "decision"), "reject"))
		page_set_true(data, "chose_reject");
	if (error) {
		page_set_error(data, error, 0);
		if (field)
			page_set_field_error(data, field, error);
	}
	return reply_page(rq, page_status(error), "task", data);
}

/* ---- acted on */

static int note(struct txn *txn, const struct view *view, const char *action, struct span detail)
{
	char subject[37];

	encode_id(subject, view->task.id);
	return audit_write(txn, view->desk.rq, &(struct audit_event){ .action = action, .actor = view->desk.person.rule.account, .subject = span_of(subject),
								      .detail = detail });
}

static int permit(struct txn *txn, struct view *view, enum task_action action)
{
	TRY(find(txn, view));
	return task_rule_check(&view->desk.person.rule, action, &view->task, view->desk.rq->now);
}

static int claim(struct txn *txn, void *arg)
{
	struct view *view = arg;

	TRY(permit(txn, view, TASK_ACT_CLAIM));
	task_rule_claim(&view->task, view->desk.person.rule.account, view->desk.rq->now, app_of(view->desk.rq)->config->review.claim);
	TRY(record_put(txn, &KIND_TASK, &view->task));
	return note(txn, view, "task.claim", view->task.queue);
}

static int release(struct txn *txn, void *arg)
{
	struct view *view = arg;

	TRY(permit(txn, view, TASK_ACT_RELEASE));
	task_rule_release(&view->task);
	TRY(record_put(txn, &KIND_TASK, &view->task));
	return note(txn, view, "task.release", view->task.queue);
}

/* Plain numbers are disclosed: who saw whose, and when. */
static int disclose(struct txn *txn, void *arg)
{
	struct view *view = arg;

	TRY(permit(txn, view, TASK_ACT_REVEAL));
	return note(txn, view, "task.reveal", span_of(view->kind->name));
}

static int decide(struct txn *txn, void *arg)
{
	struct view *view = arg;
	struct request *rq = view->desk.rq;

	TRY(permit(txn, view, TASK_ACT_DECIDE));
	bool four_eyes = app_of(rq)->config->review.four_eyes & 1u << (view->task.kind - 1);
	view->final = task_rule_decide(&view->task, view->desk.person.rule.account, view->approved, view->reason, four_eyes, rq->now);
	if (view->final && view->kind->decided)
		TRY(view->kind->decided(txn, rq, &view->task, view->approved, view->reason));
	else if (!view->final && view->kind->agreed)
		TRY(view->kind->agreed(txn, rq, &view->task));
	TRY(record_put(txn, &KIND_TASK, &view->task));
	return note(txn, view, !view->final ? "task.first" : view->approved ? "task.approve" : "task.reject", view->task.queue);
}

/* Why the decision cannot be, or not by this person: nothing was changed, and the task is there to be decided otherwise. */
static bool is_told_here(int error)
{
	static const int errors[] = { ERR_TASK_TAKEN /* the page tells by whom */, ERR_CONFLICT, ERR_FORBIDDEN, ERR_UNIT_DISSOLVED, ERR_UNIT_TAKEN,
				      ERR_ID_NUMBER_TAKEN };

	for (size_t i = 0; i < ARRAY_LEN(errors); i++)
		if (errors[i] == error)
			return true;
	return false;
}

static int act(struct view *view, store_fn *fn)
{
	struct request *rq = view->desk.rq;
	int result = store_update(app_of(rq)->app->store, fn, view);

	if (!result)
		return reply_redirect(rq, rq->path);
	return is_told_here(result) ? show(view, result, NULL) : desk_answer(rq, result, rq->path);
}

/* The button was pressed twice: the second press finds what the first has done. */
static bool was_done(const struct view *view)
{
	return id_eq(view->task.decided_by, view->desk.person.rule.account) && view->task.status == (view->approved ? TASK_APPROVED : TASK_REJECTED);
}

/* The decision stands, whatever becomes of the message. */
static void tell(const struct view *view)
{
	int result = view->kind->settled ? view->kind->settled(view->desk.rq, &view->task) : 0;

	if (result)
		LOG(LOG_WARN, "task.untold", F_STR("kind", view->kind->name), F_STR("error", error_row(result)->name));
	task_notice_send(view->desk.rq, &view->task);
}

static int decided(struct view *view)
{
	struct request *rq = view->desk.rq;
	struct span decision = request_param(rq, "decision");

	view->approved = span_is(decision, "approve");
	view->reason = span_trim(request_param(rq, "reason"));
	if (!view->approved && !span_is(decision, "reject"))
		return show(view, ERR_FIELD_EMPTY, "decision");
	if (!view->approved && !view->reason.n)
		return show(view, ERR_REASON, "reason");
	int result = store_update(app_of(rq)->app->store, decide, view);
	if (result == ERR_TASK_TAKEN && was_done(view))
		return reply_redirect(rq, rq->path);
	if (is_told_here(result))
		return show(view, result, NULL);
	if (result == ERR_FIELD_EMPTY || result == ERR_ABSENT || result == ERR_CLAIMANT_LIMIT)
		return show(view, result, "account");
	if (result)
		return desk_answer(rq, result, rq->path);
	if (view->final)
		tell(view);
	return reply_redirect(rq, rq->path);
}

static int reveal(struct view *view)
{
	int result = store_update(app_of(view->desk.rq)->app->store, disclose, view);

	if (result == ERR_FORBIDDEN)
		return show(view, result, NULL);
	if (result)
		return desk_answer(view->desk.rq, result, view->desk.rq->path);
	view->page.reveal = true;
	return show(view, 0, NULL);
}

enum work_class endpoint_task_work(const struct request *rq)
{
	/* A decision may send a message. */
	return rq->method == METHOD_POST && !request_param(rq, "do").n ? WORK_SMS : WORK_COMMIT;
}

int endpoint_task(struct request *rq)
{
	struct view *view = arena_new_of(rq->arena, struct view);
	struct span what = request_param(rq, "do");

	if (!view)
		return FAULT_MEMORY;
	view->desk.rq = rq;
	if (encode_id_decode(request_path_param(rq, "id"), &view->id))
		return ERR_NOT_FOUND;
	if (rq->method == METHOD_GET)
		return show(view, 0, NULL);
	if (span_is(what, "claim"))
		return act(view, claim);
	if (span_is(what, "release"))
		return act(view, release);
	if (span_is(what, "reveal"))
		return reveal(view);
	return decided(view);
}
