/* SPDX-License-Identifier: Apache-2.0 */
/*
 * group_commit - the one writer thread: it runs queued update functions one after the other in one transaction and commits
 * once, so that many requests share one sync. An engine with nested transactions brings three functions and gets group commit
 * and the audit chain.
 *
 * While functions succeed, or fail before they wrote anything, they run straight in the transaction. When one fails after writing,
 * the batch starts over with a nested transaction for each function, so that only the failing one is undone: nesting copies every
 * page it touches, and nearly no function fails after its first write. (Functions may run more than once; that is their contract.)
 */
#pragma once

#include "broker/store/commit_queue.h"
#include "broker/store/store_audit.h"

#include <pthread.h>

struct group_commit_ops {
	/* A write transaction inside @parent, or of its own. Called by the writer thread; at most one of each is open. */
	int (*begin)(struct store *, struct txn *parent, struct txn **ret_txn);
	/* Both end the transaction, whatever they return. A commit that fails has set store->broken. */
	int (*commit)(struct txn *);
	void (*abort)(struct txn *);
};

struct group_commit {
	struct store *store;
	const struct group_commit_ops *ops;
	struct commit_queue queue;
	pthread_t writer;
	bool is_running;
	bool alone; /* the engine cannot nest transactions: an update a commit */
	/* the writer's */
	struct arena *scratch;
	struct store_audit_tail tail;
	struct id *audited; /* records put in the running batch, in order */
	size_t n_audited, audited_cap;
	_Atomic uint64_t commits, updates, commit_us;
};

/* Start the writer thread of @store. @tail is the newest link of its audit chain. @group is zeroed memory inside the store, but for
 * @alone. */
MUST_USE int group_commit_start(struct group_commit *group, struct store *store, const struct group_commit_ops *ops,
				const struct store_audit_tail *tail);
/* What engine->update does. */
MUST_USE int group_commit_run(struct group_commit *group, store_fn *fn, void *arg);
/* The engine put an audit record at @key: it enters the chain if its function succeeds. */
MUST_USE int group_commit_audit(struct group_commit *group, struct span key);
void group_commit_stats(struct group_commit *group, struct store_stats *ret_stats);
/* Answer what waits and end the thread. Fine when it was never started. */
void group_commit_stop(struct group_commit *group);
