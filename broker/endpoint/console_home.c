/* SPDX-License-Identifier: Apache-2.0 */
/*
 * console_home - /console: how logins, upstreams and messages are doing, what waits for how long, which keys and certificates end when, what
 * messages cost, which version is in force and what is wrong with it. Charts are drawn here: no script, no picture from elsewhere.
 */
#include "broker/endpoint/console_logout.h"
#include "broker/endpoint/console_upkeep.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/legacy_chart.h"
#include "broker/endpoint/page.h"
#include "broker/endpoint/tally.h"
#include "broker/store/records_event.h"
#include "broker/store/records_realname.h"
#include "broker/store/records_review.h"
#include "broker/store/records_system.h"
#include "broker/store/records_upstream.h"
#include "conf/config.h"

#define BUCKETS_MAX 30
#define NAMES_MAX 40
#define QUEUE_MAX 1000
#define SOON_MS (14 * MS_DAY) /* keys that end within this are pointed out */

static const struct span_of_time {
	const char *name;
	int64_t bucket_ms;
	size_t buckets;
} spans_of_time[] = { { "day", MS_HOUR, 24 }, { "week", 6 * MS_HOUR, 28 }, { "month", MS_DAY, 30 } };

struct series {
	const char *name;
	int64_t good[BUCKETS_MAX], bad[BUCKETS_MAX], ms[BUCKETS_MAX];
	struct {
		char name[TALLY_NAME_MAX + 1];
		int64_t numbers[TALLY_NUMBERS];
	} members[NAMES_MAX];
	size_t n;
};

enum { LOGINS, CALLS, MESSAGES, SERIES };

struct home {
	struct console *console;
	const struct span_of_time *time;
	struct instant from;
	struct series *series; /* SERIES of them */
	struct arena *arena;   /* of what is read in the store */
	struct txn *txn;
	struct {
		const char *name;
		size_t n;
		bool more;
		struct instant oldest;
	} queues[4];
	json_t *keys;
};

/* ---- figures */

static void add_member(struct home *home, struct series *series, size_t bucket, const char *name, const json_t *member)
{
	int64_t numbers[TALLY_NUMBERS];
	size_t i = 0;

	tally_numbers(member, numbers);
	series->good[bucket] += numbers[0];
	series->bad[bucket] += numbers[1];
	series->ms[bucket] += numbers[2];
	while (i < series->n && strcmp(series->members[i].name, name) != 0)
		i++;
	if (i == NAMES_MAX || strlen(name) > TALLY_NAME_MAX)
		return;
	if (i == series->n)
		snprintf(series->members[series->n++].name, sizeof series->members[i].name, "%s", name);
	for (size_t k = 0; k < TALLY_NUMBERS - 1; k++)
		series->members[i].numbers[k] += numbers[k];
	if (numbers[TALLY_NUMBERS - 1] > series->members[i].numbers[TALLY_NUMBERS - 1])
		series->members[i].numbers[TALLY_NUMBERS - 1] = numbers[TALLY_NUMBERS - 1];
}

static int add_hour(struct instant hour, const json_t *figures, void *arg)
{
	struct home *home = arg;
	int64_t bucket = (hour.ms - home->from.ms) / home->time->bucket_ms;
	const char *name;
	json_t *member;

	if (hour.ms < home->from.ms || bucket >= (int64_t)home->time->buckets)
		return 0;
	for (size_t i = 0; i < SERIES; i++)
		json_object_foreach(json_object_get(figures, home->series[i].name), name, member)
			add_member(home, &home->series[i], (size_t)bucket, name, member);
	return 0;
}

/* ---- charts */

/* Bars of @values standing on @below (NULL: on the ground). */
static int bars(struct arena *arena, const int64_t *values, const int64_t *below, size_t n, int64_t top, struct span *ret_path)
{
	struct buf buf = buf_new(arena, 32 * n + 16);
	double width = (double)LEGACY_CHART_WIDTH / (double)n, scale = top > 0 ? LEGACY_CHART_HEIGHT / (double)top : 0;

	for (size_t i = 0; i < n; i++) {
		double height = (double)values[i] * scale, ground = LEGACY_CHART_HEIGHT - (below ? (double)below[i] * scale : 0);

		if (values[i] > 0)
			buf_printf(&buf, "M%.1f %.1fh%.1fv%.1fh%.1fz", width * (double)i + width * .12, ground, width * .76, -height, -width * .76);
	}
	return buf_done(&buf, ret_path);
}

