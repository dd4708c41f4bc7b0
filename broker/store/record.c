/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/store/record.h"

#include "broker/base/encode.h"
#include "broker/base/sys.h"
#include "broker/store/record_codec.h"
#include "broker/store/record_index.h"
#include "keys/digest.h"

#include <stdalign.h>
#include <stdlib.h>
#include <time.h>

#define KEY_SIZE 17
#define EXPIRY_SIZE 6

struct key {
	char b[KEY_SIZE];
};

static struct span key_of(const struct kind *kind, struct id id, struct key *key)
{
	key->b[0] = (char)kind->prefix;
	memcpy(key->b + 1, id.b, sizeof id.b);
	return (struct span){ key->b, sizeof key->b };
}

static struct id id_in_key(struct span key)
{
	struct id id;

	memcpy(id.b, key.p + key.n - sizeof id.b, sizeof id.b);
	return id;
}

/* ---- ids that expire */

static void put_expiry(struct id *id, struct instant expiry)
{
	for (int i = 0; i < EXPIRY_SIZE; i++)
		id->b[i] = (unsigned char)((uint64_t)expiry.ms >> (40 - 8 * i));
}

/* Ids of one millisecond rise in the order in which they are made: what is appended to the keyspace fills its pages, what falls between
 * leaves them half empty. A clock of 1 us, which begins anew fifteen times a second, and no counter, which would tell how many there are. */
struct id record_expiring_id(struct instant expiry)
{
	struct timespec ts;
	struct id id;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	put_expiry(&id, expiry);
	id.b[6] = (unsigned char)((uint64_t)ts.tv_nsec >> 18);
	id.b[7] = (unsigned char)((uint64_t)ts.tv_nsec >> 10);
	sys_random(id.b + 8, sizeof id.b - 8);
	return id;
}

struct id record_named_id(struct instant expiry, struct span name, struct span value)
{
	unsigned char hash[DIGEST_MAX], length[2] = { (unsigned char)(name.n >> 8), (unsigned char)name.n };
	struct id id;

	/* Without a hash nothing could be counted or marked as used: as final as a machine without randomness (sys_random). */
	if (digest_of(DIGEST_SHA256, hash, { (const char *)length, sizeof length }, name, value))
		abort();
	put_expiry(&id, expiry);
	memcpy(id.b + EXPIRY_SIZE, hash, sizeof id.b - EXPIRY_SIZE);
	return id;
}

struct instant record_expiry(struct id id)
{
	int64_t ms = 0;

	for (int i = 0; i < EXPIRY_SIZE; i++)
		ms = ms << 8 | id.b[i];
	return (struct instant){ ms };
}

static bool is_expired(const struct kind *kind, struct id id, struct instant now)
{
	return kind->expires && !instant_before(now, record_expiry(id));
}

/* ---- reading */

int record_get(struct txn *txn, const struct kind *kind, struct id id, struct arena *arena, void *ret_record)
{
	struct key key;
	struct span bytes;

	TRY(txn_get(txn, key_of(kind, id, &key), &bytes));
	return record_codec_decode(kind, id, bytes, store_seal(txn->store), arena, ret_record);
}

int record_get_live(struct txn *txn, const struct kind *kind, struct id id, struct instant now, struct arena *arena,
		    void *ret_record)
{
	return is_expired(kind, id, now) ? ERR_ABSENT : record_get(txn, kind, id, arena, ret_record);
}

/* An index names a record that is not there: an index that lies must never look like an answer. */
static int get_indexed(struct txn *txn, const struct kind *kind, const struct record_index *index, struct id id,
		       struct arena *arena, void *ret_record)
{
	int rc = record_get(txn, kind, id, arena, ret_record);

	return rc == ERR_ABSENT ? FAULT(FAULT_CORRUPT, "%s: index %s names a record that is absent", kind->name, index->name) : rc;
}

