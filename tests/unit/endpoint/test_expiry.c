/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates that end: found in what the configuration names, soonest first, never more than there is room for; told once a day, over restarts and failures. */
#include "broker/base/error.h"
#include "broker/base/sys.h"
#include "broker/endpoint/expiry.h"
#include "broker/store/records_system.h"
#include "conf/config.h"
#include "tests/unit/endpoint/fixture.h"

/* Of tests/fuzz/seeds/certificate/chain. */
#define FIRST INT64_C(1801439999000)  /* 2027-01-31 23:59:59 */
#define SECOND INT64_C(2845281600000) /* 2060-02-29 12:00 */

static struct span chain(struct world *w)
{
	struct span text;

	ck_assert_int_eq(sys_read_file(SOURCE_ROOT "/tests/fuzz/seeds/certificate/chain", 1 << 16, w->arena, &text), 0);
	return text;
}

/* net.ca_file names a file with the chain @times times. */
static void make(struct world *w, int times)
{
	world_make(w);
	char *path = arena_printf(w->arena, "%s/ca.pem", w->dir);
	struct buf buf = buf_new(w->arena, 4096);
	struct span text;

	for (int i = 0; i < times; i++)
		buf_add(&buf, chain(w));
	ck_assert_int_eq(buf_done(&buf, &text), 0);
	ck_assert_int_eq(sys_write_file(path, 0600, text), 0);
	((struct config *)(uintptr_t)w->config)->net.ca_file = span_of(path);
}

START_TEST(days)
{
	static const struct {
		const char *name;
		int64_t left, want;
	} rows[] = {
		{ "now", 0, 0 }, { "a moment", 1, 0 }, { "a day", MS_DAY, 1 }, { "nearly two", 2 * MS_DAY - 1, 1 }, { "just ended", -1, -1 },
		{ "a day ago", -MS_DAY, -1 }, { "more than a day ago", -MS_DAY - 1, -2 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		ROW_INT(rows[i].name, expiry_days(instant_add(NOW, rows[i].left), NOW), rows[i].want);
}
END_TEST

START_TEST(listed)
{
	CLEANUP(expiry_cleanup) struct expiry *expiry = NULL;
	WORLD w;

	make(&w, 1);
	struct buf out = buf_new(w.arena, 256);
	ck_assert_int_eq(expiry_new(w.config, &expiry), 0);
	ck_assert_uint_eq(expiry->n, 2);
	ROW_INT("what ends first", expiry->items[0].until.ms, FIRST);
	ROW_SPAN("whose it is", expiry->items[0].name, SPAN("登录.example.gov.cn"));
	ROW_INT("stands first", expiry->items[1].until.ms, SECOND);
	ck_assert_str_eq(expiry->items[1].option, "net.ca_file");
	expiry_print(expiry, "m", instant_add((struct instant){ FIRST }, -90 * MS_SECOND), &out);
	ROW_SPAN("one line for the option", buf_span(&out), SPAN("m{option=\"net.ca_file\"} 90\n"));
}
END_TEST

START_TEST(too_many)
{
	CLEANUP(expiry_cleanup) struct expiry *expiry = NULL;
	WORLD w;

	make(&w, 50);
	ck_assert_int_eq(expiry_new(w.config, &expiry), 0);
	ck_assert_uint_eq(expiry->n, EXPIRY_MAX);
	for (size_t i = 0; i < EXPIRY_MAX; i++)
		ROW_INT("those that end last are left out", expiry->items[i].until.ms, i < 50 ? FIRST : SECOND);
}
END_TEST

START_TEST(what_cannot_be_read)
{
	CLEANUP(expiry_cleanup) struct expiry *expiry = NULL;
	WORLD w;

	make(&w, 0);
	ck_assert_int_eq(expiry_new(w.config, &expiry), 0);
	ck_assert_uint_eq(expiry->n, 0);
}
END_TEST

START_TEST(told_once_a_day)
{
	WORLD w;

	make(&w, 1);
	ck_assert_int_eq(expiry_new(w.config, &w.settings.expiry), 0);
	const struct instant day = { FIRST / MS_DAY * MS_DAY - 31 * MS_DAY };
	ck_assert_int_eq(expiry_tell(&w.app, day), 0);
	ROW_INT("not yet", world_count(&w, &KIND_MARK), 0);
	store_fault_run_twice(w.store, true);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(expiry_tell(&w.app, instant_add(day, 5 * MS_DAY + i * MS_HOUR)), 0);
	ROW_INT("the one that ends, once", world_count(&w, &KIND_MARK), 1);
	ck_assert_int_eq(expiry_tell(&w.app, instant_add(day, 6 * MS_DAY)), 0);
	ROW_INT("and on the next day", world_count(&w, &KIND_MARK), 2);
	ck_assert_int_eq(expiry_tell(&w.app, instant_add(day, 60 * MS_DAY)), 0);
	ROW_INT("and when it has ended", world_count(&w, &KIND_MARK), 3);
	expiry_free(w.settings.expiry);
}
END_TEST

START_TEST(without_memory)
{
	int result = FAULT_MEMORY;
	unsigned long k;
	WORLD w;

	make(&w, 1);
	for (k = 1; result; k++) {
		CLEANUP(expiry_cleanup) struct expiry *expiry = NULL;

		arena_fail_at(k);
		result = expiry_new(w.config, &expiry);
		arena_fail_at(0);
		ck_assert(k < 10000 && (!result || result == FAULT_MEMORY));
		ck_assert(result || expiry->n == 2);
	}
	ck_assert_uint_gt(k, 20);
	ck_assert_int_eq(expiry_new(w.config, &w.settings.expiry), 0);
	result = FAULT_MEMORY;
	for (k = 1; result; k++) {
		world_fail_updates(&w, k);
		result = expiry_tell(&w.app, (struct instant){ FIRST - MS_DAY });
		world_fail_updates(&w, 0);
		ck_assert(k < 1000 && (!result || result == FAULT_MEMORY));
		ROW_INT("told or not", world_count(&w, &KIND_MARK), !result);
	}
	expiry_free(w.settings.expiry);
}
END_TEST

int main(void)
{
	return suite_run("endpoint/expiry", (struct suite_test[]){ SUITE_ONCE(days), SUITE_ONCE(listed), SUITE_ONCE(too_many), SUITE_ONCE(what_cannot_be_read),
								   SUITE_ONCE(told_once_a_day), SUITE_ONCE(without_memory), SUITE_END });
}