static int add_bars(struct home *home, const struct series *series, json_t *chart)
{
	struct arena *arena = home->console->arena;
	int64_t most = 0, good = 0, bad = 0;
	struct span path;

	for (size_t i = 0; i < home->time->buckets; i++) {
		most = series->good[i] + series->bad[i] > most ? series->good[i] + series->bad[i] : most;
		good += series->good[i];
		bad += series->bad[i];
	}
	int64_t top = legacy_chart_top(most > 4 ? most : 4);
	TRY(bars(arena, series->good, NULL, home->time->buckets, top, &path));
	console_set(chart, "good_path", path);
	TRY(bars(arena, series->bad, series->good, home->time->buckets, top, &path));
	console_set(chart, "bad_path", path);
	page_set_int(chart, "top", top);
	page_set_int(chart, "good", good);
	page_set_int(chart, "bad", bad);
	json_object_set_new(chart, "any", json_boolean(good + bad));
	return 0;
}

/* The average answer of each bucket. */
static int add_latency(struct home *home, const struct series *series, json_t *chart)
{
	struct arena *arena = home->console->arena;
	int64_t average[BUCKETS_MAX], most = 0, last = 0;
	struct span path;

	for (size_t i = 0; i < home->time->buckets; i++) {
		int64_t n = series->good[i] + series->bad[i];

		last = average[i] = n ? series->ms[i] / n : last; /* nobody asked: as before */
		most = average[i] > most ? average[i] : most;
	}
	int64_t top = legacy_chart_top(most > 10 ? most : 10);
	TRY(legacy_chart_path(average, home->time->buckets, top, false, arena, &path));
	console_set(chart, "line_path", path);
	TRY(legacy_chart_path(average, home->time->buckets, top, true, arena, &path));
	console_set(chart, "area_path", path);
	page_set_int(chart, "top", top);
	json_object_set_new(chart, "any", json_boolean(most > 0));
	return 0;
}

static void set_share(json_t *row, int64_t part, int64_t whole)
{
	char text[32];

	snprintf(text, sizeof text, "%.1f %%", whole > 0 ? 100 * (double)part / (double)whole : 0.0);
	console_set(row, "share", span_of(text));
	json_object_set_new(row, "is_bad", json_boolean(whole >= 5 && part * 2 < whole));
}

/* "provider:alipay" by the provider's title. */
static struct span way_name(struct home *home, struct span name)
{
	const struct config *config = home->console->context.config;
	struct span rest = name, kind = span_cut(&rest, ':');
	const struct config_provider *provider = config_provider(config, rest.p ? rest : kind);
	struct span title = provider ? page_text(home->console->rq, &provider->title) : (struct span){ NULL, 0 };

	return title.n ? title : rest.p ? rest : (struct span){ NULL, 0 };
}

static int add_rows(struct home *home, const struct series *series, const char *key)
{
	json_t *list = json_array();

	json_object_set_new(home->console->data, key, list);
	for (size_t i = 0; i < series->n; i++) {
		const int64_t *numbers = series->members[i].numbers;
		struct span name = span_of(series->members[i].name);
		int64_t whole = numbers[0] + numbers[1];
		json_t *row = json_object();

		console_set(row, "way", name);
		console_set(row, "way_name", way_name(home, name));
		page_set_int(row, "good", numbers[0]);
		page_set_int(row, "bad", numbers[1]);
		page_set_int(row, "average", whole ? numbers[2] / whole : 0);
		page_set_int(row, "slowest", numbers[3]);
		set_share(row, numbers[0], whole);
		if (json_array_append_new(list, row))
			return FAULT_MEMORY;
	}
	return 0;
}

