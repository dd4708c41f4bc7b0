/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/http/template_html.h"

#include <stdio.h>

static const char *const url_attributes[] = { "href", "src", "action", "formaction", "poster", "cite", "data", "background",
					      "longdesc", "ping", "manifest", "xlink:href", NULL };
static const char *const refused_attributes[] = { "style", "srcdoc", "srcset", "imagesrcset", "http-equiv", NULL };
/* They load, embed, rebase or animate an attribute that this file would otherwise judge. */
static const char *const refused_elements[] = { "script", "style", "base", "meta", "link", "iframe", "object", "embed", "use",
						"animate", "set", "animatetransform", "animatemotion", "foreignobject", NULL };
/* Their content follows other rules than those below. */
static const char *const unknown_elements[] = { "xmp", "plaintext", "noembed", "noframes", "frameset", NULL };

static bool is_in(const char *name, const char *const *list)
{
	while (*list && strcmp(name, *list) != 0)
		list++;
	return *list != NULL;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool is_letter(char c)
{
	return lower(c) >= 'a' && lower(c) <= 'z';
}

static const char *append(char *name, size_t size, char c)
{
	size_t n = strlen(name);

	if (n + 1 >= size)
		return "a name too long to judge";
	if (!is_letter(c) && !(c >= '0' && c <= '9') && c != '-' && c != ':' && c != '_')
		return "a stray character in a tag";
	name[n] = lower(c);
	return NULL;
}

static void enter(struct template_html *html, enum template_html_state state)
{
	html->state = state;
	html->head_n = 0;
	html->dashes = 0;
	html->value = VALUE_EMPTY;
	memset(html->head, 0, sizeof html->head);
	if (state == HTML_TEXT || state == HTML_TAG_OPEN) {
		memset(html->tag, 0, sizeof html->tag);
		html->is_end_tag = false;
	}
	if (state != HTML_VALUE && state != HTML_BARE && state != HTML_BEFORE_VALUE && state != HTML_AFTER_NAME) {
		memset(html->attribute, 0, sizeof html->attribute);
		html->quote = 0;
	}
}

static bool is_raw(const char *tag)
{
	return strcmp(tag, "script") == 0 || strcmp(tag, "style") == 0;
}

static bool is_rcdata(const char *tag)
{
	return strcmp(tag, "title") == 0 || strcmp(tag, "textarea") == 0;
}

static const char *close_tag(struct template_html *html)
{
	if (is_in(html->tag, unknown_elements))
		return "an element whose content cannot be judged";
	if (!html->is_end_tag && (is_raw(html->tag) || is_rcdata(html->tag)))
		enter(html, HTML_RAW);
	else
		enter(html, HTML_TEXT);
	return NULL;
}

static const char *start_name(struct template_html *html, char c)
{
	enter(html, HTML_NAME);
	return append(html->attribute, sizeof html->attribute, c);
}

/* What the first characters of a URL say of its scheme and host. */
static const char *judge_url(struct template_html *html, char c)
{
	static const char *const safe[] = { "https://", "http://", "?", "#", NULL };

	if (html->value == VALUE_SAFE)
		return NULL;
	if (html->value == VALUE_HOLE && (c == '/' || c == '\\'))
		return "a '/' behind a hole that may be '/' itself";
	html->value = html->value == VALUE_HOLE ? VALUE_SAFE : VALUE_OPEN;
	if (html->head_n >= sizeof html->head - 1)
		return NULL;
	html->head[html->head_n++] = lower(c);
	if (is_in(html->head, safe) || (html->head_n == 2 && html->head[0] == '/' && c != '/' && c != '\\'))
		html->value = VALUE_SAFE;
	return NULL;
}

static const char *feed_tag_name(struct template_html *html, char c)
{
	if (is_space(c) || c == '/') {
		html->state = HTML_TAG;
		return NULL;
	}
	return c == '>' ? close_tag(html) : append(html->tag, sizeof html->tag, c);
}

static const char *feed_markup(struct template_html *html, char c)
{
	if (html->state == HTML_DOCTYPE) {
		if (c == '>')
			enter(html, HTML_TEXT);
		return NULL;
	}
	html->head[html->head_n++] = lower(c);
	if (strcmp(html->head, "--") == 0) {
		enter(html, HTML_COMMENT);
		html->dashes = 2; /* "<!-->" is a whole comment */
	} else if (strcmp(html->head, "doctype") == 0) {
		html->state = HTML_DOCTYPE;
	} else if (strncmp("doctype", html->head, html->head_n) != 0 && strcmp(html->head, "-") != 0) {
		return "a markup declaration other than a comment or the doctype";
	}
	return NULL;
}

static const char *feed_comment(struct template_html *html, char c)
{
	if (c == '!' && html->dashes >= 2)
		return "\"--!\" in a comment, which ends it or not";
	if (c == '>' && html->dashes >= 2)
		enter(html, HTML_TEXT);
	else
		html->dashes = c == '-' ? html->dashes + 1 : 0;
	return NULL;
}

/* Inside script, style, title and textarea only the element's own end tag counts. */
static const char *feed_raw(struct template_html *html, char c)
{
	if (html->state == HTML_RAW) {
		if (c == '<')
			html->state = HTML_RAW_END;
		return NULL;
	}
	if (html->head_n == 0 ? c == '/' : html->head_n <= strlen(html->tag) && lower(c) == html->tag[html->head_n - 1]) {
		html->head_n++;
		return NULL;
	}
	if (html->head_n == strlen(html->tag) + 1 && c == '>') {
		enter(html, HTML_TEXT);
		return NULL;
	}
	if (is_rcdata(html->tag))
		return "markup inside title or textarea";
	html->head_n = 0;
	html->state = c == '<' ? HTML_RAW_END : HTML_RAW;
	return NULL;
}

static const char *feed_value(struct template_html *html, char c)
{
	if (html->state == HTML_VALUE) {
		if (c != html->quote)
			return is_in(html->attribute, url_attributes) ? judge_url(html, c) : NULL;
		enter(html, HTML_TAG);
		return NULL;
	}
	if (is_space(c))
		enter(html, HTML_TAG);
	else if (c == '>')
		return close_tag(html);
	else if (c == '"' || c == '\'' || c == '<' || c == '=' || c == '`')
		return "a stray character in an unquoted attribute";
	return NULL;
}

static const char *feed_attribute(struct template_html *html, char c)
{
	switch (html->state) {
	case HTML_TAG:
		if (c == '>')
			return close_tag(html);
		return is_space(c) || c == '/' ? NULL : start_name(html, c);
	case HTML_NAME:
		if (c == '>')
			return close_tag(html);
		if (c == '=' || is_space(c) || c == '/') {
			enter(html, c == '=' ? HTML_BEFORE_VALUE : c == '/' ? HTML_TAG : HTML_AFTER_NAME);
			return NULL;
		}
		return append(html->attribute, sizeof html->attribute, c);
	case HTML_AFTER_NAME:
		if (c == '=')
			html->state = HTML_BEFORE_VALUE;
		else if (c == '>')
			return close_tag(html);
		else if (c == '/')
			enter(html, HTML_TAG); /* what follows is another attribute, even '=' */
		else if (!is_space(c))
			return start_name(html, c);
		return NULL;
	default: /* HTML_BEFORE_VALUE */
		if (is_space(c))
			return NULL;
		if (c == '>')
			return "an attribute without its value";
		html->state = c == '"' || c == '\'' ? HTML_VALUE : HTML_BARE;
		html->quote = c == '"' || c == '\'' ? c : 0;
		return html->state == HTML_BARE ? feed_value(html, c) : NULL;
	}
}

static const char *feed_one(struct template_html *html, char c)
{
	switch (html->state) {
	case HTML_TEXT:
		if (c == '<')
			enter(html, HTML_TAG_OPEN);
		return NULL;
	case HTML_TAG_OPEN:
		if (c == '!' && !html->is_end_tag) {
			html->state = HTML_MARKUP;
			return NULL;
		}
		if (c == '/' && !html->is_end_tag) {
			html->is_end_tag = true;
			return NULL;
		}
		if (!is_letter(c))
			return "a '<' that begins no tag (write &lt;)";
		html->state = HTML_TAG_NAME;
		return append(html->tag, sizeof html->tag, c);
	case HTML_TAG_NAME:
		return feed_tag_name(html, c);
	case HTML_MARKUP:
	case HTML_DOCTYPE:
		return feed_markup(html, c);
	case HTML_COMMENT:
		return feed_comment(html, c);
	case HTML_RAW:
	case HTML_RAW_END:
		return feed_raw(html, c);
	case HTML_VALUE:
	case HTML_BARE:
		return feed_value(html, c);
	default:
		return feed_attribute(html, c);
	}
}

const char *template_html_feed(struct template_html *html, struct span text, size_t *ret_at)
{
	for (size_t i = 0; i < text.n; i++) {
		const char *why = text.p[i] ? feed_one(html, text.p[i]) : "a NUL";

		if (why) {
			*ret_at = i;
			return why;
		}
	}
	return NULL;
}

static const char *hole_in_value(struct template_html *html, enum template_place *ret_place)
{
	if (is_in(html->tag, refused_elements))
		return "a hole in an element that loads, embeds or scripts";
	if (strncmp(html->attribute, "on", 2) == 0)
		return "a hole in an event handler";
	if (is_in(html->attribute, refused_attributes))
		return "a hole in an attribute that cannot be escaped";
	if (!is_in(html->attribute, url_attributes)) {
		*ret_place = PLACE_TEXT;
		return NULL;
	}
	if (html->value == VALUE_OPEN)
		return "a hole behind the beginning of a URL that is not yet http, https or a path";
	*ret_place = PLACE_URL_PART;
	if (html->value == VALUE_EMPTY) {
		*ret_place = strcmp(html->tag, "img") == 0 && strcmp(html->attribute, "src") == 0 ? PLACE_IMAGE : PLACE_URL;
		html->value = VALUE_HOLE;
	}
	return NULL;
}

const char *template_html_hole(struct template_html *html, enum template_place *ret_place)
{
	switch (html->state) {
	case HTML_TEXT:
		*ret_place = PLACE_TEXT;
		return NULL;
	case HTML_VALUE:
		return hole_in_value(html, ret_place);
	case HTML_RAW:
		if (is_raw(html->tag))
			return "a hole in <script> or <style>";
		*ret_place = PLACE_TEXT;
		return NULL;
	case HTML_RAW_END:
		return "a hole in an end tag";
	case HTML_COMMENT:
	case HTML_MARKUP:
	case HTML_DOCTYPE:
		return "a hole in a comment or declaration";
	case HTML_BARE:
	case HTML_BEFORE_VALUE:
		return "a hole in an attribute without quotes";
	case HTML_TAG_OPEN:
	case HTML_TAG_NAME:
	case HTML_TAG:
	case HTML_NAME:
	case HTML_AFTER_NAME:
		break;
	}
	return "a hole in a tag outside an attribute's value";
}

void template_html_settle(struct template_html *html)
{
	if (html->state == HTML_AFTER_NAME)
		enter(html, HTML_TAG);
}

bool template_html_same(const struct template_html *a, const struct template_html *b)
{
	return a->state == b->state && a->value == b->value && a->is_end_tag == b->is_end_tag && a->quote == b->quote &&
	       strcmp(a->tag, b->tag) == 0 && strcmp(a->attribute, b->attribute) == 0;
}
