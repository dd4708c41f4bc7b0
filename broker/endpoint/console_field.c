/* SPDX-License-Identifier: Apache-2.0 */
/*
 * console_field - option rows as controls: which kind, its words, its default, its limits, what is wrong with it.
 */
#include "broker/endpoint/console_form.h"

#include "broker/endpoint/page.h"
#include "conf/config.h"
#include "conf/config_rows.h"
#include "conf/option_value.h"
#include "providers/registry.h"

/* One control. */
struct cell {
	const char *name; /* "o.paths.subject" */
	const char *key;  /* of its words */
	const char *path; /* of its problems; NULL: none are told of it */
	const struct option *row;
	const struct overlay_field *field; /* NULL: in a line of a list of objects */
	struct span text;                  /* as one writes it; empty: not set */
};

static const char *const registry_names[] = { [CONFIG_PROVIDERS] = "provider", [CONFIG_SMS_GATEWAYS] = "gateway", [CONFIG_VERIFIERS] = "verifier" };

const char *console_variant_place(struct console *c, unsigned registry, const char *variant)
{
	return console_printf(c, "%s.%s", registry < ARRAY_LEN(registry_names) ? registry_names[registry] : "variant", variant);
}

const struct option_variant *const *console_variants(struct console *c, const struct option *rows, const struct option **ret_row)
{
	for (; rows->key; rows++)
		if (rows->type == OPTION_VARIANT) {
			*ret_row = rows;
			return c->context.sources->registries[rows->registry].variants;
		}
	return NULL;
}

char *console_field_name(struct console *c, const struct console_form *form, const char *path)
{
	return arena_printf(c->arena, "o.%s", path + form->spot.path.n + 1);
}

bool console_field_is_lines(const struct option *row)
{
	for (const struct option *sub = row->sub; sub->key; sub++)
		if (sub->type == OPTION_OBJECTS || sub->type == OPTION_VARIANT || (sub->type == OPTION_GROUP && sub->sub != config_text_rows))
			return false;
	return true;
}

/* ---- words */

/* One language of a text: of config_text_rows, or of a longer one's rows. */
static bool is_text_row(const struct option *row)
{
	return row->type == OPTION_STRING && (strcmp(row->key, "zh") == 0 || strcmp(row->key, "en") == 0);
}

static const char *key_of(struct console *c, const struct console_form *form, const struct overlay_field *field)
{
	const char *relative = field->path + form->spot.path.n + 1;

	if (is_text_row(field->row))
		return arena_printf(c->arena, "text.%s", field->row->key);
	if (field->variant)
		return arena_printf(c->arena, "%s.%s", console_variant_place(c, form->registry, field->variant->name), relative);
	return arena_printf(c->arena, "%s.%s", form->spot.place, relative);
}

/* ---- controls */

static bool is_long(const struct option *row)
{
	static const char *const long_keys[] = { "private_key", "public_key", "cert", "pem", "jwks" };

	if (option_value_is_list(row->type) || row->type == OPTION_OBJECTS || (row->type == OPTION_STRING && (row->max > 2048 || row->flags & OPTION_FILE)))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(long_keys); i++)
		if ((row->type == OPTION_SECRET || row->type == OPTION_STRING) && strstr(row->key, long_keys[i]))
			return true;
	return false;
}

static const char *kind_of(const struct option *row)
{
	switch (row->type) {
	case OPTION_BOOL:
	case OPTION_ENUM:
	case OPTION_VARIANT:
		return "select";
	case OPTION_SET:
		return "checks";
	case OPTION_SECRET:
		return is_long(row) ? "longsecret" : "secret";
	default:
		return is_long(row) ? "textarea" : "text";
	}
}

static int add_option(struct console *c, json_t *options, const struct cell *cell, const char *value, bool chosen)
{
	struct span word = console_value_word(c, cell->key, value);
	json_t *option = json_object();

	console_set(option, "option_value", span_of(value));
	if (cell->row->type == OPTION_BOOL)
		console_set(option, "option_text", console_say(c, strcmp(value, "true") == 0 ? "console.yes" : "console.no"));
	else
		console_set(option, "option_text", word.n ? word : span_of(value));
	json_object_set_new(option, "option_chosen", json_boolean(chosen));
	return json_array_append_new(options, option) ? FAULT_MEMORY : 0;
}

