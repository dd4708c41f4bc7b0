/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oidc - an upstream OpenID Connect provider: discovery, code flow with PKCE and nonce, ID token checked against the upstream's keys.
 *
 * START → discovery → REDIRECT. CALLBACK → discovery → token → keys (fetched anew once when the signing key may be a newer one) → [userinfo] → IDENTITY.
 * LOGOUT → discovery → REDIRECT to its end_session_endpoint, or DONE where it has none. NOTIFIED (a logout token) → discovery → keys → ENDED.
 * TEST → discovery → keys → token with a code that cannot exist → DONE.
 * OpenID Connect Core 3.1, Discovery 4.3, RP-Initiated Logout 1.0, Back-Channel Logout 1.0, RFC 9207 (iss), RFC 9700 4.4 (mix-up)
 */
#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "broker/base/url.h"
#include "keys/jws.h"
#include "keys/jwt.h"
#include "providers/exchange.h"

#define CACHE_MS (10 * MS_MINUTE)
#define SUBJECT_MAX 255 /* Core 2: "sub" */
#define LOGOUT_EVENT "http://schemas.openid.net/event/backchannel-logout"
#define JTI_MAX 255
#define TEST_VERIFIER "yimen-test-yimen-test-yimen-test-yimen-test" /* 43 characters, RFC 7636 4.1 */

struct oidc_options {
	struct span issuer, client_id;
	struct secret client_secret;
	struct span scope;
	bool use_userinfo;
	int64_t level;
};

static const struct option rows[] = {
	{ .key = "issuer", .type = OPTION_STRING, .offset = offsetof(struct oidc_options, issuer), .flags = OPTION_REQUIRED, .min = 8, .max = 512,
	  .doc = "The upstream's issuer, exactly as its discovery document says it." },
	{ .key = "client_id", .type = OPTION_STRING, .offset = offsetof(struct oidc_options, client_id), .flags = OPTION_REQUIRED, .min = 1, .max = 256,
	  .doc = "The name under which Yimen is registered there." },
	{ .key = "client_secret", .type = OPTION_SECRET, .offset = offsetof(struct oidc_options, client_secret), .flags = OPTION_REQUIRED,
	  .doc = "Sent with HTTP Basic (client_secret_basic)." },
	{ .key = "scope", .type = OPTION_STRING, .offset = offsetof(struct oidc_options, scope), .def = "openid profile", .max = 512,
	  .doc = "What is asked for; must hold `openid`." },
	{ .key = "userinfo", .type = OPTION_BOOL, .offset = offsetof(struct oidc_options, use_userinfo), .def = "true",
	  .doc = "Ask the userinfo endpoint for attributes that the ID token does not carry." },
	{ .key = "level", .type = OPTION_INT, .offset = offsetof(struct oidc_options, level), .def = "1", .min = 0, .max = 3,
	  .doc = "Assurance level (`acr`) that a login there is worth here; an upstream that answers `acr` 0 to 3 itself can only lower it." },
	{ .key = NULL },
};

enum stage { AT_DISCOVERY, AT_TOKEN, AT_KEYS, AT_FRESH_KEYS, AT_USERINFO };

/* What one run remembers between two calls. */
struct run {
	enum stage stage;
	bool asked_twice;                 /* for the discovery document */
	struct span code;
	struct span authorization_endpoint, token_endpoint, jwks_uri, userinfo_endpoint, end_session_endpoint;
	bool iss_in_response;
	struct span response_iss;
	struct span id_token, access_token; /* NOTIFIED: id_token is the logout token */
	struct span subject;                /* LOGOUT: whose */
	struct provider_identity identity;
};

static int keep(struct arena *arena, struct span value, struct span *ret)
{
	*ret = (struct span){ NULL, 0 };
	if (!value.p)
		return 0;
	*ret = arena_dup(arena, value);
	return ret->p ? 0 : FAULT_MEMORY;
}

static int fetch(struct provider_step *step, struct run *run, enum stage stage, struct provider_fetch request)
{
	run->stage = stage;
	step->type = PROVIDER_FETCH;
	step->fetch = request;
	return 0;
}

