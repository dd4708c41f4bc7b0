/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guard - refuses requests on whose meaning two parsers could differ, before anything looks at them.
 *
 * libmicrohttpd lets through repeated framing and credential headers, a length beside chunked, odd targets and names (libraries.md
 * E1–E3). What it hides from us (obs-fold, bare LF, NUL in a value on 0.9.75) only a strict proxy in front can refuse; 1.0 at discipline
 * level 2 refuses it by itself. Every case, with both versions and behind nginx: tests/suites/http/test_hostile.c.
 * RFC 9112 3, 5.1, 6.1–6.3, 11.2; RFC 9110 5.6.2, 7.2.
 */
#pragma once

#include "broker/base/base.h"

#define GUARD_TARGET_MAX 8000
#define GUARD_HEADERS_MAX 64

struct header {
	struct span name, value;
};

struct guard_request {
	struct span method, version;
	struct span target; /* NULL pointer: there was none */
	const struct header *headers;
	size_t n;
	bool is_cut; /* more than GUARD_HEADERS_MAX headers came */
};

struct guard_framing {
	bool has_body;
	uint64_t length; /* UINT64_MAX: chunked */
};

/* NULL when the request is sound, else the name of the rule that it breaks; the answer is 400 and the end of the connection. */
MUST_USE const char *guard_check(const struct guard_request *request, struct guard_framing *ret_framing);
