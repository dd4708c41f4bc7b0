/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/alg.h"

#include "broker/base/error.h"
#include "keys/crypto.h"
#include "keys/digest.h"
#include "keys/jwk.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

/* ECDSA signatures: JOSE wants r and s side by side (RFC 7518 3.4), the library wants SEQUENCE { INTEGER r, INTEGER s }. */
#define P256 32
#define ECDSA_DER_MAX (2 + 2 * (2 + 1 + P256))

/* What the table does not show to others: how a template is set up, and how the library's signature becomes JOSE's. */
struct alg_how {
	int digest; /* enum digest; -1: the algorithm hashes by itself */
	bool is_pss;
	int (*pack)(const unsigned char *der, size_t n, unsigned char *ret_raw);
	size_t (*unpack)(const unsigned char *raw, unsigned char *ret_der);
};

static int ecdsa_pack(const unsigned char *der, size_t n, unsigned char *ret_raw);
static size_t ecdsa_unpack(const unsigned char *raw, unsigned char *ret_der);

static const struct alg_row rows[ALG_COUNT] = {
	[ALG_UNKNOWN] = { "", "", "", 0 },
	[ALG_ES256] = { "ES256", "EC", "P-256", 2 * P256 },
	[ALG_RS256] = { "RS256", "RSA", NULL, 0 },
	[ALG_PS256] = { "PS256", "RSA", NULL, 0 },
	[ALG_EDDSA] = { "EdDSA", "OKP", "Ed25519", 64 },
};

static const struct alg_how hows[ALG_COUNT] = {
	[ALG_UNKNOWN] = { -1, false, NULL, NULL },
	[ALG_ES256] = { DIGEST_SHA256, false, ecdsa_pack, ecdsa_unpack },
	[ALG_RS256] = { DIGEST_SHA256, false, NULL, NULL },
	[ALG_PS256] = { DIGEST_SHA256, true, NULL, NULL },
	[ALG_EDDSA] = { -1, false, NULL, NULL },
};

const struct alg_row *alg_row(enum alg alg)
{
	return &rows[alg];
}

enum alg alg_by_name(struct span name)
{
	for (int i = ALG_UNKNOWN + 1; i < ALG_COUNT; i++)
		if (span_is(name, rows[i].name))
			return (enum alg)i;
	return ALG_UNKNOWN;
}

/* One INTEGER of a DER signature into @P256 bytes, left-filled with zeros; the rest of the input, NULL when it is not one. */
static const unsigned char *integer_pack(const unsigned char *der, const unsigned char *end, unsigned char *raw)
{
	if (end - der < 3 || der[0] != 0x02 || der[1] == 0 || der[1] > P256 + 1 || end - der - 2 < der[1])
		return NULL;
	size_t n = der[1];
	der += 2;
	if (n == P256 + 1) {
		if (*der)
			return NULL;
		der++, n--;
	}
	memset(raw, 0, P256 - n);
	memcpy(raw + P256 - n, der, n);
	return der + n;
}

static int ecdsa_pack(const unsigned char *der, size_t n, unsigned char *ret_raw)
{
	const unsigned char *end = der + n;

	if (n < 2 || der[0] != 0x30 || der[1] != n - 2)
		return FAULT_CRYPTO;
	der = integer_pack(der + 2, end, ret_raw);
	if (der)
		der = integer_pack(der, end, ret_raw + P256);
	return der == end ? 0 : FAULT_CRYPTO;
}

static size_t integer_unpack(const unsigned char *raw, unsigned char *der)
{
	size_t skip = 0;

	while (skip < P256 - 1 && raw[skip] == 0)
		skip++;
	size_t n = P256 - skip, sign = raw[skip] >> 7;
	der[0] = 0x02;
	der[1] = (unsigned char)(n + sign);
	der[2] = 0;
	memcpy(der + 2 + sign, raw + skip, n);
	return 2 + sign + n;
}

static size_t ecdsa_unpack(const unsigned char *raw, unsigned char *ret_der)
{
	size_t n = 2;

	n += integer_unpack(raw, ret_der + n);
	n += integer_unpack(raw + P256, ret_der + n);
	ret_der[0] = 0x30;
	ret_der[1] = (unsigned char)(n - 2);
	return n;
}

