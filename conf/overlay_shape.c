/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/overlay_shape.h"

#include "broker/base/error.h"
#include "conf/config_rows.h"

/* What needs a restart, opens the store, or guards what administrators may do stays the file's. */
static const struct overlay_section sections[] = {
	{ "branding", false }, { "support", false }, { "providers", true }, { "sms", true }, { "mail", true }, { "realname", true },
	{ "clients", false }, { "login", false }, { "otp", false }, { "captcha", false }, { "registration", false }, { "forms", false },
	{ "completion", false }, { "uploads", false }, { "departments", false }, { "unit", false }, { "membership", false }, { "subsystems", false },
	{ "recovery", false }, { "legacy_sources", true }, { "lookup", false }, { "webhooks", true },
};

const struct overlay_section *overlay_section_at(size_t i)
{
	return i < ARRAY_LEN(sections) ? &sections[i] : NULL;
}

const struct overlay_section *overlay_section(struct span key)
{
	for (size_t i = 0; i < ARRAY_LEN(sections); i++)
		if (span_is(key, sections[i].key))
			return &sections[i];
	return NULL;
}

const struct option *overlay_section_row(const struct overlay_section *section)
{
	for (const struct option *row = config_rows; row->key; row++)
		if (strcmp(row->key, section->key) == 0)
			return row;
	return NULL;
}

struct overlay_shape overlay_shape_top(void)
{
	return (struct overlay_shape){ config_rows, NULL };
}

const struct option *overlay_shape_variant_row(const struct option *rows)
{
	for (; rows->key; rows++)
		if (rows->type == OPTION_VARIANT)
			return rows;
	return NULL;
}

const struct option_variant *overlay_shape_variant(const struct option *rows, struct span name, const struct option_registry *registries)
{
	const struct option *row = overlay_shape_variant_row(rows);

	if (!row || !registries)
		return NULL;
	if (!name.n && row->def)
		name = span_of(row->def);
	for (const struct option_variant *const *at = registries[row->registry].variants; at && *at; at++)
		if (span_is(name, (*at)->name))
			return *at;
	return NULL;
}

struct overlay_shape overlay_shape_of(const struct option *rows, const json_t *map, const struct option_registry *registries)
{
	const struct option *row = overlay_shape_variant_row(rows);
	struct overlay_shape shape = { rows, NULL };

	if (row)
		shape.variant = overlay_shape_variant(rows, map ? json_get_span(map, row->key) : (struct span){ NULL, 0 }, registries);
	return shape;
}

static bool has_file_form(const struct option *row)
{
	return row->type == OPTION_SECRET || (row->type == OPTION_STRING && row->flags & OPTION_FILE);
}

static const struct option *find(const struct option *rows, struct span key, bool *ret_is_file)
{
	static const char ending[] = "_file";
	size_t n = sizeof ending - 1;

	for (; rows->key; rows++) {
		size_t length = strlen(rows->key);

		*ret_is_file = false;
		if (span_is(key, rows->key))
			return rows;
		*ret_is_file = true;
		if (has_file_form(rows) && key.n == length + n && memcmp(key.p, rows->key, length) == 0 && memcmp(key.p + length, ending, n) == 0)
			return rows;
	}
	*ret_is_file = false;
	return NULL;
}

const struct option *overlay_shape_row(const struct overlay_shape *shape, struct span key, bool *ret_is_file)
{
	if (shape->rows == config_rows && !overlay_section(key)) {
		*ret_is_file = false;
		return NULL;
	}
	const struct option *row = find(shape->rows, key, ret_is_file);
	return row || !shape->variant ? row : find(shape->variant->table, key, ret_is_file);
}

const struct option *overlay_shape_at(const struct overlay_shape *shape, size_t i)
{
	size_t n = 0;

	while (shape->rows[n].key)
		n++;
	if (i < n)
		return &shape->rows[i];
	for (const struct option *row = shape->variant ? shape->variant->table : NULL; row && row->key; row++, n++)
		if (i == n)
			return row;
	return NULL;
}

