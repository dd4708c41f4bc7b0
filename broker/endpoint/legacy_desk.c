/* SPDX-License-Identifier: Apache-2.0 */
/*
 * legacy_desk - /legacy: how far each source's old accounts have found their owners, and the search by whatever key somebody names at the counter
 * or on the phone. What is searched for is posted: it stands in no address. Who searched how often is in the audit.
 */
#include "broker/endpoint/legacy_desk.h"

#include "broker/endpoint/audit.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/legacy_chart.h"
#include "broker/endpoint/legacy_report.h"
#include "broker/endpoint/legacy_search.h"
#include "broker/endpoint/legacy_shown.h"
#include "broker/endpoint/page.h"
#include "broker/identity/mask.h"
#include "broker/store/records_review.h"
#include "conf/config.h"

#define FOUND_MAX 50

static const size_t spans_of_days[] = { 30, 90, 365 };

struct legacy_desk {
	struct desk desk;
	struct legacy_report report;
	size_t days;
	struct span q;
	json_t *found;
	struct id seen[FOUND_MAX];
	size_t n;
	bool more;
};

int legacy_desk_enter(struct txn *txn, struct desk *desk)
{
	TRY(desk_load(txn, desk));
	return task_rule_has_role(&desk->person.rule, STAFF_SUPPORT | STAFF_SECURITY) ? 0 : ERR_FORBIDDEN;
}

bool legacy_desk_four_eyes(const struct request *rq)
{
	return app_of(rq)->config->review.four_eyes & 1u << (TASK_LEGACY - 1);
}

/* ---- coverage */

static void set_share(json_t *row, int64_t part, int64_t whole)
{
	char text[32];

	snprintf(text, sizeof text, "%.1f %%", whole > 0 ? 100 * (double)part / (double)whole : 0.0);
	page_set(row, "share", span_of(text));
}

static int add_chart(struct request *rq, const struct legacy_report *report, const struct legacy_report_source *source, json_t *row)
{
	int64_t most = 0, top;
	struct span path;

	for (size_t i = 0; i < report->days; i++) {
		most = source->imported_until[i] > most ? source->imported_until[i] : most;
		most = source->found_until[i] > most ? source->found_until[i] : most;
	}
	top = legacy_chart_top(most);
	TRY(legacy_chart_path(source->imported_until, report->days, top, false, rq->arena, &path));
	page_set(row, "imported_path", path);
	TRY(legacy_chart_path(source->found_until, report->days, top, false, rq->arena, &path));
	page_set(row, "found_path", path);
	TRY(legacy_chart_path(source->found_until, report->days, top, true, rq->arena, &path));
	page_set(row, "found_area", path);
	page_set_int(row, "top", top);
	return 0;
}

static void set_day(json_t *data, const char *key, struct instant at)
{
	page_set_time(data, key, at);
	struct span text = json_get_span(data, key);
	if (text.n > 10)
		json_object_set_new(data, key, json_stringn(text.p, 10));
}

static int add_sources(struct request *rq, const struct legacy_report *report, json_t *data)
{
	json_t *list = json_array();

	json_object_set_new(data, "sources", list);
	for (size_t i = 0; i < report->n; i++) {
		const struct legacy_report_source *source = &report->sources[i];
		struct span name = page_text(rq, &source->source->name);
		json_t *row = json_object();

		page_set(row, "source_id", source->source->id);
		page_set(row, "source_name", name.n ? name : source->source->id);
		page_set_int(row, "imported", source->imported);
		page_set_int(row, "made", source->made);
		page_set_int(row, "claimed", source->claimed);
		page_set_int(row, "bound", source->bound);
		page_set_int(row, "suggested", source->suggested);
		page_set_int(row, "disputed", source->disputed);
		if (source->disputed_ever)
			page_set_int(row, "disputed_ever", source->disputed_ever);
		page_set_int(row, "expired", source->expired);
		page_set_int(row, "found", source->found);
		set_share(row, source->found, source->imported);
		TRY(add_chart(rq, report, source, row));
		if (json_array_append_new(list, row))
			return FAULT_MEMORY;
	}
	set_day(data, "from", report->from);
	set_day(data, "until", rq->now);
	return 0;
}

/* ---- search */

