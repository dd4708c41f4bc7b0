/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Old accounts, from CSV rows to the store: every outcome of domain.md 1.2 with what it leaves behind, names that are taken in either
 * namespace, dry runs that leave nothing, imports started again, and all or nothing whatever fails.
 */
#include "broker/store/records_system.h"
#include "tests/unit/endpoint/fixture.h"

#define U "91110108MA01ET88XL"
#define OTHER "91350100M000100Y43"
#define P "18711111111"
#define MD5_OF_123456 "e10adc3949ba59abbe56e057f20f883e"
#define HEADER "[\"kind\",\"legacy_id\",\"login_name\",\"name\",\"phone\",\"uscc\",\"unit_name\",\"digest\",\"phone_confirmed_at\"]"
#define ENTERPRISE "[\"enterprise\",\"e1\",\"" U "\",\"甲公司\",\"\",\"" U "\",\"甲公司\",\"" MD5_OF_123456 "\",\"\"]"
#define INDIVIDUAL "[\"individual\",\"p1\",\"" P "\",\"张三\",\"" P "\",\"\",\"\",\"" MD5_OF_123456 "\",\"2024-05-01\"]"

#define ADD_UNIT(uscc) "{\"command\":\"unit.add\",\"args\":{\"uscc\":\"" uscc "\",\"name\":\"单位\"}}"
#define ADD_LEGAL(login, uscc) "{\"command\":\"account.add\",\"args\":{\"login_name\":\"" login "\",\"namespace\":\"legal\",\"unit\":\"" uscc "\"}}"
#define ADD_NATURAL(login) "{\"command\":\"account.add\",\"args\":{\"login_name\":\"" login "\"}}"

/* What there is before, the row, and what it becomes. */
static const struct row {
	const char *name;
	const char *before[4];
	const char *row, *outcome;
	int namespace_;    /* of the account that is created or suggested; 0: none */
	const char *login; /* of it */
	bool created, bound, suggested;
	size_t grants;
} rows[] = {
	{ "E1: nothing is there", { 0 }, ENTERPRISE, "E1", NAMESPACE_LEGAL, U, true, true, false, 0 },
	{ "E1: the unit is known, and has no account", { ADD_UNIT(U) }, ENTERPRISE, "E1", NAMESPACE_LEGAL, U, true, true, false, 0 },
	{ "E2: the unit's own account has its code as name", { ADD_UNIT(U), ADD_LEGAL(U, U) }, ENTERPRISE, "E2", NAMESPACE_LEGAL, U, false, false, true, 0 },
	{ "E3: another unit's account has the name", { ADD_UNIT(OTHER), ADD_LEGAL(U, OTHER) }, ENTERPRISE, "E3", NAMESPACE_LEGAL, "HJ_" U, true, true, false, 0 },
	{ "E3: a person has the name", { ADD_NATURAL(U) }, ENTERPRISE, "E3", NAMESPACE_LEGAL, "HJ_" U, true, true, false, 0 },
	{ "E4: the unit has an account under another name", { ADD_UNIT(U), ADD_LEGAL("boss", U) }, ENTERPRISE, "E4", NAMESPACE_NATURAL, U, true, true, false, 2 },
	{ "E4: and a person has the code as name", { ADD_UNIT(U), ADD_LEGAL("boss", U), ADD_NATURAL(U) }, ENTERPRISE, "E4", NAMESPACE_NATURAL, "HJ_" U, true, true,
	  false, 2 },
	{ "E4: and another unit has the code as name", { ADD_UNIT(U), ADD_LEGAL("boss", U), ADD_UNIT(OTHER), ADD_LEGAL(U, OTHER) }, ENTERPRISE, "E4",
	  NAMESPACE_NATURAL, "HJ_" U, true, true, false, 2 },
	{ "E3 with the prefixed name taken by a person: rejected", { ADD_NATURAL(U), ADD_NATURAL("HJ_" U) }, ENTERPRISE, "REJECTED", 0, NULL, false, false, false, 0 },
	{ "E3 with the prefixed name taken by a unit: rejected", { ADD_NATURAL(U), ADD_UNIT(OTHER), ADD_LEGAL("hj_" U, OTHER) }, ENTERPRISE, "REJECTED", 0, NULL, false,
	  false, false, 0 },
	{ "P1: nothing is there", { 0 }, INDIVIDUAL, "P1", NAMESPACE_NATURAL, P, true, true, false, 0 },
	{ "P2: a person has the phone as name", { ADD_NATURAL(P) }, INDIVIDUAL, "P2", NAMESPACE_NATURAL, P, false, false, true, 0 },
	{ "P3: a unit has the phone as name", { ADD_UNIT(OTHER), ADD_LEGAL(P, OTHER) }, INDIVIDUAL, "P3", NAMESPACE_NATURAL, "HJ_" P, true, true, false, 0 },
	{ "P3 with the prefixed name taken: rejected", { ADD_UNIT(OTHER), ADD_LEGAL(P, OTHER), ADD_NATURAL("HJ_" P) }, INDIVIDUAL, "REJECTED", 0, NULL, false, false,
	  false, 0 },
	{ "P4: a verified person has the phone",
	  { "{\"command\":\"account.add\",\"args\":{\"login_name\":\"zhang\",\"phone\":\"" P "\",\"realname_level\":2}}" }, INDIVIDUAL, "P4", 0, NULL, false, false,
	  false, 0 },
	{ "P1: a person who is not verified has the phone: it is not taken from them",
	  { "{\"command\":\"account.add\",\"args\":{\"login_name\":\"zhang\",\"phone\":\"" P "\"}}" }, INDIVIDUAL, "P1", NAMESPACE_NATURAL, P, true, true, false, 0 },
	{ "a staff member with the name is in nobody's way", { "{\"command\":\"account.add\",\"args\":{\"login_name\":\"" P "\",\"namespace\":\"staff\"}}" }, INDIVIDUAL,
	  "P1", NAMESPACE_NATURAL, P, true, true, false, 0 },
	{ "a credit code with a wrong check character", { 0 },
	  "[\"enterprise\",\"e1\",\"\",\"\",\"\",\"91350100M000100Y4Y\",\"\",\"\",\"\"]", "REJECTED", 0, NULL, false, false, false, 0 },
	{ "a phone that is none", { 0 }, "[\"individual\",\"p1\",\"\",\"\",\"123\",\"\",\"\",\"\",\"\"]", "REJECTED", 0, NULL, false, false, false, 0 },
	{ "a row of another width", { 0 }, "[\"individual\",\"p1\"]", "REJECTED", 0, NULL, false, false, false, 0 },
};