int record_find(struct txn *txn, const struct kind *kind, uint8_t index_tag, const void *probe, struct arena *arena,
		void *ret_record)
{
	const struct record_index *index = record_index_by_tag(kind, index_tag);
	struct record_index_key key;
	struct span value;

	if (!index || !index->unique)
		return FAULT(FAULT_BUG, "%s has no unique index %u", kind->name, index_tag);
	TRY(record_index_key(kind, index, probe, store_seal(txn->store), &key));
	if (!key.n)
		return ERR_ABSENT;
	TRY(txn_get(txn, (struct span){ (const char *)key.b, key.n }, &value));
	if (value.n != sizeof(struct id))
		return FAULT(FAULT_CORRUPT, "%s: entry of index %s", kind->name, index->name);
	return get_indexed(txn, kind, index, id_in_key(value), arena, ret_record);
}

struct walk {
	struct txn *txn;
	const struct kind *kind;
	const struct record_index *index;
	struct arena *arena;
	record_fn *fn;
	void *arg;
};

static int walk_index(struct span key, struct span value, void *arg)
{
	struct walk *walk = arg;
	alignas(max_align_t) char record[RECORD_CODEC_SIZE_MAX];

	if (key.n < sizeof(struct id) || (walk->index->unique && value.n != sizeof(struct id)))
		return FAULT(FAULT_CORRUPT, "%s: entry of index %s", walk->kind->name, walk->index->name);
	TRY(get_indexed(walk->txn, walk->kind, walk->index, id_in_key(walk->index->unique ? value : key), walk->arena, record));
	return walk->fn(record, walk->arg);
}

int record_each(struct txn *txn, const struct kind *kind, uint8_t index_tag, const void *probe, struct arena *arena, record_fn *fn,
		void *arg)
{
	struct walk walk = { txn, kind, record_index_by_tag(kind, index_tag), arena, fn, arg };
	struct record_index_key key;

	if (!walk.index)
		return FAULT(FAULT_BUG, "%s has no index %u", kind->name, index_tag);
	TRY(record_index_key(kind, walk.index, probe, store_seal(txn->store), &key));
	if (!key.n)
		return 0;
	return txn_scan(txn, (struct span){ (const char *)key.b, key.n_fields }, (struct span){ NULL, 0 }, walk_index, &walk);
}

static int walk_records(struct span key, struct span value, void *arg)
{
	struct walk *walk = arg;
	alignas(max_align_t) char record[RECORD_CODEC_SIZE_MAX];

	if (key.n != KEY_SIZE)
		return FAULT(FAULT_CORRUPT, "%s: key of %zu bytes", walk->kind->name, key.n);
	TRY(record_codec_decode(walk->kind, id_in_key(key), value, store_seal(walk->txn->store), walk->arena, record));
	return walk->fn(record, walk->arg);
}

int record_scan(struct txn *txn, const struct kind *kind, struct id from, struct arena *arena, record_fn *fn, void *arg)
{
	struct walk walk = { txn, kind, NULL, arena, fn, arg };
	struct key key;

	return txn_scan(txn, (struct span){ (const char *)&kind->prefix, 1 }, key_of(kind, from, &key), walk_records, &walk);
}

static int walk_from(struct walk *walk, struct span prefix, struct record_from from, txn_scan_fn *fn)
{
	char key[sizeof(struct record_index_key) + 1];
	size_t n = prefix.n + sizeof from.at.b;

	if (n >= sizeof key)
		return FAULT(FAULT_BUG, "%s: prefix of %zu bytes", walk->kind->name, prefix.n);
	memcpy(key, prefix.p, prefix.n);
	memcpy(key + prefix.n, from.at.b, sizeof from.at.b);
	key[n] = 0; /* rising: the first key past that of @at */
	if (!id_is_set(from.at))
		n = 0;
	if (from.falling)
		return txn_scan_back(walk->txn, prefix, (struct span){ key, n }, fn, walk);
	return txn_scan(walk->txn, prefix, (struct span){ key, n ? n + 1 : 0 }, fn, walk);
}

