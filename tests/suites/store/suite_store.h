/* SPDX-License-Identifier: Apache-2.0 */
/*
 * suite_store - what the store's test programs share: a directory of their own, the engines under test, threads in a row.
 */
#pragma once

#include "broker/store/store_fault.h"
#include "keys/seal.h"
#include "tests/unit/suite.h"

#include <ftw.h>
#include <pthread.h>
#include <unistd.h>

static char suite_dir[64];
static struct seal_ring *suite_seal;

static int suite_unlink(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

static void suite_cleanup(void)
{
	if (suite_dir[0])
		nftw(suite_dir, suite_unlink, 8, FTW_DEPTH | FTW_PHYS);
	suite_dir[0] = '\0';
	seal_free(suite_seal);
	suite_seal = NULL;
}

/* A fresh directory and a seal ring; call once in each test (each runs in a process of its own), suite_cleanup at its end. */
static void suite_setup(void)
{
	char path[96];

	strcpy(suite_dir, "/tmp/yimen-store-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(suite_dir));
	snprintf(path, sizeof path, "%s/seal.key", suite_dir);
	ck_assert_int_eq(seal_load(path, &suite_seal), 0);
}

static const char *suite_path(const char *name)
{
	static char path[4][128];
	static unsigned i;
	char *p = path[i++ % ARRAY_LEN(path)];

	snprintf(p, sizeof path[0], "%s/%s", suite_dir, name);
	return p;
}

/* ---- the engines that must pass */

static const struct engine_row {
	const char *name;
	bool wrapped, twice, scratch;
} suite_engines[] = {
	{ "lmdb", false, false },
	{ "lmdb behind the fault engine", true, false },
	{ "lmdb, every update run twice", true, true },
	{ "lmdb, a scratch file", .scratch = true }, /* the last */
};

static struct store *suite_open_with(size_t engine, struct store_options options)
{
	struct store *store, *wrapped;

	options.dir = options.dir ? options.dir : suite_path("db");
	options.seal = suite_seal;
	options.is_scratch = suite_engines[engine].scratch;
	ck_assert_int_eq(store_open(&options, &store), 0);
	if (!suite_engines[engine].wrapped)
		return store;
	ck_assert_int_eq(store_fault_open(store, &wrapped), 0);
	store_fault_run_twice(wrapped, suite_engines[engine].twice);
	return wrapped;
}

static inline struct store *suite_open(size_t engine)
{
	return suite_open_with(engine, (struct store_options){ 0 });
}

/* ---- small functions to run in transactions */

struct kv {
	struct span key, value;
	int then; /* what the function returns at the end */
};

static inline int suite_put_fn(struct txn *txn, void *arg)
{
	struct kv *kv = arg;

	TRY(txn_put(txn, kv->key, kv->value));
	return kv->then;
}

static inline int suite_put(struct store *store, struct span key, struct span value)
{
	return store_update(store, suite_put_fn, &(struct kv){ key, value, 0 });
}

static inline int suite_del_fn(struct txn *txn, void *arg)
{
	return txn_del(txn, *(struct span *)arg);
}

static inline int suite_get_fn(struct txn *txn, void *arg)
{
	struct kv *kv = arg;
	struct span value;

	TRY(txn_get(txn, kv->key, &value));
	kv->then = span_eq(value, kv->value);
	return 0;
}

/* 1: there with that value, 0: there with another, ERR_ABSENT or a fault otherwise. */
static inline int suite_has(struct store *store, struct span key, struct span value)
{
	struct kv kv = { key, value, 0 };
	int rc = store_view(store, suite_get_fn, &kv);

	return rc ? rc : kv.then;
}

/* ---- threads */

struct suite_thread {
	pthread_t thread;
	struct store *store;
	size_t i;
	void *shared;
	int rc;
};

#define SUITE_THREADS_MAX 320

static inline void suite_threads(size_t n, void *(*fn)(void *), struct store *store, void *shared, struct suite_thread *threads)
{
	pthread_attr_t attr;

	ck_assert_uint_le(n, SUITE_THREADS_MAX);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 512 * 1024);
	for (size_t i = 0; i < n; i++) {
		threads[i] = (struct suite_thread){ .store = store, .i = i, .shared = shared };
		ck_assert_int_eq(pthread_create(&threads[i].thread, &attr, fn, &threads[i]), 0);
	}
	for (size_t i = 0; i < n; i++)
		pthread_join(threads[i].thread, NULL);
	pthread_attr_destroy(&attr);
}