/* @batch: one that was begun, or "" for none. */
static char *request(struct world *w, const char *batch, bool dry, const char *rows_text)
{
	return arena_printf(w->arena, "{\"command\":\"legacy.import\",\"args\":{\"source\":\"torch\",\"batch\":\"%s\",\"dry_run\":%s,\"header\":" HEADER ",\"rows\":[%s]}}",
			    batch, dry ? "true" : "false", rows_text);
}

/* The outcomes in order: "E1 UNCHANGED". */
static char *import(struct world *w, const char *batch, bool dry, const char *rows_text)
{
	struct span answer = world_admin(w, request(w, batch, dry, rows_text));
	JSON *object = NULL;
	const json_t *result;
	char *text = arena_printf(w->arena, "%s", "");
	size_t i;

	answer.n--;
	ck_assert_msg(span_starts(answer, SPAN("{\"ok\":true")), SPAN_FMT, SPAN_ARG(answer));
	ck_assert_int_eq(json_read_object(answer, &object), 0);
	json_array_foreach(json_object_get(object, "results"), i, result)
		text = arena_printf(w->arena, "%s%s" SPAN_FMT, text, i ? " " : "", SPAN_ARG(json_get_span(result, "outcome")));
	return text;
}

static void prepare(struct world *w, const struct row *row)
{
	world_make(w);
	for (size_t i = 0; i < ARRAY_LEN(row->before) && row->before[i]; i++)
		world_do(w, row->before[i]);
}

struct found {
	struct world *world;
	struct legacy legacy;
	struct binding binding;
	size_t legacies, bindings, pre_granted;
};

static int take_legacy(const void *record, void *arg)
{
	struct found *found = arg;

	found->legacy = *(const struct legacy *)record;
	found->legacies++;
	return 0;
}

static int take_binding(const void *record, void *arg)
{
	struct found *found = arg;

	found->binding = *(const struct binding *)record;
	found->bindings++;
	return 0;
}

