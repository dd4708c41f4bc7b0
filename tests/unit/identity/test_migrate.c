/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/buf.h"
#include "broker/base/error.h"
#include "broker/identity/identifier.h"
#include "broker/identity/migrate.h"
#include "tests/unit/suite.h"

#define U "91110108MA01ET88XL"
#define P "18711111111"
#define ENTERPRISE MIGRATE_ENTERPRISE
#define INDIVIDUAL MIGRATE_INDIVIDUAL

/* domain.md 1.2 */
static const struct {
	const char *name;
	enum migrate_kind kind;
	struct migrate_facts facts;
	enum migrate_outcome outcome;
	enum migrate_namespace namespace;
	const char *login_name;
	bool creates, suggests, pre_grants;
} rows[] = {
	{ "E1: nothing is there", ENTERPRISE, { 0 }, MIGRATE_E1, MIGRATE_LEGAL, U, true, false, false },
	{ "E2: the unit's own legal account has the code as login name", ENTERPRISE,
	  { .legal_login_is_key = true, .legal_login_unit_is_key = true, .legal_unit_is_key = true }, MIGRATE_E2, MIGRATE_LEGAL, U,
	  false, true, false },
	{ "E2 wins over a natural account with the name", ENTERPRISE,
	  { .legal_login_is_key = true, .legal_login_unit_is_key = true, .legal_unit_is_key = true, .natural_login_is_key = true },
	  MIGRATE_E2, MIGRATE_LEGAL, U, false, true, false },
	{ "E3: another unit's legal account has the name", ENTERPRISE, { .legal_login_is_key = true }, MIGRATE_E3, MIGRATE_LEGAL,
	  "HJ_" U, true, false, false },
	{ "E3: a natural account has the name", ENTERPRISE, { .natural_login_is_key = true }, MIGRATE_E3, MIGRATE_LEGAL, "HJ_" U,
	  true, false, false },
	{ "E4: the unit has a legal account under another name", ENTERPRISE, { .legal_unit_is_key = true }, MIGRATE_E4,
	  MIGRATE_NATURAL, U, true, false, true },
	{ "E4 with the name taken by a person", ENTERPRISE, { .legal_unit_is_key = true, .natural_login_is_key = true }, MIGRATE_E4,
	  MIGRATE_NATURAL,
	  "HJ_" U, true, false, true },
	{ "E4 with the name taken by another unit", ENTERPRISE, { .legal_unit_is_key = true, .legal_login_is_key = true },
	  MIGRATE_E4, MIGRATE_NATURAL,
	  "HJ_" U, true, false, true },
	{ "E3 with a squatter on the prefixed name is rejected", ENTERPRISE, { .natural_login_is_key = true,
	  .prefixed_is_taken = true },
	  MIGRATE_REJECTED, MIGRATE_NONE, NULL, false, false, false },
	{ "E4 with a squatter is rejected only when it needs the prefix", ENTERPRISE, { .legal_unit_is_key = true,
	  .prefixed_is_taken = true },
	  MIGRATE_E4, MIGRATE_NATURAL, U, true, false, true },
	{ "E1 does not care for a squatter", ENTERPRISE, { .prefixed_is_taken = true }, MIGRATE_E1, MIGRATE_LEGAL, U, true, false,
	  false },
	{ "an enterprise's row imported twice changes nothing", ENTERPRISE, { .imported = true, .natural_login_is_key = true },
	  MIGRATE_UNCHANGED,
	  MIGRATE_NONE, NULL, false, false, false },
	{ "P1: nothing is there", INDIVIDUAL, { 0 }, MIGRATE_P1, MIGRATE_NATURAL, P, true, false, false },
	{ "P2: a natural account has the phone as login name", INDIVIDUAL, { .natural_login_is_key = true }, MIGRATE_P2,
	  MIGRATE_NATURAL, P, false, true, false },
	{ "P2 wins over P4", INDIVIDUAL, { .natural_login_is_key = true, .natural_phone_verified = true }, MIGRATE_P2,
	  MIGRATE_NATURAL, P, false, true, false },
	{ "P3: a legal account has the phone as login name", INDIVIDUAL, { .legal_login_is_key = true }, MIGRATE_P3,
	  MIGRATE_NATURAL, "HJ_" P, true, false, false },
	{ "P4: a verified person has this phone and another login name", INDIVIDUAL, { .natural_phone_verified = true }, MIGRATE_P4,
	  MIGRATE_NONE, NULL,
	  false, false, false },
	{ "P4 wins over P3", INDIVIDUAL, { .natural_phone_verified = true, .legal_login_is_key = true }, MIGRATE_P4, MIGRATE_NONE,
	  NULL, false, false, false },
	{ "P3 with a squatter on the prefixed name is rejected", INDIVIDUAL, { .legal_login_is_key = true,
	  .prefixed_is_taken = true },
	  MIGRATE_REJECTED, MIGRATE_NONE, NULL, false, false, false },
	{ "an enterprise of a source that makes no accounts is kept, whatever is taken", ENTERPRISE,
	  { .claims_only = true, .legal_login_is_key = true, .legal_login_unit_is_key = true, .prefixed_is_taken = true }, MIGRATE_KEPT, MIGRATE_NONE, NULL, false,
	  false, false },
	{ "a person of such a source too", INDIVIDUAL, { .claims_only = true, .natural_login_is_key = true, .natural_phone_verified = true }, MIGRATE_KEPT,
	  MIGRATE_NONE, NULL, false, false, false },
	{ "and imported twice it changes nothing", INDIVIDUAL, { .claims_only = true, .imported = true }, MIGRATE_UNCHANGED, MIGRATE_NONE, NULL, false, false,
	  false },
	{ "a person's row imported twice changes nothing", INDIVIDUAL, { .imported = true }, MIGRATE_UNCHANGED, MIGRATE_NONE, NULL,
	  false, false, false },
};

