/* SPDX-License-Identifier: Apache-2.0 */
/*
 * migrate - the decision table of an import, and what the look-up page tells afterwards. domain.md 1.2 (M11-M21).
 *
 * Pure: the importer gathers facts in one store snapshot, asks, and keeps the answer in the same transaction. The order of the
 * rows in the table is the rule; `yimen legacy import --explain` prints it.
 *
 * "Taken" means a login name that exists in either namespace, natural or legal: the person types it into one of two windows,
 * and a name that means two people depending on the window is what the prefix is there to avoid. When HJ_ + key is itself taken
 * in either namespace, the row is REJECTED (prefixed_name_taken), no third name is invented: the look-up may only tell a name
 * that is derived from the input, a second prefix would be guesswork for the person, and the squatter is an operator's case. The
 * reject is repeatable: free the name, import again.
 */
#pragma once

#include "broker/base/arena.h"

enum migrate_kind { MIGRATE_ENTERPRISE, MIGRATE_INDIVIDUAL };
enum migrate_namespace { MIGRATE_NONE, MIGRATE_NATURAL, MIGRATE_LEGAL };

/* outcome, what happens to the row */
#define MIGRATE_OUTCOMES(X)                                                                              \
	X(E1, "legal account with the credit code as login name")                                        \
	X(E2, "link suggested to the legal account that has the credit code as login name")              \
	X(E3, "legal account with the prefixed name: somebody else has the credit code as login name")   \
	X(E4, "natural account with a grant that waits for real-name verification: the unit has a legal account") \
	X(P1, "natural account with the phone as login name")                                            \
	X(P2, "link suggested to the natural account that has the phone as login name")                  \
	X(P3, "natural account with the prefixed name: somebody else has the phone as login name")       \
	X(P4, "no account: a verified natural person has this phone; the row stays claimable")           \
	X(KEPT, "no account: the source's rows wait for people who prove that they are theirs")          \
	X(CORRECTED, "imported before, and corrected now: nobody has it yet")                            \
	X(CLAIMED, "imported before, and somebody has it by now: the change is only reported")           \
	X(UNCHANGED, "imported before")                                                                  \
	X(REJECTED, "not imported")

enum migrate_outcome {
#define X(name, text) MIGRATE_##name,
	MIGRATE_OUTCOMES(X) MIGRATE_OUTCOME_COUNT
#undef X
};

/* What exists before this row, for its key (credit code u or phone p). Fact, what it says of the key. */
#define MIGRATE_FACTS(X)                                                                                 \
	X(imported, "the row's id was imported before")                                                  \
	X(legal_login_is_key, "a legal account has the key as its login name")                           \
	X(legal_login_unit_is_key, "and that account's unit has the credit code")                        \
	X(legal_unit_is_key, "the unit with the credit code has a legal account")                        \
	X(natural_login_is_key, "a natural account has the key as its login name")                       \
	X(natural_phone_verified, "a real-name verified person has confirmed the phone")                 \
	X(prefixed_is_taken, "a login name with the prefix and the key exists in either window")         \
	X(claims_only, "the source makes no accounts (accounts: claim)")

struct migrate_facts {
#define X(name, text) bool name;
	MIGRATE_FACTS(X)
#undef X
};

struct migrate_decision {
	enum migrate_outcome outcome;
	enum migrate_namespace namespace; /* of the account to create, or of the one the link is suggested to; NONE: neither */
	struct span login_name;           /* of the account to create or suggested; empty for P4 and REJECTED */
	bool creates_account;             /* with the legacy hash */
	bool suggests_link;               /* SUGGESTED, never BOUND: releases nothing; that account keeps its own password */
	bool pre_grants;                  /* PRE_GRANTED on the unit until real-name success (E4) */
	const char *reason;               /* for REJECTED: "prefixed_name_taken"; otherwise the rule's text */
};

/* @key: the normalised credit code or phone. FAULT_MEMORY. */
MUST_USE int migrate_decide(enum migrate_kind kind, struct span key, const struct migrate_facts *facts, struct arena *arena,
			    struct migrate_decision *ret_decision);
const char *migrate_outcome_name(enum migrate_outcome outcome);
const char *migrate_outcome_text(enum migrate_outcome outcome);
/* The outcomes that make an account for the row. */
bool migrate_outcome_creates(enum migrate_outcome outcome);
/* The @i-th fact's name and text, NULL past the end; whether it holds. */
const char *migrate_fact_name(size_t i);
const char *migrate_fact_text(size_t i);
bool migrate_fact_holds(const struct migrate_facts *facts, size_t i);
/* False when @name is no outcome. */
MUST_USE bool migrate_outcome_of(struct span name, enum migrate_outcome *ret_outcome);

/* The look-up page's answers: data-case, and what may be told. */
#define MIGRATE_CASES(X) X(E0a) X(E0b) X(E1) X(E2) X(E3) X(E4) X(P0) X(P1) X(P2) X(P3) X(P4) X(not_migrated)

enum migrate_case {
#define X(name) MIGRATE_CASE_##name,
	MIGRATE_CASES(X) MIGRATE_CASE_COUNT
#undef X
};

struct migrate_lookup_facts {
	bool has_row;                 /* the source has a record for the key */
	enum migrate_outcome outcome; /* what the import made of it; REJECTED reads as not migrated */
	bool is_prefixed;             /* the login name it gave has the prefix (E3, P3, and E4 when the code was taken) */
	bool source_is_complete;      /* the source's import has finished; until then absence proves nothing */
	bool legal_account_exists;    /* a legal account has login name u or a unit with credit code u (E0a, E0b) */
};

struct migrate_answer {
	enum migrate_case which;
	enum migrate_namespace window; /* where to log in or register */
	bool tells_login_name;
	bool is_prefixed; /* the login name to tell is HJ_ + key, otherwise the key */
};

struct migrate_answer migrate_lookup(enum migrate_kind kind, const struct migrate_lookup_facts *facts);
const char *migrate_case_name(enum migrate_case which);
