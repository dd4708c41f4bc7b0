/* SPDX-License-Identifier: Apache-2.0 */
/*
 * legacy_report - how far the old accounts of each source have found their owners: from the records of batches and of days, never from the rows.
 */
#pragma once

#include "broker/endpoint/legacy_count.h"

struct config;
struct config_legacy_source;

struct legacy_report_source {
	const struct config_legacy_source *source;
	int64_t imported; /* rows that are kept: without what an undo took back */
	int64_t made;     /* of these with an account of their own (E1, E3, E4, P1, P3) */
	int64_t suggested; /* links that wait for a proof */
	int64_t claimed, bound, refused, expired;
	int64_t disputed, disputed_ever; /* disputes: before a reviewer now; all that there were */
	int64_t found;    /* their owners: claimed or bound, and not ended since */
	int64_t *imported_until, *found_until; /* by the end of each day, @days of them */
};

struct legacy_report {
	struct legacy_report_source *sources;
	size_t n, days;
	struct instant from; /* when the first of the days began */
};

/* Of the last @days days, today among them. */
MUST_USE int legacy_report_load(struct txn *txn, const struct config *config, struct instant now, size_t days, struct arena *arena,
				struct legacy_report *ret_report);
