/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cookie - the Cookie headers read, the Set-Cookie header written (RFC 6265).
 */
#pragma once

#include "broker/base/buf.h"
#include "broker/http/guard.h"

/* NULL pointer when @name is absent, or comes twice with different values: then someone else planted one of them. */
struct span cookie_find(const struct header *headers, size_t n, struct span name);

struct cookie {
	struct span name, value;
	int64_t max_age; /* seconds; 0: until the browser closes; negative: delete */
	unsigned flags;  /* COOKIE_… of reply.h */
	bool https;
};

/* The header's value. ERR_INVALID for a name or value that a cookie cannot hold (RFC 6265 4.1.1). Failed memory sticks in @out. */
MUST_USE int cookie_write(struct buf *out, const struct cookie *cookie);
