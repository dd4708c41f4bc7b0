/* SPDX-License-Identifier: Apache-2.0 */
/* Who may have which old account: the mandated errors in their order (Z5, Z6), documents (T2), and every order of steps of three people. */
#include "broker/identity/claim.h"
#include "tests/unit/suite.h"

#define DAY (INT64_C(86400000))
static const struct instant now = { INT64_C(1800000000000) };

/* ---- which row is meant */

enum { EXPERT, DECLARER, OTHER_TYPE = -1 };
#define AGO(days) { INT64_C(1800000000000) - (days) * DAY }

static const struct {
	const char *name;
	struct claim_row rows[3];
	size_t n;
	int type;
	int64_t held;
	bool recent_only;
	int want;
	size_t index;
} asked[] = {
	{ "Z5: nobody has the phone", { { 0 } }, 0, DECLARER, 0, false, ERR_LEGACY_UNKNOWN, 0 },
	{ "Z5: the phone is an expert's", { { EXPERT, CLAIM_FREE } }, 1, DECLARER, 0, false, ERR_LEGACY_UNKNOWN, 0 },
	{ "Z5 before Z6: no declarer, an unbound expert", { { EXPERT, CLAIM_FREE } }, 1, DECLARER, 1, true, ERR_LEGACY_UNKNOWN, 0 },
	{ "the declarer alone", { { DECLARER, CLAIM_FREE } }, 1, DECLARER, 0, false, 0, 0 },
	{ "Z6: both, the declarer is asked for", { { DECLARER, CLAIM_FREE }, { EXPERT, CLAIM_FREE } }, 2, DECLARER, 0, false, ERR_LEGACY_FIRST, 1 },
	{ "both, the expert is asked for: never Z6", { { DECLARER, CLAIM_FREE }, { EXPERT, CLAIM_FREE } }, 2, EXPERT, 0, false, 0, 1 },
	{ "Z6 before taken", { { DECLARER, CLAIM_BOUND_OTHER }, { EXPERT, CLAIM_FREE } }, 2, DECLARER, 0, false, ERR_LEGACY_FIRST, 1 },
	{ "Z6 before limit", { { DECLARER, CLAIM_FREE }, { EXPERT, CLAIM_FREE } }, 2, DECLARER, 1, false, ERR_LEGACY_FIRST, 1 },
	{ "Z6: an expert that is only suggested waits too", { { DECLARER, CLAIM_FREE }, { EXPERT, CLAIM_SUGGESTED_OTHER } }, 2, DECLARER, 0, false, ERR_LEGACY_FIRST, 1 },
	{ "Z6: and one that an unused account holds", { { DECLARER, CLAIM_FREE }, { EXPERT, CLAIM_UNUSED } }, 2, DECLARER, 0, false, ERR_LEGACY_FIRST, 1 },
	{ "the second identity: somebody has the expert", { { DECLARER, CLAIM_FREE }, { EXPERT, CLAIM_BOUND_OTHER } }, 2, DECLARER, 0, false, 0, 0 },
	{ "limit: one has the expert oneself", { { DECLARER, CLAIM_FREE }, { EXPERT, CLAIM_BOUND } }, 2, DECLARER, 1, false, ERR_LEGACY_LIMIT, 0 },
	{ "taken", { { EXPERT, CLAIM_BOUND_OTHER } }, 1, EXPERT, 0, false, ERR_LEGACY_TAKEN, 0 },
	{ "taken before limit", { { EXPERT, CLAIM_BOUND_OTHER } }, 1, EXPERT, 1, false, ERR_LEGACY_TAKEN, 0 },
	{ "two of one kind: the free one", { { EXPERT, CLAIM_BOUND_OTHER }, { EXPERT, CLAIM_FREE } }, 2, EXPERT, 0, false, 0, 1 },
	{ "one's own, again", { { EXPERT, CLAIM_BOUND } }, 1, EXPERT, 1, false, 0, 0 },
	{ "a source without kinds: any row", { { OTHER_TYPE, CLAIM_FREE } }, 1, -1, 0, false, 0, 0 },
	{ "recent: yesterday", { { EXPERT, CLAIM_FREE, AGO(1) } }, 1, EXPERT, 0, true, 0, 0 },
	{ "recent: to the day", { { EXPERT, CLAIM_FREE, AGO(90) } }, 1, EXPERT, 0, true, 0, 0 },
	{ "recent: too long ago", { { EXPERT, CLAIM_FREE, AGO(91) } }, 1, EXPERT, 0, true, ERR_LEGACY_PHONE, 0 },
	{ "recent: never confirmed", { { EXPERT, CLAIM_FREE } }, 1, EXPERT, 0, true, ERR_LEGACY_PHONE, 0 },
	{ "taken before too old", { { EXPERT, CLAIM_BOUND_OTHER } }, 1, EXPERT, 0, true, ERR_LEGACY_TAKEN, 0 },
};

