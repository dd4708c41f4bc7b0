/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signer_keys - the private keys that the signer has loaded, with the headers of their tokens written in advance. Threads share it.
 */
#pragma once

#include "keys/seal.h"
#include "keys/signer.h"

struct signer_keys;

/* @ring seals and opens private keys; it must outlive the set. */
MUST_USE int signer_keys_new(const struct seal_ring *ring, struct signer_keys **ret_keys);
void signer_keys_free(struct signer_keys *keys);
DEFINE_CLEANUP(struct signer_keys, signer_keys_cleanup, signer_keys_free)

/* Make a key, load it, and hand out its public and its sealed form. ERR_FULL past SIGNER_KEYS. */
MUST_USE int signer_keys_generate(struct signer_keys *keys, enum alg alg, struct arena *arena, struct signer_made *ret_made);
/* FAULT_CORRUPT when it was not sealed by this ring, ERR_FULL. Loading twice is harmless. */
MUST_USE int signer_keys_load(struct signer_keys *keys, struct span sealed, struct arena *arena, struct span *ret_kid);
/* ERR_ABSENT */
MUST_USE int signer_keys_unload(struct signer_keys *keys, struct span kid);
/* header.payload.signature into @room, which has SIGNER_WIRE_TOKEN(payload.n) bytes. ERR_ABSENT for an unknown kid. */
MUST_USE int signer_keys_sign(struct signer_keys *keys, struct span kid, enum signer_typ typ, struct span payload, char *room,
			      size_t *ret_n);
