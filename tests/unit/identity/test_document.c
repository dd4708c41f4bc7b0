/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/error.h"
#include "broker/identity/document.h"
#include "broker/identity/resident.h"
#include "tests/unit/suite.h"

static const struct date today = { 2026, 11, 22 };

/* domain.md 2.1, 2.2, 2.6-2.8 */
static const struct {
	const char *code, *number;
	enum document_problem problem;
	unsigned warnings;
	enum document_sex sex;
	const char *stands_as; /* NULL: as typed */
	bool legacy;
	int min_year;
	const char *country;
} rows[] = {
	{ "111", "11010519491231002X", DOCUMENT_OK, 0, SEX_FEMALE },
	{ "111", "440524188001010014", DOCUMENT_BAD_DATE },
	{ "111", "440524188001010014", DOCUMENT_OK, 0, SEX_MALE, .min_year = 1850 },
	{ "111", "110101197810270029", DOCUMENT_OK, 0, SEX_FEMALE },
	{ "111", "330105197810270025", DOCUMENT_OK, 0, SEX_FEMALE },
	{ "111", "410101199003071234", DOCUMENT_OK, DOCUMENT_WARN_REGION, SEX_MALE },
	{ "111", "120101198512120029", DOCUMENT_OK, 0, SEX_FEMALE },
	{ "111", "330402200002290011", DOCUMENT_OK, 0, SEX_MALE },
	{ "111", "330402197802290015", DOCUMENT_BAD_DATE },
	{ "111", "110101197810270021", DOCUMENT_BAD_CHECKSUM },
	{ "111", "880101197810270029", DOCUMENT_BAD_REGION },
	{ "111", "11010519491231002x", DOCUMENT_OK, 0, SEX_FEMALE, "11010519491231002X" },
	{ "111", "１１０１０５１９４９１２３１００２Ｘ", DOCUMENT_OK, 0, SEX_FEMALE, "11010519491231002X" },
	{ "111", " 110105-19491231 002x\xe2\x80\x8b", DOCUMENT_OK, 0, SEX_FEMALE, "11010519491231002X" },
	{ "111", "", DOCUMENT_BAD_EMPTY },
	{ "111", " \t ", DOCUMENT_BAD_EMPTY },
	{ "111", "1101051949123100", DOCUMENT_BAD_SHAPE },
	{ "111", "X10105194912310021", DOCUMENT_BAD_SHAPE },
	{ "111", "010105194912310021", DOCUMENT_BAD_SHAPE },
	{ "111", "\xff", DOCUMENT_BAD_SHAPE },
	{ "111", "110101204512120027", DOCUMENT_BAD_DATE }, /* not born yet */
	{ "111", "810000199408230021", DOCUMENT_BAD_OTHER_TYPE },
	{ "111", "911398199012310021", DOCUMENT_BAD_OTHER_TYPE },
	{ "111", "110101781027002", DOCUMENT_BAD_WITHDRAWN },
	{ "111", "110101781027002", DOCUMENT_OK, DOCUMENT_WARN_OLD, SEX_FEMALE, "110101197810270029", .legacy = true },
	{ "111", "110101781327002", DOCUMENT_BAD_DATE, .legacy = true },
	{ "516", "H12345678", DOCUMENT_OK },
	{ "516", "h12345678", DOCUMENT_OK, 0, 0, "H12345678" },
	{ "516", "M1234567801", DOCUMENT_OK, DOCUMENT_WARN_RENEWAL },
	{ "516", "A1234567801", DOCUMENT_BAD_SHAPE },
	{ "516", "H123456789", DOCUMENT_BAD_SHAPE },
	{ "511", "12345678", DOCUMENT_OK },
	{ "511", "1234567890", DOCUMENT_OK, DOCUMENT_WARN_RENEWAL },
	{ "511", "123456789", DOCUMENT_BAD_SHAPE },
	{ "551", "810000199408230021", DOCUMENT_OK, 0, SEX_FEMALE },
	{ "551", "820000199408230023", DOCUMENT_OK, 0, SEX_FEMALE },
	{ "551", "820000199408230022", DOCUMENT_BAD_CHECKSUM },
	{ "551", "810000199408230022", DOCUMENT_BAD_CHECKSUM },
	{ "551", "830000199201300022", DOCUMENT_BAD_OTHER_TYPE },
	{ "550", "810000199408230021", DOCUMENT_OK, 0, SEX_FEMALE },
	{ "552", "830000199201300022", DOCUMENT_OK, 0, SEX_FEMALE },
	{ "552", "830100199201300022", DOCUMENT_BAD_REGION },
	{ "553", "KAZ110090123105", DOCUMENT_OK, DOCUMENT_WARN_KEY, SEX_FEMALE },
	{ "553", "kaz110090123105", DOCUMENT_OK, DOCUMENT_WARN_KEY, SEX_FEMALE, "KAZ110090123105" },
	{ "553", "KAZ110090123107", DOCUMENT_BAD_CHECKSUM },
	{ "553", "QQQ110090123105", DOCUMENT_BAD_COUNTRY },
	{ "553", "911398199012310021", DOCUMENT_OK, DOCUMENT_WARN_KEY, SEX_FEMALE },
	{ "553", "911398199012310022", DOCUMENT_BAD_CHECKSUM },
	{ "553", "999398199012310021", DOCUMENT_BAD_REGION },
	{ "553", "911999199012310021", DOCUMENT_BAD_COUNTRY },
	{ "113", "123456789", DOCUMENT_OK },
	{ "113", "AB12", DOCUMENT_OK, DOCUMENT_WARN_UNUSUAL },
	{ "113", "A1", DOCUMENT_BAD_SHAPE },
	{ "114", "军字第1234567号", DOCUMENT_OK },
	{ "114", "南字第1234567", DOCUMENT_OK },
	{ "114", "1234567", DOCUMENT_OK, DOCUMENT_WARN_UNUSUAL },
	{ "114", "军字第1号", DOCUMENT_BAD_SHAPE },
	{ "115", "武字第12345号", DOCUMENT_OK },
	{ "117", "A123456789", DOCUMENT_OK },
	{ "117", "1234567", DOCUMENT_OK, DOCUMENT_WARN_UNUSUAL },
	{ "117", "A1", DOCUMENT_BAD_SHAPE },
	{ "414", "E12345678", DOCUMENT_OK },
	{ "414", "EA1234567", DOCUMENT_OK },
	{ "414", "EI1234567", DOCUMENT_BAD_COUNTRY }, /* I and O are not used after E: a foreign number without country */
	{ "414", "G48947646", DOCUMENT_OK },
	{ "414", "MA1234567", DOCUMENT_OK },
	{ "414", "M1234567", DOCUMENT_BAD_COUNTRY },
	{ "414", "EI1234567", DOCUMENT_BAD_SHAPE, .country = "CHN" },
	{ "414", "AB12345", DOCUMENT_OK, .country = "FRA" },
	{ "414", "AB12345", DOCUMENT_BAD_COUNTRY, .country = "XYZ" },
	{ "414", "AB12", DOCUMENT_BAD_SHAPE, .country = "FRA" },
	{ "411", "DE1234567", DOCUMENT_OK },
	{ "412", "SE1234567", DOCUMENT_OK },
	{ "990", "any thing 1", DOCUMENT_OK, 0, 0, "ANYTHING1" },
	{ "999", "x", DOCUMENT_OK, 0, 0, "X" },
	{ "990", "1234567890123456789012345678901", DOCUMENT_BAD_SHAPE },
	{ "990", "a\x07z", DOCUMENT_BAD_SHAPE },
};