static int fetch_discovery(struct provider_run *run, struct run *memory, struct provider_step *step)
{
	const struct oidc_options *options = run->options;
	struct span issuer = options->issuer;

	if (issuer.n && issuer.p[issuer.n - 1] == '/')
		issuer.n--;
	char *url = arena_printf(run->arena, SPAN_FMT "/.well-known/openid-configuration", SPAN_ARG(issuer));
	if (!url)
		return FAULT_MEMORY;
	/* an administrator's test asks what is there now; so does who was given something unreadable, which may have been kept */
	return fetch(step, memory, AT_DISCOVERY,
		     (struct provider_fetch){ .method = "GET", .url = span_of(url), .cache_ms = CACHE_MS, .refresh = run->purpose == PROVIDER_TEST || memory->asked_twice });
}

static int fetch_keys(struct run *memory, struct provider_step *step, bool again)
{
	return fetch(step, memory, again ? AT_FRESH_KEYS : AT_KEYS,
		     (struct provider_fetch){ .method = "GET", .url = memory->jwks_uri, .cache_ms = CACHE_MS, .refresh = again });
}

static int redirect(struct provider_run *run, struct run *memory, struct provider_step *step)
{
	const struct oidc_options *options = run->options;
	struct buf url = buf_new(run->arena, 512);
	bool first = true;
	struct span head = memory->authorization_endpoint;

	buf_add(&url, head);
	buf_char(&url, head.n && memchr(head.p, '?', head.n) ? '&' : '?');
	url_add_pair(&url, &first, SPAN("response_type"), SPAN("code"));
	url_add_pair(&url, &first, SPAN("client_id"), options->client_id);
	url_add_pair(&url, &first, SPAN("redirect_uri"), run->redirect_uri);
	url_add_pair(&url, &first, SPAN("scope"), options->scope);
	url_add_pair(&url, &first, SPAN("state"), run->state);
	url_add_pair(&url, &first, SPAN("nonce"), run->nonce);
	url_add_pair(&url, &first, SPAN("code_challenge"), run->code_challenge);
	url_add_pair(&url, &first, SPAN("code_challenge_method"), SPAN("S256"));
	if (run->login_hint.n)
		url_add_pair(&url, &first, SPAN("login_hint"), run->login_hint);
	if (run->prompt.n)
		url_add_pair(&url, &first, SPAN("prompt"), run->prompt);
	step->type = PROVIDER_REDIRECT;
	return buf_done(&url, &step->url);
}

static int fetch_token(struct provider_run *run, struct run *memory, struct provider_step *step)
{
	const struct oidc_options *options = run->options;
	struct buf form = buf_new(run->arena, 512), pair = buf_new(run->arena, 128), header = buf_new(run->arena, 192);
	struct span credentials;
	bool first = true;

	url_add_pair(&form, &first, SPAN("grant_type"), SPAN("authorization_code"));
	url_add_pair(&form, &first, SPAN("code"), memory->code);
	url_add_pair(&form, &first, SPAN("redirect_uri"), run->redirect_uri);
	url_add_pair(&form, &first, SPAN("code_verifier"), run->purpose == PROVIDER_TEST ? SPAN(TEST_VERIFIER) : run->verifier);
	/* RFC 6749 2.3.1: both halves are form-encoded before they are joined. */
	encode_percent(&pair, options->client_id);
	buf_char(&pair, ':');
	encode_percent(&pair, options->client_secret.bytes);
	TRY(buf_done(&pair, &credentials));
	buf_str(&header, "Basic ");
	encode_base64(&header, credentials);

	struct provider_fetch request = { .method = "POST", .url = memory->token_endpoint, .content_type = SPAN("application/x-www-form-urlencoded") };
	TRY(buf_done(&form, &request.body));
	TRY(buf_done(&header, &request.authorization));
	return fetch(step, memory, AT_TOKEN, request);
}

/* Somewhere that parameters can be added to and codes be sent to: https (http on loopback, for development), without a fragment. */
static bool is_endpoint(struct span text)
{
	struct url url;

	return url_parse_secure(text, &url) == 0 && !url.has_fragment;
}

