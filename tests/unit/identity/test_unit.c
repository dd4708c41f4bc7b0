/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/error.h"
#include "broker/identity/unit_gram.h"
#include "broker/identity/unit_state.h"
#include "tests/unit/suite.h"

/* domain.md 1.5, every state with every event: the state that follows, "-" where the event is refused. */
static const char *const unit_table[] = {
	/*                   verified         admit     submit       approve   reject           critical     reject_change suspend  resume    dissolve */
	"registered       needs_supplement effective -            -         -                -            -             -         -         dissolved",
	"needs_supplement -                -         pending_dept -         -                -            -             -         -         dissolved",
	"pending_dept     -                -         -            effective needs_supplement -            effective     suspended -         dissolved",
	"effective        -                -         -            -         -                pending_dept -             suspended -         dissolved",
	"suspended        -                -         -            -         -                -            -             -         effective dissolved",
	"dissolved        -                -         -            -         -                -            -             -         -         -",
};
static const char *const membership_table[] = {
	/*             choose        approve reject leave remove */
	"none          pending_admin -       -      -     -",
	"pending_admin -             active  none   none  -",
	"active        -             -       -      ended ended",
	"ended         pending_admin -       -      -     -",
};
static const char *const grant_table[] = {
	/*           pre_grant   grant  verified revoke  membership_ended */
	"none        pre_granted active -        -       -",
	"pre_granted -           active active   revoked revoked",
	"active      -           -      -        revoked revoked",
	"revoked     -           active -        -       -",
};

static struct span word(struct span *text)
{
	*text = span_trim(*text);
	return span_cut(text, ' ');
}

/* One row against the machine: @next and @name of it, @n_events, and the number of the first state. */
static void check_row(const char *row, int status, int n_events, int (*next)(int, int, int *), const char *(*name)(int))
{
	struct span text = span_of(row);

	ROW_SPAN(row, word(&text), span_of(name(status)));
	for (int event = 0; event < n_events; event++) {
		struct span want = word(&text);
		int to = -1, result = next(status, event, &to);

		if (span_is(want, "-")) {
			ROW_INT(row, result, ERR_CONFLICT);
			ROW_INT(row, to, -1);
		} else {
			ROW_INT(row, result, 0);
			ROW_SPAN(row, span_of(name(to)), want);
		}
	}
	ROW_INT(row, span_trim(text).n, 0);
}

static int unit_next(int status, int event, int *ret)
{
	return unit_state_next(status, (enum unit_event)event, ret);
}

static int membership_next(int status, int event, int *ret)
{
	return unit_state_membership_next(status, (enum membership_event)event, ret);
}

static int grant_next(int status, int event, int *ret)
{
	return unit_state_grant_next(status, (enum grant_event)event, ret);
}

START_TEST(units)
{
	check_row(unit_table[_i], UNIT_REGISTERED + _i, UNIT_EVENT_COUNT, unit_next, unit_state_name);
}
END_TEST

START_TEST(memberships)
{
	check_row(membership_table[_i], MEMBERSHIP_NONE + _i, MEMBERSHIP_EVENT_COUNT, membership_next, unit_state_membership_name);
}
END_TEST

START_TEST(grants)
{
	check_row(grant_table[_i], GRANT_NONE + _i, GRANT_EVENT_COUNT, grant_next, unit_state_grant_name);
}
END_TEST

START_TEST(names_go_both_ways)
{
	int status;

	for (int i = UNIT_REGISTERED; i <= UNIT_DISSOLVED; i++)
		ck_assert(unit_state_of(span_of(unit_state_name(i)), &status) && status == i);
	for (int i = MEMBERSHIP_NONE; i <= MEMBERSHIP_ENDED; i++)
		ck_assert(unit_state_membership_of(span_of(unit_state_membership_name(i)), &status) && status == i);
	ck_assert(!unit_state_of(SPAN("unknown"), &status) && !unit_state_of(SPAN(""), &status) && !unit_state_membership_of(SPAN("x"), &status));
	ck_assert_str_eq(unit_state_name(-1), "unknown");
	ck_assert_str_eq(unit_state_name(99), "unknown");
}
END_TEST

