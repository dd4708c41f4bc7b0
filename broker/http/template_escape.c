/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/encode.h"
#include "broker/http/template_op.h"

static void escape_html(struct buf *out, struct span text)
{
	size_t done = 0;

	for (size_t i = 0; i < text.n; i++) {
		struct span entity;

		switch (text.p[i]) {
		case '&':
			entity = SPAN("&amp;");
			break;
		case '<':
			entity = SPAN("&lt;");
			break;
		case '>':
			entity = SPAN("&gt;");
			break;
		case '"':
			entity = SPAN("&quot;");
			break;
		case '\'':
			entity = SPAN("&#39;");
			break;
		default:
			continue;
		}
		buf_add(out, (struct span){ text.p + done, i - done });
		buf_add(out, entity);
		done = i + 1;
	}
	buf_add(out, (struct span){ text.p + done, text.n - done });
}

static bool starts_nocase(struct span text, struct span prefix)
{
	return text.n >= prefix.n && span_eq_nocase((struct span){ text.p, prefix.n }, prefix);
}

/* http, https, or a path of our own. Browsers drop tabs and newlines from URLs and read '\' as '/', so neither passes. */
static bool is_harmless_url(struct span url)
{
	for (size_t i = 0; i < url.n; i++)
		if ((unsigned char)url.p[i] <= ' ' || url.p[i] == 0x7f || url.p[i] == '\\')
			return false;
	if (url.n && url.p[0] == '/')
		return url.n == 1 || url.p[1] != '/';
	return starts_nocase(url, SPAN("https://")) || starts_nocase(url, SPAN("http://"));
}

/* Our own captcha: a PNG inside the page. */
static bool is_inline_png(struct span url)
{
	static const struct span prefix = { "data:image/png;base64,", 22 };

	if (!span_starts(url, prefix))
		return false;
	for (size_t i = prefix.n; i < url.n; i++) {
		char c = url.p[i];

		if (!(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '+' && c != '/' &&
				c != '=')
			return false;
	}
	return true;
}

void template_escape(struct buf *out, enum template_place place, struct span text)
{
	if (text.n == 0)
		text.p = "";
	switch (place) {
	case PLACE_TEXT:
		escape_html(out, text);
		return;
	case PLACE_URL_PART:
		encode_percent(out, text);
		return;
	case PLACE_IMAGE:
	case PLACE_URL:
		if (is_harmless_url(text) || (place == PLACE_IMAGE && is_inline_png(text)))
			escape_html(out, text);
		else
			buf_char(out, '#');
		return;
	}
}