static bool has_line(struct span lines, const char *line)
{
	while (lines.p)
		if (span_is(span_trim(span_cut(&lines, '\n')), line))
			return true;
	return false;
}

static int add_options(struct console *c, json_t *object, const struct cell *cell)
{
	static const char *const booleans[] = { "true", "false", NULL };
	const struct option *row = cell->row, *chooser;
	json_t *options = json_array();

	json_object_set_new(object, "options", options);
	if (row->type == OPTION_VARIANT) {
		const struct option_variant *const *variant = c->context.sources->registries[row->registry].variants;

		for (chooser = row; *variant; variant++) {
			const char *place = console_variant_place(c, chooser->registry, (*variant)->name);

			if (!place)
				return FAULT_MEMORY;
			json_t *option = json_object();
			console_set(option, "option_value", span_of((*variant)->name));
			console_set(option, "option_text", console_word(c, place, (*variant)->name, NULL).label);
			json_object_set_new(option, "option_chosen", json_boolean(span_is(cell->text, (*variant)->name)));
			if (json_array_append_new(options, option))
				return FAULT_MEMORY;
		}
		return 0;
	}
	for (const char *const *value = row->type == OPTION_BOOL ? booleans : row->values; value && *value; value++)
		TRY(add_option(c, options, cell, *value, row->type == OPTION_SET ? has_line(cell->text, *value) : span_is(cell->text, *value)));
	return 0;
}

/* "0 – 1000", "1s – 1h". */
static void add_limits(struct console *c, json_t *object, const struct option *row)
{
	bool counts = row->type == OPTION_INT || row->type == OPTION_SIZE || row->type == OPTION_DURATION;
	char low[32], high[32];
	int64_t min, max;

	console_set(object, "syntax", span_of(row->type == OPTION_DURATION ? "duration" : row->type == OPTION_SIZE ? "size" :
					      option_value_is_list(row->type) && row->type != OPTION_SET ? "list" : ""));
	if (!counts || (!row->min && !row->max)) {
		console_set(object, "limits", (struct span){ NULL, 0 });
		return;
	}
	option_value_bounds(row, &min, &max);
	option_value_print(row->type, min, low);
	option_value_print(row->type, max, high);
	console_set(object, "limits", span_of(console_printf(c, "%s – %s", low, high)));
}

/* Lists in one line. */
static struct span prompt_of(struct console *c, const struct option *row)
{
	return span_of(row->def && row->type != OPTION_OBJECTS ? row->def : "");
}

static struct span default_text(struct console *c, const struct cell *cell)
{
	const struct option *row = cell->row;

	if (!row->def && row->type != OPTION_BOOL)
		return (struct span){ NULL, 0 };
	if (row->type == OPTION_BOOL)
		return console_say(c, row->def && strcmp(row->def, "true") == 0 ? "console.yes" : "console.no");
	struct span word = console_value_word(c, cell->key, row->def);
	return word.n ? word : prompt_of(c, row);
}

static bool is_below(const char *path, const char *above)
{
	size_t n = strlen(above);

	return *above && strncmp(path, above, n) == 0 && (!path[n] || path[n] == '.' || path[n] == '[');
}

/* What is missing stands nowhere: the text names it, ("providers.client_id" is missing), at the place of what is around it. */
static bool names(const struct config_version_problem *problem, const struct console_form *form, const char *path)
{
	const char *relative = path + form->spot.path.n + 1, *at = problem->en;
	size_t n = strlen(relative);

	if (!strstr(problem->en, "\" is missing"))
		return false;
	while ((at = strstr(at, relative))) {
		if (at[n] == '"' && at > problem->en && (at[-1] == '"' || at[-1] == '.'))
			return is_below(path, problem->path);
		at += n;
	}
	return false;
}

/* What is wrong with @row at @path or below it. */
static struct span problem_at(struct console *c, const struct console_form *form, const struct option *row, const char *path)
{
	for (size_t i = 0; path && form->problems && i < form->problems->n; i++) {
		const struct config_version_problem *problem = &form->problems->items[i];

		if (is_below(problem->path, path) || names(problem, form, path))
			return console_problem_text(c, problem, row->type == OPTION_SECRET);
	}
	return (struct span){ NULL, 0 };
}

