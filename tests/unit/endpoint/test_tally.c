/* SPDX-License-Identifier: Apache-2.0 */
/* Figures of the hour: logins out of the audit, each once, also over a restart; what was noted in memory is kept with them and nothing of it is lost by a
 * failure. */
#include "broker/base/sys.h"
#include "broker/endpoint/tally.h"
#include "broker/store/records_system.h"
#include "tests/unit/endpoint/fixture.h"

static void login(struct world *w, struct instant at, const char *way, const char *result)
{
	struct audit audit = { .id = sys_new_id(at), .at = at, .actor = SPAN("x"), .action = SPAN("login"), .result = span_of(result), .detail = span_of(way) };

	world_put(w, &KIND_AUDIT, &audit);
}

struct sum {
	const char *series, *name;
	int64_t numbers[TALLY_NUMBERS];
	size_t hours;
};

static int add(struct instant hour, const json_t *figures, void *arg)
{
	struct sum *sum = arg;
	int64_t numbers[TALLY_NUMBERS];

	tally_numbers(json_object_get(json_object_get(figures, sum->series), sum->name), numbers);
	for (size_t i = 0; i < TALLY_NUMBERS; i++)
		sum->numbers[i] += numbers[i];
	sum->hours++;
	return 0;
}

struct reading {
	struct sum *sum;
	struct arena *arena;
	struct instant from;
};

static int read_all(struct txn *txn, void *arg)
{
	struct reading *r = arg;

	return tally_each(txn, r->from, r->arena, add, r->sum);
}

static struct sum sum_of(struct world *w, const char *series, const char *name, struct instant from)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new((size_t)1 << 20);
	struct sum sum = { .series = series, .name = name };

	ck_assert_int_eq(store_view(w->store, read_all, &(struct reading){ &sum, arena, from }), 0);
	return sum;
}

START_TEST(counted_once)
{
	struct instant before;
	WORLD w;

	world_make(&w);
	before = instant_add(w.now, -3 * MS_HOUR);
	login(&w, before, "password", "ok"); /* before the first count: not counted */
	ck_assert_int_eq(tally_keep(w.store, w.now), 0);
	login(&w, instant_add(w.now, 1000), "password", "ok");
	login(&w, instant_add(w.now, 1000), "password", "credentials");
	login(&w, instant_add(w.now, 1000), "provider:alipay", "ok");
	login(&w, instant_add(w.now, MS_HOUR), "password", "ok");
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(tally_keep(w.store, instant_add(w.now, MS_HOUR + MS_MINUTE)), 0);
	struct sum sum = sum_of(&w, TALLY_LOGIN, "password", before);
	ck_assert_int_eq(sum.numbers[0], 2);
	ck_assert_int_eq(sum.numbers[1], 1);
	ck_assert_int_eq(sum.hours, 2);
	ck_assert_int_eq(sum_of(&w, TALLY_LOGIN, "provider:alipay", before).numbers[0], 1);
	ck_assert_int_eq(sum_of(&w, TALLY_LOGIN, "password", instant_add(w.now, MS_HOUR)).numbers[0], 1);
	world_check(&w);
}
END_TEST

START_TEST(what_is_too_fresh_waits)
{
	WORLD w;

	world_make(&w);
	ck_assert_int_eq(tally_keep(w.store, w.now), 0);
	login(&w, instant_add(w.now, MS_MINUTE), "otp", "ok");
	ck_assert_int_eq(tally_keep(w.store, instant_add(w.now, MS_MINUTE)), 0);
	ck_assert_int_eq(sum_of(&w, TALLY_LOGIN, "otp", w.now).numbers[0], 0);
	ck_assert_int_eq(tally_keep(w.store, instant_add(w.now, 2 * MS_MINUTE)), 0);
	ck_assert_int_eq(sum_of(&w, TALLY_LOGIN, "otp", w.now).numbers[0], 1);
}
END_TEST

START_TEST(noted)
{
	WORLD w;

	world_make(&w);
	tally_note(TALLY_CALL, SPAN("alipay"), true, 120);
	tally_note(TALLY_CALL, SPAN("alipay"), false, 900);
	store_fault_run_twice(w.store, true);
	ck_assert_int_eq(tally_keep(w.store, w.now), 0);
	ck_assert_int_eq(tally_keep(w.store, w.now), 0);
	struct sum sum = sum_of(&w, TALLY_CALL, "alipay", w.now);
	ck_assert_int_eq(sum.numbers[0], 1);
	ck_assert_int_eq(sum.numbers[1], 1);
	ck_assert_int_eq(sum.numbers[2], 1020);
	ck_assert_int_eq(sum.numbers[3], 900);
}
END_TEST

START_TEST(names_have_an_end)
{
	int64_t all = 0;
	WORLD w;

	world_make(&w);
	for (int i = 0; i < 200; i++) {
		char *name = arena_printf(w.arena, "p%d", i);

		tally_note(TALLY_CALL, span_of(name), true, 1);
	}
	ck_assert_int_eq(tally_keep(w.store, w.now), 0);
	all = sum_of(&w, TALLY_CALL, "other", w.now).numbers[0];
	ck_assert_int_gt(all, 100);
	for (int i = 0; i < 200; i++)
		all += sum_of(&w, TALLY_CALL, arena_printf(w.arena, "p%d", i), w.now).numbers[0];
	ck_assert_int_eq(all, 200);
}
END_TEST

START_TEST(no_memory)
{
	WORLD w;

	world_make(&w);
	ck_assert_int_eq(tally_keep(w.store, w.now), 0);
	login(&w, instant_add(w.now, 1000), "password", "ok");
	tally_note(TALLY_SMS, SPAN("default"), true, 0);
	unsigned long k = 1;
	for (int result = FAULT_MEMORY; result; k++) {
		ck_assert_uint_lt(k, 1000);
		world_fail_updates(&w, k);
		result = tally_keep(w.store, instant_add(w.now, MS_MINUTE));
		world_fail_updates(&w, 0);
		ck_assert_msg(!result || result == FAULT_MEMORY, "%d", result);
	}
	for (k = 1; k < 40; k++) {
		arena_fail_at(k);
		int result = tally_keep(w.store, instant_add(w.now, MS_MINUTE));
		arena_fail_at(0);
		ck_assert_msg(!result || result == FAULT_MEMORY, "%d", result);
	}
	ck_assert_int_eq(tally_keep(w.store, instant_add(w.now, MS_MINUTE)), 0);
	ck_assert_int_eq(sum_of(&w, TALLY_LOGIN, "password", w.now).numbers[0], 1);
	ck_assert_int_eq(sum_of(&w, TALLY_SMS, "default", w.now).numbers[0], 1);
	world_check(&w);
}
END_TEST

int main(void)
{
	return suite_run("endpoint/tally", (struct suite_test[]){ SUITE_ONCE(counted_once), SUITE_ONCE(what_is_too_fresh_waits), SUITE_ONCE(noted), SUITE_ONCE(names_have_an_end),
								  SUITE_ONCE(no_memory), SUITE_END });
}
