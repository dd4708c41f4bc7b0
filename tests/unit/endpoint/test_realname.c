/* SPDX-License-Identifier: Apache-2.0 */
/* Real names in the store: what ends with a document's validity, and what an operator's word sets going. domain.md 1.5, M16 */
#include "broker/base/sys.h"
#include "broker/endpoint/realname_check.h"
#include "broker/identity/acr.h"
#include "tests/unit/endpoint/fixture.h"

#define END (5 * MS_DAY + 8 * MS_HOUR) /* NOW is 2027-01-15 16:00 in China: to the end of the 20th */
static const char values[] = "{\"name\":\"张三\",\"id_type\":\"111\",\"id_number\":\"11010519491231002X\",\"id_valid_to\":\"2027-01-20\"}";

struct proving {
	struct world *w;
	struct account account;
	struct session session;
	struct realname_due due;
	struct grant grant;
	size_t n_due;
};

static struct unit_actor actor_of(struct world *w)
{
	return (struct unit_actor){ .config = w->config, .now = w->now, .arena = w->arena };
}

static int prove(struct txn *txn, void *arg)
{
	struct proving *p = arg;
	struct unit_actor actor = actor_of(p->w);
	struct verify_answer match = { .outcome = VERIFY_MATCH, .level = 2, .method = SPAN("registry") };
	struct account account;
	struct submission claim;
	int status;

	TRY(record_get(txn, &KIND_ACCOUNT, p->account.id, p->w->arena, &account));
	TRY(realname_change_submit(txn, &actor, &account, span_of(values)));
	TRY(realname_change_claim(txn, &account, p->w->arena, &claim));
	struct realname_asked asked = { .account = account.id, .claim = claim.id, .changed_at = claim.changed_at, .attempt = 1 };
	TRY(record_put(txn, &KIND_SESSION, &p->session));
	return realname_change_settle(txn, &actor, &asked, &match, p->w->now, false, &status);
}

static int take_expiry(const void *record, void *arg)
{
	const struct realname_due *due = record;
	struct proving *p = arg;

	if (due->what != REALNAME_DUE_EXPIRE)
		return 0;
	p->due = *due;
	p->n_due++;
	return 0;
}

static int find_expiry(struct txn *txn, void *arg)
{
	struct proving *p = arg;

	p->n_due = 0;
	return record_scan(txn, &KIND_REALNAME_DUE, (struct id){ { 0 } }, p->w->arena, take_expiry, p);
}

static void begin(struct world *w, struct proving *p)
{
	world_make(w);
	*p = (struct proving){ .w = w };
	world_do(w, "{\"command\":\"account.add\",\"args\":{\"login_name\":\"zhang\"}}");
	ck_assert(world_account(w, NAMESPACE_NATURAL, "zhang", &p->account));
	p->session = (struct session){ .id = record_expiring_id(instant_add(w->now, MS_DAY)), .account = p->account.id, .method = SPAN("password"), .acr = ACR_PHONE };
	ck_assert_int_eq(store_update(w->store, prove, p), 0);
	ck_assert_int_eq(world_get(w, &KIND_SESSION, p->session.id, &p->session), 0);
	ck_assert_int_eq(p->session.acr, 2);
	ck_assert_int_eq(store_view(w->store, find_expiry, p), 0);
	ck_assert_uint_eq(p->n_due, 1);
}

/* Its time has come. */
static int fall_due(struct world *w, struct proving *p)
{
	w->now = instant_add(NOW, END);
	struct unit_actor actor = actor_of(w);
	ck_assert_int_eq(realname_check_due(&w->settings, &actor, &p->due, MS_SECOND), 0);
	ck_assert(world_account(w, NAMESPACE_NATURAL, "zhang", &p->account));
	ck_assert_int_eq(store_view(w->store, find_expiry, p), 0);
	return p->account.realname_status;
}

