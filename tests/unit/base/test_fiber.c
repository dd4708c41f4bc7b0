/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/fiber.h"
#include "tests/unit/suite.h"

#include <pthread.h>
#include <stdatomic.h>

#define MANY 200

static struct fiber_owner owner;
static _Atomic int wakes;
static char order[64];
static size_t n_order;

static void count_wake(struct fiber_owner *self)
{
	atomic_fetch_add(&wakes, 1);
}

static void note(char c)
{
	order[n_order++] = c;
}

static void begin_test(void)
{
	fiber_owner_init(&owner, 64, count_wake);
	atomic_store(&wakes, 0);
	memset(order, 0, sizeof order);
	n_order = 0;
}

static void polite(void *arg)
{
	char c = *(char *)arg;

	note(c);
	fiber_yield();
	note((char)(c - 'a' + 'A'));
}

START_TEST(a_fiber_that_yields_lets_the_others_run_first)
{
	char names[] = "abc";

	begin_test();
	for (char *c = names; *c; c++)
		ck_assert_int_eq(fiber_start(&owner, polite, c), 0);
	ck_assert_str_eq(order, "abc");
	ck_assert_uint_eq(fiber_count(&owner), 3);
	ck_assert(fiber_run_ready(&owner));
	ck_assert_str_eq(order, "abcABC");
	ck_assert_uint_eq(fiber_count(&owner), 0);
	ck_assert(!fiber_run_ready(&owner));
	fiber_owner_free(&owner);
}
END_TEST

struct waiter {
	struct park park;
	bool went_on;
};

static void wait_once(void *arg)
{
	struct waiter *waiter = arg;

	park_prepare(&waiter->park);
	note('w');
	park_wait(&waiter->park);
	waiter->went_on = true;
}

static void *wake_all(void *arg)
{
	struct waiter *waiters = arg;

	for (int i = 0; i < MANY; i++)
		park_wake(&waiters[i].park);
	return NULL;
}

static void wait_many(void *arg)
{
	struct waiter *waiter = arg;

	park_prepare(&waiter->park);
	park_wait(&waiter->park);
	waiter->went_on = true;
}

START_TEST(fibers_wait_for_another_thread)
{
	static struct waiter waiters[MANY];
	pthread_t thread;
	int went_on = 0;

	begin_test();
	memset(waiters, 0, sizeof waiters);
	for (int round = 0; round < 5; round++) {
		went_on = 0;
		for (int i = 0; i < MANY; i++) {
			waiters[i].went_on = false;
			ck_assert_int_eq(fiber_start(&owner, wait_many, &waiters[i]), 0);
		}
		ck_assert_int_eq(pthread_create(&thread, NULL, wake_all, waiters), 0);
		while (fiber_count(&owner))
			(void)fiber_run_ready(&owner);
		pthread_join(thread, NULL);
		for (int i = 0; i < MANY; i++)
			went_on += waiters[i].went_on;
		ck_assert_int_eq(went_on, MANY);
	}
	ck_assert_int_ge(wakes, 5); /* at least one a round; the list tells of the others */
	fiber_owner_free(&owner);
}
END_TEST

static void wake_in_time(void *arg)
{
	struct waiter *waiter = arg;

	park_prepare(&waiter->park);
	park_wake(&waiter->park); /* before it is waited for: it must still go on exactly once */
	note('1');
	park_wait(&waiter->park);
	note('2');
	waiter->went_on = true;
}

START_TEST(a_wake_before_the_wait_is_not_lost_and_not_doubled)
{
	struct waiter waiter = { 0 };

	begin_test();
	ck_assert_int_eq(fiber_start(&owner, wake_in_time, &waiter), 0);
	ck_assert_str_eq(order, "1");
	ck_assert(fiber_run_ready(&owner));
	ck_assert_str_eq(order, "12");
	ck_assert(waiter.went_on);
	ck_assert(!fiber_run_ready(&owner));
	fiber_owner_free(&owner);
}
END_TEST

static void *wait_on_thread(void *arg)
{
	struct waiter *waiter = arg;

	park_wait(&waiter->park);
	waiter->went_on = true;
	return NULL;
}

START_TEST(threads_wait_too)
{
	struct waiter waiter = { 0 };
	pthread_t thread;

	park_prepare(&waiter.park);
	ck_assert_int_eq(pthread_create(&thread, NULL, wait_on_thread, &waiter), 0);
	park_wake(&waiter.park);
	pthread_join(thread, NULL);
	ck_assert(waiter.went_on);
	ck_assert_ptr_null(fiber_current_arg());
	fiber_yield(); /* nothing to make room for */
}
END_TEST

static void use_stack(void *arg)
{
	volatile char deep[64 * 1024];

	for (size_t i = 0; i < sizeof deep; i += 512)
		deep[i] = (char)i;
	wait_once(arg);
	ck_assert_int_eq(deep[1024], (char)1024);
	ck_assert_ptr_eq(fiber_current_arg(), arg);
}

START_TEST(stacks_are_deep_enough_and_used_again)
{
	begin_test();
	for (int i = 0; i < 20; i++) {
		struct waiter waiter = { 0 };

		ck_assert_int_eq(fiber_start(&owner, use_stack, &waiter), 0);
		ck_assert(!waiter.went_on);
		park_wake(&waiter.park);
		ck_assert(fiber_run_ready(&owner));
		ck_assert(waiter.went_on);
	}
	ck_assert_uint_eq(owner.n_spare, 1);
	fiber_owner_free(&owner);
}
END_TEST

int main(void)
{
	return suite_run("fiber", (struct suite_test[]){ SUITE_ONCE(a_fiber_that_yields_lets_the_others_run_first), SUITE_ONCE(fibers_wait_for_another_thread),
							SUITE_ONCE(a_wake_before_the_wait_is_not_lost_and_not_doubled), SUITE_ONCE(threads_wait_too),
							SUITE_ONCE(stacks_are_deep_enough_and_used_again), SUITE_END });
}