/* RP-Initiated Logout 1.0 2: the ID token says whose session it is, or, where it was not kept, the hint does. */
static int end_session(struct provider_run *run, struct run *memory, struct provider_step *step)
{
	const struct oidc_options *options = run->options;

	if (!memory->end_session_endpoint.n) {
		step->type = PROVIDER_DONE;
		return 0;
	}
	step->type = PROVIDER_REDIRECT;
	return exchange_url(run, memory->end_session_endpoint,
			    EXCHANGE_PAIRS({ "id_token_hint", memory->id_token }, { "logout_hint", memory->id_token.n ? SPAN("") : memory->subject },
					   { "client_id", options->client_id }, { "post_logout_redirect_uri", run->return_uri },
					   { "state", run->return_uri.n ? run->state : SPAN("") }),
			    &step->url);
}

/* The document must speak for the issuer that was configured (Discovery 4.3), or somebody else's endpoints would be used. */
static int take_discovery(struct provider_run *run, struct run *memory, const json_t *document, struct provider_step *step)
{
	const struct oidc_options *options = run->options;

	if (!span_eq(json_get_span(document, "issuer"), options->issuer))
		return provider_reject(step, ERR_PROVIDER_FAILED, "the discovery document names another issuer");
	TRY(keep(run->arena, json_get_span(document, "authorization_endpoint"), &memory->authorization_endpoint));
	TRY(keep(run->arena, json_get_span(document, "token_endpoint"), &memory->token_endpoint));
	TRY(keep(run->arena, json_get_span(document, "jwks_uri"), &memory->jwks_uri));
	TRY(keep(run->arena, json_get_span(document, "userinfo_endpoint"), &memory->userinfo_endpoint));
	memory->iss_in_response = json_get_bool(document, "authorization_response_iss_parameter_supported", false);
	TRY(keep(run->arena, json_get_span(document, "end_session_endpoint"), &memory->end_session_endpoint));
	if (!is_endpoint(memory->authorization_endpoint) || !is_endpoint(memory->token_endpoint) || !is_endpoint(memory->jwks_uri) ||
	    (memory->userinfo_endpoint.n && !is_endpoint(memory->userinfo_endpoint)) ||
	    (memory->end_session_endpoint.n && !is_endpoint(memory->end_session_endpoint)))
		return provider_reject(step, ERR_PROVIDER_FAILED, "the discovery document lacks an endpoint");
	switch (run->purpose) {
	case PROVIDER_START:
		return redirect(run, memory, step);
	case PROVIDER_LOGOUT:
		return end_session(run, memory, step);
	case PROVIDER_NOTIFIED:
	case PROVIDER_TEST:
		return fetch_keys(memory, step, run->purpose == PROVIDER_TEST);
	default:
		break;
	}
	/* RFC 9207 2.4: an upstream that says it sends iss must send it, and it must be the one we went to. */
	if ((memory->iss_in_response || memory->response_iss.n) && !span_eq(memory->response_iss, options->issuer))
		return provider_reject(step, ERR_PROVIDER_FAILED, "the response comes from another issuer");
	return fetch_token(run, memory, step);
}

static int take_token(struct provider_run *run, struct run *memory, const json_t *answer, struct provider_step *step)
{
	struct span type = json_get_span(answer, "token_type");

	/* RFC 6749 7.1: a token of a type that we do not know is not used. */
	if (type.n && !span_eq_nocase(type, SPAN("Bearer")))
		return provider_reject(step, ERR_PROVIDER_FAILED, "the token is of another type than Bearer");
	TRY(keep(run->arena, json_get_span(answer, "id_token"), &memory->id_token));
	TRY(keep(run->arena, json_get_span(answer, "access_token"), &memory->access_token));
	if (!memory->id_token.n)
		return provider_reject(step, ERR_PROVIDER_FAILED, "the token response has no ID token");
	return fetch_keys(memory, step, false);
}

/* The claims of domain.md 1.6: a legal person's account, and whose it is. */
static int take_unit(struct provider_run *run, const json_t *claims, struct provider_identity *identity)
{
	const json_t *org = json_object_get(claims, "org");

	if (!span_is(json_get_span(claims, "user_type"), "legal"))
		return 0;
	identity->is_legal = true;
	TRY(keep(run->arena, json_get_span(org, "uscc"), &identity->uscc));
	TRY(keep(run->arena, json_get_span(org, "name"), &identity->unit_name));
	TRY(keep(run->arena, json_get_span(org, "type"), &identity->unit_type));
	return keep(run->arena, json_get_span(org, "region"), &identity->region);
}

