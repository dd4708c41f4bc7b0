/* SPDX-License-Identifier: Apache-2.0 */
/* What the desk says of old accounts, from what is counted day by day; the line over days; and whom an old system that still runs is asked about, and when not. */
#include "broker/base/hours.h"
#include "broker/base/sys.h"
#include "broker/endpoint/account_new.h"
#include "broker/endpoint/legacy_chart.h"
#include "broker/endpoint/legacy_live.h"
#include "broker/endpoint/legacy_report.h"
#include "tests/unit/endpoint/fixture.h"

#define TORCH SPAN("torch")
#define DAYS 30

/* ---- the line */

static const struct {
	const char *name;
	int64_t value, want;
} tops[] = {
	{ "nothing is seen as one", 0, 1 }, { "one", 1, 1 }, { "two", 2, 2 }, { "three", 3, 5 }, { "six", 6, 10 }, { "eleven", 11, 20 },
	{ "a round one stays", 200000, 200000 }, { "a million and one", 1000001, 2000000 }, { "more than there are people", INT64_MAX, INT64_MAX },
};

START_TEST(top)
{
	ROW_INT(tops[_i].name, legacy_chart_top(tops[_i].value), tops[_i].want);
}
END_TEST

static const struct {
	const char *name;
	int64_t values[4];
	size_t n;
	int64_t most;
	bool filled;
	const char *want;
} lines[] = {
	{ "from the bottom to the top", { 0, 10 }, 2, 10, false, "M0.0 160.0L600.0 0.0" },
	{ "a day alone", { 5 }, 1, 10, false, "M0.0 80.0" },
	{ "what lies in a level line is left out", { 4, 4, 4, 8 }, 4, 8, false, "M0.0 80.0L400.0 80.0L600.0 0.0" },
	{ "an area goes back along the bottom", { 10, 10 }, 2, 10, true, "M0.0 0.0L600.0 0.0L600 160L0 160Z" },
	{ "nothing at all", { 0, 0 }, 2, 0, false, "M0.0 160.0L600.0 160.0" },
	{ "less than nothing, when more ended than began", { -3, 10 }, 2, 10, false, "M0.0 160.0L600.0 0.0" },
	{ "more than the top", { 20, 0 }, 2, 10, false, "M0.0 0.0L600.0 160.0" },
};

START_TEST(line)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(65536);
	struct span path;

	ROW_INT(lines[_i].name, legacy_chart_path(lines[_i].values, lines[_i].n, lines[_i].most, lines[_i].filled, arena, &path), 0);
	ROW_SPAN(lines[_i].name, path, span_of(lines[_i].want));
	arena_reset(arena);
	arena_fail_at(1);
	int result = legacy_chart_path(lines[_i].values, lines[_i].n, lines[_i].most, lines[_i].filled, arena, &path);
	arena_fail_at(0);
	ROW_INT(lines[_i].name, result, FAULT_MEMORY);
}
END_TEST

/* ---- counted, and told */

struct counting {
	struct world *w;
	struct instant at;
	struct span source, what;
	enum legacy_count_what column;
};

static int count_one(struct txn *txn, void *arg)
{
	struct counting *c = arg;

	return c->what.n ? legacy_count_note(txn, c->w->arena, c->at, c->source, c->what) : legacy_count_add(txn, c->w->arena, c->at, c->source, c->column);
}

static void count(struct world *w, int64_t days_ago, struct span source, enum legacy_count_what column, int times)
{
	struct counting c = { .w = w, .at = instant_add(w->now, -days_ago * MS_DAY), .source = source, .column = column };

	for (int i = 0; i < times; i++)
		ck_assert_int_eq(store_update(w->store, count_one, &c), 0);
}

struct loading {
	struct world *w;
	struct legacy_report report;
	size_t days;
};

static int load(struct txn *txn, void *arg)
{
	struct loading *l = arg;

	return legacy_report_load(txn, l->w->config, l->w->now, l->days, l->w->arena, &l->report);
}

static struct legacy_report_source *report(struct world *w, struct loading *l, size_t days)
{
	*l = (struct loading){ .w = w, .days = days };
	ck_assert_int_eq(store_view(w->store, load, l), 0);
	ck_assert_uint_eq(l->report.n, 1);
	return &l->report.sources[0];
}

static void put_batch(struct world *w, const char *name, int64_t days_ago, const char *counts, const char *taken)
{
	struct legacy_batch batch = { .id = sys_new_id(w->now), .source = TORCH, .name = span_of(name), .fingerprint = span_of(name), .status = LEGACY_BATCH_DONE,
				      .begun_at = instant_add(w->now, -days_ago * MS_DAY), .counts = span_of(counts), .taken = span_of(taken) };

	world_put(w, &KIND_LEGACY_BATCH, &batch);
}

