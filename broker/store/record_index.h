/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record_index - the keys of a record's index entries, and keeping them as the record changes. Only record.c calls this.
 *
 * Key: STORE_PREFIX_INDEX, kind prefix, index tag, field values; then the record id when the index is not unique. Values: an id
 * is 16 bytes, a number 8 bytes big-endian, text its length (2 bytes) and itself, or 0xffff and its SHA-256 past 64 bytes,
 * sealed text its blind value. A unique entry's value is the record id, another's is empty.
 */
#pragma once

#include "broker/store/record.h"

struct record_index_key {
	size_t n;        /* 0: the record is not in this index */
	size_t n_fields; /* up to and without the record id */
	unsigned char b[3 + 3 * (2 + 64) + 16];
};

/* The index with @tag; NULL when the kind has none. */
const struct record_index *record_index_by_tag(const struct kind *kind, uint8_t tag);
MUST_USE int record_index_key(const struct kind *kind, const struct record_index *index, const void *record,
			      const struct seal_ring *seal, struct record_index_key *ret_key);
/* Move the entries from @before to @after; either may be NULL. ERR_CONFLICT, and nothing was written, when a unique value is
 * taken. */
MUST_USE int record_index_move(struct txn *txn, const struct kind *kind, const void *before, const void *after);
