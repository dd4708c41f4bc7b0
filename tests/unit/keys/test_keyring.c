/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/error.h"
#include "keys/keyring.h"
#include "tests/unit/suite.h"

#define AT(hours) { (hours) * MS_HOUR }
#define KEY(name, published, from, until, gone)                                                                       \
	{                                                                                                             \
		.kid = name, .alg = ALG_ES256, .published_at = AT(published), .signing_from = AT(from),               \
		.signing_until = AT(until), .published_until = AT(gone)                                               \
	}

/* Hours: a key signs for 100, is published 10 ahead, tokens live 5. */
static const struct keyring_policy policy = {
	.algs = ALG_BIT(ALG_ES256),
	.rotate_after = 100 * MS_HOUR,
	.publish_ahead = 10 * MS_HOUR,
	.token_max_life = 5 * MS_HOUR,
};

static const struct {
	const char *name;
	struct keyring_key keys[3];
	size_t n;
	int now;
	bool force;
	const char *signer; /* "" nobody */
	struct {
		enum keyring_do what;
		size_t index;
		int published_at, from, until, gone;
	} want[3];
	size_t wanted;
} rows[] = {
	{ "no key at all: one that signs at once", { { .alg = ALG_UNKNOWN } }, 0, 1000, false, "",
		{ { KEYRING_GENERATE, 0, 1000, 1000, 0, 0 } }, 1 },
	{ "a young key: nothing to do", { KEY("a", 1000, 1000, 0, 0) }, 1, 1089, false, "a", { { 0 } }, 0 },
	{ "publish_ahead before its time is over: a successor, and the end is known", { KEY("a", 1000, 1000, 0, 0) }, 1, 1090,
		false, "a",
	  { { KEYRING_GENERATE, 0, 1090, 1100, 0, 0 }, { KEYRING_UPDATE, 0, 1000, 1000, 1100, 1105 } }, 2 },
	{ "late: the successor still waits publish_ahead", { KEY("a", 1000, 1000, 0, 0) }, 1, 1300, false, "a",
	  { { KEYRING_GENERATE, 0, 1300, 1310, 0, 0 }, { KEYRING_UPDATE, 0, 1000, 1000, 1310, 1315 } }, 2 },
	{ "forced: published ahead all the same", { KEY("a", 1000, 1000, 0, 0) }, 1, 1020, true, "a",
	  { { KEYRING_GENERATE, 0, 1020, 1030, 0, 0 }, { KEYRING_UPDATE, 0, 1000, 1000, 1030, 1035 } }, 2 },
	{ "forced while a successor waits: nothing more", { KEY("a", 1000, 1000, 1030, 1035), KEY("b", 1020, 1030, 0, 0) }, 2, 1025,
		true, "a", { { 0 } }, 0 },
	{ "the successor was stored, the update was lost", { KEY("a", 1000, 1000, 0, 0), KEY("b", 1090, 1100, 0, 0) }, 2, 1095,
		false, "a",
	  { { KEYRING_UPDATE, 0, 1000, 1000, 1100, 1105 } }, 1 },
	{ "the update was lost and the successor signs", { KEY("a", 1000, 1000, 0, 0), KEY("b", 1090, 1100, 0, 0) }, 2, 1101, false,
		"b",
	  { { KEYRING_UPDATE, 0, 1000, 1000, 1100, 1105 } }, 1 },
	{ "the old key only verifies", { KEY("a", 1000, 1000, 1100, 1105), KEY("b", 1090, 1100, 0, 0) }, 2, 1104, false, "b",
		{ { 0 } }, 0 },
	{ "its last token is dead: dropped", { KEY("a", 1000, 1000, 1100, 1105), KEY("b", 1090, 1100, 0, 0) }, 2, 1105, false, "b",
	  { { KEYRING_DROP, 0, 1000, 1000, 1100, 1105 } }, 1 },
	{ "every key has ended: a new one at once", { KEY("a", 1000, 1000, 1100, 1105) }, 1, 1102, false, "",
		{ { KEYRING_GENERATE, 0, 1102, 1102, 0, 0 } }, 1 },
	{ "the only key is dated ahead by a wrong clock: one that bridges", { KEY("a", 9000, 9010, 0, 0) }, 1, 1000, false, "",
	  { { KEYRING_GENERATE, 0, 1000, 1000, 0, 0 } }, 1 },
	{ "and the bridge ends when that one begins", { KEY("a", 9000, 9010, 0, 0), KEY("b", 1000, 1000, 0, 0) }, 2, 1001, false,
		"b",
	  { { KEYRING_UPDATE, 1, 1000, 1000, 9010, 9015 } }, 1 },
};

