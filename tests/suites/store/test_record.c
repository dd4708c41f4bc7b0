/* SPDX-License-Identifier: Apache-2.0 */
/* test_record - records in transactions: indexes as they change, expiry, and faults in the middle. */
#include "broker/store/record_index.h"
#include "broker/store/records_account.h"
#include "broker/store/records_legacy.h"
#include "broker/store/records_login.h"
#include "broker/store/records_system.h"
#include "broker/store/records_upstream.h"
#include "tests/suites/store/suite_store.h"

#include <stdalign.h>

#define MEMORY (4 << 20)

/* One function a story; the suite runs it behind every engine. */

static struct arena *memory;
static const struct instant NOW = { 1700000000000 };

static struct account person(unsigned char n, const char *login, const char *phone)
{
	return (struct account){ .id = { { 1, n } }, .created_at = NOW, .namespace_ = NAMESPACE_NATURAL, .status = ACCOUNT_ACTIVE,
				 .login_name = span_of(login), .login_key = span_of(login), .phone = span_of(phone), .identity = { { 9, n / 2 } } };
}

static int count_fn(const void *record, void *arg)
{
	++*(size_t *)arg;
	return 0;
}

static size_t count_identity(struct txn *txn, unsigned char identity)
{
	struct account probe = { .identity = { { 9, identity } } };
	size_t n = 0;

	ck_assert_int_eq(record_each(txn, &KIND_ACCOUNT, ACCOUNT_BY_IDENTITY, &probe, memory, count_fn, &n), 0);
	return n;
}

static int indexes_fn(struct txn *txn, void *arg)
{
	struct account a = person(2, "zhangsan", "13800138000"), b = person(3, "lisi", "13900139000"), found, probe;
	struct span value;

	TRY(record_insert(txn, &KIND_ACCOUNT, &a));
	ROW_INT("the id is taken", record_insert(txn, &KIND_ACCOUNT, &a), ERR_EXISTS);
	TRY(record_put(txn, &KIND_ACCOUNT, &b));
	TRY(record_find(txn, &KIND_ACCOUNT, ACCOUNT_BY_LOGIN, &b, memory, &found));
	ROW_TRUE("found by login", id_eq(found.id, b.id));
	ROW_SPAN("its sealed phone is open", found.phone, b.phone);
	probe = (struct account){ .namespace_ = NAMESPACE_NATURAL, .phone = SPAN("13800138000") };
	TRY(record_find(txn, &KIND_ACCOUNT, ACCOUNT_BY_PHONE, &probe, memory, &found));
	ROW_TRUE("found by sealed phone", id_eq(found.id, a.id));
	probe.namespace_ = NAMESPACE_LEGAL;
	ROW_INT("the other namespace", record_find(txn, &KIND_ACCOUNT, ACCOUNT_BY_PHONE, &probe, memory, &found), ERR_ABSENT);
	probe.phone = SPAN("");
	ROW_INT("an empty field is in no index", record_find(txn, &KIND_ACCOUNT, ACCOUNT_BY_PHONE, &probe, memory, &found), ERR_ABSENT);
	ROW_INT("not a unique index", record_find(txn, &KIND_ACCOUNT, ACCOUNT_BY_IDENTITY, &a, memory, &found), FAULT_BUG);
	ROW_INT("both have this identity", count_identity(txn, 1), 2);

	b.phone = a.phone;
	b.login_key = SPAN("wangwu");
	b.identity.b[1] = 7;
	ROW_INT("a unique value is taken", record_put(txn, &KIND_ACCOUNT, &b), ERR_CONFLICT);
	ROW_INT("a conflict wrote nothing", record_check(txn, &KIND_ACCOUNT, memory), 0);
	b.phone = SPAN("13700137000");
	TRY(record_put(txn, &KIND_ACCOUNT, &b));
	ROW_INT("the old entries are gone", count_identity(txn, 1), 1);
	ROW_INT("the new ones are there", count_identity(txn, 7), 1);
	probe = (struct account){ .namespace_ = NAMESPACE_NATURAL, .phone = SPAN("13900139000") };
	ROW_INT("the old phone is free", record_find(txn, &KIND_ACCOUNT, ACCOUNT_BY_PHONE, &probe, memory, &found), ERR_ABSENT);
	b.phone = (struct span){ 0 };
	TRY(record_put(txn, &KIND_ACCOUNT, &b));
	ROW_INT("indexes agree", record_check(txn, &KIND_ACCOUNT, memory), 0);
	TRY(record_del(txn, &KIND_ACCOUNT, a.id));
	ROW_INT("deleted", record_get(txn, &KIND_ACCOUNT, a.id, memory, &found), ERR_ABSENT);
	ROW_INT("deleted twice", record_del(txn, &KIND_ACCOUNT, a.id), ERR_ABSENT);
	ROW_INT("its entries too", record_check(txn, &KIND_ACCOUNT, memory), 0);
	ROW_INT("a clear phone is nowhere", txn_get(txn, SPAN("13800138000"), &value), ERR_ABSENT);
	return 0;
}

