/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/store/store_audit.h"

#include "broker/base/encode.h"
#include "broker/store/records_system.h"
#include "keys/digest.h"

#define LINK_MAX ((size_t)4 * 1024 * 1024) /* of one commit: 16 bytes a record */
#define VERSION 1
#define CONFLICT(...) error_fault(ERR_CONFLICT, __FILE__, __LINE__, __VA_ARGS__)

static void put_number(unsigned char *at, uint64_t v, int n)
{
	for (int i = 0; i < n; i++)
		at[i] = (unsigned char)(v >> (8 * (n - 1 - i)));
}

static uint64_t get_number(const char *at, int n)
{
	uint64_t v = 0;

	for (int i = 0; i < n; i++)
		v = v << 8 | (unsigned char)at[i];
	return v;
}

void store_audit_key(uint64_t sequence, unsigned char ret_key[STORE_AUDIT_KEY])
{
	ret_key[0] = STORE_PREFIX_SELF;
	ret_key[1] = 'c';
	put_number(ret_key + 2, sequence, 8);
}

static int hash_start(const unsigned char before[32], uint64_t sequence, uint64_t count, unsigned char ret_hash[32])
{
	unsigned char numbers[12];

	put_number(numbers, sequence, 8);
	put_number(numbers + 8, count, 4);
	return digest_of(DIGEST_SHA256, ret_hash, { (const char *)before, 32 }, { (const char *)numbers, sizeof numbers });
}

static int hash_record(struct txn *txn, const void *id, unsigned char hash[32])
{
	char key[17] = { STORE_PREFIX_AUDIT };
	struct span value, key_span = { key, sizeof key };

	memcpy(key + 1, id, 16);
	TRY(txn_get(txn, key_span, &value));
	return digest_of(DIGEST_SHA256, hash, { (const char *)hash, 32 }, key_span, value);
}

int store_audit_link(struct txn *txn, const struct store_audit_tail *tail, const struct id *ids, size_t n, unsigned char *ret_link,
		     struct store_audit_tail *ret_tail)
{
	struct store_audit_tail next = { .sequence = tail->sequence + 1 };

	TRY(hash_start(tail->hash, next.sequence, n, next.hash));
	for (size_t i = 0; i < n; i++)
		TRY(hash_record(txn, &ids[i], next.hash));
	ret_link[0] = VERSION;
	put_number(ret_link + 1, n, 4);
	memcpy(ret_link + 5, tail->hash, 32);
	memcpy(ret_link + 37, next.hash, 32);
	memcpy(ret_link + STORE_AUDIT_HEAD, ids, n * sizeof *ids);
	*ret_tail = next;
	return 0;
}

static bool is_link(struct span key, struct span link)
{
	return key.n == STORE_AUDIT_KEY && link.n >= STORE_AUDIT_HEAD && link.p[0] == VERSION &&
	       link.n == STORE_AUDIT_LINK(get_number(link.p + 1, 4));
}

int store_audit_tail(struct span key, struct span link, struct store_audit_tail *ret_tail)
{
	if (!is_link(key, link))
		return FAULT(FAULT_CORRUPT, "audit chain: a link of %zu bytes", link.n);
	ret_tail->sequence = get_number(key.p + 2, 8);
	memcpy(ret_tail->hash, link.p + 37, 32);
	return 0;
}

/* ---- retention */

#define ANCHOR (1 + 8 + 32)

static const char anchor_key[] = { STORE_PREFIX_SELF, 'a' };
static const char links[] = { STORE_PREFIX_SELF, 'c' };

/* The link that went last; zero when none has. */
static int read_anchor(struct txn *txn, struct store_audit_tail *ret_anchor)
{
	struct span value;
	int rc = txn_get(txn, (struct span){ anchor_key, sizeof anchor_key }, &value);

	*ret_anchor = (struct store_audit_tail){ 0 };
	if (rc)
		return rc == ERR_ABSENT ? 0 : rc;
	if (value.n != ANCHOR || value.p[0] != VERSION)
		return CONFLICT("audit chain: an anchor of %zu bytes", value.n);
	ret_anchor->sequence = get_number(value.p + 1, 8);
	memcpy(ret_anchor->hash, value.p + 9, 32);
	return 0;
}

static int write_anchor(struct txn *txn, const struct store_audit_tail *anchor)
{
	unsigned char value[ANCHOR] = { VERSION };

	put_number(value + 1, anchor->sequence, 8);
	memcpy(value + 9, anchor->hash, 32);
	return txn->store->engine->put(txn, (struct span){ anchor_key, sizeof anchor_key }, (struct span){ (char *)value, sizeof value });
}

struct oldest {
	struct arena *arena;
	struct store_audit_tail tail;
	struct span link; /* in the arena */
	size_t n;         /* links seen: one more is enough */
};

static int see_oldest(struct span key, struct span link, void *arg)
{
	struct oldest *oldest = arg;

	if (oldest->n++)
		return TXN_STOP;
	TRY(store_audit_tail(key, link, &oldest->tail));
	oldest->link = arena_dup(oldest->arena, link);
	return oldest->link.p ? 0 : FAULT_MEMORY;
}

