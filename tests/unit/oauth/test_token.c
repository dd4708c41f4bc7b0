/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/json.h"
#include "broker/oauth/refresh.h"
#include "broker/oauth/token.h"
#include "tests/unit/oauth/fixture.h"

static struct token_grant make_grant(const struct fixture *f, const struct config_client *client, const struct family *family)
{
	struct text_list none = { 0 };
	struct token_grant grant = { .config = f->config, .client = client, .family = family, .scopes = family->scopes,
	    .sub = SPAN("S\"1"),
				     .sid = SPAN("sid-1"), .now = NOW, .random = { 1, 2, 3 } };

	ck_assert_int_eq(token_audience(f->config, client, &none, &grant.scopes, f->arena, &grant.audience), 0);
	return grant;
}

static json_t *read_back(const struct buf *buf)
{
	json_t *claims = NULL;

	ck_assert(!buf->failed);
	ck_assert_int_eq(json_read_object(buf_span(buf), &claims), 0);
	return claims;
}

START_TEST(access_claims)
{
	FIXTURE f = fixture_make();
	struct config_client client = fixture_client(&f, "web");
	struct family family = fixture_family(&f);
	struct token_grant grant = make_grant(&f, &client, &family);
	struct buf buf = buf_new(f.arena, 512);
	struct token_access access;
	struct id id;

	token_write_access(&buf, &grant);
	ck_assert(span_starts(buf_span(&buf),
	    SPAN("{\"iss\":\"https://id.example.cn\",\"exp\":1800000600,\"iat\":1800000000,"))); /* what the signer wants */
	JSON *claims = read_back(&buf);
	ROW_SPAN("sub", json_get_span(claims, "sub"), SPAN("S\"1"));
	ROW_SPAN("client_id", json_get_span(claims, "client_id"), SPAN("web"));
	ROW_SPAN("scope", json_get_span(claims, "scope"), SPAN("openid profile org"));
	ROW_SPAN("sid", json_get_span(claims, "sid"), SPAN("sid-1"));
	ROW_SPAN("acr", json_get_span(claims, "acr"), SPAN("2"));
	ck_assert_uint_eq(json_array_size(json_object_get(claims, "amr")), 2);
	ck_assert_uint_eq(json_array_size(json_object_get(claims, "aud")), 3); /* two of the client's and the issuer,
	    for userinfo */
	ck_assert_int_eq(token_jti_family(json_get_span(claims, "jti"), &id), 0);
	ck_assert(id_eq(id, family.id));

	ck_assert_int_eq(token_parse_claims(f.config, buf_span(&buf), f.arena, &access), 0);
	ck_assert(access.is_jwt && id_eq(access.family, family.id));
	ck_assert_int_eq(access.expires_at.ms, token_access_expiry(&grant).ms);
	ROW_SPAN("scope", access.scope, SPAN("openid profile org"));
	ck_assert_uint_eq(access.audience.n, 3);
	ck_assert(scope_has(&access.audience, f.config->issuer));
}
END_TEST

START_TEST(service_claims)
{
	FIXTURE f = fixture_make();
	struct config_client client = fixture_client(&f, "service");
	struct family any = fixture_family(&f);
	struct token_grant grant = make_grant(&f, &client, &any);
	struct buf buf = buf_new(f.arena, 512);
	struct token_access access;

	grant.family = NULL;
	grant.sub = client.id;
	grant.sid = (struct span){ NULL, 0 };
	grant.scopes = fixture_list(&f, "api.read");
	ck_assert_int_eq(token_audience(f.config, &client, &(struct text_list){ 0 }, &grant.scopes, f.arena, &grant.audience), 0);
	token_write_access(&buf, &grant);
	JSON *claims = read_back(&buf);
	ck_assert_ptr_null(json_object_get(claims, "auth_time"));
	ck_assert_ptr_null(json_object_get(claims, "acr"));
	ck_assert_ptr_null(json_object_get(claims, "sid"));
	ROW_SPAN("one audience is a text", json_get_span(claims, "aud"), f.config->issuer);
	ck_assert_int_eq(token_parse_claims(f.config, buf_span(&buf), f.arena, &access), 0);
	ck_assert(!id_is_set(access.family));
}
END_TEST