/* ---- what waits */

static int count(struct home *home, size_t queue, struct instant since)
{
	home->queues[queue].more = home->queues[queue].n == QUEUE_MAX;
	if (home->queues[queue].more)
		return TXN_STOP;
	home->queues[queue].n++;
	if (!instant_is_set(home->queues[queue].oldest) || instant_before(since, home->queues[queue].oldest))
		home->queues[queue].oldest = since;
	arena_reset(home->arena);
	return 0;
}

static int count_task(const void *record, void *arg)
{
	return count(arg, 0, ((const struct task *)record)->created_at);
}

static int count_realname(const void *record, void *arg)
{
	const struct realname_due *due = record;

	return due->what == REALNAME_DUE_CHECK ? count(arg, 1, due->since) : 0;
}

static int count_delivery(const void *record, void *arg)
{
	const struct delivery *delivery = record;

	return delivery->attempts ? count(arg, 2, delivery->next_at) : 0;
}

static int count_notice(const void *record, void *arg)
{
	return count(arg, 3, ((const struct logout_notice *)record)->created_at);
}

static int add_key(const void *record, void *arg)
{
	const struct signing_key *key = record;
	struct home *home = arg;
	struct instant now = home->console->rq->now;
	/* What has no end yet is replaced at its age. */
	bool open_end = !instant_is_set(key->sign_until);
	struct instant until = open_end ? instant_add(key->sign_from, home->console->context.config->keys.rotate_after) : key->sign_until;
	bool waits = instant_before(now, key->sign_from), signs = !waits && (open_end || instant_before(now, key->sign_until));

	if (instant_is_set(key->publish_until) && !instant_before(now, key->publish_until))
		return 0;
	json_t *row = json_object();
	console_set(row, "alg", key->alg);
	console_set(row, "kid", key->kid);
	console_set(row, "phase", span_of(waits ? "waiting" : signs ? "signing" : "verifying"));
	page_set_time(row, "until", signs ? until : waits ? key->sign_from : key->publish_until);
	json_object_set_new(row, "is_soon", json_boolean(signs && until.ms - now.ms < SOON_MS));
	int failed = json_array_append_new(home->keys, row);
	arena_reset(home->arena);
	return failed ? FAULT_MEMORY : 0;
}

static int load(struct txn *txn, void *arg)
{
	struct home *home = arg;
	struct task open = { .status = TASK_OPEN };
	struct logout_notice untold = { .status = LOGOUT_NOTICE_WAITING };

	json_array_clear(home->keys);
	for (size_t i = 0; i < ARRAY_LEN(home->queues); i++)
		home->queues[i].n = 0;
	TRY(tally_each(txn, home->from, home->arena, add_hour, home));
	TRY(record_each(txn, &KIND_TASK, TASK_BY_STATUS, &open, home->arena, count_task, home));
	TRY(record_scan(txn, &KIND_REALNAME_DUE, (struct id){ { 0 } }, home->arena, count_realname, home));
	TRY(record_scan(txn, &KIND_DELIVERY, (struct id){ { 0 } }, home->arena, count_delivery, home));
	TRY(record_each(txn, &KIND_LOGOUT_NOTICE, LOGOUT_NOTICE_BY_STATUS, &untold, home->arena, count_notice, home));
	return record_scan(txn, &KIND_SIGNING_KEY, (struct id){ { 0 } }, home->arena, add_key, home);
}

/* Whole minutes, hours or days. */
static void set_age(json_t *row, int64_t ms)
{
	console_set(row, "age_unit", span_of(ms >= 2 * MS_DAY ? "days" : ms >= 2 * MS_HOUR ? "hours" : "minutes"));
	page_set_int(row, "age", ms < 0 ? 0 : ms / (ms >= 2 * MS_DAY ? MS_DAY : ms >= 2 * MS_HOUR ? MS_HOUR : MS_MINUTE));
}

