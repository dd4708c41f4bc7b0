/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config - the whole configuration, typed: an immutable snapshot that a reload swaps as one.
 *
 * The rows (config_rows.c, config_client_rows.c) are the truth about names, defaults and limits: docs/config-reference.md is
 * printed from them. Durations are milliseconds, sizes bytes, both int64_t; lists and strings are never NULL-terminated arrays but
 * (items, n), and an empty span means "not set". Enumerators stand in the order of the rows' values.
 */
#pragma once

#include "conf/option.h"

struct config_text {
	struct span zh, en; /* en falls back to zh and zh to en: both are set or both are empty */
};

enum config_language { CONFIG_ZH_CN, CONFIG_EN };

struct config_phone {
	struct span number;
	struct config_text label;
};

struct config_phones {
	const struct config_phone *items;
	size_t n;
};

struct config_support {
	struct config_phones phones;
	struct config_text text;
	struct span phone, url;
};

struct config_http {
	struct address_list listen;
	int64_t threads; /* resolved: never 0 */
	struct address_blocks trusted_proxies;
	bool insecure_expose;
	int64_t max_body, connections, connections_per_address;
	int64_t rate_page, rate_login; /* requests per address and minute; 0: unlimited */
	bool access_log;
	int64_t idle_timeout, request_timeout, stop_timeout;
	struct span tls_cert, tls_key; /* PEM text; development only */
};

struct config_workers {
	int64_t commit, commit_queue;
	int64_t password, password_queue; /* password resolved: never 0 */
	int64_t upstream, upstream_queue;
	int64_t sms, sms_queue;
};

enum config_engine { CONFIG_ENGINE_LMDB };

struct config_store {
	int engine; /* enum config_engine */
	int64_t map_size, quota, free_disk_min;
	bool sync;
	int64_t sweep_every;
};

struct config_audit {
	int64_t retention, explain;
};

/* Bits of keys.algorithms, values of id_token_alg and the like. */
enum config_alg { CONFIG_ES256, CONFIG_RS256, CONFIG_PS256, CONFIG_EDDSA };

struct config_keys {
	uint32_t algorithms; /* bits 1 << enum config_alg */
	int64_t rotate_after, publish_ahead, jwks_max_age;
};

struct config_tokens {
	int64_t code_life, access_life, id_life, refresh_life, refresh_idle, offline_life, refresh_grace;
	int64_t interaction_life, clock_skew, assertion_life_max;
};

enum config_choose_unit { CONFIG_CHOOSE_UNIT_ALWAYS, CONFIG_CHOOSE_UNIT_WHEN_REQUIRED, CONFIG_CHOOSE_UNIT_NEVER };

struct config_session {
	int64_t idle, staff_idle, absolute, max_per_account;
	int choose_unit; /* enum config_choose_unit */
};

enum config_namespace { CONFIG_NATURAL, CONFIG_LEGAL, CONFIG_STAFF };
enum config_identifier { CONFIG_ID_LOGIN_NAME, CONFIG_ID_PHONE, CONFIG_ID_EMAIL, CONFIG_ID_ID_NUMBER };

struct config_login {
	uint32_t namespaces;  /* bits 1 << enum config_namespace */
	uint32_t identifiers; /* bits 1 << enum config_identifier */
	bool phone_otp, register_phone;
	int64_t tries, tries_window;
	int64_t address_tries, address_window;
	int64_t captcha_after;
};

struct config_password {
	int64_t cost_memory, cost_time;
	int64_t min, max, classes; /* of new ones */
	struct option_list context_words;
	bool refuse_common;
};

struct config_otp {
	int64_t digits, life, tries, resend_after;
	int64_t per_phone_minute, per_phone_hour, per_phone_day;
	int64_t per_address_hour, per_session, total_minute;
};

enum config_captcha_login { CONFIG_CAPTCHA_LOGIN_NEVER, CONFIG_CAPTCHA_LOGIN_AFTER_FAILURES, CONFIG_CAPTCHA_LOGIN_ALWAYS };
enum config_captcha_sms { CONFIG_CAPTCHA_SMS_ALWAYS, CONFIG_CAPTCHA_SMS_ADAPTIVE };

struct config_captcha {
	int login; /* enum config_captcha_login */
	int sms;   /* enum config_captcha_sms */
	int64_t length, life, adaptive_free;
	struct span font;
};

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