START_TEST(id_claims)
{
	FIXTURE f = fixture_make();
	struct config_client client = fixture_client(&f, "web");
	struct family family = fixture_family(&f);
	struct token_grant grant = make_grant(&f, &client, &family);
	struct buf buf = buf_new(f.arena, 512);

	token_write_id(&buf, &grant, SPAN("hash"));
	JSON *claims = read_back(&buf);
	ROW_SPAN("aud is the client alone", json_get_span(claims, "aud"), SPAN("web"));
	ROW_SPAN("nonce", json_get_span(claims, "nonce"), SPAN("n-0S6_WzA2Mj"));
	ROW_SPAN("at_hash", json_get_span(claims, "at_hash"), SPAN("hash"));
	ck_assert_ptr_null(json_object_get(claims, "azp"));
	ck_assert_ptr_null(json_object_get(claims, "scope"));

	family.nonce = (struct span){ NULL, 0 };
	buf = buf_new(f.arena, 512);
	token_write_id(&buf, &grant, SPAN(""));
	JSON *plain = read_back(&buf);
	ck_assert_ptr_null(json_object_get(plain, "nonce"));
	ck_assert_ptr_null(json_object_get(plain, "at_hash"));
}
END_TEST

START_TEST(at_hash)
{
	char hash[44];

	/* OpenID Connect Core A.3: the access token and at_hash of its example */
	ck_assert_int_eq(token_at_hash(CONFIG_RS256, SPAN("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"), hash), 0);
	ck_assert_str_eq(hash, "77QmUPtjPfzWtF2AnpK9RQ");
	ck_assert_int_eq(token_at_hash(CONFIG_EDDSA, SPAN("x"), hash), 0);
	ck_assert_uint_eq(strlen(hash), 43);
}
END_TEST

static const struct {
	const char *name;
	struct span payload;
} foreign[] = {
	{ "no object", SPAN("[]") },
	{ "another "
	  "issuer",
		SPAN("{\"iss\":\"https://x\",\"exp\":1,\"iat\":1,\"sub\":\"s\",\"aud\":\"a\",\"client_id\":\"c\","
		     "\"jti\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}") },
	{ "no "
	  "jti", SPAN("{\"iss\":\"https://id.example.cn\",\"exp\":1,\"iat\":1,\"sub\":\"s\",\"aud\":\"a\",\"client_id\":\"c\"}") },
	{ "a jti of another size",
	  SPAN("{\"iss\":\"https://id.example.cn\",\"exp\":1,\"iat\":1,\"sub\":\"s\",\"aud\":\"a\",\"client_id\":\"c\","
	       "\"jti\":\"AAAA\"}") },
	{ "no "
	  "client",
		SPAN("{\"iss\":\"https://id.example.cn\",\"exp\":1,\"iat\":1,\"sub\":\"s\",\"aud\":\"a\","
		     "\"jti\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}") },
	{ "exp is a "
	  "text",
		SPAN("{\"iss\":\"https://id.example.cn\",\"exp\":\"1\",\"iat\":1,\"sub\":\"s\",\"aud\":\"a\","
		     "\"client_id\":\"c\",\"jti\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}") },
	{ "a negative "
	  "exp",
		SPAN("{\"iss\":\"https://id.example.cn\",\"exp\":-1,\"iat\":1,\"sub\":\"s\",\"aud\":\"a\",\"client_id\":\"c\","
		     "\"jti\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}") },
	{ "an exp that overflows",
	  SPAN("{\"iss\":\"https://id.example.cn\",\"exp\":9223372036854775807,\"iat\":1,\"sub\":\"s\",\"aud\":\"a\","
	       "\"client_id\":\"c\",\"jti\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}") },
	{ "no "
	  "audience",
		SPAN("{\"iss\":\"https://id.example.cn\",\"exp\":1,\"iat\":1,\"sub\":\"s\",\"client_id\":\"c\","
		     "\"jti\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}") },
	{ "an audience of numbers",
	  SPAN("{\"iss\":\"https://id.example.cn\",\"exp\":1,\"iat\":1,\"sub\":\"s\",\"aud\":[1],\"client_id\":\"c\","
	       "\"jti\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}") },
};

START_TEST(refuses_foreign_claims)
{
	FIXTURE f = fixture_make();
	struct token_access access;

	ROW_INT(foreign[_i].name, token_parse_claims(f.config, foreign[_i].payload, f.arena, &access), ERR_INVALID_TOKEN);
}
END_TEST

