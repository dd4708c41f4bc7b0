/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gate as a matrix: every row × every path. Each row has a fixture here that breaks it and nothing else; a row without one, and a
 * path on which an account's state does not count, fail. security.md rule 1, domain.md 1.6
 */
#include "broker/base/error.h"
#include "broker/flow/gate.h"
#include "broker/store/records_account.h"
#include "broker/store/records_legacy.h"
#include "broker/store/records_unit.h"
#include "conf/config_client.h"
#include "tests/unit/suite.h"

static const struct id one = { { 1 } };

/* A person, or a unit's account, for whom every row holds. */
struct world {
	struct account account;
	struct unit unit;
	struct membership membership;
	struct grant grants[2];
	struct config_client client;
	struct gate_facts facts;
};

static void make_world(struct world *w, int namespace_)
{
	*w = (struct world){
		.account = { .id = one, .namespace_ = namespace_, .status = ACCOUNT_ACTIVE, .unit = one, .realname_status = REALNAME_VERIFIED,
			     .realname_level = 2, .not_before = { 1000 }, .profile = PROFILE_INDIVIDUAL },
		.unit = { .id = one, .status = UNIT_EFFECTIVE },
		.membership = { .id = one, .unit = one, .status = MEMBERSHIP_ACTIVE },
		.grants = { { .status = GRANT_ACTIVE, .subsystem = SPAN("other") }, { .status = GRANT_ACTIVE, .subsystem = SPAN("torch") } },
		.client = { .enabled = true, .subsystem = SPAN("torch"),
			    .require = { .realname_level = 2, .unit_effective = true, .membership_active = true, .subsystem_grant = true, .account_active = true, .complete = true } },
	};
	w->facts = (struct gate_facts){ .account = &w->account, .unit = &w->unit, .membership = &w->membership, .grants = w->grants, .n_grants = 2,
					.session_from = { 1000 }, .two_factors = true, .client = &w->client, .now = { 2000 } };
}

static void shut(struct world *w, int status)
{
	w->account.status = status;
	w->client.require.account_active = false;
}

static void no_account(struct world *w) { w->facts.account = NULL; }
static void disabled(struct world *w) { shut(w, ACCOUNT_DISABLED); }
static void rejected(struct world *w) { shut(w, ACCOUNT_REJECTED); }
static void closed(struct world *w) { shut(w, ACCOUNT_CLOSED); }
static void without_status(struct world *w) { shut(w, 0); }
static void under_review(struct world *w) { w->account.status = ACCOUNT_PENDING_REVIEW; }
static void nothing_said(struct world *w) { w->account.profile = PROFILE_NONE; }
static void unit_dissolved(struct world *w) { w->unit.status = UNIT_DISSOLVED; w->client.require.unit_effective = false; }
static void logged_out_everywhere(struct world *w) { w->account.not_before.ms = 1001; }
static void one_factor(struct world *w) { w->facts.two_factors = false; }
static void no_client(struct world *w) { w->facts.client = NULL; }
static void client_disabled(struct world *w) { w->client.enabled = false; }
static void level_too_low(struct world *w) { w->account.realname_level = 1; }
static void level_not_verified(struct world *w) { w->account.realname_status = REALNAME_MANUAL_PENDING; }
static void level_expired(struct world *w) { w->account.realname_status = REALNAME_EXPIRED; }
static void no_unit(struct world *w) { w->facts.unit = NULL; }
static void unit_pending(struct world *w) { w->unit.status = UNIT_PENDING_DEPT; }
static void unit_suspended(struct world *w) { w->unit.status = UNIT_SUSPENDED; }
static void no_membership(struct world *w) { w->facts.membership = NULL; }
static void membership_pending(struct world *w) { w->membership.status = MEMBERSHIP_PENDING_ADMIN; }
static void membership_ended(struct world *w) { w->membership.status = MEMBERSHIP_ENDED; }
static void no_grants(struct world *w) { w->facts.n_grants = 0; }
static void only_other_grants(struct world *w) { w->facts.n_grants = 1; }
static void grant_waits(struct world *w) { w->grants[1].status = GRANT_PRE_GRANTED; }
static void grant_revoked(struct world *w) { w->grants[1].status = GRANT_REVOKED; }

static void act(struct world *w)
{
	w->facts.acts = true;
	w->facts.acts_from = w->facts.now;
	w->client.require.unit_effective = w->client.require.membership_active = false;
}

