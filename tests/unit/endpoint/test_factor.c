/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The second factor: what is offered belongs to one interaction, a code and a recovery code work once, wrong ones are counted, whatever fails leaves
 * the factor and the session as they were; and its page wants a fresh login. ASVS 6.3, 6.5, 7.5.1
 */
#include "broker/endpoint/factor.h"

#include "broker/base/sys.h"
#include "broker/endpoint/endpoint.h"
#include "broker/store/records_staff.h"
#include "broker/store/records_system.h"
#include "conf/config.h"
#include "keys/totp.h"
#include "tests/unit/endpoint/fixture.h"

static const char secret[TOTP_SECRET + 1] = "12345678901234567890";
static const char other_secret[TOTP_SECRET + 1] = "09876543210987654321";

struct using {
	struct world *w;
	struct id account, interaction;
	struct span secret, code;
	char recovery[FACTOR_RECOVERY_CODES][FACTOR_RECOVERY_TEXT];
	struct factor factor;
};

static struct id make_account(struct world *w, const char *login)
{
	struct account account;

	world_do(w, arena_printf(w->arena, "{\"command\":\"account.add\",\"args\":{\"login_name\":\"%s\"}}", login));
	ck_assert(world_account(w, NAMESPACE_NATURAL, login, &account));
	((struct config *)(uintptr_t)w->config)->staff.factor_tries = 0; /* as often as memory may fail */
	return account.id;
}

/* The code of @steps from now. */
static struct span code_of(struct world *w, const char *of, int steps)
{
	char *code = arena_alloc(w->arena, TOTP_DIGITS + 1);

	ck_assert_int_eq(totp_code(span_of(of), totp_step(w->now) + steps, code), 0);
	return span_of(code);
}

static int offer(struct txn *txn, void *arg)
{
	struct using *u = arg;

	return factor_offer(txn, u->w->arena, u->account, u->interaction, u->secret, u->w->now, &u->factor);
}

static int confirm(struct txn *txn, void *arg)
{
	struct using *u = arg;

	return factor_confirm(txn, u->w->seal, u->w->arena, u->account, u->interaction, u->code, u->recovery, u->w->now);
}

static int use(struct txn *txn, void *arg)
{
	struct using *u = arg;

	return factor_use(txn, u->w->arena, u->account, u->code, u->w->now);
}

static int use_recovery(struct txn *txn, void *arg)
{
	struct using *u = arg;

	return factor_use_recovery(txn, u->w->seal, u->w->arena, u->account, u->code);
}

static int renew(struct txn *txn, void *arg)
{
	struct using *u = arg;

	return factor_renew(txn, u->w->seal, u->w->arena, u->account, u->recovery);
}

static int reset(struct txn *txn, void *arg)
{
	struct using *u = arg;

	return factor_reset(txn, u->w->arena, u->account);
}

static int find(struct txn *txn, void *arg)
{
	struct using *u = arg;

	return factor_find(txn, u->w->arena, u->account, &u->factor);
}

static int update(struct using *u, store_fn *fn)
{
	return store_update(u->w->store, fn, u);
}

/* Somebody who has confirmed theirs, with the code of the step before now. */
static struct using begin(struct world *w)
{
	world_make(w);
	struct using u = { .w = w, .account = make_account(w, "anna"), .interaction = { { 7 } }, .secret = span_of(secret), .code = code_of(w, secret, -1) };

	factor_new_recovery(u.recovery);
	ck_assert_int_eq(update(&u, offer), 0);
	ck_assert_int_eq(update(&u, confirm), 0);
	ck_assert_int_eq(update(&u, find), 0);
	ck_assert_uint_eq(u.factor.recovery.n, FACTOR_RECOVERY_CODES);
	return u;
}

