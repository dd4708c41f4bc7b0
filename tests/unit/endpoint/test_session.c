/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sessions: the same account goes on under a new id, secret and expiry, another account ends the old one, there is a limit per account; and
 * the login that keeps one is all or nothing, whatever fails, however often the transaction runs.
 */
#include "broker/endpoint/session.h"

#include "broker/base/sys.h"
#include "broker/endpoint/session_end.h"
#include "broker/oauth/token.h"
#include "broker/store/records_system.h"
#include "tests/unit/endpoint/fixture.h"

static struct account make_account(struct world *w, const char *login)
{
	struct account account;

	world_do(w, arena_printf(w->arena, "{\"command\":\"account.add\",\"args\":{\"login_name\":\"%s\"}}", login));
	ck_assert(world_account(w, NAMESPACE_NATURAL, login, &account));
	return account;
}

struct loading {
	struct request *rq;
	struct visitor visitor;
};

static int load(struct txn *txn, void *arg)
{
	struct loading *loading = arg;

	return session_load(txn, loading->rq, &loading->visitor);
}

static struct visitor visitor_of(struct world *w, struct visit *visit)
{
	struct loading loading = { .rq = visit_request(visit) };

	ck_assert_int_eq(store_view(w->store, load, &loading), 0);
	return loading.visitor;
}

struct keeping {
	struct request *rq;
	struct session_start start;
};

static int keep(struct txn *txn, void *arg)
{
	struct keeping *keeping = arg;

	return session_keep(txn, keeping->rq, &keeping->start);
}

static int log_in(struct world *w, struct visit *visit, struct id account)
{
	struct session_proof proof = { .account = account, .amr = { "pwd" }, .method = SPAN("password"), .acr = 1 };
	struct keeping keeping = { .rq = visit_request(visit) };
	struct visitor visitor = visitor_of(w, visit);

	TRY(session_prepare(keeping.rq, &visitor, &proof, &keeping.start));
	TRY(store_update(w->store, keep, &keeping));
	session_send(keeping.rq, &keeping.start);
	return 0;
}

START_TEST(same_account)
{
	WORLD w;

	world_make(&w);
	struct id anna = make_account(&w, "anna").id;
	VISIT *first = world_visit(&w, "");
	ck_assert_int_eq(log_in(&w, first, anna), 0);
	VISIT *second = world_revisit(&w, first, "");
	struct session before = visitor_of(&w, second).session;
	ck_assert(id_eq(before.account, anna));
	w.now = instant_add(w.now, MS_MINUTE);
	VISIT *third = world_revisit(&w, first, "");
	ck_assert_int_eq(log_in(&w, third, anna), 0);
	VISIT *fourth = world_revisit(&w, third, "");
	struct visitor after = visitor_of(&w, fourth);
	ck_assert(after.has_session);
	ck_assert(!id_eq(after.session.id, before.id));
	ck_assert_int_eq(record_expiry(after.session.id).ms - record_expiry(before.id).ms, MS_MINUTE); /* ASVS 7.3.2: from the new proof on */
	ck_assert_int_eq(after.session.created_at.ms, w.now.ms);
	ck_assert_int_eq(after.session.auth_time.ms, w.now.ms);
	ck_assert_msg(id_eq(after.session.first, before.id), "clients know it by the same sid");
	ck_assert(!visitor_of(&w, second).has_session); /* ASVS 7.2.4: the old secret is worth nothing */
}
END_TEST

