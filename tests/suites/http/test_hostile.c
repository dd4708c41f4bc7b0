/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_hostile - requests on whose meaning two parsers could differ, as raw bytes, to the server itself and through nginx.
 *
 * A request hidden behind another one (GET /user/smuggled) tells what a parser took for the end of the first. The server itself
 * never goes on after a refusal. nginx does where it sees two whole requests and no doubt about framing (REFUSED_NEXT); it never
 * does where lengths are in dispute. Rows whose name begins with "hole" show what libmicrohttpd 0.9.75 hides from the guard or
 * does by itself; a strict proxy in front refuses most of them, and 1.0 closes all but one.
 */
#include "tests/suites/http/probe.h"
#include "tests/unit/suite.h"

#include <unistd.h>

#define HOST "Host: x\r\n"
#define FORM "Content-Type: application/x-www-form-urlencoded\r\n"
#define SMUGGLED "GET /user/smuggled HTTP/1.1\r\n" HOST "\r\n"
#define SILENCE_MS 120

/* What became of it. */
enum outcome {
	REFUSED,       /* one answer, 4xx or 5xx, and the connection is closed */
	REFUSED_NEXT,  /* 4xx or 5xx, then the hidden request is answered as one of its own */
	REFUSED_TWICE, /* two answers of 400 or more, closed: libmicrohttpd's own refusal goes out twice */
	ERROR,         /* one answer of 400 or more, the connection lives */
	DROPPED,       /* closed without an answer */
	ANSWERED,      /* one answer below 400 */
	ANSWERED_NEXT, /* below 400, then the hidden request */
	HANGS,         /* no answer within the silence */
};
static const char *const outcome_names[] = { "REFUSED", "REFUSED_NEXT", "REFUSED_TWICE", "ERROR",
					     "DROPPED", "ANSWERED",     "ANSWERED_NEXT", "HANGS" };

