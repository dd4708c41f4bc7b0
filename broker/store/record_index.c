/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/store/record_index.h"

#include "keys/digest.h"
#include "keys/seal.h"

#define TEXT_MAX 64

const struct record_index *record_index_by_tag(const struct kind *kind, uint8_t tag)
{
	for (size_t i = 0; i < kind->n_indexes; i++)
		if (kind->indexes[i].tag == tag)
			return &kind->indexes[i];
	return NULL;
}

static const struct field *field_by_tag(const struct kind *kind, uint8_t tag)
{
	for (size_t i = 0; i < kind->n_fields; i++)
		if (kind->fields[i].tag == tag)
			return &kind->fields[i];
	return NULL;
}

static void add(struct record_index_key *key, const void *p, size_t n)
{
	memcpy(key->b + key->n, p, n);
	key->n += n;
}

static void add_number(struct record_index_key *key, int64_t v)
{
	unsigned char b[8];

	for (int i = 0; i < 8; i++)
		b[i] = (unsigned char)((uint64_t)v >> (56 - 8 * i));
	add(key, b, sizeof b);
}

static int add_text(struct record_index_key *key, struct span text)
{
	unsigned char hash[DIGEST_MAX];

	if (text.n <= TEXT_MAX) {
		add(key, (unsigned char[]){ 0, (unsigned char)text.n }, 2);
		add(key, text.p, text.n);
		return 0;
	}
	TRY(digest_of(DIGEST_SHA256, hash, text));
	add(key, (unsigned char[]){ 0xff, 0xff }, 2);
	add(key, hash, 32);
	return 0;
}

/* ERR_ABSENT: the field is empty. */
static int add_field(struct record_index_key *key, const struct kind *kind, const struct field *field, const void *record,
		     const struct seal_ring *seal)
{
	const void *p = (const char *)record + field->offset;
	unsigned char blind[SEAL_BLIND];

	switch (field->type) {
	case FIELD_ID:
		if (!id_is_set(*(const struct id *)p))
			return ERR_ABSENT;
		add(key, p, 16);
		return 0;
	case FIELD_TEXT:
		if (!((const struct span *)p)->n)
			return ERR_ABSENT;
		if (!(field->flags & FIELD_SEALED))
			return add_text(key, *(const struct span *)p);
		if (!seal)
			return FAULT(FAULT_BUG, "%s.%s is sealed and the store has no key", kind->name, field->name);
		TRY(seal_blind(seal, field->name, *(const struct span *)p, blind));
		add(key, blind, sizeof blind);
		return 0;
	case FIELD_INT:
		add_number(key, *(const int64_t *)p);
		return 0;
	case FIELD_INSTANT:
		add_number(key, ((const struct instant *)p)->ms);
		return 0;
	case FIELD_ENUM:
		add_number(key, *(const int *)p);
		return 0;
	case FIELD_BOOL:
		add_number(key, *(const bool *)p);
		return 0;
	default:
		return FAULT(FAULT_BUG, "%s.%s cannot be indexed", kind->name, field->name);
	}
}

static bool is_left_out(const struct kind *kind, const struct record_index *index, const void *record)
{
	const struct field *field = index->unless ? field_by_tag(kind, index->unless) : NULL;

	return field && *(const int *)((const char *)record + field->offset) == index->unless_is;
}

int record_index_key(const struct kind *kind, const struct record_index *index, const void *record, const struct seal_ring *seal,
		     struct record_index_key *ret_key)
{
	struct record_index_key key;