int record_page(struct txn *txn, const struct kind *kind, uint8_t index_tag, const void *probe, struct record_from from,
		struct arena *arena, record_fn *fn, void *arg)
{
	struct walk walk = { txn, kind, record_index_by_tag(kind, index_tag), arena, fn, arg };
	struct record_index_key key;

	if (!index_tag)
		return walk_from(&walk, (struct span){ (const char *)&kind->prefix, 1 }, from, walk_records);
	if (!walk.index || walk.index->unique)
		return FAULT(FAULT_BUG, "%s has no list by index %u", kind->name, index_tag);
	TRY(record_index_key(kind, walk.index, probe, store_seal(txn->store), &key));
	if (!key.n)
		return 0;
	return walk_from(&walk, (struct span){ (const char *)key.b, key.n_fields }, from, walk_index);
}

/* ---- writing. The scratch arena holds what one operation needs, and every operation gives it back. */

static int put(struct txn *txn, const struct kind *kind, const void *record, bool may_replace)
{
	alignas(max_align_t) char before[RECORD_CODEC_SIZE_MAX];
	struct id id = *(const struct id *)record;
	struct span bytes;
	struct key key;
	int rc = ERR_ABSENT;

	if (!id_is_set(id))
		return FAULT(FAULT_BUG, "%s without an id", kind->name);
	if (kind->n_indexes || !may_replace)
		rc = txn_get(txn, key_of(kind, id, &key), &bytes);
	if (rc && rc != ERR_ABSENT)
		return rc;
	if (!rc && !may_replace)
		return ERR_EXISTS;
	bool is_new = rc == ERR_ABSENT;
	if (!is_new)
		TRY(record_codec_decode(kind, id, bytes, store_seal(txn->store), txn->scratch, before));
	if (kind->n_indexes)
		TRY(record_index_move(txn, kind, is_new ? NULL : before, record));
	TRY(record_codec_encode(kind, record, store_seal(txn->store), txn->scratch, &bytes));
	return txn_put(txn, key_of(kind, id, &key), bytes);
}

static int check_writable(struct txn *txn, const struct kind *kind)
{
	return txn->writable ? 0 : FAULT(FAULT_BUG, "write of %s inside a view", kind->name);
}

int record_put(struct txn *txn, const struct kind *kind, const void *record)
{
	TRY(check_writable(txn, kind));
	int rc = put(txn, kind, record, true);
	arena_reset(txn->scratch);
	return rc;
}

int record_insert(struct txn *txn, const struct kind *kind, const void *record)
{
	TRY(check_writable(txn, kind));
	int rc = put(txn, kind, record, false);
	arena_reset(txn->scratch);
	return rc;
}

/* Delete @record, which was read in this transaction, and its entries. */
static int del(struct txn *txn, const struct kind *kind, const void *record)
{
	struct key key;

	if (kind->n_indexes)
		TRY(record_index_move(txn, kind, record, NULL));
	return txn_del(txn, key_of(kind, *(const struct id *)record, &key));
}

int record_del(struct txn *txn, const struct kind *kind, struct id id)
{
	alignas(max_align_t) char record[RECORD_CODEC_SIZE_MAX];
	struct key key;

	TRY(check_writable(txn, kind));
	if (!kind->n_indexes)
		return txn_del(txn, key_of(kind, id, &key));
	int rc = record_get(txn, kind, id, txn->scratch, record);
	if (!rc)
		rc = del(txn, kind, record);
	arena_reset(txn->scratch);
	return rc;
}

int record_take(struct txn *txn, const struct kind *kind, struct id id, struct instant now, struct arena *arena, void *ret_record)
{
	alignas(max_align_t) char record[RECORD_CODEC_SIZE_MAX];

	TRY(check_writable(txn, kind));
	TRY(record_get_live(txn, kind, id, now, arena, record));
	int rc = del(txn, kind, record);
	arena_reset(txn->scratch);
	if (!rc)
		memcpy(ret_record, record, kind->size);
	return rc;
}