static void set_expire(struct world *w, bool expire)
{
	((struct config *)(uintptr_t)w->config)->realname.expire = expire;
}

START_TEST(validity_ends_the_verification)
{
	struct proving p;
	WORLD w;

	begin(&w, &p);
	set_expire(&w, true);
	ck_assert_int_eq(record_expiry(p.due.id).ms, instant_add(NOW, END).ms);
	ck_assert_int_eq(fall_due(&w, &p), REALNAME_EXPIRED);
	ck_assert_uint_eq(p.n_due, 0);
	ck_assert_int_eq(world_get(&w, &KIND_SESSION, p.session.id, &p.session), 0);
	ck_assert_int_eq(p.session.acr, ACR_PHONE); /* also for who is logged in */
	world_check(&w);
}
END_TEST

START_TEST(validity_is_looked_at_again_where_it_ends_nothing)
{
	struct proving p;
	WORLD w;

	begin(&w, &p);
	set_expire(&w, false);
	ck_assert_int_eq(fall_due(&w, &p), REALNAME_VERIFIED);
	ck_assert_uint_eq(p.n_due, 1); /* the operator may change their mind */
	ck_assert_int_eq(record_expiry(p.due.id).ms, instant_add(w.now, MS_DAY).ms);
	world_check(&w);
}
END_TEST

START_TEST(an_earlier_document_ends_nothing)
{
	struct proving p;
	WORLD w;

	begin(&w, &p);
	set_expire(&w, true);
	w.now = instant_add(w.now, MS_DAY);
	world_do(&w, "{\"command\":\"account.set\",\"args\":{\"login_name\":\"zhang\",\"realname_level\":3}}");
	ck_assert_int_eq(fall_due(&w, &p), REALNAME_VERIFIED);
	ck_assert_uint_eq(p.n_due, 0);
	ck_assert_int_eq(p.account.realname_level, 3);
	world_check(&w);
}
END_TEST

static int grant_in_advance(struct txn *txn, void *arg)
{
	struct proving *p = arg;

	p->grant = (struct grant){ .id = sys_new_id(NOW), .account = p->account.id, .subsystem = SPAN("gaoqi"), .status = GRANT_PRE_GRANTED, .since = NOW };
	return record_put(txn, &KIND_GRANT, &p->grant);
}

START_TEST(the_operators_word_puts_in_force_what_was_granted_in_advance)
{
	struct proving p;
	WORLD w;

	world_make(&w);
	p = (struct proving){ .w = &w };
	world_do(&w, "{\"command\":\"account.add\",\"args\":{\"login_name\":\"zhang\"}}");
	ck_assert(world_account(&w, NAMESPACE_NATURAL, "zhang", &p.account));
	ck_assert_int_eq(store_update(w.store, grant_in_advance, &p), 0);
	world_do(&w, "{\"command\":\"account.set\",\"args\":{\"login_name\":\"zhang\",\"name\":\"张三\"}}");
	ck_assert_int_eq(world_get(&w, &KIND_GRANT, p.grant.id, &p.grant), 0);
	ck_assert_int_eq(p.grant.status, GRANT_PRE_GRANTED);
	world_do(&w, "{\"command\":\"account.set\",\"args\":{\"login_name\":\"zhang\",\"realname_level\":2}}");
	ck_assert_int_eq(world_get(&w, &KIND_GRANT, p.grant.id, &p.grant), 0);
	ck_assert_int_eq(p.grant.status, GRANT_ACTIVE);
	world_check(&w);
}
END_TEST

int main(void)
{
	return suite_run("endpoint/realname", (struct suite_test[]){ SUITE_ONCE(validity_ends_the_verification),
								     SUITE_ONCE(validity_is_looked_at_again_where_it_ends_nothing),
								     SUITE_ONCE(an_earlier_document_ends_nothing),
								     SUITE_ONCE(the_operators_word_puts_in_force_what_was_granted_in_advance), SUITE_END });
}