/* Tokens of every earlier session of the series find the newest in one step more; signposts take nobody's place among the sessions. */
START_TEST(series)
{
	WORLD w;
	struct id ids[5];
	struct visit *visit;

	world_make(&w);
	struct id anna = make_account(&w, "anna").id;
	visit = world_visit(&w, "");
	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		struct visit *next = i ? world_revisit(&w, visit, "") : world_visit(&w, "");

		ck_assert_int_eq(log_in(&w, next, anna), 0);
		visit_free(visit);
		visit = next;
		VISIT *look = world_revisit(&w, visit, "");
		struct session session = visitor_of(&w, look).session;
		ids[i] = session.id;
		ck_assert(id_eq(token_first_session(&session), ids[0]));
		w.now = instant_add(w.now, MS_SECOND);
	}
	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		struct session session;

		ck_assert_int_eq(world_get(&w, &KIND_SESSION, ids[i], &session), 0);
		ck_assert(id_eq(session.continued_by, i == 4 ? (struct id){ { 0 } } : ids[4]));
		ck_assert_uint_eq(session.secret_hash.n > 0, i == 4);
	}
	VISIT *elsewhere = world_visit(&w, "");
	ck_assert_int_eq(log_in(&w, elsewhere, anna), 0); /* two of three */
	VISIT *again = world_revisit(&w, visit, "");
	ck_assert(visitor_of(&w, again).has_session);
	visit_free(visit);
	world_check(&w);
}
END_TEST

START_TEST(other_account)
{
	WORLD w;

	world_make(&w);
	struct id anna = make_account(&w, "anna").id, bert = make_account(&w, "bert").id;
	VISIT *first = world_visit(&w, "");
	ck_assert_int_eq(log_in(&w, first, anna), 0);
	VISIT *second = world_revisit(&w, first, "");
	ck_assert_int_eq(log_in(&w, second, bert), 0);
	VISIT *old = world_revisit(&w, first, ""), *new = world_revisit(&w, second, "");
	ck_assert(!visitor_of(&w, old).has_session);
	ck_assert(id_eq(visitor_of(&w, new).session.account, bert));
	ck_assert_uint_eq(world_count(&w, &KIND_SESSION), 1);
}
END_TEST

/* session.max_per_account is 3: the one that was used least lately goes. */
START_TEST(too_many)
{
	WORLD w;

	world_make(&w);
	struct id anna = make_account(&w, "anna").id, bert = make_account(&w, "bert").id;
	struct visit *visits[5];
	for (size_t i = 0; i < ARRAY_LEN(visits); i++) {
		visits[i] = world_visit(&w, "");
		ck_assert_int_eq(log_in(&w, visits[i], i == 4 ? bert : anna), 0);
		w.now = instant_add(w.now, MS_SECOND);
	}
	for (size_t i = 0; i < ARRAY_LEN(visits); i++) {
		VISIT *again = world_revisit(&w, visits[i], "");

		ck_assert_int_eq(visitor_of(&w, again).has_session, i > 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(visits); i++)
		visit_free(visits[i]);
}
END_TEST

static void set_status(struct world *w, struct id id, int status)
{
	struct account account;

	ck_assert_int_eq(world_get(w, &KIND_ACCOUNT, id, &account), 0);
	account.status = status;
	world_put(w, &KIND_ACCOUNT, &account);
}

START_TEST(gate)
{
	static const struct {
		int status, result;
	} rows[] = { { ACCOUNT_ACTIVE, 0 }, { ACCOUNT_PENDING_REVIEW, 0 }, { ACCOUNT_REJECTED, 0 /* to read why, and correct it */ }, { ACCOUNT_DISABLED, ERR_DISABLED },
		     { ACCOUNT_CLOSED, ERR_DISABLED } };
	WORLD w;

	world_make(&w);
	struct id anna = make_account(&w, "anna").id;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		VISIT *visit = world_visit(&w, "");

		set_status(&w, anna, rows[i].status);
		ck_assert_int_eq(log_in(&w, visit, anna), rows[i].result);
	}
	VISIT *visit = world_visit(&w, "");
	ck_assert_int_eq(log_in(&w, visit, (struct id){ { 9 } }), ERR_NO_ACCOUNT);
	ck_assert_uint_eq(world_count(&w, &KIND_SESSION), 3);
}
END_TEST

