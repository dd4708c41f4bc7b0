/* SPDX-License-Identifier: Apache-2.0 */
#include "providers/xml.h"

#include "broker/base/encode.h"
#include "broker/base/error.h"

#include <stdio.h>

struct xml xml_new(struct span text, const char *name_space, struct arena *arena)
{
	struct xml xml = { .rest = text, .arena = arena, .name_space = name_space };

	if (span_starts(text, SPAN("\xef\xbb\xbf")))
		xml.rest = (struct span){ text.p + 3, text.n - 3 };
	if (!encode_is_utf8(text))
		xml.rest = SPAN("<"); /* malformed at the first look */
	return xml;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Of names ASCII only: CAS knows no others. */
static bool is_name_char(char c, bool first)
{
	bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';

	return letter || (!first && ((c >= '0' && c <= '9') || c == '-' || c == '.' || c == ':'));
}

static void advance(struct xml *xml, size_t n)
{
	xml->rest = (struct span){ xml->rest.p + n, xml->rest.n - n };
}

static bool accept(struct xml *xml, const char *literal)
{
	if (!span_starts(xml->rest, span_of(literal)))
		return false;
	advance(xml, strlen(literal));
	return true;
}

static bool skip_space(struct xml *xml)
{
	bool any = false;

	while (xml->rest.n && is_space(*xml->rest.p)) {
		advance(xml, 1);
		any = true;
	}
	return any;
}

/* Past @end; what stood before it in *@ret_text. */
static bool take_until(struct xml *xml, const char *end, struct span *ret_text)
{
	const char *at = xml->rest.n ? memmem(xml->rest.p, xml->rest.n, end, strlen(end)) : NULL;

	if (!at)
		return false;
	*ret_text = (struct span){ xml->rest.p, (size_t)(at - xml->rest.p) };
	advance(xml, ret_text->n + strlen(end));
	return true;
}

static struct span take_name(struct xml *xml)
{
	struct span name = { xml->rest.p, 0 };

	while (name.n < xml->rest.n && is_name_char(xml->rest.p[name.n], name.n == 0))
		name.n++;
	advance(xml, name.n);
	return name;
}

static void add_character(struct buf *buf, uint32_t c)
{
	if (c < 0x80) {
		buf_char(buf, (char)c);
		return;
	}
	if (c < 0x800) {
		buf_char(buf, (char)(0xc0 | c >> 6));
	} else {
		if (c < 0x10000) {
			buf_char(buf, (char)(0xe0 | c >> 12));
		} else {
			buf_char(buf, (char)(0xf0 | c >> 18));
			buf_char(buf, (char)(0x80 | (c >> 12 & 0x3f)));
		}
		buf_char(buf, (char)(0x80 | (c >> 6 & 0x3f)));
	}
	buf_char(buf, (char)(0x80 | (c & 0x3f)));
}

/* XML 1.0 2.2 [2] Char */
static bool is_character(uint32_t c)
{
	return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c <= 0xd7ff) || (c >= 0xe000 && c <= 0xfffd) || (c >= 0x10000 && c <= 0x10ffff);
}

/* The text between & and ; as a character; false for an entity that XML itself does not have. */
static bool entity(struct span name, uint32_t *ret)
{
	static const struct {
		const char *name;
		char c;
	} known[] = { { "amp", '&' }, { "lt", '<' }, { "gt", '>' }, { "quot", '"' }, { "apos", '\'' } };
	bool hex = name.n > 2 && name.p[1] == 'x';
	uint32_t c = 0;

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (span_is(name, known[i].name)) {
			*ret = (uint32_t)known[i].c;
			return true;
		}
	if (name.n < 2 || name.n > 9 || name.p[0] != '#')
		return false;
	for (size_t i = hex ? 2 : 1; i < name.n; i++) {
		char d = name.p[i];
		uint32_t digit = d >= '0' && d <= '9' ? (uint32_t)(d - '0') : hex && d >= 'a' && d <= 'f' ? (uint32_t)(d - 'a' + 10) : hex && d >= 'A' && d <= 'F' ? (uint32_t)(d - 'A' + 10) : 99;

		if (digit == 99)
			return false;
		c = c * (hex ? 16 : 10) + digit;
	}
	*ret = c;
	return is_character(c);
}

