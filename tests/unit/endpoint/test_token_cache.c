/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/token_cache.h"
#include "tests/unit/suite.h"

#include <pthread.h>
#include <stdio.h>

#define NOW ((struct instant){ INT64_C(1800000000000) })
#define LATER instant_add(NOW, 10 * MS_MINUTE)

static struct span number(char out[32], int i)
{
	return (struct span){ out, (size_t)snprintf(out, 32, "token-%d", i) };
}

START_TEST(remembers_byte_for_byte)
{
	CLEANUP(token_cache_cleanup) struct token_cache *cache = NULL;

	ck_assert_int_eq(token_cache_new(1000, &cache), 0);
	ck_assert(!token_cache_has(cache, SPAN("a.b.c"), NOW));
	token_cache_add(cache, SPAN("a.b.c"), LATER);
	ck_assert(token_cache_has(cache, SPAN("a.b.c"), NOW));
	ck_assert(!token_cache_has(cache, SPAN("a.b.d"), NOW));
	ck_assert(!token_cache_has(cache, SPAN("a.b.c="), NOW));
	ck_assert(!token_cache_has(cache, SPAN(""), NOW));
	ck_assert(!token_cache_has(cache, SPAN("a.b.c"), LATER)); /* not past its end */
	token_cache_clear(cache);
	ck_assert(!token_cache_has(cache, SPAN("a.b.c"), NOW));
}
END_TEST

START_TEST(forgets_what_ends_first)
{
	CLEANUP(token_cache_cleanup) struct token_cache *cache = NULL;
	char text[32];
	int early = 0, late = 0;

	ck_assert_int_eq(token_cache_new(256, &cache), 0);
	for (int i = 0; i < 2000; i++)
		token_cache_add(cache, number(text, i), i % 2 ? LATER : instant_add(NOW, MS_MINUTE));
	for (int i = 0; i < 2000; i++)
		*(i % 2 ? &late : &early) += token_cache_has(cache, number(text, i), NOW);
	ck_assert_int_le(early + late, 256);
	ck_assert_int_le(early, 64); /* the newcomer of a set, which always gets in, and no other */
	ck_assert_int_ge(late, 256 - 64);
}
END_TEST

START_TEST(twice_takes_one_place)
{
	CLEANUP(token_cache_cleanup) struct token_cache *cache = NULL;
	char text[32];

	ck_assert_int_eq(token_cache_new(256, &cache), 0);
	for (int i = 0; i < 100; i++)
		token_cache_add(cache, SPAN("again"), LATER);
	for (int i = 0; i < 40; i++)
		token_cache_add(cache, number(text, i), LATER);
	int found = 0;
	for (int i = 0; i < 40; i++)
		found += token_cache_has(cache, number(text, i), NOW);
	ck_assert_int_ge(found, 38);
}
END_TEST

static void *work(void *arg)
{
	char text[32];

	for (int i = 0; i < 20000; i++) {
		token_cache_add(arg, number(text, i % 500), LATER);
		if (i % 5000 == 0)
			token_cache_clear(arg);
		(void)!token_cache_has(arg, number(text, (i * 7) % 500), NOW);
	}
	return NULL;
}

START_TEST(many_threads)
{
	CLEANUP(token_cache_cleanup) struct token_cache *cache = NULL;
	pthread_t threads[4];

	ck_assert_int_eq(token_cache_new(256, &cache), 0);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, work, cache), 0);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		pthread_join(threads[i], NULL);
}
END_TEST

int main(void)
{
	return suite_run("endpoint/token_cache", (struct suite_test[]){ SUITE_ONCE(remembers_byte_for_byte), SUITE_ONCE(forgets_what_ends_first),
									SUITE_ONCE(twice_takes_one_place), SUITE_ONCE(many_threads), SUITE_END });
}
