/* SPDX-License-Identifier: Apache-2.0 */
/* test_audit - the chain of audit records covers what was kept; what was kept long enough goes, and the others verify all the same. */
#include "broker/store/records_system.h"
#include "tests/suites/store/suite_store.h"

#define DAYS 10
#define ENGINE suite_engines[_i].name

static struct id id_at(int day, unsigned char n)
{
	struct id id = { { 0 } };
	uint64_t ms = (uint64_t)day * MS_DAY + n;

	for (int i = 0; i < 6; i++)
		id.b[i] = (unsigned char)(ms >> (40 - 8 * i));
	id.b[15] = (unsigned char)(n + 1);
	return id;
}

/* Two records of one day in one link. */
static int write_day(struct txn *txn, void *arg)
{
	for (unsigned char n = 0; n < 2; n++) {
		struct audit audit = { .id = id_at(*(int *)arg, n), .action = SPAN("login"), .result = SPAN("ok") };

		TRY(record_insert(txn, &KIND_AUDIT, &audit));
	}
	return 0;
}

struct cutting {
	int day;
	size_t max, n;
};

static int cut_fn(struct txn *txn, void *arg)
{
	struct cutting *cutting = arg;

	return store_audit_cut(txn, (struct instant){ (int64_t)cutting->day * MS_DAY }, cutting->max, &cutting->n);
}

/* Cut before @day: how many records went. */
static size_t cut(struct store *store, int day, size_t max)
{
	struct cutting cutting = { day, max, 0 };

	ck_assert_int_eq(store_update(store, cut_fn, &cutting), 0);
	return cutting.n;
}

static struct store *open_days(size_t engine)
{
	struct store *store = suite_open(engine);

	for (int day = 1; day <= DAYS; day++)
		ck_assert_int_eq(store_update(store, write_day, &day), 0);
	return store;
}

static size_t verified(struct store *store)
{
	struct store_audit found;

	ck_assert_int_eq(store_audit_verify(store, &found), 0);
	return found.records;
}

START_TEST(what_was_kept_long_enough_goes)
{
	int later = DAYS + 1;

	suite_setup();
	struct store *store = open_days(_i);
	ROW_INT("nothing is older than the first", cut(store, 1, 100), 0);
	ROW_INT("all are there", verified(store), 2 * DAYS);
	ROW_INT("a link goes when its newest record is older", cut(store, 4, 100), 6);
	ROW_INT("the others verify", verified(store), 2 * DAYS - 6);
	ROW_INT("once", cut(store, 4, 100), 0);
	ROW_INT("in small steps", cut(store, 8, 2), 2);
	ROW_INT("the others verify", verified(store), 2 * DAYS - 8);
	store_close(store);

	store = suite_open(_i);
	ROW_INT("the chain goes on after a restart", store_update(store, write_day, &later), 0);
	ROW_INT("and verifies", verified(store), 2 * DAYS - 6);
	ROW_INT("the newest link stays", cut(store, 1000, 100), 2 * DAYS - 8);
	ROW_INT("alone", verified(store), 2);
	store_close(store);
	store = suite_open(_i);
	later++;
	ROW_INT("something follows it", store_update(store, write_day, &later), 0);
	ROW_INT("and verifies", verified(store), 4);
	ROW_INT("the store agrees with itself", store_check(store), 0);
	store_close(store);
	suite_cleanup();
}
END_TEST

START_TEST(what_was_tampered_with_stays_to_be_seen)
{
	struct id id = id_at(3, 1);
	char key[17] = { STORE_PREFIX_AUDIT };
	struct span record = { key, sizeof key };
	struct cutting cutting = { 5, 100, 0 };
	struct store_audit found;

	suite_setup();
	struct store *store = open_days(_i);
	memcpy(key + 1, id.b, sizeof id.b);
	ROW_INT("somebody removes a record", store_update(store, suite_del_fn, &record), 0);
	ROW_INT("the chain tells", store_audit_verify(store, &found), ERR_CONFLICT);
	ROW_INT("its link is not swept away", store_update(store, cut_fn, &cutting), ERR_CONFLICT);
	ROW_INT("the chain still tells", store_audit_verify(store, &found), ERR_CONFLICT);
	store_close(store);
	suite_cleanup();
}
END_TEST

