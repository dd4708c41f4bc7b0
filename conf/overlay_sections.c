/* SPDX-License-Identifier: Apache-2.0 */
/*
 * overlay_sections - the managed sections of a file's tree in the form that overlays have.
 */
#include "conf/overlay_shape.h"

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
