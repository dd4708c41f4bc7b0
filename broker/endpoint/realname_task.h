/* SPDX-License-Identifier: Apache-2.0 */
/*
 * realname_task - TASK_REALNAME of task_kind.c: what a reviewer sees of a claimed real name, and what the decision does (M4, M6). The subject is the
 * account, the submission its claim.
 */
#pragma once

#include "broker/endpoint/task.h"

MUST_USE int realname_task_decided(struct txn *txn, struct request *rq, const struct task *task, bool approved, struct span reason);
MUST_USE int realname_task_show(struct txn *txn, struct request *rq, const struct task *task, struct task_page *page);
