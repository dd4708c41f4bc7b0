/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit_change - the one place that changes units, memberships and grants.
 *
 * Each function asks the transition table (identity/unit_state.h), writes the record and its search index, ends what hangs on it, and writes
 * audit and event, all in the caller's transaction. Nobody else puts these records.
 *
 * What ends with what: a membership that ends revokes its grants, withdraws its open task and ends acting for the unit; so do suspension and
 * dissolution of the unit for everybody. Sessions go on as the person; tokens that were issued for the unit are dead at once, since the gate asks
 * again at every use (flow/gate.h), and stay dead when the membership begins anew.
 */
#pragma once

#include "broker/endpoint/app.h"
#include "broker/identity/unit_state.h"

/* Who changes it, and when. */
struct unit_actor {
	const struct request *rq; /* NULL: the operator on the command line, or a job */
	struct id account;        /* the person who does it; zero: nobody */
	const struct config *config;
	struct instant now;
	struct arena *arena;      /* for what is read on the way */
};
struct unit_actor unit_change_actor(const struct request *rq, struct id account);

/* A new unit, REGISTERED unless its status is set; its id and uscc by the caller. ERR_CONFLICT: the credit code is taken. */
MUST_USE int unit_change_new(struct txn *txn, const struct unit_actor *actor, struct unit *unit);
/* The record as it stands in @unit, whose status has not changed: name, department, representative … */
MUST_USE int unit_change_save(struct txn *txn, const struct unit_actor *actor, const struct unit *unit);
/* The operator says how the unit is: every member as it stands in @unit, the status too, whatever the table says. */
MUST_USE int unit_change_put(struct txn *txn, const struct unit_actor *actor, struct unit *unit);
/* @event happens to *@unit (as read in this transaction; other members may have been changed with it). ERR_CONFLICT when it means nothing now. */
MUST_USE int unit_change(struct txn *txn, const struct unit_actor *actor, struct unit *unit, enum unit_event event, struct span reason);
/* The real names of the unit and of its representative are verified: REGISTERED goes on to NEEDS_SUPPLEMENT, or is EFFECTIVE where no
 * supplement is asked for. Nothing happens in any other state. */
MUST_USE int unit_change_verified(struct txn *txn, const struct unit_actor *actor, struct id unit);

/* @event happens to *@membership, with its reason. CHOOSE of one that is not stored yet stores it (its id by the caller). */
MUST_USE int unit_change_membership(struct txn *txn, const struct unit_actor *actor, struct membership *membership, enum membership_event event,
				    struct span reason);
/* @account gets @role in the unit without being asked for: the operator's way, and what a hand-over does. Stored and ACTIVE. */
MUST_USE int unit_change_appoint(struct txn *txn, const struct unit_actor *actor, struct id account, struct id unit, int role);
/* The actor offers the administrator's role to an active member, or (@offered false) the offer is off. It takes effect when the member accepts. */
MUST_USE int unit_change_offer(struct txn *txn, const struct unit_actor *actor, struct membership *membership, bool offered);
/* Is there anybody but @without who administers the unit: a legal account of it that is open, or an active member with that role? */
MUST_USE int unit_change_has_admin(struct txn *txn, struct id unit, struct id without, struct arena *arena, bool *ret_has);

/* @event happens to the grant of @subsystem to @account in @unit (zero: of its own), which is made when there is none. ERR_CONFLICT as above. */
MUST_USE int unit_change_grant(struct txn *txn, const struct unit_actor *actor, struct id account, struct id unit, struct span subsystem,
			       enum grant_event event);
/* The person's real name is verified: what was granted in advance is in force (M16). */
MUST_USE int unit_change_account_verified(struct txn *txn, const struct unit_actor *actor, struct id account);
