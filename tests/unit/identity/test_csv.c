/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/buf.h"
#include "broker/base/error.h"
#include "broker/identity/legacy_row.h"
#include "tests/unit/suite.h"

static const struct date today = { 2026, 11, 22 };

/* Fields joined by '|', records by ';', a broken record as its problem and line. */
static struct span read_all(struct csv *csv, struct arena *arena)
{
	struct csv_record *record = arena_new_of(arena, struct csv_record);
	struct buf buf = buf_new(arena, 256);
	struct span out = { NULL, 0 };
	int result;

	while ((result = csv_next(csv, record)) == 0) {
		if (buf.n)
			buf_char(&buf, ';');
		if (record->problem) {
			buf_printf(&buf, "!%s@%d", csv_problem_name(record->problem), (int)record->line);
			continue;
		}
		for (size_t i = 0; i < record->n; i++) {
			if (i)
				buf_char(&buf, '|');
			buf_add(&buf, record->field[i]);
		}
	}
	ck_assert_int_eq(result, ERR_ABSENT);
	ck_assert_int_eq(csv_next(csv, record), ERR_ABSENT);
	ck_assert_int_eq(buf_done(&buf, &out), 0);
	return out;
}

static const struct {
	const char *name, *text, *want;
} rows[] = {
	{ "LF", "a,b\nc,d\n", "a|b;c|d" },
	{ "CR LF", "a,b\r\nc,d\r\n", "a|b;c|d" },
	{ "no line end at the end", "a,b\nc,d", "a|b;c|d" },
	{ "empty fields", ",a,\n,,\n", "|a|;||" },
	{ "an empty field at the end of the file", "a,", "a|" },
	{ "a byte order mark is skipped", "\xef\xbb\xbf" "a,b\n", "a|b" },
	{ "a byte order mark before a quote", "\xef\xbb\xbf\"a\",b\n", "a|b" },
	{ "half a byte order mark is broken text", "\xef\xbb" "a,b\nc\n", "!utf8@1;c" },
	{ "quotes, doubled quotes, commas and line breaks within", "\"a,\"\"b\"\"\",\"c\r\nd\"\n", "a,\"b\"|c\r\nd" },
	{ "an empty quoted field", "\"\",a\n", "|a" },
	{ "blank lines are skipped", "\n\r\na\n\n\nb\n", "a;b" },
	{ "a quote within plain text is broken, the next line is not", "a\"b,c\nd,e\n", "!quote@1;d|e" },
	{ "text after a closing quote is broken", "\"a\"b,c\nd\n", "!quote@1;d" },
	{ "an open quote at the end is broken", "a,\"b", "!quote@1" },
	{ "lines are counted through quotes", "\"a\n\n\",b\nx\"y\n", "a\n\n|b;!quote@4" },
	{ "a lone CR is text", "a\rb,c\n", "a\rb|c" },
	{ "white space is kept", " a , b \n", " a | b " },
	{ "Chinese", "张三,\"李，四\"\n", "张三|李，四" },
	{ "not UTF-8 (GBK) is broken, the next line is not", "\xd5\xc5\xc8\xfd,x\na\n", "!utf8@1;a" },
	{ "an empty file", "", "" },
	{ "a file of blank lines", "\n\n", "" },
};

START_TEST(records)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
	struct csv *csv = csv_open_span(span_of(rows[_i].text), arena);

	ROW_SPAN(rows[_i].name, read_all(csv, arena), span_of(rows[_i].want));
	/* the same from a file */
	if (!*rows[_i].text)
		return;
	FILE *file = fmemopen((char *)(uintptr_t)rows[_i].text, strlen(rows[_i].text), "r");
	csv = csv_open_file(file, arena);
	ROW_SPAN(rows[_i].name, read_all(csv, arena), span_of(rows[_i].want));
	fclose(file);
}
END_TEST

