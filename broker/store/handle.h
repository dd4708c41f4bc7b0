/* SPDX-License-Identifier: Apache-2.0 */
/*
 * handle - what a client holds of a record: the record's id and a secret, base64url, 43 characters. The record keeps only a hash.
 *
 * The hash is bound to a purpose ("code", "session", "interaction" …) and to the id, so that a handle for one purpose is never
 * one for another, even when an attacker moves it there. Codes and tokens are RFC 6749 1.4, 1.5; 128 bits as RFC 6749 10.10.
 */
#pragma once

#include "broker/base/arena.h"

#define HANDLE_SECRET 16
#define HANDLE_HASH 32
#define HANDLE_TEXT 43

struct handle {
	struct id id;
	unsigned char secret[HANDLE_SECRET];
};

/* A handle for @id with a fresh secret: its text, and the hash for the record's secret_hash or code_hash. */
MUST_USE int handle_new(const char *purpose, struct id id, struct arena *arena, struct span *ret_text,
			unsigned char ret_hash[HANDLE_HASH]);
/* The same for a secret that can be computed again (seal_derive): refresh secrets are not stored. */
MUST_USE int handle_text(const struct handle *handle, struct arena *arena, struct span *ret_text);
MUST_USE int handle_hash(const char *purpose, const struct handle *handle, unsigned char ret_hash[HANDLE_HASH]);
/* ERR_INVALID for anything that is not exactly a handle. */
MUST_USE int handle_parse(struct span text, struct arena *arena, struct handle *ret_handle);
/* @handle is the one whose hash was stored for @purpose. Constant time. */
bool handle_matches(const char *purpose, const struct handle *handle, struct span stored_hash);