bool overlay_is_keyed(const struct option *row)
{
	return row->type == OPTION_OBJECTS && row->sub[0].flags & OPTION_UNIQUE;
}

bool overlay_is_locked(const struct option *row, bool is_file)
{
	return is_file || row->type == OPTION_PATH || row->flags & OPTION_RESTART;
}

bool overlay_is_secret_somewhere(const struct option_registry *registries, const struct overlay_shape *shape, const char *key)
{
	const struct option *chooser = overlay_shape_variant_row(shape->rows);

	for (const struct option_variant *const *at = chooser && registries ? registries[chooser->registry].variants : NULL; at && *at; at++)
		for (const struct option *row = (*at)->table; row->key; row++)
			if (row->type == OPTION_SECRET && strcmp(row->key, key) == 0)
				return true;
	return false;
}

bool overlay_is_misshapen(const struct option *row, const json_t *value)
{
	return (row->type == OPTION_GROUP || overlay_is_keyed(row)) && value && !json_is_object(value) && !json_is_null(value);
}

bool overlay_is_reference(const json_t *value)
{
	return json_is_object(value) && json_object_get(value, "secret_ref");
}

/* ---- paths */

int overlay_path_read(struct span text, struct overlay_path *ret_path)
{
	struct overlay_path path = { .n = 0 };

	if (!text.n || text.n > OVERLAY_NAME_MAX)
		return ERR_NOT_FOUND;
	while (text.n) {
		bool brackets = text.p[0] == '[';
		size_t skip = brackets || text.p[0] == '.' ? 1 : 0, n = 0;
		struct span rest = { text.p + skip, text.n - skip };

		if (path.n == OVERLAY_PATH_MAX || (path.n == 0) != (skip == 0))
			return ERR_NOT_FOUND;
		while (n < rest.n && (brackets ? rest.p[n] != ']' : rest.p[n] != '.' && rest.p[n] != '['))
			n++;
		if (!n || (brackets && n == rest.n))
			return ERR_NOT_FOUND;
		path.segment[path.n++] = (struct span){ rest.p, n };
		n += brackets;
		text = (struct span){ rest.p + n, rest.n - n };
	}
	*ret_path = path;
	return 0;
}

static bool is_plain(struct span segment)
{
	for (size_t i = 0; i < segment.n; i++)
		if (segment.p[i] == '.' || segment.p[i] == '[' || segment.p[i] == ']')
			return false;
	return segment.n > 0;
}

char *overlay_path_join(struct arena *arena, const char *path, struct span segment)
{
	if (!is_plain(segment))
		return arena_printf(arena, "%s[" SPAN_FMT "]", path, SPAN_ARG(segment));
	return arena_printf(arena, "%s%s" SPAN_FMT, path, *path ? "." : "", SPAN_ARG(segment));
}

char *overlay_path_written(struct span text, struct arena *arena)
{
	char *name = arena_printf(arena, "%s", "");
	struct overlay_path path;

	if (overlay_path_read(text, &path))
		return NULL;
	for (size_t i = 0; name && i < path.n; i++)
		name = overlay_path_join(arena, name, path.segment[i]);
	return name;
}

int overlay_put(json_t *object, struct span key, json_t *value)
{
	/* A key of the tables, an id or a path: no NUL stands in them, since JSON that has one is refused. */
	char name[OVERLAY_NAME_MAX + 1];

	if (!value)
		return FAULT_MEMORY;
	if (key.n > OVERLAY_NAME_MAX) {
		json_decref(value);
		return ERR_MALFORMED;
	}
	memcpy(name, key.p, key.n);
	name[key.n] = '\0';
	return json_object_set_new(object, name, value) ? FAULT_MEMORY : 0;
}

json_t *overlay_get(const json_t *object, struct span key)
{
	char name[OVERLAY_NAME_MAX + 1];

	if (!json_is_object(object) || key.n > OVERLAY_NAME_MAX)
		return NULL;
	memcpy(name, key.p, key.n);
	name[key.n] = '\0';
	return json_object_get(object, name);
}
