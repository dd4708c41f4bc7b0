/* SPDX-License-Identifier: Apache-2.0 */
/* test_codec - the tables of kinds, and the codec over every one of them. */
#include "broker/base/log.h"
#include "broker/store/record_codec.h"
#include "broker/store/record_index.h"
#include "broker/store/records.h"
#include "tests/suites/store/suite_store.h"

#include <stdalign.h>

#define MEMORY (4 << 20)

static size_t n_kinds(void)
{
	size_t n = 0;

	while (records_all[n])
		n++;
	return n;
}

/* ---- generated records */

static uint64_t dice;

static uint64_t roll(void)
{
	dice ^= dice << 13, dice ^= dice >> 7, dice ^= dice << 17;
	return dice;
}

static struct span random_text(struct arena *arena)
{
	static const size_t sizes[] = { 1, 2, 17, 64, 65, 127, 128, 200, 20000 };
	size_t n = sizes[roll() % (roll() % 8 ? 6 : ARRAY_LEN(sizes))];
	char *p = arena_alloc(arena, n);

	ck_assert_ptr_nonnull(p);
	for (size_t i = 0; i < n; i++)
		p[i] = (char)roll();
	return (struct span){ p, n };
}

static int64_t random_number(void)
{
	static const int64_t edges[] = { 1, -1, 127, 128, 255, 256, INT64_MAX, INT64_MIN, 1700000000000 };

	return roll() % 2 ? edges[roll() % ARRAY_LEN(edges)] : (int64_t)roll();
}

static void fill_field(const struct field *field, void *p, struct arena *arena)
{
	struct text_list list = { 0 };

	switch (field->type) {
	case FIELD_ID:
		for (int i = 0; i < 16; i++)
			((struct id *)p)->b[i] = (unsigned char)(roll() | 1);
		break;
	case FIELD_INSTANT:
		((struct instant *)p)->ms = random_number();
		break;
	case FIELD_INT:
		*(int64_t *)p = random_number();
		break;
	case FIELD_ENUM:
		*(int *)p = (int)roll();
		break;
	case FIELD_BOOL:
		*(bool *)p = true;
		break;
	case FIELD_TEXT:
		*(struct span *)p = random_text(arena);
		break;
	case FIELD_LIST:
		list.n = 1 + roll() % 5;
		list.items = arena_array(arena, struct span, list.n);
		for (size_t i = 0; i < list.n; i++)
			list.items[i] = roll() % 4 ? random_text(arena) : SPAN("");
		*(struct text_list *)p = list;
		break;
	}
}

static void fill(const struct kind *kind, void *record, struct arena *arena, bool all)
{
	memset(record, 0, kind->size);
	for (int i = 0; i < 16; i++)
		((unsigned char *)record)[i] = (unsigned char)(roll() | 1);
	for (size_t i = 0; i < kind->n_fields; i++)
		if (all || roll() % 2)
			fill_field(&kind->fields[i], (char *)record + kind->fields[i].offset, arena);
}

static bool is_same(const struct kind *kind, const void *a, const void *b)
{
	if (memcmp(a, b, 16) != 0)
		return false;
	for (size_t i = 0; i < kind->n_fields; i++) {
		const void *p = (const char *)a + kind->fields[i].offset, *q = (const char *)b + kind->fields[i].offset;
		const struct text_list *l = p, *m = q;
		bool same = true;

		switch (kind->fields[i].type) {
		case FIELD_ID: same = memcmp(p, q, 16) == 0; break;
		case FIELD_INSTANT: same = memcmp(p, q, sizeof(struct instant)) == 0; break;
		case FIELD_INT: same = memcmp(p, q, sizeof(int64_t)) == 0; break;
		case FIELD_ENUM: same = memcmp(p, q, sizeof(int)) == 0; break;
		case FIELD_BOOL: same = *(const bool *)p == *(const bool *)q; break;
		case FIELD_TEXT: same = span_eq(*(const struct span *)p, *(const struct span *)q); break;
		case FIELD_LIST:
			same = l->n == m->n;
			for (size_t j = 0; same && j < l->n; j++)
				same = span_eq(l->items[j], m->items[j]);
			break;
		}
		if (!same)
			return false;
	}
	return true;
}

