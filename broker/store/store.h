/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store - the contract with the place where records rest: snapshots, serialisable updates that are durable when they return,
 * ordered keys. Every engine passes tests/suites/store; nothing above this header knows which engine runs.
 *
 * An update function may run more than once. It has no effect but through the transaction: it never signs, hashes, waits, logs
 * secrets or reads the clock. What it returns, store_update returns; anything but 0 undoes what it wrote.
 */
#pragma once

#include "broker/base/arena.h"
#include "broker/base/error.h"

struct store;
struct txn;
struct seal_ring; /* keys/seal.h */

typedef int store_fn(struct txn *txn, void *arg);

struct store_options {
	const char *dir;           /* created when absent */
	const struct seal_ring *seal; /* seals personal fields and keys their blind indexes; outlives the store */
	uint64_t map_size;         /* bytes reserved, sparse; 0: 1 TiB */
	uint64_t quota;            /* bytes in use from which store_is_full says so; 0: none */
	uint64_t free_disk_min;    /* likewise for the free bytes of the disk; 0: none */
	bool no_sync;              /* answers are not durable: for imports into a copy and for measuring what durability costs */
	bool is_scratch;           /* a file of ours alone, thrown away if this process dies: it is written in place through its map, which saves a third
				    * of a bulk load, and is durable only when it was closed and then synced. Implies no_sync */
	bool must_exist;           /* ERR_ABSENT instead of a new store */
};

struct store_stats {
	uint64_t bytes_used, bytes_quota, disk_free;
	uint64_t commits, updates;  /* updates / commits = how well group commit groups */
	uint64_t commit_us_sum;
	uint64_t readers;
};

/* Open the embedded engine (LMDB). ERR_BUSY when another process has it open for writing. */
MUST_USE int store_open(const struct store_options *options, struct store **ret_store);
void store_close(struct store *store);
DEFINE_CLEANUP(struct store, store_cleanup, store_close)

/* Run @fn over a consistent snapshot. Cheap (1 µs); any thread, also inside another view. */
MUST_USE int store_view(struct store *store, store_fn *fn, void *arg);
/* Run @fn in a serialisable transaction and return when its effect is durable. Blocks for a commit: never call it on a loop thread.
 * Updates of many threads share one commit. Never call it inside an update function. */
MUST_USE int store_update(struct store *store, store_fn *fn, void *arg);

/* No new logins, registrations or imports while true; revocation and clean-up go on (libraries.md E5). Cheap: sampled. */
bool store_is_full(struct store *store);
/* After EIO or ENOSPC in a commit nothing more is acknowledged: every update answers FAULT_STORE and the process must end (E6,
 * E7). */
bool store_is_broken(struct store *store);
void store_stats(struct store *store, struct store_stats *ret_stats);
const struct seal_ring *store_seal(const struct store *store);
/* A consistent, compact copy of a live store into the directory @dir, which is created when absent. ERR_EXISTS when it holds a
 * store. */
MUST_USE int store_backup(struct store *store, const char *dir);
/* Recompute every index of every kind, then verify the audit chain. ERR_CONFLICT with what disagrees in the log. */
MUST_USE int store_check(struct store *store);

struct store_audit {
	uint64_t commits, records; /* links of the chain; audit records that they cover */
	unsigned char hash[32];    /* of the newest link: what an operator may note elsewhere */
};
/* Walk the audit chain. ERR_CONFLICT (text in the log) when a record was altered, removed or slipped in, or a link is missing. */
MUST_USE int store_audit_verify(struct store *store, struct store_audit *ret_audit);

/* In an update: remove the oldest links of the audit chain, with their records, whose records are all older than @before; at most about @max
 * records. The newest link always stays. What is left can be verified as before. ERR_CONFLICT when a record of such a link is gone: that is
 * for somebody to see, not to be swept away. *@ret_n: how many records went. */
MUST_USE int store_audit_cut(struct txn *txn, struct instant before, size_t max, size_t *ret_n);

/* ---- inside a transaction. Keys: 1 to 480 bytes. Spans that come back live until the transaction ends or is written to.
 * The first byte of a key says what it is: */
#define STORE_PREFIX_SELF 0x01  /* the engine's own: format, audit chain. txn_put and txn_del refuse it */
#define STORE_PREFIX_INDEX 0x02 /* entries of indexes (record.h) */
#define STORE_PREFIX_AUDIT 0x31 /* audit records, chained once per commit; they can be added, never replaced (ERR_EXISTS) */
#define STORE_KEY_MAX 480

MUST_USE int txn_get(struct txn *txn, struct span key, struct span *ret_value); /* ERR_ABSENT */
MUST_USE int txn_put(struct txn *txn, struct span key, struct span value);
MUST_USE int txn_del(struct txn *txn, struct span key); /* ERR_ABSENT */
MUST_USE int txn_take(struct txn *txn, struct span key, struct arena *arena, struct span *ret_value); /* get and del in one step */

/* Keys that begin with @prefix, from @from on (a key with that prefix; empty: the first), in order. @fn returns 0 to go on,
 * TXN_STOP to end well, or an error. It may not write. */
#define TXN_STOP INT32_MAX
typedef int txn_scan_fn(struct span key, struct span value, void *arg);
MUST_USE int txn_scan(struct txn *txn, struct span prefix, struct span from, txn_scan_fn *fn, void *arg);
/* The same in falling order: keys with @prefix that are smaller than @before (empty: all of them). */
MUST_USE int txn_scan_back(struct txn *txn, struct span prefix, struct span before, txn_scan_fn *fn, void *arg);
/* Delete at most @max keys from the left end of @prefix that are smaller than @until. *@ret_n: how many. */
MUST_USE int txn_cut(struct txn *txn, struct span prefix, struct span until, size_t max, size_t *ret_n);
struct store *txn_store(struct txn *txn);

/* ---- what an engine is: one table of functions (engines: store_lmdb.c; store_fault.c wraps another and fails on command). */
struct engine {
	const char *name;
	int (*view)(struct store *, store_fn *, void *);
	int (*update)(struct store *, store_fn *, void *);
	int (*get)(struct txn *, struct span key, struct span *ret_value);
	int (*put)(struct txn *, struct span key, struct span value);
	int (*del)(struct txn *, struct span key);
	int (*scan)(struct txn *, struct span prefix, struct span from, txn_scan_fn *, void *);
	int (*scan_back)(struct txn *, struct span prefix, struct span before, txn_scan_fn *, void *);
	void (*stats)(struct store *, struct store_stats *);
	int (*backup)(struct store *, const char *dir);
	void (*close)(struct store *);
};

/* Every store and every transaction begins with one of these; engines embed them. */
struct store {
	const struct engine *engine;
	const struct seal_ring *seal;
	uint64_t quota, free_disk_min;
	_Atomic int64_t sampled_ms; /* when fullness was last looked at, monotonic */
	_Atomic bool full, broken;
};
struct txn {
	struct store *store;
	bool writable;
	struct arena *scratch; /* of a writable transaction: for one record operation, which resets it */
	bool wrote;            /* the running function did */
	int fault;             /* the engine's first: the running function cannot succeed */
};
