/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_serving - connections, bodies, workers and the end, seen from outside.
 */
#include "tests/suites/http/probe.h"
#include "tests/unit/suite.h"

#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#define START(server, ...) probe_start((server), (const char *const[]){ __VA_ARGS__, NULL })
#define FORM "Content-Type: application/x-www-form-urlencoded\r\n"
#define CONNECTIONS_MAX 512

#define HELLO SPAN("GET /static HTTP/1.1\r\nHost: x\r\n\r\n")

/* The head of a form of @length bytes. */
static size_t form_head(char *out, size_t size, const char *path, const char *framing)
{
	return (size_t)snprintf(out, size,
				"POST %s HTTP/1.1\r\nHost: x\r\n" FORM "%s\r\n\r\n", path, framing);
}

static const int connection_counts[] = { 1, 128, 256, 384, 512 };

/* libmicrohttpd's own epoll thread stalls at multiples of 128 busy connections (performance.md). */
START_TEST(does_not_stall)
{
	static int fds[CONNECTIONS_MAX];
	struct probe_server server;
	struct probe_reply reply;
	int n = connection_counts[_i];

	START(&server, "threads=1");
	for (int i = 0; i < n; i++)
		ck_assert_int_ge(fds[i] = probe_connect(server.port), 0);
	for (int round = 0; round < 5; round++) {
		for (int i = 0; i < n; i++)
			probe_send(fds[i], HELLO);
		for (int i = 0; i < n; i++)
			ck_assert_msg(probe_read_one(fds[i], 5000, &reply) && reply.status == 200, "connection %d of %d, round %d",
				      i, n, round);
	}
	for (int i = 0; i < n; i++)
		close(fds[i]);
	ck_assert_int_eq(probe_stop(&server), 0);
}
END_TEST

static const struct body_row {
	const char *name;
	size_t n;
	bool is_chunked;
	int status; /* 0: cut without an answer */
} bodies[] = {
	{ "a form of exactly 64 KiB is read", 65536, false, 200 },
	{ "one byte more is too large", 65537, false, 413 },
	{ "a chunked form of 64 KiB is read", 65536, true, 200 },
	{ "a chunked form of one byte more is too large", 65537, true, 413 },
	{ "a chunked form without end is cut", (size_t)64 << 20, true, 0 },
};

START_TEST(bounds_bodies)
{
	const struct body_row *row = &bodies[_i];
	struct probe_server server;
	static struct probe_reply reply;
	char head[256], framing[64], chunk[4096 + 16];

	START(&server, "threads=1");
	int fd = probe_connect(server.port);
	snprintf(framing, sizeof framing, row->is_chunked ? "Transfer-Encoding: chunked" : "Content-Length: %zu", row->n);
	probe_send(fd, (struct span){ head, form_head(head, sizeof head, "/echo", framing) });
	for (size_t sent = 0; sent < row->n;) {
		size_t n = row->n - sent < 4096 ? row->n - sent : 4096;
		size_t at = row->is_chunked ? (size_t)sprintf(chunk, "%zx\r\n", n) : 0;

		memset(chunk + at, 'x', n);
		if (sent == 0 && n > 1)
			memcpy(chunk + at, "b=", 2);
		if (row->is_chunked)
			memcpy(chunk + at + n, "\r\n", 2);
		probe_send(fd, (struct span){ chunk, at + n + (row->is_chunked ? 2 : 0) });
		sent += n;
		struct pollfd closed = { .fd = fd, .events = POLLRDHUP };
		if (poll(&closed, 1, 0) > 0)
			break;
	}
	if (row->is_chunked)
		probe_send(fd, SPAN("0\r\n\r\n"));
	bool is_answered = probe_read_one(fd, 3000, &reply);
	/* "b" is longer than its row allows: the form was read, and the parameter refused */
	int want = row->status == 200 ? 400 : row->status;
	ROW_INT(row->name, is_answered ? reply.status : 0, want);
	close(fd);
	ck_assert_int_eq(probe_stop(&server), 0);
}
END_TEST

