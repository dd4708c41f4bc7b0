/* SPDX-License-Identifier: Apache-2.0 */
/*
 * url - absolute http(s) URLs taken apart, and queries put together (RFC 3986; the form encoding of the WHATWG URL standard).
 */
#pragma once

#include "broker/base/buf.h"

struct url {
	struct span scheme;    /* "https", lower case as written */
	struct span host;      /* without brackets */
	uint16_t port;         /* explicit, or the scheme's default */
	bool has_port;         /* it was written */
	struct span authority; /* host[:port] as written */
	struct span path;      /* starts with '/', may be empty */
	struct span query;     /* without '?' */
	bool has_query;
	struct span fragment;  /* without '#' */
	bool has_fragment;
	bool is_loopback;      /* 127.0.0.0/8, ::1 or localhost */
};

/* All spans borrow from @text. ERR_INVALID for anything but http(s)://host…, user info, control or non-ASCII bytes. */
MUST_USE int url_parse(struct span text, struct url *ret_url);

/* The same for an address to which secrets or people are sent: https, or http on loopback. */
MUST_USE int url_parse_secure(struct span text, struct url *ret_url);

/* As the header Host names it: with the port when it is not the scheme's own (RFC 9110 7.2). Borrows. */
struct span url_host_header(const struct url *url);

/* Append @url and make it ready for pairs: '?' is added when it has no query; @ret_first as url_add_pair wants it. */
void url_open_query(struct buf *buf, struct span url, bool *ret_first);

/* Append key=value, form-encoded, with '&' when the buffer's query (or form) already holds a pair: @first is updated. */
void url_add_pair(struct buf *buf, bool *first, struct span key, struct span value);

/* One pair of a form or query at a time: false at the end. Key and value are decoded into @arena.
 * ERR_INVALID or FAULT_MEMORY arrives in *@error and ends the walk. */
bool url_next_pair(struct span *form, struct arena *arena, struct span *ret_key, struct span *ret_value, int *error);