static void acts_after_the_end(struct world *w) { act(w); w->membership.status = MEMBERSHIP_ENDED; }
static void acts_from_an_earlier_membership(struct world *w) { act(w); w->membership.since.ms = 2001; }
static void acts_for_a_suspended_unit(struct world *w) { act(w); w->unit.status = UNIT_SUSPENDED; }
static void acts_for_a_dissolved_unit(struct world *w) { act(w); w->unit.status = UNIT_DISSOLVED; }
static void acts_from_before_a_suspension(struct world *w) { act(w); w->unit.not_before = w->facts.acts_from; }
static void acts_for_no_unit(struct world *w) { act(w); w->facts.unit = NULL; }
static void acts_without_membership(struct world *w) { act(w); w->facts.membership = NULL; }

#define ON(path) (1u << GATE_##path)
#define EVERYWHERE ((1u << GATE_PATHS) - 1)
#define WITH_CLIENT (ON(CODE) | ON(REDEEM) | ON(REFRESH) | ON(USE))

/* What must hold where, said a second time and independently of the table. */
static const struct fixture {
	const char *row, *how;
	void (*breaks)(struct world *w);
	int namespace_, error;
	unsigned paths;
} fixtures[] = {
	{ "the account exists", "it is gone", no_account, NAMESPACE_NATURAL, ERR_NO_ACCOUNT, EVERYWHERE },
	{ "the account is neither disabled nor closed", "disabled", disabled, NAMESPACE_NATURAL, ERR_DISABLED, EVERYWHERE },
	{ "the account is neither disabled nor closed", "disabled staff", disabled, NAMESPACE_STAFF, ERR_DISABLED, EVERYWHERE },
	{ "the account is neither disabled nor closed", "closed", closed, NAMESPACE_LEGAL, ERR_DISABLED, EVERYWHERE },
	{ "the account is neither disabled nor closed", "a status that says nothing", without_status, NAMESPACE_NATURAL, ERR_DISABLED, EVERYWHERE },
	{ "a legal account's unit is not dissolved", "dissolved", unit_dissolved, NAMESPACE_LEGAL, ERR_DISABLED, EVERYWHERE },
	{ "the session began after the account's not-before", "logged out everywhere", logged_out_everywhere, NAMESPACE_NATURAL, ERR_LOGIN_REQUIRED, WITH_CLIENT },
	{ "staff have proved two factors", "only a password", one_factor, NAMESPACE_STAFF, ERR_SECOND_FACTOR, ON(SESSION) | ON(CODE) | ON(BIND) },
	{ "the client is enabled", "disabled", client_disabled, NAMESPACE_NATURAL, ERR_UNAUTHORIZED_CLIENT, WITH_CLIENT },
	{ "the client is enabled", "gone", no_client, NAMESPACE_NATURAL, ERR_UNAUTHORIZED_CLIENT, WITH_CLIENT },
	{ "the account was not turned down by review", "turned down", rejected, NAMESPACE_NATURAL, ERR_REVIEW_REJECTED, WITH_CLIENT | ON(BIND) },
	{ "the account was not turned down by review", "a unit's account", rejected, NAMESPACE_LEGAL, ERR_REVIEW_REJECTED, WITH_CLIENT | ON(BIND) },
	{ "who acts for a unit is still its member", "after the membership ended", acts_after_the_end, NAMESPACE_NATURAL, ERR_MEMBERSHIP_REQUIRED, WITH_CLIENT },
	{ "who acts for a unit is still its member", "since before it began anew", acts_from_an_earlier_membership, NAMESPACE_NATURAL, ERR_MEMBERSHIP_REQUIRED, WITH_CLIENT },
	{ "who acts for a unit is still its member", "the unit is suspended", acts_for_a_suspended_unit, NAMESPACE_NATURAL, ERR_MEMBERSHIP_REQUIRED, WITH_CLIENT },
	{ "who acts for a unit is still its member", "the unit is dissolved", acts_for_a_dissolved_unit, NAMESPACE_NATURAL, ERR_MEMBERSHIP_REQUIRED, WITH_CLIENT },
	{ "who acts for a unit is still its member", "since before the unit was suspended", acts_from_before_a_suspension, NAMESPACE_NATURAL, ERR_MEMBERSHIP_REQUIRED, WITH_CLIENT },
	{ "who acts for a unit is still its member", "the unit is gone", acts_for_no_unit, NAMESPACE_NATURAL, ERR_MEMBERSHIP_REQUIRED, WITH_CLIENT },
	{ "who acts for a unit is still its member", "never a member", acts_without_membership, NAMESPACE_NATURAL, ERR_MEMBERSHIP_REQUIRED, WITH_CLIENT },
	{ "the information is complete where the client demands it", "nothing said yet", nothing_said, NAMESPACE_NATURAL, ERR_INCOMPLETE, WITH_CLIENT },
	{ "the account has passed review where the client demands it", "under review", under_review, NAMESPACE_NATURAL, ERR_PENDING_REVIEW, WITH_CLIENT },
	{ "the real name is verified as far as the client demands", "a lower level", level_too_low, NAMESPACE_NATURAL, ERR_REALNAME_REQUIRED, WITH_CLIENT },
	{ "the real name is verified as far as the client demands", "looked at by hand", level_not_verified, NAMESPACE_LEGAL, ERR_REALNAME_REQUIRED, WITH_CLIENT },
	{ "the real name is verified as far as the client demands", "expired", level_expired, NAMESPACE_NATURAL, ERR_REALNAME_REQUIRED, WITH_CLIENT },
	{ "the unit is effective where the client demands it", "no unit", no_unit, NAMESPACE_NATURAL, ERR_UNIT_NOT_EFFECTIVE, WITH_CLIENT },
	{ "the unit is effective where the client demands it", "waits for its department", unit_pending, NAMESPACE_LEGAL, ERR_UNIT_NOT_EFFECTIVE, WITH_CLIENT },
	{ "the unit is effective where the client demands it", "suspended", unit_suspended, NAMESPACE_NATURAL, ERR_UNIT_NOT_EFFECTIVE, WITH_CLIENT },
	{ "the membership is active where the client demands it", "none", no_membership, NAMESPACE_NATURAL, ERR_MEMBERSHIP_REQUIRED, WITH_CLIENT },
	{ "the membership is active where the client demands it", "waits for the unit", membership_pending, NAMESPACE_NATURAL, ERR_MEMBERSHIP_REQUIRED, WITH_CLIENT },
	{ "the membership is active where the client demands it", "ended", membership_ended, NAMESPACE_NATURAL, ERR_MEMBERSHIP_REQUIRED, WITH_CLIENT },
	{ "the subsystem is granted where the client demands it", "nothing granted", no_grants, NAMESPACE_NATURAL, ERR_GRANT_REQUIRED, WITH_CLIENT },
	{ "the subsystem is granted where the client demands it", "another one granted", only_other_grants, NAMESPACE_NATURAL, ERR_GRANT_REQUIRED, WITH_CLIENT },
	{ "the subsystem is granted where the client demands it", "waits for the real name", grant_waits, NAMESPACE_NATURAL, ERR_GRANT_REQUIRED, WITH_CLIENT },
	{ "the subsystem is granted where the client demands it", "revoked", grant_revoked, NAMESPACE_NATURAL, ERR_GRANT_REQUIRED, WITH_CLIENT },
};

