/* SPDX-License-Identifier: Apache-2.0 */
/* config_legacy - old accounts: sources, ways to prove one, look-up. */
#pragma once

#include "conf/config_base.h"

struct config;

struct config_legacy_type {
	struct span id;
	struct config_text name;
};

struct config_legacy_types {
	const struct config_legacy_type *items;
	size_t n;
};

/* The old system still answers whether a password is somebody's. */
enum config_live_mode { CONFIG_LIVE_OFF, CONFIG_LIVE_SHADOW, CONFIG_LIVE_MIGRATE, CONFIG_LIVE_CUT };
struct config_live {
	int mode; /* enum config_live_mode */
	struct span url, key_id;
	struct secret secret;
	int64_t timeout;
	int64_t breaker, pause; /* failures in a row, after which it is not asked for so long */
};

enum config_legacy_accounts { CONFIG_LEGACY_CREATE, CONFIG_LEGACY_CLAIM };
enum config_legacy_method { CONFIG_LEGACY_SMS, CONFIG_LEGACY_PASSWORD, CONFIG_LEGACY_DOCUMENT, CONFIG_LEGACY_REVIEW };
enum config_legacy_sms { CONFIG_LEGACY_SMS_RECENT, CONFIG_LEGACY_SMS_ALLOW };

struct config_legacy_source {
	struct span id;
	struct config_text name;
	struct span scheme;  /* domain.md 6: an expression or a named format; rows of a file may name their own */
	struct option_list subsystems; /* granted with an account that acts for a unit (M16) */
	int accounts;        /* enum config_legacy_accounts */
	struct config_legacy_types user_types; /* in order of precedence */
	uint32_t methods;    /* bits of enum config_legacy_method */
	int sms_alone;       /* enum config_legacy_sms */
	int64_t sms_recent;
	int64_t per_identity;
	int64_t unclaimed_life; /* of a hash that nobody claims; 0: for ever */
	bool complete, lookup;
	struct config_live live;
};

struct config_legacy_sources {
	const struct config_legacy_source *items;
	size_t n;
};

/* How often the look-up of old accounts is asked (M11-M21). */
struct config_lookup {
	int64_t per_address_hour, per_client_hour, per_key_hour;
};

/* By its id, in O(log n); NULL when there is none. */
const struct config_legacy_source *config_legacy_source(const struct config *config, struct span id);
