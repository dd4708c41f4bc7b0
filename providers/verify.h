/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify - what a real-name verifier is: one file with a name, option rows, and two pure functions that ask and that read the answer.
 *
 * A verifier does no I/O: it answers with an HTTP request for broker/net or with a row to look up in a file, and reads what came of it. Who may
 * be asked, when, how often and what follows is the broker's. domain.md 1.5, 3.7 (plug-ins), 3.9
 *
 * A new verifier is one file in providers/verify/ and one row in providers/registry.c.
 */
#pragma once

#include "broker/base/json.h"
#include "conf/option.h"
#include "providers/advice.h"
#include "providers/fetch.h"

enum verify_subject {
	VERIFY_PERSON,
	VERIFY_UNIT,
	VERIFY_UNIT_FACTS, /* nothing is claimed: what is registered of the unit with this uscc? (J2) */
	VERIFY_NETWORK,    /* a person who proves themselves with their national network identity and shows no number (Decree 173) */
};

/* What somebody says of themselves, normalised. Of a unit: name and number are its legal representative's. Empty: not asked for. */
struct verify_request {
	enum verify_subject subject;
	struct span name, id_type, id_number, country; /* codes of GA/T 2000.156, ISO 3166 alpha-3 */
	struct span gender, ethnic_code;               /* GB/T 2261.1, GB/T 3304 */
	struct span unit_name, uscc;
	struct span network_auth, network_pin, network_photo; /* NETWORK: sealed by the person's app: credential, password, face */
	struct span nonce; /* fresh for each attempt, 22 characters */
	struct instant now;
};

#define VERIFY_KEYS_MAX 2

enum verify_ask_type {
	VERIFY_FETCH,  /* an HTTP request */
	VERIFY_LOOKUP, /* the row of the CSV file @path in which @columns hold @values */
	VERIFY_CANNOT, /* nobody to ask about this */
};

struct verify_ask {
	enum verify_ask_type type;
	struct fetch_request fetch;
	struct span path;
	const char *columns[VERIFY_KEYS_MAX];
	struct span values[VERIFY_KEYS_MAX];
	size_t n_columns;
};

struct verify_cell {
	struct span column, value;
};

struct verify_reply {
	int error;        /* no answer at all: ERR_ or FAULT_ */
	int status;       /* FETCH */
	struct span body; /* FETCH */
	bool found;       /* LOOKUP */
	const struct verify_cell *cells;
	size_t n_cells;
};

enum verify_outcome { VERIFY_MATCH, VERIFY_MISMATCH, VERIFY_UNAVAILABLE, VERIFY_NOT_CHECKABLE };

struct verify_answer {
	enum verify_outcome outcome;
	int64_t level;        /* of a match, domain.md 3.9; 0: as configured */
	struct span method;   /* of a match: what kind of source said so ("registry", "population") */
	struct span evidence; /* the source's own reference; holds no personal data */
	const struct verify_cell *facts; /* VERIFY_UNIT_FACTS, of a match: the unit is known, and this of it */
	size_t n_facts;
	struct span pseudonym; /* NETWORK, of a match: who it is, by a name that is no number of theirs; may be empty */
	const char *reason;   /* otherwise, for the log: holds no personal data and no secret */
	struct span code, message; /* the source's own, or empty; for whoever tests */
	const struct advice *advice; /* what that code means; may be NULL */
};

struct verifier {
	struct option_variant variant;
	MUST_USE int (*ask)(const void *options, const struct verify_request *request, struct arena *arena, struct verify_ask *ret_ask);
	/* 0 whenever the reply could be judged, however it was; FAULT_ otherwise. What cannot be trusted is VERIFY_UNAVAILABLE. */
	MUST_USE int (*read)(const void *options, const struct verify_request *request, const struct verify_reply *reply, struct arena *arena,
			     struct verify_answer *ret_answer);
};

static inline const struct verifier *verifier_of(const struct option_variant *variant)
{
	return (const struct verifier *)variant;
}

const char *verify_subject_name(enum verify_subject subject);
const char *verify_outcome_name(enum verify_outcome outcome);
/* The outcome that the table @advice names for @code (@otherwise: it is not there), with copies of @code and @message. */
MUST_USE int verify_answer_code(struct verify_answer *answer, const struct advice *advice, struct span code, struct span message, enum verify_outcome otherwise,
				struct arena *arena);
/* @text where it is one word of printable ASCII, of bearable length, which a record and a log line can hold; otherwise nothing. */
struct span verify_word(struct span text);
/* Answer with @outcome. Returns 0, so that a verifier can end with it. */
int verify_answer(struct verify_answer *answer, enum verify_outcome outcome, const char *reason);
