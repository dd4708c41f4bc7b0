/* SPDX-License-Identifier: Apache-2.0 */
/*
 * legacy_change - the one place that changes who has which old account.
 *
 * Nobody else puts binding or legacy_event records. Each function asks the rules (identity/claim.h) about what it reads in the caller's
 * transaction and writes binding, history, audit and event in the same one, so that two claimants of one row, or two rows for one claimant,
 * meet in the store and nowhere else: one old account has at most one identity, one identity at most `per_identity` accounts of a source.
 *
 * An account that an import made (E1, E3, E4, P1, P3) is bound to its row from the beginning. While nobody has ever used it, somebody who proves
 * that the row is theirs gets it all the same: the account is absorbed, which a later unbinding undoes.
 */
#pragma once

#include "broker/endpoint/unit_change.h"

struct account;
struct binding;
struct legacy;

#define LEGACY_LEVEL_REVIEW 2 /* of a reviewer's decision: documents were looked at (domain.md 3.9) */

struct legacy_proof {
	const char *method;   /* "sms", "password", "document", "review", "import", "phone", "unit" */
	int64_t level;        /* of the proof, domain.md 3.9 */
	struct span evidence; /* JSON object, masked; may be empty */
	struct span reason;   /* in somebody's words, or a code; may be empty */
};

/* @account proved that @legacy is theirs. ERR_LEGACY_TAKEN: another identity has it. ERR_LEGACY_LIMIT: this one has as many of the source as it may.
 * Nothing happens, well, when this identity has it already. A suggestion of the same identity becomes a binding, one of another ends, and an
 * unused account of the import is absorbed. Method "import" writes neither audit nor event nor history: a migration is no news of each of a million. */
MUST_USE int legacy_change_bind(struct txn *txn, const struct unit_actor *actor, const struct legacy *legacy, const struct account *account,
				const struct legacy_proof *proof);
/* The import made @account for @legacy, both in this transaction: nobody can have either yet, so nothing is asked. */
MUST_USE int legacy_change_bind_made(struct txn *txn, const struct unit_actor *actor, const struct legacy *legacy, const struct account *account);
/* The import thinks that @legacy is @account's; releases nothing. ERR_LEGACY_TAKEN when it is bound, or suggested to another. */
MUST_USE int legacy_change_suggest(struct txn *txn, const struct unit_actor *actor, const struct legacy *legacy, const struct account *account);
/* *@binding (as read in this transaction) ends. An absorbed account that is left without its row gets it back. ERR_CONFLICT: it has ended before. */
MUST_USE int legacy_change_unbind(struct txn *txn, const struct unit_actor *actor, struct binding *binding, struct span reason);
/* A reviewer finds that @legacy is @account's whoever has it: their binding ends with the reason, and they are told (account_notice). */
MUST_USE int legacy_change_award(struct txn *txn, const struct unit_actor *actor, const struct legacy *legacy, const struct account *account,
				 const struct legacy_proof *proof);
/* @account has just proved something: what is suggested to it becomes bound as far as the proof reaches. Method "phone": a code to its confirmed phone
 * (P2). "unit": its unit's real name is verified (E2). A suggestion that cannot become one is noted and no error. */
MUST_USE int legacy_change_proved(struct txn *txn, const struct unit_actor *actor, const struct account *account, const struct legacy_proof *proof);
/* History only: "disputed", "refused", "confirmed" … */
MUST_USE int legacy_change_note(struct txn *txn, const struct unit_actor *actor, const struct legacy *legacy, const struct account *account, const char *what,
				const struct legacy_proof *proof);

/* What stands between @legacy and @account's identity now, for identity/claim.h. @ret_binding: the one in force, if any (id unset otherwise). */
struct claim_state;
MUST_USE int legacy_change_state(struct txn *txn, const struct unit_actor *actor, const struct legacy *legacy, const struct account *account,
				 struct claim_state *ret_state, struct binding *ret_binding);