START_TEST(documents)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(16384);
	struct document_context context = { .today = today, .min_year = rows[_i].min_year, .legacy = rows[_i].legacy,
					    .country = span_of(rows[_i].country) };
	const struct document_type *type = document_type_of(span_of(rows[_i].code));
	struct document doc;

	ROW_TRUE(rows[_i].code, type != NULL);
	ROW_INT(rows[_i].number, document_check(type, span_of(rows[_i].number), &context, arena, &doc), 0);
	ROW_INT(rows[_i].number, doc.problem, rows[_i].problem);
	if (doc.problem)
		return;
	ROW_INT(rows[_i].number, doc.warnings, rows[_i].warnings);
	ROW_INT(rows[_i].number, doc.sex, rows[_i].sex);
	ROW_SPAN(rows[_i].number, doc.number, span_of(rows[_i].stands_as ? rows[_i].stands_as : rows[_i].number));
}
END_TEST

static struct document checked(const char *code, const char *number, struct document_context context, struct arena *arena)
{
	struct document doc;

	context.today = today;
	ck_assert_int_eq(document_check(document_type_of(span_of(code)), span_of(number), &context, arena, &doc), 0);
	return doc;
}

START_TEST(what_a_number_tells)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(16384);
	struct document doc = checked("111", "11010519491231002X", (struct document_context){ 0 }, arena);

	ck_assert(doc.birth.year == 1949 && doc.birth.month == 12 && doc.birth.day == 31);
	doc = checked("553", "KAZ110090123105", (struct document_context){ 0 }, arena);
	ck_assert(doc.birth.year == 1990 && doc.birth.month == 12 && doc.birth.day == 31);
	doc = checked("111", "880101197810270029", (struct document_context){ 0 }, arena);
	ck_assert(doc.birth.year == 0);
	doc = checked("111", "110101010101996", (struct document_context){ .legacy = true }, arena);
	ck_assert_msg(doc.problem == DOCUMENT_OK && doc.birth.year == 1801 && (doc.warnings & DOCUMENT_WARN_CENTURY),
		      "sequences 996 to 999 are centenarians");
	doc = checked("111", "810000199408230021", (struct document_context){ 0 }, arena);
	ck_assert_str_eq(doc.belongs_to->code, "551");
	doc = checked("516", "M1234567801", (struct document_context){ 0 }, arena);
	ROW_SPAN("renewals are not compared", doc.key, SPAN("M12345678"));
	doc = checked("511", "1234567890", (struct document_context){ 0 }, arena);
	ROW_SPAN("renewals are not compared", doc.key, SPAN("12345678"));
}
END_TEST