START_TEST(by_sms)
{
	struct claim_sms sms = { .rows = asked[_i].rows, .n = asked[_i].n, .type = asked[_i].type, .held = asked[_i].held, .limit = 1,
				 .recent_only = asked[_i].recent_only, .recent = 90 * DAY, .now = now };
	size_t index = 99;

	ROW_INT(asked[_i].name, claim_by_sms(&sms, &index), asked[_i].want);
	if (!asked[_i].want || asked[_i].want == ERR_LEGACY_FIRST)
		ROW_INT(asked[_i].name, index, asked[_i].index);
}
END_TEST

/* ---- suggestions and what proves them */

#define P SPAN("18711111111")
#define U SPAN("91110108MA01ET88XL")

static const struct {
	const char *name;
	enum claim_proof proof;
	struct claim_suggestion s;
	bool reaches;
} proofs[] = {
	{ "P2: a code to the row's phone", CLAIM_PROOF_PHONE, { false, P, { 0 }, P, { 0 } }, true },
	{ "P2: a code to another phone", CLAIM_PROOF_PHONE, { false, P, { 0 }, SPAN("13800138000"), { 0 } }, false },
	{ "P2: no phone on either side", CLAIM_PROOF_PHONE, { false, { 0 }, { 0 }, { 0 }, { 0 } }, false },
	{ "P2: a verified unit says nothing of a person", CLAIM_PROOF_UNIT, { false, P, U, P, U }, false },
	{ "E2: the unit's verified real name", CLAIM_PROOF_UNIT, { true, { 0 }, U, { 0 }, U }, true },
	{ "E2: another unit", CLAIM_PROOF_UNIT, { true, { 0 }, U, { 0 }, SPAN("91350100M000100Y43") }, false },
	{ "E2: a code to somebody's phone is nothing of the unit's", CLAIM_PROOF_PHONE, { true, P, U, P, U }, false },
};

START_TEST(proof_reaches)
{
	ROW_INT(proofs[_i].name, claim_proof_reaches(proofs[_i].proof, &proofs[_i].s), proofs[_i].reaches);
}
END_TEST

static const struct {
	const char *name, *type_a, *a, *type_b, *b;
	bool same;
} documents[] = {
	{ "the same", "111", "11010519491231002X", "111", "11010519491231002X", true },
	{ "lower-case check character", "111", "11010519491231002x", "111", "11010519491231002X", true },
	{ "15 digits", "111", "110105491231002", "111", "11010519491231002X", true },
	{ "another number", "111", "11010519491231002X", "111", "330402200002290011", false },
	{ "another type with the same number", "113", "11010519491231002X", "111", "11010519491231002X", false },
	{ "a renewed permit", "516", "H0123456701", "516", "H0123456702", true },
	{ "a permit without its count of renewals", "516", "H01234567", "516", "H0123456702", true },
	{ "another holder's permit", "516", "H0123456802", "516", "H0123456702", false },
	{ "Hong Kong and Macau", "516", "M0123456702", "516", "H0123456702", false },
	{ "no number", "111", "", "111", "", false },
	{ "no type", "", "11010519491231002X", "", "11010519491231002X", false },
	{ "numbers that are none", "111", "11010519491231002", "111", "11010519491231002", false },
};

START_TEST(same_document)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(64 * 1024);
	struct date today = { 2026, 11, 22 };
	bool same = !documents[_i].same;

	ROW_INT(documents[_i].name, claim_same_document(span_of(documents[_i].type_a), span_of(documents[_i].a), span_of(documents[_i].type_b),
							span_of(documents[_i].b), today, arena, &same), 0);
	ROW_INT(documents[_i].name, same, documents[_i].same);
	for (unsigned long k = 1; k < 50; k++) {
		int result;

		arena_fail_at(k);
		result = claim_same_document(span_of(documents[_i].type_a), span_of(documents[_i].a), span_of(documents[_i].type_b), span_of(documents[_i].b),
					     today, arena, &same);
		arena_fail_at(0);
		if (!result)
			break;
		ROW_INT(documents[_i].name, result, FAULT_MEMORY);
	}
}
END_TEST

