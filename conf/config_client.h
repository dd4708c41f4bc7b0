/* SPDX-License-Identifier: Apache-2.0 */
/* config_client - business systems that have people log in here: what each may do, asks of them and is given. */
#pragma once

#include "conf/config_base.h"

struct config;

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

struct config_tokens {
	int64_t code_life, access_life, id_life, refresh_life, refresh_idle, offline_life, refresh_grace;
	int64_t interaction_life, clock_skew, assertion_life_max;
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
	struct span logo, home, initiate_login_uri, backchannel_logout_uri;
	struct config_catalogue catalogue;
};

struct config_clients {
	const struct config_client *items;
	size_t n;
};

/* By its id, in O(log n); NULL when there is none. */
const struct config_client *config_client(const struct config *config, struct span id);

/* The longest that an access or ID token lives, of any client. */
int64_t config_longest_life(const struct config *config);
