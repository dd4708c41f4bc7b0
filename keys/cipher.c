/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/cipher.h"

#include "broker/base/error.h"
#include "keys/crypto.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#define BLOCK 16

DEFINE_CLEANUP(EVP_CIPHER_CTX, context_cleanup, EVP_CIPHER_CTX_free)

static const EVP_CIPHER *cipher_of(enum cipher cipher, size_t key)
{
	switch (cipher) {
	case CIPHER_AES_ECB:
		return key == 16 ? EVP_aes_128_ecb() : key == 24 ? EVP_aes_192_ecb() : key == 32 ? EVP_aes_256_ecb() : NULL;
	case CIPHER_AES_CBC:
		return key == 16 ? EVP_aes_128_cbc() : key == 24 ? EVP_aes_192_cbc() : key == 32 ? EVP_aes_256_cbc() : NULL;
	case CIPHER_SM4_ECB:
		return key == 16 ? EVP_sm4_ecb() : NULL;
	default:
		return key == 16 ? EVP_sm4_cbc() : NULL;
	}
}

int cipher_open(enum cipher cipher, struct span key, struct span iv, struct span sealed, struct arena *arena, struct span *ret_plain)
{
	const EVP_CIPHER *algorithm = cipher_of(cipher, key.n);
	bool is_cbc = cipher == CIPHER_AES_CBC || cipher == CIPHER_SM4_CBC;
	int n = 0, last = 0;

	if (!algorithm || iv.n != (is_cbc ? BLOCK : 0) || !sealed.n || sealed.n % BLOCK || sealed.n > INT_MAX - BLOCK)
		return ERR_INVALID;
	TRY(crypto_init());
	unsigned char *out = arena_alloc(arena, sealed.n + BLOCK);
	CLEANUP(context_cleanup) EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	if (!out || !context)
		return FAULT_MEMORY;
	if (!EVP_DecryptInit_ex2(context, algorithm, (const unsigned char *)key.p, is_cbc ? (const unsigned char *)iv.p : NULL, NULL) ||
	    !EVP_DecryptUpdate(context, out, &n, (const unsigned char *)sealed.p, (int)sealed.n))
		return CRYPTO_FAULT("cipher");
	if (!EVP_DecryptFinal_ex(context, out + n, &last)) { /* the padding is none: another key, or no such text */
		ERR_clear_error();
		explicit_bzero(out, sealed.n);
		return ERR_INVALID;
	}
	out[n + last] = '\0';
	*ret_plain = (struct span){ (char *)out, (size_t)(n + last) };
	return 0;
}
