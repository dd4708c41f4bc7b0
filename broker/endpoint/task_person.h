/* SPDX-License-Identifier: Apache-2.0 */
/*
 * task_person - who sits at the review desk: the session's account with its appointments and the units it administers, as the rules take it.
 */
#pragma once

#include "broker/endpoint/session.h"
#include "broker/identity/task_rule.h"
#include "broker/store/records_staff.h"

#define TASK_PERSON_UNITS 16
#define TASK_PERSON_APPOINTMENTS 16
#define TASK_PERSON_QUEUES 64

struct task_person {
	struct task_rule_person rule; /* points into the following */
	struct appointment appointments[TASK_PERSON_APPOINTMENTS];
	struct id units[TASK_PERSON_UNITS];
	struct span unit_names[TASK_PERSON_UNITS];
};

/* Of @visitor's session, which must be there. Never copied: rule points into it. */
MUST_USE int task_person_load(struct txn *txn, struct request *rq, const struct visitor *visitor, struct task_person *ret_person);

/* The queues that are theirs by name, at most TASK_PERSON_QUEUES; who sees all has the platform's and every department's here. */
MUST_USE int task_person_queues(const struct task_person *person, struct request *rq, struct span *ret_queues, size_t *ret_n);
/* Name of department or unit of @queue; empty for the platform's. */
struct span task_person_queue_name(const struct task_person *person, struct request *rq, struct span queue);
