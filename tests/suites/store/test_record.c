/* SPDX-License-Identifier: Apache-2.0 */
/* test_record - the tables of kinds, the codec over every kind, indexes as records change, expiry. */
#include "broker/base/log.h"
#include "broker/store/record_codec.h"
#include "broker/store/record_index.h"
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

/* ---- records in transactions. One function a story; the suite runs it behind every engine. */

static struct arena *memory;
static const struct instant NOW = { 1700000000000 };

static struct account person(unsigned char n, const char *login, const char *phone)
{
	return (struct account){ .id = { { 1, n } }, .created_at = NOW, .namespace_ = NAMESPACE_NATURAL, .status = ACCOUNT_ACTIVE,
				 .login_name = span_of(login), .login_key = span_of(login), .phone = span_of(phone), .identity = { { 9, n / 2 } } };
}

static int count_fn(const void *record, void *arg)
{
	++*(size_t *)arg;
	return 0;
}

static size_t count_identity(struct txn *txn, unsigned char identity)
{
	struct account probe = { .identity = { { 9, identity } } };
	size_t n = 0;

	ck_assert_int_eq(record_each(txn, &KIND_ACCOUNT, ACCOUNT_BY_IDENTITY, &probe, memory, count_fn, &n), 0);
	return n;
}

static int indexes_fn(struct txn *txn, void *arg)
{
	struct account a = person(2, "zhangsan", "13800138000"), b = person(3, "lisi", "13900139000"), found, probe;
	struct span value;

	TRY(record_insert(txn, &KIND_ACCOUNT, &a));
	ROW_INT("the id is taken", record_insert(txn, &KIND_ACCOUNT, &a), ERR_EXISTS);
	TRY(record_put(txn, &KIND_ACCOUNT, &b));
	TRY(record_find(txn, &KIND_ACCOUNT, ACCOUNT_BY_LOGIN, &b, memory, &found));
	ROW_TRUE("found by login", id_eq(found.id, b.id));
	ROW_SPAN("its sealed phone is open", found.phone, b.phone);
	probe = (struct account){ .namespace_ = NAMESPACE_NATURAL, .phone = SPAN("13800138000") };
	TRY(record_find(txn, &KIND_ACCOUNT, ACCOUNT_BY_PHONE, &probe, memory, &found));
	ROW_TRUE("found by sealed phone", id_eq(found.id, a.id));
	probe.namespace_ = NAMESPACE_LEGAL;
	ROW_INT("the other namespace", record_find(txn, &KIND_ACCOUNT, ACCOUNT_BY_PHONE, &probe, memory, &found), ERR_ABSENT);
	probe.phone = SPAN("");
	ROW_INT("an empty field is in no index", record_find(txn, &KIND_ACCOUNT, ACCOUNT_BY_PHONE, &probe, memory, &found), ERR_ABSENT);
	ROW_INT("not a unique index", record_find(txn, &KIND_ACCOUNT, ACCOUNT_BY_IDENTITY, &a, memory, &found), FAULT_BUG);
	ROW_INT("both have this identity", count_identity(txn, 1), 2);

	b.phone = a.phone;
	b.login_key = SPAN("wangwu");
	b.identity.b[1] = 7;
	ROW_INT("a unique value is taken", record_put(txn, &KIND_ACCOUNT, &b), ERR_CONFLICT);
	ROW_INT("a conflict wrote nothing", record_check(txn, &KIND_ACCOUNT, memory), 0);
	b.phone = SPAN("13700137000");
	TRY(record_put(txn, &KIND_ACCOUNT, &b));
	ROW_INT("the old entries are gone", count_identity(txn, 1), 1);
	ROW_INT("the new ones are there", count_identity(txn, 7), 1);
	probe = (struct account){ .namespace_ = NAMESPACE_NATURAL, .phone = SPAN("13900139000") };
	ROW_INT("the old phone is free", record_find(txn, &KIND_ACCOUNT, ACCOUNT_BY_PHONE, &probe, memory, &found), ERR_ABSENT);
	b.phone = (struct span){ 0 };
	TRY(record_put(txn, &KIND_ACCOUNT, &b));
	ROW_INT("indexes agree", record_check(txn, &KIND_ACCOUNT, memory), 0);
	TRY(record_del(txn, &KIND_ACCOUNT, a.id));
	ROW_INT("deleted", record_get(txn, &KIND_ACCOUNT, a.id, memory, &found), ERR_ABSENT);
	ROW_INT("deleted twice", record_del(txn, &KIND_ACCOUNT, a.id), ERR_ABSENT);
	ROW_INT("its entries too", record_check(txn, &KIND_ACCOUNT, memory), 0);
	ROW_INT("a clear phone is nowhere", txn_get(txn, SPAN("13800138000"), &value), ERR_ABSENT);
	return 0;
}

