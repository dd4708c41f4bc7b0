/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/error.h"
#include "broker/base/url.h"
#include "tests/unit/suite.h"

static const struct {
	const char *name;
	struct span text;
	int want;
	struct span host, path;
	uint16_t port;
	bool loopback;
} rows[] = {
	{ "https with the default port", SPAN("https://id.example.cn/cb?x=1#f"), 0, SPAN("id.example.cn"), SPAN("/cb"), 443, false },
	{ "http with a port", SPAN("http://127.0.0.1:8401/callback"), 0, SPAN("127.0.0.1"), SPAN("/callback"), 8401, true },
	{ "IPv6 loopback", SPAN("http://[::1]:9/"), 0, SPAN("::1"), SPAN("/"), 9, true },
	{ "no path", SPAN("https://a.b"), 0, SPAN("a.b"), SPAN(""), 443, false },
	{ "a name that only looks like loopback", SPAN("http://127.0.0.1.evil.cn/"), 0, SPAN("127.0.0.1.evil.cn"), SPAN("/"), 80, false },
	{ "user info is refused", SPAN("https://a@b/"), ERR_INVALID, { 0 }, { 0 }, 0, false },
	{ "a backslash is refused", SPAN("https://a\\b/"), ERR_INVALID, { 0 }, { 0 }, 0, false },
	{ "other schemes are refused", SPAN("javascript:alert(1)"), ERR_INVALID, { 0 }, { 0 }, 0, false },
	{ "no host", SPAN("https:///x"), ERR_INVALID, { 0 }, { 0 }, 0, false },
	{ "port 0", SPAN("https://a:0/"), ERR_INVALID, { 0 }, { 0 }, 0, false },
	{ "port past the end", SPAN("https://a:65536/"), ERR_INVALID, { 0 }, { 0 }, 0, false },
	{ "a space", SPAN("https://a/ b"), ERR_INVALID, { 0 }, { 0 }, 0, false },
};

START_TEST(parses)
{
	struct url url = { 0 };

	ROW_INT(rows[_i].name, url_parse(rows[_i].text, &url), rows[_i].want);
	ROW_SPAN(rows[_i].name, url.host, rows[_i].host);
	ROW_SPAN(rows[_i].name, url.path, rows[_i].path);
	ROW_INT(rows[_i].name, url.port, rows[_i].port);
	ROW_INT(rows[_i].name, url.is_loopback, rows[_i].loopback);
}
END_TEST

START_TEST(forms)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(4096);
	struct span form = SPAN("a=1&&b=x%20y+z&c&d=a=b"), key, value;
	static const struct span want[][2] = { { SPAN("a"), SPAN("1") }, { SPAN("b"), SPAN("x y z") }, { SPAN("c"), SPAN("") }, { SPAN("d"), SPAN("a=b") } };
	int error = 0;

	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		ck_assert(url_next_pair(&form, arena, &key, &value, &error));
		ROW_SPAN("key", key, want[i][0]);
		ROW_SPAN("value", value, want[i][1]);
	}
	ck_assert(!url_next_pair(&form, arena, &key, &value, &error));
	ck_assert_int_eq(error, 0);
	form = SPAN("a=%");
	ck_assert(!url_next_pair(&form, arena, &key, &value, &error));
	ck_assert_int_eq(error, ERR_INVALID);

	struct buf buf = buf_new(arena, 0);
	bool first = true;
	url_add_pair(&buf, &first, SPAN("k"), SPAN("a&b"));
	url_add_pair(&buf, &first, SPAN("l"), SPAN(""));
	ROW_SPAN("pairs", buf_span(&buf), SPAN("k=a%26b&l="));
}
END_TEST

START_TEST(opens_queries)
{
	static const struct {
		const char *name;
		struct span url, want;
	} cases[] = {
		{ "no query yet", SPAN("https://a/b"), SPAN("https://a/b?k=v") },
		{ "a query of its own is kept", SPAN("https://a/b?x=1"), SPAN("https://a/b?x=1&k=v") },
		{ "an empty query", SPAN("https://a/b?"), SPAN("https://a/b?k=v") },
		{ "a query that ends in &", SPAN("https://a/b?x&"), SPAN("https://a/b?x&k=v") },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new(4096);
		struct buf buf = buf_new(arena, 0);
		bool first;

		url_open_query(&buf, cases[i].url, &first);
		url_add_pair(&buf, &first, SPAN("k"), SPAN("v"));
		ROW_SPAN(cases[i].name, buf_span(&buf), cases[i].want);
	}
}
END_TEST

START_TEST(names_the_host)
{
	static const struct {
		const char *name;
		struct span url, want;
	} cases[] = {
		{ "without a port", SPAN("https://a.example/x"), SPAN("a.example") },
		{ "the scheme's own port is left out", SPAN("https://a.example:443"), SPAN("a.example") },
		{ "another port is said", SPAN("https://a.example:8443/x"), SPAN("a.example:8443") },
		{ "443 is another port for http", SPAN("http://127.0.0.1:443/"), SPAN("127.0.0.1:443") },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct url url;

		ck_assert_int_eq(url_parse(cases[i].url, &url), 0);
		ROW_SPAN(cases[i].name, url_host_header(&url), cases[i].want);
	}
}
END_TEST

int main(void)
{
	return suite_run("url", (struct suite_test[]){ SUITE_LOOP(parses, ARRAY_LEN(rows)), SUITE_ONCE(forms), SUITE_ONCE(opens_queries), SUITE_ONCE(names_the_host), SUITE_END });
}
