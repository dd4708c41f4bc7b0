/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/task_person.h"

#include "broker/base/encode.h"
#include "broker/endpoint/page.h"
#include "broker/endpoint/task.h"
#include "broker/store/records_review.h"
#include "conf/config.h"

static bool is_within(struct span dept, struct span above, void *arg)
{
	return config_is_below(arg, dept, above);
}

static int take_appointment(const void *record, void *arg)
{
	struct task_person *person = arg;

	if (person->rule.n_appointments == TASK_PERSON_APPOINTMENTS)
		return TXN_STOP;
	person->appointments[person->rule.n_appointments++] = *(const struct appointment *)record;
	return 0;
}

static int take_membership(const void *record, void *arg)
{
	const struct membership *membership = record;
	struct task_person *person = arg;

	if (membership->status != MEMBERSHIP_ACTIVE || membership->role != MEMBERSHIP_ROLE_ADMIN)
		return 0;
	if (person->rule.n_units == TASK_PERSON_UNITS)
		return TXN_STOP;
	person->units[person->rule.n_units++] = membership->unit;
	return 0;
}

/* A unit that no longer counts has no administrators (J4: the gate asks for effective units, too). */
static int drop_dead_units(struct txn *txn, struct request *rq, struct task_person *person)
{
	size_t n = 0;

	for (size_t i = 0; i < person->rule.n_units; i++) {
		struct unit unit;
		int result = record_get(txn, &KIND_UNIT, person->units[i], rq->arena, &unit);

		if (result && result != ERR_ABSENT)
			return result;
		if (!result && (unit.status == UNIT_EFFECTIVE || (unit.status == UNIT_PENDING_DEPT && unit.in_force))) {
			person->unit_names[n] = unit.name;
			person->units[n++] = person->units[i];
		}
	}
	person->rule.n_units = n;
	return 0;
}

int task_person_load(struct txn *txn, struct request *rq, const struct visitor *visitor, struct task_person *ret_person)
{
	const struct account *account = &visitor->facts.account;
	struct appointment appointment = { .account = account->id };
	struct membership membership = { .account = account->id };

	*ret_person = (struct task_person){ .rule = { .account = account->id, .is_within = is_within,
						       .arg = (void *)(uintptr_t)&app_of(rq)->config->departments } };
	ret_person->rule.appointments = ret_person->appointments;
	ret_person->rule.units = ret_person->units;
	switch (account->namespace_) {
	case NAMESPACE_STAFF:
		ret_person->rule.is_staff = session_has_two_factors(&visitor->session); /* the gate has seen to it (flow/gate.h) */
		return record_each(txn, &KIND_APPOINTMENT, APPOINTMENT_BY_ACCOUNT, &appointment, rq->arena, take_appointment, ret_person);
	case NAMESPACE_LEGAL:
		if (id_is_set(account->unit))
			ret_person->units[ret_person->rule.n_units++] = account->unit;
		break;
	default:
		TRY(record_each(txn, &KIND_MEMBERSHIP, MEMBERSHIP_BY_ACCOUNT, &membership, rq->arena, take_membership, ret_person));
	}
	return drop_dead_units(txn, rq, ret_person);
}

static int add(struct span *queues, size_t *n, int result)
{
	if (result)
		return result;
	if (*n < TASK_PERSON_QUEUES - 1)
		++*n;
	return 0;
}

int task_person_queues(const struct task_person *person, struct request *rq, struct span *ret_queues, size_t *ret_n)
{
	const struct config_departments *departments = &app_of(rq)->config->departments;
	size_t n = 0;

	if (task_rule_sees_queue(&person->rule, TASK_QUEUE_PLATFORM))
		ret_queues[n++] = TASK_QUEUE_PLATFORM;
	for (size_t i = 0; i < departments->n; i++) {
		TRY(task_queue_dept(departments->items[i].id, rq->arena, &ret_queues[n]));
		if (task_rule_sees_queue(&person->rule, ret_queues[n]) && n < TASK_PERSON_QUEUES - 1)
			n++;
	}
	/* Departments that the configuration does not name any more. */
	for (size_t i = 0; i < person->rule.n_appointments; i++)
		if (person->appointments[i].dept.n && person->appointments[i].roles & (STAFF_REVIEWER | STAFF_SUPPORT) &&
		    !config_department(departments, person->appointments[i].dept))
			TRY(add(ret_queues, &n, task_queue_dept(person->appointments[i].dept, rq->arena, &ret_queues[n])));
	for (size_t i = 0; i < person->rule.n_units; i++)
		TRY(add(ret_queues, &n, task_queue_unit(person->units[i], rq->arena, &ret_queues[n])));
	*ret_n = n;
	return 0;
}

struct span task_person_queue_name(const struct task_person *person, struct request *rq, struct span queue)
{
	struct span rest = queue, kind = span_cut(&rest, ':');
	struct id unit;

	if (span_is(kind, "dept")) {
		const struct config_department *department = config_department(&app_of(rq)->config->departments, rest);

		return department ? page_text(rq, &department->name) : rest;
	}
	for (size_t i = 0; span_is(kind, "unit") && !encode_id_decode(rest, &unit) && i < person->rule.n_units; i++)
		if (id_eq(unit, person->units[i]))
			return person->unit_names[i];
	return (struct span){ NULL, 0 };
}

int task_may_see(struct txn *txn, struct request *rq, const struct visitor *visitor, const struct task *task)
{
	struct task_person person;

	if (!visitor->has_session)
		return ERR_FORBIDDEN;
	TRY(task_person_load(txn, rq, visitor, &person));
	/* Documents are personal: who only looks on sees the values masked and no file. */
	return task_rule_check(&person.rule, TASK_ACT_REVEAL, task, rq->now) ? ERR_FORBIDDEN : 0;
}