static struct session session(unsigned char n, struct instant expiry, unsigned char account)
{
	struct session s = { .id = record_expiring_id(expiry), .account = { { 5, account } }, .created_at = NOW };

	s.id.b[15] = n;
	return s;
}

struct page {
	struct id first, last;
	size_t n, max;
};

static int page_fn(const void *record, void *arg)
{
	const struct session *session = record;
	struct page *page = arg;

	if (!page->n++)
		page->first = session->id;
	page->last = session->id;
	return page->n == page->max ? TXN_STOP : 0;
}

/* 100 sessions of three accounts are there; pages of one account's, and of all, both ways. */
static int pages_of_sessions(struct txn *txn)
{
	struct session probe = session(0, NOW, 2);
	size_t rising = 0, falling = 0, pages = 0;
	struct record_from from = { 0 };
	struct id newest = { 0 };

	for (struct page page = { .max = 10, .n = 10 }; page.n == 10; from.at = page.last, pages++) {
		page = (struct page){ .max = 10 };
		TRY(record_page(txn, &KIND_SESSION, SESSION_BY_ACCOUNT, &probe, from, memory, page_fn, &page));
		rising += page.n;
		if (page.n)
			newest = page.last;
	}
	ROW_INT("pages in rising order show each once", rising, 34);
	ROW_INT("in as many pages as needed", pages, 4);
	from = (struct record_from){ .falling = true };
	for (struct page page = { .max = 10, .n = 10 }; page.n == 10; from.at = page.last) {
		page = (struct page){ .max = 10 };
		TRY(record_page(txn, &KIND_SESSION, SESSION_BY_ACCOUNT, &probe, from, memory, page_fn, &page));
		if (!falling)
			ROW_TRUE("falling order begins with the newest", id_eq(page.first, newest));
		falling += page.n;
	}
	ROW_INT("pages in falling order show each once", falling, 34);
	struct page page = { 0 };
	TRY(record_page(txn, &KIND_SESSION, 0, NULL, (struct record_from){ .falling = true }, memory, page_fn, &page));
	ROW_INT("without an index, all", page.n, 100);
	ROW_INT("a unique index is no list", record_page(txn, &KIND_ACCOUNT, ACCOUNT_BY_LOGIN, &probe, from, memory, page_fn, &page), FAULT_BUG);
	return 0;
}

static int expiry_fn(struct txn *txn, void *arg)
{
	struct session s, out;
	struct family f = { 0 };
	size_t n = 0;

	for (int i = 0; i < 200; i++) {
		s = session((unsigned char)i, instant_add(NOW, i), (unsigned char)(i % 3 + 1));
		TRY(record_insert(txn, &KIND_SESSION, &s));
		f.id = s.id;
		TRY(record_insert(txn, &KIND_FAMILY, &f));
	}
	ROW_INT("live", record_get_live(txn, &KIND_SESSION, s.id, instant_add(NOW, 198), memory, &out), 0);
	ROW_INT("dead when its time has come", record_get_live(txn, &KIND_SESSION, s.id, instant_add(NOW, 199), memory, &out), ERR_ABSENT);
	ROW_INT("expired cannot be taken", record_take(txn, &KIND_SESSION, s.id, instant_add(NOW, 199), memory, &out), ERR_ABSENT);
	TRY(record_sweep(txn, &KIND_SESSION, instant_add(NOW, 99), 30, &n));
	ROW_INT("a sweep stops at its limit", n, 30);
	TRY(record_sweep(txn, &KIND_SESSION, instant_add(NOW, 99), 1000, &n));
	ROW_INT("100 had expired", n, 70);
	TRY(record_sweep(txn, &KIND_FAMILY, instant_add(NOW, 99), 1000, &n));
	ROW_INT("without indexes too", n, 100);
	ROW_INT("entries went with them", record_check(txn, &KIND_SESSION, memory), 0);
	n = 0;
	TRY(record_scan(txn, &KIND_SESSION, (struct id){ 0 }, memory, count_fn, &n));
	ROW_INT("the others stay", n, 100);
	TRY(pages_of_sessions(txn));
	n = 0;
	TRY(record_scan(txn, &KIND_FAMILY, s.id, memory, count_fn, &n));
	ROW_INT("a scan from the last", n, 1);
	TRY(record_take(txn, &KIND_SESSION, s.id, NOW, memory, &out));
	ROW_TRUE("what was taken comes back", id_eq(out.id, s.id) && id_eq(out.account, s.account));
	ROW_INT("once", record_take(txn, &KIND_SESSION, s.id, NOW, memory, &out), ERR_ABSENT);
	ROW_INT("with its entries", record_check(txn, &KIND_SESSION, memory), 0);
	ROW_INT("accounts do not expire", record_sweep(txn, &KIND_ACCOUNT, NOW, 10, &n), FAULT_BUG);
	return 0;
}