static int take_attributes(struct provider_run *run, const json_t *claims, struct provider_identity *identity)
{
	if (!identity->name.n)
		TRY(keep(run->arena, json_get_span(claims, "name"), &identity->name));
	if (!identity->phone.n)
		TRY(keep(run->arena, json_get_span(claims, "phone_number"), &identity->phone));
	if (!identity->email.n)
		TRY(keep(run->arena, json_get_span(claims, "email"), &identity->email));
	return run->wants_unit ? take_unit(run, claims, identity) : 0;
}

static int64_t level_of(const struct oidc_options *options, const json_t *claims)
{
	struct span acr = json_get_span(claims, "acr");
	uint64_t told;

	/* Only our own scale is understood; what it says can lower the configured level, never raise it. */
	if (span_to_u64(acr, &told) && told <= 3 && (int64_t)told < options->level)
		return (int64_t)told;
	return options->level;
}

static int identify(struct provider_run *run, struct run *memory, struct span payload, const json_t *claims, struct provider_step *step)
{
	const struct oidc_options *options = run->options;
	struct provider_identity *identity = &memory->identity;
	struct jwt_expect expect = { .iss = options->issuer, .aud = options->client_id, .now = run->now, .leeway_ms = MS_MINUTE, .needs_exp = true, .needs_iat = true };
	struct span azp = json_get_span(claims, "azp"), subject = json_get_span(claims, "sub");
	struct instant told;

	if (jwt_check(claims, &expect))
		return provider_reject(step, ERR_PROVIDER_FAILED, "the ID token's iss, aud or times are wrong");
	/* Core 3.1.3.7 (4), (5): for several audiences it must say whom it was issued to, and that must be us. */
	if ((azp.n || json_array_size(json_object_get(claims, "aud")) > 1) && !span_eq(azp, options->client_id))
		return provider_reject(step, ERR_PROVIDER_FAILED, "the ID token was issued to another client");
	if (!run->nonce.n || !secret_eq(json_get_span(claims, "nonce"), run->nonce))
		return provider_reject(step, ERR_PROVIDER_FAILED, "the ID token's nonce is not ours");
	if (!subject.n || subject.n > SUBJECT_MAX)
		return provider_reject(step, ERR_PROVIDER_FAILED, "the ID token has no subject, or one that is too long");
	TRY(keep(run->arena, subject, &identity->subject));
	TRY(take_attributes(run, claims, identity));
	TRY(keep(run->arena, json_get_span(claims, "sid"), &identity->sid));
	identity->id_token = memory->id_token;
	identity->issuer = options->issuer;
	identity->claims = payload;
	identity->acr = level_of(options, claims);
	if (jwt_get_time(claims, "auth_time", &told))
		identity->auth_time = told;
	if (options->use_userinfo && memory->userinfo_endpoint.n && memory->access_token.n &&
	    (!identity->name.n || run->wants_unit)) {
		char *bearer = arena_printf(run->arena, "Bearer " SPAN_FMT, SPAN_ARG(memory->access_token));

		if (!bearer)
			return FAULT_MEMORY;
		return fetch(step, memory, AT_USERINFO, (struct provider_fetch){ .method = "GET", .url = memory->userinfo_endpoint, .authorization = span_of(bearer) });
	}
	return provider_identify(step, identity);
}

/* Does a key of the set have the name that the token gives? If none has, the one that was tried was only the one that fits, and may be old. */
static bool is_named(const struct jwks *keys, struct span token, struct arena *arena)
{
	struct jws_peek peek;

	if (jws_peek(token, arena, &peek))
		return true; /* no newer key makes it readable */
	if (!peek.kid.n)
		return false;
	for (size_t i = 0; i < keys->n; i++)
		if (span_eq(peek.kid, jwk_kid(keys->keys[i])) || span_eq(peek.kid, (struct span){ keys->keys[i]->thumbprint, JWK_THUMBPRINT }))
			return true;
	return false;
}

