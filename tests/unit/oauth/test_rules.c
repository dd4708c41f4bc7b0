/* SPDX-License-Identifier: Apache-2.0 */
/* rules - consent, introspection, revocation, logout and metadata: small rules that share a program. */
#include "broker/base/json.h"
#include "broker/oauth/authorize.h"
#include "broker/oauth/claims.h"
#include "broker/oauth/consent.h"
#include "broker/oauth/introspect.h"
#include "broker/oauth/logout.h"
#include "broker/oauth/metadata.h"
#include "broker/oauth/revoke.h"
#include "tests/unit/oauth/fixture.h"

static const struct {
	const char *name;
	int policy;
	const char *scopes, *remembered; /* NULL: no record */
	bool withdrawn;
	unsigned prompts;
	bool want;
} consents[] = {
	{ "first time", CONFIG_CONSENT_REMEMBER, "openid org", NULL, false, 0, true },
	{ "remembered", CONFIG_CONSENT_REMEMBER, "openid org", "org openid phone", false, 0, false },
	{ "one scope more than remembered", CONFIG_CONSENT_REMEMBER, "openid org", "openid", false, 0, true },
	{ "remembered, but withdrawn", CONFIG_CONSENT_REMEMBER, "openid", "openid", true, 0, true },
	{ "remembered, but prompt=consent", CONFIG_CONSENT_REMEMBER, "openid", "openid", false, PROMPT_CONSENT, true },
	{ "remembered, with prompt=login", CONFIG_CONSENT_REMEMBER, "openid", "openid", false, PROMPT_LOGIN, false },
	{ "offline access is asked for each time (Core 11)", CONFIG_CONSENT_REMEMBER, "openid offline_access",
	  "openid offline_access", false, 0, true },
	{ "a client that asks always", CONFIG_CONSENT_ASK, "openid", "openid", false, 0, true },
	{ "a trusted client", CONFIG_CONSENT_SKIP, "openid org offline_access", NULL, false, 0, false },
	{ "a trusted client that wants to ask", CONFIG_CONSENT_SKIP, "openid", NULL, false, PROMPT_CONSENT, true },
};

START_TEST(consent)
{
	FIXTURE f = fixture_make();
	struct config_client client = fixture_client(&f, "web");
	struct text_list scopes = fixture_list(&f, consents[_i].scopes);
	struct consent record = { .granted_at = NOW }, *remembered = consents[_i].remembered ? &record : NULL;

	client.consent = consents[_i].policy;
	if (remembered)
		record.scopes = fixture_list(&f, consents[_i].remembered);
	if (consents[_i].withdrawn)
		record.not_before = instant_add(NOW, 1);
	ROW_INT(consents[_i].name, consent_is_needed(&client, &scopes, consents[_i].prompts, remembered), consents[_i].want);

	ck_assert_int_eq(consent_remember(&scopes, instant_add(NOW, 2), f.arena, &record), 0);
	ROW_TRUE(consents[_i].name, scope_is_subset(&scopes, &record.scopes));
}
END_TEST

START_TEST(consent_grows_and_starts_over)
{
	FIXTURE f = fixture_make();
	struct text_list first = fixture_list(&f, "openid org"), second = fixture_list(&f, "openid phone");
	struct consent record = { 0 };

	ck_assert_int_eq(consent_remember(&first, NOW, f.arena, &record), 0);
	ck_assert_int_eq(consent_remember(&second, NOW, f.arena, &record), 0);
	ck_assert_uint_eq(record.scopes.n, 3);
	record.not_before = instant_add(NOW, 1);
	ck_assert_int_eq(consent_remember(&second, instant_add(NOW, 1), f.arena, &record), 0);
	ck_assert_uint_eq(record.scopes.n, 2); /* what was withdrawn is not revived */
}
END_TEST

static const struct {
	const char *name, *asking, *owner, *audience;
	bool any, refresh, want;
} asks[] = {
	{ "its own token", "web", "web", "https://api.example.cn", false, false, true },
	{ "a token made for it", "service", "web", "https://api.example.cn service", false, false, true },
	{ "a token made for others", "service", "web", "https://api.example.cn", false, false, false },
	{ "a resource server that may see any", "service", "web", "https://api.example.cn", true, false, true },
	{ "its own refresh token", "web", "web", "", false, true, true },
	{ "another's refresh token, whatever it may see", "service", "web", "service", true, true, false },
};

START_TEST(introspection)
{
	FIXTURE f = fixture_make();
	struct config_client asking = fixture_client(&f, asks[_i].asking);
	struct introspect_token token = { .client_id = span_of(asks[_i].owner), .audience = fixture_list(&f, asks[_i].audience),
					  .is_refresh = asks[_i].refresh };

	asking.introspect_any = asks[_i].any;
	ROW_INT(asks[_i].name, introspect_is_allowed(&asking, &token), asks[_i].want);
}
END_TEST