START_TEST(what_is_offered)
{
	WORLD w;

	world_make(&w);
	struct using u = { .w = &w, .account = make_account(&w, "anna"), .interaction = { { 7 } }, .secret = span_of(secret) };
	ck_assert_int_eq(update(&u, offer), 0);
	u.secret = span_of(other_secret);
	ck_assert_int_eq(update(&u, offer), 0);
	ck_assert(span_is(u.factor.secret, secret)); /* the same to the page that is loaded again */
	ck_assert_int_eq(update(&u, find), ERR_ABSENT);
	u.code = code_of(&w, other_secret, 0);
	ck_assert_int_eq(update(&u, confirm), ERR_SECOND_FACTOR);
	u.interaction = (struct id){ { 8 } }; /* another tab: another secret, and the first is worth nothing */
	ck_assert_int_eq(update(&u, offer), 0);
	ck_assert(span_is(u.factor.secret, other_secret));
	ck_assert_uint_eq(world_count(&w, &KIND_FACTOR), 1);
	u.interaction = (struct id){ { 7 } };
	ck_assert_int_eq(update(&u, confirm), ERR_INTERACTION_EXPIRED);
	struct using stranger = { .w = &w, .account = make_account(&w, "bert"), .interaction = { { 8 } }, .secret = span_of(secret), .code = u.code };
	ck_assert_int_eq(update(&stranger, offer), ERR_INTERACTION_EXPIRED);
	ck_assert_int_eq(update(&stranger, confirm), ERR_INTERACTION_EXPIRED);
	u.interaction = (struct id){ { 8 } };
	ck_assert_int_eq(update(&u, confirm), 0);
	ck_assert_int_eq(update(&u, confirm), ERR_INTERACTION_EXPIRED); /* a second click */
	ck_assert_int_eq(update(&u, find), 0);
	world_check(&w);
}
END_TEST

START_TEST(codes_work_once)
{
	WORLD w;
	struct using u = begin(&w);

	ck_assert_int_eq(update(&u, use), ERR_SECOND_FACTOR); /* it enrolled with that one */
	u.code = code_of(&w, secret, 0);
	ck_assert_int_eq(update(&u, use), 0);
	ck_assert_int_eq(update(&u, use), ERR_SECOND_FACTOR);
	u.code = code_of(&w, secret, -1);
	ck_assert_int_eq(update(&u, use), ERR_SECOND_FACTOR); /* no earlier one either */
	u.code = span_of(u.recovery[4]);
	ck_assert_int_eq(update(&u, use), ERR_SECOND_FACTOR);
	ck_assert_int_eq(update(&u, use_recovery), 0);
	ck_assert_int_eq(update(&u, use_recovery), ERR_SECOND_FACTOR);
	u.code = SPAN("");
	ck_assert_int_eq(update(&u, use_recovery), ERR_SECOND_FACTOR);
	char old[FACTOR_RECOVERY_TEXT];
	memcpy(old, u.recovery[5], sizeof old);
	factor_new_recovery(u.recovery);
	ck_assert_int_eq(update(&u, renew), 0);
	u.code = span_of(old);
	ck_assert_int_eq(update(&u, use_recovery), ERR_SECOND_FACTOR);
	u.code = span_of(u.recovery[0]);
	ck_assert_int_eq(update(&u, use_recovery), 0);
	ck_assert_int_eq(update(&u, find), 0);
	ck_assert_uint_eq(u.factor.recovery.n, FACTOR_RECOVERY_CODES - 1);
	ck_assert_int_eq(update(&u, reset), 0);
	ck_assert_int_eq(update(&u, renew), ERR_ABSENT);
	ck_assert_int_eq(update(&u, use), ERR_SECOND_FACTOR);
	world_check(&w);
}
END_TEST

static int count_try(struct txn *txn, void *arg)
{
	struct using *u = arg;
	struct factor_tries tries = factor_tries(u->w->config, u->account);
	int result = factor_tries_count(txn, &tries, u->w->now);

	ck_assert_int_eq(tries.wait > 0, result == ERR_TOO_MANY);
	return result;
}

static int forget_tries(struct txn *txn, void *arg)
{
	struct using *u = arg;
	struct factor_tries tries = factor_tries(u->w->config, u->account);

	return factor_tries_forget(txn, &tries, u->w->now);
}

START_TEST(wrong_codes_are_counted)
{
	WORLD w;
	struct using u = begin(&w);

	((struct config *)(uintptr_t)w.config)->staff.factor_tries = 3;
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(update(&u, count_try), 0);
	ck_assert_int_eq(update(&u, count_try), ERR_TOO_MANY);
	ck_assert_int_eq(update(&u, forget_tries), 0);
	ck_assert_int_eq(update(&u, count_try), 0);
}
END_TEST

