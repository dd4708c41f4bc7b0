/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crypto - the library below: made ready once, algorithms fetched once, contexts kept per thread.
 *
 * Fetching an algorithm or allocating a context on every call costs 5 to 8 µs a signature. Only files in keys/
 * use the handles; others call crypto_init.
 */
#pragma once

#include "broker/base/base.h"

struct evp_md_st;
struct evp_md_ctx_st;
struct evp_cipher_st;
struct evp_cipher_ctx_st;

/* Fetch everything and seed the generators, so that a sandboxed or memory-starved thread never has to. Any thread, any number of
 * times; FAULT_CRYPTO when the library cannot do what we need. The other functions of keys/ call it by themselves. */
MUST_USE int crypto_init(void);

/* Fetched ciphers. NULL before crypto_init has succeeded. */
const struct evp_cipher_st *crypto_aes256gcm(void);
const struct evp_cipher_st *crypto_aes256ecb(void); /* for single blocks: seal_alias */
/* The fetched hash of an enum digest. NULL before crypto_init has succeeded. */
const struct evp_md_st *crypto_md(int digest);
/* This thread's contexts, freed with the thread; whoever uses one initialises it. @slot is 0 or 1. NULL without memory. */
struct evp_md_ctx_st *crypto_md_ctx(int slot);
struct evp_cipher_ctx_st *crypto_cipher_ctx(void);
/* Log what the library complains about (its error queue, emptied) and return FAULT_CRYPTO. */
#define CRYPTO_FAULT(what) crypto_fault(__FILE__, __LINE__, (what))
int crypto_fault(const char *file, int line, const char *what);