START_TEST(decisions)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(4096);
	struct migrate_decision got;

	ROW_INT(rows[_i].name, migrate_decide(rows[_i].kind, rows[_i].kind == ENTERPRISE ? SPAN(U) : SPAN(P), &rows[_i].facts,
		arena, &got), 0);
	ROW_INT(rows[_i].name, got.outcome, rows[_i].outcome);
	ROW_INT(rows[_i].name, got.namespace, rows[_i].namespace);
	ROW_SPAN(rows[_i].name, got.login_name, span_of(rows[_i].login_name));
	ROW_INT(rows[_i].name, got.creates_account, rows[_i].creates);
	ROW_INT(rows[_i].name, got.suggests_link, rows[_i].suggests);
	ROW_INT(rows[_i].name, got.pre_grants, rows[_i].pre_grants);
	ROW_TRUE(rows[_i].name, got.reason && *got.reason);
	if (got.outcome == MIGRATE_REJECTED)
		ck_assert_str_eq(got.reason, "prefixed_name_taken");
}
END_TEST

/* The pseudocode of domain.md, written a second time and in another way, over all 128 combinations of facts. */
START_TEST(all_combinations)
{
	for (unsigned bits = 0; bits < 128; bits++)
		for (int kind = 0; kind < 2; kind++) {
			CLEANUP(arena_cleanup) struct arena *arena = arena_new(4096);
			struct migrate_facts f = { bits & 1, bits & 2, bits & 4, bits & 8, bits & 16, bits & 32, bits & 64 };
			enum migrate_outcome want;
			struct migrate_decision got;

			if (kind == MIGRATE_ENTERPRISE)
				want = f.legal_login_is_key && f.legal_login_unit_is_key ? MIGRATE_E2
				       : f.legal_unit_is_key				 ? MIGRATE_E4
				       : f.legal_login_is_key || f.natural_login_is_key	 ? MIGRATE_E3
											 : MIGRATE_E1;
			else
				want = f.natural_login_is_key	  ? MIGRATE_P2
				       : f.natural_phone_verified ? MIGRATE_P4
				       : f.legal_login_is_key	  ? MIGRATE_P3
								  : MIGRATE_P1;
			bool needs_prefix = want == MIGRATE_E3 || want == MIGRATE_P3 ||
					    (want == MIGRATE_E4 && (f.legal_login_is_key || f.natural_login_is_key));
			if (f.imported)
				want = MIGRATE_UNCHANGED;
			else if (needs_prefix && f.prefixed_is_taken)
				want = MIGRATE_REJECTED;
			ck_assert_int_eq(migrate_decide((enum migrate_kind)kind, SPAN("k"), &f, arena, &got), 0);
			ck_assert_int_eq(got.outcome, want);
			/* a link is never BOUND and never comes with an account; a new account never takes a name that exists */
			ck_assert(!(got.creates_account && got.suggests_link));
			ck_assert(!got.creates_account || span_starts(got.login_name, SPAN("HJ_")) ||
				  (!f.legal_login_is_key && !f.natural_login_is_key));
			ck_assert(!got.creates_account || !span_starts(got.login_name, SPAN("HJ_")) || !f.prefixed_is_taken);
		}
}
END_TEST

