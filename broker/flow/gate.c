/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/flow/gate.h"

#include "broker/identity/unit_state.h"
#include "broker/store/records_account.h"
#include "broker/store/records_legacy.h"
#include "conf/config_client.h"

#define ON(path) (1u << GATE_##path)
#define ALWAYS (ON(SESSION) | ON(CODE) | ON(REDEEM) | ON(REFRESH) | ON(USE) | ON(BIND))
#define WITH_SESSION (ON(CODE) | ON(REDEEM) | ON(REFRESH) | ON(USE))
#define WITH_CLIENT WITH_SESSION

static bool account_exists(const struct gate_facts *f)
{
	return f->account != NULL;
}

static bool account_is_open(const struct gate_facts *f)
{
	return f->account->status == ACCOUNT_ACTIVE || f->account->status == ACCOUNT_PENDING_REVIEW || f->account->status == ACCOUNT_REJECTED;
}

/* Whoever was turned down may log in, to read why, correct and submit again; there is nothing else for them. */
static bool review_was_not_lost(const struct gate_facts *f)
{
	return f->account->status != ACCOUNT_REJECTED;
}

/* security.md rule 16. What descends from a code had it. */
static bool staff_has_two_factors(const struct gate_facts *f)
{
	return f->account->namespace_ != NAMESPACE_STAFF || f->two_factors;
}

/* Z2, Z7: a natural person says once what they are. A unit's account has said it when it was registered. */
static bool information_is_complete(const struct gate_facts *f)
{
	return !f->client->require.complete || f->account->namespace_ != NAMESPACE_NATURAL || f->account->profile != PROFILE_NONE;
}

/* Password change, "log out everywhere" and a restore raise not_before: what began earlier is dead. */
static bool session_is_after_not_before(const struct gate_facts *f)
{
	return !instant_before(f->session_from, f->account->not_before);
}

static bool legal_account_has_living_unit(const struct gate_facts *f)
{
	return f->account->namespace_ != NAMESPACE_LEGAL || !f->unit || f->unit->status != UNIT_DISSOLVED;
}

static bool client_is_enabled(const struct gate_facts *f)
{
	return f->client && f->client->enabled;
}

/* Z8: a person under review logs in and waits; only clients that demand an active account turn away. */
static bool review_is_passed(const struct gate_facts *f)
{
	return !f->client->require.account_active || f->account->status == ACCOUNT_ACTIVE;
}

static bool realname_is_enough(const struct gate_facts *f)
{
	int64_t level = f->client->require.realname_level;

	return level == 0 || (f->account->realname_status == REALNAME_VERIFIED && f->account->realname_level >= level);
}

/* T15: who had business before does not have to begin anew; a unit that was stopped stays stopped. */
static bool history_suffices(const struct gate_facts *f)
{
	if (f->unit && (f->unit->status == UNIT_SUSPENDED || f->unit->status == UNIT_DISSOLVED))
		return false;
	for (size_t i = 0; i < f->n_bindings; i++)
		if (f->bindings[i].status == BINDING_BOUND && option_list_has(&f->client->require.history_suffices, f->bindings[i].source))
			return true;
	return false;
}

static bool unit_is_effective(const struct gate_facts *f)
{
	return !f->client->require.unit_effective || (f->unit && unit_state_is_effective(f->unit)) || history_suffices(f);
}

/* Tokens issued for a unit end with the membership and with the unit's standing, and stay dead when either begins anew. */
static bool acting_is_allowed(const struct gate_facts *f)
{
	if (!f->acts)
		return true;
	return f->unit && f->membership && f->unit->status != UNIT_SUSPENDED && f->unit->status != UNIT_DISSOLVED &&
	       f->membership->status == MEMBERSHIP_ACTIVE && !instant_before(f->acts_from, f->membership->since) &&
	       instant_before(f->unit->not_before, f->acts_from);
}

/* A legal account is its unit; a natural person needs to be admitted by it (J4, T1). */
static bool membership_is_active(const struct gate_facts *f)
{
	return !f->client->require.membership_active || f->account->namespace_ == NAMESPACE_LEGAL || history_suffices(f) ||
	       (f->membership && f->membership->status == MEMBERSHIP_ACTIVE);
}

static bool subsystem_is_granted(const struct gate_facts *f)
{
	if (!f->client->require.subsystem_grant || f->account->namespace_ == NAMESPACE_LEGAL || history_suffices(f))
		return true;
	for (size_t i = 0; i < f->n_grants; i++)
		if (f->grants[i].status == GRANT_ACTIVE && span_eq(f->grants[i].subsystem, f->client->subsystem))
			return true;
	return false;
}

/* Order matters: what ends the account comes first, what the person can do something about comes last. */
static const struct gate_row rows[] = {
	{ "the account exists", ERR_NO_ACCOUNT, ALWAYS, account_exists },
	{ "the account is neither disabled nor closed", ERR_DISABLED, ALWAYS, account_is_open },
	{ "a legal account's unit is not dissolved", ERR_DISABLED, ALWAYS, legal_account_has_living_unit },
	{ "the session began after the account's not-before", ERR_LOGIN_REQUIRED, WITH_SESSION, session_is_after_not_before },
	{ "staff have proved two factors", ERR_SECOND_FACTOR, ON(SESSION) | ON(CODE) | ON(BIND), staff_has_two_factors },
	{ "the client is enabled", ERR_UNAUTHORIZED_CLIENT, WITH_CLIENT, client_is_enabled },
	{ "the account was not turned down by review", ERR_REVIEW_REJECTED, WITH_CLIENT | ON(BIND), review_was_not_lost },
	{ "who acts for a unit is still its member", ERR_MEMBERSHIP_REQUIRED, WITH_CLIENT, acting_is_allowed },
	{ "the information is complete where the client demands it", ERR_INCOMPLETE, WITH_CLIENT, information_is_complete },
	{ "the account has passed review where the client demands it", ERR_PENDING_REVIEW, WITH_CLIENT, review_is_passed },
	{ "the real name is verified as far as the client demands", ERR_REALNAME_REQUIRED, WITH_CLIENT, realname_is_enough },
	/* before the unit: who waits for its administrator acts for none yet, and that is what they wait for */
	{ "the membership is active where the client demands it", ERR_MEMBERSHIP_REQUIRED, WITH_CLIENT, membership_is_active },
	{ "the unit is effective where the client demands it", ERR_UNIT_NOT_EFFECTIVE, WITH_CLIENT, unit_is_effective },
	{ "the subsystem is granted where the client demands it", ERR_GRANT_REQUIRED, WITH_CLIENT, subsystem_is_granted },
};

const struct gate_row *gate_row_at(size_t i)
{
	return i < ARRAY_LEN(rows) ? &rows[i] : NULL;
}

int gate_check(enum gate_path path, const struct gate_facts *facts)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].paths & 1u << path && !rows[i].holds(facts))
			return rows[i].error;
	return 0;
}
