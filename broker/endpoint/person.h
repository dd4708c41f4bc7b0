/* SPDX-License-Identifier: Apache-2.0 */
/*
 * person - what a client may be told of an account, gathered: facts, active grants, bound old accounts.
 */
#pragma once

#include "broker/endpoint/app.h"
#include "broker/endpoint/facts.h"
#include "broker/oauth/claims.h"

struct person {
	struct claims_person claims; /* points into the rest and into the facts */
	struct claims_legacy legacy[FACTS_MAX];
	struct span subsystems[FACTS_MAX];
};

/* Old accounts that are bound, not those that are only suggested (design.md 3). Needs the transaction in which @facts were read. */
MUST_USE int person_load_legacy(struct txn *txn, const struct facts *facts, struct arena *arena, struct person *ret_person);
/* The rest, as @client may see it with @scopes; sub, and what belongs to a session, are the caller's. @facts stays borrowed. */
MUST_USE int person_fill(const struct facts *facts, const struct config_client *client, const struct text_list *scopes, struct arena *arena,
			 struct person *ret_person);
