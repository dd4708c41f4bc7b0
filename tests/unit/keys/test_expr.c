/* SPDX-License-Identifier: Apache-2.0 */
/* The expressions of messages and the ciphers under them: what other platforms sign and encrypt with (domain.md 3.8), and what is no expression. */
#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "keys/cipher.h"
#include "keys/expr_eval.h"
#include "tests/unit/suite.h"

#define REPLY "{\"result\":\"0\",\"n\":7,\"yes\":true,\"none\":null,\"list\":[{\"a\":\"x\"},\"k=v\"],\"info\":\"{\\\"userId\\\":\\\"u1\\\"}\"," \
	      "\"pairs\":[\"legal_code\",\"area=-1\",\"origin=a=b\",7]}"
#define IRS_PATH "/restapi/prod/IC33000020220228000002/sso/servlet/simpleauth"

static const struct expr_named names[] = {
	{ { "ak", 2 }, { "testAK", 6 } },
	{ { "sk", 2 }, { "testSK", 6 } },
	{ { "time", 4 }, { "20240101080000", 14 } },
	{ { "date", 4 }, { "Mon, 01 Jan 2024 00:00:00 GMT", 29 } },
	{ { "path", 4 }, { IRS_PATH, sizeof IRS_PATH - 1 } },
	{ { "body", 4 }, { "{\"token\":\"abc\"}", 15 } },
	{ { "reply", 5 }, { REPLY, sizeof REPLY - 1 } },
	{ { "empty", 5 }, { "", 0 } },
	{ { "key16", 5 }, { "0123456789abcdef", 16 } },
	{ { "text", 4 }, { "a \"b\"/\xe5\xbc\xa0", 9 } },
	{ { "ak2", 3 }, { "old", 3 } },
	{ { "ak2", 3 }, { "new", 3 } },
};