	if (is_left_out(kind, index, record)) {
		ret_key->n = ret_key->n_fields = 0;
		return 0;
	}
	key.n = 0;
	add(&key, (unsigned char[]){ STORE_PREFIX_INDEX, kind->prefix, index->tag }, 3);
	for (size_t i = 0; i < ARRAY_LEN(index->fields) && index->fields[i]; i++) {
		const struct field *field = field_by_tag(kind, index->fields[i]);
		int rc = field ? add_field(&key, kind, field, record, seal) :
				 FAULT(FAULT_BUG, "%s.%s: no field", kind->name, index->name);

		if (rc == ERR_ABSENT) {
			ret_key->n = ret_key->n_fields = 0;
			return 0;
		}
		if (rc)
			return rc;
	}
	key.n_fields = key.n;
	if (!index->unique)
		add(&key, record, 16);
	memcpy(ret_key, &key, offsetof(struct record_index_key, b) + key.n);
	return 0;
}

static bool is_field_same(const struct field *field, const void *a, const void *b)
{
	const void *p = (const char *)a + field->offset, *q = (const char *)b + field->offset;

	switch (field->type) {
	case FIELD_ID:
		return id_eq(*(const struct id *)p, *(const struct id *)q);
	case FIELD_TEXT:
		return span_eq(*(const struct span *)p, *(const struct span *)q);
	case FIELD_INT:
		return *(const int64_t *)p == *(const int64_t *)q;
	case FIELD_INSTANT:
		return ((const struct instant *)p)->ms == ((const struct instant *)q)->ms;
	case FIELD_ENUM:
		return *(const int *)p == *(const int *)q;
	case FIELD_BOOL:
		return *(const bool *)p == *(const bool *)q;
	default:
		return false;
	}
}

/* Saves the blind values, which cost a keyed hash each, when nothing indexed changed. */
static bool is_entry_same(const struct kind *kind, const struct record_index *index, const void *before, const void *after)
{
	if (!before || !after || is_left_out(kind, index, before) != is_left_out(kind, index, after))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(index->fields) && index->fields[i]; i++) {
		const struct field *field = field_by_tag(kind, index->fields[i]);

		if (!field || !is_field_same(field, before, after))
			return false;
	}
	return true;
}

struct move {
	const struct record_index *index;
	struct record_index_key before, after;
};

static struct span span_of_key(const struct record_index_key *key)
{
	return (struct span){ (const char *)key->b, key->n };
}

static int plan_move(struct txn *txn, const struct kind *kind, const void *before, const void *after, struct move *move)
{
	const struct seal_ring *seal = store_seal(txn->store);
	struct span holder;

	move->before.n = move->after.n = 0;
	if (before)
		TRY(record_index_key(kind, move->index, before, seal, &move->before));
	if (after)
		TRY(record_index_key(kind, move->index, after, seal, &move->after));
	if (!move->index->unique || !move->after.n || span_eq(span_of_key(&move->before), span_of_key(&move->after)))
		return 0;
	int rc = txn_get(txn, span_of_key(&move->after), &holder);
	return rc == ERR_ABSENT ? 0 : rc ? rc : ERR_CONFLICT;
}

int record_index_move(struct txn *txn, const struct kind *kind, const void *before, const void *after)
{
	struct move *moves = arena_array(txn->scratch, struct move, kind->n_indexes);
	size_t n = 0;

	if (!moves)
		return FAULT_MEMORY;
	/* All checks come before the first write, so that a caller may handle a conflict and go on. */
	for (size_t i = 0; i < kind->n_indexes; i++) {
		if (is_entry_same(kind, &kind->indexes[i], before, after))
			continue;
		moves[n].index = &kind->indexes[i];
		TRY(plan_move(txn, kind, before, after, &moves[n++]));
	}
	for (struct move *move = moves; move < moves + n; move++) {
		if (span_eq(span_of_key(&move->before), span_of_key(&move->after)))
			continue;
		if (move->before.n) {
			int rc = txn_del(txn, span_of_key(&move->before));

			if (rc == ERR_ABSENT)
				return FAULT(FAULT_CORRUPT, "%s: index %s lacks an entry", kind->name, move->index->name);
			if (rc)
				return rc;
		}
		if (move->after.n)
			TRY(txn_put(txn, span_of_key(&move->after),
				    move->index->unique ? (struct span){ after, 16 } : (struct span){ "", 0 }));
	}
	return 0;
}
