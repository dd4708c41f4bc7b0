/* SPDX-License-Identifier: Apache-2.0 */
/* Real names in the store: what ends with a document's validity, and what an operator's word sets going. domain.md 1.5, M16 */
#include "broker/base/sys.h"
#include "broker/endpoint/realname_check.h"
#include "broker/identity/acr.h"
#include "broker/store/records_review.h"
#include "conf/config.h"
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
	TRY(realname_claim_newest(txn, &account, p->w->arena, &claim));
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

/* ---- each change is whole or nothing, whichever allocation fails */

struct change {
	struct proving p;
	struct verify_answer answer;
	struct account account; /* as read in the transaction */
	struct submission claim;
	struct legacy legacy; /* of an old system: with the same document */
	int status;
};

static int load_change(struct txn *txn, struct change *c)
{
	TRY(record_get(txn, &KIND_ACCOUNT, c->p.account.id, c->p.w->arena, &c->account));
	int result = realname_claim_newest(txn, &c->account, c->p.w->arena, &c->claim);
	return result == ERR_ABSENT ? 0 : result;
}

static int submit(struct txn *txn, void *arg)
{
	struct change *c = arg;
	struct unit_actor actor = actor_of(c->p.w);

	TRY(load_change(txn, c));
	return realname_change_submit(txn, &actor, &c->account, span_of(values));
}

static int settle(struct txn *txn, void *arg)
{
	struct change *c = arg;
	struct unit_actor actor = actor_of(c->p.w);

	TRY(load_change(txn, c));
	struct realname_asked asked = { .account = c->account.id, .claim = c->claim.id, .changed_at = c->claim.changed_at, .attempt = 1 };
	return realname_change_settle(txn, &actor, &asked, &c->answer, instant_add(c->p.w->now, MS_HOUR), false, &c->status);
}

static int review(struct txn *txn, void *arg)
{
	struct change *c = arg;
	struct unit_actor actor = actor_of(c->p.w);

	TRY(load_change(txn, c));
	return realname_change_review(txn, &actor, &c->account, &c->claim);
}

static int approve(struct txn *txn, void *arg)
{
	struct change *c = arg;
	struct unit_actor actor = actor_of(c->p.w);

	TRY(load_change(txn, c));
	return realname_change_approve(txn, &actor, c->account.id, c->claim.id);
}

static int reject(struct txn *txn, void *arg)
{
	struct change *c = arg;
	struct unit_actor actor = actor_of(c->p.w);

	TRY(load_change(txn, c));
	return realname_change_reject(txn, &actor, c->account.id, c->claim.id, SPAN("照片不清晰"));
}

static int expire(struct txn *txn, void *arg)
{
	struct change *c = arg;
	struct unit_actor actor = actor_of(c->p.w);

	TRY(load_change(txn, c));
	return realname_change_expire(txn, &actor, &c->account);
}

static int edit(struct txn *txn, void *arg)
{
	struct change *c = arg;
	struct unit_actor actor = actor_of(c->p.w);

	TRY(load_change(txn, c));
	TRY(realname_change_edited(txn, &actor, &c->account));
	return record_put(txn, &KIND_ACCOUNT, &c->account);
}

static int vouch(struct txn *txn, void *arg)
{
	struct change *c = arg;
	struct unit_actor actor = actor_of(c->p.w);

	TRY(load_change(txn, c));
	return realname_change_vouched(txn, &actor, &c->account, 3, SPAN("operator"));
}

static const struct fail_row {
	const char *name;
	struct {
		store_fn *fn;
		enum verify_outcome outcome; /* of settle */
		int status;                  /* then */
	} steps[8];
} fail_rows[] = {
	{ "verified: the grant that waited, the old account, the sessions, the day it ends", { { submit, 0, REALNAME_CHECKING }, { settle, VERIFY_MATCH, REALNAME_VERIFIED },
	  { expire, 0, REALNAME_EXPIRED }, { edit, 0, REALNAME_NONE } } },
	{ "not the same: reviewed, rejected, claimed anew, put off", { { submit, 0, REALNAME_CHECKING }, { settle, VERIFY_MISMATCH, REALNAME_FAILED },
	  { review, 0, REALNAME_MANUAL_PENDING }, { reject, 0, REALNAME_FAILED }, { submit, 0, REALNAME_CHECKING }, { settle, VERIFY_UNAVAILABLE, REALNAME_DEFERRED } } },
	{ "nobody can say: reviewed, approved, then vouched for", { { submit, 0, REALNAME_CHECKING }, { settle, VERIFY_NOT_CHECKABLE, REALNAME_MANUAL_PENDING },
	  { review, 0, REALNAME_MANUAL_PENDING }, { approve, 0, REALNAME_VERIFIED }, { vouch, 0, REALNAME_VERIFIED } } },
};