static const struct {
	const char *name, *expression, *want; /* NULL: it has no value */
} rows[] = {
	{ "Zhejiang, people: md5 of name, key and time (domain.md 3.8)", "hex(md5($ak . $sk . $time))", "6484b15aa33059137ec094d45a5ec466" },
	{ "Zhejiang, IRS gateway: HMAC over method, path, query, key and date",
	  "b64(hmac(sha256, $sk, \"POST\\n\" . $path . \"\\n\" . $empty . \"\\n\" . $ak . \"\\n\" . $date . \"\\n\"))", "E+KaUGk9GSMoyeKbKHNOg57WJfukU6QdLWkc4w938FE=" },
	{ "Zhejiang, legal persons: HMAC over the exact body", "hex(hmac(sha256, \"projsecret\", $body))",
	  "6b96b2810fb6e65c9d512bb6651ec8e76ffa31042e3ca1de5765b8c25a3b0375" },
	{ "JIS: md5 of mark, word and time", "hex(md5(\"demomark\" . $key16 . $time))", "8d9360edb88a829fcf93519573481d4b" },
	{ "JIS: AES-128-ECB in hex", "aes_ecb_open($key16, unhex(\"a246aef2f11fdef0f91274a7639af746\"))", "{\"name\":\"x\"}" },
	{ "upper-case hex of SM3 (GB/T 32905 A.1)", "HEX(sm3(\"abc\"))", "66C7F0F462EEEDD9D1F2D46BDC10E4E24167C4875CF2F7A2297DA02B8F4BA8E0" },
	{ "SM4-ECB (GB/T 32907 A.1, with a block of padding)",
	  "hex(sm4_ecb_open(unhex(\"0123456789abcdeffedcba9876543210\"), unhex(\"681edf34d206965e86b3e94f536e4246002a8a4efa863ccad024ac0300bb40d2\")))",
	  "0123456789abcdeffedcba9876543210" },
	{ "a text", "at($reply, \"result\")", "0" },
	{ "a number", "at($reply, \"n\")", "7" },
	{ "a truth value", "at($reply, \"yes\")", "true" },
	{ "null is nothing", "at($reply, \"none\")", "" },
	{ "what is absent is nothing", "at($reply, \"no.where\")", "" },
	{ "nothing holds nothing", "at($empty, \"x\")", "" },
	{ "a member of an item", "at($reply, \"list.0.a\")", "x" },
	{ "an item", "at($reply, \"list.1\")", "k=v" },
	{ "past the end of a list", "at($reply, \"list.9\")", "" },
	{ "a part of it as JSON", "part($reply, \"list\")", "[{\"a\":\"x\"},\"k=v\"]" },
	{ "a text is no part", "part($reply, \"result\")", "" },
	{ "a list is no text", "at($reply, \"list\")", "" },
	{ "all of it", "at(part(\"[{\\\"a\\\":1}]\", \"0\"), \"a\")", "1" },
	{ "JSON inside a string", "at(at($reply, \"info\"), \"userId\")", "u1" },
	{ "a pair of a list", "pair(part($reply, \"pairs\"), \"area\")", "-1" },
	{ "a pair whose value has the sign", "pair(part($reply, \"pairs\"), \"origin\")", "a=b" },
	{ "a pair without a value is none", "pair(part($reply, \"pairs\"), \"legal_code\")", "" },
	{ "a mapped value", "map(\"2\", \"1:111 2:414\")", "414" },
	{ "a value that is not mapped", "map(\"3\", \"1:111 2:414\")", "" },
	{ "a value for all others", "map(\"3\", \"*:990 1:111\")", "990" },
	{ "the value itself for all others", "map(\"3\", \"-1: *:*\")", "3" },
	{ "a value that means nothing", "map(\"-1\", \"-1: *:*\")", "" },
	{ "nothing stays nothing, also among all others", "map($empty, \"1:2 *:ok\")", "" },
	{ "a value is not a beginning of one", "map(\"1\", \"11:a\")", "" },
	{ "the first that is there", "first($empty, \"b\")", "b" },
	{ "with what is there", "when($ak, \"p-\" . $ak)", "p-testAK" },
	{ "not without", "when($empty, \"p-\" . $empty)", "" },
	{ "percent-encoded", "uri($text)", "a%20%22b%22%2F%E5%BC%A0" },
	{ "in small letters and in capitals, ASCII alone", "lower(\"AZ@[\xe5\xbc\xa0\") . upper(\"az`{\")", "az@[\xe5\xbc\xa0" "AZ`{" },
	{ "escaped for JSON", "json($text)", "a \\\"b\\\"/\xe5\xbc\xa0" },
	{ "of two with one name the later counts", "$ak2", "new" },
	{ "a name nobody knows", "$nobody", NULL },
	{ "no JSON", "at($text, \"x\")", NULL },
	{ "JSON twice", "at($reply . $reply, \"n\")", NULL },
	{ "another key", "aes_ecb_open(\"0123456789abcdeF\", unhex(\"a246aef2f11fdef0f91274a7639af746\"))", NULL },
	{ "a key of another size", "aes_ecb_open(\"short\", unhex(\"a246aef2f11fdef0f91274a7639af746\"))", NULL },
	{ "half a block", "aes_ecb_open($key16, unhex(\"a246aef2f11fdef0\"))", NULL },
	{ "nothing to open", "aes_ecb_open($key16, $empty)", NULL },
	{ "CBC with a short IV", "aes_cbc_open($key16, \"iv\", unhex(\"a246aef2f11fdef0f91274a7639af746\"))", NULL },
	{ "no base64", "unb64(\"!\")", NULL },
	{ "no hex", "unhex(\"zz\")", NULL },
};

START_TEST(values)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
	const struct expr_vars vars = { .named = names, .n_named = ARRAY_LEN(names) };
	const struct expr *expr;
	struct span got;

	ROW_INT(rows[_i].name, expr_parse(span_of(rows[_i].expression), EXPR_OF_MESSAGES, arena, &expr), 0);
	int result = expr_eval(expr, &vars, arena, &got);
	ROW_INT(rows[_i].name, result, rows[_i].want ? 0 : ERR_INVALID);
	if (!result)
		ROW_SPAN(rows[_i].name, got, span_of(rows[_i].want));
}
END_TEST