/* record_check must see what it is for. */
static int wound_fn(struct txn *txn, void *arg)
{
	struct account a = person(2, "zhangsan", ""), b = person(3, "lisi", "");
	struct record_index_key key;

	TRY(record_insert(txn, &KIND_ACCOUNT, &a));
	TRY(record_insert(txn, &KIND_ACCOUNT, &b));
	ROW_INT("sound", record_check(txn, &KIND_ACCOUNT, memory), 0);
	TRY(record_index_key(&KIND_ACCOUNT, record_index_by_tag(&KIND_ACCOUNT, ACCOUNT_BY_LOGIN), &a, suite_seal, &key));
	struct span entry = { (const char *)key.b, key.n };
	TRY(txn_put(txn, entry, (struct span){ (const char *)&b.id, 16 }));
	ROW_INT("an entry names another", record_check(txn, &KIND_ACCOUNT, memory), ERR_CONFLICT);
	TRY(txn_del(txn, entry));
	ROW_INT("an entry is missing", record_check(txn, &KIND_ACCOUNT, memory), ERR_CONFLICT);
	ROW_INT("deleting then is corrupt, not silent", record_del(txn, &KIND_ACCOUNT, a.id), FAULT_CORRUPT);
	TRY(txn_put(txn, entry, (struct span){ (const char *)&a.id, 16 }));
	ROW_INT("sound again", record_check(txn, &KIND_ACCOUNT, memory), 0);
	TRY(record_index_key(&KIND_ACCOUNT, record_index_by_tag(&KIND_ACCOUNT, ACCOUNT_BY_IDENTITY), &a, suite_seal, &key));
	key.b[key.n - 1] ^= 1;
	TRY(txn_put(txn, (struct span){ (const char *)key.b, key.n }, (struct span){ 0 }));
	ROW_INT("an entry too many", record_check(txn, &KIND_ACCOUNT, memory), ERR_CONFLICT);
	size_t n = 0;
	ROW_INT("an index that lies is a fault", record_each(txn, &KIND_ACCOUNT, ACCOUNT_BY_IDENTITY, &a, memory, count_fn, &n), FAULT_CORRUPT);
	return 0;
}

static int named_fn(struct txn *txn, void *arg)
{
	struct instant expiry = instant_add(NOW, 60000);
	struct id id = record_named_id(expiry, SPAN("login"), SPAN("zhangsan"));

	ROW_TRUE("the same again", id_eq(id, record_named_id(expiry, SPAN("login"), SPAN("zhangsan"))));
	ROW_TRUE("the cut between name and value counts", !id_eq(id, record_named_id(expiry, SPAN("loginz"), SPAN("hangsan"))));
	ROW_INT("its expiry can be read", record_expiry(id).ms, expiry.ms);
	ROW_TRUE("ids sort by expiry", memcmp(record_expiring_id(expiry).b, record_expiring_id(instant_add(expiry, 1)).b, 16) < 0);
	ROW_TRUE("fresh ids differ", !id_eq(record_expiring_id(expiry), record_expiring_id(expiry)));
	return 0;
}

