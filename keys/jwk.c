/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/jwk.h"

#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "keys/crypto.h"
#include "keys/digest.h"

#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 4096
#define MEMBERS_MAX 8
/* Decoded numbers of one key, with room to spare: a hostile key is refused by size before it is looked at. */
#define SCRATCH (32 * 1024)

DEFINE_CLEANUP(EVP_PKEY, pkey_cleanup, EVP_PKEY_free)
DEFINE_CLEANUP(EVP_PKEY_CTX, pkey_ctx_cleanup, EVP_PKEY_CTX_free)
DEFINE_CLEANUP(OSSL_PARAM_BLD, param_bld_cleanup, OSSL_PARAM_BLD_free)
DEFINE_CLEANUP(OSSL_PARAM, param_cleanup, OSSL_PARAM_free)
DEFINE_CLEANUP(BIGNUM, bn_cleanup, BN_clear_free)
DEFINE_CLEANUP(BIO, bio_cleanup, BIO_free_all)
DEFINE_CLEANUP(PKCS8_PRIV_KEY_INFO, p8_cleanup, PKCS8_PRIV_KEY_INFO_free)

/* One kind of key: how it is called by the library and in a JWK. The public members are in lexical order (RFC 7638 3.1). */
struct kind {
	const char *type;  /* EVP_PKEY_is_a */
	const char *kty, *crv;
	const char *group; /* EC only */
	size_t size;       /* of a coordinate; 0: a number without leading zeros */
	unsigned algs;
	struct {
		const char *name, *param;
	} pub[2], private[6];
};

static const struct kind kinds[] = {
	{ "EC", "EC", "P-256", "prime256v1", 32, ALG_BIT(ALG_ES256),
		{ { "x", OSSL_PKEY_PARAM_EC_PUB_X }, { "y", OSSL_PKEY_PARAM_EC_PUB_Y } },
	  { { "d", OSSL_PKEY_PARAM_PRIV_KEY } } },
	{ "RSA", "RSA", NULL, NULL, 0, ALG_BIT(ALG_RS256) | ALG_BIT(ALG_PS256),
		{ { "e", OSSL_PKEY_PARAM_RSA_E }, { "n", OSSL_PKEY_PARAM_RSA_N } },
	  { { "d", OSSL_PKEY_PARAM_RSA_D }, { "p", OSSL_PKEY_PARAM_RSA_FACTOR1 }, { "q", OSSL_PKEY_PARAM_RSA_FACTOR2 },
	    { "dp", OSSL_PKEY_PARAM_RSA_EXPONENT1 }, { "dq", OSSL_PKEY_PARAM_RSA_EXPONENT2 },
		{ "qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1 } } },
	{ "ED25519", "OKP", "Ed25519", NULL, 32, ALG_BIT(ALG_EDDSA), { { "x", OSSL_PKEY_PARAM_PUB_KEY } },
		{ { "d", OSSL_PKEY_PARAM_PRIV_KEY } } },
};

/* Members that only a private or secret key has (RFC 7518 6.2.2, 6.3.2, 6.4). */
static const char *const private_members[] = { "d", "p", "q", "dp", "dq", "qi", "oth", "k" };

static const struct kind *kind_of_pkey(const EVP_PKEY *pkey)
{
	char group[32];
	size_t n;

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (!EVP_PKEY_is_a(pkey, kinds[i].type))
			continue;
		if (kinds[i].group && (!EVP_PKEY_get_group_name(pkey, group, sizeof group, &n) ||
		    strcmp(group, kinds[i].group) != 0))
			continue;
		return &kinds[i];
	}
	return NULL;
}

static const struct kind *kind_of_jwk(const json_t *jwk)
{
	struct span kty = json_get_span(jwk, "kty"), crv = json_get_span(jwk, "crv");

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (span_is(kty, kinds[i].kty) && (!kinds[i].crv || span_is(crv, kinds[i].crv)))
			return &kinds[i];
	return NULL;
}

/* 2048 to 4096 bits, an odd exponent from 3 to 2^32 (libraries.md E14). */
static bool is_sane_rsa(const EVP_PKEY *pkey)
{
	CLEANUP(bn_cleanup) BIGNUM *e = NULL;
	CLEANUP(bn_cleanup) BIGNUM *n = NULL;

	if (!EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &e) || !EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_N, &n))
		return false;
	return BN_num_bits(n) >= RSA_BITS_MIN && BN_num_bits(n) <= RSA_BITS_MAX && BN_is_odd(n) && BN_is_odd(e) &&
	       BN_num_bits(e) <= 32 && !BN_is_one(e);
}

