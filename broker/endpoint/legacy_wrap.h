/* SPDX-License-Identifier: Apache-2.0 */
/*
 * legacy_wrap - what becomes of imported password digests that nobody has logged in with: weak ones get Argon2id over them, so that no bare MD5 rests in
 * the store; those past the `unclaimed_life` of their source are destroyed. domain.md 6 (2), (7)
 *
 * Which records are still to be done, they say themselves: a process that ends in the middle has lost nothing, and the next one goes on. The job that walks
 * them at its pace is broker/job/wrap.h.
 */
#pragma once

#include "broker/endpoint/app.h"
#include "keys/legacy.h"

/* How far it is, in the daemon: the job writes, anyone reads. @paused and @again are asked for from outside. */
struct legacy_wrap {
	_Atomic bool paused;  /* as in the store, where it outlives the process */
	_Atomic bool again;   /* begin a new round at once */
	_Atomic bool working; /* something was left to do when it last looked */
	_Atomic int64_t rounds;    /* over the whole store, since the start */
	_Atomic int64_t waiting;   /* weak digests left, as counted when the round began, less those done since */
	_Atomic int64_t wrapped, destroyed, unfit; /* since the start; unfit: bad records, which no password opens */
	_Atomic int64_t cpu_us;    /* processor time that the wrapped ones took */
};

#define LEGACY_WRAP_BATCH 16 /* hashed one by one, kept in one transaction */

/* Where a walk stands: kinds in turn, ids in order. Zero: the beginning. */
struct legacy_wrap_place {
	unsigned kind;
	struct id next[2];
};

struct legacy_wrap_item {
	const struct kind *kind; /* KIND_ACCOUNT or KIND_LEGACY */
	struct id id;
	struct legacy_hash hash, wrapped;
	bool is_over; /* its life is: to be destroyed */
	bool is_done; /* @wrapped is set, or it is over */
};

struct legacy_wrap_batch {
	const struct config *config;
	struct instant now;
	struct arena *arena;
	legacy_argon2_fn *by; /* where Argon2 is computed, for @by_arg; NULL: here */
	void *by_arg;
	struct legacy_wrap_item items[LEGACY_WRAP_BATCH];
	size_t n, kept;
};

/* Go on from @place until a batch is full, some hundred records were seen, or there are no more (*@ret_end; @place then waits behind the last ones,
 * for what is imported later). Reads only. */
MUST_USE int legacy_wrap_find(struct store *store, struct legacy_wrap_batch *batch, struct legacy_wrap_place *place, bool *ret_end);
/* Hash one item. Waits as password_hash does. What cannot be wrapped stays undone. */
MUST_USE int legacy_wrap_hash(struct legacy_wrap_batch *batch, struct legacy_wrap_item *item);
/* Keep what is done, except where the record has changed meanwhile. @batch->kept: how many. */
MUST_USE int legacy_wrap_keep(struct store *store, struct legacy_wrap_batch *batch);

/* Is it paused, says the store? */
MUST_USE int legacy_wrap_is_paused(struct store *store, bool *ret_paused);