START_TEST(sizes_are_bounded)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(2 << 20);
	char *text = arena_alloc(arena, 3 * CSV_RECORD_MAX);
	size_t n = 0;

	memset(text, 'x', CSV_FIELD_MAX + 1);
	n = CSV_FIELD_MAX + 1;
	n += (size_t)sprintf(text + n, "\nok\n");
	ROW_SPAN("a field too long", read_all(csv_open_span((struct span){ text, n }, arena), arena), SPAN("!field_long@1;ok"));

	for (n = 0; n < CSV_FIELDS_MAX; n++)
		text[n] = ',';
	n += (size_t)sprintf(text + n, "\nok\n");
	ROW_SPAN("too many fields", read_all(csv_open_span((struct span){ text, n }, arena), arena), SPAN("!fields@1;ok"));

	for (n = 0; n < 2 * CSV_RECORD_MAX; n++)
		text[n] = n % 8000 == 7999 ? ',' : 'x';
	n += (size_t)sprintf(text + n, "\nok\n");
	ROW_SPAN("a record too long", read_all(csv_open_span((struct span){ text, n }, arena), arena), SPAN("!record_long@1;ok"));
}
END_TEST

START_TEST(offsets_say_where_to_go_on)
{
	static const char text[] = "\xef\xbb\xbf" "a,b\r\n\"c\n\",d\ne\n";
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
	struct csv *csv = csv_open_span(SPAN("\xef\xbb\xbf" "a,b\r\n\"c\n\",d\ne\n"), arena);
	struct csv_record *record = arena_new_of(arena, struct csv_record);

	ck_assert_int_eq(csv_next(csv, record), 0);
	ck_assert(record->line == 1 && record->offset == 8);
	ck_assert_int_eq(csv_next(csv, record), 0);
	ck_assert(record->line == 2 && strcmp(text + record->offset, "e\n") == 0);
	ck_assert_int_eq(csv_next(csv, record), 0);
	ck_assert(record->line == 4 && record->offset == sizeof text - 1);
}
END_TEST

#define HEADER "kind,legacy_id,login_name,phone,email,uscc,id_type,id_number,scheme,digest,salt,phone_confirmed_at,name\n"
#define U "91110108MA01ET88XL"
#define MD5 "md5,10b8e822d03fb4fd946188e852a4c3e2,"