/* The bytes of public member @i. */
static int public_member(const struct key *key, const struct kind *kind, int i, struct arena *arena, struct span *ret_bytes)
{
	CLEANUP(bn_cleanup) BIGNUM *bn = NULL;
	unsigned char *bytes = arena_alloc(arena, RSA_BITS_MAX / 8);
	int n;

	if (!bytes)
		return FAULT_MEMORY;
	if (!kind->group && kind->size) {
		size_t raw = kind->size;

		if (!EVP_PKEY_get_raw_public_key(key->pkey, bytes, &raw) || raw != kind->size)
			return CRYPTO_FAULT("public key");
		*ret_bytes = (struct span){ (char *)bytes, raw };
		return 0;
	}
	if (!EVP_PKEY_get_bn_param(key->pkey, kind->pub[i].param, &bn) || BN_num_bytes(bn) > RSA_BITS_MAX / 8)
		return CRYPTO_FAULT("public key");
	n = kind->size ? BN_bn2binpad(bn, bytes, (int)kind->size) : BN_bn2bin(bn, bytes);
	if (n <= 0)
		return CRYPTO_FAULT("public key");
	*ret_bytes = (struct span){ (char *)bytes, (size_t)n };
	return 0;
}

/* crv, e, kty, n, x, y: what the key is, in lexical order, without the closing brace. */
static int write_public(const struct key *key, struct arena *arena, struct buf *buf, struct json_writer *w)
{
	const struct kind *kind = kind_of_pkey(key->pkey);
	struct span bytes[2];

	if (!kind)
		return FAULT(FAULT_BUG, "key of an unknown kind");
	for (int i = 0; i < 2 && kind->pub[i].name; i++)
		TRY(public_member(key, kind, i, arena, &bytes[i]));
	json_open(w, '{');
	if (kind->crv)
		json_member_str(w, "crv", span_of(kind->crv));
	for (int i = 0; i < 2 && kind->pub[i].name; i++) {
		/* "kty" stands between "e" and "n", and before "x" */
		if (i == (kind->crv ? 0 : 1))
			json_member_str(w, "kty", span_of(kind->kty));
		json_key(w, kind->pub[i].name);
		json_raw(w, SPAN("\""));
		encode_base64url(buf, bytes[i]);
		buf_char(buf, '"');
	}
	return 0;
}

/* RFC 7638: SHA-256 of the required members in lexical order, nothing else. */
static int set_thumbprint(struct key *key, struct arena *arena)
{
	struct buf buf = buf_new(arena, 1024), print = buf_new(arena, 64);
	struct json_writer w = json_writer(&buf);
	unsigned char hash[32];
	struct span text;

	TRY(write_public(key, arena, &buf, &w));
	json_close(&w, '}');
	TRY(buf_done(&buf, &text));
	TRY(digest_of(DIGEST_SHA256, hash, text));
	encode_base64url(&print, (struct span){ (char *)hash, sizeof hash });
	TRY(buf_done(&print, &text));
	memcpy(key->thumbprint, text.p, JWK_THUMBPRINT);
	return 0;
}

/* The common end of every way to a key; takes over @pkey. */
static int make_key(EVP_PKEY *pkey, unsigned algs, struct span kid, bool is_private, struct arena *arena, struct key **ret_key)
{
	CLEANUP(pkey_cleanup) EVP_PKEY *owned = pkey;
	CLEANUP(jwk_cleanup) struct key *key = NULL;
	const struct kind *kind = kind_of_pkey(pkey);

	if (!kind || !(kind->algs & algs) || kid.n > JWK_KID_MAX)
		return ERR_INVALID;
	if (strcmp(kind->type, "RSA") == 0 && !is_sane_rsa(pkey))
		return ERR_INVALID;
	key = calloc(1, sizeof *key);
	if (!key)
		return FAULT_MEMORY;
	key->pkey = owned;
	owned = NULL;
	key->algs = kind->algs & algs;
	key->is_private = is_private;
	TRY(set_thumbprint(key, arena));
	key->has_kid = kid.n > 0;
	if (kid.n)
		memcpy(key->kid, kid.p, kid.n);
	else
		memcpy(key->kid, key->thumbprint, sizeof key->thumbprint);
	TRY(alg_prepare(key));
	*ret_key = key;
	key = NULL;
	return 0;
}

