/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/json_path.h"

#include "broker/base/error.h"

static const json_t *step_into(const json_t *value, struct span part)
{
	uint64_t at;

	if (json_is_object(value))
		return json_object_getn(value, part.p, part.n);
	return span_to_u64(part, &at) ? json_array_get(value, at) : NULL;
}

const json_t *json_path_get(const json_t *value, struct span path)
{
	while (path.n && value) {
		struct span part = span_cut(&path, '.');

		if (!part.n)
			return NULL;
		value = step_into(value, part);
	}
	return value;
}

int json_path_text(const json_t *value, struct span path, struct arena *arena, struct span *ret_text)
{
	const json_t *found = json_path_get(value, path);
	char *printed = NULL;
	struct span text;

	*ret_text = (struct span){ NULL, 0 };
	if (json_is_string(found)) {
		text = arena_dup(arena, (struct span){ json_string_value(found), json_string_length(found) });
		if (!text.p)
			return FAULT_MEMORY;
		*ret_text = text;
		return 0;
	}
	if (json_is_integer(found))
		printed = arena_printf(arena, "%" JSON_INTEGER_FORMAT, json_integer_value(found));
	else if (json_is_boolean(found))
		printed = arena_printf(arena, "%s", json_is_true(found) ? "true" : "false");
	else
		return 0;
	if (!printed)
		return FAULT_MEMORY;
	*ret_text = span_of(printed);
	return 0;
}
