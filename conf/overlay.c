/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/overlay.h"

#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "conf/overlay_shape.h"
#include "conf/option_value.h"

#include <inttypes.h>

json_t *overlay_new(void)
{
	return json_pack("{s:{},s:[]}", "set", "removed");
}

int overlay_read(struct span text, json_t **ret_tree)
{
	json_t *tree;

	if (text.n > OVERLAY_MAX)
		return ERR_TOO_LARGE;
	TRY(json_read_object(text, &tree));
	if (!json_is_object(json_object_get(tree, "set")) || !json_is_array(json_object_get(tree, "removed")) || json_object_size(tree) != 2) {
		json_decref(tree);
		return ERR_MALFORMED;
	}
	*ret_tree = tree;
	return 0;
}

/* ---- from the file's tree */

static json_t *text_of(const struct yaml_node *node)
{
	return json_stringn(node->scalar.n ? node->scalar.p : "", node->scalar.n);
}

/* What no row knows, and lists: as it stands. */
static json_t *plain(const struct yaml_node *node)
{
	if (node->type == YAML_SCALAR)
		return text_of(node);
	json_t *value = node->type == YAML_LIST ? json_array() : json_object();
	for (const struct yaml_node *child = node->first; child && value; child = child->next) {
		json_t *item = plain(child);

		if (node->type == YAML_LIST ? json_array_append_new(value, item) : overlay_put(value, child->key, item)) {
			json_decref(value);
			return NULL;
		}
	}
	return value;
}

struct conversion {
	const struct option_registry *registries;
};

static json_t *map_of(const struct conversion *c, const struct overlay_shape *top, const struct option *rows, const struct yaml_node *map, const char *but);

static json_t *objects_of(const struct conversion *c, const struct option *row, const struct yaml_node *node)
{
	json_t *objects = json_object();

	for (const struct yaml_node *item = node->first; item && objects; item = item->next) {
		const struct yaml_node *id = yaml_get(item, row->sub[0].key);
		struct span key = node->type == YAML_MAP ? item->key : id && id->type == YAML_SCALAR ? id->scalar : (struct span){ NULL, 0 };

		if (!key.n || key.n > OVERLAY_NAME_MAX || item->type != YAML_MAP)
			continue; /* a problem that is told when the file is read */
		if (overlay_put(objects, key, map_of(c, NULL, row->sub, item, row->sub[0].key))) {
			json_decref(objects);
			return NULL;
		}
	}
	return objects;
}

static json_t *value_of(const struct conversion *c, const struct option *row, const struct yaml_node *node)
{
	if (row && row->type == OPTION_GROUP && node->type == YAML_MAP)
		return map_of(c, NULL, row->sub, node, NULL);
	if (row && overlay_is_keyed(row) && node->type != YAML_SCALAR)
		return objects_of(c, row, node);
	return plain(node);
}

