/* SPDX-License-Identifier: Apache-2.0 */
/* config_realname - completion and real-name verification. */
#pragma once

#include "conf/config_base.h"

enum config_completion_mode { CONFIG_COMPLETION_OFF, CONFIG_COMPLETION_OPTIONAL, CONFIG_COMPLETION_REQUIRED };
enum config_profile { CONFIG_PROFILE_INDIVIDUAL, CONFIG_PROFILE_UNIT, CONFIG_PROFILE_EXPERT };

/* Z2, Z7, Z8 */
enum config_founded { CONFIG_FOUNDED_NEEDS_SUPPLEMENT, CONFIG_FOUNDED_REGISTERED };
struct config_completion {
	int mode;          /* enum config_completion_mode */
	uint32_t profiles; /* bits 1 << enum config_profile */
	bool review;
	int unit_status; /* enum config_founded */
};

/* One source that is asked about names and numbers. */
struct config_verifier {
	struct span id;
	struct option_variant_value verifier;
	bool enabled;
	struct span from, to; /* its hours (hours.h), both or neither */
	int64_t per_day;      /* questions in a day; 0: unlimited */
	int64_t level;        /* most that its match is worth; 0: as realname.level */
	int64_t remember;     /* how long a match is remembered; 0: not at all */
};

struct config_verifiers {
	const struct config_verifier *items;
	size_t n;
};

/* Real-name verification: Z10, M3-M6, T7 */
struct config_realname {
	struct option_variant_value verifier; /* the short form of one verifier; its rows stand in the same map */
	struct config_verifiers verifiers;    /* in the order in which they are asked; resolved: also of the short form; none: nobody is asked */
	struct span from, to;                 /* hours (hours.h) in which anybody is asked, both or neither */
	struct config_breaker breaker;
	int64_t level;
	int64_t tries_day, lookups_day;
	int64_t retry_after, retry_most;
	bool manual, skip, expire;
};
