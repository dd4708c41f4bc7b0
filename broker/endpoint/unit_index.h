/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit_index - effective units found by their name, a part of it, or their credit code.
 *
 * Kept by unit_change.c in the transaction that changes a unit; only units that may be chosen are in it. A search by part walks the lists of all
 * pairs of characters side by side, each time jumping to where the furthest one stands, so its cost follows the rarest pair and not the number of
 * units (docs/adr/0013-unit-search.md).
 */
#pragma once

#include "broker/base/arena.h"
#include "broker/store/record.h"

struct unit;

/* Bring the index from @before to @after; either may be NULL. */
MUST_USE int unit_index_move(struct txn *txn, const struct unit *before, const struct unit *after, struct arena *arena);

enum unit_index_mode { UNIT_INDEX_WHOLE /* the full name or the full code, T18 */, UNIT_INDEX_PART /* a part will do, J3 */ };

/* At most @max effective units that fit @text, in no particular order; *@ret_more: there may be others. ERR_INVALID: @text is no name. */
MUST_USE int unit_index_search(struct txn *txn, struct span text, enum unit_index_mode mode, size_t max, struct arena *arena,
			       struct unit *ret_units, size_t *ret_n, bool *ret_more);
