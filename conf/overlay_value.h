/* SPDX-License-Identifier: Apache-2.0 */
/*
 * overlay_value - what an edit puts into a tree: every scalar as text, of the form that its row has. Only for the overlay's own files.
 */
#pragma once

#include "conf/overlay_shape.h"

/* Everything as text, a new reference; NULL for what no configuration has (or without memory, which the caller cannot tell apart and need not). */
json_t *overlay_value_text(const json_t *value);
/* The same of what was typed into a form's field: lists one item a line, nested objects as JSON. ERR_MALFORMED. */
MUST_USE int overlay_value_typed(const struct option *row, struct span text, json_t **ret_value);

/* Is @value, which stands in @map under @key, something that @row could take? What exactly is wrong with it, config_load says. A list of objects that
 * have ids becomes objects, in @map. ERR_MALFORMED; ERR_FORBIDDEN: it names a file. */
MUST_USE int overlay_value_check(const struct option_registry *registries, const struct option *row, json_t *map, const char *key, json_t *value);
/* The same for one object of several; its id stands above it, and is taken out. */
MUST_USE int overlay_value_check_object(const struct option_registry *registries, const struct option *rows, json_t *object);

/* The file's object without what stays the file's (a new reference): copied before the first of its values is edited. */
json_t *overlay_value_of_file(const struct option_registry *registries, const struct option *rows, const json_t *map);
