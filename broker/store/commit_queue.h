/* SPDX-License-Identifier: Apache-2.0 */
/*
 * commit_queue - update functions on their way to the one writer thread, and their answers on the way back.
 *
 * Requests live on the stacks of the callers that wait. Submitting is one compare-and-swap, and a system call only when the
 * writer sleeps; each caller sleeps on a futex of its own, so that an answer wakes nobody else.
 */
#pragma once

#include "broker/base/fiber.h"
#include "broker/store/store.h"

struct commit_request {
	store_fn *fn;
	void *arg;
	int result;
	struct park park;
	struct commit_request *next;
};

struct commit_queue {
	_Atomic(struct commit_request *) newest;
	_Atomic uint32_t asleep; /* futex: the writer waits for a request */
	_Atomic bool closed;
};

/* Any thread: hand @fn to the writer and wait for its answer. */
MUST_USE int commit_queue_run(struct commit_queue *queue, store_fn *fn, void *arg);
/* The writer: everything that waits, oldest first; NULL when nothing does. */
struct commit_request *commit_queue_take(struct commit_queue *queue);
/* The same, but sleeps until there is something; NULL when the queue was closed. */
struct commit_request *commit_queue_wait(struct commit_queue *queue);
/* Give @request its answer. It may be gone when this returns: read its next before. */
void commit_queue_answer(struct commit_request *request, int result);
/* No requests come after this. */
void commit_queue_close(struct commit_queue *queue);
