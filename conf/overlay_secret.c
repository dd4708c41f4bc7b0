/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/overlay_secret.h"

#include "broker/base/error.h"

/* ---- kept, where an edit does not say them */

struct keep {
	const struct option_registry *registries;
	bool keeps_references; /* also to secrets that are not there */
};

static void keep_in_map(const struct keep *k, const struct option *rows, json_t *map, const json_t *before);

static void keep_in_row(const struct keep *k, const struct option *row, json_t *map, const json_t *before)
{
	json_t *value = json_object_get(map, row->key);
	const json_t *old = json_object_get(before, row->key);

	if (row->type == OPTION_SECRET) {
		if (value && !overlay_is_reference(value))
			return;
		if (json_is_string(old))
			json_object_set_new(map, row->key, json_deep_copy(old));
		else if (!k->keeps_references)
			json_object_del(map, row->key); /* the file's, should it have one */
	} else if (row->type == OPTION_GROUP && json_is_object(old)) {
		if (!value)
			json_object_set_new(map, row->key, value = json_object());
		if (json_is_object(value))
			keep_in_map(k, row->sub, value, old);
		if (json_is_object(value) && !json_object_size(value))
			json_object_del(map, row->key);
	} else if (row->type == OPTION_GROUP && json_is_object(value)) {
		keep_in_map(k, row->sub, value, NULL);
	} else if (overlay_is_keyed(row) && json_is_object(value)) {
		const char *id;
		json_t *object;

		json_object_foreach(value, id, object)
			keep_in_map(k, row->sub, object, json_is_object(old) ? json_object_get(old, id) : NULL);
	}
}

static void keep_in_map(const struct keep *k, const struct option *rows, json_t *map, const json_t *before)
{
	struct overlay_shape shape = overlay_shape_of(rows, map, k->registries);
	struct overlay_shape old = overlay_shape_of(rows, before, k->registries);
	const struct option *row;

	/* The secret of one kind of service is none of another's. */
	for (size_t i = 0; (row = overlay_shape_at(&shape, i)); i++)
		keep_in_row(k, row, map, shape.variant == old.variant ? before : NULL);
}

void overlay_secret_keep(const struct option *row, json_t *map, const json_t *before, const struct option_registry *registries)
{
	keep_in_row(&(struct keep){ registries, false }, row, map, before);
}

void overlay_secret_keep_map(const struct option *rows, json_t *map, const json_t *before, const struct option_registry *registries)
{
	keep_in_map(&(struct keep){ registries, false }, rows, map, before);
}

/* ---- out of what is shown, and back */

struct mask {
	const struct option_registry *registries;
	struct arena *arena;
	/* NULL: mask; else look for references that lead nowhere */
	struct problems *problems;
	bool failed;
};

static void mask_map(struct mask *m, const struct overlay_shape *shape, const char *path, json_t *map, const json_t *file);

/* Whatever was written there, also what is no secret that could be used. */
static void put_reference(struct mask *m, const char *key, const char *path, json_t *map, const json_t *value)
{
	if (!json_is_null(value) && !overlay_is_reference(value))
		m->failed |= json_object_set_new(map, key, json_pack("{s:s}", "secret_ref", path)) != 0;
}

static void mask_secret(struct mask *m, const struct option *row, const char *path, json_t *map, const json_t *file)
{
	json_t *value = json_object_get(map, row->key);

	if (!m->problems) {
		put_reference(m, row->key, path, map, value);
		return;
	}
	if (!overlay_is_reference(value))
		return;
	char *file_key = arena_printf(m->arena, "%s_file", row->key);
	m->failed |= !file_key;
	if (!json_object_get(file, row->key) && !(file_key && json_object_get(file, file_key)))
		problem_add(m->problems, (struct place){ "import", 0, 0 }, "\"%s\": there is no secret of that name here to refer to; say it", path);
	json_object_del(map, row->key); /* the file's */
}

static void mask_key(struct mask *m, const struct option *row, const char *path, json_t *map, json_t *value, const json_t *file)
{
	const json_t *below = json_object_get(file, row->key);
	const char *id;
	json_t *object;

	if (row->type == OPTION_SECRET) {
		mask_secret(m, row, path, map, file);
	} else if (overlay_is_misshapen(row, value)) {
		if (!m->problems)
			put_reference(m, row->key, path, map, value);
	} else if (row->type == OPTION_GROUP && json_is_object(value)) {
		struct overlay_shape shape = overlay_shape_of(row->sub, value, m->registries);

		if (!shape.variant)
			shape = overlay_shape_of(row->sub, below, m->registries);
		mask_map(m, &shape, path, value, below);
	} else if (overlay_is_keyed(row)) {
		json_object_foreach(value, id, object) {
			struct overlay_shape shape = overlay_shape_of(row->sub, object, m->registries);
			char *name = overlay_path_join(m->arena, path, span_of(id));

			if (name)
				mask_map(m, &shape, name, object, json_is_object(below) ? json_object_get(below, id) : NULL);
			m->failed |= !name;
		}
	}
}

static void mask_map(struct mask *m, const struct overlay_shape *shape, const char *path, json_t *map, const json_t *file)
{
	const char *key;
	json_t *value;
	void *next;

	json_object_foreach_safe(map, next, key, value) {
		char *below = overlay_path_join(m->arena, path, span_of(key));
		bool is_file;
		const struct option *row = overlay_shape_row(shape, span_of(key), &is_file);

		if (!below)
			m->failed = true;
		else if (row && !is_file)
			mask_key(m, row, below, map, value, file);
		else if (!row && overlay_is_secret_somewhere(m->registries, shape, key) && !m->problems)
			m->failed |= json_object_set_new(map, key, json_pack("{s:s}", "secret_ref", below)) != 0;
	}
}

static int mask(struct mask *m, json_t *sections, const json_t *file)
{
	struct overlay_shape top = overlay_shape_top();

	mask_map(m, &top, "", sections, file);
	return m->failed ? FAULT_MEMORY : 0;
}

int overlay_mask(const json_t *tree, const struct option_registry *registries, json_t **ret_tree)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(8 * OVERLAY_MAX);
	struct mask m = { registries, arena, NULL, false };
	JSON *copy = arena ? json_deep_copy(tree) : NULL;

	if (!copy)
		return FAULT_MEMORY;
	TRY(mask(&m, json_object_get(copy, "set"), NULL));
	*ret_tree = json_incref(copy);
	return 0;
}

int overlay_mask_sections(const json_t *sections, const struct option_registry *registries, json_t **ret_sections)
{
	JSON *around = json_pack("{s:O}", "set", sections), *masked = NULL;

	if (!around)
		return FAULT_MEMORY;
	TRY(overlay_mask(around, registries, &masked));
	*ret_sections = json_incref(json_object_get(masked, "set"));
	return 0;
}

/* Secrets that are left out or referred to, from @from where it has them. References to nothing stay, for a problem to be made of them. */
static void keep_known(json_t *tree, const json_t *from, const struct option_registry *registries)
{
	const struct keep k = { registries, true };
	const struct overlay_section *section;
	json_t *set = json_object_get(tree, "set"), *old = json_object_get(from, "set");

	for (size_t i = 0; (section = overlay_section_at(i)); i++)
		if (json_object_get(set, section->key))
			keep_in_row(&k, overlay_section_row(section), set, old);
}

int overlay_unmask(json_t *tree, const json_t *from, const json_t *file, const struct option_registry *registries, struct problems *problems)
{
	struct mask m = { registries, problems->arena, problems, false };

	keep_known(tree, from, registries);
	TRY(mask(&m, json_object_get(tree, "set"), file));
	return problem_result(problems);
}
