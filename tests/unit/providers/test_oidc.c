/* SPDX-License-Identifier: Apache-2.0 */
/* What the OpenID Connect provider asks and what it makes of the answers, in a world that means well; and the registry and the outbox. */
#include "broker/base/encode.h"
#include "broker/base/url.h"
#include "conf/config.h"
#include "tests/unit/providers/upstream.h"

START_TEST(redirect)
{
	UPSTREAM_TEST t;
	struct provider_step step;
	struct url url;

	upstream_begin(&t, &upstream_oidc);
	t.run.login_hint = SPAN("z&s");
	t.run.prompt = SPAN("login");
	ck_assert_int_eq(upstream_start(&t, &step), 0);
	ck_assert_int_eq(step.type, PROVIDER_REDIRECT);
	ck_assert_int_eq(url_parse(step.url, &url), 0);
	ROW_SPAN("host", url.host, SPAN("up.example.cn"));
	ROW_SPAN("path", url.path, SPAN("/authorize"));
	ROW_SPAN("query", upstream_pairs(&t, url.query), SPAN("via=gate\nresponse_type=code\nclient_id=yimen\nredirect_uri=https://id.example.cn/login/up/callback\n"
						     "scope=openid profile\nstate=the-state\nnonce=the-nonce\ncode_challenge=the-challenge\n"
						     "code_challenge_method=S256\nlogin_hint=z&s\nprompt=login\n"));
}
END_TEST

START_TEST(requests)
{
	UPSTREAM_TEST t;
	struct provider_step step;
	struct span header;

	upstream_begin(&t, &upstream_oidc);
	ck_assert_int_eq(upstream_callback(&t, &step), 0);
	ck_assert_uint_eq(t.n_fetches, 4);
	ck_assert_str_eq(t.fetches[0].method, "GET");
	ck_assert_int_gt(t.fetches[0].cache_ms, 0);

	const struct provider_fetch *token = &t.fetches[1];
	ck_assert_str_eq(token->method, "POST");
	ck_assert_int_eq(token->cache_ms, 0);
	ROW_SPAN("content type", token->content_type, SPAN("application/x-www-form-urlencoded"));
	ROW_SPAN("form", upstream_pairs(&t, token->body), SPAN("grant_type=authorization_code\ncode=the-code\nredirect_uri=https://id.example.cn/login/up/callback\n"
						      "code_verifier=the-verifier\n"));
	/* RFC 6749 2.3.1: both halves form-encoded, so that the colon of the secret is none */
	ck_assert(span_starts(token->authorization, SPAN("Basic ")));
	ck_assert_int_eq(encode_base64_decode((struct span){ token->authorization.p + 6, token->authorization.n - 6 }, t.arena, &header), 0);
	ROW_SPAN("basic", header, SPAN("yimen:se%3Acret%2F0123456789abcdef"));

	ck_assert(!t.fetches[2].refresh && t.fetches[2].cache_ms > 0 && !t.fetches[2].authorization.n);
	ROW_SPAN("bearer", t.fetches[3].authorization, SPAN("Bearer the-access-token"));
	ck_assert_int_eq(t.fetches[3].cache_ms, 0);
}
END_TEST

START_TEST(identity)
{
	UPSTREAM_TEST t;
	struct provider_step step;

	upstream_begin(&t, &upstream_oidc);
	ck_assert_int_eq(upstream_callback(&t, &step), 0);
	ck_assert_int_eq(step.type, PROVIDER_IDENTITY);
	ROW_SPAN("issuer", step.identity.issuer, SPAN("https://up.example.cn"));
	ROW_SPAN("subject", step.identity.subject, SPAN("subject-1"));
	ROW_SPAN("name", step.identity.name, SPAN("张三"));
	ROW_SPAN("phone", step.identity.phone, SPAN("13800000000"));
	ROW_SPAN("email", step.identity.email, SPAN("z@example.cn"));
	ck_assert_int_eq(step.identity.auth_time.ms, UPSTREAM_NOW.ms - 5000);
	ck_assert_int_eq(step.identity.acr, 1);
	ck_assert(step.identity.claims.n > 0);
}
END_TEST

START_TEST(two_runs_share_nothing)
{
	UPSTREAM_TEST t;
	struct provider_step step;

	upstream_begin(&t, &upstream_oidc);
	ck_assert_int_eq(upstream_start(&t, &step), 0);
	ck_assert_int_eq(upstream_callback(&t, &step), 0);
	ck_assert_int_eq(step.type, PROVIDER_IDENTITY);
	t.run.nonce = SPAN("the nonce of another run");
	ck_assert_int_eq(upstream_callback(&t, &step), 0);
	ck_assert_int_eq(step.type, PROVIDER_REJECT);
	t.run.nonce = SPAN(""); /* a broker that forgot it does not get by without */
	ck_assert_int_eq(upstream_callback(&t, &step), 0);
	ck_assert_int_eq(step.type, PROVIDER_REJECT);
}
END_TEST

