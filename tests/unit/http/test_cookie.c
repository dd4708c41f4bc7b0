/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/http/cookie.h"

#include "broker/base/error.h"
#include "broker/http/csrf.h"
#include "broker/http/reply.h"
#include "tests/unit/suite.h"

static const struct read_row {
	const char *name;
	struct header headers[2];
	struct span want; /* NULL pointer: none */
} reads[] = {
	{ "alone", { { SPAN("Cookie"), SPAN("s=1") } }, SPAN("1") },
	{ "among others, with odd spaces", { { SPAN("cookie"), SPAN("a=b;  s=1 ;c=d") } }, SPAN("1") },
	{ "in a second header", { { SPAN("Cookie"), SPAN("a=b") }, { SPAN("Cookie"), SPAN("s=1") } }, SPAN("1") },
	{ "a value may hold =", { { SPAN("Cookie"), SPAN("s=a=b=") } }, SPAN("a=b=") },
	{ "absent", { { SPAN("Cookie"), SPAN("ss=1; as=2; S=3") } }, { 0 } },
	{ "without =", { { SPAN("Cookie"), SPAN("s; a=b") } }, { 0 } },
	{ "twice the same", { { SPAN("Cookie"), SPAN("s=1; s=1") } }, SPAN("1") },
	{ "twice with different values: someone planted one", { { SPAN("Cookie"), SPAN("s=1; s=2") } }, { 0 } },
	{ "the same over two headers", { { SPAN("Cookie"), SPAN("s=1") }, { SPAN("Cookie"), SPAN("s=2") } }, { 0 } },
	{ "in a header of another name", { { SPAN("X-Cookie"), SPAN("s=1") } }, { 0 } },
};

START_TEST(reads_one)
{
	size_t n = reads[_i].headers[1].name.p ? 2 : 1;
	struct span got = cookie_find(reads[_i].headers, n, SPAN("s"));

	ROW_TRUE(reads[_i].name, !got.p == !reads[_i].want.p);
	ROW_SPAN(reads[_i].name, got, reads[_i].want);
}
END_TEST

static const struct write_row {
	const char *name;
	struct cookie cookie;
	int error;
	struct span want;
} writes[] = {
	{ "a session's", { SPAN("s"), SPAN("1"), 0, 0, true }, 0, SPAN("s=1; Path=/; Secure; HttpOnly; SameSite=Lax") },
	{ "without https", { SPAN("s"), SPAN("1"), 0, 0, false }, 0, SPAN("s=1; Path=/; HttpOnly; SameSite=Lax") },
	{ "with an age", { SPAN("s"), SPAN("1"), 60, COOKIE_STRICT, true }, 0,
	  SPAN("s=1; Path=/; Max-Age=60; Secure; HttpOnly; SameSite=Strict") },
	{ "deleted, its value is not repeated", { SPAN("s"), SPAN("1"), -1, 0, true }, 0,
	  SPAN("s=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax") },
	{ "from other sites", { SPAN("s"), SPAN("1"), 0, COOKIE_CROSS_SITE, true }, 0,
	  SPAN("s=1; Path=/; Secure; HttpOnly; SameSite=None") },
	{ "from other sites needs https", { SPAN("s"), SPAN("1"), 0, COOKIE_CROSS_SITE, false }, 0,
	  SPAN("s=1; Path=/; HttpOnly; SameSite=Lax") },
	{ "for scripts", { SPAN("s"), SPAN("1"), 0, COOKIE_SCRIPT, true }, 0, SPAN("s=1; Path=/; Secure; SameSite=Lax") },
	{ "no semicolon in a value", { SPAN("s"), SPAN("1; Domain=x"), 0, 0, true }, ERR_INVALID, { 0 } },
	{ "no end of line in a value", { SPAN("s"), SPAN("1\r\nX: y"), 0, 0, true }, ERR_INVALID, { 0 } },
	{ "no = in a name", { SPAN("a=b"), SPAN("1"), 0, 0, true }, ERR_INVALID, { 0 } },
	{ "no empty name", { SPAN(""), SPAN("1"), 0, 0, true }, ERR_INVALID, { 0 } },
};

