/* SPDX-License-Identifier: Apache-2.0 */
/* What an interaction needs next: prompt, max_age, the gate and consent in all their combinations. OpenID Connect Core 3.1.2.1, 3.1.2.6 */
#include "broker/base/error.h"
#include "broker/flow/step.h"
#include "broker/store/records_account.h"
#include "broker/store/records_login.h"
#include "broker/store/records_unit.h"
#include "conf/config_client.h"
#include "conf/config_login.h"
#include "tests/unit/suite.h"

#define NOW 1000000000
#define IN_THE_PAST(s) (NOW - (s) * MS_SECOND)

static const struct id mine = { { 1 } }, other = { { 2 } };

enum who { NOBODY, ACTIVE, REVIEW, DISABLED, DEAD_SESSION, GONE, NOT_COMPLETE, TURNED_DOWN };
enum proof { NOT, INSIDE, BY_ANOTHER };

static const struct row {
	const char *name;
	const char *prompt;
	int64_t max_age;      /* seconds; -1: absent */
	enum who who;         /* has a session */
	int64_t auth_time;    /* of it */
	enum proof proved;    /* inside this interaction */
	bool chosen, consent_needed, consented, candidates, link;
	enum step step;
	int error;
	const char *page; /* NULL: the step's own */
} rows[] = {
	{ "nobody is logged in: the ways in", "", -1, NOBODY, .step = STEP_LOGIN },
	{ "logged in, nothing more asked: the code", "", -1, ACTIVE, NOW, .step = STEP_CODE },
	{ "an old login is good enough without max_age", "", -1, ACTIVE, 1, .step = STEP_CODE },
	{ "consent is asked for", "", -1, ACTIVE, NOW, .consent_needed = true, .step = STEP_CONSENT },
	{ "consent was given in it", "", -1, ACTIVE, NOW, .consent_needed = true, .consented = true, .step = STEP_CODE },
	{ "several accounts fit: one must be chosen", "", -1, NOBODY, .candidates = true, .step = STEP_ACCOUNT },
	{ "several accounts fit, whoever was logged in before", "", -1, ACTIVE, NOW, .candidates = true, .step = STEP_ACCOUNT },
	{ "an unknown third-party identity: create or link", "", -1, NOBODY, .link = true, .step = STEP_LINK },

	{ "prompt=login asks a person with a session again", "login", -1, ACTIVE, NOW, .step = STEP_LOGIN },
	{ "prompt=login is met by a proof inside the interaction", "login", -1, ACTIVE, NOW, INSIDE, .step = STEP_CODE },
	{ "a proof of another session does not meet prompt=login", "login", -1, ACTIVE, NOW, BY_ANOTHER, .step = STEP_LOGIN },
	{ "prompt=select_account shows the ways in although somebody is logged in", "select_account", -1, ACTIVE, NOW, .step = STEP_LOGIN },
	{ "prompt=select_account is met when an account was chosen", "select_account", -1, ACTIVE, NOW, .chosen = true, .step = STEP_CODE },
	{ "prompt=login consent: first the login", "login consent", -1, ACTIVE, NOW, .consent_needed = true, .step = STEP_LOGIN },
	{ "prompt=login consent: then the consent", "login consent", -1, ACTIVE, NOW, INSIDE, .consent_needed = true, .step = STEP_CONSENT },
	{ "prompt=login consent: then the code", "login consent", -1, ACTIVE, NOW, INSIDE, .consent_needed = true, .consented = true, .step = STEP_CODE },
	{ "prompt=login select_account consent, all met", "login select_account consent", -1, ACTIVE, NOW, INSIDE, .chosen = true, .consent_needed = true,
	  .consented = true, .step = STEP_CODE },
	{ "a word that only begins like login is not login", "loginx", -1, ACTIVE, NOW, .step = STEP_CODE },

	{ "max_age: exactly so old is young enough", "", 60, ACTIVE, IN_THE_PAST(60), .step = STEP_CODE },
	{ "max_age: a millisecond older is too old", "", 60, ACTIVE, IN_THE_PAST(60) - 1, .step = STEP_LOGIN },
	{ "max_age: too old, but proved inside", "", 60, ACTIVE, IN_THE_PAST(61), INSIDE, .step = STEP_CODE },
	{ "max_age=0 is prompt=login, also within the same millisecond", "", 0, ACTIVE, NOW, .step = STEP_LOGIN },
	{ "max_age=0 is met by a proof inside", "", 0, ACTIVE, NOW, INSIDE, .step = STEP_CODE },
	{ "max_age: the longest that a request may say", "", UINT32_MAX, ACTIVE, 1, .step = STEP_CODE },
	{ "max_age: a login in the future is not old", "", 60, ACTIVE, NOW + 5000, .step = STEP_CODE },

	{ "the gate holds: the page that says what is awaited", "", -1, REVIEW, NOW, .step = STEP_WAIT, .error = ERR_PENDING_REVIEW, .page = "/pending" },
	{ "incomplete information: the page that completes it", "", -1, NOT_COMPLETE, NOW, .step = STEP_WAIT, .error = ERR_INCOMPLETE, .page = "/complete" },
	{ "turned down: the page that says why and takes a correction", "", -1, TURNED_DOWN, NOW, .step = STEP_WAIT, .error = ERR_REVIEW_REJECTED,
	  .page = "/complete" },
	{ "the gate comes before consent", "", -1, REVIEW, NOW, .consent_needed = true, .step = STEP_WAIT, .error = ERR_PENDING_REVIEW, .page = "/pending" },
	{ "a disabled account is told so", "", -1, DISABLED, NOW, .step = STEP_WAIT, .error = ERR_DISABLED, .page = "/pending" },
	{ "a session from before not-before is none", "", -1, DEAD_SESSION, NOW, .step = STEP_LOGIN },
	{ "the account is gone: log in", "", -1, GONE, NOW, .step = STEP_LOGIN },

	{ "prompt=none and all is well: the code", "none", -1, ACTIVE, NOW, .step = STEP_CODE },
	{ "prompt=none without a session", "none", -1, NOBODY, .step = STEP_ERROR, .error = ERR_LOGIN_REQUIRED },
	{ "prompt=none with a login that is too old", "none", 60, ACTIVE, IN_THE_PAST(61), .step = STEP_ERROR, .error = ERR_LOGIN_REQUIRED },
	{ "prompt=none and max_age=0", "none", 0, ACTIVE, NOW, .step = STEP_ERROR, .error = ERR_LOGIN_REQUIRED },
	{ "prompt=none without consent", "none", -1, ACTIVE, NOW, .consent_needed = true, .step = STEP_ERROR, .error = ERR_CONSENT_REQUIRED },
	{ "prompt=none with several accounts", "none", -1, NOBODY, .candidates = true, .step = STEP_ERROR, .error = ERR_ACCOUNT_SELECTION_REQUIRED },
	{ "prompt=none with an unknown third-party identity", "none", -1, NOBODY, .link = true, .step = STEP_ERROR, .error = ERR_LOGIN_REQUIRED },
	{ "prompt=none and the gate holds: its error", "none", -1, REVIEW, NOW, .step = STEP_ERROR, .error = ERR_PENDING_REVIEW },
	{ "prompt=none and a page could resolve it: which one", "none", -1, NOT_COMPLETE, NOW, .step = STEP_ERROR, .error = ERR_INCOMPLETE,
	  .page = "/complete" },
	{ "prompt=none with a session from before not-before", "none", -1, DEAD_SESSION, NOW, .step = STEP_ERROR, .error = ERR_LOGIN_REQUIRED },
};