static int push_number(OSSL_PARAM_BLD *bld, const char *param, struct span bytes, BIGNUM **ret_bn)
{
	*ret_bn = BN_bin2bn((const unsigned char *)bytes.p, (int)bytes.n, NULL);
	return *ret_bn && OSSL_PARAM_BLD_push_BN(bld, param, *ret_bn) ? 0 : FAULT_MEMORY;
}

struct numbers {
	struct span pub[2], private[6];
	int privates;
};

static int pkey_from_numbers(const struct kind *kind, const struct numbers *in, bool is_private, EVP_PKEY **ret_pkey)
{
	CLEANUP(param_bld_cleanup) OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	CLEANUP(pkey_ctx_cleanup) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, kind->type, NULL);
	CLEANUP(param_cleanup) OSSL_PARAM *params = NULL;
	BIGNUM *numbers[MEMBERS_MAX] = { 0 };
	unsigned char point[1 + 2 * 32] = { POINT_CONVERSION_UNCOMPRESSED };
	int error = bld && ctx ? 0 : FAULT_MEMORY;

	if (!error && kind->group) {
		memcpy(point + 1, in->pub[0].p, kind->size);
		memcpy(point + 1 + kind->size, in->pub[1].p, kind->size);
		error = OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME, kind->group, 0) &&
					OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point)
				? 0
				: FAULT_MEMORY;
	}
	for (int i = 0; i < 2 && !error && !kind->group; i++)
		error = push_number(bld, kind->pub[i].param, in->pub[i], &numbers[i]);
	for (int i = 0; i < in->privates && is_private && !error; i++)
		error = push_number(bld, kind->private[i].param, in->private[i], &numbers[2 + i]);
	if (!error && !(params = OSSL_PARAM_BLD_to_param(bld)))
		error = FAULT_MEMORY;
	if (!error && (EVP_PKEY_fromdata_init(ctx) != 1 ||
		       EVP_PKEY_fromdata(ctx, ret_pkey, is_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, params) != 1))
		error = ERR_INVALID; /* not a point of the curve, for one */
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		BN_clear_free(numbers[i]);
	return error;
}

static int pkey_from_raw(const struct kind *kind, const struct numbers *in, bool is_private, EVP_PKEY **ret_pkey)
{
	const unsigned char *p = (const unsigned char *)in->pub[0].p;

	if (is_private && in->private[0].n != kind->size)
		return ERR_INVALID;
	const unsigned char *d = (const unsigned char *)in->private[0].p;
	*ret_pkey = is_private ? EVP_PKEY_new_raw_private_key_ex(NULL, kind->type, NULL, d, kind->size)
			       : EVP_PKEY_new_raw_public_key_ex(NULL, kind->type, NULL, p, kind->size);
	if (!*ret_pkey)
		return ERR_INVALID;
	unsigned char derived[32];
	size_t n = sizeof derived;
	/* A JWK whose "x" is not the public key of its "d" is refused: signing with a foreign public key leaks the private one. */
	if (!EVP_PKEY_get_raw_public_key(*ret_pkey, derived, &n) || n != kind->size || memcmp(derived, p, n) != 0)
		return ERR_INVALID;
	return 0;
}

