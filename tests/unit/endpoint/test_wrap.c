/* SPDX-License-Identifier: Apache-2.0 */
/* Imported digests at rest: what is weak is wrapped, once, whatever happens meanwhile; what nobody claimed is destroyed, and the row says so. */
#include "broker/endpoint/legacy_wrap.h"
#include "conf/config_legacy.h"
#include "tests/unit/endpoint/fixture.h"

#define PASSWORD "123456"
#define MD5_OF_123456 "e10adc3949ba59abbe56e057f20f883e"
#define BCRYPT "$2b$10$abcdefghijklmnopqrstuud74mvtUfjKhHGM/fFp/RGBVhBFzbfUm"
#define PHONE "18711111111"

/* What came of the row. */
static const char *import(struct world *w, bool keep_passwords, const char *id, const char *phone, const char *scheme, const char *digest)
{
	world_do(w, "{\"command\":\"legacy.begin\",\"args\":{\"source\":\"torch\",\"batch\":\"1\",\"fingerprint\":\"f\"}}");
	struct span answer = world_admin(w, arena_printf(w->arena, "{\"command\":\"legacy.import\",\"args\":{\"source\":\"torch\",\"batch\":\"1\",\"keep_passwords\":%s,"
					   "\"header\":[\"kind\",\"legacy_id\",\"phone\",\"scheme\",\"digest\"],\"rows\":[[\"individual\",\"%s\",\"%s\",\"%s\",\"%s\"]]}}",
					   keep_passwords ? "true" : "false", id, phone, scheme, digest));
	const char *outcome = memmem(answer.p, answer.n, "\"outcome\":\"", 11);

	ck_assert_msg(outcome, SPAN_FMT, SPAN_ARG(answer));
	outcome += 11;
	return arena_printf(w->arena, "%.*s", (int)strcspn(outcome, "\""), outcome);
}

static void add(struct world *w, const char *id, const char *phone, const char *scheme, const char *digest)
{
	ck_assert_str_eq(import(w, false, id, phone, scheme, digest), "P1");
}

static struct config_legacy_source *torch(struct world *w)
{
	return (struct config_legacy_source *)(uintptr_t)config_legacy_source(w->config, SPAN("torch"));
}

/* One round; how many were kept. */
static int round_of(struct world *w, size_t *ret_kept)
{
	struct legacy_wrap_place place = { 0 };
	bool end = false;

	*ret_kept = 0;
	while (!end) {
		struct legacy_wrap_batch batch = { .config = w->config, .now = w->now, .arena = w->arena };

		TRY(legacy_wrap_find(w->store, &batch, &place, &end));
		for (size_t i = 0; i < batch.n; i++)
			TRY(legacy_wrap_hash(&batch, &batch.items[i]));
		TRY(legacy_wrap_keep(w->store, &batch));
		*ret_kept += batch.kept;
	}
	return 0;
}

static struct legacy_hash hash_of(const struct account *account)
{
	return legacy_at_rest(account->legacy_scheme, account->legacy_salt, account->legacy_digest);
}

static const struct {
	const char *name, *scheme, *digest;
	size_t kept;
	bool wrapped;
} schemes[] = {
	{ "md5 is wrapped", "md5", MD5_OF_123456, 1, true },
	{ "a shell's md5 is wrapped", "crypt", "$1$f1e2d3c4$tjY2EAWa2RTJXE6ALTnyA.", 1, true },
	{ "bcrypt rests as it is", "bcrypt", BCRYPT, 0, false },
};

START_TEST(at_rest)
{
	struct account account;
	size_t kept;
	WORLD w;

	world_make(&w);
	add(&w, "1", PHONE, schemes[_i].scheme, schemes[_i].digest);
	store_fault_run_twice(w.store, true);
	ROW_INT(schemes[_i].name, round_of(&w, &kept), 0);
	ROW_INT(schemes[_i].name, kept, schemes[_i].kept);
	ck_assert(world_account(&w, NAMESPACE_NATURAL, PHONE, &account));
	struct legacy_hash hash = hash_of(&account);
	ROW_INT(schemes[_i].name, hash.wrapped, schemes[_i].wrapped);
	ck_assert_int_eq(round_of(&w, &kept), 0);
	ROW_INT("a second round finds nothing", kept, 0);
	world_check(&w);
}
END_TEST

