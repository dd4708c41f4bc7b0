/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/link_task.h"

#include "broker/base/json.h"
#include "broker/endpoint/external_link.h"
#include "broker/endpoint/link_history.h"
#include "broker/store/records_review.h"
#include "broker/store/records_upstream.h"

int link_task_decided(struct txn *txn, struct request *rq, const struct task *task, bool approved, struct span reason)
{
	struct unit_actor actor = unit_change_actor(rq, task->decided_by);
	struct external_link link;
	int result = record_get(txn, &KIND_EXTERNAL_LINK, task->subject, rq->arena, &link);

	if (result == ERR_ABSENT || !approved) /* the person has taken it away meanwhile */
		return 0;
	TRY(result);
	return external_link_end(txn, &actor, &link, reason.n ? reason : SPAN("review"));
}

int link_task_show(struct txn *txn, struct request *rq, const struct task *task, struct task_page *page)
{
	struct submission told;
	struct account account;
	JSON *values = NULL;

	TRY(record_get(txn, &KIND_ACCOUNT, task->account, rq->arena, &account));
	TRY(record_get(txn, &KIND_SUBMISSION, task->submission, rq->arena, &told));
	if (json_read_object(told.values, &values))
		return FAULT(FAULT_CORRUPT, "a conflict that is no object");
	struct span name = arena_dup(rq->arena, json_get_span(values, "name")), number = arena_dup(rq->arena, json_get_span(values, "id_number"));
	TRY(task_page_add(page, "name", account.name, name, TASK_PLAIN));
	TRY(task_page_add(page, "id_number", account.id_number, number, TASK_MASK_ID_NUMBER));
	return link_history_add(txn, rq, account.id, true, page->data);
}
