/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/oauth/code.h"
#include "tests/unit/oauth/fixture.h"

/* RFC 7636 appendix B */
#define VERIFIER SPAN("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
#define GOOD { true, SPAN("https://rp.example.cn/cb"), VERIFIER }

enum change { AS_IS, REDEEMED, REVOKED, EXPIRED, NO_CHALLENGE };

static const struct {
	const char *name, *client;
	enum change change;
	struct code_presented presented;
	int want;
	bool revoke;
} rows[] = {
	{ "everything fits", "web", AS_IS, GOOD, 0, false },
	{ "the secret does not fit", "web", AS_IS, { false, SPAN("https://rp.example.cn/cb"), VERIFIER }, ERR_INVALID_GRANT,
	  false },
	{ "another client's code", "post", AS_IS, GOOD, ERR_INVALID_GRANT, false },
	{ "no redirect_uri where there was one (RFC 6749 4.1.3)", "web", AS_IS, { true, SPAN(""), VERIFIER }, ERR_INVALID_GRANT,
	  false },
	{ "another registered redirect_uri", "web", AS_IS, { true, SPAN("https://rp.example.cn/cb?tenant=1"), VERIFIER },
	  ERR_INVALID_GRANT, false },
	{ "no verifier", "web", AS_IS, { true, SPAN("https://rp.example.cn/cb"), SPAN("") }, ERR_INVALID_GRANT, false },
	{ "another verifier", "web", AS_IS, { true, SPAN("https://rp.example.cn/cb"),
	  SPAN("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXK") },
	  ERR_INVALID_GRANT, false },
	{ "the challenge as verifier (plain)", "web", AS_IS,
	  { true, SPAN("https://rp.example.cn/cb"), SPAN("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM") }, ERR_INVALID_GRANT,
	  false },
	{ "a verifier where no challenge was (RFC 9700 2.1.1)", "web", NO_CHALLENGE, GOOD, ERR_INVALID_GRANT, false },
	{ "neither", "web", NO_CHALLENGE, { true, SPAN("https://rp.example.cn/cb"), SPAN("") }, 0, false },
	{ "too late", "web", EXPIRED, GOOD, ERR_INVALID_GRANT, false },
	{ "a revoked grant", "web", REVOKED, GOOD, ERR_INVALID_GRANT, false },
	{ "a second time by the same client kills what the code gave (RFC 6749 4.1.2)", "web", REDEEMED, GOOD, ERR_INVALID_GRANT,
	  true },
	{ "… even without the verifier: it holds the code", "web", REDEEMED, { true, SPAN(""), SPAN("") }, ERR_INVALID_GRANT,
	  true },
	{ "a second time by another client kills nothing", "post", REDEEMED, GOOD, ERR_INVALID_GRANT, false },
	{ "a second time with a guessed secret kills nothing", "web", REDEEMED, { false, SPAN(""), SPAN("") }, ERR_INVALID_GRANT,
	  false },
};

START_TEST(redeems)
{
	FIXTURE f = fixture_make();
	struct family family = fixture_family(&f);
	struct config_client client = fixture_client(&f, rows[_i].client);
	struct instant now = instant_add(NOW, rows[_i].change == EXPIRED ? MS_MINUTE : MS_SECOND);
	bool revoke = !rows[_i].revoke;

	if (rows[_i].change != REDEEMED)
		family.redeemed_at = (struct instant){ 0 };
	if (rows[_i].change == NO_CHALLENGE)
		family.code_challenge = (struct span){ NULL, 0 };
	family.revoked = rows[_i].change == REVOKED;
	ROW_INT(rows[_i].name, code_redeem(&family, &client, &rows[_i].presented, now, &revoke), rows[_i].want);
	ROW_INT(rows[_i].name, revoke, rows[_i].revoke);
}
END_TEST

static const struct {
	const char *name;
	struct span verifier;
	int want;
} verifiers[] = {
	{ "the RFC's own", VERIFIER, 0 },
	{ "42 characters are too few", SPAN("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjX"), ERR_INVALID_GRANT },
	{ "a character that is not unreserved", SPAN("dBjftJeZ4CVP+mB92K27uhbUJU1p1r_wW1gFWFOEjXk"), ERR_INVALID_GRANT },
	{ "129 characters are too many",
	  SPAN("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	       "aaaaaaaaaaaaaaa"),
	  ERR_INVALID_GRANT },
};

START_TEST(verifies)
{
	ROW_INT(verifiers[_i].name, code_check_verifier(SPAN("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
	    verifiers[_i].verifier),
		verifiers[_i].want);
}
END_TEST

START_TEST(issues)
{
	FIXTURE f = fixture_make();
	struct config_client web = fixture_client(&f, "web"), app = fixture_client(&f, "app");
	struct session session = fixture_session();
	struct account account = fixture_account();
	struct interaction interaction = { .redirect_uri = SPAN("https://rp.example.cn/cb"), .nonce = SPAN("n"),
					   .code_challenge = SPAN("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM") };
	struct code_grant grant = { &web, &interaction, &session, &account, fixture_list(&f, "openid offline_access") };
	struct instant end = code_family_expiry(f.config, &web, true, NOW);
	struct family family;
	bool revoke;

	ck_assert_int_eq(end.ms, NOW.ms + web.tokens.code_life + f.config->tokens.offline_life);
	code_issue(&grant, fixture_id(end, 9), SPAN("hash"), NOW, &family);
	ck_assert(family.offline && !family.revoked && !instant_is_set(family.redeemed_at) && family.refresh_n == 0);
	ck_assert(id_eq(family.session, session.id) && id_eq(family.account, account.id) && id_eq(family.identity,
	    account.identity));
	ck_assert_int_eq(family.auth_time.ms, session.auth_time.ms);
	ck_assert_int_eq(family.code_expires_at.ms, NOW.ms + web.tokens.code_life);
	ck_assert_int_eq(code_redeem(&family, &web, &(struct code_presented)GOOD, NOW, &revoke), 0);
	code_mark_redeemed(&family, &web, NOW);
	ck_assert_int_eq(family.refresh_n, 1);
	ck_assert_int_eq(code_redeem(&family, &web, &(struct code_presented)GOOD, NOW, &revoke), ERR_INVALID_GRANT);
	ck_assert(revoke);

	family.refresh_n = 0;
	code_mark_redeemed(&family, &app, NOW); /* not registered for refresh tokens */
	ck_assert_int_eq(family.refresh_n, 0);
	ck_assert_int_eq(code_family_expiry(f.config, &app, false, NOW).ms, NOW.ms + app.tokens.code_life + app.tokens.access_life);
}
END_TEST

int main(void)
{
	return suite_run("oauth/code", (struct suite_test[]){ SUITE_LOOP(redeems, ARRAY_LEN(rows)), SUITE_LOOP(verifies,
	    ARRAY_LEN(verifiers)),
							      SUITE_ONCE(issues), SUITE_END });
}
