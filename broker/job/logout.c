/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/job/logout.h"

#include "broker/base/log.h"
#include "broker/base/sys.h"
#include "broker/endpoint/logout_notice.h"
#include "broker/job/ticker.h"
#include "conf/config.h"

#include <stdlib.h>

#define ARENA ((size_t)8 * 1024 * 1024)
#define TICK_MS 500
#define TIDY_EVERY (15 * MS_SECOND)

struct lane {
	struct app *app;
	struct ticker *ticker;
	struct arena *arena;
};

struct logout_job {
	struct lane upstreams, clients;
	struct instant tidied;
};

static void report(struct lane *lane, int result)
{
	if (result)
		LOG(LOG_WARN, "job.failed", F_STR("job", "logout"), F_STR("error", error_row(result)->code));
	arena_reset(lane->arena);
}

static void tell_upstreams(struct ticker *ticker, void *arg)
{
	struct logout_job *job = arg;
	struct lane *lane = &job->upstreams;
	APP_SETTINGS *settings = app_settings(lane->app);
	const struct config_providers *providers = &settings->config->providers;

	for (size_t i = 0; i < providers->n && !ticker_is_stopping(ticker); i++) {
		const struct logout_destination to = { .provider = &providers->items[i] };

		if (logout_notice_wants_provider(to.provider))
			report(lane, logout_notice_serve(settings, &to, lane->arena));
	}
}

static void tell_clients(struct ticker *ticker, void *arg)
{
	struct logout_job *job = arg;
	struct lane *lane = &job->clients;
	APP_SETTINGS *settings = app_settings(lane->app);
	const struct config_clients *clients = &settings->config->clients;
	struct instant now = sys_now();

	for (size_t i = 0; i < clients->n && !ticker_is_stopping(ticker); i++) {
		const struct logout_destination to = { .client = &clients->items[i] };

		if (logout_notice_wants_client(to.client))
			report(lane, logout_notice_serve(settings, &to, lane->arena));
	}
	if (now.ms - job->tidied.ms < TIDY_EVERY)
		return;
	job->tidied = now;
	report(lane, logout_notice_tidy(settings, now, lane->arena));
}

static int start(struct lane *lane, struct app *app, const char *name, ticker_fn *fn, struct logout_job *job)
{
	lane->app = app;
	lane->arena = arena_new(ARENA);
	return lane->arena ? ticker_start(name, TICK_MS, fn, job, &lane->ticker) : FAULT_MEMORY;
}

int logout_job_start(struct app *app, struct logout_job **ret_job)
{
	struct logout_job *job = calloc(1, sizeof *job);

	if (!job)
		return FAULT_MEMORY;
	job->tidied = sys_now(); /* what waited while nothing ran has its attempt first */
	int result = start(&job->upstreams, app, "logout-up", tell_upstreams, job);
	if (!result)
		result = start(&job->clients, app, "logout-rp", tell_clients, job);
	if (result)
		logout_job_stop(job);
	else
		*ret_job = job;
	return result;
}

void logout_job_stop(struct logout_job *job)
{
	if (!job)
		return;
	ticker_stop(job->upstreams.ticker);
	ticker_stop(job->clients.ticker);
	arena_free(job->upstreams.arena);
	arena_free(job->clients.arena);
	free(job);
}
