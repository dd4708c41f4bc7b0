/* SPDX-License-Identifier: Apache-2.0 */
/* Links to upstreams in the store: what they verify goes on to the account and never over what is verified; a changed subject takes its link along. */
#include "broker/base/sys.h"
#include "broker/endpoint/external_link.h"
#include "broker/store/records_review.h"
#include "broker/store/records_upstream.h"
#include "conf/config_provider.h"
#include "tests/unit/endpoint/fixture.h"

#define ZHANG "11010519491231002X"
#define LI "440524188001010014"

struct linking {
	struct world *w;
	struct config_provider provider;
	struct provider_identity identity;
	struct account account;
	struct id link;
	size_t n_events;
	struct span what; /* of the last event */
};

static struct unit_actor actor_of(struct linking *l)
{
	return (struct unit_actor){ .config = l->w->config, .now = l->w->now, .arena = l->w->arena };
}

static int tie(struct txn *txn, void *arg)
{
	struct linking *l = arg;
	struct unit_actor actor = actor_of(l);
	struct external_word word = { &l->provider, &l->identity };

	return external_link_new(txn, &actor, &word, l->link, l->account.id, "linked");
}

static int come_in(struct txn *txn, void *arg)
{
	struct linking *l = arg;
	struct unit_actor actor = actor_of(l);
	struct external_word word = { &l->provider, &l->identity };
	struct external_link link;
	bool earlier;

	TRY(external_link_find(txn, &word, l->w->arena, &link, &earlier));
	return external_link_seen(txn, &actor, &word, &link);
}

static int report(struct txn *txn, void *arg)
{
	struct linking *l = arg;
	struct unit_actor actor = actor_of(l);
	struct external_word word = { &l->provider, &l->identity };

	return external_link_conflict(txn, &actor, &word, l->account.id);
}

static int take_event(const void *record, void *arg)
{
	struct linking *l = arg;

	l->n_events++;
	l->what = ((const struct link_event *)record)->what;
	return 0;
}

static int read_events(struct txn *txn, void *arg)
{
	struct linking *l = arg;
	struct link_event probe = { .link = l->link };

	l->n_events = 0;
	return record_each(txn, &KIND_LINK_EVENT, LINK_EVENT_BY_LINK, &probe, l->w->arena, take_event, l);
}

static void add_account(struct world *w, const char *login, struct account *ret)
{
	char request[128];

	snprintf(request, sizeof request, "{\"command\":\"account.add\",\"args\":{\"login_name\":\"%s\"}}", login);
	world_do(w, request);
	ck_assert(world_account(w, NAMESPACE_NATURAL, login, ret));
}

static void begin(struct world *w, struct linking *l)
{
	world_make(w);
	*l = (struct linking){ .w = w, .provider = { .id = SPAN("province"), .trust_real_name = true }, .link = sys_new_id(w->now) };
	l->identity = (struct provider_identity){ .issuer = SPAN("https://up.example"), .subject = SPAN("user-1"), .name = SPAN("三"), .acr = 1, .level = SPAN("L1") };
	add_account(w, "zhang", &l->account);
}

static void verified_as(struct linking *l, const char *name, const char *number, int64_t acr)
{
	l->identity.real_name = span_of(name);
	l->identity.id_type = number ? SPAN("111") : (struct span){ NULL, 0 };
	l->identity.id_number = span_of(number ? number : "");
	l->identity.acr = acr;
}

static void look(struct linking *l)
{
	ck_assert(world_account(l->w, NAMESPACE_NATURAL, "zhang", &l->account));
	ck_assert_int_eq(store_view(l->w->store, read_events, l), 0);
}

START_TEST(a_verified_name_is_taken_with_and_without_a_number)
{
	WORLD w;
	struct linking l;

	begin(&w, &l);
	ck_assert_int_eq(store_update(w.store, tie, &l), 0);
	look(&l);
	ck_assert_int_eq(l.account.realname_status, REALNAME_NONE);
	verified_as(&l, "张三", _i ? ZHANG : NULL, 2);
	ck_assert_int_eq(store_update(w.store, come_in, &l), 0);
	look(&l);
	ck_assert_int_eq(l.account.realname_status, REALNAME_VERIFIED);
	ck_assert_int_eq(l.account.realname_level, 2);
	ck_assert(span_is(l.account.name, "张三"));
	ck_assert(span_eq(l.account.id_number, span_of(_i ? ZHANG : "")));
	ck_assert(span_is(l.account.realname_method, "provider:province"));
	verified_as(&l, "张三", _i ? ZHANG : NULL, 3);
	ck_assert_int_eq(store_update(w.store, come_in, &l), 0);
	look(&l);
	ck_assert_int_eq(l.account.realname_level, 3);
	world_check(&w);
}
END_TEST

START_TEST(not_where_the_operator_does_not_trust_it)
{
	WORLD w;
	struct linking l;

	begin(&w, &l);
	l.provider.trust_real_name = false;
	verified_as(&l, "张三", ZHANG, 3);
	ck_assert_int_eq(store_update(w.store, tie, &l), 0);
	look(&l);
	ck_assert_int_eq(l.account.realname_status, REALNAME_NONE);
	ck_assert_uint_eq(l.account.id_number.n, 0);
}
END_TEST

