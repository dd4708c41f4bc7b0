/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/crypto.h"

#include "broker/base/error.h"
#include "keys/digest.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdlib.h>

struct thread_contexts {
	EVP_MD_CTX *md[2];
	EVP_CIPHER_CTX *cipher;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t at_exit;
static bool is_ready;
static OSSL_PROVIDER *provider;
static EVP_CIPHER *aes256gcm, *aes256ecb;
static EVP_MD *mds[DIGEST_COUNT];
static _Thread_local struct thread_contexts *mine;

static void free_contexts(void *p)
{
	struct thread_contexts *contexts = p;

	EVP_MD_CTX_free(contexts->md[0]);
	EVP_MD_CTX_free(contexts->md[1]);
	EVP_CIPHER_CTX_free(contexts->cipher);
	free(contexts);
	mine = NULL;
}

/* The main thread's contexts: pthread destructors do not run for it. */
static void free_at_exit(void)
{
	if (mine)
		free_contexts(mine);
	for (size_t i = 0; i < DIGEST_COUNT; i++) {
		EVP_MD_free(mds[i]);
		mds[i] = NULL;
	}
	EVP_CIPHER_free(aes256gcm);
	EVP_CIPHER_free(aes256ecb);
	aes256gcm = aes256ecb = NULL;
	OSSL_PROVIDER_unload(provider);
}

static void prepare(void)
{
	unsigned char byte;

	/* No configuration file: what the broker accepts does not depend on the machine's openssl.cnf. */
	if (!OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL))
		return;
	/* By name: the default provider is only implied as long as nobody loads another one (old password hashes do). */
	if (!(provider = OSSL_PROVIDER_load(NULL, "default")))
		return;
	for (int i = 0; i < DIGEST_COUNT; i++)
		if (!(mds[i] = EVP_MD_fetch(NULL, digest_row((enum digest)i)->name, NULL)))
			return;
	aes256gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	aes256ecb = EVP_CIPHER_fetch(NULL, "AES-256-ECB", NULL);
	if (!aes256gcm || !aes256ecb || RAND_bytes(&byte, 1) != 1 || pthread_key_create(&at_exit, free_contexts))
		return;
	atexit(free_at_exit);
	is_ready = true;
}

int crypto_init(void)
{
	pthread_once(&once, prepare);
	return is_ready ? 0 : CRYPTO_FAULT("init");
}

const EVP_CIPHER *crypto_aes256gcm(void)
{
	return aes256gcm;
}

const EVP_CIPHER *crypto_aes256ecb(void)
{
	return aes256ecb;
}

const EVP_MD *crypto_md(int digest)
{
	return mds[digest];
}

static struct thread_contexts *contexts(void)
{
	struct thread_contexts *fresh;

	if (mine)
		return mine;
	if (crypto_init() || !(fresh = calloc(1, sizeof *fresh)))
		return NULL;
	fresh->md[0] = EVP_MD_CTX_new();
	fresh->md[1] = EVP_MD_CTX_new();
	fresh->cipher = EVP_CIPHER_CTX_new();
	if (!fresh->md[0] || !fresh->md[1] || !fresh->cipher || pthread_setspecific(at_exit, fresh)) {
		free_contexts(fresh);
		return NULL;
	}
	mine = fresh;
	return fresh;
}

EVP_MD_CTX *crypto_md_ctx(int slot)
{
	struct thread_contexts *c = contexts();

	return c ? c->md[slot] : NULL;
}

EVP_CIPHER_CTX *crypto_cipher_ctx(void)
{
	struct thread_contexts *c = contexts();

	return c ? c->cipher : NULL;
}

int crypto_fault(const char *file, int line, const char *what)
{
	char text[160] = "no reason given";
	unsigned long code = ERR_get_error();

	if (code)
		ERR_error_string_n(code, text, sizeof text);
	ERR_clear_error();
	return error_fault(FAULT_CRYPTO, file, line, "%s: %s", what, text);
}