START_TEST(plan)
{
	struct keyring_action got[KEYRING_ACTIONS(3)];
	struct instant now = AT(rows[_i].now);
	const struct keyring_key *signer = keyring_signer(rows[_i].keys, rows[_i].n, ALG_ES256, now);
	size_t n = keyring_plan(rows[_i].keys, rows[_i].n, &policy, now, rows[_i].force ? ALG_BIT(ALG_ES256) : 0, got);

	ROW_SPAN(rows[_i].name, span_of(signer ? signer->kid : ""), span_of(rows[_i].signer));
	ROW_INT(rows[_i].name, n, rows[_i].wanted);
	for (size_t i = 0; i < n; i++) {
		ROW_INT(rows[_i].name, got[i].what, rows[_i].want[i].what);
		ROW_INT(rows[_i].name, got[i].index, rows[_i].want[i].index);
		ROW_INT(rows[_i].name, got[i].key.alg, ALG_ES256);
		ROW_INT(rows[_i].name, got[i].key.published_at.ms, rows[_i].want[i].published_at * MS_HOUR);
		ROW_INT(rows[_i].name, got[i].key.signing_from.ms, rows[_i].want[i].from * MS_HOUR);
		ROW_INT(rows[_i].name, got[i].key.signing_until.ms, rows[_i].want[i].until * MS_HOUR);
		ROW_INT(rows[_i].name, got[i].key.published_until.ms, rows[_i].want[i].gone * MS_HOUR);
	}
}
END_TEST

static const struct {
	const char *name;
	int now;
	enum keyring_phase phase;
	bool is_published;
} phases[] = {
	{ "published, waiting", 1090, KEYRING_WAITING, true },
	{ "signing from the first moment", 1100, KEYRING_SIGNING, true },
	{ "signing to the last", 1199, KEYRING_SIGNING, true },
	{ "verifying", 1200, KEYRING_VERIFYING, true },
	{ "verifying to the last", 1204, KEYRING_VERIFYING, true },
	{ "dead", 1205, KEYRING_DEAD, false },
	{ "before it is published", 1089, KEYRING_WAITING, false },
};

START_TEST(phase)
{
	struct keyring_key key = KEY("a", 1090, 1100, 1200, 1205);

	ROW_INT(phases[_i].name, keyring_phase(&key, (struct instant)AT(phases[_i].now)), phases[_i].phase);
	ROW_INT(phases[_i].name, keyring_is_published(&key, (struct instant)AT(phases[_i].now)), phases[_i].is_published);
}
END_TEST

