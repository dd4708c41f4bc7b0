/* SPDX-License-Identifier: Apache-2.0 */
/*
 * overlay_merge - an overlay put over the file's tree: nodes whose place names the version and the path.
 */
#include "broker/base/error.h"
#include "conf/overlay_shape.h"
#include "conf/yaml_tree.h"

#define PLACE "console version "

struct merge {
	const char *name; /* "console version 7" */
	const struct option_registry *registries;
	struct arena *arena;
	struct problems *problems;
};

static struct place place_at(const struct merge *m, const char *path)
{
	char *file = arena_printf(m->arena, "%s, %s", m->name, path);

	if (!file)
		m->problems->no_memory = true;
	return (struct place){ file ? file : m->name, 0, 0 };
}

const char *overlay_problem_path(const struct problem *problem)
{
	const char *comma = strstr(problem->place.file, ", ");

	return strncmp(problem->place.file, PLACE, sizeof PLACE - 1) == 0 && comma ? comma + 2 : "";
}

static struct yaml_node *fresh(const struct merge *m, const char *path, enum yaml_type type, struct span key)
{
	struct yaml_node *node = arena_new_of(m->arena, struct yaml_node);

	if (!node) {
		m->problems->no_memory = true;
		return NULL;
	}
	node->type = type;
	node->place = node->key_place = place_at(m, path);
	node->key = arena_dup(m->arena, key);
	m->problems->no_memory |= !node->key.p;
	node->scalar = SPAN("");
	return node;
}

static struct yaml_node *node_of(const struct merge *m, const char *path, struct span key, const json_t *value);

static void add(const struct merge *m, struct yaml_node *parent, struct yaml_node *child)
{
	if (parent && child)
		yaml_tree_append(parent, child);
	else
		m->problems->no_memory = true;
}

/* As it stands: no row knows it, or it is a list. */
static struct yaml_node *node_of(const struct merge *m, const char *path, struct span key, const json_t *value)
{
	enum yaml_type type = json_is_array(value) ? YAML_LIST : json_is_object(value) ? YAML_MAP : YAML_SCALAR;
	struct yaml_node *node = fresh(m, path, type, key);
	const char *name;
	json_t *item;
	size_t i;

	if (!node)
		return NULL;
	if (type == YAML_SCALAR)
		node->scalar = arena_dup(m->arena, (struct span){ json_is_string(value) ? json_string_value(value) : "", json_string_length(value) });
	if (!node->scalar.p)
		m->problems->no_memory = true;
	if (type == YAML_LIST)
		json_array_foreach(value, i, item)
			add(m, node, node_of(m, path, (struct span){ NULL, 0 }, item));
	if (type == YAML_MAP)
		json_object_foreach((json_t *)(uintptr_t)value, name, item) {
			char *below = overlay_path_join(m->arena, path, span_of(name));

			m->problems->no_memory |= !below;
			add(m, node, node_of(m, below ? below : path, span_of(name), item));
		}
	return node;
}

static struct yaml_node *get(const struct yaml_node *map, struct span key)
{
	for (struct yaml_node *child = map ? map->first : NULL; child; child = child->next)
		if (span_eq(child->key, key))
			return child;
	return NULL;
}

static struct yaml_node *file_form(const struct merge *m, const struct yaml_node *map, const char *key)
{
	char *name = arena_printf(m->arena, "%s_file", key);

	if (!name)
		m->problems->no_memory = true;
	return name ? yaml_get(map, name) : NULL;
}

static void drop(struct yaml_node *map, struct yaml_node *child)
{
	if (child)
		yaml_tree_remove(map, child);
}

static void put(const struct merge *m, struct yaml_node *map, struct yaml_node *child)
{
	if (child)
		drop(map, get(map, child->key));
	add(m, map, child);
}

/* ---- an object that takes the file's place */

static void inherit(const struct merge *m, const struct option *rows, struct yaml_node *into, struct yaml_node *from, const json_t *said);

static struct overlay_shape shape_of(const struct merge *m, const struct option *rows, const struct yaml_node *map)
{
	const struct option *chooser = overlay_shape_variant_row(rows);
	const struct yaml_node *chosen = chooser && map ? yaml_get(map, chooser->key) : NULL;

	return (struct overlay_shape){ rows, overlay_shape_variant(rows, chosen ? chosen->scalar : (struct span){ NULL, 0 }, m->registries) };
}

static void move(const struct merge *m, struct yaml_node *into, struct yaml_node *from, struct yaml_node *child)
{
	if (!child)
		return;
	yaml_tree_remove(from, child);
	add(m, into, child);
}

static struct yaml_node *object_at(const struct option *row, const struct yaml_node *objects, struct span id)
{
	for (struct yaml_node *item = objects ? objects->first : NULL; item; item = item->next) {
		const struct yaml_node *name = objects->type == YAML_LIST ? yaml_get(item, row->sub[0].key) : NULL;

		if (objects->type == YAML_LIST ? name && span_eq(name->scalar, id) : span_eq(item->key, id))
			return item;
	}
	return NULL;
}

