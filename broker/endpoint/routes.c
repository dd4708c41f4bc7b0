/* SPDX-License-Identifier: Apache-2.0 */
/*
 * routes - the one table of what is served: path, methods, parameters, who runs it, how errors look.
 */
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/form_page.h"
#include "broker/endpoint/files.h"
#include "broker/oauth/authorize.h"
#include "broker/oauth/metadata.h"

#define BOTH (PARAM_QUERY | PARAM_FORM)

/* AUTHORIZE_PARAMS, in the route table's form; ui_locales needs no row. */
#define X(name, max) { #name, BOTH, max },
static const struct param_spec authorize_params[] = { AUTHORIZE_PARAMS(X) { "resource", BOTH | PARAM_MANY, AUTHORIZE_RESOURCE_MAX }, PARAM_END };
#undef X

static const struct param_spec interaction_params[] = { { "interaction", PARAM_QUERY, 64 }, PARAM_END };
static const struct param_spec upstream_params[] = { { "interaction", PARAM_QUERY, 64 }, { "tie", PARAM_QUERY, 4 }, PARAM_END };
static const struct param_spec login_params[] = {
	{ "interaction", BOTH, 64 }, { "tab", PARAM_QUERY, 16 },	 { "namespace", PARAM_FORM, 16 },  { "login_name", PARAM_FORM, 512 },
	{ "password", PARAM_FORM, 4096 }, { "captcha", PARAM_FORM, 64 }, { "captcha_id", PARAM_FORM, 512 }, { "phone", PARAM_FORM, 64 },
	{ "code", PARAM_FORM, 16 },  { "do", PARAM_FORM, 16 },		 PARAM_END
};
static const struct param_spec account_params[] = { { "interaction", BOTH, 64 }, { "do", PARAM_FORM, 16 }, { "subject", PARAM_FORM, 36 }, { "problem", PARAM_QUERY, 32 },
						     PARAM_END };
static const struct param_spec account_link_params[] = { { "interaction", BOTH, 64 }, { "provider", PARAM_FORM, 32 }, PARAM_END };
static const struct param_spec merge_params[] = { { "interaction", BOTH, 64 }, { "ticket", BOTH, 24 }, { "do", PARAM_FORM, 8 }, { "subject", PARAM_FORM, 36 }, PARAM_END };
static const struct param_spec choose_params[] = { { "interaction", BOTH, 64 }, { "account", PARAM_FORM, 36 }, PARAM_END };
static const struct param_spec choose_unit_params[] = { { "interaction", BOTH, 64 }, { "q", BOTH, 400 }, { "unit_id", PARAM_FORM, 36 },
							{ "membership", PARAM_FORM, 36 }, { "do", PARAM_FORM, 16 }, PARAM_END };
static const struct param_spec member_params[] = { { "interaction", BOTH, 64 }, { "status", BOTH, 16 }, { "q", PARAM_QUERY, 200 }, { "after", PARAM_QUERY, 36 },
						    { "member", PARAM_FORM, 36 }, { "do", PARAM_FORM, 16 }, { "reason", PARAM_FORM, 2000 },
						    { "subsystem", PARAM_FORM | PARAM_MANY, 64 }, PARAM_END };
static const struct param_spec act_for_params[] = { { "interaction", BOTH, 64 }, { "unit_id", PARAM_FORM, 36 }, { "next", BOTH, 32 }, PARAM_END };
static const struct param_spec bind_row_params[] = { { "interaction", BOTH, 64 }, { "row", PARAM_FORM, 36 }, PARAM_END };
static const struct param_spec unit_legacy_params[] = { { "interaction", BOTH, 64 }, { "row", PARAM_FORM, 36 }, { "do", PARAM_FORM, 16 },
							  { "reason", PARAM_FORM, 2000 }, { "after", BOTH, 36 }, PARAM_END };
static const struct param_spec consent_params[] = { { "interaction", BOTH, 64 }, { "decision", PARAM_FORM, 8 }, PARAM_END };
static const struct param_spec logout_params[] = { { "id_token_hint", BOTH, 8192 }, { "client_id", BOTH, 255 }, { "post_logout_redirect_uri", BOTH, 2048 },
						    { "state", BOTH, 4096 }, { "logout_hint", BOTH, 255 }, PARAM_END };

static const struct param_spec second_factor_params[] = {
	{ "interaction", BOTH, 64 }, { "code", PARAM_FORM, 32 }, { "do", PARAM_FORM, 16 }, { "again", PARAM_FORM, 8 },
	{ "password", PARAM_FORM, 4096 }, { "password_confirm", PARAM_FORM, 4096 }, PARAM_END
};