/* @raw decoded onto @buf. */
static int decode(struct span raw, struct buf *buf)
{
	while (raw.n) {
		const char *amp = memchr(raw.p, '&', raw.n);
		struct span plain = { raw.p, amp ? (size_t)(amp - raw.p) : raw.n };
		uint32_t c;

		for (size_t i = 0; i < plain.n; i++)
			if (!is_character((unsigned char)plain.p[i]) || plain.p[i] == '<')
				return ERR_MALFORMED;
		buf_add(buf, plain);
		if (!amp)
			return 0;
		const char *end = memchr(amp, ';', raw.n - plain.n);
		if (!end || !entity((struct span){ amp + 1, (size_t)(end - amp) - 1 }, &c))
			return ERR_MALFORMED;
		add_character(buf, c);
		raw = (struct span){ end + 1, raw.n - plain.n - (size_t)(end + 1 - amp) };
	}
	return 0;
}

static int take_attribute(struct xml *xml)
{
	struct buf buf = buf_new(xml->arena, 64);
	struct span name = take_name(xml), raw, value;

	skip_space(xml);
	if (!name.n || !accept(xml, "="))
		return ERR_MALFORMED;
	skip_space(xml);
	const char *quote = xml->rest.n && *xml->rest.p == '\'' ? "'" : "\"";
	if (!accept(xml, quote) || !take_until(xml, quote, &raw) || xml->n_attributes == XML_ATTRIBUTES_MAX)
		return ERR_MALFORMED;
	for (size_t i = 0; i < xml->n_attributes; i++)
		if (span_eq(xml->attributes[i].name, name))
			return ERR_MALFORMED;
	TRY(decode(raw, &buf));
	TRY(buf_done(&buf, &value));
	xml->attributes[xml->n_attributes++] = (struct xml_attribute){ name, value };
	return 0;
}

/* The prefix stands for what is expected at the root, and nobody binds it anew further in. */
static int check_name_space(struct xml *xml, struct span prefix, bool is_root)
{
	char declared[64];
	int n = prefix.n ? snprintf(declared, sizeof declared, "xmlns:" SPAN_FMT, SPAN_ARG(prefix)) : snprintf(declared, sizeof declared, "xmlns");

	if (n < 0 || (size_t)n >= sizeof declared)
		return ERR_MALFORMED;
	bool is_bound = is_root;
	for (size_t i = 0; i < xml->n_attributes; i++) /* also to nothing: xmlns="" */
		is_bound |= span_is(xml->attributes[i].name, declared);
	if (xml->name_space && is_bound && !span_is(xml_attribute(xml, declared), xml->name_space))
		return ERR_MALFORMED;
	return 0;
}

static int take_open(struct xml *xml)
{
	struct span full = take_name(xml), local = full, prefix = { full.p, 0 };
	bool is_root = !xml->depth;

	if (!full.n || xml->depth == XML_DEPTH_MAX || (is_root && xml->has_root))
		return ERR_MALFORMED;
	if (memchr(full.p, ':', full.n))
		prefix = span_cut(&local, ':');
	if (!local.n || memchr(local.p, ':', local.n))
		return ERR_MALFORMED;
	for (xml->n_attributes = 0;;) {
		bool spaced = skip_space(xml);

		xml->closes = accept(xml, "/>");
		if (xml->closes || accept(xml, ">"))
			break;
		if (!spaced)
			return ERR_MALFORMED;
		TRY(take_attribute(xml));
	}
	if (is_root)
		xml->prefix = prefix;
	if (xml->name_space && !span_eq(prefix, xml->prefix))
		return ERR_MALFORMED;
	TRY(check_name_space(xml, prefix, is_root));
	xml->has_root = true;
	xml->open[xml->depth++] = full;
	xml->name = local;
	return 0;
}

static struct span local_of(struct span full)
{
	struct span local = full;

	if (memchr(full.p, ':', full.n))
		span_cut(&local, ':');
	return local;
}

static int take_close(struct xml *xml, bool written)
{
	struct span full = xml->depth ? xml->open[xml->depth - 1] : (struct span){ NULL, 0 };

	if (!xml->depth || (written && !span_eq(take_name(xml), full)))
		return ERR_MALFORMED;
	if (written) {
		skip_space(xml);
		if (!accept(xml, ">"))
			return ERR_MALFORMED;
	}
	xml->depth--;
	xml->name = local_of(full);
	return 0;
}

