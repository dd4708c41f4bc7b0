/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seal - data at rest: sealed bytes, blind indexes and derived secrets under one key file.
 *
 * The file holds a root, which never changes (blind indexes and derived secrets come from it), and sealing keys, of which the
 * newest seals and all open. A sealed text begins with its format, so another algorithm can stand beside AES-256-GCM. Rings are
 * immutable and shared by threads. NIST SP 800-38D, RFC 5869
 */
#pragma once

#include "broker/base/arena.h"

/* What sealing adds: format, key id, nonce, tag. */
#define SEAL_OVERHEAD 33
#define SEAL_BLIND 16
#define SEAL_DERIVED 32

struct seal_ring;

/* Read the key file at @path; when it does not exist, make it (mode 0600). FAULT_CORRUPT for a file that is not ours or that others
 * may read, FAULT_IO. */
MUST_USE int seal_load(const char *path, struct seal_ring **ret_ring);
/* Add a fresh sealing key to the file at @path; it takes effect when the file is loaded again. */
MUST_USE int seal_rotate(const char *path);
/* A ring from the text of a key file, for tests and for processes that were handed it. */
MUST_USE int seal_parse(struct span text, struct seal_ring **ret_ring);
void seal_free(struct seal_ring *ring);
DEFINE_CLEANUP(struct seal_ring, seal_cleanup, seal_free)

/* @aad names the place (record kind, key, field): what was sealed for one place does not open at another. */
MUST_USE int seal_bytes(const struct seal_ring *ring, struct span aad, struct span plain, struct arena *arena,
		struct span *ret_sealed);
/* FAULT_CORRUPT when it was altered, belongs elsewhere or its key is gone. */
MUST_USE int seal_open(const struct seal_ring *ring, struct span aad, struct span sealed, struct arena *arena,
		struct span *ret_plain);
/* A keyed hash of @value for equality look-ups; every @domain ("phone", "id_number") has its own key. */
MUST_USE int seal_blind(const struct seal_ring *ring, const char *domain, struct span value, unsigned char ret_index[SEAL_BLIND]);
/* A secret that can be computed again: refresh secrets, cookie and CSRF authenticators. Every @purpose has its own key. */
MUST_USE int seal_derive(const struct seal_ring *ring, const char *purpose, struct span input,
		unsigned char ret_secret[SEAL_DERIVED]);
/* Another name for @id that only the key's holder can tell from a random one, and that leads back: one block of AES-256 under a key of its own for
 * every (@purpose, @scope). Equal ids have equal aliases. OpenID Connect Core 8.1 */
MUST_USE int seal_alias(const struct seal_ring *ring, const char *purpose, struct span scope, struct id id, struct id *ret_alias);
MUST_USE int seal_alias_open(const struct seal_ring *ring, const char *purpose, struct span scope, struct id alias, struct id *ret_id);