START_TEST(waits_on_workers_and_sheds_load)
{
	struct probe_server server;
	static struct probe_reply reply;
	int fds[8], ok = 0, busy = 0, urgent;
	int64_t began;

	START(&server, "threads=2", "commit_threads=2", "commit_queue=2");
	began = probe_now_ms();
	for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
		fds[i] = probe_connect(server.port);
		probe_send(fds[i], SPAN("GET /sleep?ms=400 HTTP/1.1\r\nHost: x\r\n\r\n"));
		usleep(10000);
	}
	urgent = probe_connect(server.port);
	probe_send(urgent, SPAN("GET /urgent?ms=1 HTTP/1.1\r\nHost: x\r\n\r\n"));
	probe_ask(server.port, HELLO, 50, &reply); /* what needs no worker is served meanwhile */
	ck_assert_int_eq(reply.status, 200);
	ck_assert_int_lt((int)(probe_now_ms() - began), 380);
	ck_assert(probe_read_one(urgent, 2000, &reply));
	ck_assert_int_eq(reply.status, 200);
	ck_assert_int_lt((int)(probe_now_ms() - began), 700); /* it overtook the two that waited */
	for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
		ck_assert(probe_read_one(fds[i], 3000, &reply));
		ok += reply.status == 200;
		busy += reply.status == 503 && strstr(reply.bytes, "Retry-After: ") &&
			strstr(reply.bytes, "temporarily_unavailable");
		close(fds[i]);
	}
	ck_assert_int_eq(ok, 4);
	ck_assert_int_eq(busy, 4);
	close(urgent);
	ck_assert_int_eq(probe_stop(&server), 0);
}
END_TEST

START_TEST(gives_up_what_waits_too_long)
{
	struct probe_server server;
	static struct probe_reply first, second;
	int64_t began;

	START(&server, "commit_threads=1", "commit_queue=4", "queue_ms=150");
	int a = probe_connect(server.port), b = probe_connect(server.port);
	probe_send(a, SPAN("GET /sleep?ms=600 HTTP/1.1\r\nHost: x\r\n\r\n"));
	usleep(30000);
	began = probe_now_ms();
	probe_send(b, SPAN("GET /sleep?ms=1 HTTP/1.1\r\nHost: x\r\n\r\n"));
	ck_assert(probe_read_one(b, 2000, &second));
	ck_assert_int_eq(second.status, 503);
	ck_assert_int_lt((int)(probe_now_ms() - began), 450);
	ck_assert(probe_read_one(a, 2000, &first));
	ck_assert_int_eq(first.status, 200);
	close(a), close(b);
	ck_assert_int_eq(probe_stop(&server), 0);
}
END_TEST

static const struct slow_row {
	const char *name;
	const char *begin, *drip; /* sent once, then a byte of @drip again and again */
	const char *option;
} slow[] = {
	{ "a connection that never asks", "", "", "first_ms=300" },
	{ "a request line that drips", "GET /", "a", "first_ms=300" },
	{ "a head that drips", "GET /static HTTP/1.1\r\nX-A: ", "a", "head_ms=300" },
	{ "a body that drips", "POST /echo HTTP/1.1\r\nHost: x\r\n" FORM "Content-Length: 999\r\n\r\n", "a", "head_ms=300" },
	{ "an idle connection", "GET /static HTTP/1.1\r\nHost: x\r\n\r\n", "", "idle_ms=300" },
};

START_TEST(closes_the_slow)
{
	const struct slow_row *row = &slow[_i];
	struct probe_server server;
	int64_t began = probe_now_ms();
	bool is_closed = false;

	START(&server, row->option);
	int fd = probe_connect(server.port);
	probe_send(fd, span_of(row->begin));
	while (!is_closed && probe_now_ms() - began < 5000) {
		struct pollfd closed = { .fd = fd, .events = POLLRDHUP };

		probe_send(fd, span_of(row->drip));
		is_closed = poll(&closed, 1, 50) > 0;
	}
	ROW_TRUE(row->name, is_closed);
	ROW_TRUE(row->name, probe_now_ms() - began >= 250);
	close(fd);
	ck_assert_int_eq(probe_stop(&server), 0);
}
END_TEST

START_TEST(finishes_what_runs)
{
	struct probe_server server;
	static struct probe_reply reply;
	int running[4], idle;
	int64_t began;

	START(&server, "threads=2", "commit_threads=2", "commit_queue=8");
	idle = probe_connect(server.port);
	probe_send(idle, HELLO);
	ck_assert(probe_read_one(idle, 1000, &reply));
	for (size_t i = 0; i < ARRAY_LEN(running); i++) {
		running[i] = probe_connect(server.port);
		probe_send(running[i], SPAN("GET /sleep?ms=300 HTTP/1.1\r\nHost: x\r\n\r\n"));
	}
	usleep(50000);
	began = probe_now_ms();
	kill(server.pid, SIGTERM);
	probe_read(idle, 250, &reply);
	ck_assert(reply.is_closed); /* at once */
	for (size_t i = 0; i < ARRAY_LEN(running); i++) {
		ck_assert_msg(probe_read_one(running[i], 2000, &reply) && reply.status == 200, "request %zu: %d", i, reply.status);
		close(running[i]);
	}
	close(idle);
	ck_assert_int_eq(probe_wait(&server), 0);
	ck_assert_int_lt((int)(probe_now_ms() - began), 1900); /* not the whole of drain_ms */
}
END_TEST