START_TEST(writes_one)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(4096);
	struct buf out = buf_new(arena, 64);
	struct span text;

	ROW_INT(writes[_i].name, cookie_write(&out, &writes[_i].cookie), writes[_i].error);
	if (writes[_i].error)
		return;
	ck_assert_int_eq(buf_done(&out, &text), 0);
	ROW_SPAN(writes[_i].name, text, writes[_i].want);
}
END_TEST

#define SELF "https://id.example"

static const struct csrf_row {
	const char *name;
	struct span browser, token; /* token with NULL pointer: the right one of BROWSER */
	struct csrf_origin from;
	int error;
} csrfs[] = {
	{ "the right token", SPAN("BROWSER"), { 0 }, { { 0 }, { 0 } }, 0 },
	{ "and our own origin", SPAN("BROWSER"), { 0 }, { SPAN(SELF), SPAN("same-origin") }, 0 },
	{ "Origin null is what no-referrer makes of our own", SPAN("BROWSER"), { 0 }, { SPAN("null"), { 0 } }, 0 },
	{ "typed by the user", SPAN("BROWSER"), { 0 }, { { 0 }, SPAN("none") }, 0 },
	{ "another origin", SPAN("BROWSER"), { 0 }, { SPAN("https://evil.example"), { 0 } }, ERR_CSRF },
	{ "our host with another scheme", SPAN("BROWSER"), { 0 }, { SPAN("http://id.example"), { 0 } }, ERR_CSRF },
	{ "from a sibling site", SPAN("BROWSER"), { 0 }, { { 0 }, SPAN("same-site") }, ERR_CSRF },
	{ "across sites with Origin null", SPAN("BROWSER"), { 0 }, { SPAN("null"), SPAN("cross-site") }, ERR_CSRF },
	{ "another browser's token", SPAN("OTHER"), { 0 }, { { 0 }, { 0 } }, ERR_CSRF },
	{ "no token", SPAN("BROWSER"), SPAN(""), { { 0 }, { 0 } }, ERR_CSRF },
	{ "no browser", SPAN(""), { 0 }, { { 0 }, { 0 } }, ERR_CSRF },
	{ "a made-up token", SPAN("BROWSER"), SPAN("AAAAAAAAAAAAAAAAAAAAAA"), { { 0 }, { 0 } }, ERR_CSRF },
};

START_TEST(ties_forms_to_browsers)
{
	const struct csrf_row *row = &csrfs[_i];
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(4096);
	struct span secret = SPAN("0123456789abcdef0123456789abcdef"), token = row->token;

	if (!token.p)
		ck_assert_int_eq(csrf_token(secret, SPAN("BROWSER"), arena, &token), 0);
	ROW_INT(row->name, csrf_check(secret, row->browser, token, row->from, SPAN(SELF), arena), row->error);
}
END_TEST

START_TEST(is_the_hmac_that_it_claims)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(4096);
	struct span token;

	/* printf BROWSERcsrf | openssl dgst -sha256 -hmac KEY -binary | head -c 16 | basenc --base64url */
	ck_assert_int_eq(csrf_token(SPAN("0123456789abcdef0123456789abcdef"), SPAN("BROWSER"), arena, &token), 0);
	ROW_SPAN("vector", token, SPAN("em_5-_tiw93noBtWriQUiw"));
}
END_TEST

int main(void)
{
	return suite_run("cookie", (struct suite_test[]){ SUITE_LOOP(reads_one, ARRAY_LEN(reads)),
							  SUITE_LOOP(writes_one, ARRAY_LEN(writes)),
							  SUITE_LOOP(ties_forms_to_browsers, ARRAY_LEN(csrfs)),
							  SUITE_ONCE(is_the_hmac_that_it_claims), SUITE_END });
}