/* Text up to the next tag: joined of plain text, CDATA and what comments leave. */
static int take_text(struct xml *xml)
{
	struct buf buf = buf_new(xml->arena, 64);
	struct span raw;

	while (xml->rest.n) {
		if (accept(xml, "<![CDATA[")) {
			if (!take_until(xml, "]]>", &raw))
				return ERR_MALFORMED;
			for (size_t i = 0; i < raw.n; i++)
				if (!is_character((unsigned char)raw.p[i]))
					return ERR_MALFORMED;
			buf_add(&buf, raw);
		} else if (accept(xml, "<!--")) {
			if (!take_until(xml, "--", &raw) || !accept(xml, ">"))
				return ERR_MALFORMED;
		} else if (*xml->rest.p == '<') {
			break;
		} else {
			const char *end = memchr(xml->rest.p, '<', xml->rest.n);

			raw = (struct span){ xml->rest.p, end ? (size_t)(end - xml->rest.p) : xml->rest.n };
			if (raw.n >= 3 && memmem(raw.p, raw.n, "]]>", 3)) /* 2.4: not in texts */
				return ERR_MALFORMED;
			advance(xml, raw.n);
			TRY(decode(raw, &buf));
		}
	}
	return buf_done(&buf, &xml->text);
}

/* Before and after the root: white space and comments. */
static int take_outside(struct xml *xml)
{
	struct span skipped;

	for (;;) {
		skip_space(xml);
		if (!accept(xml, "<!--"))
			return 0;
		if (!take_until(xml, "--", &skipped) || !accept(xml, ">"))
			return ERR_MALFORMED;
	}
}

/* XML 1.0 2.8 [23]; the encoding must be the one that everything here is in. */
static int take_declaration(struct xml *xml)
{
	struct span encoding;

	if (!accept(xml, "<?xml"))
		return 0;
	xml->n_attributes = 0;
	while (skip_space(xml) && !span_starts(xml->rest, SPAN("?>")))
		TRY(take_attribute(xml));
	encoding = xml_attribute(xml, "encoding");
	return accept(xml, "?>") && (!encoding.n || span_eq_nocase(encoding, SPAN("utf-8"))) ? 0 : ERR_MALFORMED;
}

int xml_next(struct xml *xml, enum xml_piece *ret_piece)
{
	if (xml->closes) {
		xml->closes = false;
		*ret_piece = XML_CLOSE;
		return take_close(xml, false);
	}
	if (!xml->depth) {
		if (!xml->has_root)
			TRY(take_declaration(xml));
		TRY(take_outside(xml));
		if (xml->has_root) {
			*ret_piece = XML_END;
			return xml->rest.n ? ERR_MALFORMED : 0;
		}
	} else if (!span_starts(xml->rest, SPAN("<")) || span_starts(xml->rest, SPAN("<!"))) {
		*ret_piece = XML_TEXT;
		TRY(take_text(xml));
		if (xml->text.n || !xml->rest.n)
			return xml->rest.n ? 0 : ERR_MALFORMED;
	}
	if (accept(xml, "</")) {
		*ret_piece = XML_CLOSE;
		return take_close(xml, true);
	}
	*ret_piece = XML_OPEN;
	return accept(xml, "<") ? take_open(xml) : ERR_MALFORMED;
}

struct span xml_attribute(const struct xml *xml, const char *name)
{
	for (size_t i = 0; i < xml->n_attributes; i++)
		if (span_is(xml->attributes[i].name, name))
			return xml->attributes[i].value;
	return (struct span){ NULL, 0 };
}

int xml_text(struct xml *xml, struct span *ret_text)
{
	struct span text = { "", 0 };
	enum xml_piece piece;

	TRY(xml_next(xml, &piece));
	if (piece == XML_TEXT) {
		text = xml->text;
		TRY(xml_next(xml, &piece));
	}
	if (piece != XML_CLOSE)
		return ERR_MALFORMED;
	*ret_text = text;
	return 0;
}

int xml_skip(struct xml *xml)
{
	size_t above = xml->depth - 1;
	enum xml_piece piece;

	while (xml->depth > above)
		TRY(xml_next(xml, &piece));
	return 0;
}
