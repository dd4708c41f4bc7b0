/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/overlay.h"

#include "broker/base/error.h"
#include "conf/overlay_secret.h"
#include "conf/overlay_shape.h"
#include "conf/overlay_value.h"

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

/* ---- where an edit goes */

struct edit {
	json_t *tree, *set, *removed;
	const json_t *file;
	const struct option_registry *registries;
};

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
		s.map = child(s.map, key, copy ? overlay_value_of_file(e->registries, s.row->sub, below) : json_object());
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
	TRY(overlay_value_check_object(e->registries, s->row->sub, value));
	overlay_secret_keep_map(s->row->sub, value, old, e->registries);
	forget_removal(e, s->path);
	return overlay_put(s->map, s->key, json_incref(value));
}

/* Keys that only the old variant knew, and its secrets, go; also what may be one, where nobody said the variant. @value: NULL for the default. */
static void change_variant(struct edit *e, struct spot *s, const json_t *value)
{
	struct overlay_shape old = s->shape;
	const struct option_variant *new = overlay_shape_variant(s->shape.rows, (struct span){ json_string_value(value), json_string_length(value) }, e->registries);
	const char *key;
	json_t *item;
	void *next;

	if (old.variant == new)
		return;
	for (const struct option *row = old.variant ? old.variant->table : NULL; row && row->key; row++)
		json_object_del(s->map, row->key);
	json_object_foreach_safe(s->map, next, key, item)
		if (!old.variant && overlay_is_secret_somewhere(e->registries, &old, key))
			json_object_del(s->map, key);
}

static int set_value(struct edit *e, struct spot *s, json_t *value)
{
	JSON *around = json_object();
	const char *key = s->row->key; /* which is what the last segment says */

	TRY(overlay_put(around, s->key, json_incref(value)));
	TRY(overlay_value_check(e->registries, s->row, around, key, value));
	overlay_secret_keep(s->row, around, s->map, e->registries);
	value = json_object_get(around, key);
	if (!value)
		return 0; /* a reference to the secret that is there */
	if (s->row->type == OPTION_VARIANT)
		change_variant(e, s, value);
	return overlay_put(s->map, s->key, json_incref(value));
}

/* What the file says there, unless it says it of another kind of service, for which the name may be a secret's. */
static const json_t *word_of_file(const struct edit *e, const struct spot *s)
{
	struct overlay_shape shape = overlay_shape_of(s->shape.rows, s->file_map, e->registries);
	bool is_file;

	return s->is_object || overlay_shape_row(&shape, s->key, &is_file) == s->row ? overlay_get(s->file_map, s->key) : NULL;
}

static int forget(struct edit *e, struct spot *s)
{
	const json_t *below = word_of_file(e, s);
	char key[OVERLAY_NAME_MAX + 1];

	snprintf(key, sizeof key, SPAN_FMT, SPAN_ARG(s->key));
	forget_removal(e, s->path);
	json_object_del(s->map, key);
	if (!s->is_object && s->row->type == OPTION_VARIANT)
		change_variant(e, s, below);
	/* An object of the overlay stands in the place of the file's whole: the file's word must be said in it. */
	if (!s->owned || s->is_object || s->row->type == OPTION_SECRET || !below)
		return 0;
	if (s->row->type == OPTION_GROUP)
		return json_is_object(below) ? overlay_put(s->map, s->key, overlay_value_of_file(e->registries, s->row->sub, below)) : 0;
	return overlay_put(s->map, s->key, json_deep_copy(below));
}

/* Not set, also where the file says something. */
static int say_nothing(struct edit *e, struct spot *s)
{
	char key[OVERLAY_NAME_MAX + 1];
	char file_key[OVERLAY_NAME_MAX + 8];

	snprintf(key, sizeof key, SPAN_FMT, SPAN_ARG(s->key));
	snprintf(file_key, sizeof file_key, "%s_file", key);
	if (s->is_object)
		return ERR_MALFORMED; /* to take one away is another edit */
	if (s->row->type == OPTION_VARIANT)
		change_variant(e, s, NULL);
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

static int typed(struct edit *e, struct spot *s, struct span text)
{
	JSON *value = NULL;

	if (s->is_object || s->row->type == OPTION_GROUP)
		return ERR_MALFORMED;
	bool is_empty = !span_trim(text).n;
	if (is_empty)
		return s->row->type == OPTION_SECRET ? 0 : forget(e, s);
	TRY(overlay_value_typed(s->row, text, &value));
	return set_value(e, s, value);
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
	JSON *value = overlay_value_text(raw);
	if (!value)
		return ERR_MALFORMED;
	if (json_is_null(value))
		return say_nothing(e, &s);
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
