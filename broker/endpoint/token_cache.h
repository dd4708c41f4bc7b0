/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token_cache - which signed tokens have been verified already, so that a token in use costs one ECDSA verification and not one a
 * request (84 µs, three times what signing costs: performance.md).
 *
 * It remembers hashes, not contents: 24 bytes a token, of a fixed number, the soonest to expire making room. What a remembered
 * token says is read from the token itself. Any thread.
 */
#pragma once

#include "broker/base/error.h"

struct token_cache;

/* Room for about @tokens of them (rounded up; memory is touched as it fills). */
MUST_USE int token_cache_new(size_t tokens, struct token_cache **ret_cache);
void token_cache_free(struct token_cache *cache);
DEFINE_CLEANUP(struct token_cache, token_cache_cleanup, token_cache_free)

/* @token was added, byte for byte, and has not expired. A full cache forgets: false says nothing. */
bool token_cache_has(struct token_cache *cache, struct span token, struct instant now);
/* @token was signed or verified by us just now. */
void token_cache_add(struct token_cache *cache, struct span token, struct instant expires_at);
/* Forget everything: a key was withdrawn, and what it signed must not pass any more. */
void token_cache_clear(struct token_cache *cache);
