/* SPDX-License-Identifier: Apache-2.0 */
/* Counts in windows: where a window ends, what clearing forgets, and that parallel attempts get no more than the limit. */
#include "broker/endpoint/throttle.h"

#include "broker/store/records_system.h"
#include "tests/unit/endpoint/fixture.h"

#include <pthread.h>
#include <stdatomic.h>

static const struct throttle limit = { "test.limit", MS_MINUTE, 3 }, other = { "test.other", MS_MINUTE, 3 }, unlimited = { "test.free", MS_MINUTE, 0 };

struct call {
	int (*fn)(struct txn *, const struct throttle *, struct span, struct instant);
	const struct throttle *throttle;
	struct span what;
	struct instant now;
	int64_t n;
};

static int run(struct txn *txn, void *arg)
{
	struct call *call = arg;

	if (!call->fn)
		return throttle_count(txn, call->throttle, call->what, call->now, &call->n);
	return call->fn(txn, call->throttle, call->what, call->now);
}

static int add(struct world *w, const struct throttle *throttle, const char *what, int64_t at)
{
	return store_update(w->store, run, &(struct call){ throttle_add, throttle, span_of(what), instant_add(NOW, at), 0 });
}

static int64_t counted(struct world *w, const struct throttle *throttle, const char *what, int64_t at)
{
	struct call call = { NULL, throttle, span_of(what), instant_add(NOW, at), 0 };

	ck_assert_int_eq(store_view(w->store, run, &call), 0);
	return call.n;
}

/* NOW is the first millisecond of a minute. */
START_TEST(windows)
{
	WORLD w;

	world_make(&w);
	ck_assert_int_eq(NOW.ms % MS_MINUTE, 0);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(add(&w, &limit, "a", i), 0);
	ck_assert_int_eq(add(&w, &limit, "a", 3), ERR_TOO_MANY);
	ck_assert_int_eq(add(&w, &limit, "a", MS_MINUTE - 1), ERR_TOO_MANY);
	ck_assert_int_eq(counted(&w, &limit, "a", 3), 3); /* what was refused is not counted */
	ck_assert_int_eq(add(&w, &limit, "a", MS_MINUTE), 0);
	ck_assert_int_eq(counted(&w, &limit, "a", MS_MINUTE), 1);
	ck_assert_int_eq(add(&w, &limit, "b", 3), 0); /* another one's count is its own */
	ck_assert_int_eq(counted(&w, &other, "a", 3), 0);
	for (int i = 0; i < 50; i++)
		ck_assert_int_eq(add(&w, &unlimited, "a", 0), 0);
	ck_assert_int_eq(counted(&w, &unlimited, "a", 0), 50);
}
END_TEST

START_TEST(clear)
{
	WORLD w;
	struct call call = { throttle_clear, &limit, SPAN("a"), NOW, 0 };

	world_make(&w);
	ck_assert_int_eq(store_update(w.store, run, &call), 0); /* nothing there: fine */
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(add(&w, &limit, "a", 0), 0);
	ck_assert_int_eq(add(&w, &limit, "b", 0), 0);
	ck_assert_int_eq(store_update(w.store, run, &call), 0);
	ck_assert_int_eq(counted(&w, &limit, "a", 0), 0);
	ck_assert_int_eq(counted(&w, &limit, "b", 0), 1);
}
END_TEST

START_TEST(take_back)
{
	WORLD w;
	struct call call = { throttle_take_back, &limit, SPAN("a"), NOW, 0 };

	world_make(&w);
	ck_assert_int_eq(store_update(w.store, run, &call), 0); /* nothing there: stays nothing */
	ck_assert_int_eq(counted(&w, &limit, "a", 0), 0);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(add(&w, &limit, "a", 0), 0);
	ck_assert_int_eq(add(&w, &limit, "b", 0), 0);
	ck_assert_int_eq(store_update(w.store, run, &call), 0);
	ck_assert_int_eq(counted(&w, &limit, "a", 0), 2);
	ck_assert_int_eq(counted(&w, &limit, "b", 0), 1);
	ck_assert_int_eq(add(&w, &limit, "a", 0), 0);
	ck_assert_int_eq(add(&w, &limit, "a", 0), ERR_TOO_MANY);
}
END_TEST

START_TEST(waiting)
{
	static const struct {
		int64_t at;
		unsigned seconds;
	} rows[] = { { 0, 60 }, { 1, 60 }, { 1000, 59 }, { 58999, 2 }, { 59000, 1 }, { 59999, 1 } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		ck_assert_uint_eq(throttle_wait(&limit, instant_add(NOW, rows[i].at)), rows[i].seconds);
}
END_TEST

/* Neither the phone nor a hash without a key stands in the store, and a count goes by itself. */
START_TEST(at_rest)
{
	WORLD w;

	world_make(&w);
	ck_assert_int_eq(add(&w, &limit, "13800000000", 0), 0);
	ck_assert_uint_eq(world_count(&w, &KIND_COUNTER), 1);
	world_check(&w);
	char *command = arena_printf(w.arena, "grep -rqa 13800000000 %s/store", w.dir);
	ck_assert_int_ne(system(command), 0);
}
END_TEST

START_TEST(twice)
{
	WORLD w;

	world_make(&w);
	store_fault_run_twice(w.store, true);
	ck_assert_int_eq(add(&w, &limit, "a", 0), 0);
	ck_assert_int_eq(counted(&w, &limit, "a", 0), 1);
}
END_TEST

struct race {
	struct world *world;
	_Atomic int allowed;
};

static void *try_many(void *arg)
{
	struct race *race = arg;

	for (int i = 0; i < 4; i++)
		if (add(race->world, &limit, "a", 0) == 0)
			atomic_fetch_add(&race->allowed, 1);
	return NULL;
}

START_TEST(races)
{
	WORLD w;
	pthread_t threads[16];

	world_make(&w);
	struct race race = { .world = &w };
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, try_many, &race), 0);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		pthread_join(threads[i], NULL);
	ck_assert_int_eq(race.allowed, 3);
	ck_assert_int_eq(counted(&w, &limit, "a", 0), 3);
}
END_TEST

START_TEST(faults)
{
	WORLD w;
	int fired = 0;

	world_make(&w);
	for (unsigned long k = 1; k < 50; k++) {
		store_fault_arm(w.store, STORE_FAULT_ANY, k, FAULT_STORE);
		int result = add(&w, &unlimited, "a", (int64_t)k * MS_MINUTE);
		bool did = store_fault_fired(w.store);
		store_fault_arm(w.store, 0, 0, 0);
		if (!did)
			break;
		fired++;
		ck_assert_int_eq(result, FAULT_STORE);
	}
	ck_assert_int_gt(fired, 2);
	world_check(&w);
}
END_TEST

int main(void)
{
	return suite_run("endpoint/throttle", (struct suite_test[]){ SUITE_ONCE(windows), SUITE_ONCE(clear), SUITE_ONCE(take_back), SUITE_ONCE(waiting),
								     SUITE_ONCE(at_rest), SUITE_ONCE(twice), SUITE_ONCE(races), SUITE_ONCE(faults), SUITE_END });
}