static struct session session(unsigned char n, struct instant expiry, unsigned char account)
{
	struct session s = { .id = record_expiring_id(expiry), .account = { { 5, account } }, .created_at = NOW };

	s.id.b[15] = n;
	return s;
}

static int expiry_fn(struct txn *txn, void *arg)
{
	struct session s, out;
	struct family f = { 0 };
	size_t n = 0;

	for (int i = 0; i < 200; i++) {
		s = session((unsigned char)i, instant_add(NOW, i), (unsigned char)(i % 3 + 1));
		TRY(record_insert(txn, &KIND_SESSION, &s));
		f.id = s.id;
		TRY(record_insert(txn, &KIND_FAMILY, &f));
	}
	ROW_INT("live", record_get_live(txn, &KIND_SESSION, s.id, instant_add(NOW, 198), memory, &out), 0);
	ROW_INT("dead when its time has come", record_get_live(txn, &KIND_SESSION, s.id, instant_add(NOW, 199), memory, &out), ERR_ABSENT);
	ROW_INT("expired cannot be taken", record_take(txn, &KIND_SESSION, s.id, instant_add(NOW, 199), memory, &out), ERR_ABSENT);
	TRY(record_sweep(txn, &KIND_SESSION, instant_add(NOW, 99), 30, &n));
	ROW_INT("a sweep stops at its limit", n, 30);
	TRY(record_sweep(txn, &KIND_SESSION, instant_add(NOW, 99), 1000, &n));
	ROW_INT("100 had expired", n, 70);
	TRY(record_sweep(txn, &KIND_FAMILY, instant_add(NOW, 99), 1000, &n));
	ROW_INT("without indexes too", n, 100);
	ROW_INT("entries went with them", record_check(txn, &KIND_SESSION, memory), 0);
	n = 0;
	TRY(record_scan(txn, &KIND_SESSION, (struct id){ 0 }, memory, count_fn, &n));
	ROW_INT("the others stay", n, 100);
	n = 0;
	TRY(record_scan(txn, &KIND_FAMILY, s.id, memory, count_fn, &n));
	ROW_INT("a scan from the last", n, 1);
	TRY(record_take(txn, &KIND_SESSION, s.id, NOW, memory, &out));
	ROW_TRUE("what was taken comes back", id_eq(out.id, s.id) && id_eq(out.account, s.account));
	ROW_INT("once", record_take(txn, &KIND_SESSION, s.id, NOW, memory, &out), ERR_ABSENT);
	ROW_INT("with its entries", record_check(txn, &KIND_SESSION, memory), 0);
	ROW_INT("accounts do not expire", record_sweep(txn, &KIND_ACCOUNT, NOW, 10, &n), FAULT_BUG);
	return 0;
}

/* record_check must see what it is for. */
static int wound_fn(struct txn *txn, void *arg)
{
	struct account a = person(2, "zhangsan", ""), b = person(3, "lisi", "");
	struct record_index_key key;

	TRY(record_insert(txn, &KIND_ACCOUNT, &a));
	TRY(record_insert(txn, &KIND_ACCOUNT, &b));
	ROW_INT("sound", record_check(txn, &KIND_ACCOUNT, memory), 0);
	TRY(record_index_key(&KIND_ACCOUNT, record_index_by_tag(&KIND_ACCOUNT, ACCOUNT_BY_LOGIN), &a, suite_seal, &key));
	struct span entry = { (const char *)key.b, key.n };
	TRY(txn_put(txn, entry, (struct span){ (const char *)&b.id, 16 }));
	ROW_INT("an entry names another", record_check(txn, &KIND_ACCOUNT, memory), ERR_CONFLICT);
	TRY(txn_del(txn, entry));
	ROW_INT("an entry is missing", record_check(txn, &KIND_ACCOUNT, memory), ERR_CONFLICT);
	ROW_INT("deleting then is corrupt, not silent", record_del(txn, &KIND_ACCOUNT, a.id), FAULT_CORRUPT);
	TRY(txn_put(txn, entry, (struct span){ (const char *)&a.id, 16 }));
	ROW_INT("sound again", record_check(txn, &KIND_ACCOUNT, memory), 0);
	TRY(record_index_key(&KIND_ACCOUNT, record_index_by_tag(&KIND_ACCOUNT, ACCOUNT_BY_IDENTITY), &a, suite_seal, &key));
	key.b[key.n - 1] ^= 1;
	TRY(txn_put(txn, (struct span){ (const char *)key.b, key.n }, (struct span){ 0 }));
	ROW_INT("an entry too many", record_check(txn, &KIND_ACCOUNT, memory), ERR_CONFLICT);
	size_t n = 0;
	ROW_INT("an index that lies is a fault", record_each(txn, &KIND_ACCOUNT, ACCOUNT_BY_IDENTITY, &a, memory, count_fn, &n), FAULT_CORRUPT);
	return 0;
}

