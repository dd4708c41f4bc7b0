/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/error.h"
#include "broker/identity/uscc.h"
#include "tests/unit/suite.h"

/* domain.md 2.4 */
static const struct {
	const char *code;
	enum uscc_problem problem;
	const char *category;
	enum uscc_unit_type type;
} rows[] = {
	{ "91110108MA01ET88XL", USCC_OK, "91", USCC_UNIT_ENTERPRISE },
	{ "91110000600037341L", USCC_OK, "91", USCC_UNIT_ENTERPRISE },
	{ "91330106MA27Y4U47R", USCC_OK, "91", USCC_UNIT_ENTERPRISE },
	{ "91110000802100433B", USCC_OK, "91", USCC_UNIT_ENTERPRISE },
	{ "91350100M000100Y43", USCC_OK, "91", USCC_UNIT_ENTERPRISE },
	{ "91350100M000100Y4Z", USCC_BAD_CHARSET },
	{ "91350100M000100Y4Y", USCC_BAD_CHECKSUM },
	{ "A1110000MA27Y4U477", USCC_OK, "A1", USCC_UNIT_OTHER },
	{ "91330106MA27Y4U46R", USCC_BAD_ORG_CODE },
	{ "114101000052528649", USCC_OK, "11", USCC_UNIT_INSTITUTION },
	{ "12120000401354678Q", USCC_OK, "12", USCC_UNIT_INSTITUTION },
	{ "51330400MJ1234561M", USCC_OK, "51", USCC_UNIT_SOCIAL },
	{ " ９１110108-ma01et88xl", USCC_OK, "91", USCC_UNIT_ENTERPRISE },
	{ "91110108MA01ET88X", USCC_BAD_SHAPE },
	{ "9111010AMA01ET88XL", USCC_BAD_SHAPE },
	{ "91110108MA01ET88XI", USCC_BAD_CHARSET },
	{ "", USCC_BAD_EMPTY },
};

START_TEST(codes)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(16384);
	struct uscc uscc;

	ROW_INT(rows[_i].code, uscc_check(span_of(rows[_i].code), arena, &uscc), 0);
	ROW_INT(rows[_i].code, uscc.problem, rows[_i].problem);
	if (uscc.problem)
		return;
	ROW_INT(rows[_i].code, uscc.warnings, 0);
	ck_assert_str_eq(uscc.category->pair, rows[_i].category);
	ROW_INT(rows[_i].code, uscc.category->unit_type, rows[_i].type);
	ROW_INT(rows[_i].code, uscc.region.n, 6);
	ROW_TRUE(rows[_i].code, uscc_is_org_code(uscc.org_code));
}
END_TEST

START_TEST(one_wrong_character_is_always_seen)
{
	static const char charset[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
	char code[] = "91110108MA01ET88XL";

	for (size_t at = 0; at < 18; at++)
		for (size_t c = 0; c < sizeof charset - 1; c++) {
			CLEANUP(arena_cleanup) struct arena *arena = arena_new(4096);
			char kept = code[at];
			struct uscc uscc;

			code[at] = charset[c];
			ck_assert_int_eq(uscc_check(span_of(code), arena, &uscc), 0);
			ck_assert_msg((uscc.problem == USCC_OK) == (charset[c] == kept), "%s", code);
			code[at] = kept;
		}
}
END_TEST

START_TEST(org_codes)
{
	static const char *const good[] = { "D2143569-X", "D2143569X", "75490956-0", "754909560", "MA01ET88-X" };
	static const char *const bad[] = { "D2143569-0", "d2143569X", "75490956-1", "7549095-60", "7549095", "", "75490956--" };

	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		ROW_TRUE(good[i], uscc_is_org_code(span_of(good[i])));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		ROW_TRUE(bad[i], !uscc_is_org_code(span_of(bad[i])));
}
END_TEST

START_TEST(what_is_unknown_warns)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(4096);
	struct uscc uscc;

	/* 18 (no such category), 99 (no such province), with right checks: both made by the weights of GB 32100 */
	ck_assert_int_eq(uscc_check(SPAN("18110108MA01ET88X7"), arena, &uscc), 0);
	ck_assert_int_eq(uscc.problem, USCC_OK);
	ck_assert_int_eq(uscc.warnings, USCC_WARN_CATEGORY);
	ck_assert_ptr_null(uscc.category);
	ck_assert_int_eq(uscc_check(SPAN("91990108MA01ET88XB"), arena, &uscc), 0);
	ck_assert_int_eq(uscc.problem, USCC_OK);
	ck_assert_int_eq(uscc.warnings, USCC_WARN_REGION);
	for (size_t i = 0; uscc_category_at(i); i++)
		for (size_t j = 0; j < i; j++)
			ck_assert_str_ne(uscc_category_at(i)->pair, uscc_category_at(j)->pair);
}
END_TEST

int main(void)
{
	return suite_run("uscc", (struct suite_test[]){ SUITE_LOOP(codes, ARRAY_LEN(rows)),
	       SUITE_ONCE(one_wrong_character_is_always_seen),
							SUITE_ONCE(org_codes), SUITE_ONCE(what_is_unknown_warns), SUITE_END });
}