static const struct param_spec account_factor_params[] = {
	{ "interaction", BOTH, 64 }, { "act", PARAM_FORM, 16 }, { "code", PARAM_FORM, 32 }, { "do", PARAM_FORM, 16 }, { "again", PARAM_FORM, 8 }, PARAM_END
};

static const struct param_spec tasks_params[] = {
	{ "state", PARAM_QUERY, 16 }, { "kind", PARAM_QUERY, 16 }, { "queue", PARAM_QUERY, 128 }, { "age", PARAM_QUERY, 16 }, { "after", PARAM_QUERY, 36 }, PARAM_END
};
static const struct param_spec task_params[] = {
	{ "do", PARAM_FORM, 16 }, { "decision", PARAM_FORM, 16 }, { "reason", PARAM_FORM, 2000 },
	{ "account", PARAM_FORM, 36 }, { "account_login", PARAM_FORM, 128 }, { "use_phone", PARAM_FORM, 3 }, PARAM_END
};

static const struct param_spec recover_params[] = {
	{ "interaction", BOTH, 64 }, { "tab", PARAM_QUERY, 16 }, { "way", BOTH, 16 }, { "namespace", PARAM_FORM, 16 }, { "login_name", PARAM_FORM, 512 },
	{ "phone", PARAM_FORM, 64 }, { "captcha", PARAM_FORM, 64 }, { "captcha_id", PARAM_FORM, 512 }, PARAM_END
};
static const struct param_spec appeal_state_params[] = {
	{ "interaction", BOTH, 64 }, { "do", PARAM_FORM, 16 }, { "receipt", PARAM_FORM, 64 }, { "phone", PARAM_FORM, 64 }, { "captcha", PARAM_FORM, 64 },
	{ "captcha_id", PARAM_FORM, 512 }, PARAM_END
};
static const struct param_spec lookup_params[] = {
	{ "interaction", BOTH, 64 }, { "tab", PARAM_QUERY, 16 }, { "kind", PARAM_FORM, 16 }, { "key", PARAM_FORM, 128 }, { "captcha", PARAM_FORM, 64 },
	{ "captcha_id", PARAM_FORM, 512 }, PARAM_END
};
static const struct param_spec recover_link_params[] = {
	{ "interaction", BOTH, 64 }, { "t", PARAM_QUERY, 64 }, { "password", PARAM_FORM, 4096 }, { "password_confirm", PARAM_FORM, 4096 }, PARAM_END
};

static const struct param_spec upstream_password_params[] = {
	{ "interaction", BOTH, 64 }, { "login_name", PARAM_FORM, 512 }, { "password", PARAM_FORM, 4096 }, PARAM_END
};

static const struct param_spec staff_params[] = {
	{ "do", PARAM_FORM, 16 }, { "account", PARAM_FORM, 36 }, { "login_name", PARAM_FORM, 128 }, { "dept", PARAM_FORM, 64 },
	{ "role", PARAM_FORM | PARAM_MANY, 16 }, PARAM_END
};
static const struct param_spec legacy_params[] = { { "days", PARAM_QUERY, 8 }, { "q", PARAM_FORM, 256 }, PARAM_END };
static const struct param_spec legacy_record_params[] = { { "do", PARAM_FORM, 16 }, { "reason", PARAM_FORM, 2000 }, { "split_reason", PARAM_FORM, 2000 },
							   { "subject", PARAM_FORM, 36 }, PARAM_END };
static const struct param_spec audit_params[] = {
	{ "actor", PARAM_QUERY, 64 }, { "subject", PARAM_QUERY, 128 }, { "action", PARAM_QUERY, 64 }, { "day", PARAM_QUERY, 10 }, { "before", PARAM_QUERY, 36 },
	PARAM_END
};

static const struct param_spec console_params[] = { { "time", PARAM_QUERY, 8 }, PARAM_END };
/* Names of options ("o.app_id") are read from the body by the form itself: the tables of options name them. */
static const struct param_spec console_form_params[] = {
	{ "id", PARAM_QUERY, 128 }, { "type", BOTH, 64 }, { "add", PARAM_QUERY, 4 }, { "saved", PARAM_QUERY, 4 }, { "do", PARAM_FORM, 16 },
	{ "revision", PARAM_FORM, 41 }, { "phone", PARAM_FORM, 32 }, { "person_name", PARAM_FORM, 200 }, { "person_number", PARAM_FORM, 64 }, PARAM_END
};
static const struct param_spec console_versions_params[] = { { "from", PARAM_QUERY, 10 }, { "to", PARAM_QUERY, 10 }, { "before", PARAM_QUERY, 10 }, PARAM_END };
static const struct param_spec console_version_params[] = { { "do", PARAM_FORM, 16 }, { "reason", PARAM_FORM, 2000 }, { "seen", PARAM_FORM, 20 }, { "done", PARAM_QUERY, 4 }, PARAM_END };
static const struct param_spec console_try_params[] = {
	{ "namespace", PARAM_FORM, 16 }, { "login_name", PARAM_FORM, 128 }, { "client", PARAM_FORM, 255 }, { "scope", PARAM_FORM, 1000 }, PARAM_END
};
static const struct param_spec console_explain_params[] = { { "q", PARAM_QUERY, 128 }, { "way", PARAM_QUERY, 64 }, PARAM_END };
static const struct param_spec console_transfer_params[] = { { "import", PARAM_FORM, (size_t)512 * 1024 }, PARAM_END };

