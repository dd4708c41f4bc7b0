/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/address.h"

#include "broker/base/error.h"

#include <arpa/inet.h>

static const unsigned char mapped_prefix[12] = { [10] = 0xff, [11] = 0xff };

static int parse_unix(struct span path, struct address *address)
{
	if (path.n < 2 || path.p[0] != '/' || path.n >= sizeof address->un.sun_path)
		return ERR_INVALID;
	address->un.sun_family = AF_UNIX;
	memcpy(address->un.sun_path, path.p, path.n);
	address->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + path.n + 1);
	return 0;
}

/* inet_pton wants a terminated string. */
static bool to_bytes(int family, struct span text, void *bytes)
{
	char copy[INET6_ADDRSTRLEN];

	if (text.n >= sizeof copy || memchr(text.p, '\0', text.n))
		return false;
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	return inet_pton(family, copy, bytes) == 1;
}

int address_parse(struct span text, struct arena *arena, struct address *ret_address)
{
	struct address address = { 0 };
	struct span host = text, port;
	uint64_t number;

	if (span_starts(text, SPAN("unix:"))) {
		TRY(parse_unix((struct span){ text.p + 5, text.n - 5 }, &address));
	} else {
		const char *colon = text.n ? memrchr(text.p, ':', text.n) : NULL;

		if (!colon)
			return ERR_INVALID;
		host.n = (size_t)(colon - text.p);
		port = (struct span){ colon + 1, text.n - host.n - 1 };
		if (!span_to_u64(port, &number) || number == 0 || number > 65535)
			return ERR_INVALID;
		if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']') {
			if (!to_bytes(AF_INET6, (struct span){ host.p + 1, host.n - 2 }, &address.in6.sin6_addr))
				return ERR_INVALID;
			address.in6.sin6_family = AF_INET6;
			address.in6.sin6_port = htons((uint16_t)number);
			address.len = sizeof address.in6;
		} else {
			if (host.n == 0 || !to_bytes(AF_INET, host, &address.in.sin_addr))
				return ERR_INVALID;
			address.in.sin_family = AF_INET;
			address.in.sin_port = htons((uint16_t)number);
			address.len = sizeof address.in;
		}
	}
	address.text = arena_dup(arena, text);
	if (!address.text.p)
		return FAULT_MEMORY;
	*ret_address = address;
	return 0;
}

bool address_is_local(const struct address *address)
{
	switch (address->sa.sa_family) {
	case AF_UNIX:
		return true;
	case AF_INET:
		return ntohl(address->in.sin_addr.s_addr) >> 24 == 127;
	default:
		return IN6_IS_ADDR_LOOPBACK(&address->in6.sin6_addr);
	}
}

/* Bit @i, counted from the left. */
static bool bit(const unsigned char *bytes, unsigned i)
{
	return bytes[i / 8] >> (7 - i % 8) & 1;
}

int address_block_parse(struct span text, struct address_block *ret_block)
{
	struct address_block block = { .bits = 128 };
	struct span bits = text, address = span_cut(&bits, '/');
	uint64_t number = 128;
	bool is_v4;

	if (span_is(text, "unix")) {
		*ret_block = (struct address_block){ .is_unix = true };
		return 0;
	}
	if (address.n == 0)
		return ERR_INVALID;
	is_v4 = to_bytes(AF_INET, address, block.bytes + 12);
	if (is_v4)
		memcpy(block.bytes, mapped_prefix, sizeof mapped_prefix);
	else if (!to_bytes(AF_INET6, address, block.bytes))
		return ERR_INVALID;
	if (bits.p) {
		if (!span_to_u64(bits, &number) || number > (is_v4 ? 32 : 128))
			return ERR_INVALID;
		block.bits = (uint8_t)(is_v4 ? number + 96 : number);
	}
	for (unsigned i = block.bits; i < 128; i++)
		if (bit(block.bytes, i))
			return ERR_INVALID;
	*ret_block = block;
	return 0;
}

static bool is_in(const unsigned char bytes[16], const struct address_block *block)
{
	unsigned whole = block->bits / 8, rest = block->bits % 8;

	if (memcmp(bytes, block->bytes, whole) != 0)
		return false;
	return rest == 0 || (bytes[whole] ^ block->bytes[whole]) >> (8 - rest) == 0;
}

bool address_in_blocks(const struct sockaddr *sa, const struct address_blocks *blocks)
{
	unsigned char bytes[16];

	if (sa->sa_family == AF_INET) {
		memcpy(bytes, mapped_prefix, sizeof mapped_prefix);
		memcpy(bytes + 12, &((const struct sockaddr_in *)(const void *)sa)->sin_addr, 4);
	} else if (sa->sa_family == AF_INET6) {
		memcpy(bytes, &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr, 16);
	} else if (sa->sa_family != AF_UNIX) {
		return false;
	}
	for (size_t i = 0; i < blocks->n; i++) {
		const struct address_block *block = &blocks->items[i];

		if (sa->sa_family == AF_UNIX ? block->is_unix : !block->is_unix && is_in(bytes, block))
			return true;
	}
	return false;
}