/* ---- the end of sessions, and the test button */

static const struct {
	const char *name, *changes, *typ;
	const char *reason; /* holds this; NULL: it is heeded */
} notices[] = {
	{ "a person and a session", NULL, "logout+jwt", NULL },
	{ "a person alone", "{\"sid\":null}", "logout+jwt", NULL },
	{ "a session alone", "{\"sub\":null}", "logout+jwt", NULL },
	{ "neither", "{\"sub\":null,\"sid\":null}", "logout+jwt", "neither a person nor a session" },
	{ "an older provider's typ", NULL, "JWT", NULL },
	{ "no typ", NULL, NULL, NULL },
	{ "an access token", NULL, "at+jwt", "another type" },
	{ "another issuer", "{\"iss\":\"https://evil.example.cn\"}", "logout+jwt", "iss, aud or times" },
	{ "another audience", "{\"aud\":\"other\"}", "logout+jwt", "iss, aud or times" },
	{ "several audiences, we among them", "{\"aud\":[\"other\",\"yimen\"]}", "logout+jwt", NULL },
	{ "no iat", "{\"iat\":null}", "logout+jwt", "iss, aud or times" },
	{ "from the future", "{\"iat\":1800000600}", "logout+jwt", "iss, aud or times" },
	{ "no exp", "{\"exp\":null}", "logout+jwt", "iss, aud or times" },
	{ "expired", "{\"exp\":1799999000}", "logout+jwt", "iss, aud or times" },
	{ "no jti", "{\"jti\":null}", "logout+jwt", "jti" },
	{ "an empty jti", "{\"jti\":\"\"}", "logout+jwt", "jti" },
	{ "a jti that is a number", "{\"jti\":1}", "logout+jwt", "jti" },
	{ "a nonce: an ID token is no logout token", "{\"nonce\":\"the-nonce\"}", "logout+jwt", "nonce" },
	{ "a nonce that is null to us and there all the same", "{\"nonce\":\"\"}", "logout+jwt", "nonce" },
	{ "no events", "{\"events\":null}", "logout+jwt", "events" },
	{ "another event", "{\"events\":{\"http://schemas.openid.net/event/other\":{}}}", "logout+jwt", "events" },
	{ "an event that is no object", "{\"events\":{\"http://schemas.openid.net/event/backchannel-logout\":true}}", "logout+jwt", "events" },
	{ "events as a list", "{\"events\":[\"http://schemas.openid.net/event/backchannel-logout\"]}", "logout+jwt", "events" },
};

static int notify(struct upstream_test *t, struct span token, struct provider_step *step)
{
	const struct provider_pair pair = { SPAN("logout_token"), token };

	return upstream_ask(t, (struct provider_event){ .type = PROVIDER_NOTIFIED, .params = &pair, .n_params = 1 }, step);
}

START_TEST(notice)
{
	const char *name = notices[_i].name, *reason = notices[_i].reason;
	UPSTREAM_TEST t;
	struct provider_step step;

	upstream_begin(&t, &upstream_oidc);
	ck_assert_int_eq(notify(&t, upstream_oidc_logout_token(&t, notices[_i].changes, notices[_i].typ), &step), 0);
	ROW_INT(name, step.type, reason ? PROVIDER_REJECT : PROVIDER_ENDED);
	ck_assert_msg(!reason || strstr(step.reason, reason), "%s: %s", name, step.reason);
	if (reason)
		return;
	ROW_SPAN(name, step.identity.issuer, SPAN("https://up.example.cn"));
	ROW_SPAN(name, step.identity.token_id, SPAN("notice-1"));
	ROW_INT(name, step.identity.token_expires.ms, UPSTREAM_NOW.ms + 120000);
	ROW_INT(name, step.identity.subject.n > 0 || step.identity.sid.n > 0, true);
}
END_TEST