START_TEST(every_fact_is_told)
{
	struct migrate_facts facts = { .legal_unit_is_key = true, .claims_only = true };
	size_t n = 0;

	for (; migrate_fact_name(n); n++) {
		ck_assert(*migrate_fact_text(n));
		bool want = strcmp(migrate_fact_name(n), "legal_unit_is_key") == 0 || strcmp(migrate_fact_name(n), "claims_only") == 0;
		ck_assert_int_eq(migrate_fact_holds(&facts, n), want);
	}
	ck_assert_uint_eq(n, 8);
	ck_assert(!migrate_fact_text(n) && !migrate_fact_holds(&facts, n));
	static const struct {
		enum migrate_outcome outcome;
		bool creates;
	} outcomes[] = { { MIGRATE_E1, true }, { MIGRATE_E2, false }, { MIGRATE_E3, true }, { MIGRATE_E4, true }, { MIGRATE_P1, true }, { MIGRATE_P2, false },
			 { MIGRATE_P3, true }, { MIGRATE_P4, false }, { MIGRATE_KEPT, false }, { MIGRATE_CORRECTED, false }, { MIGRATE_REJECTED, false } };
	for (size_t i = 0; i < ARRAY_LEN(outcomes); i++)
		ROW_INT(migrate_outcome_name(outcomes[i].outcome), migrate_outcome_creates(outcomes[i].outcome), outcomes[i].creates);
}
END_TEST

static const struct {
	const char *name;
	enum migrate_kind kind;
	struct migrate_lookup_facts facts;
	const char *which;
	enum migrate_namespace window;
	bool tells, prefixed;
} lookups[] = {
	{ "E0a", ENTERPRISE, { .source_is_complete = true }, "E0a", MIGRATE_LEGAL },
	{ "E0b", ENTERPRISE, { .source_is_complete = true, .legal_account_exists = true }, "E0b", MIGRATE_LEGAL },
	{ "P0", INDIVIDUAL, { .source_is_complete = true }, "P0", MIGRATE_NATURAL },
	{ "before the migration ended absence proves nothing", ENTERPRISE, { 0 }, "not_migrated" },
	{ "… for persons too", INDIVIDUAL, { .legal_account_exists = true }, "not_migrated" },
	{ "a rejected row is not migrated", ENTERPRISE, { true, MIGRATE_REJECTED, false, true, true }, "not_migrated" },
	{ "E1", ENTERPRISE, { true, MIGRATE_E1, false, false, true }, "E1", MIGRATE_LEGAL, true, false },
	{ "E2", ENTERPRISE, { true, MIGRATE_E2, false, true, true }, "E2", MIGRATE_LEGAL, true, false },
	{ "E3", ENTERPRISE, { true, MIGRATE_E3, true, true, true }, "E3", MIGRATE_LEGAL, true, true },
	{ "E4 sends to the natural window", ENTERPRISE, { true, MIGRATE_E4, false, true, true }, "E4", MIGRATE_NATURAL, true,
	  false },
	{ "E4 prefixed", ENTERPRISE, { true, MIGRATE_E4, true, true, true }, "E4", MIGRATE_NATURAL, true, true },
	{ "P1", INDIVIDUAL, { true, MIGRATE_P1, false, true, false }, "P1", MIGRATE_NATURAL, true, false },
	{ "P2", INDIVIDUAL, { true, MIGRATE_P2, false, true, false }, "P2", MIGRATE_NATURAL, true, false },
	{ "P3", INDIVIDUAL, { true, MIGRATE_P3, true, true, false }, "P3", MIGRATE_NATURAL, true, true },
	{ "P4 reveals no login name", INDIVIDUAL, { true, MIGRATE_P4, false, true, false }, "P4", MIGRATE_NATURAL, false, false },
};

