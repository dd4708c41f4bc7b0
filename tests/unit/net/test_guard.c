/* SPDX-License-Identifier: Apache-2.0 */
/* Which addresses may be connected: the deny list of libraries.md 2 at its edges, the spellings of IPv4 in IPv6, the operator's exceptions. */
#include "broker/net/net.h"
#include "tests/unit/suite.h"

#include <arpa/inet.h>
#include <sys/un.h>

static const struct row {
	const char *address;
	bool allowed;
} rows[] = {
	/* public, and the neighbours of what is not */
	{ "8.8.8.8", true }, { "1.1.1.1", true }, { "223.5.5.5", true }, { "1.0.0.0", true }, { "9.255.255.255", true }, { "11.0.0.0", true },
	{ "100.63.255.255", true }, { "100.128.0.0", true }, { "126.255.255.255", true }, { "128.0.0.0", true }, { "169.253.255.255", true },
	{ "169.255.0.0", true }, { "172.15.255.255", true }, { "172.32.0.0", true }, { "191.255.255.255", true }, { "192.0.1.0", true },
	{ "192.167.255.255", true }, { "192.169.0.0", true }, { "198.17.255.255", true }, { "198.20.0.0", true }, { "223.255.255.255", true },
	{ "2400:3200::1", true }, { "2606:4700::1111", true }, { "2001:1::1", true }, { "2003::1", true }, { "2001:db9::1", true },
	/* IPv4 */
	{ "0.0.0.0", false }, { "0.255.255.255", false }, { "10.0.0.0", false }, { "10.255.255.255", false }, { "100.64.0.0", false },
	{ "100.127.255.255", false }, { "127.0.0.0", false }, { "127.0.0.1", false }, { "127.255.255.255", false }, { "169.254.0.0", false },
	{ "169.254.169.254", false }, { "172.16.0.0", false }, { "172.31.255.255", false }, { "192.0.0.0", false }, { "192.0.0.255", false },
	{ "192.0.2.1", false }, { "192.88.99.1", false }, { "192.168.0.0", false }, { "192.168.255.255", false }, { "198.18.0.0", false },
	{ "198.19.255.255", false }, { "198.51.100.1", false }, { "203.0.113.1", false }, { "224.0.0.1", false }, { "239.255.255.255", false },
	{ "240.0.0.1", false }, { "255.255.255.255", false },
	/* IPv6 */
	{ "::", false }, { "::1", false }, { "::8.8.8.8", false }, { "64:ff9b:1::1", false }, { "100::1", false }, { "2001::1", false }, { "2001:0:1::1", false },
	{ "2001:db8::1", false }, { "2002::1", false }, { "fc00::1", false }, { "fdff:ffff::1", false }, { "fe80::1", false }, { "febf::1", false },
	{ "fec0::1", false }, { "ff02::1", false }, { "3fff::1", false }, { "5f00::1", false },
	/* IPv4 in IPv6's clothes: mapped is judged as what it is, a translator's or tunnel's is refused whole */
	{ "::ffff:127.0.0.1", false }, { "::ffff:10.1.2.3", false }, { "::ffff:169.254.169.254", false }, { "::ffff:8.8.8.8", true },
	{ "64:ff9b::127.0.0.1", false }, { "64:ff9b::8.8.8.8", false }, { "2002:7f00:1::", false }, { "2002:808:808::", false },
};

static struct sockaddr_storage to_address(const char *text)
{
	struct sockaddr_storage storage = { 0 };
	struct sockaddr_in *in = (struct sockaddr_in *)&storage;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&storage;

	if (inet_pton(AF_INET, text, &in->sin_addr) == 1) {
		storage.ss_family = AF_INET;
	} else {
		ck_assert_msg(inet_pton(AF_INET6, text, &in6->sin6_addr) == 1, "%s", text);
		storage.ss_family = AF_INET6;
	}
	return storage;
}

static bool allows(const char *address, const char *const *blocks, size_t n)
{
	struct address_block parsed[4];
	struct sockaddr_storage storage = to_address(address);

	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(address_block_parse(span_of(blocks[i]), &parsed[i]), 0);
	return net_guard_allows((struct sockaddr *)&storage, &(struct address_blocks){ parsed, n });
}

START_TEST(denied)
{
	ROW_INT(rows[_i].address, allows(rows[_i].address, NULL, 0), rows[_i].allowed);
}
END_TEST

/* What the operator names, and nothing beside it. */
START_TEST(exceptions)
{
	static const char *const blocks[] = { "127.0.0.1", "10.20.0.0/16", "fd00:1::/32" };
	static const struct row excepted[] = {
		{ "127.0.0.1", true },	   { "127.0.0.2", false },	  { "10.20.255.255", true },	 { "10.21.0.0", false }, { "fd00:1:2::1", true },
		{ "fd00:2::1", false },	   { "::ffff:127.0.0.1", true },  { "::ffff:127.0.0.2", false }, { "64:ff9b::127.0.0.1", false }, { "::1", false },
		{ "169.254.169.254", false }, { "8.8.8.8", true },
	};

	for (size_t i = 0; i < ARRAY_LEN(excepted); i++)
		ROW_INT(excepted[i].address, allows(excepted[i].address, blocks, ARRAY_LEN(blocks)), excepted[i].allowed);
}
END_TEST

START_TEST(other_families)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX, .sun_path = "/run/docker.sock" };
	struct sockaddr_storage packet = { .ss_family = AF_PACKET };
	struct address_block every[2];

	ck_assert_int_eq(address_block_parse(SPAN("unix"), &every[0]), 0);
	ck_assert_int_eq(address_block_parse(SPAN("0.0.0.0/0"), &every[1]), 0);
	ck_assert(!net_guard_allows((struct sockaddr *)&un, &(struct address_blocks){ every, 2 }));
	ck_assert(!net_guard_allows((struct sockaddr *)&packet, &(struct address_blocks){ every, 2 }));
}
END_TEST

int main(void)
{
	return suite_run("net/guard", (struct suite_test[]){ SUITE_LOOP(denied, ARRAY_LEN(rows)), SUITE_ONCE(exceptions), SUITE_ONCE(other_families), SUITE_END });
}
