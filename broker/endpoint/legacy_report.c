/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/legacy_report.h"

#include "broker/base/hours.h"
#include "broker/base/json.h"
#include "broker/identity/migrate.h"

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

static int add_batch(const void *record, void *arg)
{
	const struct legacy_batch *batch = record;
	struct loading *l = arg;
	struct legacy_report_source *source = source_of(l, batch->source);
	JSON *counts = NULL;
	const char *name;
	json_t *value;

	if (!source || batch->status == LEGACY_BATCH_UNDONE || !batch->counts.n || json_read_object(batch->counts, &counts))
		return 0;
	json_object_foreach(counts, name, value) {
		enum migrate_outcome outcome;
		int64_t n = json_integer_value(value);

		if (!migrate_outcome_of(span_of(name), &outcome) || !is_kept(span_of(name)))
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
	source->disputed += day->disputed;
	source->refused += day->refused;
	source->expired += day->expired;
	source->found += found;
	add_until(l, source->found_until, day->at, found);
	return 0;
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
	*ret_report = l.report;
	return 0;
}
