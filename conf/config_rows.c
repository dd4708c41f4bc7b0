/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/config_rows.h"

#include "conf/config.h"

static const char *const languages[] = { "zh-CN", "en", NULL };
static const char *const engines[] = { "lmdb", NULL };
const char *const config_alg_names[] = { "ES256", "RS256", "PS256", "EdDSA", NULL };
static const char *const namespaces[] = { "natural", "legal", "staff", NULL };
static const char *const identifiers[] = { "login_name", "phone", "email", "id_number", NULL };
static const char *const captcha_login[] = { "never", "after_failures", "always", NULL };
static const char *const captcha_sms[] = { "always", "adaptive", NULL };
static const char *const unit_types[] = { "enterprise", "institution", "social", NULL };
static const char *const unit_statuses[] = { "pending", "effective", "suspended", NULL };
static const char *const choose_unit[] = { "always", "when_required", "never", NULL };
static const char *const log_levels[] = { "debug", "info", "warn", "error", NULL };
static const char *const log_formats[] = { "json", NULL };

#define KIB INT64_C(1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)
#define TIB (1024 * GIB)
#define ROW(owner, type, name, ...) { #name, type, offsetof(struct owner, name), __VA_ARGS__ }
#define TEXT(owner, name, text) { #name, OPTION_GROUP, offsetof(struct owner, name), .sub = config_text_rows, .doc = text }

const struct option config_text_rows[] = {
	ROW(config_text, OPTION_STRING, zh, .max = 200, .doc = "In Chinese; not set: as in English."),
	ROW(config_text, OPTION_STRING, en, .max = 200, .doc = "In English; not set: as in Chinese."),
	{ 0 },
};

static const struct option phone_rows[] = {
	ROW(config_phone, OPTION_STRING, number, .min = 1, .max = 64, .flags = OPTION_REQUIRED, .doc = "As people dial it."),
	TEXT(config_phone, label, "For whom or what it is."),
	{ 0 },
};

static const struct option support_rows[] = {
	{ "phones", OPTION_OBJECTS, offsetof(struct config_support, phones), .sub = phone_rows, .size = sizeof(struct config_phone),
	  .doc = "Further hotlines, on every page." },
	TEXT(config_support, text, "Who helps, on every error page (hotline hours and the like)."),
	ROW(config_support, OPTION_STRING, phone, .max = 64, .doc = "Hotline."),
	ROW(config_support, OPTION_STRING, url, .max = 2048, .doc = "Help page, an http or https URL."),
	{ 0 },
};

static const struct option branding_rows[] = {
	TEXT(config_branding, name, "Name of the service in titles and on pages."),
	TEXT(config_branding, footer, "A line at the foot of every page, such as the registration number of the site."),
	ROW(config_branding, OPTION_PATH, templates_dir,
	    .doc = "Directory whose templates, styles and images replace the built-in ones."),
	{ 0 },
};

