/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/job/wrap.h"

#include "broker/base/log.h"
#include "broker/base/sys.h"
#include "broker/endpoint/helper.h"
#include "broker/endpoint/legacy_wrap.h"
#include "broker/http/server.h"
#include "broker/job/ticker.h"
#include "keys/hash_process.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define TICK_MS 500
#define ROUND_EVERY MS_HOUR
#define ARENA ((size_t)8 * 1024 * 1024)
#define LOWEST 19
#define LOOK_AGAIN_MS 20
#define PATIENCE_MS 1000 /* then a turn is taken though others are busy */
#define ANSWER_S 60      /* of a process that nearly everything comes before */
#define FAILURES_MAX 3   /* of it in a row: no other is asked for until the next round */

struct wrap_job {
	struct app *app;
	struct ticker *ticker;
	struct arena *arena;
	struct legacy_wrap *state; /* the app's: who reads it outlives the job */
	struct legacy_wrap_place place;
	struct instant began; /* the round; zero: none yet */
	struct legacy_wrap_place counting;
	int64_t counted;
	bool is_counting;
	bool is_nice;
	struct hash_process process;
	unsigned failures;
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

/* ---- where it is computed: in a process of its own, so that no login waits for what this thread holds (keys/hash_process.h) */

static int start_process(struct wrap_job *job)
{
	int status = -1;

	TRY(helper_ask(job->app->helper_fd, HELPER_HASH, ANSWER_S, &job->process.fd, &status));
	sys_close_fd(&status); /* how it ended is in the supervisor's log */
	return 0;
}

/* Without one, or when it fails, here: slower for others, but done. */
static int hash(struct span text, struct password_cost cost, struct arena *arena, struct span *ret_phc, void *arg)
{
	struct wrap_job *job = arg;

	if (job->process.fd < 0 && (!job->app->server || job->failures >= FAILURES_MAX || start_process(job)))
		return password_hash(text, cost, arena, ret_phc);
	int result = hash_process_run(&job->process, text, cost, arena, ret_phc);
	if (!result)
		job->failures = 0;
	if (result != FAULT_IO && result != ERR_TOO_LARGE)
		return result;
	if (result == FAULT_IO) {
		job->failures++;
		LOG(LOG_WARN, "job.hash_process", F_STR("job", "wrap"));
		sys_close_fd(&job->process.fd);
	}
	return password_hash(text, cost, arena, ret_phc);
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
	return (struct legacy_wrap_batch){ .config = settings->config, .now = sys_now(), .arena = job->arena, .by = hash, .by_arg = job };
}

/* How much there is from @job->counting on, and @job->counted. Cheap beside a hash, but not nothing: what a pause interrupts goes on afterwards. */
static int count_waiting(struct wrap_job *job, struct ticker *ticker, const struct settings *settings, bool *ret_end)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(ARENA);
	bool end = false;

	if (!arena)
		return FAULT_MEMORY;
	atomic_store(&job->state->working, true);
	while (!end && may_go_on(job, ticker)) {
		struct legacy_wrap_batch batch = { .config = settings->config, .now = sys_now(), .arena = arena };

		TRY(legacy_wrap_find(job->app->store, &batch, &job->counting, &end));
		job->counted += (int64_t)batch.n;
		arena_reset(arena);
	}
	atomic_store(&job->state->waiting, job->counted);
	*ret_end = end;
	return 0;
}

static int walk(struct wrap_job *job, struct ticker *ticker, const struct settings *settings)
{
	bool end = false;

	while (!end && may_go_on(job, ticker)) {
		struct legacy_wrap_batch batch = new_batch(job, settings);
		struct legacy_wrap_place from = job->place;
		int64_t cpu = clock_us(CLOCK_THREAD_CPUTIME_ID) + (int64_t)job->process.cpu_us;

		/* A batch that fails is left to the next round: it would fail again. */
		TRY(legacy_wrap_find(job->app->store, &batch, &job->place, &end));
		size_t found = batch.n;
		bool counted;
		if (found && !atomic_load(&job->state->waiting)) { /* imported since it was counted */
			job->counting = job->place;
			job->counted = (int64_t)found;
			TRY(count_waiting(job, ticker, settings, &counted));
		}
		TRY(hash_all(job, ticker, &batch));
		if (batch.n)
			TRY(legacy_wrap_keep(job->app->store, &batch));
		count(job, &batch, clock_us(CLOCK_THREAD_CPUTIME_ID) + (int64_t)job->process.cpu_us - cpu);
		if (batch.n < found) { /* paused in the middle: what was done is not found again */
			job->place = from;
			return 0;
		}
	}
	if (end) {
		atomic_store(&job->state->working, atomic_load(&job->state->again));
		sys_close_fd(&job->process.fd); /* nothing to do: no process either */
	}
	return 0;
}

static int run(struct wrap_job *job, struct ticker *ticker)
{
	APP_SETTINGS *settings = app_settings(job->app);
	struct instant now = sys_now();

	if (atomic_exchange(&job->state->again, false) || now.ms - job->began.ms >= ROUND_EVERY) {
		job->began = now;
		job->place = (struct legacy_wrap_place){ 0 };
		job->counting = job->place;
		job->counted = 0;
		job->is_counting = true;
		job->failures = 0;
	}
	if (job->is_counting) {
		bool end;

		TRY(count_waiting(job, ticker, settings, &end));
		if (!end)
			return 0;
		job->is_counting = false;
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
	job->process.fd = -1;
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
	sys_close_fd(&job->process.fd);
	arena_free(job->arena);
	free(job);
}