START_TEST(ends_when_draining_takes_too_long)
{
	struct probe_server server;
	static struct probe_reply reply;

	START(&server, "commit_threads=1", "commit_queue=8", "drain_ms=200");
	int runs = probe_connect(server.port), waits = probe_connect(server.port), stuck = probe_connect(server.port);
	probe_send(runs, SPAN("GET /sleep?ms=700 HTTP/1.1\r\nHost: x\r\n\r\n"));
	usleep(30000);
	probe_send(waits, SPAN("GET /sleep?ms=700 HTTP/1.1\r\nHost: x\r\n\r\n"));
	probe_send(stuck, SPAN("GET /static HTTP/1.1\r\nHost: x\r\nX-A: "));
	usleep(30000);
	kill(server.pid, SIGTERM);
	if (probe_read_one(waits, 600, &reply))
		ck_assert_int_eq(reply.status, 503);
	ck_assert_int_eq(probe_wait(&server), 0);
	close(runs), close(waits), close(stuck);
}
END_TEST

/* What no answer waits for (server_later): done while there is time to drain, told that it is over otherwise, refused where the queue is full. */
static const struct {
	const char *name, *drain, *places;
	unsigned asked, ms;
	const char *ended; /* NULL: some were refused, the others are done */
} laters[] = {
	{ "there is time for all", "drain_ms=20000", "commit_queue=6", 4, 50, "dddd" },
	{ "there is time for what runs", "drain_ms=1", "commit_queue=6", 4, 1500, "xxxd" },
	{ "one may wait", "drain_ms=20000", "commit_queue=1", 4, 1500, NULL },
};

START_TEST(ends_what_no_answer_waits_for)
{
	char path[] = "/tmp/yimen-later-XXXXXX", later[64], ended[32] = "", ask[80];
	static struct probe_reply reply;
	struct probe_server server;
	size_t refused = 0;
	int fd = mkstemp(path);

	snprintf(later, sizeof later, "later=%s", path);
	snprintf(ask, sizeof ask, "GET /later?ms=%u HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", laters[_i].ms);
	START(&server, "commit_threads=1", laters[_i].places, laters[_i].drain, later);
	for (unsigned i = 0; i < laters[_i].asked; i++) {
		probe_ask(server.port, span_of(ask), 1000, &reply);
		ROW_TRUE(laters[_i].name, reply.status == 200 || (reply.status == 503 && !laters[_i].ended));
		refused += reply.status == 503;
	}
	ck_assert_int_eq(probe_stop(&server), 0);
	ssize_t n = pread(fd, ended, sizeof ended - 1, 0);
	if (laters[_i].ended)
		ck_assert_str_eq(ended, laters[_i].ended);
	else
		ck_assert_msg(refused > 0 && (size_t)n == laters[_i].asked - refused && strspn(ended, "d") == (size_t)n, "%zu refused, %s", refused, ended);
	close(fd);
	unlink(path);
}
END_TEST

START_TEST(changes_settings_while_serving)
{
	struct probe_server server;
	static struct probe_reply reply;

	START(&server, "threads=2");
	int fd = probe_connect(server.port);
	probe_send(fd, SPAN("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n"));
	ck_assert(probe_read_one(fd, 1000, &reply) && strstr(reply.bytes, "\"app\":\"first\""));
	kill(server.pid, SIGHUP);
	usleep(100000);
	probe_send(fd, SPAN("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n"));
	ck_assert(probe_read_one(fd, 1000, &reply) && strstr(reply.bytes, "\"app\":\"second\""));
	close(fd);
	ck_assert_int_eq(probe_stop(&server), 0);
}
END_TEST