static int add_row(const void *record, void *arg)
{
	const struct legacy *legacy = record;
	struct legacy_desk *page = arg;
	struct request *rq = page->desk.rq;
	struct span text;

	for (size_t i = 0; i < page->n; i++)
		if (id_eq(page->seen[i], legacy->id))
			return 0;
	page->more = page->n == FOUND_MAX;
	if (page->more)
		return TXN_STOP;
	page->seen[page->n++] = legacy->id;
	json_t *row = json_object();
	page_set_id(row, "id", legacy->id);
	page_set(row, "source", legacy->source);
	page_set(row, "legacy_id", legacy->legacy_id);
	TRY(legacy_shown_login(rq, legacy, &text));
	json_object_set_new(row, "login", json_stringn(text.n ? text.p : "", text.n));
	text = legacy->unit_name;
	if (!text.n && legacy->name.n)
		TRY(mask_name(legacy->name, rq->arena, &text));
	json_object_set_new(row, "name", json_stringn(text.n ? text.p : "", text.n));
	json_object_set_new(row, "outcome", json_stringn(legacy->outcome.n ? legacy->outcome.p : "", legacy->outcome.n));
	return json_array_append_new(page->found, row) ? FAULT_MEMORY : 0;
}

static int search(struct txn *txn, void *arg)
{
	struct legacy_desk *page = arg;
	struct span masked;

	TRY(legacy_desk_enter(txn, &page->desk));
	page->n = 0;
	page->more = false;
	json_array_clear(page->found);
	TRY(legacy_search_each(txn, page->desk.rq, page->q, add_row, page));
	TRY(mask_document(page->q, page->desk.rq->arena, &masked));
	char *detail = arena_printf(page->desk.rq->arena, "found %zu", page->n);
	if (!detail)
		return FAULT_MEMORY;
	return audit_write(txn, page->desk.rq, &(struct audit_event){ .action = "legacy.search", .actor = page->desk.person.rule.account,
								      .subject = masked, .detail = span_of(detail) });
}

/* ---- the page */

static int load(struct txn *txn, void *arg)
{
	struct legacy_desk *page = arg;
	struct request *rq = page->desk.rq;

	TRY(legacy_desk_enter(txn, &page->desk));
	return legacy_report_load(txn, app_of(rq)->config, rq->now, page->days, rq->arena, &page->report);
}

static void add_days(struct legacy_desk *page, json_t *data)
{
	json_t *list = json_array();

	for (size_t i = 0; i < ARRAY_LEN(spans_of_days); i++) {
		json_t *one = json_object();

		page_set_int(one, "days", (int64_t)spans_of_days[i]);
		json_object_set_new(one, "current", json_boolean(spans_of_days[i] == page->days));
		json_array_append_new(list, one);
	}
	json_object_set_new(data, "choices", list);
}

static int show(struct legacy_desk *page, int error)
{
	struct request *rq = page->desk.rq;
	JSON *data = json_object();
	int result = store_view(app_of(rq)->app->store, load, page);

	if (result)
		return desk_answer(rq, result, rq->path);
	TRY(session_touch(rq, &page->desk.visitor));
	desk_add(&page->desk, data);
	page_set(data, "action", SPAN("/legacy"));
	TRY(add_sources(rq, &page->report, data));
	add_days(page, data);
	if (error) {
		page_set_error(data, error, 0);
		page_set_field_error(data, "q", error);
	}
	if (page->q.n && !error) {
		page_set(data, "asked", page->q);
		json_object_set(data, "found", page->found);
		if (page->more)
			page_set_true(data, "more");
	}
	page_set_value(data, "q", page->q);
	return reply_page(rq, page_status(error), "legacy", data);
}

int endpoint_legacy(struct request *rq)
{
	struct legacy_desk *page = arena_new_of(rq->arena, struct legacy_desk);
	JSON *found = json_array();

	if (!page || !found)
		return FAULT_MEMORY;
	page->desk.rq = rq;
	page->found = found;
	page->days = spans_of_days[0];
	for (size_t i = 0; i < ARRAY_LEN(spans_of_days); i++) {
		char text[16];

		snprintf(text, sizeof text, "%zu", spans_of_days[i]);
		if (span_is(request_param(rq, "days"), text))
			page->days = spans_of_days[i];
	}
	if (rq->method == METHOD_GET)
		return show(page, 0);
	page->q = span_trim(request_param(rq, "q"));
	if (!page->q.n)
		return show(page, ERR_FIELD_EMPTY);
	int result = store_update(app_of(rq)->app->store, search, page);
	return result ? desk_answer(rq, result, SPAN("/legacy")) : show(page, 0);
}
