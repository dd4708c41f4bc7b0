/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fiber - straight-line code that waits without holding a thread, and the one way to wait that serves fibers and threads alike.
 *
 * A loop thread starts a handler on a fiber; where the handler waits (a durable commit, a signature) the thread goes on with the next one.
 * So many handlers gather at the same commit and in the same message to the signer, and none of them costs a switch of threads
 * (docs/adr/0007). Code that waits through struct park does not know which of the two it runs on.
 *
 * A fiber belongs to the thread that made it and never runs on another.
 */
#pragma once

#include "broker/base/base.h"

struct fiber;

/* Who runs fibers: told, from any thread, that one of them can go on. @wake is called when the list was empty before. */
struct fiber_owner {
	_Atomic(struct fiber *) ready; /* newest first */
	void (*wake)(struct fiber_owner *owner);
	/* the owner's thread alone */
	struct fiber *yielded, **yielded_last;
	struct fiber *spare; /* finished, with their stacks, for the next ones */
	unsigned n_spare, n_running, spare_max;
};

/* @spare_max: how many stacks are kept for the next ones; as many as run at once, or each one above that costs a mapping and its faults. */
void fiber_owner_init(struct fiber_owner *owner, unsigned spare_max, void (*wake)(struct fiber_owner *owner));
void fiber_owner_free(struct fiber_owner *owner);

/* On the owner's thread: run @fn(@arg) until it waits or ends. FAULT_MEMORY: no stack. */
MUST_USE int fiber_start(struct fiber_owner *owner, void (*fn)(void *arg), void *arg);
/* On the owner's thread: let everything go on that can, until nothing can. False when there was nothing. */
bool fiber_run_ready(struct fiber_owner *owner);
/* Fibers begun and not ended. */
unsigned fiber_count(const struct fiber_owner *owner);

/* The argument of the fiber that runs on this thread; NULL outside of fibers. */
void *fiber_current_arg(void);
/* Called on the owner's thread each time a fiber goes on or stops for a while: @arg is the fiber's, NULL when it stopped. Set once. */
extern void (*fiber_on_switch)(void *arg);
/* Let every other fiber of this owner that can run do so first. On a plain thread: nothing. */
void fiber_yield(void);

/* Something to wait for, once: prepared by who waits, woken exactly once by anyone. Lives on the waiter's stack. */
struct park {
	_Atomic uint32_t woken;
	struct fiber *fiber; /* NULL: a thread waits */
};

void park_prepare(struct park *park);
void park_wait(struct park *park);
/* @park may be gone when this returns. */
void park_wake(struct park *park);
