/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/json.h"
#include "broker/base/url.h"
#include "conf/config.h"
#include "conf/config_rows.h"

#define SECRET_MIN 16

struct check {
	const struct config *config;
	const struct config_client *client;
	const struct yaml_node *node;
	struct problems *problems;
};

/* Report at the client's @key: "client <id>: …". */
#define REPORT(check, key, fmt, ...) \
	problem_add((check)->problems, yaml_place((check)->node, (key)), "client \"%s\": " fmt, (check)->client->id.p, ##__VA_ARGS__)

static bool has(uint32_t set, int bit)
{
	return set >> bit & 1;
}

static bool is_id(struct span id)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";

	return strspn(id.p, letters) == id.n;
}

static const char *written(const struct check *check, const char *key, const char *file_key)
{
	return yaml_get(check->node, file_key) ? file_key : key;
}

/* RFC 6749 2.1 and 2.3; RFC 9700 2.1.1. */
static void check_public(const struct check *check)
{
	const struct config_client *client = check->client;

	if (client->secret.bytes.n || client->secret_hash.n || client->jwks.n || client->key.n)
		REPORT(check, client->secret_hash.n ? "secret_hash" : client->jwks.n ? written(check, "jwks", "jwks_file") :
		       client->key.n ? written(check, "key", "key_file") : written(check, "secret", "secret_file"),
		       "a public client has no secret and no key");
	if (client->auth_methods != 1u << CONFIG_AUTH_NONE)
		REPORT(check, "auth_methods", "a public client authenticates with none");
	if (client->pkce != CONFIG_PKCE_REQUIRED)
		REPORT(check, "pkce", "PKCE is required of a public client");
	if (has(client->grant_types, CONFIG_GRANT_CLIENT_CREDENTIALS))
		REPORT(check, "grant_types", "client_credentials needs a confidential client (RFC 6749 4.4)");
	if (client->introspect_any)
		REPORT(check, "introspect_any", "introspection needs a confidential client (RFC 7662 2.1)");
}

static void check_jwks(const struct check *check)
{
	JSON *set = NULL;

	if (json_read_object(check->client->jwks, &set) || !json_is_array(json_object_get(set, "keys"))) {
		REPORT(check, written(check, "jwks", "jwks_file"), "\"jwks\" must be a JWK set: {\"keys\": [...]}");
		return;
	}
	size_t i;
	json_t *key;
	json_array_foreach(json_object_get(set, "keys"), i, key)
		if (json_object_get(key, "d") || json_object_get(key, "k"))
			REPORT(check, written(check, "jwks", "jwks_file"), "\"jwks\" must hold public keys only");
}

static void check_credentials(const struct check *check)
{
	const struct config_client *client = check->client;
	bool by_secret = has(client->auth_methods, CONFIG_AUTH_SECRET_BASIC) || has(client->auth_methods, CONFIG_AUTH_SECRET_POST);
	bool has_secret = client->secret.bytes.n || client->secret_hash.n, has_key = client->jwks.n || client->key.n;

	if (has(client->auth_methods, CONFIG_AUTH_NONE))
		REPORT(check, "auth_methods", "a confidential client authenticates; \"none\" is for \"type: public\"");
	if (by_secret && !has_secret)
		REPORT(check, "auth_methods", "it needs \"secret\", \"secret_file\" or \"secret_hash\"");
	if (!by_secret && has_secret)
		REPORT(check, "auth_methods", "it has a secret that no method of \"auth_methods\" uses");
	if (has(client->auth_methods, CONFIG_AUTH_PRIVATE_KEY_JWT) != has_key)
		REPORT(check, "auth_methods", "private_key_jwt and \"jwks\" or \"key\" belong together");
	if (client->jwks.n && client->key.n)
		REPORT(check, written(check, "key", "key_file"), "\"jwks\" and \"key\" exclude each other");
	if (client->secret.bytes.n && client->secret_hash.n)
		REPORT(check, "secret_hash", "\"secret\" and \"secret_hash\" exclude each other");
	if (client->secret.bytes.n && client->secret.bytes.n < SECRET_MIN && !check->config->demo)
		REPORT(check, written(check, "secret", "secret_file"), "the secret is shorter than %d bytes", SECRET_MIN);
	if (client->secret_hash.n && strspn(client->secret_hash.p, "0123456789abcdef") != client->secret_hash.n)
		REPORT(check, "secret_hash", "\"secret_hash\" must be SHA-256 in lower-case hex");
	if (client->jwks.n)
		check_jwks(check);
	if (client->key.n && !memmem(client->key.p, client->key.n, "-----BEGIN ", 11))
		REPORT(check, written(check, "key", "key_file"), "\"key\" must be a key in PEM");
}

