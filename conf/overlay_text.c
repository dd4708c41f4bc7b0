/* SPDX-License-Identifier: Apache-2.0 */
/*
 * overlay_text - the texts of a whole configuration, with the paths by which forms and versions call them.
 */
#include "broker/base/error.h"
#include "conf/config_rows.h"
#include "conf/overlay_shape.h"

struct walk {
	struct arena *arena;
	config_text_fn *fn;
	void *arg;
};

static int walk_map(const struct walk *walk, const struct option *table, const char *values, const char *path);

static int walk_objects(const struct walk *walk, const struct option *row, const struct option_objects *objects, const char *path)
{
	for (size_t i = 0; i < objects->n; i++) {
		const char *object = (const char *)objects->items + i * row->size;
		char number[24];

		snprintf(number, sizeof number, "%zu", i + 1);
		struct span id = overlay_is_keyed(row) ? *(const struct span *)(const void *)(object + row->sub[0].offset) : span_of(number);
		char *below = overlay_path_join(walk->arena, path, id);
		TRY(below ? walk_map(walk, row->sub, object, below) : FAULT_MEMORY);
	}
	return 0;
}

static int walk_value(const struct walk *walk, const struct option *row, const char *value, const char *path)
{
	const struct option_variant_value *variant = (const void *)value;
	const struct span *text = (const void *)value;
	char *below;

	switch (row->type) {
	case OPTION_STRING:
	case OPTION_PATH:
		below = text->n ? overlay_path_join(walk->arena, path, span_of(row->key)) : NULL;
		return !text->n ? 0 : below ? walk->fn(row, below, *text, walk->arg) : FAULT_MEMORY;
	case OPTION_GROUP:
		below = overlay_path_join(walk->arena, path, span_of(row->key));
		return below ? walk_map(walk, row->sub, value, below) : FAULT_MEMORY;
	case OPTION_VARIANT: /* its rows stand in the same map */
		return variant->variant ? walk_map(walk, variant->variant->table, variant->options, path) : 0;
	case OPTION_OBJECTS:
		below = overlay_path_join(walk->arena, path, span_of(row->key));
		return below ? walk_objects(walk, row, (const void *)value, below) : FAULT_MEMORY;
	default:
		return 0;
	}
}

static int walk_map(const struct walk *walk, const struct option *table, const char *values, const char *path)
{
	for (; table->key; table++)
		TRY(walk_value(walk, table, values + table->offset, path));
	return 0;
}

int config_each_text(const struct config *config, struct arena *arena, config_text_fn *fn, void *arg)
{
	return walk_map(&(struct walk){ arena, fn, arg }, config_rows, (const char *)config, "");
}