START_TEST(allocations_of_the_rules)
{
	WORLD w;

	world_make(&w);
	struct using u = { .w = &w, .account = make_account(&w, "anna"), .interaction = { { 7 } }, .secret = span_of(secret), .code = code_of(&w, secret, -1) };
	factor_new_recovery(u.recovery);
	world_fail_each(&w, offer, &u, 1);
	world_fail_each(&w, confirm, &u, 10);
	u.code = code_of(&w, secret, 0);
	world_fail_each(&w, use, &u, 2);
	ck_assert_int_eq(update(&u, use), ERR_SECOND_FACTOR);
	u.code = span_of(u.recovery[2]);
	world_fail_each(&w, use_recovery, &u, 2);
	ck_assert_int_eq(update(&u, use_recovery), ERR_SECOND_FACTOR);
	factor_new_recovery(u.recovery);
	world_fail_each(&w, renew, &u, 10);
	ck_assert_int_eq(update(&u, find), 0);
	ck_assert_uint_eq(u.factor.recovery.n, FACTOR_RECOVERY_CODES);
	world_fail_each(&w, reset, &u, 1);
	ck_assert_int_eq(update(&u, find), ERR_ABSENT);
	world_check(&w);
}
END_TEST

/* ---- the pages, where they answer with the way on */

/* The factor as it was: no code used. */
static void restore(struct using *u)
{
	ck_assert_int_eq(update(u, reset), 0);
	u->factor = (struct factor){ .id = sys_new_id(u->w->now), .account = u->account, .type = SPAN("totp"), .secret = span_of(secret), .last_step = -1,
				     .created_at = u->w->now, .confirmed_at = u->w->now };
	world_put(u->w, &KIND_FACTOR, &u->factor);
}

/* An interaction in which @account has shown its password. */
static struct id begin_interaction(struct world *w, struct visit *visit, struct id account, struct span *ret_text)
{
	struct span pwd = SPAN("pwd");
	struct interaction interaction;

	ck_assert_int_eq(interaction_begin(visit_request(visit), NULL, &interaction), 0);
	interaction.account = account;
	interaction.method = SPAN("password");
	interaction.proof_amr = (struct text_list){ &pwd, 1 };
	interaction.proof_at = w->now;
	world_put(w, &KIND_INTERACTION, &interaction);
	ck_assert_int_eq(interaction_text(visit_request(visit), interaction.id, ret_text), 0);
	*ret_text = arena_dup(w->arena, *ret_text);
	return interaction.id;
}

static bool is_used(struct using *u)
{
	ck_assert_int_eq(update(u, find), 0);
	return u->factor.last_step >= 0;
}

static void fail_login(bool in_update, unsigned long at_least)
{
	unsigned long k, failed = 0;
	WORLD w;
	struct using u = begin(&w);
	struct span code = code_of(&w, secret, 0), id_text;

	for (k = 1; k < 500 && k - failed < 10; k++) {
		restore(&u);
		VISIT *first = world_visit(&w, "");
		struct id id = begin_interaction(&w, first, u.account, &id_text);
		VISIT *visit = world_revisit(&w, first, arena_printf(w.arena, "interaction=" SPAN_FMT "&code=" SPAN_FMT, SPAN_ARG(id_text), SPAN_ARG(code)));
		struct interaction after;

		int result = world_fail_once(&w, endpoint_second_factor, visit, in_update, k);
		failed = result ? k : failed;
		ck_assert_int_eq(world_get(&w, &KIND_INTERACTION, id, &after), 0);
		ck_assert_int_eq(is_used(&u), id_is_set(after.session)); /* a code is used up for a session, or not at all */
		ck_assert(result || id_is_set(after.session));
		ck_assert_msg(result || visit_cookie(visit, "session").n, "proved, and not told");
	}
	ck_assert_msg(failed >= at_least && k < 500, "the last allocation that failed is %lu", failed);
	world_check(&w);
}

START_TEST(allocations_of_a_login)
{
	fail_login(false, 10);
}
END_TEST

START_TEST(allocations_of_a_login_in_its_transactions)
{
	fail_login(true, 10);
}
END_TEST

struct logging_in {
	struct request *rq;
	struct session_start start;
};

static int keep_session(struct txn *txn, void *arg)
{
	struct logging_in *l = arg;

	return session_keep(txn, l->rq, &l->start);
}