static const struct gate_row *row_named(const char *name)
{
	const struct gate_row *row;

	for (size_t i = 0; (row = gate_row_at(i)); i++)
		if (strcmp(row->name, name) == 0)
			return row;
	ck_abort_msg("there is no row \"%s\" any more", name);
	return NULL;
}

START_TEST(matrix)
{
	const struct fixture *fixture = &fixtures[_i];
	const struct gate_row *row = row_named(fixture->row), *other;
	struct world w;

	make_world(&w, fixture->namespace_);
	fixture->breaks(&w);
	ROW_INT(fixture->row, row->error, fixture->error);
	ROW_INT(fixture->row, row->paths, fixture->paths);
	for (size_t i = 0; w.facts.account && w.facts.client && (other = gate_row_at(i)); i++)
		ck_assert_msg(other->holds(&w.facts) == (other != row), "\"%s\" (%s) also breaks \"%s\"", fixture->row, fixture->how, other->name);
	for (int path = 0; path < GATE_PATHS; path++)
		ck_assert_msg(gate_check((enum gate_path)path, &w.facts) == (fixture->paths & 1u << path ? fixture->error : 0),
			      "%s (%s), path %d", fixture->row, fixture->how, path);
}
END_TEST

START_TEST(every_row_has_a_fixture)
{
	const struct gate_row *row;

	for (size_t i = 0; (row = gate_row_at(i)); i++) {
		bool found = false;

		for (size_t k = 0; k < ARRAY_LEN(fixtures); k++)
			found |= strcmp(fixtures[k].row, row->name) == 0;
		ck_assert_msg(found, "no fixture breaks the row \"%s\"", row->name);
	}
}
END_TEST

