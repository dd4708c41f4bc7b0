/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/reply.h"

#include <ctype.h>
#include <stdlib.h>

static struct span between(const char *from, const char *to)
{
	return (struct span){ from, (size_t)(to - from) };
}

static const char *find(struct span text, const char *what)
{
	return text.n ? memmem(text.p, text.n, what, strlen(what)) : NULL;
}

/* One line without its end; false when none is left. */
static bool next_line(struct span *rest, struct span *ret_line)
{
	const char *end = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;

	if (!end)
		return false;
	*ret_line = between(rest->p, end > rest->p && end[-1] == '\r' ? end - 1 : end);
	*rest = between(end + 1, rest->p + rest->n);
	return true;
}

static bool is_header(struct span line, const char *name, struct span *ret_value)
{
	size_t n = strlen(name);

	if (line.n <= n || line.p[n] != ':' || !span_eq_nocase((struct span){ line.p, n }, span_of(name)))
		return false;
	*ret_value = span_trim((struct span){ line.p + n + 1, line.n - n - 1 });
	return true;
}

/* The chunked body at @p is moved together; RFC 9112 7.1. Two passes, so that a partial body stays as it is. */
static enum reply_state unchunk(char *p, size_t n, struct span *ret_body)
{
	for (int pass = 0; pass < 2; pass++) {
		size_t at = 0, out = 0;

		for (;;) {
			char *end;
			const char *eol = at < n ? memchr(p + at, '\n', n - at) : NULL;

			if (!eol)
				return REPLY_PARTIAL;
			size_t size = strtoul(p + at, &end, 16);
			if (end == p + at)
				return REPLY_MALFORMED;
			at = (size_t)(eol - p) + 1;
			if (size > n - at || n - at - size < 2)
				return REPLY_PARTIAL;
			if (!size) { /* no trailers are expected */
				*ret_body = (struct span){ p, out };
				break;
			}
			if (pass)
				memmove(p + out, p + at, size);
			out += size;
			at += size + 2;
		}
	}
	return REPLY_COMPLETE;
}

enum reply_state reply_parse(char *p, size_t n, bool at_end, struct reply *ret_reply)
{
	const char *end = memmem(p, n, "\r\n\r\n", 4);
	struct reply reply = { .status = 0 };
	bool is_chunked = false, has_length = false;
	struct span line, value, rest;
	uint64_t length = 0;

	if (!end)
		return at_end ? REPLY_MALFORMED : REPLY_PARTIAL;
	if (end - p < 12 || memcmp(p, "HTTP/1.", 7))
		return REPLY_MALFORMED;
	reply.status = atoi(p + 9);
	reply.head = between(p, end + 2);
	rest = reply.head;
	while (next_line(&rest, &line)) {
		if (!line.n)
			continue;
		switch (line.p[0] | 0x20) {
		case 'c':
			if (is_header(line, "content-length", &value))
				has_length = span_to_u64(value, &length);
			else if (is_header(line, "connection", &value) && span_eq_nocase(value, SPAN("close")))
				reply.closes = true;
			break;
		case 't':
			if (is_header(line, "transfer-encoding", &value))
				is_chunked = true;
			break;
		case 'l':
			if (is_header(line, "location", &value))
				reply.location = value;
			break;
		}
	}
	char *body = p + (end + 4 - p);
	size_t have = n - (size_t)(body - p);
	if (is_chunked) {
		enum reply_state state = unchunk(body, have, &reply.body);
		if (state != REPLY_COMPLETE)
			return state == REPLY_PARTIAL && at_end ? REPLY_MALFORMED : state;
	} else if (has_length || reply.status == 204 || reply.status == 304) {
		if (have < length)
			return at_end ? REPLY_MALFORMED : REPLY_PARTIAL;
		reply.body = (struct span){ body, length };
	} else {
		if (!at_end)
			return REPLY_PARTIAL;
		reply.body = (struct span){ body, have };
		reply.closes = true;
	}
	*ret_reply = reply;
	return REPLY_COMPLETE;
}

bool reply_header(const struct reply *reply, const char *name, size_t *at, struct span *ret_value)
{
	struct span rest = { reply->head.p + *at, reply->head.n - *at }, line;

	while (next_line(&rest, &line)) {
		*at = (size_t)(rest.p - reply->head.p);
		if (is_header(line, name, ret_value))
			return true;
	}
	return false;
}

bool reply_json_string(struct span json, struct span key, struct span *ret_value)
{
	const char *end = json.p + json.n, *p = json.p;

	while (p && p < end && (p = memmem(p, (size_t)(end - p), key.p, key.n))) {
		const char *q = p + key.n;

		if (p == json.p || p[-1] != '"' || q == end || *q != '"') {
			p++;
			continue;
		}
		for (q++; q < end && (isspace((unsigned char)*q) || *q == ':'); q++)
			;
		if (q == end || *q != '"')
			return false;
		const char *close = memchr(q + 1, '"', (size_t)(end - q - 1));
		if (!close)
			return false;
		*ret_value = between(q + 1, close);
		return true;
	}
	return false;
}

bool reply_query(struct span url, struct span key, struct span *ret_value)
{
	size_t i = 0;

	while (i < url.n && url.p[i] != '?' && url.p[i] != '#')
		i++;
	while (i < url.n) {
		struct span pair = { url.p + i + 1, 0 };

		for (i++; i < url.n && url.p[i] != '&' && url.p[i] != '#'; i++)
			pair.n++;
		if (pair.n > key.n && pair.p[key.n] == '=' && span_starts(pair, key)) {
			*ret_value = (struct span){ pair.p + key.n + 1, pair.n - key.n - 1 };
			return true;
		}
	}
	return false;
}

struct span reply_path(struct span url)
{
	const char *at = find(url, "://"), *slash;

	if (!at)
		return url;
	slash = memchr(at + 3, '/', (size_t)(url.p + url.n - at - 3));
	return slash ? between(slash, url.p + url.n) : SPAN("/");
}

/* The quoted value of attribute @name in @tag. */
static bool attribute(struct span tag, const char *name, struct span *ret_value)
{
	size_t n = strlen(name);

	for (const char *p = tag.p; (p = find(between(p, tag.p + tag.n), name)); p++) {
		const char *q = p + n, *end = tag.p + tag.n, *close;

		if (!isspace((unsigned char)p[-1]) || end - q < 3 || q[0] != '=' || (q[1] != '"' && q[1] != '\''))
			continue;
		close = memchr(q + 2, q[1], (size_t)(end - q - 2));
		if (!close)
			return false;
		*ret_value = between(q + 2, close);
		return true;
	}
	return false;
}

/* The next @start…> of the text, which is shortened. */
static bool next_tag(struct span *html, const char *start, struct span *ret_tag)
{
	const char *p = find(*html, start), *end;

	if (!p || !(end = memchr(p, '>', (size_t)(html->p + html->n - p))))
		return false;
	*ret_tag = between(p, end);
	*html = between(end, html->p + html->n);
	return true;
}

bool reply_field(struct span html, struct span name, struct span *ret_value)
{
	struct span tag, value;

	while (next_tag(&html, "<input", &tag))
		if (attribute(tag, "name", &value) && span_eq(value, name))
			return attribute(tag, "value", ret_value);
	return false;
}

bool reply_action(struct span html, struct span id, struct span *ret_value)
{
	struct span tag, value;

	while (next_tag(&html, "<form", &tag))
		if (span_is(id, "-") || (attribute(tag, "id", &value) && span_eq(value, id)))
			return attribute(tag, "action", ret_value);
	return false;
}
