/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/store/store.h"

#include <stdatomic.h>
#include <time.h>

#define SAMPLE_MS 1000

void store_close(struct store *store)
{
	if (store)
		store->engine->close(store);
}

/* A broken store is not read either: after a failed sync readers may see what was never made durable (libraries.md E6). */
int store_view(struct store *store, store_fn *fn, void *arg)
{
	return store_is_broken(store) ? FAULT_STORE : store->engine->view(store, fn, arg);
}

int store_update(struct store *store, store_fn *fn, void *arg)
{
	return store_is_broken(store) ? FAULT_STORE : store->engine->update(store, fn, arg);
}

bool store_is_broken(struct store *store)
{
	return atomic_load_explicit(&store->broken, memory_order_acquire);
}

static bool is_full_now(struct store *store)
{
	struct store_stats stats;

	store_stats(store, &stats);
	return (store->quota && stats.bytes_used >= store->quota) || (store->free_disk_min && stats.disk_free < store->free_disk_min);
}

bool store_is_full(struct store *store)
{
	struct timespec ts;

	if (!store->quota && !store->free_disk_min)
		return false;
	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	int64_t now = (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
	int64_t seen = atomic_load_explicit(&store->sampled_ms, memory_order_relaxed);
	/* One caller a second looks; the others go by what it found. */
	if ((!seen || now - seen >= SAMPLE_MS) && atomic_compare_exchange_strong(&store->sampled_ms, &seen, now))
		atomic_store_explicit(&store->full, is_full_now(store), memory_order_relaxed);
	return atomic_load_explicit(&store->full, memory_order_relaxed);
}

void store_stats(struct store *store, struct store_stats *ret_stats)
{
	*ret_stats = (struct store_stats){ 0 };
	store->engine->stats(store, ret_stats);
	ret_stats->bytes_quota = store->quota;
}

const struct seal_ring *store_seal(const struct store *store)
{
	return store->seal;
}

int store_backup(struct store *store, const char *dir)
{
	return store_is_broken(store) ? FAULT_STORE : store->engine->backup(store, dir);
}

struct store *txn_store(struct txn *txn)
{
	return txn->store;
}

static bool is_key(struct span key)
{
	return key.n >= 1 && key.n <= STORE_KEY_MAX;
}

static int check_write(struct txn *txn, struct span key)
{
	if (!txn->writable)
		return FAULT(FAULT_BUG, "write inside a view");
	if (!is_key(key))
		return FAULT(FAULT_BUG, "key of %zu bytes", key.n);
	if (key.p[0] == STORE_PREFIX_SELF)
		return FAULT(FAULT_BUG, "write to the store's own keys");
	return 0;
}

int txn_get(struct txn *txn, struct span key, struct span *ret_value)
{
	return is_key(key) ? txn->store->engine->get(txn, key, ret_value) : FAULT(FAULT_BUG, "key of %zu bytes", key.n);
}

int txn_put(struct txn *txn, struct span key, struct span value)
{
	TRY(check_write(txn, key));
	return txn->store->engine->put(txn, key, value);
}

int txn_del(struct txn *txn, struct span key)
{
	TRY(check_write(txn, key));
	return txn->store->engine->del(txn, key);
}

int txn_take(struct txn *txn, struct span key, struct arena *arena, struct span *ret_value)
{
	struct span value;

	TRY(txn_get(txn, key, &value));
	struct span copy = arena_dup(arena, value); /* the engine's bytes end with the deletion */
	if (!copy.p)
		return FAULT_MEMORY;
	TRY(txn_del(txn, key));
	*ret_value = copy;
	return 0;
}

int txn_scan(struct txn *txn, struct span prefix, struct span from, txn_scan_fn *fn, void *arg)
{
	return txn->store->engine->scan(txn, prefix, from, fn, arg);
}

int txn_scan_back(struct txn *txn, struct span prefix, struct span before, txn_scan_fn *fn, void *arg)
{
	return txn->store->engine->scan_back(txn, prefix, before, fn, arg);
}

/* A scan may not write, so keys are gathered first: one length byte pair and the key, as many as fit. */
struct cut {
	struct span until;
	size_t room, keys, used;
	unsigned char packed[4096];
};

static int gather(struct span key, struct span value, void *arg)
{
	struct cut *cut = arg;
	size_t n = key.n < cut->until.n ? key.n : cut->until.n;
	int order = n ? memcmp(key.p, cut->until.p, n) : 0;

	if (order > 0 || (order == 0 && key.n >= cut->until.n) || cut->keys == cut->room || cut->used + 2 + key.n > sizeof cut->packed)
		return TXN_STOP;
	cut->packed[cut->used] = (unsigned char)(key.n >> 8);
	cut->packed[cut->used + 1] = (unsigned char)key.n;
	memcpy(cut->packed + cut->used + 2, key.p, key.n);
	cut->used += 2 + key.n;
	cut->keys++;
	return 0;
}

int txn_cut(struct txn *txn, struct span prefix, struct span until, size_t max, size_t *ret_n)
{
	struct cut cut;
	size_t total = 0;

	do {
		cut.until = until;
		cut.room = max - total;
		cut.keys = cut.used = 0;
		TRY(txn_scan(txn, prefix, (struct span){ 0 }, gather, &cut));
		for (size_t at = 0; at < cut.used;) {
			size_t n = (size_t)cut.packed[at] << 8 | cut.packed[at + 1];

			TRY(txn_del(txn, (struct span){ (char *)cut.packed + at + 2, n }));
			at += 2 + n;
		}
		total += cut.keys;
	} while (cut.keys && total < max);
	*ret_n = total;
	return 0;
}
