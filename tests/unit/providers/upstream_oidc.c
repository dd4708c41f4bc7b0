/* SPDX-License-Identifier: Apache-2.0 */
/* The good world of providers/upstream/oidc.c, with keys made here, and its lies. OpenID Connect Core 3.1.3.7, RFC 9207, Discovery 4.3 */
#include "broker/base/encode.h"
#include "keys/crypto.h"
#include "keys/digest.h"
#include "keys/jws.h"
#include "tests/unit/providers/upstream.h"

#define ISSUER "https://up.example.cn"
#define NOW_S 1800000000

enum signed_how { SIGNED, SIGNED_BY_A_STRANGER, SIGNED_BY_A_NEW_KEY, SIGNED_BY_NOBODY, SIGNED_ALG_NONE, SIGNED_THEN_CHANGED };

struct world {
	json_t *discovery, *token, *claims, *userinfo;
	struct key *key, *stranger, *successor;
	enum signed_how how;
	bool rotated;  /* the set holds the successor once it is asked for anew */
	bool nameless; /* the set holds one key, without a kid */
	const char *id_token; /* instead of a signed one */
	int token_status;
};

static struct span dump(struct upstream_test *t, const json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT);
	struct span copy;

	ck_assert_ptr_nonnull(text);
	copy = arena_dup(t->arena, span_of(text));
	free(text);
	return copy;
}

static const struct key *signer(const struct world *w)
{
	return w->how == SIGNED_BY_A_STRANGER ? w->stranger : w->how == SIGNED_BY_A_NEW_KEY ? w->successor : w->key;
}

static struct span sign(struct upstream_test *t)
{
	struct world *w = t->world;
	struct span token, payload = dump(t, w->claims), head;
	struct buf buf = buf_new(t->arena, 1024);

	if (w->id_token)
		return span_of(w->id_token);
	ck_assert_int_eq(jws_sign(signer(w), ALG_ES256, "JWT", payload, t->arena, &token), 0);
	switch (w->how) {
	case SIGNED_BY_NOBODY: { /* the signature is missing */
		head = token;
		head.n = (size_t)((const char *)memrchr(token.p, '.', token.n) - token.p) + 1;
		return head;
	}
	case SIGNED_ALG_NONE:
		encode_base64url(&buf, SPAN("{\"alg\":\"none\"}"));
		buf_char(&buf, '.');
		encode_base64url(&buf, payload);
		buf_char(&buf, '.');
		ck_assert_int_eq(buf_done(&buf, &token), 0);
		return token;
	case SIGNED_THEN_CHANGED: {
		char *changed = arena_cstr(t->arena, token), *dot = strchr(changed, '.');

		dot[20] = dot[20] == 'A' ? 'B' : 'A';
		return span_of(changed);
	}
	default:
		return token;
	}
}

static struct span key_set(struct upstream_test *t, bool fresh)
{
	struct world *w = t->world;
	struct span one, two = { NULL, 0 };

	if (w->nameless) {
		JSON *key = NULL;
		JSON *set = json_pack("{s:[]}", "keys");

		ck_assert_int_eq(jwk_public_json(fresh && w->rotated ? w->successor : w->key, t->arena, &one), 0);
		ck_assert_int_eq(json_read_object(one, &key), 0);
		json_object_del(key, "kid");
		json_array_append(json_object_get(set, "keys"), key);
		return dump(t, set);
	}
	ck_assert_int_eq(jwk_public_json(w->key, t->arena, &one), 0);
	if (fresh && w->rotated)
		ck_assert_int_eq(jwk_public_json(w->successor, t->arena, &two), 0);
	return span_of(arena_printf(t->arena, "{\"keys\":[" SPAN_FMT "%s" SPAN_FMT "]}", SPAN_ARG(one), two.n ? "," : "", SPAN_ARG(two)));
}

