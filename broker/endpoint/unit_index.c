/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/unit_index.h"

#include "broker/base/error.h"
#include "broker/identity/normal.h"
#include "broker/identity/unit_gram.h"
#include "broker/identity/unit_state.h"

/* Lists looked into by one search: past that the person is asked to type more. A unit that is read counts as several. */
#define LOOKS_MAX 4000
#define UNIT_LOOKS 8

static struct id entry_id(const unsigned char gram[UNIT_GRAM], struct id unit)
{
	struct id id;

	memcpy(id.b, gram, UNIT_GRAM);
	memcpy(id.b + UNIT_GRAM, unit.b + sizeof unit.b - UNIT_GRAM, UNIT_GRAM);
	return id;
}

static int grams_of(const struct unit *unit, struct arena *arena, struct unit_grams *ret_grams)
{
	struct span key;

	ret_grams->n = 0;
	if (!unit || !unit_state_is_effective(unit))
		return 0;
	int result = unit_gram_key(unit->name, arena, &key);
	if (result > 0) /* a name that no search can hold: the code finds it */
		key = (struct span){ NULL, 0 };
	else if (result)
		return result;
	return unit_gram_of_unit(key, unit->uscc, ret_grams);
}

static bool has(const struct unit_grams *grams, const unsigned char gram[UNIT_GRAM])
{
	for (size_t i = 0; i < grams->n; i++)
		if (memcmp(grams->grams[i], gram, UNIT_GRAM) == 0)
			return true;
	return false;
}

int unit_index_move(struct txn *txn, const struct unit *before, const struct unit *after, struct arena *arena)
{
	struct unit_grams *old = arena_new_of(arena, struct unit_grams), *new = arena_new_of(arena, struct unit_grams);

	if (!old || !new)
		return FAULT_MEMORY;
	TRY(grams_of(before, arena, old));
	TRY(grams_of(after, arena, new));
	for (size_t i = 0; i < old->n; i++) {
		int result = has(new, old->grams[i]) ? 0 : record_del(txn, &KIND_UNIT_GRAM, entry_id(old->grams[i], before->id));

		if (result && result != ERR_ABSENT)
			return result;
	}
	for (size_t i = 0; i < new->n; i++)
		if (!has(old, new->grams[i]))
			TRY(record_put(txn, &KIND_UNIT_GRAM, &(struct unit_gram){ .id = entry_id(new->grams[i], after->id), .unit = after->id }));
	return 0;
}

/* ---- searching */

struct search {
	struct txn *txn;
	struct arena *arena;
	struct span part, code; /* as names and as codes are compared */
	const struct unit_grams *grams;
	struct unit *units;
	size_t n, max, looks;
};

static int take_first(const void *record, void *arg)
{
	*(struct unit_gram *)arg = *(const struct unit_gram *)record;
	return TXN_STOP;
}

/* The first entry of the list of @gram at or behind the place of @at's last bytes; false at the list's end. */
static int seek(struct search *s, const unsigned char gram[UNIT_GRAM], struct id at, bool *ret_found, struct unit_gram *ret_entry)
{
	struct unit_gram entry = { 0 };

	s->looks++;
	TRY(record_scan(s->txn, &KIND_UNIT_GRAM, entry_id(gram, at), s->arena, take_first, &entry));
	*ret_found = id_is_set(entry.id) && memcmp(entry.id.b, gram, UNIT_GRAM) == 0;
	*ret_entry = entry;
	return 0;
}

static int compare_places(struct id a, struct id b)
{
	return memcmp(a.b + UNIT_GRAM, b.b + UNIT_GRAM, UNIT_GRAM);
}

/* The next unit at or behind @at that stands in every list; false at the end of one of them. */
static int meet(struct search *s, struct id at, bool *ret_found, struct unit_gram *ret_entry)
{
	size_t agreed = 0;

	*ret_found = false;
	for (size_t i = 0; agreed < s->grams->n && s->looks < LOOKS_MAX; i = (i + 1) % s->grams->n) {
		struct unit_gram entry;
		bool found;

		TRY(seek(s, s->grams->grams[i], at, &found, &entry));
		if (!found)
			return 0;
		agreed = agreed && compare_places(entry.id, at) == 0 ? agreed + 1 : 1;
		at = entry.id;
		*ret_entry = entry;
	}
	*ret_found = agreed == s->grams->n;
	return 0;
}

static int take_unit(struct search *s, struct id id, enum unit_index_mode mode)
{
	struct unit *unit = &s->units[s->n];
	struct span key;

	s->looks += UNIT_LOOKS;
	int result = record_get(s->txn, &KIND_UNIT, id, s->arena, unit);
	if (result)
		return result == ERR_ABSENT ? FAULT(FAULT_CORRUPT, "the search index names a unit that is absent") : result;
	result = unit_gram_key(unit->name, s->arena, &key);
	if (result)
		return result > 0 ? 0 : result;
	bool fits = mode == UNIT_INDEX_WHOLE ? span_eq(key, s->part) : unit_gram_has(key, s->part) || unit_gram_has(unit->uscc, s->code);
	if (fits && unit_state_is_effective(unit))
		s->n++;
	return 0;
}

/* The place behind @at: the smallest that a list can go on from. */
static bool step(struct id *at)
{
	for (size_t i = sizeof at->b; i-- > UNIT_GRAM;)
		if (++at->b[i])
			return true;
	return false;
}

static int walk(struct search *s, enum unit_index_mode mode, bool *ret_more)
{
	struct id at = { { 0 } };
	struct unit_gram entry;
	bool found = s->grams->n > 0;

	while (found) {
		TRY(meet(s, at, &found, &entry));
		*ret_more = s->looks >= LOOKS_MAX || (found && s->n == s->max);
		if (!found || *ret_more)
			return 0;
		TRY(take_unit(s, entry.unit, mode));
		at = entry.id;
		found = step(&at);
	}
	return 0;
}

static int by_code(struct search *s)
{
	struct unit probe = { .uscc = s->code };
	int result = s->code.n ? record_find(s->txn, &KIND_UNIT, UNIT_BY_USCC, &probe, s->arena, &s->units[0]) : ERR_ABSENT;

	if (result)
		return result == ERR_ABSENT ? 0 : result;
	s->n = unit_state_is_effective(&s->units[0]);
	return 0;
}

int unit_index_search(struct txn *txn, struct span text, enum unit_index_mode mode, size_t max, struct arena *arena, struct unit *ret_units,
		      size_t *ret_n, bool *ret_more)
{
	struct unit_grams *grams = arena_new_of(arena, struct unit_grams);
	struct search s = { .txn = txn, .arena = arena, .grams = grams, .units = ret_units, .max = max };

	*ret_n = 0;
	*ret_more = false;
	if (!grams || !max)
		return grams ? 0 : FAULT_MEMORY;
	TRY(unit_gram_key(text, arena, &s.part));
	int result = normal_number(text, arena, &s.code);
	if (result > 0) /* no code: a name then */
		s.code = (struct span){ NULL, 0 };
	else if (result)
		return result;
	TRY(by_code(&s));
	if (!s.n) {
		TRY(mode == UNIT_INDEX_WHOLE ? unit_gram_of_whole(s.part, grams) : unit_gram_of_part(s.part, grams));
		TRY(walk(&s, mode, ret_more));
	}
	*ret_n = s.n;
	return 0;
}