#define CLIENT_PARAMS \
	{ "client_id", PARAM_FORM, 255 }, { "client_secret", PARAM_FORM, 512 }, { "client_assertion_type", PARAM_FORM, 128 }, \
	{ "client_assertion", PARAM_FORM, 16384 }
static const struct param_spec token_params[] = {
	{ "grant_type", PARAM_FORM, 128 }, { "code", PARAM_FORM, 256 }, { "redirect_uri", PARAM_FORM, 2048 }, { "code_verifier", PARAM_FORM, 128 },
	{ "refresh_token", PARAM_FORM, 512 }, { "scope", PARAM_FORM, SCOPE_TEXT_MAX },
	{ "resource", PARAM_FORM | PARAM_MANY, AUTHORIZE_RESOURCE_MAX }, CLIENT_PARAMS, PARAM_END
};
/* of introspection and revocation */
static const struct param_spec bring_params[] = {
	{ "token", PARAM_FORM, 16384 }, { "token_type_hint", PARAM_FORM, 64 }, CLIENT_PARAMS, PARAM_END
};

static const struct param_spec api_search_params[] = { { "q", PARAM_QUERY, 256 }, { "limit", PARAM_QUERY, 8 }, { "cursor", PARAM_QUERY, 32 }, PARAM_END };
static const struct param_spec api_members_params[] = { { "status", PARAM_QUERY, 32 }, { "limit", PARAM_QUERY, 8 }, { "cursor", PARAM_QUERY, 32 }, PARAM_END };
static const struct param_spec api_hash_params[] = { { "id_hash", PARAM_QUERY, 64 }, PARAM_END };
static const struct param_spec receipt_params[] = { { "key", PARAM_QUERY, 128 }, PARAM_END };
static const struct param_spec api_lookup_params[] = { { "kind", PARAM_FORM, 16 }, { "key", PARAM_FORM, 128 }, { "source", PARAM_FORM, 32 }, PARAM_END };
static const struct param_spec api_legacy_params[] = { { "account_id", PARAM_QUERY, 256 }, { "sub", PARAM_QUERY, 64 }, { "limit", PARAM_QUERY, 8 }, { "cursor", PARAM_QUERY, 32 }, PARAM_END };
/* A row of the directory API: what its description says is what its handler demands. */
#define API(name, summary, scope, answer) \
	.errors = ERRORS_BEARER, .rate = RATE_TOKEN, .metric = "api_" name, .doc = &(const struct route_doc){ summary, scope, answer }
