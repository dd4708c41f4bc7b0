/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pseudonym - from an id_hash back to the account, for the client that was given it and for nobody else (domain.md 1.6, T2).
 *
 * Kept when a code with the scope idhash is issued: a client finds those who came to it, never who else holds a document that it knows.
 */
#pragma once

#include "broker/endpoint/app.h"

struct account;

/* Nothing is kept for an account whose real name is not verified, or a client without a secret. */
MUST_USE int pseudonym_keep(struct txn *txn, const struct config_client *client, const struct account *account, struct instant now);
/* ERR_ABSENT. */
MUST_USE int pseudonym_find(struct txn *txn, const struct config_client *client, struct span id_hash, struct arena *arena, struct id *ret_account);
