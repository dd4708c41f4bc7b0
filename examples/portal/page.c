/* SPDX-License-Identifier: Apache-2.0 */
#include "examples/portal/page.h"

#include "broker/base/error.h"

#include <stdlib.h>
#include <time.h>

struct page {
	struct buf out;
	enum text_language language;
};

static void escape(struct page *page, struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		switch (s.p[i]) {
		case '&': buf_str(&page->out, "&amp;"); break;
		case '<': buf_str(&page->out, "&lt;"); break;
		case '>': buf_str(&page->out, "&gt;"); break;
		case '"': buf_str(&page->out, "&quot;"); break;
		case '\'': buf_str(&page->out, "&#39;"); break;
		default: buf_char(&page->out, s.p[i]);
		}
}

/* Pieces in turn: '<…' is markup of ours, a text id is looked up, data is escaped. */
static void markup(struct page *page, const char *html)
{
	buf_add(&page->out, span_of(html));
}

static void say(struct page *page, enum text text)
{
	escape(page, span_of(text_of(text, page->language)));
}

static void data(struct page *page, const char *s)
{
	escape(page, span_of(s));
}

static void element(struct page *page, const char *open, enum text text, const char *close)
{
	markup(page, open);
	say(page, text);
	markup(page, close);
}

static void begin(struct page *page, const char *name)
{
	const char *other = text_tag(page->language == TEXT_ZH ? TEXT_EN : TEXT_ZH);

	buf_printf(&page->out, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n", text_tag(page->language));
	element(page, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>", TEXT_SYSTEM, "</title>\n");
	markup(page, "<link rel=\"icon\" href=\"data:,\">\n<link rel=\"stylesheet\" href=\"/portal.css\">\n</head>\n<body>\n");
	element(page, "<a class=\"skip\" href=\"#main\">", TEXT_SKIP, "</a>\n");
	element(page, "<header class=\"top\"><div class=\"inner\"><a class=\"brand\" href=\"/\"><span class=\"mark\" aria-hidden=\"true\"></span><span>",
		TEXT_SYSTEM, "</span></a>");
	element(page, "<span class=\"tag\">", TEXT_DEMO, "</span>");
	buf_printf(&page->out, "<a id=\"lang\" lang=\"%s\" hreflang=\"%s\" href=\"/?lang=%s\">", other, other, other);
	element(page, "", TEXT_OTHER, "</a></div></header>\n");
	buf_printf(&page->out, "<main id=\"main\" data-page=\"%s\">\n", name);
}

static int end(struct page *page, struct span *ret_html)
{
	element(page, "</main>\n<footer><p>", TEXT_FOOT, "</p></footer>\n</body>\n</html>\n");
	return buf_done(&page->out, ret_html);
}

static void services(struct page *page)
{
	static const enum text rows[][2] = { { TEXT_SERVICE_1, TEXT_SERVICE_1_TEXT }, { TEXT_SERVICE_2, TEXT_SERVICE_2_TEXT },
					     { TEXT_SERVICE_3, TEXT_SERVICE_3_TEXT }, { TEXT_SERVICE_4, TEXT_SERVICE_4_TEXT } };

	element(page, "<section class=\"inner\" aria-labelledby=\"services\"><h2 id=\"services\">", TEXT_SERVICES, "</h2>\n<ul class=\"services\">\n");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		element(page, "<li><strong>", rows[i][0], "</strong>");
		element(page, "<span>", rows[i][1], "</span></li>\n");
	}
	markup(page, "</ul></section>\n");
}

int page_welcome(struct arena *arena, enum text_language language, struct span *ret_html)
{
	struct page page = { buf_new(arena, 4096), language };

	begin(&page, "welcome");
	element(&page, "<section class=\"hero\"><div class=\"inner\"><h1>", TEXT_HEADING, "</h1>\n");
	element(&page, "<p class=\"lead\">", TEXT_LEAD, "</p>\n");
	element(&page, "<p><a class=\"button\" id=\"login\" href=\"/login\">", TEXT_LOGIN, "</a></p>\n");
	element(&page, "<p class=\"hint\">", TEXT_LOGIN_HINT, "</p></div></section>\n");
	services(&page);
	return end(&page, ret_html);
}

/* ---- claims */

static void value(struct page *page, const char *claim, const json_t *v);

static bool is_time(const char *claim)
{
	return strcmp(claim, "auth_time") == 0 || strcmp(claim, "iat") == 0 || strcmp(claim, "exp") == 0 || strcmp(claim, "real_name.at") == 0;
}

static void number(struct page *page, const char *claim, json_int_t n)
{
	time_t china = (time_t)n + 8 * 3600;
	struct tm tm;
	char text[32];

	buf_i64(&page->out, n);
	if (is_time(claim) && gmtime_r(&china, &tm) && strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &tm))
		buf_printf(&page->out, " <small>%s (UTC+8)</small>", text);
}

