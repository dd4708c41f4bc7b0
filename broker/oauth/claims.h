/* SPDX-License-Identifier: Apache-2.0 */
/*
 * claims - what a client is told about a person: a table of claims, each released by scopes.
 *
 * Discovery prints its claims from the same rows. Nothing that is only suggested is released. domain.md 1.6, OpenID Connect Core 5
 */
#pragma once

#include "broker/oauth/scope.h"
#include "keys/seal.h"

struct account;
struct membership;
struct unit;

#define CLAIMS_SUB 43 /* characters at most: of a sub (a UUID, 36, or an alias, 22) and of an id_hash */

/* Records that a set of scopes needs beside the account. */
enum claims_need { CLAIMS_UNIT = 1, CLAIMS_GRANTS = 2, CLAIMS_LEGACY = 4, CLAIMS_ID_HASH = 8 };

struct claims_legacy {
	struct span system, account_id, account_type;
};

/* Who it is about. NULL and 0 are fine for what is not needed or does not exist. */
struct claims_person {
	struct span sub;
	const struct account *account;
	const struct unit *unit;             /* of a legal account, or the one acted for */
	const struct membership *membership; /* of the account in that unit */
	const struct span *subsystems;       /* of active grants */
	size_t n_subsystems;
	const struct claims_legacy *legacy;  /* of bound legacy records only */
	size_t n_legacy;
	struct span id_hash; /* claims_id_hash; empty: none */
	struct instant auth_time;
	int64_t acr;
	struct text_list amr;
};

/* Public: the identity's id as text. Pairwise: its alias in the client's sector, so that it stays as long as both (OpenID Connect Core 8.1).
 * @ret_sub is terminated. */
MUST_USE int claims_subject(const struct seal_ring *ring, const struct config_client *client, struct id identity,
			    char ret_sub[CLAIMS_SUB + 1]);
/* base64url(HMAC-SM3(client's secret, id_type "|" id_number)): what the client can compute over the numbers that it holds already,
 * and nobody else (domain.md 1.6, T2). ERR_ABSENT unless the real name is verified and the client has a secret in the
 * configuration. */
MUST_USE int claims_id_hash(const struct config_client *client, const struct account *account, char ret_hash[CLAIMS_SUB + 1]);
/* The identity that @sub names to @client. ERR_INVALID: no sub of ours. What is none of this sector gives an id that nobody has. */
MUST_USE int claims_subject_read(const struct seal_ring *ring, const struct config_client *client, struct span sub, struct id *ret_identity);
unsigned claims_needs(const struct text_list *scopes);
/* One JSON object with every claim that @scopes release; sub is always there. */
void claims_write(struct buf *buf, const struct claims_person *person, const struct text_list *scopes);
/* Names in order; NULL past the end. */
const char *claims_at(size_t i);

/* The texts of enumerated claims. */
const char *claims_user_type(const struct account *account);
/* First and last characters, the rest as '*' (domain.md 4.4). */
void claims_write_masked_number(struct buf *buf, struct span id_number);
