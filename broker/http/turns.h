/* SPDX-License-Identifier: Apache-2.0 */
/*
 * turns - handlers that wait for commits and signatures take turns on their loop's own thread, each on a fiber (base/fiber.h).
 *
 * Measured against a pool of threads this halves the processor time of a durable code exchange: 64 of them cost one wake-up a commit
 * instead of 64 (docs/adr/0007). A handler that computes long or blocks otherwise belongs on a pool (workers.h).
 */
#pragma once

#include "broker/base/fiber.h"
#include "broker/http/workers.h"

struct turns {
	struct fiber_owner fibers;
	struct job *first[2], *last[2]; /* waiting for a turn: normal, urgent */
	unsigned n_waiting[2];
	unsigned running_max, waiting_max;
};

/* At most @running handlers under way and @waiting more in line, and as many again in the urgent line. @wake: fiber_owner_init. */
void turns_init(struct turns *turns, unsigned running, unsigned waiting, void (*wake)(struct fiber_owner *owner));
void turns_free(struct turns *turns);

/* All on the loop's thread. ERR_BUSY when the line is full. */
MUST_USE int turns_check(const struct turns *turns, bool urgent);
void turns_push(struct turns *turns, struct job *job, bool urgent);
/* Take back a job that has not begun. False: too late. */
bool turns_cancel(struct turns *turns, struct job *job);
/* Begin what waits and let go on what can. False when there was nothing. */
bool turns_run(struct turns *turns);
/* Is there something to run without waiting for anybody? */
bool turns_is_due(const struct turns *turns);