/* Whose sessions are over (Back-Channel Logout 1.0 2.4, 2.6); the signature has been verified. That the same jti does not come twice is for who keeps them. */
static int notified(struct provider_run *run, struct span payload, struct span typ, const json_t *claims, struct provider_step *step)
{
	const struct oidc_options *options = run->options;
	struct jwt_expect expect = { .iss = options->issuer, .aud = options->client_id, .now = run->now, .leeway_ms = MS_MINUTE, .needs_exp = true, .needs_iat = true };
	const json_t *event = json_object_get(json_object_get(claims, "events"), LOGOUT_EVENT);
	struct span jti = json_get_span(claims, "jti");
	struct provider_identity *ended = &step->identity;

	if (typ.n && !span_eq_nocase(typ, SPAN("logout+jwt")) && !span_eq_nocase(typ, SPAN("application/logout+jwt")) && !span_eq_nocase(typ, SPAN("JWT")))
		return provider_reject(step, ERR_PROVIDER_FAILED, "the token is of another type than a logout token");
	if (jwt_check(claims, &expect))
		return provider_reject(step, ERR_PROVIDER_FAILED, "the logout token's iss, aud or times are wrong");
	if (!json_is_object(event))
		return provider_reject(step, ERR_PROVIDER_FAILED, "the logout token's events do not say that a session is over");
	/* an ID token is none (2.4): whoever has one could end the session */
	if (json_object_get(claims, "nonce"))
		return provider_reject(step, ERR_PROVIDER_FAILED, "the logout token has a nonce");
	if (!jti.n || jti.n > JTI_MAX)
		return provider_reject(step, ERR_PROVIDER_FAILED, "the logout token has no jti, or one that is too long");
	TRY(keep(run->arena, json_get_span(claims, "sub"), &ended->subject));
	TRY(keep(run->arena, json_get_span(claims, "sid"), &ended->sid));
	if ((!ended->subject.n && !ended->sid.n) || ended->subject.n > SUBJECT_MAX || ended->sid.n > SUBJECT_MAX)
		return provider_reject(step, ERR_PROVIDER_FAILED, "the logout token names neither a person nor a session");
	TRY(keep(run->arena, jti, &ended->token_id));
	if (!jwt_get_time(claims, "exp", &ended->token_expires))
		return provider_reject(step, ERR_PROVIDER_FAILED, "the logout token's iss, aud or times are wrong");
	ended->issuer = options->issuer;
	ended->claims = payload;
	step->type = PROVIDER_ENDED;
	return 0;
}

static int take_keys(struct provider_run *run, struct run *memory, struct span text, struct provider_step *step)
{
	CLEANUP(jwks_cleanup) struct jwks *keys = NULL;
	struct jws_expect expect = { .algs = ALG_ALL };
	struct jws token;
	JSON *claims = NULL;

	int result = jwks_parse(text, &keys);
	if (result > 0 && memory->stage == AT_KEYS)
		return fetch_keys(memory, step, true);
	if (result > 0)
		return provider_reject(step, ERR_PROVIDER_FAILED, "the key set cannot be read");
	if (result)
		return result;
	if (run->purpose == PROVIDER_TEST)
		return keys->n ? fetch_token(run, memory, step) : provider_reject(step, ERR_PROVIDER_FAILED, "The upstream publishes no key that we understand.");
	result = jws_verify(keys, &expect, memory->id_token, run->arena, &token);
	/* The upstream rotated its keys, perhaps; broker/net limits how often a set is fetched anew. */
	if ((result == ERR_ABSENT || (result == ERR_SIGNATURE && !is_named(keys, memory->id_token, run->arena))) && memory->stage == AT_KEYS)
		return fetch_keys(memory, step, true);
	if (result < 0)
		return result;
	if (result || json_read_object(token.payload, &claims))
		return provider_reject(step, ERR_PROVIDER_FAILED,
				       run->purpose == PROVIDER_NOTIFIED ? "the logout token's signature does not verify" : "the ID token's signature does not verify");
	if (run->purpose == PROVIDER_NOTIFIED)
		return notified(run, token.payload, token.typ, claims, step);
	return identify(run, memory, token.payload, claims, step);
}

/* Attributes only: userinfo of another subject is refused (Core 5.3.2), and nothing in it is proof. */
static int take_userinfo(struct provider_run *run, struct run *memory, const json_t *claims, struct provider_step *step)
{
	if (!span_eq(json_get_span(claims, "sub"), memory->identity.subject))
		return provider_reject(step, ERR_PROVIDER_FAILED, "userinfo speaks of another subject");
	TRY(take_attributes(run, claims, &memory->identity));
	return provider_identify(step, &memory->identity);
}