static int read_numbers(const json_t *jwk, const struct kind *kind, bool is_private, struct arena *arena, struct numbers *ret)
{
	for (int i = 0; i < 2 && kind->pub[i].name; i++) {
		struct span text = json_get_span(jwk, kind->pub[i].name);

		if (text.n == 0 || text.n > RSA_BITS_MAX / 8 * 3 / 2)
			return ERR_INVALID;
		TRY(encode_base64url_decode(text, arena, &ret->pub[i]));
		if (kind->size && ret->pub[i].n != kind->size) /* RFC 7518 6.2.1.2, RFC 8037 2 */
			return ERR_INVALID;
	}
	for (int i = 0; i < 6 && kind->private[i].name && is_private; i++) {
		struct span text = json_get_span(jwk, kind->private[i].name);

		if (text.n == 0 || text.n > RSA_BITS_MAX / 8 * 3 / 2)
			return ERR_INVALID;
		TRY(encode_base64url_decode(text, arena, &ret->private[i]));
		ret->privates++;
	}
	return 0;
}

/* use and key_ops, when declared, must allow signatures (RFC 7517 4.2, 4.3). */
static bool is_for_signatures(const json_t *jwk, const char *operation)
{
	const json_t *use = json_object_get(jwk, "use"), *ops = json_object_get(jwk, "key_ops");

	if (use && !span_is(json_get_span(jwk, "use"), "sig"))
		return false;
	if (!ops)
		return true;
	for (size_t i = 0; i < json_array_size(ops); i++)
		if (json_is_string(json_array_get(ops, i)) && strcmp(json_string_value(json_array_get(ops, i)), operation) == 0)
			return true;
	return false;
}

static int from_json(const json_t *jwk, bool is_private, struct arena *arena, struct key **ret_key)
{
	const struct kind *kind = kind_of_jwk(jwk);
	const json_t *kid = json_object_get(jwk, "kid");
	struct numbers numbers = { 0 };
	EVP_PKEY *pkey = NULL;
	unsigned algs = ALG_ALL;

	if (!kind || !is_for_signatures(jwk, is_private ? "sign" : "verify") || (kid && !json_is_string(kid)))
		return ERR_INVALID;
	/* A kid is compared as text and printed; a NUL cannot come through json_read, control characters could. */
	struct span name = json_get_span(jwk, "kid");
	for (size_t i = 0; i < name.n; i++)
		if ((unsigned char)name.p[i] < 0x20)
			return ERR_INVALID;
	if (json_object_get(jwk, "alg") && !(algs = ALG_BIT(alg_by_name(json_get_span(jwk, "alg"))) & ALG_ALL))
		return ERR_INVALID;
	TRY(read_numbers(jwk, kind, is_private, arena, &numbers));
	TRY(crypto_init());
	int error = !kind->group && kind->size ? pkey_from_raw(kind, &numbers, is_private, &pkey)
					       : pkey_from_numbers(kind, &numbers, is_private, &pkey);
	if (error) {
		EVP_PKEY_free(pkey);
		ERR_clear_error();
		return error;
	}
	if (is_private) {
		CLEANUP(pkey_ctx_cleanup) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);

		if (!ctx || EVP_PKEY_pairwise_check(ctx) != 1) {
			EVP_PKEY_free(pkey);
			ERR_clear_error();
			return ERR_INVALID;
		}
	}
	return make_key(pkey, algs, name, is_private, arena, ret_key);
}

int jwk_from_json(const json_t *jwk, struct key **ret_key)
{
	if (!json_is_object(jwk))
		return ERR_INVALID;
	for (size_t i = 0; i < ARRAY_LEN(private_members); i++)
		if (json_object_get(jwk, private_members[i]))
			return ERR_INVALID;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(SCRATCH);
	return arena ? from_json(jwk, false, arena, ret_key) : FAULT_MEMORY;
}

int jwk_parse(struct span text, struct key **ret_key)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(SCRATCH);
	JSON *jwk = NULL;

	if (!arena)
		return FAULT_MEMORY;
	TRY(json_read_object(text, &jwk));
	return from_json(jwk, json_object_get(jwk, "d") != NULL, arena, ret_key);
}

static int refuse_pass_phrase(char *buf, int size, int writing, void *context)
{
	return -1;
}

/* Make our own key out of what the library decoded; takes over @pkey, NULL when it could not decode. */
static int from_pkey(EVP_PKEY *pkey, enum alg alg, bool is_private, struct key **ret_key)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(SCRATCH);

	ERR_clear_error();
	if (!pkey)
		return ERR_INVALID;
	if (!arena) {
		EVP_PKEY_free(pkey);
		return FAULT_MEMORY;
	}
	return make_key(pkey, alg == ALG_UNKNOWN ? ALG_ALL : ALG_BIT(alg), (struct span){ NULL, 0 }, is_private, arena, ret_key);
}

