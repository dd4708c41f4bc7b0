/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/console_list.h"

#include "broker/base/url.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/page.h"
#include "conf/config.h"

/* ---- all settings */

static const struct {
	const char *group, *section;
} groups[] = {
	{ "ways", "providers" },   { "ways", "login" },	      { "ways", "otp" },	 { "ways", "captcha" },	   { "ways", "registration" }, { "ways", "recovery" },
	{ "send", "sms" },	   { "send", "mail" },	      { "who", "realname" },	 { "who", "completion" },  { "who", "forms" },	       { "who", "uploads" },
	{ "apps", "clients" },	   { "apps", "subsystems" },  { "apps", "webhooks" },	 { "units", "departments" }, { "units", "unit" },	       { "units", "membership" },
	{ "old", "legacy_sources" }, { "old", "lookup" },      { "look", "branding" },	 { "look", "support" },
};
static const char *const group_names[] = { "ways", "send", "who", "apps", "units", "old", "look", "more" };

static const char *group_of(const char *section)
{
	for (size_t i = 0; i < ARRAY_LEN(groups); i++)
		if (strcmp(groups[i].section, section) == 0)
			return groups[i].group;
	return "more";
}

static int add_section(struct console *c, const struct overlay_section *section, const struct config_version_view *view, json_t *list)
{
	const struct option *row = overlay_section_row(section);
	struct console_word word = console_word(c, section->key, section->key, row ? row->doc : NULL);
	const json_t *whole = json_object_get(view->whole, section->key), *file = json_object_get(view->file, section->key);
	json_t *one = json_object();

	console_set(one, "section", span_of(section->key));
	console_set(one, "section_label", word.label);
	console_set(one, "section_help", word.help);
	json_object_set_new(one, "is_list", json_boolean(row && row->type == OPTION_OBJECTS));
	page_set_int(one, "count", row && row->type == OPTION_OBJECTS ? (int64_t)json_object_size(whole) : 0);
	json_object_set_new(one, "is_changed", json_boolean(whole && !(file && json_equal(whole, file))));
	return json_array_append_new(list, one) ? FAULT_MEMORY : 0;
}

static int add_sections(struct console *c, const struct config_version_view *view)
{
	json_t *all = json_array();

	json_object_set_new(c->data, "groups", all);
	for (size_t g = 0; g < ARRAY_LEN(group_names); g++) {
		json_t *group = json_object(), *list = json_array();
		const struct overlay_section *section;

		console_set(group, "group", span_of(group_names[g]));
		json_object_set_new(group, "sections", list);
		if (json_array_append_new(all, group))
			return FAULT_MEMORY;
		for (size_t i = 0; (section = overlay_section_at(i)); i++)
			if (strcmp(group_of(section->key), group_names[g]) == 0)
				TRY(add_section(c, section, view, list));
	}
	return 0;
}

static int settings(struct console *c)
{
	struct config_version_view view = { 0 };
	int result = config_version_view(&c->context, c->shown, &view);

	if (!result)
		result = add_sections(c, &view);
	config_version_view_free(&view);
	return result ? result : console_reply(c, "console-settings", 0);
}

int endpoint_console_settings(struct request *rq)
{
	return console_open(rq, settings);
}

/* ---- one section */

/* What an object calls itself: its title, or its name, in the page's language. */
static struct span name_of(struct console *c, const json_t *object)
{
	static const char *const keys[] = { "title", "name" };

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const json_t *value = json_object_get(object, keys[i]);
		struct span text = json_get_span(value, console_is_chinese(c) ? "zh" : "en");

		if (!text.n)
			text = json_get_span(value, console_is_chinese(c) ? "en" : "zh");
		if (!text.n && json_is_string(value))
			text = span_of(json_string_value(value));
		if (text.n)
			return text;
	}
	return (struct span){ NULL, 0 };
}

static const json_t *list_at(const struct console *c, const json_t *sections)
{
	static const char *const names[] = { "section", "a", "b", "c" };

	for (size_t i = 0; i < ARRAY_LEN(names) && sections; i++) {
		struct span segment = request_path_param(c->rq, names[i]);

		if (segment.n)
			sections = json_object_get(sections, segment.p);
	}
	return sections;
}

static int add_object(struct console *c, unsigned registry, const struct overlay_object *object, const json_t *value, json_t *list)
{
	const char *place = object->type.n ? console_variant_place(c, registry, object->type.p) : NULL;
	json_t *row = json_object();

	console_set(row, "object_url", span_of(console_printf(c, SPAN_FMT "/" SPAN_FMT, SPAN_ARG(c->rq->path), SPAN_ARG(object->id))));
	console_set(row, "object_id", object->id);
	struct span name = name_of(c, value);
	console_set(row, "object_name", name);
	if (name.n)
		page_set_true(c->data, "has_names"); /* routes have none */
	console_set(row, "type_label", place ? console_word(c, place, object->type.p, NULL).label : (struct span){ NULL, 0 });
	json_object_set_new(row, "in_version", json_boolean(object->in_version));
	json_object_set_new(row, "is_removed", json_boolean(object->is_removed));
	json_object_set_new(row, "is_off", json_boolean(span_is(json_get_span(value, "enabled"), "false")));
	return json_array_append_new(list, row) ? FAULT_MEMORY : 0;
}

