/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/error.h"
#include "keys/jwt.h"
#include "tests/unit/suite.h"

#define NOW 1700000000

static const struct {
	const char *name, *claims;
	struct jwt_expect expect;
	int want;
} rows[] = {
	{ "nothing is asked", "{}", { .leeway_ms = 0 }, 0 },
	{ "exp ahead", "{\"exp\":1700000001}", { .needs_exp = true }, 0 },
	{ "exp is now: over", "{\"exp\":1700000000}", { .leeway_ms = 0 }, ERR_EXPIRED },
	{ "exp within the leeway", "{\"exp\":1699999950}", { .leeway_ms = 60000 }, 0 },
	{ "exp past the leeway", "{\"exp\":1699999940}", { .leeway_ms = 60000 }, ERR_EXPIRED },
	{ "exp missing and needed", "{}", { .needs_exp = true }, ERR_INVALID },
	{ "exp as a string", "{\"exp\":\"1800000000\"}", { .leeway_ms = 0 }, ERR_INVALID },
	{ "exp null", "{\"exp\":null}", { .leeway_ms = 0 }, ERR_INVALID },
	{ "exp negative", "{\"exp\":-1}", { .leeway_ms = 0 }, ERR_INVALID },
	{ "exp with a fraction", "{\"exp\":1700000000.5}", { .leeway_ms = 0 }, 0 },
	{ "exp absurdly large", "{\"exp\":1e300}", { .leeway_ms = 0 }, ERR_INVALID },
	{ "exp larger than any year", "{\"exp\":9223372036854775807}", { .leeway_ms = 0 }, ERR_INVALID },
	{ "exp too far ahead", "{\"exp\":1700000400}", { .max_ahead_ms = 300000 }, ERR_INVALID },
	{ "exp as far ahead as allowed", "{\"exp\":1700000300}", { .max_ahead_ms = 300000 }, 0 },
	{ "nbf ahead", "{\"nbf\":1700000001}", { .leeway_ms = 0 }, ERR_INVALID },
	{ "nbf within the leeway", "{\"nbf\":1700000060}", { .leeway_ms = 60000 }, 0 },
	{ "iat ahead", "{\"iat\":1700000061}", { .leeway_ms = 60000 }, ERR_INVALID },
	{ "iat missing and needed", "{}", { .needs_iat = true }, ERR_INVALID },
	{ "iss fits", "{\"iss\":\"https://a\"}", { .iss = SPAN("https://a") }, 0 },
	{ "iss with a slash more", "{\"iss\":\"https://a/\"}", { .iss = SPAN("https://a") }, ERR_INVALID },
	{ "iss missing", "{}", { .iss = SPAN("https://a") }, ERR_INVALID },
	{ "iss as an array", "{\"iss\":[\"https://a\"]}", { .iss = SPAN("https://a") }, ERR_INVALID },
	{ "aud string", "{\"aud\":\"c\"}", { .aud = SPAN("c") }, 0 },
	{ "aud among several", "{\"aud\":[\"b\",\"c\"]}", { .aud = SPAN("c") }, 0 },
	{ "aud not among several", "{\"aud\":[\"b\",1,null]}", { .aud = SPAN("c") }, ERR_INVALID },
	{ "aud as an object", "{\"aud\":{\"c\":1}}", { .aud = SPAN("c") }, ERR_INVALID },
	{ "aud missing", "{}", { .aud = SPAN("c") }, ERR_INVALID },
	{ "sole aud", "{\"aud\":[\"c\"]}", { .sole_aud = SPAN("c") }, 0 },
	{ "sole aud as a string", "{\"aud\":\"c\"}", { .sole_aud = SPAN("c") }, 0 },
	{ "sole aud among several", "{\"aud\":[\"c\",\"d\"]}", { .sole_aud = SPAN("c") }, ERR_INVALID },
	{ "not an object", "[]", { .leeway_ms = 0 }, ERR_INVALID },
};

START_TEST(checks)
{
	struct jwt_expect expect = rows[_i].expect;
	JSON *claims = NULL;

	expect.now = (struct instant){ NOW * MS_SECOND };
	ck_assert_int_eq(json_read(span_of(rows[_i].claims), &claims), 0);
	ROW_INT(rows[_i].name, jwt_check(claims, &expect), rows[_i].want);
}
END_TEST

int main(void)
{
	return suite_run("keys/jwt", (struct suite_test[]){ SUITE_LOOP(checks, ARRAY_LEN(rows)), SUITE_END });
}