/* No token. Of a test's code, which cannot exist, the upstream says whether it knows us before it says that it does not know the code. */
static int refused(struct provider_run *run, const struct provider_event *event, struct provider_step *step)
{
	bool is_test = run->purpose == PROVIDER_TEST;
	JSON *answer = NULL;
	struct span code, message;

	TRY(exchange_read(event, EXCHANGE_JSON, step, &answer));
	if (!answer)
		return 0;
	TRY(exchange_error_code(run, answer, "error", &code));
	TRY(exchange_text(run, answer, "error_description", &message));
	if (code.n)
		return exchange_refused(run, step, exchange_errors, is_test, code, message);
	if (event->status == 401)
		return provider_reject(step, ERR_PROVIDER_FAILED, "The upstream answered 401: it knows no such client_id, or the client_secret is another.");
	return provider_reject(step, ERR_PROVIDER_FAILED, is_test ? "The upstream gave no error for a code that it cannot know." : "the upstream answered with an error status");
}

/* What was kept may be a page of maintenance that came with status 200: it must not count for as long as a document is kept. */
static int ask_again(struct provider_run *run, struct run *memory, struct provider_step *step)
{
	if (memory->stage == AT_KEYS)
		return fetch_keys(memory, step, true);
	if (memory->stage != AT_DISCOVERY || memory->asked_twice)
		return provider_reject(step, ERR_PROVIDER_FAILED, "the upstream's answer is not JSON");
	memory->asked_twice = true;
	return fetch_discovery(run, memory, step);
}

static int fetched(struct provider_run *run, const struct provider_event *event, struct provider_step *step)
{
	struct run *memory = run->memory;
	JSON *document = NULL;

	if (memory->stage == AT_TOKEN && (event->status != 200 || run->purpose == PROVIDER_TEST))
		return refused(run, event, step);
	if (!exchange_has_reply(event, EXCHANGE_JSON, step))
		return event->status == 200 && !event->error ? ask_again(run, memory, step) : 0;
	if (event->status != 200)
		return provider_reject(step, ERR_PROVIDER_FAILED, "the upstream answered with an error status");
	if (memory->stage == AT_KEYS || memory->stage == AT_FRESH_KEYS)
		return take_keys(run, memory, event->body, step);
	int result = json_read_object(event->body, &document);
	if (result)
		return result < 0 ? result : ask_again(run, memory, step);
	switch (memory->stage) {
	case AT_DISCOVERY:
		return take_discovery(run, memory, document, step);
	case AT_TOKEN:
		return take_token(run, memory, document, step);
	default:
		return take_userinfo(run, memory, document, step);
	}
}

static int callback(struct provider_run *run, const struct provider_event *event, struct provider_step *step)
{
	struct run *memory = run->memory;

	memory->response_iss = provider_param(event, "iss");
	TRY(exchange_code(run, event, "code", step, &memory->code));
	return memory->code.n ? fetch_discovery(run, memory, step) : 0;
}

static int notice(struct provider_run *run, const struct provider_event *event, struct provider_step *step)
{
	struct run *memory = run->memory;

	memory->id_token = provider_param(event, "logout_token");
	return memory->id_token.n ? fetch_discovery(run, memory, step) : provider_reject(step, ERR_PROVIDER_FAILED, "the notice carries no logout_token");
}

static int start(struct provider_run *run, const struct provider_event *event, struct provider_step *step)
{
	return fetch_discovery(run, run->memory, step);
}

static int logout(struct provider_run *run, const struct provider_event *event, struct provider_step *step)
{
	struct run *memory = run->memory;

	memory->subject = event->subject;
	memory->id_token = event->id_token;
	return fetch_discovery(run, memory, step);
}

static int test(struct provider_run *run, const struct provider_event *event, struct provider_step *step)
{
	struct run *memory = run->memory;

	TRY(exchange_test_code(run, &memory->code));
	return fetch_discovery(run, memory, step);
}

extern const struct provider provider_oidc;
const struct provider provider_oidc = {
	.variant = { .name = "oidc", .doc = "Any OpenID Connect provider, by discovery.", .table = rows, .size = sizeof(struct oidc_options) },
	.memory = sizeof(struct run),
	.on = { [PROVIDER_START] = start, [PROVIDER_CALLBACK] = callback, [PROVIDER_FETCHED] = fetched, [PROVIDER_LOGOUT] = logout, [PROVIDER_NOTIFIED] = notice, [PROVIDER_TEST] = test },
};
