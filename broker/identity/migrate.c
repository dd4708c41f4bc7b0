/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/identity/migrate.h"

#include "broker/base/error.h"
#include "broker/identity/rules.h"

static bool is_taken(const struct migrate_facts *f)
{
	return f->natural_login_is_key || f->legal_login_is_key;
}

static bool is_its_own_legal_login(const struct migrate_facts *f)
{
	return f->legal_login_is_key && f->legal_login_unit_is_key;
}

static bool has_legal_account(const struct migrate_facts *f)
{
	return f->legal_unit_is_key;
}

static bool is_natural_login(const struct migrate_facts *f)
{
	return f->natural_login_is_key;
}

static bool is_verified_phone(const struct migrate_facts *f)
{
	return f->natural_phone_verified;
}

static bool makes_no_accounts(const struct migrate_facts *f)
{
	return f->claims_only;
}

static bool always(const struct migrate_facts *f)
{
	return true;
}

/* domain.md 1.2, from the top: the first rule that holds decides. */
static const struct {
	enum migrate_kind kind;
	bool (*holds)(const struct migrate_facts *facts);
	enum migrate_outcome outcome;
	enum migrate_namespace namespace;
	enum { NO_NAME, KEY, PREFIXED, PREFIXED_IF_TAKEN } name;
	bool creates_account, suggests_link, pre_grants;
} rules[] = {
	{ MIGRATE_ENTERPRISE, makes_no_accounts, MIGRATE_KEPT, MIGRATE_NONE, NO_NAME, false, false, false },
	{ MIGRATE_ENTERPRISE, is_its_own_legal_login, MIGRATE_E2, MIGRATE_LEGAL, KEY, false, true, false },
	{ MIGRATE_ENTERPRISE, has_legal_account, MIGRATE_E4, MIGRATE_NATURAL, PREFIXED_IF_TAKEN, true, false, true },
	{ MIGRATE_ENTERPRISE, is_taken, MIGRATE_E3, MIGRATE_LEGAL, PREFIXED, true, false, false },
	{ MIGRATE_ENTERPRISE, always, MIGRATE_E1, MIGRATE_LEGAL, KEY, true, false, false },
	{ MIGRATE_INDIVIDUAL, makes_no_accounts, MIGRATE_KEPT, MIGRATE_NONE, NO_NAME, false, false, false },
	{ MIGRATE_INDIVIDUAL, is_natural_login, MIGRATE_P2, MIGRATE_NATURAL, KEY, false, true, false },
	{ MIGRATE_INDIVIDUAL, is_verified_phone, MIGRATE_P4, MIGRATE_NONE, NO_NAME, false, false, false },
	{ MIGRATE_INDIVIDUAL, is_taken, MIGRATE_P3, MIGRATE_NATURAL, PREFIXED, true, false, false },
	{ MIGRATE_INDIVIDUAL, always, MIGRATE_P1, MIGRATE_NATURAL, KEY, true, false, false },
};

static const struct {
	const char *name, *text;
} outcomes[] = {
#define X(name, text) { #name, text },
	MIGRATE_OUTCOMES(X)
#undef X
};

int migrate_decide(enum migrate_kind kind, struct span key, const struct migrate_facts *facts, struct arena *arena,
		   struct migrate_decision *ret_decision)
{
	struct migrate_decision decision = { .outcome = MIGRATE_UNCHANGED, .reason = outcomes[MIGRATE_UNCHANGED].text };
	size_t i = 0;

	if (facts->imported) {
		*ret_decision = decision;
		return 0;
	}
	while (rules[i].kind != kind || !rules[i].holds(facts))
		i++; /* the last rule of each kind always holds */
	bool prefixed = rules[i].name == PREFIXED || (rules[i].name == PREFIXED_IF_TAKEN && is_taken(facts));
	if (prefixed && facts->prefixed_is_taken) {
		*ret_decision = (struct migrate_decision){ .outcome = MIGRATE_REJECTED, .reason = "prefixed_name_taken" };
		return 0;
	}
	decision = (struct migrate_decision){
		.outcome = rules[i].outcome,
		.namespace = rules[i].namespace,
		.creates_account = rules[i].creates_account,
		.suggests_link = rules[i].suggests_link,
		.pre_grants = rules[i].pre_grants,
		.reason = outcomes[rules[i].outcome].text,
	};
	if (rules[i].name != NO_NAME) {
		char *name = arena_printf(arena, "%s" SPAN_FMT, prefixed ? RULES_RESERVED_PREFIX : "", SPAN_ARG(key));

		if (!name)
			return FAULT_MEMORY;
		decision.login_name = span_of(name);
	}
	*ret_decision = decision;
	return 0;
}

