/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/oauth/authorize.h"

#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "broker/base/url.h"
#include "broker/store/records_login.h"
#include "conf/config.h"

static const struct {
	const char *name;
	size_t max, offset;
} param_rows[] = {
#define X(name, max) { #name, max, offsetof(struct authorize_params, name) },
	AUTHORIZE_PARAMS(X)
#undef X
};

const char *authorize_param_name(size_t i)
{
	if (i < ARRAY_LEN(param_rows))
		return param_rows[i].name;
	return i == ARRAY_LEN(param_rows) ? "resource" : NULL;
}

static int set_resource(struct authorize_params *params, struct span value)
{
	if (params->n_resource == AUTHORIZE_RESOURCES || value.n > AUTHORIZE_RESOURCE_MAX)
		params->too_long = true;
	else if (value.n)
		params->resource[params->n_resource++] = value;
	return 0;
}

int authorize_set(struct authorize_params *params, struct span name, struct span value)
{
	if (span_is(name, "resource"))
		return set_resource(params, value);
	for (size_t i = 0; i < ARRAY_LEN(param_rows); i++) {
		struct span *place = (struct span *)((char *)params + param_rows[i].offset);

		if (!span_is(name, param_rows[i].name))
			continue;
		if (place->p)
			return ERR_DUPLICATE_PARAMETER; /* RFC 6749 3.1 */
		if (value.n > param_rows[i].max)
			params->too_long = true;
		else if (value.n)
			*place = value;
		return 0;
	}
	return 0;
}

/* Both are http on the same literal loopback address and differ in nothing but the port. "localhost" is not excepted: RFC 8252
 * 7.3, 8.3. */
static bool is_same_but_port(struct span registered, struct span uri)
{
	struct url a, b;

	if (url_parse(registered, &a) || url_parse(uri, &b) || a.has_fragment || b.has_fragment)
		return false;
	if (!span_is(a.scheme, "http") || !span_is(b.scheme, "http"))
		return false;
	if (!span_is(a.host, "127.0.0.1") && !span_is(a.host, "::1"))
		return false;
	return span_eq(a.host, b.host) && span_eq(a.path, b.path) && a.has_query == b.has_query && span_eq(a.query, b.query);
}

bool authorize_is_registered(const struct config_client *client, struct span uri)
{
	const struct option_list *registered = &client->redirect_uris;

	if (uri.n == 0)
		return false;
	for (size_t i = 0; i < registered->n; i++) /* OAuth 2.1 and RFC 9700 2.1: simple string comparison */
		if (span_eq(registered->items[i], uri) ||
		    (client_is_public(client) && is_same_but_port(registered->items[i], uri)))
			return true;
	return false;
}

/* query unless the client may be answered in the mode it asks for; a mode it may not use is an error of stage two. */
static bool find_mode(const struct config_client *client, struct span text, int *ret_mode)
{
	int mode = CONFIG_MODE_QUERY;

	if (span_is(text, "form_post"))
		mode = CONFIG_MODE_FORM_POST;
	else if (text.n && !span_is(text, "query"))
		return false;
	/* A client that registered form_post alone need not say so each time. */
	if (text.n == 0 && !(client->response_modes & 1u << CONFIG_MODE_QUERY))
		mode = CONFIG_MODE_FORM_POST;
	if (!(client->response_modes & 1u << mode))
		return false;
	*ret_mode = mode;
	return true;
}

int authorize_target(const struct config *config, const struct authorize_params *params, struct authorize_target *ret_target)
{
	struct authorize_target target = {
		.client = client_find(config, params->client_id),
		.redirect_uri = params->redirect_uri,
		.response_mode = CONFIG_MODE_QUERY,
		.state = params->state,
	};

	if (!target.client)
		return ERR_UNKNOWN_CLIENT;
	/* OpenID Connect Core 3.1.2.1 and OAuth 2.1 want it always; RFC 6749 4.1.2.1: never redirect to what is not registered. */
	if (!authorize_is_registered(target.client, params->redirect_uri))
		return ERR_REDIRECT_URI;
	if (!find_mode(target.client, params->response_mode, &target.response_mode))
		find_mode(target.client, (struct span){ NULL, 0 }, &target.response_mode);
	*ret_target = target;
	return 0;
}

static const struct {
	const char *value;
	unsigned bit;
} prompt_rows[] = {
	{ "none", PROMPT_NONE },
	{ "login", PROMPT_LOGIN },
	{ "consent", PROMPT_CONSENT },
	{ "select_account", PROMPT_SELECT_ACCOUNT },
};

