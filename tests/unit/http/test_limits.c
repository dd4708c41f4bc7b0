/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/http/client.h"
#include "broker/http/limits.h"
#include "tests/unit/suite.h"

#include <arpa/inet.h>

#define T0 INT64_C(1800000000000)

static struct client_address address(const char *text)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, text, &in.sin_addr) == 1)
		return client_of_peer((struct sockaddr *)&in);
	ck_assert_int_eq(inet_pton(AF_INET6, text, &in6.sin6_addr), 1);
	return client_of_peer((struct sockaddr *)&in6);
}

static int take(struct limits *limits, enum rate_class rate_class, const char *who, int64_t at_ms)
{
	static const struct rate rate = { .per_minute = 6, .burst = 3 };
	struct client_address client = address(who);
	unsigned wait = 0;
	int error = limits_take(limits, rate_class, &rate, &client, (struct instant){ T0 + at_ms }, &wait);

	ck_assert((error == ERR_TOO_MANY) == (wait > 0));
	return error ? (int)wait : 0;
}

START_TEST(empties_and_fills)
{
	CLEANUP(limits_cleanup) struct limits *limits = limits_new(1024);

	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(take(limits, RATE_LOGIN, "192.0.2.1", 0), 0);
	ck_assert_int_eq(take(limits, RATE_LOGIN, "192.0.2.1", 0), 11); /* six a minute: one in ten seconds */
	ck_assert_int_eq(take(limits, RATE_LOGIN, "192.0.2.1", 9000), 2);
	ck_assert_int_eq(take(limits, RATE_LOGIN, "192.0.2.1", 10000), 0);
	ck_assert_int_ne(take(limits, RATE_LOGIN, "192.0.2.1", 10000), 0);
	ck_assert_int_ne(take(limits, RATE_LOGIN, "192.0.2.1", -50000), 0); /* a clock that steps back fills nothing */
	for (int i = 0; i < 3; i++) /* a day later it is full, and no fuller */
		ck_assert_int_eq(take(limits, RATE_LOGIN, "192.0.2.1", MS_DAY), 0);
	ck_assert_int_ne(take(limits, RATE_LOGIN, "192.0.2.1", MS_DAY), 0);
}
END_TEST

START_TEST(tells_clients_and_classes_apart)
{
	CLEANUP(limits_cleanup) struct limits *limits = limits_new(1024);

	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(take(limits, RATE_LOGIN, "2001:db8::1", 0), 0);
	ck_assert_int_ne(take(limits, RATE_LOGIN, "2001:db8::ffff:2", 0), 0); /* the same /64 */
	ck_assert_int_eq(take(limits, RATE_LOGIN, "2001:db8:0:1::1", 0), 0);
	ck_assert_int_eq(take(limits, RATE_SMS, "2001:db8::1", 0), 0);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(take(limits, RATE_LOGIN, "192.0.2.1", 0), 0);
	ck_assert_int_eq(take(limits, RATE_LOGIN, "192.0.2.2", 0), 0);
}
END_TEST

START_TEST(forgets_the_fullest_first)
{
	CLEANUP(limits_cleanup) struct limits *limits = limits_new(1);
	char who[32];

	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(take(limits, RATE_LOGIN, "192.0.2.1", 0), 0);
	/* a flood of addresses, far more than there are buckets, does not free the one that is empty */
	for (int i = 0; i < 20000; i++) {
		snprintf(who, sizeof who, "10.%d.%d.%d", i >> 16, (i >> 8) & 255, i & 255);
		ck_assert_int_eq(take(limits, RATE_LOGIN, who, 0), 0);
	}
	ck_assert_int_ne(take(limits, RATE_LOGIN, "192.0.2.1", 0), 0);
}
END_TEST

START_TEST(lets_all_pass_without_rate)
{
	CLEANUP(limits_cleanup) struct limits *limits = limits_new(1024);
	struct client_address client = address("192.0.2.1");
	unsigned wait;

	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(limits_take(limits, RATE_PAGE, &(struct rate){ 0 }, &client, (struct instant){ T0 }, &wait), 0);
}
END_TEST