START_TEST(a_fault_anywhere_cuts_all_or_nothing)
{
	suite_setup();
	struct store *store = open_days(1);
	for (unsigned long k = 1; k < 200; k++) {
		struct cutting cutting = { 4, 100, 0 };

		store_fault_arm(store, STORE_FAULT_GET | STORE_FAULT_PUT | STORE_FAULT_DEL | STORE_FAULT_SCAN, k, FAULT_STORE);
		int rc = store_update(store, cut_fn, &cutting);
		store_fault_arm(store, 0, 0, 0);
		if (!rc)
			break;
		ROW_INT("nothing went", verified(store), 2 * DAYS);
	}
	ROW_INT("all went", verified(store), 2 * DAYS - 6);
	store_close(store);
	suite_cleanup();
}
END_TEST

struct audited {
	struct id id;
	int then;
};

static int audit_fn(struct txn *txn, void *arg)
{
	struct audited *audited = arg;
	struct audit audit = { .id = audited->id, .action = SPAN("login"), .result = SPAN("ok") };

	TRY(record_insert(txn, &KIND_AUDIT, &audit));
	audit.id.b[15] ^= 1;
	TRY(record_put(txn, &KIND_AUDIT, &audit));
	return audited->then;
}

static void *audit(void *arg)
{
	struct suite_thread *t = arg;

	for (int i = 0; i < 10 && !t->rc; i++) {
		struct audited audited = { { { 1, 2, (unsigned char)t->i, 4, (unsigned char)i } }, t->i % 3 ? 0 : ERR_CONFLICT };
		int rc = store_update(t->store, audit_fn, &audited);

		t->rc = rc == audited.then ? 0 : FAULT_BUG;
	}
	return NULL;
}

START_TEST(the_audit_chain_covers_what_was_kept_and_only_that)
{
	static struct suite_thread threads[12];
	struct store_audit found, again;

	suite_setup();
	struct store *store = suite_open(_i);
	ROW_INT("an empty chain is fine", store_audit_verify(store, &found), 0);
	ROW_INT("an empty chain is empty", found.records, 0);
	suite_threads(ARRAY_LEN(threads), audit, store, NULL, threads);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		ROW_INT(ENGINE, threads[i].rc, 0);
	ROW_INT(ENGINE, store_audit_verify(store, &found), 0);
	ROW_INT(ENGINE, found.records, 8 * 10 * 2);
	store_close(store);

	store = suite_open(_i);
	struct audited audited = { { { 9 } }, 0 };
	ROW_INT("the chain goes on after a restart", store_update(store, audit_fn, &audited), 0);
	ROW_INT("an audit record is never replaced", store_update(store, audit_fn, &audited), ERR_EXISTS);
	ROW_INT(ENGINE, store_audit_verify(store, &again), 0);
	ROW_INT(ENGINE, again.records, found.records + 2);
	ROW_INT(ENGINE, again.commits, found.commits + 1);
	ROW_TRUE("the hash moved on", memcmp(again.hash, found.hash, sizeof found.hash) != 0);
	store_close(store);
	suite_cleanup();
}
END_TEST

int main(void)
{
	return suite_run("store/audit", (struct suite_test[]){
						SUITE_LOOP(the_audit_chain_covers_what_was_kept_and_only_that, ARRAY_LEN(suite_engines)),
						SUITE_LOOP(what_was_kept_long_enough_goes, ARRAY_LEN(suite_engines)),
						SUITE_LOOP(what_was_tampered_with_stays_to_be_seen, ARRAY_LEN(suite_engines)),
						SUITE_ONCE(a_fault_anywhere_cuts_all_or_nothing),
						SUITE_END,
					});
}