static void inherit_row(const struct merge *m, const struct option *row, struct yaml_node *into, struct yaml_node *from, const json_t *said)
{
	struct yaml_node *old = yaml_get(from, row->key), *new = yaml_get(into, row->key);
	bool has_file_form = row->type == OPTION_SECRET || (row->type == OPTION_STRING && row->flags & OPTION_FILE);

	if (json_object_get(said, row->key) && row->type != OPTION_GROUP && !overlay_is_keyed(row))
		return; /* also null: nothing, in spite of the file */
	if (has_file_form && !new)
		move(m, into, from, file_form(m, from, row->key));
	if (!new && (row->type == OPTION_SECRET || overlay_is_locked(row, false)))
		move(m, into, from, old);
	if (row->type == OPTION_GROUP && old && old->type == YAML_MAP) {
		struct yaml_node *group = new ? new : fresh(m, old->place.file, YAML_MAP, span_of(row->key));

		if (!group || group->type != YAML_MAP)
			return;
		inherit(m, row->sub, group, old, json_object_get(said, row->key));
		if (!new && group->n)
			add(m, into, group);
	}
	if (overlay_is_keyed(row) && old && new)
		for (struct yaml_node *item = new->first; item; item = item->next) {
			struct yaml_node *twin = object_at(row, old, item->key);

			if (twin && twin->type == YAML_MAP && item->type == YAML_MAP)
				inherit(m, row->sub, item, twin, overlay_get(json_object_get(said, row->key), item->key));
		}
}

/* Names of files and secrets stay. The secrets of one kind of service are none of another's. */
static void inherit(const struct merge *m, const struct option *rows, struct yaml_node *into, struct yaml_node *from, const json_t *said)
{
	struct overlay_shape shape = shape_of(m, rows, into), old = shape_of(m, rows, from);
	const struct option *row;

	if (shape.variant != old.variant)
		shape.variant = NULL;
	for (size_t i = 0; (row = overlay_shape_at(&shape, i)); i++)
		inherit_row(m, row, into, from, said);
}

/* ---- values */

static void merge_map(const struct merge *m, const struct overlay_shape *shape, const char *path, struct yaml_node *into, const json_t *from);

static void merge_object(const struct merge *m, const struct option *row, const char *path, struct yaml_node *objects, struct span id, const json_t *value)
{
	struct yaml_node *old = object_at(row, objects, id);
	struct yaml_node *new = fresh(m, path, YAML_MAP, id);
	struct overlay_shape shape = overlay_shape_of(row->sub, value, m->registries);

	if (!new)
		return;
	merge_map(m, &shape, path, new, value);
	if (old && old->type == YAML_MAP)
		inherit(m, row->sub, new, old, value);
	if (objects->type == YAML_LIST) {
		struct yaml_node *name = fresh(m, path, YAML_SCALAR, span_of(row->sub[0].key));

		if (name)
			name->scalar = new->key;
		add(m, new, name);
	}
	if (!old) {
		add(m, objects, new);
		return;
	}
	new->next = old->next; /* in its place */
	*old = *new;
}

static void merge_objects(const struct merge *m, const struct option *row, const char *path, struct yaml_node *objects, const json_t *from)
{
	const char *id;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)from, id, value) {
		char *below = overlay_path_join(m->arena, path, span_of(id));

		if (!below)
			m->problems->no_memory = true;
		else if (json_is_object(value))
			merge_object(m, row, below, objects, span_of(id), value);
		else
			problem_add(m->problems, place_at(m, below), "an entry of \"%s\" must be a map: \"key: value\" lines", path);
	}
}

/* The file's map for @row, opened where there is none. */
static struct yaml_node *open_map(const struct merge *m, struct yaml_node *into, const struct option *row, const char *path)
{
	struct yaml_node *map = yaml_get(into, row->key);

	if (map && map->type != YAML_SCALAR)
		return map;
	map = fresh(m, path, YAML_MAP, span_of(row->key));
	put(m, into, map);
	return map;
}

/* Keys of the variant that was, which the new one would not know. */
static void leave_variant(const struct merge *m, const struct option *rows, struct yaml_node *into, const json_t *from)
{
	const struct option *chooser = overlay_shape_variant_row(rows);
	struct overlay_shape old = shape_of(m, rows, into), new = overlay_shape_of(rows, from, m->registries);

	if (!chooser || !json_object_get(from, chooser->key) || !old.variant || old.variant == new.variant)
		return;
	for (const struct option *row = old.variant->table; row->key; row++) {
		drop(into, yaml_get(into, row->key));
		drop(into, file_form(m, into, row->key));
	}
}

static void refuse(const struct merge *m, const char *path, const char *key)
{
	problem_add(m->problems, place_at(m, path), "\"%s\" is set in the configuration file only", key);
}