static const struct answer_row {
	const char *name;
	struct span request;
	int status;
	const char *has[3]; /* in the answer */
	const char *lacks;
} answers[] = {
	{ "a document carries its tag",
	  SPAN("GET /static HTTP/1.1\r\nHost: x\r\n\r\n"), 200, { "ETag: \"", "max-age=300", "Access-Control-Allow-Origin: *" } },
	{ "an unchanged asset is 304",
	  SPAN("GET /bytes HTTP/1.1\r\nHost: x\r\nIf-None-Match: W/\"x\", \"abc\"\r\n\r\n"), 304, { "immutable" } },
	{ "HEAD has no body", SPAN("HEAD /bytes HTTP/1.1\r\nHost: x\r\n\r\n"), 200, { "Content-Length: 3" }, "p{}" },
	{ "an unknown path is 404 and keeps the connection",
	  SPAN("GET /nope HTTP/1.1\r\nHost: x\r\n\r\n"), 404, { "not_found" }, "Connection: close" },
	{ "a wrong method names the right ones",
	  SPAN("DELETE /page HTTP/1.1\r\nHost: x\r\n\r\n"), 405, { "Allow: GET, POST, HEAD" } },
	{ "a preflight is answered where the row allows other origins",
	  SPAN("OPTIONS /client HTTP/1.1\r\nHost: x\r\nOrigin: https://spa.example\r\n\r\n"),
	  204, { "Access-Control-Allow-Methods: POST" } },
	{ "and is refused elsewhere", SPAN("OPTIONS /page HTTP/1.1\r\nHost: x\r\nOrigin: https://spa.example\r\n\r\n"), 405, { 0 },
	  "Access-Control" },
	{ "a parameter twice", SPAN("GET /echo?a=1&a=2 HTTP/1.1\r\nHost: x\r\n\r\n"), 400, { "duplicate_parameter" } },
	{ "one in query and body", SPAN("POST /echo?a=1 HTTP/1.1\r\nHost: x\r\n" FORM
					"Content-Length: 3\r\n\r\na=2"), 400, { "duplicate_parameter" } },
	{ "a wrong media type",
	  SPAN("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\na=2"),
	  415, { "media_type" } },
	{ "a JSON body is handed over raw",
	  SPAN("POST /json HTTP/1.1\r\nHost: x\r\nContent-Type: application/json; charset=utf-8\r\n"
						"Content-Length: 9\r\n\r\n{\"a\": 1} "), 200, { "{\"a\": 1} " } },
	{ "a path parameter is decoded", SPAN("GET /user/%E4%BD%A0 HTTP/1.1\r\nHost: x\r\n\r\n"), 200, { "\xe4\xbd\xa0" } },
	{ "a client without credentials is challenged", SPAN("POST /client HTTP/1.1\r\nHost: x\r\n\r\n"), 401,
	  { "WWW-Authenticate: Basic realm=", "\"error\":\"invalid_client\"", "\"reference\":\"" } },
	{ "Basic halves are form-decoded",
	  SPAN("POST /client HTTP/1.1\r\nHost: x\r\nAuthorization: basic YSUzQWI6cyslMkI=\r\n\r\n"), 200, { "{}" } },
	{ "a bearer without token gets no error code",
	  SPAN("GET /bearer HTTP/1.1\r\nHost: x\r\n\r\n"), 401, { "WWW-Authenticate: Bearer realm=" },
	  "error=\"" },
	{ "a bad token is told",
	  SPAN("GET /bearer HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a b\r\n\r\n"), 401, { "error=\"invalid_token\"" } },
	{ "a fault keeps its text to itself",
	  SPAN("GET /fault HTTP/1.1\r\nHost: x\r\n\r\n"), 503, { "\"error\":\"store\"", "Retry-After: 1" },
	  "as asked" },
	{ "a handler without reply is a bug", SPAN("GET /silent HTTP/1.1\r\nHost: x\r\n\r\n"), 500, { "\"error\":\"bug\"" } },
	{ "a page is strict", SPAN("GET /page?lang=en HTTP/1.1\r\nHost: x\r\n\r\n"), 200,
	  { "Content-Security-Policy: default-src 'none'; script-src 'self'", "X-Frame-Options: DENY", "HttpOnly; SameSite=Lax" } },
	{ "a page is in the language asked for", SPAN("GET /page?lang=en HTTP/1.1\r\nHost: x\r\n\r\n"), 200,
	  { "<html lang=\"en\"", "-lang=en; Path=/; Max-Age=", "Cache-Control: no-store" } },
	{ "a form without token is refused", SPAN("POST /page HTTP/1.1\r\nHost: x\r\n\r\n"), 403, { "data-code=\"csrf\"" } },
	{ "classified by its parameter: on the loop", SPAN("GET /maybe HTTP/1.1\r\nHost: x\r\n\r\n"), 200, { "\"waited\":false" } },
	{ "classified by its parameter: on a worker",
	  SPAN("GET /maybe?ms=1 HTTP/1.1\r\nHost: x\r\n\r\n"), 200, { "\"waited\":true" } },
	{ "a forwarded address counts behind a trusted proxy",
	  SPAN("GET /echo HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 6.6.6.6, 192.0.2.7, 127.0.0.9\r\n"
	       "X-Forwarded-Proto: https\r\n\r\n"),
	  200,
	  { "\"client\":\"192.0.2.7\"", "\"secure\":true" } },
	{ "figures are text", SPAN("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"), 200,
	  { "# TYPE yimen_http_requests_total counter", "yimen_pool_running{pool=\"upstream\"} 0", "version=0.0.4" } },
};

