/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity_change - the one place that joins two identities of one person, and takes them apart again. design.md 3
 *
 * Accounts keep the identity that they were made with; what is merged is noted at the identities alone, so that a split is exact. Old accounts
 * belong to the whole while it lasts and go with the account that proved them when it ends. What clients are told does not change
 * (endpoint/subject.h); they learn of it by the events user.merged and user.split. Each change stays in the history (struct identity_event), with
 * how both sides were proved.
 */
#pragma once

#include "broker/endpoint/unit_change.h"
#include "broker/store/records_account.h"

#define IDENTITY_MERGED SPAN("merged")
#define IDENTITY_SPLIT SPAN("split")
#define IDENTITY_SPLIT_ASKED SPAN("split_asked")

/* One of two accounts that are joined, and how it was shown to be the person's. */
struct identity_side {
	const struct account *account;
	struct identity_proof proof;
};

/* The person has shown that @part and @whole, accounts of natural persons as read in this transaction, are both theirs. ERR_MERGE_SAME: they are one
 * already. ERR_MERGE_PERSONS: both real names are verified, and differ in document or name. ERR_MERGE_LEGACY: together they would hold more old
 * accounts of a system than a person may. ERR_TOO_MANY: merged often enough. */
MUST_USE int identity_change_merge(struct txn *txn, const struct unit_actor *actor, const struct identity_side *whole, const struct identity_side *part);
/* Take @part, with what was merged into it before, off again. @reason: in the words of the desk; empty where the person does it. ERR_CONFLICT: it is
 * not merged into anything. */
MUST_USE int identity_change_split(struct txn *txn, const struct unit_actor *actor, struct id part, struct span reason);
/* Somebody at the desk wants that, and a second person is to do it: history and audit only. ERR_CONFLICT as above. */
MUST_USE int identity_change_ask_split(struct txn *txn, const struct unit_actor *actor, struct id part, struct span reason);
