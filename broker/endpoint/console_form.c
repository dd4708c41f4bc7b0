/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/console_form.h"

#include "broker/base/url.h"
#include "broker/endpoint/console_list.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/page.h"
#include "conf/config.h"
#include "conf/config_rows.h"
#include "conf/problem_zh.h"

struct form_page {
	struct console *console;
	struct console_form form;
	struct config_version_view view;
	struct config_version_problems problems;
	struct span type;              /* of the variant whose rows are shown */
	const struct option *chooser;  /* the row that chooses it; NULL: none */
	bool in_file, in_version;
};

/* ---- where an address leads */

static bool is_plain(struct span segment)
{
	for (size_t i = 0; i < segment.n; i++)
		if (segment.p[i] == '.' || segment.p[i] == '[' || segment.p[i] == ']')
			return false;
	return true;
}

static const struct option *row_named(const struct option *rows, struct span key)
{
	for (; rows->key; rows++)
		if (span_is(key, rows->key))
			return rows;
	return NULL;
}

static bool is_keyed(const struct option *row)
{
	return row->type == OPTION_OBJECTS && row->sub[0].flags & OPTION_UNIQUE;
}

/* One segment further. */
static int descend(struct console *c, struct console_spot *spot, struct span segment)
{
	const char *format = is_plain(segment) ? SPAN_FMT "." SPAN_FMT : SPAN_FMT "[" SPAN_FMT "]";

	if (segment.n > 200 || memchr(segment.p, ']', segment.n))
		return ERR_NOT_FOUND;
	if (is_keyed(spot->row) && !spot->is_object) {
		spot->is_object = true;
		spot->id = segment;
	} else {
		spot->row = row_named(spot->row->sub, segment);
		if (!spot->row || (spot->row->type != OPTION_GROUP && !is_keyed(spot->row)))
			return ERR_NOT_FOUND;
		spot->is_object = false;
		spot->place = arena_printf(c->arena, "%s." SPAN_FMT, spot->place, SPAN_ARG(segment));
	}
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	char *path = arena_printf(c->arena, format, SPAN_ARG(spot->path), SPAN_ARG(segment));
#pragma GCC diagnostic pop
	if (!path || !spot->place)
		return FAULT_MEMORY;
	spot->path = span_of(path);
	return 0;
}

int console_spot(struct console *c, struct console_spot *ret_spot)
{
	static const char *const names[CONSOLE_SEGMENTS - 1] = { "a", "b", "c" };
	struct span key = request_path_param(c->rq, "section");
	const struct overlay_section *section = overlay_section(key);

	if (!section)
		return ERR_NOT_FOUND;
	struct console_spot spot = { .path = span_of(section->key), .place = section->key, .row = overlay_section_row(section) };
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct span segment = request_path_param(c->rq, names[i]);

		if (segment.n)
			TRY(descend(c, &spot, segment));
	}
	*ret_spot = spot;
	return spot.row ? 0 : ERR_NOT_FOUND;
}

/* ---- loaded */

/* What stands at the spot's path in @sections. */
static const json_t *value_at(const struct form_page *page, const json_t *sections)
{
	static const char *const names[] = { "section", "a", "b", "c" };
	const struct request *rq = page->console->rq;

	for (size_t i = 0; i < ARRAY_LEN(names) && sections; i++) {
		struct span segment = request_path_param(rq, names[i]);

		if (segment.n)
			sections = json_object_get(sections, segment.p);
	}
	return sections;
}

static bool is_variant(struct form_page *page, struct span name)
{
	const struct option_variant *const *variant = page->chooser ? console_variants(page->console, page->form.spot.row->sub, &page->chooser) : NULL;

	for (; variant && *variant; variant++)
		if (span_is(name, (*variant)->name))
			return true;
	return false;
}

