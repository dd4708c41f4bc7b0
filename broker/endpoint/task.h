/* SPDX-License-Identifier: Apache-2.0 */
/*
 * task - one decision that a person must take: opened where something is submitted, shown and decided on at the review desk (desk.c).
 *
 * What a decision does to its subject belongs to the subject's owner: one row per kind names two functions. Who may see, claim and decide is a
 * pure rule (broker/identity/task_rule.h). domain.md 1.5: T17, J4, M4, M10, Z8.
 */
#pragma once

#include "broker/endpoint/session.h"

struct submission;
struct task;

/* ---- for those who submit */

struct task_new {
	int kind;           /* enum task_kind */
	struct span queue;  /* task_queue_platform, task_queue_dept, task_queue_unit */
	struct id subject;  /* account, unit or membership, by kind */
	struct id account;  /* who asks; zero: nobody is logged in */
	struct id submission; /* zero: the subject speaks for itself */
	struct span title;  /* name of the person or unit, as the list shows it */
	struct span note;   /* why it did not go by itself: a code of error.h ("realname_mismatch"), or empty */
};

/* "platform", "dept:<id>", "unit:<uuid>". FAULT_MEMORY. */
#define TASK_QUEUE_PLATFORM SPAN("platform")
MUST_USE int task_queue_dept(struct span dept, struct arena *arena, struct span *ret_queue);
MUST_USE int task_queue_unit(struct id unit, struct arena *arena, struct span *ret_queue);

/* In the transaction that submits. An open task of the same kind and subject becomes WITHDRAWN: the newest submission is what is decided on. */
MUST_USE int task_open(struct txn *txn, const struct task_new *task, struct instant now, struct arena *arena, struct id *ret_id);
/* Nothing is asked any more. No open task is no error. */
MUST_USE int task_withdraw(struct txn *txn, int kind, struct id subject, struct instant now, struct arena *arena);

/* ---- for the owners of subjects */

/* How a value is shown. What is not plain is masked until the reviewer asks to see it, which the audit records (domain.md 4.4). */
enum task_mask { TASK_PLAIN, TASK_MASK_ID_NUMBER, TASK_MASK_DOCUMENT, TASK_MASK_PHONE, TASK_MASK_EMAIL, TASK_MASK_BANK };

/* The page being filled. */
struct task_page {
	struct request *rq;
	json_t *data;      /* of the whole page, for what only one kind has */
	json_t *rows;      /* [{name, before, now, changed, is_masked}] */
	bool reveal;       /* personal values in full */
	bool is_masked;    /* something was hidden */
	struct id submission; /* whose files are listed (task->submission at first; a show function may name another) */
};

/* One line, side by side: label is the text form.label.<name>, else field.<name>; @before is what holds now, empty for none; a difference is marked. Lines that are empty
 * on both sides are left out. */
MUST_USE int task_page_add(struct task_page *page, const char *name, struct span before, struct span now, enum task_mask mask);
/* Every value of a submission beside those of an earlier one (NULL: none), under the labels of its form; codes by what they mean; numbers of documents, phones … are masked by their field's type. */
MUST_USE int task_page_add_submission(struct task_page *page, const struct submission *before, const struct submission *now);

/* What is shown without a show function: the submission beside the newest accepted one of the same form and subject. */
MUST_USE int task_page_default(struct txn *txn, struct request *rq, const struct task *task, struct task_page *page);

struct task_kind_row {
	int kind;
	const char *name; /* "unit": texts task.kind.<name>; a key of review.due and a value of review.four_eyes */
	/* In the transaction that keeps the decision, after every rule has agreed (with four eyes: only when the second has). Moves the subject on,
	 * writes its audit record and event. Runs again when the transaction does. ERR_CONFLICT: the subject is in no state to be decided on. */
	int (*decided)(struct txn *txn, struct request *rq, const struct task *task, bool approved, struct span reason);
	/* In a snapshot: fills the page. NULL: task_page_default. */
	int (*show)(struct txn *txn, struct request *rq, const struct task *task, struct task_page *page);
	/* In the transaction that keeps it, when the first of two has approved (four eyes), where they chose something that the second must agree with. NULL: nothing. What
	 * ERR_FIELD_EMPTY and ERR_ABSENT of decided and agreed blame is the field "account". */
	int (*agreed)(struct txn *txn, struct request *rq, const struct task *task);
	/* After the final decision is durable. NULL: nothing but the notice of review.notify. A failure is logged and changes nothing. */
	int (*settled)(struct request *rq, const struct task *task);
};

/* The row of @kind; NULL for none. */
const struct task_kind_row *task_kind_row(int kind);
/* In order; NULL past the end. */
const struct task_kind_row *task_kind_at(size_t i);

/* Owners: name your two functions in the table of task_kind.c and declare them here. */

/* ---- for everybody who shows what belongs to a task */

/* May the person of this session look at @task and what belongs to it: documents (broker/endpoint/files.h)? 0, or ERR_FORBIDDEN. */
MUST_USE int task_may_see(struct txn *txn, struct request *rq, const struct visitor *visitor, const struct task *task);
