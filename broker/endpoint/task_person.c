/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/task_person.h"

#include "broker/endpoint/task.h"

static bool is_within(struct span dept, struct span above, void *arg)
{
	return span_eq(dept, above);
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

/* A staff session has both factors or it is none (flow/gate.h); that the list says so is looked at again here. */
static bool has_two_factors(const struct session *session)
{
	for (size_t i = 0; i < session->amr.n; i++)
		if (span_is(session->amr.items[i], "mfa"))
			return true;
	return false;
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
		if (!result && unit.status == UNIT_EFFECTIVE)
			person->units[n++] = person->units[i];
	}
	person->rule.n_units = n;
	return 0;
}

int task_person_load(struct txn *txn, struct request *rq, const struct visitor *visitor, struct task_person *ret_person)
{
	const struct account *account = &visitor->facts.account;
	struct appointment appointment = { .account = account->id };
	struct membership membership = { .account = account->id };

	*ret_person = (struct task_person){ .rule = { .account = account->id, .is_within = is_within } };
	ret_person->rule.appointments = ret_person->appointments;
	ret_person->rule.units = ret_person->units;
	switch (account->namespace_) {
	case NAMESPACE_STAFF:
		ret_person->rule.is_staff = has_two_factors(&visitor->session);
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

int task_may_see(struct txn *txn, struct request *rq, const struct visitor *visitor, const struct task *task)
{
	struct task_person person;

	if (!visitor->has_session)
		return ERR_FORBIDDEN;
	TRY(task_person_load(txn, rq, visitor, &person));
	/* Documents are personal: who only looks on sees the values masked and no file. */
	return task_rule_check(&person.rule, TASK_ACT_REVEAL, task, rq->now) ? ERR_FORBIDDEN : 0;
}
