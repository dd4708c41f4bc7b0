/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/identity/claim.h"

#include "broker/identity/document.h"

static bool is_taken(enum claim_link link)
{
	return link == CLAIM_BOUND_OTHER;
}

/* Free for whoever proves it: an expert account like this must be bound before the declarer's (Z6). */
static bool is_waiting(enum claim_link link)
{
	return link != CLAIM_BOUND && link != CLAIM_BOUND_OTHER;
}

int claim_bind(const struct claim_state *state, enum claim_move *ret_move)
{
	static const enum claim_move moves[] = {
		[CLAIM_FREE] = CLAIM_NEW,
		[CLAIM_SUGGESTED] = CLAIM_CONFIRM,
		[CLAIM_SUGGESTED_OTHER] = CLAIM_REPLACE,
		[CLAIM_BOUND] = CLAIM_KEEP,
		[CLAIM_UNUSED] = CLAIM_ABSORB,
	};

	if (is_taken(state->link))
		return ERR_LEGACY_TAKEN; /* 1.5: one legacy, at most one identity */
	if (state->link != CLAIM_BOUND && state->held >= state->limit)
		return ERR_LEGACY_LIMIT; /* 1.5: one identity, at most so many per system */
	*ret_move = moves[state->link];
	return 0;
}

bool claim_is_first(int type, enum claim_link link, int chosen)
{
	return type >= 0 && type < chosen && is_waiting(link);
}

/* The first row of @type that this person may still get; else the first one of the type; @n: none. */
static size_t find_row(const struct claim_sms *sms)
{
	size_t found = sms->n;

	for (size_t i = 0; i < sms->n; i++) {
		if (sms->type >= 0 && sms->rows[i].type != sms->type)
			continue;
		if (!is_taken(sms->rows[i].link))
			return i;
		if (found == sms->n)
			found = i;
	}
	return found;
}

int claim_by_sms(const struct claim_sms *sms, size_t *ret_index)
{
	size_t found = find_row(sms);
	enum claim_move move;

	if (found == sms->n)
		return ERR_LEGACY_UNKNOWN; /* Z5 */
	for (size_t i = 0; i < sms->n; i++)
		if (claim_is_first(sms->rows[i].type, sms->rows[i].link, sms->type)) {
			*ret_index = i;
			return ERR_LEGACY_FIRST; /* Z6 */
		}
	const struct claim_row *row = &sms->rows[found];
	TRY(claim_bind(&(struct claim_state){ row->link, sms->held, sms->limit }, &move));
	if (sms->recent_only && (!instant_is_set(row->phone_confirmed_at) || sms->now.ms - row->phone_confirmed_at.ms > sms->recent))
		return ERR_LEGACY_PHONE;
	*ret_index = found;
	return 0;
}

bool claim_proof_reaches(enum claim_proof proof, const struct claim_suggestion *s)
{
	if (proof == CLAIM_PROOF_PHONE)
		return !s->is_enterprise && s->phone.n && span_eq(s->phone, s->account_phone);
	return s->is_enterprise && s->uscc.n && span_eq(s->uscc, s->unit_uscc);
}

static int judge(struct span type, struct span number, struct date today, struct arena *arena, struct document *document)
{
	const struct document_type *known = document_type_of(type);
	const struct document_context context = { .today = today, .legacy = true };

	if (!known || !number.n)
		return ERR_INVALID;
	TRY(document_check(known, number, &context, arena, document));
	return document->problem && document->problem != DOCUMENT_BAD_COUNTRY ? ERR_INVALID : 0;
}

int claim_same_document(struct span a_type, struct span a_number, struct span b_type, struct span b_number, struct date today, struct arena *arena,
			bool *ret_same)
{
	struct document a, b;
	int result = judge(a_type, a_number, today, arena, &a);

	if (!result)
		result = judge(b_type, b_number, today, arena, &b);
	if (result < 0)
		return result;
	/* T2: exactly the document type and number of the old platform. */
	*ret_same = !result && a.type == b.type && span_eq(a.key, b.key) && (!(a.warnings & DOCUMENT_WARN_KEY) || span_eq(a.number, b.number));
	return 0;
}
