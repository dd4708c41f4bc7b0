/* SPDX-License-Identifier: Apache-2.0 */
/* Units in the store: the search index follows every change, and what hangs on a membership ends with it. */
#include "broker/base/sys.h"
#include "broker/endpoint/unit_change.h"
#include "broker/endpoint/unit_index.h"
#include "tests/unit/endpoint/fixture.h"

#define A "91350100M000100Y43"
#define B "91110108MA01ET88XL"

struct asking {
	struct span text;
	enum unit_index_mode mode;
	struct arena *arena;
	struct unit units[8];
	size_t n, max;
	bool more;
};

static int ask(struct txn *txn, void *arg)
{
	struct asking *asking = arg;

	return unit_index_search(txn, asking->text, asking->mode, asking->max, asking->arena, asking->units, &asking->n, &asking->more);
}

static size_t found(struct world *w, const char *text, enum unit_index_mode mode, size_t max, bool *ret_more)
{
	struct asking asking = { .text = span_of(text), .mode = mode, .arena = w->arena, .max = max };

	ck_assert_int_eq(store_view(w->store, ask, &asking), 0);
	*ret_more = asking.more;
	return asking.n;
}

static void expect(struct world *w, const char *text, size_t whole, size_t part)
{
	bool more;

	ck_assert_msg(found(w, text, UNIT_INDEX_WHOLE, 8, &more) == whole && !more, "%s: whole", text);
	ck_assert_msg(found(w, text, UNIT_INDEX_PART, 8, &more) == part && !more, "%s: part", text);
}

START_TEST(the_index_follows)
{
	WORLD w;
	size_t before;

	world_make(&w);
	before = world_count(&w, &KIND_UNIT_GRAM);
	world_do(&w, "{\"command\":\"unit.add\",\"args\":{\"uscc\":\"" A "\",\"name\":\"嘉兴（市）科技有限公司\"}}");
	world_do(&w, "{\"command\":\"unit.add\",\"args\":{\"uscc\":\"" B "\",\"name\":\"嘉善科技有限公司\"}}");
	expect(&w, "嘉兴(市)科技有限公司", 1, 1);
	expect(&w, "嘉兴 （市） 科技有限公司", 1, 1);
	expect(&w, "科技有限", 0, 2);
	expect(&w, "兴(市)科", 0, 1);
	expect(&w, "嘉科", 0, 0);
	expect(&w, A, 1, 1);
	expect(&w, "0000100Y", 0, 0);
	expect(&w, "M000100y", 0, 1);
	/* pairs that all stand in the name, in another order */
	expect(&w, "公司科技", 0, 0);
	world_do(&w, "{\"command\":\"unit.set\",\"args\":{\"uscc\":\"" A "\",\"name\":\"平湖农业有限公司\"}}");
	expect(&w, "嘉兴(市)科技有限公司", 0, 0);
	expect(&w, "科技有限", 0, 1);
	expect(&w, "平湖", 0, 1);
	world_do(&w, "{\"command\":\"unit.suspend\",\"args\":{\"uscc\":\"" A "\"}}");
	expect(&w, "平湖农业有限公司", 0, 0);
	expect(&w, A, 0, 0);
	world_do(&w, "{\"command\":\"unit.resume\",\"args\":{\"uscc\":\"" A "\"}}");
	expect(&w, "平湖农业有限公司", 1, 1);
	world_do(&w, "{\"command\":\"unit.dissolve\",\"args\":{\"uscc\":\"" A "\"}}");
	world_do(&w, "{\"command\":\"unit.dissolve\",\"args\":{\"uscc\":\"" B "\"}}");
	expect(&w, "有限公司", 0, 0);
	ck_assert_int_eq(world_count(&w, &KIND_UNIT_GRAM), before);
	world_check(&w);
}
END_TEST

START_TEST(no_more_than_asked_for)
{
	WORLD w;
	bool more;

	world_make(&w);
	world_do(&w, "{\"command\":\"unit.add\",\"args\":{\"uscc\":\"" A "\",\"name\":\"甲科技有限公司\"}}");
	world_do(&w, "{\"command\":\"unit.add\",\"args\":{\"uscc\":\"" B "\",\"name\":\"乙科技有限公司\"}}");
	ck_assert_int_eq(found(&w, "科技", UNIT_INDEX_PART, 1, &more), 1);
	ck_assert(more);
	ck_assert_int_eq(found(&w, "科技", UNIT_INDEX_PART, 2, &more), 2);
	ck_assert(!more);
}
END_TEST

/* ---- what ends with a membership */

struct ending {
	struct world *w;
	struct id account, unit;
	struct session session;
	struct membership membership;
};

static int prepare(struct txn *txn, void *arg)
{
	struct ending *e = arg;
	struct unit_actor actor = { .config = e->w->config, .now = e->w->now, .arena = e->w->arena };
	struct membership probe = { .account = e->account, .unit = e->unit };

	TRY(unit_change_appoint(txn, &actor, e->account, e->unit, MEMBERSHIP_ROLE_MEMBER));
	TRY(unit_change_grant(txn, &actor, e->account, e->unit, SPAN("gaoqi"), GRANT_ON_GRANT));
	TRY(unit_change_grant(txn, &actor, e->account, e->unit, SPAN("kexiao"), GRANT_ON_PRE_GRANT));
	TRY(unit_change_grant(txn, &actor, e->account, (struct id){ { 0 } }, SPAN("own"), GRANT_ON_GRANT));
	TRY(record_find(txn, &KIND_MEMBERSHIP, MEMBERSHIP_BY_PAIR, &probe, e->w->arena, &e->membership));
	return record_put(txn, &KIND_SESSION, &e->session);
}