START_TEST(introspection_answer)
{
	FIXTURE f = fixture_make();
	struct family family = fixture_family(&f);
	struct introspect_token token = { .client_id = SPAN("web"), .sub = SPAN("S"), .sid = SPAN("sid"), .scope = SPAN("openid"),
	    .jti = SPAN("J"),
					  .audience = fixture_list(&f, "a b"), .expires_at = NOW, .issued_at = NOW,
					  .family = &family,
					  .username = SPAN("zhangsan") };
	struct buf buf = buf_new(f.arena, 512);

	introspect_write(&buf, f.config, &token);
	ROW_SPAN("everything of RFC 7662 2.2", buf_span(&buf),
		 SPAN("{\"active\":true,\"iss\":\"https://id.example.cn\",\"client_id\":\"web\",\"sub\":\"S\","
		      "\"token_type\":\"Bearer\",\"exp\":1800000000,"
		      "\"iat\":1800000000,\"aud\":[\"a\",\"b\"],\"scope\":\"openid\",\"jti\":\"J\",\"sid\":\"sid\","
		      "\"username\":\"zhangsan\","
		      "\"auth_time\":1799999940,\"acr\":\"2\",\"amr\":[\"pwd\",\"otp\"]}"));
}
END_TEST

static const struct {
	const char *name, *owner;
	bool refresh;
	int64_t left;
	enum revoke_action want;
} revokes[] = {
	{ "its access token", "web", false, 1, REVOKE_TOKEN },
	{ "its access token that is over", "web", false, 0, REVOKE_NOTHING },
	{ "its refresh token takes everything along (RFC 7009 2.1)", "web", true, 1, REVOKE_FAMILY },
	{ "another client's", "app", true, 1, REVOKE_NOTHING },
	{ "one that is not ours", "", false, 1, REVOKE_NOTHING },
};

START_TEST(revocation)
{
	FIXTURE f = fixture_make();
	struct config_client web = fixture_client(&f, "web");

	ROW_INT(revokes[_i].name, revoke_decide(&web, span_of(revokes[_i].owner), revokes[_i].refresh, instant_add(NOW,
	    revokes[_i].left), NOW),
		revokes[_i].want);
}
END_TEST

static const struct {
	const char *name;
	struct logout_params params;
	const char *hint_client; /* NULL: no hint */
	const char *hint_sid, *sid;
	int want;
	struct span location;
	bool confirmed;
} logouts[] = {
	{ "nothing at all: the person is asked", { { 0 } }, NULL, "", "s", 0, { 0 }, false },
	{ "a hint of this session: no question", { { 0 } }, "web", "s", "s", 0, { 0 }, true },
	{ "a hint of another session is no proof (ASVS 10.6.2)", { { 0 } }, "web", "t", "s", 0, { 0 }, false },
	{ "a hint without a session here", { { 0 } }, "web", "s", "", 0, { 0 }, false },
	{ "back to the client with state", { .post_logout_redirect_uri = SPAN("https://rp.example.cn/bye"),
	  .state = SPAN("a b") }, "web", "s", "s", 0,
	  SPAN("https://rp.example.cn/bye?state=a%20b"), true },
	{ "back by client_id alone", { .client_id = SPAN("web"), .post_logout_redirect_uri = SPAN("https://rp.example.cn/bye") },
	  NULL, "", "s", 0,
	  SPAN("https://rp.example.cn/bye"), false },
	{ "back, but nobody says whose", { .post_logout_redirect_uri = SPAN("https://rp.example.cn/bye") }, NULL, "", "s",
	  ERR_REDIRECT_URI, { 0 }, false },
	{ "back to where it was not registered", { .client_id = SPAN("web"),
	  .post_logout_redirect_uri = SPAN("https://rp.example.cn/bye/") }, NULL, "",
	  "s", ERR_REDIRECT_URI, { 0 }, false },
	{ "back to a login redirect_uri", { .client_id = SPAN("web"),
	  .post_logout_redirect_uri = SPAN("https://rp.example.cn/cb") }, NULL, "", "s",
	  ERR_REDIRECT_URI, { 0 }, false },
	{ "back to another client's", { .client_id = SPAN("app"), .post_logout_redirect_uri = SPAN("https://rp.example.cn/bye") },
	  NULL, "", "s",
	  ERR_REDIRECT_URI, { 0 }, false },
	{ "an unknown client", { .client_id = SPAN("x"), .post_logout_redirect_uri = SPAN("https://rp.example.cn/bye") }, NULL,
	  "", "s",
	  ERR_UNKNOWN_CLIENT, { 0 }, false },
	{ "hint and client_id contradict each other", { .client_id = SPAN("app") }, "web", "s", "s", ERR_INVALID_REQUEST, { 0 },
	  false },
	{ "hint and client_id agree", { .client_id = SPAN("web") }, "web", "s", "s", 0, { 0 }, true },
};

