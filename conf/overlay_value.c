/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/overlay_value.h"

#include "broker/base/error.h"
#include "conf/option_value.h"

static json_t *number_text(const json_t *value)
{
	char text[24];

	snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	return json_string(text);
}

json_t *overlay_value_text(const json_t *value)
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
			if (json_array_append_new(copy, overlay_value_text(item))) {
				json_decref(copy);
				return NULL;
			}
		return copy;
	}
	json_object_foreach((json_t *)(uintptr_t)value, key, item)
		if (strlen(key) > OVERLAY_NAME_MAX || json_object_set_new(copy, key, overlay_value_text(item))) {
			json_decref(copy);
			return NULL;
		}
	return copy;
}

static int check_map(const struct option_registry *registries, const struct option *rows, json_t *map, bool has_id);

int overlay_value_check(const struct option_registry *registries, const struct option *row, json_t *map, const char *key, json_t *value)
{
	if (json_is_null(value))
		return 0;
	if (row->type == OPTION_SECRET && overlay_is_reference(value))
		return 0;
	if (row->type == OPTION_GROUP)
		return json_is_object(value) ? check_map(registries, row->sub, value, false) : ERR_MALFORMED;
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
		TRY(json_is_object(object) ? check_map(registries, row->sub, object, true) : ERR_MALFORMED);
	return 0;
}

/* Files are not named here, and an object's id stands above it. Unknown keys stay: config_load says what was meant. */
static int check_map(const struct option_registry *registries, const struct option *rows, json_t *map, bool has_id)
{
	struct overlay_shape shape;
	const char *key;
	json_t *value;
	void *next;

	if (has_id)
		json_object_del(map, rows[0].key);
	shape = overlay_shape_of(rows, map, registries);
	json_object_foreach_safe(map, next, key, value) {
		bool is_file;
		const struct option *row = overlay_shape_row(&shape, span_of(key), &is_file);

		if (row && overlay_is_locked(row, is_file))
			return ERR_FORBIDDEN;
		if (row)
			TRY(overlay_value_check(registries, row, map, key, value));
	}
	return 0;
}

int overlay_value_check_object(const struct option_registry *registries, const struct option *rows, json_t *object)
{
	return check_map(registries, rows, object, true);
}

json_t *overlay_value_of_file(const struct option_registry *registries, const struct option *rows, const json_t *map)
{
	struct overlay_shape shape = overlay_shape_of(rows, map, registries);
	json_t *copy = json_object(), *value;
	const char *key;

	json_object_foreach((json_t *)(uintptr_t)map, key, value) {
		bool is_file;
		const struct option *row = overlay_shape_row(&shape, span_of(key), &is_file);
		json_t *item;

		if (row && (overlay_is_locked(row, is_file) || row->type == OPTION_SECRET))
			continue;
		if (row && row->type == OPTION_GROUP && json_is_object(value)) {
			item = overlay_value_of_file(registries, row->sub, value);
		} else if (row && overlay_is_keyed(row) && json_is_object(value)) {
			const char *id;
			json_t *object;

			item = json_object();
			json_object_foreach(value, id, object)
				json_object_set_new(item, id, overlay_value_of_file(registries, row->sub, object));
		} else {
			item = json_deep_copy(value);
		}
		json_object_set_new(copy, key, item);
	}
	return copy;
}

int overlay_value_typed(const struct option *row, struct span text, json_t **ret_value)
{
	json_t *value;

	if (row->type == OPTION_OBJECTS) {
		JSON *raw = NULL;

		TRY(json_read(text, &raw));
		value = overlay_value_text(raw);
	} else {
		value = option_value_is_list(row->type) ? json_list_of_lines(text) : json_stringn(text.p, text.n);
	}
	if (!value)
		return ERR_MALFORMED; /* also: not UTF-8 */
	*ret_value = value;
	return 0;
}
