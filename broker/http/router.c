/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/http/router.h"

#include "broker/base/encode.h"

#include <stdlib.h>

#define METHODS 5 /* those that a row may name */

/* All rows of one path. */
struct place {
	const char *path;
	bool is_pattern;
	unsigned methods;
	const struct route *rows[METHODS];
	const struct route *any;
};

struct router {
	size_t n, slots; /* slots: a power of two, at least twice n */
	struct place *places;
	uint16_t *exact; /* open addressing: index into places + 1 */
};

static uint32_t hash(struct span s)
{
	uint32_t h = 2166136261u; /* FNV-1a: the keys are ours, only look-ups are strangers' */

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 16777619u;
	return h;
}

static struct place *find_exact(const struct router *router, struct span path)
{
	for (uint32_t at = hash(path);; at++) {
		uint16_t i = router->exact[at & (router->slots - 1)];

		if (i == 0)
			return NULL;
		if (span_is(path, router->places[i - 1].path))
			return &router->places[i - 1];
	}
}

static struct place *find_same(struct router *router, const char *path)
{
	for (size_t i = 0; i < router->n; i++)
		if (strcmp(router->places[i].path, path) == 0)
			return &router->places[i];
	return NULL;
}

static size_t count_params(const char *path)
{
	size_t n = 0;

	for (; *path; path++)
		n += *path == '{';
	return n;
}

static int add(struct router *router, const struct route *route)
{
	const unsigned all = (1u << METHODS) - 1;

	if (!route->path || route->path[0] != '/' || !route->handler || !route->methods || (route->methods & ~all))
		return ERR_CONFIG;
	if (count_params(route->path) > ROUTER_PARAMS_MAX || (route->csrf && route->cors))
		return ERR_CONFIG;
	struct place *place = find_same(router, route->path);
	if (!place) {
		place = &router->places[router->n++];
		place->path = route->path;
		place->is_pattern = strchr(route->path, '{') != NULL;
		place->any = route;
		if (!place->is_pattern) {
			uint32_t at = hash(span_of(route->path));

			while (router->exact[at & (router->slots - 1)])
				at++;
			router->exact[at & (router->slots - 1)] = (uint16_t)router->n;
		}
	}
	if (place->methods & route->methods)
		return ERR_CONFIG;
	place->methods |= route->methods;
	if (route->cors)
		place->any = route;
	for (size_t m = 0; m < METHODS; m++)
		if (route->methods & (1u << m))
			place->rows[m] = route;
	return 0;
}

int router_new(const struct route *routes, size_t n, struct router **ret_router, const char **ret_bad)
{
	CLEANUP(router_cleanup) struct router *router = calloc(1, sizeof *router);

	if (!router || n >= UINT16_MAX)
		return FAULT_MEMORY;
	for (router->slots = 4; router->slots < 2 * n; router->slots *= 2)
		;
	router->places = calloc(n ? n : 1, sizeof *router->places);
	router->exact = calloc(router->slots, sizeof *router->exact);
	if (!router->places || !router->exact)
		return FAULT_MEMORY;
	for (size_t i = 0; i < n; i++) {
		int error = add(router, &routes[i]);

		if (error) {
			*ret_bad = routes[i].path;
			return error;
		}
	}
	*ret_router = router;
	router = NULL;
	return 0;
}

void router_free(struct router *router)
{
	if (!router)
		return;
	free(router->places);
	free(router->exact);
	free(router);
}

/* Raw values in @params; an empty segment is no value. */
static bool fits(const char *pattern, struct span path, struct path_params *params)
{
	struct span want = span_of(pattern);

	params->n = 0;
	while (want.p && path.p) {
		struct span expected = span_cut(&want, '/'), got = span_cut(&path, '/');

		if (expected.n > 2 && expected.p[0] == '{') {
			if (got.n == 0)
				return false;
			params->names[params->n] = (struct span){ expected.p + 1, expected.n - 2 };
			params->values[params->n++] = got;
		} else if (!span_eq(expected, got)) {
			return false;
		}
	}
	return !want.p && !path.p;
}

static int decode(struct path_params *params, struct arena *arena)
{
	for (size_t i = 0; i < params->n; i++) {
		int error = encode_percent_decode(params->values[i], false, arena, &params->values[i]);

		if (error)
			return error == FAULT_MEMORY ? error : ERR_MALFORMED;
		if (!encode_is_utf8(params->values[i]))
			return ERR_MALFORMED;
	}
	return 0;
}

int router_find(const struct router *router, struct span path, unsigned method, struct arena *arena, struct route_match *ret_match)
{
	struct route_match match = { 0 };
	const struct place *place = find_exact(router, path);

	for (size_t i = 0; !place && i < router->n; i++)
		if (router->places[i].is_pattern && fits(router->places[i].path, path, &match.params))
			place = &router->places[i];
	if (!place)
		return ERR_NOT_FOUND;
	match.any = place->any;
	match.methods = place->methods;
	if (method == METHOD_HEAD)
		method = METHOD_GET;
	for (size_t m = 0; m < METHODS; m++)
		if (method == (1u << m))
			match.route = place->rows[m];
	if (match.route)
		match.any = match.route;
	bool is_preflight = method == METHOD_OPTIONS && place->any->cors;
	*ret_match = match;
	if (!match.route && !is_preflight)
		return ERR_METHOD;
	return decode(&ret_match->params, arena);
}
