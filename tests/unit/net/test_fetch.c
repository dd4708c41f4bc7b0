/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net_fetch against a small server on loopback that counts what it is asked: caps on size and time, no redirects, the guard, plain http only
 * where it was allowed, the cache and its refresh limit, and headers that cannot be slipped in.
 */
#include "broker/base/error.h"
#include "broker/net/net.h"
#include "tests/unit/suite.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#define BODY_MAX 4096
#define NOW ((struct instant){ INT64_C(1800000000000) })

/* ---- the server: one connection at a time, the path says how it behaves */

struct place {
	int fd;
	unsigned port;
	pthread_t thread;
	_Atomic int asked, quit;
	char last[8192]; /* the last request, whole */
};

static void say(int fd, const char *text)
{
	ck_assert_int_ge(send(fd, text, strlen(text), MSG_NOSIGNAL), 0);
}

static void respond(struct place *place, int fd)
{
	static const char big[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	char head[256], path[64] = "";

	sscanf(place->last, "%*s %63s", path);
	if (strcmp(path, "/redirect") == 0) {
		snprintf(head, sizeof head, "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:%u/ok\r\nContent-Length: 0\r\n\r\n", place->port);
		say(fd, head);
	} else if (strcmp(path, "/big") == 0) {
		say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
		for (size_t i = 0; i < 1000 && send(fd, big, 64, MSG_NOSIGNAL) > 0; i++)
			;
	} else if (strcmp(path, "/endless") == 0) { /* no length is said */
		say(fd, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
		for (size_t i = 0; i < 100000 && send(fd, big, 64, MSG_NOSIGNAL) > 0; i++)
			;
	} else if (strcmp(path, "/full") == 0) { /* exactly the cap */
		say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 4096\r\n\r\n");
		for (size_t i = 0; i < BODY_MAX / 64; i++)
			say(fd, big);
	} else if (strcmp(path, "/slow") == 0) { /* a byte now and then: the whole is what is timed */
		say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
		for (int i = 0; i < 40 && send(fd, "x", 1, MSG_NOSIGNAL) > 0; i++)
			usleep(50000);
	} else if (strcmp(path, "/silent") == 0) {
		usleep(1500000);
	} else if (strcmp(path, "/garbage") == 0) {
		say(fd, "SSH-2.0-OpenSSH_9.2\r\n");
	} else if (strcmp(path, "/error") == 0) {
		say(fd, "HTTP/1.1 500 Oops\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\noops");
	} else if (strcmp(path, "/bare") == 0) {
		say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	} else {
		snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{\"n\":%04d}", place->asked);
		say(fd, head);
	}
}

static bool read_request(struct place *place, int fd)
{
	char text[sizeof place->last] = "";
	size_t n = 0, want = 0;

	for (;;) {
		struct pollfd pfd = { .fd = fd, .events = POLLIN };

		while (poll(&pfd, 1, 20) == 0)
			if (place->quit)
				return false;
		ssize_t got = recv(fd, text + n, sizeof text - 1 - n, 0);
		if (got <= 0)
			return false;
		n += (size_t)got;
		char *end = strstr(text, "\r\n\r\n"), *length = strcasestr(text, "content-length:");
		if (end && length && length < end)
			want = (size_t)atoi(length + 15);
		if (end && n >= (size_t)(end + 4 - text) + want) {
			memcpy(place->last, text, sizeof text);
			return true;
		}
	}
}

static void *serve(void *arg)
{
	struct place *place = arg;

	while (!place->quit) {
		struct pollfd pfd = { .fd = place->fd, .events = POLLIN };

		if (poll(&pfd, 1, 20) != 1)
			continue;
		int fd = accept(place->fd, NULL, NULL);
		while (fd >= 0 && read_request(place, fd)) {
			atomic_fetch_add(&place->asked, 1);
			respond(place, fd);
			if (!strstr(place->last, " /ok"))
				break;
		}
		if (fd >= 0)
			close(fd);
	}
	return NULL;
}

static struct place place;
static struct arena *arena;

static void open_place(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof in;

	place.fd = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert(place.fd >= 0 && bind(place.fd, (struct sockaddr *)&in, len) == 0 && listen(place.fd, 16) == 0);
	ck_assert_int_eq(getsockname(place.fd, (struct sockaddr *)&in, &len), 0);
	place.port = ntohs(in.sin_port);
	ck_assert_int_eq(pthread_create(&place.thread, NULL, serve, &place), 0);
	arena = arena_new(1 << 20);
}

static void close_place(void)
{
	place.quit = 1;
	pthread_join(place.thread, NULL);
	close(place.fd);
	arena_free(arena);
}

/* ---- the client under test */

static struct address_block loopback;
static struct net_options options = { .timeout_ms = 600, .connect_timeout_ms = 300, .max_body = BODY_MAX };

static struct net *client(bool allow_loopback)
{
	struct net *net;

	ck_assert_int_eq(address_block_parse(SPAN("127.0.0.0/8"), &loopback), 0);
	options.allow = (struct address_blocks){ &loopback, allow_loopback };
	ck_assert_int_eq(net_new(&options, &net), 0);
	return net;
}

static struct span url_of(const char *path)
{
	return span_of(arena_printf(arena, "http://127.0.0.1:%u%s", place.port, path));
}

static int get(struct net *net, const char *path, struct net_reply *reply)
{
	return net_fetch(net, &(struct net_request){ .method = "GET", .url = url_of(path) }, NOW, arena, reply);
}

static const struct {
	const char *name, *path;
	int result, status;
	size_t n;
} rows[] = {
	{ "an answer", "/ok", 0, 200, 10 },
	{ "an answer without body and type", "/bare", 0, 200, 0 },
	{ "an error status is an answer", "/error", 0, 500, 4 },
	{ "a redirect is an answer and is not followed", "/redirect", 0, 302, 0 },
	{ "as much as is allowed", "/full", 0, 200, BODY_MAX },
	{ "a length that is too much", "/big", ERR_TOO_LARGE },
	{ "no length, and too much", "/endless", ERR_TOO_LARGE },
	{ "a byte now and then does not stretch the time", "/slow", FAULT_TIMEOUT },
	{ "silence", "/silent", FAULT_TIMEOUT },
	{ "not HTTP", "/garbage", FAULT_UNREACHABLE },
};

START_TEST(answers)
{
	open_place();
	struct net *net = client(true);
	struct net_reply reply = { .status = -1 };

	ROW_INT(rows[_i].name, get(net, rows[_i].path, &reply), rows[_i].result);
	ROW_INT(rows[_i].name, place.asked, 1);
	if (!rows[_i].result) {
		ROW_INT(rows[_i].name, reply.status, rows[_i].status);
		ROW_INT(rows[_i].name, reply.body.n, rows[_i].n);
	} else {
		ROW_INT(rows[_i].name, reply.status, -1); /* untouched */
	}
	net_free(net);
	close_place();
}
END_TEST

/* Refused before a byte is sent: nobody was asked. */
START_TEST(refused)
{
	static const struct {
		const char *name, *url;
		bool allow;
		int result;
	} urls[] = {
		{ "loopback that was not allowed", "http://127.0.0.1:%u/ok", false, ERR_ACCESS_DENIED },
		{ "loopback by name", "http://localhost:%u/ok", false, ERR_ACCESS_DENIED },
		{ "loopback over TLS", "https://127.0.0.1:%u/ok", false, ERR_ACCESS_DENIED },
		{ "loopback as one number", "https://2130706433:%u/ok", false, ERR_ACCESS_DENIED },
		{ "loopback in hex", "https://0x7f000001:%u/ok", false, ERR_ACCESS_DENIED },
		{ "loopback in short", "https://127.1:%u/ok", false, ERR_ACCESS_DENIED },
		{ "loopback as mapped IPv6", "https://[::ffff:127.0.0.1]:%u/ok", false, ERR_ACCESS_DENIED },
		{ "any address", "https://0.0.0.0:%u/ok", false, ERR_ACCESS_DENIED },
		{ "the machine next door", "https://10.0.0.1:%u/", true, ERR_ACCESS_DENIED },
		{ "the cloud's metadata", "https://169.254.169.254:%u/", true, ERR_ACCESS_DENIED },
		{ "plain http to elsewhere", "http://203.0.113.1:%u/", true, ERR_INVALID },
		{ "plain http by a number that is loopback", "http://2130706433:%u/ok", true, ERR_INVALID },
		{ "another scheme", "ftp://127.0.0.1:%u/ok", true, ERR_INVALID },
		{ "a file", "file:///etc/passwd?%u", true, ERR_INVALID },
		{ "a user in front", "http://user:pass@127.0.0.1:%u/ok", true, ERR_INVALID },
		{ "a line break in the path", "http://127.0.0.1:%u/ok\r\nX: y", true, ERR_INVALID },
		{ "a space in the path", "http://127.0.0.1:%u/o k", true, ERR_INVALID },
		{ "nothing", "", true, ERR_INVALID },
	};

	open_place();
	for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
		struct net *net = client(urls[i].allow);
		struct net_reply reply;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		char *url = arena_printf(arena, urls[i].url, place.port);
#pragma GCC diagnostic pop

		ROW_INT(urls[i].name, net_fetch(net, &(struct net_request){ .method = "GET", .url = span_of(url) }, NOW, arena, &reply), urls[i].result);
		ROW_INT(urls[i].name, place.asked, 0);
		net_free(net);
	}
	close_place();
}
END_TEST

/* The environment's proxy would see everything and ask no guard. */
START_TEST(no_proxy)
{
	open_place();
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
	struct net *net = client(true);
	struct net_reply reply;

	ck_assert_int_eq(get(net, "/ok", &reply), 0);
	net_free(net);
	close_place();
}
END_TEST

START_TEST(injection)
{
	static const struct span evil[] = { SPAN("a\r\nX-Evil: 1"), SPAN("a\nX-Evil: 1"), SPAN("a\rX-Evil: 1"), SPAN("a\0b") };

	open_place();
	struct net *net = client(true);
	struct net_reply reply;

	for (size_t i = 0; i < ARRAY_LEN(evil); i++)
		for (int where = 0; where < 3; where++) {
			struct net_request request = { .method = "POST", .url = url_of("/ok"), .content_type = SPAN("text/plain"), .body = SPAN("b") };

			*(where == 0 ? &request.authorization : where == 1 ? &request.accept : &request.content_type) = evil[i];
			ck_assert_int_eq(net_fetch(net, &request, NOW, arena, &reply), ERR_INVALID);
		}
	ck_assert_int_eq(place.asked, 0);
	net_free(net);
	close_place();
}
END_TEST

START_TEST(post)
{
	open_place();
	struct net *net = client(true);
	struct net_reply reply;
	struct net_request request = { .method = "POST", .url = url_of("/ok"), .content_type = SPAN("application/x-www-form-urlencoded"),
				       .authorization = SPAN("Basic eDp5"), .body = SPAN("a=1&b=2"), .cache_ms = MS_MINUTE };

	ck_assert_int_eq(net_fetch(net, &request, NOW, arena, &reply), 0);
	ck_assert_ptr_nonnull(strstr(place.last, "POST /ok HTTP/1.1\r\n"));
	ck_assert_ptr_nonnull(strstr(place.last, "Authorization: Basic eDp5\r\n"));
	ck_assert_ptr_nonnull(strstr(place.last, "Content-Type: application/x-www-form-urlencoded\r\n"));
	ck_assert_ptr_nonnull(strstr(place.last, "Accept: application/json\r\n"));
	ck_assert_ptr_nonnull(strstr(place.last, "\r\n\r\na=1&b=2"));
	ck_assert_ptr_null(strstr(place.last, "Expect"));
	ck_assert_int_eq(net_fetch(net, &request, NOW, arena, &reply), 0); /* what changes something is never answered from the cache */
	ck_assert_int_eq(place.asked, 2);
	request = (struct net_request){ .method = "GET", .url = url_of("/ok") }; /* nothing of it sticks to the handle */
	ck_assert_int_eq(net_fetch(net, &request, NOW, arena, &reply), 0);
	ck_assert_ptr_null(strstr(place.last, "Authorization"));
	ck_assert_ptr_null(strstr(place.last, "a=1"));
	net_free(net);
	close_place();
}
END_TEST

static int cached(struct net *net, const char *path, int64_t at, bool refresh)
{
	struct net_reply reply;
	struct net_request request = { .method = "GET", .url = url_of(path), .cache_ms = MS_MINUTE, .refresh = refresh };

	ck_assert_int_eq(net_fetch(net, &request, instant_add(NOW, at), arena, &reply), 0);
	return place.asked;
}

START_TEST(cache)
{
	open_place();
	struct net *net = client(true);

	ck_assert_int_eq(cached(net, "/ok", 0, false), 1);
	ck_assert_int_eq(cached(net, "/ok", 1, false), 1);
	ck_assert_int_eq(cached(net, "/ok", MS_MINUTE - 1, false), 1);
	ck_assert_int_eq(cached(net, "/ok", MS_MINUTE, false), 2); /* over */
	/* "fetch anew" is honoured, but not as often as somebody likes */
	ck_assert_int_eq(cached(net, "/ok", MS_MINUTE + NET_REFRESH_MIN_MS - 1, true), 2);
	ck_assert_int_eq(cached(net, "/ok", MS_MINUTE + NET_REFRESH_MIN_MS, true), 3);
	ck_assert_int_eq(cached(net, "/ok", MS_MINUTE + NET_REFRESH_MIN_MS + 1, true), 3);
	ck_assert_int_eq(cached(net, "/ok?x", MS_MINUTE, false), 4); /* another URL */
	ck_assert_int_eq(cached(net, "/error", 0, false), 5);	    /* errors are not kept */
	ck_assert_int_eq(cached(net, "/error", 0, false), 6);
	for (int i = 0; i < 200; i++) { /* many URLs push out, nothing grows */
		char path[16];

		snprintf(path, sizeof path, "/ok?%d", i);
		ck_assert_int_eq(cached(net, path, 2 * MS_MINUTE + i, false), 7 + i);
	}
	net_free(net);
	close_place();
}
END_TEST

/* What is left of a request's time is all that a fetch may take. */
START_TEST(own_deadline)
{
	static const int64_t given[] = { 100, 1, 0, -5000 };

	open_place();
	options.timeout_ms = 20000;
	struct net *net = client(true);
	for (size_t i = 0; i < ARRAY_LEN(given); i++) {
		struct net_reply reply;
		struct net_request request = { .method = "GET", .url = url_of("/slow"), .has_timeout = true, .timeout_ms = given[i] };

		ck_assert_int_eq(net_fetch(net, &request, NOW, arena, &reply), FAULT_TIMEOUT);
	}
	net_free(net);
	close_place();
}
END_TEST

START_TEST(authorized_is_not_shared)
{
	open_place();
	struct net *net = client(true);
	struct net_reply reply;
	struct net_request request = { .method = "GET", .url = url_of("/ok"), .authorization = SPAN("Bearer a"), .cache_ms = MS_MINUTE };

	ck_assert_int_eq(net_fetch(net, &request, NOW, arena, &reply), 0);
	request.authorization = SPAN("Bearer b");
	ck_assert_int_eq(net_fetch(net, &request, NOW, arena, &reply), 0);
	ck_assert_int_eq(place.asked, 2);
	ck_assert_int_eq(cached(net, "/ok", 0, false), 3);
	net_free(net);
	close_place();
}
END_TEST

START_TEST(allocations)
{
	open_place();
	struct net *net = client(true);
	struct net_request request = { .method = "GET", .url = url_of("/ok"), .authorization = SPAN("Bearer a") };
	unsigned long k;

	for (k = 1; k < 100; k++) {
		struct net_reply reply = { .status = -1 };

		arena_fail_at(k);
		int result = net_fetch(net, &request, NOW, arena, &reply);
		arena_fail_at(0);
		if (!result)
			break;
		ck_assert_int_eq(result, FAULT_MEMORY);
		ck_assert_int_eq(reply.status, -1);
	}
	ck_assert_uint_gt(k, 3);
	ck_assert_uint_lt(k, 100);
	net_free(net);
	close_place();
}
END_TEST

/* A body grows elsewhere: the caller's arena needs room for it once. */
START_TEST(small_arena)
{
	open_place();
	struct net *net = client(true);
	struct net_reply reply;
	CLEANUP(arena_cleanup) struct arena *small = arena_new(BODY_MAX + 2048), *smaller = arena_new(BODY_MAX);
	struct net_request request = { .method = "GET", .url = url_of("/full") };

	ck_assert_int_eq(net_fetch(net, &request, NOW, small, &reply), 0);
	ck_assert_uint_eq(reply.body.n, BODY_MAX);
	int result = net_fetch(net, &request, NOW, smaller, &reply);
	ck_assert_msg(result == FAULT_MEMORY || result == ERR_TOO_LARGE, "%d", result);
	net_free(net);
	close_place();
}
END_TEST

struct many {
	struct net *net;
	_Atomic int good;
};

static void *fetch_some(void *arg)
{
	struct many *many = arg;
	struct net_reply reply;
	CLEANUP(arena_cleanup) struct arena *own = arena_new(1 << 20);
	char url[64];

	snprintf(url, sizeof url, "http://127.0.0.1:%u/bare", place.port);
	for (int i = 0; i < 10; i++)
		if (net_fetch(many->net, &(struct net_request){ .method = "GET", .url = span_of(url), .cache_ms = i % 2 }, instant_add(NOW, i), own, &reply) == 0)
			atomic_fetch_add(&many->good, 1);
	return NULL;
}

START_TEST(threads)
{
	open_place();
	options.timeout_ms = 20000;
	options.connect_timeout_ms = 20000;
	struct many many = { .net = client(true) };
	pthread_t running[12];

	for (size_t i = 0; i < ARRAY_LEN(running); i++)
		ck_assert_int_eq(pthread_create(&running[i], NULL, fetch_some, &many), 0);
	for (size_t i = 0; i < ARRAY_LEN(running); i++)
		pthread_join(running[i], NULL);
	ck_assert_int_eq(many.good, 120);
	net_free(many.net);
	close_place();
}
END_TEST

int main(void)
{
	return suite_run("net/fetch", (struct suite_test[]){ SUITE_LOOP(answers, ARRAY_LEN(rows)), SUITE_ONCE(refused), SUITE_ONCE(no_proxy), SUITE_ONCE(injection),
							     SUITE_ONCE(post), SUITE_ONCE(cache), SUITE_ONCE(own_deadline), SUITE_ONCE(authorized_is_not_shared), SUITE_ONCE(allocations), SUITE_ONCE(small_arena),
							     SUITE_ONCE(threads), SUITE_END });
}
