/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/job/ticker.h"

#include "broker/base/error.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define STACK ((size_t)256 * 1024)
#define NS_SECOND 1000000000L
#define NS_MS 1000000L

struct ticker {
	ticker_fn *fn;
	void *arg;
	int64_t every_ms;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stop;
};

bool ticker_is_stopping(struct ticker *ticker)
{
	pthread_mutex_lock(&ticker->lock);
	bool stop = ticker->stop;
	pthread_mutex_unlock(&ticker->lock);
	return stop;
}

static void wait_tick(struct ticker *ticker)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ticker->every_ms / MS_SECOND;
	until.tv_nsec += ticker->every_ms % MS_SECOND * NS_MS;
	if (until.tv_nsec >= NS_SECOND) {
		until.tv_sec++;
		until.tv_nsec -= NS_SECOND;
	}
	pthread_mutex_lock(&ticker->lock);
	while (!ticker->stop && pthread_cond_timedwait(&ticker->wake, &ticker->lock, &until) == 0)
		;
	pthread_mutex_unlock(&ticker->lock);
}

static void *run(void *arg)
{
	struct ticker *ticker = arg;

	while (!ticker_is_stopping(ticker)) {
		ticker->fn(ticker, ticker->arg);
		wait_tick(ticker);
	}
	return NULL;
}

int ticker_start(const char *name, int64_t every_ms, ticker_fn *fn, void *arg, struct ticker **ret_ticker)
{
	struct ticker *ticker = calloc(1, sizeof *ticker);
	pthread_condattr_t monotonic;
	pthread_attr_t attr;

	if (!ticker)
		return FAULT_MEMORY;
	*ticker = (struct ticker){ .fn = fn, .arg = arg, .every_ms = every_ms };
	pthread_mutex_init(&ticker->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&ticker->wake, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	int error = pthread_create(&ticker->thread, &attr, run, ticker);
	pthread_attr_destroy(&attr);
	if (error) {
		free(ticker);
		return FAULT(FAULT_IO, "thread %s: errno %d", name, error);
	}
	pthread_setname_np(ticker->thread, name);
	*ret_ticker = ticker;
	return 0;
}

void ticker_stop(struct ticker *ticker)
{
	if (!ticker)
		return;
	pthread_mutex_lock(&ticker->lock);
	ticker->stop = true;
	pthread_cond_signal(&ticker->wake);
	pthread_mutex_unlock(&ticker->lock);
	pthread_join(ticker->thread, NULL);
	pthread_cond_destroy(&ticker->wake);
	pthread_mutex_destroy(&ticker->lock);
	free(ticker);
}