/* ---- tables */

START_TEST(the_tables_of_kinds_are_sound)
{
	bool prefixes[256] = { [0] = true, [STORE_PREFIX_SELF] = true, [STORE_PREFIX_INDEX] = true };

	ROW_INT("the engine's audit prefix is the kind's", KIND_AUDIT.prefix, STORE_PREFIX_AUDIT);
	for (const struct kind *const *at = records_all; *at; at++) {
		const struct kind *kind = *at;

		ROW_TRUE(kind->name, !prefixes[kind->prefix]);
		prefixes[kind->prefix] = true;
		ROW_TRUE(kind->name, kind->version >= 1 && kind->size <= RECORD_CODEC_SIZE_MAX);
		for (size_t i = 0; i < kind->n_fields; i++) {
			const struct field *field = &kind->fields[i];

			ROW_TRUE(field->name, field->tag > (i ? kind->fields[i - 1].tag : 0));
			ROW_TRUE(field->name, field->offset >= sizeof(struct id) && field->offset < kind->size);
			ROW_TRUE(field->name, !(field->flags & FIELD_SEALED) || field->type == FIELD_TEXT);
		}
		for (size_t i = 0; i < kind->n_indexes; i++) {
			ROW_TRUE(kind->indexes[i].name, record_index_by_tag(kind, kind->indexes[i].tag) == &kind->indexes[i]);
			ROW_TRUE(kind->indexes[i].name, kind->indexes[i].fields[0]);
			bool is_enum = !kind->indexes[i].unless;
			for (size_t j = 0; j < kind->n_fields; j++)
				is_enum |= kind->fields[j].tag == kind->indexes[i].unless && kind->fields[j].type == FIELD_ENUM;
			ROW_TRUE(kind->indexes[i].name, is_enum);
		}
	}
}
END_TEST

/* ---- codec */

START_TEST(every_kind_round_trips)
{
	const struct kind *kind = records_all[_i];
	alignas(max_align_t) char in[RECORD_CODEC_SIZE_MAX], out[RECORD_CODEC_SIZE_MAX];
	struct span bytes, again;

	suite_setup();
	struct arena *arena = arena_new(MEMORY);
	for (dice = 88172645463325252 + (uint64_t)_i; dice % 97; roll()) {
		fill(kind, in, arena, dice % 3 == 0);
		ROW_INT(kind->name, record_codec_encode(kind, in, suite_seal, arena, &bytes), 0);
		memset(out, 0xaa, sizeof out);
		ROW_INT(kind->name, record_codec_decode(kind, *(struct id *)in, bytes, suite_seal, arena, out), 0);
		ROW_TRUE(kind->name, is_same(kind, in, out));
		for (size_t i = 0; i < kind->n_fields; i++) {
			const struct field *field = &kind->fields[i];

			if (field->type != FIELD_TEXT || ((struct span *)(in + field->offset))->n < 8)
				continue;
			struct span text = *(struct span *)(in + field->offset);
			ROW_INT(field->name, memmem(bytes.p, bytes.n, text.p, text.n) == NULL, field->flags & FIELD_SEALED);
		}
		arena_reset(arena);
	}
	memset(in, 0, sizeof in);
	in[0] = 1;
	ROW_INT(kind->name, record_codec_encode(kind, in, suite_seal, arena, &bytes), 0);
	ROW_INT("an empty record is its version", bytes.n, 1);
	fill(kind, in, arena, true);
	ROW_INT(kind->name, record_codec_encode(kind, in, suite_seal, arena, &bytes), 0);
	ROW_INT(kind->name, record_codec_decode(kind, *(struct id *)in, bytes, suite_seal, arena, out), 0);
	ROW_INT(kind->name, record_codec_encode(kind, out, suite_seal, arena, &again), 0);
	ROW_INT("encoding is stable in size", again.n, bytes.n);
	arena_free(arena);
	suite_cleanup();
}
END_TEST

/* Texts are small here, so that every length can be tried. */
static struct span small_record(const struct kind *kind, void *record, struct arena *arena)
{
	struct span bytes;

