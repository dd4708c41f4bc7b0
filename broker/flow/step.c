/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/flow/step.h"

#include "broker/store/records_account.h"
#include "broker/store/records_login.h"
#include "broker/store/records_unit.h"
#include "conf/config_client.h"
#include "conf/config_login.h"

bool step_has_prompt(const struct interaction *interaction, const char *value)
{
	struct span rest = interaction->prompt;

	while (rest.p)
		if (span_is(span_cut(&rest, ' '), value))
			return true;
	return false;
}

bool step_wants_fresh_login(const struct interaction *interaction, const struct session *session, struct instant now)
{
	/* Only the session that was proved inside it counts: another tab may have logged somebody else in since. */
	if (interaction->reauthenticated && id_eq(interaction->session, session->id))
		return false;
	if (step_has_prompt(interaction, "login"))
		return true;
	/* OpenID Connect Core 3.1.2.1: max_age=0 is the same as prompt=login, also within the millisecond. */
	return interaction->max_age == 0 ||
	       (interaction->max_age > 0 && now.ms - session->auth_time.ms > interaction->max_age * MS_SECOND);
}

/* One row a step that is a page. */
static const struct {
	const char *path;
	int silent; /* prompt=none shows nothing: each step that would need a page is the error of that name (3.1.2.6) */
} pages[] = {
	[STEP_LOGIN] = { "/login", ERR_LOGIN_REQUIRED },
	[STEP_SECOND_FACTOR] = { "/second-factor", ERR_LOGIN_REQUIRED },
	[STEP_LINK] = { "/link", ERR_LOGIN_REQUIRED },
	[STEP_ACCOUNT] = { "/choose-account", ERR_ACCOUNT_SELECTION_REQUIRED },
	[STEP_ACT_FOR] = { "/act-for", ERR_INTERACTION_REQUIRED },
	[STEP_CONSENT] = { "/consent", ERR_CONSENT_REQUIRED },
};

static struct step_result page(enum step step)
{
	return (struct step_result){ step, 0, pages[step].path };
}

static struct step_result plain(enum step step, int error)
{
	return (struct step_result){ step, error, NULL };
}

/* ---- what resolves what the gate holds back */

#define PENDING "/pending"

static bool always(const struct gate_facts *f)
{
	return true;
}

static bool can_act(const struct gate_facts *f)
{
	return !f->acts && f->n_units > 0;
}

static bool has_not_asked(const struct gate_facts *f)
{
	return !f->acts && f->n_asked == 0;
}

static bool is_unverified(const struct gate_facts *f)
{
	return f->unit && f->unit->status == UNIT_REGISTERED;
}

static bool wants_supplement(const struct gate_facts *f)
{
	return f->unit && f->unit->status == UNIT_NEEDS_SUPPLEMENT;
}

/* One row a requirement and kind of account: the first row whose condition holds. What has no row is somebody else's to resolve. */
static const struct {
	int error, namespace_;
	bool (*when)(const struct gate_facts *facts);
	const char *path;
} resolving[] = {
	{ ERR_INCOMPLETE, NAMESPACE_NATURAL, always, "/complete" },
	{ ERR_REVIEW_REJECTED, NAMESPACE_NATURAL, always, "/complete" },
	{ ERR_REALNAME_REQUIRED, NAMESPACE_NATURAL, always, "/realname" },
	{ ERR_REALNAME_REQUIRED, NAMESPACE_LEGAL, always, "/realname" },
	{ ERR_UNIT_NOT_EFFECTIVE, NAMESPACE_LEGAL, is_unverified, "/realname" },
	{ ERR_UNIT_NOT_EFFECTIVE, NAMESPACE_LEGAL, wants_supplement, "/unit/supplement" },
	{ ERR_UNIT_NOT_EFFECTIVE, NAMESPACE_NATURAL, can_act, "/act-for" },
	{ ERR_UNIT_NOT_EFFECTIVE, NAMESPACE_NATURAL, has_not_asked, "/choose-unit" },
	{ ERR_MEMBERSHIP_REQUIRED, NAMESPACE_NATURAL, can_act, "/act-for" },
	{ ERR_MEMBERSHIP_REQUIRED, NAMESPACE_NATURAL, has_not_asked, "/choose-unit" },
	{ ERR_GRANT_REQUIRED, NAMESPACE_NATURAL, can_act, "/act-for" },
	{ ERR_GRANT_REQUIRED, NAMESPACE_NATURAL, has_not_asked, "/choose-unit" },
};

