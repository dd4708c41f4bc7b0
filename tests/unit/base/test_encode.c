/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "tests/unit/suite.h"

static const struct {
	const char *name;
	struct span bytes, url, std;
} base64[] = {
	{ "empty", SPAN(""), SPAN(""), SPAN("") }, /* RFC 4648 10 */
	{ "one byte", SPAN("f"), SPAN("Zg"), SPAN("Zg==") },
	{ "two bytes", SPAN("fo"), SPAN("Zm8"), SPAN("Zm8=") },
	{ "three bytes", SPAN("foo"), SPAN("Zm9v"), SPAN("Zm9v") },
	{ "six bytes", SPAN("foobar"), SPAN("Zm9vYmFy"), SPAN("Zm9vYmFy") },
	{ "the two last letters differ", SPAN("\xfb\xff\xfe"), SPAN("-__-"), SPAN("+//+") },
};

/* RFC 4648 10, without the padding */
static const struct {
	const char *bytes, *text;
} base32[] = { { "", "" }, { "f", "MY" }, { "fo", "MZXQ" }, { "foo", "MZXW6" }, { "foob", "MZXW6YQ" }, { "fooba", "MZXW6YTB" }, { "foobar", "MZXW6YTBOI" } };

START_TEST(base32_written)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(4096);
	struct buf buf = buf_new(arena, 16);

	encode_base32(&buf, span_of(base32[_i].bytes));
	ROW_SPAN(base32[_i].bytes, buf_span(&buf), span_of(base32[_i].text));
}
END_TEST

START_TEST(base64_both_ways)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(4096);
	struct buf url = buf_new(arena, 0), std = buf_new(arena, 0);
	struct span back;

	encode_base64url(&url, base64[_i].bytes);
	encode_base64(&std, base64[_i].bytes);
	ROW_SPAN(base64[_i].name, buf_span(&url), base64[_i].url);
	ROW_SPAN(base64[_i].name, buf_span(&std), base64[_i].std);
	ROW_INT(base64[_i].name, encode_base64url_decode(base64[_i].url, arena, &back), 0);
	ROW_SPAN(base64[_i].name, back, base64[_i].bytes);
	ROW_INT(base64[_i].name, encode_base64_decode(base64[_i].std, arena, &back), 0);
	ROW_SPAN(base64[_i].name, back, base64[_i].bytes);
}
END_TEST

static const struct {
	const char *name;
	struct span text;
} bad_base64url[] = {
	{ "padding is refused", SPAN("Zg==") },
	{ "the other alphabet is refused", SPAN("+//+") },
	{ "white space is refused", SPAN("Zm 9v") },
	{ "one letter is no length", SPAN("Z") },
	{ "trailing bits must be zero after two letters", SPAN("Zh") },
	{ "trailing bits must be zero after three letters", SPAN("Zm9") },
};

START_TEST(base64url_is_strict)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(4096);
	struct span back;

	ROW_INT(bad_base64url[_i].name, encode_base64url_decode(bad_base64url[_i].text, arena, &back), ERR_INVALID);
}
END_TEST

START_TEST(base64_needs_its_padding)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(4096);
	struct span back;

	ck_assert_int_eq(encode_base64_decode(SPAN("Zg"), arena, &back), ERR_INVALID);
	ck_assert_int_eq(encode_base64_decode(SPAN("Z==="), arena, &back), ERR_INVALID);
	ck_assert_int_eq(encode_base64_decode(SPAN("===="), arena, &back), ERR_INVALID);
}
END_TEST

static const struct {
	const char *name;
	struct span text;
	bool want;
} utf8[] = {
	{ "Chinese", SPAN("科技"), true },
	{ "a four-byte Han character", SPAN("\xf0\xa0\x80\x80"), true },
	{ "an overlong slash", SPAN("\xc0\xaf"), false },
	{ "an overlong three-byte form", SPAN("\xe0\x80\xaf"), false },
	{ "a surrogate", SPAN("\xed\xa0\x80"), false },
	{ "past the last code point", SPAN("\xf4\x90\x80\x80"), false },
	{ "cut short", SPAN("\xe7\xa7"), false },
	{ "a NUL", SPAN("a\0b"), false },
	{ "nothing", SPAN(""), true },
};