static void members(struct page *page, const char *claim, const json_t *object)
{
	const char *key;
	json_t *v;

	markup(page, "<dl>");
	json_object_foreach((json_t *)object, key, v) {
		const char *path = arena_printf(page->out.arena, "%s.%s", claim, key);

		if (!path)
			continue;
		markup(page, "<div data-claim=\"");
		data(page, path);
		markup(page, "\"><dt>");
		data(page, key);
		markup(page, "</dt><dd>");
		value(page, path, v);
		markup(page, "</dd></div>");
	}
	markup(page, "</dl>");
}

static void items(struct page *page, const char *claim, const json_t *array)
{
	size_t i;
	json_t *v;

	json_array_foreach(array, i, v) {
		if (i)
			markup(page, json_is_object(v) ? "" : page->language == TEXT_ZH ? "、" : ", ");
		value(page, claim, v);
	}
	if (json_array_size(array) == 0)
		say(page, TEXT_NONE);
}

/* The code itself, and in small what it means. */
static void value(struct page *page, const char *claim, const json_t *v)
{
	const char *s = json_string_value(v);

	if (s) {
		const char *meaning = text_value(claim, s, page->language);

		data(page, s);
		if (strcmp(meaning, s) != 0) {
			markup(page, " <small>");
			data(page, meaning);
			markup(page, "</small>");
		}
	} else if (json_is_integer(v)) {
		number(page, claim, json_integer_value(v));
	} else if (json_is_boolean(v)) {
		say(page, json_is_true(v) ? TEXT_YES : TEXT_NO);
	} else if (json_is_object(v)) {
		members(page, claim, v);
	} else if (json_is_array(v)) {
		items(page, claim, v);
	}
}

static void claim_rows(struct page *page, const json_t *claims, bool of_protocol)
{
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)claims, key, v) {
		if (text_is_protocol(key) != of_protocol)
			continue;
		markup(page, "<tr data-claim=\"");
		data(page, key);
		markup(page, "\"><th scope=\"row\">");
		data(page, text_claim(key, page->language));
		markup(page, " <code>");
		data(page, key);
		markup(page, "</code></th><td>");
		value(page, key, v);
		markup(page, "</td></tr>\n");
	}
}

static void claim_table(struct page *page, const json_t *claims)
{
	element(page, "<section class=\"inner\"><h2 id=\"claims-heading\">", TEXT_CLAIMS, "</h2>\n<table id=\"claims\" aria-labelledby=\"claims-heading\">");
	element(page, "<thead><tr><th scope=\"col\">", TEXT_CLAIM, "</th>");
	element(page, "<th scope=\"col\">", TEXT_VALUE, "</th></tr></thead>\n<tbody>\n");
	claim_rows(page, claims, false);
	claim_rows(page, claims, true);
	markup(page, "</tbody></table>\n");
	char *json = json_dumps(claims, JSON_INDENT(2));
	element(page, "<details open><summary>", TEXT_JSON, "</summary><pre id=\"claims-json\">");
	data(page, json ? json : "");
	markup(page, "</pre></details></section>\n");
	free(json);
}