START_TEST(every_path_is_covered)
{
	const struct gate_row *row;
	unsigned covered[GATE_PATHS] = { 0 };

	for (size_t i = 0; (row = gate_row_at(i)); i++) {
		ck_assert_msg((row->paths & ~EVERYWHERE) == 0 && row->paths, "\"%s\" names paths that do not exist, or none", row->name);
		for (int path = 0; path < GATE_PATHS; path++)
			covered[path] += row->paths >> path & 1;
	}
	for (int path = 0; path < GATE_PATHS; path++)
		ck_assert_msg(covered[path] > 0, "no row covers path %d", path);
}
END_TEST

START_TEST(everything_holds)
{
	static const int namespaces[] = { NAMESPACE_NATURAL, NAMESPACE_LEGAL, NAMESPACE_STAFF };
	struct world w;

	for (size_t i = 0; i < ARRAY_LEN(namespaces); i++)
		for (int path = 0; path < GATE_PATHS; path++) {
			make_world(&w, namespaces[i]);
			ck_assert_int_eq(gate_check((enum gate_path)path, &w.facts), 0);
		}
}
END_TEST

/* Z8: whoever waits for review may log in; only clients that demand an active account turn away. */
static void client_is_content(struct world *w) { w->client.require = (struct config_require){ 0 }; }

static const struct {
	const char *name;
	void (*changes)(struct world *w);
	int namespace_;
} allowed[] = {
	{ "a person under review, for a client that does not mind", under_review, NAMESPACE_NATURAL },
	{ "no verified name, for a client that does not mind", level_not_verified, NAMESPACE_NATURAL },
	{ "a suspended unit, for a client that does not mind", unit_suspended, NAMESPACE_NATURAL },
	{ "no unit at all, for a client that does not mind", no_unit, NAMESPACE_NATURAL },
	{ "no membership, for a client that does not mind", no_membership, NAMESPACE_NATURAL },
	{ "no grant, for a client that does not mind", no_grants, NAMESPACE_NATURAL },
	{ "nothing said about oneself, for a client that does not mind", nothing_said, NAMESPACE_NATURAL },
	{ "acting for a unit as its member", act, NAMESPACE_NATURAL },
	{ "a natural person of a dissolved unit may still log in", unit_dissolved, NAMESPACE_NATURAL },
	{ "a natural person with one factor", one_factor, NAMESPACE_NATURAL },
	{ "a unit's account with one factor", one_factor, NAMESPACE_LEGAL },
};

START_TEST(not_demanded)
{
	struct world w;

	for (int path = 0; path < GATE_PATHS; path++) {
		make_world(&w, allowed[_i].namespace_);
		client_is_content(&w);
		allowed[_i].changes(&w);
		ROW_INT(allowed[_i].name, gate_check((enum gate_path)path, &w.facts), 0);
	}
}
END_TEST

START_TEST(a_legal_account_is_its_unit)
{
	struct world w;

	make_world(&w, NAMESPACE_LEGAL);
	w.account.profile = PROFILE_NONE; /* it was said when the unit was registered */
	w.facts.membership = NULL;
	w.facts.n_grants = 0;
	ck_assert_int_eq(gate_check(GATE_CODE, &w.facts), 0);
}
END_TEST

/* What ends the account is told before what the person could do something about. */
START_TEST(order)
{
	struct world w;

	make_world(&w, NAMESPACE_NATURAL);
	no_grants(&w);
	ck_assert_int_eq(gate_check(GATE_CODE, &w.facts), ERR_GRANT_REQUIRED);
	level_too_low(&w);
	ck_assert_int_eq(gate_check(GATE_CODE, &w.facts), ERR_REALNAME_REQUIRED);
	client_disabled(&w);
	ck_assert_int_eq(gate_check(GATE_CODE, &w.facts), ERR_UNAUTHORIZED_CLIENT);
	disabled(&w);
	ck_assert_int_eq(gate_check(GATE_CODE, &w.facts), ERR_DISABLED);
}
END_TEST

/* T15: who had business before needs neither unit nor membership nor grant, and is spared nothing else. */
static const struct old {
	const char *name;
	struct binding binding;
	bool suffices;
} olds[] = {
	{ "an old account of the named system", { .status = BINDING_BOUND, .source = SPAN("history") }, true },
	{ "one that the import only thinks is theirs", { .status = BINDING_SUGGESTED, .source = SPAN("history") }, false },
	{ "one that is theirs no more", { .status = BINDING_ENDED, .source = SPAN("history") }, false },
	{ "one of another system", { .status = BINDING_BOUND, .source = SPAN("elsewhere") }, false },
};

