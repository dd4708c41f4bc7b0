/* SPDX-License-Identifier: Apache-2.0 */
/*
 * alg - the one table of JWS algorithms.
 *
 * Discovery, the key ring, client records and verification print from and enforce by these rows. A new algorithm is a row and, when
 * its signature has a form of its own, a packing and an unpacking function. There is no "none" and no HS*: a token never chooses a
 * shared secret. RFC 7518 3.1, RFC 8037 3.1, security.md rule 6
 */
#pragma once

#include "broker/base/base.h"

struct key;

enum alg {
	ALG_UNKNOWN, /* never matches, never signs */
	ALG_ES256,
	ALG_RS256,
	ALG_PS256,
	ALG_EDDSA,
	ALG_COUNT,
};

/* Sets of algorithms. */
#define ALG_BIT(alg) (1u << (alg))
#define ALG_ALL (ALG_BIT(ALG_ES256) | ALG_BIT(ALG_RS256) | ALG_BIT(ALG_PS256) | ALG_BIT(ALG_EDDSA))

/* Bytes of the longest signature (RSA-4096). */
#define ALG_SIGNATURE_MAX 512

struct alg_row {
	const char *name;    /* "ES256" */
	const char *kty;     /* "EC", "RSA", "OKP" */
	const char *crv;     /* "P-256", "Ed25519"; NULL for RSA */
	size_t signature;    /* bytes; 0: as long as the modulus */
};

/* The row of @alg; that of ALG_UNKNOWN has empty strings. */
const struct alg_row *alg_row(enum alg alg);
/* By registered name, compared byte for byte. ALG_UNKNOWN for any other. */
enum alg alg_by_name(struct span name);

/* Set up the templates of a key whose algs, pkey and is_private are set; only jwk.c calls this. */
MUST_USE int alg_prepare(struct key *key);
/* Sign @input with the private @key. ERR_INVALID when the key is public or not of @alg; FAULT_CRYPTO.
 * @ret_signature has room for ALG_SIGNATURE_MAX; @ret_n is what was written. Any number of threads may share a key. */
MUST_USE int alg_sign(const struct key *key, enum alg alg, struct span input, unsigned char *ret_signature, size_t *ret_n);
/* ERR_SIGNATURE unless @signature is @key's over @input; ERR_INVALID when the key is not of @alg. */
MUST_USE int alg_verify(const struct key *key, enum alg alg, struct span input, struct span signature);
