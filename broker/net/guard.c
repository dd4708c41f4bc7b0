/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/error.h"
#include "broker/net/net.h"

/* Everything that is not the public internet (IANA special-purpose registries; libraries.md 2), and the ways to write IPv4 inside IPv6. */
static const char *const denied[] = {
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
	"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/32", "2001:db8::/32", "2002::/16", "3fff::/20",
	"5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
};

bool net_guard_allows(const struct sockaddr *sa, const struct address_blocks *allow)
{
	if (sa->sa_family != AF_INET && sa->sa_family != AF_INET6)
		return false;
	if (address_in_blocks(sa, allow))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(denied); i++) {
		struct address_block block;
		struct address_blocks one = { &block, 1 };

		if (address_block_parse(span_of(denied[i]), &block) || address_in_blocks(sa, &one))
			return false; /* a row that does not parse refuses everything: fail closed */
	}
	return true;
}
