/* SPDX-License-Identifier: Apache-2.0 */
/*
 * legacy_retract - whether somebody has an old account by now, and taking back what its import made while nobody has.
 */
#pragma once

#include "broker/store/record.h"

struct legacy;

/* Does anybody have @legacy? A suggestion is nobody's. What the import made for it counts only once it was used: its password upgraded, a
 * login, a real name, a membership, a grant that somebody gave, or another old account that hangs on it. */
MUST_USE int legacy_retract_is_claimed(struct txn *txn, const struct legacy *legacy, struct arena *arena, bool *ret_claimed);
/* Did somebody do something about it: claim, dispute, lose it again? Corrections do not count. */
MUST_USE int legacy_retract_has_history(struct txn *txn, const struct legacy *legacy, struct arena *arena, bool *ret_has);
/* Did the import of @legacy make legacy->account? */
bool legacy_retract_made_account(const struct legacy *legacy);

struct legacy_retracted {
	bool account, binding, unit;
	size_t grants;
};

/* Take back what the import of @legacy made: binding, account with identity and waiting grants, and the unit unless something else is about it.
 * The legacy record stays for the caller. Only for one that nobody has. */
MUST_USE int legacy_retract(struct txn *txn, const struct legacy *legacy, struct arena *arena, struct legacy_retracted *ret_what);
/* The same, and the legacy record with its history. */
MUST_USE int legacy_retract_whole(struct txn *txn, const struct legacy *legacy, struct arena *arena, struct legacy_retracted *ret_what);