START_TEST(opaque)
{
	FIXTURE f = fixture_make();
	struct config_client client = fixture_client(&f, "web");
	struct family family = fixture_family(&f);
	struct token_grant grant = make_grant(&f, &client, &family);
	char text[TOKEN_OPAQUE + 1], refresh[REFRESH_TEXT + 1], other[TOKEN_OPAQUE + 1];
	struct token_access access, second;

	grant.scopes = fixture_list(&f, "org openid");
	grant.resources = fixture_list(&f, "https://files.example.cn");
	ck_assert_int_eq(token_print_opaque(f.ring, &grant, text), 0);
	ck_assert(token_looks_opaque(span_of(text)));
	ck_assert_int_eq(token_parse_opaque(f.ring, span_of(text), &access), 0);
	ck_assert(id_eq(access.family, family.id) && !access.is_jwt);
	ck_assert_uint_eq(access.scope_mask, 5);
	ck_assert_uint_eq(access.resource_mask, 2); /* the second audience of the client */
	ck_assert_int_eq(access.expires_at.ms, NOW.ms + client.tokens.access_life);
	for (size_t i = 0; i < TOKEN_OPAQUE; i++) {
		char kept = text[i];

		text[i] = kept == 'A' ? 'B' : 'A';
		ck_assert_int_eq(token_parse_opaque(f.ring, span_of(text), &access), ERR_INVALID_TOKEN);
		text[i] = kept;
	}
	/* security.md rule 2: each kind is refused as every other kind */
	ck_assert_int_eq(refresh_print(f.ring, family.id, 1, refresh), 0);
	ck_assert_int_eq(token_parse_opaque(f.ring, span_of(refresh), &access), ERR_INVALID_TOKEN);
	ck_assert(!refresh_looks_like(span_of(text)));

	grant.random[0] ^= 1;
	ck_assert_int_eq(token_print_opaque(f.ring, &grant, other), 0);
	ck_assert_int_eq(token_parse_opaque(f.ring, span_of(text), &access), 0);
	ck_assert_int_eq(token_parse_opaque(f.ring, span_of(other), &second), 0);
	ck_assert(!id_eq(token_mark(&access), token_mark(&second))); /* revoking one leaves the other */
	ck_assert_int_eq(record_expiry(token_mark(&access)).ms, access.expires_at.ms);
}
END_TEST

START_TEST(never_outlives_its_family)
{
	FIXTURE f = fixture_make();
	struct config_client client = fixture_client(&f, "web");
	struct family family = fixture_family(&f);
	struct token_grant grant = make_grant(&f, &client, &family);

	family.id = fixture_id(instant_add(NOW, MS_MINUTE), 1);
	ck_assert_int_eq(token_access_expiry(&grant).ms, NOW.ms + MS_MINUTE);
}
END_TEST

START_TEST(sids)
{
	FIXTURE f = fixture_make();
	struct id session = fixture_session().id;
	char a[TOKEN_SID + 1], b[TOKEN_SID + 1];

	ck_assert_int_eq(token_sid(f.ring, session, SPAN("web"), a), 0);
	ck_assert_int_eq(token_sid(f.ring, session, SPAN("web"), b), 0);
	ck_assert_str_eq(a, b);
	ck_assert_int_eq(token_sid(f.ring, session, SPAN("app"), b), 0);
	ck_assert_str_ne(a, b); /* two clients cannot compare */
}
END_TEST

/* ---- liveness */

enum change {
	ALL_WELL, NO_CLIENT, MARKED, OVER, FAMILY_GONE, FAMILY_REVOKED, FAMILY_OVER, FAMILY_OF_OTHER, SESSION_GONE, SESSION_OVER,
	    SESSION_IDLE,
	SESSION_OF_OTHER, SESSION_CALLED_BACK, ACCOUNT_GONE, ACCOUNT_IS_DISABLED, ACCOUNT_IS_CLOSED, ACCOUNT_IN_REVIEW, CALLED_BACK,
	OFFLINE_WITHOUT_SESSION, OFFLINE_DISABLED, OFFLINE_WITHDRAWN, OFFLINE_OTHER_CONSENT, SERVICE,
	    SERVICE_OVER, STAFF_IDLE, STAFF_IN_TIME,
};

