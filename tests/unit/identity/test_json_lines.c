/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/buf.h"
#include "broker/base/error.h"
#include "broker/identity/json_lines.h"
#include "tests/unit/suite.h"

static const struct csv_record columns = { .n = 3, .field = { { "a", 1 }, { "b", 1 }, { "c", 1 } } };

/* Fields joined by '|', records by ';', a broken line as its problem and number: as in test_csv.c. */
static struct span read_all(struct json_lines *lines, struct arena *arena)
{
	struct csv_record *record = arena_new_of(arena, struct csv_record);
	struct buf buf = buf_new(arena, 256);
	struct span out = { NULL, 0 };
	int result;

	while ((result = json_lines_next(lines, record)) == 0) {
		if (buf.n)
			buf_char(&buf, ';');
		if (record->problem)
			buf_printf(&buf, "!%s@%d", csv_problem_name(record->problem), (int)record->line);
		for (size_t i = 0; !record->problem && i < record->n; i++) {
			if (i)
				buf_char(&buf, '|');
			buf_add(&buf, record->field[i]);
		}
	}
	ck_assert_int_eq(result, ERR_ABSENT);
	ck_assert_int_eq(buf_done(&buf, &out), 0);
	return out;
}

static const struct {
	const char *name, *text, *want;
} rows[] = {
	{ "members go where their columns stand", "{\"b\":\"2\",\"a\":\"1\"}\n{\"c\":\"3\"}\n", "1|2|;||3" },
	{ "no line end at the end", "{\"a\":\"1\"}", "1||" },
	{ "CR LF, blank lines", "{\"a\":\"1\"}\r\n\r\n\n{\"a\":\"2\"}\r\n", "1||;2||" },
	{ "a byte order mark", "\xef\xbb\xbf{\"a\":\"1\"}\n", "1||" },
	{ "a whole number is text, null is nothing", "{\"a\":4711,\"b\":null,\"c\":-5}\n", "4711||-5" },
	{ "escapes", "{\"a\":\"\\u5f20\\n\\\"\"}\n", "张\n\"||" },
	{ "an empty object", "{}\n", "||" },
	{ "true, reals, lists and objects are no values", "{\"a\":true}\n{\"a\":1.5}\n{\"a\":[]}\n{\"a\":{}}\n{\"a\":\"1\"}\n", "!value@1;!value@2;!value@3;!value@4;1||" },
	{ "a member that no column is named like", "{\"d\":\"1\"}\n{\"a\":\"1\"}\n", "!column@1;1||" },
	{ "a member twice", "{\"a\":\"1\",\"a\":\"2\"}\n", "!json@1" },
	{ "no object, half an object, two objects", "[]\n{\"a\":\n{}{}\n1\n", "!json@1;!json@2;!json@3;!json@4" },
	{ "a NUL", "{\"a\":\"\\u0000\"}\n", "!json@1" },
	{ "not UTF-8", "{\"a\":\"\xd5\xc5\"}\n{\"a\":\"1\"}\n", "!utf8@1;1||" },
	{ "an empty file", "", "" },
	{ "a file of blank lines", "\n \n", "" },
};

START_TEST(records)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);

	ROW_SPAN(rows[_i].name, read_all(json_lines_open_span(span_of(rows[_i].text), &columns, arena), arena), span_of(rows[_i].want));
	if (!*rows[_i].text)
		return;
	FILE *file = fmemopen((char *)(uintptr_t)rows[_i].text, strlen(rows[_i].text), "r");
	ROW_SPAN(rows[_i].name, read_all(json_lines_open_file(file, &columns, arena), arena), span_of(rows[_i].want));
	fclose(file);
}
END_TEST

START_TEST(sizes_are_bounded)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(4 << 20);
	char *text = arena_alloc(arena, 2 * CSV_RECORD_MAX);

	for (size_t size = CSV_FIELD_MAX; size <= CSV_FIELD_MAX + 1; size++) {
		size_t n = (size_t)snprintf(text, 2 * CSV_RECORD_MAX, "{\"a\":\"%0*d\"}\n", (int)size, 0);
		struct span out = read_all(json_lines_open_span((struct span){ text, n }, &columns, arena), arena);

		ck_assert_int_eq(span_is(out, "!field_long@1"), size > CSV_FIELD_MAX);
	}
	size_t n = (size_t)snprintf(text, 2 * CSV_RECORD_MAX, "%*d\n{\"a\":\"1\"}\n", CSV_RECORD_MAX + 1, 0);
	ROW_SPAN("a line too long", read_all(json_lines_open_span((struct span){ text, n }, &columns, arena), arena), SPAN("!record_long@1;1||"));
}
END_TEST