const char *migrate_outcome_name(enum migrate_outcome outcome)
{
	return (size_t)outcome < ARRAY_LEN(outcomes) ? outcomes[outcome].name : "REJECTED";
}

const char *migrate_outcome_text(enum migrate_outcome outcome)
{
	return (size_t)outcome < ARRAY_LEN(outcomes) ? outcomes[outcome].text : "";
}

bool migrate_outcome_creates(enum migrate_outcome outcome)
{
	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		if (rules[i].outcome == outcome)
			return rules[i].creates_account;
	return false;
}

static const struct {
	const char *name, *text;
} facts_told[] = {
#define X(name, text) { #name, text },
	MIGRATE_FACTS(X)
#undef X
};
_Static_assert(sizeof(struct migrate_facts) == ARRAY_LEN(facts_told) * sizeof(bool), "every fact is told");

const char *migrate_fact_name(size_t i)
{
	return i < ARRAY_LEN(facts_told) ? facts_told[i].name : NULL;
}

const char *migrate_fact_text(size_t i)
{
	return i < ARRAY_LEN(facts_told) ? facts_told[i].text : NULL;
}

bool migrate_fact_holds(const struct migrate_facts *facts, size_t i)
{
	return i < ARRAY_LEN(facts_told) && ((const bool *)facts)[i];
}

bool migrate_outcome_of(struct span name, enum migrate_outcome *ret_outcome)
{
	for (size_t i = 0; i < ARRAY_LEN(outcomes); i++)
		if (span_is(name, outcomes[i].name)) {
			*ret_outcome = (enum migrate_outcome)i;
			return true;
		}
	return false;
}

/* M13-M16, M18-M21: what each outcome lets the page tell. P4 tells no login name: the account is not known to be the asker's. */
static const struct {
	enum migrate_case which;
	enum migrate_namespace window;
	bool tells_login_name;
} told[] = {
	[MIGRATE_E1] = { MIGRATE_CASE_E1, MIGRATE_LEGAL, true },   [MIGRATE_E2] = { MIGRATE_CASE_E2, MIGRATE_LEGAL, true },
	[MIGRATE_E3] = { MIGRATE_CASE_E3, MIGRATE_LEGAL, true },   [MIGRATE_E4] = { MIGRATE_CASE_E4, MIGRATE_NATURAL, true },
	[MIGRATE_P1] = { MIGRATE_CASE_P1, MIGRATE_NATURAL, true }, [MIGRATE_P2] = { MIGRATE_CASE_P2, MIGRATE_NATURAL, true },
	[MIGRATE_P3] = { MIGRATE_CASE_P3, MIGRATE_NATURAL, true }, [MIGRATE_P4] = { MIGRATE_CASE_P4, MIGRATE_NATURAL, false },
};

struct migrate_answer migrate_lookup(enum migrate_kind kind, const struct migrate_lookup_facts *facts)
{
	enum migrate_namespace own = kind == MIGRATE_ENTERPRISE ? MIGRATE_LEGAL : MIGRATE_NATURAL;

	if (facts->has_row && (size_t)facts->outcome < ARRAY_LEN(told))
		return (struct migrate_answer){ told[facts->outcome].which, told[facts->outcome].window,
						told[facts->outcome].tells_login_name,
						told[facts->outcome].tells_login_name && facts->is_prefixed };
	if (facts->has_row || !facts->source_is_complete)
		return (struct migrate_answer){ MIGRATE_CASE_not_migrated, MIGRATE_NONE, false, false };
	if (kind == MIGRATE_INDIVIDUAL)
		return (struct migrate_answer){ MIGRATE_CASE_P0, own, false, false };
	return (struct migrate_answer){ facts->legal_account_exists ? MIGRATE_CASE_E0b : MIGRATE_CASE_E0a, own, false, false };
}

const char *migrate_case_name(enum migrate_case which)
{
	static const char *const names[] = {
#define X(name) #name,
		MIGRATE_CASES(X)
#undef X
	};

	return (size_t)which < ARRAY_LEN(names) ? names[which] : "not_migrated";
}
