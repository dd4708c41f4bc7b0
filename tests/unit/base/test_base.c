/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/arena.h"
#include "broker/base/buf.h"
#include "broker/base/error.h"
#include "broker/base/sys.h"
#include "tests/unit/suite.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

START_TEST(spans)
{
	struct span rest = SPAN("a,b,,c");

	ROW_SPAN("first piece", span_cut(&rest, ','), SPAN("a"));
	ROW_SPAN("second piece", span_cut(&rest, ','), SPAN("b"));
	ROW_SPAN("an empty piece is a piece", span_cut(&rest, ','), SPAN(""));
	ROW_SPAN("last piece", span_cut(&rest, ','), SPAN("c"));
	ROW_TRUE("nothing is left", rest.p == NULL);
	ROW_TRUE("case is folded for ASCII", span_eq_nocase(SPAN("Bearer"), SPAN("bEARER")));
	ROW_TRUE("but only letters", !span_eq_nocase(SPAN("@"), SPAN("`")));
	ROW_SPAN("blanks go at both ends", span_trim(SPAN(" \t x y \r\n")), SPAN("x y"));
}
END_TEST

static const struct {
	const char *name;
	struct span in;
	bool ok;
	uint64_t want;
} numbers[] = {
	{ "zero", SPAN("0"), true, 0 },
	{ "the largest", SPAN("18446744073709551615"), true, UINT64_MAX },
	{ "one more overflows", SPAN("18446744073709551616"), false, 0 },
	{ "no sign", SPAN("+1"), false, 0 },
	{ "no blanks", SPAN(" 1"), false, 0 },
	{ "not empty", SPAN(""), false, 0 },
};

START_TEST(number)
{
	uint64_t got = 0;

	ROW_INT(numbers[_i].name, span_to_u64(numbers[_i].in, &got), numbers[_i].ok);
	ROW_INT(numbers[_i].name, got, numbers[_i].want);
}
END_TEST

START_TEST(arena_caps_and_wipes)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(64 * 1024);
	unsigned char *p = arena_alloc(arena, 20000);

	memset(p, 7, 20000);
	ck_assert_ptr_null(arena_alloc(arena, 64 * 1024));
	ck_assert_ptr_null(arena_alloc_array(arena, SIZE_MAX / 2, 3));
	ck_assert_ptr_nonnull(arena_alloc(arena, 1000));
	arena_reset(arena);
	ck_assert_uint_eq(arena_used(arena), 0);
	p = arena_alloc(arena, 8000);
	for (int i = 0; i < 8000; i++)
		ck_assert_int_eq(p[i], 0);
	arena_fail_at(2);
	ck_assert_ptr_nonnull(arena_alloc(arena, 1));
	ck_assert_ptr_null(arena_alloc(arena, 1));
	ck_assert_ptr_nonnull(arena_alloc(arena, 1));
}
END_TEST

START_TEST(buf_failure_is_sticky)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1024);
	struct buf buf = buf_new(arena, 1);
	struct span text;

	for (int i = 0; i < 10; i++)
		buf_printf(&buf, "%d,", i);
	buf_i64(&buf, INT64_MIN);
	ck_assert_int_eq(buf_done(&buf, &text), 0);
	ROW_SPAN("text and smallest number", text, SPAN("0,1,2,3,4,5,6,7,8,9,-9223372036854775808"));
	for (int i = 0; i < 100; i++)
		buf_str(&buf, "0123456789");
	ck_assert_int_eq(buf_done(&buf, &text), FAULT_MEMORY);
}
END_TEST

START_TEST(errors_have_rows)
{
	for (int e = 1; e < ERR_COUNT; e++)
		ck_assert_ptr_eq(error_row(e), error_at((size_t)e - 1));
	ck_assert_str_eq(error_row(ERR_INVALID_GRANT)->oauth, "invalid_grant");
	ck_assert_str_eq(error_row(FAULT_STORE)->code, "store");
	ck_assert_str_eq(error_row(-5)->code, "bug");
	ck_assert_str_eq(error_row(0)->code, "bug");
	ck_assert(FAULT_BUG < 0 && FAULT_MEMORY < 0 && ERR_CONFIG > 0);
}
END_TEST

START_TEST(ids_grow_with_time)
{
	struct instant now = sys_now();
	struct id a = sys_new_id(now), b = sys_new_id(instant_add(now, 1));

	ck_assert(memcmp(a.b, b.b, 16) < 0);
	ck_assert(!id_eq(a, sys_new_id(now)));
	ck_assert_int_eq(a.b[6] >> 4, 7);
	ck_assert_int_eq(a.b[8] >> 6, 2);
	ck_assert(id_is_set(a) && !id_is_set((struct id){ { 0 } }));
}
END_TEST

START_TEST(files_are_replaced_whole)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(4096);
	char dir[] = "/tmp/yimen-test-XXXXXX", deep[64], path[80];
	struct span text;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(deep, sizeof deep, "%s/a/b", dir);
	snprintf(path, sizeof path, "%s/f", deep);
	ck_assert_int_eq(sys_make_dir(deep), 0);
	ck_assert_int_eq(sys_read_file(path, 100, arena, &text), ERR_ABSENT);
	ck_assert_int_eq(sys_write_file(path, 0600, SPAN("one")), 0);
	ck_assert_int_eq(sys_write_file(path, 0600, SPAN("second")), 0);
	ck_assert_int_eq(sys_read_file(path, 100, arena, &text), 0);
	ROW_SPAN("the second text", text, SPAN("second"));
	ck_assert_int_eq(sys_read_file(path, 3, arena, &text), ERR_TOO_LARGE);
}
END_TEST

START_TEST(bytes_go_whole_or_not_at_all)
{
	char text[8] = "";
	int ends[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	ck_assert(sys_send_all(ends[0], "abc", 3) && sys_write_all(ends[0], "de", 2));
	ck_assert(sys_read_all(ends[1], text, 5));
	ck_assert_str_eq(text, "abcde");
	ck_assert(sys_write_all(ends[0], "f", 1));
	close(ends[0]);
	ck_assert(!sys_read_all(ends[1], text, 2));
	ck_assert_int_eq(errno, 0); /* the end, and no error */
	ck_assert(!sys_send_all(ends[1], "g", 1)); /* and no signal */
	ck_assert_int_eq(errno, EPIPE);
	close(ends[1]);
}
END_TEST

static const struct {
	const char *name;
	struct span text;
	bool want;
} visible[] = {
	{ "letters, digits, signs", SPAN("ST-1856339-aA!~"), true },
	{ "nothing", SPAN(""), true },
	{ "a space", SPAN("a b"), false },
	{ "a line break", SPAN("a\n"), false },
	{ "a letter beyond ASCII", SPAN("\xc3\xa9"), false },
	{ "DEL", SPAN("a\x7f"), false },
};

START_TEST(words_are_visible)
{
	ck_assert_msg(span_is_visible(visible[_i].text) == visible[_i].want, "%s", visible[_i].name);
}
END_TEST

int main(void)
{
	return suite_run("base", (struct suite_test[]){ SUITE_ONCE(spans), SUITE_LOOP(number, ARRAY_LEN(numbers)), SUITE_ONCE(arena_caps_and_wipes),
						       SUITE_ONCE(buf_failure_is_sticky), SUITE_ONCE(errors_have_rows), SUITE_ONCE(ids_grow_with_time),
						       SUITE_ONCE(files_are_replaced_whole), SUITE_ONCE(bytes_go_whole_or_not_at_all),
						       SUITE_LOOP(words_are_visible, ARRAY_LEN(visible)), SUITE_END });
}