	do
		fill(kind, record, arena, true);
	while (record_codec_encode(kind, record, suite_seal, arena, &bytes) || bytes.n > 6000);
	return bytes;
}

START_TEST(truncated_or_altered_bytes_are_corrupt_or_harmless)
{
	const struct kind *kind = records_all[_i];
	alignas(max_align_t) char record[RECORD_CODEC_SIZE_MAX], out[RECORD_CODEC_SIZE_MAX], before[RECORD_CODEC_SIZE_MAX];
	size_t corrupt = 0;

	suite_setup();
	log_configure((enum log_level)(LOG_ERROR + 1), "test");
	dice = 3141592653589793 + (uint64_t)_i;
	struct arena *keep = arena_new(64 << 20), *arena = arena_new(MEMORY);
	struct span bytes = small_record(kind, record, keep);
	memset(before, 0xaa, sizeof before);
	for (size_t n = 0; n < bytes.n; n++) {
		char *exact = malloc(n ? n : 1); /* the sanitizer sees a read past the end */

		memcpy(exact, bytes.p, n);
		memset(out, 0xaa, sizeof out);
		int rc = record_codec_decode(kind, *(struct id *)record, (struct span){ exact, n }, suite_seal, arena, out);
		ROW_TRUE(kind->name, rc == 0 || rc == FAULT_CORRUPT);
		ROW_TRUE("untouched on failure", !rc || memcmp(out, before, sizeof out) == 0);
		corrupt += rc != 0;
		arena_reset(arena);
		free(exact);
	}
	ROW_TRUE("nearly every cut is seen", corrupt + kind->n_fields >= bytes.n);
	for (int i = 0; i < 2000; i++) {
		char *copy = malloc(bytes.n);

		memcpy(copy, bytes.p, bytes.n);
		for (uint64_t flips = 1 + roll() % 3; flips; flips--)
			copy[roll() % bytes.n] ^= (char)(1 << roll() % 8);
		int rc = record_codec_decode(kind, *(struct id *)record, (struct span){ copy, bytes.n }, suite_seal, arena, out);
		ROW_TRUE(kind->name, rc == 0 || rc == FAULT_CORRUPT);
		arena_reset(arena);
		free(copy);
	}
	arena_free(arena);
	arena_free(keep);
	suite_cleanup();
}
END_TEST

static const struct {
	const char *name;
	struct span bytes;
	int want;
	int64_t want_n;
} counter_rows[] = {
	{ "version 1, n = 3", SPAN("\x01\x01\x01\x06"), 0, 3 },
	{ "version alone: everything empty", SPAN("\x01"), 0, 0 },
	{ "an unknown tag is skipped", SPAN("\x01\x01\x01\x06\x7f\x03" "abc"), 0, 3 },
	{ "an unknown tag of no length", SPAN("\x01\x01\x01\x06\x7f\x00"), 0, 3 },
	{ "no bytes at all", SPAN(""), FAULT_CORRUPT, 0 },
	{ "version 0", SPAN("\x00\x01\x01\x06"), FAULT_CORRUPT, 0 },
	{ "a newer version is not guessed at", SPAN("\x02\x01\x01\x06"), FAULT_CORRUPT, 0 },
	{ "the same tag twice", SPAN("\x01\x01\x01\x06\x01\x01\x06"), FAULT_CORRUPT, 0 },
	{ "tags that fall", SPAN("\x01\x7f\x01\x06\x01\x01\x06"), FAULT_CORRUPT, 0 },
	{ "tag 0", SPAN("\x01\x00\x01\x06"), FAULT_CORRUPT, 0 },
	{ "a length past the end", SPAN("\x01\x01\x02\x06"), FAULT_CORRUPT, 0 },
	{ "a length that does not end", SPAN("\x01\x01\xff\xff\xff\xff\xff"), FAULT_CORRUPT, 0 },
	{ "a length longer than needed", SPAN("\x01\x01\x81\x00\x06"), FAULT_CORRUPT, 0 },
	{ "a number of no bytes", SPAN("\x01\x01\x00"), FAULT_CORRUPT, 0 },
	{ "a number with a leading zero", SPAN("\x01\x01\x02\x00\x06"), FAULT_CORRUPT, 0 },
	{ "a number of nine bytes", SPAN("\x01\x01\x09\x01\x01\x01\x01\x01\x01\x01\x01\x01"), FAULT_CORRUPT, 0 },
	{ "the smallest number", SPAN("\x01\x01\x08\xff\xff\xff\xff\xff\xff\xff\xff"), 0, INT64_MIN },
};

