/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/unit_task.h"

#include "broker/base/json.h"
#include "broker/base/sys.h"
#include "broker/endpoint/files.h"
#include "broker/identity/form.h"
#include "broker/store/records_review.h"
#include "conf/config.h"

/* ---- units */

struct newest {
	struct submission submission;
	bool found;
};

/* Ids rise with time, and so do the entries of an index. */
static int take_newest(const void *record, void *arg)
{
	struct newest *newest = arg;

	newest->submission = *(const struct submission *)record;
	newest->found = true;
	return TXN_STOP;
}

int unit_task_newest(struct txn *txn, struct arena *arena, struct id unit, struct submission *ret_submission)
{
	struct submission probe = { .subject = unit, .form = SPAN(UNIT_FORM) };
	struct newest newest = { .found = false };

	TRY(record_page(txn, &KIND_SUBMISSION, SUBMISSION_BY_SUBJECT, &probe, (struct record_from){ .falling = true }, arena, take_newest, &newest));
	if (!newest.found)
		return ERR_ABSENT;
	*ret_submission = newest.submission;
	return 0;
}

static int take_value(json_t *values, const char *name, struct arena *arena, struct span *value)
{
	struct span text = form_lookup_json(values, name);

	if (!text.n)
		return 0; /* the form did not ask */
	*value = arena_dup(arena, text);
	return value->p ? 0 : FAULT_MEMORY;
}

static int take_values(const struct unit_actor *actor, const struct submission *submission, struct unit *unit)
{
	JSON *values = NULL;
	const struct config_department *department;

	TRY(json_read_object(submission->values, &values));
	TRY(take_value(values, "unit_name", actor->arena, &unit->name));
	TRY(take_value(values, "uscc", actor->arena, &unit->uscc));
	TRY(take_value(values, "unit_type", actor->arena, &unit->type));
	TRY(take_value(values, "registered_region", actor->arena, &unit->region));
	TRY(take_value(values, "department", actor->arena, &unit->dept_id));
	department = config_department(&actor->config->departments, unit->dept_id);
	if (department && department->region.n)
		unit->region = department->region;
	return 0;
}

int unit_task_accept(struct txn *txn, const struct unit_actor *actor, struct unit *unit, struct submission *submission)
{
	struct submission earlier;
	int result = ERR_ABSENT;

	if (id_is_set(unit->submission) && !id_eq(unit->submission, submission->id))
		result = record_get(txn, &KIND_SUBMISSION, unit->submission, actor->arena, &earlier);
	if (result && result != ERR_ABSENT)
		return result;
	if (!result) {
		earlier.status = SUBMISSION_REPLACED;
		TRY(record_put(txn, &KIND_SUBMISSION, &earlier));
	}
	submission->status = SUBMISSION_ACCEPTED;
	submission->changed_at = actor->now;
	submission->reason = (struct span){ NULL, 0 };
	TRY(record_put(txn, &KIND_SUBMISSION, submission));
	unit->submission = submission->id;
	return take_values(actor, submission, unit);
}

static int reject(struct txn *txn, const struct unit_actor *actor, struct unit *unit, struct submission *submission, struct span reason)
{
	submission->status = SUBMISSION_REJECTED;
	submission->changed_at = actor->now;
	submission->reason = reason;
	TRY(record_put(txn, &KIND_SUBMISSION, submission));
	/* What was handed in stands in the form again, to be replaced where it was wrong. */
	struct files_place place = { .upload = config_upload(actor->config, SPAN(UNIT_FORM)), .owner = submission->owner };
	if (place.upload)
		TRY(files_take_back(txn, actor->arena, submission->id, &place, actor->now, actor->config->files.rejected_life));
	return unit_change(txn, actor, unit, unit->in_force ? UNIT_ON_REJECT_CHANGE : UNIT_ON_REJECT, reason);
}

int unit_task_unit_decided(struct txn *txn, struct request *rq, const struct task *task, bool approved, struct span reason)
{
	struct unit_actor actor = unit_change_actor(rq, task->decided_by);
	struct submission submission;
	struct unit unit;

	TRY(record_get(txn, &KIND_UNIT, task->subject, rq->arena, &unit));
	TRY(record_get(txn, &KIND_SUBMISSION, task->submission, rq->arena, &submission));
	if (unit.status != UNIT_PENDING_DEPT)
		return ERR_CONFLICT;
	if (!approved)
		return reject(txn, &actor, &unit, &submission, reason);
	TRY(unit_task_accept(txn, &actor, &unit, &submission));
	return unit_change(txn, &actor, &unit, UNIT_ON_APPROVE, (struct span){ NULL, 0 });
}

static struct span department_name(struct request *rq, struct span id)
{
	const struct config *config = app_of(rq)->config;
	const struct config_department *department = config_department(&config->departments, id);
	struct span name = department ? config_text(&department->name, request_language(rq) == LANGUAGE_EN ? CONFIG_EN : CONFIG_ZH_CN) : id;

	return name.n ? name : id;
}

int unit_task_unit_show(struct txn *txn, struct request *rq, const struct task *task, struct task_page *page)
{
	struct submission now, before;
	struct unit unit;

	TRY(record_get(txn, &KIND_UNIT, task->subject, rq->arena, &unit));
	TRY(record_get(txn, &KIND_SUBMISSION, task->submission, rq->arena, &now));
	int result = id_is_set(unit.submission) ? record_get(txn, &KIND_SUBMISSION, unit.submission, rq->arena, &before) : ERR_ABSENT;
	if (result && result != ERR_ABSENT)
		return result;
	struct span none = { NULL, 0 }, held = result ? none : unit.name;
	TRY(task_page_add(page, "unit", held, unit.name, TASK_PLAIN));
	TRY(task_page_add(page, "unit_uscc", result ? none : unit.uscc, unit.uscc, TASK_PLAIN));
	TRY(task_page_add(page, "unit_rep", result ? none : unit.rep_name, unit.rep_name, TASK_PLAIN));
	if (unit.dept_id.n)
		TRY(task_page_add(page, "unit_department", department_name(rq, unit.dept_id), department_name(rq, unit.dept_id), TASK_PLAIN));
	return task_page_add_submission(page, result ? NULL : &before, &now);
}