static EVP_MD_CTX *template_new(EVP_PKEY *pkey, const struct alg_how *how, bool sign)
{
	/* The name lets the library fetch once per template and not once per signature. */
	const char *md = how->digest < 0 ? NULL : digest_row((enum digest)how->digest)->name;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx = NULL;
	int ok = ctx && (sign ? EVP_DigestSignInit_ex(ctx, &pctx, md, NULL, NULL, pkey, NULL)
			      : EVP_DigestVerifyInit_ex(ctx, &pctx, md, NULL, NULL, pkey, NULL)) == 1;

	if (ok && how->is_pss) /* RFC 7518 3.5: the salt is as long as the hash, MGF1 with the same hash */
		ok = EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) == 1 &&
		     EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, RSA_PSS_SALTLEN_DIGEST) == 1;
	if (ok)
		return ctx;
	EVP_MD_CTX_free(ctx);
	return NULL;
}

/* Copying a prepared context costs 5 µs less than preparing one (performance.md), so every key carries one per algorithm and
 * use. */
int alg_prepare(struct key *key)
{
	TRY(crypto_init());
	for (int i = ALG_UNKNOWN + 1; i < ALG_COUNT; i++) {
		if (!(key->algs & ALG_BIT(i)))
			continue;
		key->verify_ctx[i] = template_new(key->pkey, &hows[i], false);
		if (key->is_private)
			key->sign_ctx[i] = template_new(key->pkey, &hows[i], true);
		if (!key->verify_ctx[i] || (key->is_private && !key->sign_ctx[i]))
			return CRYPTO_FAULT("signature context");
	}
	return 0;
}

/* The context is emptied first: OpenSSL 3.5 copies into one that has the same hash by a short cut, which takes for granted that the hash
 * has begun; in a signature's context it has not, and the copy reads from NULL (openssl issue 31831). 3.0 empties it by itself. */
static int take_template(EVP_MD_CTX *ctx, const EVP_MD_CTX *template)
{
	return EVP_MD_CTX_reset(ctx) && EVP_MD_CTX_copy_ex(ctx, template);
}

int alg_sign(const struct key *key, enum alg alg, struct span input, unsigned char *ret_signature, size_t *ret_n)
{
	unsigned char signature[ALG_SIGNATURE_MAX];
	size_t n = sizeof signature;
	EVP_MD_CTX *ctx = crypto_md_ctx(1);

	if (alg <= ALG_UNKNOWN || alg >= ALG_COUNT || !(key->algs & ALG_BIT(alg)) || !key->sign_ctx[alg])
		return ERR_INVALID;
	if (!ctx)
		return FAULT_MEMORY;
	if (!take_template(ctx, key->sign_ctx[alg]) ||
	    EVP_DigestSign(ctx, signature, &n, (const unsigned char *)input.p, input.n) != 1)
		return CRYPTO_FAULT("sign");
	if (hows[alg].pack) {
		if (hows[alg].pack(signature, n, ret_signature))
			return FAULT(FAULT_CRYPTO, "signature of an impossible form");
		*ret_n = rows[alg].signature;
		return 0;
	}
	memcpy(ret_signature, signature, n);
	*ret_n = n;
	return 0;
}

int alg_verify(const struct key *key, enum alg alg, struct span input, struct span signature)
{
	unsigned char der[ECDSA_DER_MAX];
	EVP_MD_CTX *ctx = crypto_md_ctx(1);

	if (alg <= ALG_UNKNOWN || alg >= ALG_COUNT || !(key->algs & ALG_BIT(alg)) || !key->verify_ctx[alg])
		return ERR_INVALID;
	if (!ctx)
		return FAULT_MEMORY;
	/* Exactly as long as the algorithm says (RFC 7518 3.3, 3.4): no second form of the same signature. */
	size_t want = rows[alg].signature ? rows[alg].signature : (size_t)EVP_PKEY_get_size(key->pkey);
	if (signature.n != want)
		return ERR_SIGNATURE;
	if (hows[alg].unpack)
		signature = (struct span){ (char *)der, hows[alg].unpack((const unsigned char *)signature.p, der) };
	if (!take_template(ctx, key->verify_ctx[alg]))
		return CRYPTO_FAULT("verify");
	int ok = EVP_DigestVerify(ctx, (const unsigned char *)signature.p, signature.n, (const unsigned char *)input.p, input.n);
	ERR_clear_error(); /* a wrong signature leaves its reasons there */
	return ok == 1 ? 0 : ERR_SIGNATURE;
}