static int take_grant(const void *record, void *arg)
{
	((struct found *)arg)->pre_granted += ((const struct grant *)record)->status == GRANT_PRE_GRANTED;
	return 0;
}

static int look(struct txn *txn, void *arg)
{
	struct found *found = arg;
	struct id first = { { 0 } };

	TRY(record_scan(txn, &KIND_LEGACY, first, found->world->arena, take_legacy, found));
	TRY(record_scan(txn, &KIND_BINDING, first, found->world->arena, take_binding, found));
	return record_scan(txn, &KIND_GRANT, first, found->world->arena, take_grant, found);
}

static void check_account(struct world *w, const struct row *row, const struct found *found)
{
	struct account account, owner = { .status = 0 };

	ROW_TRUE(row->name, world_account(w, row->namespace_, row->login, &account));
	ROW_TRUE(row->name, id_eq(found->legacy.account, account.id) && id_eq(found->binding.account, account.id));
	ROW_INT(row->name, found->binding.status, row->bound ? BINDING_BOUND : BINDING_SUGGESTED);
	if (!row->created) { /* its own password stays, the old one is kept aside for the proof */
		ROW_TRUE(row->name, !account.legacy_digest.n && found->legacy.digest.n > 0);
		return;
	}
	ROW_SPAN(row->name, account.legacy_digest, SPAN(MD5_OF_123456));
	ROW_SPAN(row->name, account.legacy_scheme, SPAN("md5"));
	ROW_TRUE(row->name, !found->legacy.digest.n && id_is_set(account.identity));
	ROW_TRUE(row->name, (row->namespace_ == NAMESPACE_LEGAL) == id_is_set(account.unit));
	if (world_account(w, NAMESPACE_NATURAL, "zhang", &owner)) /* a phone is one person's */
		ROW_TRUE(row->name, !account.phone.n && owner.phone.n > 0);
	else if (row->namespace_ == NAMESPACE_NATURAL && strstr(row->row, "individual"))
		ROW_SPAN(row->name, account.phone, SPAN(P));
}

START_TEST(outcomes)
{
	const struct row *row = &rows[_i];
	WORLD w;

	prepare(&w, row);
	size_t accounts = world_count(&w, &KIND_ACCOUNT);
	store_fault_run_twice(w.store, true);
	ck_assert_msg(strcmp(import(&w, "", false, row->row), row->outcome) == 0, "%s", row->name);
	struct found found = { .world = &w };
	ck_assert_int_eq(store_view(w.store, look, &found), 0);
	bool kept = strcmp(row->outcome, "REJECTED") != 0;
	ROW_INT(row->name, found.legacies, kept);
	ROW_INT(row->name, world_count(&w, &KIND_ACCOUNT), accounts + row->created);
	ROW_INT(row->name, found.bindings, row->bound || row->suggested);
	ROW_INT(row->name, found.pre_granted, row->grants);
	if (kept)
		ROW_SPAN(row->name, found.legacy.outcome, span_of(row->outcome));
	if (row->login)
		check_account(&w, row, &found);
	/* again: nothing changes, and a rejected row may be tried again */
	ck_assert_msg(strcmp(import(&w, "", false, row->row), kept ? "UNCHANGED" : "REJECTED") == 0, "%s", row->name);
	ROW_INT(row->name, world_count(&w, &KIND_ACCOUNT), accounts + row->created);
	ROW_INT(row->name, world_count(&w, &KIND_LEGACY), kept);
	world_check(&w);
}
END_TEST

static const struct kind *const touched[] = { &KIND_ACCOUNT, &KIND_IDENTITY, &KIND_UNIT, &KIND_LEGACY, &KIND_BINDING, &KIND_GRANT, &KIND_AUDIT };

static size_t count_all(struct world *w)
{
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(touched); i++)
		n += world_count(w, touched[i]);
	return n;
}

START_TEST(dry_runs)
{
	const struct row *row = &rows[_i];
	WORLD w;

	prepare(&w, row);
	size_t before = count_all(&w);
	ck_assert_msg(strcmp(import(&w, "", true, row->row), row->outcome) == 0, "%s", row->name);
	ROW_INT(row->name, count_all(&w), before);
	ck_assert_msg(strcmp(import(&w, "", false, row->row), row->outcome) == 0, "%s", row->name); /* the real one says the same */
}
END_TEST

