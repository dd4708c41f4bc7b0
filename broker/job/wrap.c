/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/job/wrap.h"

#include "broker/base/log.h"
#include "broker/base/sys.h"
#include "broker/endpoint/legacy_wrap.h"
#include "broker/http/server.h"
#include "broker/job/ticker.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#define TICK_MS 500
#define ROUND_EVERY MS_HOUR
#define ARENA ((size_t)8 * 1024 * 1024)
#define LOWEST 19
#define LOOK_AGAIN_MS 20
#define PATIENCE_MS 1000 /* then a turn is taken though others are busy */

struct wrap_job {
	struct app *app;
	struct ticker *ticker;
	struct arena *arena;
	struct legacy_wrap *state; /* the app's: who reads it outlives the job */
	struct legacy_wrap_place place;
	struct instant began; /* the round; zero: none yet */
	bool is_nice;
};

static int64_t clock_us(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static bool may_go_on(const struct wrap_job *job, struct ticker *ticker)
{
	return !ticker_is_stopping(ticker) && !atomic_load(&job->state->paused) && !atomic_load(&job->state->again);
}

/* True: now. False: stopped, paused, or sent to the beginning. */
static bool wait_for_turn(const struct wrap_job *job, struct ticker *ticker)
{
	for (int waited = 0; may_go_on(job, ticker); waited += LOOK_AGAIN_MS) {
		if (!job->app->server || server_is_idle(job->app->server, WORK_PASSWORD) || waited >= PATIENCE_MS)
			return true;
		nanosleep(&(struct timespec){ .tv_nsec = LOOK_AGAIN_MS * 1000000L }, NULL);
	}
	return false;
}

static int hash_all(struct wrap_job *job, struct ticker *ticker, struct legacy_wrap_batch *batch)
{
	for (size_t i = 0; i < batch->n; i++) {
		if (!batch->items[i].is_over && !wait_for_turn(job, ticker)) {
			batch->n = i; /* the rest is found again */
			return 0;
		}
		TRY(legacy_wrap_hash(batch, &batch->items[i]));
	}
	return 0;
}

static void count(struct wrap_job *job, const struct legacy_wrap_batch *batch, int64_t cpu_us)
{
	struct legacy_wrap *state = job->state;
	int64_t wrapped = 0, over = 0, unfit = 0;

	for (size_t i = 0; i < batch->n; i++) {
		wrapped += batch->items[i].is_done && !batch->items[i].is_over;
		over += batch->items[i].is_over;
		unfit += !batch->items[i].is_done;
	}
	int64_t left = atomic_load(&state->waiting) - wrapped - over - unfit;
	atomic_store(&state->waiting, left > 0 ? left : 0);
	atomic_fetch_add(&state->wrapped, wrapped);
	atomic_fetch_add(&state->destroyed, over);
	atomic_fetch_add(&state->unfit, unfit);
	if (wrapped)
		atomic_fetch_add(&state->cpu_us, cpu_us);
}

static struct legacy_wrap_batch new_batch(struct wrap_job *job, const struct settings *settings)
{
	arena_reset(job->arena);
	return (struct legacy_wrap_batch){ .config = settings->config, .now = sys_now(), .arena = job->arena };
}

/* How much there is, before the round. Cheap beside a hash. */
static int count_waiting(struct wrap_job *job, struct ticker *ticker, const struct settings *settings)
{
	struct legacy_wrap_place place = { 0 };
	int64_t n = 0;
	bool end = false;

	while (!end && !ticker_is_stopping(ticker)) {
		struct legacy_wrap_batch batch = new_batch(job, settings);

		TRY(legacy_wrap_find(job->app->store, &batch, &place, &end));
		n += (int64_t)batch.n;
	}
	atomic_store(&job->state->waiting, n);
	return 0;
}

static int walk(struct wrap_job *job, struct ticker *ticker, const struct settings *settings)
{
	bool end = false;

	while (!end && may_go_on(job, ticker)) {
		struct legacy_wrap_batch batch = new_batch(job, settings);
		struct legacy_wrap_place from = job->place;
		int64_t cpu = clock_us(CLOCK_THREAD_CPUTIME_ID);

		/* A batch that fails is left to the next round: it would fail again. */
		TRY(legacy_wrap_find(job->app->store, &batch, &job->place, &end));
		size_t found = batch.n;
		TRY(hash_all(job, ticker, &batch));
		if (batch.n)
			TRY(legacy_wrap_keep(job->app->store, &batch));
		count(job, &batch, clock_us(CLOCK_THREAD_CPUTIME_ID) - cpu);
		if (batch.n < found) { /* paused in the middle: what was done is not found again */
			job->place = from;
			return 0;
		}
	}
	if (end)
		atomic_store(&job->state->working, atomic_load(&job->state->again));
	return 0;
}

static int run(struct wrap_job *job, struct ticker *ticker)
{
	APP_SETTINGS *settings = app_settings(job->app);
	struct instant now = sys_now();

	if (atomic_exchange(&job->state->again, false) || now.ms - job->began.ms >= ROUND_EVERY) {
		job->began = now;
		job->place = (struct legacy_wrap_place){ 0 };
		atomic_store(&job->state->working, true);
		TRY(count_waiting(job, ticker, settings));
		atomic_fetch_add(&job->state->rounds, 1);
	}
	return walk(job, ticker, settings);
}

static void tick(struct ticker *ticker, void *arg)
{
	struct wrap_job *job = arg;

	if (!job->is_nice && setpriority(PRIO_PROCESS, 0, LOWEST)) /* of this thread: Linux has no priority of a process */
		LOG(LOG_WARN, "job.nice", F_STR("job", "wrap"));
	job->is_nice = true;
	if (atomic_load(&job->state->paused))
		return;
	int result = run(job, ticker);
	if (result)
		LOG(LOG_WARN, "job.failed", F_STR("job", "wrap"), F_STR("error", error_row(result)->code));
	arena_reset(job->arena);
}

int wrap_job_start(struct app *app, struct wrap_job **ret_job)
{
	struct wrap_job *job = calloc(1, sizeof *job);
	bool paused = false;

	if (!job)
		return FAULT_MEMORY;
	job->app = app;
	job->state = app->wrap;
	job->arena = arena_new(ARENA);
	int result = job->arena ? legacy_wrap_is_paused(app->store, &paused) : FAULT_MEMORY;
	atomic_store(&job->state->paused, paused);
	atomic_store(&job->state->working, true);
	if (!result)
		result = ticker_start("wrap", TICK_MS, tick, job, &job->ticker);
	if (result)
		wrap_job_stop(job);
	else
		*ret_job = job;
	return result;
}

void wrap_job_stop(struct wrap_job *job)
{
	if (!job)
		return;
	ticker_stop(job->ticker);
	arena_free(job->arena);
	free(job);
}
