/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config - the whole configuration, typed: an immutable snapshot that a reload swaps as one.
 *
 * Each area has a header of its own (config_sms.h, …), for whoever needs that area alone. The rows (config_rows.c,
 * config_sms_rows.c, …) are the truth about names, defaults and limits: docs/config-reference.md is printed from them. Durations are
 * milliseconds, sizes bytes, both int64_t; lists and strings are never NULL-terminated arrays but (items, n), and an empty span means
 * "not set". Enumerators stand in the order of the rows' values.
 */
#pragma once

#include "conf/config_base.h"
#include "conf/config_branding.h"
#include "conf/config_client.h"
#include "conf/config_form.h"
#include "conf/config_legacy.h"
#include "conf/config_login.h"
#include "conf/config_mail.h"
#include "conf/config_provider.h"
#include "conf/config_realname.h"
#include "conf/config_recovery.h"
#include "conf/config_registration.h"
#include "conf/config_review.h"
#include "conf/config_server.h"
#include "conf/config_sms.h"
#include "conf/config_unit.h"
#include "conf/config_upload.h"
#include "conf/config_webhook.h"

struct config {
	struct span issuer; /* without a trailing slash */
	bool demo;
	struct span data_dir;
	int language; /* enum config_language */
	struct config_support support;
	struct config_branding branding;
	struct config_http http;
	struct config_workers workers;
	struct config_store store;
	struct config_audit audit;
	struct config_keys keys;
	struct config_tokens tokens;
	struct config_session session;
	struct config_login login;
	struct config_password password;
	struct config_otp otp;
	struct config_captcha captcha;
	struct config_sms sms;
	struct config_mail mail;
	struct config_net net;
	struct config_log log;
	struct config_metrics metrics;
	struct config_providers providers;
	struct config_clients clients;
	struct config_units units;
	struct config_legacy_sources legacy_sources;
	struct config_lookup lookup;
	struct config_uploads uploads;
	struct config_files files;
	struct config_review review;
	struct config_staff staff;
	struct config_webhooks webhooks;
	struct config_events events;
	struct config_forms forms; /* those that replace a built-in one */
	struct config_registration registration;

	/* completion and real name */
	struct config_completion completion;
	struct config_realname realname;

	/* units, members */
	struct config_departments departments;
	struct config_unit_rules unit;
	struct config_membership membership;
	struct config_subsystems subsystems;

	/* recovery, appeals */
	struct config_recovery recovery;
};

/* Which variants the layers above bring. Index of option_context.registries. */
enum config_registry { CONFIG_PROVIDERS, CONFIG_SMS_GATEWAYS, CONFIG_VERIFIERS, CONFIG_REGISTRIES };

struct overlay;

struct config_sources {
	const char *path;             /* NULL: yimen.yaml in data_dir where it exists, else overrides alone */
	const char *data_dir;         /* --data DIR, or NULL; beats the file */
	const char *const *overrides; /* "KEY=VALUE", ends with NULL; NULL for none */
	const struct option_registry *registries; /* CONFIG_REGISTRIES of them, or NULL */
	const struct overlay *overlay; /* conf/overlay.h: what administrators decided on top of the file; NULL: nothing */
	/* What only the layers above can judge: the names of forms and fields. May be NULL. */
	void (*check)(const struct config *config, const struct yaml_node *root, struct problems *problems);
};

/* Read, parse and check. @problems takes errors and warnings; ERR_CONFIG when there was an error. What was read (secrets too)
 * stays in @problems' arena, which has a cap of 64 MiB or more: print the problems, then free it. *@ret_config has one
 * reference. */
MUST_USE int config_load(const struct config_sources *sources, struct problems *problems, const struct config **ret_config);

/* References are counted: take one for as long as a request looks at it. config_unref wipes and frees with the last one. */
const struct config *config_ref(const struct config *config);
void config_unref(const struct config *config);

DEFINE_CLEANUP(const struct config, config_cleanup, config_unref)
#define CONFIG_HELD CLEANUP(config_cleanup) const struct config

/* Names of what changed from @from to @to but is only read at start; at most @cap to @ret_names, all counted. */
size_t config_restart_changes(const struct config *from, const struct config *to, struct arena *arena, const char **ret_names,
			      size_t cap);
