/* SPDX-License-Identifier: Apache-2.0 */
/*
 * staff - appointments of staff accounts: one way for the command line and for the security administrator's page.
 */
#pragma once

#include "broker/endpoint/audit.h"
#include "broker/endpoint/unit_change.h"

struct account;
struct appointment;

/* "reviewer,support" and back. ERR_INVALID for an unknown word or none. */
MUST_USE int staff_roles_of(struct span text, int64_t *ret_roles);
MUST_USE int staff_roles_text(int64_t roles, struct arena *arena, struct span *ret_text);
/* 0, or ERR_CONFLICT: they exclude each other, or an administrator of the whole platform would have a department. */
MUST_USE int staff_roles_agree(int64_t roles, struct span dept);

/* @appointment->account holds @appointment->roles in @appointment->dept from now on, instead of what it held there. ERR_CONFLICT: with what it holds
 * elsewhere they do not agree, or it is no staff account. */
MUST_USE int staff_appoint(struct txn *txn, const struct unit_actor *actor, const struct appointment *appointment);
/* End the appointment in @dept; empty: every one. *@ret_n: how many. Sessions end, too. */
MUST_USE int staff_dismiss(struct txn *txn, const struct unit_actor *actor, struct id account, struct span dept, size_t *ret_n);
/* The same for exactly @dept, where empty is the whole platform. */
MUST_USE int staff_dismiss_in(struct txn *txn, const struct unit_actor *actor, struct id account, struct span dept, size_t *ret_n);
/* The second factor is forgotten, sessions end, and what else stands in @account is kept (a new first password). */
MUST_USE int staff_reset(struct txn *txn, const struct unit_actor *actor, struct account *account);
