/* SPDX-License-Identifier: Apache-2.0 */
/*
 * router - finds the row for a path and a method.
 *
 * Exact paths go before patterns, patterns are tried in the order of the table. Paths are compared as sent: only path parameters
 * are decoded.
 */
#pragma once

#include "broker/base/arena.h"
#include "broker/http/route.h"

#define ROUTER_PARAMS_MAX 4

struct router;

/* Names and values of the path parameters of a match. */
struct path_params {
	struct span names[ROUTER_PARAMS_MAX], values[ROUTER_PARAMS_MAX];
	size_t n;
};

struct route_match {
	const struct route *route;   /* NULL for OPTIONS that the row with cors below answers */
	const struct route *any;     /* a row of the path: style of errors, cors */
	unsigned methods;            /* of all rows of the path, for Allow */
	struct path_params params;
};

/* Compile @routes, which stay borrowed. ERR_CONFIG (with the row's path in *@ret_bad) for a path without '/', two rows for one path
 * and method, a row without methods or handler, too many parameters, csrf beside cors. */
MUST_USE int router_new(const struct route *routes, size_t n, struct router **ret_router, const char **ret_bad);
void router_free(struct router *router);
DEFINE_CLEANUP(struct router, router_cleanup, router_free)

/* ERR_NOT_FOUND, ERR_METHOD (ret_match->any and methods are set), ERR_MALFORMED for a path parameter that is no text. */
MUST_USE int router_find(const struct router *router, struct span path, unsigned method, struct arena *arena,
			 struct route_match *ret_match);