static int named_fn(struct txn *txn, void *arg)
{
	struct instant expiry = instant_add(NOW, 60000);
	struct id id = record_named_id(expiry, SPAN("login"), SPAN("zhangsan"));

	ROW_TRUE("the same again", id_eq(id, record_named_id(expiry, SPAN("login"), SPAN("zhangsan"))));
	ROW_TRUE("the cut between name and value counts", !id_eq(id, record_named_id(expiry, SPAN("loginz"), SPAN("hangsan"))));
	ROW_INT("its expiry can be read", record_expiry(id).ms, expiry.ms);
	ROW_TRUE("ids sort by expiry", memcmp(record_expiring_id(expiry).b, record_expiring_id(instant_add(expiry, 1)).b, 16) < 0);
	ROW_TRUE("fresh ids differ", !id_eq(record_expiring_id(expiry), record_expiring_id(expiry)));
	return 0;
}

static store_fn *const stories[] = { indexes_fn, expiry_fn, wound_fn, named_fn };

START_TEST(stories_of_records)
{
	suite_setup();
	memory = arena_new(MEMORY);
	struct store *store = suite_open((size_t)_i % ARRAY_LEN(suite_engines));
	ROW_INT("story", store_update(store, stories[(size_t)_i / ARRAY_LEN(suite_engines)], NULL), 0);
	store_close(store);
	arena_free(memory);
	suite_cleanup();
}
END_TEST

static int link_fn(struct txn *txn, void *arg)
{
	return record_insert(txn, &KIND_EXTERNAL_LINK, arg);
}

static void *link_account(void *arg)
{
	struct suite_thread *t = arg;
	struct external_link link = { .id = { { 1, (unsigned char)t->i } }, .provider = SPAN("province"), .issuer = SPAN("https://id.example"),
				      .subject = SPAN("a subject that is longer than sixty-four bytes, so that the index holds its hash"),
				      .account = { { 2, (unsigned char)t->i } } };

	t->rc = store_update(t->store, link_fn, &link);
	return NULL;
}

START_TEST(one_of_32_wins_a_unique_value)
{
	static struct suite_thread threads[32];
	size_t won = 0;

	suite_setup();
	struct store *store = suite_open(_i);
	suite_threads(ARRAY_LEN(threads), link_account, store, NULL, threads);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
		won += threads[i].rc == 0;
		ROW_TRUE("won or conflict", threads[i].rc == 0 || threads[i].rc == ERR_CONFLICT);
	}
	ROW_INT("winners", won, 1);
	ROW_INT("indexes agree", store_check(store), 0);
	store_close(store);
	suite_cleanup();
}
END_TEST

/* Fail every call and every allocation of one rich update: nothing of it may stay, and the next one must work. */
static int rich_fn(struct txn *txn, void *arg)
{
	struct account a = person(2, "zhangsan", "13800138000"), b = person(3, "lisi", "13900139000"), found;
	struct audit audit = { .id = { { 1, 2, 3 } }, .action = SPAN("register") };
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(MEMORY);
	size_t n;

	arena_fail_at(*(unsigned long *)arg);
	int rc = record_put(txn, &KIND_ACCOUNT, &a);
	if (!rc)
		rc = record_put(txn, &KIND_ACCOUNT, &b);
	if (!rc)
		rc = record_find(txn, &KIND_ACCOUNT, ACCOUNT_BY_PHONE, &a, arena, &found);
	if (!rc)
		rc = record_take(txn, &KIND_ACCOUNT, b.id, NOW, arena, &found);
	if (!rc)
		rc = record_each(txn, &KIND_ACCOUNT, ACCOUNT_BY_IDENTITY, &a, arena, count_fn, &n);
	if (!rc)
		rc = record_insert(txn, &KIND_AUDIT, &audit);
	arena_fail_at(0);
	return rc;
}

