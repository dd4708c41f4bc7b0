/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/config_client.h"
#include "conf/config_rows.h"

static const char *const types[] = { "confidential", "public", NULL };
static const char *const auth_methods[] = { "client_secret_basic", "client_secret_post", "private_key_jwt", "none", NULL };
static const char *const grant_types[] = { "authorization_code", "refresh_token", "client_credentials", NULL };
static const char *const response_modes[] = { "query", "form_post", NULL };
static const char *const pkce[] = { "required", "optional", NULL };
static const char *const consent[] = { "remember", "ask", "skip", NULL };
static const char *const access_token[] = { "jwt", "opaque", NULL };
static const char *const subject[] = { "public", "pairwise", NULL };
static const char *const rotation[] = { "rotate", "keep", NULL };

#define REQUIRE(type, name, ...) { #name, type, offsetof(struct config_require, name), __VA_ARGS__ }
static const struct option require_rows[] = {
	REQUIRE(OPTION_INT, realname_level, .def = "0", .min = 0, .max = 3,
		.doc = "Least assurance of the person: 0 none, 1 third-party account, 2 real name verified, 3 real person "
		    "verified."),
	REQUIRE(OPTION_BOOL, unit_effective, .def = "false", .doc = "The unit the person acts for must be effective (法人用户生效)."),
	REQUIRE(OPTION_BOOL, membership_active, .def = "false", .doc = "The unit's administrator must have admitted the person."),
	REQUIRE(OPTION_BOOL, subsystem_grant, .def = "false", .doc = "The person must hold a grant for the client's `subsystem`."),
	REQUIRE(OPTION_LIST, history_suffices, .max = 16,
	    .doc = "Old systems (ids of `legacy_sources`): who has a bound old account of one of them had business before and needs neither unit nor "
		   "membership nor grant here, unless their unit is suspended or dissolved. Everybody else supplements at once (T15)."),
	REQUIRE(OPTION_BOOL, account_active, .def = "true",
	    .doc = "Accounts that still wait for review are sent to the pending page."),
	REQUIRE(OPTION_BOOL, complete, .def = "false",
	    .doc = "A natural person must have completed their information. `completion.mode: required` demands it for every client."),
	{ 0 },
};

#define TOKENS(name, ...) { #name, OPTION_DURATION, offsetof(struct config_client_tokens, name), .def = "0", __VA_ARGS__ }
static const struct option token_rows[] = {
	TOKENS(code_life, .max = 10 * MS_MINUTE, .doc = "Overrides `tokens.code_life`; 0 keeps it."),
	TOKENS(access_life, .max = MS_DAY, .doc = "Overrides `tokens.access_life`; 0 keeps it."),
	TOKENS(id_life, .max = MS_DAY, .doc = "Overrides `tokens.id_life`; 0 keeps it."),
	TOKENS(refresh_life, .max = 3650 * MS_DAY, .doc = "Overrides `tokens.refresh_life`; 0 keeps it."),
	TOKENS(refresh_idle, .max = 3650 * MS_DAY, .doc = "Overrides `tokens.refresh_idle`; 0 keeps it."),
	{ 0 },
};

static const char *const user_types[] = { "natural", "legal", "expert", "staff", NULL };
#define CATALOGUE(type, name, ...) { #name, type, offsetof(struct config_catalogue, name), __VA_ARGS__ }
static const struct option catalogue_rows[] = {
	CATALOGUE(OPTION_SET, user_types, .values = user_types, .max = 4, .doc = "For whom it is listed on the page of applications; not set: it is not."),
	CATALOGUE(OPTION_GROUP, group, .sub = config_text_rows, .doc = "Heading under which it stands; not set: under none."),
	CATALOGUE(OPTION_GROUP, title, .sub = config_text_rows, .doc = "What it is called there; not set: `name`."),
	CATALOGUE(OPTION_GROUP, hint, .sub = config_text_rows, .doc = "A line about it."),
	CATALOGUE(OPTION_STRING, icon, .max = 2048, .doc = "Path of an image of ours; not set: the client's `logo`, if that is a path."),
	CATALOGUE(OPTION_STRING, url, .max = 2048, .doc = "Where to enter it; not set: `initiate_login_uri`, else `home`."),
	{ 0 },
};