static const struct {
	const char *name, *line, *reason;
	const char *key, *id_number, *email;
	unsigned long dropped;
	int64_t confirmed_at;
} legacy_rows[] = {
	{ "an enterprise", "enterprise,1," U ",,,９１110108ma01et88xl,,," MD5 ",,某公司", NULL, U },
	{ "an enterprise whose login name is the credit code", "enterprise,1," U ",,,,,," MD5 ",,", NULL, U },
	{ "a person", "individual,1,,+86 187-1111-1111,A@B.cn,,,," MD5 ",,张三", NULL, "18711111111", NULL, "A@b.cn" },
	{ "a person whose login name is the phone", "individual,1,18711111111,,,,,," MD5 ",,", NULL, "18711111111" },
	{ "without password", "individual,1,,18711111111,,,,,,,,,", NULL, "18711111111" },
	{ "an old ID number stands as a new one", "individual,1,,18711111111,,,111,110101781027002,,,,,", NULL, "18711111111",
	  "110101197810270029" },
	{ "a passport", "individual,1,,18711111111,,,414,ab12345,,,,,", NULL, "18711111111", "AB12345" },
	{ "a bad ID number is dropped with its type", "individual,1,,18711111111,,,111,110101197810270021,,,,,", NULL,
	  "18711111111", NULL, NULL,
	  1UL << LEGACY_ROW_id_type | 1UL << LEGACY_ROW_id_number },
	{ "an ID number of no type is dropped", "individual,1,,18711111111,,,,110101197810270029,,,,,", NULL, "18711111111", NULL,
	  NULL,
	  1UL << LEGACY_ROW_id_type | 1UL << LEGACY_ROW_id_number },
	{ "a bad e-mail is dropped", "individual,1,,18711111111,nobody,,,,,,,,", NULL, "18711111111", NULL, NULL,
	  1UL << LEGACY_ROW_email },
	{ "what would not be shown as written is dropped", "individual,1,,18711111111,,,,,,,,,\"a\x1b[31mb\"", NULL, "18711111111", NULL, NULL,
	  .dropped = 1UL << LEGACY_ROW_name },
	{ "an enterprise's bad phone is dropped", "enterprise,1,,12,," U ",,,,,,,", NULL, U, NULL, NULL, 1UL << LEGACY_ROW_phone },
	{ "a person's bad credit code is dropped", "individual,1,,18711111111,,X,,,,,,,", NULL, "18711111111", NULL, NULL,
	  1UL << LEGACY_ROW_uscc },
	{ "a day is midnight in China", "individual,1,,18711111111,,,,,,,,2024-01-01,", NULL, "18711111111",
	  .confirmed_at = INT64_C(1704038400000) },
	{ "a time of China", "individual,1,,18711111111,,,,,,,,2024-01-01 08:00:00,", NULL, "18711111111",
	  .confirmed_at = INT64_C(1704067200000) },
	{ "a time of Greenwich", "individual,1,,18711111111,,,,,,,,2024-01-01T00:00:00Z,", NULL, "18711111111",
	  .confirmed_at = INT64_C(1704067200000) },
	{ "a time with its zone", "individual,1,,18711111111,,,,,,,,2024-01-01T05:30+05:30,", NULL, "18711111111",
	  .confirmed_at = INT64_C(1704067200000) },
	{ "a time in the future is dropped", "individual,1,,18711111111,,,,,,,,2027-01-01,", NULL, "18711111111",
	  .dropped = 1UL << LEGACY_ROW_phone_confirmed_at },
	{ "no time at all is dropped", "individual,1,,18711111111,,,,,,,,2024-13-01,", NULL, "18711111111",
	  .dropped = 1UL << LEGACY_ROW_phone_confirmed_at },
	{ "an unknown kind", "company,1,,18711111111,,,,,,,,,", "kind" },
	{ "no legacy id", "individual,,,18711111111,,,,,,,,,", "legacy_id" },
	{ "an enterprise without credit code", "enterprise,1,keji,,,,,,,,,,", "uscc" },
	{ "an enterprise with a bad credit code", "enterprise,1," U ",,,91110108MA01ET88XM,,,,,,,", "uscc" },
	{ "a person without phone", "individual,1,zhangsan,,,,,,,,,,", "phone" },
	{ "a digest without scheme", "individual,1,,18711111111,,,,,,10b8e822d03fb4fd946188e852a4c3e2,,,", "scheme" },
	{ "an unknown scheme", "individual,1,,18711111111,,,,,md6,x,,,", "scheme" },
	{ "a scheme that costs too much", "individual,1,,18711111111,,,,,\"iter(9999999, md5(p))\",x,,,", "scheme" },
	{ "a digest that its format cannot read", "individual,1,,18711111111,,,,,django,x,,,", "digest" },
	{ "too few columns", "individual,1", "columns" },
	{ "too many columns", "individual,1,,18711111111,,,,,,,,,,", "columns" },
	{ "a broken record", "individual,1,\"x\"y,18711111111,,,,,,,,,", "quote" },
};

static int read_row(struct span text, struct span default_scheme, struct arena *arena, struct legacy_row *ret)
{
	struct csv *csv = csv_open_span(text, arena);
	struct csv_record *record = arena_new_of(arena, struct csv_record);
	struct legacy_row_header header;
	struct span column;

	if (!csv || !record)
		return FAULT_MEMORY;
	TRY(csv_next(csv, record));
	TRY(legacy_row_header(record, &header, &column));
	header.default_scheme = default_scheme;
	TRY(csv_next(csv, record));
	return legacy_row_read(&header, record, today, arena, ret);
}