static void answer(struct upstream_test *t, const struct provider_fetch *fetch, struct provider_event *event)
{
	struct world *w = t->world;

	if (span_is(fetch->url, ISSUER "/.well-known/openid-configuration")) {
		event->body = dump(t, w->discovery);
	} else if (span_is(fetch->url, ISSUER "/token")) {
		struct span token = sign(t);

		if (!json_object_get(w->token, "id_token"))
			json_object_set_new(w->token, "id_token", json_stringn(token.p, token.n));
		event->body = dump(t, w->token);
		event->status = w->token_status ? w->token_status : event->status;
	} else if (span_is(fetch->url, ISSUER "/keys")) {
		event->body = key_set(t, fetch->refresh);
	} else if (span_is(fetch->url, ISSUER "/userinfo")) {
		event->body = dump(t, w->userinfo);
	} else {
		ck_abort_msg("nobody lives at " SPAN_FMT, SPAN_ARG(fetch->url));
	}
}

static void set_up(struct upstream_test *t)
{
	struct world *w = arena_new_of(t->arena, struct world);

	ck_assert_int_eq(crypto_init(), 0);
	t->world = w;
	w->discovery = json_pack("{s:s,s:s,s:s,s:s,s:s}", "issuer", ISSUER, "authorization_endpoint", ISSUER "/authorize?via=gate", "token_endpoint",
				 ISSUER "/token", "jwks_uri", ISSUER "/keys", "userinfo_endpoint", ISSUER "/userinfo");
	w->token = json_pack("{s:s,s:s}", "access_token", "the-access-token", "token_type", "Bearer");
	w->claims = json_pack("{s:s,s:s,s:s,s:s,s:i,s:i,s:i}", "iss", ISSUER, "aud", "yimen", "sub", "subject-1", "nonce", "the-nonce", "iat", NOW_S, "exp",
			      NOW_S + 300, "auth_time", NOW_S - 5);
	w->userinfo = json_pack("{s:s,s:s,s:s,s:s}", "sub", "subject-1", "name", "张三", "phone_number", "13800000000", "email", "z@example.cn");
	ck_assert(w->discovery && w->token && w->claims && w->userinfo);
	ck_assert_int_eq(jwk_generate(ALG_ES256, &w->key), 0);
	ck_assert_int_eq(jwk_generate(ALG_ES256, &w->stranger), 0);
	ck_assert_int_eq(jwk_generate(ALG_ES256, &w->successor), 0);
	upstream_param(t, "code", "the-code");
	upstream_param(t, "state", "the-state");
}

static void tear_down(struct upstream_test *t)
{
	struct world *w = t->world;

	json_decref(w->discovery);
	json_decref(w->token);
	json_decref(w->claims);
	json_decref(w->userinfo);
	jwk_free(w->key);
	jwk_free(w->stranger);
	jwk_free(w->successor);
}

static void merge(json_t *object, const char *changes)
{
	JSON *all = changes ? json_loads(changes, 0, NULL) : json_object();
	const char *key;
	json_t *value;

	ck_assert_msg(all != NULL, "no JSON: %s", changes);
	json_object_foreach (all, key, value)
		if (json_is_null(value))
			json_object_del(object, key);
		else
			json_object_set(object, key, value);
}

struct span upstream_oidc_logout_token(struct upstream_test *t, const char *changes, const char *typ)
{
	struct world *w = t->world;
	JSON *claims = json_pack("{s:s,s:s,s:s,s:s,s:i,s:i,s:s,s:{s:{}}}", "iss", ISSUER, "aud", "yimen", "sub", "subject-1", "sid", "session-1", "iat", NOW_S, "exp",
				 NOW_S + 120, "jti", "notice-1", "events", "http://schemas.openid.net/event/backchannel-logout");
	struct span token;

	ck_assert_ptr_nonnull(claims);
	merge(claims, changes);
	ck_assert_int_eq(jws_sign(signer(w), ALG_ES256, typ, dump(t, claims), t->arena, &token), 0);
	return token;
}

void upstream_oidc_change(struct upstream_test *t, const char *discovery, const char *token, int status)
{
	struct world *w = t->world;

	merge(w->discovery, discovery);
	merge(w->token, token);
	w->token_status = status;
}

/* ---- lies */

/* "what" as JSON at "where", or without it: dropped. */
static void set(json_t *object, const struct upstream_lie *lie)
{
	if (!lie->what) {
		json_object_del(object, lie->where);
		return;
	}
	json_t *value = json_loads(lie->what, JSON_DECODE_ANY, NULL);
	ck_assert_msg(value != NULL, "%s: %s", lie->name, lie->what);
	json_object_set_new(object, lie->where, value);
}

