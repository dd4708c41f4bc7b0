/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/flow/step.h"

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

/* prompt=none shows nothing: each step that would need a page is the error of that name (3.1.2.6). */
static struct step_result silently(struct step_result next)
{
	static const int errors[] = {
		[STEP_LOGIN] = ERR_LOGIN_REQUIRED,
		[STEP_LINK] = ERR_LOGIN_REQUIRED,
		[STEP_ACCOUNT] = ERR_ACCOUNT_SELECTION_REQUIRED,
		[STEP_CONSENT] = ERR_CONSENT_REQUIRED,
	};

	switch (next.step) {
	case STEP_CODE:
	case STEP_ERROR:
		return next;
	case STEP_WAIT: /* what is unmet can be resolved by the person or is final: ERR_DISABLED and the like tell the client so */
		return (struct step_result){ STEP_ERROR, next.error };
	default:
		return (struct step_result){ STEP_ERROR, errors[next.step] };
	}
}

static struct step_result shown(const struct step_facts *facts)
{
	const struct interaction *interaction = facts->interaction;
	const struct session *session = facts->session;

	if (interaction->candidates.n)
		return (struct step_result){ STEP_ACCOUNT, 0 };
	if (id_is_set(interaction->link))
		return (struct step_result){ STEP_LINK, 0 };
	if (!session || step_wants_fresh_login(interaction, session, facts->now))
		return (struct step_result){ STEP_LOGIN, 0 };
	if (step_has_prompt(interaction, "select_account") && !interaction->account_chosen)
		return (struct step_result){ STEP_LOGIN, 0 };

	int error = gate_check(GATE_CODE, facts->gate);
	if (error == ERR_LOGIN_REQUIRED || error == ERR_NO_ACCOUNT)
		return (struct step_result){ STEP_LOGIN, 0 };
	if (error == ERR_UNAUTHORIZED_CLIENT)
		return (struct step_result){ STEP_ERROR, error };
	if (error)
		return (struct step_result){ STEP_WAIT, error };
	if (facts->consent_needed && !interaction->consented)
		return (struct step_result){ STEP_CONSENT, 0 };
	return (struct step_result){ STEP_CODE, 0 };
}

struct step_result step_next(const struct step_facts *facts)
{
	struct step_result next = shown(facts);

	return step_has_prompt(facts->interaction, "none") ? silently(next) : next;
}