START_TEST(one_record_a_day)
{
	struct loading l;
	WORLD w;

	world_make(&w);
	/* 23:59 and 00:01 in China are two days, whatever they are in Greenwich. */
	w.now = instant_add(legacy_count_day(w.now), MS_MINUTE);
	ck_assert_int_eq((w.now.ms + CHINA_MS) % MS_DAY, MS_MINUTE);
	count(&w, 0, TORCH, LEGACY_COUNT_claimed, 2);
	w.now = instant_add(w.now, -2 * MS_MINUTE);
	count(&w, 0, TORCH, LEGACY_COUNT_claimed, 1);
	count(&w, 0, SPAN("gone"), LEGACY_COUNT_claimed, 1); /* a source that is no longer configured */
	ck_assert_uint_eq(world_count(&w, &KIND_LEGACY_DAY), 3);
	w.now = instant_add(w.now, 2 * MS_MINUTE);
	const struct legacy_report_source *source = report(&w, &l, 2);
	ck_assert_int_eq(source->claimed, 3);
	ck_assert_int_eq(source->found_until[0], 1);
	ck_assert_int_eq(source->found_until[1], 3);
	world_check(&w);
}
END_TEST

START_TEST(what_found_its_owner)
{
	struct loading l;
	WORLD w;

	world_make(&w);
	put_batch(&w, "first", 40, "{\"E1\":10,\"P1\":80,\"P2\":5,\"P4\":5,\"REJECTED\":7}", "");
	put_batch(&w, "second", 3, "{\"P1\":20,\"UNCHANGED\":100,\"CORRECTED\":3,\"CLAIMED\":1}", "{\"P1\":8}");
	put_batch(&w, "broken", 1, "{", "");
	count(&w, 35, TORCH, LEGACY_COUNT_claimed, 4);
	count(&w, 2, TORCH, LEGACY_COUNT_bound, 3);
	count(&w, 1, TORCH, LEGACY_COUNT_unbound, 1);
	count(&w, 1, TORCH, LEGACY_COUNT_suggestion_ended, 2);
	const struct legacy_report_source *source = report(&w, &l, DAYS);
	ck_assert_int_eq(source->imported, 112); /* what was taken back, refused or known before is not in it */
	ck_assert_int_eq(source->made, 102);
	ck_assert_int_eq(source->suggested, 3);
	ck_assert_int_eq(source->found, 6);
	ck_assert_int_eq(source->imported_until[0], 100);
	ck_assert_int_eq(source->imported_until[DAYS - 4], 112);
	ck_assert_int_eq(source->found_until[0], 4);
	ck_assert_int_eq(source->found_until[DAYS - 3], 7);
	ck_assert_int_eq(source->found_until[DAYS - 1], 6);
	ck_assert_int_eq(l.report.from.ms, legacy_count_day(w.now).ms - (DAYS - 1) * MS_DAY);
	ck_assert_int_eq(report(&w, &l, 1)->found_until[0], 6);
}
END_TEST

static const struct {
	const char *what;
	int64_t disputed, refused, expired;
} notes[] = { { "disputed", 1, 0, 0 }, { "refused", 0, 1, 0 }, { "hash_destroyed", 0, 0, 1 }, { "password_migrated", 0, 0, 0 } };

START_TEST(what_the_history_says_is_counted)
{
	struct loading l;
	WORLD w;

	world_make(&w);
	struct counting c = { .w = &w, .at = w.now, .source = TORCH, .what = span_of(notes[_i].what) };
	store_fault_run_twice(w.store, true); /* and once, though the function runs twice */
	ck_assert_int_eq(store_update(w.store, count_one, &c), 0);
	const struct legacy_report_source *source = report(&w, &l, 1);
	ROW_INT(notes[_i].what, source->disputed_ever, notes[_i].disputed);
	ROW_INT(notes[_i].what, source->refused, notes[_i].refused);
	ROW_INT(notes[_i].what, source->expired, notes[_i].expired);
}
END_TEST

START_TEST(every_column_is_its_own)
{
	WORLD w;
	struct legacy_day day = { 0 };
	int64_t *numbers[] = {
#define X(name) &day.name,
		LEGACY_DAY_COUNTS(X)
#undef X
	};

	world_make(&w);
	ck_assert_uint_eq(ARRAY_LEN(numbers), LEGACY_COUNTS);
	for (int what = 0; what < LEGACY_COUNTS; what++)
		*numbers[what] = 100 + what;
	for (int what = 0; what < LEGACY_COUNTS; what++)
		ck_assert_int_eq(legacy_count_of(&day, what), 100 + what);
}
END_TEST