static void in_discovery(struct upstream_test *t, const struct upstream_lie *lie) { set(((struct world *)t->world)->discovery, lie); }
static void in_token(struct upstream_test *t, const struct upstream_lie *lie) { set(((struct world *)t->world)->token, lie); }
static void in_claims(struct upstream_test *t, const struct upstream_lie *lie) { set(((struct world *)t->world)->claims, lie); }
static void in_userinfo(struct upstream_test *t, const struct upstream_lie *lie) { set(((struct world *)t->world)->userinfo, lie); }
static void in_callback(struct upstream_test *t, const struct upstream_lie *lie) { upstream_param(t, lie->where, lie->what); }
static void signed_by_a_stranger(struct upstream_test *t, const struct upstream_lie *lie) { ((struct world *)t->world)->how = SIGNED_BY_A_STRANGER; }
static void signed_by_nobody(struct upstream_test *t, const struct upstream_lie *lie) { ((struct world *)t->world)->how = SIGNED_BY_NOBODY; }
static void signed_none(struct upstream_test *t, const struct upstream_lie *lie) { ((struct world *)t->world)->how = SIGNED_ALG_NONE; }
static void changed(struct upstream_test *t, const struct upstream_lie *lie) { ((struct world *)t->world)->how = SIGNED_THEN_CHANGED; }
static void rotated(struct upstream_test *t, const struct upstream_lie *lie)
{
	struct world *w = t->world;

	w->how = SIGNED_BY_A_NEW_KEY;
	w->rotated = true;
}
static void rotated_without_names(struct upstream_test *t, const struct upstream_lie *lie)
{
	rotated(t, lie);
	((struct world *)t->world)->nameless = true;
}
static void stranger_among_the_nameless(struct upstream_test *t, const struct upstream_lie *lie)
{
	signed_by_a_stranger(t, lie);
	((struct world *)t->world)->nameless = true;
}
/* The stranger's key under the kid of the real one. */
static void borrowed_kid(struct upstream_test *t, const struct upstream_lie *lie)
{
	struct world *w = t->world;

	memcpy(w->stranger->kid, w->key->kid, sizeof w->key->kid);
	w->how = SIGNED_BY_A_STRANGER;
}
/* @header and the claims, signed with HMAC under the published key, which everybody has. */
static void signed_with_public_key(struct upstream_test *t, const struct upstream_lie *lie)
{
	struct world *w = t->world;
	unsigned char mac[DIGEST_MAX];
	struct buf buf = buf_new(t->arena, 1024);
	struct span public, text;

	ck_assert_int_eq(jwk_public_json(w->key, t->arena, &public), 0);
	encode_base64url(&buf, span_of(arena_printf(t->arena, "{\"alg\":\"HS256\",\"kid\":\"%s\"}", w->key->kid)));
	buf_char(&buf, '.');
	encode_base64url(&buf, dump(t, w->claims));
	text = arena_dup(t->arena, buf_span(&buf));
	ck_assert_int_eq(digest_hmac(DIGEST_SHA256, public, mac, text), 0);
	buf_char(&buf, '.');
	encode_base64url(&buf, (struct span){ (char *)mac, 32 });
	w->id_token = arena_cstr(t->arena, buf_span(&buf));
}
/* The token brings the key that it is signed with. */
static void brings_its_key(struct upstream_test *t, const struct upstream_lie *lie)
{
	struct world *w = t->world;
	unsigned char signature[ALG_SIGNATURE_MAX];
	struct buf buf = buf_new(t->arena, 1024);
	struct span public;
	size_t n;

	ck_assert_int_eq(jwk_public_json(w->stranger, t->arena, &public), 0);
	encode_base64url(&buf, span_of(arena_printf(t->arena, "{\"alg\":\"ES256\",\"kid\":\"%s\",\"jwk\":" SPAN_FMT "}", w->key->kid, SPAN_ARG(public))));
	buf_char(&buf, '.');
	encode_base64url(&buf, dump(t, w->claims));
	ck_assert_int_eq(alg_sign(w->stranger, ALG_ES256, arena_dup(t->arena, buf_span(&buf)), signature, &n), 0);
	buf_char(&buf, '.');
	encode_base64url(&buf, (struct span){ (char *)signature, n });
	w->id_token = arena_cstr(t->arena, buf_span(&buf));
}
static void announces_iss(struct upstream_test *t, const struct upstream_lie *lie)
{
	json_object_set_new(((struct world *)t->world)->discovery, "authorization_response_iss_parameter_supported", json_true());
	upstream_param(t, "iss", lie->what);
}
static void long_subject(struct upstream_test *t, const struct upstream_lie *lie)
{
	size_t n = (size_t)atoi(lie->what);
	char *text = arena_alloc(t->arena, n + 1);

	memset(text, 's', n);
	json_object_set_new(((struct world *)t->world)->claims, "sub", json_string(text));
	json_object_set_new(((struct world *)t->world)->userinfo, "sub", json_string(text));
}