static struct probe_server shared;

START_TEST(answers_as_the_row_says)
{
	const struct answer_row *row = &answers[_i];
	static struct probe_reply reply;

	probe_ask(shared.port, row->request, 80, &reply);
	ROW_INT(row->name, reply.status, row->status);
	for (size_t i = 0; i < ARRAY_LEN(row->has) && row->has[i]; i++)
		ck_assert_msg(strstr(reply.bytes, row->has[i]), "%s: no \"%s\" in\n%s", row->name, row->has[i], reply.bytes);
	if (row->lacks)
		ck_assert_msg(!strstr(reply.bytes, row->lacks), "%s: \"%s\" in\n%s", row->name, row->lacks, reply.bytes);
}
END_TEST

/* What stands behind @before, up to @end. */
static struct span cut(const char *text, const char *before, char end)
{
	const char *at = strstr(text, before);

	ck_assert_msg(at, "no %s in\n%s", before, text);
	at += strlen(before);
	return (struct span){ at, (size_t)(strchr(at, end) - at) };
}

START_TEST(takes_a_form_from_the_same_browser)
{
	static struct probe_reply page, reply;
	char request[1024], body[128];

	probe_ask(shared.port, SPAN("GET /page HTTP/1.1\r\nHost: x\r\n\r\n"), 80, &page);
	struct span cookie = cut(page.bytes, "Set-Cookie: ", ';'), token = cut(page.bytes, "name=\"csrf\" value=\"", '"');
	for (int i = 0; i < 3; i++) {
		static const char *const sites[] = { "same-origin", "cross-site", "same-origin" };
		int n = snprintf(body, sizeof body, "csrf=" SPAN_FMT "%s", SPAN_ARG(token), i == 2 ? "x" : "");

		snprintf(request, sizeof request,
			 "POST /page HTTP/1.1\r\nHost: x\r\nCookie: a=b; " SPAN_FMT "\r\nOrigin: null\r\nSec-Fetch-Site: %s\r\n"
			 FORM "Content-Length: %d\r\n\r\n%s", SPAN_ARG(cookie), sites[i], n, body);
		probe_ask(shared.port, span_of(request), 80, &reply);
		ROW_INT(sites[i], reply.status, i == 0 ? 303 : 403);
	}
}
END_TEST

START_TEST(limits_by_address)
{
	static struct probe_reply reply;
	static const struct span ask = SPAN("GET /limited HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 203.0.113.5\r\n\r\n");

	for (int i = 0; i < 4; i++)
		probe_ask(shared.port, ask, 50, &reply);
	ck_assert_int_eq(reply.status, 429);
	ck_assert_ptr_nonnull(strstr(reply.bytes, "Retry-After: 1"));
	probe_ask(shared.port, SPAN("GET /limited HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 203.0.113.6\r\n\r\n"), 50, &reply);
	ck_assert_int_eq(reply.status, 200);
}
END_TEST

int main(void)
{
	static const char *const options[] = { "threads=2", NULL };
	struct rlimit files = { 4096, 4096 };

	setrlimit(RLIMIT_NOFILE, &files);
	probe_start(&shared, options);
	int failed = suite_run("serving", (struct suite_test[]){ SUITE_LOOP(answers_as_the_row_says, ARRAY_LEN(answers)),
								 SUITE_ONCE(takes_a_form_from_the_same_browser),
								 SUITE_ONCE(limits_by_address),
								 SUITE_LOOP(does_not_stall, ARRAY_LEN(connection_counts)),
								 SUITE_LOOP(bounds_bodies, ARRAY_LEN(bodies)),
								 SUITE_ONCE(waits_on_workers_and_sheds_load),
								 SUITE_ONCE(gives_up_what_waits_too_long),
								 SUITE_LOOP(closes_the_slow, ARRAY_LEN(slow)),
								 SUITE_ONCE(finishes_what_runs),
								 SUITE_ONCE(ends_when_draining_takes_too_long),
								 SUITE_LOOP(ends_what_no_answer_waits_for, ARRAY_LEN(laters)),
								 SUITE_ONCE(changes_settings_while_serving), SUITE_END });
	if (probe_stop(&shared))
		failed = EXIT_FAILURE;
	return failed;
}
