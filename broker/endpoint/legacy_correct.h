/* SPDX-License-Identifier: Apache-2.0 */
/*
 * legacy_correct - a row that comes a second time: what is new in it, and what that changes. An empty column says nothing, so a file of
 * corrections holds only what it corrects.
 */
#pragma once

#include "broker/endpoint/legacy_change.h"
#include "broker/endpoint/legacy_retract.h"
#include "broker/identity/legacy_row.h"
#include "keys/legacy.h"

struct legacy_correction {
	unsigned long columns; /* bit per column whose value is new */
	bool other_key;        /* kind, credit code or phone: what the decision was about */
};

/* A hash that rests wrapped is compared with the row's by an Argon2 computation, which no transaction waits for: what it found. */
struct legacy_judged {
	struct legacy_hash wrapped; /* as the store had it */
	bool wants;                 /* it is to be judged */
	bool is_known, is_same;     /* it was */
};

/* A hash that was upgraded or destroyed since cannot be compared and counts as known. So does a wrapped one that is not *@judged, which then says that it
 * wants to be (legacy_correct_judge). NULL: wrapped ones are not compared. */
MUST_USE int legacy_correct_compare(struct txn *txn, const struct legacy *legacy, const struct legacy_row *row, struct legacy_judged *judged,
				    struct arena *arena, struct legacy_correction *ret_correction);
/* Outside of any transaction: is the row's hash what *@judged, which wants to be judged, was wrapped of? */
MUST_USE int legacy_correct_judge(const struct legacy_row *row, struct legacy_judged *judged, struct arena *arena);
/* What the row says goes into the record, in memory. */
void legacy_correct_fill(struct legacy *legacy, const struct legacy_row *row);
/* The hash that the account carries, which the import made for it, goes back into the record, in memory. */
MUST_USE int legacy_correct_hash(struct txn *txn, struct legacy *legacy, struct arena *arena);
/* Put the corrected record, and the account that its import made: name, hash, and a phone that is confirmed by now. */
MUST_USE int legacy_correct_keep(struct txn *txn, struct legacy *legacy, const struct legacy_row *row, struct arena *arena);
/* A line of history: which columns were corrected, by which batch. */
MUST_USE int legacy_correct_note(struct txn *txn, const struct unit_actor *actor, const struct legacy *legacy, unsigned long columns, struct span batch);
