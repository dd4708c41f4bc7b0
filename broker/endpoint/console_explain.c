/* SPDX-License-Identifier: Apache-2.0 */
/*
 * console_explain - /console/explain: why a login went as it did, by the reference that its pages show; and the logins that failed lately, by way in.
 */
#include "broker/endpoint/console.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/explain.h"
#include "broker/endpoint/page.h"
#include "broker/store/records_system.h"

#include <stdlib.h>
#include <time.h>

#define FAILED_SHOWN 25
#define LOOKED_AT 5000
#define REFERENCE_MAX 64

struct explaining {
	struct console *console;
	struct span key, way;
	struct arena *arena; /* of the audit */
	json_t *failed;
	size_t looked_at;
	struct span told; /* JSON */
};

/* ---- failed lately */

static int add_failed(const void *record, void *arg)
{
	const struct audit *audit = record;
	struct explaining *e = arg;

	if (span_is(audit->action, "login") && !span_is(audit->result, "ok") && (!e->way.n || span_eq(audit->detail, e->way))) {
		json_t *row = json_object();

		page_set_time(row, "at", audit->at);
		console_set(row, "failed_way", audit->detail);
		bool has_name = !span_is(audit->detail, "password") && !span_is(audit->detail, "otp");
		console_set(row, "failed_name", has_name ? audit->detail : (struct span){ NULL, 0 });
		console_set(row, "code", audit->result);
		console_set(row, "failed_client", audit->client);
		console_set(row, "failed_reference", audit->reference);
		if (json_array_append_new(e->failed, row))
			return FAULT_MEMORY;
	}
	arena_reset(e->arena);
	return ++e->looked_at == LOOKED_AT || json_array_size(e->failed) == FAILED_SHOWN ? TXN_STOP : 0;
}

static int load(struct txn *txn, void *arg)
{
	struct explaining *e = arg;
	struct console *c = e->console;
	struct buf buf = buf_new(c->arena, 4096);
	struct json_writer w = json_writer(&buf);
	int result = 0;

	e->looked_at = 0;
	json_array_clear(e->failed);
	TRY(record_page(txn, &KIND_AUDIT, 0, NULL, (struct record_from){ .falling = true }, e->arena, add_failed, e));
	if (!e->key.n)
		return 0;
	json_open(&w, '{');
	result = explain_write(txn, e->key, template_set_catalogues(app_of(c->rq)->templates), request_language(c->rq), c->rq->now, c->arena, &w);
	json_close(&w, '}');
	return result ? result : buf_done(&buf, &e->told);
}

/* ---- one login */

/* What another system said, or a client is told, below the sentence. */
static int add_details(const json_t *step, json_t *row)
{
	json_t *details = json_array();
	const char *key;
	json_t *value;

	json_object_set_new(row, "details", details);
	json_object_foreach((json_t *)(uintptr_t)step, key, value) {
		char *text = json_is_object(value) || json_is_array(value) ? json_dumps(value, JSON_INDENT(2)) : NULL;
		json_t *one = text ? json_object() : NULL;

		if (!text)
			continue;
		console_set(one, "detail_name", span_of(key));
		console_set(one, "detail_text", span_of(text));
		free(text);
		if (json_array_append_new(details, one))
			return FAULT_MEMORY;
	}
	return 0;
}

/* explain tells times as RFC 3339 has them (UTC); pages show China's. */
static void set_time(json_t *row, const char *key, struct span text)
{
	struct tm tm = { 0 };

	if (text.n && strptime(text.p, "%Y-%m-%dT%H:%M:%SZ", &tm))
		page_set_time(row, key, (struct instant){ (int64_t)timegm(&tm) * MS_SECOND });
	else
		console_set(row, key, text);
}

static int add_entry(const json_t *entry, json_t *list)
{
	json_t *row = json_object(), *steps = json_array(), *step;
	struct span result = json_get_span(entry, "result");
	size_t i;

	set_time(row, "entry_at", json_get_span(entry, "at"));
	console_set(row, "entry_reference", json_get_span(entry, "reference"));
	console_set(row, "entry_result", span_is(result, "ok") ? (struct span){ NULL, 0 } : result);
	json_object_set_new(row, "steps", steps);
	if (json_array_append_new(list, row))
		return FAULT_MEMORY;
	json_array_foreach(json_object_get(entry, "steps"), i, step) {
		json_t *line = json_object();

		console_set(line, "step_text", json_get_span(step, "text"));
		if (json_array_append_new(steps, line))
			return FAULT_MEMORY;
		TRY(add_details(step, line));
	}
	return 0;
}

static int add_told(struct explaining *e)
{
	struct console *c = e->console;
	JSON *told = NULL;
	json_t *list = json_array(), *entry;
	size_t i;

	json_object_set_new(c->data, "entries", list);
	TRY(json_read_object(e->told, &told));
	page_set_true(c->data, "told");
	console_set(c->data, "told_client", json_get_span(told, "client"));
	json_array_foreach(json_object_get(told, "entries"), i, entry)
		TRY(add_entry(entry, list));
	return 0;
}

static int explain(struct console *c)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new((size_t)1 << 20);
	struct explaining e = { .console = c, .key = span_trim(request_param(c->rq, "q")), .way = request_param(c->rq, "way"), .arena = arena, .failed = json_array() };

	json_object_set_new(c->data, "failed", e.failed);
	if (!arena || !e.failed)
		return FAULT_MEMORY;
	int result = e.key.n > REFERENCE_MAX ? ERR_ABSENT : store_view(app_of(c->rq)->app->store, load, &e);
	if (result && result != ERR_ABSENT)
		return result;
	if (!result && e.key.n)
		TRY(add_told(&e));
	if (result)
		page_set_true(c->data, "unknown");
	page_set_value(c->data, "q", e.key);
	console_set(c->data, "way", e.way);
	return console_reply(c, "console-explain", 0);
}

int endpoint_console_explain(struct request *rq)
{
	return console_open(rq, explain);
}