/* --- who asks --- */

static const struct address_block trusted[] = {
	{ .is_unix = true },
	{ .bytes = { [10] = 0xff, [11] = 0xff, [12] = 10 }, .bits = 104 },
	{ .bytes = { 0x20, 0x01, 0x0d, 0xb8 }, .bits = 32 },
};

static const struct client_row {
	const char *name, *peer; /* NULL: unix */
	struct header headers[3];
	const char *want;
	bool https;
} clients[] = {
	{ "a stranger's headers say nothing", "192.0.2.1",
	  { { SPAN("X-Forwarded-For"), SPAN("6.6.6.6") }, { SPAN("X-Forwarded-Proto"), SPAN("https") } }, "192.0.2.1", false },
	{ "a proxy without header is itself the client", "10.0.0.1", { { { 0 }, { 0 } } }, "10.0.0.1", false },
	{ "a proxy names the client", "10.0.0.1",
	  { { SPAN("X-Forwarded-For"), SPAN("192.0.2.7") }, { SPAN("X-Forwarded-Proto"), SPAN("HTTPS") } }, "192.0.2.7", true },
	{ "the rightmost stranger counts", "10.0.0.1",
	  { { SPAN("X-Forwarded-For"), SPAN("6.6.6.6, 192.0.2.7, 10.0.0.2") } }, "192.0.2.7",
	  false },
	{ "the last of several headers stands rightmost", "10.0.0.1",
	  { { SPAN("X-Forwarded-For"), SPAN("6.6.6.6") }, { SPAN("x-forwarded-for"), SPAN("192.0.2.7") } }, "192.0.2.7", false },
	{ "proxies all the way", "10.0.0.1", { { SPAN("X-Forwarded-For"), SPAN("10.1.1.1,10.2.2.2") } }, "10.1.1.1", false },
	{ "what cannot be read ends the walk", "10.0.0.1",
	  { { SPAN("X-Forwarded-For"), SPAN("192.0.2.7, unknown, 10.0.0.2") } }, "10.0.0.2",
	  false },
	{ "with a port", "10.0.0.1", { { SPAN("X-Forwarded-For"), SPAN("192.0.2.7:5555") } }, "192.0.2.7", false },
	{ "IPv6 with and without brackets", NULL,
	  { { SPAN("X-Forwarded-For"), SPAN("[2a00::1]:5555, 2001:db8::2") } }, "2a00::1", false },
	{ "a unix peer", NULL, { { { 0 }, { 0 } } }, "unix", false },
	{ "an empty list", "10.0.0.1", { { SPAN("X-Forwarded-For"), SPAN("") } }, "10.0.0.1", false },
	{ "an empty hop", "10.0.0.1", { { SPAN("X-Forwarded-For"), SPAN("192.0.2.7,") } }, "10.0.0.1", false },
};

START_TEST(believes_only_proxies)
{
	const struct client_row *row = &clients[_i];
	struct address_blocks blocks = { trusted, ARRAY_LEN(trusted) };
	struct client_address peer = row->peer ? address(row->peer) : (struct client_address){ .unix_peer = true };
	char text[CLIENT_ADDRESS_TEXT];
	size_t n = 0;

	while (n < ARRAY_LEN(row->headers) && row->headers[n].name.p)
		n++;
	struct client_view view = client_view(&peer, row->headers, n, &blocks);
	ROW_SPAN(row->name, span_of(client_address_text(&view.address, text)), span_of(row->want));
	ROW_TRUE(row->name, view.https == row->https);
}
END_TEST

int main(void)
{
	return suite_run("limits", (struct suite_test[]){ SUITE_ONCE(empties_and_fills),
							  SUITE_ONCE(tells_clients_and_classes_apart),
							  SUITE_ONCE(forgets_the_fullest_first),
							  SUITE_ONCE(lets_all_pass_without_rate),
							  SUITE_LOOP(believes_only_proxies, ARRAY_LEN(clients)), SUITE_END });
}
