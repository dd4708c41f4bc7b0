/* SPDX-License-Identifier: Apache-2.0 */
/*
 * overlay_diff - what two configurations say differently; changes done again on top of others.
 */
#include "broker/base/error.h"
#include "conf/overlay_shape.h"

#include <stdlib.h>

/* ---- differences */

struct diff {
	const struct option_registry *registries;
	struct arena *arena;
	struct list {
		struct change {
			struct overlay_change shown;
			const json_t *from, *to; /* as they are, for doing it again; NULL: not said */
		} *items;
		size_t n, cap;
	} *list;
};

/* Lists "a, b"; what has more to it as JSON. */
static int show(const struct diff *d, const json_t *value, struct span *ret_text)
{
	struct buf buf = buf_new(d->arena, 64);
	const json_t *item;
	size_t i;

	if (json_is_string(value)) {
		*ret_text = arena_dup(d->arena, (struct span){ json_string_value(value), json_string_length(value) });
		return ret_text->p ? 0 : FAULT_MEMORY; /* the trees may be gone when it is shown */
	}
	bool is_list = json_is_array(value);
	json_array_foreach(value, i, item)
		is_list &= json_is_string(item);
	if (is_list) {
		json_array_foreach(value, i, item) {
			buf_add(&buf, i ? SPAN(", ") : SPAN(""));
			buf_add(&buf, (struct span){ json_string_value(item), json_string_length(item) });
		}
		return buf_done(&buf, ret_text);
	}
	char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	if (!text)
		return FAULT_MEMORY;
	buf_add(&buf, span_of(text));
	free(text);
	return buf_done(&buf, ret_text);
}

static int note(struct diff *d, const char *path, const json_t *from, const json_t *to, bool is_secret, bool is_object)
{
	struct list *list = d->list;

	if (list->n == list->cap) {
		size_t cap = list->cap ? 2 * list->cap : 32;
		struct change *items = arena_array(d->arena, struct change, cap);

		if (!items)
			return FAULT_MEMORY;
		if (list->n)
			memcpy(items, list->items, list->n * sizeof *items);
		list->items = items;
		list->cap = cap;
	}
	struct change *change = &list->items[list->n++];
	*change = (struct change){ .shown = { .path = path, .had = from != NULL, .has = to != NULL, .is_secret = is_secret, .is_object = is_object },
				   .from = from, .to = to };
	if (is_secret || is_object)
		return 0;
	if (from)
		TRY(show(d, from, &change->shown.before));
	return to ? show(d, to, &change->shown.after) : 0;
}

static int diff_map(struct diff *d, const struct overlay_shape *from_shape, const struct overlay_shape *to_shape, const char *path, const json_t *from,
		    const json_t *to);

static int diff_object(struct diff *d, const struct option *row, const char *path, const json_t *from, const json_t *to)
{
	struct overlay_shape a = overlay_shape_of(row->sub, from, d->registries), b = overlay_shape_of(row->sub, to, d->registries);

	return diff_map(d, &a, &b, path, from, to);
}

static int diff_key(struct diff *d, const struct option *row, bool is_file, bool is_secret, const char *path, const json_t *from, const json_t *to)
{
	bool holds_others = row && !is_file && (row->type == OPTION_GROUP || overlay_is_keyed(row));
	bool is_map = holds_others && (!from || json_is_object(from)) && (!to || json_is_object(to));
	const char *id;
	json_t *object;

	if (!is_map)
		return from && to && json_equal(from, to) ? 0 : note(d, path, from, to, is_secret || holds_others, false);
	if (row->type == OPTION_GROUP)
		return diff_object(d, row, path, from, to);
	json_object_foreach((json_t *)(uintptr_t)from, id, object) {
		char *below = overlay_path_join(d->arena, path, span_of(id));

		if (!below)
			return FAULT_MEMORY;
		if (!json_object_get(to, id))
			TRY(note(d, below, object, NULL, false, true));
		else
			TRY(diff_object(d, row, below, object, json_object_get(to, id)));
	}
	json_object_foreach((json_t *)(uintptr_t)to, id, object)
		if (!json_object_get(from, id)) {
			char *below = overlay_path_join(d->arena, path, span_of(id));

			TRY(below ? note(d, below, NULL, object, false, true) : FAULT_MEMORY);
			TRY(diff_object(d, row, below, NULL, object));
		}
	return 0;
}

/* One kind of service keeps a secret under a name that is nobody's secret in another: what was one is none to be told after the kind was changed. */
static bool is_secret_of(const struct overlay_shape *shape, const json_t *map, const char *key)
{
	bool is_file;
	const struct option *row = json_object_get(map, key) ? overlay_shape_row(shape, span_of(key), &is_file) : NULL;

	return row && row->type == OPTION_SECRET && !is_file;
}