/* What ends a session that lives: the account's state, its not-before, idleness, the absolute limit. */
START_TEST(ends)
{
	WORLD w;

	world_make(&w);
	struct id anna = make_account(&w, "anna").id;
	VISIT *visit = world_visit(&w, "");
	ck_assert_int_eq(log_in(&w, visit, anna), 0);
	static const struct {
		int64_t after;
		bool lives;
	} rows[] = { { 0, true }, { 30 * MS_MINUTE - 1, true }, { 30 * MS_MINUTE, false }, { 8 * MS_HOUR, false } };
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		w.now = instant_add(NOW, rows[i].after);
		VISIT *again = world_revisit(&w, visit, "");
		ck_assert_int_eq(visitor_of(&w, again).has_session, rows[i].lives);
	}
	w.now = instant_add(NOW, 1);
	set_status(&w, anna, ACCOUNT_DISABLED);
	VISIT *disabled = world_revisit(&w, visit, "");
	ck_assert(!visitor_of(&w, disabled).has_session);
	set_status(&w, anna, ACCOUNT_ACTIVE);
	world_do(&w, "{\"command\":\"session.end\",\"args\":{\"login_name\":\"anna\"}}");
	VISIT *ended = world_revisit(&w, visit, "");
	ck_assert(!visitor_of(&w, ended).has_session);
}
END_TEST

struct ending {
	struct request *rq;
	struct id session;
};

static int end(struct txn *txn, void *arg)
{
	const struct ending *ending = arg;

	const struct unit_actor actor = unit_change_actor(ending->rq, (struct id){ { 0 } });

	return session_end(txn, &actor, ending->session);
}

/* Logged out in another tab between the proof and its transaction: what died with the session stays dead. */
START_TEST(ended_meanwhile)
{
	WORLD w;

	world_make(&w);
	struct id anna = make_account(&w, "anna").id;
	VISIT *first = world_visit(&w, "");
	ck_assert_int_eq(log_in(&w, first, anna), 0);
	VISIT *second = world_revisit(&w, first, "");
	struct session_proof proof = { .account = anna, .amr = { "pwd" }, .method = SPAN("password") };
	struct keeping keeping = { .rq = visit_request(second) };
	struct visitor visitor = visitor_of(&w, second);
	ck_assert_int_eq(session_prepare(keeping.rq, &visitor, &proof, &keeping.start), 0);
	struct ending ending = { keeping.rq, visitor.session.id };
	ck_assert_int_eq(store_update(w.store, end, &ending), 0);
	ck_assert_int_eq(store_update(w.store, keep, &keeping), ERR_INTERACTION_EXPIRED);
	ck_assert_uint_eq(world_count(&w, &KIND_SESSION), 0);
}
END_TEST

/* A client that got a code in another tab meanwhile is still told at logout. */
START_TEST(clients_are_kept)
{
	WORLD w;
	struct span web = SPAN("web");

	world_make(&w);
	struct id anna = make_account(&w, "anna").id;
	VISIT *first = world_visit(&w, "");
	ck_assert_int_eq(log_in(&w, first, anna), 0);
	VISIT *second = world_revisit(&w, first, "");
	struct session_proof proof = { .account = anna, .amr = { "pwd" }, .method = SPAN("password") };
	struct keeping keeping = { .rq = visit_request(second) };
	struct visitor visitor = visitor_of(&w, second);
	ck_assert_int_eq(session_prepare(keeping.rq, &visitor, &proof, &keeping.start), 0);
	struct session other_tab = visitor.session;
	other_tab.clients = (struct text_list){ &web, 1 };
	world_put(&w, &KIND_SESSION, &other_tab);
	ck_assert_int_eq(store_update(w.store, keep, &keeping), 0);
	struct session kept;
	ck_assert_int_eq(world_get(&w, &KIND_SESSION, keeping.start.session.id, &kept), 0);
	ck_assert_uint_eq(kept.clients.n, 1);
	ck_assert(!span_eq(kept.secret_hash, visitor.session.secret_hash));
}
END_TEST

/* ---- the whole login (interaction_proved), with whatever may fail */

