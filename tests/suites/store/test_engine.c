/* SPDX-License-Identifier: Apache-2.0 */
/* test_engine - what store.h promises of a transaction by itself; every engine passes. (Of several at once: test_concurrent.c.) */
#include "broker/store/records_system.h"
#include "tests/suites/store/suite_store.h"

#define ENGINE suite_engines[_i].name

/* ---- single transactions */

START_TEST(what_is_put_is_there_until_it_is_deleted)
{
	suite_setup();
	struct store *store = suite_open(_i);

	ROW_INT(ENGINE, suite_has(store, SPAN("Ka"), SPAN("1")), ERR_ABSENT);
	ROW_INT(ENGINE, suite_put(store, SPAN("Ka"), SPAN("1")), 0);
	ROW_INT(ENGINE, suite_has(store, SPAN("Ka"), SPAN("1")), 1);
	ROW_INT(ENGINE, suite_put(store, SPAN("Ka"), SPAN("2")), 0);
	ROW_INT(ENGINE, suite_has(store, SPAN("Ka"), SPAN("2")), 1);
	ROW_INT(ENGINE, suite_put(store, SPAN("Kb"), SPAN("")), 0);
	ROW_INT(ENGINE, suite_has(store, SPAN("Kb"), SPAN("")), 1);
	ROW_INT(ENGINE, store_update(store, suite_del_fn, &SPAN("Ka")), 0);
	ROW_INT(ENGINE, suite_has(store, SPAN("Ka"), SPAN("2")), ERR_ABSENT);
	ROW_INT(ENGINE, store_update(store, suite_del_fn, &SPAN("Ka")), ERR_ABSENT);
	store_close(store);

	store = suite_open(_i);
	ROW_INT("after it was opened again", suite_has(store, SPAN("Kb"), SPAN("")), 1);
	ROW_INT("after it was opened again", suite_has(store, SPAN("Ka"), SPAN("2")), ERR_ABSENT);
	store_close(store);
	suite_cleanup();
}
END_TEST

START_TEST(an_update_that_fails_leaves_nothing)
{
	suite_setup();
	struct store *store = suite_open(_i);

	ROW_INT(ENGINE, store_update(store, suite_put_fn, &(struct kv){ SPAN("Ka"), SPAN("1"), ERR_CONFLICT }), ERR_CONFLICT);
	ROW_INT(ENGINE, suite_has(store, SPAN("Ka"), SPAN("1")), ERR_ABSENT);
	ROW_INT(ENGINE, store_update(store, suite_put_fn, &(struct kv){ SPAN("Ka"), SPAN("1"), FAULT_CRYPTO }), FAULT_CRYPTO);
	ROW_INT(ENGINE, suite_has(store, SPAN("Ka"), SPAN("1")), ERR_ABSENT);
	ROW_TRUE(ENGINE, !store_is_broken(store));
	store_close(store);
	suite_cleanup();
}
END_TEST

static int bounds_fn(struct txn *txn, void *arg)
{
	static char longest[STORE_KEY_MAX + 1];
	struct span value;
	size_t n;

	memset(longest, 'K', sizeof longest);
	ck_assert_int_eq(txn_put(txn, (struct span){ longest, STORE_KEY_MAX }, SPAN("x")), 0);
	ck_assert_int_eq(txn_get(txn, (struct span){ longest, STORE_KEY_MAX }, &value), 0);
	ck_assert_int_eq(txn_put(txn, (struct span){ longest, 1 }, SPAN("x")), 0);
	ck_assert_int_eq(txn_put(txn, (struct span){ longest, STORE_KEY_MAX + 1 }, SPAN("x")), FAULT_BUG);
	ck_assert_int_eq(txn_get(txn, (struct span){ longest, STORE_KEY_MAX + 1 }, &value), FAULT_BUG);
	ck_assert_int_eq(txn_put(txn, SPAN(""), SPAN("x")), FAULT_BUG);
	ck_assert_int_eq(txn_get(txn, SPAN(""), &value), FAULT_BUG);
	ck_assert_int_eq(txn_put(txn, SPAN("\x01x"), SPAN("x")), FAULT_BUG);
	ck_assert_int_eq(txn_del(txn, SPAN("\x01" "f")), FAULT_BUG);
	ck_assert_int_eq(txn_cut(txn, SPAN("\x01"), SPAN("\x01z"), 10, &n), FAULT_BUG);
	return 0;
}

static int write_in_view_fn(struct txn *txn, void *arg)
{
	ck_assert_int_eq(txn_put(txn, SPAN("Ka"), SPAN("1")), FAULT_BUG);
	ck_assert_int_eq(txn_del(txn, SPAN("Ka")), FAULT_BUG);
	ck_assert_int_eq(record_put(txn, &KIND_MARK, &(struct mark){ .id.b = { 1 } }), FAULT_BUG);
	return 0;
}

