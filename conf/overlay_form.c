/* SPDX-License-Identifier: Apache-2.0 */
/*
 * overlay_form - a section or an object as fields: each row with its value now and where that comes from.
 */
#include "broker/base/error.h"
#include "conf/overlay_shape.h"
#include "conf/option_value.h"

#include <stdlib.h>

struct form {
	const struct option_registry *registries;
	struct arena *arena;
	bool is_other; /* rows of another variant than the one that is there: its values are none of theirs, even under the same name */
	struct overlay_field *items;
	size_t n, cap;
};

/* What @path leads to: a row of objects, or a map. */
struct spot {
	const struct option *row; /* GROUP, or OBJECTS: of the objects, or of the object */
	bool is_object;
	const json_t *file, *whole;
};

static int find(struct span text, const json_t *file, const json_t *whole, const struct option_registry *registries, struct spot *ret)
{
	struct overlay_shape shape = overlay_shape_top();
	struct spot s = { NULL, false, file, whole };
	struct overlay_path path;
	bool is_file;

	TRY(overlay_path_read(text, &path));
	for (size_t i = 0; i < path.n; i++) {
		s.is_object = s.row && overlay_is_keyed(s.row) && !s.is_object;
		if (!s.is_object)
			s.row = overlay_shape_row(&shape, path.segment[i], &is_file);
		if (!s.row || (s.row->type != OPTION_GROUP && !overlay_is_keyed(s.row)))
			return ERR_NOT_FOUND;
		s.file = overlay_get(s.file, path.segment[i]);
		s.whole = overlay_get(s.whole, path.segment[i]);
		shape = overlay_shape_of(s.row->sub, s.whole, registries);
	}
	*ret = s;
	return 0;
}

/* As one types it. */
static int text_of(const struct form *form, const struct option *row, const json_t *value, struct span *ret_text)
{
	struct buf buf = buf_new(form->arena, 64);
	const json_t *item;
	size_t i;

	if (json_is_array(value) && option_value_is_list(row->type)) {
		json_array_foreach(value, i, item) {
			buf_add(&buf, i ? SPAN("\n") : SPAN(""));
			buf_add(&buf, (struct span){ json_string_value(item), json_string_length(item) });
		}
	} else if (json_is_string(value)) {
		buf_add(&buf, (struct span){ json_string_value(value), json_string_length(value) });
	} else {
		char *text = json_dumps(value, JSON_INDENT(2) | JSON_ENCODE_ANY);

		if (!text)
			return FAULT_MEMORY;
		buf_add(&buf, span_of(text));
		free(text);
	}
	return buf_done(&buf, ret_text);
}

static int default_of(const struct form *form, const struct option *row, struct span *ret_text)
{
	struct span rest = span_of(row->def);
	struct buf buf = buf_new(form->arena, 64);

	if (!option_value_is_list(row->type)) {
		*ret_text = rest;
		return 0;
	}
	for (bool first = true; rest.p; first = false) {
		struct span item = span_trim(span_cut(&rest, ','));

		buf_add(&buf, first ? SPAN("") : SPAN("\n"));
		buf_add(&buf, item);
	}
	return buf_done(&buf, ret_text);
}

static int add(struct form *form, struct overlay_field field)
{
	if (form->n == form->cap) {
		size_t cap = form->cap ? 2 * form->cap : 64;
		struct overlay_field *items = arena_array(form->arena, struct overlay_field, cap);

		if (!items)
			return FAULT_MEMORY;
		if (form->n)
			memcpy(items, form->items, form->n * sizeof *items);
		form->items = items;
		form->cap = cap;
	}
	form->items[form->n++] = field;
	return 0;
}

/* By "<key>_file", where the row has that. */
static int by_file(const struct form *form, const struct option *row, const json_t *map, const json_t **ret_name)
{
	*ret_name = NULL;
	if (row->type != OPTION_SECRET && !(row->flags & OPTION_FILE))
		return 0;
	char *key = arena_printf(form->arena, "%s_file", row->key);
	if (!key)
		return FAULT_MEMORY;
	*ret_name = json_object_get(map, key);
	return 0;
}

static int add_map(struct form *form, const struct overlay_shape *shape, const struct option_variant *owner, const char *path, unsigned depth,
		   const struct spot *at);

