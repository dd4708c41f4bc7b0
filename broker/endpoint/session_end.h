/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session_end - the one place where the record of a session ends, whoever ends it: the person here or on another device, an operator, a new password, an account
 * that is suspended or closed, the upstream. Its tokens end with it (token_live.c), and who is to know is told (logout_notice.h).
 *
 * A session that expires is not ended by anybody and nobody is told: at the upstream the person may be at work in other systems, and at a client, too; that they
 * have not been seen here for a while is no reason to throw them out there (RP-Initiated Logout 1.0 and Back-Channel Logout 1.0 speak of the end-user logging
 * out). What it was worth ends all the same: its tokens are dead, and a client that asks for new ones learns it. Nor does a restore tell (backup.h): the sessions that
 * it drops are those of the copy's time, and the copy may be opened beside the original, whose sessions go on.
 */
#pragma once

#include "broker/endpoint/logout_notice.h"

struct account;

/* Gone already is as good as ended. */
MUST_USE int session_end(struct txn *txn, const struct unit_actor *actor, struct id session);
/* The same for one that was read in this transaction. *@ret_upstream as logout_notice_add. */
MUST_USE int session_end_by(struct txn *txn, const struct unit_actor *actor, const struct session *session, const struct logout_way *way, struct id *ret_upstream);
/* Every session of @session's account but @session itself. */
MUST_USE int session_end_others(struct txn *txn, const struct unit_actor *actor, const struct session *session);
/* Nothing that began before @from holds: @account->not_before, which the caller stores, for tokens and what else is under way; and every session. */
MUST_USE int session_end_all(struct txn *txn, const struct unit_actor *actor, struct account *account, struct instant from);