static int add_queues(struct home *home)
{
	static const char *const names[] = { "tasks", "realname", "webhooks", "logouts" };
	json_t *list = json_array();

	json_object_set_new(home->console->data, "queues", list);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		json_t *row = json_object();

		console_set(row, "queue", span_of(names[i]));
		page_set_int(row, "n", (int64_t)home->queues[i].n);
		json_object_set_new(row, "more", json_boolean(home->queues[i].more));
		set_age(row, home->queues[i].n ? home->console->rq->now.ms - home->queues[i].oldest.ms : 0);
		if (json_array_append_new(list, row))
			return FAULT_MEMORY;
	}
	return 0;
}

/* ---- the page */

static int add_figures(struct home *home)
{
	struct console *c = home->console;
	json_t *logins = json_object(), *calls = json_object(), *messages = json_object();

	json_object_set_new(c->data, "logins", logins);
	json_object_set_new(c->data, "calls", calls);
	json_object_set_new(c->data, "messages", messages);
	TRY(add_bars(home, &home->series[LOGINS], logins));
	set_share(logins, json_integer_value(json_object_get(logins, "good")),
		  json_integer_value(json_object_get(logins, "good")) + json_integer_value(json_object_get(logins, "bad")));
	TRY(add_latency(home, &home->series[CALLS], calls));
	TRY(add_bars(home, &home->series[MESSAGES], messages));
	TRY(add_rows(home, &home->series[LOGINS], "by_way"));
	TRY(add_rows(home, &home->series[CALLS], "by_provider"));
	TRY(add_rows(home, &home->series[MESSAGES], "by_route"));
	page_set_time(c->data, "from_time", home->from);
	page_set_time(c->data, "until_time", c->rq->now);
	return add_queues(home);
}

static int add_version(struct console *c)
{
	struct config_version version;
	struct config_version_problems problems = { 0 };
	json_t *list = json_array();

	json_object_set_new(c->data, "problems", list);
	TRY(config_version_get(&c->context, c->active, &version));
	page_set_time(c->data, "active_since", version.activated_at);
	console_set(c->data, "active_by", version.activator_name);
	console_set(c->data, "active_why", version.reason);
	TRY(config_version_validate(&c->context, c->active, &problems));
	return console_add_problems(c, list, &problems);
}

static void add_choices(struct home *home)
{
	json_t *list = json_array();

	json_object_set_new(home->console->data, "choices", list);
	for (size_t i = 0; i < ARRAY_LEN(spans_of_time); i++) {
		json_t *one = json_object();

		console_set(one, "choice", span_of(spans_of_time[i].name));
		json_object_set_new(one, "current", json_boolean(&spans_of_time[i] == home->time));
		json_array_append_new(list, one);
	}
}

static int home_page(struct console *c)
{
	static const char *const names[SERIES] = { TALLY_LOGIN, TALLY_CALL, TALLY_SMS };
	CLEANUP(arena_cleanup) struct arena *arena = arena_new((size_t)4 << 20);
	struct home home = { .console = c, .time = spans_of_time, .arena = arena, .keys = json_array(), .series = arena_array(c->arena, struct series, SERIES) };

	json_object_set_new(c->data, "keys", home.keys);
	if (!arena || !home.series || !home.keys)
		return FAULT_MEMORY;
	for (size_t i = 0; i < SERIES; i++)
		home.series[i].name = names[i];
	for (size_t i = 0; i < ARRAY_LEN(spans_of_time); i++)
		if (span_is(request_param(c->rq, "time"), spans_of_time[i].name))
			home.time = &spans_of_time[i];
	home.from = instant_add(tally_hour(c->rq->now), MS_HOUR - home.time->bucket_ms * (int64_t)home.time->buckets);
	TRY(tally_keep(app_of(c->rq)->app->store, c->rq->now));
	TRY(store_view(app_of(c->rq)->app->store, load, &home));
	TRY(add_figures(&home));
	TRY(console_upkeep_add(c, arena));
	TRY(console_logout_add(c, arena));
	TRY(add_version(c));
	add_choices(&home);
	return console_reply(c, "console", 0);
}

int endpoint_console(struct request *rq)
{
	return console_open(rq, home_page);
}