static int clear_fn(struct txn *txn, void *arg)
{
	return record_del(txn, &KIND_ACCOUNT, (struct id){ { 1, 2 } });
}

static int count_all_fn(struct txn *txn, void *arg)
{
	TRY(record_scan(txn, &KIND_ACCOUNT, (struct id){ 0 }, memory, count_fn, arg));
	return record_scan(txn, &KIND_AUDIT, (struct id){ 0 }, memory, count_fn, arg);
}

static void check_nothing(struct store *store)
{
	size_t n = 0;

	ROW_INT("looked", store_view(store, count_all_fn, &n), 0);
	ROW_INT("half an update stayed", n, 0);
	ROW_INT("the store agrees with itself", store_check(store), 0);
}

START_TEST(a_fault_anywhere_leaves_nothing_behind)
{
	unsigned long k, none = 0;

	suite_setup();
	memory = arena_new(MEMORY);
	struct store *store = suite_open(1 + (size_t)_i); /* wrapped engines */
	for (k = 1;; k++) {
		store_fault_arm(store, STORE_FAULT_ANY & ~STORE_FAULT_LOST & ~STORE_FAULT_VIEW, k, FAULT_STORE);
		int rc = store_update(store, rich_fn, &none);
		if (!store_fault_fired(store)) {
			ROW_INT("without a fault it works", rc, 0);
			break;
		}
		ROW_INT("the fault comes back", rc, FAULT_STORE);
		store_fault_arm(store, 0, 0, 0);
		check_nothing(store);
	}
	ROW_TRUE("many calls were tried", k > 15);
	store_fault_arm(store, STORE_FAULT_COMMIT, 1, FAULT_STORE);
	ROW_INT("a commit fails", store_update(store, clear_fn, NULL), FAULT_STORE);
	ROW_TRUE("then it is broken", store_is_broken(store));
	ROW_INT("and stays so", store_update(store, clear_fn, NULL), FAULT_STORE);
	store_fault_arm(store, STORE_FAULT_LOST, 1, FAULT_STORE);
	ROW_INT("an answer is lost", store_update(store, clear_fn, NULL), FAULT_STORE);
	ROW_TRUE("then it is broken", store_is_broken(store));
	store_fault_arm(store, 0, 0, 0);
	ROW_INT("but it was kept", store_update(store, clear_fn, NULL), ERR_ABSENT);
	ROW_INT("the store agrees with itself", store_check(store), 0);
	store_close(store);
	arena_free(memory);
	suite_cleanup();
}
END_TEST

START_TEST(no_memory_anywhere_leaves_nothing_behind)
{
	unsigned long k;
	int rc;

	suite_setup();
	memory = arena_new(MEMORY);
	struct store *store = suite_open(_i);
	for (k = 1; (rc = store_update(store, rich_fn, &k)); k++) {
		ROW_INT("every allocation that fails says so", rc, FAULT_MEMORY);
		check_nothing(store);
		ROW_TRUE("it is not broken", !store_is_broken(store));
	}
	ROW_TRUE("many allocations were tried", k > 10);
	store_close(store);
	arena_free(memory);
	suite_cleanup();
}
END_TEST

int main(void)
{
	return suite_run("store/record", (struct suite_test[]){
						 SUITE_ONCE(the_tables_of_kinds_are_sound),
						 SUITE_LOOP(every_kind_round_trips, n_kinds()),
						 SUITE_LOOP(truncated_or_altered_bytes_are_corrupt_or_harmless, n_kinds()),
						 SUITE_LOOP(stored_bytes_mean_one_thing, ARRAY_LEN(counter_rows)),
						 SUITE_ONCE(a_sealed_text_opens_only_where_it_was_sealed),
						 SUITE_ONCE(the_codec_survives_every_failed_allocation),
						 SUITE_LOOP(stories_of_records, ARRAY_LEN(suite_engines) * ARRAY_LEN(stories)),
						 SUITE_LOOP(one_of_32_wins_a_unique_value, ARRAY_LEN(suite_engines)),
						 SUITE_LOOP(a_fault_anywhere_leaves_nothing_behind, 2),
						 SUITE_LOOP(no_memory_anywhere_leaves_nothing_behind, ARRAY_LEN(suite_engines)),
						 SUITE_END,
					 });
}
