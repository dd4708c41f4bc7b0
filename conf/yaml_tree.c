/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/yaml_tree.h"

#include "broker/base/error.h"

void yaml_tree_append(struct yaml_node *parent, struct yaml_node *child)
{
	child->next = NULL;
	if (parent->last)
		parent->last->next = child;
	else
		parent->first = child;
	parent->last = child;
	parent->n++;
}

void yaml_tree_remove(struct yaml_node *parent, struct yaml_node *child)
{
	struct yaml_node *before = NULL;

	for (struct yaml_node *at = parent->first; at != child; at = at->next)
		before = at;
	if (before)
		before->next = child->next;
	else
		parent->first = child->next;
	if (parent->last == child)
		parent->last = before;
	parent->n--;
	child->next = NULL;
}

static struct yaml_node *get(const struct yaml_node *map, struct span key)
{
	for (struct yaml_node *child = map->first; child; child = child->next)
		if (span_eq(child->key, key))
			return child;
	return NULL;
}

static void join(struct yaml_node *into, struct yaml_node *from)
{
	for (struct yaml_node *child = from->first, *next; child; child = next) {
		next = child->next;
		yaml_tree_append(into, child);
	}
}

void yaml_tree_merge(struct yaml_node *into, struct yaml_node *from, struct problems *problems)
{
	for (struct yaml_node *child = from->first, *next; child; child = next) {
		struct yaml_node *there = get(into, child->key);

		next = child->next;
		if (!there)
			yaml_tree_append(into, child);
		else if (there->type == YAML_MAP && child->type == YAML_MAP)
			yaml_tree_merge(there, child, problems); /* no deeper than YAML_DEPTH_MAX */
		else if (there->type == YAML_LIST && child->type == YAML_LIST)
			join(there, child);
		else
			problem_add(problems, child->key_place, "\"%s\" is already set at %s:%u:%u", child->key.p,
				    there->key_place.file, there->key_place.line, there->key_place.column);
	}
}

/* The map in @list that has "id: @id". */
static struct yaml_node *with_id(const struct yaml_node *list, struct span id)
{
	for (struct yaml_node *item = list->first; item; item = item->next) {
		struct yaml_node *value = item->type == YAML_MAP ? get(item, SPAN("id")) : NULL;

		if (value && value->type == YAML_SCALAR && span_eq(value->scalar, id))
			return item;
	}
	return NULL;
}

int yaml_tree_set(struct yaml_node *root, struct span key, struct yaml_node *value, struct arena *arena)
{
	struct yaml_node *at = root;
	struct span rest = key;

	for (int depth = 0; depth < YAML_DEPTH_MAX; depth++) {
		struct span name = span_cut(&rest, '.');

		if (name.n == 0 || at->type == YAML_SCALAR)
			return ERR_INVALID;
		struct yaml_node *child = at->type == YAML_LIST ? with_id(at, name) : get(at, name);
		bool is_last = rest.p == NULL;
		if (at->type == YAML_LIST && (!child || is_last))
			return ERR_INVALID;
		if (child && is_last)
			yaml_tree_remove(at, child);
		if (is_last || !child) {
			struct yaml_node *fresh = is_last ? value : arena_new_of(arena, struct yaml_node);

			if (!fresh || !(fresh->key = arena_dup(arena, name)).p)
				return FAULT_MEMORY;
			if (!is_last) {
				fresh->type = YAML_MAP;
				fresh->place = value->place;
			}
			fresh->key_place = value->place;
			yaml_tree_append(at, fresh);
			if (is_last)
				return 0;
			child = fresh;
		}
		at = child;
	}
	return ERR_INVALID;
}
