/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml_tree - putting nodes together: append, merge what was included, set by a dotted key. Only for yaml.c.
 */
#pragma once

#include "conf/yaml.h"

/* Hang @child into @parent as its last child. */
void yaml_tree_append(struct yaml_node *parent, struct yaml_node *child);
/* Take @child, which must be one, out of @parent. */
void yaml_tree_remove(struct yaml_node *parent, struct yaml_node *child);
/* Move the children of the map @from into the map @into: maps merge, lists join, anything else that stands in both is a problem. */
void yaml_tree_merge(struct yaml_node *into, struct yaml_node *from, struct problems *problems);
/* Put @value at the dotted @key. ERR_INVALID when the path runs into a scalar or an id that no map of a list has; FAULT_MEMORY. */
MUST_USE int yaml_tree_set(struct yaml_node *root, struct span key, struct yaml_node *value, struct arena *arena);