START_TEST(opens)
{
	struct account account;
	size_t kept;
	WORLD w;

	world_make(&w);
	add(&w, "1", PHONE, "md5", MD5_OF_123456);
	ck_assert_int_eq(round_of(&w, &kept), 0);
	ck_assert(world_account(&w, NAMESPACE_NATURAL, PHONE, &account));
	struct legacy_hash hash = hash_of(&account);
	uint64_t before = password_computations();
	ck_assert_int_eq(legacy_verify(&hash, SPAN(PHONE), SPAN(PASSWORD), w.arena), 0);
	ck_assert_int_eq(legacy_verify(&hash, SPAN(PHONE), SPAN("654321"), w.arena), ERR_CREDENTIALS);
	ck_assert_uint_eq(password_computations() - before, 2); /* one each */
}
END_TEST

#define MD5_OF_654321 "c33367701511b4f6020ec61ded352059"

/* The row comes again while its digest rests wrapped: the same one is known, another one takes its place, and rests wrapped after the next round. */
START_TEST(corrected)
{
	struct account account;
	uint64_t before;
	size_t kept;
	WORLD w;

	world_make(&w);
	add(&w, "1", PHONE, "md5", MD5_OF_123456);
	ck_assert_int_eq(round_of(&w, &kept), 0);
	store_fault_run_twice(w.store, true);
	before = password_computations();
	ck_assert_str_eq(import(&w, false, "1", PHONE, "md5", MD5_OF_123456), "UNCHANGED");
	ck_assert_uint_eq(password_computations() - before, 1);
	ck_assert_str_eq(import(&w, true, "1", PHONE, "md5", MD5_OF_654321), "UNCHANGED");
	ck_assert_uint_eq(password_computations() - before, 1);
	ck_assert_str_eq(import(&w, false, "1", PHONE, "md5", MD5_OF_654321), "CORRECTED");
	ck_assert_str_eq(import(&w, false, "1", PHONE, "md5", MD5_OF_654321), "UNCHANGED");
	ck_assert(world_account(&w, NAMESPACE_NATURAL, PHONE, &account));
	ck_assert(span_is(account.legacy_digest, MD5_OF_654321));
	ck_assert_int_eq(round_of(&w, &kept), 0);
	ck_assert_uint_eq(kept, 1);
	before = password_computations();
	ck_assert_str_eq(import(&w, false, "1", PHONE, "hex(md5(p))", MD5_OF_654321), "CORRECTED"); /* another scheme is told at once */
	ck_assert_uint_eq(password_computations() - before, 0);
	world_check(&w);
}
END_TEST

/* Between reading and keeping, the owner logs in: the new password stays. */
START_TEST(meanwhile)
{
	struct legacy_wrap_place place = { 0 };
	struct account account;
	bool end;
	WORLD w;

	world_make(&w);
	add(&w, "1", PHONE, "md5", MD5_OF_123456);
	struct legacy_wrap_batch batch = { .config = w.config, .now = w.now, .arena = w.arena };
	ck_assert_int_eq(legacy_wrap_find(w.store, &batch, &place, &end), 0);
	ck_assert_uint_eq(batch.n, 1);
	ck_assert_int_eq(legacy_wrap_hash(&batch, &batch.items[0]), 0);
	ck_assert(world_account(&w, NAMESPACE_NATURAL, PHONE, &account));
	account.password = SPAN("a new hash");
	account.legacy_scheme = account.legacy_digest = (struct span){ NULL, 0 };
	world_put(&w, &KIND_ACCOUNT, &account);
	ck_assert_int_eq(legacy_wrap_keep(w.store, &batch), 0);
	ck_assert_uint_eq(batch.kept, 0);
	ck_assert(world_account(&w, NAMESPACE_NATURAL, PHONE, &account));
	ck_assert(span_is(account.password, "a new hash") && !account.legacy_digest.n);
}
END_TEST

static int first_row(struct txn *txn, void *arg)
{
	struct world *w = arg;
	struct legacy probe = { .source = SPAN("torch"), .legacy_id = SPAN("1") }, legacy;

	TRY(record_find(txn, &KIND_LEGACY, LEGACY_BY_KEY, &probe, w->arena, &legacy));
	return instant_is_set(legacy.hash_gone_at) && !legacy.digest.n ? 0 : ERR_CONFLICT;
}