/* When something that fails is left alone (broker/base/breaker.h). */
struct config_breaker {
	int64_t failures, pause, pause_most;
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

struct config_mail {
	struct span server, user;
	struct secret password;
	struct span from, outbox;
};

enum config_legal_state { CONFIG_LEGAL_REGISTERED, CONFIG_LEGAL_NEEDS_SUPPLEMENT, CONFIG_LEGAL_EFFECTIVE };

struct config_provider {
	struct span id;
	struct option_variant_value type;
	struct config_text title;
	bool enabled, create_account;
	bool legal;      /* its legal persons are legal persons here */
	int legal_state; /* enum config_legal_state: of a unit that it brings */
	bool ask_first;  /* a first login asks whether an account is there already */
	int64_t min_level, calls;
	bool trust_real_name, send_logout;
	struct span password_url;
};

struct config_providers {
	const struct config_provider *items;
	size_t n;
};

struct config_net {
	struct address_blocks allow; /* non-public destinations that are allowed all the same */
	int64_t timeout, connect_timeout, max_body;
	struct span ca_file;
};

enum config_client_type { CONFIG_CLIENT_CONFIDENTIAL, CONFIG_CLIENT_PUBLIC };
enum config_auth_method { CONFIG_AUTH_SECRET_BASIC, CONFIG_AUTH_SECRET_POST, CONFIG_AUTH_PRIVATE_KEY_JWT, CONFIG_AUTH_NONE };
enum config_grant_type { CONFIG_GRANT_AUTHORIZATION_CODE, CONFIG_GRANT_REFRESH_TOKEN, CONFIG_GRANT_CLIENT_CREDENTIALS };
enum config_response_mode { CONFIG_MODE_QUERY, CONFIG_MODE_FORM_POST };
enum config_pkce { CONFIG_PKCE_REQUIRED, CONFIG_PKCE_OPTIONAL };
enum config_consent { CONFIG_CONSENT_REMEMBER, CONFIG_CONSENT_ASK, CONFIG_CONSENT_SKIP };
enum config_access_token { CONFIG_ACCESS_JWT, CONFIG_ACCESS_OPAQUE };
enum config_subject { CONFIG_SUBJECT_PUBLIC, CONFIG_SUBJECT_PAIRWISE };
enum config_rotation { CONFIG_REFRESH_ROTATE, CONFIG_REFRESH_KEEP };

/* What must hold of the person before a token is issued (domain.md 1.6). */
struct config_require {
	int64_t realname_level; /* 0: none */
	bool unit_effective, membership_active, subsystem_grant, account_active;
	struct option_list history_suffices; /* legacy sources; names of legacy_sources */
	bool complete; /* resolved: also where completion.mode is required */
};

struct config_client_tokens {
	int64_t code_life, access_life, id_life, refresh_life, refresh_idle; /* resolved: the global value where not set */
};

/* How a business system stands in the catalogue of applications; no user types: not at all. */
enum config_user_type { CONFIG_USER_NATURAL, CONFIG_USER_LEGAL, CONFIG_USER_EXPERT, CONFIG_USER_STAFF, CONFIG_USER_TYPES };

struct config_catalogue {
	uint32_t user_types; /* bits 1 << enum config_user_type */
	struct config_text group, title, hint;
	struct span icon, url;
};

struct config_client {
	struct span id;
	struct config_text name;
	bool enabled;
	int type; /* enum config_client_type */
	struct secret secret;
	struct span secret_hash; /* lower-case hex SHA-256 of a random secret, instead of secret */
	uint32_t auth_methods;   /* bits 1 << enum config_auth_method; public: exactly none */
	struct span jwks;        /* JSON text */
	struct span key;         /* PEM text: a public key, or a private one of which only the public half is used */
	struct option_list redirect_uris, post_logout_redirect_uris;
	uint32_t grant_types;    /* bits 1 << enum config_grant_type */
	uint32_t response_modes; /* bits 1 << enum config_response_mode */
	struct option_list scopes, default_scopes;
	int pkce;         /* enum config_pkce */
	int consent;      /* enum config_consent */
	int access_token; /* enum config_access_token */
	int id_token_alg; /* enum config_alg */
	int access_token_alg;
	int subject;        /* enum config_subject */
	struct span sector; /* host name; resolved for pairwise */
	int rotation;       /* enum config_rotation */
	int64_t refresh_grace; /* resolved */
	struct config_client_tokens tokens;
	struct option_list audiences; /* "aud" of access tokens; resolved: the issuer when empty */
	struct span subsystem;
	struct config_require require;
	bool introspect_any; /* may introspect tokens whose audience it is not */
	struct option_list cors_origins, onward_origins;
	struct span logo, home, initiate_login_uri;
	struct config_catalogue catalogue;
};

struct config_clients {
	const struct config_client *items;
	size_t n;
};

enum config_unit_type { CONFIG_UNIT_ENTERPRISE, CONFIG_UNIT_INSTITUTION, CONFIG_UNIT_SOCIAL };
enum config_unit_status { CONFIG_UNIT_PENDING, CONFIG_UNIT_EFFECTIVE, CONFIG_UNIT_SUSPENDED };

struct config_unit {
	struct span uscc, name;
	int type;   /* enum config_unit_type */
	int status; /* enum config_unit_status */
	struct span region, dept;
};

struct config_units {
	const struct config_unit *items;
	size_t n;
};

enum config_log_format { CONFIG_LOG_JSON };

struct config_log {
	int level; /* enum log_level */
	int format;
};

struct config_metrics {
	bool enabled;
	struct address_blocks allow;
};


struct config_legacy_type {
	struct span id;
	struct config_text name;
};

struct config_legacy_types {
	const struct config_legacy_type *items;
	size_t n;
};

enum config_legacy_accounts { CONFIG_LEGACY_CREATE, CONFIG_LEGACY_CLAIM };
enum config_legacy_method { CONFIG_LEGACY_SMS, CONFIG_LEGACY_PASSWORD, CONFIG_LEGACY_DOCUMENT, CONFIG_LEGACY_REVIEW };
enum config_legacy_sms { CONFIG_LEGACY_SMS_RECENT, CONFIG_LEGACY_SMS_ALLOW };

/* The old system still answers whether a password is somebody's. */
enum config_live_mode { CONFIG_LIVE_OFF, CONFIG_LIVE_SHADOW, CONFIG_LIVE_MIGRATE, CONFIG_LIVE_CUT };
struct config_live {
	int mode; /* enum config_live_mode */
	struct span url, key_id;
	struct secret secret;
	int64_t timeout;
	int64_t breaker, pause; /* failures in a row, after which it is not asked for so long */
};

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
	X(CONFIG_ACTIVATED, "config.activated") X(SMS_ALARM, "sms.alarm")
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

/* What a file may be. Bits of config_slot.kinds. */
enum config_file_kind { CONFIG_FILE_PNG, CONFIG_FILE_JPEG, CONFIG_FILE_PDF, CONFIG_FILE_DOC, CONFIG_FILE_DOCX };

/* A place for files of one meaning, of one or several of them. */
struct config_slot {
	struct span id;
	struct config_text title, hint;
	uint32_t kinds; /* bits 1 << enum config_file_kind */
	int64_t max_size, max_count;
	bool required;
	struct span template; /* path of a file to fill in; empty: none */
};

struct config_slots {
	const struct config_slot *items;
	size_t n;
};

/* What one procedure asks for. */
struct config_upload {
	struct span id;
	struct config_slots slots;
};

struct config_uploads {
	const struct config_upload *items;
	size_t n;
};

struct config_files {
	int64_t loose_life, rejected_life;
	int64_t image_processes;
};

/* A value that may be chosen. */
enum config_form_country { CONFIG_FORM_COUNTRY_AUTO, CONFIG_FORM_COUNTRY_NO, CONFIG_FORM_COUNTRY_YES };
struct config_form_choice {
	struct span value;
	struct config_text text;
	int country; /* document types; enum config_form_country */
};

struct config_form_choices {
	const struct config_form_choice *items;
	size_t n;
};

/* A field as a form asks for it: what it is stands in the table of broker/identity/form.h. Empty texts: the catalogue's. */
struct config_form_row {
	struct span name;
	bool required;
	struct config_text label, hint, empty;
	struct config_form_choices choices;
	bool radio; /* choices stand side by side, not in a list */
	struct span def;
	struct config_text group;
};

struct config_form_fields {
	const struct config_form_row *items;
	size_t n;
};

struct config_form {
	struct span name;
	struct config_form_fields fields;
};

struct config_forms {
	const struct config_form *items;
	size_t n;
};

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

/* What people decide on. In the order of records.h's enum task_kind. */
enum config_task { CONFIG_TASK_ACCOUNT, CONFIG_TASK_REALNAME, CONFIG_TASK_UNIT, CONFIG_TASK_MEMBERSHIP, CONFIG_TASK_APPEAL, CONFIG_TASK_LEGACY, CONFIG_TASK_LINK, CONFIG_TASKS };

#define CONFIG_EYES_CONFIG (1u << CONFIG_TASKS) /* of four_eyes: versions of the configuration */

struct config_review {
	int64_t claim;
	int64_t due[CONFIG_TASKS]; /* 0: never */
	uint32_t four_eyes, notify; /* bits 1 << enum config_task; four_eyes also CONFIG_EYES_CONFIG */
};

struct config_staff {
	int64_t factor_tries, factor_window, proof_life, first_password_life;
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

struct config_texts {
	const struct config_text *items;
	size_t n;
};

enum config_window_mode { CONFIG_WINDOW_CLOSED, CONFIG_WINDOW_DEFER };
struct config_window {
	struct span from, to; /* hours (hours.h), both or neither */
	int mode;             /* enum config_window_mode */
};

enum config_registration_finish { CONFIG_FINISH_AUTO, CONFIG_FINISH_PAGE, CONFIG_FINISH_CONTINUE };
struct config_registration_kind {
	bool open, review, realname;
	int finish;   /* enum config_registration_finish */
	struct config_texts notices, steps;
};

struct config_agreement {
	struct config_text title, text;
	struct span url, version;
};

struct config_registration {
	struct config_registration_kind natural, legal, expert;
	struct config_window window;
	struct config_agreement agreement;
	struct option_list reserved_prefixes;
	int64_t per_address_hour;
};

/* M7-M10, T3 */
enum config_recovery_method { CONFIG_RECOVERY_LOGIN_NAME, CONFIG_RECOVERY_PHONE, CONFIG_RECOVERY_APPEAL };
enum config_appeal_kind { CONFIG_APPEAL_NATURAL, CONFIG_APPEAL_LEGAL };
struct config_appeal {
	uint32_t kinds; /* bits 1 << enum config_appeal_kind */
	int64_t link_life, per_phone_day, per_address_day;
};

struct config_recovery {
	uint32_t methods; /* bits 1 << enum config_recovery_method */
	struct span home;
	int64_t per_name_hour, per_address_hour;
	struct config_appeal appeal;
};

struct config_department {
	struct span id;
	struct config_text name;
	struct span parent, region;
	bool chosen;
};

struct config_departments {
	const struct config_department *items;
	size_t n;
};

enum config_admission { CONFIG_ADMISSION_DEPARTMENT, CONFIG_ADMISSION_AUTOMATIC };
enum config_unit_search { CONFIG_UNIT_SEARCH_FULL, CONFIG_UNIT_SEARCH_PARTIAL };

struct config_unit_rules {
	int admission; /* enum config_admission */
	bool supplement, in_force_during_review;
	int search; /* enum config_unit_search */
	int64_t search_min, search_max;
};

enum config_membership_mode { CONFIG_MEMBERSHIP_APPROVE, CONFIG_MEMBERSHIP_GRANT };

struct config_membership {
	int mode; /* enum config_membership_mode */
	bool several;
};

struct config_subsystem {
	struct span id;
	struct config_text name;
};

struct config_subsystems {
	const struct config_subsystem *items;
	size_t n;
};

struct config_branding {
	struct config_text name, footer;
	struct span templates_dir;
};

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

/* By their ids, in O(log n); NULL when there is none. */
const struct config_client *config_client(const struct config *config, struct span id);
const struct config_provider *config_provider(const struct config *config, struct span id);
const struct config_unit *config_unit(const struct config *config, struct span uscc);
const struct config_legacy_source *config_legacy_source(const struct config *config, struct span id);

/* NULL when there is none. */
const struct config_sms_route *config_sms_route(const struct config *config, struct span id);
const struct config_department *config_department(const struct config_departments *departments, struct span id);
/* Is department @dept the same as @above, or somewhere below it? */
bool config_is_below(const struct config_departments *departments, struct span dept, struct span above);
const struct config_subsystem *config_subsystem(const struct config *config, struct span id);

/* "unit.effective" … */
const char *config_event_name(enum config_event event);

/* What the procedure @id asks for: as configured, else as built in; NULL for neither. */
const struct config_upload *config_upload(const struct config *config, struct span id);
const struct config_slot *config_slot(const struct config_upload *upload, struct span id);
/* "png" … */
const char *config_file_kind_name(enum config_file_kind kind);


/* The longest that an access or ID token lives, of any client. */
int64_t config_longest_life(const struct config *config);

/* The text in @language, one of enum config_language. */
struct span config_text(const struct config_text *text, int language);

/* Names of what changed from @from to @to but is only read at start; at most @cap to @ret_names, all counted. */
size_t config_restart_changes(const struct config *from, const struct config *to, struct arena *arena, const char **ret_names,
			      size_t cap);

/* Print docs (Markdown) or a JSON Schema for editors from the rows. @registries as in config_sources. */
enum config_reference_format { CONFIG_REFERENCE_MARKDOWN, CONFIG_REFERENCE_SCHEMA };
/* A JSON Schema (2020-12, as in OpenAPI 3.1) of the sections that administrators manage (conf/overlay.h): objects by id, secrets as references or new. */
void config_reference_sections(FILE *out, const struct option_registry *registries);
void config_reference_print(FILE *out, enum config_reference_format format, const struct option_registry *registries);
