/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/rsa.h"

#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "keys/crypto.h"
#include "keys/digest.h"

#include <limits.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#define KEY_TEXT_MAX (16 * 1024)
#define BUNDLE_MAX (256 * 1024)
#define PEM_LINE 64

DEFINE_CLEANUP(EVP_PKEY, pkey_cleanup, EVP_PKEY_free)
DEFINE_CLEANUP(BIO, bio_cleanup, BIO_free_all)
DEFINE_CLEANUP(BIGNUM, bn_cleanup, BN_free)
DEFINE_CLEANUP(X509, x509_cleanup, X509_free)

static void free_text(char **text)
{
	OPENSSL_free(*text);
}

/* ---- keys */

static bool has(struct span text, const char *word)
{
	return text.n && memmem(text.p, text.n, word, strlen(word));
}

/* Bare base64 as PEM with @label. */
static int wrap(struct span text, const char *label, struct arena *arena, struct span *ret_pem)
{
	struct buf buf = buf_new(arena, text.n + text.n / PEM_LINE + 128);
	size_t column = 0;

	buf_printf(&buf, "-----BEGIN %s-----\n", label);
	for (size_t i = 0; i < text.n; i++) {
		if (strchr(" \t\r\n", text.p[i]))
			continue;
		buf_char(&buf, text.p[i]);
		if (++column % PEM_LINE == 0)
			buf_char(&buf, '\n');
	}
	buf_printf(&buf, "\n-----END %s-----\n", label);
	return buf_done(&buf, ret_pem);
}

/* The first of @labels under which @text can be read. */
static int read_key(struct span text, const char *const *labels, size_t n, struct arena *arena, struct key **ret_key)
{
	struct span pem;
	int result = ERR_INVALID;

	if (!text.n || text.n > KEY_TEXT_MAX)
		return ERR_INVALID;
	if (has(text, "-----BEGIN"))
		return jwk_from_pem(text, ALG_RS256, ret_key);
	for (size_t i = 0; i < n && result > 0; i++) {
		TRY(wrap(text, labels[i], arena, &pem));
		result = jwk_from_pem(pem, ALG_RS256, ret_key);
	}
	return result;
}

int rsa_private_key(struct span text, struct arena *arena, struct key **ret_key)
{
	static const char *const labels[] = { "PRIVATE KEY", "RSA PRIVATE KEY" };
	struct key *key;

	TRY(read_key(text, labels, ARRAY_LEN(labels), arena, &key));
	if (!key->is_private) {
		jwk_free(key);
		return ERR_INVALID;
	}
	*ret_key = key;
	return 0;
}

static int open_pem(struct span pem, BIO **ret_bio)
{
	if (!pem.n || pem.n > BUNDLE_MAX)
		return ERR_INVALID;
	TRY(crypto_init());
	*ret_bio = BIO_new_mem_buf(pem.p, (int)pem.n);
	return *ret_bio ? 0 : FAULT_MEMORY;
}

/* The key of a certificate, by way of PEM, so that the limits on keys are in one place. */
static int certificate_key(struct span pem, struct key **ret_key)
{
	CLEANUP(bio_cleanup) BIO *in = NULL;
	char *text;

	TRY(open_pem(pem, &in));
	CLEANUP(x509_cleanup) X509 *certificate = PEM_read_bio_X509(in, NULL, NULL, NULL);
	CLEANUP(pkey_cleanup) EVP_PKEY *pkey = certificate ? X509_get_pubkey(certificate) : NULL;
	ERR_clear_error();
	if (!pkey)
		return ERR_INVALID;
	CLEANUP(bio_cleanup) BIO *out = BIO_new(BIO_s_mem());
	if (!out || !PEM_write_bio_PUBKEY(out, pkey))
		return FAULT_MEMORY;
	long n = BIO_get_mem_data(out, &text);
	return jwk_from_pem((struct span){ text, n > 0 ? (size_t)n : 0 }, ALG_RS256, ret_key);
}

int rsa_public_key(struct span text, struct arena *arena, struct key **ret_key)
{
	static const char *const labels[] = { "PUBLIC KEY" };
	struct key *key;

	if (has(text, "-----BEGIN CERTIFICATE-----"))
		return certificate_key(text, ret_key);
	TRY(read_key(text, labels, ARRAY_LEN(labels), arena, &key));
	if (key->is_private) { /* somebody pasted what nobody else may have; do not get used to it */
		jwk_free(key);
		return ERR_INVALID;
	}
	*ret_key = key;
	return 0;
}

/* ---- signatures */

int rsa_sign(const struct key *key, struct span text, struct arena *arena, struct span *ret_signature)
{
	unsigned char signature[ALG_SIGNATURE_MAX];
	struct buf buf = buf_new(arena, ALG_SIGNATURE_MAX * 4 / 3 + 4);
	size_t n;

	TRY(alg_sign(key, ALG_RS256, text, signature, &n));
	encode_base64(&buf, (struct span){ (char *)signature, n });
	return buf_done(&buf, ret_signature);
}

int rsa_verify(const struct key *key, struct span text, struct span signature, struct arena *arena)
{
	struct span bytes;
	int result = encode_base64_decode(signature, arena, &bytes);

	if (result > 0 || (!result && bytes.n > ALG_SIGNATURE_MAX))
		return ERR_SIGNATURE;
	return result ? result : alg_verify(key, ALG_RS256, text, bytes);
}

/* ---- serial numbers */

static bool is_signed_with_rsa(const X509 *certificate)
{
	int digest, key;

	return OBJ_find_sigid_algs(X509_get_signature_nid(certificate), &digest, &key) && (key == NID_rsaEncryption || key == NID_rsassaPss);
}

static int one_sn(const X509 *certificate, char hex[33])
{
	CLEANUP(bio_cleanup) BIO *issuer = BIO_new(BIO_s_mem());
	CLEANUP(bn_cleanup) BIGNUM *serial = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), NULL);
	CLEANUP(free_text) char *decimal = serial ? BN_bn2dec(serial) : NULL;
	unsigned char hash[DIGEST_MAX];
	char *name;

	/* RFC 2253 with letters beyond ASCII as they are, as the vendor's own library prints it */
	if (!issuer || !decimal || X509_NAME_print_ex(issuer, X509_get_issuer_name(certificate), 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) < 0)
		return FAULT_MEMORY;
	long n = BIO_get_mem_data(issuer, &name);
	TRY(digest_of(DIGEST_MD5, hash, ((struct span){ name, n > 0 ? (size_t)n : 0 }), span_of(decimal)));
	encode_hex(hex, (struct span){ (char *)hash, digest_row(DIGEST_MD5)->size });
	return 0;
}

int rsa_certificate_sn(struct span pem, bool is_bundle, struct arena *arena, struct span *ret_sn)
{
	CLEANUP(bio_cleanup) BIO *in = NULL;
	struct buf buf = buf_new(arena, 256);
	bool any = false;
	char hex[33];

	TRY(open_pem(pem, &in));
	for (;;) {
		CLEANUP(x509_cleanup) X509 *certificate = PEM_read_bio_X509(in, NULL, NULL, NULL);

		if (!certificate)
			break;
		if (is_bundle && !is_signed_with_rsa(certificate))
			continue;
		TRY(one_sn(certificate, hex));
		if (any)
			buf_char(&buf, '_');
		buf_add(&buf, span_of(hex));
		any = true;
		if (!is_bundle)
			break;
	}
	ERR_clear_error();
	return any ? buf_done(&buf, ret_sn) : ERR_INVALID;
}
