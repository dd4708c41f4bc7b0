/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workers - a bounded pool of threads for one kind of waiting (a bulkhead).
 *
 * Threads start when work comes and go after ten idle seconds; the one that went idle last works next, so that few stacks stay
 * warm.
 */
#pragma once

#include "broker/base/error.h"

struct job {
	struct job *prev, *next;
	/* On a worker; @expired: on the thread that ends the pool, instead of the work. The job may be gone when it returns. */
	void (*run)(struct job *job, bool expired);
	int lane; /* workers.c */
};

struct workers;

/* At most @threads at once and @queue waiting, and as many again in the urgent lane. @name is shown for the threads; @nice of them
 * (0: as everybody) leaves the processors to threads that answer in microseconds. */
MUST_USE int workers_new(const char *name, unsigned threads, unsigned queue, int nice, struct workers **ret_workers);
/* No more work: waits for what runs; what waits is run as expired; workers_reserve answers ERR_BUSY from then on. */
void workers_end(struct workers *workers);
/* Ends it, where that was not done, and frees it. Pools whose work asks for places in each other are all ended before one of them is freed. */
void workers_free(struct workers *workers);

/* A place for one job, which workers_push then uses; ERR_BUSY when the lane is full. Two steps, since a request is suspended
 * between them. */
MUST_USE int workers_reserve(struct workers *workers, bool urgent);
void workers_push(struct workers *workers, struct job *job, bool urgent);
/* Take back a job that no thread has begun. False: too late. */
bool workers_cancel(struct workers *workers, struct job *job);
/* Waiting and running now, for gauges. */
void workers_count(struct workers *workers, unsigned *ret_waiting, unsigned *ret_running);
