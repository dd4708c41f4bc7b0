/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/tally.h"

#include "broker/base/encode.h"
#include "broker/base/sys.h"
#include "broker/store/records_system.h"

#include <pthread.h>
#include <stdlib.h>

#define NAMES_MAX 64
#define HOURS_AT_ONCE 24     /* after a long stop */
#define AUDIT_AT_ONCE 50000
#define LATE_MS (5 * MS_SECOND) /* an id is taken before its record is committed */
#define ARENA_MAX ((size_t)4 << 20)

/* ---- noted in memory */

struct noted {
	const char *series;
	char name[TALLY_NAME_MAX + 1];
	int64_t numbers[TALLY_NUMBERS];
};

static struct {
	pthread_mutex_t lock;
	struct noted items[NAMES_MAX];
	size_t n;
} memory = { .lock = PTHREAD_MUTEX_INITIALIZER };

static pthread_mutex_t keeping = PTHREAD_MUTEX_INITIALIZER;

static struct noted *noted(const char *series, struct span name)
{
	for (size_t i = 0; i < memory.n; i++)
		if (strcmp(memory.items[i].series, series) == 0 && span_is(name, memory.items[i].name))
			return &memory.items[i];
	/* Three places are left for what is "other". */
	if (memory.n == NAMES_MAX || (memory.n >= NAMES_MAX - 3 && !span_is(name, "other")))
		return span_is(name, "other") ? NULL : noted(series, SPAN("other"));
	struct noted *item = &memory.items[memory.n++];
	*item = (struct noted){ .series = series };
	memcpy(item->name, name.p, name.n);
	return item;
}

static void add_numbers(int64_t to[TALLY_NUMBERS], const int64_t from[TALLY_NUMBERS])
{
	for (size_t i = 0; i < TALLY_NUMBERS - 1; i++)
		to[i] += from[i];
	if (from[TALLY_NUMBERS - 1] > to[TALLY_NUMBERS - 1])
		to[TALLY_NUMBERS - 1] = from[TALLY_NUMBERS - 1];
}

void tally_note(const char *series, struct span name, bool good, int64_t ms)
{
	const int64_t numbers[TALLY_NUMBERS] = { good, !good, ms, ms };

	if (!name.n || name.n > TALLY_NAME_MAX)
		name = SPAN("other");
	pthread_mutex_lock(&memory.lock);
	struct noted *item = noted(series, name);
	if (item)
		add_numbers(item->numbers, numbers);
	pthread_mutex_unlock(&memory.lock);
}

/* ---- figures */

void tally_numbers(const json_t *member, int64_t ret_numbers[TALLY_NUMBERS])
{
	for (size_t i = 0; i < TALLY_NUMBERS; i++)
		ret_numbers[i] = json_integer_value(json_array_get(member, i));
}

static int add_to(json_t *figures, const char *series, const char *name, const int64_t numbers[TALLY_NUMBERS])
{
	json_t *group = json_object_get(figures, series);
	int64_t sum[TALLY_NUMBERS];

	if (!group && (json_object_set_new(figures, series, json_object()) || !(group = json_object_get(figures, series))))
		return FAULT_MEMORY;
	tally_numbers(json_object_get(group, name), sum);
	add_numbers(sum, numbers);
	return json_object_set_new(group, name, json_pack("[I,I,I,I]", (json_int_t)sum[0], (json_int_t)sum[1], (json_int_t)sum[2], (json_int_t)sum[3])) ?
		       FAULT_MEMORY : 0;
}

struct instant tally_hour(struct instant at)
{
	return (struct instant){ at.ms / MS_HOUR * MS_HOUR };
}

static struct id id_of(struct instant hour)
{
	return record_named_id(instant_add(hour, TALLY_DAYS * MS_DAY), SPAN("tally"), (struct span){ NULL, 0 });
}

/* ---- kept */

struct keeping {
	struct arena *arena;
	struct instant now;
	struct id through; /* the last audit record that is counted */
	bool has_through;
	size_t looked_at;
	struct {
		struct instant hour;
		json_t *more; /* figures to add */
	} hours[HOURS_AT_ONCE];
	size_t n;
	struct noted noted[NAMES_MAX];
	size_t n_noted;
	bool more;
};

static int figures_of(struct keeping *k, struct instant at, json_t **ret_figures)
{
	struct instant hour = tally_hour(at);

	for (size_t i = 0; i < k->n; i++)
		if (k->hours[i].hour.ms == hour.ms) {
			*ret_figures = k->hours[i].more;
			return 0;
		}
	if (k->n == HOURS_AT_ONCE)
		return TXN_STOP;
	json_t *figures = json_object();
	if (!figures)
		return FAULT_MEMORY;
	k->hours[k->n].hour = hour;
	k->hours[k->n++].more = figures;
	*ret_figures = figures;
	return 0;
}

static int count_audit(const void *record, void *arg)
{
	const struct audit *audit = record;
	struct keeping *k = arg;
	char name[TALLY_NAME_MAX + 1];
	json_t *figures;

	k->more = k->looked_at++ == AUDIT_AT_ONCE;
	if (k->more || audit->at.ms > k->now.ms - LATE_MS)
		return TXN_STOP;
	if (span_is(audit->action, "login") && audit->detail.n && audit->detail.n <= TALLY_NAME_MAX) {
		bool good = span_is(audit->result, "ok");
		const int64_t numbers[TALLY_NUMBERS] = { good, !good };
		int result = figures_of(k, audit->at, &figures);

		k->more = result == TXN_STOP;
		if (result)
			return result;
		memcpy(name, audit->detail.p, audit->detail.n);
		name[audit->detail.n] = '\0';
		TRY(add_to(figures, TALLY_LOGIN, name, numbers));
	}
	k->through = audit->id;
	arena_reset(k->arena);
	return 0;
}