static const struct option http_rows[] = {
	ROW(config_http, OPTION_ADDRESSES, listen, .def = "127.0.0.1:8400", .min = 1, .max = 16, .flags = OPTION_RESTART,
	    .doc = "Where to listen: `127.0.0.1:8400`, `[::1]:8400` or `unix:/run/yimen/http.sock` (the recommended way, behind "
	    "nginx)."),
	ROW(config_http, OPTION_INT, threads, .def = "0", .max = 64, .flags = OPTION_RESTART,
	    .doc = "Loops, each with its own socket; 0: one for each processor."),
	ROW(config_http, OPTION_BLOCKS, trusted_proxies, .def = "unix", .max = 64,
	    .doc = "Peers whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed: address blocks, or `unix` for the unix "
	    "socket."),
	ROW(config_http, OPTION_BOOL, insecure_expose, .def = "false", .flags = OPTION_RESTART,
	    .doc = "Listen on an address that others can reach. libmicrohttpd before 1.0 can be tricked by malformed requests: "
		   "put nginx in front."),
	ROW(config_http, OPTION_SIZE, max_body, .def = "64KiB", .min = KIB, .max = 16 * MIB, .flags = OPTION_RESTART,
	    .doc = "Largest request body."),
	ROW(config_http, OPTION_INT, connections, .def = "4096", .min = 8, .max = 1000000, .flags = OPTION_RESTART,
	    .doc = "Open connections in all."),
	ROW(config_http, OPTION_INT, connections_per_address, .def = "0", .max = 1000000, .flags = OPTION_RESTART,
	    .doc = "Open connections from one address; 0: no limit (right behind a proxy)."),
	ROW(config_http, OPTION_INT, rate_page, .def = "6000", .max = 10000000,
	    .doc = "Requests for pages and codes that one address may send in a minute; 0 is unlimited. Many people may share an address."),
	ROW(config_http, OPTION_INT, rate_login, .def = "600", .max = 10000000,
	    .doc = "Requests to the login pages that one address may send in a minute; 0 is unlimited."),
	ROW(config_http, OPTION_BOOL, access_log, .def = "true", .doc = "One log line for each request."),
	ROW(config_http, OPTION_DURATION, idle_timeout, .def = "60s", .min = MS_SECOND, .max = MS_HOUR, .flags = OPTION_RESTART,
	    .doc = "An idle connection is closed after this."),
	ROW(config_http, OPTION_DURATION, request_timeout, .def = "15s", .min = MS_SECOND, .max = 5 * MS_MINUTE,
	    .doc = "Deadline of a request, from its head to its answer."),
	ROW(config_http, OPTION_DURATION, stop_timeout, .def = "20s", .min = MS_SECOND, .max = 5 * MS_MINUTE,
	    .doc = "How long a stop waits for requests that run, and for messages that wait to be sent."),
	ROW(config_http, OPTION_STRING, tls_cert, .flags = OPTION_FILE | OPTION_RESTART,
	    .doc = "Certificate chain in PEM for the built-in TLS, which is for development only."),
	ROW(config_http, OPTION_STRING, tls_key, .flags = OPTION_FILE | OPTION_RESTART, .doc = "Its private key in PEM."),
	{ 0 },
};