static int update_inside_fn(struct txn *txn, void *arg)
{
	return suite_put(arg, SPAN("Ka"), SPAN("1"));
}

START_TEST(keys_have_bounds_and_views_do_not_write)
{
	suite_setup();
	struct store *store = suite_open(_i);

	ROW_INT(ENGINE, store_update(store, bounds_fn, NULL), 0);
	ROW_INT(ENGINE, store_view(store, write_in_view_fn, NULL), 0);
	ROW_INT("an update inside an update is refused, not a deadlock", store_update(store, update_inside_fn, store), FAULT_BUG);
	store_close(store);
	suite_cleanup();
}
END_TEST

START_TEST(big_values_come_back_whole)
{
	static const size_t sizes[] = { 1, 2000, 2040, 4096, 65536, 1 << 20, 5 << 20 };
	suite_setup();
	struct store *store = suite_open(_i);
	char *bytes = malloc(5 << 20);

	for (size_t i = 0; i < 5 << 20; i++)
		bytes[i] = (char)(i * 2654435761u >> 11);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		ROW_INT(ENGINE, suite_put(store, SPAN("Kbig"), (struct span){ bytes, sizes[i] }), 0);
		ROW_INT(ENGINE, suite_has(store, SPAN("Kbig"), (struct span){ bytes, sizes[i] }), 1);
	}
	free(bytes);
	store_close(store);
	suite_cleanup();
}
END_TEST

/* ---- scan and cut */

static int fill_fn(struct txn *txn, void *arg)
{
	char key[16];

	for (int i = 0; i < 300; i++) {
		snprintf(key, sizeof key, "S%03d", i * 2);
		TRY(txn_put(txn, span_of(key), span_of(key + 1)));
	}
	TRY(txn_put(txn, SPAN("R999"), SPAN("before")));
	return txn_put(txn, SPAN("T000"), SPAN("after"));
}

struct seen {
	size_t n, stop_at;
	int stop_with;
	char first[8], last[8];
};

static int see(struct span key, struct span value, void *arg)
{
	struct seen *seen = arg;

	ck_assert_uint_eq(key.n, 4);
	ck_assert(memcmp(key.p + 1, value.p, value.n) == 0);
	if (!seen->n)
		memcpy(seen->first, key.p, 4);
	else
		ck_assert_int_lt(memcmp(seen->last, key.p, 4), 0);
	memcpy(seen->last, key.p, 4);
	return ++seen->n == seen->stop_at ? seen->stop_with : 0;
}

static const struct scan_row {
	const char *name, *prefix, *from;
	size_t stop_at;
	int stop_with, want;
	size_t want_n;
	const char *want_first, *want_last;
} scan_rows[] = {
	{ "a prefix ends before the next one", "S", "", 0, 0, 0, 300, "S000", "S598" },
	{ "it starts at a key that exists", "S", "S100", 0, 0, 0, 250, "S100", "S598" },
	{ "or behind one that does not", "S", "S101", 0, 0, 0, 249, "S102", "S598" },
	{ "a longer prefix", "S1", "", 0, 0, 0, 50, "S100", "S198" },
	{ "TXN_STOP ends it well", "S", "", 3, TXN_STOP, 0, 3, "S000", "S004" },
	{ "an error ends it and comes back", "S", "", 2, ERR_CONFLICT, ERR_CONFLICT, 2, "S000", "S002" },
	{ "nothing has this prefix", "Sx", "", 0, 0, 0, 0, "", "" },
	{ "nothing comes after the last", "S", "S599", 0, 0, 0, 0, "", "" },
};

static int scan_fn(struct txn *txn, void *arg)
{
	for (const struct scan_row *row = scan_rows; row < scan_rows + ARRAY_LEN(scan_rows); row++) {
		struct seen seen = { .stop_at = row->stop_at, .stop_with = row->stop_with };

		ROW_INT(row->name, txn_scan(txn, span_of(row->prefix), span_of(row->from), see, &seen), row->want);
		ROW_INT(row->name, seen.n, row->want_n);
		ck_assert_str_eq(seen.first, row->want_first);
		ck_assert_str_eq(seen.last, row->want_last);
	}
	return 0;
}

static int see_any(struct span key, struct span value, void *arg)
{
	struct seen *seen = arg;

	memcpy(seen->n ? seen->last : seen->first, key.p, 4);
	memcpy(seen->last, key.p, 4);
	seen->n++;
	return 0;
}

static int see_back(struct span key, struct span value, void *arg)
{
	struct seen *seen = arg;

	ck_assert_uint_eq(key.n, 4);
	ck_assert(memcmp(key.p + 1, value.p, value.n) == 0);
	if (!seen->n)
		memcpy(seen->first, key.p, 4);
	else
		ck_assert_int_gt(memcmp(seen->last, key.p, 4), 0);
	memcpy(seen->last, key.p, 4);
	return ++seen->n == seen->stop_at ? seen->stop_with : 0;
}