#define FAILED ERR_PROVIDER_FAILED

static const struct upstream_lie lies[] = {
	{ "discovery names another issuer", in_discovery, "issuer", "\"https://evil.example.cn\"", FAILED, 1 },
	{ "discovery names another issuer, at the start", in_discovery, "issuer", "\"https://evil.example.cn\"", FAILED, 1, true },
	{ "discovery names the issuer with a slash more", in_discovery, "issuer", "\"" ISSUER "/\"", FAILED, 1 },
	{ "discovery names no issuer", in_discovery, "issuer", NULL, FAILED, 1 },
	{ "no token endpoint", in_discovery, "token_endpoint", NULL, FAILED, 1 },
	{ "no key set", in_discovery, "jwks_uri", NULL, FAILED, 1 },
	{ "no authorization endpoint", in_discovery, "authorization_endpoint", NULL, FAILED, 1, true },
	{ "an authorization endpoint that is a script", in_discovery, "authorization_endpoint", "\"javascript:alert(1)\"", FAILED, 1, true },
	{ "an authorization endpoint in the clear", in_discovery, "authorization_endpoint", "\"http://up.example.cn/authorize\"", FAILED, 1, true },
	{ "an authorization endpoint with a fragment", in_discovery, "authorization_endpoint", "\"" ISSUER "/authorize#x\"", FAILED, 1, true },
	{ "an authorization endpoint with a line break", in_discovery, "authorization_endpoint", "\"" ISSUER "/a\\r\\nSet-Cookie: x=1\"", FAILED, 1, true },
	{ "a token endpoint that is a file", in_discovery, "token_endpoint", "\"file:///etc/passwd\"", FAILED, 1 },
	{ "a userinfo endpoint in the clear", in_discovery, "userinfo_endpoint", "\"http://up.example.cn/userinfo\"", FAILED, 1 },

	{ "no code comes back", in_callback, "code", NULL, FAILED },
	{ "an empty code comes back", in_callback, "code", "", FAILED },
	{ "iss of another upstream (mix-up)", in_callback, "iss", "https://other.example.cn", FAILED, 1 },
	{ "iss of another upstream, announced", announces_iss, "iss", "https://other.example.cn", FAILED, 1 },
	{ "iss is announced and missing", announces_iss, "iss", NULL, FAILED, 1 },
	{ "iss is announced and empty", announces_iss, "iss", "", FAILED, 1 },
	{ "iss is announced and right", announces_iss, "iss", ISSUER, 0 },
	{ "iss is right without being announced", in_callback, "iss", ISSUER, 0 },

	{ "no ID token", in_token, "id_token", "\"\"", FAILED, 2 },
	{ "an ID token that is none", in_token, "id_token", "\"abc\"", FAILED, 3 },
	{ "an ID token that is an object", in_token, "id_token", "{}", FAILED, 2 },
	{ "signed by a stranger's key: the keys are asked for anew, once", signed_by_a_stranger, NULL, NULL, FAILED, 4 },
	{ "signed by a stranger's key under a known kid", borrowed_kid, NULL, NULL, FAILED, 3 },
	{ "not signed", signed_by_nobody, NULL, NULL, FAILED, 3 },
	{ "alg none", signed_none, NULL, NULL, FAILED, 3 },
	{ "alg HS256 with the published key for a secret", signed_with_public_key, NULL, NULL, FAILED, 3 },
	{ "a token that brings its own key", brings_its_key, NULL, NULL, FAILED, 3 },
	{ "a token of a type that is not known", in_token, "token_type", "\"mac\"", FAILED, 2 },
	{ "bearer, in small letters", in_token, "token_type", "\"bearer\"", 0, 4 },
	{ "an error beside a code", in_callback, "error", "server_error", FAILED },
	{ "changed after it was signed", changed, NULL, NULL, FAILED, 3 },
	{ "keys were rotated: the keys are asked for anew, once", rotated, NULL, NULL, 0, 5 },
	{ "the one key, which has no kid, was rotated: it is asked for anew, once", rotated_without_names, NULL, NULL, 0, 5 },
	{ "signed by a stranger's key where the one key has no kid", stranger_among_the_nameless, NULL, NULL, FAILED, 4 },

	{ "iss of another", in_claims, "iss", "\"https://evil.example.cn\"", FAILED },
	{ "no iss", in_claims, "iss", NULL, FAILED },
	{ "aud of another", in_claims, "aud", "\"other\"", FAILED },
	{ "no aud", in_claims, "aud", NULL, FAILED },
	{ "aud is an empty list", in_claims, "aud", "[]", FAILED },
	{ "several aud and no azp", in_claims, "aud", "[\"yimen\",\"other\"]", FAILED },
	{ "a list of us alone", in_claims, "aud", "[\"yimen\"]", 0 },
	{ "azp of another", in_claims, "azp", "\"other\"", FAILED },
	{ "azp is us", in_claims, "azp", "\"yimen\"", 0 },
	{ "another nonce", in_claims, "nonce", "\"another\"", FAILED },
	{ "no nonce", in_claims, "nonce", NULL, FAILED },
	{ "nonce is a number", in_claims, "nonce", "1", FAILED },
	{ "expired", in_claims, "exp", "1799999939", FAILED },
	{ "expired within what clocks differ", in_claims, "exp", "1799999990", 0 },
	{ "never expires", in_claims, "exp", NULL, FAILED },
	{ "exp is text", in_claims, "exp", "\"1800000300\"", FAILED },
	{ "from the future", in_claims, "iat", "1800000120", FAILED },
	{ "no iat", in_claims, "iat", NULL, FAILED },
	{ "not before the future", in_claims, "nbf", "1800000120", FAILED },
	{ "no subject", in_claims, "sub", NULL, FAILED },
	{ "an empty subject", in_claims, "sub", "\"\"", FAILED },
	{ "a subject that is a number", in_claims, "sub", "7", FAILED },
	{ "a subject with a line end", in_claims, "sub", "\"a\\nb\"", FAILED },
	{ "a name with a direction of its own is left out", in_claims, "name", "\"\\u202eadmin\"", 0 },
	{ "a subject of 255 bytes", long_subject, NULL, "255", 0 },
	{ "a subject of 256 bytes", long_subject, NULL, "256", FAILED },

	{ "userinfo of another subject", in_userinfo, "sub", "\"subject-2\"", FAILED, 4 },
	{ "userinfo of nobody", in_userinfo, "sub", NULL, FAILED, 4 },
	{ "userinfo without a name", in_userinfo, "name", NULL, 0, 4 },
	{ "a name in the ID token: userinfo is not asked", in_claims, "name", "\"张三\"", 0, 3 },
	{ "no access token: userinfo is not asked", in_token, "access_token", NULL, 0, 3 },
	{ "no userinfo endpoint", in_discovery, "userinfo_endpoint", NULL, 0, 3 },
};

const struct upstream upstream_oidc = {
	.name = "oidc",
	.yaml = "    issuer: " ISSUER "\n    client_id: yimen\n    client_secret: 'se:cret/0123456789abcdef'\n    scope: openid profile\n    level: 1\n",
	.set_up = set_up,
	.tear_down = tear_down,
	.answer = answer,
	.start_fetches = 1,
	.callback_fetches = 4,
	.twice_at_start = 1u << 0,
	.twice_at_callback = 1u << 0 | 1u << 2,
	.lies = lies,
	.n_lies = ARRAY_LEN(lies),
};