START_TEST(logout)
{
	FIXTURE f = fixture_make();
	struct logout_hint hint = { .client_id = span_of(logouts[_i].hint_client), .sid = span_of(logouts[_i].hint_sid) };
	struct logout_decision got = { 0 };
	struct buf buf = buf_new(f.arena, 64);

	ROW_INT(logouts[_i].name, logout_check(f.config, &logouts[_i].params, logouts[_i].hint_client ? &hint : NULL,
	    span_of(logouts[_i].sid), &got),
		logouts[_i].want);
	if (got.redirect_uri.n)
		logout_location(&buf, &got);
	ROW_SPAN(logouts[_i].name, buf_span(&buf), logouts[_i].location);
	ROW_INT(logouts[_i].name, got.is_confirmed, logouts[_i].confirmed);
}
END_TEST

START_TEST(logout_hints)
{
	FIXTURE f = fixture_make();
	struct logout_hint hint;

	ck_assert_int_eq(logout_parse_hint(f.config,
	    SPAN("{\"iss\":\"https://id.example.cn\",\"aud\":\"web\",\"sub\":\"S\",\"sid\":\"s\",\"exp\":1}"),
					   f.arena, &hint), 0);
	ROW_SPAN("client", hint.client_id, SPAN("web"));
	ROW_SPAN("sid", hint.sid, SPAN("s"));
	ck_assert_int_eq(logout_parse_hint(f.config, SPAN("{\"iss\":\"https://evil.cn\",\"aud\":\"web\",\"sub\":\"S\"}"), f.arena,
	    &hint),
			 ERR_INVALID_REQUEST);
	ck_assert_int_eq(logout_parse_hint(f.config, SPAN("{\"iss\":\"https://id.example.cn\",\"sub\":\"S\"}"), f.arena, &hint),
	    ERR_INVALID_REQUEST);
	ck_assert_int_eq(logout_parse_hint(f.config, SPAN("nonsense"), f.arena, &hint), ERR_INVALID_REQUEST);
}
END_TEST

static bool holds(const json_t *object, const char *member, const char *value)
{
	const json_t *list = json_object_get(object, member);

	for (size_t i = 0; i < json_array_size(list); i++)
		if (strcmp(json_string_value(json_array_get(list, i)), value) == 0)
			return true;
	return false;
}

START_TEST(metadata)
{
	FIXTURE f = fixture_make();
	struct span text;
	JSON *doc = NULL;

	ck_assert_int_eq(metadata_write(f.config, f.arena, &text), 0);
	ck_assert_int_eq(json_read_object(text, &doc), 0);
	ROW_SPAN("issuer", json_get_span(doc, "issuer"), SPAN("https://id.example.cn"));
	ROW_SPAN("token endpoint", json_get_span(doc, "token_endpoint"), SPAN("https://id.example.cn/token"));
	/* Discovery 3: the members that are REQUIRED, and those of which absence would say something else */
	static const char *const required[] = { "authorization_endpoint", "jwks_uri", "response_types_supported",
	    "subject_types_supported",
						"id_token_signing_alg_values_supported", "scopes_supported", "claims_supported",
						"request_uri_parameter_supported", "code_challenge_methods_supported",
						    "end_session_endpoint",
						"authorization_response_iss_parameter_supported", "backchannel_logout_supported",
						"backchannel_logout_session_supported" };
	for (size_t i = 0; i < ARRAY_LEN(required); i++)
		ROW_TRUE(required[i], json_object_get(doc, required[i]) != NULL);
	ck_assert(holds(doc, "id_token_signing_alg_values_supported", "EdDSA"));
	ck_assert(!holds(doc, "id_token_signing_alg_values_supported", "PS256")); /* not configured */
	ck_assert(!holds(doc, "introspection_endpoint_auth_methods_supported", "none"));
	ck_assert(!holds(doc, "scopes_supported", "idno"));
	for (size_t i = 0; claims_at(i); i++)
		ROW_TRUE(claims_at(i), holds(doc, "claims_supported", claims_at(i)));
	ck_assert(metadata_is_url(f.config, SPAN("https://id.example.cn/token"), METADATA_TOKEN));
	ck_assert(!metadata_is_url(f.config, SPAN("https://id.example.cn/tokens"), METADATA_TOKEN));
}
END_TEST

int main(void)
{
	return suite_run("oauth/rules", (struct suite_test[]){ SUITE_LOOP(consent, ARRAY_LEN(consents)),
	    SUITE_ONCE(consent_grows_and_starts_over),
							       SUITE_LOOP(introspection, ARRAY_LEN(asks)),
							       SUITE_ONCE(introspection_answer),
							       SUITE_LOOP(revocation, ARRAY_LEN(revokes)), SUITE_LOOP(logout,
							       ARRAY_LEN(logouts)),
							       SUITE_ONCE(logout_hints), SUITE_ONCE(metadata), SUITE_END });
}
