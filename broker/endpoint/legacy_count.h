/* SPDX-License-Identifier: Apache-2.0 */
/*
 * legacy_count - how many old accounts of a source found their owners, day by day: one small record a source and day, kept in the transaction of
 * the change itself, so that a report over a million rows reads a few hundred.
 *
 * What an import makes is not counted here: its batch records say that (struct legacy_batch).
 */
#pragma once

#include "broker/store/records_legacy.h"

enum legacy_count_what {
#define X(name) LEGACY_COUNT_##name,
	LEGACY_DAY_COUNTS(X)
#undef X
	LEGACY_COUNTS
};

/* Once more @what, on @now's day in China. */
MUST_USE int legacy_count_add(struct txn *txn, struct arena *arena, struct instant now, struct span source, enum legacy_count_what what);
/* The same by the name that the history has for it ("disputed", "hash_destroyed"); what is not counted is no error. */
MUST_USE int legacy_count_note(struct txn *txn, struct arena *arena, struct instant now, struct span source, struct span what);
/* The beginning of @now's day in China. */
struct instant legacy_count_day(struct instant now);
int64_t legacy_count_of(const struct legacy_day *day, enum legacy_count_what what);
