/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/http/guard.h"
#include "tests/unit/suite.h"

#define HEADERS_MAX 6
#define HOST { SPAN("Host"), SPAN("x") }

static const struct row {
	const char *name;
	const char *method, *target, *version;
	struct header headers[HEADERS_MAX];
	const char *rule; /* NULL: sound */
} rows[] = {
	{ "a GET with a host is sound", "GET", "/a?b=c", "HTTP/1.1", { HOST }, NULL },
	{ "1.0 with a host is sound", "GET", "/", "HTTP/1.0", { { SPAN("Host"), SPAN("x:80") } }, NULL },
	{ "a host may be an IPv6 address", "GET", "/", "HTTP/1.1", { { SPAN("host"), SPAN("[::1]:8400") } }, NULL },
	{ "several cookies and forwarded headers are sound", "GET", "/", "HTTP/1.1",
	  { HOST, { SPAN("Cookie"), SPAN("a=b") }, { SPAN("Cookie"), SPAN("c=d") } }, NULL },
	{ "a body of no bytes on GET is sound", "GET", "/", "HTTP/1.1",
	  { HOST, { SPAN("Content-Length"), SPAN("0") } }, NULL },
	{ "every sub-delimiter is sound", "GET", "/-._~!$&'()*+,;=:@/?-._~!$&'()*+,;=:@/?[]%41", "HTTP/1.1", { HOST },
	  NULL },
	{ "brackets in the path are not", "GET", "/[]", "HTTP/1.1", { HOST }, "target bytes" },
	{ "a space in the target", "GET", "/a b", "HTTP/1.1", { HOST }, "target bytes" },
	{ "a quote in the target", "GET", "/a\"", "HTTP/1.1", { HOST }, "target bytes" },
	{ "no target at all", "GET", NULL, "HTTP/1.1", { HOST }, "target form" },
	{ "an empty target", "GET", "", "HTTP/1.1", { HOST }, "target form" },
	{ "absolute form", "GET", "http://x/", "HTTP/1.1", { HOST }, "target form" },
	{ "a second slash", "GET", "//x", "HTTP/1.1", { HOST }, "target authority" },
	{ "NUL", "GET", "/%00", "HTTP/1.1", { HOST }, "target nul" },
	{ "half an escape at the end", "GET", "/%4", "HTTP/1.1", { HOST }, "target escape" },
	{ "a dot segment at the end", "GET", "/a/..", "HTTP/1.1", { HOST }, "target dots" },
	{ "an encoded dot segment", "GET", "/%2E/a", "HTTP/1.1", { HOST }, "target dots" },
	{ "three dots are a name", "GET", "/.../a..b", "HTTP/1.1", { HOST }, NULL },
	{ "dots in the query are text", "GET", "/a?b=/../c", "HTTP/1.1", { HOST }, NULL },
	{ "TRACE", "TRACE", "/", "HTTP/1.1", { HOST }, "method" },
	{ "a version of the future", "GET", "/", "HTTP/3.0", { HOST }, "version" },
	{ "no version", "GET", "/", "", { HOST }, "version" },
	{ "no host", "GET", "/", "HTTP/1.1", { { SPAN("X"), SPAN("x") } }, "host" },
	{ "an empty host", "GET", "/", "HTTP/1.1", { { SPAN("Host"), SPAN("") } }, "host" },
	{ "user info in the host", "GET", "/", "HTTP/1.1", { { SPAN("Host"), SPAN("a@x") } }, "host" },
	{ "two hosts in different cases", "GET", "/", "HTTP/1.1", { HOST, { SPAN("hOST"), SPAN("x") } }, "host twice" },
	{ "two empty lengths", "POST", "/", "HTTP/1.1",
	  { HOST, { SPAN("Content-Length"), SPAN("") }, { SPAN("Content-Length"), SPAN("3") } },
	  "content-length twice" },
	{ "an empty length", "POST", "/", "HTTP/1.1", { HOST, { SPAN("Content-Length"), SPAN("") } },
	  "content-length" },
	{ "a length of 19 digits", "POST", "/", "HTTP/1.1",
	  { HOST, { SPAN("Content-Length"), SPAN("0000000000000000003") } }, "content-length" },
	{ "chunked, and then some", "POST", "/", "HTTP/1.1",
	  { HOST, { SPAN("Transfer-Encoding"), SPAN("chunked, identity") } }, "transfer-encoding" },
	{ "chunked beside a length", "POST", "/", "HTTP/1.1",
	  { HOST, { SPAN("Transfer-Encoding"), SPAN("chunked") }, { SPAN("Content-Length"), SPAN("0") } },
	  "length beside chunked" },
	{ "chunked on GET", "GET", "/", "HTTP/1.1", { HOST, { SPAN("Transfer-Encoding"), SPAN("chunked") } },
	  "body of a get" },
	{ "chunked in capitals is sound", "POST", "/", "HTTP/1.1",
	  { HOST, { SPAN("Transfer-Encoding"), SPAN("Chunked") } }, NULL },
	{ "a space at the end of a name", "GET", "/", "HTTP/1.1", { HOST, { SPAN("X-A "), SPAN("b") } }, "header name" },
	{ "NUL in a value", "GET", "/", "HTTP/1.1", { HOST, { SPAN("X-A"), SPAN("b\0c") } }, "header value" },
	{ "a tab in a value is sound", "GET", "/", "HTTP/1.1", { HOST, { SPAN("X-A"), SPAN("b\tc") } }, NULL },
	{ "UTF-8 in a value is sound", "GET", "/", "HTTP/1.1", { HOST, { SPAN("X-A"), SPAN("\xe4\xbd\xa0") } }, NULL },
	{ "two proofs", "GET", "/", "HTTP/1.1",
	  { HOST, { SPAN("DPoP"), SPAN("a") }, { SPAN("dpop"), SPAN("a") } }, "dpop twice" },
};

