/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/error.h"
#include "broker/base/json.h"
#include "tests/unit/suite.h"

static const struct {
	const char *name;
	struct span text;
	int want;
} rows[] = {
	{ "an object", SPAN("{\"a\":1}"), 0 },
	{ "a duplicate key", SPAN("{\"a\":1,\"a\":2}"), ERR_MALFORMED },
	{ "a duplicate key in disguise", SPAN("{\"alg\":1,\"\\u0061lg\":2}"), ERR_MALFORMED },
	{ "a NUL in a string", SPAN("{\"a\":\"\\u0000\"}"), ERR_MALFORMED },
	{ "a zero byte after a number", { "{\"a\":9\0}", 8 }, ERR_MALFORMED },
	{ "a zero byte at the end", { "{}\0", 3 }, ERR_MALFORMED },
	{ "trailing data", SPAN("{} x"), ERR_MALFORMED },
	{ "nothing", SPAN(""), ERR_MALFORMED },
	{ "not an object", SPAN("[1]"), ERR_MALFORMED },
	{ "seventeen levels", SPAN("{\"a\":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]}"), ERR_MALFORMED },
	{ "brackets inside a string are no levels", SPAN("{\"a\":\"[[[[[[[[[[[[[[[[[[[[[\\\"[[\"}"), 0 },
};

START_TEST(reads)
{
	JSON *value = NULL;

	ROW_INT(rows[_i].name, json_read_object(rows[_i].text, &value), rows[_i].want);
}
END_TEST

START_TEST(writes)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(4096);
	struct buf buf = buf_new(arena, 0);
	struct json_writer w = json_writer(&buf);

	json_open(&w, '{');
	json_member_str(&w, "s", SPAN("a\"\\\n</script>科"));
	json_member_str(&w, "left out", SPAN(""));
	json_key(&w, "list");
	json_open(&w, '[');
	json_int(&w, -1);
	json_bool(&w, true);
	json_open(&w, '{');
	json_close(&w, '}');
	json_close(&w, ']');
	json_member_int(&w, "n", INT64_MAX);
	json_close(&w, '}');
	ROW_SPAN("written", buf_span(&buf), SPAN("{\"s\":\"a\\\"\\\\\\u000a\\u003c/script>科\",\"list\":[-1,true,{}],\"n\":9223372036854775807}"));
	JSON *back = NULL;
	ck_assert_int_eq(json_read_object(buf_span(&buf), &back), 0);
	ROW_SPAN("read back", json_get_span(back, "s"), SPAN("a\"\\\n</script>科"));
}
END_TEST

START_TEST(lists_lines)
{
	JSON *list = json_list_of_lines(SPAN("  one \r\n\n\ttwo words\n")), *want = json_pack("[s,s]", "one", "two words");
	JSON *none = json_list_of_lines((struct span){ NULL, 0 });

	ck_assert(json_equal(list, want));
	ck_assert(json_is_array(none) && !json_array_size(none));
}
END_TEST

int main(void)
{
	return suite_run("json", (struct suite_test[]){ SUITE_LOOP(reads, ARRAY_LEN(rows)), SUITE_ONCE(writes), SUITE_ONCE(lists_lines), SUITE_END });
}
