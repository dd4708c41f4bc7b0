/* SPDX-License-Identifier: Apache-2.0 */
/*
 * suite - what every test program shares: a check suite from a list of tests, and row checks that print the row's sentence.
 *
 *   static const struct { const char *name; … } rows[] = { { "a strict decoder refuses padding", … }, … };
 *   START_TEST(decode) { … ROW_INT(rows[_i].name, got, rows[_i].want); } END_TEST
 *   int main(void) { return suite_run("encode", (struct suite_test[]){ SUITE_LOOP(decode, ARRAY_LEN(rows)), SUITE_END }); }
 */
#pragma once

#include "broker/base/base.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

struct suite_test {
	const TTest *test;
	size_t loops; /* 0: once */
};

#define SUITE_ONCE(fn) { (fn), 0 }
#define SUITE_LOOP(fn, n) { (fn), (n) }
#define SUITE_END { NULL, 0 }

#define ROW_INT(name, got, want)                                                                                          \
	do {                                                                                                              \
		long long got_ = (long long)(got), want_ = (long long)(want);                                             \
		ck_assert_msg(got_ == want_, "%s: got %lld, want %lld", (name), got_, want_);                             \
	} while (0)
#define ROW_SPAN(name, got, want)                                                                                         \
	do {                                                                                                              \
		struct span got_ = (got), want_ = (want);                                                                 \
		ck_assert_msg(span_eq(got_, want_), "%s: got \"%.*s\", want \"%.*s\"", (name), SPAN_ARG(got_), SPAN_ARG(want_)); \
	} while (0)
#define ROW_TRUE(name, condition) ck_assert_msg((condition), "%s: %s is false", (name), #condition)

static inline int suite_run(const char *name, const struct suite_test *tests)
{
	Suite *suite = suite_create(name);

	for (; tests->test; tests++) {
		TCase *tcase = tcase_create(tests->test->name);

		tcase_set_timeout(tcase, 120);
		if (tests->loops)
			tcase_add_loop_test(tcase, tests->test, 0, (int)tests->loops);
		else
			tcase_add_test(tcase, tests->test);
		suite_add_tcase(suite, tcase);
	}
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