static int load(struct form_page *page)
{
	struct console *c = page->console;
	const struct config_sources *sources = c->context.sources;

	TRY(config_version_view(&c->context, c->shown, &page->view));
	const json_t *whole = value_at(page, page->view.whole), *file = value_at(page, page->view.file);
	page->form.is_new = page->form.spot.is_object && !whole;
	page->in_file = file != NULL;
	page->in_version = whole && !(file && json_equal(file, whole));
	console_variants(c, page->form.spot.row->sub, &page->chooser);
	struct span asked = request_param(c->rq, "type");
	if (page->chooser) {
		page->form.registry = page->chooser->registry;
		page->type = whole ? json_get_span(whole, page->chooser->key) : (struct span){ NULL, 0 };
		if (asked.n && (page->form.is_new || !page->form.spot.is_object))
			page->type = asked;
		if (page->type.n && !is_variant(page, page->type))
			return ERR_NOT_FOUND;
	}
	TRY(overlay_fields(page->view.file, page->view.whole, page->form.spot.path, page->type, sources->registries, c->arena, &page->form.fields));
	if (c->draft.number && !page->form.is_new) {
		TRY(config_version_validate(&c->context, c->draft.number, &page->problems));
		page->form.problems = &page->problems;
	}
	return 0;
}

/* ---- shown */

/* Every field, with what was typed where it could not be kept, and the variant that is looked at. */
static void lay_over(struct form_page *page, const struct overlay_edit *edits, size_t n)
{
	struct overlay_field *fields = (struct overlay_field *)(uintptr_t)page->form.fields.items;

	for (size_t i = 0; i < page->form.fields.n; i++) {
		if (fields[i].row == page->chooser && page->type.n) {
			fields[i].text = page->type;
			fields[i].is_set = true;
		}
		for (size_t k = 0; k < n; k++)
			if (span_is(edits[k].path, fields[i].path) && fields[i].row->type != OPTION_SECRET) {
				fields[i].text = edits[k].value;
				fields[i].is_set = edits[k].value.n > 0;
			}
	}
}

static bool is_testable(const struct form_page *page)
{
	static const char *const places[] = { "providers", "sms", "sms.routes", "realname", "realname.verifiers" };

	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		if (strcmp(page->form.spot.place, places[i]) == 0 && page->type.n)
			return !page->form.is_new;
	return false;
}

/* Its test needs a number or a person. */
static bool is_probed(const struct form_page *page)
{
	return strncmp(page->form.spot.place, "sms", 3) == 0 || strncmp(page->form.spot.place, "realname", 8) == 0;
}

static void add_words(struct form_page *page, json_t *data)
{
	struct console *c = page->console;
	const struct console_spot *spot = &page->form.spot;
	struct console_word word = console_word(c, spot->place, spot->row->key, spot->row->doc);

	console_set(data, "spot_label", word.label);
	console_set(data, "spot_help", word.help);
	console_set(data, "spot_path", spot->path);
	console_set(data, "object_id", spot->id);
	if (page->type.n) {
		const char *place = console_variant_place(c, page->form.registry, page->type.p);
		const struct option_variant *const *variant = console_variants(c, spot->row->sub, &page->chooser);

		while (variant && *variant && !span_is(page->type, (*variant)->name))
			variant++;
		word = console_word(c, place ? place : "", page->type.p, variant && *variant ? (*variant)->doc : NULL);
		console_set(data, "type_name", page->type);
		console_set(data, "type_label", word.label);
		console_set(data, "type_help", word.help);
	}
	if (strcmp(spot->place, "providers") == 0) {
		page_set(data, "callback_url",
			 span_of(console_printf(c, SPAN_FMT "/login/" SPAN_FMT "/callback", SPAN_ARG(c->context.config->issuer), SPAN_ARG(spot->id))));
	}
}

struct span console_up(struct console *c)
{
	struct span path = c->rq->path;

	while (path.n && path.p[path.n - 1] != '/')
		path.n--;
	path.n -= path.n > 0;
	return span_is(path, "/console") ? SPAN("/console/settings") : path;
}

