/* SPDX-License-Identifier: Apache-2.0 */
/*
 * legacy_task - claims of old accounts at the review desk (TASK_LEGACY): somebody who cannot prove it otherwise, somebody whose account another
 * person has bound, and a unit that disputes what is claimed for it.
 */
#pragma once

#include "broker/endpoint/legacy_find.h"
#include "broker/endpoint/task.h"

#define LEGACY_FORM_DISPUTE "legacy-dispute" /* the unit's: submission.subject is the row */

/* The rows that a request means: by login name, phone and verified document, in its system. */
MUST_USE int legacy_task_candidates(struct txn *txn, const struct unit_actor *actor, const struct account *account, const struct submission *submission,
				    struct legacy_list *list);

/* The source of the old account that an open @task (of kind TASK_LEGACY) disputes: somebody has it, and another person or a unit says that it is not
 * theirs. Empty: it only claims one. */
MUST_USE int legacy_task_disputed(struct txn *txn, const struct task *task, struct arena *arena, struct span *ret_source);
#define LEGACY_TASK_DISPUTE SPAN("legacy_taken") /* task.note of a dispute */

/* For task_kind.c. */
int legacy_task_decided(struct txn *txn, struct request *rq, const struct task *task, bool approved, struct span reason);
int legacy_task_show(struct txn *txn, struct request *rq, const struct task *task, struct task_page *page);
int legacy_task_agreed(struct txn *txn, struct request *rq, const struct task *task);
int legacy_task_settled(struct request *rq, const struct task *task);
