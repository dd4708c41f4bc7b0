/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keyring - the life of signing keys: generated, published, signing, published for verification only, gone. Pure.
 *
 * A key is published at least publish_ahead before it signs, so that every cache of the key set knows it by then; it stays
 * published until the last token that it signed has died. What happens when is written into the record in advance, so nothing
 * depends on a job running at the right second. RFC 7517 5, design.md 6
 */
#pragma once

#include "keys/alg.h"

#define KEYRING_KID_MAX 63

struct keyring_key {
	char kid[KEYRING_KID_MAX + 1];
	enum alg alg;
	struct instant published_at;     /* in the key set from here on */
	struct instant signing_from;
	struct instant signing_until;    /* unset: until a successor is made */
	struct instant published_until;  /* unset while signing_until is */
};

struct keyring_policy {
	unsigned algs;         /* ALG_BITs that must have a signing key */
	int64_t rotate_after;  /* a key signs this long */
	int64_t publish_ahead; /* >= the cache time of the key set */
	int64_t token_max_life; /* the longest life of anything signed, clock slack included */
};

enum keyring_phase { KEYRING_WAITING, KEYRING_SIGNING, KEYRING_VERIFYING, KEYRING_DEAD };

enum keyring_do {
	KEYRING_GENERATE, /* make a key for .alg and store it with .key's times; only the kid is missing */
	KEYRING_UPDATE,   /* store .key (its times have changed) in place of keys[.index] */
	KEYRING_DROP,     /* erase keys[.index]: nothing it signed is alive */
};

struct keyring_action {
	enum keyring_do what;
	size_t index;
	struct keyring_key key;
};

/* Enough for any plan over @n keys. */
#define KEYRING_ACTIONS(n) ((n) + 2 * ALG_COUNT)

enum keyring_phase keyring_phase(const struct keyring_key *key, struct instant now);
/* The key that signs for @alg at @now: of those in their signing time the one that began last. NULL when there is none. */
const struct keyring_key *keyring_signer(const struct keyring_key *keys, size_t n, enum alg alg, struct instant now);
/* It belongs into the key set that is served at @now. */
bool keyring_is_published(const struct keyring_key *key, struct instant now);
/* What has to be done at @now, in order; returns the number of actions. @force: algorithms to rotate now although their key is
 * young (still published ahead). An algorithm without any key gets one that signs at once: there is no cache to wait for.
 * @ret_actions has room for KEYRING_ACTIONS(n). Carrying out half of a plan is harmless: the next plan completes it. */
size_t keyring_plan(const struct keyring_key *keys, size_t n, const struct keyring_policy *policy, struct instant now,
		    unsigned force, struct keyring_action *ret_actions);
/* ERR_CONFIG when the policy cannot keep its promise (publish_ahead >= rotate_after, nothing positive). */
MUST_USE int keyring_check_policy(const struct keyring_policy *policy);
