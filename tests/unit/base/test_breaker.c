/* SPDX-License-Identifier: Apache-2.0 */
/* When something that fails is left alone, told as stories of what happens second by second. */
#include "broker/base/breaker.h"
#include "tests/unit/suite.h"

#define AT(seconds) ((struct instant){ 1000000 + (seconds) * 1000 })

static const struct breaker_rule rule = { .failures = 3, .pause_ms = 10000, .pause_most_ms = 30000 };

/* "12+": at second 12 it is entered and works; '-': and fails; 'x': it must not be entered; '?': entered, and nobody comes back; '0': not reached. */
static const struct {
	const char *name, *story;
} stories[] = {
	{ "what works stays closed", "0+ 1+ 2+ 3+" },
	{ "failures with a success between them do not open it", "0- 1- 2+ 3- 4- 5+" },
	{ "three in a row do", "0- 1- 2- 3x 11x" },
	{ "after the pause one tries", "0- 1- 2- 12+ 13+" },
	{ "… and no other meanwhile", "0- 1- 2- 12? 12x 13x" },
	{ "… for a minute, should they never come back", "0- 1- 2- 12? 71x 72+" },
	{ "when that fails the pause doubles", "0- 1- 2- 12- 31x 32+" },
	{ "… up to its most", "0- 1- 2- 12- 32- 61x 62- 91x 92+" },
	{ "after a success it begins anew", "0- 1- 2- 12+ 13- 14- 15- 24x 25+" },
	{ "who was not asked in the end frees the place", "0- 1- 2- 12! 12+" },
};

START_TEST(a_story)
{
	struct breaker breaker = { 0 };
	char *end;

	for (const char *at = stories[_i].story; *at; at = end + 1 + (end[1] == ' ')) {
		long second = strtol(at, &end, 10);
		bool entered = breaker_enter(&breaker, AT(second));

		ck_assert_msg(entered == (*end != 'x'), "%s: at %ld", stories[_i].name, second);
		if (*end == '+' || *end == '-')
			breaker_leave(&breaker, &rule, *end == '+', AT(second));
		else if (*end == '!')
			breaker_cancel(&breaker);
	}
}
END_TEST

START_TEST(those_that_were_under_way)
{
	struct breaker breaker = { 0 };

	for (int i = 0; i < 8; i++)
		ck_assert(breaker_enter(&breaker, AT(0)));
	for (int i = 0; i < 8; i++)
		breaker_leave(&breaker, &rule, false, AT(1));
	ck_assert(breaker_is_open(&breaker, AT(10)) && !breaker_is_open(&breaker, AT(11))); /* one pause, not six */
}
END_TEST

int main(void)
{
	return suite_run("base/breaker", (struct suite_test[]){ SUITE_LOOP(a_story, ARRAY_LEN(stories)), SUITE_ONCE(those_that_were_under_way), SUITE_END });
}