#define ROW_P(id, phone) "[\"individual\",\"" id "\",\"" phone "\",\"\",\"" phone "\",\"\",\"\",\"\",\"\"]"

START_TEST(rows_of_one_file)
{
	static const char both[] = ENTERPRISE "," INDIVIDUAL "," ENTERPRISE "," ROW_P("p2", P) ",[\"individual\",\"p3\",\"\",\"\",\"1\",\"\",\"\",\"\",\"\"],"
		"[\"enterprise\",\"e2\",\"" U "\",\"\",\"\",\"" U "\",\"\",\"\",\"\"]";
	static const char want[] = "E1 P1 UNCHANGED P2 REJECTED E2"; /* a later row sees what an earlier one made */
	WORLD w;

	world_make(&w);
	ck_assert_str_eq(import(&w, "", true, both), want);
	ck_assert_str_eq(import(&w, "", false, both), want);
	ck_assert_str_eq(import(&w, "", false, both), "UNCHANGED UNCHANGED UNCHANGED UNCHANGED REJECTED UNCHANGED");
	ck_assert_uint_eq(world_count(&w, &KIND_ACCOUNT), 2);
	world_check(&w);
}
END_TEST

/* A person's row that names a unit makes none: a person's word is no registration. */
START_TEST(a_person_makes_no_unit)
{
	WORLD w;

	world_make(&w);
	ck_assert_str_eq(import(&w, "", false, "[\"individual\",\"p1\",\"" P "\",\"\",\"" P "\",\"" U "\",\"甲公司\",\"\",\"\"]"), "P1");
	ck_assert_uint_eq(world_count(&w, &KIND_UNIT), 0);
	ck_assert_str_eq(import(&w, "", false, ENTERPRISE), "E1");
	ck_assert_uint_eq(world_count(&w, &KIND_UNIT), 1);
}
END_TEST

/* What a password could never fit is said now and not at the first login. */
START_TEST(own_hashes)
{
	static const struct {
		const char *name, *scheme, *digest, *outcome;
	} hashes[] = {
		{ "the source's scheme", "", MD5_OF_123456, "P1" },
		{ "a scheme of the row's own", "sha1", "7c4a8d09ca3762af61e59520943dc26494f8941b", "P1" },
		{ "a scheme that nobody knows", "rot13", "abc", "REJECTED" },
		{ "an expression that is none", "hex(md5(", "abc", "REJECTED" },
		{ "a digest that its format cannot read", "django", "nonsense", "REJECTED" },
		{ "no digest: no password", "", "", "P1" },
	};

	for (size_t i = 0; i < ARRAY_LEN(hashes); i++) {
		WORLD w;

		world_make(&w);
		struct span answer = world_admin(&w, arena_printf(w.arena, "{\"command\":\"legacy.import\",\"args\":{\"source\":\"torch\",\"header\":[\"kind\",\"legacy_id\","
								  "\"phone\",\"scheme\",\"digest\"],\"rows\":[[\"individual\",\"1\",\"" P "\",\"%s\",\"%s\"]]}}",
								  hashes[i].scheme, hashes[i].digest));
		ck_assert_msg(strstr(answer.p, hashes[i].outcome), "%s: %s", hashes[i].name, answer.p);
	}
}
END_TEST

START_TEST(faults)
{
	static const char two[] = ENTERPRISE "," INDIVIDUAL;
	unsigned long fired = 0;

	for (unsigned long k = 1; k < 400; k++) {
		WORLD w;

		world_make(&w);
		size_t before = count_all(&w);
		store_fault_arm(w.store, STORE_FAULT_ANY & ~(unsigned)STORE_FAULT_LOST, k, FAULT_STORE);
		struct span answer = world_admin(&w, request(&w, "", false, two));
		bool did = store_fault_fired(w.store);
		store_fault_arm(w.store, 0, 0, 0);
		if (!did) {
			ck_assert(span_starts(answer, SPAN("{\"ok\":true")));
			break;
		}
		fired++;
		ck_assert(span_starts(answer, SPAN("{\"ok\":false,\"error\":\"store\"")));
		ck_assert_uint_eq(count_all(&w), before);
		world_check(&w);
		ck_assert_str_eq(import(&w, "", false, two), "E1 P1"); /* started again, it is as if nothing had been */
	}
	ck_assert_uint_gt(fired, 20);
}
END_TEST

