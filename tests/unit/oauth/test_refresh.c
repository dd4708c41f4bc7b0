/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/oauth/refresh.h"
#include "tests/unit/oauth/fixture.h"

enum change { AS_IS, REVOKED, UNREDEEMED, KEEP };

static const struct {
	const char *name, *client;
	enum change change;
	uint32_t live, presented;
	int64_t after; /* ms since the live one became live */
	int want;
	uint32_t n;
	bool changed, revoke;
} rows[] = {
	{ "the live one moves on", "web", AS_IS, 5, 5, MS_HOUR, 0, 6, true, false },
	{ "the one before, within the grace: the same answer again", "web", AS_IS, 5, 4, 9 * MS_SECOND, 0, 5, false, false },
	{ "the one before, past the grace, is reuse (RFC 9700 4.14.2)", "web", AS_IS, 5, 4, 10 * MS_SECOND, ERR_INVALID_GRANT, 0,
	  false, true },
	{ "an older one is reuse even within the grace", "web", AS_IS, 5, 3, MS_SECOND, ERR_INVALID_GRANT, 0, false, true },
	{ "the very first one", "web", AS_IS, 1, 1, MS_SECOND, 0, 2, true, false },
	{ "number 0 was never given", "web", AS_IS, 5, 0, MS_SECOND, ERR_INVALID_GRANT, 0, false, true },
	{ "one from a future that a restore lost", "web", AS_IS, 5, 6, MS_SECOND, ERR_INVALID_GRANT, 0, false, false },
	{ "another client's token kills nothing", "jwt", AS_IS, 5, 3, MS_SECOND, ERR_INVALID_GRANT, 0, false, false },
	{ "a revoked family", "web", REVOKED, 5, 5, MS_SECOND, ERR_INVALID_GRANT, 0, false, false },
	{ "a family whose code was never redeemed", "web", UNREDEEMED, 5, 5, MS_SECOND, ERR_INVALID_GRANT, 0, false, false },
	{ "idle for too long", "web", AS_IS, 5, 5, 7 * MS_DAY, ERR_INVALID_GRANT, 0, false, false },
	{ "just in time", "web", AS_IS, 5, 5, 7 * MS_DAY - 1, 0, 6, true, false },
	{ "the policy to keep gives the same one (FAPI 2.0 5.3.2.1-9)", "web", KEEP, 5, 5, MS_HOUR, 0, 5, false, false },
	{ "… and writes only when a part of the idle time has passed", "web", KEEP, 5, 5, MS_DAY, 0, 5, true, false },
	{ "… and knows reuse from the time before it kept", "web", KEEP, 5, 3, MS_HOUR, ERR_INVALID_GRANT, 0, false, true },
};

START_TEST(decides)
{
	FIXTURE f = fixture_make();
	struct family family = fixture_family(&f);
	struct config_client client = fixture_client(&f, rows[_i].client);
	struct instant now = instant_add(NOW, rows[_i].after);
	struct refresh_decision got;

	client.grant_types |= 1u << CONFIG_GRANT_REFRESH_TOKEN;
	client.rotation = rows[_i].change == KEEP ? CONFIG_REFRESH_KEEP : CONFIG_REFRESH_ROTATE;
	family.refresh_n = rows[_i].live;
	family.revoked = rows[_i].change == REVOKED;
	if (rows[_i].change == UNREDEEMED)
		family.redeemed_at = (struct instant){ 0 };
	ROW_INT(rows[_i].name, refresh_decide(&family, &client, rows[_i].presented, now, &got), rows[_i].want);
	ROW_INT(rows[_i].name, got.n, rows[_i].n);
	ROW_INT(rows[_i].name, got.changed, rows[_i].changed);
	ROW_INT(rows[_i].name, got.revoke, rows[_i].revoke);
	if (got.changed)
		ROW_INT(rows[_i].name, family.refreshed_at.ms, now.ms);
	ROW_INT(rows[_i].name, family.refresh_n, got.n ? got.n : rows[_i].live);
}
END_TEST

START_TEST(ends)
{
	FIXTURE f = fixture_make();
	struct family family = fixture_family(&f);
	struct config_client client = fixture_client(&f, "web");
	struct refresh_decision got;

	ck_assert_int_eq(refresh_expiry(&family, &client).ms, NOW.ms + 7 * MS_DAY);
	family.refreshed_at = instant_add(NOW, 29 * MS_DAY);
	ck_assert_int_eq(refresh_expiry(&family, &client).ms, NOW.ms + 30 * MS_DAY); /* ASVS 10.4.8: absolute */
	ck_assert_int_eq(refresh_decide(&family, &client, 1, instant_add(NOW, 30 * MS_DAY), &got), ERR_INVALID_GRANT);
	client.grant_types = 1u << CONFIG_GRANT_AUTHORIZATION_CODE;
	ck_assert_int_eq(refresh_decide(&family, &client, 1, NOW, &got), ERR_UNAUTHORIZED_CLIENT);
}
END_TEST

START_TEST(both_ways)
{
	FIXTURE f = fixture_make(), g = fixture_make();
	struct id id = fixture_family(&f).id, back;
	char text[REFRESH_TEXT + 1], again[REFRESH_TEXT + 1];
	uint32_t n;

	ck_assert_int_eq(refresh_print(f.ring, id, 0x01020304, text), 0);
	ck_assert_uint_eq(strlen(text), REFRESH_TEXT);
	ck_assert_int_eq(refresh_print(f.ring, id, 0x01020304, again), 0);
	ck_assert_str_eq(text, again); /* nothing of it is stored, so it can be said again */
	ck_assert(refresh_looks_like(span_of(text)));
	ck_assert_int_eq(refresh_parse(f.ring, span_of(text), &back, &n), 0);
	ck_assert(id_eq(id, back));
	ck_assert_uint_eq(n, 0x01020304);
	ck_assert_int_eq(refresh_parse(g.ring, span_of(text), &back, &n), ERR_INVALID_GRANT);
	for (size_t i = 0; i < REFRESH_TEXT; i++) { /* no character can be changed */
		char kept = text[i];

		text[i] = kept == 'A' ? 'B' : 'A';
		ck_assert_int_eq(refresh_parse(f.ring, span_of(text), &back, &n), ERR_INVALID_GRANT);
		text[i] = kept;
	}
	ck_assert_int_eq(refresh_parse(f.ring, (struct span){ text, REFRESH_TEXT - 1 }, &back, &n), ERR_INVALID_GRANT);
	ck_assert_int_eq(refresh_parse(f.ring, SPAN(""), &back, &n), ERR_INVALID_GRANT);
}
END_TEST

int main(void)
{
	return suite_run("oauth/refresh", (struct suite_test[]){ SUITE_LOOP(decides, ARRAY_LEN(rows)), SUITE_ONCE(ends),
	    SUITE_ONCE(both_ways), SUITE_END });
}