static void remember(struct world *w, struct binding *bindings, const struct old *old)
{
	static const struct span named[] = { SPAN("first"), SPAN("history") };

	bindings[0] = (struct binding){ .status = BINDING_BOUND, .source = SPAN("unrelated") };
	bindings[1] = old->binding;
	w->facts.bindings = bindings;
	w->facts.n_bindings = 2;
	w->client.require.history_suffices = (struct option_list){ named, ARRAY_LEN(named) };
}

static bool is_spared(const char *row)
{
	return !strcmp(row, "the membership is active where the client demands it") || !strcmp(row, "the unit is effective where the client demands it") ||
	       !strcmp(row, "the subsystem is granted where the client demands it");
}

/* Every fixture again, with every kind of old account. */
START_TEST(history_spares)
{
	const struct fixture *fixture = &fixtures[_i];
	struct binding bindings[2];
	struct world w;

	for (size_t o = 0; o < ARRAY_LEN(olds); o++)
		for (int path = 0; path < GATE_PATHS; path++) {
			make_world(&w, fixture->namespace_);
			remember(&w, bindings, &olds[o]);
			fixture->breaks(&w);
			bool spared = olds[o].suffices && is_spared(fixture->row) && !(w.facts.unit && w.unit.status == UNIT_SUSPENDED);
			ck_assert_msg(gate_check((enum gate_path)path, &w.facts) == (!spared && fixture->paths & 1u << path ? fixture->error : 0),
				      "%s (%s), path %d, %s", fixture->row, fixture->how, path, olds[o].name);
		}
}
END_TEST

/* Every state of a unit, for its own account and for a person who acts for it or for nobody, with nothing granted and no membership where none is needed. */
START_TEST(history_and_the_unit)
{
	static const struct {
		int namespace_;
		bool acts, has_unit;
	} who[] = { { NAMESPACE_LEGAL, false, true }, { NAMESPACE_NATURAL, true, true }, { NAMESPACE_NATURAL, false, false } };
	struct binding bindings[2];
	struct world w;

	for (int status = UNIT_REGISTERED; status <= UNIT_DISSOLVED; status++)
		for (size_t i = 0; i < ARRAY_LEN(who); i++)
			for (size_t o = 0; o < ARRAY_LEN(olds); o++) {
				make_world(&w, who[i].namespace_);
				remember(&w, bindings, &olds[o]);
				w.unit.status = status;
				w.facts.acts = who[i].acts;
				w.facts.acts_from = w.facts.now;
				w.facts.unit = who[i].has_unit ? &w.unit : NULL;
				w.facts.membership = who[i].acts ? &w.membership : NULL;
				w.facts.n_grants = 0;
				bool stopped = who[i].has_unit && (status == UNIT_SUSPENDED || status == UNIT_DISSOLVED);
				bool legal_and_well = who[i].namespace_ == NAMESPACE_LEGAL && status == UNIT_EFFECTIVE; /* needs no history */
				ck_assert_msg((gate_check(GATE_CODE, &w.facts) == 0) == (legal_and_well || (olds[o].suffices && !stopped)),
					      "unit state %d, who %zu, %s", status, i, olds[o].name);
				w.client.require.history_suffices.n = 0;
				ck_assert_msg((gate_check(GATE_CODE, &w.facts) == 0) == legal_and_well, "unit state %d, who %zu, a client that does not mind history", status, i);
			}
}
END_TEST

START_TEST(the_same_instant_is_not_before)
{
	struct world w;

	make_world(&w, NAMESPACE_NATURAL);
	w.account.not_before.ms = w.facts.session_from.ms;
	ck_assert_int_eq(gate_check(GATE_REFRESH, &w.facts), 0);
	w.facts.session_from = (struct instant){ 0 }; /* a path that forgot to say since when */
	ck_assert_int_eq(gate_check(GATE_REFRESH, &w.facts), ERR_LOGIN_REQUIRED);
}
END_TEST

int main(void)
{
	return suite_run("flow/gate", (struct suite_test[]){ SUITE_LOOP(matrix, ARRAY_LEN(fixtures)), SUITE_ONCE(every_row_has_a_fixture),
							     SUITE_ONCE(every_path_is_covered), SUITE_ONCE(everything_holds),
							     SUITE_LOOP(not_demanded, ARRAY_LEN(allowed)), SUITE_ONCE(a_legal_account_is_its_unit),
							     SUITE_ONCE(order), SUITE_LOOP(history_spares, ARRAY_LEN(fixtures)), SUITE_ONCE(history_and_the_unit),
							     SUITE_ONCE(the_same_instant_is_not_before), SUITE_END });
}