/* Ids begin with the time (RFC 9562 5.7). */
static bool is_older(struct span link, struct instant before)
{
	for (const char *id = link.p + STORE_AUDIT_HEAD; id < link.p + link.n; id += sizeof(struct id))
		if ((int64_t)get_number(id, 6) >= before.ms)
			return false;
	return true;
}

static int cut_link(struct txn *txn, const struct oldest *oldest)
{
	unsigned char key[STORE_AUDIT_KEY];

	for (const char *at = oldest->link.p + STORE_AUDIT_HEAD; at < oldest->link.p + oldest->link.n; at += sizeof(struct id)) {
		struct id id;

		memcpy(id.b, at, sizeof id.b);
		int rc = record_del(txn, &KIND_AUDIT, id);
		if (rc)
			return rc == ERR_ABSENT ? CONFLICT("audit chain: a record of link %llu is gone", (unsigned long long)oldest->tail.sequence) : rc;
	}
	store_audit_key(oldest->tail.sequence, key);
	TRY(txn->store->engine->del(txn, (struct span){ (char *)key, sizeof key }));
	return write_anchor(txn, &oldest->tail);
}

int store_audit_cut(struct txn *txn, struct instant before, size_t max, size_t *ret_n)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(LINK_MAX); /* deleting a record clears the scratch */
	size_t total = 0;

	if (!arena)
		return FAULT_MEMORY;
	while (total < max) {
		struct oldest oldest = { .arena = arena };
		int rc = txn_scan(txn, (struct span){ links, sizeof links }, (struct span){ 0 }, see_oldest, &oldest);
		bool goes = !rc && oldest.n > 1 && is_older(oldest.link, before);

		if (goes)
			rc = cut_link(txn, &oldest);
		total += goes ? (oldest.link.n - STORE_AUDIT_HEAD) / sizeof(struct id) : 0;
		arena_reset(arena);
		if (rc)
			return rc;
		if (!goes)
			break;
	}
	*ret_n = total;
	return 0;
}

/* ---- verification */

struct verify {
	struct txn *txn;
	struct store_audit_tail tail;
	struct store_audit found;
	uint64_t stored; /* audit records that are there, chained or not */
};

static int verify_link(struct span key, struct span link, void *arg)
{
	struct verify *verify = arg;
	unsigned char hash[32];
	struct store_audit_tail next;

	if (!is_link(key, link))
		return CONFLICT("audit chain: a link of %zu bytes after link %llu", link.n, (unsigned long long)verify->tail.sequence);
	TRY(store_audit_tail(key, link, &next));
	if (next.sequence != verify->tail.sequence + 1 || memcmp(link.p + 5, verify->tail.hash, 32) != 0)
		return CONFLICT("audit chain: link %llu does not follow link %llu", (unsigned long long)next.sequence,
				(unsigned long long)verify->tail.sequence);
	uint64_t n = get_number(link.p + 1, 4);
	TRY(hash_start(verify->tail.hash, next.sequence, n, hash));
	for (uint64_t i = 0; i < n; i++) {
		const char *at = link.p + STORE_AUDIT_LINK(i);
		int rc = hash_record(verify->txn, at, hash);
		char printed[37];
		struct id id;

		if (rc == ERR_ABSENT) {
			memcpy(id.b, at, sizeof id.b);
			encode_id(printed, id);
			return CONFLICT("audit chain: record %s of link %llu is gone", printed, (unsigned long long)next.sequence);
		}
		if (rc)
			return rc;
	}
	if (memcmp(hash, next.hash, sizeof hash) != 0)
		return CONFLICT("audit chain: a record of link %llu was altered", (unsigned long long)next.sequence);
	verify->tail = next;
	verify->found.commits++;
	verify->found.records += n;
	return 0;
}

static int count(struct span key, struct span value, void *arg)
{
	++*(uint64_t *)arg;
	return 0;
}

static int verify_all(struct txn *txn, void *arg)
{
	static const char records[] = { STORE_PREFIX_AUDIT };
	struct verify *verify = arg;

	verify->txn = txn;
	TRY(read_anchor(txn, &verify->tail));
	TRY(txn_scan(txn, (struct span){ links, sizeof links }, (struct span){ 0 }, verify_link, verify));
	TRY(txn_scan(txn, (struct span){ records, sizeof records }, (struct span){ 0 }, count, &verify->stored));
	if (verify->stored != verify->found.records)
		return CONFLICT("audit chain: covers %llu records of %llu", (unsigned long long)verify->found.records,
				(unsigned long long)verify->stored);
	memcpy(verify->found.hash, verify->tail.hash, sizeof verify->found.hash);
	return 0;
}

int store_audit_verify(struct store *store, struct store_audit *ret_audit)
{
	struct verify verify = { 0 };

	TRY(store_view(store, verify_all, &verify));
	*ret_audit = verify.found;
	return 0;
}
