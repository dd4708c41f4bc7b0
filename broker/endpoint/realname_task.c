/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/realname_task.h"

#include "broker/endpoint/realname_change.h"
#include "broker/store/records_review.h"

static int check_unit(struct txn *txn, struct request *rq, struct id id)
{
	struct account account;
	struct unit unit;

	TRY(record_get(txn, &KIND_ACCOUNT, id, rq->arena, &account));
	if (account.namespace_ != NAMESPACE_LEGAL || !id_is_set(account.unit))
		return 0;
	TRY(record_get(txn, &KIND_UNIT, account.unit, rq->arena, &unit));
	return unit.status == UNIT_DISSOLVED ? ERR_UNIT_DISSOLVED : 0;
}

int realname_task_decided(struct txn *txn, struct request *rq, const struct task *task, bool approved, struct span reason)
{
	struct unit_actor actor = unit_change_actor(rq, task->decided_by);

	if (approved)
		TRY(check_unit(txn, rq, task->subject));
	return approved ? realname_change_approve(txn, &actor, task->subject, task->submission) :
			  realname_change_reject(txn, &actor, task->subject, task->submission, reason);
}

struct earlier {
	struct id now;
	struct submission accepted;
	bool found;
};

static int take_accepted(const void *record, void *arg)
{
	const struct submission *submission = record;
	struct earlier *earlier = arg;

	if (submission->status != SUBMISSION_ACCEPTED || id_eq(submission->id, earlier->now))
		return 0;
	earlier->accepted = *submission;
	earlier->found = true;
	return 0;
}

/* The claim beside the one that was accepted last. */
int realname_task_show(struct txn *txn, struct request *rq, const struct task *task, struct task_page *page)
{
	struct earlier earlier = { .now = task->submission };
	struct submission claim;

	TRY(record_get(txn, &KIND_SUBMISSION, task->submission, rq->arena, &claim));
	TRY(record_each(txn, &KIND_SUBMISSION, SUBMISSION_BY_SUBJECT, &claim, rq->arena, take_accepted, &earlier));
	return task_page_add_submission(page, earlier.found ? &earlier.accepted : NULL, &claim);
}
