/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/totp.h"
#include "tests/unit/suite.h"

#define SECRET SPAN("12345678901234567890")

/* RFC 4226 appendix D (counters 0 to 9), RFC 6238 appendix B (the last six of eight digits) */
static const struct {
	const char *name;
	int64_t step;
	const char *code;
} codes[] = {
	{ "HOTP 0", 0, "755224" }, { "HOTP 1", 1, "287082" }, { "HOTP 2", 2, "359152" }, { "HOTP 3", 3, "969429" }, { "HOTP 4", 4, "338314" },
	{ "HOTP 5", 5, "254676" }, { "HOTP 6", 6, "287922" }, { "HOTP 7", 7, "162583" }, { "HOTP 8", 8, "399871" }, { "HOTP 9", 9, "520489" },
	{ "1970-01-01 00:00:59", 59 / 30, "287082" },
	{ "2005-03-18 01:58:29", INT64_C(1111111109) / 30, "081804" },
	{ "2005-03-18 01:58:31", INT64_C(1111111111) / 30, "050471" },
	{ "2009-02-13 23:31:30", INT64_C(1234567890) / 30, "005924" },
	{ "2033-05-18 03:33:20", INT64_C(2000000000) / 30, "279037" },
	{ "2603-10-11 11:33:20", INT64_C(20000000000) / 30, "353130" },
};

START_TEST(code)
{
	char text[TOTP_DIGITS + 1];

	ck_assert_int_eq(totp_code(SECRET, codes[_i].step, text), 0);
	ROW_SPAN(codes[_i].name, span_of(text), span_of(codes[_i].code));
}
END_TEST

/* Steps 0 to 9 of the table; "now" lies in step 5. */
static const struct {
	const char *name, *code;
	int64_t last;
	int want;
	int64_t step;
} checks[] = {
	{ "the code of this step fits", "254676", -1, 0, 5 },
	{ "the one before fits", "338314", -1, 0, 4 },
	{ "the one after fits: a clock that runs ahead", "287922", -1, 0, 6 },
	{ "two steps ago is too late", "969429", -1, ERR_SECOND_FACTOR, 0 },
	{ "two steps ahead is too early", "162583", -1, ERR_SECOND_FACTOR, 0 },
	{ "a step works once", "254676", 5, ERR_SECOND_FACTOR, 0 },
	{ "after a later step an earlier one is used up too", "338314", 5, ERR_SECOND_FACTOR, 0 },
	{ "the next step works after this one", "287922", 5, 0, 6 },
	{ "five digits", "25467", -1, ERR_SECOND_FACTOR, 0 },
	{ "seven digits", "2546760", -1, ERR_SECOND_FACTOR, 0 },
	{ "nothing", "", -1, ERR_SECOND_FACTOR, 0 },
	{ "letters", "25467x", -1, ERR_SECOND_FACTOR, 0 },
};

START_TEST(check)
{
	int64_t step = 0;

	ROW_INT(checks[_i].name, totp_check(SECRET, span_of(checks[_i].code), (struct instant){ 5 * TOTP_STEP_MS + 17 }, checks[_i].last, &step), checks[_i].want);
	ROW_INT(checks[_i].name, step, checks[_i].step);
}
END_TEST

START_TEST(uri)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(4096);
	struct span text;

	ck_assert_int_eq(totp_uri(SECRET, SPAN("一门"), SPAN("wang li"), arena, &text), 0);
	ROW_SPAN("names are percent-encoded, the secret is base32", text,
		 SPAN("otpauth://totp/%E4%B8%80%E9%97%A8:wang%20li?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=%E4%B8%80%E9%97%A8"));
	arena_fail_at(1);
	ck_assert_int_eq(totp_uri(SECRET, SPAN("a"), SPAN("b"), arena, &text), FAULT_MEMORY);
	arena_fail_at(0);
}
END_TEST

int main(void)
{
	return suite_run("totp", (struct suite_test[]){ SUITE_LOOP(code, ARRAY_LEN(codes)), SUITE_LOOP(check, ARRAY_LEN(checks)), SUITE_ONCE(uri), SUITE_END });
}
