/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/job/job.h"

#include "broker/base/log.h"
#include "broker/base/sys.h"
#include "broker/job/keys.h"
#include "broker/job/sweep.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define STACK (256 * 1024)
#define TICK_MS 1000

struct job {
	struct app *app;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stop;
};

/* Sleeps a tick; true when the job has to end. */
static bool wait_tick(struct job *job)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += TICK_MS / 1000;
	pthread_mutex_lock(&job->lock);
	while (!job->stop && pthread_cond_timedwait(&job->wake, &job->lock, &until) == 0)
		;
	bool stop = job->stop;
	pthread_mutex_unlock(&job->lock);
	return stop;
}

static void report(const char *what, int result)
{
	if (result)
		LOG(LOG_WARN, "job.failed", F_STR("job", what), F_STR("error", error_row(result)->code));
}

static void *run(void *arg)
{
	struct job *job = arg;
	struct instant sweep = sys_now(), keys = sweep;

	while (!wait_tick(job)) {
		struct instant now = sys_now();
		struct settings *settings = app_settings(job->app);
		int64_t every = settings->config->store.sweep_every;

		app_settings_release(settings);
		if (now.ms - sweep.ms >= every) {
			report("sweep", sweep_run(job->app->store, now, NULL));
			sweep = now;
		}
		if (now.ms - keys.ms >= KEYS_EVERY) {
			report("keys", keys_run(job->app, now, 0));
			keys = now;
		}
	}
	return NULL;
}

int job_start(struct app *app, struct job **ret_job)
{
	struct job *job = calloc(1, sizeof *job);
	pthread_condattr_t monotonic;
	pthread_attr_t attr;

	if (!job)
		return FAULT_MEMORY;
	job->app = app;
	pthread_mutex_init(&job->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&job->wake, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	int error = pthread_create(&job->thread, &attr, run, job);
	pthread_attr_destroy(&attr);
	if (error) {
		free(job);
		return FAULT(FAULT_IO, "job thread: errno %d", error);
	}
	pthread_setname_np(job->thread, "job");
	*ret_job = job;
	return 0;
}

void job_stop(struct job *job)
{
	if (!job)
		return;
	pthread_mutex_lock(&job->lock);
	job->stop = true;
	pthread_cond_signal(&job->wake);
	pthread_mutex_unlock(&job->lock);
	pthread_join(job->thread, NULL);
	pthread_cond_destroy(&job->wake);
	pthread_mutex_destroy(&job->lock);
	free(job);
}
