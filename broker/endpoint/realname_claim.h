/* SPDX-License-Identifier: Apache-2.0 */
/*
 * realname_claim - what somebody says their real name is: a submission of the form "realname", of a unit's account "realname-legal". What becomes of it
 * decides realname_change.h, and nobody else calls the functions that write. domain.md 1.5
 */
#pragma once

#include "broker/endpoint/unit_change.h"
#include "broker/store/records_review.h"

struct account;

/* "realname" or "realname-legal". */
const char *realname_claim_form(const struct account *account);
/* The newest claim of @account. ERR_ABSENT: none. */
MUST_USE int realname_claim_newest(struct txn *txn, const struct account *account, struct arena *arena, struct submission *ret_claim);

/* @values, what form_json made of the form, as the claim that is to be checked. One that a reviewer may have seen (@was_reviewed) is replaced and keeps
 * its record. */
MUST_USE int realname_claim_put(struct txn *txn, const struct unit_actor *actor, const struct account *account, struct span values, bool was_reviewed);
/* @status is one of enum submission_status. */
MUST_USE int realname_claim_set(struct txn *txn, struct submission *claim, int status, struct span reason);
/* Documents of a claim that nobody will decide on: the person's again, to be handed in with the next one. */
MUST_USE int realname_claim_take_back(struct txn *txn, const struct unit_actor *actor, const struct account *account, struct id claim);
/* What the person's app sealed is good for one question, and nobody's to keep. Does not store the claim. */
MUST_USE int realname_claim_scrub(struct submission *claim, struct arena *arena);
/* What was verified becomes *@account's, which the caller stores, and its unit's, which is stored here. @network_id: of a person who proved themselves
 * with their network identity. ERR_UNIT_TAKEN. */
MUST_USE int realname_claim_take(struct txn *txn, const struct unit_actor *actor, const struct submission *claim, struct span network_id,
				 struct account *account);