/* RFC 8252 7.1: a scheme of its own, reversed domain name, one slash. */
static bool is_private_scheme(struct span uri)
{
	struct span rest = uri, scheme = span_cut(&rest, ':');
	bool has_dot = false;

	if (!rest.p || !rest.n || rest.p[0] != '/' || scheme.n == 0 || scheme.p[0] < 'a' || scheme.p[0] > 'z')
		return false;
	for (size_t i = 0; i < uri.n; i++)
		if ((unsigned char)uri.p[i] <= 0x20 || (unsigned char)uri.p[i] >= 0x7f)
			return false;
	for (size_t i = 0; i < scheme.n; i++) {
		has_dot |= scheme.p[i] == '.';
		if (!((scheme.p[i] >= 'a' && scheme.p[i] <= 'z') || (scheme.p[i] >= '0' && scheme.p[i] <= '9') ||
		      scheme.p[i] == '.' || scheme.p[i] == '-' || scheme.p[i] == '+'))
			return false;
	}
	return has_dot;
}

/* What is wrong with @uri as a place to send answers to, or NULL. RFC 6749 3.1.2, RFC 9700 2.1, FAPI 2.0 5.3.2.2-8. */
static const char *redirect_fault(const struct config_client *client, struct span uri)
{
	struct url url;

	if (memchr(uri.p, '*', uri.n))
		return "must not have a wildcard: answers go only to what stands here byte for byte";
	if (memchr(uri.p, '#', uri.n))
		return "must not have a fragment";
	if (client->type == CONFIG_CLIENT_PUBLIC && is_private_scheme(uri))
		return NULL;
	if (url_parse(uri, &url))
		return "must be an absolute http or https URL";
	if (!span_is(url.scheme, "https") && !url.is_loopback)
		return "must begin with https:// (http only on loopback)";
	return NULL;
}

static void check_redirects(const struct check *check, const char *key, const struct option_list *uris)
{
	const struct yaml_node *list = yaml_get(check->node, key), *item = list ? list->first : NULL;

	for (size_t i = 0; i < uris->n; i++, item = item ? item->next : NULL) {
		const char *fault = redirect_fault(check->client, uris->items[i]);

		if (fault)
			problem_add(check->problems, item ? item->place : check->node->place, "client \"%s\": \"%s\" %s",
				    check->client->id.p, uris->items[i].p, fault);
	}
}

static void check_grants(const struct check *check)
{
	const struct config_client *client = check->client;
	bool by_code = has(client->grant_types, CONFIG_GRANT_AUTHORIZATION_CODE);

	if (by_code && !client->redirect_uris.n)
		REPORT(check, "redirect_uris", "authorization_code needs \"redirect_uris\"");
	if (!by_code && client->redirect_uris.n)
		REPORT(check, "redirect_uris", "\"redirect_uris\" are for authorization_code, which \"grant_types\" does not have");
	if (!by_code && has(client->grant_types, CONFIG_GRANT_REFRESH_TOKEN))
		REPORT(check, "grant_types", "refresh_token needs authorization_code");
	if (option_list_has(&client->scopes, SPAN("offline_access")) && !has(client->grant_types, CONFIG_GRANT_REFRESH_TOKEN))
		REPORT(check, "scopes", "the scope offline_access needs the grant type refresh_token");
	if (has(client->grant_types, CONFIG_GRANT_REFRESH_TOKEN) && client->tokens.refresh_idle > client->tokens.refresh_life)
		REPORT(check, "tokens", "\"refresh_idle\" must not exceed \"refresh_life\"");
}

/* RFC 6749 3.3: %x21 / %x23-5B / %x5D-7E. */
static bool is_scope(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= 0x20 || s.p[i] >= 0x7f || s.p[i] == '"' || s.p[i] == '\\')
			return false;
	return s.n > 0;
}

static void check_scopes(const struct check *check)
{
	const struct config_client *client = check->client;

	for (size_t i = 0; i < client->scopes.n; i++)
		if (!is_scope(client->scopes.items[i]))
			REPORT(check, "scopes", "\"%s\" is not a scope (RFC 6749 3.3)", client->scopes.items[i].p);
	for (size_t i = 0; i < client->default_scopes.n; i++)
		if (!option_list_has(&client->scopes, client->default_scopes.items[i]))
			REPORT(check, "default_scopes", "\"%s\" is not one of its \"scopes\"", client->default_scopes.items[i].p);
}

static void check_tokens(const struct check *check)
{
	const struct config_client *client = check->client;
	uint32_t algorithms = check->config->keys.algorithms;

	if (!has(algorithms, client->id_token_alg))
		REPORT(check, "id_token_alg", "\"keys.algorithms\" has no %s", config_alg_names[client->id_token_alg]);
	if (!has(algorithms, client->access_token_alg))
		REPORT(check, "access_token_alg", "\"keys.algorithms\" has no %s", config_alg_names[client->access_token_alg]);
	if (client->require.subsystem_grant && !client->subsystem.n)
		REPORT(check, "require", "\"subsystem_grant\" needs \"subsystem\"");
}

