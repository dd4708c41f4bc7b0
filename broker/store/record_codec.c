/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/store/record_codec.h"

#include "keys/seal.h"

#include <limits.h>
#include <stdalign.h>

#define LENGTH_MAX ((UINT32_C(1) << 28) - 1) /* what four LEB128 bytes hold */

struct place {
	unsigned char b[1 + 16 + 1];
};

/* Where a sealed text rests: it opens nowhere else. */
static struct span place_of(const struct kind *kind, struct id id, const struct field *field, struct place *place)
{
	place->b[0] = kind->prefix;
	memcpy(place->b + 1, id.b, sizeof id.b);
	place->b[17] = field->tag;
	return (struct span){ (const char *)place->b, sizeof place->b };
}

static const void *member(const void *record, const struct field *field)
{
	return (const char *)record + field->offset;
}

static int64_t number_of(const void *record, const struct field *field)
{
	const void *p = member(record, field);

	switch (field->type) {
	case FIELD_INSTANT:
		return ((const struct instant *)p)->ms;
	case FIELD_ENUM:
		return *(const int *)p;
	case FIELD_BOOL:
		return *(const bool *)p;
	default:
		return *(const int64_t *)p;
	}
}

/* The largest number of bytes that @field can need, its tag and length included; 0 when it is empty. */
static size_t bound_of(const void *record, const struct field *field)
{
	const void *p = member(record, field);
	size_t n = 0;

	switch (field->type) {
	case FIELD_ID:
		n = id_is_set(*(const struct id *)p) ? 16 : 0;
		break;
	case FIELD_TEXT:
		n = ((const struct span *)p)->n;
		n += n && field->flags & FIELD_SEALED ? SEAL_OVERHEAD : 0;
		break;
	case FIELD_LIST:
		for (size_t i = 0; i < ((const struct text_list *)p)->n; i++)
			n += 4 + ((const struct text_list *)p)->items[i].n;
		break;
	default:
		n = number_of(record, field) ? 8 : 0;
	}
	return n ? n + 5 : 0;
}

static unsigned char *put_length(unsigned char *at, size_t n)
{
	for (; n > 0x7f; n >>= 7)
		*at++ = (unsigned char)(n | 0x80);
	*at++ = (unsigned char)n;
	return at;
}

static unsigned char *put_bytes(unsigned char *at, struct span s)
{
	at = put_length(at, s.n);
	if (s.n)
		memcpy(at, s.p, s.n);
	return at + s.n;
}

static unsigned char *put_number(unsigned char *at, int64_t v)
{
	uint64_t u = (uint64_t)v << 1 ^ (v < 0 ? UINT64_MAX : 0); /* zigzag: small magnitudes are short */
	int n = (64 - __builtin_clzll(u) + 7) / 8;

	*at++ = (unsigned char)n;
	for (int i = n - 1; i >= 0; i--)
		*at++ = (unsigned char)(u >> (8 * i));
	return at;
}

static unsigned char *put_list(unsigned char *at, const struct text_list *list)
{
	size_t n = 0;
	unsigned char length[4];

	for (size_t i = 0; i < list->n; i++)
		n += (size_t)(put_length(length, list->items[i].n) - length) + list->items[i].n;
	at = put_length(at, n);
	for (size_t i = 0; i < list->n; i++)
		at = put_bytes(at, list->items[i]);
	return at;
}

static int put_field(const struct kind *kind, const void *record, const struct field *field, const struct seal_ring *seal,
		     struct arena *arena, unsigned char **at)
{
	const void *p = member(record, field);
	struct place place;
	struct span text;

	*(*at)++ = field->tag;
	switch (field->type) {
	case FIELD_ID:
		*at = put_bytes(*at, (struct span){ p, 16 });
		return 0;
	case FIELD_LIST:
		*at = put_list(*at, p);
		return 0;
	case FIELD_TEXT:
		text = *(const struct span *)p;
		if (field->flags & FIELD_SEALED) {
			if (!seal)
				return FAULT(FAULT_BUG, "%s.%s is sealed and the store has no key", kind->name, field->name);
			TRY(seal_bytes(seal, place_of(kind, *(const struct id *)record, field, &place), text, arena, &text));
		}
		*at = put_bytes(*at, text);
		return 0;
	default:
		*at = put_number(*at, number_of(record, field));
		return 0;
	}
}

int record_codec_encode(const struct kind *kind, const void *record, const struct seal_ring *seal, struct arena *arena,
			struct span *ret_bytes)
{
	size_t bounds = 1;

	for (size_t i = 0; i < kind->n_fields; i++)
		bounds += bound_of(record, &kind->fields[i]);
	if (bounds > LENGTH_MAX)
		return FAULT(FAULT_BUG, "%s record of %zu bytes", kind->name, bounds);
	unsigned char *bytes = arena_alloc(arena, bounds), *at = bytes;
	if (!bytes)
		return FAULT_MEMORY;
	*at++ = kind->version;
	for (size_t i = 0; i < kind->n_fields; i++)
		if (bound_of(record, &kind->fields[i]))
			TRY(put_field(kind, record, &kind->fields[i], seal, arena, &at));
	*ret_bytes = (struct span){ (const char *)bytes, (size_t)(at - bytes) };
	return 0;
}