START_TEST(notice_signatures)
{
	UPSTREAM_TEST t;
	struct provider_step step;

	upstream_begin(&t, &upstream_oidc);
	struct span token = upstream_oidc_logout_token(&t, NULL, "logout+jwt");
	char *changed = arena_cstr(t.arena, token);
	changed[token.n - 5] = changed[token.n - 5] == 'A' ? 'B' : 'A';
	const struct span wrong[] = { span_of(changed), (struct span){ token.p, (size_t)((const char *)memrchr(token.p, '.', token.n) - token.p) + 1 }, SPAN("a.b.c"), SPAN("") };
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		ck_assert_int_eq(notify(&t, wrong[i], &step), 0);
		ROW_INT(wrong[i].p, step.type, PROVIDER_REJECT);
	}
	ck_assert_int_eq(notify(&t, token, &step), 0);
	ck_assert_int_eq(step.type, PROVIDER_ENDED);
	ROW_SPAN("person", step.identity.subject, SPAN("subject-1"));
	ROW_SPAN("session", step.identity.sid, SPAN("session-1"));
}
END_TEST

/* For every k the k-th allocation fails: nobody's session ends by mistake. */
START_TEST(notice_memory)
{
	for (unsigned long k = 1; k < 60; k++) {
		UPSTREAM_TEST t;
		struct provider_step step = { 0 };

		upstream_begin(&t, &upstream_oidc);
		struct span token = upstream_oidc_logout_token(&t, NULL, "logout+jwt");
		arena_fail_at(k);
		int result = notify(&t, token, &step);
		arena_fail_at(0);
		ck_assert(result == FAULT_MEMORY || (result == 0 && step.type == PROVIDER_REJECT) ||
			  (result == 0 && step.type == PROVIDER_ENDED && step.identity.issuer.n && step.identity.subject.n && step.identity.sid.n && step.identity.token_id.n));
	}
}
END_TEST

START_TEST(logout)
{
	UPSTREAM_TEST t;
	struct provider_step step;
	const struct provider_event whose = { .type = PROVIDER_LOGOUT, .subject = SPAN("subject-1"), .sid = SPAN("session-1"), .id_token = SPAN("a.b.c") };
	struct url url;

	upstream_begin(&t, &upstream_oidc);
	t.run.return_uri = SPAN("https://id.example.cn/logout/up");
	ck_assert_int_eq(upstream_ask(&t, whose, &step), 0);
	ck_assert_int_eq(step.type, PROVIDER_DONE); /* it knows no end of sessions */
	upstream_oidc_change(&t, "{\"end_session_endpoint\":\"https://up.example.cn/end?x=1\"}", NULL, 0);
	ck_assert_int_eq(upstream_ask(&t, whose, &step), 0);
	ck_assert_int_eq(step.type, PROVIDER_REDIRECT);
	ck_assert_int_eq(url_parse(step.url, &url), 0);
	ROW_SPAN("query", upstream_pairs(&t, url.query), SPAN("x=1\nid_token_hint=a.b.c\nclient_id=yimen\npost_logout_redirect_uri=https://id.example.cn/logout/up\nstate=the-state\n"));
	t.run.return_uri = SPAN("");
	ck_assert_int_eq(upstream_ask(&t, (struct provider_event){ .type = PROVIDER_LOGOUT, .subject = SPAN("subject-1") }, &step), 0);
	ck_assert_int_eq(url_parse(step.url, &url), 0);
	ROW_SPAN("query without an ID token", upstream_pairs(&t, url.query), SPAN("x=1\nlogout_hint=subject-1\nclient_id=yimen\n"));
	upstream_oidc_change(&t, "{\"end_session_endpoint\":\"javascript:alert(1)\"}", NULL, 0);
	ck_assert_int_eq(upstream_ask(&t, whose, &step), 0);
	ck_assert_int_eq(step.type, PROVIDER_REJECT);
}
END_TEST

static const struct {
	const char *name, *discovery, *token;
	int status;
	const char *reason;
} buttons[] = {
	{ "all right", NULL, "{\"error\":\"invalid_grant\"}", 400, NULL },
	{ "a wrong secret", NULL, "{\"error\":\"invalid_client\"}", 401, "client_secret is another" },
	{ "a wrong secret, without words", NULL, "{\"x\":1}", 401, "client_secret is another" },
	{ "another issuer", "{\"issuer\":\"https://evil.example.cn\"}", NULL, 200, "another issuer" },
	{ "a token for nothing", NULL, "{\"id_token\":\"x\"}", 200, "gave no error" },
	{ "no token endpoint there", NULL, "{\"x\":1}", 404, "404" },
};

START_TEST(button)
{
	UPSTREAM_TEST t;
	struct provider_step step;

	upstream_begin(&t, &upstream_oidc);
	upstream_oidc_change(&t, buttons[_i].discovery, buttons[_i].token, buttons[_i].status);
	ck_assert_int_eq(upstream_test_event(&t, &step), 0);
	ROW_INT(buttons[_i].name, step.type, buttons[_i].reason ? PROVIDER_REJECT : PROVIDER_DONE);
	ck_assert_msg(!buttons[_i].reason || strstr(step.reason, buttons[_i].reason), "%s: %s", buttons[_i].name, step.reason);
}
END_TEST

