/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/error.h"
#include "conf/address.h"
#include "tests/unit/suite.h"

#include <arpa/inet.h>

static const struct {
	const char *name, *text;
	int want;
	bool is_local;
} addresses[] = {
	{ "IPv4 with a port", "127.0.0.1:8400", 0, true },
	{ "all of 127/8 is local", "127.9.9.9:1", 0, true },
	{ "every address is not local", "0.0.0.0:8400", 0, false },
	{ "IPv6 in brackets", "[::1]:8400", 0, true },
	{ "any IPv6 is not local", "[::]:8400", 0, false },
	{ "a socket path", "unix:/run/yimen/http.sock", 0, true },
	{ "a relative socket path", "unix:http.sock", ERR_INVALID, false },
	{ "a socket path that does not fit",
	  "unix:/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaaaaaaaaaaaaaaaaaa", ERR_INVALID, false },
	{ "no port", "127.0.0.1", ERR_INVALID, false },
	{ "port 0", "127.0.0.1:0", ERR_INVALID, false },
	{ "port past the end", "127.0.0.1:65536", ERR_INVALID, false },
	{ "a host name", "localhost:8400", ERR_INVALID, false },
	{ "IPv6 without brackets", "::1:8400", ERR_INVALID, false },
	{ "nothing but a port", ":8400", ERR_INVALID, false },
	{ "a short form of IPv4", "127.1:8400", ERR_INVALID, false },
	{ "empty", "", ERR_INVALID, false },
};

START_TEST(parse)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(4096);
	struct address address;
	int got = address_parse(span_of(addresses[_i].text), arena, &address);

	ROW_INT(addresses[_i].name, got, addresses[_i].want);
	if (got == 0)
		ROW_INT(addresses[_i].name, address_is_local(&address), addresses[_i].is_local);
}
END_TEST

static const struct {
	const char *name, *block, *address; /* address "unix": a peer on a unix socket */
	int want;                           /* of the parse */
	bool is_in;
} blocks[] = {
	{ "inside a /8", "10.0.0.0/8", "10.255.0.1", 0, true },
	{ "outside a /8", "10.0.0.0/8", "11.0.0.0", 0, false },
	{ "an odd prefix, last inside", "172.16.0.0/12", "172.31.255.255", 0, true },
	{ "an odd prefix, first outside", "172.16.0.0/12", "172.32.0.0", 0, false },
	{ "a single address", "192.0.2.7", "192.0.2.7", 0, true },
	{ "its neighbour", "192.0.2.7", "192.0.2.6", 0, false },
	{ "everything", "0.0.0.0/0", "8.8.8.8", 0, true },
	{ "IPv6 inside", "2001:db8::/33", "2001:db8:7fff::1", 0, true },
	{ "IPv6 outside by one bit", "2001:db8::/33", "2001:db8:8000::1", 0, false },
	{ "a mapped peer counts as IPv4", "10.0.0.0/8", "::ffff:10.1.1.1", 0, true },
	{ "all IPv4 is not all IPv6", "0.0.0.0/0", "2001:db8::1", 0, false },
	{ "a unix peer", "unix", "unix", 0, true },
	{ "a unix peer is in no block of addresses", "::/0", "unix", 0, false },
	{ "unix holds no address", "unix", "127.0.0.1", 0, false },
	{ "bits behind the prefix", "10.0.0.1/8", "10.0.0.1", ERR_INVALID, false },
	{ "a prefix too long", "10.0.0.0/33", "10.0.0.0", ERR_INVALID, false },
	{ "no prefix after the slash", "10.0.0.0/", "10.0.0.0", ERR_INVALID, false },
	{ "a host name", "localhost", "127.0.0.1", ERR_INVALID, false },
	{ "empty", "", "127.0.0.1", ERR_INVALID, false },
};

START_TEST(contain)
{
	struct sockaddr_storage storage = { .ss_family = AF_UNIX };
	struct sockaddr_in *in = (void *)&storage;
	struct sockaddr_in6 *in6 = (void *)&storage;
	struct address_block block;

	ROW_INT(blocks[_i].name, address_block_parse(span_of(blocks[_i].block), &block), blocks[_i].want);
	if (blocks[_i].want)
		return;
	if (inet_pton(AF_INET, blocks[_i].address, &in->sin_addr) == 1)
		in->sin_family = AF_INET;
	else if (inet_pton(AF_INET6, blocks[_i].address, &in6->sin6_addr) == 1)
		in6->sin6_family = AF_INET6;
	ROW_INT(blocks[_i].name, address_in_blocks((struct sockaddr *)&storage, &(struct address_blocks){ &block, 1 }),
	    blocks[_i].is_in);
}
END_TEST

int main(void)
{
	return suite_run("address", (struct suite_test[]){
		SUITE_LOOP(parse, ARRAY_LEN(addresses)), SUITE_LOOP(contain, ARRAY_LEN(blocks)), SUITE_END });
}
