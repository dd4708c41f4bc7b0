/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/oauth/scope.h"
#include "tests/unit/oauth/fixture.h"

static struct span print(const struct fixture *f, const struct text_list *list)
{
	struct buf buf = buf_new(f->arena, 64);

	scope_print(&buf, list);
	return buf_span(&buf);
}

static const struct {
	const char *name, *client;
	struct span requested;
	int want;
	struct span granted;
} allowed[] = {
	{ "what the client is registered for", "web", SPAN("openid profile"), 0, SPAN("openid profile") },
	{ "the order of the request is kept", "web", SPAN("profile openid"), 0, SPAN("profile openid") },
	{ "twice is once", "web", SPAN("openid openid"), 0, SPAN("openid") },
	{ "several spaces are one", "web", SPAN(" openid   org "), 0, SPAN("openid org") },
	{ "one that the client is not registered for", "web", SPAN("openid realname"), ERR_INVALID_SCOPE, { 0 } },
	{ "one that nobody knows is ignored beside openid (Core 3.1.2.1)", "web", SPAN("openid pigeon"), 0, SPAN("openid") },
	{ "but refused in plain OAuth (RFC 6749 3.3)", "web", SPAN("api.read pigeon"), ERR_INVALID_SCOPE, { 0 } },
	{ "plain OAuth with a scope of its own", "web", SPAN("api.read"), 0, SPAN("api.read") },
	{ "nothing asked for and no defaults", "web", SPAN(""), ERR_INVALID_SCOPE, { 0 } },
	{ "a quote is no scope-token", "web", SPAN("openid \"x"), ERR_INVALID_SCOPE, { 0 } },
	{ "nor is a tab", "web", SPAN("openid\tprofile"), ERR_INVALID_SCOPE, { 0 } },
	{ "nor is Chinese", "web", SPAN("openid 姓名"), ERR_INVALID_SCOPE, { 0 } },
	{ "offline access for a client with refresh tokens", "web", SPAN("openid offline_access"), 0,
	  SPAN("openid offline_access") },
	{ "offline access is ignored without (Core 11)", "app", SPAN("openid offline_access"), 0, SPAN("openid") },
	{ "upper case is another scope", "web", SPAN("openid OpenID"), 0, SPAN("openid") },
};

START_TEST(allows)
{
	FIXTURE f = fixture_make();
	struct config_client client = fixture_client(&f, allowed[_i].client);
	struct span offline[] = { SPAN("offline_access"), SPAN("openid") };
	if (strcmp(allowed[_i].client, "app") == 0) /* the configuration's own check would refuse it */
		client.scopes = (struct option_list){ offline, 2, true };
	struct text_list list = { 0 };

	ROW_INT(allowed[_i].name, scope_allow(&client, allowed[_i].requested, f.arena, &list), allowed[_i].want);
	ROW_SPAN(allowed[_i].name, print(&f, &list), allowed[_i].granted);
}
END_TEST

static const struct {
	const char *name;
	struct span requested;
	int want;
	struct span granted;
} service[] = {
	{ "a scope of an API", SPAN("api.write"), 0, SPAN("api.write") },
	{ "the defaults when nothing is asked for", SPAN(""), 0, SPAN("api.read") },
	{ "there is nobody whom openid could speak of", SPAN("openid"), ERR_INVALID_SCOPE, { 0 } },
	{ "one that is not registered", SPAN("api.delete"), ERR_INVALID_SCOPE, { 0 } },
};

START_TEST(allows_services)
{
	FIXTURE f = fixture_make();
	struct config_client client = fixture_client(&f, "service");
	struct text_list list = { 0 };

	ROW_INT(service[_i].name, scope_allow_service(&client, service[_i].requested, f.arena, &list), service[_i].want);
	ROW_SPAN(service[_i].name, print(&f, &list), service[_i].granted);
}
END_TEST

START_TEST(narrows)
{
	FIXTURE f = fixture_make();
	struct text_list granted = fixture_list(&f, "openid profile org"), list = { 0 };

	ck_assert_int_eq(scope_narrow(&granted, SPAN(""), f.arena, &list), 0);
	ROW_SPAN("nothing asked for is all", print(&f, &list), SPAN("openid profile org"));
	ck_assert_int_eq(scope_narrow(&granted, SPAN("org openid"), f.arena, &list), 0);
	ROW_SPAN("less", print(&f, &list), SPAN("org openid"));
	ROW_INT("more (RFC 6749 6)", scope_narrow(&granted, SPAN("openid phone"), f.arena, &list), ERR_INVALID_SCOPE);
	ck_assert_uint_eq(scope_mask(&granted, &list), 5);
	ck_assert_int_eq(scope_unmask(&granted, 6, f.arena, &list), 0);
	ROW_SPAN("a mask names them by place", print(&f, &list), SPAN("profile org"));
	ck_assert_int_eq(scope_unmask(&granted, UINT32_MAX, f.arena, &list), 0);
	ROW_SPAN("bits past the list name nothing", print(&f, &list), SPAN("openid profile org"));
}
END_TEST

START_TEST(has_limits)
{
	FIXTURE f = fixture_make();
	struct buf buf = buf_new(f.arena, 2048);
	struct text_list list;

	for (int i = 0; i < SCOPE_MAX; i++)
		buf_printf(&buf, "s%d ", i);
	ck_assert_int_eq(scope_parse(buf_span(&buf), f.arena, &list), 0);
	ck_assert_uint_eq(list.n, SCOPE_MAX);
	buf_str(&buf, "one-more");
	ck_assert_int_eq(scope_parse(buf_span(&buf), f.arena, &list), ERR_INVALID);
	buf.n = 0;
	while (buf.n <= SCOPE_TEXT_MAX)
		buf_str(&buf, "x");
	ck_assert_int_eq(scope_parse(buf_span(&buf), f.arena, &list), ERR_INVALID);
}
END_TEST

int main(void)
{
	return suite_run("oauth/scope", (struct suite_test[]){ SUITE_LOOP(allows, ARRAY_LEN(allowed)),
							       SUITE_LOOP(allows_services, ARRAY_LEN(service)), SUITE_ONCE(narrows),
							       SUITE_ONCE(has_limits), SUITE_END });
}