/* ---- memberships */

struct others {
	struct id unit;
	bool any;
};

static int find_other(const void *record, void *arg)
{
	const struct membership *membership = record;
	struct others *others = arg;

	others->any |= !id_eq(membership->unit, others->unit) && (membership->status == MEMBERSHIP_ACTIVE || membership->status == MEMBERSHIP_PENDING_ADMIN);
	return 0;
}

int unit_task_ask(struct txn *txn, const struct unit_actor *actor, const struct account *account, const struct unit *unit)
{
	struct membership probe = { .account = account->id, .unit = unit->id }, membership;
	struct others others = { .unit = unit->id };
	struct task_new task = { .kind = TASK_MEMBERSHIP, .account = account->id, .title = facts_shown_name(account) };
	struct id id;

	TRY(record_each(txn, &KIND_MEMBERSHIP, MEMBERSHIP_BY_ACCOUNT, &probe, actor->arena, find_other, &others));
	if (others.any && !actor->config->membership.several)
		return ERR_UNIT_ONLY_ONE;
	int result = record_find(txn, &KIND_MEMBERSHIP, MEMBERSHIP_BY_PAIR, &probe, actor->arena, &membership);
	if (result && result != ERR_ABSENT)
		return result;
	if (result)
		membership = (struct membership){ .id = sys_new_id(actor->now), .account = account->id, .unit = unit->id };
	if (membership.status == MEMBERSHIP_PENDING_ADMIN || membership.status == MEMBERSHIP_ACTIVE)
		return 0; /* the button was pressed twice */
	task.subject = membership.id;
	TRY(task_queue_unit(unit->id, actor->arena, &task.queue));
	TRY(unit_change_membership(txn, actor, &membership, MEMBERSHIP_ON_CHOOSE, (struct span){ NULL, 0 }));
	return task_open(txn, &task, actor->now, actor->arena, &id);
}

static int grant_everything(struct txn *txn, const struct unit_actor *actor, const struct membership *membership)
{
	const struct config_subsystems *subsystems = &actor->config->subsystems;

	for (size_t i = 0; i < subsystems->n; i++) {
		int result = unit_change_grant(txn, actor, membership->account, membership->unit, subsystems->items[i].id, GRANT_ON_GRANT);

		if (result && result != ERR_CONFLICT) /* granted before, by an import */
			return result;
	}
	return 0;
}

int unit_task_admit(struct txn *txn, const struct unit_actor *actor, struct membership *membership, bool approved, struct span reason)
{
	TRY(unit_change_membership(txn, actor, membership, approved ? MEMBERSHIP_ON_APPROVE : MEMBERSHIP_ON_REJECT, reason));
	return approved && actor->config->membership.mode == CONFIG_MEMBERSHIP_APPROVE ? grant_everything(txn, actor, membership) : 0;
}

int unit_task_member_decided(struct txn *txn, struct request *rq, const struct task *task, bool approved, struct span reason)
{
	struct unit_actor actor = unit_change_actor(rq, task->decided_by);
	struct membership membership;

	TRY(record_get(txn, &KIND_MEMBERSHIP, task->subject, rq->arena, &membership));
	return unit_task_admit(txn, &actor, &membership, approved, approved ? (struct span){ NULL, 0 } : reason);
}

int unit_task_member_show(struct txn *txn, struct request *rq, const struct task *task, struct task_page *page)
{
	static const struct span none;
	struct membership membership;
	struct account account;
	struct unit unit;

	TRY(record_get(txn, &KIND_MEMBERSHIP, task->subject, rq->arena, &membership));
	TRY(record_get(txn, &KIND_ACCOUNT, membership.account, rq->arena, &account));
	TRY(record_get(txn, &KIND_UNIT, membership.unit, rq->arena, &unit));
	TRY(task_page_add(page, "unit", none, unit.name, TASK_PLAIN));
	TRY(task_page_add(page, "name", none, account.name, TASK_PLAIN));
	TRY(task_page_add(page, "login_name", none, account.login_name, TASK_PLAIN));
	TRY(task_page_add(page, "phone", none, account.phone, TASK_MASK_PHONE));
	return task_page_add(page, "email", none, account.email, TASK_MASK_EMAIL);
}

struct settling {
	int kind;
	bool found;
	struct task task;
};

static int take_open(const void *record, void *arg)
{
	const struct task *task = record;
	struct settling *settling = arg;

	if (task->kind != settling->kind || task->status != TASK_OPEN)
		return 0;
	settling->task = *task;
	settling->found = true;
	return TXN_STOP;
}

int unit_task_settle(struct txn *txn, const struct unit_actor *actor, int kind, struct id subject, bool approved, struct span reason)
{
	struct task probe = { .subject = subject };
	struct settling settling = { .kind = kind };

	TRY(record_each(txn, &KIND_TASK, TASK_BY_SUBJECT, &probe, actor->arena, take_open, &settling));
	if (!settling.found)
		return 0;
	settling.task.status = approved ? TASK_APPROVED : TASK_REJECTED;
	settling.task.claimed_by = (struct id){ { 0 } };
	settling.task.decided_by = actor->account;
	settling.task.decided_at = actor->now;
	settling.task.reason = reason;
	return record_put(txn, &KIND_TASK, &settling.task);
}