#define POOL(name, n, least, queue, text)                                                                                     \
	ROW(config_workers, OPTION_INT, name, .def = n, .min = least, .max = 1024, .flags = OPTION_RESTART, .doc = text), \
	ROW(config_workers, OPTION_INT, name##_queue, .def = queue, .min = 1, .max = 100000, .flags = OPTION_RESTART,  \
	    .doc = "Requests that may wait for `" #name "`; what is more is answered 503 at once.")
static const struct option worker_rows[] = {
	POOL(commit, "128", 1, "1024", "Handlers of one loop that wait for durable commits or signatures at a time; as many share one fsync."),
	POOL(password, "0", 0, "64", "Password hashes at the same time; 0: one for each processor."),
	POOL(upstream, "16", 1, "128", "Calls to third-party providers at the same time."),
	POOL(sms, "4", 1, "64", "Messages handed to the SMS gateway at the same time."),
	{ 0 },
};

static const struct option store_rows[] = {
	ROW(config_store, OPTION_ENUM, engine, .def = "lmdb", .values = engines, .flags = OPTION_RESTART,
	    .doc = "`lmdb`: embedded, one node, no other service."),
	ROW(config_store, OPTION_SIZE, map_size, .def = "1TiB", .min = 64 * MIB, .max = 16 * TIB, .flags = OPTION_RESTART,
	    .doc = "Address space reserved for the data file, which is sparse."),
	ROW(config_store, OPTION_SIZE, quota, .def = "64GiB", .min = 16 * MIB, .max = 16 * TIB,
	    .doc = "Most that the data may take; from 85 % of it new logins are refused, revocation and cleanup go on."),
	ROW(config_store, OPTION_SIZE, free_disk_min, .def = "512MiB", .max = TIB,
	    .doc = "The same happens when less than this is free."),
	ROW(config_store, OPTION_BOOL, sync, .def = "true", .flags = OPTION_RESTART,
	    .doc = "false loses acknowledged data at a power failure; only for measurements."),
	ROW(config_store, OPTION_DURATION, sweep_every, .def = "30s", .min = MS_SECOND, .max = MS_DAY,
	    .doc = "How often expired records are removed."),
	{ 0 },
};

static const struct option audit_rows[] = {
	ROW(config_audit, OPTION_DURATION, retention, .def = "184d", .min = MS_DAY, .max = 3653 * MS_DAY,
	    .doc = "How long audit records are kept. China's Cybersecurity Law (article 21) asks for six months at least. What is left stays verifiable."),
	ROW(config_audit, OPTION_DURATION, explain, .def = "7d", .max = 90 * MS_DAY,
	    .doc = "How long `yimen explain` can tell why a login went as it did: what providers answered (masked), rules, claims. 0: nothing is kept for it."),
	{ 0 },
};

static const struct option key_rows[] = {
	ROW(config_keys, OPTION_SET, algorithms, .def = "ES256, RS256", .values = config_alg_names, .min = 1, .max = 4,
	    .doc = "A signing key is kept for each. ES256 is 14 times cheaper than RS256."),
	ROW(config_keys, OPTION_DURATION, rotate_after, .def = "90d", .min = MS_HOUR, .max = 3650 * MS_DAY,
	    .doc = "Age at which a signing key is replaced."),
	ROW(config_keys, OPTION_DURATION, publish_ahead, .def = "1d", .min = MS_MINUTE, .max = 90 * MS_DAY,
	    .doc = "How long a new key stands in the JWKS before it signs; at least `jwks_max_age`."),
	ROW(config_keys, OPTION_DURATION, jwks_max_age, .def = "1h", .max = 7 * MS_DAY,
	    .doc = "How long clients may cache the JWKS."),
	{ 0 },
};

static const struct option token_rows[] = {
	ROW(config_tokens, OPTION_DURATION, code_life, .def = "60s", .min = 5 * MS_SECOND, .max = 10 * MS_MINUTE,
	    .doc = "Authorization codes."),
	ROW(config_tokens, OPTION_DURATION, access_life, .def = "10m", .min = 10 * MS_SECOND, .max = MS_DAY,
	    .doc = "Access tokens."),
	ROW(config_tokens, OPTION_DURATION, id_life, .def = "10m", .min = 10 * MS_SECOND, .max = MS_DAY, .doc = "ID tokens."),
	ROW(config_tokens, OPTION_DURATION, refresh_life, .def = "30d", .min = MS_MINUTE, .max = 3650 * MS_DAY,
	    .doc = "Refresh tokens, from the login on; they end with their session, except with `offline_access`."),
	ROW(config_tokens, OPTION_DURATION, refresh_idle, .def = "7d", .min = MS_MINUTE, .max = 3650 * MS_DAY,
	    .doc = "A refresh token that is not used for this long ends."),
	ROW(config_tokens, OPTION_DURATION, offline_life, .def = "180d", .min = MS_HOUR, .max = 3650 * MS_DAY,
	    .doc = "Absolute life of `offline_access` grants."),
	ROW(config_tokens, OPTION_DURATION, refresh_grace, .def = "10s", .max = 5 * MS_MINUTE,
	    .doc = "How long the last refresh token may be repeated with the same answer (a lost answer is no theft); 0: not at "
	    "all."),
	ROW(config_tokens, OPTION_DURATION, interaction_life, .def = "30m", .min = MS_MINUTE, .max = MS_DAY,
	    .doc = "How long a login that was begun may take."),
	ROW(config_tokens, OPTION_DURATION, clock_skew, .def = "10s", .max = MS_MINUTE,
	    .doc = "Tolerance for the clocks of clients and providers."),
	ROW(config_tokens, OPTION_DURATION, assertion_life_max, .def = "5m", .min = 10 * MS_SECOND, .max = MS_HOUR,
	    .doc = "Longest life of a client assertion (`private_key_jwt`)."),
	{ 0 },
};

static const struct option session_rows[] = {
	ROW(config_session, OPTION_DURATION, idle, .def = "30m", .min = MS_MINUTE, .max = 30 * MS_DAY,
	    .doc = "A session not used ends."),
	ROW(config_session, OPTION_DURATION, staff_idle, .def = "15m", .min = MS_MINUTE, .max = MS_DAY,
	    .doc = "A session of staff not used ends."),
	ROW(config_session, OPTION_DURATION, absolute, .def = "8h", .min = MS_MINUTE, .max = 90 * MS_DAY,
	    .doc = "Every session ends."),
	ROW(config_session, OPTION_INT, max_per_account, .def = "20", .min = 1, .max = 1000,
	    .doc = "Sessions of one account at the same time; the oldest ends when there are more."),
	ROW(config_session, OPTION_ENUM, choose_unit, .def = "when_required", .values = choose_unit,
	    .doc = "Who belongs to units is asked at login whether they act for one of them: `always`, only when a client requires a unit, a membership or "
		   "a grant (with a single unit it is taken), or `never`. Switching is possible at any time."),
	{ 0 },
};

static const struct option login_rows[] = {
	ROW(config_login, OPTION_SET, namespaces, .def = "natural, legal", .values = namespaces, .min = 1, .max = 3,
	    .doc = "Tabs of the password login."),
	ROW(config_login, OPTION_SET, identifiers, .def = "login_name, phone, email, id_number", .values = identifiers, .min = 1,
	    .max = 4,
	    .doc = "What may be typed as the login name."),
	ROW(config_login, OPTION_BOOL, phone_otp, .def = "true", .doc = "Login by a code sent to the phone."),
	ROW(config_login, OPTION_BOOL, register_phone, .def = "true",
	    .doc = "A valid code for an unknown phone leads to the registration of natural persons; where that is not open, an account begins with "
		   "the phone alone. false: nobody comes in this way."),
	ROW(config_login, OPTION_INT, tries, .def = "5", .min = 1, .max = 100,
	    .doc = "Wrong passwords from one source against one account before that source is locked out of it."),
	ROW(config_login, OPTION_DURATION, tries_window, .def = "15m", .min = MS_MINUTE, .max = MS_DAY,
	    .doc = "… within this time."),
	ROW(config_login, OPTION_INT, address_tries, .def = "60", .min = 1, .max = 100000,
	    .doc = "Wrong passwords from one address."),
	ROW(config_login, OPTION_DURATION, address_window, .def = "10m", .min = MS_MINUTE, .max = MS_DAY,
	    .doc = "… within this time."),
	ROW(config_login, OPTION_INT, captcha_after, .def = "2", .min = 1, .max = 100,
	    .doc = "Failures after which `captcha.login: after_failures` asks."),
	{ 0 },
};

static const struct option password_rows[] = {
	ROW(config_password, OPTION_SIZE, cost_memory, .def = "19MiB", .min = 7 * MIB, .max = GIB,
	    .doc = "Argon2id memory of one hash."),
	ROW(config_password, OPTION_INT, cost_time, .def = "2", .min = 1, .max = 20, .doc = "Argon2id passes."),
	ROW(config_password, OPTION_INT, min, .def = "8", .min = 8, .max = 64, .doc = "Least length of a new password."),
	ROW(config_password, OPTION_INT, max, .def = "20", .min = 8, .max = 128, .doc = "Greatest length of a new password."),
	ROW(config_password, OPTION_INT, classes, .def = "3", .min = 1, .max = 4,
	    .doc = "How many of capital letters, small letters, digits and punctuation a new password needs."),
	ROW(config_password, OPTION_LIST, context_words, .max = 50,
	    .doc = "Words of four letters and more that a new password must not contain: the name of the service, of the city."),
	ROW(config_password, OPTION_BOOL, refuse_common, .def = "true", .doc = "Refuse passwords that everybody tries first."),
	{ 0 },
};

static const struct option otp_rows[] = {
	ROW(config_otp, OPTION_INT, digits, .def = "6", .min = 6, .max = 8, .doc = "Length of a code."),
	ROW(config_otp, OPTION_DURATION, life, .def = "5m", .min = 30 * MS_SECOND, .max = 10 * MS_MINUTE,
	    .doc = "How long it is valid."),
	ROW(config_otp, OPTION_INT, tries, .def = "5", .min = 1, .max = 10, .doc = "Wrong entries that end it."),
	ROW(config_otp, OPTION_DURATION, resend_after, .def = "60s", .min = MS_SECOND, .max = MS_HOUR,
	    .doc = "Pause before another may be asked for."),
	ROW(config_otp, OPTION_INT, per_phone_minute, .def = "1", .min = 1, .max = 100,
	    .doc = "Messages to one phone in a minute."),
	ROW(config_otp, OPTION_INT, per_phone_hour, .def = "5", .min = 1, .max = 1000, .doc = "… in an hour."),
	ROW(config_otp, OPTION_INT, per_phone_day, .def = "10", .min = 1, .max = 10000, .doc = "… in a day."),
	ROW(config_otp, OPTION_INT, per_address_hour, .def = "30", .min = 1, .max = 1000000,
	    .doc = "Messages asked for by one address in an hour."),
	ROW(config_otp, OPTION_INT, per_session, .def = "10", .min = 1, .max = 1000, .doc = "Messages asked for by one browser."),
	ROW(config_otp, OPTION_INT, total_minute, .def = "600", .min = 1, .max = 1000000, .doc = "Messages in all in a minute."),
	{ 0 },
};

static const struct option captcha_rows[] = {
	ROW(config_captcha, OPTION_ENUM, login, .def = "after_failures", .values = captcha_login,
	    .doc = "When the password login asks for one."),
	ROW(config_captcha, OPTION_ENUM, sms, .def = "always", .values = captcha_sms,
	    .doc = "`adaptive` asks before an SMS only after the first few from one address or browser."),
	ROW(config_captcha, OPTION_INT, length, .def = "5", .min = 4, .max = 8, .doc = "Characters to type."),
	ROW(config_captcha, OPTION_DURATION, life, .def = "5m", .min = 30 * MS_SECOND, .max = MS_HOUR,
	    .doc = "How long one is valid."),
	ROW(config_captcha, OPTION_INT, adaptive_free, .def = "3", .min = 1, .max = 100,
	    .doc = "With `sms: adaptive`: messages in an hour from one address or browser that need none."),
	ROW(config_captcha, OPTION_PATH, font, .flags = OPTION_RESTART,
	    .doc = "A TrueType font; not set: the first usable one of the system."),
	{ 0 },
};

static const char *const legal_states[] = { "registered", "needs_supplement", "effective", NULL };
static const struct option provider_rows[] = {
	ROW(config_provider, OPTION_STRING, id, .min = 1, .max = 32, .flags = OPTION_REQUIRED | OPTION_UNIQUE,
	    .doc = "Stands in URLs and keys of external identities: lower-case letters, digits, `-`. Never change it."),
	{ "type", OPTION_VARIANT, offsetof(struct config_provider, type), .flags = OPTION_REQUIRED, .registry = CONFIG_PROVIDERS,
	  .doc = "Which protocol it speaks. The options of the type stand beside it." },
	TEXT(config_provider, title, "Its name on the login page."),
	ROW(config_provider, OPTION_BOOL, enabled, .def = "true", .doc = "false hides it and refuses its callbacks."),
	ROW(config_provider, OPTION_BOOL, create_account, .def = "true",
	    .doc = "A first login creates an account; false: only linked ones."),
	ROW(config_provider, OPTION_BOOL, legal, .def = "false",
	    .doc = "Whom it calls a legal person (`user_type` is `legal`, with `org.uscc`) is one here: a first login creates the unit and its account (J1). A unit "
		   "that is here already is never joined by its code: the person logs in to its account once, which ties the two."),
	ROW(config_provider, OPTION_ENUM, legal_state, .def = "registered", .values = legal_states,
	    .doc = "What such a unit is at first: `registered`, its real name is still to be verified; `needs_supplement`, the provider has verified it; "
		   "`effective`, it is admitted, too."),
	ROW(config_provider, OPTION_BOOL, ask_first, .def = "false",
	    .doc = "A first login asks whether the person has an account already, which is then proved once and tied to the provider's; false: it creates one at once, "
		   "and who has one ties the two on the account's page."),
	ROW(config_provider, OPTION_INT, min_level, .def = "0", .max = 3,
	    .doc = "Lowest assurance level (`acr`) with which somebody may come in this way. Who has less is shown the provider's page for raising it, where it has one."),
	ROW(config_provider, OPTION_INT, calls, .def = "8", .min = 1, .max = 1024,
	    .doc = "How many may wait for it at a time. Who comes beyond is told at once, and one that hangs keeps threads for the others (`workers.upstream`); after five "
		   "failures in a row it is left alone for 30 seconds and more."),
	ROW(config_provider, OPTION_BOOL, trust_real_name, .def = "true",
	    .doc = "A name that the provider itself has verified (level 2 and above) is a verified real name here, also where it tells no ID number. One that contradicts "
		   "what is verified here already is never taken over: the login is refused, and a person looks at it."),
	ROW(config_provider, OPTION_BOOL, send_logout, .def = "true",
	    .doc = "Who logs out here is logged out there too, where the provider has a way for it; also whose session is ended otherwise, where it needs no browser. Register `<issuer>/login/<id>/left` there as the address to come "
		   "back to, and `<issuer>/login/<id>/logout` as the one that is told of logouts there (back-channel)."),
	ROW(config_provider, OPTION_STRING, password_url, .max = 1024,
	    .doc = "Where a person changes the password there, since it is none of ours (J8): `https://…/sso/usp.do?action=editPwd&servicecode=…` in Zhejiang. Shown beside "
		   "the login on the account's page."),
	{ 0 },
};

static const struct option net_rows[] = {
	ROW(config_net, OPTION_BLOCKS, allow, .max = 64,
	    .doc = "Address blocks that may be called although they are not public; plain http is allowed only to loopback ones."),
	ROW(config_net, OPTION_DURATION, timeout, .def = "8s", .min = 100, .max = MS_MINUTE,
	    .doc = "Deadline of one outbound call."),
	ROW(config_net, OPTION_DURATION, connect_timeout, .def = "3s", .min = 100, .max = MS_MINUTE,
	    .doc = "… of which to connect."),
	ROW(config_net, OPTION_SIZE, max_body, .def = "512KiB", .min = KIB, .max = 16 * MIB, .doc = "Largest reply."),
	ROW(config_net, OPTION_PATH, ca_file, .doc = "Certificates to trust beside the system's, PEM."),
	{ 0 },
};

static const struct option unit_rows[] = {
	ROW(config_unit, OPTION_STRING, uscc, .min = 18, .max = 18, .flags = OPTION_REQUIRED | OPTION_UNIQUE,
	    .doc = "Unified social credit code (GB 32100-2015)."),
	ROW(config_unit, OPTION_STRING, name, .min = 1, .max = 200, .flags = OPTION_REQUIRED, .doc = "Registered name."),
	ROW(config_unit, OPTION_ENUM, type, .def = "enterprise", .values = unit_types, .doc = "企业, 机关事业单位, 社会组织."),
	ROW(config_unit, OPTION_ENUM, status, .def = "pending", .values = unit_statuses,
	    .doc = "Initial state; the store decides later."),
	ROW(config_unit, OPTION_STRING, region, .max = 12, .doc = "Region code (GB/T 2260)."),
	ROW(config_unit, OPTION_STRING, dept, .max = 64, .doc = "Id of the supervising department."),
	{ 0 },
};

static const struct option log_rows[] = {
	ROW(config_log, OPTION_ENUM, level, .def = "info", .values = log_levels, .doc = "Least level that is written."),
	ROW(config_log, OPTION_ENUM, format, .def = "json", .values = log_formats,
	    .doc = "One JSON object a line on standard error."),
	{ 0 },
};

static const struct option metric_rows[] = {
	ROW(config_metrics, OPTION_BOOL, enabled, .def = "true", .doc = "Serve `/metrics` (Prometheus text)."),
	ROW(config_metrics, OPTION_BLOCKS, allow, .def = "127.0.0.0/8, ::1", .max = 64,
	    .doc = "Who may read it; anyone else gets 404."),
	{ 0 },
};

#define GROUP(name, rows, text) { #name, OPTION_GROUP, offsetof(struct config, name), .sub = rows, .doc = text }
#define OBJECTS(name, rows, item, text) \
	{ #name, OPTION_OBJECTS, offsetof(struct config, name), .sub = rows, .size = sizeof(struct item), .doc = text }
const struct option config_rows[] = {
	ROW(config, OPTION_STRING, issuer, .min = 1, .max = 512, .flags = OPTION_REQUIRED | OPTION_RESTART,
	    .doc = "The broker's own URL, `https://id.example.gov.cn`, as clients know it: https, no query, no fragment, no slash "
		   "at the end. Never change it."),
	ROW(config, OPTION_BOOL, demo, .def = "false", .flags = OPTION_RESTART,
	    .doc = "Accept the secrets of the demonstration, with an issuer on loopback only."),
	ROW(config, OPTION_PATH, data_dir, .def = "/var/lib/yimen", .min = 1, .max = 4000, .flags = OPTION_RESTART,
	    .doc = "Directory of the store, the keys and the control socket; only for the daemon's user."),
	ROW(config, OPTION_ENUM, language, .def = "zh-CN", .values = languages,
	    .doc = "Language when the browser prefers none that we have."),
	GROUP(support, support_rows, "Help that every error page names."),
	GROUP(branding, branding_rows, "How the pages look."),
	GROUP(http, http_rows, "The HTTP server."),
	GROUP(workers, worker_rows, "Bounded pools for work that waits. Each has its own, so that one cannot starve the others."),
	GROUP(store, store_rows, "Where records are kept."),
	GROUP(audit, audit_rows, "The record of who did what."),
	GROUP(keys, key_rows, "Signing keys."),
	GROUP(tokens, token_rows, "Lifetimes of tokens and what leads to them."),
	GROUP(session, session_rows, "Sessions of people at the broker."),
	GROUP(login, login_rows, "Password and phone login, and the limits on guessing."),
	GROUP(password, password_rows, "How passwords are hashed, and the rules for new ones."),
	GROUP(otp, otp_rows, "One-time codes by SMS and the limits on sending them."),
	GROUP(captcha, captcha_rows, "Pictures with characters to type, and their accessible alternative."),
	GROUP(sms, config_sms_rows, "Delivery of messages."),
	GROUP(mail, config_mail_rows, "E-mail: codes that prove an address."),
	GROUP(net, net_rows, "Outbound HTTP: to providers and gateways."),
	GROUP(log, log_rows, "The log."),
	GROUP(metrics, metric_rows, "Figures for monitoring."),
	OBJECTS(providers, provider_rows, config_provider, "Third-party logins."),
	OBJECTS(clients, config_client_rows, config_client,
	    "Systems that send people here to log in, or call our endpoints (relying parties)."),
	OBJECTS(units, unit_rows, config_unit, "Units known from the start."),
	OBJECTS(uploads, config_upload_rows, config_upload,
		"Files that procedures ask for. `realname`, `unit-supplement`, `appeal-natural` and `appeal-legal` are built in; an entry of the same "
		"id takes the built-in one's place."),
	GROUP(files, config_file_rows, "How files are handled and how long they are kept."),
	OBJECTS(legacy_sources, config_legacy_rows, config_legacy_source, "Old systems whose accounts are imported."),
	GROUP(lookup, config_lookup_rows, "The look-up of old accounts: how often it may be asked."),
	GROUP(review, config_review_rows, "Decisions that people take at the review desk."),
	GROUP(staff, config_staff_rows, "Staff: administrators and reviewers, who log in with two factors."),
	OBJECTS(webhooks, config_webhook_rows, config_webhook, "Business systems that are told when something changes."),
	GROUP(events, config_event_rows, "What business systems are told of."),
	OBJECTS(forms, config_form_rows, config_form,
		"Forms that people fill in, where they differ from the built-in ones (docs/forms.md)."),
	GROUP(registration, config_registration_rows, "Who may register, when, and what they are told."),
	GROUP(recovery, config_recovery_rows, "How people get back into an account whose password they lost."),
	OBJECTS(departments, config_department_rows, config_department, "Supervising departments, as a tree: units choose one, its reviewers admit them."),
	GROUP(unit, config_unit_rule_rows, "How units are admitted and found."),
	GROUP(membership, config_membership_rows, "How people come to belong to units."),
	OBJECTS(subsystems, config_subsystem_rows, config_subsystem, "Business systems that a unit's administrator grants to its members."),
	GROUP(completion, config_completion_rows, "Complete information: what a person says once about themselves."),
	GROUP(realname, config_realname_rows, "Real-name verification of people and units."),
	{ 0 },
};
