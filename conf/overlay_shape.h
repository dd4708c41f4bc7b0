/* SPDX-License-Identifier: Apache-2.0 */
/*
 * overlay_shape - which rows the keys of a map of an overlay have, and what a path leads through. Only for the overlay's own files.
 */
#pragma once

#include "conf/overlay.h"

#define OVERLAY_PATH_MAX 16
#define OVERLAY_NAME_MAX 512

/* A map: the rows of its keys, and of the variant that one of them selects. */
struct overlay_shape {
	const struct option *rows;
	const struct option_variant *variant;
};

/* The top level: managed sections only. */
struct overlay_shape overlay_shape_top(void);
/* @map (or NULL) is a JSON object. */
struct overlay_shape overlay_shape_of(const struct option *rows, const json_t *map, const struct option_registry *registries);
/* The variant called @name of @rows; its default where @name is empty. */
const struct option_variant *overlay_shape_variant(const struct option *rows, struct span name, const struct option_registry *registries);
const struct option *overlay_shape_variant_row(const struct option *rows);
/* NULL: unknown. *@ret_is_file: @key is "<key>_file" of the row. */
const struct option *overlay_shape_row(const struct overlay_shape *shape, struct span key, bool *ret_is_file);
/* The @i-th row: the table's own, the variant's after them; NULL past the end. */
const struct option *overlay_shape_at(const struct overlay_shape *shape, size_t i);

/* Objects that are told apart by their first row. */
bool overlay_is_keyed(const struct option *row);
/* Rows that only the file may set. */
bool overlay_is_locked(const struct option *row, bool is_file);
/* Is @key a secret of some variant? One of a kind of service that this configuration does not name is a secret all the same. */
bool overlay_is_secret_somewhere(const struct option_registry *registries, const struct overlay_shape *shape, const char *key);
/* Something else where a map belongs: there may be secrets in it, and nobody can say where. */
bool overlay_is_misshapen(const struct option *row, const json_t *value);
/* Is @value {"secret_ref": …}? */
bool overlay_is_reference(const json_t *value);

/* ---- paths */

struct overlay_path {
	struct span segment[OVERLAY_PATH_MAX];
	size_t n;
};
/* ERR_NOT_FOUND: it is none. Segments borrow. */
MUST_USE int overlay_path_read(struct span text, struct overlay_path *ret_path);
/* "a.b" or "a[x.y]". */
char *overlay_path_join(struct arena *arena, const char *path, struct span segment);

/* Into an object in place of whatever is there; steals @value. FAULT_MEMORY also for a NULL @value. */
MUST_USE int overlay_put(json_t *object, struct span key, json_t *value);
json_t *overlay_get(const json_t *object, struct span key);