START_TEST(session_of_a_login)
{
	UPSTREAM_TEST t;
	struct provider_step step;

	upstream_begin(&t, &upstream_oidc);
	ck_assert_int_eq(upstream_callback(&t, &step), 0);
	ck_assert(step.identity.id_token.n > 0 && !step.identity.sid.n);
}
END_TEST

/* Every row of the registry has what a page, the reference and the broker need. */
START_TEST(registry)
{
	for (int which = 0; which < CONFIG_REGISTRIES; which++)
		for (size_t i = 0; registry_all[which].variants[i]; i++) {
			const struct option_variant *variant = registry_all[which].variants[i];

			ck_assert(variant->name && variant->name[0] && variant->doc && variant->doc[0] && variant->table && variant->size);
			if (which == CONFIG_PROVIDERS)
				ck_assert(provider_of(variant)->on[PROVIDER_CALLBACK] && provider_of(variant)->on[PROVIDER_FETCHED] && provider_of(variant)->memory);
			else
				ck_assert_ptr_nonnull(sms_gateway_of(variant)->deliver);
		}
}
END_TEST

/* ---- the outbox */

static const struct sms_gateway *outbox(void)
{
	for (size_t i = 0; registry_all[CONFIG_SMS_GATEWAYS].variants[i]; i++)
		if (strcmp(registry_all[CONFIG_SMS_GATEWAYS].variants[i]->name, "outbox") == 0)
			return sms_gateway_of(registry_all[CONFIG_SMS_GATEWAYS].variants[i]);
	ck_abort_msg("no outbox");
	return NULL;
}

static const struct {
	const char *name;
	struct sms_message message;
	const char *line;
} messages[] = {
	{ "a code",
	  { .phone = SPAN("13800000000"), .purpose = SPAN("login"), .code = SPAN("012345"), .text = SPAN("【一门】您的验证码是012345"), .key = SPAN("k1"), .now = { 1800000000000 } },
	  "{\"time\":1800000000000,\"phone\":\"13800000000\",\"purpose\":\"login\",\"code\":\"012345\",\"key\":\"k1\",\"text\":\"【一门】您的验证码是012345\"}\n" },
	{ "the answer of a captcha is told apart from a code",
	  { .purpose = SPAN("captcha"), .code = SPAN("ab12"), .now = { 1 }, .is_captcha = true },
	  "{\"time\":1,\"purpose\":\"captcha\",\"captcha\":\"ab12\"}\n" },
	{ "a text that would end the line does not", { .phone = SPAN("1"), .text = SPAN("a\n{\"phone\":\"2\"}\"\\"), .now = { 1 } },
	  "{\"time\":1,\"phone\":\"1\",\"text\":\"a\\u000a{\\\"phone\\\":\\\"2\\\"}\\\"\\\\\"}\n" },
};

START_TEST(outbox_line)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(64 * 1024);
	const struct span file = SPAN("data/outbox.jsonl"); /* the gateway's only option */
	struct sms_delivery delivery;

	ck_assert_int_eq(outbox()->deliver(&file, &messages[_i].message, arena, &delivery), 0);
	ck_assert_int_eq(delivery.type, SMS_APPEND);
	ROW_SPAN(messages[_i].name, delivery.path, file);
	ROW_SPAN(messages[_i].name, delivery.line, span_of(messages[_i].line));
	for (unsigned long k = 1; k < 4; k++) {
		arena_fail_at(k);
		int result = outbox()->deliver(&file, &messages[_i].message, arena, &delivery);
		arena_fail_at(0);
		if (result)
			ROW_INT(messages[_i].name, result, FAULT_MEMORY);
		else
			ROW_SPAN(messages[_i].name, delivery.line, span_of(messages[_i].line));
		if (k == 1)
			ROW_INT(messages[_i].name, result, FAULT_MEMORY);
	}
}
END_TEST

int main(void)
{
	return suite_run("providers/oidc", (struct suite_test[]){ SUITE_ONCE(redirect), SUITE_ONCE(requests), SUITE_ONCE(identity), SUITE_ONCE(two_runs_share_nothing), SUITE_LOOP(notice, ARRAY_LEN(notices)), SUITE_ONCE(notice_signatures), SUITE_ONCE(notice_memory), SUITE_ONCE(logout),
								  SUITE_LOOP(button, ARRAY_LEN(buttons)), SUITE_ONCE(session_of_a_login),
								  SUITE_ONCE(registry), SUITE_LOOP(outbox_line, ARRAY_LEN(messages)), SUITE_END });
}
