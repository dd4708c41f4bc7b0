/* SPDX-License-Identifier: Apache-2.0 */
/*
 * realname_change - the one place that changes an account's real name: claimed, settled by a verifier or a reviewer, lapsed.
 *
 * What somebody claims (realname_claim.h) becomes part of the account, and its number an identifier, only when it is VERIFIED: an unproved claim blocks
 * nobody. Each function asks the transition table
 * (identity/realname.h), writes audit and event, and moves on what hangs on it: grants that wait (M16), the unit (M6), old accounts with the same
 * document (T2, T15), sessions' acr. All of it in the caller's transaction. No document number goes into audit or log. domain.md 1.5
 */
#pragma once

#include "broker/endpoint/realname_claim.h"
#include "broker/endpoint/unit_change.h"
#include "broker/identity/realname.h"
#include "broker/store/records_realname.h"
#include "providers/verify.h"

struct account;

/* Why it failed or waits: account.realname_reason, texts realname.reason.<code>. "rejected": the reviewer's words are in the claim's reason. */
#define REALNAME_REASON_MISMATCH "mismatch"
#define REALNAME_REASON_TAKEN "id_number_taken"
#define REALNAME_REASON_UNIT_TAKEN "unit_taken"
#define REALNAME_REASON_UNAVAILABLE "unavailable"
#define REALNAME_REASON_WINDOW "window"
#define REALNAME_REASON_NOT_CHECKABLE "not_checkable"
#define REALNAME_REASON_REJECTED "rejected"

/* *@account (as read in this transaction) claims @values, what form_json made of the form: CHECKING. An earlier claim that nobody has decided on is
 * replaced, its task withdrawn; a VERIFIED name lapses. The verifier is asked by realname_check, at the latest by the background job.
 * ERR_TOO_MANY: often enough for today. ERR_CLOSED: there is neither verifier nor review. */
MUST_USE int realname_change_submit(struct txn *txn, const struct unit_actor *actor, struct account *account, struct span values);

/* Which claim an answer is about. */
struct realname_asked {
	struct id account, claim;
	struct instant changed_at;
	int64_t attempt; /* from 1 */
};
/* What the verifier said; @retry_at is when to ask again after VERIFY_UNAVAILABLE. Nothing happens when the claim has changed since. *@ret_status:
 * the account's status now. */
MUST_USE int realname_change_settle(struct txn *txn, const struct unit_actor *actor, const struct realname_asked *asked,
				    const struct verify_answer *answer, struct instant retry_at, bool closed, int *ret_status);

/* May documents be handed in? A verifier said no, or none can say anything and nobody is looking at it yet. */
bool realname_change_may_review(const struct config *config, const struct account *account);
/* Documents were handed in with the claim (files_attach by the caller): MANUAL_PENDING, and a task for a reviewer. ERR_CONFLICT: nothing to review. */
MUST_USE int realname_change_review(struct txn *txn, const struct unit_actor *actor, struct account *account, const struct submission *claim);
/* The reviewer's decision on @claim. ERR_CONFLICT: it is not this claim that waits. ERR_ID_NUMBER_TAKEN, ERR_UNIT_TAKEN: cannot be approved. */
MUST_USE int realname_change_approve(struct txn *txn, const struct unit_actor *actor, struct id account, struct id claim);
MUST_USE int realname_change_reject(struct txn *txn, const struct unit_actor *actor, struct id account, struct id claim, struct span reason);

/* Name or number of *@account are about to be changed elsewhere: a VERIFIED or EXPIRED name becomes NONE, the number is no identifier any more.
 * The caller puts the account. */
MUST_USE int realname_change_edited(struct txn *txn, const struct unit_actor *actor, struct account *account);
/* An upstream or the operator vouches for @account: VERIFIED at @level by @method, also without a number. Puts the account. */
MUST_USE int realname_change_vouched(struct txn *txn, const struct unit_actor *actor, struct account *account, int64_t level, struct span method);
/* The validity of the document of *@account has passed. */
MUST_USE int realname_change_expire(struct txn *txn, const struct unit_actor *actor, struct account *account);
/* Ask the verifier again, or look at the validity again, at @when. Puts no account: realname_retry_at is the caller's. */
MUST_USE int realname_change_due(struct txn *txn, const struct account *account, enum realname_due_what what, struct instant when, int64_t attempt);
