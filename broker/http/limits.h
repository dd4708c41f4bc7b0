/* SPDX-License-Identifier: Apache-2.0 */
/*
 * limits - token buckets in memory, one per (rate class, client address), in a table of bounded size.
 *
 * IPv6 addresses count by their /64. A full table forgets the bucket of its set that is nearest to full. These slow floods down;
 * limits that must survive a restart, or that count phones and accounts, are records (broker/identity).
 */
#pragma once

#include "broker/http/request.h"

struct rate {
	unsigned per_minute; /* 0: unlimited */
	unsigned burst;      /* 0: as per_minute */
};

struct limits;

/* Room for about @buckets clients; NULL without memory. */
MUST_USE struct limits *limits_new(size_t buckets);
void limits_free(struct limits *limits);
DEFINE_CLEANUP(struct limits, limits_cleanup, limits_free)
/* Take one token. 0, or ERR_TOO_MANY with the seconds to wait in *@ret_wait. Any thread. */
MUST_USE int limits_take(struct limits *limits, enum rate_class rate_class, const struct rate *rate,
			 const struct client_address *client, struct instant now, unsigned *ret_wait);