START_TEST(a_contradiction_changes_nothing_and_is_looked_at_once)
{
	WORLD w;
	struct linking l;
	struct account before;

	begin(&w, &l);
	verified_as(&l, "张三", ZHANG, 2);
	ck_assert_int_eq(store_update(w.store, tie, &l), 0);
	look(&l);
	before = l.account;
	verified_as(&l, "李四", LI, 3);
	l.identity.name = SPAN("四");
	ck_assert_int_eq(store_update(w.store, come_in, &l), ERR_LINK_CONFLICT);
	look(&l);
	ck_assert(span_eq(l.account.name, before.name) && span_eq(l.account.id_number, before.id_number) && l.account.realname_level == before.realname_level);
	size_t events = l.n_events;
	w.now = instant_add(w.now, 1000);
	ck_assert_int_eq(store_update(w.store, report, &l), 0);
	ck_assert_int_eq(store_update(w.store, report, &l), 0);
	look(&l);
	ck_assert_uint_eq(l.n_events, events + 2);
	ck_assert(span_is(l.what, "conflict"));
	ck_assert_uint_eq(world_count(&w, &KIND_TASK), 2); /* the earlier one is withdrawn */
	verified_as(&l, "张三", ZHANG, 2);
	ck_assert_int_eq(store_update(w.store, come_in, &l), 0);
	world_check(&w);
}
END_TEST

START_TEST(a_number_of_another_account_keeps_nobody_out_and_is_not_taken)
{
	WORLD w;
	struct linking l;
	struct account other;

	begin(&w, &l);
	add_account(&w, "other", &other);
	other.id_type = SPAN("111");
	other.id_number = SPAN(ZHANG);
	other.realname_status = REALNAME_VERIFIED;
	world_put(&w, &KIND_ACCOUNT, &other);
	ck_assert_int_eq(store_update(w.store, tie, &l), 0);
	w.now = instant_add(w.now, 1000);
	verified_as(&l, "张三", ZHANG, 3);
	ck_assert_int_eq(store_update(w.store, come_in, &l), 0);
	look(&l);
	ck_assert_int_eq(l.account.realname_status, REALNAME_NONE);
	ck_assert(span_is(l.what, "id_number_taken"));
	world_check(&w);
}
END_TEST

START_TEST(a_changed_subject_takes_its_link_along)
{
	WORLD w;
	struct linking l;
	struct external_link link;

	begin(&w, &l);
	ck_assert_int_eq(store_update(w.store, tie, &l), 0);
	w.now = instant_add(w.now, 1000);
	l.identity.subject = SPAN("open-1");
	ck_assert_int_eq(store_update(w.store, come_in, &l), ERR_ABSENT); /* nobody says that they are the same */
	l.identity.earlier_subjects[1] = SPAN("user-1");
	ck_assert_int_eq(store_update(w.store, come_in, &l), 0);
	ck_assert_int_eq(world_get(&w, &KIND_EXTERNAL_LINK, l.link, &link), 0);
	ck_assert(span_is(link.subject, "open-1"));
	look(&l);
	ck_assert(span_is(l.what, "relinked"));
	l.identity.earlier_subjects[1] = (struct span){ NULL, 0 };
	ck_assert_int_eq(store_update(w.store, come_in, &l), 0);
	/* the old subject alone leads nowhere now */
	l.identity.subject = SPAN("user-1");
	ck_assert_int_eq(store_update(w.store, come_in, &l), ERR_ABSENT);
	world_check(&w);
}
END_TEST

START_TEST(an_earlier_subject_of_somebody_else_is_not_tied_again)
{
	WORLD w;
	struct linking l;

	begin(&w, &l);
	ck_assert_int_eq(store_update(w.store, tie, &l), 0);
	add_account(&w, "other", &l.account);
	l.link = sys_new_id(w.now);
	l.identity.subject = SPAN("open-1");
	l.identity.earlier_subjects[0] = SPAN("user-1");
	ck_assert_int_eq(store_update(w.store, tie, &l), ERR_LINK_TAKEN);
	ck_assert_uint_eq(world_count(&w, &KIND_EXTERNAL_LINK), 1);
}
END_TEST

START_TEST(changes_are_history_and_their_absence_is_none)
{
	WORLD w;
	struct linking l;

	begin(&w, &l);
	ck_assert_int_eq(store_update(w.store, tie, &l), 0);
	ck_assert_int_eq(store_update(w.store, come_in, &l), 0);
	look(&l);
	ck_assert_uint_eq(l.n_events, 1);
	w.now = instant_add(w.now, 1000); /* ids rise with time */
	l.identity.level = SPAN("L0");
	l.identity.acr = 0;
	ck_assert_int_eq(store_update(w.store, come_in, &l), 0);
	look(&l);
	ck_assert_uint_eq(l.n_events, 2);
	ck_assert(span_is(l.what, "level"));
	w.now = instant_add(w.now, 1000);
	l.identity.name = SPAN("三三");
	ck_assert_int_eq(store_update(w.store, come_in, &l), 0);
	look(&l);
	ck_assert_uint_eq(l.n_events, 3);
	ck_assert(span_is(l.what, "name"));
}
END_TEST

START_TEST(without_memory_nothing_is_left_behind)
{
	WORLD w;
	struct linking l;

	begin(&w, &l);
	verified_as(&l, "张三", ZHANG, 2);
	world_fail_each(&w, tie, &l, 5);
	look(&l);
	ck_assert_int_eq(l.account.realname_status, REALNAME_VERIFIED);
}
END_TEST

int main(void)
{
	return suite_run("external_link", (struct suite_test[]){
		SUITE_LOOP(a_verified_name_is_taken_with_and_without_a_number, 2), SUITE_ONCE(not_where_the_operator_does_not_trust_it),
		SUITE_ONCE(a_contradiction_changes_nothing_and_is_looked_at_once), SUITE_ONCE(a_number_of_another_account_keeps_nobody_out_and_is_not_taken),
		SUITE_ONCE(a_changed_subject_takes_its_link_along), SUITE_ONCE(an_earlier_subject_of_somebody_else_is_not_tied_again),
		SUITE_ONCE(changes_are_history_and_their_absence_is_none), SUITE_ONCE(without_memory_nothing_is_left_behind), SUITE_END });
}