START_TEST(utf8_form)
{
	ROW_INT(utf8[_i].name, encode_is_utf8(utf8[_i].text), utf8[_i].want);
}
END_TEST

START_TEST(utf8_code_points)
{
	struct span s = SPAN("a\xc2\xb7科\xf0\xa0\x80\x80");

	ck_assert_uint_eq(encode_utf8_next(&s), 'a');
	ck_assert_uint_eq(encode_utf8_next(&s), 0xb7);
	ck_assert_uint_eq(encode_utf8_next(&s), 0x79d1);
	ck_assert_uint_eq(encode_utf8_next(&s), 0x20000);
	ck_assert_uint_eq(encode_utf8_next(&s), 0);
}
END_TEST

START_TEST(percent)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(4096);
	struct buf buf = buf_new(arena, 0);
	struct span back;

	encode_percent(&buf, SPAN("a b~/科"));
	ROW_SPAN("only unreserved characters stay", buf_span(&buf), SPAN("a%20b~%2F%E7%A7%91"));
	ck_assert_int_eq(encode_percent_decode(SPAN("a+b%2f"), true, arena, &back), 0);
	ROW_SPAN("plus is a space in a form", back, SPAN("a b/"));
	ck_assert_int_eq(encode_percent_decode(SPAN("a+b"), false, arena, &back), 0);
	ROW_SPAN("and a plus elsewhere", back, SPAN("a+b"));
	ck_assert_int_eq(encode_percent_decode(SPAN("%00"), true, arena, &back), ERR_INVALID);
	ck_assert_int_eq(encode_percent_decode(SPAN("%zz"), true, arena, &back), ERR_INVALID);
	ck_assert_int_eq(encode_percent_decode(SPAN("%4"), true, arena, &back), ERR_INVALID);
}
END_TEST

START_TEST(base64url_of_known_size)
{
	unsigned char bytes[5], back[5];
	char text[ENCODE_BASE64URL(sizeof bytes) + 1];

	for (size_t n = 0; n <= sizeof bytes; n++) {
		memset(bytes, 0xfb, sizeof bytes);
		encode_base64url_text(text, (struct span){ (char *)bytes, n });
		ck_assert_uint_eq(strlen(text), ENCODE_BASE64URL(n));
		ck_assert_int_eq(encode_base64url_bytes(span_of(text), back, n), 0);
		ck_assert_mem_eq(bytes, back, n);
		if (n < sizeof bytes)
			ck_assert_int_eq(encode_base64url_bytes(span_of(text), back, n + 1), ERR_INVALID);
	}
	ck_assert_int_eq(encode_base64url_bytes(SPAN("-_t"), back, 2), ERR_INVALID); /* trailing bits */
	ck_assert_int_eq(encode_base64url_bytes(SPAN("+/8="), back, 3), ERR_INVALID);
}
END_TEST

START_TEST(ids)
{
	struct id id;
	char text[37];

	ck_assert_int_eq(encode_id_decode(SPAN("0190163D-8694-739b-aea5-966c26f8ad91"), &id), 0);
	encode_id(text, id);
	ck_assert_str_eq(text, "0190163d-8694-739b-aea5-966c26f8ad91");
	ck_assert_int_eq(encode_id_decode(SPAN("0190163d8694739baea5966c26f8ad91"), &id), ERR_INVALID);
	ck_assert_int_eq(encode_id_decode(SPAN("0190163g-8694-739b-aea5-966c26f8ad91"), &id), ERR_INVALID);
}
END_TEST

int main(void)
{
	return suite_run("encode", (struct suite_test[]){ SUITE_LOOP(base32_written, ARRAY_LEN(base32)), SUITE_LOOP(base64_both_ways, ARRAY_LEN(base64)), SUITE_LOOP(base64url_is_strict, ARRAY_LEN(bad_base64url)),
							 SUITE_ONCE(base64_needs_its_padding), SUITE_LOOP(utf8_form, ARRAY_LEN(utf8)), SUITE_ONCE(utf8_code_points),
							 SUITE_ONCE(percent), SUITE_ONCE(ids),
							 SUITE_ONCE(base64url_of_known_size), SUITE_END });
}