static json_t *heading(struct console *c, const char *kind, const char *key, const struct option *row)
{
	struct console_word word = console_word(c, key ? key : "", row->key, row->doc);
	json_t *object = json_object();

	console_set(object, "kind", span_of(kind));
	console_set(object, "label", word.label);
	console_set(object, "help", word.help);
	console_set(object, "row_key", span_of(row->key));
	console_set(object, "wrong", (struct span){ NULL, 0 });
	return object;
}

static char *id_of(struct console *c, const char *name)
{
	char *id = arena_printf(c->arena, "%s", name);

	for (char *p = id; p && *p; p++)
		if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') || *p == '_'))
			*p = '-';
	return id;
}

static int add_cell(struct console *c, const struct console_form *form, const struct cell *cell, json_t *list)
{
	const struct option *row = cell->row;
	const struct overlay_field *field = cell->field;
	const char *kind = field && field->is_locked ? "locked" : kind_of(row);
	char *id = cell->name ? id_of(c, cell->name) : NULL;

	if (!cell->key || !id)
		return FAULT_MEMORY;
	json_t *object = heading(c, kind, cell->key, row);
	struct span wrong = problem_at(c, form, cell->row, cell->path);
	console_set(object, "name", span_of(cell->name));
	console_set(object, "own_id", span_of(id));
	console_set(object, "value", cell->text);
	console_set(object, "prompt", prompt_of(c, row));
	console_set(object, "default_text", default_text(c, cell));
	console_set(object, "wrong", wrong);
	json_object_set_new(object, "required", json_boolean(row->flags & OPTION_REQUIRED));
	json_object_set_new(object, "is_number", json_boolean(row->type == OPTION_INT));
	json_object_set_new(object, "is_set", json_boolean(field && field->is_set));
	console_set(object, "origin", span_of(!field || !field->is_set ? "" : field->origin == OVERLAY_FILE ? "file" : "version"));
	const char *help = json_get_span(object, "help").n ? "-help " : "", *error = wrong.n ? "-error" : "";
	console_set(object, "described", span_trim(span_of(console_printf(c, "%s%s%s%s", *help ? id : "", help, *error ? id : "", error))));
	add_limits(c, object, row);
	if (json_array_append_new(list, object))
		return FAULT_MEMORY;
	return row->type == OPTION_BOOL || row->values || row->type == OPTION_VARIANT ? add_options(c, object, cell) : 0;
}

/* ---- lists of objects, a line of controls each and an empty one */

static int text_of_json(struct console *c, const json_t *value, struct span *ret_text)
{
	struct buf buf = buf_new(c->arena, 64);
	const json_t *item;
	size_t i;

	if (json_is_array(value)) {
		json_array_foreach(value, i, item) {
			buf_add(&buf, i ? SPAN("\n") : SPAN(""));
			buf_add(&buf, span_of(json_is_string(item) ? json_string_value(item) : ""));
		}
	} else if (json_is_string(value)) {
		buf_add(&buf, span_of(json_string_value(value)));
	}
	return buf_done(&buf, ret_text);
}

static int add_line(struct console *c, const struct console_form *form, const struct cell *list, size_t number, const json_t *line, json_t *cells)
{
	for (const struct option *row = list->row->sub; row->key; row++) {
		const struct option *sub = row->type == OPTION_GROUP ? row->sub : NULL;
		const json_t *value = json_object_get(line, row->key);

		for (const struct option *leaf = sub ? sub : row; leaf->key; leaf++) {
			struct cell cell = { .row = leaf };

			cell.name = arena_printf(c->arena, "%s.%zu.%s%s%s", list->name, number, row->key, sub ? "." : "", sub ? leaf->key : "");
			cell.key = is_text_row(leaf) ? arena_printf(c->arena, "text.%s", leaf->key) : arena_printf(c->arena, "%s.%s", list->key, row->key);
			TRY(text_of_json(c, sub ? json_object_get(value, leaf->key) : value, &cell.text));
			TRY(add_cell(c, form, &cell, cells));
			if (!sub)
				break;
		}
	}
	return 0;
}

