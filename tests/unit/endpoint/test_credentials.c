/* SPDX-License-Identifier: Apache-2.0 */
/* Name and password: by every kind of identifier, in one namespace only; old hashes are renewed once; what changed meanwhile does not count. */
#include "broker/endpoint/credentials.h"

#include "broker/base/sys.h"
#include "broker/identity/normal.h"
#include "keys/password.h"
#include "tests/unit/endpoint/fixture.h"

#define PASSWORD "correct horse 电池"
#define MD5_OF_123456 "e10adc3949ba59abbe56e057f20f883e"

static int prove(struct world *w, int namespace_, const char *name, const char *password, struct credentials *credentials)
{
	VISIT *visit = world_visit(w, "");
	struct credentials found;

	TRY(credentials_prove(visit_request(visit), namespace_, span_of(name), span_of(password), &found));
	*credentials = (struct credentials){ .account = { .id = found.account.id, .password = arena_dup(w->arena, found.account.password),
							  .password_changed_at = found.account.password_changed_at },
					     .new_hash = found.new_hash.n ? arena_dup(w->arena, found.new_hash) : (struct span){ NULL, 0 } };
	return 0;
}

static int upgrade(struct txn *txn, void *arg)
{
	return credentials_upgrade(txn, arg);
}

static void add_anna(struct world *w)
{
	struct account account;

	world_do(w, "{\"command\":\"account.add\",\"args\":{\"login_name\":\"Anna\",\"phone\":\"13800138000\",\"email\":\"Anna@Example.cn\",\"password\":\"" PASSWORD
		    "\"}}");
	ck_assert(world_account(w, NAMESPACE_NATURAL, "anna", &account));
	account.id_type = SPAN("111");
	account.id_number = SPAN("11010519491231002X");
	account.realname_status = REALNAME_VERIFIED;
	world_put(w, &KIND_ACCOUNT, &account);
}

static const struct {
	const char *name;
	int namespace_;
	const char *typed, *password;
	int result;
} rows[] = {
	{ "by login name", NAMESPACE_NATURAL, "Anna", PASSWORD, 0 },
	{ "by login name in another case", NAMESPACE_NATURAL, "aNNA", PASSWORD, 0 },
	{ "by login name in full width", NAMESPACE_NATURAL, "Ａｎｎａ", PASSWORD, 0 },
	{ "by phone", NAMESPACE_NATURAL, "13800138000", PASSWORD, 0 },
	{ "by phone with the country in front", NAMESPACE_NATURAL, "+86 138 0013 8000", PASSWORD, 0 },
	{ "by e-mail", NAMESPACE_NATURAL, "anna@example.CN", PASSWORD, 0 },
	{ "by ID number", NAMESPACE_NATURAL, "11010519491231002x", PASSWORD, 0 },
	{ "another namespace", NAMESPACE_LEGAL, "Anna", PASSWORD, ERR_CREDENTIALS },
	{ "another namespace by phone", NAMESPACE_STAFF, "13800138000", PASSWORD, ERR_CREDENTIALS },
	{ "a wrong password", NAMESPACE_NATURAL, "Anna", "correct horse", ERR_CREDENTIALS },
	{ "no password", NAMESPACE_NATURAL, "Anna", "", ERR_CREDENTIALS },
	{ "the password with a space behind it", NAMESPACE_NATURAL, "Anna", PASSWORD " ", ERR_CREDENTIALS },
	{ "somebody unknown", NAMESPACE_NATURAL, "nobody", PASSWORD, ERR_CREDENTIALS },
	{ "a name that is none", NAMESPACE_NATURAL, "\x01", PASSWORD, ERR_CREDENTIALS },
	{ "no name", NAMESPACE_NATURAL, "", PASSWORD, ERR_CREDENTIALS },
};

START_TEST(identifiers)
{
	struct credentials credentials;
	WORLD w;

	world_make(&w);
	add_anna(&w);
	ROW_INT(rows[_i].name, prove(&w, rows[_i].namespace_, rows[_i].typed, rows[_i].password, &credentials), rows[_i].result);
	if (!rows[_i].result)
		ROW_INT(rows[_i].name, credentials.new_hash.n, 0); /* made at today's cost */
}
END_TEST

START_TEST(without_a_password)
{
	struct credentials credentials;
	WORLD w;

	world_make(&w);
	world_do(&w, "{\"command\":\"account.add\",\"args\":{\"login_name\":\"otp-only\"}}");
	ck_assert_int_eq(prove(&w, NAMESPACE_NATURAL, "otp-only", "", &credentials), ERR_CREDENTIALS);
	ck_assert_int_eq(prove(&w, NAMESPACE_NATURAL, "otp-only", "x", &credentials), ERR_CREDENTIALS);
}
END_TEST