static void fact(struct page *page, enum text label, const char *claim, const json_t *v)
{
	element(page, "<div><dt>", label, "</dt><dd>");
	if (json_is_string(v))
		data(page, text_value(claim, json_string_value(v), page->language));
	for (size_t i = 0; i < json_array_size(v); i++) {
		const json_t *item = json_array_get(v, i), *id = json_object_get(item, "account_id");

		if (i)
			markup(page, page->language == TEXT_ZH ? "、" : ", ");
		data(page, text_value(claim, json_is_string(item) ? json_string_value(item) : json_is_string(id) ? json_string_value(id) : "", page->language));
	}
	if (!v || (json_is_array(v) && json_array_size(v) == 0))
		say(page, TEXT_NONE);
	markup(page, "</dd></div>\n");
}

static const char *display_name(const json_t *claims)
{
	static const char *const keys[] = { "name", "preferred_username", "sub" };

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (json_get_span(claims, keys[i]).n)
			return json_string_value(json_object_get(claims, keys[i]));
	return "";
}

int page_person(struct arena *arena, enum text_language language, const json_t *claims, struct span *ret_html)
{
	struct page page = { buf_new(arena, 16384), language };

	begin(&page, "person");
	element(&page, "<section class=\"hero hero-small\"><div class=\"inner\"><h1>", TEXT_WELCOME, "<span id=\"person\">");
	data(&page, display_name(claims));
	element(&page, "</span></h1>\n<p class=\"lead\">", TEXT_VERIFIED, "</p>\n<dl class=\"facts\">\n");
	fact(&page, TEXT_USER_TYPE, "user_type", json_object_get(claims, "user_type"));
	fact(&page, TEXT_HOW, "amr", json_object_get(claims, "amr"));
	fact(&page, TEXT_LEVEL, "acr", json_object_get(claims, "acr"));
	fact(&page, TEXT_UNIT, "org.name", json_object_get(json_object_get(claims, "org"), "name"));
	fact(&page, TEXT_LEGACY, "legacy", json_object_get(claims, "legacy"));
	element(&page, "</dl>\n<p><a class=\"button button-quiet\" id=\"logout\" href=\"/logout\">", TEXT_LOGOUT, "</a></p></div></section>\n");
	claim_table(&page, claims);
	services(&page);
	return end(&page, ret_html);
}

/* In the reader's language where we know the code; else in the broker's own words. */
static void say_oauth_error(struct page *page, struct span oauth_error, struct span description)
{
	char *code = arena_cstr(page->out.arena, oauth_error);
	const char *text = code ? text_value("error", code, page->language) : NULL;

	if (text && text != code)
		markup(page, text);
	else
		escape(page, description);
}

int page_problem(struct arena *arena, enum text_language language, int error, struct span oauth_error, struct span description,
		 struct span *ret_html)
{
	struct page page = { buf_new(arena, 4096), language };

	begin(&page, "problem");
	element(&page, "<section class=\"inner narrow\"><h1>", TEXT_FAILED, "</h1>\n<div id=\"error\" role=\"alert\" data-code=\"");
	data(&page, error_row(error)->code);
	markup(&page, "\"><p>");
	data(&page, text_problem(error, language));
	markup(&page, "</p>");
	if (oauth_error.n) {
		markup(&page, "\n<p class=\"said\"><code>");
		escape(&page, oauth_error);
		markup(&page, "</code> ");
		say_oauth_error(&page, oauth_error, description);
		markup(&page, "</p>");
	}
	element(&page, "</div>\n<p class=\"buttons\"><a class=\"button\" id=\"login\" href=\"/login\">", TEXT_AGAIN, "</a> ");
	element(&page, "<a class=\"button button-quiet\" href=\"/\">", TEXT_HOME, "</a></p></section>\n");
	return end(&page, ret_html);
}