/* An allocation that fails is no reason to reject a row, and leaves nothing behind: in the command itself, and in its transaction. */
static void fail_every_allocation(bool in_update, unsigned long at_least)
{
	static const char two[] = ENTERPRISE "," INDIVIDUAL;
	unsigned long k, failed = 0;
	WORLD w;

	world_make(&w);
	for (k = 1; k < 2000; k++) {
		struct admin admin = { .store = w.store, .seal = w.seal, .config = w.config, .now = w.now, .arena = w.arena };
		struct span answer = { NULL, 0 };
		char *text = request(&w, "", false, two);

		if (in_update)
			world_fail_updates(&w, k);
		else
			arena_fail_at(k);
		int result = admin_run(&admin, span_of(text), &answer);
		arena_fail_at(0);
		if (in_update)
			world_fail_updates(&w, 0);
		bool ok = result == 0 && span_starts(answer, SPAN("{\"ok\":true"));
		size_t kept = world_count(&w, &KIND_LEGACY);
		if (ok) {
			ck_assert_uint_eq(kept, 2);
			ck_assert_ptr_null(strstr(answer.p, "REJECTED"));
			break;
		}
		failed++;
		if (kept) { /* only the answer failed */
			ck_assert(!in_update);
			break;
		}
		ck_assert_uint_eq(count_all(&w), 0);
	}
	ck_assert_msg(failed >= at_least, "only %lu allocations failed", failed);
	ck_assert_uint_eq(world_count(&w, &KIND_ACCOUNT), 2);
	world_check(&w);
}

START_TEST(allocations)
{
	fail_every_allocation(false, 10);
}
END_TEST

START_TEST(allocations_of_the_transaction)
{
	fail_every_allocation(true, 40);
}
END_TEST

/* ---- a batch: what goes in comes out again, whatever fails on the way */

#define BEGIN "{\"command\":\"legacy.begin\",\"args\":{\"source\":\"torch\",\"batch\":\"b\",\"fingerprint\":\"f\",\"size\":9}}"
#define UNDO "{\"command\":\"legacy.undo\",\"args\":{\"batch\":\"b\"}}"
#define E4_ROW "[\"enterprise\",\"e4\",\"\",\"\",\"\",\"" U "\",\"\",\"" MD5_OF_123456 "\",\"\"]"

static size_t count_made(struct world *w)
{
	return count_all(w) - world_count(w, &KIND_AUDIT);
}

START_TEST(a_batch_is_taken_back)
{
	static const char rows_[] = ENTERPRISE "," INDIVIDUAL "," E4_ROW "," ROW_P("p2", P);
	unsigned long fired = 0;

	for (unsigned long k = 1; k < 400; k++) {
		WORLD w;

		world_make(&w);
		size_t before = count_made(&w);
		world_do(&w, BEGIN);
		/* The unit's second row finds an account with its code as name: a suggestion, which goes before what it is suggested to. */
		ck_assert_str_eq(import(&w, "b", false, rows_), "E1 P1 E2 P2");
		size_t full = count_made(&w);
		store_fault_arm(w.store, STORE_FAULT_ANY & ~(unsigned)STORE_FAULT_LOST, k, FAULT_STORE);
		struct span answer = world_admin(&w, UNDO);
		bool did = store_fault_fired(w.store);
		store_fault_arm(w.store, 0, 0, 0);
		if (did) {
			fired++;
			ck_assert_uint_eq(count_made(&w), full);
			answer = world_admin(&w, UNDO);
		}
		ck_assert_msg(span_starts(answer, SPAN("{\"ok\":true,\"taken\":4,\"accounts\":2,\"units\":1,\"grants\":0,\"bindings\":4,\"done\":true")), SPAN_FMT,
			      SPAN_ARG(answer));
		ck_assert_uint_eq(count_made(&w), before);
		world_check(&w);
		if (!did)
			break;
	}
	ck_assert_uint_gt(fired, 20);
}
END_TEST