START_TEST(allocations)
{
	WORLD w;
	unsigned long k;
	struct loading l = { .w = &w, .days = DAYS };

	world_make(&w);
	struct counting c = { .w = &w, .at = w.now, .source = TORCH, .column = LEGACY_COUNT_bound };
	world_fail_each(&w, count_one, &c, 1);
	world_fail_each(&w, count_one, &c, 1); /* of a day that is there */
	put_batch(&w, "first", 2, "{\"P1\":5}", "{\"P1\":1}");
	for (k = 1; k < 200; k++) {
		arena_fail_at(k);
		int result = store_view(w.store, load, &l);
		arena_fail_at(0);
		if (!result)
			break;
		ck_assert_int_eq(result, FAULT_MEMORY);
	}
	ck_assert_uint_gt(k, 4);
	ck_assert_int_eq(l.report.sources[0].imported, 4); /* never less because memory was short */
	ck_assert_int_eq(l.report.sources[0].bound, 2);
}
END_TEST

/* ---- an old system that still runs */

static const char old[] = "{\"command\":\"legacy.import\",\"args\":{\"source\":\"torch\",\"header\":[\"kind\",\"legacy_id\",\"phone\",\"digest\"],"
			  "\"rows\":[[\"individual\",\"7\",\"18711111111\",\"e10adc3949ba59abbe56e057f20f883e\"]]}}";

struct whom {
	struct world *w;
	struct account account;
	struct legacy_live_who who;
};

static int find_whom(struct txn *txn, void *arg)
{
	struct whom *whom = arg;

	return legacy_live_find(txn, whom->w->config, &whom->account, whom->w->arena, &whom->who);
}

static struct config_live *live_of(struct world *w)
{
	return &((struct config_legacy_source *)(uintptr_t)config_legacy_source(w->config, TORCH))->live;
}

static void make_old(struct world *w, struct whom *whom)
{
	world_do(w, old);
	*whom = (struct whom){ .w = w };
	ck_assert(world_account(w, NAMESPACE_NATURAL, "18711111111", &whom->account));
	*live_of(w) = (struct config_live){ .mode = CONFIG_LIVE_MIGRATE, .url = SPAN("https://127.0.0.1:9/verify"), .key_id = SPAN("k"),
					    .secret = { SPAN("a secret of the two") }, .timeout = 1000, .breaker = 3, .pause = MS_MINUTE };
}

static const struct {
	const char *name;
	int mode;
	bool changed_here, of_another_source, asked;
} askings[] = {
	{ "shadow", CONFIG_LIVE_SHADOW, false, false, true },
	{ "migrate", CONFIG_LIVE_MIGRATE, false, false, true },
	{ "off", CONFIG_LIVE_OFF, false, false, false },
	{ "cut", CONFIG_LIVE_CUT, false, false, false },
	{ "the password was changed here", CONFIG_LIVE_MIGRATE, true, false, false },
	{ "the account is none that this source's import made", CONFIG_LIVE_MIGRATE, false, true, false },
};

START_TEST(whom_an_old_system_is_asked_about)
{
	struct whom whom;
	WORLD w;

	world_make(&w);
	make_old(&w, &whom);
	live_of(&w)->mode = askings[_i].mode;
	if (askings[_i].changed_here)
		whom.account.password_changed_at = w.now;
	if (askings[_i].of_another_source)
		whom.account.source = SPAN(ACCOUNT_NEW_IMPORT "elsewhere");
	ROW_INT(askings[_i].name, store_view(w.store, find_whom, &whom), 0);
	ROW_INT(askings[_i].name, whom.who.config != NULL, askings[_i].asked);
	if (askings[_i].asked)
		ROW_SPAN(askings[_i].name, whom.who.legacy.legacy_id, SPAN("7"));
	ROW_INT(askings[_i].name, legacy_live_has(w.config, CONFIG_LIVE_MIGRATE), askings[_i].mode == CONFIG_LIVE_MIGRATE);
	live_of(&w)->mode = CONFIG_LIVE_OFF;
}
END_TEST