START_TEST(lookup)
{
	struct migrate_answer got = migrate_lookup(lookups[_i].kind, &lookups[_i].facts);

	ck_assert_str_eq(migrate_case_name(got.which), lookups[_i].which);
	ROW_INT(lookups[_i].name, got.window, lookups[_i].window);
	ROW_INT(lookups[_i].name, got.tells_login_name, lookups[_i].tells);
	ROW_INT(lookups[_i].name, got.is_prefixed, lookups[_i].prefixed);
}
END_TEST

START_TEST(names_go_both_ways)
{
	enum migrate_outcome back;

	for (int i = 0; i < MIGRATE_OUTCOME_COUNT; i++) {
		ck_assert(migrate_outcome_of(span_of(migrate_outcome_name((enum migrate_outcome)i)), &back));
		ck_assert_int_eq(back, i);
	}
	ck_assert(!migrate_outcome_of(SPAN("E5"), &back));
}
END_TEST

/* Z11 */
static const struct {
	const char *typed, *want; /* kind=value, in order */
} typed_rows[] = {
	{ "ZhangSan", "login_name=zhangsan" },
	{ " 18711111111 ", "login_name=18711111111 phone=18711111111" },
	{ "+8618711111111", "login_name=+8618711111111 phone=18711111111" },
	{ "187 1111 1111", "phone=18711111111" },
	{ "HJ_18711111111", "login_name=hj_18711111111" },
	{ "Zhang@Example.com", "login_name=zhang@example.com email=zhang@example.com" },
	{ "11010519491231002x", "login_name=11010519491231002x id_number(111)=11010519491231002X" },
	{ "110101781027002", "login_name=110101781027002 id_number(111)=110101197810270029" },
	{ "110101197810270021", "login_name=110101197810270021" },
	{ "810000199408230021", "login_name=810000199408230021 id_number(551)=810000199408230021" },
	{ "830000199201300022", "login_name=830000199201300022 id_number(552)=830000199201300022" },
	{ "911398199012310021", "login_name=911398199012310021 id_number(553)=911398199012310021" },
	{ "kaz110090123105", "login_name=kaz110090123105 id_number(553)=KAZ110090123105" },
	{ "91110108MA01ET88XL", "login_name=91110108ma01et88xl" },
	{ "114101000052528649", "login_name=114101000052528649" }, /* a credit code of 18 digits is no ID number: no such day */
	{ "", "" },
	{ "   ", "" },
	{ "\xff\xfe", "" },
	{ "a b", "" },
};

static int describe(struct span typed, struct arena *arena, struct span *ret)
{
	struct identifier found[IDENTIFIER_KINDS];
	struct buf buf = buf_new(arena, 64);
	size_t n;

	TRY(identifier_candidates(typed, arena, found, &n));
	for (size_t i = 0; i < n; i++) {
		buf_printf(&buf, "%s%s", i ? " " : "", identifier_kind_name(found[i].kind));
		if (found[i].kind == IDENTIFIER_ID_NUMBER)
			buf_printf(&buf, "(%s)", found[i].id_type);
		buf_printf(&buf, "=" SPAN_FMT, SPAN_ARG(found[i].value));
	}
	return buf_done(&buf, ret);
}

START_TEST(identifiers)
{
	int result = FAULT_MEMORY;

	for (unsigned long k = 0; k < 100; k = k ? k + 1 : 1) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new(32768);
		struct span got;

		arena_fail_at(k);
		result = describe(span_of(typed_rows[_i].typed), arena, &got);
		arena_fail_at(0);
		if (result)
			ROW_INT(typed_rows[_i].typed, result, FAULT_MEMORY);
		else
			ROW_SPAN(typed_rows[_i].typed, got, span_of(typed_rows[_i].want));
		if (k && !result)
			return;
	}
}
END_TEST

int main(void)
{
	return suite_run("migrate", (struct suite_test[]){ SUITE_LOOP(decisions, ARRAY_LEN(rows)), SUITE_ONCE(all_combinations), SUITE_ONCE(every_fact_is_told),
							   SUITE_LOOP(lookup, ARRAY_LEN(lookups)), SUITE_ONCE(names_go_both_ways),
							   SUITE_LOOP(identifiers, ARRAY_LEN(typed_rows)), SUITE_END });
}