static struct id make_interaction(struct world *w, struct visit *visit)
{
	struct interaction interaction;

	ck_assert_int_eq(interaction_begin(visit_request(visit), NULL, &interaction), 0);
	world_put(w, &KIND_INTERACTION, &interaction);
	return interaction.id;
}

struct reading {
	struct request *rq;
	struct id id;
	struct interaction interaction;
};

static int read_interaction(struct txn *txn, void *arg)
{
	struct reading *reading = arg;

	return interaction_load_id(txn, reading->rq, reading->id, &reading->interaction);
}

static int prove(struct world *w, struct visit *visit, struct id id, const struct session_proof *proof)
{
	struct reading reading = { .rq = visit_request(visit), .id = id };
	struct visitor visitor = { 0 };

	TRY(store_view(w->store, read_interaction, &reading));
	return interaction_proved(reading.rq, &reading.interaction, &visitor, proof, NULL, NULL);
}

static struct interaction interaction_of(struct world *w, struct id id)
{
	struct interaction interaction;

	ck_assert_int_eq(world_get(w, &KIND_INTERACTION, id, &interaction), 0);
	return interaction;
}

START_TEST(login_twice_run)
{
	WORLD w;

	world_make(&w);
	struct id anna = make_account(&w, "anna").id;
	VISIT *first = world_visit(&w, "");
	struct id id = make_interaction(&w, first);
	VISIT *visit = world_revisit(&w, first, "");
	size_t audits = world_count(&w, &KIND_AUDIT);
	store_fault_run_twice(w.store, true);
	ck_assert_int_eq(prove(&w, visit, id, &(struct session_proof){ .account = anna, .amr = { "pwd" }, .method = SPAN("password") }), 0);
	ck_assert_uint_eq(world_count(&w, &KIND_SESSION), 1);
	ck_assert_uint_eq(world_count(&w, &KIND_AUDIT), audits + 1);
	ck_assert(interaction_of(&w, id).reauthenticated);
	VISIT *after = world_revisit(&w, visit, "");
	ck_assert(visitor_of(&w, after).has_session);
	world_check(&w);
}
END_TEST

/* The interaction is another browser's. */
START_TEST(foreign)
{
	WORLD w;

	world_make(&w);
	struct id anna = make_account(&w, "anna").id;
	VISIT *first = world_visit(&w, "");
	struct id id = make_interaction(&w, first);
	VISIT *stranger = world_visit(&w, "");
	ck_assert_int_eq(prove(&w, stranger, id, &(struct session_proof){ .account = anna }), ERR_INTERACTION_FOREIGN);
	VISIT *other = world_visit(&w, "");
	(void)make_interaction(&w, other);
	VISIT *with_another_cookie = world_revisit(&w, other, "");
	ck_assert_int_eq(prove(&w, with_another_cookie, id, &(struct session_proof){ .account = anna }), ERR_INTERACTION_FOREIGN);
	ck_assert_uint_eq(world_count(&w, &KIND_SESSION), 0);
}
END_TEST

/* An upstream that only remembers does not meet prompt=login. */
START_TEST(remembered_upstream)
{
	static const struct {
		int64_t auth_time; /* before the interaction began */
		bool counts;
	} rows[] = { { 0, true }, { MS_MINUTE, true }, { MS_MINUTE + 1, false }, { MS_HOUR, false } };
	WORLD w;

	world_make(&w);
	struct id anna = make_account(&w, "anna").id;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		VISIT *first = world_visit(&w, "");
		struct id id = make_interaction(&w, first);
		VISIT *visit = world_revisit(&w, first, "");
		struct session_proof proof = { .account = anna, .method = SPAN("provider:up"), .auth_time = instant_add(NOW, -rows[i].auth_time) };

		ck_assert_int_eq(prove(&w, visit, id, &proof), 0);
		ck_assert_int_eq(interaction_of(&w, id).reauthenticated, rows[i].counts);
	}
}
END_TEST

