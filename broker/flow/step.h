/* SPDX-License-Identifier: Apache-2.0 */
/*
 * step - what an interaction needs next, from what is known: choose a way in, prove, choose, resolve what the gate holds back, consent, or
 * the code.
 *
 * Pages only collect input for a step; they never decide. OpenID Connect Core 3.1.2.1 (prompt, max_age), 3.1.2.3, 3.1.2.6.
 */
#pragma once

#include "broker/flow/gate.h"

struct interaction;
struct session;

enum step {
	STEP_LOGIN,   /* show the ways in */
	STEP_SECOND_FACTOR, /* the first factor is proved, the account wants another */
	STEP_LINK,    /* a third-party identity is new: create an account or prove an old one */
	STEP_ACCOUNT, /* choose among the accounts that an OTP fits */
	STEP_WAIT,    /* the gate holds: step_result.error says which row, step_result.page resolves it or says what is awaited */
	STEP_ACT_FOR, /* for which of their units, or as themselves? */
	STEP_CONSENT,
	STEP_CODE,
	STEP_ERROR,   /* answer the client with step_result.error */
	STEP_DONE,    /* of a login for its own sake: on to where the person wanted to go */
};

struct step_facts {
	const struct interaction *interaction;
	const struct session *session; /* live and of this browser, or NULL */
	const struct gate_facts *gate; /* of the session's account; used only with a session. Without a client: a login for its own sake */
	bool consent_needed;           /* broker/oauth/consent.h */
	int choose_unit;               /* enum config_choose_unit */
	bool complete_needed;          /* who comes for their own sake completes their information first (Z2) */
	struct instant now;
};

struct step_result {
	enum step step;
	int error;
	const char *page; /* path of the step's page; of STEP_ERROR: the page that would resolve it; NULL where there is none */
};

/* For the interaction's client. */
struct step_result step_next(const struct step_facts *facts);
/* For a login for its own sake (an interaction without a client): never STEP_CONSENT, STEP_CODE or STEP_ERROR. */
struct step_result step_next_own(const struct step_facts *facts);

/* The page that resolves what the gate holds back with @error, or "/pending" where somebody else has to act. */
const char *step_resolving_page(int error, const struct gate_facts *facts);

/* Must the person prove again who they are, although the session lives? (prompt=login, max_age) */
bool step_wants_fresh_login(const struct interaction *interaction, const struct session *session, struct instant now);
bool step_has_prompt(const struct interaction *interaction, const char *value);