/* ---- every state that three people can bring three rows to, and every step from it */

#define PEOPLE 3
#define ROWS 3
enum { NOBODY, SUGGESTED = 1 /* + person */, BOUND = 1 + PEOPLE, IMPORTED = 1 + 2 * PEOPLE /* an unused account of the import */, LINKS };

struct model {
	int link[ROWS];
	int64_t limit;
};

static struct claim_state state_of(const struct model *m, int row, int person)
{
	struct claim_state state = { .limit = m->limit };
	int link = m->link[row];

	for (int i = 0; i < ROWS; i++)
		state.held += i != row && m->link[i] == BOUND + person;
	state.link = link == NOBODY ? CLAIM_FREE : link == IMPORTED ? CLAIM_UNUSED : link == BOUND + person ? CLAIM_BOUND :
		     link >= BOUND ? CLAIM_BOUND_OTHER : link == SUGGESTED + person ? CLAIM_SUGGESTED : CLAIM_SUGGESTED_OTHER;
	return state;
}

static void check_promises(const struct model *m)
{
	for (int person = 0; person < PEOPLE; person++) {
		int64_t held = 0;

		for (int row = 0; row < ROWS; row++)
			held += m->link[row] == BOUND + person;
		ck_assert_int_le(held, m->limit); /* one person, at most so many. One row, at most one person: a row has one link by construction of the index */
	}
}

/* What the answer makes of the row; the claim must not change where it is refused. */
static struct model bind_in(const struct model *m, int row, int person)
{
	struct claim_state state = state_of(m, row, person);
	struct model next = *m;
	enum claim_move move;
	int result = claim_bind(&state, &move);

	ck_assert(result == 0 || result == ERR_LEGACY_TAKEN || result == ERR_LEGACY_LIMIT);
	ck_assert_int_eq(result == ERR_LEGACY_TAKEN, state.link == CLAIM_BOUND_OTHER);
	if (!result)
		next.link[row] = BOUND + person;
	return next;
}

static size_t number_of(const struct model *m)
{
	size_t n = 0;

	for (int i = 0; i < ROWS; i++)
		n = n * LINKS + (size_t)m->link[i];
	return n;
}

START_TEST(every_interleaving)
{
	static bool seen[LINKS * LINKS * LINKS];
	static struct model queue[LINKS * LINKS * LINKS + 1];
	size_t head = 0, tail = 0, steps = 0;

	memset(seen, 0, sizeof seen);
	queue[tail++] = (struct model){ { NOBODY, IMPORTED, NOBODY }, _i + 1 };
	seen[number_of(&queue[0])] = true;
	while (head < tail) {
		const struct model m = queue[head++];

		check_promises(&m);
		for (int row = 0; row < ROWS; row++)
			for (int step = 0; step < 2 * PEOPLE + 1; step++) {
				struct model next = m;

				if (step < PEOPLE)
					next = bind_in(&m, row, step);
				else if (step < 2 * PEOPLE && m.link[row] == NOBODY)
					next.link[row] = SUGGESTED + step - PEOPLE;
				else if (step == 2 * PEOPLE)
					next.link[row] = NOBODY; /* unbound */
				steps++;
				check_promises(&next);
				if (seen[number_of(&next)])
					continue;
				seen[number_of(&next)] = true;
				queue[tail++] = next;
			}
	}
	ck_assert_uint_gt(tail, 100); /* it went somewhere */
	ck_assert_uint_eq(steps, tail * ROWS * (2 * PEOPLE + 1));
}
END_TEST

int main(void)
{
	return suite_run("claim", (struct suite_test[]){ SUITE_LOOP(by_sms, ARRAY_LEN(asked)), SUITE_LOOP(proof_reaches, ARRAY_LEN(proofs)),
							  SUITE_LOOP(same_document, ARRAY_LEN(documents)), SUITE_LOOP(every_interleaving, 2), SUITE_END });
}
