/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/legacy_report.h"

#include "broker/base/hours.h"
#include "broker/base/json.h"
#include "broker/endpoint/legacy_task.h"
#include "broker/identity/migrate.h"
#include "broker/store/records_review.h"
#include "conf/config.h"

#define SCRATCH ((size_t)1 << 20)

struct loading {
	struct legacy_report report;
};

static struct legacy_report_source *source_of(struct loading *l, struct span id)
{
	for (size_t i = 0; i < l->report.n; i++)
		if (span_eq(l->report.sources[i].source->id, id))
			return &l->report.sources[i];
	return NULL; /* no longer configured */
}

/* What happened at @at stands in each of the days shown from then on. */
static void add_until(const struct loading *l, int64_t *until, struct instant at, int64_t n)
{
	int64_t day = (at.ms - l->report.from.ms) / MS_DAY;

	for (size_t i = at.ms < l->report.from.ms ? 0 : (size_t)day; i < l->report.days; i++)
		until[i] += n;
}

/* What a row came to that stands in the store from then on; the others are about rows that were there before, or nowhere. */
static bool is_kept(struct span outcome)
{
	static const char *const others[] = { "CORRECTED", "CLAIMED", "UNCHANGED", "REJECTED" };

	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (span_is(outcome, others[i]))
			return false;
	return true;
}

static bool is_made(enum migrate_outcome outcome)
{
	return outcome == MIGRATE_E1 || outcome == MIGRATE_E3 || outcome == MIGRATE_E4 || outcome == MIGRATE_P1 || outcome == MIGRATE_P3;
}

static int64_t count_of(const json_t *counts, const char *outcome)
{
	return json_integer_value(json_object_get(counts, outcome));
}

/* An undo leaves what somebody has by then: what it took back does not count, what is left does. */
static int add_batch(const void *record, void *arg)
{
	const struct legacy_batch *batch = record;
	struct loading *l = arg;
	struct legacy_report_source *source = source_of(l, batch->source);
	JSON *counts = NULL, *taken = NULL;

	if (!source || !batch->counts.n)
		return 0;
	int result = json_read_object(batch->counts, &counts);
	if (!result && batch->taken.n)
		result = json_read_object(batch->taken, &taken);
	if (result)
		return result < 0 ? result : 0;
	for (enum migrate_outcome outcome = 0; outcome < MIGRATE_OUTCOME_COUNT; outcome++) {
		const char *name = migrate_outcome_name(outcome);
		int64_t n = count_of(counts, name) - count_of(taken, name);

		if (!is_kept(span_of(name)))
			continue;
		source->imported += n;
		if (is_made(outcome))
			source->made += n;
		if (outcome == MIGRATE_E2 || outcome == MIGRATE_P2)
			source->suggested += n;
		add_until(l, source->imported_until, batch->begun_at, n);
	}
	return 0;
}

static int add_day(const void *record, void *arg)
{
	const struct legacy_day *day = record;
	struct loading *l = arg;
	struct legacy_report_source *source = source_of(l, day->source);
	int64_t found = day->claimed + day->bound - day->unbound;

	if (!source)
		return 0;
	source->suggested += day->suggested - day->suggestion_ended;
	source->claimed += day->claimed;
	source->bound += day->bound;
	source->disputed_ever += day->disputed;
	source->refused += day->refused;
	source->expired += day->expired;
	source->found += found;
	add_until(l, source->found_until, day->at, found);
	return 0;
}

/* ---- disputes that nobody has decided yet */

struct open_tasks {
	struct loading *loading;
	struct txn *txn;
	struct arena *scratch;
};

static int add_open(const void *record, void *arg)
{
	struct open_tasks *open = arg;
	struct legacy_report_source *source;
	struct span id;

	arena_reset(open->scratch);
	TRY(legacy_task_disputed(open->txn, record, open->scratch, &id));
	source = id.n ? source_of(open->loading, id) : NULL;
	if (source)
		source->disputed++;
	return 0;
}

static int count_open(struct txn *txn, struct loading *l, struct arena *arena)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(SCRATCH);
	struct open_tasks open = { l, txn, scratch };
	struct task probe = { .kind = TASK_LEGACY, .status = TASK_OPEN };

	return scratch ? record_each(txn, &KIND_TASK, TASK_BY_KIND, &probe, arena, add_open, &open) : FAULT_MEMORY;
}

int legacy_report_load(struct txn *txn, const struct config *config, struct instant now, size_t days, struct arena *arena,
		       struct legacy_report *ret_report)
{
	struct loading l = { .report = { .n = config->legacy_sources.n, .days = days } };

	l.report.from = (struct instant){ legacy_count_day(now).ms - (int64_t)(days - 1) * MS_DAY };
	l.report.sources = arena_array(arena, struct legacy_report_source, l.report.n + 1);
	if (!l.report.sources)
		return FAULT_MEMORY;
	for (size_t i = 0; i < l.report.n; i++) {
		struct legacy_report_source *source = &l.report.sources[i];

		*source = (struct legacy_report_source){ .source = &config->legacy_sources.items[i] };
		source->imported_until = arena_array(arena, int64_t, days);
		source->found_until = arena_array(arena, int64_t, days);
		if (!source->imported_until || !source->found_until)
			return FAULT_MEMORY;
		memset(source->imported_until, 0, days * sizeof(int64_t));
		memset(source->found_until, 0, days * sizeof(int64_t));
	}
	TRY(record_scan(txn, &KIND_LEGACY_BATCH, (struct id){ { 0 } }, arena, add_batch, &l));
	TRY(record_scan(txn, &KIND_LEGACY_DAY, (struct id){ { 0 } }, arena, add_day, &l));
	TRY(count_open(txn, &l, arena));
	*ret_report = l.report;
	return 0;
}