static int take_through(const void *record, void *arg)
{
	const struct figures_hour *figures = record;
	struct keeping *k = arg;

	k->through = figures->through;
	k->has_through = true;
	arena_reset(k->arena);
	return 0;
}

static int look(struct txn *txn, void *arg)
{
	struct keeping *k = arg;

	TRY(record_scan(txn, &KIND_FIGURES_HOUR, (struct id){ { 0 } }, k->arena, take_through, k));
	if (!k->has_through) /* what was before the first time is not counted */
		k->through = sys_new_id(instant_add(k->now, -LATE_MS));
	arena_reset(k->arena);
	return record_page(txn, &KIND_AUDIT, 0, NULL, (struct record_from){ .at = k->through }, k->arena, count_audit, k);
}

static int put_hour(struct txn *txn, struct keeping *k, struct instant hour, const json_t *more)
{
	struct figures_hour record;
	JSON *sum = NULL;
	const char *series, *name;
	json_t *group, *member;
	int result = record_get(txn, &KIND_FIGURES_HOUR, id_of(hour), k->arena, &record);

	if (result == ERR_ABSENT)
		record = (struct figures_hour){ .id = id_of(hour), .at = hour };
	else
		TRY(result);
	if (!record.figures.n || json_read_object(record.figures, &sum))
		sum = json_object();
	json_object_foreach((json_t *)(uintptr_t)more, series, group)
		json_object_foreach(group, name, member) {
			int64_t numbers[TALLY_NUMBERS];

			tally_numbers(member, numbers);
			TRY(add_to(sum, series, name, numbers));
		}
	char *text = json_dumps(sum, JSON_COMPACT | JSON_SORT_KEYS);
	if (!text)
		return FAULT_MEMORY;
	record.figures = arena_dup(k->arena, span_of(text));
	free(text);
	record.through = k->through;
	return record.figures.p ? record_put(txn, &KIND_FIGURES_HOUR, &record) : FAULT_MEMORY;
}

static int put(struct txn *txn, void *arg)
{
	struct keeping *k = arg;

	arena_reset(k->arena);
	for (size_t i = 0; i < k->n; i++)
		TRY(put_hour(txn, k, k->hours[i].hour, k->hours[i].more));
	return 0;
}

/* What was noted goes to the hour of @now; what cannot be kept goes back. */
static void take_noted(struct keeping *k)
{
	pthread_mutex_lock(&memory.lock);
	memcpy(k->noted, memory.items, memory.n * sizeof *memory.items);
	k->n_noted = memory.n;
	memory.n = 0;
	pthread_mutex_unlock(&memory.lock);
}

static void give_back(struct keeping *k)
{
	pthread_mutex_lock(&memory.lock);
	for (size_t i = 0; i < k->n_noted; i++) {
		struct noted *item = noted(k->noted[i].series, span_of(k->noted[i].name));

		if (item)
			add_numbers(item->numbers, k->noted[i].numbers);
	}
	pthread_mutex_unlock(&memory.lock);
}

static int add_noted(struct keeping *k)
{
	json_t *figures;

	for (size_t i = 0; i < k->n_noted; i++) {
		int result = figures_of(k, k->now, &figures);

		if (result)
			return result == TXN_STOP ? ERR_BUSY : result;
		TRY(add_to(figures, k->noted[i].series, k->noted[i].name, k->noted[i].numbers));
	}
	return 0;
}

static int keep(struct store *store, struct keeping *k)
{
	json_t *figures;

	TRY(store_view(store, look, k));
	take_noted(k);
	int result = k->more ? 0 : add_noted(k);
	/* How far the audit is counted must be known, also when nothing was found in it. */
	if (!result && !k->n && (k->more || !k->has_through))
		result = figures_of(k, k->now, &figures);
	if (!result && k->n)
		result = store_update(store, put, k);
	if (result || k->more)
		give_back(k);
	return result;
}

int tally_keep(struct store *store, struct instant now)
{
	bool more = true;
	int result = 0;

	pthread_mutex_lock(&keeping);
	for (int round = 0; more && !result && round < 100; round++) {
		struct keeping k = { .arena = arena_new(ARENA_MAX), .now = now };

		result = k.arena ? keep(store, &k) : FAULT_MEMORY;
		more = k.more && k.n;
		for (size_t i = 0; i < k.n; i++)
			json_decref(k.hours[i].more);
		arena_free(k.arena);
	}
	pthread_mutex_unlock(&keeping);
	return result;
}

/* ---- read */

struct reading {
	tally_fn *fn;
	void *arg;
	struct arena *arena;
};

static int read_hour(const void *record, void *arg)
{
	const struct figures_hour *figures = record;
	struct reading *r = arg;
	JSON *object = NULL;

	if (json_read_object(figures->figures, &object))
		return 0;
	int result = r->fn(figures->at, object, r->arg);
	arena_reset(r->arena);
	return result;
}

int tally_each(struct txn *txn, struct instant from, struct arena *arena, tally_fn *fn, void *arg)
{
	struct reading reading = { fn, arg, arena };
	struct id first = record_expiring_id(instant_add(tally_hour(from), TALLY_DAYS * MS_DAY));

	memset(first.b + 6, 0, sizeof first.b - 6); /* the first of that expiry */
	return record_scan(txn, &KIND_FIGURES_HOUR, first, arena, read_hour, &reading);
}
