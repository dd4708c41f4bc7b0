/* SPDX-License-Identifier: Apache-2.0 */
/*
 * overlay_secret - secrets of a tree: kept where an edit does not say them, taken out of what is shown, put back into what is imported (overlay_mask,
 * overlay_unmask). Only for the overlay's own files.
 */
#pragma once

#include "conf/overlay_shape.h"

/* What @map says of @row, with the secrets of @before (which may be NULL) where it says none or refers to one. A secret of one kind of service is none
 * of another's. */
void overlay_secret_keep(const struct option *row, json_t *map, const json_t *before, const struct option_registry *registries);
/* The same for all of a map's @rows. */
void overlay_secret_keep_map(const struct option *rows, json_t *map, const json_t *before, const struct option_registry *registries);