static bool has_source(const struct config *config, struct span id)
{
	for (size_t i = 0; i < config->legacy_sources.n; i++)
		if (span_eq(config->legacy_sources.items[i].id, id))
			return true;
	return false;
}

static void check_history(const struct check *check)
{
	const struct config_require *require = &check->client->require;

	for (size_t i = 0; i < require->history_suffices.n; i++)
		if (!has_source(check->config, require->history_suffices.items[i]))
			REPORT(check, "require", "\"history_suffices\": \"%s\" is not one of the \"legacy_sources\"", require->history_suffices.items[i].p);
	if (require->history_suffices.n && !require->unit_effective && !require->membership_active && !require->subsystem_grant)
		REPORT(check, "require", "\"history_suffices\" spares nobody anything: neither unit nor membership nor grant is required");
}

/* OpenID Connect Core 8.1: without a sector of its own, all redirect URIs have one host. */
static void check_sector(const struct check *check)
{
	const struct config_client *client = check->client;
	struct url url;

	if (client->subject != CONFIG_SUBJECT_PAIRWISE || yaml_get(check->node, "sector"))
		return;
	for (size_t i = 0; i < client->redirect_uris.n; i++)
		if (url_parse(client->redirect_uris.items[i], &url) || !span_eq(url.host, client->sector)) {
			REPORT(check, "subject", "pairwise needs \"sector\", since its redirect URIs have several hosts");
			return;
		}
	if (!client->sector.n)
		REPORT(check, "subject", "pairwise needs \"sector\"");
}

static void check_origins(const struct check *check, const char *key, const struct option_list *origins)
{
	for (size_t i = 0; i < origins->n; i++) {
		struct span origin = origins->items[i];
		struct url url;

		if (url_parse_secure(origin, &url) || url.path.n || url.has_query || url.has_fragment)
			REPORT(check, key, "\"%s\" is not an origin such as https://portal.example.gov.cn", origin.p);
	}
}

/* A person is led there by a page of ours. */
static void check_address(const struct check *check, const char *key, struct span address)
{
	struct url url;

	if (address.n && url_parse_secure(address, &url))
		REPORT(check, key, "\"%s\" must be an https URL", key);
}

/* Back-Channel Logout 1.0 2.2; who has no session of a person cannot be told of its end. */
static void check_backchannel(const struct check *check)
{
	const struct config_client *client = check->client;
	struct url url;

	check_address(check, "backchannel_logout_uri", client->backchannel_logout_uri);
	if (client->backchannel_logout_uri.n && !url_parse(client->backchannel_logout_uri, &url) && url.has_fragment)
		REPORT(check, "backchannel_logout_uri", "\"" SPAN_FMT "\" must not have a fragment", SPAN_ARG(client->backchannel_logout_uri));
	if (client->backchannel_logout_uri.n && !has(client->grant_types, CONFIG_GRANT_AUTHORIZATION_CODE))
		REPORT(check, "backchannel_logout_uri", "\"backchannel_logout_uri\" needs the grant type authorization_code");
}

static void check_catalogue(const struct check *check)
{
	const struct config_client *client = check->client;

	check_address(check, "initiate_login_uri", client->initiate_login_uri);
	check_address(check, "catalogue", client->catalogue.url);
	if (client->catalogue.icon.n && client->catalogue.icon.p[0] != '/')
		REPORT(check, "catalogue", "\"catalogue.icon\" must be a path of this site, such as /assets/logo.svg");
	if (client->catalogue.user_types && !client->catalogue.url.n && !client->initiate_login_uri.n && !client->home.n)
		REPORT(check, "catalogue", "an application in the catalogue needs \"catalogue.url\", \"initiate_login_uri\" or \"home\"");
}

void config_check_client(const struct config *config, const struct config_client *client, const struct yaml_node *node,
			 struct problems *problems)
{
	struct check check = { config, client, node, problems };

	if (!is_id(client->id))
		REPORT(&check, "id", "the id is made of letters, digits and -._~");
	if (client->type == CONFIG_CLIENT_PUBLIC)
		check_public(&check);
	else
		check_credentials(&check);
	check_grants(&check);
	check_redirects(&check, "redirect_uris", &client->redirect_uris);
	check_redirects(&check, "post_logout_redirect_uris", &client->post_logout_redirect_uris);
	check_scopes(&check);
	check_tokens(&check);
	check_history(&check);
	check_sector(&check);
	check_backchannel(&check);
	check_origins(&check, "cors_origins", &client->cors_origins);
	check_origins(&check, "onward_origins", &client->onward_origins);
	check_catalogue(&check);
}
