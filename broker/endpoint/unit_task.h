/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit_task - what a decision does to a unit and to a membership, and what its reviewer sees (T17, J4).
 */
#pragma once

#include "broker/endpoint/task.h"
#include "broker/endpoint/unit_change.h"

#define UNIT_FORM "unit-supplement"

/* ---- rows of task_kind.c */
MUST_USE int unit_task_unit_decided(struct txn *txn, struct request *rq, const struct task *task, bool approved, struct span reason);
MUST_USE int unit_task_unit_show(struct txn *txn, struct request *rq, const struct task *task, struct task_page *page);
MUST_USE int unit_task_member_decided(struct txn *txn, struct request *rq, const struct task *task, bool approved, struct span reason);
MUST_USE int unit_task_member_show(struct txn *txn, struct request *rq, const struct task *task, struct task_page *page);

/* ---- the same, where it is not decided at the desk */

/* What @submission says holds for *@unit from now on; the one that held before is REPLACED. The unit is not stored yet: the caller goes on with
 * unit_change or unit_change_save. */
MUST_USE int unit_task_accept(struct txn *txn, const struct unit_actor *actor, struct unit *unit, struct submission *submission);
/* @account asks to be admitted to @unit; who asked before or belongs to it already has done so. ERR_UNIT_ONLY_ONE: they belong to another one, and
 * membership.several is off. */
MUST_USE int unit_task_ask(struct txn *txn, const struct unit_actor *actor, const struct account *account, const struct unit *unit);
/* Admit or turn down. With membership.mode "approve" every subsystem is granted. */
MUST_USE int unit_task_admit(struct txn *txn, const struct unit_actor *actor, struct membership *membership, bool approved, struct span reason);
/* The open task about @subject was decided elsewhere: on the page of members. No open task is no error. */
MUST_USE int unit_task_settle(struct txn *txn, const struct unit_actor *actor, int kind, struct id subject, bool approved, struct span reason);

/* The newest submission of the supplement about @unit. ERR_ABSENT. */
MUST_USE int unit_task_newest(struct txn *txn, struct arena *arena, struct id unit, struct submission *ret_submission);