START_TEST(the_sex_chosen_must_agree)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(16384);

	ck_assert_int_eq(checked("111", "11010519491231002X", (struct document_context){ .sex = SEX_FEMALE }, arena).problem,
		DOCUMENT_OK);
	ck_assert_int_eq(checked("111", "11010519491231002X", (struct document_context){ .sex = SEX_MALE }, arena).problem,
		DOCUMENT_BAD_SEX);
	ck_assert_int_eq(checked("111", "11010519491231002X", (struct document_context){ .sex = SEX_UNSTATED }, arena).problem,
		DOCUMENT_OK);
}
END_TEST

START_TEST(check_digits)
{
	char upgraded[18];

	ck_assert_int_eq(resident_mrz_check(SPAN("G48947646")), 4); /* domain.md 2.8 */
	ck_assert_int_eq(resident_mrz_check(SPAN("KAZ11009012310")), 5);
	ck_assert_int_eq(resident_mrz_check(SPAN("L898902C<")), 3); /* ICAO 9303 part 3's specimen */
	ck_assert_int_eq(resident_mrz_check(SPAN("a")), -1);
	ck_assert_int_eq(resident_check("11010519491231002"), 'X');
	ck_assert(resident_upgrade(SPAN("110101781027002"), upgraded));
	ROW_SPAN("15 to 18", ((struct span){ upgraded, 18 }), SPAN("110101197810270029"));
	ck_assert(!resident_upgrade(SPAN("11010178102700X"), upgraded));
	ck_assert(!resident_upgrade(SPAN("1101017810270021"), upgraded));
	ck_assert(resident_is_county(SPAN("441900")) && resident_is_county(SPAN("222401")) && !resident_is_county(SPAN("330100")));
}
END_TEST

START_TEST(types_are_complete)
{
	for (size_t i = 0; document_type_at(i); i++) {
		ck_assert_int_eq(document_type_at(i)->kind, i);
		ck_assert_ptr_eq(document_type_of(span_of(document_type_at(i)->code)), document_type_at(i));
	}
	ck_assert_ptr_null(document_type_of(SPAN("000")));
	ck_assert(document_type_of(SPAN("111"))->is_auto_verifiable && !document_type_of(SPAN("414"))->is_auto_verifiable);
	for (int p = 0; p < DOCUMENT_BAD_COUNT; p++)
		ck_assert_ptr_nonnull(document_problem_name((enum document_problem)p));
}
END_TEST

START_TEST(every_allocation_may_fail)
{
	struct document_context context = { .today = today, .legacy = true };
	int result = FAULT_MEMORY;

	for (unsigned long k = 1; k < 50 && result; k++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new(16384);
		struct document doc;

		arena_fail_at(k);
		result = document_check(document_type_of(SPAN("111")), SPAN("110101781027002"), &context, arena, &doc);
		arena_fail_at(0);
		ck_assert(result == 0 || result == FAULT_MEMORY);
	}
	ck_assert_int_eq(result, 0);
}
END_TEST

START_TEST(days)
{
	struct date date;
	char text[11];

	ck_assert(!date_parse(SPAN("20230229"), &date) && date_parse(SPAN("20240229"), &date));
	ck_assert(!date_parse(SPAN("19000229"), &date) && date_parse(SPAN("20000229"), &date));
	ck_assert(!date_parse(SPAN("20241301"), &date) && !date_parse(SPAN("20240100"), &date) && !date_parse(SPAN("2024010"),
		&date));
	ck_assert(!date_parse(SPAN("00000101"), &date));
	ck_assert_int_eq(date_days((struct date){ 1970, 1, 1 }), 0);
	ck_assert_int_eq(date_days((struct date){ 2000, 3, 1 }), 11017);
	for (int64_t day = -800000; day < 800000; day += 97) {
		date = date_of((struct instant){ day * MS_DAY }, 0);
		ck_assert(date.year < 1 || date_is_valid(date));
		ck_assert_int_eq(date_days(date), day);
	}
	/* 17:00 UTC is the next day in China already */
	date_print(date_of((struct instant){ INT64_C(1704042000000) }, 8 * MS_HOUR), text);
	ck_assert_str_eq(text, "2024-01-01");
	date_print(date_of((struct instant){ INT64_C(1704042000000) }, 0), text);
	ck_assert_str_eq(text, "2023-12-31");
	date_print(date_of((struct instant){ -1 }, 0), text);
	ck_assert_str_eq(text, "1969-12-31");
}
END_TEST

int main(void)
{
	return suite_run("document", (struct suite_test[]){ SUITE_LOOP(documents, ARRAY_LEN(rows)), SUITE_ONCE(what_a_number_tells),
							    SUITE_ONCE(the_sex_chosen_must_agree), SUITE_ONCE(check_digits),
							    SUITE_ONCE(types_are_complete), SUITE_ONCE(every_allocation_may_fail),
							    SUITE_ONCE(days), SUITE_END });
}