START_TEST(who_is_effective)
{
	ck_assert(unit_state_is_effective(&(struct unit){ .status = UNIT_EFFECTIVE }));
	ck_assert(unit_state_is_effective(&(struct unit){ .status = UNIT_PENDING_DEPT, .in_force = true }));
	ck_assert(!unit_state_is_effective(&(struct unit){ .status = UNIT_PENDING_DEPT }));
	ck_assert(!unit_state_is_effective(&(struct unit){ .status = UNIT_SUSPENDED, .in_force = true }));
}
END_TEST

/* ---- what a unit is found by */

static const struct {
	const char *name, *key; /* NULL: no name */
} keys[] = {
	{ "嘉兴（市）科技有限公司", "嘉兴(市)科技有限公司" }, { " 嘉兴 (市)科技\u3000有限公司 ", "嘉兴(市)科技有限公司" }, { "Acme 科技", "ACME科技" }, { "  ", NULL }, { "\xff", NULL },
};

START_TEST(names_as_compared)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(64 * 1024);
	struct span key = { NULL, 0 };
	int result = unit_gram_key(span_of(keys[_i].name), arena, &key);

	ROW_INT(keys[_i].name, result, keys[_i].key ? 0 : ERR_INVALID);
	if (keys[_i].key)
		ROW_SPAN(keys[_i].name, key, span_of(keys[_i].key));
}
END_TEST

static bool is_within(const struct unit_grams *some, const struct unit_grams *all)
{
	for (size_t i = 0; i < some->n; i++) {
		bool found = false;

		for (size_t j = 0; j < all->n; j++)
			found |= memcmp(some->grams[i], all->grams[j], UNIT_GRAM) == 0;
		if (!found)
			return false;
	}
	return true;
}

START_TEST(a_part_has_no_pair_that_the_whole_lacks)
{
	static const char name[] = "嘉兴市南湖区ABC科技科技有限公司";
	static struct unit_grams all, some;

	ck_assert_int_eq(unit_gram_of_unit(span_of(name), SPAN("91330402MA2CUXXX1Q"), &all), 0);
	/* the whole, the pairs of 17 characters, of which "科技" comes twice, and those of the code, where "XX" does */
	ck_assert_int_eq(all.n, 1 + 15 + 16);
	ck_assert_int_eq(unit_gram_of_part(SPAN("南湖区A"), &some), 0);
	ck_assert_int_eq(some.n, 3);
	ck_assert(is_within(&some, &all));
	ck_assert_int_eq(unit_gram_of_part(SPAN("MA2C"), &some), 0);
	ck_assert(some.n == 3 && is_within(&some, &all));
	ck_assert_int_eq(unit_gram_of_part(SPAN("湖南"), &some), 0);
	ck_assert(some.n == 1 && !is_within(&some, &all));
	ck_assert_int_eq(unit_gram_of_part(SPAN("嘉"), &some), 0);
	ck_assert_int_eq(some.n, 0);
	ck_assert_int_eq(unit_gram_of_whole(span_of(name), &some), 0);
	ck_assert(some.n == 1 && is_within(&some, &all));
	ck_assert_int_eq(unit_gram_of_whole(SPAN("嘉兴市南湖区"), &some), 0);
	ck_assert(!is_within(&some, &all));
	ck_assert(unit_gram_has(span_of(name), SPAN("湖区A")) && !unit_gram_has(span_of(name), SPAN("")) && !unit_gram_has(SPAN("a"), SPAN("ab")));
}
END_TEST

int main(void)
{
	return suite_run("unit", (struct suite_test[]){ SUITE_LOOP(units, ARRAY_LEN(unit_table)), SUITE_LOOP(memberships, ARRAY_LEN(membership_table)),
							SUITE_LOOP(grants, ARRAY_LEN(grant_table)), SUITE_ONCE(names_go_both_ways),
							SUITE_ONCE(who_is_effective), SUITE_LOOP(names_as_compared, ARRAY_LEN(keys)),
							SUITE_ONCE(a_part_has_no_pair_that_the_whole_lacks), SUITE_END });
}