static int leave(struct txn *txn, void *arg)
{
	struct ending *e = arg;
	struct unit_actor actor = { .config = e->w->config, .now = instant_add(e->w->now, 5), .arena = e->w->arena };
	struct membership membership = e->membership;

	return unit_change_membership(txn, &actor, &membership, MEMBERSHIP_ON_LEAVE, (struct span){ NULL, 0 });
}

static int count_live(const void *record, void *arg)
{
	const struct grant *grant = record;

	*(size_t *)arg += grant->status != GRANT_REVOKED;
	return 0;
}

static int live_grants(struct txn *txn, void *arg)
{
	struct ending *e = arg;
	struct grant probe = { .account = e->account };
	size_t n = 0;

	TRY(record_each(txn, &KIND_GRANT, GRANT_BY_ACCOUNT, &probe, e->w->arena, count_live, &n));
	return n == 1 ? 0 : ERR_CONFLICT;
}

START_TEST(an_ended_membership_takes_along)
{
	WORLD w;
	struct account account, boss;
	struct ending e = { .w = &w };
	struct session session;

	world_make(&w);
	world_do(&w, "{\"command\":\"unit.add\",\"args\":{\"uscc\":\"" A "\",\"name\":\"甲\"}}");
	world_do(&w, "{\"command\":\"account.add\",\"args\":{\"login_name\":\"ann\"}}");
	world_do(&w, "{\"command\":\"account.add\",\"args\":{\"login_name\":\"boss\",\"namespace\":\"legal\",\"unit\":\"" A "\"}}");
	ck_assert(world_account(&w, NAMESPACE_NATURAL, "ann", &account) && world_account(&w, NAMESPACE_LEGAL, "boss", &boss));
	e.account = account.id;
	e.unit = boss.unit;
	e.session = (struct session){ .id = record_expiring_id(instant_add(w.now, MS_HOUR)), .account = account.id, .acting_unit = boss.unit, .created_at = w.now };
	ck_assert_int_eq(store_update(w.store, prepare, &e), 0);
	ck_assert_int_eq(store_update(w.store, leave, &e), 0);
	ck_assert_int_eq(store_view(w.store, live_grants, &e), 0);
	ck_assert_int_eq(world_get(&w, &KIND_SESSION, e.session.id, &session), 0);
	ck_assert(!id_is_set(session.acting_unit));
	ck_assert_int_eq(store_update(w.store, leave, &e), 0); /* the function may run twice over what it was given */
	world_check(&w);
}
END_TEST

/* ---- how long it takes does not grow with the unit */

#define MANY 4000

struct crowd {
	struct world *w;
	struct id unit, admin, other;
	struct arena *arena; /* as little as a request has left */
	bool has;
};

static int gather_crowd(struct txn *txn, void *arg)
{
	struct crowd *c = arg;

	for (int i = 0; i < MANY; i++) {
		struct id account = sys_new_id(c->w->now);
		struct membership membership = { .id = sys_new_id(c->w->now), .account = account, .unit = c->unit, .role = MEMBERSHIP_ROLE_MEMBER,
						 .status = MEMBERSHIP_ACTIVE, .since = c->w->now };

		if (i == MANY - 2)
			c->other = account;
		if (i == MANY - 1) {
			membership.role = MEMBERSHIP_ROLE_ADMIN;
			c->admin = account;
		}
		TRY(record_insert(txn, &KIND_MEMBERSHIP, &membership));
	}
	return 0;
}

static int look_for_admin(struct txn *txn, void *arg)
{
	struct crowd *c = arg;

	return unit_change_has_admin(txn, c->unit, c->admin, c->arena, &c->has);
}

static int appoint_other(struct txn *txn, void *arg)
{
	struct crowd *c = arg;
	struct unit_actor actor = { .config = c->w->config, .now = c->w->now, .arena = c->w->arena };

	return unit_change_appoint(txn, &actor, c->other, c->unit, MEMBERSHIP_ROLE_ADMIN);
}

START_TEST(the_last_administrator_of_many_is_found_at_once)
{
	WORLD w;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(64 * 1024);
	struct crowd c = { .w = &w, .arena = arena, .has = true };

	world_make(&w);
	c.unit = sys_new_id(w.now);
	ck_assert_int_eq(store_update(w.store, gather_crowd, &c), 0);
	ck_assert_int_eq(store_view(w.store, look_for_admin, &c), 0);
	ck_assert(!c.has);
	ck_assert_int_eq(store_update(w.store, appoint_other, &c), 0);
	ck_assert_int_eq(store_view(w.store, look_for_admin, &c), 0);
	ck_assert(c.has);
	world_check(&w);
}
END_TEST

int main(void)
{
	return suite_run("endpoint/units", (struct suite_test[]){ SUITE_ONCE(the_index_follows), SUITE_ONCE(no_more_than_asked_for),
								  SUITE_ONCE(an_ended_membership_takes_along),
								  SUITE_ONCE(the_last_administrator_of_many_is_found_at_once), SUITE_END });
}