const char *step_resolving_page(int error, const struct gate_facts *facts)
{
	for (size_t i = 0; i < ARRAY_LEN(resolving); i++)
		if (resolving[i].error == error && resolving[i].namespace_ == facts->account->namespace_ && resolving[i].when(facts))
			return resolving[i].path;
	return PENDING;
}

static struct step_result held(int error, const struct gate_facts *facts)
{
	return (struct step_result){ STEP_WAIT, error, step_resolving_page(error, facts) };
}

/* ---- the steps in their order */

/* Until somebody is there whom nothing more must be asked; false: @ret_step is what to ask. */
static bool is_proved(const struct step_facts *facts, struct step_result *ret_step)
{
	const struct interaction *interaction = facts->interaction;
	const struct session *session = facts->session;

	if (interaction->proof_amr.n)
		*ret_step = page(STEP_SECOND_FACTOR);
	else if (interaction->candidates.n)
		*ret_step = page(STEP_ACCOUNT);
	else if (id_is_set(interaction->link))
		*ret_step = page(STEP_LINK);
	else if (!session || step_wants_fresh_login(interaction, session, facts->now))
		*ret_step = page(STEP_LOGIN);
	else if (step_has_prompt(interaction, "select_account") && !interaction->account_chosen)
		*ret_step = page(STEP_LOGIN);
	else
		return true;
	return false;
}

/* Does a person who belongs to units say for whom they act before anything else is looked at? Once a login, or where the client cares. */
static bool wants_unit(const struct step_facts *facts)
{
	const struct gate_facts *gate = facts->gate;

	if (gate->account->namespace_ != NAMESPACE_NATURAL || !gate->n_units || facts->interaction->acting_chosen)
		return false;
	if (facts->choose_unit == CONFIG_CHOOSE_UNIT_ALWAYS)
		return id_eq(facts->interaction->session, facts->session->id); /* logged in inside it */
	return facts->choose_unit == CONFIG_CHOOSE_UNIT_WHEN_REQUIRED && gate->client && !gate->acts &&
	       (gate->client->require.unit_effective || gate->client->require.membership_active || gate->client->require.subsystem_grant);
}

/* The gate's last rows: what comes before them does not depend on the unit. */
static bool is_about_units(int error)
{
	return error == ERR_UNIT_NOT_EFFECTIVE || error == ERR_MEMBERSHIP_REQUIRED || error == ERR_GRANT_REQUIRED;
}

static struct step_result shown(const struct step_facts *facts)
{
	struct step_result step;

	if (!is_proved(facts, &step))
		return step;
	int error = gate_check(GATE_CODE, facts->gate);
	if (error == ERR_LOGIN_REQUIRED || error == ERR_NO_ACCOUNT || error == ERR_SECOND_FACTOR)
		return page(STEP_LOGIN);
	if (error == ERR_UNAUTHORIZED_CLIENT)
		return plain(STEP_ERROR, error);
	if ((!error || is_about_units(error)) && wants_unit(facts))
		return page(STEP_ACT_FOR);
	if (error)
		return held(error, facts->gate);
	if (facts->consent_needed && !facts->interaction->consented)
		return page(STEP_CONSENT);
	return plain(STEP_CODE, 0);
}

static struct step_result silently(struct step_result next)
{
	switch (next.step) {
	case STEP_CODE:
	case STEP_ERROR:
		return next;
	case STEP_WAIT: /* what is unmet can be resolved by the person or is final: ERR_DISABLED and the like tell the client so */
		return (struct step_result){ STEP_ERROR, next.error, strcmp(next.page, PENDING) ? next.page : NULL };
	default:
		return plain(STEP_ERROR, pages[next.step].silent);
	}
}

struct step_result step_next(const struct step_facts *facts)
{
	struct step_result next = shown(facts);

	return step_has_prompt(facts->interaction, "none") ? silently(next) : next;
}

struct step_result step_next_own(const struct step_facts *facts)
{
	struct step_result step;

	if (!is_proved(facts, &step))
		return step;
	const struct account *account = facts->gate->account;
	if (account->namespace_ == NAMESPACE_NATURAL && account->status == ACCOUNT_REJECTED)
		return held(ERR_REVIEW_REJECTED, facts->gate);
	if (facts->complete_needed && account->namespace_ == NAMESPACE_NATURAL && account->profile == PROFILE_NONE)
		return held(ERR_INCOMPLETE, facts->gate);
	if (wants_unit(facts))
		return page(STEP_ACT_FOR);
	return plain(STEP_DONE, 0);
}