static int show(struct form_page *page, int error)
{
	struct console *c = page->console;
	json_t *data = c->data;

	add_words(page, data);
	console_set(data, "up_url", console_up(c));
	TRY(console_field_add(c, &page->form, data));
	if (page->form.problems && !error) {
		json_t *list = json_array();

		json_object_set_new(data, "problems", list);
		struct config_version_problems here = { 0 };
		struct config_version_problem *items = arena_array(c->arena, struct config_version_problem, page->problems.n + 1);

		if (!items)
			return FAULT_MEMORY;
		for (size_t i = 0; i < page->problems.n; i++)
			if (span_starts(span_of(page->problems.items[i].path), page->form.spot.path))
				items[here.n++] = page->problems.items[i];
		here.items = items;
		TRY(console_add_problems(c, list, &here));
	}
	json_object_set_new(data, "is_object", json_boolean(page->form.spot.is_object));
	json_object_set_new(data, "is_new", json_boolean(page->form.is_new));
	json_object_set_new(data, "can_test", json_boolean(is_testable(page)));
	json_object_set_new(data, "test_phone", json_boolean(is_testable(page) && strncmp(page->form.spot.place, "sms", 3) == 0));
	json_object_set_new(data, "test_person", json_boolean(is_testable(page) && strncmp(page->form.spot.place, "realname", 8) == 0));
	page_set_value(data, "phone", request_param(c->rq, "phone"));
	page_set_value(data, "person_name", request_param(c->rq, "person_name"));
	json_object_set_new(data, "can_restore", json_boolean(page->in_file && page->in_version));
	json_object_set_new(data, "saved", json_boolean(request_param(c->rq, "saved").n > 0 && c->rq->method == METHOD_GET));
	return console_reply(c, "console-form", error);
}

/* ---- done */

static int redirect_to(struct console *c, struct span path, const char *query)
{
	char *url = arena_printf(c->rq->arena, SPAN_FMT "%s", SPAN_ARG(path), query);

	return url ? reply_redirect(c->rq, span_of(url)) : FAULT_MEMORY;
}

/* Another variant was chosen: its rows first. */
static int choose(struct form_page *page, struct span chosen)
{
	struct buf buf = buf_new(page->console->rq->arena, 128);
	struct span url;
	bool first;

	url_open_query(&buf, page->console->rq->path, &first);
	url_add_pair(&buf, &first, SPAN("type"), chosen);
	TRY(buf_done(&buf, &url));
	return reply_redirect(page->console->rq, url);
}

static int keep(struct form_page *page, bool *ret_shown)
{
	struct console *c = page->console;
	struct overlay_edit *edits, *all;
	size_t n, failed = 0, more = 0;

	*ret_shown = false;
	TRY(console_read(c, &page->form, &edits, &n));
	for (size_t i = 0; i < n; i++)
		if (page->chooser && page->form.fields.n && span_eq(edits[i].path, span_of(arena_printf(c->arena, SPAN_FMT ".%s", SPAN_ARG(page->form.spot.path), page->chooser->key))) &&
		    !span_eq(edits[i].value, page->type)) {
			*ret_shown = true;
			return choose(page, edits[i].value);
		}
	all = arena_array(c->arena, struct overlay_edit, n + 1);
	if (!all)
		return FAULT_MEMORY;
	if (page->form.is_new && page->chooser) {
		char *path = arena_printf(c->arena, SPAN_FMT ".%s", SPAN_ARG(page->form.spot.path), page->chooser->key);

		if (!path)
			return FAULT_MEMORY;
		all[more++] = (struct overlay_edit){ OVERLAY_TYPED, span_of(path), page->type };
	} else if (page->form.is_new && !n) {
		all[more++] = (struct overlay_edit){ OVERLAY_SET, page->form.spot.path, SPAN("{}") };
	} else if (!page->form.spot.is_object && page->chooser && page->type.n &&
		   !span_eq(page->type, json_get_span(value_at(page, page->view.whole), page->chooser->key))) {
		char *path = arena_printf(c->arena, SPAN_FMT ".%s", SPAN_ARG(page->form.spot.path), page->chooser->key);

		if (!path)
			return FAULT_MEMORY;
		all[more++] = (struct overlay_edit){ OVERLAY_TYPED, span_of(path), page->type };
	}
	if (n)
		memcpy(all + more, edits, n * sizeof *edits);
	if (!(n + more))
		return 0;
	int result = console_edit(c, request_param(c->rq, "revision"), all, n + more, &failed);
	if (result > 0) {
		lay_over(page, all, n + more);
		*ret_shown = true;
		return show(page, result);
	}
	return result;
}

