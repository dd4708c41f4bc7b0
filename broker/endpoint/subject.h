/* SPDX-License-Identifier: Apache-2.0 */
/*
 * subject - whom a client is told: one person may stand behind several identities that were merged, and no client's sub of theirs changes by that.
 *
 * A client that knows an identity goes on being told it, by every account of the person that it does not know apart; one that knows none of
 * them is told the whole's. So a merge joins what a client saw twice only in new clients; old ones learn from the event user.merged which
 * subs are one person. A split takes nothing back: each account is told as before the merge. design.md 3
 */
#pragma once

#include "broker/store/record.h"

struct config_client;
struct identity;

#define SUBJECT_PARTS 16 /* identities of one person at most */

struct subject_group {
	struct id part[SUBJECT_PARTS]; /* the whole first */
	size_t n;
};

/* The identity itself, or the one that it was merged into, and so on up. */
MUST_USE int subject_whole(struct txn *txn, const struct identity *identity, struct arena *arena, struct id *ret_whole);
/* The same where only the id is at hand; one that is not stored is its own whole. */
MUST_USE int subject_whole_id(struct txn *txn, struct id identity, struct arena *arena, struct id *ret_whole);
/* Everything that is merged into @whole, and into that. ERR_TOO_MANY. */
MUST_USE int subject_parts(struct txn *txn, struct id whole, struct arena *arena, struct subject_group *ret_group);

/* What @client is told of the person of an account of @identity. Reads nothing more for somebody who was never merged. */
MUST_USE int subject_of(struct txn *txn, const struct config_client *client, const struct identity *identity, struct arena *arena, struct id *ret_subject);
/* The same where only the identity's id is at hand. */
MUST_USE int subject_of_id(struct txn *txn, const struct config_client *client, struct id identity, struct arena *arena, struct id *ret_subject);
/* Does @client know @identity as such? */
MUST_USE int subject_was_told(struct txn *txn, const struct config_client *client, struct id identity, struct arena *arena, bool *ret_was);
/* @client is about to be told of @subject: it is to stay so. */
MUST_USE int subject_keep(struct txn *txn, const struct config_client *client, struct id subject, struct instant now, struct arena *arena);