#define ROW(type, name, ...) { #name, type, offsetof(struct config_client, name), __VA_ARGS__ }
const struct option config_client_rows[] = {
	ROW(OPTION_STRING, id, .min = 1, .max = 128, .flags = OPTION_REQUIRED | OPTION_UNIQUE,
	    .doc = "`client_id`: letters, digits and `-._~`."),
	{ "name", OPTION_GROUP, offsetof(struct config_client, name), .sub = config_text_rows,
	  .doc = "What people read on the login and consent pages." },
	ROW(OPTION_BOOL, enabled, .def = "true", .doc = "false refuses every request of the client and kills its tokens' use."),
	{ "type", OPTION_ENUM, offsetof(struct config_client, type), .def = "confidential", .values = types,
	  .doc = "Can it keep a secret (RFC 6749 2.1)? A public client has none and always uses PKCE." },
	ROW(OPTION_SECRET, secret, .min = 1, .max = 256,
	    .doc = "The client secret; at least 16 bytes, random. Better as `secret_file`."),
	ROW(OPTION_STRING, secret_hash, .min = 64, .max = 64,
	    .doc = "Instead of `secret`: its SHA-256 in lower-case hex. Only for random secrets of at least 32 characters."),
	ROW(OPTION_SET, auth_methods, .values = auth_methods,
	    .doc = "How the client authenticates (OpenID Connect Core 9). Not set: `none` for a public client, `private_key_jwt` "
		   "where there is a key, else both secret methods."),
	ROW(OPTION_STRING, jwks, .flags = OPTION_FILE, .doc = "The client's public keys as a JWK set, for `private_key_jwt`."),
	ROW(OPTION_STRING, key, .flags = OPTION_FILE,
	    .doc = "Instead of `jwks`: one key in PEM. Of a private key only the public half is used."),
	ROW(OPTION_LIST, redirect_uris, .max = 100,
	    .doc = "Where answers may go; compared byte for byte (a loopback address of a public client may use any port, RFC "
	    "8252 7.3)."),
	ROW(OPTION_LIST, post_logout_redirect_uris, .max = 100, .doc = "Where a person may be sent after logging out."),
	ROW(OPTION_STRING, backchannel_logout_uri, .max = 2048,
	    .doc = "Where the client is told that a session it took part in has ended, by whomever: a signed `logout_token` is posted there, again and again for a day "
		   "until the answer is 200 (OpenID Connect Back-Channel Logout 1.0). It names the person (`sub`) and the session (`sid`, as in ID tokens), so a client "
		   "with `backchannel_logout_session_required` needs nothing else. https; on an address that is not public only where `net.allow` names it. What became of "
		   "it: `yimen client notices`."),
	ROW(OPTION_SET, grant_types, .def = "authorization_code", .values = grant_types, .min = 1, .max = 3,
	    .doc = "Which grants the token endpoint gives it."),
	ROW(OPTION_SET, response_modes, .def = "query, form_post", .values = response_modes, .min = 1, .max = 2,
	    .doc = "How the authorization answer may come back."),
	ROW(OPTION_LIST, scopes, .def = "openid, profile", .max = 100, .flags = OPTION_SORTED,
	    .doc = "Scopes it may ask for. Of people: `openid profile phone email realname idno idhash org grants legacy "
		   "offline_access`; any other name is a scope of an API."),
	ROW(OPTION_LIST, default_scopes, .max = 100, .doc = "Scopes of a client credentials token when none are asked for."),
	ROW(OPTION_ENUM, pkce, .def = "required", .values = pkce,
	    .doc = "`optional` only for a confidential client that cannot do PKCE (RFC 7636); what it starts it must finish."),
	ROW(OPTION_ENUM, consent, .def = "remember", .values = consent,
	    .doc = "`remember` asks once for each set of scopes, `ask` every time, `skip` never (only for your own trusted "
	    "systems)."),
	ROW(OPTION_ENUM, access_token, .def = "jwt", .values = access_token,
	    .doc = "`jwt` is signed (RFC 9068) and checked offline; `opaque` is checked at the introspection endpoint."),
	ROW(OPTION_ENUM, id_token_alg, .def = "ES256", .values = config_alg_names,
	    .doc = "Signature of ID tokens; one of `keys.algorithms`."),
	ROW(OPTION_ENUM, access_token_alg, .def = "ES256", .values = config_alg_names,
	    .doc = "Signature of access tokens; one of `keys.algorithms`."),
	ROW(OPTION_ENUM, subject, .def = "public", .values = subject,
	    .doc = "`pairwise` gives every sector another `sub` for the same person (OpenID Connect Core 8.1). Changing it later "
		   "changes every `sub`."),
	ROW(OPTION_STRING, sector, .max = 253,
	    .doc = "Host that names the sector of a pairwise client; not set: the host of its redirect URIs, which must then all "
	    "have one."),
	ROW(OPTION_ENUM, rotation, .def = "rotate", .values = rotation,
	    .doc = "`rotate` gives a new refresh token at every use and ends the family when an old one returns; `keep` does not "
		   "(FAPI 2.0 5.3.2.1-9)."),
	ROW(OPTION_DURATION, refresh_grace, .def = "0", .max = 5 * MS_MINUTE,
	    .doc = "Overrides `tokens.refresh_grace`; 0 keeps it."),
	{ "tokens", OPTION_GROUP, offsetof(struct config_client, tokens), .sub = token_rows,
	  .doc = "Lifetimes of this client's tokens." },
	ROW(OPTION_LIST, audiences, .max = 20, .doc = "`aud` of its access tokens; not set: the issuer."),
	ROW(OPTION_STRING, subsystem, .max = 64, .doc = "Code of the business system it belongs to, for grants."),
	{ "require", OPTION_GROUP, offsetof(struct config_client, require), .sub = require_rows,
	  .doc = "What must hold of a person before the client gets a token; what is unmet leads to the page that resolves it." },
	ROW(OPTION_BOOL, introspect_any, .def = "false",
	    .doc = "May introspect tokens of every client, not only those whose audience it is. For resource servers."),
	ROW(OPTION_LIST, cors_origins, .max = 20,
	    .doc = "Origins of scripts that may call the token and userinfo endpoints (never `*`)."),
	ROW(OPTION_LIST, onward_origins, .max = 3,
	    .doc = "Origins to which its redirect URI sends people on at once, when it is a broker itself or lives on another host: browsers want them named on "
		   "the pages whose forms lead there (Content-Security-Policy: form-action)."),
	ROW(OPTION_STRING, logo, .max = 2048, .doc = "Path or https URL of a logo for the consent page."),
	ROW(OPTION_STRING, initiate_login_uri, .max = 2048,
	    .doc = "Where the client begins a login when it is asked to (OpenID Connect Core 4); the catalogue of applications leads there."),
	{ "catalogue", OPTION_GROUP, offsetof(struct config_client, catalogue), .sub = catalogue_rows,
	  .doc = "How the client stands in the catalogue of applications, `/apps`." },
	ROW(OPTION_STRING, home, .max = 2048, .doc = "The client's own start page, linked from error pages."),
	{ 0 },
};