/* ---- reading: every helper shortens *@s by what it read and returns false when that is not well formed. */

static bool get_length(struct span *s, size_t *ret_n)
{
	size_t n = 0;

	for (unsigned i = 0; i < 4 && s->n; i++) {
		unsigned char byte = (unsigned char)*s->p;

		s->p++, s->n--;
		n |= (size_t)(byte & 0x7f) << (7 * i);
		if (!(byte & 0x80)) {
			*ret_n = n;
			return byte || i == 0; /* one text for one value */
		}
	}
	return false;
}

static bool get_bytes(struct span *s, struct span *ret_bytes)
{
	size_t n;

	if (!get_length(s, &n) || n > s->n)
		return false;
	*ret_bytes = (struct span){ s->p, n };
	s->p += n, s->n -= n;
	return true;
}

static bool get_number(struct span bytes, int64_t *ret_v)
{
	uint64_t u = 0;

	if (bytes.n < 1 || bytes.n > 8 || bytes.p[0] == 0)
		return false;
	for (size_t i = 0; i < bytes.n; i++)
		u = u << 8 | (unsigned char)bytes.p[i];
	*ret_v = (int64_t)(u >> 1 ^ -(u & 1));
	return true;
}

static int get_list(struct span bytes, struct arena *arena, struct text_list *ret_list)
{
	struct span item, rest = bytes;
	size_t n = 0;

	for (; rest.n; n++)
		if (!get_bytes(&rest, &item))
			return FAULT_CORRUPT;
	struct span *items = arena_array(arena, struct span, n);
	if (!items)
		return FAULT_MEMORY;
	for (size_t i = 0; i < n && get_bytes(&bytes, &items[i]); i++)
		;
	*ret_list = (struct text_list){ items, n };
	return 0;
}

/* FAULT_CORRUPT is not logged here; the caller knows the field's place. */
static int get_field(const struct kind *kind, struct id id, const struct field *field, struct span bytes,
		     const struct seal_ring *seal, struct arena *arena, void *p)
{
	struct place place;
	int64_t v;

	switch (field->type) {
	case FIELD_ID:
		if (bytes.n != 16)
			return FAULT_CORRUPT;
		memcpy(p, bytes.p, 16);
		return 0;
	case FIELD_LIST:
		return get_list(bytes, arena, p);
	case FIELD_TEXT:
		if (field->flags & FIELD_SEALED) {
			if (!seal)
				return FAULT_CORRUPT;
			TRY(seal_open(seal, place_of(kind, id, field, &place), bytes, arena, &bytes));
		}
		*(struct span *)p = bytes;
		return 0;
	default:
		break;
	}
	if (!get_number(bytes, &v))
		return FAULT_CORRUPT;
	if (field->type == FIELD_INSTANT)
		*(struct instant *)p = (struct instant){ v };
	else if (field->type == FIELD_INT)
		*(int64_t *)p = v;
	else if (field->type == FIELD_BOOL && v == 1)
		*(bool *)p = true;
	else if (field->type == FIELD_ENUM && v >= INT_MIN && v <= INT_MAX)
		*(int *)p = (int)v;
	else
		return FAULT_CORRUPT;
	return 0;
}

static const struct field *field_by_tag(const struct kind *kind, uint8_t tag)
{
	if (tag >= 1 && tag <= kind->n_fields && kind->fields[tag - 1].tag == tag)
		return &kind->fields[tag - 1]; /* tags without gaps, nearly always */
	for (size_t i = 0; i < kind->n_fields; i++)
		if (kind->fields[i].tag == tag)
			return &kind->fields[i];
	return NULL;
}

int record_codec_decode(const struct kind *kind, struct id id, struct span bytes, const struct seal_ring *seal, struct arena *arena,
			void *ret_record)
{
	alignas(max_align_t) char record[RECORD_CODEC_SIZE_MAX];
	unsigned before = 0;

	if (!bytes.n || !bytes.p[0] || (unsigned char)bytes.p[0] > kind->version)
		return FAULT(FAULT_CORRUPT, "%s record of version %d", kind->name, bytes.n ? (unsigned char)bytes.p[0] : 0);
	struct span rest = arena_dup(arena, bytes), value; /* one copy; plain texts point into it */
	if (!rest.p)
		return FAULT_MEMORY;
	memset(record, 0, kind->size);
	memcpy(record, id.b, sizeof id.b);
	for (rest.p++, rest.n--; rest.n;) {
		uint8_t tag = (uint8_t)*rest.p;
		int rc = FAULT_CORRUPT;

		rest.p++, rest.n--;
		if (tag > before && get_bytes(&rest, &value)) {
			const struct field *field = field_by_tag(kind, tag);

			rc = field ? get_field(kind, id, field, value, seal, arena, record + field->offset) : 0;
		}
		if (rc == FAULT_CORRUPT)
			return FAULT(FAULT_CORRUPT, "%s record, field %u", kind->name, tag);
		if (rc)
			return rc;
		before = tag;
	}
	memcpy(ret_record, record, kind->size);
	return 0;
}
