/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/store/store_fault.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

struct fault_store {
	struct store base;
	struct store *inner;
	_Atomic unsigned armed;
	_Atomic unsigned long left; /* calls until the fault */
	_Atomic int fault;
	_Atomic bool fired, run_twice;
};

struct fault_txn {
	struct txn base;
	struct txn *inner;
};

/* What one call of the inner engine carries. */
struct run {
	struct fault_store *store;
	store_fn *fn;
	void *arg;
	bool commit_fails;
	int result;
};

#define ROLLED_BACK INT32_MIN /* never a result of an update function */

static struct fault_store *fault_store(struct store *store)
{
	return (struct fault_store *)store;
}

/* 0, or the fault that this call of @op must answer. */
static int strike(struct fault_store *s, unsigned op)
{
	if (!(atomic_load(&s->armed) & op))
		return 0;
	unsigned long left = atomic_load(&s->left);
	while (left && !atomic_compare_exchange_weak(&s->left, &left, left - 1))
		;
	if (left != 1)
		return 0;
	atomic_store(&s->fired, true);
	return atomic_load(&s->fault);
}

static int run_inside(struct run *run, struct txn *inner)
{
	struct fault_txn txn = { { .store = &run->store->base, .writable = inner->writable, .scratch = inner->scratch }, inner };

	return run->fn(&txn.base, run->arg);
}

static int run_view(struct txn *inner, void *arg)
{
	return run_inside(arg, inner);
}

static int run_for_nothing(struct txn *inner, void *arg)
{
	struct run *run = arg;

	run->result = run_inside(run, inner);
	return ROLLED_BACK;
}

static int run_update(struct txn *inner, void *arg)
{
	struct run *run = arg;

	run->result = run_inside(run, inner);
	return run->result ? run->result : run->commit_fails ? ROLLED_BACK : 0;
}

static int fault_view(struct store *store, store_fn *fn, void *arg)
{
	struct run run = { .store = fault_store(store), .fn = fn, .arg = arg };

	TRY(strike(run.store, STORE_FAULT_VIEW));
	return store_view(run.store->inner, run_view, &run);
}

static int fault_update(struct store *store, store_fn *fn, void *arg)
{
	struct fault_store *s = fault_store(store);
	struct run run = { .store = s, .fn = fn, .arg = arg };

	TRY(strike(s, STORE_FAULT_UPDATE));
	if (atomic_load(&s->run_twice)) {
		int rc = store_update(s->inner, run_for_nothing, &run);

		if (rc != ROLLED_BACK)
			return rc;
		if (run.result < 0)
			return run.result; /* a fault that was armed has struck in here; nothing was kept */
	}
	int fault = strike(s, STORE_FAULT_COMMIT);
	run.commit_fails = fault != 0;
	int rc = store_update(s->inner, run_update, &run);
	if (run.commit_fails && rc == ROLLED_BACK) {
		atomic_store(&s->base.broken, true);
		return fault;
	}
	if (!rc && (fault = strike(s, STORE_FAULT_LOST))) {
		atomic_store(&s->base.broken, true);
		return fault;
	}
	if (store_is_broken(s->inner))
		atomic_store(&s->base.broken, true);
	return rc;
}

static int fault_get(struct txn *txn, struct span key, struct span *ret_value)
{
	TRY(strike(fault_store(txn->store), STORE_FAULT_GET));
	return txn_get(((struct fault_txn *)txn)->inner, key, ret_value);
}

static int fault_put(struct txn *txn, struct span key, struct span value)
{
	TRY(strike(fault_store(txn->store), STORE_FAULT_PUT));
	struct txn *inner = ((struct fault_txn *)txn)->inner;

	return inner->store->engine->put(inner, key, value); /* txn_put has checked the key, but where the store itself writes */
}

static int fault_del(struct txn *txn, struct span key)
{
	TRY(strike(fault_store(txn->store), STORE_FAULT_DEL));
	struct txn *inner = ((struct fault_txn *)txn)->inner;

	return inner->store->engine->del(inner, key);
}

static int fault_scan(struct txn *txn, struct span prefix, struct span from, txn_scan_fn *fn, void *arg)
{
	TRY(strike(fault_store(txn->store), STORE_FAULT_SCAN));
	return txn_scan(((struct fault_txn *)txn)->inner, prefix, from, fn, arg);
}

static int fault_scan_back(struct txn *txn, struct span prefix, struct span before, txn_scan_fn *fn, void *arg)
{
	TRY(strike(fault_store(txn->store), STORE_FAULT_SCAN));
	return txn_scan_back(((struct fault_txn *)txn)->inner, prefix, before, fn, arg);
}

static void fault_stats(struct store *store, struct store_stats *ret_stats)
{
	store_stats(fault_store(store)->inner, ret_stats);
}

static int fault_backup(struct store *store, const char *dir)
{
	return store_backup(fault_store(store)->inner, dir);
}

static void fault_close(struct store *store)
{
	store_close(fault_store(store)->inner);
	free(store);
}

static const struct engine engine = {
	.name = "fault",
	.view = fault_view,
	.update = fault_update,
	.get = fault_get,
	.put = fault_put,
	.del = fault_del,
	.scan = fault_scan,
	.scan_back = fault_scan_back,
	.stats = fault_stats,
	.backup = fault_backup,
	.close = fault_close,
};

int store_fault_open(struct store *inner, struct store **ret_store)
{
	struct fault_store *s = calloc(1, sizeof *s);

	if (!s)
		return FAULT_MEMORY;
	s->base.engine = &engine;
	s->base.seal = inner->seal;
	s->base.quota = inner->quota;
	s->base.free_disk_min = inner->free_disk_min;
	s->inner = inner;
	*ret_store = &s->base;
	return 0;
}

void store_fault_arm(struct store *store, unsigned ops, unsigned long k, int fault)
{
	struct fault_store *s = fault_store(store);

	atomic_store(&s->armed, k ? ops : 0);
	atomic_store(&s->left, k);
	atomic_store(&s->fault, fault);
	atomic_store(&s->fired, false);
	atomic_store(&s->base.broken, false); /* as after a restart */
}

bool store_fault_fired(struct store *store)
{
	return atomic_load(&fault_store(store)->fired);
}

void store_fault_run_twice(struct store *store, bool on)
{
	atomic_store(&fault_store(store)->run_twice, on);
}