static int add_row(struct form *form, const struct option *row, const struct option_variant *variant, const char *path, unsigned depth, const struct spot *at)
{
	const json_t *value = json_object_get(at->whole, row->key), *old = json_object_get(at->file, row->key);
	const json_t *named;

	TRY(by_file(form, row, at->whole, &named));
	struct overlay_field field = { .path = overlay_path_join(form->arena, path, span_of(row->key)), .row = row, .depth = depth, .variant = variant,
				       .is_set = value || named, .is_locked = overlay_is_locked(row, false) };

	if (!field.path)
		return FAULT_MEMORY;
	if (value || named)
		field.origin = named || (old && json_equal(old, value)) ? OVERLAY_FILE : OVERLAY_VERSION;
	if (row->type == OPTION_GROUP) {
		struct overlay_shape shape = overlay_shape_of(row->sub, value, form->registries);
		struct spot below = { row, false, old, value };

		TRY(add(form, field));
		return add_map(form, &shape, variant, field.path, depth + 1, &below);
	}
	if (value && row->type != OPTION_SECRET && !overlay_is_keyed(row))
		TRY(text_of(form, row, value, &field.text));
	else if (!value && row->type != OPTION_SECRET && row->def)
		TRY(default_of(form, row, &field.text));
	return add(form, field);
}

/* @owner: the variant that the group around is of, if it is of one. */
static int add_map(struct form *form, const struct overlay_shape *shape, const struct option_variant *owner, const char *path, unsigned depth,
		   const struct spot *at)
{
	const struct option *row = shape->rows;
	const struct spot nothing = { at->row, at->is_object, NULL, NULL }, *of_variant = form->is_other && depth == 0 ? &nothing : at;

	if (at->is_object)
		row++; /* its id stands in the path */
	for (; row->key; row++) {
		TRY(add_row(form, row, owner, path, depth, at));
		/* What the choice brings stands right behind it. */
		for (const struct option *own = row->type == OPTION_VARIANT && shape->variant ? shape->variant->table : NULL; own && own->key; own++)
			TRY(add_row(form, own, shape->variant, path, depth, of_variant));
	}
	return 0;
}

int overlay_fields(const json_t *file, const json_t *whole, struct span path, struct span type, const struct option_registry *registries,
		   struct arena *arena, struct overlay_fields *ret_fields)
{
	struct form form = { .registries = registries, .arena = arena };
	struct spot s;
	char *name = arena_cstr(arena, path);

	if (!name)
		return FAULT_MEMORY;
	TRY(find(path, file, whole, registries, &s));
	if (s.row->type != OPTION_GROUP && !s.is_object)
		return ERR_NOT_FOUND;
	struct overlay_shape shape = overlay_shape_of(s.row->sub, s.whole, registries);
	if (type.n) {
		const struct option_variant *variant = overlay_shape_variant(s.row->sub, type, registries);

		form.is_other = variant != shape.variant;
		shape.variant = variant;
	}
	TRY(add_map(&form, &shape, NULL, name, 0, &s));
	*ret_fields = (struct overlay_fields){ form.items, form.n };
	return 0;
}

int overlay_objects(const json_t *file, const json_t *whole, struct span path, const struct option_registry *registries, struct arena *arena,
		    struct overlay_objects *ret_objects)
{
	struct spot s;
	const char *id;
	json_t *object;

	TRY(find(path, file, whole, registries, &s));
	if (!overlay_is_keyed(s.row) || s.is_object)
		return ERR_NOT_FOUND;
	const struct option *chooser = overlay_shape_variant_row(s.row->sub);
	struct overlay_object *items = arena_array(arena, struct overlay_object, json_object_size(s.whole) + json_object_size(s.file));
	size_t n = 0;
	if (!items)
		return FAULT_MEMORY;
	for (int side = 0; side < 2; side++)
		json_object_foreach((json_t *)(uintptr_t)(side ? s.file : s.whole), id, object) {
			const json_t *old = json_object_get(s.file, id);

			if (side && json_object_get(s.whole, id))
				continue;
			struct span type = chooser ? json_get_span(object, chooser->key) : (struct span){ NULL, 0 };
			items[n++] = (struct overlay_object){ .id = arena_dup(arena, span_of(id)), .type = arena_dup(arena, type), .in_file = old != NULL,
							      .in_version = !side && !(old && json_equal(old, object)), .is_removed = side };
		}
	for (size_t i = 0; i < n; i++)
		if (!items[i].id.p || (chooser && !items[i].type.p))
			return FAULT_MEMORY;
	*ret_objects = (struct overlay_objects){ items, n };
	return 0;
}