START_TEST(stored_bytes_mean_one_thing)
{
	struct counter counter;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(4096);

	ROW_INT(counter_rows[_i].name, record_codec_decode(&KIND_COUNTER, (struct id){ { 1 } }, counter_rows[_i].bytes, NULL, arena, &counter),
		counter_rows[_i].want);
	if (!counter_rows[_i].want)
		ROW_INT(counter_rows[_i].name, counter.n, counter_rows[_i].want_n);
}
END_TEST

START_TEST(a_sealed_text_opens_only_where_it_was_sealed)
{
	suite_setup();
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(MEMORY);
	struct otp otp = { .id = { { 1 } }, .phone = SPAN("13800138000") }, out;
	struct span bytes;

	ROW_INT("encode", record_codec_encode(&KIND_OTP, &otp, suite_seal, arena, &bytes), 0);
	ROW_INT("its own record", record_codec_decode(&KIND_OTP, otp.id, bytes, suite_seal, arena, &out), 0);
	ROW_SPAN("its own record", out.phone, otp.phone);
	ROW_INT("another record", record_codec_decode(&KIND_OTP, (struct id){ { 2 } }, bytes, suite_seal, arena, &out), FAULT_CORRUPT);
	ROW_INT("no key", record_codec_decode(&KIND_OTP, otp.id, bytes, NULL, arena, &out), FAULT_CORRUPT);
	ROW_INT("no key to seal with", record_codec_encode(&KIND_OTP, &otp, NULL, arena, &bytes), FAULT_BUG);
	struct kind other = KIND_OTP;
	other.prefix = 0x7f;
	ROW_INT("another kind", record_codec_decode(&other, otp.id, bytes, suite_seal, arena, &out), FAULT_CORRUPT);
	suite_cleanup();
}
END_TEST

START_TEST(the_codec_survives_every_failed_allocation)
{
	suite_setup();
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(MEMORY);
	CLEANUP(arena_cleanup) struct arena *keep = arena_new(MEMORY);
	alignas(max_align_t) char in[RECORD_CODEC_SIZE_MAX], out[RECORD_CODEC_SIZE_MAX];
	struct span bytes = { 0 };
	unsigned long k = 0;
	int rc;

	dice = 2718281828459045;
	fill(&KIND_INTERACTION, in, keep, true);
	do {
		arena_fail_at(++k);
		rc = record_codec_encode(&KIND_INTERACTION, in, suite_seal, arena, &bytes);
		arena_fail_at(0);
		ROW_TRUE("encode", rc == 0 || rc == FAULT_MEMORY);
	} while (rc);
	ROW_TRUE("it allocates", k > 2);
	k = 0;
	do {
		arena_fail_at(++k);
		rc = record_codec_decode(&KIND_INTERACTION, *(struct id *)in, bytes, suite_seal, arena, out);
		arena_fail_at(0);
		ROW_TRUE("decode", rc == 0 || rc == FAULT_MEMORY);
	} while (rc);
	ROW_TRUE("it allocates", k > 2);
	ROW_TRUE("in the end all is there", is_same(&KIND_INTERACTION, in, out));
	suite_cleanup();
}
END_TEST

int main(void)
{
	return suite_run("store/codec", (struct suite_test[]){
						 SUITE_ONCE(the_tables_of_kinds_are_sound),
						 SUITE_LOOP(every_kind_round_trips, n_kinds()),
						 SUITE_LOOP(truncated_or_altered_bytes_are_corrupt_or_harmless, n_kinds()),
						 SUITE_LOOP(stored_bytes_mean_one_thing, ARRAY_LEN(counter_rows)),
						 SUITE_ONCE(a_sealed_text_opens_only_where_it_was_sealed),
						 SUITE_ONCE(the_codec_survives_every_failed_allocation),
						 SUITE_END,
					 });
}
