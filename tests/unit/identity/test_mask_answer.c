/* SPDX-License-Identifier: Apache-2.0 */
/* What other systems answered, masked: what is needed to see why stays, whose it was does not. */
#include "broker/identity/mask_answer.h"
#include "tests/unit/suite.h"

static const struct {
	const char *name, *in, *want;
} rows[] = {
	{ "codes and messages stay", "{\"errcode\":40029,\"errmsg\":\"invalid code\"}", "{\"errcode\":40029,\"errmsg\":\"invalid code\"}" },
	{ "tokens go by their name", "{\"access_token\":\"x\",\"refresh_token\":\"\",\"ssotoken\":\"short\"}", "{\"access_token\":\"***\",\"refresh_token\":\"\",\"ssotoken\":\"***\"}" },
	{ "and by their look", "{\"data\":\"eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abc\"}", "{\"data\":\"eyJh************.eyJz************.abc\"}" },
	{ "names of people", "{\"username\":\"张大友\",\"CompanyName\":\"某某公司\"}", "{\"username\":\"*大友\",\"CompanyName\":\"某某公司\"}" },
	{ "document, phone, mail", "{\"idnum\":\"11010519491231002X\",\"mobile\":\"13800138000\",\"mail\":\"zhang@example.cn\"}",
	  "{\"idnum\":\"110************X\",\"mobile\":\"138****8000\",\"mail\":\"z****@example.cn\"}" },
	{ "numbers that are numbers", "{\"phone\":13800138000,\"level\":2}", "{\"phone\":\"138****8000\",\"level\":2}" },
	{ "JSON inside a text", "{\"info\":\"{\\\"userId\\\":\\\"u1\\\",\\\"attnIDNo\\\":\\\"11010519491231002X\\\"}\"}",
	  "{\"info\":{\"userId\":\"u1\",\"attnIDNo\":\"110************X\"}}" },
	{ "callback( … )", "callback( {\"error\":100020,\"error_description\":\"code is reused error\"} );\n", "{\"error\":100020,\"error_description\":\"code is reused error\"}" },
	{ "a form", "access_token=ABCDEF&expires_in=7200", "{\"access_token\":\"***\",\"expires_in\":\"7200\"}" },
	{ "a form that says a name twice is an object all the same", "error=1&error=2", "{\"error\":\"1\"}" },
	{ "a form with bytes that are no text", "error=1&msg=x%80&%80=2", "{\"error\":\"1\",\"msg\":\"…\"}" },
	{ "a number in the place of a name", "{\"13800138000\":1,\"u13800138000\":2,\"row12\":3}", "{\"row12\":3}" },
	{ "… of a form", "13800138000=1&ok=2", "{\"ok\":\"2\"}" },
	{ "a phone behind its country, and behind a word", "{\"msg\":\"to +8613800138000\",\"err\":\"id=13800138000\",\"note\":\"no13800138000x\"}",
	  "{\"msg\":\"to +861*********0\",\"err\":\"id=138****8000\",\"note\":\"no138****8000x\"}" },
	{ "short numbers in a word stay", "{\"err\":\"E-40029-12\"}", "{\"err\":\"E-40029-12\"}" },
	{ "a page", "<html><body>13800138000 \"x\"</body></html>", "\"\\u003chtml>\\u003cbody>138****8000 \\\"x\\\"\\u003c/body>\\u003c/html>\"" },
	{ "bytes that are no text", "\xff\xfe", "\"2 bytes that are no text\"" },
	{ "nothing", "", "\"\"" },
	{ "null", "null", "null" },
};

START_TEST(masks)
{
	struct arena *arena = arena_new(256 * 1024);
	struct span got;

	ROW_INT(rows[_i].name, mask_answer(span_of(rows[_i].in), arena, &got), 0);
	ROW_SPAN(rows[_i].name, got, span_of(rows[_i].want));
	arena_free(arena);
}
END_TEST

START_TEST(is_bounded_and_stays_json)
{
	struct arena *arena = arena_new(4 * 1024 * 1024);
	struct buf in = buf_new(arena, 1 << 16);
	struct span text, got;
	JSON *json = NULL;

	buf_str(&in, "{\"a\":[");
	for (int i = 0; i < 3000; i++)
		buf_printf(&in, "%s{\"k%d\":\"some words of a value\",\"d\":[[[[[[[[[[1]]]]]]]]]]}", i ? "," : "", i);
	buf_str(&in, "]}");
	ck_assert_int_eq(buf_done(&in, &text), 0);
	ck_assert_int_eq(mask_answer(text, arena, &got), 0);
	ck_assert_uint_lt(got.n, 2 * MASK_ANSWER_MAX);
	ck_assert_int_eq(json_read(got, &json), 0);
	arena_free(arena);
}
END_TEST

int main(void)
{
	return suite_run("mask_answer", (struct suite_test[]){ SUITE_LOOP(masks, ARRAY_LEN(rows)), SUITE_ONCE(is_bounded_and_stays_json), SUITE_END });
}
