/* SPDX-License-Identifier: Apache-2.0 */
/* test_concurrent - what store.h promises of transactions beside each other: isolation, one winner, nobody undone by another. Every engine passes. */
#include "tests/suites/store/suite_store.h"

#include <stdatomic.h>

#define ENGINE suite_engines[_i].name

static struct span number(uint64_t *v)
{
	return (struct span){ (const char *)v, sizeof *v };
}

/* ---- isolation */

static void *put_two(void *arg)
{
	struct suite_thread *t = arg;

	t->rc = suite_put(t->store, SPAN("Kx"), SPAN("2"));
	return NULL;
}

static int snapshot_fn(struct txn *txn, void *arg)
{
	struct suite_thread other;
	struct span value;

	TRY(txn_get(txn, SPAN("Kx"), &value));
	ROW_SPAN("before", value, SPAN("1"));
	suite_threads(1, put_two, arg, NULL, &other);
	ROW_INT("the other's update", other.rc, 0);
	ROW_INT("a view inside the view sees it", suite_has(arg, SPAN("Kx"), SPAN("2")), 1);
	TRY(txn_get(txn, SPAN("Kx"), &value));
	ROW_SPAN("the older snapshot does not", value, SPAN("1"));
	return 0;
}

START_TEST(a_view_is_a_snapshot)
{
	suite_setup();
	struct store *store = suite_open(_i);

	ROW_INT(ENGINE, suite_put(store, SPAN("Kx"), SPAN("1")), 0);
	ROW_INT(ENGINE, store_view(store, snapshot_fn, store), 0);
	store_close(store);
	suite_cleanup();
}
END_TEST

static int increment_fn(struct txn *txn, void *arg)
{
	struct span value;
	uint64_t v = 0;

	int rc = txn_get(txn, SPAN("Kn"), &value);
	if (rc && rc != ERR_ABSENT)
		return rc;
	if (!rc)
		memcpy(&v, value.p, sizeof v);
	v++;
	TRY(txn_put(txn, SPAN("Kn"), number(&v)));
	*(uint64_t *)arg = v;
	return 0;
}

static int read_number_fn(struct txn *txn, void *arg)
{
	struct span value;

	TRY(txn_get(txn, SPAN("Kn"), &value));
	memcpy(arg, value.p, sizeof(uint64_t));
	return 0;
}

static void *increment(void *arg)
{
	struct suite_thread *t = arg;
	uint64_t mine = 0, before = 0, seen;

	for (int i = 0; i < 40 && !t->rc; i++) {
		t->rc = store_update(t->store, increment_fn, &mine);
		if (!t->rc && mine <= before)
			t->rc = FAULT_BUG; /* two updates saw the same number */
		before = mine;
		if (!t->rc && (store_view(t->store, read_number_fn, &seen) || seen < mine))
			t->rc = FAULT_BUG; /* what was acknowledged is not visible */
	}
	return NULL;
}

START_TEST(updates_are_serialisable_and_visible_when_they_return)
{
	static struct suite_thread threads[16];
	uint64_t sum = 0;

	suite_setup();
	struct store *store = suite_open(_i);
	suite_threads(ARRAY_LEN(threads), increment, store, NULL, threads);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		ROW_INT(ENGINE, threads[i].rc, 0);
	ROW_INT(ENGINE, store_view(store, read_number_fn, &sum), 0);
	ROW_INT(ENGINE, sum, 40 * ARRAY_LEN(threads));
	store_close(store);
	suite_cleanup();
}
END_TEST

/* Two are on call; each may leave only while the other stays: what snapshot isolation alone gets wrong (write skew). */
static int leave_fn(struct txn *txn, void *arg)
{
	static const char *const names[] = { "Kcall0", "Kcall1" };
	size_t me = *(size_t *)arg % 2;
	struct span value;

	TRY(txn_get(txn, span_of(names[1 - me]), &value));
	return txn_del(txn, span_of(names[me]));
}

static void *leave(void *arg)
{
	struct suite_thread *t = arg;

	t->rc = store_update(t->store, leave_fn, &t->i);
	return NULL;
}

START_TEST(no_write_skew)
{
	static struct suite_thread threads[16];

	suite_setup();
	struct store *store = suite_open(_i);
	ROW_INT(ENGINE, suite_put(store, SPAN("Kcall0"), SPAN("")), 0);
	ROW_INT(ENGINE, suite_put(store, SPAN("Kcall1"), SPAN("")), 0);
	suite_threads(ARRAY_LEN(threads), leave, store, NULL, threads);
	ROW_INT(ENGINE, (suite_has(store, SPAN("Kcall0"), SPAN("")) == 1) + (suite_has(store, SPAN("Kcall1"), SPAN("")) == 1), 1);
	store_close(store);
	suite_cleanup();
}
END_TEST

/* ---- many at once */

static int take_fn(struct txn *txn, void *arg)
{
	struct span value;

	TRY(txn_take(txn, SPAN("Kcode"), arg, &value));
	return span_eq(value, SPAN("grant")) ? 0 : FAULT_BUG;
}

static void *take(void *arg)
{
	struct suite_thread *t = arg;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(4096);

	t->rc = store_update(t->store, take_fn, arena);
	return NULL;
}

