/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/http/params.h"
#include "tests/unit/suite.h"

static const struct param_spec specs[] = {
	{ "a", PARAM_QUERY | PARAM_FORM, 8 },
	{ "secret", PARAM_FORM, 0 },
	{ "m", PARAM_QUERY | PARAM_FORM | PARAM_MANY, 0 },
	PARAM_END,
};

static const struct row {
	const char *name;
	struct span query, form;
	int error;
	struct span a, secret;
	size_t many;
} rows[] = {
	{ "nothing is nothing", SPAN(""), SPAN(""), 0, { 0 }, { 0 }, 0 },
	{ "query and form are both read", SPAN("a=1"), SPAN("secret=2"), 0, SPAN("1"), SPAN("2"), 0 },
	{ "values are decoded", SPAN("a=%e4%bd%a0+x"), SPAN(""), 0, SPAN("\xe4\xbd\xa0 x"), { 0 }, 0 },
	{ "a secret in the query is as if unknown", SPAN("secret=2"), SPAN(""), 0, { 0 }, { 0 }, 0 },
	{ "and does not count beside the form's", SPAN("secret=2"), SPAN("secret=3"), 0, { 0 }, SPAN("3"), 0 },
	{ "unknown ones may repeat", SPAN("x=1&x=2"), SPAN(""), 0, { 0 }, { 0 }, 0 },
	{ "a known one may not", SPAN("a=1&a=1"), SPAN(""), ERR_DUPLICATE_PARAMETER, { 0 }, { 0 }, 0 },
	{ "nor once empty", SPAN("a=&a=1"), SPAN(""), ERR_DUPLICATE_PARAMETER, { 0 }, { 0 }, 0 },
	{ "nor once in each", SPAN("a=1"), SPAN("a=1"), ERR_DUPLICATE_PARAMETER, { 0 }, { 0 }, 0 },
	{ "nor with its name encoded", SPAN("a=1&%61=1"), SPAN(""), ERR_DUPLICATE_PARAMETER, { 0 }, { 0 }, 0 },
	{ "csrf twice", SPAN(""), SPAN("csrf=1&csrf=2"), ERR_DUPLICATE_PARAMETER, { 0 }, { 0 }, 0 },
	{ "repeatable ones come in order", SPAN("m=1&m=2"), SPAN("m=3&m=4&m=5"), 0, { 0 }, { 0 }, 5 },
	{ "at its longest", SPAN("a=12345678"), SPAN(""), 0, SPAN("12345678"), { 0 }, 0 },
	{ "past its longest", SPAN("a=123456789"), SPAN(""), ERR_INVALID_REQUEST, { 0 }, { 0 }, 0 },
	{ "not UTF-8", SPAN("a=%ff"), SPAN(""), ERR_INVALID_REQUEST, { 0 }, { 0 }, 0 },
	{ "overlong UTF-8", SPAN("a=%c0%af"), SPAN(""), ERR_INVALID_REQUEST, { 0 }, { 0 }, 0 },
	{ "a broken escape anywhere", SPAN("x=%zz"), SPAN(""), ERR_MALFORMED, { 0 }, { 0 }, 0 },
	{ "NUL", SPAN("a=%00"), SPAN(""), ERR_MALFORMED, { 0 }, { 0 }, 0 },
};

START_TEST(sorts_by_the_row)
{
	const struct row *row = &rows[_i];
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
	struct params params;

	ROW_INT(row->name, params_collect(specs, row->query, row->form, arena, &params), row->error);
	if (row->error)
		return;
	ROW_SPAN(row->name, params.values[0].one, row->a);
	ROW_SPAN(row->name, params.values[1].one, row->secret);
	ROW_INT(row->name, params.values[2].n, row->many);
	for (size_t i = 0; i < row->many; i++)
		ROW_INT(row->name, params.values[2].many[i].p[0], (int)('1' + i));
}
END_TEST

START_TEST(takes_what_every_row_takes)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
	struct params params;

	ck_assert_int_eq(params_collect(NULL, SPAN("lang=en&csrf=no&ui_locales=zh+en"), SPAN("csrf=yes"), arena, &params), 0);
	ck_assert(span_is(params.lang, "en") && span_is(params.csrf, "yes") && span_is(params.ui_locales, "zh en"));
}
END_TEST

START_TEST(bounds_its_work)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
	char text[3 * (PARAMS_PAIRS_MAX + 1)];
	struct params params;

	for (size_t i = 0; i <= PARAMS_PAIRS_MAX; i++)
		memcpy(text + 3 * i, "x=&", 3);
	ck_assert_int_eq(params_collect(specs, (struct span){ text, 3 * PARAMS_PAIRS_MAX }, SPAN(""), arena, &params), 0);
	ck_assert_int_eq(params_collect(specs, (struct span){ text, sizeof text }, SPAN(""), arena, &params), ERR_INVALID_REQUEST);
	for (size_t i = 0; i <= PARAMS_MANY_MAX; i++)
		memcpy(text + 3 * i, "m=&", 3);
	ck_assert_int_eq(params_collect(specs, (struct span){ text, 3 * PARAMS_MANY_MAX }, SPAN(""), arena, &params), 0);
	ck_assert_int_eq(params_collect(specs, (struct span){ text, 3 * (PARAMS_MANY_MAX + 1) }, SPAN(""), arena, &params),
			 ERR_INVALID_REQUEST);
}
END_TEST

START_TEST(survives_every_failed_allocation)
{
	int error = FAULT_MEMORY;

	for (unsigned long k = 1; error; k++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
		struct params params;

		arena_fail_at(k);
		error = params_collect(specs, SPAN("a=%31&m=1&m=2&m=3"), SPAN("secret=x"), arena, &params);
		arena_fail_at(0);
		ck_assert(error == 0 || error == FAULT_MEMORY);
		ck_assert_uint_lt(k, 100);
	}
}
END_TEST

int main(void)
{
	return suite_run("params", (struct suite_test[]){ SUITE_LOOP(sorts_by_the_row, ARRAY_LEN(rows)),
							  SUITE_ONCE(takes_what_every_row_takes), SUITE_ONCE(bounds_its_work),
							  SUITE_ONCE(survives_every_failed_allocation), SUITE_END });
}
