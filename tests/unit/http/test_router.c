/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/http/router.h"
#include "tests/unit/suite.h"

static int handle(struct request *rq)
{
	return 0;
}

static const struct route routes[] = {
	{ .path = "/", .methods = METHOD_GET, .handler = handle },
	{ .path = "/login", .methods = METHOD_GET, .handler = handle },
	{ .path = "/login", .methods = METHOD_POST, .handler = handle, .csrf = true },
	{ .path = "/login/{provider}/callback", .methods = METHOD_GET | METHOD_POST, .handler = handle },
	{ .path = "/{a}/{b}", .methods = METHOD_DELETE, .handler = handle },
	{ .path = "/login/exact", .methods = METHOD_GET, .handler = handle },
	{ .path = "/token", .methods = METHOD_POST, .handler = handle, .cors = true },
};

static const struct row {
	const char *name, *path;
	unsigned method;
	int error;
	int route; /* index, -1 for none */
	struct span param;
} rows[] = {
	{ "the root", "/", METHOD_GET, 0, 0, { 0 } },
	{ "HEAD is GET", "/login", METHOD_HEAD, 0, 1, { 0 } },
	{ "rows of one path are told by method", "/login", METHOD_POST, 0, 2, { 0 } },
	{ "a path parameter", "/login/province/callback", METHOD_POST, 0, 3, SPAN("province") },
	{ "a path parameter is decoded once", "/login/%25%41/callback", METHOD_GET, 0, 3, SPAN("%A") },
	{ "an empty segment is no parameter", "/login//callback", METHOD_GET, ERR_NOT_FOUND, -1, { 0 } },
	{ "exact paths go before patterns", "/login/exact", METHOD_GET, 0, 5, { 0 } },
	{ "and are not left for another method", "/login/exact", METHOD_DELETE, ERR_METHOD, -1, { 0 } },
	{ "a pattern of two", "/x/y", METHOD_DELETE, 0, 4, SPAN("x") },
	{ "too deep", "/x/y/z", METHOD_DELETE, ERR_NOT_FOUND, -1, { 0 } },
	{ "a slash at the end is another path", "/login/", METHOD_GET, ERR_NOT_FOUND, -1, { 0 } },
	{ "paths are compared as sent", "/%6cogin", METHOD_GET, ERR_NOT_FOUND, -1, { 0 } },
	{ "a wrong method", "/login", METHOD_DELETE, ERR_METHOD, -1, { 0 } },
	{ "OPTIONS where other origins may come", "/token", METHOD_OPTIONS, 0, -1, { 0 } },
	{ "OPTIONS elsewhere", "/login", METHOD_OPTIONS, ERR_METHOD, -1, { 0 } },
	{ "a parameter that is no text", "/login/%ff/callback", METHOD_GET, ERR_MALFORMED, 3, { 0 } },
};

START_TEST(finds_the_row)
{
	const struct row *row = &rows[_i];
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(4096);
	CLEANUP(router_cleanup) struct router *router = NULL;
	struct route_match match = { 0 };
	const char *bad = NULL;

	ck_assert_int_eq(router_new(routes, ARRAY_LEN(routes), &router, &bad), 0);
	ROW_INT(row->name, router_find(router, span_of(row->path), row->method, arena, &match), row->error);
	ROW_INT(row->name, match.route ? (int)(match.route - routes) : -1, row->route);
	if (row->error == ERR_METHOD)
		ROW_TRUE(row->name, match.any && match.methods);
	if (row->param.p)
		ROW_SPAN(row->name, match.params.values[0], row->param);
}
END_TEST

static const struct bad_row {
	const char *name;
	struct route routes[2];
} bad_rows[] = {
	{ "two rows for one path and method",
	  { { .path = "/a", .methods = METHOD_GET, .handler = handle },
	    { .path = "/a", .methods = METHOD_GET, .handler = handle } } },
	{ "a path without slash", { { .path = "a", .methods = METHOD_GET, .handler = handle } } },
	{ "no method", { { .path = "/a", .handler = handle } } },
	{ "HEAD by itself", { { .path = "/a", .methods = METHOD_HEAD, .handler = handle } } },
	{ "no handler", { { .path = "/a", .methods = METHOD_GET } } },
	{ "CSRF beside CORS", { { .path = "/a", .methods = METHOD_POST, .handler = handle, .csrf = true, .cors = true } } },
	{ "too many parameters", { { .path = "/{a}/{b}/{c}/{d}/{e}", .methods = METHOD_GET, .handler = handle } } },
};

START_TEST(refuses_bad_tables)
{
	struct router *router = NULL;
	const char *bad = NULL;

	ROW_INT(bad_rows[_i].name, router_new(bad_rows[_i].routes, _i == 0 ? 2 : 1, &router, &bad), ERR_CONFIG);
	ck_assert_ptr_nonnull(bad);
}
END_TEST

int main(void)
{
	return suite_run("router", (struct suite_test[]){ SUITE_LOOP(finds_the_row, ARRAY_LEN(rows)),
							  SUITE_LOOP(refuses_bad_tables, ARRAY_LEN(bad_rows)), SUITE_END });
}
