/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request as text: method, target, version, headers until an empty line, then a form. What the guard lets pass is routed, its
 * parameters, cookies and forwarded addresses are read.
 */
#include "broker/http/client.h"
#include "broker/http/cookie.h"
#include "broker/http/guard.h"
#include "broker/http/params.h"
#include "broker/http/router.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int handle(struct request *rq)
{
	return 0;
}

static const struct param_spec specs[] = {
	{ "a", PARAM_QUERY | PARAM_FORM, 16 }, { "s", PARAM_FORM, 0 }, { "m", PARAM_QUERY | PARAM_FORM | PARAM_MANY, 0 }, PARAM_END
};
static const struct route routes[] = {
	{ .path = "/login", .methods = METHOD_GET | METHOD_POST, .params = specs, .handler = handle },
	{ .path = "/login/{provider}/callback", .methods = METHOD_GET, .handler = handle },
};
static const struct address_block trusted[] = { { .bytes = { [10] = 0xff, [11] = 0xff, [12] = 10 }, .bits = 104 } };

static void check_params(const struct params *params)
{
	for (size_t i = 0; specs[i].name; i++) {
		size_t max = specs[i].max ? specs[i].max : PARAM_DEFAULT_MAX;

		if (params->values[i].one.n > max || params->values[i].n > PARAMS_MANY_MAX)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = { (const char *)data, size };
	struct header headers[GUARD_HEADERS_MAX];
	struct guard_request request = { .headers = headers };
	struct client_address peer = { .bytes = { [10] = 0xff, [11] = 0xff, [12] = 10, [15] = 1 } };
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
	CLEANUP(router_cleanup) struct router *router = NULL;
	struct guard_framing framing;
	struct route_match match;
	struct params params;
	const char *bad;

	if (!arena || router_new(routes, ARRAY_LEN(routes), &router, &bad))
		abort();
	struct span line = span_cut(&rest, '\n');
	request.method = span_cut(&line, ' ');
	request.target = span_cut(&line, ' ');
	request.version = line;
	while (rest.p && (line = span_cut(&rest, '\n')).n && request.n < GUARD_HEADERS_MAX) {
		headers[request.n].name = span_cut(&line, ':');
		headers[request.n++].value = line;
	}
	(void)client_view(&peer, headers, request.n, &(struct address_blocks){ trusted, ARRAY_LEN(trusted) });
	(void)cookie_find(headers, request.n, SPAN("s"));
	struct span path = guard_check(&request, &framing) ? (struct span){ 0 } : request.target, query = path;
	if (path.p)
		path = span_cut(&query, '?');
	if (path.p && router_find(router, path, METHOD_GET, arena, &match) == 0 && match.params.n > ROUTER_PARAMS_MAX)
		abort();
	if (params_collect(specs, query, rest, arena, &params) == 0)
		check_params(&params);
	return 0;
}
