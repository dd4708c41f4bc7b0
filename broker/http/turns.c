/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/http/turns.h"

#include <stdatomic.h>

enum { NOWHERE, NORMAL, URGENT };

void turns_init(struct turns *turns, unsigned running, unsigned waiting, void (*wake)(struct fiber_owner *owner))
{
	*turns = (struct turns){ .running_max = running, .waiting_max = waiting };
	fiber_owner_init(&turns->fibers, running, wake);
}

void turns_free(struct turns *turns)
{
	fiber_owner_free(&turns->fibers);
}

int turns_check(const struct turns *turns, bool urgent)
{
	unsigned running = fiber_count(&turns->fibers), free_turns = running < turns->running_max ? turns->running_max - running : 0;

	return turns->n_waiting[urgent] < turns->waiting_max + free_turns ? 0 : ERR_BUSY;
}

void turns_push(struct turns *turns, struct job *job, bool urgent)
{
	job->lane = urgent ? URGENT : NORMAL;
	job->next = NULL;
	job->prev = turns->last[urgent];
	if (job->prev)
		job->prev->next = job;
	else
		turns->first[urgent] = job;
	turns->last[urgent] = job;
	turns->n_waiting[urgent]++;
}

bool turns_cancel(struct turns *turns, struct job *job)
{
	bool urgent = job->lane == URGENT;

	if (job->lane == NOWHERE)
		return false;
	if (job->prev)
		job->prev->next = job->next;
	else
		turns->first[urgent] = job->next;
	if (job->next)
		job->next->prev = job->prev;
	else
		turns->last[urgent] = job->prev;
	job->lane = NOWHERE;
	turns->n_waiting[urgent]--;
	return true;
}

static void run_job(void *arg)
{
	struct job *job = arg;

	job->run(job, false);
}

static struct job *next_job(const struct turns *turns)
{
	return turns->first[1] ? turns->first[1] : turns->first[0];
}

bool turns_is_due(const struct turns *turns)
{
	return atomic_load_explicit(&turns->fibers.ready, memory_order_relaxed) ||
	       (next_job(turns) && fiber_count(&turns->fibers) < turns->running_max);
}

bool turns_run(struct turns *turns)
{
	bool any = false;
	struct job *job;

	while ((job = next_job(turns)) && fiber_count(&turns->fibers) < turns->running_max) {
		(void)turns_cancel(turns, job);
		any = true;
		if (fiber_start(&turns->fibers, run_job, job))
			job->run(job, true); /* no memory for a stack: answered as busy */
	}
	return fiber_run_ready(&turns->fibers) || any;
}
