/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/store/commit_queue.h"

#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

static void futex_wait(_Atomic uint32_t *word, uint32_t while_value)
{
	syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, while_value, NULL, NULL, 0);
}

static void futex_wake(_Atomic uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

static void wake_writer(struct commit_queue *queue)
{
	if (atomic_exchange(&queue->asleep, 0))
		futex_wake(&queue->asleep);
}

int commit_queue_run(struct commit_queue *queue, store_fn *fn, void *arg)
{
	struct commit_request request = { .fn = fn, .arg = arg };

	park_prepare(&request.park);
	request.next = atomic_load_explicit(&queue->newest, memory_order_relaxed);
	while (!atomic_compare_exchange_weak(&queue->newest, &request.next, &request))
		;
	wake_writer(queue);
	park_wait(&request.park);
	return request.result;
}

struct commit_request *commit_queue_take(struct commit_queue *queue)
{
	struct commit_request *newest = atomic_exchange(&queue->newest, NULL), *oldest = NULL;

	while (newest) {
		struct commit_request *before = newest->next;

		newest->next = oldest;
		oldest = newest;
		newest = before;
	}
	return oldest;
}

struct commit_request *commit_queue_wait(struct commit_queue *queue)
{
	for (;;) {
		struct commit_request *oldest = commit_queue_take(queue);

		if (oldest)
			return oldest;
		if (atomic_load(&queue->closed))
			return NULL;
		/* Say that we sleep, then look once more: whoever pushes after this look sees the word and wakes us. */
		atomic_store(&queue->asleep, 1);
		if (atomic_load(&queue->newest) || atomic_load(&queue->closed))
			atomic_store(&queue->asleep, 0);
		else
			futex_wait(&queue->asleep, 1);
	}
}

void commit_queue_answer(struct commit_request *request, int result)
{
	request->result = result;
	park_wake(&request->park);
}

void commit_queue_close(struct commit_queue *queue)
{
	atomic_store(&queue->closed, true);
	wake_writer(queue);
}