static const struct {
	const char *name;
	enum change change;
	bool want;
} lives[] = {
	{ "all is well", ALL_WELL, true },
	{ "the client is gone or disabled", NO_CLIENT, false },
	{ "the token was revoked by itself", MARKED, false },
	{ "the token is over", OVER, false },
	{ "the family is gone", FAMILY_GONE, false },
	{ "the family was revoked", FAMILY_REVOKED, false },
	{ "the family is over", FAMILY_OVER, false },
	{ "the family is another client's", FAMILY_OF_OTHER, false },
	{ "the session was ended", SESSION_GONE, false },
	{ "the session is over", SESSION_OVER, false },
	{ "the session was idle for too long", SESSION_IDLE, false },
	{ "staff were idle for longer than staff may", STAFF_IDLE, false },
	{ "staff were idle for less", STAFF_IN_TIME, true },
	{ "the session is another account's", SESSION_OF_OTHER, false },
	{ "the session began before the account's not-before", SESSION_CALLED_BACK, false },
	{ "the account is gone", ACCOUNT_GONE, false },
	{ "the account was disabled", ACCOUNT_IS_DISABLED, false },
	{ "the account was closed", ACCOUNT_IS_CLOSED, false },
	{ "the account waits for review: the gate's question", ACCOUNT_IN_REVIEW, true },
	{ "everything of the account was called back", CALLED_BACK, false },
	{ "offline access outlives the session", OFFLINE_WITHOUT_SESSION, true },
	{ "but not the account", OFFLINE_DISABLED, false },
	{ "nor the consent", OFFLINE_WITHDRAWN, false },
	{ "a consent withdrawn earlier and given again", OFFLINE_OTHER_CONSENT, true },
	{ "a service's token has no family", SERVICE, true },
	{ "and at its end", SERVICE_OVER, false },
};

START_TEST(liveness)
{
	FIXTURE f = fixture_make();
	const char *name = lives[_i].name;
	struct config_client client = fixture_client(&f, "web");
	struct family family = fixture_family(&f);
	struct session session = fixture_session();
	struct account account = fixture_account();
	struct consent consent = { .granted_at = NOW };
	struct token_state s = { .client = &client, .family = &family, .needs_family = true, .session = &session,
	    .account = &account,
				 .expires_at = instant_add(NOW, MS_MINUTE) };
	struct instant later = instant_add(NOW, 1);

	switch (lives[_i].change) {
	case ALL_WELL: break;
	case NO_CLIENT: s.client = NULL; break;
	case MARKED: s.marked = true; break;
	case OVER: s.expires_at = NOW; break;
	case FAMILY_GONE: s.family = NULL; break;
	case FAMILY_REVOKED: family.revoked = true; break;
	case FAMILY_OVER: family.id = fixture_id(NOW, 1); break;
	case FAMILY_OF_OTHER: family.client_id = SPAN("app"); break;
	case SESSION_GONE: s.session = NULL; break;
	case SESSION_OVER: session.id = family.session = fixture_id(NOW, 2); break;
	case SESSION_IDLE: session.last_seen_at = instant_add(NOW, -f.config->session.idle); break;
	case STAFF_IDLE: account.namespace_ = NAMESPACE_STAFF; session.last_seen_at = instant_add(NOW, -f.config->session.staff_idle); break;
	case STAFF_IN_TIME: account.namespace_ = NAMESPACE_STAFF; session.last_seen_at = instant_add(NOW, 1 - f.config->session.staff_idle); break;
	case SESSION_OF_OTHER: session.account = fixture_id(NOW, 7); break;
	case SESSION_CALLED_BACK: account.not_before = instant_add(NOW, -MS_SECOND); break;
	case ACCOUNT_GONE: s.account = NULL; break;
	case ACCOUNT_IS_DISABLED: account.status = ACCOUNT_DISABLED; break;
	case ACCOUNT_IS_CLOSED: account.status = ACCOUNT_CLOSED; break;
	case ACCOUNT_IN_REVIEW: account.status = ACCOUNT_PENDING_REVIEW; break;
	case CALLED_BACK: account.not_before = later; break;
	case OFFLINE_WITHOUT_SESSION: family.offline = true; s.session = NULL; break;
	case OFFLINE_DISABLED: family.offline = true; account.status = ACCOUNT_DISABLED; break;
	case OFFLINE_WITHDRAWN: family.offline = true; consent.not_before = later; s.consent = &consent; break;
	case OFFLINE_OTHER_CONSENT: family.offline = true; consent.not_before = instant_add(NOW, -1); s.consent = &consent; break;
	case SERVICE: s.family = NULL; s.needs_family = false; break;
	case SERVICE_OVER: s.family = NULL; s.needs_family = false; s.expires_at = NOW; break;
	}
	ROW_INT(name, token_is_live(&s, f.config, NOW), lives[_i].want);
}
END_TEST

int main(void)
{
	return suite_run("oauth/token", (struct suite_test[]){ SUITE_ONCE(access_claims), SUITE_ONCE(service_claims),
	    SUITE_ONCE(id_claims),
							       SUITE_ONCE(at_hash), SUITE_LOOP(refuses_foreign_claims,
							       ARRAY_LEN(foreign)),
							       SUITE_ONCE(opaque), SUITE_ONCE(never_outlives_its_family),
							       SUITE_ONCE(sids),
							       SUITE_LOOP(liveness, ARRAY_LEN(lives)), SUITE_END });
}