START_TEST(reading_goes_on_where_a_record_said)
{
	char text[] = "{\"a\":\"1\"}\n\n{\"a\":\"2\"}\n{\"a\":\"3\"}\n";
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
	FILE *file = fmemopen(text, sizeof text - 1, "r");
	struct json_lines *lines = json_lines_open_file(file, &columns, arena), *again = json_lines_open_file(file, &columns, arena);
	struct csv_record *record = arena_new_of(arena, struct csv_record);

	ck_assert_int_eq(json_lines_next(lines, record), 0);
	ck_assert_int_eq(json_lines_next(lines, record), 0);
	ROW_SPAN("as it stands in the file", record->raw, SPAN("{\"a\":\"2\"}"));
	ck_assert(record->line == 3 && record->next_line == 4);
	ck_assert_int_eq(json_lines_seek(again, record->offset, record->next_line), 0);
	ck_assert_int_eq(json_lines_next(again, record), 0);
	ck_assert(span_is(record->field[0], "3") && record->line == 4);
	fclose(file);
}
END_TEST

/* GB 18030-2022: one, two and four bytes. */
static const struct {
	const char *name, *text, *want;
} texts[] = {
	{ "ASCII stays", "abc", "abc" },
	{ "nothing", "", "" },
	{ "GB 2312", "\xd5\xc5\xc8\xfd", "张三" },
	{ "GBK", "\xe9\x46", "镕" },
	{ "four bytes", "\x95\x32\x82\x36", "𠀀" },
	{ "a backslash as half a character", "\x81\x5c", "乗" },
	{ "half a character", "\xd5", NULL },
	{ "a lead byte before a comma", "\xd5,", NULL },
	{ "a byte that begins nothing", "\xff", NULL },
};

START_TEST(gb18030)
{
	CLEANUP(text_code_cleanup) struct text_code *code = NULL;
	struct span text = { NULL, 0 };
	char room[64];

	ck_assert_int_eq(text_code_open(SPAN("GBK"), &code), 0);
	ROW_INT("what is broken leaves nothing behind", text_code_read(code, SPAN("\xd5"), room, sizeof room, &text), ERR_INVALID);
	ROW_INT(texts[_i].name, text_code_read(code, span_of(texts[_i].text), room, sizeof room, &text), texts[_i].want ? 0 : ERR_INVALID);
	if (texts[_i].want)
		ROW_SPAN(texts[_i].name, text, span_of(texts[_i].want));
	ROW_INT("no room", text_code_read(code, SPAN("\xd5\xc5"), room, 2, &text), ERR_TOO_LARGE);
	ROW_INT("a NUL", text_code_read(code, (struct span){ "a\0b", 3 }, room, sizeof room, &text), ERR_INVALID);
}
END_TEST

START_TEST(no_other_character_set)
{
	struct text_code *code = NULL;

	ck_assert_int_eq(text_code_open(SPAN("big5"), &code), ERR_INVALID);
	ck_assert_int_eq(text_code_open(SPAN(""), &code), ERR_INVALID);
}
END_TEST

/* Commas, quotes and line ends are never part of a character: fields are cut first. */
START_TEST(csv_of_another_character_set)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
	CLEANUP(text_code_cleanup) struct text_code *code = NULL;
	struct csv *csv = csv_open_span(SPAN("a,\"\xd5\xc5\"\"\x81\x5c\",\xe9\x46\r\nb,\xd5,\xff\n\xd5\xc5\n"), arena);
	struct csv_record *record = arena_new_of(arena, struct csv_record);

	ck_assert_int_eq(text_code_open(SPAN("gb18030"), &code), 0);
	csv_set_code(csv, code);
	ck_assert_int_eq(csv_next(csv, record), 0);
	ck_assert_int_eq(record->problem, CSV_OK);
	ROW_SPAN("ASCII", record->field[0], SPAN("a"));
	ROW_SPAN("within quotes", record->field[1], SPAN("张\"乗"));
	ROW_SPAN("two bytes", record->field[2], SPAN("镕"));
	ROW_SPAN("as it stands in the file", record->raw, SPAN("a,\"\xd5\xc5\"\"\x81\x5c\",\xe9\x46"));
	ck_assert_int_eq(csv_next(csv, record), 0);
	ck_assert_int_eq(record->problem, CSV_BAD_UTF8);
	ck_assert_int_eq(csv_next(csv, record), 0);
	ROW_SPAN("the next line is not broken", record->field[0], SPAN("张"));
}
END_TEST

int main(void)
{
	return suite_run("json_lines", (struct suite_test[]){ SUITE_LOOP(records, ARRAY_LEN(rows)), SUITE_ONCE(sizes_are_bounded),
							      SUITE_ONCE(reading_goes_on_where_a_record_said), SUITE_LOOP(gb18030, ARRAY_LEN(texts)),
							      SUITE_ONCE(no_other_character_set), SUITE_ONCE(csv_of_another_character_set), SUITE_END });
}