static const struct row {
	const char *name;
	struct span bytes;
	enum outcome old, new; /* with the guard: libmicrohttpd 0.9.75; 1.0.1 at discipline level 2 */
	enum outcome proxied;  /* either of them behind nginx 1.22 or 1.26 */
} rows[] = {
	{ "a sound request is answered", SPAN("GET /static HTTP/1.1\r\n" HOST "\r\n"), ANSWERED, ANSWERED, ANSWERED },
	{ "a sound form is answered",
	  SPAN("POST /echo HTTP/1.1\r\n" HOST FORM "Content-Length: 3\r\n\r\na=1"), ANSWERED, ANSWERED, ANSWERED },
	{ "a sound chunked form is answered",
	  SPAN("POST /echo HTTP/1.1\r\n" HOST FORM "Transfer-Encoding: chunked\r\n\r\n"
	       "3\r\na=1\r\n0\r\n\r\n"), ANSWERED, ANSWERED, ANSWERED },
	{ "two different lengths",
	  SPAN("POST /echo HTTP/1.1\r\n" HOST "Content-Length: 3\r\nContent-Length: 0\r\n\r\na=1" SMUGGLED),
	  REFUSED, REFUSED, REFUSED },
	{ "two equal lengths",
	  SPAN("POST /echo HTTP/1.1\r\n" HOST "Content-Length: 3\r\nContent-Length: 3\r\n\r\na=1" SMUGGLED),
	  REFUSED, REFUSED, REFUSED },
	{ "hole: a list of lengths is refused twice",
	  SPAN("POST /echo HTTP/1.1\r\n" HOST "Content-Length: 3, 3\r\n\r\na=1" SMUGGLED), REFUSED_TWICE, REFUSED, REFUSED },
	{ "hole: a signed length is refused twice",
	  SPAN("POST /echo HTTP/1.1\r\n" HOST "Content-Length: +3\r\n\r\na=1" SMUGGLED), REFUSED_TWICE, REFUSED, REFUSED },
	{ "hole: a negative length is refused twice",
	  SPAN("POST /echo HTTP/1.1\r\n" HOST "Content-Length: -3\r\n\r\na=1" SMUGGLED), REFUSED_TWICE, REFUSED, REFUSED },
	{ "hole: a length in hex is refused twice",
	  SPAN("POST /echo HTTP/1.1\r\n" HOST "Content-Length: 0x3\r\n\r\na=1" SMUGGLED), REFUSED_TWICE, REFUSED, REFUSED },
	{ "hole: a length past 64 bits is refused twice",
	  SPAN("POST /echo HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999\r\n\r\na=1" SMUGGLED),
	  REFUSED_TWICE, REFUSED, REFUSED },
	{ "a length beside chunked",
	  SPAN("POST /echo HTTP/1.1\r\n" HOST "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SMUGGLED),
	  REFUSED, REFUSED, REFUSED },
	{ "chunked beside a length",
	  SPAN("POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" SMUGGLED),
	  REFUSED, REFUSED, REFUSED },
	{ "two transfer codings",
	  SPAN("POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n"
	       "0\r\n\r\n" SMUGGLED), REFUSED, REFUSED, REFUSED },
	{ "an unknown coding",
	  SPAN("POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" SMUGGLED),
	  REFUSED, REFUSED, REFUSED },
	{ "a coding before chunked",
	  SPAN("POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" SMUGGLED),
	  REFUSED, REFUSED, REFUSED },
	{ "chunked in HTTP/1.0",
	  SPAN("POST /echo HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SMUGGLED),
	  REFUSED, REFUSED, REFUSED },
	{ "a space before the colon of the length",
	  SPAN("POST /echo HTTP/1.1\r\n" HOST "Content-Length : 3\r\n\r\na=1" SMUGGLED), REFUSED, REFUSED, REFUSED },
	{ "a space before the colon of the coding",
	  SPAN("POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" SMUGGLED),
	  REFUSED, REFUSED, REFUSED },
	{ "a body behind a GET",
	  SPAN("GET /echo HTTP/1.1\r\n" HOST "Content-Length: 40\r\n\r\n" SMUGGLED), REFUSED, REFUSED, ERROR },
	{ "two hosts", SPAN("GET /static HTTP/1.1\r\n" HOST "Host: y\r\n\r\n" SMUGGLED), REFUSED, REFUSED, REFUSED },
	{ "hole, also in 1.0: no host in 1.1 is refused twice", SPAN("GET /static HTTP/1.1\r\n\r\n" SMUGGLED),
	  REFUSED_TWICE, REFUSED_TWICE, REFUSED },
	{ "no host in 1.0", SPAN("GET /static HTTP/1.0\r\n\r\n"), REFUSED, REFUSED, ANSWERED },
	{ "an empty host", SPAN("GET /static HTTP/1.1\r\nHost:\r\n\r\n" SMUGGLED), REFUSED, REFUSED, REFUSED },
	{ "a host with a path", SPAN("GET /static HTTP/1.1\r\nHost: x/y\r\n\r\n" SMUGGLED), REFUSED, REFUSED, REFUSED },
	{ "two authorizations",
	  SPAN("GET /bearer HTTP/1.1\r\n" HOST "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n" SMUGGLED),
	  REFUSED, REFUSED, REFUSED },
	{ "two content types",
	  SPAN("POST /echo HTTP/1.1\r\n" HOST FORM "Content-Type: text/plain\r\n"
	       "Content-Length: 3\r\n\r\na=1" SMUGGLED), REFUSED, REFUSED, REFUSED_NEXT },
	{ "two DPoP proofs",
	  SPAN("GET /bearer HTTP/1.1\r\n" HOST "DPoP: a\r\nDPoP: b\r\n\r\n" SMUGGLED), REFUSED, REFUSED, REFUSED_NEXT },
	{ "a target in absolute form", SPAN("GET http://x/static HTTP/1.1\r\n" HOST "\r\n" SMUGGLED),
	  REFUSED, REFUSED, ANSWERED_NEXT },
	{ "a target in authority form", SPAN("CONNECT x:80 HTTP/1.1\r\n" HOST "\r\n" SMUGGLED), REFUSED, REFUSED, REFUSED },
	{ "a target in asterisk form", SPAN("OPTIONS * HTTP/1.1\r\n" HOST "\r\n" SMUGGLED), REFUSED, REFUSED, REFUSED },
	{ "a target that is an authority", SPAN("GET //evil.example/ HTTP/1.1\r\n" HOST "\r\n" SMUGGLED),
	  REFUSED, REFUSED, REFUSED_NEXT },
	{ "a space in the target (an open redirector in libmicrohttpd 1.0)",
	  SPAN("GET //evil.example/ x HTTP/1.1\r\n" HOST "\r\n" SMUGGLED), DROPPED, REFUSED, REFUSED },
	{ "%00 in the path",
	  SPAN("GET /user/a%00b HTTP/1.1\r\n" HOST "\r\n" SMUGGLED), REFUSED, REFUSED, REFUSED },
	{ "%00 in the query", SPAN("GET /echo?a=1%00 HTTP/1.1\r\n" HOST "\r\n" SMUGGLED), REFUSED, REFUSED, REFUSED_NEXT },
	{ "a broken escape", SPAN("GET /user/%zz HTTP/1.1\r\n" HOST "\r\n" SMUGGLED), REFUSED, REFUSED, REFUSED },
	{ "a cut escape", SPAN("GET /echo?a=%4 HTTP/1.1\r\n" HOST "\r\n" SMUGGLED), REFUSED, REFUSED, REFUSED_NEXT },
	{ "a fragment", SPAN("GET /static#x HTTP/1.1\r\n" HOST "\r\n" SMUGGLED), REFUSED, REFUSED, REFUSED_NEXT },
	{ "dot segments", SPAN("GET /user/../static HTTP/1.1\r\n" HOST "\r\n" SMUGGLED), REFUSED, REFUSED, REFUSED_NEXT },
	{ "encoded dot segments", SPAN("GET /user/%2e%2E/static HTTP/1.1\r\n" HOST "\r\n" SMUGGLED),
	  REFUSED, REFUSED, REFUSED_NEXT },
	{ "a raw byte past ASCII in the path",
	  SPAN("GET /user/\xc3\xa9 HTTP/1.1\r\n" HOST "\r\n" SMUGGLED), REFUSED, REFUSED, REFUSED_NEXT },
	{ "overlong UTF-8 in a path parameter", SPAN("GET /user/%c0%af HTTP/1.1\r\n" HOST "\r\n"), ERROR, ERROR, ERROR },
	{ "a backslash in the path", SPAN("GET /user\\static HTTP/1.1\r\n" HOST "\r\n" SMUGGLED),
	  REFUSED, REFUSED, REFUSED_NEXT },
	{ "TRACE", SPAN("TRACE /static HTTP/1.1\r\n" HOST "\r\n" SMUGGLED), REFUSED, REFUSED, REFUSED },
	{ "an unknown method", SPAN("BREW /static HTTP/1.1\r\n" HOST "\r\n" SMUGGLED), REFUSED, REFUSED, REFUSED_NEXT },
	{ "a method in lower case", SPAN("get /static HTTP/1.1\r\n" HOST "\r\n" SMUGGLED), REFUSED, REFUSED, REFUSED },
	{ "an unknown version", SPAN("GET /static HTTP/1.9\r\n" HOST "\r\n" SMUGGLED), REFUSED, REFUSED, ANSWERED_NEXT },
	{ "HTTP/2.0 in words", SPAN("GET /static HTTP/2.0\r\n" HOST "\r\n" SMUGGLED), REFUSED, REFUSED, REFUSED },
	{ "HTTP/0.9 (nginx answers with a bare body, as it is asked to)", SPAN("GET /static\r\n"), REFUSED, REFUSED, DROPPED },
	{ "a name with an odd byte", SPAN("GET /static HTTP/1.1\r\n" HOST "X(A): b\r\n\r\n" SMUGGLED),
	  REFUSED, REFUSED, ANSWERED_NEXT },
	{ "a line without colon", SPAN("GET /static HTTP/1.1\r\n" HOST "nonsense\r\n\r\n" SMUGGLED),
	  REFUSED, REFUSED, ANSWERED_NEXT },
	{ "hole: an empty name", SPAN("GET /static HTTP/1.1\r\n" HOST ": b\r\n\r\n" SMUGGLED), ANSWERED_NEXT, REFUSED, REFUSED },
	{ "a control byte in a value",
	  SPAN("GET /static HTTP/1.1\r\n" HOST "X-A: a\x01z\r\n\r\n" SMUGGLED), REFUSED, REFUSED, REFUSED_NEXT },
	{ "a foreign expectation",
	  SPAN("POST /echo HTTP/1.1\r\n" HOST "Expect: 200-maybe\r\nContent-Length: 3\r\n\r\na=1" SMUGGLED),
	  REFUSED, REFUSED, REFUSED_NEXT },
	{ "a chunk length that is no number",
	  SPAN("POST /echo HTTP/1.1\r\n" HOST FORM "Transfer-Encoding: chunked\r\n\r\n"
	       "zz\r\na=1\r\n0\r\n\r\n" SMUGGLED), REFUSED, REFUSED, REFUSED },
	{ "a chunk with an extension",
	  SPAN("POST /echo HTTP/1.1\r\n" HOST FORM "Transfer-Encoding: chunked\r\n\r\n"
	       "3;x=y\r\na=1\r\n0\r\n\r\n"), ANSWERED, REFUSED, ANSWERED },
	{ "hole: a chunk length that ends in a bare LF",
	  SPAN("POST /echo HTTP/1.1\r\n" HOST FORM "Transfer-Encoding: chunked\r\n\r\n"
	       "3\na=1\r\n0\r\n\r\n" SMUGGLED), ANSWERED_NEXT, REFUSED, ANSWERED_NEXT },
	{ "a chunk length past 64 bits",
	  SPAN("POST /echo HTTP/1.1\r\n" HOST FORM "Transfer-Encoding: chunked\r\n\r\n"
	       "10000000000000003\r\na=1\r\n0\r\n\r\n" SMUGGLED), REFUSED, REFUSED, REFUSED },
	{ "a chunk longer than its length says",
	  SPAN("POST /echo HTTP/1.1\r\n" HOST FORM "Transfer-Encoding: chunked\r\n\r\n"
	       "3\r\na=1&b=2\r\n0\r\n\r\n" SMUGGLED), REFUSED, REFUSED, REFUSED },
	{ "a length in a trailer is not looked at",
	  SPAN("POST /echo HTTP/1.1\r\n" HOST FORM "Transfer-Encoding: chunked\r\n\r\n"
	       "3\r\na=1\r\n0\r\nContent-Length: 40\r\n\r\n" SMUGGLED), ANSWERED_NEXT, ANSWERED_NEXT, ANSWERED_NEXT },
	{ "hole: two spaces in the request line", SPAN("GET  /static HTTP/1.1\r\n" HOST "\r\n" SMUGGLED),
	  ANSWERED_NEXT, REFUSED, ANSWERED_NEXT },
	{ "a space before the first header", SPAN("GET /static HTTP/1.1\r\n X-A: b\r\n" HOST "\r\n" SMUGGLED),
	  REFUSED, REFUSED, REFUSED },
	{ "a head of 20 KiB",
	  SPAN(""),
	  REFUSED, REFUSED, REFUSED }, /* made below */
	{ "70 headers", SPAN(""), REFUSED, REFUSED, REFUSED_NEXT },
	{ "hole: a folded header", SPAN("GET /static HTTP/1.1\r\n" HOST "X-A: b\r\n c\r\n\r\n"), ANSWERED, REFUSED, REFUSED },
	{ "hole: bare LF as the end of lines", SPAN("GET /static HTTP/1.1\nHost: x\n\n"), ANSWERED, REFUSED, ANSWERED },
	{ "bare CR in a value", SPAN("GET /static HTTP/1.1\r\n" HOST "X-A: b\rc\r\n\r\n"), REFUSED, REFUSED, REFUSED },
	{ "hole: NUL in a value", SPAN("GET /static HTTP/1.1\r\n" HOST "X-A: a\0b\r\n\r\n"), ANSWERED, REFUSED, REFUSED },
	{ "hole: NUL in the path", SPAN("GET /static\0x HTTP/1.1\r\n" HOST "\r\n"), ANSWERED, DROPPED, REFUSED },
};

static struct probe_server server, nginx;
static bool has_nginx;

static struct span bytes_of(const struct row *row)
{
	static char made[24 * 1024];
	size_t n = 0;

	if (row->bytes.n)
		return row->bytes;
	n += (size_t)sprintf(made, "GET /static HTTP/1.1\r\n" HOST);
	if (strcmp(row->name, "70 headers") == 0) {
		for (int i = 0; i < 70; i++)
			n += (size_t)sprintf(made + n, "X-%d: y\r\n", i);
	} else {
		n += (size_t)sprintf(made + n, "X-A: ");
		memset(made + n, 'a', 20 * 1024);
		n += 20 * 1024;
		n += (size_t)sprintf(made + n, "\r\n");
	}
	n += (size_t)sprintf(made + n, "\r\n" SMUGGLED);
	return (struct span){ made, n };
}

static enum outcome outcome_of(uint16_t port, const struct row *row)
{
	struct probe_reply reply;

	probe_ask(port, bytes_of(row), SILENCE_MS, &reply);
	if (memmem(reply.bytes, reply.n, "smuggled", 8))
		return reply.status < 400 ? ANSWERED_NEXT : REFUSED_NEXT;
	if (reply.answers > 1)
		return REFUSED_TWICE;
	if (reply.answers == 0)
		return reply.is_closed ? DROPPED : HANGS;
	if (reply.status < 400)
		return ANSWERED;
	return reply.is_closed ? REFUSED : ERROR;
}

static void check_row(const struct row *row, uint16_t port, enum outcome want)
{
	enum outcome got = outcome_of(port, row);

	ck_assert_msg(got == want, "%s: %s, expected %s", row->name, outcome_names[got], outcome_names[want]);
}

START_TEST(guarded)
{
	check_row(&rows[_i], server.port, MICROHTTPD_1 ? rows[_i].new : rows[_i].old);
}
END_TEST

START_TEST(behind_nginx)
{
	if (has_nginx)
		check_row(&rows[_i], nginx.port, rows[_i].proxied);
}
END_TEST

/* For a new version of either: what it does with every row, to be compared with the table. */
static void print_outcomes(void)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		printf("%-10s %-10s %s\n", outcome_names[outcome_of(server.port, &rows[i])],
		       has_nginx ? outcome_names[outcome_of(nginx.port, &rows[i])] : "-", rows[i].name);
}

int main(int argc, char **argv)
{
	const char *none[] = { NULL };

	probe_start(&server, none);
	has_nginx = probe_start_nginx(&nginx, &server);
	if (argc > 1 && strcmp(argv[1], "--print") == 0)
		print_outcomes();
	int failed = suite_run("hostile", (struct suite_test[]){ SUITE_LOOP(guarded, ARRAY_LEN(rows)),
								 SUITE_LOOP(behind_nginx, ARRAY_LEN(rows)), SUITE_END });
	if (has_nginx)
		probe_stop(&nginx);
	if (probe_stop(&server))
		failed = EXIT_FAILURE;
	return failed ? failed : has_nginx ? EXIT_SUCCESS : 77;
}