static int add_objects(struct console *c, const struct console_spot *spot)
{
	struct config_version_view view = { 0 };
	struct overlay_objects objects = { NULL, 0 };
	const struct option *chooser = NULL;
	json_t *list = json_array();

	json_object_set_new(c->data, "objects", list);
	console_variants(c, spot->row->sub, &chooser);
	int result = config_version_view(&c->context, c->shown, &view);
	if (!result)
		result = overlay_objects(view.file, view.whole, spot->path, c->context.sources->registries, c->arena, &objects);
	for (size_t i = 0; !result && i < objects.n; i++) {
		const json_t *all = list_at(c, objects.items[i].is_removed ? view.file : view.whole);

		result = add_object(c, chooser ? chooser->registry : 0, &objects.items[i], json_object_get(all, objects.items[i].id.p), list);
	}
	config_version_view_free(&view);
	return result;
}

static int add_variants(struct console *c, const struct console_spot *spot)
{
	const struct option *chooser = NULL;
	const struct option_variant *const *variant = console_variants(c, spot->row->sub, &chooser);
	json_t *list = json_array();

	json_object_set_new(c->data, "variants", list);
	for (; variant && *variant; variant++) {
		const char *place = console_variant_place(c, chooser->registry, (*variant)->name);

		if (!place)
			return FAULT_MEMORY;
		json_t *one = json_object();
		struct console_word word = console_word(c, place, (*variant)->name, (*variant)->doc);
		console_set(one, "variant", span_of((*variant)->name));
		console_set(one, "variant_label", word.label);
		console_set(one, "variant_help", word.help);
		json_object_set_new(one, "variant_chosen", json_boolean(span_is(request_param(c->rq, "type"), (*variant)->name)));
		if (json_array_append_new(list, one))
			return FAULT_MEMORY;
	}
	return 0;
}

/* What names an object, its first row, is called. */
static int add_id(struct console *c, const struct console_spot *spot)
{
	const struct option *row = spot->row->sub;
	char *place = arena_printf(c->arena, "%s.%s", spot->place, row->key);

	if (!place)
		return FAULT_MEMORY;
	struct console_word word = console_word(c, place, row->key, row->doc);
	console_set(c->data, "id_label", word.label);
	console_set(c->data, "id_help", word.help);
	page_set_int(c->data, "id_max", row->max);
	return 0;
}

static bool is_id(struct span id, const struct option *row)
{
	for (size_t i = 0; i < id.n; i++) {
		char ch = id.p[i];

		if (!((ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') || ch == '-' || ch == '_' || (ch == '.' && i)))
			return false;
	}
	return id.n > 0 && id.n <= (size_t)row->max;
}

/* On to the form of what is added. */
static int begin(struct console *c, struct span id)
{
	struct buf buf = buf_new(c->rq->arena, 128);
	struct span path, url;
	bool first;
	char *text = arena_printf(c->rq->arena, SPAN_FMT "/" SPAN_FMT, SPAN_ARG(c->rq->path), SPAN_ARG(id));

	if (!text)
		return FAULT_MEMORY;
	path = span_of(text);
	url_open_query(&buf, path, &first);
	if (request_param(c->rq, "type").n)
		url_add_pair(&buf, &first, SPAN("type"), request_param(c->rq, "type"));
	TRY(buf_done(&buf, &url));
	return reply_redirect(c->rq, url);
}

int console_list(struct console *c, const struct console_spot *spot)
{
	struct console_word word = console_word(c, spot->place, spot->row->key, spot->row->doc);
	struct span id = span_trim(request_param(c->rq, "id"));
	bool fits = is_id(id, spot->row->sub);
	int error = 0;

	if (c->rq->method != METHOD_GET)
		return ERR_METHOD;
	if (request_param(c->rq, "add").n) {
		const struct option *chooser = NULL;

		if (fits && (!console_variants(c, spot->row->sub, &chooser) || request_param(c->rq, "type").n))
			return begin(c, id);
		error = id.n && !fits ? ERR_CONFIG_ID : ERR_FIELD_EMPTY;
		page_set_field_error(c->data, fits ? "type" : "id", error);
		page_set_value(c->data, "id", id);
	}
	console_set(c->data, "spot_label", word.label);
	console_set(c->data, "spot_help", word.help);
	console_set(c->data, "up_url", console_up(c));
	json_object_set_new(c->data, "saved", json_boolean(request_param(c->rq, "saved").n > 0));
	TRY(add_objects(c, spot));
	TRY(add_variants(c, spot));
	TRY(add_id(c, spot));
	return console_reply(c, "console-list", error);
}