int authorize_parse_prompt(struct span text, unsigned *ret_bits)
{
	unsigned bits = 0;

	while (text.p) {
		struct span item = span_cut(&text, ' ');
		size_t i = 0;

		if (item.n == 0)
			continue;
		while (i < ARRAY_LEN(prompt_rows) && !span_is(item, prompt_rows[i].value))
			i++;
		if (i == ARRAY_LEN(prompt_rows))
			return ERR_INVALID_REQUEST;
		bits |= prompt_rows[i].bit;
	}
	if (bits & PROMPT_NONE && bits != PROMPT_NONE) /* OpenID Connect Core 3.1.2.1: none with any other value is an error */
		return ERR_INVALID_REQUEST;
	*ret_bits = bits;
	return 0;
}

/* ---- stage two: one check a line, in the order in which their errors are answered */

struct check {
	const struct config *config;
	const struct authorize_params *params;
	struct arena *arena;
	struct authorize_request *request;
	const char *reason;
};

static int no(struct check *c, int error, const char *reason)
{
	c->reason = reason;
	return error;
}

static int check_form(struct check *c)
{
	int mode;

	if (c->params->request.p) /* OpenID Connect Core 3.1.2.6 */
		return no(c, ERR_REQUEST_NOT_SUPPORTED, "request objects are not supported");
	if (c->params->request_uri.p)
		return no(c, ERR_REQUEST_URI_NOT_SUPPORTED, "request_uri is not supported");
	if (c->params->registration.p)
		return no(c, ERR_REGISTRATION_NOT_SUPPORTED, "registration is not supported");
	if (c->params->too_long)
		return no(c, ERR_INVALID_REQUEST, "a parameter is too long or repeated too often");
	if (!find_mode(c->request->target.client, c->params->response_mode, &mode))
		return no(c, ERR_INVALID_REQUEST, "response_mode is not one that this client may use");
	return 0;
}

static int check_response_type(struct check *c)
{
	if (!c->params->response_type.p)
		return no(c, ERR_INVALID_REQUEST, "response_type is missing");
	if (!span_is(c->params->response_type, "code")) /* RFC 9700 2.1.2: no tokens in the front channel */
		return no(c, ERR_UNSUPPORTED_RESPONSE_TYPE, "response_type must be code");
	if (!client_has_grant(c->request->target.client, CONFIG_GRANT_AUTHORIZATION_CODE))
		return no(c, ERR_UNAUTHORIZED_CLIENT, "the client is not registered for the authorization code grant");
	return 0;
}

static int check_scope(struct check *c)
{
	struct authorize_request *request = c->request;
	int error = scope_allow(request->target.client, c->params->scope, c->arena, &request->scopes);

	if (error)
		return error < 0 ? error : no(c, error, "scope is malformed or not one that this client may ask for");
	request->is_openid = scope_has(&request->scopes, SPAN("openid"));
	request->is_offline = scope_has(&request->scopes, SPAN("offline_access"));
	return 0;
}

/* A challenge is the base64url text of a SHA-256 (RFC 7636 4.2). */
static bool is_s256_challenge(struct span s)
{
	if (s.n != 43)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= 'A' && s.p[i] <= 'Z') || (s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9') ||
		      s.p[i] == '-' || s.p[i] == '_'))
			return false;
	return true;
}

static int check_pkce(struct check *c)
{
	const struct config_client *client = c->request->target.client;
	struct span challenge = c->params->code_challenge, method = c->params->code_challenge_method;

	if (!challenge.p) {
		if (method.p)
			return no(c, ERR_INVALID_REQUEST, "code_challenge_method without code_challenge");
		if (client->pkce == CONFIG_PKCE_REQUIRED || client_is_public(client)) /* RFC 9700 2.1.1 */
			return no(c, ERR_INVALID_REQUEST, "code_challenge is required");
		return 0;
	}
	if (!span_is(method, "S256")) /* absent means plain (RFC 7636 4.3), which RFC 9700 2.1.1 advises against */
		return no(c, ERR_INVALID_REQUEST, "code_challenge_method must be S256");
	if (!is_s256_challenge(challenge))
		return no(c, ERR_INVALID_REQUEST, "code_challenge is not a base64url SHA-256");
	c->request->code_challenge = challenge;
	return 0;
}

static int check_prompt(struct check *c)
{
	uint64_t seconds;

	if (authorize_parse_prompt(c->params->prompt, &c->request->prompts))
		return no(c, ERR_INVALID_REQUEST, "prompt has an unknown value, or none beside another");
	c->request->prompt = c->params->prompt;
	c->request->max_age = -1;
	if (c->params->max_age.p) {
		if (!span_to_u64(c->params->max_age, &seconds) || seconds > UINT32_MAX)
			return no(c, ERR_INVALID_REQUEST, "max_age must be a number of seconds");
		c->request->max_age = (int64_t)seconds;
	}
	return 0;
}