START_TEST(a_batch_is_over_when_it_is_undone)
{
	WORLD w;

	world_make(&w);
	world_do(&w, BEGIN);
	world_do(&w, BEGIN); /* goes on */
	ck_assert_str_eq(import(&w, "b", false, INDIVIDUAL), "P1");
	world_do(&w, UNDO);
	struct span answer = world_admin(&w, request(&w, "b", false, INDIVIDUAL));
	ck_assert(span_starts(answer, SPAN("{\"ok\":false,\"error\":\"absent\"")));
	answer = world_admin(&w, BEGIN);
	ck_assert(span_starts(answer, SPAN("{\"ok\":false,\"error\":\"exists\"")));
	ck_assert_uint_eq(world_count(&w, &KIND_LEGACY), 0);
}
END_TEST

/* What, then the row again, what it is now, and the login name of the account that there is then. */
static const struct {
	const char *name, *before[2], *first, *again, *outcome, *login, *gone;
	int namespace_;
} corrections[] = {
	{ "the same row", { 0 }, INDIVIDUAL, INDIVIDUAL, "UNCHANGED", P, NULL, NAMESPACE_NATURAL },
	{ "another phone moves the account", { 0 }, INDIVIDUAL, ROW_P("p1", "18711111112"), "CORRECTED", "18711111112", P, NAMESPACE_NATURAL },
	{ "another phone, whose name is taken: a suggestion", { ADD_NATURAL("18711111112") }, INDIVIDUAL, ROW_P("p1", "18711111112"), "CORRECTED", "18711111112", P,
	  NAMESPACE_NATURAL },
	{ "another phone, which is a unit's name: with the prefix", { ADD_UNIT(OTHER), ADD_LEGAL("18711111112", OTHER) }, INDIVIDUAL, ROW_P("p1", "18711111112"), "CORRECTED",
	  "HJ_18711111112", P, NAMESPACE_NATURAL },
	{ "another unit takes the first one with it", { 0 }, ENTERPRISE, "[\"enterprise\",\"e1\",\"\",\"\",\"\",\"" OTHER "\",\"\",\"\",\"\"]", "CORRECTED", OTHER, U,
	  NAMESPACE_LEGAL },
	{ "a new hash", { 0 }, INDIVIDUAL, "[\"individual\",\"p1\",\"\",\"\",\"" P "\",\"\",\"\",\"10b8e822d03fb4fd946188e852a4c3e2\",\"\"]", "CORRECTED", P, NULL,
	  NAMESPACE_NATURAL },
};

START_TEST(corrected)
{
	struct account account = { .status = 0 };
	WORLD w;

	world_make(&w);
	for (size_t i = 0; i < ARRAY_LEN(corrections[_i].before) && corrections[_i].before[i]; i++)
		world_do(&w, corrections[_i].before[i]);
	store_fault_run_twice(w.store, true);
	import(&w, "", false, corrections[_i].first);
	size_t units = world_count(&w, &KIND_UNIT);
	ck_assert_msg(strcmp(import(&w, "", false, corrections[_i].again), corrections[_i].outcome) == 0, "%s", corrections[_i].name);
	ROW_TRUE(corrections[_i].name, world_account(&w, corrections[_i].namespace_, corrections[_i].login, &account));
	if (corrections[_i].gone)
		ROW_TRUE(corrections[_i].name, !world_account(&w, corrections[_i].namespace_, corrections[_i].gone, &account));
	ROW_INT(corrections[_i].name, world_count(&w, &KIND_LEGACY), 1);
	ROW_INT(corrections[_i].name, world_count(&w, &KIND_UNIT), units);
	ROW_INT(corrections[_i].name, world_count(&w, &KIND_LEGACY_EVENT), strcmp(corrections[_i].outcome, "CORRECTED") == 0);
	ck_assert_msg(strcmp(import(&w, "", false, corrections[_i].again), "UNCHANGED") == 0, "%s", corrections[_i].name);
	world_check(&w);
}
END_TEST

int main(void)
{
	return suite_run("endpoint/import", (struct suite_test[]){ SUITE_LOOP(outcomes, ARRAY_LEN(rows)), SUITE_LOOP(dry_runs, ARRAY_LEN(rows)),
								   SUITE_ONCE(rows_of_one_file), SUITE_ONCE(a_batch_is_taken_back),
								   SUITE_ONCE(a_batch_is_over_when_it_is_undone), SUITE_LOOP(corrected, ARRAY_LEN(corrections)), SUITE_ONCE(a_person_makes_no_unit), SUITE_ONCE(own_hashes), SUITE_ONCE(faults),
								   SUITE_ONCE(allocations), SUITE_ONCE(allocations_of_the_transaction), SUITE_END });
}