static int binding_fn(struct txn *txn, void *arg)
{
	struct binding first = { .id = { { 7, 1 } }, .legacy = { { 8, 1 } }, .identity = { { 9, 1 } }, .account = { { 1, 2 } }, .status = BINDING_SUGGESTED };
	struct binding second = { .id = { { 7, 2 } }, .legacy = first.legacy, .identity = { { 9, 2 } }, .account = { { 1, 3 } }, .status = BINDING_BOUND }, found;
	size_t n = 0;

	TRY(record_insert(txn, &KIND_BINDING, &first));
	ROW_INT("a legacy record has one binding", record_insert(txn, &KIND_BINDING, &second), ERR_CONFLICT);
	first.status = BINDING_BOUND;
	TRY(record_put(txn, &KIND_BINDING, &first));
	ROW_INT("bound as well as suggested", record_insert(txn, &KIND_BINDING, &second), ERR_CONFLICT);
	first.status = BINDING_ENDED;
	TRY(record_put(txn, &KIND_BINDING, &first));
	ROW_INT("an ended one is not found", record_find(txn, &KIND_BINDING, BINDING_BY_LEGACY, &second, memory, &found), ERR_ABSENT);
	TRY(record_insert(txn, &KIND_BINDING, &second));
	TRY(record_find(txn, &KIND_BINDING, BINDING_BY_LEGACY, &second, memory, &found));
	ROW_TRUE("the new one is", id_eq(found.id, second.id));
	first.status = BINDING_BOUND;
	ROW_INT("the old one does not come back beside it", record_put(txn, &KIND_BINDING, &first), ERR_CONFLICT);
	TRY(record_each(txn, &KIND_BINDING, BINDING_BY_ACCOUNT, &first, memory, count_fn, &n));
	ROW_INT("history stays", n, 1);
	ROW_INT("indexes agree", record_check(txn, &KIND_BINDING, memory), 0);
	TRY(record_del(txn, &KIND_BINDING, first.id));
	ROW_INT("deleting history takes nothing else", record_check(txn, &KIND_BINDING, memory), 0);
	return 0;
}

static store_fn *const stories[] = { indexes_fn, binding_fn, expiry_fn, wound_fn, named_fn };

START_TEST(stories_of_records)
{
	suite_setup();
	memory = arena_new(MEMORY);
	struct store *store = suite_open((size_t)_i % ARRAY_LEN(suite_engines));
	ROW_INT("story", store_update(store, stories[(size_t)_i / ARRAY_LEN(suite_engines)], NULL), 0);
	store_close(store);
	arena_free(memory);
	suite_cleanup();
}
END_TEST

static int link_fn(struct txn *txn, void *arg)
{
	return record_insert(txn, &KIND_EXTERNAL_LINK, arg);
}

static void *link_account(void *arg)
{
	struct suite_thread *t = arg;
	struct external_link link = { .id = { { 1, (unsigned char)t->i } }, .provider = SPAN("province"), .issuer = SPAN("https://id.example"),
				      .subject = SPAN("a subject that is longer than sixty-four bytes, so that the index holds its hash"),
				      .account = { { 2, (unsigned char)t->i } } };

	t->rc = store_update(t->store, link_fn, &link);
	return NULL;
}

START_TEST(one_of_32_wins_a_unique_value)
{
	static struct suite_thread threads[32];
	size_t won = 0;

	suite_setup();
	struct store *store = suite_open(_i);
	suite_threads(ARRAY_LEN(threads), link_account, store, NULL, threads);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
		won += threads[i].rc == 0;
		ROW_TRUE("won or conflict", threads[i].rc == 0 || threads[i].rc == ERR_CONFLICT);
	}
	ROW_INT("winners", won, 1);
	ROW_INT("indexes agree", store_check(store), 0);
	store_close(store);
	suite_cleanup();
}
END_TEST

