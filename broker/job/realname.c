/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/job/realname.h"

#include "broker/base/log.h"
#include "broker/base/sys.h"
#include "broker/endpoint/realname_check.h"
#include "broker/job/ticker.h"
#include "conf/config.h"

#include <stdlib.h>

#define TICK_MS 1000
#define ROUND 50
#define ARENA ((size_t)2 * 1024 * 1024)

struct realname_job {
	struct app *app;
	struct ticker *ticker;
	struct arena *arena;
};

struct round {
	struct instant now;
	struct arena *arena;
	struct realname_due due[ROUND];
	size_t n;
};

static int take_due(const void *record, void *arg)
{
	struct round *round = arg;
	const struct realname_due *due = record;

	if (instant_before(round->now, record_expiry(due->id)))
		return TXN_STOP; /* ids are in order of time */
	round->due[round->n++] = *due;
	return round->n < ROUND ? 0 : TXN_STOP;
}

static int look(struct txn *txn, void *arg)
{
	struct round *round = arg;

	round->n = 0;
	return record_scan(txn, &KIND_REALNAME_DUE, (struct id){ { 0 } }, round->arena, take_due, round);
}

static int one(struct realname_job *job, const struct realname_due *due)
{
	APP_SETTINGS *settings = app_settings(job->app);

	arena_reset(job->arena);
	struct unit_actor actor = { .config = settings->config, .now = sys_now(), .arena = job->arena };
	return realname_check_due(settings, &actor, due, settings->config->net.timeout);
}

static void tick(struct ticker *ticker, void *arg)
{
	struct realname_job *job = arg;
	struct round round = { .now = sys_now(), .arena = job->arena };

	arena_reset(job->arena);
	int result = store_view(job->app->store, look, &round);
	for (size_t i = 0; i < round.n && !result && !ticker_is_stopping(ticker); i++)
		result = one(job, &round.due[i]);
	if (result)
		LOG(LOG_WARN, "job.failed", F_STR("job", "realname"), F_STR("error", error_row(result)->code));
}

int realname_job_start(struct app *app, struct realname_job **ret_job)
{
	struct realname_job *job = calloc(1, sizeof *job);

	if (!job)
		return FAULT_MEMORY;
	job->app = app;
	job->arena = arena_new(ARENA);
	int result = job->arena ? ticker_start("realname", TICK_MS, tick, job, &job->ticker) : FAULT_MEMORY;
	if (result)
		realname_job_stop(job);
	else
		*ret_job = job;
	return result;
}

void realname_job_stop(struct realname_job *job)
{
	if (!job)
		return;
	ticker_stop(job->ticker);
	arena_free(job->arena);
	free(job);
}
