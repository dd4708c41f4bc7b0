/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hours - hours of the day in China, in which something is open.
 */
#pragma once

#include "broker/base/base.h"

#define CHINA_MS (8 * MS_HOUR) /* ahead of UTC: one zone, no summer time since 1991 */

/* Minutes of a day, [from, to): from later than to reaches over midnight, from equal to to is all day. */
struct hours {
	int from, to;
};

/* "08:00" … "24:00" as minutes of the day; false for anything else. */
MUST_USE bool hours_time(struct span text, int *ret_minutes);
/* Both texts empty: all day. False when one is no time of the day. */
MUST_USE bool hours_parse(struct span from, struct span to, struct hours *ret_hours);
bool hours_is_open(const struct hours *hours, struct instant now);
/* The next moment at or after @now at which it is open. */
struct instant hours_opens(const struct hours *hours, struct instant now);