/* Hints: what cannot be read is not worth refusing a login for (OpenID Connect Core 3.1.2.1, voluntary claims and preferences). */
static int take_hints(struct check *c)
{
	static const struct text_list none;
	struct authorize_request *request = c->request;

	request->nonce = c->params->nonce;
	request->login_hint = c->params->login_hint;
	request->id_token_hint = c->params->id_token_hint;
	if (!encode_is_utf8(request->login_hint))
		request->login_hint = (struct span){ NULL, 0 };
	int error = scope_parse(c->params->acr_values, c->arena, &request->acr_values);
	if (error > 0)
		request->acr_values = none;
	if (error >= 0)
		error = scope_parse(c->params->ui_locales, c->arena, &request->ui_locales);
	if (error > 0)
		request->ui_locales = none;
	return error < 0 ? error : 0;
}

/* RFC 8707 2: an absolute URI without fragment, here one of the audiences that the client is registered for. */
static int check_resources(struct check *c)
{
	const struct config_client *client = c->request->target.client;
	struct text_list *resources = &c->request->resources;

	if (c->params->n_resource == 0)
		return 0;
	resources->items = arena_array(c->arena, struct span, AUTHORIZE_RESOURCES);
	if (!resources->items)
		return FAULT_MEMORY;
	for (size_t i = 0; i < c->params->n_resource; i++) {
		struct span resource = c->params->resource[i];

		if (!option_list_has(&client->audiences, resource))
			return no(c, ERR_INVALID_TARGET, "resource is not one that this client may ask for");
		if (!scope_has(resources, resource))
			resources->items[resources->n++] = resource;
	}
	return 0;
}

int authorize_check(const struct config *config, const struct authorize_target *target, const struct authorize_params *params,
		    struct arena *arena, struct authorize_request *ret_request, const char **ret_reason)
{
	static int (*const checks[])(struct check *) = {
		check_form, check_response_type, check_scope, check_pkce, check_prompt, take_hints, check_resources,
	};
	struct authorize_request request = { .target = *target };
	struct check c = { config, params, arena, &request, NULL };

	for (size_t i = 0; i < ARRAY_LEN(checks); i++) {
		int error = checks[i](&c);

		if (error) {
			if (ret_reason)
				*ret_reason = c.reason;
			return error;
		}
	}
	find_mode(target->client, params->response_mode, &request.target.response_mode);
	*ret_request = request;
	return 0;
}

void authorize_to_interaction(const struct authorize_request *request, struct interaction *interaction)
{
	interaction->client_id = request->target.client->id;
	interaction->redirect_uri = request->target.redirect_uri;
	interaction->response_mode = request->target.response_mode == CONFIG_MODE_FORM_POST ? SPAN("form_post") : SPAN("query");
	interaction->state = request->target.state;
	interaction->nonce = request->nonce;
	interaction->code_challenge = request->code_challenge;
	interaction->scopes = request->scopes;
	interaction->acr_values = request->acr_values;
	interaction->ui_locales = request->ui_locales;
	interaction->resources = request->resources;
	interaction->prompt = request->prompt;
	interaction->max_age = request->max_age;
	interaction->login_hint = request->login_hint;
}

int authorize_from_interaction(const struct config *config, const struct interaction *interaction,
			       struct authorize_target *ret_target)
{
	struct authorize_params params = {
		.client_id = interaction->client_id,
		.redirect_uri = interaction->redirect_uri,
		.response_mode = interaction->response_mode,
		.state = interaction->state,
	};

	return authorize_target(config, &params, ret_target);
}

size_t authorize_fields(const struct config *config, const struct authorize_target *target, const struct authorize_answer *answer,
			struct authorize_field ret_fields[AUTHORIZE_FIELDS])
{
	size_t n = 0;

	if (answer->code.n) {
		ret_fields[n++] = (struct authorize_field){ "code", answer->code };
	} else {
		ret_fields[n++] = (struct authorize_field){ "error", span_of(error_row(answer->error)->oauth) };
		if (answer->description)
			ret_fields[n++] = (struct authorize_field){ "error_description", span_of(answer->description) };
	}
	if (target->state.n) /* RFC 6749 4.1.2: exactly as it came */
		ret_fields[n++] = (struct authorize_field){ "state", target->state };
	ret_fields[n++] = (struct authorize_field){ "iss", config->issuer }; /* RFC 9207 2, in errors too */
	return n;
}

void authorize_location(struct buf *buf, const struct config *config, const struct authorize_target *target,
			const struct authorize_answer *answer)
{
	struct authorize_field fields[AUTHORIZE_FIELDS];
	size_t n = authorize_fields(config, target, answer, fields);
	bool first;

	url_open_query(buf, target->redirect_uri, &first); /* RFC 6749 3.1.2: a query of its own is kept */
	for (size_t i = 0; i < n; i++)
		url_add_pair(buf, &first, span_of(fields[i].name), fields[i].value);
}
