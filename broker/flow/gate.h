/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate - the one policy decision: may this person, through this client, have a session, a code or a token?
 *
 * Every path that ends in a session, code, token, use of a token, or binding asks here; the rows say on which paths they hold. Half of the
 * recent CVEs in the best-known peer are one path that missed one of these checks (design.md 1, security.md rule 1).
 */
#pragma once

#include "broker/store/record.h"

struct account;
struct binding;
struct config_client;
struct grant;
struct membership;
struct unit;

enum gate_path {
	GATE_SESSION, /* a session is about to begin */
	GATE_CODE,    /* an authorization code is about to be issued */
	GATE_REDEEM,  /* a code becomes tokens */
	GATE_REFRESH,
	GATE_USE,     /* userinfo, introspection: an issued token is looked at */
	GATE_BIND,    /* an external identity or an old account is about to be tied to the account */
	GATE_PATHS
};

/* What the decision rests on. Pointers may be NULL where the thing does not exist. */
struct gate_facts {
	const struct account *account;
	const struct unit *unit;             /* the legal account's own, or the one a natural person acts for */
	const struct membership *membership; /* of a natural account in that unit */
	const struct grant *grants;
	size_t n_grants;
	const struct binding *bindings;      /* of the person's old accounts, also such as are only suggested */
	size_t n_bindings;
	size_t n_units, n_asked;             /* units that a natural person may act for, and that they asked to be admitted by: for the steps */
	bool acts;                           /* a natural person for that unit, */
	struct instant acts_from;            /* since then: the session's choice (now), or the tokens' family */
	struct instant session_from;         /* when the session, or the offline grant, began; zero on GATE_SESSION and GATE_BIND */
	bool two_factors;                    /* the session's proof; looked at on GATE_SESSION, GATE_CODE and GATE_BIND */
	const struct config_client *client;  /* NULL on GATE_SESSION and GATE_BIND */
	struct instant now;
};

/* 0, or the first error of the table that holds on @path. */
MUST_USE int gate_check(enum gate_path path, const struct gate_facts *facts);

/* The table, for completeness tests and documentation; NULL past the end. */
struct gate_row {
	const char *name; /* "the account is not disabled" */
	int error;
	unsigned paths; /* bits 1 << enum gate_path */
	bool (*holds)(const struct gate_facts *facts);
};
const struct gate_row *gate_row_at(size_t i);
