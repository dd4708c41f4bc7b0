/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/oauth/metadata.h"

#include "broker/base/json.h"
#include "broker/oauth/claims.h"
#include "broker/oauth/client.h"
#include "broker/oauth/scope.h"
#include "conf/config.h"
#include "keys/alg.h"

static const struct {
	const char *member, *path;
} endpoints[] = {
	{ "authorization_endpoint", METADATA_AUTHORIZE },
	{ "token_endpoint", METADATA_TOKEN },
	{ "userinfo_endpoint", METADATA_USERINFO },
	{ "jwks_uri", METADATA_JWKS },
	{ "introspection_endpoint", METADATA_INTROSPECT },
	{ "revocation_endpoint", METADATA_REVOKE },
	{ "end_session_endpoint", METADATA_LOGOUT },
};

/* What is fixed by what the rules of this folder accept. */
static const struct {
	const char *member, *json;
} facts[] = {
	{ "response_types_supported", "[\"code\"]" },
	{ "response_modes_supported", "[\"query\",\"form_post\"]" },
	{ "grant_types_supported", "[\"authorization_code\",\"refresh_token\",\"client_credentials\"]" },
	{ "subject_types_supported", "[\"public\",\"pairwise\"]" },
	{ "code_challenge_methods_supported", "[\"S256\"]" },
	{ "claim_types_supported", "[\"normal\"]" },
	{ "acr_values_supported", "[\"0\",\"1\",\"2\",\"3\"]" }, /* domain.md 3.9 */
	{ "prompt_values_supported", "[\"none\",\"login\",\"consent\",\"select_account\"]" },
	{ "ui_locales_supported", "[\"zh-CN\",\"en\"]" },
	{ "claims_parameter_supported", "false" },
	{ "request_parameter_supported", "false" },
	{ "request_uri_parameter_supported", "false" }, /* absent would mean true (Discovery 3) */
	{ "authorization_response_iss_parameter_supported", "true" }, /* RFC 9207 3 */
	{ "backchannel_logout_supported", "true" }, /* Back-Channel Logout 1.0 2.1 */
	{ "backchannel_logout_session_supported", "true" },
};

void metadata_url(struct buf *buf, const struct config *config, const char *path)
{
	buf_add(buf, config->issuer);
	buf_add(buf, span_of(path));
}

bool metadata_is_url(const struct config *config, struct span text, const char *path)
{
	return span_starts(text, config->issuer) &&
	       span_is((struct span){ text.p + config->issuer.n, text.n - config->issuer.n }, path);
}

static void write_endpoints(struct json_writer *w, const struct config *config)
{
	for (size_t i = 0; i < ARRAY_LEN(endpoints); i++) {
		json_key(w, endpoints[i].member);
		struct buf url = buf_new(w->buf->arena, config->issuer.n + 64);
		metadata_url(&url, config, endpoints[i].path);
		w->buf->failed = w->buf->failed || url.failed;
		json_str(w, buf_span(&url));
	}
}

/* Algorithms that may sign for us: @set has bits 1 << enum config_alg, in the order of their names. */
static void write_algorithms(struct json_writer *w, const char *member, uint32_t set)
{
	static const enum alg algs[] = {
		[CONFIG_ES256] = ALG_ES256,
		[CONFIG_RS256] = ALG_RS256,
		[CONFIG_PS256] = ALG_PS256,
		[CONFIG_EDDSA] = ALG_EDDSA,
	};

	json_key(w, member);
	json_open(w, '[');
	for (size_t i = 0; i < ARRAY_LEN(algs); i++)
		if (set & 1u << i)
			json_str(w, span_of(alg_row(algs[i])->name));
	json_close(w, ']');
}

/* The endpoints where clients prove themselves (RFC 8414 2); introspection and revocation take the same methods. */
static void write_methods(struct json_writer *w, const char *member, bool with_none)
{
	json_key(w, member);
	json_open(w, '[');
	for (int method = 0; client_method_name(method); method++)
		if (with_none || method != CONFIG_AUTH_NONE)
			json_str(w, span_of(client_method_name(method)));
	json_close(w, ']');
}

int metadata_write(const struct config *config, struct arena *arena, struct span *ret_json)
{
	static const uint32_t all = 1u << CONFIG_ES256 | 1u << CONFIG_RS256 | 1u << CONFIG_PS256 | 1u << CONFIG_EDDSA;
	struct buf buf = buf_new(arena, 3072);
	struct json_writer w = json_writer(&buf);

	json_open(&w, '{');
	json_member_str(&w, "issuer", config->issuer);
	write_endpoints(&w, config);
	for (size_t i = 0; i < ARRAY_LEN(facts); i++) {
		json_key(&w, facts[i].member);
		json_raw(&w, span_of(facts[i].json));
	}
	json_key(&w, "scopes_supported");
	json_open(&w, '[');
	for (size_t i = 0; scope_at(i); i++)
		if (!scope_at(i)->is_hidden)
			json_str(&w, span_of(scope_at(i)->name));
	json_close(&w, ']');
	json_key(&w, "claims_supported");
	json_open(&w, '[');
	for (size_t i = 0; claims_at(i); i++)
		json_str(&w, span_of(claims_at(i)));
	json_close(&w, ']');
	write_algorithms(&w, "id_token_signing_alg_values_supported", config->keys.algorithms);
	write_methods(&w, "token_endpoint_auth_methods_supported", true);
	write_algorithms(&w, "token_endpoint_auth_signing_alg_values_supported", all);
	write_methods(&w, "introspection_endpoint_auth_methods_supported", false);
	write_algorithms(&w, "introspection_endpoint_auth_signing_alg_values_supported", all);
	write_methods(&w, "revocation_endpoint_auth_methods_supported", true);
	write_algorithms(&w, "revocation_endpoint_auth_signing_alg_values_supported", all);
	json_close(&w, '}');
	return buf_done(&buf, ret_json);
}
