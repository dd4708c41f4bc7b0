/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/url.h"
#include "broker/oauth/authorize.h"
#include "tests/unit/oauth/fixture.h"

#define CHALLENGE "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"
#define WEB "client_id=web&redirect_uri=https://rp.example.cn/cb&response_type=code&scope=openid&" CHALLENGE
#define POST "client_id=post&redirect_uri=https://post.example.cn/cb&response_type=code&scope=openid"
#define APP "client_id=app&response_type=code&scope=openid&" CHALLENGE "&redirect_uri="

static int take(const struct fixture *f, struct span query, struct authorize_params *params)
{
	struct span name, value;
	int error = 0;

	while (url_next_pair(&query, f->arena, &name, &value, &error))
		TRY(authorize_set(params, name, value));
	return error;
}

/* Both stages: *@ret_shown when the error may not be redirected. */
static int check(const struct fixture *f, struct span query, struct authorize_request *request, bool *ret_shown,
    const char **ret_reason)
{
	struct authorize_params params = { 0 };
	struct authorize_target target;

	*ret_shown = true;
	TRY(take(f, query, &params));
	TRY(authorize_target(f->config, &params, &target));
	*ret_shown = false;
	return authorize_check(f->config, &target, &params, f->arena, request, ret_reason);
}

static const struct {
	const char *name;
	struct span query;
	int want;
	bool shown;
} rows[] = {
	{ "a plain request", SPAN(WEB), 0, false },
	/* stage one: nothing is redirected */
	{ "no client", SPAN("redirect_uri=https://rp.example.cn/cb&response_type=code"), ERR_UNKNOWN_CLIENT, true },
	{ "an unknown client", SPAN("client_id=x&redirect_uri=https://rp.example.cn/cb&response_type=code"), ERR_UNKNOWN_CLIENT,
	  true },
	{ "a disabled client", SPAN("client_id=off&redirect_uri=https://off.example.cn/cb&response_type=code"),
	  ERR_UNKNOWN_CLIENT, true },
	{ "no redirect_uri (Core 3.1.2.1)", SPAN("client_id=web&response_type=code&scope=openid&" CHALLENGE), ERR_REDIRECT_URI,
	  true },
	{ "an empty one is none", SPAN("client_id=web&redirect_uri=&response_type=code"), ERR_REDIRECT_URI, true },
	{ "another client's redirect_uri", SPAN("client_id=web&redirect_uri=https://post.example.cn/cb"), ERR_REDIRECT_URI, true },
	{ "a longer path", SPAN("client_id=web&redirect_uri=https://rp.example.cn/cb/"), ERR_REDIRECT_URI, true },
	{ "another query", SPAN("client_id=web&redirect_uri=https://rp.example.cn/cb?tenant=2"), ERR_REDIRECT_URI, true },
	{ "upper case in the host is another string (RFC 9700 2.1)", SPAN("client_id=web&redirect_uri=https://RP.example.cn/cb"),
	  ERR_REDIRECT_URI, true },
	{ "a path that climbs", SPAN("client_id=web&redirect_uri=https://rp.example.cn/x/../cb"), ERR_REDIRECT_URI, true },
	{ "the default port written out", SPAN("client_id=web&redirect_uri=https://rp.example.cn:443/cb"), ERR_REDIRECT_URI, true },
	{ "a fragment", SPAN("client_id=web&redirect_uri=https://rp.example.cn/cb%23x"), ERR_REDIRECT_URI, true },
	{ "user info before the host", SPAN("client_id=web&redirect_uri=https://rp.example.cn@evil.cn/cb"), ERR_REDIRECT_URI,
	  true },
	{ "script", SPAN("client_id=web&redirect_uri=javascript:alert(1)"), ERR_REDIRECT_URI, true },
	{ "a repeated parameter (RFC 6749 3.1)", SPAN(WEB "&client_id=web"), ERR_DUPLICATE_PARAMETER, true },
	{ "repeated state", SPAN(WEB "&state=a&state=b"), ERR_DUPLICATE_PARAMETER, true },
	/* loopback, RFC 8252 7.3 */
	{ "another port on 127.0.0.1", SPAN(APP "http://127.0.0.1:51004/cb"), 0, false },
	{ "no port on 127.0.0.1", SPAN(APP "http://127.0.0.1/cb"), 0, false },
	{ "a port on [::1]", SPAN(APP "http://[::1]:51004/cb"), 0, false },
	{ "another path on another port", SPAN(APP "http://127.0.0.1:51004/cb2"), ERR_REDIRECT_URI, true },
	{ "another port on localhost (RFC 8252 8.3)", SPAN(APP "http://localhost:51004/cb"), ERR_REDIRECT_URI, true },
	{ "localhost as registered", SPAN(APP "http://localhost:8499/cb"), 0, false },
	{ "https on loopback is not the exception", SPAN(APP "https://127.0.0.1:51004/cb"), ERR_REDIRECT_URI, true },
	{ "another loopback address", SPAN(APP "http://127.0.0.2:8499/cb"), ERR_REDIRECT_URI, true },
	{ "a host that only begins like loopback", SPAN(APP "http://127.0.0.1.evil.cn:8499/cb"), ERR_REDIRECT_URI, true },
	{ "a fragment on loopback", SPAN(APP "http://127.0.0.1:51004/cb%23x"), ERR_REDIRECT_URI, true },
	{ "another port for a confidential client",
	  SPAN("client_id=web&redirect_uri=http://127.0.0.1:9001/cb&response_type=code&scope=openid&" CHALLENGE),
	  ERR_REDIRECT_URI, true },
	{ "no exception for https hosts", SPAN(APP "https://app.example.cn:444/cb"), ERR_REDIRECT_URI, true },
	/* stage two: told to the client */
	{ "no response_type", SPAN("client_id=web&redirect_uri=https://rp.example.cn/cb&scope=openid&" CHALLENGE),
	  ERR_INVALID_REQUEST, false },
	{ "the implicit flow", SPAN("client_id=web&redirect_uri=https://rp.example.cn/cb&response_type=token&scope=openid"),
	  ERR_UNSUPPORTED_RESPONSE_TYPE, false },
	{ "a hybrid flow", SPAN("client_id=web&redirect_uri=https://rp.example.cn/cb&response_type=code+id_token&scope=openid"),
	  ERR_UNSUPPORTED_RESPONSE_TYPE, false },
	{ "response_mode=fragment", SPAN(WEB "&response_mode=fragment"), ERR_INVALID_REQUEST, false },
	{ "response_mode=form_post", SPAN(WEB "&response_mode=form_post"), 0, false },
	{ "response_mode=query where only form_post is registered", SPAN(POST "&response_mode=query"), ERR_INVALID_REQUEST, false },
	{ "a scope that is not the client's",
	  SPAN("client_id=web&redirect_uri=https://rp.example.cn/cb&response_type=code&scope=openid+legacy&" CHALLENGE),
	  ERR_INVALID_SCOPE, false },
	{ "no scope at all", SPAN("client_id=web&redirect_uri=https://rp.example.cn/cb&response_type=code&" CHALLENGE),
	  ERR_INVALID_SCOPE, false },
	{ "no PKCE where it is required (RFC 9700 2.1.1)",
	  SPAN("client_id=web&redirect_uri=https://rp.example.cn/cb&response_type=code&scope=openid"), ERR_INVALID_REQUEST, false },
	{ "no PKCE where it is optional", SPAN(POST), 0, false },
	{ "no PKCE from a public client",
	  SPAN("client_id=app&redirect_uri=http://127.0.0.1:8499/cb&response_type=code&scope=openid"),
	  ERR_INVALID_REQUEST, false },
	{ "plain "
	  "PKCE",
		SPAN("client_id=web&redirect_uri=https://rp.example.cn/cb&response_type=code&scope=openid&"
		     "code_challenge_method=plain&"
			     "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"), ERR_INVALID_REQUEST, false },
	{ "no method means plain (RFC 7636 4.3)", SPAN(POST "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
	  ERR_INVALID_REQUEST, false },
	{ "a method without a challenge", SPAN(POST "&code_challenge_method=S256"), ERR_INVALID_REQUEST, false },
	{ "a challenge of the wrong length", SPAN(POST "&code_challenge_method=S256&code_challenge=abc"), ERR_INVALID_REQUEST,
	  false },
	{ "a challenge with padding",
	  SPAN(POST "&code_challenge_method=S256&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c%3D"),
	  ERR_INVALID_REQUEST, false },
	{ "prompt=none", SPAN(WEB "&prompt=none"), 0, false },
	{ "prompt=none with another (Core 3.1.2.1)", SPAN(WEB "&prompt=none+login"), ERR_INVALID_REQUEST, false },
	{ "several prompts", SPAN(WEB "&prompt=login+consent+select_account"), 0, false },
	{ "an unknown prompt", SPAN(WEB "&prompt=dance"), ERR_INVALID_REQUEST, false },
	{ "max_age=0", SPAN(WEB "&max_age=0"), 0, false },
	{ "a negative max_age", SPAN(WEB "&max_age=-1"), ERR_INVALID_REQUEST, false },
	{ "max_age that is no number", SPAN(WEB "&max_age=1h"), ERR_INVALID_REQUEST, false },
	{ "max_age past any life", SPAN(WEB "&max_age=99999999999"), ERR_INVALID_REQUEST, false },
	{ "a request object (Core 3.1.2.6)", SPAN(WEB "&request=e30.e30."), ERR_REQUEST_NOT_SUPPORTED, false },
	{ "a request by reference", SPAN(WEB "&request_uri=https://rp.example.cn/r"), ERR_REQUEST_URI_NOT_SUPPORTED, false },
	{ "registration", SPAN(WEB "&registration=%7B%7D"), ERR_REGISTRATION_NOT_SUPPORTED, false },
	{ "an unknown parameter is ignored (RFC 6749 3.1)", SPAN(WEB "&pigeon=1&pigeon=2"), 0, false },
	{ "voluntary acr_values that nobody knows", SPAN(WEB "&acr_values=urn:x+gold"), 0, false },
	{ "acr_values that cannot be read are no reason to refuse", SPAN(WEB "&acr_values=%22"), 0, false },
	{ "a resource of the client (RFC 8707)", SPAN(WEB "&resource=https://api.example.cn"), 0, false },
	{ "two resources", SPAN(WEB "&resource=https://api.example.cn&resource=https://files.example.cn"), 0, false },
	{ "a resource of others", SPAN(WEB "&resource=https://evil.cn"), ERR_INVALID_TARGET, false },
	{ "a resource that only begins like one", SPAN(WEB "&resource=https://api.example.cn/x"), ERR_INVALID_TARGET, false },
	{ "too many "
	  "resources",
		SPAN(WEB "&resource=1&resource=2&resource=3&resource=4&resource=5&resource=6&resource=7&resource=8&resource=9"),
	  ERR_INVALID_REQUEST, false },
	{ "the client may not use codes", SPAN("client_id=service&redirect_uri=https://x"), ERR_REDIRECT_URI, true },
};

START_TEST(two_stages)
{
	FIXTURE f = fixture_make();
	struct authorize_request request = { 0 };
	const char *reason = NULL;
	bool shown;

	ROW_INT(rows[_i].name, check(&f, rows[_i].query, &request, &shown, &reason), rows[_i].want);
	ROW_INT(rows[_i].name, rows[_i].want && shown, rows[_i].shown);
	ROW_TRUE(rows[_i].name, (reason != NULL) == (rows[_i].want && !rows[_i].shown));
	ROW_TRUE(rows[_i].name, rows[_i].want == 0 || request.target.client == NULL);
}
END_TEST

START_TEST(typed)
{
	FIXTURE f = fixture_make();
	struct authorize_request r;
	struct interaction i = { 0 };
	bool shown;

	ck_assert_int_eq(check(&f,
	    SPAN(WEB "+offline_access&state=s%26t&nonce=n&prompt=login+consent&max_age=300&ui_locales=zh-CN+en&acr_values=2&"
					    "login_hint=zhangsan&resource=https://files.example.cn&response_mode=form_post&"
					    "id_token_hint=a.b.c"),
			/* S256+offline_access is no method: proves that order does not matter */
			       &r, &shown, NULL), ERR_INVALID_REQUEST);
	ck_assert_int_eq(check(&f,
	    SPAN("state=s%26t&nonce=n&prompt=login+consent&max_age=300&ui_locales=zh-CN+en&acr_values=2&login_hint=zhangsan&"
					"resource=https://files.example.cn&response_mode=form_post&id_token_hint=a.b.c&"
					"client_id=web&"
					"redirect_uri=https://rp.example.cn/cb&response_type=code&scope=openid+offline_access&"
					"" CHALLENGE),
			       &r, &shown, NULL), 0);
	ck_assert(r.is_openid && r.is_offline);
	ck_assert_uint_eq(r.prompts, PROMPT_LOGIN | PROMPT_CONSENT);
	ROW_SPAN("the hint is for the flow to check", r.id_token_hint, SPAN("a.b.c"));
	authorize_to_interaction(&r, &i);
	ROW_SPAN("client", i.client_id, SPAN("web"));
	ROW_SPAN("state is decoded once", i.state, SPAN("s&t"));
	ROW_SPAN("mode", i.response_mode, SPAN("form_post"));
	ROW_SPAN("prompt", i.prompt, SPAN("login consent"));
	ROW_SPAN("nonce", i.nonce, SPAN("n"));
	ROW_SPAN("hint", i.login_hint, SPAN("zhangsan"));
	ck_assert_int_eq(i.max_age, 300);
	ck_assert_uint_eq(i.scopes.n, 2);
	ck_assert_uint_eq(i.ui_locales.n, 2);
	ck_assert_uint_eq(i.resources.n, 1);

	struct authorize_target back;
	ck_assert_int_eq(authorize_from_interaction(f.config, &i, &back), 0);
	ck_assert_int_eq(back.response_mode, CONFIG_MODE_FORM_POST);
	i.redirect_uri = SPAN("https://gone.example.cn/");
	ck_assert_int_eq(authorize_from_interaction(f.config, &i, &back), ERR_REDIRECT_URI);

	ck_assert_int_eq(check(&f, SPAN(WEB), &r, &shown, NULL), 0);
	ck_assert_int_eq(r.max_age, -1);
	ck_assert_int_eq(r.target.response_mode, CONFIG_MODE_QUERY);
	ck_assert_int_eq(check(&f, SPAN(POST), &r, &shown, NULL), 0);
	ck_assert_int_eq(r.target.response_mode, CONFIG_MODE_FORM_POST); /* registered alone */
}
END_TEST

START_TEST(sizes)
{
	struct authorize_params params = { 0 };
	char text[5000];

	memset(text, 'x', sizeof text);
	ck_assert_int_eq(authorize_set(&params, SPAN("state"), (struct span){ text, 4096 }), 0); /* FAPI: may pass 1,000 */
	ck_assert(!params.too_long);
	ck_assert_int_eq(authorize_set(&params, SPAN("nonce"), (struct span){ text, 513 }), 0);
	ck_assert(params.too_long);
	for (size_t i = 0; authorize_param_name(i); i++)
		for (size_t j = 0; j < i; j++)
			ck_assert_str_ne(authorize_param_name(i), authorize_param_name(j));
}
END_TEST

static const struct {
	const char *name;
	struct span redirect_uri, state;
	struct authorize_answer answer;
	struct span want;
} answers[] = {
	{ "a code with state and iss (RFC 9207)", SPAN("https://rp.example.cn/cb"), SPAN("a b&c"), { .code = SPAN("C-_") },
	  SPAN("https://rp.example.cn/cb?code=C-_&state=a%20b%26c&iss=https%3A%2F%2Fid.example.cn") },
	{ "a query of its own is kept (RFC 6749 3.1.2)", SPAN("https://rp.example.cn/cb?tenant=1"), SPAN(""), { .code = SPAN("C") },
	  SPAN("https://rp.example.cn/cb?tenant=1&code=C&iss=https%3A%2F%2Fid.example.cn") },
	{ "an error", SPAN("https://rp.example.cn/cb"), SPAN("s"), { .error = ERR_LOGIN_REQUIRED },
	  SPAN("https://rp.example.cn/cb?error=login_required&state=s&iss=https%3A%2F%2Fid.example.cn") },
	{ "an error with a reason", SPAN("https://rp.example.cn/cb"), SPAN(""), { .error = ERR_INVALID_SCOPE,
	  .description = "no such scope" },
	  SPAN("https://rp.example.cn/cb?error=invalid_scope&error_description=no%20such%20scope&"
	       "iss=https%3A%2F%2Fid.example.cn") },
};

START_TEST(answers_back)
{
	FIXTURE f = fixture_make();
	struct authorize_target target = { .redirect_uri = answers[_i].redirect_uri, .state = answers[_i].state };
	struct buf buf = buf_new(f.arena, 16);

	authorize_location(&buf, f.config, &target, &answers[_i].answer);
	ROW_SPAN(answers[_i].name, buf_span(&buf), answers[_i].want);
}
END_TEST

START_TEST(without_memory)
{
	FIXTURE f = fixture_make();
	struct authorize_params params = { 0 };
	struct authorize_target target;
	struct authorize_request request;

	ck_assert_int_eq(take(&f, SPAN(WEB "&acr_values=1&ui_locales=en&resource=https://api.example.cn"), &params), 0);
	ck_assert_int_eq(authorize_target(f.config, &params, &target), 0);
	for (unsigned long k = 1;; k++) {
		arena_fail_at(k);
		int result = authorize_check(f.config, &target, &params, f.arena, &request, NULL);
		arena_fail_at(0);
		if (result == 0) {
			ck_assert_uint_gt(k, 3);
			break;
		}
		ck_assert_int_eq(result, FAULT_MEMORY);
	}
}
END_TEST

int main(void)
{
	return suite_run("oauth/authorize", (struct suite_test[]){ SUITE_LOOP(two_stages, ARRAY_LEN(rows)), SUITE_ONCE(typed),
	    SUITE_ONCE(sizes),
								   SUITE_LOOP(answers_back, ARRAY_LEN(answers)),
								   SUITE_ONCE(without_memory),
								   SUITE_END });
}