static int add_lines(struct console *c, const struct console_form *form, const struct cell *cell, json_t *list)
{
	json_t *object = heading(c, "lines", cell->key, cell->row), *lines = json_array();
	JSON *value = NULL;

	json_object_set_new(object, "lines", lines);
	console_set(object, "wrong", problem_at(c, form, cell->row, cell->path));
	if (json_array_append_new(list, object))
		return FAULT_MEMORY;
	int result = cell->text.n ? json_read(cell->text, &value) : 0;
	if (result < 0)
		return result;
	for (size_t i = 0; i <= json_array_size(value); i++) {
		json_t *line = json_object(), *cells = json_array();

		page_set_int(line, "line_number", (int64_t)i + 1);
		json_object_set_new(line, "cells", cells);
		json_object_set_new(line, "is_last", json_boolean(i == json_array_size(value)));
		if (json_array_append_new(lines, line))
			return FAULT_MEMORY;
		TRY(add_line(c, form, cell, i, json_array_get(value, i), cells));
	}
	return 0;
}

static int add_link(struct console *c, const struct console_form *form, const struct cell *cell, json_t *list)
{
	json_t *object = heading(c, "link", cell->key, cell->row);

	console_set(object, "link_url", span_of(console_printf(c, SPAN_FMT "/%s", SPAN_ARG(c->rq->path), cell->row->key)));
	console_set(object, "wrong", problem_at(c, form, cell->row, cell->path));
	return json_array_append_new(list, object) ? FAULT_MEMORY : 0;
}

/* ---- the form */

/* Serves most installations as it is. */
static bool may_wait(struct console *c, const struct console_form *form, const struct overlay_field *field)
{
	if (field->row->flags & OPTION_REQUIRED || field->is_set || problem_at(c, form, field->row, field->path).n)
		return false;
	return field->row->def || field->is_locked || field->row->type == OPTION_BOOL;
}

static int add_field(struct console *c, const struct console_form *form, const struct overlay_field *field, json_t *list)
{
	struct cell cell = { .name = console_field_name(c, form, field->path), .key = key_of(c, form, field), .path = field->path, .row = field->row,
			     .field = field, .text = field->is_set ? field->text : (struct span){ NULL, 0 } };

	if (!cell.name || !cell.key)
		return FAULT_MEMORY;
	if (field->row->type == OPTION_OBJECTS && field->row->sub[0].flags & OPTION_UNIQUE)
		return form->is_new ? 0 : add_link(c, form, &cell, list);
	if (field->row->type == OPTION_OBJECTS && field->depth == 0 && console_field_is_lines(field->row))
		return add_lines(c, form, &cell, list);
	return add_cell(c, form, &cell, list);
}

/* A group with what is in it, deeper groups as headings. */
static int add_group(struct console *c, const struct console_form *form, size_t from, size_t until, json_t *list)
{
	const struct overlay_field *field = &form->fields.items[from];
	const char *key = key_of(c, form, field);

	if (!key)
		return FAULT_MEMORY;
	json_t *object = heading(c, "group", key, field->row), *cells = json_array();
	json_object_set_new(object, "cells", cells);
	json_object_set_new(object, "is_pair", json_boolean(is_text_row(field->row->sub)));
	if (json_array_append_new(list, object))
		return FAULT_MEMORY;
	for (size_t i = from + 1; i < until; i++) {
		const struct overlay_field *inner = &form->fields.items[i];

		if (inner->row->type == OPTION_GROUP) {
			key = key_of(c, form, inner);
			if (!key || json_array_append_new(cells, heading(c, "heading", key, inner->row)))
				return FAULT_MEMORY;
		} else {
			TRY(add_field(c, form, inner, cells));
		}
	}
	return 0;
}

int console_field_add(struct console *c, const struct console_form *form, json_t *data)
{
	const struct overlay_field *fields = form->fields.items;
	json_t *main = json_array(), *more = json_array();

	json_object_set_new(data, "main_fields", main);
	json_object_set_new(data, "more_fields", more);
	for (size_t i = 0, next; i < form->fields.n; i = next) {
		bool waits = fields[i].row->type == OPTION_GROUP || may_wait(c, form, &fields[i]);

		for (next = i + 1; next < form->fields.n && fields[next].depth > fields[i].depth; next++)
			waits = waits && (fields[next].row->type == OPTION_GROUP || may_wait(c, form, &fields[next]));
		if (fields[i].row->type == OPTION_VARIANT && form->spot.is_object)
			continue; /* chosen when it was added */
		if (fields[i].row->type == OPTION_GROUP)
			TRY(add_group(c, form, i, next, waits ? more : main));
		else
			TRY(add_field(c, form, &fields[i], waits ? more : main));
	}
	page_set_int(data, "more_count", (int64_t)json_array_size(more));
	return 0;
}
