/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/http/workers.h"

#include "broker/base/log.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#define IDLE_SECONDS 10
#ifdef __SANITIZE_ADDRESS__
#define STACK_SIZE (2048 * 1024) /* red zones */
#else
#define STACK_SIZE (256 * 1024)
#endif

enum lane { LANE_NONE, LANE_NORMAL, LANE_URGENT, LANE_COUNT };

struct queue {
	struct job *first, *last;
	unsigned n; /* with reserved places */
};

/* A thread that waits; on its own stack. */
struct idler {
	struct idler *next;
	pthread_cond_t wake;
	bool is_woken;
};

struct workers {
	char name[16];
	unsigned threads_max, queue_max;
	int nice;
	pthread_mutex_t lock;
	pthread_cond_t gone;
	struct queue lanes[LANE_COUNT];
	struct idler *idle; /* last in, first out */
	unsigned threads, running;
	bool is_ending;
};

int workers_new(const char *name, unsigned threads, unsigned queue, int nice, struct workers **ret_workers)
{
	struct workers *workers = calloc(1, sizeof *workers);

	if (!workers)
		return FAULT_MEMORY;
	snprintf(workers->name, sizeof workers->name, "%s", name);
	workers->threads_max = threads;
	workers->queue_max = queue;
	workers->nice = nice;
	pthread_mutex_init(&workers->lock, NULL);
	pthread_cond_init(&workers->gone, NULL);
	*ret_workers = workers;
	return 0;
}

static void append(struct queue *queue, struct job *job)
{
	job->next = NULL;
	job->prev = queue->last;
	if (queue->last)
		queue->last->next = job;
	else
		queue->first = job;
	queue->last = job;
}

static void unlink_job(struct queue *queue, struct job *job)
{
	if (job->prev)
		job->prev->next = job->next;
	else
		queue->first = job->next;
	if (job->next)
		job->next->prev = job->prev;
	else
		queue->last = job->prev;
	job->lane = LANE_NONE;
	queue->n--;
}

static struct job *take(struct workers *workers)
{
	for (int lane = LANE_URGENT; lane > LANE_NONE; lane--) {
		struct job *job = workers->lanes[lane].first;

		if (job) {
			unlink_job(&workers->lanes[lane], job);
			return job;
		}
	}
	return NULL;
}

static void forget_idler(struct workers *workers, struct idler *idler)
{
	for (struct idler **at = &workers->idle; *at; at = &(*at)->next)
		if (*at == idler) {
			*at = idler->next;
			return;
		}
}

/* False when nothing came for a while, or the pool ends. Called and left with the lock. */
static bool wait_for_work(struct workers *workers, struct idler *self)
{
	struct timespec until;
	int timed_out = 0;

	if (workers->is_ending)
		return false;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += IDLE_SECONDS;
	self->is_woken = false;
	self->next = workers->idle;
	workers->idle = self;
	while (!self->is_woken && !timed_out)
		timed_out = pthread_cond_timedwait(&self->wake, &workers->lock, &until);
	if (self->is_woken)
		return true;
	forget_idler(workers, self);
	return workers->lanes[LANE_NORMAL].n + workers->lanes[LANE_URGENT].n > 0; /* a place is reserved: its job counts on us */
}

static void *work(void *arg)
{
	struct workers *workers = arg;
	struct idler self = { 0 };
	pthread_condattr_t monotonic;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&self.wake, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_setname_np(pthread_self(), workers->name);
	if (workers->nice && setpriority(PRIO_PROCESS, 0, workers->nice)) /* of this thread: Linux has no priority of a process */
		LOG(LOG_WARN, "workers.nice", F_STR("pool", workers->name));

	pthread_mutex_lock(&workers->lock);
	do {
		struct job *job;

		while ((job = take(workers))) {
			workers->running++;
			pthread_mutex_unlock(&workers->lock);
			job->run(job, false);
			pthread_mutex_lock(&workers->lock);
			workers->running--;
		}
	} while (wait_for_work(workers, &self));
	workers->threads--;
	pthread_cond_signal(&workers->gone);
	pthread_mutex_unlock(&workers->lock);
	pthread_cond_destroy(&self.wake);
	return NULL;
}

/* With the lock. Signals stay with the main thread. */
static bool start_thread(struct workers *workers)
{
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t all, before;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	bool is_started = pthread_create(&thread, &attr, work, workers) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	if (is_started)
		workers->threads++;
	return is_started;
}

int workers_reserve(struct workers *workers, bool urgent)
{
	struct queue *queue = &workers->lanes[urgent ? LANE_URGENT : LANE_NORMAL];
	int error = 0;

	pthread_mutex_lock(&workers->lock);
	unsigned waiting = workers->lanes[LANE_NORMAL].n + workers->lanes[LANE_URGENT].n;
	unsigned free_threads = workers->threads - workers->running;
	if (waiting >= free_threads && workers->threads < workers->threads_max && !workers->is_ending && start_thread(workers))
		free_threads++;
	/* what a free thread is about to take does not count as waiting */
	if (workers->is_ending || workers->threads == 0 || queue->n >= workers->queue_max + free_threads)
		error = ERR_BUSY;
	else
		queue->n++;
	pthread_mutex_unlock(&workers->lock);
	return error;
}

void workers_push(struct workers *workers, struct job *job, bool urgent)
{
	pthread_mutex_lock(&workers->lock);
	job->lane = urgent ? LANE_URGENT : LANE_NORMAL;
	append(&workers->lanes[job->lane], job);
	struct idler *idler = workers->idle;
	if (idler) {
		workers->idle = idler->next;
		idler->is_woken = true;
		pthread_cond_signal(&idler->wake); /* under the lock: an idler that wakes may be gone at once */
	}
	pthread_mutex_unlock(&workers->lock);
}

bool workers_cancel(struct workers *workers, struct job *job)
{
	pthread_mutex_lock(&workers->lock);
	bool is_waiting = job->lane != LANE_NONE;
	if (is_waiting)
		unlink_job(&workers->lanes[job->lane], job);
	pthread_mutex_unlock(&workers->lock);
	return is_waiting;
}

void workers_count(struct workers *workers, unsigned *ret_waiting, unsigned *ret_running)
{
	pthread_mutex_lock(&workers->lock);
	*ret_waiting = workers->lanes[LANE_NORMAL].n + workers->lanes[LANE_URGENT].n;
	*ret_running = workers->running;
	pthread_mutex_unlock(&workers->lock);
}

void workers_end(struct workers *workers)
{
	struct job *job;

	if (!workers)
		return;
	pthread_mutex_lock(&workers->lock);
	workers->is_ending = true;
	while ((job = take(workers))) {
		pthread_mutex_unlock(&workers->lock);
		job->run(job, true);
		pthread_mutex_lock(&workers->lock);
	}
	while (workers->threads) {
		for (; workers->idle; workers->idle = workers->idle->next) {
			workers->idle->is_woken = true;
			pthread_cond_signal(&workers->idle->wake);
		}
		pthread_cond_wait(&workers->gone, &workers->lock);
	}
	pthread_mutex_unlock(&workers->lock);
}

void workers_free(struct workers *workers)
{
	if (!workers)
		return;
	workers_end(workers);
	pthread_mutex_destroy(&workers->lock);
	pthread_cond_destroy(&workers->gone);
	free(workers);
}
