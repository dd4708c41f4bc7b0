/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jws - compact signed tokens: sign with a key in this process, verify with a set of keys.
 *
 * The algorithm is what the key and the expectation allow; the token's own word only picks among them. jku, x5u, jwk and x5c are
 * never followed. RFC 7515, RFC 8725
 */
#pragma once

#include "keys/jwks.h"

/* Tokens longer than this are refused before anything is decoded. */
#define JWS_MAX (64 * 1024)

struct jws_expect {
	unsigned algs;   /* ALG_BITs that are allowed; 0 allows nothing */
	const char *typ; /* required "typ", compared as RFC 7515 4.1.9 says; NULL: any or none */
};

struct jws {
	enum alg alg;
	struct span kid, typ;     /* NULL when absent */
	struct span payload;      /* decoded bytes */
	const struct key *key;    /* the one that verified; belongs to the set */
};

/* Header fields and payload members that nothing has vouched for: good only for choosing whose keys to ask. */
struct jws_peek {
	enum alg alg; /* ALG_UNKNOWN for one that we do not have */
	struct span kid, typ, iss, sub;
};

/* @typ may be NULL. The header is {"alg","kid","typ"}. ERR_INVALID when @key cannot sign with @alg. */
MUST_USE int jws_sign(const struct key *key, enum alg alg, const char *typ, struct span payload, struct arena *arena,
		      struct span *ret_compact);
/* ERR_MALFORMED: not a compact JWS by our rules; ERR_INVALID: algorithm, typ or crit not allowed; ERR_ABSENT: no such key in the
 * set (fetching the set again may help); ERR_SIGNATURE; FAULT_MEMORY. Spans live in @arena. */
MUST_USE int jws_verify(const struct jwks *keys, const struct jws_expect *expect, struct span compact, struct arena *arena,
			struct jws *ret_jws);
/* The same with a single key, whatever kid the token names. */
MUST_USE int jws_verify_with(const struct key *key, const struct jws_expect *expect, struct span compact, struct arena *arena,
			     struct jws *ret_jws);
MUST_USE int jws_peek(struct span compact, struct arena *arena, struct jws_peek *ret_peek);
