/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify - are the tokens that a server handed out under load good? Signature (ES256, RS256) and expiry, after the run.
 *
 * Straight on OpenSSL and apart from keys/, so that the bench does not judge our code with our code. RFC 7515, RFC 7517, RFC 7518
 */
#pragma once

#include "broker/base/arena.h"

struct verify_keys;

/* ERR_… when @jwks is not a JWKS. */
MUST_USE int verify_keys_read(struct span jwks, struct arena *arena, struct verify_keys **ret_keys);
/* NULL for a good token, else what is wrong with it. */
const char *verify_jwt(const struct verify_keys *keys, struct span jwt, struct instant now, struct arena *arena);
void verify_keys_free(struct verify_keys *keys);