START_TEST(legacy)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
	struct legacy_row row = { 0 };
	char text[1024];

	snprintf(text, sizeof text, HEADER "%s\n", legacy_rows[_i].line);
	ROW_INT(legacy_rows[_i].name, read_row(span_of(text), SPAN(""), arena, &row), 0);
	if (legacy_rows[_i].reason) {
		ROW_TRUE(legacy_rows[_i].name, row.reason != NULL);
		ck_assert_str_eq(row.reason, legacy_rows[_i].reason);
		return;
	}
	ck_assert_msg(!row.reason, "%s: refused for %s", legacy_rows[_i].name, row.reason);
	ROW_SPAN(legacy_rows[_i].name, row.key, span_of(legacy_rows[_i].key));
	ROW_SPAN(legacy_rows[_i].name, row.id_number, span_of(legacy_rows[_i].id_number));
	ROW_SPAN(legacy_rows[_i].name, row.email, span_of(legacy_rows[_i].email));
	ROW_INT(legacy_rows[_i].name, row.dropped, legacy_rows[_i].dropped);
	ROW_INT(legacy_rows[_i].name, row.phone_confirmed_at.ms, legacy_rows[_i].confirmed_at);
}
END_TEST

START_TEST(headers)
{
	static const struct {
		const char *text;
		const char *culprit; /* NULL: fine */
	} headers_rows[] = {
		{ "kind,legacy_id\nx,y\n", NULL },
		{ " Legacy_ID ,KIND,salt\nx,y,z\n", NULL },
		{ "kind,legacy_id,colour\n", "colour" },
		{ "kind,legacy_id,kind\n", "kind" },
		{ "kind,phone\n", "legacy_id" },
		{ "legacy_id\n", "kind" },
	};

	for (size_t i = 0; i < ARRAY_LEN(headers_rows); i++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
		struct csv *csv = csv_open_span(span_of(headers_rows[i].text), arena);
		struct csv_record *record = arena_new_of(arena, struct csv_record);
		struct legacy_row_header header;
		struct span culprit = { NULL, 0 };

		ck_assert_int_eq(csv_next(csv, record), 0);
		ROW_INT(headers_rows[i].text, legacy_row_header(record, &header, &culprit), headers_rows[i].culprit ? ERR_INVALID
			: 0);
		ROW_SPAN(headers_rows[i].text, culprit, span_of(headers_rows[i].culprit));
	}
}
END_TEST

START_TEST(a_source_may_have_a_default_scheme)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
	struct legacy_row row = { 0 };

	ck_assert_int_eq(read_row(SPAN(HEADER "individual,1,,18711111111,,,,,,10b8e822d03fb4fd946188e852a4c3e2, s ,,\n"),
		SPAN("md5"), arena, &row), 0);
	ck_assert_ptr_null(row.reason);
	ROW_SPAN("scheme", row.scheme, SPAN("md5"));
	ROW_SPAN("a salt keeps its spaces", row.salt, SPAN(" s "));
}
END_TEST

START_TEST(every_allocation_may_fail)
{
	int result = FAULT_MEMORY;

	for (unsigned long k = 1; k < 200 && result; k++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
		struct legacy_row row = { 0 };

		arena_fail_at(k);
		result = read_row(SPAN(HEADER "individual,1,,18711111111,a@b.cn," U ",111,110101781027002," MD5 ",2024-01-01,\n"),
			SPAN(""), arena, &row);
		arena_fail_at(0);
		ck_assert(result == 0 || result == FAULT_MEMORY);
		ck_assert(result || !row.reason);
	}
	ck_assert_int_eq(result, 0);
}
END_TEST

int main(void)
{
	return suite_run("csv", (struct suite_test[]){ SUITE_LOOP(records, ARRAY_LEN(rows)), SUITE_ONCE(sizes_are_bounded),
						       SUITE_ONCE(offsets_say_where_to_go_on), SUITE_LOOP(legacy,
						  ARRAY_LEN(legacy_rows)),
						       SUITE_ONCE(headers), SUITE_ONCE(a_source_may_have_a_default_scheme),
						       SUITE_ONCE(every_allocation_may_fail), SUITE_END });
}
