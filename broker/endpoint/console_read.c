/* SPDX-License-Identifier: Apache-2.0 */
/*
 * console_read - what was typed into a form of options, as edits. Only what differs is said, so that what the file says goes on being its word.
 */
#include "broker/base/encode.h"
#include "broker/base/url.h"
#include "broker/endpoint/console_form.h"
#include "conf/config_rows.h"
#include "conf/option_value.h"

#include <stdlib.h>

#define PAIRS_MAX 1000
#define LINES_MAX 200

struct posted {
	struct form_pair *items;
	size_t n;
	struct arena *arena;
};

/* The names are the rows': no row of the route table can list them. */
static int read_body(struct console *c, struct posted *ret_posted)
{
	struct posted posted = { .arena = c->arena, .items = arena_array(c->arena, struct form_pair, PAIRS_MAX) };
	struct span rest = c->rq->body, name, value;
	int error = 0;

	if (!posted.items)
		return FAULT_MEMORY;
	while (url_next_pair(&rest, c->arena, &name, &value, &error)) {
		if (!span_starts(name, SPAN("o.")))
			continue;
		if (posted.n == PAIRS_MAX || !encode_is_utf8(value) || !encode_is_utf8(name) || memchr(value.p ? value.p : "", '\0', value.n))
			return ERR_INVALID_REQUEST;
		posted.items[posted.n++] = (struct form_pair){ name, value };
	}
	*ret_posted = posted;
	return error == ERR_INVALID ? ERR_MALFORMED : error;
}

/* What was typed under @name, every value in a line of its own and none with the carriage returns of forms. False: not in the form. */
static bool typed(const struct posted *posted, const char *name, struct span *ret_text, int *ret_error)
{
	struct buf buf = buf_new(posted->arena, 64);
	bool found = false;

	for (size_t i = 0; i < posted->n; i++) {
		struct span value = posted->items[i].value;

		if (!span_is(posted->items[i].name, name))
			continue;
		found = true;
		if (buf.n && value.n)
			buf_char(&buf, '\n');
		for (size_t k = 0; k < value.n; k++)
			if (value.p[k] != '\r')
				buf_char(&buf, value.p[k]);
	}
	*ret_text = (struct span){ NULL, 0 };
	if (buf_done(&buf, ret_text))
		*ret_error = FAULT_MEMORY;
	*ret_text = span_trim(*ret_text);
	return found;
}

/* ---- lines: objects without ids */

static int read_leaf(const struct posted *posted, const char *name, const struct option *row, json_t *into, bool *ret_found)
{
	struct span text;
	int error = 0;

	if (!name)
		return FAULT_MEMORY;
	*ret_found |= typed(posted, name, &text, &error);
	if (error || !text.n)
		return error;
	json_t *value = option_value_is_list(row->type) ? json_list_of_lines(text) : json_stringn(text.p, text.n);
	return json_object_set_new(into, row->key, value) ? FAULT_MEMORY : 0;
}

static int read_line(const struct posted *posted, const char *name, size_t number, const struct option *row, json_t *line, bool *ret_found)
{
	for (; row->key; row++) {
		json_t *group = row->type == OPTION_GROUP ? json_object() : NULL;

		for (const struct option *leaf = group ? row->sub : row; leaf->key; leaf++) {
			const char *own = arena_printf(posted->arena, "%s.%zu.%s%s%s", name, number, row->key, group ? "." : "", group ? leaf->key : "");

			TRY(read_leaf(posted, own, leaf, group ? group : line, ret_found));
			if (!group)
				break;
		}
		if (group && json_object_size(group) && json_object_set(line, row->key, group))
			return FAULT_MEMORY;
		json_decref(group);
	}
	return 0;
}

static int read_lines(const struct posted *posted, const char *name, const struct option *row, struct span *ret_json, bool *ret_found)
{
	JSON *list = json_array();

	*ret_json = (struct span){ NULL, 0 };
	for (size_t i = 0; i < LINES_MAX; i++) {
		JSON *line = json_object();
		bool found = false;

		TRY(read_line(posted, name, i, row->sub, line, &found));
		if (!found)
			break;
		*ret_found = true;
		if (json_object_size(line) && json_array_append(list, line))
			return FAULT_MEMORY;
	}
	if (!json_array_size(list))
		return 0;
	char *text = json_dumps(list, JSON_COMPACT);
	if (!text)
		return FAULT_MEMORY;
	*ret_json = arena_dup(posted->arena, span_of(text));
	free(text);
	return ret_json->p ? 0 : FAULT_MEMORY;
}

/* ---- */

static bool is_same(const struct option *row, struct span typed_text, struct span set)
{
	JSON *a = NULL, *b = NULL;

	set = span_trim(set);
	if (row->type != OPTION_OBJECTS || !typed_text.n || !set.n)
		return span_eq(typed_text, set);
	return !json_read(typed_text, &a) && !json_read(set, &b) && json_equal(a, b);
}

static int read_one(struct console *c, const struct console_form *form, const struct posted *posted, const struct overlay_field *field,
		    struct overlay_edit *ret_edit, bool *ret_differs)
{
	const struct option *row = field->row;
	char *name = console_field_name(c, form, field->path);
	bool found = false;
	struct span text;
	int error = 0;

	*ret_differs = false;
	if (!name)
		return FAULT_MEMORY;
	if (row->type == OPTION_OBJECTS && field->depth == 0 && console_field_is_lines(row))
		TRY(read_lines(posted, name, row, &text, &found));
	else
		found = typed(posted, name, &text, &error);
	if (error || !found)
		return error;
	if (row->type == OPTION_SECRET ? !text.n : is_same(row, text, field->is_set ? field->text : (struct span){ NULL, 0 }))
		return 0;
	*ret_edit = (struct overlay_edit){ OVERLAY_TYPED, span_of(field->path), text };
	*ret_differs = true;
	return 0;
}

int console_read(struct console *c, const struct console_form *form, struct overlay_edit **ret_edits, size_t *ret_n)
{
	struct overlay_edit *edits = arena_array(c->arena, struct overlay_edit, form->fields.n + 1);
	struct posted posted;
	size_t n = 0;

	if (!edits)
		return FAULT_MEMORY;
	TRY(read_body(c, &posted));
	for (size_t i = 0; i < form->fields.n; i++) {
		const struct overlay_field *field = &form->fields.items[i];
		bool differs, is_list = field->row->type == OPTION_OBJECTS && field->row->sub[0].flags & OPTION_UNIQUE;

		if (field->row->type == OPTION_GROUP || field->is_locked || is_list)
			continue;
		TRY(read_one(c, form, &posted, field, &edits[n], &differs));
		n += differs;
	}
	*ret_edits = edits;
	*ret_n = n;
	return 0;
}