static const struct {
	const char *name, *expression;
	enum expr_use use;
	int want;
} texts[] = {
	{ "a variable of messages", "$ak", EXPR_OF_MESSAGES, 0 },
	{ "no variable of passwords", "p", EXPR_OF_MESSAGES, ERR_INVALID },
	{ "nor the other way round", "$ak", EXPR_OF_PASSWORDS, ERR_INVALID },
	{ "a password's variable", "hex(md5(p.s))", EXPR_OF_PASSWORDS, 0 },
	{ "passwords take nothing apart", "at(p, s)", EXPR_OF_PASSWORDS, ERR_INVALID },
	{ "messages cost little", "iter(1000, md5($ak))", EXPR_OF_MESSAGES, ERR_INVALID },
	{ "a dollar without a name", "$", EXPR_OF_MESSAGES, ERR_INVALID },
	{ "a word without a dollar", "ak", EXPR_OF_MESSAGES, ERR_INVALID },
	{ "something after the end", "$ak $sk", EXPR_OF_MESSAGES, ERR_INVALID },
	{ "a function nobody knows", "md6($ak)", EXPR_OF_MESSAGES, ERR_INVALID },
	{ "an argument too few", "map($ak)", EXPR_OF_MESSAGES, ERR_INVALID },
};

START_TEST(language)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
	const struct expr *expr;

	ROW_INT(texts[_i].name, expr_parse(span_of(texts[_i].expression), texts[_i].use, arena, &expr), texts[_i].want);
}
END_TEST

/* NIST SP 800-38A F.2.1 (the first block), with a block of padding added under the same key. */
START_TEST(cbc)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 16);
	unsigned char key[16], iv[16], sealed[32];
	char hex[64];
	struct span plain;

	ck_assert_int_eq(encode_hex_decode(SPAN("2b7e151628aed2a6abf7158809cf4f3c"), key), 0);
	ck_assert_int_eq(encode_hex_decode(SPAN("000102030405060708090a0b0c0d0e0f"), iv), 0);
	ck_assert_int_eq(encode_hex_decode(SPAN("7649abac8119b246cee98e9b12e9197d8964e0b149c10b7b682e6e39aaeb731c"), sealed), 0);
	ck_assert_int_eq(cipher_open(CIPHER_AES_CBC, (struct span){ (char *)key, 16 }, (struct span){ (char *)iv, 16 }, (struct span){ (char *)sealed, 32 }, arena, &plain), 0);
	ck_assert_uint_eq(plain.n, 16);
	encode_hex(hex, plain);
	ck_assert_str_eq(hex, "6bc1bee22e409f96e93d7e117393172a");
}
END_TEST

START_TEST(allocations)
{
	const struct expr_vars vars = { .named = names, .n_named = ARRAY_LEN(names) };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		for (unsigned long k = 1; k < 12; k++) {
			CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
			const struct expr *expr;
			struct span got = { 0 };

			arena_fail_at(k);
			int result = expr_parse(span_of(rows[i].expression), EXPR_OF_MESSAGES, arena, &expr);
			if (!result)
				result = expr_eval(expr, &vars, arena, &got);
			arena_fail_at(0);
			ck_assert_msg(result == FAULT_MEMORY || result == (rows[i].want ? 0 : ERR_INVALID), "%s: allocation %lu: %d", rows[i].name, k, result);
			if (!result)
				ROW_SPAN(rows[i].name, got, span_of(rows[i].want));
		}
}
END_TEST

int main(void)
{
	return suite_run("keys/expr", (struct suite_test[]){ SUITE_LOOP(values, ARRAY_LEN(rows)), SUITE_LOOP(language, ARRAY_LEN(texts)), SUITE_ONCE(cbc), SUITE_ONCE(allocations),
							     SUITE_END });
}
