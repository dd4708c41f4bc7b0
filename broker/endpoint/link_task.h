/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link_task - a provider has verified somebody else than we have: a reviewer sees both, and may end the link (approve) or leave it (reject).
 */
#pragma once

#include "broker/endpoint/task.h"

MUST_USE int link_task_decided(struct txn *txn, struct request *rq, const struct task *task, bool approved, struct span reason);
MUST_USE int link_task_show(struct txn *txn, struct request *rq, const struct task *task, struct task_page *page);