START_TEST(algorithms_do_not_mix)
{
	struct keyring_key keys[] = { KEY("a", 1000, 1000, 0, 0),
		{ .kid = "r", .alg = ALG_RS256, .published_at = AT(1000), .signing_from = AT(1050) } };
	struct keyring_policy both = policy;
	struct keyring_action got[KEYRING_ACTIONS(2)];

	both.algs |= ALG_BIT(ALG_RS256);
	ck_assert_str_eq(keyring_signer(keys, 2, ALG_RS256, (struct instant)AT(1060))->kid, "r");
	ck_assert_str_eq(keyring_signer(keys, 2, ALG_ES256, (struct instant)AT(1060))->kid, "a");
	ck_assert_ptr_null(keyring_signer(keys, 2, ALG_PS256, (struct instant)AT(1060)));
	ck_assert_uint_eq(keyring_plan(keys, 2, &both, (struct instant)AT(1060), 0, got), 0);
	/* RS256 is no longer wanted: it stops now and stays published for its tokens. */
	ck_assert_uint_eq(keyring_plan(keys, 2, &policy, (struct instant)AT(1060), 0, got), 1);
	ck_assert_int_eq(got[0].what, KEYRING_UPDATE);
	ck_assert_int_eq(got[0].key.signing_until.ms, 1060 * MS_HOUR);
	ck_assert_int_eq(got[0].key.published_until.ms, 1065 * MS_HOUR);
}
END_TEST

/* Carry out every plan, hour by hour, with jobs that now and then do not run or carry out half: at every hour somebody signs, who
 * signs has been published for publish_ahead, and every key is published while a token of its may live. */
START_TEST(promises_hold_over_time)
{
	struct keyring_key keys[8];
	struct instant last_signed[8] = { { 0 } };
	struct keyring_action actions[KEYRING_ACTIONS(8)];
	size_t n = 0;

	for (int hour = 1000; hour < 3000; hour++) {
		struct instant now = AT(hour);
		bool half = hour % 13 == 0;

		if (hour == 1000 || hour % 7 != 3) {
			size_t count = keyring_plan(keys, n, &policy, now, hour % 331 == 0 ? ALG_ALL : 0, actions);

			for (size_t i = count; i-- > 0;) /* from the end: drops do not move what comes before */
				if (actions[i].what == KEYRING_DROP) {
					ck_assert_int_le(last_signed[actions[i].index].ms + policy.token_max_life, now.ms);
					memmove(&keys[actions[i].index], &keys[actions[i].index + 1],
						(n - actions[i].index - 1) * sizeof *keys);
					memmove(&last_signed[actions[i].index], &last_signed[actions[i].index + 1],
						(n - actions[i].index - 1) * sizeof *last_signed);
					n--;
				} else if (actions[i].what == KEYRING_UPDATE && !half) {
					keys[actions[i].index] = actions[i].key;
				} else if (actions[i].what == KEYRING_GENERATE) {
					ck_assert_uint_lt(n, ARRAY_LEN(keys));
					keys[n] = actions[i].key;
					last_signed[n++] = (struct instant){ 0 };
				}
		}
		const struct keyring_key *signer = keyring_signer(keys, n, ALG_ES256, now);
		ck_assert_msg(signer, "hour %d: nobody signs", hour);
		if (hour > 1000 + 100)
			ck_assert_int_le(signer->published_at.ms + policy.publish_ahead, now.ms);
		last_signed[signer - keys] = now;
		for (size_t i = 0; i < n; i++)
			if (last_signed[i].ms && last_signed[i].ms + policy.token_max_life > now.ms)
				ck_assert(keyring_is_published(&keys[i], now));
	}
}
END_TEST

START_TEST(policies)
{
	struct keyring_policy p = policy;

	ck_assert_int_eq(keyring_check_policy(&p), 0);
	p.publish_ahead = p.rotate_after;
	ck_assert_int_eq(keyring_check_policy(&p), ERR_CONFIG);
	p = policy;
	p.algs = 0;
	ck_assert_int_eq(keyring_check_policy(&p), ERR_CONFIG);
	p = policy;
	p.token_max_life = 0;
	ck_assert_int_eq(keyring_check_policy(&p), ERR_CONFIG);
}
END_TEST

int main(void)
{
	return suite_run("keys/keyring", (struct suite_test[]){ SUITE_LOOP(plan, ARRAY_LEN(rows)),
	    SUITE_LOOP(phase, ARRAY_LEN(phases)),
							       SUITE_ONCE(algorithms_do_not_mix),
								SUITE_ONCE(promises_hold_over_time),
							       SUITE_ONCE(policies), SUITE_END });
}