START_TEST(one_of_64_takers_wins)
{
	static struct suite_thread threads[64];

	suite_setup();
	struct store *store = suite_open(_i);
	for (int round = 0; round < 10; round++) {
		size_t won = 0;

		ROW_INT(ENGINE, suite_put(store, SPAN("Kcode"), SPAN("grant")), 0);
		suite_threads(ARRAY_LEN(threads), take, store, NULL, threads);
		for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
			won += threads[i].rc == 0;
			ROW_TRUE(ENGINE, threads[i].rc == 0 || threads[i].rc == ERR_ABSENT);
		}
		ROW_INT(ENGINE, won, 1);
	}
	store_close(store);
	suite_cleanup();
}
END_TEST

/* The first update waits until the others have queued, so that they share a batch. */
struct crowd {
	_Atomic size_t arrived;
	size_t expected;
};

static int hold_fn(struct txn *txn, void *arg)
{
	struct crowd *crowd = arg;

	while (atomic_load(&crowd->arrived) < crowd->expected)
		usleep(1000);
	usleep(20000); /* from arriving to queueing */
	return txn_put(txn, SPAN("Khold"), SPAN(""));
}

static int mixed_fn(struct txn *txn, void *arg)
{
	size_t i = *(size_t *)arg;
	char key[16];

	snprintf(key, sizeof key, "Km%03zu", i);
	if (i % 4 == 3)
		return ERR_ABSENT; /* failed before it wrote */
	TRY(txn_put(txn, span_of(key), SPAN("mine")));
	TRY(txn_put(txn, SPAN("Klast"), span_of(key)));
	return i % 4 == 2 ? ERR_CONFLICT : 0;
}

static void *mixed(void *arg)
{
	struct suite_thread *t = arg;
	struct crowd *crowd = t->shared;

	if (t->i == 0) {
		t->rc = store_update(t->store, hold_fn, crowd);
		return NULL;
	}
	atomic_fetch_add(&crowd->arrived, 1);
	t->rc = store_update(t->store, mixed_fn, &t->i);
	return NULL;
}

START_TEST(a_failing_update_undoes_only_itself)
{
	static struct suite_thread threads[41];
	struct crowd crowd = { .expected = ARRAY_LEN(threads) - 1 };
	struct store_stats stats;

	suite_setup();
	struct store *store = suite_open(_i);
	suite_threads(ARRAY_LEN(threads), mixed, store, &crowd, threads);
	for (size_t i = 1; i < ARRAY_LEN(threads); i++) {
		char key[16];

		snprintf(key, sizeof key, "Km%03zu", i);
		ROW_INT(key, threads[i].rc, i % 4 == 3 ? ERR_ABSENT : i % 4 == 2 ? ERR_CONFLICT : 0);
		ROW_INT(key, suite_has(store, span_of(key), SPAN("mine")), i % 4 < 2 ? 1 : ERR_ABSENT);
	}
	store_stats(store, &stats);
	ROW_TRUE("they shared commits", stats.commits < stats.updates / 2 || suite_engines[_i].twice || suite_engines[_i].scratch);
	store_close(store);
	suite_cleanup();
}
END_TEST

struct meeting {
	pthread_barrier_t barrier;
};

static int meet_fn(struct txn *txn, void *arg)
{
	struct span value;

	pthread_barrier_wait(&((struct meeting *)arg)->barrier);
	int rc = txn_get(txn, SPAN("Ka"), &value);
	pthread_barrier_wait(&((struct meeting *)arg)->barrier);
	return rc;
}

static void *meet(void *arg)
{
	struct suite_thread *t = arg;

	t->rc = store_view(t->store, meet_fn, t->shared);
	return NULL;
}

START_TEST(three_hundred_threads_read_at_once)
{
	static struct suite_thread threads[300];
	struct meeting meeting;

	suite_setup();
	struct store *store = suite_open(_i);
	ROW_INT(ENGINE, suite_put(store, SPAN("Ka"), SPAN("1")), 0);
	for (int round = 0; round < 2; round++) { /* the second time with other threads: their slots are not lost */
		pthread_barrier_init(&meeting.barrier, NULL, ARRAY_LEN(threads));
		suite_threads(ARRAY_LEN(threads), meet, store, &meeting, threads);
		pthread_barrier_destroy(&meeting.barrier);
		for (size_t i = 0; i < ARRAY_LEN(threads); i++)
			ROW_INT(ENGINE, threads[i].rc, 0);
	}
	store_close(store);
	suite_cleanup();
}
END_TEST

int main(void)
{
#define EVERY_ENGINE(fn) SUITE_LOOP(fn, ARRAY_LEN(suite_engines))
	return suite_run("store/concurrent", (struct suite_test[]){
						 EVERY_ENGINE(a_view_is_a_snapshot),
						 EVERY_ENGINE(updates_are_serialisable_and_visible_when_they_return),
						 EVERY_ENGINE(no_write_skew),
						 EVERY_ENGINE(one_of_64_takers_wins),
						 EVERY_ENGINE(a_failing_update_undoes_only_itself),
						 EVERY_ENGINE(three_hundred_threads_read_at_once),
						 SUITE_END,
					 });
}
