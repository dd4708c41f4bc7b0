/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record_codec - a record as bytes and back. Only record.c, tests and the fuzz target call this.
 *
 * version (1 byte), then for each field that is not empty, tags rising: tag (1 byte), length (LEB128, at most 4 bytes), bytes.
 * Integers are zigzag, big-endian, without leading zero bytes. Lists are length (LEB128) and bytes for each item. Sealed text
 * is bound to (kind, record id, field).
 */
#pragma once

#include "broker/store/record.h"

#define RECORD_CODEC_SIZE_MAX 1024 /* of the struct of a kind */

/* @ret_bytes lives in @arena. FAULT_MEMORY, FAULT_CRYPTO; FAULT_BUG for a sealed field without @seal. */
MUST_USE int record_codec_encode(const struct kind *kind, const void *record, const struct seal_ring *seal, struct arena *arena,
				 struct span *ret_bytes);
/* FAULT_CORRUPT for bytes that record_codec_encode of this or an older version would not have written. */
MUST_USE int record_codec_decode(const struct kind *kind, struct id id, struct span bytes, const struct seal_ring *seal,
				 struct arena *arena, void *ret_record);
