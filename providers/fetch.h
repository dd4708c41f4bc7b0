/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fetch - a request that the broker sends for an adapter.
 */
#pragma once

#include "broker/base/base.h"

#define FETCH_HEADERS_MAX 8

struct fetch_header {
	const char *name;
	struct span value;
};

/* A POST. */
struct fetch_request {
	struct span url, content_type, body;
	struct span authorization; /* header value, or empty */
	struct fetch_header headers[FETCH_HEADERS_MAX];
	size_t n_headers;
};
