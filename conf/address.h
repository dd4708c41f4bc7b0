/* SPDX-License-Identifier: Apache-2.0 */
/*
 * address - socket addresses to listen on and blocks of addresses (CIDR, RFC 4632), read strictly from text.
 */
#pragma once

#include "broker/base/arena.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

/* What to listen on: "127.0.0.1:8400", "[::1]:8400", "unix:/run/yimen/http.sock". */
struct address {
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
	};
	socklen_t len;
	struct span text; /* as written, terminated */
};

struct address_list {
	const struct address *items;
	size_t n;
};

/* A block of addresses; family AF_UNIX ("unix") stands for every peer on a unix socket. */
struct address_block {
	unsigned char bytes[16]; /* IPv4 in its mapped form ::ffff:a.b.c.d, so that one comparison serves both */
	uint8_t bits;            /* 0..128 */
	bool is_unix;
};

struct address_blocks {
	const struct address_block *items;
	size_t n;
};

/* ERR_INVALID for anything else: host names, missing ports, relative socket paths, paths too long for a sockaddr_un. */
MUST_USE int address_parse(struct span text, struct arena *arena, struct address *ret_address);
/* 127.0.0.0/8 or ::1 or a unix socket. */
bool address_is_local(const struct address *address);
/* "10.0.0.0/8", "::1", "unix". ERR_INVALID also when bits stand behind the prefix (10.0.0.1/8 is a mistake). */
MUST_USE int address_block_parse(struct span text, struct address_block *ret_block);
/* Does @sa lie in one of @blocks? */
bool address_in_blocks(const struct sockaddr *sa, const struct address_blocks *blocks);
