/* SPDX-License-Identifier: Apache-2.0 */
/* Which gateways a message is for, in which order, with which template, and when the next one is asked. */
#include "conf/config_sms.h"
#include "providers/sms_route.h"
#include "tests/unit/suite.h"

#define BIT(purpose) (1u << CONFIG_SMS_##purpose)

static struct span prefixes_139[] = { { "139", 3 } };

static const struct config_sms_route routes[] = {
	{ .id = { "a", 1 }, .enabled = true, .order = 1, .weight = 1, .prefixes = { prefixes_139, 1 } },
	{ .id = { "b", 1 }, .enabled = true, .order = 2, .weight = 1, .purposes = BIT(LOGIN) | BIT(REGISTER) },
	{ .id = { "c", 1 }, .enabled = false, .order = 0, .weight = 1 },
	{ .id = { "d", 1 }, .enabled = true, .order = 3, .weight = 1 },
};

static const struct {
	const char *name, *phone, *purpose, *plan;
} plans[] = {
	{ "by order", "13900139000", "login", "abd" },
	{ "a prefix that is not the number's", "13800138000", "login", "bd" },
	{ "a purpose that is not the message's", "13900139000", "notice", "ad" },
	{ "a purpose that nobody has listed goes where all are welcome", "13800138000", "other", "d" },
};

START_TEST(the_plan)
{
	const struct config_sms config = { .routes = { routes, ARRAY_LEN(routes) } };
	const struct config_sms_route *plan[SMS_ROUTES_MAX];
	char text[SMS_ROUTES_MAX + 1] = "";

	size_t n = sms_route_plan(&config, span_of(plans[_i].phone), sms_route_purpose(span_of(plans[_i].purpose)), 1, plan);
	for (size_t i = 0; i < n; i++)
		text[i] = plan[i]->id.p[0];
	ROW_SPAN(plans[_i].name, span_of(text), span_of(plans[_i].plan));
}
END_TEST

/* Of the same order: each first as often as its weight says, and all of them in every plan. */
START_TEST(shares)
{
	const struct config_sms_route equal[] = { { .id = { "0", 1 }, .enabled = true, .order = 5, .weight = 1 }, { .id = { "1", 1 }, .enabled = true, .order = 5, .weight = 3 },
						  { .id = { "2", 1 }, .enabled = true, .order = 5, .weight = 6 }, { .id = { "3", 1 }, .enabled = true, .order = 9, .weight = 100 } };
	const struct config_sms config = { .routes = { equal, ARRAY_LEN(equal) } };
	const struct config_sms_route *plan[SMS_ROUTES_MAX];
	int first[4] = { 0 };

	for (uint64_t seed = 0; seed < 10000; seed++) {
		unsigned seen = 0;

		ck_assert_uint_eq(sms_route_plan(&config, SPAN("13800138000"), CONFIG_SMS_LOGIN, seed * 7919, plan), 4);
		first[plan[0]->id.p[0] - '0']++;
		for (int i = 0; i < 4; i++)
			seen |= 1u << (plan[i]->id.p[0] - '0');
		ck_assert_uint_eq(seen, 15);
		ck_assert(plan[3]->id.p[0] == '3');
	}
	ck_assert_msg(first[0] > 800 && first[0] < 1200 && first[1] > 2700 && first[1] < 3300 && first[2] > 5600 && first[2] < 6400 && !first[3], "%d %d %d %d", first[0],
		      first[1], first[2], first[3]);
}
END_TEST

static struct span of_code[] = { { "code", 4 }, { "min=minutes", 11 } }, of_text[] = { { "content=text", 12 } };
static const struct config_sms_template templates[] = {
	{ .code = { "ANY", 3 }, .params = { of_code, 2 } },
	{ .code = { "LOGIN", 5 }, .purposes = BIT(LOGIN), .params = { of_code, 1 } },
	{ .code = { "LOGIN_EN", 8 }, .purposes = BIT(LOGIN), .language = CONFIG_SMS_EN, .params = { of_code, 1 } },
	{ .code = { "NOTICE", 6 }, .purposes = BIT(NOTICE) | BIT(DECISION), .params = { of_text, 1 } },
};

static const struct {
	const char *name, *purpose, *language, *code, *template, *values;
} fits[] = {
	{ "its own purpose goes before any", "login", "zh", "123456", "LOGIN", "code=123456 " },
	{ "… and its own language before all", "login", "en", "123456", "LOGIN_EN", "code=123456 " },
	{ "any, where there is no other", "bind", "en", "123456", "ANY", "code=123456 min=5 " },
	{ "a notice has no code, and takes none of these", "notice", "zh", "", "NOTICE", "content=text of it " },
	{ "nothing fits", "recover-link", "zh", "", "", "" },
};

START_TEST(the_template)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(4096);
	const struct config_sms_route route = { .templates = { templates, ARRAY_LEN(templates) } };
	struct sms_message message = { .purpose = span_of(fits[_i].purpose), .language = span_of(fits[_i].language), .code = span_of(fits[_i].code), .minutes = 5,
				       .body = SPAN("text of it"), .template_code = SPAN("of the route before"), .n_params = 3 };
	char values[200] = "";

	ck_assert_int_eq(sms_route_template(&route, sms_route_purpose(message.purpose), arena, &message), 0);
	ROW_SPAN(fits[_i].name, message.template_code, span_of(fits[_i].template));
	for (size_t i = 0; i < message.n_params; i++)
		snprintf(values + strlen(values), sizeof values - strlen(values), SPAN_FMT "=" SPAN_FMT " ", SPAN_ARG(message.params[i].name),
			 SPAN_ARG(message.params[i].value));
	ROW_SPAN(fits[_i].name, span_of(values), span_of(fits[_i].values));
}
END_TEST

START_TEST(when_the_next_is_asked)
{
	const struct config_sms_route careful = { .resend_unknown = false }, generous = { .resend_unknown = true };
	static const enum sms_outcome never[] = { SMS_ACCEPTED, SMS_LIMITED, SMS_REFUSED };

	for (size_t i = 0; i < ARRAY_LEN(never); i++)
		ck_assert(!sms_route_goes_on(&careful, never[i]) && !sms_route_goes_on(&generous, never[i]));
	ck_assert(sms_route_goes_on(&careful, SMS_UNAVAILABLE));
	ck_assert(!sms_route_goes_on(&careful, SMS_UNKNOWN));
	ck_assert(sms_route_goes_on(&generous, SMS_UNKNOWN));
}
END_TEST

int main(void)
{
	return suite_run("providers/sms_route", (struct suite_test[]){ SUITE_LOOP(the_plan, ARRAY_LEN(plans)), SUITE_ONCE(shares), SUITE_LOOP(the_template, ARRAY_LEN(fits)),
								       SUITE_ONCE(when_the_next_is_asked), SUITE_END });
}