static int change(struct form_page *page, enum overlay_do what)
{
	struct console *c = page->console;
	struct overlay_edit edit = { what, page->form.spot.path, { NULL, 0 } };
	size_t failed;

	if (!page->form.spot.is_object)
		return ERR_INVALID_REQUEST;
	int result = console_edit(c, request_param(c->rq, "revision"), &edit, 1, &failed);
	if (result)
		return result < 0 ? result : show(page, result);
	return redirect_to(c, what == OVERLAY_REMOVE ? console_up(c) : c->rq->path, "?saved=1");
}

/* Ask the service; the answer stands on the page. */
static int test(struct form_page *page)
{
	struct console *c = page->console;
	struct span reason = { NULL, 0 };
	bool good = false;

	config_version_view_free(&page->view);
	page->view = (struct config_version_view){ 0 };
	TRY(load(page));
	lay_over(page, NULL, 0);
	const struct config_version_probe probe = { .phone = request_param(c->rq, "phone"), .name = span_trim(request_param(c->rq, "person_name")),
						    .id_number = span_trim(request_param(c->rq, "person_number")), .english = !console_is_chinese(c) };
	int result = is_probed(page) ? config_version_test_with(&c->context, c->shown, page->form.spot.path, &probe, &good, &reason) :
				       config_version_test(&c->context, c->shown, page->form.spot.path, &good, &reason);
	if (result == ERR_PHONE)
		page_set_field_error(c->data, "phone", result);
	if (result == ERR_CONFIG || result == ERR_NOT_FOUND || result == ERR_FIELD_EMPTY)
		reason = console_say(c, result == ERR_CONFIG ? "console.test_first" : result == ERR_NOT_FOUND ? "console.test_nothing" : "console.test_empty");
	else if (result)
		return result < 0 ? result : show(page, result);
	else if (console_is_chinese(c))
		reason = span_of(problem_zh(reason.p, c->arena));
	page_set_true(c->data, "tested");
	json_object_set_new(c->data, "test_good", json_boolean(good));
	console_set(c->data, "test_reason", reason);
	return show(page, 0);
}

static int act(struct form_page *page)
{
	struct console *c = page->console;
	struct span what = request_param(c->rq, "do");
	bool shown;

	if (span_is(what, "remove"))
		return change(page, OVERLAY_REMOVE);
	if (span_is(what, "restore"))
		return change(page, OVERLAY_FORGET);
	TRY(keep(page, &shown));
	if (shown)
		return 0;
	if (span_is(what, "test"))
		return test(page);
	return redirect_to(c, c->rq->path, "?saved=1");
}

static int form(struct form_page *page)
{
	TRY(load(page));
	if (page->form.is_new && page->chooser && !page->type.n)
		return ERR_NOT_FOUND; /* the list asks for the type */
	lay_over(page, NULL, 0);
	return page->console->rq->method == METHOD_GET ? show(page, 0) : act(page);
}

static int open_page(struct console *c)
{
	struct form_page page = { .console = c };

	TRY(console_spot(c, &page.form.spot));
	if (page.form.spot.row->type == OPTION_OBJECTS && !page.form.spot.is_object)
		return console_list(c, &page.form.spot);
	int result = form(&page);
	config_version_view_free(&page.view);
	return result;
}

enum work_class endpoint_console_form_work(const struct request *rq)
{
	return span_is(request_param(rq, "do"), "test") ? WORK_UPSTREAM : WORK_FILES;
}

int endpoint_console_form(struct request *rq)
{
	return console_open(rq, open_page);
}