static int begin_change(struct txn *txn, void *arg)
{
	struct change *c = arg;

	c->legacy = (struct legacy){ .id = sys_new_id(NOW), .source = SPAN("torch"), .legacy_id = SPAN("h1"), .kind = SPAN("individual"), .id_type = SPAN("111"),
				     .id_number = SPAN("11010519491231002X") };
	TRY(record_put(txn, &KIND_LEGACY, &c->legacy));
	TRY(record_put(txn, &KIND_SESSION, &c->p.session));
	return grant_in_advance(txn, &c->p);
}

static int find_binding(struct txn *txn, void *arg)
{
	struct change *c = arg;
	struct binding probe = { .legacy = c->legacy.id, .status = BINDING_BOUND }, binding;

	TRY(record_find(txn, &KIND_BINDING, BINDING_BY_LEGACY, &probe, c->p.w->arena, &binding));
	ck_assert(id_eq(binding.account, c->p.account.id));
	ck_assert(span_is(binding.method, "document"));
	ck_assert_int_eq(binding.level, 2);
	return 0;
}

START_TEST(every_allocation_of_a_change)
{
	const struct fail_row *row = &fail_rows[_i];
	struct change c = { 0 };
	bool was_verified = false;
	WORLD w;

	world_make(&w);
	((struct config_legacy_source *)(uintptr_t)config_legacy_source(w.config, SPAN("torch")))->accounts = CONFIG_LEGACY_CLAIM;
	c.p.w = &w;
	world_do(&w, "{\"command\":\"account.add\",\"args\":{\"login_name\":\"zhang\"}}");
	ck_assert(world_account(&w, NAMESPACE_NATURAL, "zhang", &c.p.account));
	c.p.session = (struct session){ .id = record_expiring_id(instant_add(w.now, MS_DAY)), .account = c.p.account.id, .method = SPAN("password"), .acr = ACR_PHONE };
	ck_assert_int_eq(store_update(w.store, begin_change, &c), 0);
	for (size_t i = 0; i < ARRAY_LEN(row->steps) && row->steps[i].fn; i++) {
		c.answer = (struct verify_answer){ .outcome = row->steps[i].outcome, .level = 2, .method = SPAN("registry") };
		w.now = instant_add(w.now, MS_SECOND);
		world_fail_each(&w, row->steps[i].fn, &c, 2);
		ck_assert(world_account(&w, NAMESPACE_NATURAL, "zhang", &c.p.account));
		ROW_INT(row->name, c.p.account.realname_status, row->steps[i].status);
		ck_assert_int_eq(world_get(&w, &KIND_SESSION, c.p.session.id, &c.p.session), 0);
		was_verified |= c.p.account.realname_status == REALNAME_VERIFIED;
		ck_assert_int_eq(store_view(w.store, find_binding, &c), was_verified ? 0 : ERR_ABSENT);
		ck_assert_int_eq(c.p.account.profile, was_verified ? PROFILE_INDIVIDUAL : PROFILE_NONE); /* the old account says what they are */
		ck_assert_int_eq(c.p.session.acr, c.p.account.realname_status == REALNAME_VERIFIED ? c.p.account.realname_level : ACR_PHONE);
		world_check(&w);
	}
}
END_TEST

int main(void)
{
	return suite_run("endpoint/realname", (struct suite_test[]){ SUITE_ONCE(validity_ends_the_verification),
								     SUITE_ONCE(validity_is_looked_at_again_where_it_ends_nothing),
								     SUITE_ONCE(an_earlier_document_ends_nothing),
								     SUITE_ONCE(the_operators_word_puts_in_force_what_was_granted_in_advance),
								     SUITE_LOOP(every_allocation_of_a_change, ARRAY_LEN(fail_rows)), SUITE_END });
}