static struct guard_request request_of(const struct row *row)
{
	struct guard_request request = { .method = span_of(row->method),
					 .version = span_of(row->version),
					 .target = span_of(row->target),
					 .headers = row->headers };

	while (request.n < HEADERS_MAX && row->headers[request.n].name.p)
		request.n++;
	return request;
}

START_TEST(refuses_what_two_could_read_differently)
{
	struct guard_request request = request_of(&rows[_i]);
	struct guard_framing framing;
	const char *rule = guard_check(&request, &framing);

	ck_assert_msg(!rule == !rows[_i].rule && (!rule || strcmp(rule, rows[_i].rule) == 0), "%s: got %s, want %s", rows[_i].name,
		      rule ? rule : "sound", rows[_i].rule ? rows[_i].rule : "sound");
}
END_TEST

START_TEST(tells_the_framing)
{
	struct header headers[] = { HOST, { SPAN("Content-Length"), SPAN("12") } };
	struct guard_request request = { SPAN("POST"), SPAN("HTTP/1.1"), SPAN("/"), headers, 2, false };
	struct guard_framing framing;

	ck_assert_ptr_null(guard_check(&request, &framing));
	ck_assert(framing.has_body && framing.length == 12);
	headers[1] = (struct header){ SPAN("Transfer-Encoding"), SPAN("chunked") };
	ck_assert_ptr_null(guard_check(&request, &framing));
	ck_assert(framing.has_body && framing.length == UINT64_MAX);
	request.n = 1;
	ck_assert_ptr_null(guard_check(&request, &framing));
	ck_assert(!framing.has_body);
	request.is_cut = true;
	ck_assert_ptr_nonnull(guard_check(&request, &framing));
}
END_TEST

int main(void)
{
	return suite_run("guard", (struct suite_test[]){ SUITE_LOOP(refuses_what_two_could_read_differently, ARRAY_LEN(rows)),
							 SUITE_ONCE(tells_the_framing), SUITE_END });
}