/* ---- expiry */

struct expired {
	const struct kind *kind;
	struct instant now;
	struct id ids[64];
	size_t room, n;
};

static int gather_expired(struct span key, struct span value, void *arg)
{
	struct expired *expired = arg;

	if (key.n != KEY_SIZE)
		return FAULT(FAULT_CORRUPT, "%s: key of %zu bytes", expired->kind->name, key.n);
	if (expired->n == expired->room || !is_expired(expired->kind, id_in_key(key), expired->now))
		return TXN_STOP;
	expired->ids[expired->n++] = id_in_key(key);
	return 0;
}

int record_sweep(struct txn *txn, const struct kind *kind, struct instant now, size_t max, size_t *ret_n)
{
	struct span prefix = { (const char *)&kind->prefix, 1 };
	struct expired expired = { .kind = kind, .now = now };
	size_t total = 0;

	if (!kind->expires)
		return FAULT(FAULT_BUG, "%s does not expire", kind->name);
	if (!kind->n_indexes) {
		struct id until = { 0 };
		struct key key;

		put_expiry(&until, instant_add(now, 1)); /* what expires at @now has expired */
		return txn_cut(txn, prefix, key_of(kind, until, &key), max, ret_n);
	}
	do {
		expired.room = max - total < ARRAY_LEN(expired.ids) ? max - total : ARRAY_LEN(expired.ids);
		expired.n = 0;
		TRY(txn_scan(txn, prefix, (struct span){ 0 }, gather_expired, &expired));
		for (size_t i = 0; i < expired.n; i++)
			TRY(record_del(txn, kind, expired.ids[i]));
		total += expired.n;
	} while (expired.n && total < max);
	*ret_n = total;
	return 0;
}

/* ---- checking */

struct check {
	struct txn *txn;
	const struct kind *kind;
	struct arena *arena;
	uint64_t entries;
};

static int check_record(const void *record, void *arg)
{
	struct check *check = arg;
	const struct kind *kind = check->kind;
	char printed[37];

	encode_id(printed, *(const struct id *)record);
	for (const struct record_index *index = kind->indexes; index < kind->indexes + kind->n_indexes; index++) {
		struct record_index_key key;
		struct span value;

		TRY(record_index_key(kind, index, record, store_seal(check->txn->store), &key));
		if (!key.n)
			continue;
		int rc = txn_get(check->txn, (struct span){ (const char *)key.b, key.n }, &value);
		if (rc && rc != ERR_ABSENT)
			return rc;
		if (rc || !span_eq(value, index->unique ? (struct span){ record, 16 } : (struct span){ 0 }))
			return error_fault(ERR_CONFLICT, __FILE__, __LINE__, "%s %s: index %s %s", kind->name, printed, index->name,
					   rc ? "lacks it" : "names another record");
		check->entries++;
	}
	arena_reset(check->arena);
	return 0;
}

static int count_entry(struct span key, struct span value, void *arg)
{
	++*(uint64_t *)arg;
	return 0;
}

int record_check(struct txn *txn, const struct kind *kind, struct arena *arena)
{
	struct check check = { txn, kind, arena, 0 };
	const char prefix[] = { STORE_PREFIX_INDEX, (char)kind->prefix };
	uint64_t entries = 0;

	TRY(record_scan(txn, kind, (struct id){ 0 }, arena, check_record, &check));
	TRY(txn_scan(txn, (struct span){ prefix, sizeof prefix }, (struct span){ 0 }, count_entry, &entries));
	if (entries != check.entries)
		return error_fault(ERR_CONFLICT, __FILE__, __LINE__, "%s: %llu index entries for %llu", kind->name,
				   (unsigned long long)entries, (unsigned long long)check.entries);
	return 0;
}
