/* SPDX-License-Identifier: Apache-2.0 */
/*
 * facts - everything that is known of a person when a decision is taken, read in one snapshot.
 */
#pragma once

#include "broker/flow/gate.h"
#include "broker/store/records_account.h"
#include "broker/store/records_legacy.h"
#include "broker/store/records_unit.h"

#define FACTS_MAX 32 /* grants and bindings read of one account */

struct facts {
	struct account account;
	struct identity identity; /* the account's own */
	struct id whole; /* the identity that it is merged into, otherwise itself: whose the old accounts are */
	struct unit unit;             /* has_unit: the legal account's own, or the one acted for */
	struct membership membership; /* has_membership: in that unit */
	bool has_unit, has_membership;
	bool acts; /* a natural person, for that unit */
	size_t n_units, n_asked; /* facts_load_units: units that the person may act for; that have not decided yet whether to admit them */
	struct id unit_of[FACTS_MAX]; /* n_units of them, at most */
	struct grant grants[FACTS_MAX]; /* not revoked; of the account itself, or of the unit acted for where there is one */
	size_t n_grants;
	struct binding bindings[FACTS_MAX]; /* not ended */
	size_t n_bindings;
};

/* Read what belongs to @account_id. @acting_unit: the unit that a natural person acts for, or zero. ERR_ABSENT: no such account. */
MUST_USE int facts_load(struct txn *txn, struct id account_id, struct id acting_unit, struct arena *arena, struct facts *ret_facts);
/* What pages call the person: the name, or what they log in with while it is not known. Borrows. */
struct span facts_shown_name(const struct account *account);
/* What else the steps of a login ask: the units of a natural person. Part of session_load_whole; codes and tokens have chosen long ago. */
MUST_USE int facts_load_units(struct txn *txn, struct arena *arena, struct facts *facts);
/* May the person still act for the unit that facts->acts names? */
bool facts_may_act(const struct facts *facts);
/* The gate's view of them. @client and @session_from as gate_facts says. */
struct gate_facts facts_gate(const struct facts *facts, const struct config_client *client, struct instant session_from, struct instant now);
