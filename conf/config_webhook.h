/* SPDX-License-Identifier: Apache-2.0 */
/* config_webhook - what business systems are told. */
#pragma once

#include "conf/option.h"

/* What business systems can be told, beside the name that it has on the wire. */
#define CONFIG_EVENTS(X)                                                                                       \
	X(UNIT_EFFECTIVE, "unit.effective") X(UNIT_SUSPENDED, "unit.suspended") X(UNIT_DISSOLVED, "unit.dissolved")  \
	X(UNIT_CHANGED, "unit.changed") X(MEMBERSHIP_ACTIVE, "membership.active")                                \
	X(MEMBERSHIP_ENDED, "membership.ended") X(MEMBERSHIP_CHANGED, "membership.changed")                      \
	X(GRANT_CHANGED, "grant.changed") X(USER_CREATED, "user.created") X(USER_CHANGED, "user.changed")        \
	X(USER_ENABLED, "user.enabled") X(USER_DISABLED, "user.disabled") X(USER_CLOSED, "user.closed")          \
	X(REALNAME_VERIFIED, "realname.verified") X(PASSWORD_CHANGED, "password.changed") \
	X(LEGACY_BOUND, "legacy.bound") X(LEGACY_ENDED, "legacy.ended") \
	X(USER_MERGED, "user.merged") X(USER_SPLIT, "user.split") \
	X(CONFIG_ACTIVATED, "config.activated") X(SMS_ALARM, "sms.alarm") X(CERTIFICATE_ALARM, "certificate.alarm")
enum config_event {
#define X(name, text) CONFIG_EVENT_##name,
	CONFIG_EVENTS(X)
#undef X
};

struct config_webhook {
	struct span id, url;
	struct secret secret;
	struct span client; /* whose sub values it knows; empty: public ones */
	uint32_t events; /* bits 1 << enum config_event; all when none was named */
	bool enabled;
};

struct config_webhooks {
	const struct config_webhook *items;
	size_t n;
};

struct config_events {
	int64_t retention, give_up_after;
};

/* "unit.effective" … */
const char *config_event_name(enum config_event event);