static struct step_result next_of(const struct row *row, bool client_enabled, bool own)
{
	struct span candidate = SPAN("0123456789abcdef");
	struct interaction interaction = { .prompt = span_of(row->prompt), .max_age = row->max_age, .reauthenticated = row->proved != NOT,
					   .session = row->proved == INSIDE ? mine : row->proved == BY_ANOTHER ? other : (struct id){ { 0 } },
					   .account_chosen = row->chosen, .consented = row->consented };
	struct session session = { .id = mine, .created_at = { 1 }, .auth_time = { row->auth_time } };
	static const int status[] = { [REVIEW] = ACCOUNT_PENDING_REVIEW, [DISABLED] = ACCOUNT_DISABLED, [TURNED_DOWN] = ACCOUNT_REJECTED };
	struct account account = { .status = row->who < ARRAY_LEN(status) && status[row->who] ? status[row->who] : ACCOUNT_ACTIVE,
				   .profile = row->who == NOT_COMPLETE ? PROFILE_NONE : PROFILE_INDIVIDUAL, .namespace_ = NAMESPACE_NATURAL, .not_before = { row->who == DEAD_SESSION ? 2 : 0 } };
	struct config_client client = { .enabled = client_enabled, .require = { .account_active = true, .complete = true } };
	struct gate_facts gate = { .account = row->who == GONE ? NULL : &account, .client = &client, .session_from = session.created_at, .now = { NOW } };
	struct step_facts facts = { .interaction = &interaction, .consent_needed = row->consent_needed, .complete_needed = true,
				    .now = { NOW } };