int jwk_from_pem(struct span pem, enum alg alg, struct key **ret_key)
{
	static const struct span private_mark = SPAN("PRIVATE KEY-----");
	bool is_private = pem.n && memmem(pem.p, pem.n, private_mark.p, private_mark.n);

	if (pem.n > INT_MAX)
		return ERR_INVALID;
	TRY(crypto_init());
	CLEANUP(bio_cleanup) BIO *bio = BIO_new_mem_buf(pem.n ? pem.p : "", (int)pem.n);
	if (!bio)
		return FAULT_MEMORY;
	return from_pkey(is_private ? PEM_read_bio_PrivateKey(bio, NULL, refuse_pass_phrase, NULL)
				    : PEM_read_bio_PUBKEY(bio, NULL, refuse_pass_phrase, NULL),
			 alg, is_private, ret_key);
}

int jwk_generate(enum alg alg, struct key **ret_key)
{
	TRY(crypto_init());
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (!(kinds[i].algs & ALG_BIT(alg)))
			continue;
		EVP_PKEY *pkey = kinds[i].group  ? EVP_PKEY_Q_keygen(NULL, NULL, "EC", kinds[i].group)
				 : kinds[i].size ? EVP_PKEY_Q_keygen(NULL, NULL, kinds[i].type)
						 : EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)RSA_BITS_MIN);
		return pkey ? from_pkey(pkey, alg, true, ret_key) : CRYPTO_FAULT("generate");
	}
	return ERR_INVALID;
}

void jwk_free(struct key *key)
{
	if (!key)
		return;
	for (int i = 0; i < ALG_COUNT; i++) {
		EVP_MD_CTX_free(key->sign_ctx[i]);
		EVP_MD_CTX_free(key->verify_ctx[i]);
	}
	EVP_PKEY_free(key->pkey);
	free(key);
}

int jwk_to_der(const struct key *key, struct arena *arena, struct secret *ret_der)
{
	unsigned char *der = NULL;

	if (!key->is_private)
		return ERR_INVALID;
	CLEANUP(p8_cleanup) PKCS8_PRIV_KEY_INFO *p8 = EVP_PKEY2PKCS8(key->pkey);
	int n = p8 ? i2d_PKCS8_PRIV_KEY_INFO(p8, &der) : -1;
	if (n <= 0)
		return CRYPTO_FAULT("private key to DER");
	struct span copy = arena_dup(arena, (struct span){ (char *)der, (size_t)n });
	OPENSSL_clear_free(der, (size_t)n);
	if (!copy.p)
		return FAULT_MEMORY;
	ret_der->bytes = copy;
	return 0;
}

int jwk_from_der(struct secret der, enum alg alg, struct key **ret_key)
{
	const unsigned char *at = (const unsigned char *)der.bytes.p;

	TRY(crypto_init());
	if (der.bytes.n > LONG_MAX)
		return ERR_INVALID;
	CLEANUP(p8_cleanup) PKCS8_PRIV_KEY_INFO *p8 = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)der.bytes.n);
	return from_pkey(p8 ? EVP_PKCS82PKEY(p8) : NULL, alg, true, ret_key);
}

int jwk_public_json(const struct key *key, struct arena *arena, struct span *ret_json)
{
	struct buf buf = buf_new(arena, 1024);
	struct json_writer w = json_writer(&buf);

	TRY(write_public(key, arena, &buf, &w));
	json_member_str(&w, "kid", jwk_kid(key));
	json_member_str(&w, "use", SPAN("sig"));
	if (__builtin_popcount(key->algs) == 1)
		json_member_str(&w, "alg", span_of(alg_row(jwk_alg(key, ALG_ALL))->name));
	json_close(&w, '}');
	return buf_done(&buf, ret_json);
}

enum alg jwk_alg(const struct key *key, unsigned algs)
{
	for (int i = ALG_UNKNOWN + 1; i < ALG_COUNT; i++)
		if (key->algs & algs & ALG_BIT(i))
			return (enum alg)i;
	return ALG_UNKNOWN;
}
