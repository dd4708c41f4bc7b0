/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/task.h"

#include "broker/base/encode.h"
#include "broker/base/sys.h"
#include "broker/store/records_review.h"

static int text(char *text, struct span *ret_text)
{
	*ret_text = span_of(text);
	return text ? 0 : FAULT_MEMORY;
}

int task_queue_dept(struct span dept, struct arena *arena, struct span *ret_queue)
{
	return text(arena_printf(arena, "dept:" SPAN_FMT, SPAN_ARG(dept)), ret_queue);
}

int task_queue_unit(struct id unit, struct arena *arena, struct span *ret_queue)
{
	char id[37];

	encode_id(id, unit);
	return text(arena_printf(arena, "unit:%s", id), ret_queue);
}

/* ---- opened and withdrawn */

struct open_task {
	int kind;
	bool found;
	struct task task;
};

static int take_open(const void *record, void *arg)
{
	const struct task *task = record;
	struct open_task *open = arg;

	if (task->kind != open->kind || task->status != TASK_OPEN)
		return 0;
	open->task = *task;
	open->found = true;
	return TXN_STOP;
}

int task_withdraw(struct txn *txn, int kind, struct id subject, struct instant now, struct arena *arena)
{
	struct open_task open = { .kind = kind };
	struct task probe = { .subject = subject };

	TRY(record_each(txn, &KIND_TASK, TASK_BY_SUBJECT, &probe, arena, take_open, &open));
	if (!open.found)
		return 0;
	open.task.status = TASK_WITHDRAWN;
	open.task.decided_at = now;
	open.task.claimed_by = (struct id){ { 0 } };
	return record_put(txn, &KIND_TASK, &open.task);
}

int task_open(struct txn *txn, const struct task_new *new, struct instant now, struct arena *arena, struct id *ret_id)
{
	struct task task = { .id = sys_new_id(now), .created_at = now, .kind = new->kind, .status = TASK_OPEN, .queue = new->queue, .subject = new->subject,
			     .account = new->account, .submission = new->submission, .title = new->title, .note = new->note };

	TRY(task_withdraw(txn, new->kind, new->subject, now, arena));
	TRY(record_insert(txn, &KIND_TASK, &task));
	*ret_id = task.id;
	return 0;
}