static int diff_map(struct diff *d, const struct overlay_shape *from_shape, const struct overlay_shape *to_shape, const char *path, const json_t *from,
		    const json_t *to)
{
	const char *key;
	json_t *value;

	for (int side = 0; side < 2; side++)
		json_object_foreach((json_t *)(uintptr_t)(side ? to : from), key, value) {
			char *below = overlay_path_join(d->arena, path, span_of(key));
			bool is_file;
			const struct option *row = overlay_shape_row(to_shape, span_of(key), &is_file);

			if (side && json_object_get(from, key))
				continue; /* by the first side */
			if (!row)
				row = overlay_shape_row(from_shape, span_of(key), &is_file);
			bool is_secret = row ? is_secret_of(from_shape, from, key) || is_secret_of(to_shape, to, key) : overlay_is_secret_somewhere(d->registries, to_shape, key);
			TRY(below ? diff_key(d, row, is_file, is_secret, below, json_object_get(from, key), json_object_get(to, key)) : FAULT_MEMORY);
		}
	return 0;
}

static int compare(const json_t *from, const json_t *to, const struct option_registry *registries, struct arena *arena, struct list *ret_list)
{
	struct diff d = { registries, arena, ret_list };
	struct overlay_shape top = overlay_shape_top();

	return diff_map(&d, &top, &top, "", from, to);
}

static int shown(const struct list *list, struct arena *arena, struct overlay_changes *ret_changes)
{
	struct overlay_change *items = arena_array(arena, struct overlay_change, list->n);

	if (!items)
		return FAULT_MEMORY;
	for (size_t i = 0; i < list->n; i++)
		items[i] = list->items[i].shown;
	*ret_changes = (struct overlay_changes){ items, list->n };
	return 0;
}

int overlay_diff(const json_t *from, const json_t *to, const struct option_registry *registries, struct arena *arena, struct overlay_changes *ret_changes)
{
	struct list list = { NULL, 0, 0 };

	TRY(compare(from, to, registries, arena, &list));
	return shown(&list, arena, ret_changes);
}

/* ---- again, on top of others */

static bool is_within(const char *path, const char *above)
{
	size_t n = strlen(above);

	return strncmp(path, above, n) == 0 && (path[n] == '\0' || path[n] == '.' || path[n] == '[');
}

/* The same done twice is no conflict. */
static bool disagree(const struct change *mine, const struct change *theirs)
{
	if (!is_within(mine->shown.path, theirs->shown.path) && !is_within(theirs->shown.path, mine->shown.path))
		return false;
	if (strcmp(mine->shown.path, theirs->shown.path) != 0) /* one object taken away, and a value of it changed */
		return (mine->shown.is_object && !mine->to) || (theirs->shown.is_object && !theirs->to);
	if (!mine->to || !theirs->to)
		return mine->to != theirs->to;
	return !mine->shown.is_object && !json_equal(mine->to, theirs->to);
}

static int redo(const struct change *change, json_t *tree, const json_t *file, const struct option_registry *registries)
{
	struct overlay_edit edit = { OVERLAY_SET, span_of(change->shown.path), { NULL, 0 } };

	if (change->shown.is_object && change->to && json_object_size(change->to))
		return 0; /* made by its values, which follow */
	if (change->shown.is_object && change->to)
		edit.value = SPAN("{}");
	else if (change->shown.is_object)
		edit.what = OVERLAY_REMOVE;
	else if (!change->to)
		edit.what = OVERLAY_FORGET;
	if (change->shown.is_object || !change->to) {
		int result = overlay_apply(tree, file, &edit, registries);

		return result == ERR_NOT_FOUND || result == ERR_FORBIDDEN ? 0 : result;
	}
	char *text = json_dumps(change->to, JSON_ENCODE_ANY);
	if (!text)
		return FAULT_MEMORY;
	edit.value = span_of(text);
	int result = overlay_apply(tree, file, &edit, registries);
	explicit_bzero(text, strlen(text));
	free(text);
	return result == ERR_FORBIDDEN ? 0 : result; /* names of files come with the file */
}

int overlay_rebase(const struct overlay_three *three, json_t *tree, const struct option_registry *registries, struct arena *arena,
		   struct overlay_changes *ret_conflicts)
{
	struct list mine = { NULL, 0, 0 }, theirs = { NULL, 0, 0 };
	size_t n = 0;

	TRY(compare(three->base, three->mine, registries, arena, &mine));
	TRY(compare(three->base, three->theirs, registries, arena, &theirs));
	struct list conflicts = { arena_array(arena, struct change, mine.n), 0, mine.n };
	if (!conflicts.items)
		return FAULT_MEMORY;
	for (size_t i = 0; i < mine.n; i++) {
		bool bad = false;

		for (size_t k = 0; k < theirs.n; k++)
			bad |= disagree(&mine.items[i], &theirs.items[k]);
		if (bad)
			conflicts.items[n++] = mine.items[i];
	}
	conflicts.n = n;
	TRY(shown(&conflicts, arena, ret_conflicts));
	if (n)
		return ERR_CONFLICT;
	for (size_t i = 0; i < mine.n; i++)
		TRY(redo(&mine.items[i], tree, three->file, registries));
	return 0;
}
