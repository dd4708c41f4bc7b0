/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jwks - a set of keys, ours or a stranger's, and the look-up by kid and algorithm.
 *
 * Keys that we do not understand are left out (RFC 7517 5); a key with private members is left out too, since whoever published it
 * has lost it. At most JWKS_MAX keys are read.
 */
#pragma once

#include "keys/jwk.h"

#define JWKS_MAX 64

struct jwks {
	size_t n;
	struct key *keys[JWKS_MAX]; /* owned */
};

/* ERR_MALFORMED unless @text is a JSON object with an array "keys"; ERR_TOO_LARGE past JWKS_MAX entries. */
MUST_USE int jwks_parse(struct span text, struct jwks **ret_jwks);
MUST_USE int jwks_from_json(const json_t *set, struct jwks **ret_jwks);
/* An empty set, and a key added to it: the set owns the key when 0 is returned. ERR_FULL. */
MUST_USE int jwks_new(struct jwks **ret_jwks);
MUST_USE int jwks_add(struct jwks *jwks, struct key *key);
void jwks_free(struct jwks *jwks);
DEFINE_CLEANUP(struct jwks, jwks_cleanup, jwks_free)

/* The next key that @kid and @alg name, from *@cursor on (start with 0), NULL at the end. With a kid: the keys that declare it or
 * have it as thumbprint; else, when the set has exactly one fitting key and it declares no kid, that one. Without a kid
 * (empty): the one fitting key; nothing when several fit. */
const struct key *jwks_next(const struct jwks *jwks, struct span kid, enum alg alg, size_t *cursor);
/* The set as JSON text. */
MUST_USE int jwks_json(const struct jwks *jwks, struct arena *arena, struct span *ret_json);
