/* SPDX-License-Identifier: Apache-2.0 */
/*
 * task_person - who sits at the review desk: the session's account with its appointments and the units it administers, as the rules take it.
 */
#pragma once

#include "broker/endpoint/session.h"
#include "broker/identity/task_rule.h"

#define TASK_PERSON_UNITS 16
#define TASK_PERSON_APPOINTMENTS 16

struct task_person {
	struct task_rule_person rule; /* points into the following */
	struct appointment appointments[TASK_PERSON_APPOINTMENTS];
	struct id units[TASK_PERSON_UNITS];
};

/* Of @visitor's session, which must be there. Never copied: rule points into it. */
MUST_USE int task_person_load(struct txn *txn, struct request *rq, const struct visitor *visitor, struct task_person *ret_person);