START_TEST(unclaimed)
{
	struct account account;
	size_t kept, events;
	WORLD w;

	world_make(&w);
	add(&w, "1", PHONE, "bcrypt", BCRYPT); /* strong ones go as well */
	torch(&w)->unclaimed_life = MS_DAY;
	w.now = instant_add(w.now, MS_DAY - 1);
	ck_assert_int_eq(round_of(&w, &kept), 0);
	ROW_INT("not a moment too early", kept, 0);
	w.now = instant_add(w.now, 1);
	events = world_count(&w, &KIND_LEGACY_EVENT);
	store_fault_run_twice(w.store, true);
	ck_assert_int_eq(round_of(&w, &kept), 0);
	ck_assert_uint_eq(kept, 1);
	ck_assert_uint_eq(world_count(&w, &KIND_LEGACY_EVENT), events + 1);
	ck_assert_int_eq(store_view(w.store, first_row, &w), 0);
	ck_assert(world_account(&w, NAMESPACE_NATURAL, PHONE, &account));
	ck_assert(!account.legacy_scheme.n && !account.legacy_digest.n && !account.password.n);
	ck_assert_int_eq(account.status, ACCOUNT_ACTIVE);
	world_check(&w);
}
END_TEST

/* The digest of a row that waits for its person (accounts: claim) rests in the row. */
START_TEST(rows_that_wait)
{
	struct legacy row = { .id = { { 7 } }, .imported_at = NOW, .source = SPAN("torch"), .legacy_id = SPAN("1"), .scheme = SPAN("md5"), .digest = SPAN(MD5_OF_123456) }, now;
	size_t kept;
	WORLD w;

	world_make(&w);
	world_put(&w, &KIND_LEGACY, &row);
	ck_assert_int_eq(round_of(&w, &kept), 0);
	ck_assert_uint_eq(kept, 1);
	ck_assert_int_eq(world_get(&w, &KIND_LEGACY, row.id, &now), 0);
	struct legacy_hash hash = legacy_at_rest(now.scheme, now.salt, now.digest);
	ck_assert(hash.wrapped);
	ck_assert_int_eq(legacy_verify(&hash, SPAN("anybody"), SPAN(PASSWORD), w.arena), 0);
	torch(&w)->unclaimed_life = MS_DAY;
	w.now = instant_add(NOW, MS_DAY);
	ck_assert_int_eq(round_of(&w, &kept), 0);
	ck_assert_uint_eq(kept, 1);
	ck_assert_int_eq(store_view(w.store, first_row, &w), 0);
}
END_TEST

/* All of a batch or nothing of it, whichever allocation fails. */
START_TEST(without_memory)
{
	struct account account;
	unsigned long k = 1;
	int result;
	size_t kept;
	WORLD w;

	world_make(&w);
	add(&w, "1", PHONE, "md5", MD5_OF_123456);
	torch(&w)->unclaimed_life = MS_DAY;
	w.now = instant_add(w.now, MS_DAY);
	do {
		ck_assert(world_account(&w, NAMESPACE_NATURAL, PHONE, &account));
		ck_assert(account.legacy_digest.n);
		ck_assert_uint_eq(world_count(&w, &KIND_LEGACY_EVENT), 0);
		world_fail_updates(&w, k++);
		result = round_of(&w, &kept);
		world_fail_updates(&w, 0);
		ck_assert(result == 0 || result == FAULT_MEMORY);
	} while (result && k < 1000);
	ck_assert_int_eq(result, 0);
	ck_assert_uint_gt(k, 3);
	ck_assert_uint_eq(world_count(&w, &KIND_LEGACY_EVENT), 1);
	world_check(&w);
}
END_TEST

int main(void)
{
	return suite_run("endpoint/wrap", (struct suite_test[]){ SUITE_LOOP(at_rest, ARRAY_LEN(schemes)), SUITE_ONCE(opens), SUITE_ONCE(corrected), SUITE_ONCE(meanwhile), SUITE_ONCE(unclaimed),
								 SUITE_ONCE(rows_that_wait), SUITE_ONCE(without_memory), SUITE_END });
}