static void add_old(struct world *w)
{
	world_do(w, "{\"command\":\"legacy.begin\",\"args\":{\"source\":\"torch\",\"batch\":\"1\",\"fingerprint\":\"f\"}}");
	world_do(w, "{\"command\":\"legacy.import\",\"args\":{\"source\":\"torch\",\"batch\":\"1\",\"header\":[\"kind\",\"legacy_id\",\"phone\",\"digest\"],"
		    "\"rows\":[[\"individual\",\"7\",\"18711111111\",\"" MD5_OF_123456 "\"]]}}");
}

START_TEST(legacy)
{
	struct credentials credentials, second;
	struct account account;
	WORLD w;

	world_make(&w);
	add_old(&w);
	ck_assert_int_eq(prove(&w, NAMESPACE_NATURAL, "18711111111", "654321", &credentials), ERR_CREDENTIALS);
	ck_assert_int_eq(prove(&w, NAMESPACE_NATURAL, "18711111111", "123456", &credentials), 0);
	ck_assert_int_eq(prove(&w, NAMESPACE_NATURAL, "18711111111", "123456", &second), 0); /* the button was pressed twice */
	ck_assert(credentials.new_hash.n > 0);
	store_fault_run_twice(w.store, true);
	ck_assert_int_eq(store_update(w.store, upgrade, &credentials), 0);
	ck_assert_int_eq(store_update(w.store, upgrade, &second), 0);
	ck_assert(world_account(&w, NAMESPACE_NATURAL, "18711111111", &account));
	ck_assert(!account.legacy_digest.n && !account.legacy_scheme.n && !account.legacy_salt.n);
	ck_assert_int_eq(password_verify(account.password, SPAN("123456")), 0);
	ck_assert_int_eq(prove(&w, NAMESPACE_NATURAL, "18711111111", "123456", &credentials), 0);
	ck_assert_uint_eq(credentials.new_hash.n, 0);
}
END_TEST

/* "yimen account set" while a login is on its way with the old password. */
START_TEST(changed_meanwhile)
{
	struct credentials credentials;
	struct account account;
	WORLD w;

	world_make(&w);
	add_anna(&w);
	add_old(&w);
	for (int old = 0; old < 2; old++) {
		const char *name = old ? "18711111111" : "anna";

		ck_assert_int_eq(prove(&w, NAMESPACE_NATURAL, name, old ? "123456" : PASSWORD, &credentials), 0);
		w.now = instant_add(w.now, 5);
		world_do(&w, arena_printf(w.arena, "{\"command\":\"account.set\",\"args\":{\"login_name\":\"%s\",\"password\":\"another one\"}}", name));
		ck_assert_int_eq(store_update(w.store, upgrade, &credentials), ERR_CREDENTIALS);
		ck_assert(world_account(&w, NAMESPACE_NATURAL, name, &account));
		ck_assert_int_eq(password_verify(account.password, SPAN("another one")), 0);
	}
}
END_TEST

START_TEST(gone_meanwhile)
{
	struct credentials credentials = { .account = { .id = { { 5 } } }, .new_hash = SPAN("x") };
	WORLD w;

	world_make(&w);
	ck_assert_int_eq(store_update(w.store, upgrade, &credentials), ERR_CREDENTIALS);
}
END_TEST

START_TEST(faults)
{
	struct credentials credentials;
	struct account account;
	WORLD w;

	world_make(&w);
	add_old(&w);
	ck_assert_int_eq(prove(&w, NAMESPACE_NATURAL, "18711111111", "123456", &credentials), 0);
	for (unsigned long k = 1; k < 50; k++) {
		store_fault_arm(w.store, STORE_FAULT_ANY & ~(unsigned)STORE_FAULT_LOST, k, FAULT_STORE);
		int result = store_update(w.store, upgrade, &credentials);
		bool did = store_fault_fired(w.store);
		store_fault_arm(w.store, 0, 0, 0);
		ck_assert(world_account(&w, NAMESPACE_NATURAL, "18711111111", &account));
		ck_assert_msg(!account.password.n == !!account.legacy_digest.n, "neither or both of the hashes after fault %lu", k);
		if (!did)
			break;
		ck_assert_int_eq(result, FAULT_STORE);
	}
	ck_assert(account.password.n > 0);
	world_check(&w);
}
END_TEST

int main(void)
{
	return suite_run("endpoint/credentials", (struct suite_test[]){ SUITE_LOOP(identifiers, ARRAY_LEN(rows)), SUITE_ONCE(without_a_password), SUITE_ONCE(legacy),
									SUITE_ONCE(changed_meanwhile), SUITE_ONCE(gone_meanwhile), SUITE_ONCE(faults), SUITE_END });
}