static void log_in(struct world *w, struct visit *visit, struct id account)
{
	struct logging_in l = { .rq = visit_request(visit) };
	struct visitor nobody = { 0 };

	ck_assert_int_eq(session_prepare(l.rq, &nobody, &(struct session_proof){ .account = account, .amr = { "pwd" }, .method = SPAN("password") }, &l.start), 0);
	ck_assert_int_eq(store_update(w->store, keep_session, &l), 0);
	session_send(l.rq, &l.start);
}

static void fail_removal(bool in_update, unsigned long at_least)
{
	unsigned long k, failed = 0;
	WORLD w;
	struct using u = begin(&w);
	char *form = arena_printf(w.arena, "act=remove&code=" SPAN_FMT, SPAN_ARG(code_of(&w, secret, 0)));

	for (k = 1; k < 500 && k - failed < 10; k++) {
		restore(&u);
		VISIT *first = world_visit(&w, "");
		log_in(&w, first, u.account);
		VISIT *visit = world_revisit(&w, first, form);
		size_t audits = world_count(&w, &KIND_AUDIT);

		int result = world_fail_once(&w, endpoint_account_factor, visit, in_update, k);
		failed = result ? k : failed;
		bool gone = update(&u, find) == ERR_ABSENT;
		ck_assert(gone || result);
		ck_assert_uint_eq(world_count(&w, &KIND_AUDIT), audits + gone);
		ck_assert(gone || !is_used(&u));
	}
	ck_assert_msg(failed >= at_least && k < 500, "the last allocation that failed is %lu", failed);
	world_check(&w);
}

START_TEST(allocations_of_the_removal)
{
	fail_removal(false, 5);
}
END_TEST

START_TEST(allocations_of_the_removal_in_its_transactions)
{
	fail_removal(true, 10);
}
END_TEST

/* Where an open browser that proved who it is @age ago is sent, who asks for @form (NULL: to look). */
static struct span sent_to(struct world *w, struct id account, const char *form, int64_t age)
{
	struct world later = *w;

	VISIT *first = world_visit(w, "");
	log_in(w, first, account);
	later.now = instant_add(w->now, age);
	VISIT *visit = world_revisit(&later, first, form ? form : "");
	visit_request(visit)->method = form ? METHOD_POST : METHOD_GET;
	ck_assert_int_eq(endpoint_account_factor(visit_request(visit)), 0);
	return arena_dup(w->arena, visit_header(visit, "Location"));
}

START_TEST(an_open_browser_is_not_enough)
{
	WORLD w;
	struct using u = begin(&w);
	const int64_t stale = 5 * MS_MINUTE + 1;
	char *remove = arena_printf(w.arena, "act=remove&code=" SPAN_FMT, SPAN_ARG(code_of(&w, secret, 10)));

	ck_assert(span_starts(sent_to(&w, u.account, NULL, stale), SPAN("/login?interaction=")));
	ck_assert(span_starts(sent_to(&w, u.account, remove, stale), SPAN("/login?interaction=")));
	ck_assert_int_eq(update(&u, find), 0);
	/* Who was looking for an app meanwhile finishes what was begun. */
	ck_assert(span_is(sent_to(&w, u.account, "act=enrol&code=123456", stale), "/account/second-factor"));
	u.code = code_of(&w, secret, 0);
	ck_assert(span_is(sent_to(&w, u.account, arena_printf(w.arena, "act=remove&code=" SPAN_FMT, SPAN_ARG(u.code)), 0), "/account/second-factor"));
	ck_assert_int_eq(update(&u, find), ERR_ABSENT);
}
END_TEST

int main(void)
{
	return suite_run("endpoint/factor",
			 (struct suite_test[]){ SUITE_ONCE(what_is_offered), SUITE_ONCE(codes_work_once), SUITE_ONCE(wrong_codes_are_counted), SUITE_ONCE(allocations_of_the_rules),
						SUITE_ONCE(allocations_of_a_login), SUITE_ONCE(allocations_of_a_login_in_its_transactions),
						SUITE_ONCE(allocations_of_the_removal), SUITE_ONCE(allocations_of_the_removal_in_its_transactions),
						SUITE_ONCE(an_open_browser_is_not_enough), SUITE_END });
}
