/* SPDX-License-Identifier: Apache-2.0 */
/* answers - what the load generator takes for a whole answer, what it finds in one, and which tokens it calls good. */
#include "bench/histogram.h"
#include "bench/reply.h"
#include "bench/verify.h"
#include "broker/base/error.h"
#include "tests/unit/suite.h"

#define CHUNKED "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

static const struct {
	const char *name, *in;
	bool at_end;
	enum reply_state want;
	int status;
	const char *body;
	bool closes;
} answers[] = {
	{ "a body of the stated length is complete",
	  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", false, REPLY_COMPLETE, 200, "hello", false },
	{ "a shorter body is waited for", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhel", false, REPLY_PARTIAL, 0, NULL, false },
	{ "a shorter body at the end is malformed",
	  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", true, REPLY_MALFORMED, 0, NULL, false },
	{ "a head without its end is waited for", "HTTP/1.1 200 OK\r\nContent-Le", false, REPLY_PARTIAL, 0, NULL, false },
	{ "something else is malformed", "SSH-2.0-OpenSSH_9\r\n\r\n", false, REPLY_MALFORMED, 0, NULL, false },
	{ "chunks are joined", CHUNKED "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", false, REPLY_COMPLETE, 200, "hello", false },
	{ "an unfinished chunk is waited for", CHUNKED "3\r\nhel\r\n2\r\nl", false, REPLY_PARTIAL, 0, NULL, false },
	{ "no last chunk: waited for", CHUNKED "3\r\nhel\r\n", false, REPLY_PARTIAL, 0, NULL, false },
	{ "a chunk without a size is malformed", CHUNKED "xyz\r\nhel\r\n", false, REPLY_MALFORMED, 0, NULL, false },
	{ "a chunk size past the address space is waited for",
	  CHUNKED "fffffffffffffffff\r\nhel\r\n", false, REPLY_PARTIAL, 0, NULL, false },
	{ "without a length the body ends with the connection",
	  "HTTP/1.0 200 OK\r\n\r\nhello", true, REPLY_COMPLETE, 200, "hello", true },
	{ "… and not before", "HTTP/1.0 200 OK\r\n\r\nhello", false, REPLY_PARTIAL, 0, NULL, false },
	{ "304 has no body", "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n", false, REPLY_COMPLETE, 304, "", false },
	{ "Connection: close is seen",
	  "HTTP/1.1 302 Found\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n", false, REPLY_COMPLETE, 302, "", true },
};

START_TEST(answer)
{
	struct reply reply = { .status = 0 };
	char text[512];

	snprintf(text, sizeof text, "%s", answers[_i].in);
	ROW_INT(answers[_i].name, reply_parse(text, strlen(text), answers[_i].at_end, &reply), answers[_i].want);
	ROW_INT(answers[_i].name, reply.status, answers[_i].status);
	ROW_INT(answers[_i].name, reply.closes, answers[_i].closes);
	if (answers[_i].body)
		ROW_SPAN(answers[_i].name, reply.body, span_of(answers[_i].body));
}
END_TEST

static bool path_of(struct span url, struct span key, struct span *ret)
{
	*ret = reply_path(url);
	return true;
}

static const struct {
	const char *name;
	bool (*find)(struct span text, struct span key, struct span *ret);
	const char *text, *key, *want; /* NULL: not found */
} finds[] = {
	{ "a JSON string", reply_json_string, "{\"a\":\"x\",\"refresh_token\" : \"r1\"}", "refresh_token", "r1" },
	{ "a value is not taken for a key", reply_json_string, "{\"a\":\"b\",\"b\":\"c\"}", "b", NULL },
	{ "a number is no JSON string", reply_json_string, "{\"a\":1}", "a", NULL },
	{ "a longer key is another key", reply_json_string, "{\"xa\":\"1\",\"a\":\"2\"}", "a", "2" },
	{ "a query parameter", reply_query, "http://h/cb?state=s&code=c%2B1", "code", "c%2B1" },
	{ "a fragment parameter", reply_query, "http://h/cb#code=c&x=y", "code", "c" },
	{ "a parameter's tail is not the parameter", reply_query, "http://h/cb?xcode=c", "code", NULL },
	{ "no query", reply_query, "http://h/cb", "code", NULL },
	{ "the path of an absolute URL", path_of, "http://127.0.0.1:8400/login?x=1", "", "/login?x=1" },
	{ "a path is its own path", path_of, "/login", "", "/login" },
	{ "a bare authority has the root", path_of, "http://h", "", "/" },
	{ "a hidden field", reply_field, "<form><input type=\"hidden\" name=\"csrf\" value=\"t\"></form>", "csrf", "t" },
	{ "in any order of attributes", reply_field, "<input value='t' data-name=\"other\" name='csrf'>", "csrf", "t" },
	{ "another field", reply_field, "<input name=\"phone\" value=\"1\">", "csrf", NULL },
	{ "an open tag", reply_field, "<input name=\"csrf\" value=\"t\"", "csrf", NULL },
	{ "the form with the id", reply_action, "<form action=\"/a\"></form><form id=\"f\" action=\"/b\">", "f", "/b" },
	{ "the first form", reply_action, "<form action=\"/a\"></form><form id=\"f\" action=\"/b\">", "-", "/a" },
};

START_TEST(find)
{
	struct span got = { 0 };
	bool found = finds[_i].find(span_of(finds[_i].text), span_of(finds[_i].key), &got);

	ROW_INT(finds[_i].name, found, finds[_i].want != NULL);
	if (finds[_i].want)
		ROW_SPAN(finds[_i].name, got, span_of(finds[_i].want));
}
END_TEST

/* RFC 7515 A.3 */
#define CURVE "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
#define JWKS CURVE "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}]}"
#define SIGNED                                                                                                              \
	"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl" \
	"fQ."
#define SIGNATURE "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"

static const struct {
	const char *name, *jwt;
	int64_t now;
	bool want;
} tokens[] = {
	{ "the RFC's token is good", SIGNED SIGNATURE, 1300819379, true },
	{ "… until it expires", SIGNED SIGNATURE, 1300819380, false },
	{ "another signature is not",
	  SIGNED "E" "tEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q", 0, false },
	{ "no signature is not", SIGNED, 0, false },
	{ "opaque text is not", "0190163d8694.secret", 0, false },
	{ "alg none is not", "eyJhbGciOiJub25lIn0.eyJleHAiOjEzMDA4MTkzODB9." SIGNATURE, 0, false },
};

START_TEST(token)
{
	struct arena *arena = arena_new(1 << 16);
	struct verify_keys *keys;

	ck_assert_int_eq(verify_keys_read(SPAN(JWKS), arena, &keys), 0);
	const char *why = verify_jwt(keys, span_of(tokens[_i].jwt), (struct instant){ tokens[_i].now * MS_SECOND }, arena);
	ROW_INT(tokens[_i].name, !why, tokens[_i].want);
	verify_keys_free(keys);
	arena_free(arena);
}
END_TEST

START_TEST(no_keys)
{
	struct arena *arena = arena_new(1 << 16);
	struct verify_keys *keys;

	ck_assert_int_eq(verify_keys_read(SPAN("{\"keys\":[]}"), arena, &keys), ERR_INVALID);
	ck_assert_int_ne(verify_keys_read(SPAN(CURVE "\"y\":\"AAAA\"}]}"), arena, &keys), 0);
	arena_free(arena);
}
END_TEST

START_TEST(percentiles)
{
	static struct histogram h;

	for (uint64_t us = 1; us <= 1000; us++)
		histogram_add(&h, us * 1000);
	ck_assert_double_eq_tol(histogram_us(&h, 0.5), 500, 500 * 0.016);
	ck_assert_double_eq_tol(histogram_us(&h, 0.99), 990, 990 * 0.016);
	ck_assert_uint_eq(h.max, 1000000);
}
END_TEST

int main(void)
{
	return suite_run("answers", (struct suite_test[]){
		SUITE_LOOP(answer, ARRAY_LEN(answers)),
		SUITE_LOOP(find, ARRAY_LEN(finds)),
		SUITE_LOOP(token, ARRAY_LEN(tokens)),
		SUITE_ONCE(no_keys),
		SUITE_ONCE(percentiles),
		SUITE_END,
	});
}
