/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/digest.h"

#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "keys/crypto.h"

#include <limits.h>
#include <openssl/evp.h>

#define BLOCK_MAX 128

static const struct digest_row rows[DIGEST_COUNT] = {
	[DIGEST_SHA256] = { "sha256", 32, 64 },
	[DIGEST_SHA384] = { "sha384", 48, 128 },
	[DIGEST_SHA512] = { "sha512", 64, 128 },
	[DIGEST_SHA1] = { "sha1", 20, 64 },
	[DIGEST_MD5] = { "md5", 16, 64 },
	[DIGEST_SM3] = { "sm3", 32, 64 },
};

const struct digest_row *digest_row(enum digest digest)
{
	return &rows[digest];
}

int digest_by_name(struct span name, enum digest *ret_digest)
{
	for (int i = 0; i < DIGEST_COUNT; i++)
		if (span_is(name, rows[i].name)) {
			*ret_digest = (enum digest)i;
			return 0;
		}
	return ERR_ABSENT;
}

/* Hash @first and then the parts with a context of this thread. */
static int run(enum digest digest, int slot, struct span first, const struct span *parts, size_t n, unsigned char *ret_hash)
{
	EVP_MD_CTX *ctx = crypto_md_ctx(slot);

	if (!ctx)
		return FAULT_MEMORY;
	if (!EVP_DigestInit_ex2(ctx, crypto_md(digest), NULL) || !EVP_DigestUpdate(ctx, first.p, first.n))
		return CRYPTO_FAULT("digest");
	for (size_t i = 0; i < n; i++)
		if (!EVP_DigestUpdate(ctx, parts[i].p, parts[i].n))
			return CRYPTO_FAULT("digest");
	if (!EVP_DigestFinal_ex(ctx, ret_hash, NULL))
		return CRYPTO_FAULT("digest");
	return 0;
}

int digest_parts(enum digest digest, const struct span *parts, size_t n, unsigned char *ret_hash)
{
	return run(digest, 0, (struct span){ "", 0 }, parts, n, ret_hash);
}

int digest_hex(enum digest digest, struct span text, char *ret_hex)
{
	unsigned char hash[DIGEST_MAX];

	TRY(digest_of(digest, hash, text));
	encode_hex(ret_hex, (struct span){ (char *)hash, rows[digest].size });
	return 0;
}

/* RFC 2104 by hand: EVP_MAC allocates a context, a parameter list and two digests for what are two short hashes. */
int digest_hmac_parts(enum digest digest, struct span key, const struct span *parts, size_t n, unsigned char *ret_mac)
{
	const size_t block = rows[digest].block, size = rows[digest].size;
	unsigned char pad[BLOCK_MAX] = { 0 }, hash[DIGEST_MAX];
	int error = 0;

	if (key.n > block)
		error = digest_parts(digest, &key, 1, pad);
	else if (key.n)
		memcpy(pad, key.p, key.n);
	for (size_t i = 0; i < block; i++)
		pad[i] ^= 0x36;
	if (!error)
		error = run(digest, 0, (struct span){ (char *)pad, block }, parts, n, hash);
	for (size_t i = 0; i < block; i++)
		pad[i] ^= 0x36 ^ 0x5c;
	struct span inner = { (char *)hash, size };
	if (!error)
		error = run(digest, 0, (struct span){ (char *)pad, block }, &inner, 1, ret_mac);
	explicit_bzero(pad, sizeof pad);
	explicit_bzero(hash, sizeof hash);
	return error;
}

int digest_hkdf(struct span secret, struct span salt, struct span info, unsigned char *ret_key, size_t n)
{
	unsigned char prk[32], t[32];
	struct span previous = { (char *)t, 0 };
	int error;

	if (n > 255 * sizeof t)
		return ERR_INVALID;
	error = digest_hmac(DIGEST_SHA256, salt, prk, secret); /* RFC 5869 2.2 */
	for (unsigned char i = 1; n && !error; i++) {          /* RFC 5869 2.3 */
		size_t part = n < sizeof t ? n : sizeof t;

		error = digest_hmac(DIGEST_SHA256, ((struct span){ (char *)prk, sizeof prk }), t, previous, info,
				    ((struct span){ (char *)&i, 1 }));
		if (error)
			break;
		previous.n = sizeof t;
		memcpy(ret_key, t, part);
		ret_key += part;
		n -= part;
	}
	explicit_bzero(prk, sizeof prk);
	explicit_bzero(t, sizeof t);
	return error;
}

int digest_pbkdf2(enum digest digest, struct span password, struct span salt, uint32_t iterations, unsigned char *ret_key, size_t n)
{
	if (iterations == 0 || iterations > INT_MAX || n == 0 || n > INT_MAX || password.n > INT_MAX || salt.n > INT_MAX)
		return ERR_INVALID;
	TRY(crypto_init());
	if (!PKCS5_PBKDF2_HMAC(password.n ? password.p : "", (int)password.n, (const unsigned char *)(salt.n ? salt.p : ""),
			       (int)salt.n, (int)iterations, crypto_md(digest), (int)n, ret_key))
		return CRYPTO_FAULT("pbkdf2");
	return 0;
}