static void must_be_all_or_nothing(struct world *w, struct id id, int result)
{
	size_t sessions = world_count(w, &KIND_SESSION);
	bool proved = id_is_set(interaction_of(w, id).account);

	ck_assert_msg((sessions == 1) == proved && sessions <= 1, "%zu sessions, the interaction is %sproved", sessions, proved ? "" : "not ");
	if (result == 0)
		ck_assert(proved);
}

START_TEST(store_faults)
{
	static const unsigned ops[] = { STORE_FAULT_VIEW | STORE_FAULT_UPDATE | STORE_FAULT_GET | STORE_FAULT_PUT | STORE_FAULT_DEL | STORE_FAULT_SCAN, STORE_FAULT_COMMIT,
					STORE_FAULT_LOST };
	int fired = 0;

	for (size_t o = 0; o < ARRAY_LEN(ops); o++)
		for (unsigned long k = 1; k < 200; k++) {
			WORLD w;

			world_make(&w);
			struct id anna = make_account(&w, "anna").id;
			VISIT *first = world_visit(&w, "");
			struct id id = make_interaction(&w, first);
			VISIT *visit = world_revisit(&w, first, "");
			store_fault_arm(w.store, ops[o], k, FAULT_STORE);
			int result = prove(&w, visit, id, &(struct session_proof){ .account = anna, .amr = { "pwd" }, .method = SPAN("password") });
			bool did = store_fault_fired(w.store);
			store_fault_arm(w.store, 0, 0, 0);
			must_be_all_or_nothing(&w, id, result);
			world_check(&w);
			if (!did)
				break;
			ck_assert_int_eq(result, FAULT_STORE);
			ck_assert_msg(!visit_cookie(visit, "session").n, "the browser got a session that is not acknowledged");
			fired++;
		}
	ck_assert_int_gt(fired, 8);
}
END_TEST

static void fail_every_allocation(bool in_update, unsigned long at_least)
{
	unsigned long k, failed = 0;
	WORLD w;

	world_make(&w);
	struct id anna = make_account(&w, "anna").id;
	for (k = 1; k < 300 && k - failed < 10; k++) {
		VISIT *first = world_visit(&w, "");
		struct id id = make_interaction(&w, first);
		VISIT *visit = world_revisit(&w, first, "");
		size_t sessions = world_count(&w, &KIND_SESSION);

		if (in_update)
			world_fail_updates(&w, k);
		else
			arena_fail_at(k);
		int result = prove(&w, visit, id, &(struct session_proof){ .account = anna, .amr = { "pwd" }, .method = SPAN("password") });
		arena_fail_at(0);
		if (in_update)
			world_fail_updates(&w, 0);
		if (result) {
			failed = k;
			ck_assert_int_eq(result, FAULT_MEMORY);
		}
		bool proved = id_is_set(interaction_of(&w, id).account);
		ck_assert(proved || world_count(&w, &KIND_SESSION) == sessions);
		ck_assert(proved || !in_update || result);
		if (!result)
			ck_assert(proved);
	}
	ck_assert_msg(failed >= at_least && k < 300, "the last allocation that failed is %lu", failed);
	world_check(&w);
}

START_TEST(allocations)
{
	fail_every_allocation(false, 5);
}
END_TEST

START_TEST(allocations_of_the_transaction)
{
	fail_every_allocation(true, 5);
}
END_TEST

int main(void)
{
	return suite_run("endpoint/session",
			 (struct suite_test[]){ SUITE_ONCE(same_account), SUITE_ONCE(series), SUITE_ONCE(other_account), SUITE_ONCE(too_many), SUITE_ONCE(gate), SUITE_ONCE(ends),
						SUITE_ONCE(ended_meanwhile), SUITE_ONCE(clients_are_kept), SUITE_ONCE(login_twice_run), SUITE_ONCE(foreign),
						SUITE_ONCE(remembered_upstream), SUITE_ONCE(store_faults), SUITE_ONCE(allocations), SUITE_ONCE(allocations_of_the_transaction), SUITE_END });
}
