/* SPDX-License-Identifier: Apache-2.0 */
/*
 * complete - TASK_ACCOUNT of task_kind.c: what a reviewer sees of a newcomer, and what the decision does to the account (Z8).
 */
#pragma once

#include "broker/endpoint/task.h"

/* The subject is the account, the submission what it filled in. */
MUST_USE int complete_task_decided(struct txn *txn, struct request *rq, const struct task *task, bool approved, struct span reason);
MUST_USE int complete_task_show(struct txn *txn, struct request *rq, const struct task *task, struct task_page *page);