	if (row->candidates)
		interaction.candidates = (struct text_list){ &candidate, 1 };
	if (row->link)
		interaction.link = other;
	if (row->who != NOBODY) {
		facts.session = &session;
		facts.gate = &gate;
	}
	return own ? step_next_own(&facts) : step_next(&facts);
}

START_TEST(next)
{
	static const char *const pages[] = { [STEP_LOGIN] = "/login", [STEP_LINK] = "/link", [STEP_ACCOUNT] = "/choose-account",
					     [STEP_CONSENT] = "/consent", [STEP_DONE] = NULL };
	struct step_result result = next_of(&rows[_i], true, false);

	ROW_INT(rows[_i].name, result.step, rows[_i].step);
	ROW_INT(rows[_i].name, result.error, rows[_i].error);
	ROW_SPAN(rows[_i].name, span_of(result.page), span_of(rows[_i].page ? rows[_i].page : pages[rows[_i].step]));
}
END_TEST

/* Nobody is shown a page that leads to a client which is switched off. */
START_TEST(disabled_client)
{
	static const struct row row = { "", "", -1, ACTIVE, NOW };
	struct step_result result = next_of(&row, false, false);

	ck_assert_int_eq(result.step, STEP_ERROR);
	ck_assert_int_eq(result.error, ERR_UNAUTHORIZED_CLIENT);
}
END_TEST

/* Whatever else is true, prompt=none never ends in a page. */
START_TEST(none_never_shows)
{
	for (unsigned bits = 0; bits < 1u << 10; bits++) {
		struct row row = { .prompt = "none", .max_age = bits & 1 ? 0 : bits & 2 ? 60 : -1, .who = (enum who)(bits >> 2 & 7),
				   .auth_time = bits & 32 ? NOW : 1, .candidates = bits & 64, .link = bits & 128, .consent_needed = bits & 256,
				   .chosen = bits & 512 };
		struct step_result result = next_of(&row, true, false);

		ck_assert_msg(result.step == STEP_CODE || (result.step == STEP_ERROR && result.error > 0), "bits %x: step %d, error %d", bits, result.step, result.error);
	}
}
END_TEST

/* A login for its own sake: the account's own matters come first, then where the person wanted to go. */
static const struct row own_rows[] = {
	{ "nobody is logged in: the ways in", "", -1, NOBODY, .step = STEP_LOGIN, .page = "/login" },
	{ "logged in: done", "", -1, ACTIVE, NOW, .step = STEP_DONE },
	{ "several accounts fit", "", -1, ACTIVE, NOW, .candidates = true, .step = STEP_ACCOUNT, .page = "/choose-account" },
	{ "an unknown third-party identity", "", -1, NOBODY, .link = true, .step = STEP_LINK, .page = "/link" },
	{ "nothing said about oneself yet: first that", "", -1, NOT_COMPLETE, NOW, .step = STEP_WAIT, .error = ERR_INCOMPLETE, .page = "/complete" },
	{ "turned down: why, and again", "", -1, TURNED_DOWN, NOW, .step = STEP_WAIT, .error = ERR_REVIEW_REJECTED, .page = "/complete" },
	{ "under review one may look around", "", -1, REVIEW, NOW, .step = STEP_DONE },
};

START_TEST(own)
{
	struct step_result result = next_of(&own_rows[_i], true, true);

	ROW_INT(own_rows[_i].name, result.step, own_rows[_i].step);
	ROW_INT(own_rows[_i].name, result.error, own_rows[_i].error);
	ROW_SPAN(own_rows[_i].name, span_of(result.page), span_of(own_rows[_i].page));
}
END_TEST

/* Whatever the gate says, there is a page for it, of ours. */
START_TEST(every_requirement_has_a_page)
{
	static const int namespaces[] = { NAMESPACE_NATURAL, NAMESPACE_LEGAL, NAMESPACE_STAFF };
	const struct gate_row *row;

	for (size_t i = 0; (row = gate_row_at(i)); i++)
		for (size_t k = 0; k < ARRAY_LEN(namespaces); k++) {
			struct account account = { .namespace_ = namespaces[k] };
			struct gate_facts facts = { .account = &account };

			ck_assert_msg(step_resolving_page(row->error, &facts)[0] == '/', "%s", row->name);
		}
}
END_TEST