/* The variant is chosen by the map itself, so its key is looked at before the others. */
static json_t *map_of(const struct conversion *c, const struct overlay_shape *top, const struct option *rows, const struct yaml_node *map, const char *but)
{
	struct overlay_shape shape = top ? *top : (struct overlay_shape){ rows, NULL };
	const struct option *chooser = overlay_shape_variant_row(shape.rows);
	const struct yaml_node *chosen = chooser ? yaml_get(map, chooser->key) : NULL;
	json_t *object = json_object();
	bool is_file;

	shape.variant = overlay_shape_variant(shape.rows, chosen ? chosen->scalar : (struct span){ NULL, 0 }, c->registries);
	for (const struct yaml_node *child = map->first; child && object; child = child->next) {
		const struct option *row = overlay_shape_row(&shape, child->key, &is_file);

		if ((top && !row) || (but && span_is(child->key, but)) || (child->type == YAML_SCALAR && child->is_empty) || child->key.n > OVERLAY_NAME_MAX)
			continue;
		if (overlay_put(object, child->key, is_file ? plain(child) : value_of(c, row, child))) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

json_t *overlay_sections(const struct yaml_node *root, const struct option_registry *registries)
{
	struct conversion c = { registries };
	struct overlay_shape top = overlay_shape_top();

	return map_of(&c, &top, NULL, root, NULL);
}

/* ---- values of an edit */

struct edit {
	json_t *tree, *set, *removed;
	const json_t *file;
	const struct option_registry *registries;
	bool keeps_references; /* to secrets that are not there: for a problem to be made of them */
};

static json_t *number_text(const json_t *value)
{
	char text[24];

	snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	return json_string(text);
}

/* Everything as text, a new reference; NULL for what no configuration has (or without memory, which the caller cannot tell apart and need not). */
static json_t *as_text(const json_t *value)
{
	const char *key;
	json_t *item;
	size_t i;

	if (json_is_string(value))
		return json_incref((json_t *)(uintptr_t)value);
	if (json_is_integer(value))
		return number_text(value);
	if (json_is_boolean(value))
		return json_string(json_is_true(value) ? "true" : "false");
	if (json_is_null(value))
		return json_null();
	if (json_is_real(value))
		return NULL;
	json_t *copy = json_is_array(value) ? json_array() : json_object();
	if (json_is_array(value)) {
		json_array_foreach(value, i, item)
			if (json_array_append_new(copy, as_text(item))) {
				json_decref(copy);
				return NULL;
			}
		return copy;
	}
	json_object_foreach((json_t *)(uintptr_t)value, key, item)
		if (strlen(key) > OVERLAY_NAME_MAX || json_object_set_new(copy, key, as_text(item))) {
			json_decref(copy);
			return NULL;
		}
	return copy;
}

static int check_map(const struct edit *e, const struct option *rows, json_t *map, bool has_id);

/* Is @value something that @row could take? What exactly is wrong with it, config_load says. A list of objects that have ids becomes objects. */
static int check_value(const struct edit *e, const struct option *row, json_t *map, const char *key, json_t *value)
{
	if (json_is_null(value))
		return 0;
	if (row->type == OPTION_SECRET && overlay_is_reference(value))
		return 0;
	if (row->type == OPTION_GROUP)
		return json_is_object(value) ? check_map(e, row->sub, value, false) : ERR_MALFORMED;
	if (row->type != OPTION_OBJECTS)
		return json_is_string(value) || (option_value_is_list(row->type) && json_is_array(value)) ? 0 : ERR_MALFORMED;
	if (!overlay_is_keyed(row))
		return json_is_array(value) || json_is_object(value) ? 0 : ERR_MALFORMED;
	if (json_is_array(value)) {
		json_t *objects = json_object(), *item;
		size_t i;

		json_array_foreach(value, i, item) {
			struct span id = json_get_span(item, row->sub[0].key);

			if (!id.n || overlay_put(objects, id, json_incref(item))) {
				json_decref(objects);
				return ERR_MALFORMED;
			}
		}
		TRY(overlay_put(map, span_of(key), objects));
		value = objects;
	}
	if (!json_is_object(value))
		return ERR_MALFORMED;
	const char *id;
	json_t *object;
	json_object_foreach(value, id, object)
		TRY(json_is_object(object) ? check_map(e, row->sub, object, true) : ERR_MALFORMED);
	return 0;
}

/* Files are not named here, and an object's id stands above it. Unknown keys stay: config_load says what was meant. */
static int check_map(const struct edit *e, const struct option *rows, json_t *map, bool has_id)
{
	struct overlay_shape shape;
	const char *key;
	json_t *value;
	void *next;

	if (has_id)
		json_object_del(map, rows[0].key);
	shape = overlay_shape_of(rows, map, e->registries);
	json_object_foreach_safe(map, next, key, value) {
		bool is_file;
		const struct option *row = overlay_shape_row(&shape, span_of(key), &is_file);

		if (row && overlay_is_locked(row, is_file))
			return ERR_FORBIDDEN;
		if (row)
			TRY(check_value(e, row, map, key, value));
	}
	return 0;
}

/* The file's object without what stays the file's: copied before the first of its values is edited. */
static json_t *copy_of_file(const struct edit *e, const struct option *rows, const json_t *map)
{
	struct overlay_shape shape = overlay_shape_of(rows, map, e->registries);
	json_t *copy = json_object(), *value;
	const char *key;

	json_object_foreach((json_t *)(uintptr_t)map, key, value) {
		bool is_file;
		const struct option *row = overlay_shape_row(&shape, span_of(key), &is_file);
		json_t *item;

		if (row && (overlay_is_locked(row, is_file) || row->type == OPTION_SECRET))
			continue;
		if (row && row->type == OPTION_GROUP && json_is_object(value)) {
			item = copy_of_file(e, row->sub, value);
		} else if (row && overlay_is_keyed(row) && json_is_object(value)) {
			const char *id;
			json_t *object;

			item = json_object();
			json_object_foreach(value, id, object)
				json_object_set_new(item, id, copy_of_file(e, row->sub, object));
		} else {
			item = json_deep_copy(value);
		}
		json_object_set_new(copy, key, item);
	}
	return copy;
}

/* ---- secrets that an edit does not say */

static void keep_in_map(const struct edit *e, const struct option *rows, json_t *map, const json_t *before);

static void keep_in_row(const struct edit *e, const struct option *row, json_t *map, const json_t *before)
{
	json_t *value = json_object_get(map, row->key);
	const json_t *old = json_object_get(before, row->key);

	if (row->type == OPTION_SECRET) {
		if (value && !overlay_is_reference(value))
			return;
		if (json_is_string(old))
			json_object_set_new(map, row->key, json_deep_copy(old));
		else if (!e->keeps_references)
			json_object_del(map, row->key); /* the file's, should it have one */
	} else if (row->type == OPTION_GROUP && json_is_object(old)) {
		if (!value)
			json_object_set_new(map, row->key, value = json_object());
		if (json_is_object(value))
			keep_in_map(e, row->sub, value, old);
		if (json_is_object(value) && !json_object_size(value))
			json_object_del(map, row->key);
	} else if (row->type == OPTION_GROUP && json_is_object(value)) {
		keep_in_map(e, row->sub, value, NULL);
	} else if (overlay_is_keyed(row) && json_is_object(value)) {
		const char *id;
		json_t *object;

		json_object_foreach(value, id, object)
			keep_in_map(e, row->sub, object, json_is_object(old) ? json_object_get(old, id) : NULL);
	}
}

static void keep_in_map(const struct edit *e, const struct option *rows, json_t *map, const json_t *before)
{
	struct overlay_shape shape = overlay_shape_of(rows, map, e->registries);
	struct overlay_shape old = overlay_shape_of(rows, before, e->registries);
	const struct option *row;

	/* The secret of one kind of service is none of another's. */
	for (size_t i = 0; (row = overlay_shape_at(&shape, i)); i++)
		keep_in_row(e, row, map, shape.variant == old.variant ? before : NULL);
}

/* ---- where an edit goes */

static void forget_removal(const struct edit *e, struct span path)
{
	for (size_t i = json_array_size(e->removed); i-- > 0;) {
		struct span one = { json_string_value(json_array_get(e->removed, i)), json_string_length(json_array_get(e->removed, i)) };

		/* and what was removed of it */
		if (span_eq(one, path) || (span_starts(one, path) && (one.p[path.n] == '.' || one.p[path.n] == '[')))
			json_array_remove(e->removed, i);
	}
}

struct spot {
	json_t *map;            /* of the overlay, in which the last segment stands */
	const json_t *file_map; /* the file's, or NULL */
	const struct option *row; /* of the last segment; of an object: the OBJECTS row above it */
	struct overlay_shape shape; /* of @map */
	struct span key;
	bool is_object;         /* the last segment is an id */
	bool owned;             /* inside of an object of the overlay */
	struct span path;       /* written in one way */
};

static json_t *child(json_t *map, struct span key, json_t *fresh)
{
	json_t *there = overlay_get(map, key);

	if (json_is_object(there)) {
		json_decref(fresh);
		return there;
	}
	return overlay_put(map, key, fresh) ? NULL : overlay_get(map, key);
}

static struct overlay_shape shape_at(const struct edit *e, const struct option *rows, const json_t *map, const json_t *below)
{
	const struct option *chooser = overlay_shape_variant_row(rows);
	bool by_file = chooser && !json_object_get(map, chooser->key) && json_is_object(below);

	return overlay_shape_of(rows, by_file ? below : map, e->registries);
}

/* Go down @path. What is not there is opened; without @opens, ERR_ABSENT. */
static int find_spot(struct edit *e, const struct overlay_path *path, bool opens, struct arena *arena, struct spot *ret)
{
	struct spot s = { .map = e->set, .file_map = e->file, .shape = overlay_shape_top() };
	char *name = arena_printf(arena, "%s", "");

	for (size_t i = 0; i < path->n; i++) {
		struct span key = path->segment[i];
		bool is_file = false;

		name = name ? overlay_path_join(arena, name, key) : NULL;
		if (!name)
			return FAULT_MEMORY;
		s.key = key;
		s.path = span_of(name);
		s.is_object = s.row && overlay_is_keyed(s.row) && !s.is_object;
		if (!s.is_object) {
			s.row = overlay_shape_row(&s.shape, key, &is_file);
			if (!s.row)
				return ERR_NOT_FOUND;
			if (overlay_is_locked(s.row, is_file))
				return ERR_FORBIDDEN;
		}
		if (i + 1 == path->n)
			break;
		const json_t *below = overlay_get(s.file_map, key);
		if (!s.is_object && s.row->type != OPTION_GROUP && !overlay_is_keyed(s.row))
			return ERR_NOT_FOUND;
		if (!opens && !json_is_object(overlay_get(s.map, key)))
			return ERR_ABSENT;
		bool copy = s.is_object && !s.owned && json_is_object(below) && !json_is_object(overlay_get(s.map, key));
		s.map = child(s.map, key, copy ? copy_of_file(e, s.row->sub, below) : json_object());
		s.file_map = below;
		if (!s.map)
			return FAULT_MEMORY;
		if (s.is_object) {
			s.owned = true;
			forget_removal(e, s.path);
		}
		if (s.is_object || s.row->type == OPTION_GROUP)
			s.shape = shape_at(e, s.row->sub, s.map, s.owned ? NULL : below);
	}
	*ret = s;
	return 0;
}

/* ---- the edits */

static int set_object(struct edit *e, struct spot *s, json_t *value)
{
	json_t *old = overlay_get(s->map, s->key);
	struct span id = json_get_span(value, s->row->sub[0].key);

	if (!json_is_object(value) || (id.n && !span_eq(id, s->key)))
		return ERR_MALFORMED;
	TRY(check_map(e, s->row->sub, value, true));
	keep_in_map(e, s->row->sub, value, old);
	forget_removal(e, s->path);
	return overlay_put(s->map, s->key, json_incref(value));
}

/* Keys that only the old variant knew, and its secrets, go. */
static void change_variant(struct edit *e, struct spot *s, const json_t *value)
{
	struct overlay_shape old = s->shape;
	const struct option_variant *new = overlay_shape_variant(s->shape.rows, (struct span){ json_string_value(value), json_string_length(value) }, e->registries);

	if (!old.variant || old.variant == new)
		return;
	for (const struct option *row = old.variant->table; row->key; row++)
		json_object_del(s->map, row->key);
}

static int set_value(struct edit *e, struct spot *s, json_t *value)
{
	JSON *around = json_object();
	const char *key = s->row->key; /* which is what the last segment says */

	TRY(overlay_put(around, s->key, json_incref(value)));
	TRY(check_value(e, s->row, around, key, value));
	keep_in_row(e, s->row, around, s->map);
	value = json_object_get(around, key);
	if (!value)
		return 0; /* a reference to the secret that is there */
	if (s->row->type == OPTION_VARIANT)
		change_variant(e, s, value);
	return overlay_put(s->map, s->key, json_incref(value));
}

static int forget(struct edit *e, struct spot *s)
{
	const json_t *below = overlay_get(s->file_map, s->key);
	char key[OVERLAY_NAME_MAX + 1];

	snprintf(key, sizeof key, SPAN_FMT, SPAN_ARG(s->key));
	forget_removal(e, s->path);
	json_object_del(s->map, key);
	/* An object of the overlay stands in the place of the file's whole: the file's word must be said in it. */
	if (!s->owned || s->is_object || s->row->type == OPTION_SECRET || !below)
		return 0;
	if (s->row->type == OPTION_GROUP)
		return json_is_object(below) ? overlay_put(s->map, s->key, copy_of_file(e, s->row->sub, below)) : 0;
	return overlay_put(s->map, s->key, json_deep_copy(below));
}

/* Not set, also where the file says something. */
static int say_nothing(struct spot *s)
{
	char key[OVERLAY_NAME_MAX + 1];
	char file_key[OVERLAY_NAME_MAX + 8];

	snprintf(key, sizeof key, SPAN_FMT, SPAN_ARG(s->key));
	snprintf(file_key, sizeof file_key, "%s_file", key);
	if (s->is_object)
		return ERR_MALFORMED; /* to take one away is another edit */
	bool in_file = json_object_get(s->file_map, key) || json_object_get(s->file_map, file_key);
	/* In an object of the overlay only what it takes from the file by itself needs to be denied. */
	if (in_file && (!s->owned || s->row->type == OPTION_SECRET || json_object_get(s->file_map, file_key)))
		return overlay_put(s->map, s->key, json_null());
	json_object_del(s->map, key);
	return 0;
}

static int take_away(struct edit *e, struct spot *s)
{
	char key[OVERLAY_NAME_MAX + 1];
	bool in_file = json_is_object(overlay_get(s->file_map, s->key));

	if (!s->is_object)
		return ERR_MALFORMED;
	snprintf(key, sizeof key, SPAN_FMT, SPAN_ARG(s->key));
	int missing = json_object_del(s->map, key);
	if (missing && !in_file)
		return ERR_NOT_FOUND;
	forget_removal(e, s->path);
	if (in_file && !s->owned)
		return json_array_append_new(e->removed, json_stringn(s->path.p, s->path.n)) ? FAULT_MEMORY : 0;
	return 0;
}

/* One item a line, without empty ones. */
static json_t *lines(struct span text)
{
	json_t *list = json_array();

	while (text.p) {
		struct span line = span_trim(span_cut(&text, '\n'));

		if (line.n)
			json_array_append_new(list, json_stringn(line.p, line.n));
	}
	return list;
}

static int typed(struct edit *e, struct spot *s, struct span text)
{
	JSON *value = NULL;

	if (s->is_object || s->row->type == OPTION_GROUP)
		return ERR_MALFORMED;
	bool is_empty = !span_trim(text).n;
	if (is_empty)
		return s->row->type == OPTION_SECRET ? 0 : forget(e, s);
	if (s->row->type == OPTION_OBJECTS) {
		JSON *raw = NULL;

		TRY(json_read(text, &raw));
		value = as_text(raw);
	} else {
		value = option_value_is_list(s->row->type) ? lines(text) : json_stringn(text.p, text.n);
	}
	return value ? set_value(e, s, value) : ERR_MALFORMED; /* also: not UTF-8 */
}

/* Groups and sections that nothing is said in any more. */
static void prune(struct edit *e)
{
	const char *key;
	json_t *section;
	void *next;

	json_object_foreach_safe(e->set, next, key, section)
		if (json_is_object(section) && !json_object_size(section))
			json_object_del(e->set, key);
}

static int apply(struct edit *e, const struct overlay_edit *edit, struct arena *arena)
{
	struct overlay_path path;
	struct spot s;

	bool forgets = edit->what == OVERLAY_FORGET || (edit->what == OVERLAY_TYPED && !span_trim(edit->value).n);

	TRY(overlay_path_read(edit->path, &path));
	int result = find_spot(e, &path, !forgets, arena, &s);
	if (result == ERR_ABSENT) { /* nothing is said of it anyway, but perhaps that it is taken away */
		char *name = overlay_path_written(edit->path, arena);

		if (name)
			forget_removal(e, span_of(name));
		return name ? 0 : FAULT_MEMORY;
	}
	TRY(result);
	if (edit->what == OVERLAY_FORGET)
		return forget(e, &s);
	if (edit->what == OVERLAY_REMOVE)
		return take_away(e, &s);
	if (edit->what == OVERLAY_TYPED)
		return typed(e, &s, edit->value);
	JSON *raw = NULL;
	TRY(json_read(edit->value, &raw));
	JSON *value = as_text(raw);
	if (!value)
		return ERR_MALFORMED;
	if (json_is_null(value))
		return say_nothing(&s);
	return s.is_object ? set_object(e, &s, value) : set_value(e, &s, value);
}

int overlay_apply(json_t *tree, const json_t *file, const struct overlay_edit *edit, const struct option_registry *registries)
{
	struct edit e = { tree, json_object_get(tree, "set"), json_object_get(tree, "removed"), file, registries };
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(256 * 1024);

	if (!arena)
		return FAULT_MEMORY;
	int result = apply(&e, edit, arena);
	prune(&e);
	return result;
}

int overlay_keep_known(json_t *tree, const json_t *from, const struct option_registry *registries)
{
	struct edit e = { .registries = registries, .keeps_references = true };
	const struct overlay_section *section;
	json_t *set = json_object_get(tree, "set"), *old = json_object_get(from, "set");

	for (size_t i = 0; (section = overlay_section_at(i)); i++)
		if (json_object_get(set, section->key))
			keep_in_row(&e, overlay_section_row(section), set, old);
	return 0;
}
