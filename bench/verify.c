/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/verify.h"

#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "broker/base/json.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#define KEYS_MAX 16

struct verify_keys {
	struct {
		struct span kid;
		EVP_PKEY *pkey;
		bool is_ec;
	} keys[KEYS_MAX];
	size_t n;
};

static int member(const json_t *object, const char *key, struct arena *arena, struct span *ret_bytes)
{
	return encode_base64url_decode(json_get_span(object, key), arena, ret_bytes);
}

static EVP_PKEY *pkey_new(const char *type, OSSL_PARAM_BLD *build)
{
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *pkey = NULL;

	if (params && ctx && EVP_PKEY_fromdata_init(ctx) == 1)
		(void)EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params);
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	return pkey;
}

static EVP_PKEY *ec_read(const json_t *jwk, struct arena *arena)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	unsigned char point[65] = { 4 };
	struct span x, y;
	EVP_PKEY *pkey = NULL;

	if (span_is(json_get_span(jwk, "crv"), "P-256") && !member(jwk, "x", arena, &x) && !member(jwk, "y", arena, &y) &&
	    x.n == 32 && y.n == 32) {
		memcpy(point + 1, x.p, 32);
		memcpy(point + 33, y.p, 32);
		if (OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) &&
		    OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point))
			pkey = pkey_new("EC", build);
	}
	OSSL_PARAM_BLD_free(build);
	return pkey;
}

static EVP_PKEY *rsa_read(const json_t *jwk, struct arena *arena)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	BIGNUM *n = NULL, *e = NULL;
	struct span ns, es;
	EVP_PKEY *pkey = NULL;

	if (!member(jwk, "n", arena, &ns) && !member(jwk, "e", arena, &es)) {
		n = BN_bin2bn((const unsigned char *)ns.p, (int)ns.n, NULL);
		e = BN_bin2bn((const unsigned char *)es.p, (int)es.n, NULL);
		if (n && e && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) &&
		    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e))
			pkey = pkey_new("RSA", build);
	}
	OSSL_PARAM_BLD_free(build);
	BN_free(n);
	BN_free(e);
	return pkey;
}

int verify_keys_read(struct span jwks, struct arena *arena, struct verify_keys **ret_keys)
{
	struct verify_keys *keys = arena_new_of(arena, struct verify_keys);
	JSON *set = NULL;
	json_t *jwk;
	size_t i;

	if (!keys)
		return FAULT_MEMORY;
	TRY(json_read_object(jwks, &set));
	json_array_foreach(json_object_get(set, "keys"), i, jwk) {
		bool is_ec = span_is(json_get_span(jwk, "kty"), "EC"), is_rsa = span_is(json_get_span(jwk, "kty"), "RSA");
		EVP_PKEY *pkey = is_ec ? ec_read(jwk, arena) : is_rsa ? rsa_read(jwk, arena) : NULL;

		if (!pkey || keys->n == KEYS_MAX)
			continue; /* a key of another kind: no sampled token may need it */
		keys->keys[keys->n].kid = arena_dup(arena, json_get_span(jwk, "kid"));
		keys->keys[keys->n].is_ec = is_ec;
		keys->keys[keys->n++].pkey = pkey;
	}
	*ret_keys = keys;
	return keys->n ? 0 : ERR_INVALID;
}

void verify_keys_free(struct verify_keys *keys)
{
	for (size_t i = 0; keys && i < keys->n; i++)
		EVP_PKEY_free(keys->keys[i].pkey);
}

/* r ‖ s (RFC 7518 3.4) to the DER that OpenSSL wants. */
static struct span ecdsa_der(struct span raw, struct arena *arena)
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	struct span der = { 0 };

	if (sig && raw.n == 64) {
		const unsigned char *p = (const unsigned char *)raw.p;
		unsigned char *out = arena_alloc(arena, 80);

		ECDSA_SIG_set0(sig, BN_bin2bn(p, 32, NULL), BN_bin2bn(p + 32, 32, NULL));
		der.p = (const char *)out;
		der.n = out ? (size_t)i2d_ECDSA_SIG(sig, &out) : 0;
	}
	ECDSA_SIG_free(sig);
	return der;
}

static bool signature_is_good(EVP_PKEY *pkey, struct span text, struct span signature)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good = ctx && signature.n && EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, pkey) == 1 &&
	            EVP_DigestVerify(ctx, (const unsigned char *)signature.p, signature.n, (const unsigned char *)text.p,
	                             text.n) == 1;

	EVP_MD_CTX_free(ctx);
	return good;
}

const char *verify_jwt(const struct verify_keys *keys, struct span jwt, struct instant now, struct arena *arena)
{
	struct span rest = jwt, head64 = span_cut(&rest, '.'), claims64 = span_cut(&rest, '.'), head, claims, signature;
	struct span text = { jwt.p, head64.n + 1 + claims64.n };
	JSON *header = NULL, *body = NULL;
	int64_t expiry;

	if (!rest.n || encode_base64url_decode(head64, arena, &head) || encode_base64url_decode(claims64, arena, &claims) ||
	    encode_base64url_decode(rest, arena, &signature) || json_read_object(head, &header) || json_read_object(claims, &body))
		return "not a JWT";
	if (!json_get_i64(body, "exp", &expiry) || expiry * MS_SECOND <= now.ms)
		return "expired, or no exp";
	bool is_ec = span_is(json_get_span(header, "alg"), "ES256");
	if (!is_ec && !span_is(json_get_span(header, "alg"), "RS256"))
		return "alg is neither ES256 nor RS256";
	if (is_ec)
		signature = ecdsa_der(signature, arena);
	for (size_t i = 0; i < keys->n; i++) {
		struct span kid = json_get_span(header, "kid");

		if (keys->keys[i].is_ec == is_ec && (!kid.n || span_eq(kid, keys->keys[i].kid)))
			return signature_is_good(keys->keys[i].pkey, text, signature) ? NULL : "bad signature";
	}
	return "no such key in the JWKS";
}
