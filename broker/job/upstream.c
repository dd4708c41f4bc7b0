/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/job/upstream.h"

#include "broker/base/log.h"
#include "broker/base/sys.h"
#include "broker/endpoint/upstream_notice.h"
#include "broker/job/ticker.h"

#include <stdlib.h>

#define ARENA ((size_t)8 * 1024 * 1024)
#define TICK_MS 2000

struct upstream_job {
	struct app *app;
	struct ticker *ticker;
	struct arena *arena;
};

static void tick(struct ticker *ticker, void *arg)
{
	struct upstream_job *job = arg;
	APP_SETTINGS *settings = app_settings(job->app);
	size_t n;

	int result = upstream_notice_run(settings, sys_now(), job->arena, &n);
	if (result)
		LOG(LOG_WARN, "job.failed", F_STR("job", "upstream"), F_STR("error", error_row(result)->code));
	arena_reset(job->arena);
}

int upstream_job_start(struct app *app, struct upstream_job **ret_job)
{
	struct upstream_job *job = calloc(1, sizeof *job);
	int result = FAULT_MEMORY;

	if (job)
		*job = (struct upstream_job){ .app = app, .arena = arena_new(ARENA) };
	if (job && job->arena)
		result = ticker_start("upstream", TICK_MS, tick, job, &job->ticker);
	if (result)
		upstream_job_stop(job);
	else
		*ret_job = job;
	return result;
}

void upstream_job_stop(struct upstream_job *job)
{
	if (!job)
		return;
	ticker_stop(job->ticker);
	arena_free(job->arena);
	free(job);
}
