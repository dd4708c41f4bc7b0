/* SPDX-License-Identifier: Apache-2.0 */
/*
 * appeal - who has lost the phone or the login name hands in documents, and a reviewer decides whose account it is (M8, M10, T3).
 *
 * appeal.c takes the appeal, appeal_task.c shows it at the review desk and keeps the decision, appeal_link.c sends the one-time link,
 * appeal_state.c tells how it stands. An appeal is a submission without an owner and a task in the platform's queue. The contact's phone is proved
 * by a code before anything is submitted; whether such a unit or person exists shows nowhere.
 */
#pragma once

#include "broker/endpoint/task.h"

/* interaction.stage */
#define APPEAL_NAMED SPAN("appeal-named") /* the unit's name was given (M10: 检索单位名称) */
#define APPEAL_DONE SPAN("appealed")      /* the draft holds the receipt */
#define APPEAL_KNOWN SPAN("appeal-known") /* the state was asked for rightly: interaction.subject is the submission */

#define APPEAL_RECEIPT_DIGITS 12

bool appeal_is_open(const struct request *rq, bool is_legal);
bool appeal_is_legal(const struct submission *appeal);
/* A value of the form, in the arena; empty when it was not given. */
MUST_USE int appeal_value(const struct submission *appeal, const char *name, struct arena *arena, struct span *ret_value);

/* Where an approved appeal stands. */
enum appeal_state { APPEAL_SUBMITTED, APPEAL_APPROVED, APPEAL_USED, APPEAL_EXPIRED, APPEAL_REJECTED };
enum appeal_state appeal_state_of(const struct request *rq, const struct submission *appeal);

/* After the decision is durable: a new link to the contact's phone, any earlier one is dead. Does not wait for the gateway. ERR_EXPIRED: the time
 * for it is over, or it was used. */
MUST_USE int appeal_send_link(struct request *rq, struct id appeal);

/* for task_kind.c */
int appeal_agreed(struct txn *txn, struct request *rq, const struct task *task);
int appeal_decided(struct txn *txn, struct request *rq, const struct task *task, bool approved, struct span reason);
int appeal_show(struct txn *txn, struct request *rq, const struct task *task, struct task_page *page);
int appeal_settled(struct request *rq, const struct task *task);
