/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/identity/task_rule.h"

#include "broker/base/encode.h"
#include "broker/store/records_review.h"
#include "broker/store/records_staff.h"

/* ---- roles */

bool task_rule_roles_agree(int64_t roles)
{
	static const int64_t alone = STAFF_SYSTEM | STAFF_SECURITY | STAFF_AUDIT, all = alone | STAFF_REVIEWER | STAFF_SUPPORT | STAFF_OPERATOR;

	if (roles <= 0 || roles & ~all)
		return false;
	/* An administrator has exactly one bit: separation of duties (GB/T 22239-2019 8.1.4). */
	return !(roles & alone) || !(roles & (roles - 1));
}

bool task_rule_has_role_anywhere(const struct task_rule_person *person, int64_t roles)
{
	for (size_t i = 0; person->is_staff && i < person->n_appointments; i++)
		if (person->appointments[i].roles & roles)
			return true;
	return false;
}

bool task_rule_has_role(const struct task_rule_person *person, int64_t roles)
{
	for (size_t i = 0; person->is_staff && i < person->n_appointments; i++)
		if (person->appointments[i].roles & roles && !person->appointments[i].dept.n)
			return true;
	return false;
}

/* ---- queues */

static bool is_queue(struct span queue, struct span prefix, struct span *ret_rest)
{
	if (!span_starts(queue, prefix))
		return false;
	*ret_rest = (struct span){ queue.p + prefix.n, queue.n - prefix.n };
	return ret_rest->n > 0;
}

static bool administers(const struct task_rule_person *person, struct span text)
{
	struct id unit;

	if (encode_id_decode(text, &unit))
		return false;
	for (size_t i = 0; i < person->n_units; i++)
		if (id_eq(person->units[i], unit))
			return true;
	return false;
}

/* With one of @roles, in a department at or above the queue's. */
static bool is_appointed(const struct task_rule_person *person, int64_t roles, struct span queue)
{
	struct span dept;

	if (task_rule_has_role(person, roles))
		return true;
	if (!is_queue(queue, SPAN("dept:"), &dept))
		return false;
	for (size_t i = 0; person->is_staff && i < person->n_appointments; i++) {
		const struct appointment *a = &person->appointments[i];

		if (a->roles & roles && a->dept.n && person->is_within(dept, a->dept, person->arg))
			return true;
	}
	return false;
}

/* Those who decide, and those who only look on. */
static bool works_on(const struct task_rule_person *person, struct span queue)
{
	struct span unit;

	if (is_queue(queue, SPAN("unit:"), &unit) && administers(person, unit))
		return true;
	return is_appointed(person, STAFF_REVIEWER, queue);
}

bool task_rule_sees_queue(const struct task_rule_person *person, struct span queue)
{
	return works_on(person, queue) || is_appointed(person, STAFF_SUPPORT, queue);
}

bool task_rule_sees_all(const struct task_rule_person *person)
{
	return task_rule_has_role(person, STAFF_REVIEWER | STAFF_SUPPORT);
}

/* ---- actions */

bool task_rule_is_claimed(const struct task *task, struct instant now)
{
	return id_is_set(task->claimed_by) && instant_before(now, task->claimed_until);
}

/* Who asked, or whose own affair it is: the same person reviews nothing of it. */
bool task_rule_is_own(const struct task_rule_person *person, const struct task *task)
{
	return id_eq(person->account, task->account) || id_eq(person->account, task->subject);
}

int task_rule_check(const struct task_rule_person *person, enum task_action action, const struct task *task, struct instant now)
{
	if (!task_rule_sees_queue(person, task->queue))
		return ERR_ABSENT;
	if (action == TASK_ACT_SEE)
		return 0;
	if (!works_on(person, task->queue) || task_rule_is_own(person, task))
		return ERR_FORBIDDEN;
	if (action == TASK_ACT_REVEAL)
		return 0;
	if (task->status != TASK_OPEN)
		return ERR_TASK_TAKEN;
	bool is_mine = id_eq(task->claimed_by, person->account);
	if (action == TASK_ACT_RELEASE)
		return is_mine ? 0 : ERR_FORBIDDEN;
	if (!is_mine && task_rule_is_claimed(task, now))
		return ERR_TASK_TAKEN;
	return id_eq(task->first_by, person->account) ? ERR_CONFLICT : 0;
}

void task_rule_claim(struct task *task, struct id account, struct instant now, int64_t life)
{
	task->claimed_by = account;
	task->claimed_until = instant_add(now, life);
}

void task_rule_release(struct task *task)
{
	task->claimed_by = (struct id){ { 0 } };
	task->claimed_until = (struct instant){ 0 };
}

bool task_rule_decide(struct task *task, struct id account, bool approved, struct span reason, bool four_eyes, struct instant now)
{
	task_rule_release(task);
	if (approved && four_eyes && !id_is_set(task->first_by)) {
		task->first_by = account;
		task->first_at = now;
		return false;
	}
	task->status = approved ? TASK_APPROVED : TASK_REJECTED;
	task->decided_by = account;
	task->decided_at = now;
	task->reason = reason;
	return true;
}
