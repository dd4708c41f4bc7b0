/* SPDX-License-Identifier: Apache-2.0 */
/*
 * external_link - the one place that changes to which account an upstream's subject leads.
 *
 * A link is found by (provider, issuer, subject) and by nothing else (security.md rule 4). Each function writes the link, its history (link_event) and
 * the audit, all in the caller's transaction. What the upstream has verified of the person goes on to the account here too, at each login.
 */
#pragma once

#include "broker/endpoint/unit_change.h"
#include "providers/provider.h"

struct account;
struct config_provider;
struct external_link;

/* What the upstream has just said, and where. */
struct external_word {
	const struct config_provider *provider;
	const struct provider_identity *identity;
};

/* The link of the subject, else that of a subject under which the upstream itself, in the same answer, says that this very person was known before:
 * *@ret_earlier. ERR_ABSENT. */
MUST_USE int external_link_find(struct txn *txn, const struct external_word *word, struct arena *arena, struct external_link *ret_link, bool *ret_earlier);
/* A new one to @account, with the id that the caller has chosen. @what: "created" with the account, "linked" by proof of both sides. ERR_LINK_TAKEN:
 * it leads to an account already. Attributes as external_link_seen. */
MUST_USE int external_link_new(struct txn *txn, const struct unit_actor *actor, const struct external_word *word, struct id id, struct id account,
			       const char *what);
/* Somebody came in by *@link (as read in this transaction): last login, attributes (changes go to the history), a new subject in place of an earlier
 * one; and what is verified goes on to the account. ERR_LINK_CONFLICT: the upstream has verified somebody else than we have; nothing was written but,
 * by external_link_conflict, what the caller should keep of it. */
MUST_USE int external_link_seen(struct txn *txn, const struct unit_actor *actor, const struct external_word *word, struct external_link *link);
/* In a transaction of its own, after ERR_LINK_CONFLICT: history, and a task for somebody who looks at it. */
MUST_USE int external_link_conflict(struct txn *txn, const struct unit_actor *actor, const struct external_word *word, struct id account);
/* It leads nowhere any more; its history stays. */
MUST_USE int external_link_end(struct txn *txn, const struct unit_actor *actor, const struct external_link *link, struct span reason);

/* May @word be tied to @account by proof of both sides? ERR_LINK_KIND: a legal person's account there and no account of that very unit here. */
MUST_USE int external_link_fits(struct txn *txn, const struct external_word *word, const struct account *account, struct arena *arena);
