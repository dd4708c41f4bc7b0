/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/url.h"

#include "broker/base/encode.h"
#include "broker/base/error.h"

static bool is_host_char(char c, bool bracketed)
{
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.')
		return true;
	return bracketed ? c == ':' : c == '-' || c == '_';
}

/* Dotted decimal that begins with 127, or the two names of the same thing. */
static bool is_loopback(struct span host)
{
	if (span_eq_nocase(host, SPAN("localhost")) || span_is(host, "::1"))
		return true;
	if (!span_starts(host, SPAN("127.")))
		return false;
	int dots = 0;
	for (size_t i = 0; i < host.n; i++) {
		if (host.p[i] == '.')
			dots++;
		else if (host.p[i] < '0' || host.p[i] > '9')
			return false;
	}
	return dots == 3;
}

static int parse_authority(struct span authority, struct url *url)
{
	struct span port = { NULL, 0 };
	bool bracketed = authority.n && authority.p[0] == '[';
	uint64_t number;

	if (bracketed) {
		struct span rest = { authority.p + 1, authority.n - 1 };

		url->host = span_cut(&rest, ']');
		if (!rest.p || (rest.n && rest.p[0] != ':'))
			return ERR_INVALID;
		if (rest.n)
			port = (struct span){ rest.p + 1, rest.n - 1 };
		url->has_port = rest.n > 0;
	} else {
		struct span rest = authority;

		url->host = span_cut(&rest, ':');
		url->has_port = rest.p != NULL;
		port = rest;
	}
	if (url->host.n == 0)
		return ERR_INVALID;
	for (size_t i = 0; i < url->host.n; i++)
		if (!is_host_char(url->host.p[i], bracketed))
			return ERR_INVALID;
	if (!url->has_port) {
		url->port = span_is(url->scheme, "https") ? 443 : 80;
		return 0;
	}
	if (!span_to_u64(port, &number) || number == 0 || number > 65535)
		return ERR_INVALID;
	url->port = (uint16_t)number;
	return 0;
}

int url_parse(struct span text, struct url *ret_url)
{
	struct url url = { 0 };
	struct span rest = text;

	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] <= 0x20 || (unsigned char)text.p[i] >= 0x7f || text.p[i] == '\\')
			return ERR_INVALID;
	if (span_starts(rest, SPAN("https://")))
		url.scheme = (struct span){ rest.p, 5 };
	else if (span_starts(rest, SPAN("http://")))
		url.scheme = (struct span){ rest.p, 4 };
	else
		return ERR_INVALID;
	rest.p += url.scheme.n + 3;
	rest.n -= url.scheme.n + 3;

	struct span before_fragment = span_cut(&rest, '#');
	url.has_fragment = rest.p != NULL;
	url.fragment = rest;
	rest = before_fragment;
	struct span before_query = span_cut(&rest, '?');
	url.has_query = rest.p != NULL;
	url.query = rest;
	const char *slash = memchr(before_query.p, '/', before_query.n);
	size_t n = slash ? (size_t)(slash - before_query.p) : before_query.n;
	url.authority = (struct span){ before_query.p, n };
	url.path = (struct span){ before_query.p + n, before_query.n - n };
	TRY(parse_authority(url.authority, &url));
	url.is_loopback = is_loopback(url.host);
	*ret_url = url;
	return 0;
}

int url_parse_secure(struct span text, struct url *ret_url)
{
	struct url url;

	TRY(url_parse(text, &url));
	if (!span_is(url.scheme, "https") && !url.is_loopback)
		return ERR_INVALID;
	*ret_url = url;
	return 0;
}

struct span url_host_header(const struct url *url)
{
	return url->has_port && url->port != (span_is(url->scheme, "https") ? 443 : 80) ? url->authority : url->host;
}

void url_open_query(struct buf *buf, struct span url, bool *ret_first)
{
	bool has_query = url.n && memchr(url.p, '?', url.n);

	buf_add(buf, url);
	if (!has_query)
		buf_char(buf, '?');
	*ret_first = !has_query || url.p[url.n - 1] == '?' || url.p[url.n - 1] == '&';
}

void url_add_pair(struct buf *buf, bool *first, struct span key, struct span value)
{
	if (!*first)
		buf_char(buf, '&');
	*first = false;
	encode_percent(buf, key);
	buf_char(buf, '=');
	encode_percent(buf, value);
}

bool url_next_pair(struct span *form, struct arena *arena, struct span *ret_key, struct span *ret_value, int *error)
{
	struct span key, value;

	do {
		if (!form->p)
			return false;
		value = span_cut(form, '&');
	} while (value.n == 0);
	key = span_cut(&value, '=');
	*error = encode_percent_decode(key, true, arena, ret_key);
	if (!*error)
		*error = encode_percent_decode(value, true, arena, ret_value);
	return !*error;
}
