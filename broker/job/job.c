/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/job/job.h"

#include "broker/base/log.h"
#include "broker/base/sys.h"
#include "broker/endpoint/carrier.h"
#include "broker/endpoint/expiry.h"
#include "broker/endpoint/tally.h"
#include "broker/job/files.h"
#include "broker/job/keys.h"
#include "broker/job/logout.h"
#include "broker/job/realname.h"
#include "broker/job/sweep.h"
#include "broker/job/ticker.h"
#include "broker/job/webhook.h"
#include "broker/job/wrap.h"
#include "conf/config.h"

#include <stdlib.h>

#define TICK_MS 1000
#define EXPIRY_EVERY MS_HOUR

struct job {
	struct app *app;
	struct ticker *ticker;
	struct webhook *webhook;
	struct realname_job *realname;
	struct wrap_job *wrap;
	struct logout_job *logout;
	struct files_round round;
	struct instant sweep, keys, files, tally, expiry; /* when they last ran */
	const void *told; /* of which certificates was last told: only compared */
};

static void report(const char *what, int result)
{
	if (result)
		LOG(LOG_WARN, "job.failed", F_STR("job", what), F_STR("error", error_row(result)->code));
}

static void tick(struct ticker *ticker, void *arg)
{
	struct job *job = arg;
	struct instant now = sys_now();
	struct settings *settings = app_settings(job->app);
	int64_t every = settings->config->store.sweep_every, retention = settings->config->audit.retention;

	const void *certificates = settings->expiry;
	app_settings_release(settings);
	report("carriers", carriers_tend(job->app->carriers));
	if (now.ms - job->sweep.ms >= every) {
		report("sweep", sweep_run(job->app->store, now, NULL));
		report("audit", sweep_audit(job->app->store, instant_add(now, -retention)));
		job->sweep = now;
	}
	if (now.ms - job->keys.ms >= KEYS_EVERY) {
		report("keys", keys_run(job->app, now, 0));
		job->keys = now;
	}
	if (now.ms - job->tally.ms >= TALLY_EVERY) {
		report("tally", tally_keep(job->app->store, now));
		job->tally = now;
	}
	if (certificates != job->told || now.ms - job->expiry.ms >= EXPIRY_EVERY) {
		report("expiry", expiry_tell(job->app, now));
		job->told = certificates;
		job->expiry = now;
	}
	if (now.ms - job->files.ms >= FILES_EVERY) {
		report("files", files_run(job->app, now, &job->round, NULL));
		job->files = now;
	}
}

int job_start(struct app *app, struct job **ret_job)
{
	struct job *job = calloc(1, sizeof *job);

	if (!job)
		return FAULT_MEMORY;
	*job = (struct job){ .app = app, .sweep = sys_now(), .keys = sys_now() };
	int result = ticker_start("job", TICK_MS, tick, job, &job->ticker);
	if (!result)
		result = webhook_start(app, &job->webhook);
	if (!result)
		result = realname_job_start(app, &job->realname);
	if (!result)
		result = wrap_job_start(app, &job->wrap);
	if (!result)
		result = logout_job_start(app, &job->logout);
	if (result)
		job_stop(job);
	else
		*ret_job = job;
	return result;
}

void job_stop(struct job *job)
{
	if (!job)
		return;
	logout_job_stop(job->logout);
	wrap_job_stop(job->wrap);
	realname_job_stop(job->realname);
	webhook_stop(job->webhook);
	ticker_stop(job->ticker);
	report("tally", tally_keep(job->app->store, sys_now()));
	free(job);
}