static const struct scan_row back_rows[] = {
	{ "backwards, a prefix ends before the one that comes earlier", "S", "", 0, 0, 0, 300, "S598", "S000" },
	{ "it starts before a key that exists", "S", "S100", 0, 0, 0, 50, "S098", "S000" },
	{ "or before one that does not", "S", "S101", 0, 0, 0, 51, "S100", "S000" },
	{ "a bound past the last key", "S", "S999", 0, 0, 0, 300, "S598", "S000" },
	{ "a longer prefix", "S1", "", 0, 0, 0, 50, "S198", "S100" },
	{ "TXN_STOP ends it well", "S", "", 3, TXN_STOP, 0, 3, "S598", "S594" },
	{ "an error ends it and comes back", "S", "", 2, ERR_CONFLICT, ERR_CONFLICT, 2, "S598", "S596" },
	{ "nothing has this prefix", "Sx", "", 0, 0, 0, 0, "", "" },
	{ "nothing comes before the first", "S", "S000", 0, 0, 0, 0, "", "" },
	{ "the last of all", "T", "", 0, 0, 0, 1, "T000", "T000" },
};

static int scan_back_fn(struct txn *txn, void *arg)
{
	for (const struct scan_row *row = back_rows; row < back_rows + ARRAY_LEN(back_rows); row++) {
		struct seen seen = { .stop_at = row->stop_at, .stop_with = row->stop_with };
		bool is_t = row->prefix[0] == 'T'; /* whose value is not the rest of its key */

		ROW_INT(row->name, txn_scan_back(txn, span_of(row->prefix), span_of(row->from), is_t ? see_any : see_back, &seen), row->want);
		ROW_INT(row->name, seen.n, row->want_n);
		ck_assert_str_eq(seen.first, row->want_first);
		ck_assert_str_eq(seen.last, row->want_last);
	}
	return 0;
}

static int cut_fn(struct txn *txn, void *arg)
{
	struct seen seen = { 0 };
	size_t n;

	TRY(txn_cut(txn, SPAN("S"), SPAN("S100"), 20, &n));
	ROW_INT("a cut stops at its limit", n, 20);
	TRY(txn_cut(txn, SPAN("S"), SPAN("S100"), 1000, &n));
	ROW_INT("the rest up to the bound", n, 30);
	TRY(txn_cut(txn, SPAN("S"), SPAN("S100"), 1000, &n));
	ROW_INT("a second cut finds nothing", n, 0);
	TRY(txn_cut(txn, SPAN("S"), SPAN("S1"), 1000, &n));
	ROW_INT("a longer key is not smaller than its beginning", n, 0);
	TRY(txn_scan(txn, SPAN("S"), SPAN(""), see, &seen));
	ROW_INT("the bound itself stays", seen.n, 250);
	ck_assert_str_eq(seen.first, "S100");
	TRY(txn_cut(txn, SPAN("S"), SPAN("Z"), 1000, &n));
	ROW_INT("a cut stays in its prefix", n, 250);
	struct span value;
	ck_assert_int_eq(txn_get(txn, SPAN("T000"), &value), 0);
	ck_assert_int_eq(txn_get(txn, SPAN("R999"), &value), 0);
	return 0;
}

START_TEST(scans_are_ordered_and_cuts_bounded)
{
	suite_setup();
	struct store *store = suite_open(_i);

	ROW_INT(ENGINE, store_update(store, fill_fn, NULL), 0);
	ROW_INT(ENGINE, store_view(store, scan_fn, NULL), 0);
	ROW_INT("inside an update too", store_update(store, scan_fn, NULL), 0);
	ROW_INT("backwards", store_view(store, scan_back_fn, NULL), 0);
	ROW_INT("backwards inside an update", store_update(store, scan_back_fn, NULL), 0);
	ROW_INT(ENGINE, store_update(store, cut_fn, NULL), 0);
	store_close(store);
	suite_cleanup();
}
END_TEST

int main(void)
{
#define EVERY_ENGINE(fn) SUITE_LOOP(fn, ARRAY_LEN(suite_engines))
	return suite_run("store/engine", (struct suite_test[]){
						 EVERY_ENGINE(what_is_put_is_there_until_it_is_deleted),
						 EVERY_ENGINE(an_update_that_fails_leaves_nothing),
						 EVERY_ENGINE(keys_have_bounds_and_views_do_not_write),
						 EVERY_ENGINE(big_values_come_back_whole),
						 EVERY_ENGINE(scans_are_ordered_and_cuts_bounded),
						 SUITE_END,
					 });
}
