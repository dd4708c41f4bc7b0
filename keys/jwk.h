/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jwk - one key: parsed from a JWK or PEM, generated, printed, named by its thumbprint.
 *
 * A key is immutable after it is made and may be shared by any number of threads. RSA keys have 2048 to 4096 bits and an odd
 * exponent from 3 to 2^32: larger ones are a denial of service (libraries.md E14). RFC 7517, RFC 7518 6, RFC 7638, RFC 8037
 */
#pragma once

#include "broker/base/json.h"
#include "keys/alg.h"

#define JWK_KID_MAX 255
#define JWK_THUMBPRINT 43 /* characters: base64url of SHA-256 */

struct evp_pkey_st;
struct evp_md_ctx_st;

struct key {
	char kid[JWK_KID_MAX + 1]; /* as declared, else the thumbprint */
	bool has_kid;              /* it was declared */
	char thumbprint[JWK_THUMBPRINT + 1];
	unsigned algs;             /* ALG_BITs it may be used with: one when "alg" was declared */
	bool is_private;
	struct evp_pkey_st *pkey;
	struct evp_md_ctx_st *sign_ctx[ALG_COUNT], *verify_ctx[ALG_COUNT]; /* templates, see alg.c */
};

static inline struct span jwk_kid(const struct key *key)
{
	return span_of(key->kid);
}

/* A stranger's public key. ERR_INVALID when it is not a signature key that we understand (unknown kty or crv, use "enc", key_ops
 * without "verify", bad numbers) or when it holds private members. */
MUST_USE int jwk_from_json(const json_t *jwk, struct key **ret_key);
/* Our own key from JWK text, private members allowed; ERR_MALFORMED, ERR_INVALID. */
MUST_USE int jwk_parse(struct span text, struct key **ret_key);
/* From PEM: PKCS#8, "EC PRIVATE KEY", "RSA PRIVATE KEY" or "PUBLIC KEY", without pass phrase. @alg ALG_UNKNOWN: whatever fits the
 * key. */
MUST_USE int jwk_from_pem(struct span pem, enum alg alg, struct key **ret_key);
/* A fresh private key (RSA: 2048 bits, exponent 65537). */
MUST_USE int jwk_generate(enum alg alg, struct key **ret_key);
void jwk_free(struct key *key);
DEFINE_CLEANUP(struct key, jwk_cleanup, jwk_free)

/* The private key as PKCS#8 DER, for sealing, and back. The bytes are secret: seal them before they leave. */
MUST_USE int jwk_to_der(const struct key *key, struct arena *arena, struct secret *ret_der);
MUST_USE int jwk_from_der(struct secret der, enum alg alg, struct key **ret_key);

/* The public JWK as one JSON object: kty, crv, x, y, n, e, kid, use, and alg when there is exactly one. */
MUST_USE int jwk_public_json(const struct key *key, struct arena *arena, struct span *ret_json);
/* An algorithm to sign with: the first of @algs that the key fits, in the order of the table; ALG_UNKNOWN when none. */
enum alg jwk_alg(const struct key *key, unsigned algs);