/* Fail every call and every allocation of one rich update: nothing of it may stay, and the next one must work. */
static int rich_fn(struct txn *txn, void *arg)
{
	struct account a = person(2, "zhangsan", "13800138000"), b = person(3, "lisi", "13900139000"), found;
	struct audit audit = { .id = { { 1, 2, 3 } }, .action = SPAN("register") };
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(MEMORY);
	size_t n;

	arena_fail_at(*(unsigned long *)arg);
	int rc = record_put(txn, &KIND_ACCOUNT, &a);
	if (!rc)
		rc = record_put(txn, &KIND_ACCOUNT, &b);
	if (!rc)
		rc = record_find(txn, &KIND_ACCOUNT, ACCOUNT_BY_PHONE, &a, arena, &found);
	if (!rc)
		rc = record_take(txn, &KIND_ACCOUNT, b.id, NOW, arena, &found);
	if (!rc)
		rc = record_each(txn, &KIND_ACCOUNT, ACCOUNT_BY_IDENTITY, &a, arena, count_fn, &n);
	if (!rc)
		rc = record_insert(txn, &KIND_AUDIT, &audit);
	arena_fail_at(0);
	return rc;
}

static int clear_fn(struct txn *txn, void *arg)
{
	return record_del(txn, &KIND_ACCOUNT, (struct id){ { 1, 2 } });
}

static int count_all_fn(struct txn *txn, void *arg)
{
	TRY(record_scan(txn, &KIND_ACCOUNT, (struct id){ 0 }, memory, count_fn, arg));
	return record_scan(txn, &KIND_AUDIT, (struct id){ 0 }, memory, count_fn, arg);
}

static void check_nothing(struct store *store)
{
	size_t n = 0;

	ROW_INT("looked", store_view(store, count_all_fn, &n), 0);
	ROW_INT("half an update stayed", n, 0);
	ROW_INT("the store agrees with itself", store_check(store), 0);
}

START_TEST(a_fault_anywhere_leaves_nothing_behind)
{
	unsigned long k, none = 0;

	suite_setup();
	memory = arena_new(MEMORY);
	struct store *store = suite_open(1 + (size_t)_i); /* wrapped engines */
	for (k = 1;; k++) {
		store_fault_arm(store, STORE_FAULT_ANY & ~STORE_FAULT_LOST & ~STORE_FAULT_VIEW, k, FAULT_STORE);
		int rc = store_update(store, rich_fn, &none);
		if (!store_fault_fired(store)) {
			ROW_INT("without a fault it works", rc, 0);
			break;
		}
		ROW_INT("the fault comes back", rc, FAULT_STORE);
		store_fault_arm(store, 0, 0, 0);
		check_nothing(store);
	}
	ROW_TRUE("many calls were tried", k > 15);
	store_fault_arm(store, STORE_FAULT_COMMIT, 1, FAULT_STORE);
	ROW_INT("a commit fails", store_update(store, clear_fn, NULL), FAULT_STORE);
	ROW_TRUE("then it is broken", store_is_broken(store));
	ROW_INT("and stays so", store_update(store, clear_fn, NULL), FAULT_STORE);
	store_fault_arm(store, STORE_FAULT_LOST, 1, FAULT_STORE);
	ROW_INT("an answer is lost", store_update(store, clear_fn, NULL), FAULT_STORE);
	ROW_TRUE("then it is broken", store_is_broken(store));
	store_fault_arm(store, 0, 0, 0);
	ROW_INT("but it was kept", store_update(store, clear_fn, NULL), ERR_ABSENT);
	ROW_INT("the store agrees with itself", store_check(store), 0);
	store_close(store);
	arena_free(memory);
	suite_cleanup();
}
END_TEST

START_TEST(no_memory_anywhere_leaves_nothing_behind)
{
	unsigned long k;
	int rc;

	suite_setup();
	memory = arena_new(MEMORY);
	struct store *store = suite_open(_i);
	for (k = 1; (rc = store_update(store, rich_fn, &k)); k++) {
		ROW_INT("every allocation that fails says so", rc, FAULT_MEMORY);
		check_nothing(store);
		ROW_TRUE("it is not broken", !store_is_broken(store));
	}
	ROW_TRUE("many allocations were tried", k > 10);
	store_close(store);
	arena_free(memory);
	suite_cleanup();
}
END_TEST

int main(void)
{
	return suite_run("store/record", (struct suite_test[]){
						 SUITE_LOOP(stories_of_records, ARRAY_LEN(suite_engines) * ARRAY_LEN(stories)),
						 SUITE_LOOP(one_of_32_wins_a_unique_value, ARRAY_LEN(suite_engines)),
						 SUITE_LOOP(a_fault_anywhere_leaves_nothing_behind, 2),
						 SUITE_LOOP(no_memory_anywhere_leaves_nothing_behind, ARRAY_LEN(suite_engines)),
						 SUITE_END,
					 });
}
