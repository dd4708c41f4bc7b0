/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_audit - the chain over audit records: one link per commit that adds any.
 *
 * Link n lies at STORE_PREFIX_SELF 'c' n (8 bytes, big-endian) and holds: version (1), count (4), hash of link n-1 (32), hash
 * (32), the ids of its records in the order in which they were put. hash = H(… H(H(hash of link n-1, n, count), key, value) …)
 * with SHA-256, so a record that is altered, removed or slipped in later does not fit, and neither does a missing link.
 *
 * Links whose records were kept long enough are cut from the left. STORE_PREFIX_SELF 'a' then holds version (1), number (8) and hash (32) of the
 * newest link that went: what the first one left must follow.
 */
#pragma once

#include "broker/store/store.h"

#define STORE_AUDIT_KEY 10
#define STORE_AUDIT_HEAD (1 + 4 + 32 + 32)
#define STORE_AUDIT_LINK(n) (STORE_AUDIT_HEAD + 16 * (n))

struct store_audit_tail {
	uint64_t sequence; /* of the newest link; 0: none yet */
	unsigned char hash[32];
};

void store_audit_key(uint64_t sequence, unsigned char ret_key[STORE_AUDIT_KEY]);
/* The link over the records @ids of @txn that follows @tail. @ret_link has room for STORE_AUDIT_LINK(n). */
MUST_USE int store_audit_link(struct txn *txn, const struct store_audit_tail *tail, const struct id *ids, size_t n,
			      unsigned char *ret_link, struct store_audit_tail *ret_tail);
/* The tail that a stored link leaves. FAULT_CORRUPT. */
MUST_USE int store_audit_tail(struct span key, struct span link, struct store_audit_tail *ret_tail);