static const struct param_spec api_history_params[] = { { "before", PARAM_QUERY, 20 }, { "limit", PARAM_QUERY, 8 }, PARAM_END };
static const struct param_spec api_diff_params[] = { { "from", PARAM_QUERY, 20 }, PARAM_END };
static const struct param_spec api_fields_params[] = { { "path", PARAM_QUERY, 512 }, { "type", PARAM_QUERY, 64 }, PARAM_END };
/* Configuration by administrators: the metric label names the command. */
#define CONFIG_VERSION "/api/v1/config/versions/{version}"
#define CONFIG(name, summary, answer, ...) \
	.handler = endpoint_api_config, .errors = ERRORS_BEARER, .rate = RATE_TOKEN, .metric = "api_config_" name, \
	.doc = &(const struct route_doc){ summary, "config", answer, ##__VA_ARGS__ }
#define CONFIG_POST(name, summary, answer, posted) .body = BODY_JSON, CONFIG(name, summary, answer, posted)
static const struct param_spec upload_params[] = { { "interaction", BOTH, 64 }, { "do", PARAM_FORM, 16 }, FILES_PARAMS, PARAM_END };
static const struct param_spec file_params[] = { { "interaction", PARAM_QUERY, 64 }, { "task", PARAM_QUERY, 36 }, PARAM_END };

#define GET METHOD_GET
#define POST METHOD_POST

const struct route endpoint_routes[] = {
	{ METADATA_DISCOVERY, GET, .handler = endpoint_discovery, .errors = ERRORS_PLAIN_JSON, .rate = RATE_READ, .cors = true, .metric = "discovery" },
	{ METADATA_OAUTH, GET, .handler = endpoint_discovery, .errors = ERRORS_PLAIN_JSON, .rate = RATE_READ, .cors = true, .metric = "discovery" },
	{ METADATA_JWKS, GET, .handler = endpoint_jwks, .errors = ERRORS_PLAIN_JSON, .rate = RATE_READ, .cors = true, .metric = "jwks" },
	{ METADATA_TOKEN, POST, token_params, WORK_COMMIT, .handler = endpoint_token, .errors = ERRORS_OAUTH, .rate = RATE_TOKEN,
	  .cors = true, .metric = "token" },
	{ METADATA_INTROSPECT, POST, bring_params, .classify = endpoint_introspect_work, .handler = endpoint_introspect, .errors = ERRORS_OAUTH,
	  .rate = RATE_TOKEN, .metric = "introspect" },
	{ METADATA_REVOKE, POST, bring_params, WORK_COMMIT, .handler = endpoint_revoke, .errors = ERRORS_OAUTH, .rate = RATE_TOKEN, .cors = true,
	  .urgent = true, .metric = "revoke" },
	{ METADATA_USERINFO, GET | POST, .handler = endpoint_userinfo, .errors = ERRORS_BEARER, .rate = RATE_TOKEN, .cors = true, .metric = "userinfo" },
	/* FAPI 2.0 5.2 (8): no CORS on the authorization endpoint */
	{ METADATA_AUTHORIZE, GET | POST, authorize_params, WORK_COMMIT, .handler = endpoint_authorize, .rate = RATE_PAGE, .metric = "authorize" },
	{ METADATA_LOGOUT, GET | POST, logout_params, WORK_COMMIT, .handler = endpoint_logout, .rate = RATE_PAGE, .urgent = true, .metric = "logout" },
	{ "/logout/confirm", POST, logout_params, WORK_COMMIT, .handler = endpoint_logout_confirm, .rate = RATE_PAGE, .csrf = true, .urgent = true, .metric = "logout_confirm" },

	{ "/", GET, .handler = endpoint_index, .rate = RATE_PAGE, .metric = "index" },
	{ "/continue", GET, interaction_params, WORK_COMMIT, .handler = endpoint_continue, .rate = RATE_PAGE, .metric = "continue" },
	{ "/login", GET | POST, login_params, .classify = endpoint_login_work, .handler = endpoint_login, .rate = RATE_LOGIN, .csrf = true, .metric = "login" },
	{ "/link", GET | POST, login_params, .classify = endpoint_link_work, .handler = endpoint_link, .rate = RATE_LOGIN, .csrf = true, .metric = "link" },
	{ "/login/{provider}/start", GET, upstream_params, WORK_UPSTREAM, .handler = endpoint_upstream_start, .rate = RATE_LOGIN, .metric = "upstream_start" },
	{ "/login/{provider}/leave", GET, NULL, WORK_UPSTREAM, .handler = endpoint_upstream_leave, .rate = RATE_LOGIN, .metric = "upstream_leave" },
	{ "/login/{provider}/left", GET, NULL, WORK_COMMIT, .handler = endpoint_upstream_left, .rate = RATE_PAGE, .metric = "upstream_left" },
	{ "/login/{provider}/logout", GET | POST, NULL, WORK_UPSTREAM, .handler = endpoint_upstream_notified, .errors = ERRORS_OAUTH, .rate = RATE_LOGIN,
	  .metric = "upstream_logout" },
	{ "/login/{provider}/callback", GET | POST, NULL, WORK_UPSTREAM, .handler = endpoint_upstream_callback, .rate = RATE_LOGIN, .metric = "upstream_callback" },
	{ "/login/{provider}/password", GET | POST, upstream_password_params, WORK_UPSTREAM, .handler = endpoint_upstream_password, .rate = RATE_LOGIN, .csrf = true,
	  .metric = "upstream_password" },
	{ "/choose-account", GET | POST, choose_params, WORK_COMMIT, .handler = endpoint_choose_account, .rate = RATE_PAGE, .csrf = true, .metric = "choose_account" },
	{ "/consent", GET | POST, consent_params, WORK_COMMIT, .handler = endpoint_consent, .rate = RATE_PAGE, .csrf = true, .metric = "consent" },
	{ "/pending", GET, interaction_params, WORK_COMMIT, .handler = endpoint_pending, .rate = RATE_PAGE, .metric = "pending" },

	/* registration */
	{ "/register", GET, interaction_params, WORK_COMMIT, .handler = endpoint_register, .rate = RATE_PAGE, .metric = "register" },
	{ "/register/natural", GET | POST, form_page_params, .classify = endpoint_register_work, .handler = endpoint_register_form, .rate = RATE_LOGIN,
	  .csrf = true, .metric = "register_natural" },
	{ "/register/legal", GET | POST, form_page_params, .classify = endpoint_register_work, .handler = endpoint_register_form, .rate = RATE_LOGIN,
	  .csrf = true, .metric = "register_legal" },
	{ "/register/expert", GET | POST, form_page_params, .classify = endpoint_register_work, .handler = endpoint_register_form, .rate = RATE_LOGIN,
	  .csrf = true, .metric = "register_expert" },
	{ "/register/done", GET, interaction_params, WORK_COMMIT, .handler = endpoint_register_done, .rate = RATE_PAGE, .metric = "register_done" },

	/* completion and real name */
	{ "/complete", GET, interaction_params, WORK_COMMIT, .handler = endpoint_complete, .rate = RATE_PAGE, .metric = "complete" },
	{ "/complete/{profile}", GET | POST, form_page_params, WORK_COMMIT, .handler = endpoint_complete_form, .rate = RATE_PAGE, .csrf = true, .metric = "complete_form" },
	{ "/realname", GET | POST, form_page_params, WORK_COMMIT, .handler = endpoint_realname, .rate = RATE_LOGIN, .csrf = true, .metric = "realname" },
	{ "/realname/check", GET, interaction_params, WORK_UPSTREAM, .handler = endpoint_realname_check, .rate = RATE_LOGIN, .metric = "realname_check" },
	{ "/realname/upload", GET | POST, upload_params, .classify = files_work, .handler = endpoint_realname_upload, .rate = RATE_PAGE, .body = BODY_MULTIPART,
	  .body_max = FILES_BODY_MAX, .csrf = true, .metric = "realname_upload" },

	/* old accounts */
	{ "/bind", GET | POST, form_page_params, WORK_SMS, .handler = endpoint_bind, .rate = RATE_LOGIN, .csrf = true, .metric = "bind" },
	{ "/bind/document", POST, bind_row_params, WORK_COMMIT, .handler = endpoint_bind_document, .rate = RATE_LOGIN, .csrf = true, .metric = "bind_document" },
	{ "/bind/password", GET | POST, form_page_params, WORK_PASSWORD, .handler = endpoint_bind_password, .rate = RATE_LOGIN, .csrf = true,
	  .metric = "bind_password" },
	{ "/bind/review", GET | POST, form_page_params, .classify = files_work, .handler = endpoint_bind_review, .rate = RATE_LOGIN, .body = BODY_MULTIPART,
	  .body_max = FILES_BODY_MAX, .csrf = true, .metric = "bind_review" },
	{ "/unit/legacy", GET | POST, unit_legacy_params, WORK_COMMIT, .handler = endpoint_unit_legacy, .rate = RATE_PAGE, .csrf = true, .metric = "unit_legacy" },

	/* units, members */
	{ "/unit/supplement", GET | POST, form_page_params, .classify = endpoint_unit_supplement_work, .handler = endpoint_unit_supplement, .rate = RATE_PAGE,
	  .body = BODY_MULTIPART, .body_max = FILES_BODY_MAX,
	  .csrf = true, .metric = "unit_supplement" },
	{ "/choose-unit", GET | POST, choose_unit_params, WORK_COMMIT, .handler = endpoint_choose_unit, .rate = RATE_PAGE, .csrf = true, .metric = "choose_unit" },
	{ "/members", GET | POST, member_params, WORK_COMMIT, .handler = endpoint_members, .rate = RATE_PAGE, .csrf = true, .metric = "members" },
	{ "/act-for", GET | POST, act_for_params, WORK_COMMIT, .handler = endpoint_act_for, .rate = RATE_PAGE, .csrf = true, .metric = "act_for" },

	/* review desk, staff */
	{ "/second-factor", GET | POST, second_factor_params, .classify = endpoint_second_factor_work, .handler = endpoint_second_factor,
	  .rate = RATE_LOGIN, .csrf = true, .metric = "second_factor" },
	{ "/tasks", GET, tasks_params, WORK_COMMIT, .handler = endpoint_tasks, .rate = RATE_PAGE, .metric = "tasks" },
	{ "/tasks/{id}", GET | POST, task_params, .classify = endpoint_task_work, .handler = endpoint_task, .rate = RATE_PAGE, .csrf = true, .metric = "task" },
	{ "/staff", GET | POST, staff_params, WORK_COMMIT, .handler = endpoint_staff, .rate = RATE_PAGE, .csrf = true, .metric = "staff" },
	{ "/audit", GET | POST, audit_params, .classify = endpoint_audit_work, .handler = endpoint_audit, .rate = RATE_PAGE, .csrf = true, .metric = "audit" },

#define CONSOLE .rate = RATE_PAGE, .csrf = true
	{ "/console", GET, console_params, WORK_FILES, .handler = endpoint_console, CONSOLE, .metric = "console" },
	{ "/console/settings", GET, NULL, WORK_FILES, .handler = endpoint_console_settings, CONSOLE, .metric = "console_settings" },
	{ "/console/versions", GET, console_versions_params, WORK_FILES, .handler = endpoint_console_versions, CONSOLE, .metric = "console_versions" },
	{ "/console/versions/{number}", GET | POST, console_version_params, WORK_FILES, .handler = endpoint_console_version, CONSOLE, .metric = "console_version" },
	{ "/console/try", GET | POST, console_try_params, WORK_FILES, .handler = endpoint_console_try, CONSOLE, .metric = "console_try" },
	{ "/console/transfer", GET | POST, console_transfer_params, WORK_FILES, .handler = endpoint_console_transfer, CONSOLE, .metric = "console_transfer" },
	{ "/console/export", GET, NULL, WORK_FILES, .handler = endpoint_console_export, CONSOLE, .metric = "console_export" },
	{ "/console/explain", GET, console_explain_params, WORK_FILES, .handler = endpoint_console_explain, CONSOLE, .metric = "console_explain" },
	{ "/console/{section}", GET | POST, console_form_params, .classify = endpoint_console_form_work, .handler = endpoint_console_form, CONSOLE, .metric = "console_form" },
	{ "/console/{section}/{a}", GET | POST, console_form_params, .classify = endpoint_console_form_work, .handler = endpoint_console_form, CONSOLE, .metric = "console_form" },
	{ "/console/{section}/{a}/{b}", GET | POST, console_form_params, .classify = endpoint_console_form_work, .handler = endpoint_console_form, CONSOLE, .metric = "console_form" },
	{ "/console/{section}/{a}/{b}/{c}", GET | POST, console_form_params, .classify = endpoint_console_form_work, .handler = endpoint_console_form, CONSOLE, .metric = "console_form" },
	{ "/legacy", GET | POST, legacy_params, WORK_COMMIT, .handler = endpoint_legacy, .rate = RATE_PAGE, .csrf = true, .metric = "legacy" },
	{ "/legacy/{id}", GET | POST, legacy_record_params, .classify = endpoint_legacy_record_work, .handler = endpoint_legacy_record, .rate = RATE_PAGE,
	  .csrf = true, .metric = "legacy_record" },

	/* recovery, appeals */
	{ "/recover", GET | POST, recover_params, .classify = endpoint_recover_work, .handler = endpoint_recover, .rate = RATE_LOGIN, .csrf = true,
	  .metric = "recover" },
	{ "/recover/verify", GET | POST, form_page_params, .classify = endpoint_recover_verify_work, .handler = endpoint_recover_verify, .rate = RATE_LOGIN,
	  .csrf = true, .metric = "recover_verify" },
	{ "/recover/done", GET, interaction_params, WORK_COMMIT, .handler = endpoint_recover_done, .rate = RATE_PAGE, .metric = "recover_done" },
	{ "/recover/link", GET | POST, recover_link_params, .classify = endpoint_recover_link_work, .handler = endpoint_recover_link, .rate = RATE_LOGIN,
	  .csrf = true, .metric = "recover_link" },
	{ "/appeal/state", GET | POST, appeal_state_params, WORK_SMS, .handler = endpoint_appeal_state, .rate = RATE_LOGIN, .csrf = true,
	  .metric = "appeal_state" },
	{ "/appeal/{kind}", GET | POST, form_page_params, .classify = endpoint_appeal_work, .handler = endpoint_appeal, .rate = RATE_LOGIN,
	  .body = BODY_MULTIPART, .body_max = FILES_BODY_MAX, .csrf = true, .metric = "appeal" },

	/* look-up of old accounts */
	{ "/lookup", GET | POST, lookup_params, WORK_SMS, .handler = endpoint_lookup, .rate = RATE_LOGIN, .csrf = true, .metric = "lookup" },
	{ "/lookup/window", GET | POST, lookup_params, WORK_SMS, .handler = endpoint_lookup, .rate = RATE_LOGIN, .csrf = true, .metric = "lookup_window" },

	/* account */
	{ "/account", GET, account_params, WORK_COMMIT, .handler = endpoint_account, .rate = RATE_PAGE, .metric = "account" },
	{ "/account/sessions", GET | POST, account_params, WORK_COMMIT, .handler = endpoint_account, .rate = RATE_PAGE, .csrf = true, .metric = "account_sessions" },
	{ "/account/consents", GET | POST, account_params, WORK_COMMIT, .handler = endpoint_account, .rate = RATE_PAGE, .csrf = true, .metric = "account_consents" },
	{ "/account/links/add", GET | POST, account_link_params, WORK_COMMIT, .handler = endpoint_account_link_add, .rate = RATE_LOGIN, .csrf = true,
	  .metric = "account_link_add" },
	{ "/account/links/confirm", GET | POST, account_link_params, WORK_COMMIT, .handler = endpoint_account_link_confirm, .rate = RATE_LOGIN, .csrf = true,
	  .metric = "account_link_confirm" },
	{ "/account/links", GET | POST, account_params, WORK_COMMIT, .handler = endpoint_account, .rate = RATE_PAGE, .csrf = true, .metric = "account_links" },
	{ "/account/bindings", GET, account_params, WORK_COMMIT, .handler = endpoint_account, .rate = RATE_PAGE, .metric = "account_bindings" },
	{ "/account/units", GET, account_params, WORK_COMMIT, .handler = endpoint_account, .rate = RATE_PAGE, .metric = "account_units" },
	{ "/account/audit", GET, account_params, WORK_COMMIT, .handler = endpoint_account, .rate = RATE_PAGE, .metric = "account_audit" },
	{ "/account/switch", GET, interaction_params, WORK_COMMIT, .handler = endpoint_account_switch, .rate = RATE_PAGE, .metric = "account_switch" },
	{ "/account/phone", GET | POST, form_page_params, WORK_SMS, .handler = endpoint_account_contact, .rate = RATE_LOGIN, .csrf = true, .metric = "account_phone" },
	{ "/account/email", GET | POST, form_page_params, WORK_SMS, .handler = endpoint_account_contact, .rate = RATE_LOGIN, .csrf = true, .metric = "account_email" },
	{ "/account/close", GET | POST, form_page_params, WORK_COMMIT, .handler = endpoint_account_close, .rate = RATE_PAGE, .csrf = true, .metric = "account_close" },
	{ "/account/second-factor", GET | POST, account_factor_params, .classify = endpoint_account_factor_work, .handler = endpoint_account_factor,
	  .rate = RATE_LOGIN, .csrf = true, .metric = "account_factor" },
	{ "/account/merge", GET | POST, merge_params, WORK_COMMIT, .handler = endpoint_account_merge, .rate = RATE_LOGIN, .csrf = true, .metric = "account_merge" },
	{ "/account/export", GET, interaction_params, WORK_COMMIT, .handler = endpoint_account_export, .rate = RATE_PAGE, .metric = "account_export" },
	{ "/password", GET | POST, form_page_params, WORK_PASSWORD, .handler = endpoint_password, .rate = RATE_LOGIN, .csrf = true, .metric = "password" },

	/* files, applications */
	{ "/apps", GET, .handler = endpoint_apps, .rate = RATE_PAGE, .metric = "apps" },
	{ "/uploads/{upload}", GET | POST, upload_params, .classify = files_work, .handler = endpoint_upload, .rate = RATE_PAGE, .body = BODY_MULTIPART,
	  .body_max = FILES_BODY_MAX, .csrf = true, .metric = "upload" },
	{ "/uploads/{upload}/{slot}/template", GET, NULL, WORK_COMMIT, .handler = endpoint_file_template, .rate = RATE_PAGE, .metric = "file_template" },
	{ "/files/{id}", GET, file_params, WORK_COMMIT, .handler = endpoint_file, .rate = RATE_PAGE, .metric = "file" },
	{ "/files/{id}/preview", GET, file_params, WORK_COMMIT, .handler = endpoint_file_preview, .rate = RATE_PAGE, .metric = "file_preview" },

	/* directory API */
	{ "/api/v1/units", GET, api_search_params, .handler = endpoint_api_units, API("units", "Search effective units by name or credit code", "directory.units", "[Unit]") },
	{ "/api/v1/units/{unit}", GET, .handler = endpoint_api_unit, API("unit", "A unit, by its id or its credit code", "directory.units", "Unit") },
	{ "/api/v1/units/{unit}/members", GET, api_members_params, WORK_COMMIT, .handler = endpoint_api_members,
	  API("members", "The people of a unit", "directory.members", "[Member]") },
	{ "/api/v1/departments", GET, .handler = endpoint_api_departments,
	  API("departments", "The tree of supervising departments", "directory.units", "[Department]") },
	{ "/api/v1/users", GET, api_hash_params, WORK_COMMIT, .handler = endpoint_api_user_search,
	  API("user_search", "A person by the id_hash that this client was given", "directory.users", "User") },
	{ "/api/v1/users/{sub}", GET, NULL, WORK_COMMIT, .handler = endpoint_api_user, API("user", "A person by their sub", "directory.users", "User") },
	{ "/api/v1/users/{sub}/grants", GET, NULL, WORK_COMMIT, .handler = endpoint_api_grants, API("grants", "What a person was granted", "directory.grants", "[Grant]") },
	{ "/api/v1/legacy/{system}", GET, api_legacy_params, WORK_COMMIT, .handler = endpoint_api_bindings,
	  API("legacy", "Old accounts of a system and their owners", "directory.legacy", "[LegacyBinding]") },
	{ "/api/v1/lookup", POST, api_lookup_params, WORK_COMMIT, .handler = endpoint_api_lookup,
	  API("lookup", "What became of the old account of a credit code or phone", "directory.lookup", "Lookup") },
	{ "/api/v1/config", GET, NULL, WORK_FILES, CONFIG("status", "What is managed, and which version holds", "ConfigStatus") },
	{ "/api/v1/config/versions", GET, api_history_params, WORK_FILES, CONFIG("history", "Versions, newest first", "[ConfigVersion]") },
	{ "/api/v1/config/drafts", POST, NULL, WORK_FILES, CONFIG_POST("draft", "A new draft: of what holds, of an earlier version, or of an import", "ConfigVersion", "ConfigDraft") },
	{ CONFIG_VERSION, GET, NULL, WORK_FILES, CONFIG("show", "A version with what it says; secrets are references", "ConfigVersionTree") },
	{ CONFIG_VERSION "/export", GET, NULL, WORK_FILES, CONFIG("export", "The same as YAML", "ConfigExport") },
	{ CONFIG_VERSION "/diff", GET, api_diff_params, WORK_FILES, CONFIG("diff", "What it says differently from another, by default the one it was begun on", "ConfigDiff") },
	{ CONFIG_VERSION "/fields", GET, api_fields_params, WORK_FILES, CONFIG("fields", "A section's objects, or the fields of a group or an object, with their values", "ConfigFields") },
	{ CONFIG_VERSION "/validate", POST, NULL, WORK_FILES, CONFIG_POST("validate", "Everything that is wrong with it", "ConfigValidity", "ConfigNothing") },
	{ CONFIG_VERSION "/edit", POST, NULL, WORK_FILES, CONFIG_POST("edit", "Edit a draft: all of it, or nothing", "ConfigVersion", "ConfigEdits") },
	{ CONFIG_VERSION "/import", POST, NULL, WORK_FILES, CONFIG_POST("import", "Replace what a draft says", "ConfigVersion", "ConfigImport") },
	{ CONFIG_VERSION "/reason", POST, NULL, WORK_FILES, CONFIG_POST("reason", "Why there is such a draft", "ConfigVersion", "ConfigReason") },
	{ CONFIG_VERSION "/propose", POST, NULL, WORK_FILES, CONFIG_POST("propose", "Ready to be looked at by another person", "ConfigVersion", "ConfigSeen") },
	{ CONFIG_VERSION "/withdraw", POST, NULL, WORK_FILES, CONFIG_POST("withdraw", "A draft again", "ConfigVersion", "ConfigNothing") },
	{ CONFIG_VERSION "/reject", POST, NULL, WORK_FILES, CONFIG_POST("reject", "Never to be activated", "ConfigVersion", "ConfigReason") },
	{ CONFIG_VERSION "/rebase", POST, NULL, WORK_FILES, CONFIG_POST("rebase", "Bring it on top of what holds now", "ConfigVersion", "ConfigNothing") },
	{ CONFIG_VERSION "/activate", POST, NULL, WORK_FILES, CONFIG_POST("activate", "In force from now on", "ConfigVersion", "ConfigSeen") },
	{ CONFIG_VERSION "/test", POST, NULL, WORK_UPSTREAM, CONFIG_POST("test", "Ask a service whether its settings are right", "ConfigTest", "ConfigTestOf") },
	{ CONFIG_VERSION "/try", POST, NULL, WORK_FILES, CONFIG_POST("try", "What would this person get at this client?", "ConfigTrial", "ConfigTrialOf") },
	{ "/api/v1/openapi.json", GET, .handler = endpoint_openapi, .errors = ERRORS_PLAIN_JSON, .rate = RATE_READ, .cors = true, .metric = "openapi" },

	{ "/sms/receipt/{route}", POST, receipt_params, WORK_COMMIT, .handler = endpoint_sms_receipt, .errors = ERRORS_PLAIN_JSON, .body = BODY_JSON,
	  .metric = "sms_receipt" },

	{ "/assets/{name}", GET, .handler = endpoint_asset, .metric = "asset" },

	{ "/healthz", GET, .handler = endpoint_healthz, .errors = ERRORS_PLAIN_JSON, .metric = "healthz" },
	{ "/readyz", GET, .handler = endpoint_readyz, .errors = ERRORS_PLAIN_JSON, .metric = "readyz" },
	{ "/metrics", GET, .handler = endpoint_metrics, .errors = ERRORS_PLAIN_JSON, .metric = "metrics" },
};
const size_t endpoint_routes_n = ARRAY_LEN(endpoint_routes);