/* Nothing listens, and the guard refuses the address anyway: no answer, again and again. */
START_TEST(the_breaker)
{
	struct net_options options = { .timeout_ms = 500, .connect_timeout_ms = 500, .max_body = 4096 };
	enum legacy_live_answer answer;
	struct whom whom;
	WORLD w;

	world_make(&w);
	make_old(&w, &whom);
	ck_assert_int_eq(store_view(w.store, find_whom, &whom), 0);
	ck_assert_int_eq(net_new(&options, &w.settings.net), 0);
	ck_assert_int_eq(legacy_live_new(&w.app.live), 0);
	struct legacy_live *live = w.app.live;
	for (int i = 0; i < 3; i++) {
		ck_assert_uint_eq(legacy_live_wait(live, TORCH, sys_now()), 0);
		ck_assert_int_eq(legacy_live_ask(&w.settings, &whom.who, SPAN("123456"), w.arena, &answer), 0);
		ck_assert_int_eq(answer, LEGACY_LIVE_NO_ANSWER);
	}
	ck_assert_int_eq(legacy_live_total(live, LEGACY_LIVE_AWAY), 3);
	ck_assert_uint_gt(legacy_live_wait(live, TORCH, sys_now()), 50);
	ck_assert_int_eq(legacy_live_ask(&w.settings, &whom.who, SPAN("123456"), w.arena, &answer), 0);
	ck_assert_int_eq(answer, LEGACY_LIVE_NO_ANSWER);
	ck_assert_int_eq(legacy_live_total(live, LEGACY_LIVE_AWAY), 3); /* it is left alone */
	ck_assert_int_eq(legacy_live_total(live, LEGACY_LIVE_SKIPPED), 1);
	ck_assert_int_eq(legacy_live_usual_ms(live), 0); /* nobody waits as long as silence takes */
	legacy_live_count(live, SPAN("another"), LEGACY_LIVE_BOTH);
	ck_assert_int_eq(legacy_live_total(live, LEGACY_LIVE_BOTH), 1);
	ck_assert_uint_eq(legacy_live_wait(live, SPAN("another"), sys_now()), 0); /* each source has its own */
	legacy_live_free(live);
	net_free(w.settings.net);
	live_of(&w)->mode = CONFIG_LIVE_OFF;
}
END_TEST

START_TEST(more_sources_than_anybody_has)
{
	struct legacy_live *live;
	char id[64];

	ck_assert_int_eq(legacy_live_new(&live), 0);
	for (int i = 0; i < 100; i++) {
		snprintf(id, sizeof id, "s%d", i);
		legacy_live_count(live, span_of(id), LEGACY_LIVE_BOTH);
	}
	legacy_live_count(live, SPAN("an identifier that is longer than any that a configuration may have"), LEGACY_LIVE_BOTH);
	ck_assert_int_eq(legacy_live_total(live, LEGACY_LIVE_BOTH), 32);
	legacy_live_count(NULL, SPAN("s1"), LEGACY_LIVE_BOTH);
	legacy_live_free(live);
	legacy_live_free(NULL);
}
END_TEST

START_TEST(allocations_of_a_question)
{
	struct net_options options = { .timeout_ms = 500, .connect_timeout_ms = 500, .max_body = 4096 };
	enum legacy_live_answer answer;
	struct whom whom;
	unsigned long k;
	WORLD w;

	world_make(&w);
	make_old(&w, &whom);
	ck_assert_int_eq(store_view(w.store, find_whom, &whom), 0);
	live_of(&w)->breaker = 1000;
	ck_assert_int_eq(net_new(&options, &w.settings.net), 0);
	ck_assert_int_eq(legacy_live_new(&w.app.live), 0);
	for (k = 1; k < 200; k++) {
		arena_fail_at(k);
		int result = legacy_live_ask(&w.settings, &whom.who, SPAN("123456"), w.arena, &answer);
		arena_fail_at(0);
		ck_assert_int_eq(answer, LEGACY_LIVE_NO_ANSWER); /* never a word of the old system that it did not say */
		if (!result)
			break;
		ck_assert_int_eq(result, FAULT_MEMORY);
	}
	ck_assert_uint_gt(k, 2);
	legacy_live_free(w.app.live);
	net_free(w.settings.net);
	live_of(&w)->mode = CONFIG_LIVE_OFF;
}
END_TEST

int main(void)
{
	return suite_run("endpoint/legacy", (struct suite_test[]){
						    SUITE_LOOP(top, ARRAY_LEN(tops)),
						    SUITE_LOOP(line, ARRAY_LEN(lines)),
						    SUITE_ONCE(one_record_a_day),
						    SUITE_ONCE(what_found_its_owner),
						    SUITE_LOOP(what_the_history_says_is_counted, ARRAY_LEN(notes)),
						    SUITE_ONCE(every_column_is_its_own),
						    SUITE_ONCE(allocations),
						    SUITE_LOOP(whom_an_old_system_is_asked_about, ARRAY_LEN(askings)),
						    SUITE_ONCE(the_breaker),
						    SUITE_ONCE(more_sources_than_anybody_has),
						    SUITE_ONCE(allocations_of_a_question),
						    SUITE_END,
					    });
}
