/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/http/guard.h"

/* Headers that decide framing, authority or who asks: two of them are two requests in one. */
static const struct single {
	struct span name;
	const char *rule;
} singles[] = {
	{ SPAN("Content-Length"), "content-length twice" },
	{ SPAN("Transfer-Encoding"), "transfer-encoding twice" },
	{ SPAN("Host"), "host twice" },
	{ SPAN("Authorization"), "authorization twice" },
	{ SPAN("Content-Type"), "content-type twice" },
	{ SPAN("DPoP"), "dpop twice" },
	{ SPAN("Origin"), "origin twice" },
	{ SPAN("Sec-Fetch-Site"), "sec-fetch-site twice" },
	{ SPAN("X-Forwarded-Proto"), "x-forwarded-proto twice" },
	{ SPAN("Expect"), "expect twice" },
};
enum { CONTENT_LENGTH, TRANSFER_ENCODING, HOST, EXPECT = ARRAY_LEN(singles) - 1 };

static const char *const methods[] = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS" };

static bool is_alnum(unsigned char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

static bool is_in(unsigned char c, const char *set)
{
	return c && strchr(set, c);
}

static int hex_digit(unsigned char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* RFC 9110 5.6.2 */
static bool is_token(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_alnum((unsigned char)s.p[i]) && !is_in((unsigned char)s.p[i], "!#$%&'*+-.^_`|~"))
			return false;
	return s.n > 0;
}

/* A segment "." or "..", also percent-encoded: proxies resolve it, we would not. */
static bool is_dot_segment(struct span segment)
{
	size_t dots = 0;

	for (size_t i = 0; i < segment.n; dots++) {
		if (segment.p[i] == '.')
			i++;
		else if (segment.n - i >= 3 && segment.p[i] == '%' && segment.p[i + 1] == '2' && (segment.p[i + 2] | 0x20) == 'e')
			i += 3;
		else
			return false;
	}
	return dots == 1 || dots == 2;
}

static const char *check_bytes(struct span target)
{
	bool in_query = false;

	for (size_t i = 0; i < target.n; i++) {
		unsigned char c = (unsigned char)target.p[i];

		if (c == '?') {
			in_query = true;
		} else if (c == '%') {
			int high = target.n - i < 3 ? -1 : hex_digit((unsigned char)target.p[i + 1]);
			int low = high < 0 ? -1 : hex_digit((unsigned char)target.p[i + 2]);

			if (low < 0)
				return "target escape";
			if (high == 0 && low == 0)
				return "target nul";
			i += 2;
		} else if (!is_alnum(c) && !is_in(c, "-._~!$&'()*+,;=:@/") && !(in_query && is_in(c, "[]"))) {
			return "target bytes"; /* RFC 3986 3.3, 3.4; browsers leave brackets in queries alone */
		}
	}
	return NULL;
}

/* Origin form only (RFC 9112 3.2.1): a path, which is no authority in disguise. */
static const char *check_target(struct span target)
{
	if (!target.p || target.n == 0 || target.p[0] != '/')
		return "target form";
	if (target.n > GUARD_TARGET_MAX)
		return "target length";
	if (target.n > 1 && target.p[1] == '/')
		return "target authority";
	const char *rule = check_bytes(target);
	if (rule)
		return rule;
	struct span path = span_cut(&target, '?');
	while (path.p)
		if (is_dot_segment(span_cut(&path, '/')))
			return "target dots";
	return NULL;
}

static const char *check_header(const struct header *header)
{
	if (!is_token(header->name))
		return "header name";
	for (size_t i = 0; i < header->value.n; i++) {
		unsigned char c = (unsigned char)header->value.p[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return "header value";
	}
	return NULL;
}

static bool is_host(struct span host)
{
	for (size_t i = 0; i < host.n; i++)
		if (!is_alnum((unsigned char)host.p[i]) && !is_in((unsigned char)host.p[i], ".-_~:[]"))
			return false;
	return host.n > 0 && host.n <= 255;
}

static const char *check_framing(const struct guard_request *request, struct span length, struct span coding,
				 struct guard_framing *framing)
{
	bool is_reading = span_is(request->method, "GET") || span_is(request->method, "HEAD");

	if (coding.p) {
		if (length.p)
			return "length beside chunked"; /* RFC 9112 6.3: ought to be handled as an error */
		if (!span_eq_nocase(coding, SPAN("chunked")))
			return "transfer-encoding";
		if (!span_is(request->version, "HTTP/1.1"))
			return "chunked in 1.0";
		framing->has_body = true;
		framing->length = UINT64_MAX;
	} else if (length.p) {
		if (length.n > 18 || !span_to_u64(length, &framing->length))
			return "content-length";
		framing->has_body = framing->length > 0;
	}
	if (framing->has_body && is_reading)
		return "body of a get"; /* RFC 9110 9.3.1: no meaning, used for smuggling */
	return NULL;
}

const char *guard_check(const struct guard_request *request, struct guard_framing *ret_framing)
{
	struct span single[ARRAY_LEN(singles)] = { 0 };
	struct guard_framing framing = { 0 };
	const char *rule;
	bool is_known = false;

	for (size_t i = 0; i < ARRAY_LEN(methods); i++)
		is_known |= span_is(request->method, methods[i]);
	if (!is_known)
		return "method";
	if (!span_is(request->version, "HTTP/1.1") && !span_is(request->version, "HTTP/1.0"))
		return "version";
	if (request->is_cut)
		return "headers";
	if ((rule = check_target(request->target)))
		return rule;
	for (size_t i = 0; i < request->n; i++) {
		const struct header *header = &request->headers[i];

		if ((rule = check_header(header)))
			return rule;
		for (size_t k = 0; k < ARRAY_LEN(singles); k++) {
			if (!span_eq_nocase(header->name, singles[k].name))
				continue;
			if (single[k].p)
				return singles[k].rule;
			single[k] = header->value.p ? header->value : SPAN("");
		}
	}
	if (!single[HOST].p || !is_host(single[HOST]))
		return "host"; /* RFC 9112 3.2, for 1.0 too: links would have no authority */
	if (single[EXPECT].p && !span_eq_nocase(single[EXPECT], SPAN("100-continue")))
		return "expect";
	if ((rule = check_framing(request, single[CONTENT_LENGTH], single[TRANSFER_ENCODING], &framing)))
		return rule;
	*ret_framing = framing;
	return NULL;
}
