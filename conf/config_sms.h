/* SPDX-License-Identifier: Apache-2.0 */
/* config_sms - text messages: purposes, templates, routes, budgets. */
#pragma once

#include "conf/config_base.h"

struct config;

/* What text messages are for. Index of config_sms_purposes. */
#define CONFIG_SMS_PURPOSE_LIST(X)                                                                                               \
	X(LOGIN, "login") X(REGISTER, "register") X(BIND, "bind") X(RECOVER, "recover") X(CHANGE, "change") X(APPEAL, "appeal")    \
	X(NOTICE, "notice") X(DECISION, "decision") X(APPEAL_REJECTED, "appeal-rejected") X(RECOVER_LINK, "recover-link")        \
	X(LEGACY_ENDED, "legacy-ended")
enum config_sms_purpose {
#define X(name, text) CONFIG_SMS_##name,
	CONFIG_SMS_PURPOSE_LIST(X)
#undef X
	CONFIG_SMS_PURPOSES
};
extern const char *const config_sms_purposes[]; /* ends with NULL */

enum config_sms_language { CONFIG_SMS_ANY, CONFIG_SMS_ZH, CONFIG_SMS_EN };

/* A template that the carrier approved. */
struct config_sms_template {
	struct span code;
	uint32_t purposes; /* bits 1 << enum config_sms_purpose; 0: all */
	int language;      /* enum config_sms_language */
	struct option_list params; /* "name" or "name=value" */
};

struct config_sms_templates {
	const struct config_sms_template *items;
	size_t n;
};

struct config_sms_route {
	struct span id;
	struct option_variant_value gateway;
	bool enabled;
	int64_t order, weight;
	struct option_list prefixes;
	uint32_t purposes; /* as above */
	bool resend_unknown;
	struct config_sms_templates templates;
	int64_t price; /* thousandths of a yuan a piece */
	struct secret receipt_secret;
};

struct config_sms_routes {
	const struct config_sms_route *items;
	size_t n;
};

struct config_sms_budget {
	int64_t per_phone_day, per_segment_hour, total_hour, total_day; /* 0: unlimited */
	int64_t alarm_minute, alarm_segment_hour;                       /* 0: never */
};

struct config_sms {
	struct option_variant_value gateway; /* the short form of one route; its rows stand in the same map */
	struct config_text signature;
	struct config_sms_routes routes; /* resolved: also of the short form; none: no SMS */
	struct config_sms_templates templates; /* of the short form, as the next two */
	int64_t price;
	struct secret receipt_secret;
	struct config_sms_budget budget;
	struct config_breaker breaker;
	int64_t retention;
};

/* NULL when there is none. */
const struct config_sms_route *config_sms_route(const struct config *config, struct span id);