/* In lists of objects, which are taken as they stand. */
static void refuse_files(const struct merge *m, const struct option *row, const char *path, const json_t *value)
{
	const char *key;
	json_t *item, *inner;
	size_t i;

	if (json_is_array(value)) {
		json_array_foreach(value, i, item)
			refuse_files(m, row, path, item);
		return;
	}
	struct overlay_shape shape = overlay_shape_of(row->sub, value, m->registries);
	json_object_foreach((json_t *)(uintptr_t)value, key, inner) {
		bool is_file;
		const struct option *below = overlay_shape_row(&shape, span_of(key), &is_file);

		if (below && overlay_is_locked(below, is_file))
			refuse(m, path, key);
		else if ((below && below->type == OPTION_OBJECTS) || (!below && (json_is_object(inner) || json_is_array(inner))))
			refuse_files(m, below ? below : row, path, inner);
	}
}

static void merge_value(const struct merge *m, const struct option *row, const char *path, struct yaml_node *into, struct span key, const json_t *value)
{
	if (row && row->type == OPTION_GROUP && json_is_object(value)) {
		struct yaml_node *map = open_map(m, into, row, path);
		struct overlay_shape shape = { row->sub, NULL };

		if (!map || map->type != YAML_MAP)
			return;
		leave_variant(m, row->sub, map, value);
		shape = shape_of(m, row->sub, map);
		if (overlay_shape_variant_row(row->sub) && json_object_get(value, overlay_shape_variant_row(row->sub)->key))
			shape = overlay_shape_of(row->sub, value, m->registries);
		merge_map(m, &shape, path, map, value);
	} else if (row && overlay_is_keyed(row) && json_is_object(value)) {
		struct yaml_node *objects = open_map(m, into, row, path);

		if (objects)
			merge_objects(m, row, path, objects, value);
	} else {
		if (row && row->type == OPTION_OBJECTS)
			refuse_files(m, row, path, value);
		if (row)
			drop(into, file_form(m, into, row->key));
		if (json_is_null(value))
			drop(into, get(into, key));
		else
			put(m, into, node_of(m, path, key, value));
	}
}

/* Whatever it is a file of: no row, no file. */
static bool names_file(struct span key)
{
	return key.n > 5 && memcmp(key.p + key.n - 5, "_file", 5) == 0;
}

static void merge_map(const struct merge *m, const struct overlay_shape *shape, const char *path, struct yaml_node *into, const json_t *from)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)from, key, value) {
		char *below = overlay_path_join(m->arena, path, span_of(key));
		bool is_file;
		const struct option *row = overlay_shape_row(shape, span_of(key), &is_file);

		if (!below) {
			m->problems->no_memory = true;
			return;
		}
		if (!row && !*path)
			problem_add(m->problems, place_at(m, below), "\"%s\" is not managed here: it belongs to the configuration file", key);
		else if (row && overlay_is_locked(row, is_file))
			refuse(m, below, key);
		else if (!row && names_file(span_of(key)))
			refuse(m, below, key);
		else
			merge_value(m, row, below, into, span_of(key), value);
	}
}

/* What is not there any more need not go. */
static void remove_object(const struct merge *m, struct yaml_node *root, struct span text)
{
	struct overlay_shape shape = overlay_shape_top();
	const struct option *row = NULL;
	struct yaml_node *at = root;
	struct overlay_path path;
	bool is_file;

	if (overlay_path_read(text, &path))
		return;
	for (size_t i = 0; i < path.n && at; i++) {
		bool is_object = row && overlay_is_keyed(row);
		struct yaml_node *child;

		if (is_object) {
			child = object_at(row, at, path.segment[i]);
			if (i + 1 == path.n) {
				drop(at, child);
				return;
			}
			shape = shape_of(m, row->sub, child);
			row = NULL;
		} else {
			row = overlay_shape_row(&shape, path.segment[i], &is_file);
			child = get(at, path.segment[i]);
			if (row && row->type == OPTION_GROUP)
				shape = shape_of(m, row->sub, child);
		}
		at = child;
	}
}

int overlay_merge(struct yaml_node *root, const struct overlay *overlay, const struct option_registry *registries, struct problems *problems)
{
	struct overlay_shape top = overlay_shape_top();
	struct merge m = { NULL, registries, problems->arena, problems };
	const json_t *removed = json_object_get(overlay->tree, "removed");

	m.name = arena_printf(m.arena, PLACE "%lld", (long long)overlay->number);
	if (!m.name)
		return FAULT_MEMORY;
	for (size_t i = 0; i < json_array_size(removed); i++)
		remove_object(&m, root, span_of(json_string_value(json_array_get(removed, i))));
	merge_map(&m, &top, "", root, json_object_get(overlay->tree, "set"));
	return problems->no_memory ? FAULT_MEMORY : 0;
}
