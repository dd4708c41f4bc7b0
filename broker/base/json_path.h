/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_path - a value inside a reply, named in the configuration by a path: "data.user.id", "list.0.name".
 *
 * Parts are joined by dots; a part is a member's name or, in a list, a position from 0. The empty path is the whole value.
 */
#pragma once

#include "broker/base/json.h"

/* Borrowed from @value; NULL when there is nothing at @path. */
const json_t *json_path_get(const json_t *value, struct span path);
/* The same as text: a string, or a number or truth value as it is written in JSON; empty for anything else. The text lives in @arena. */
MUST_USE int json_path_text(const json_t *value, struct span path, struct arena *arena, struct span *ret_text);