/* For whom a person acts: asked once, where it matters, and before the gate is asked about units. */
static const struct acting_row {
	const char *name;
	int choose; /* enum config_choose_unit */
	bool own, proved_inside, said, acts, demands;
	size_t n_units, n_asked;
	enum step step;
	const char *page;
} acting_rows[] = {
	{ "no client demands a unit: nothing is asked", CONFIG_CHOOSE_UNIT_WHEN_REQUIRED, .n_units = 2, .step = STEP_CODE },
	{ "a client demands one: which?", CONFIG_CHOOSE_UNIT_WHEN_REQUIRED, .demands = true, .n_units = 2, .step = STEP_ACT_FOR, .page = "/act-for" },
	{ "said: the code", CONFIG_CHOOSE_UNIT_WHEN_REQUIRED, .demands = true, .said = true, .acts = true, .n_units = 2, .step = STEP_CODE },
	{ "chosen in an earlier login of the session", CONFIG_CHOOSE_UNIT_WHEN_REQUIRED, .demands = true, .acts = true, .n_units = 2, .step = STEP_CODE },
	{ "as oneself, for a client that demands a unit: asked again", CONFIG_CHOOSE_UNIT_WHEN_REQUIRED, .demands = true, .said = true, .n_units = 2,
	  .step = STEP_WAIT, .page = "/act-for" },
	{ "no unit at all: choose one", CONFIG_CHOOSE_UNIT_WHEN_REQUIRED, .demands = true, .step = STEP_WAIT, .page = "/choose-unit" },
	{ "asked a unit, which has not answered", CONFIG_CHOOSE_UNIT_WHEN_REQUIRED, .demands = true, .n_asked = 1, .step = STEP_WAIT, .page = "/pending" },
	{ "always: after a login", CONFIG_CHOOSE_UNIT_ALWAYS, .proved_inside = true, .n_units = 1, .step = STEP_ACT_FOR, .page = "/act-for" },
	{ "always: not when the session is used again", CONFIG_CHOOSE_UNIT_ALWAYS, .n_units = 1, .step = STEP_CODE },
	{ "always: who belongs to nothing is not asked", CONFIG_CHOOSE_UNIT_ALWAYS, .proved_inside = true, .step = STEP_CODE },
	{ "always: also a login for its own sake", CONFIG_CHOOSE_UNIT_ALWAYS, .own = true, .proved_inside = true, .n_units = 1, .step = STEP_ACT_FOR, .page = "/act-for" },
	{ "always: as oneself is an answer", CONFIG_CHOOSE_UNIT_ALWAYS, .own = true, .proved_inside = true, .said = true, .n_units = 1, .step = STEP_DONE },
	{ "never: only what the gate demands", CONFIG_CHOOSE_UNIT_NEVER, .demands = true, .n_units = 1, .step = STEP_WAIT, .page = "/act-for" },
	{ "never: nothing else", CONFIG_CHOOSE_UNIT_NEVER, .proved_inside = true, .n_units = 1, .step = STEP_CODE },
};

START_TEST(acting)
{
	const struct acting_row *row = &acting_rows[_i];
	struct interaction interaction = { .max_age = -1, .session = row->proved_inside ? mine : other, .acting_chosen = row->said };
	struct session session = { .id = mine };
	struct account account = { .status = ACCOUNT_ACTIVE, .namespace_ = NAMESPACE_NATURAL };
	struct unit unit = { .status = UNIT_EFFECTIVE };
	struct membership membership = { .status = MEMBERSHIP_ACTIVE };
	struct config_client client = { .enabled = true, .require = { .membership_active = row->demands } };
	struct gate_facts gate = { .account = &account, .client = &client, .now = { NOW }, .acts = row->acts, .acts_from = { NOW },
				   .unit = row->acts ? &unit : NULL, .membership = row->acts ? &membership : NULL, .n_units = row->n_units, .n_asked = row->n_asked };
	struct step_facts facts = { .interaction = &interaction, .session = &session, .gate = &gate, .choose_unit = row->choose, .now = { NOW } };
	struct step_result result = row->own ? step_next_own(&facts) : step_next(&facts);

	ROW_INT(row->name, result.step, row->step);
	ROW_SPAN(row->name, span_of(result.page), span_of(row->page));
	if (row->own || result.step == STEP_CODE)
		return;
	interaction.prompt = SPAN("none");
	result = step_next(&facts);
	ROW_INT(row->name, result.step, STEP_ERROR);
}
END_TEST

int main(void)
{
	return suite_run("flow/step", (struct suite_test[]){ SUITE_LOOP(next, ARRAY_LEN(rows)), SUITE_ONCE(disabled_client), SUITE_ONCE(none_never_shows),
							     SUITE_LOOP(own, ARRAY_LEN(own_rows)), SUITE_LOOP(acting, ARRAY_LEN(acting_rows)), SUITE_ONCE(every_requirement_has_a_page), SUITE_END });
}
