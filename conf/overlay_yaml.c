/* SPDX-License-Identifier: Apache-2.0 */
/*
 * overlay_yaml - an overlay as YAML, for people who keep their configuration in git, and back.
 */
#include "broker/base/error.h"
#include "conf/overlay_shape.h"

#define INDENT 2

/* Strings in double quotes are JSON's, which YAML 1.2 reads the same way; plain words need none. */
static void write_text(struct buf *buf, struct span text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./";
	bool is_plain = text.n > 0 && text.p[0] != '-' && text.p[0] != '.';

	for (size_t i = 0; is_plain && i < text.n; i++)
		is_plain = text.p[i] && strchr(plain, text.p[i]);
	if (is_plain) {
		buf_add(buf, text);
		return;
	}
	struct json_writer w = json_writer(buf);
	json_str(&w, text);
}

static void indent(struct buf *buf, unsigned depth)
{
	for (unsigned i = 0; i < depth * INDENT; i++)
		buf_char(buf, ' ');
}

static void write_map(struct buf *buf, const json_t *map, unsigned depth);

static bool is_flat(const json_t *value)
{
	const json_t *item;
	size_t i;

	if (!json_is_array(value))
		return !json_is_object(value);
	json_array_foreach(value, i, item)
		if (json_is_array(item) || json_is_object(item))
			return false;
	return true;
}

static void write_flat(struct buf *buf, const json_t *value)
{
	const json_t *item;
	size_t i;

	if (json_is_array(value)) {
		buf_char(buf, '[');
		json_array_foreach(value, i, item) {
			buf_add(buf, i ? SPAN(", ") : SPAN(""));
			write_flat(buf, item);
		}
		buf_char(buf, ']');
	} else {
		write_text(buf, (struct span){ json_string_value(value), json_string_length(value) });
	}
}

static void write_list(struct buf *buf, const json_t *list, unsigned depth)
{
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item) {
		indent(buf, depth);
		buf_str(buf, "-");
		if (is_flat(item)) {
			buf_char(buf, ' ');
			write_flat(buf, item);
			buf_char(buf, '\n');
		} else {
			buf_char(buf, '\n');
			if (json_is_array(item))
				write_list(buf, item, depth + 1);
			else
				write_map(buf, item, depth + 1);
		}
	}
}

static void write_value(struct buf *buf, const json_t *value, unsigned depth)
{
	if (overlay_is_reference(value)) {
		buf_str(buf, " {secret_ref: ");
		write_text(buf, json_get_span(value, "secret_ref"));
		buf_str(buf, "}\n");
	} else if (json_is_null(value)) {
		buf_str(buf, " {none: true}\n");
	} else if (json_is_object(value) && !json_object_size(value)) {
		buf_str(buf, " {}\n");
	} else if (is_flat(value)) {
		buf_char(buf, ' ');
		write_flat(buf, value);
		buf_char(buf, '\n');
	} else {
		buf_char(buf, '\n');
		if (json_is_array(value))
			write_list(buf, value, depth);
		else
			write_map(buf, value, depth);
	}
}

static void write_map(struct buf *buf, const json_t *map, unsigned depth)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)map, key, value) {
		indent(buf, depth);
		write_text(buf, span_of(key));
		buf_char(buf, ':');
		write_value(buf, value, depth + 1);
	}
}

int overlay_write_yaml(const json_t *masked, struct arena *arena, struct span *ret_yaml)
{
	struct buf buf = buf_new(arena, 4096);
	const json_t *removed = json_object_get(masked, "removed");

	buf_str(&buf, "# What administrators have decided on top of the configuration file (yimen config export).\n"
		      "# Secrets are not in here: {secret_ref: …} stands where one is kept. Say another, or leave it as it is.\n"
		      "# {none: true}: nothing, although the file says something.\n");
	if (json_array_size(removed)) {
		buf_str(&buf, "removed:\n");
		write_list(&buf, removed, 1);
	}
	write_map(&buf, json_object_get(masked, "set"), 0);
	return buf_done(&buf, ret_yaml);
}

/* ---- back */

/* {none: true} is null. */
static int read_nulls(json_t *map)
{
	const char *key;
	json_t *value;
	void *next;

	json_object_foreach_safe(map, next, key, value) {
		if (json_is_object(value) && json_object_size(value) == 1 && span_is(json_get_span(value, "none"), "true")) {
			if (json_object_set_new(map, key, json_null()))
				return FAULT_MEMORY;
		} else if (json_is_object(value)) {
			TRY(read_nulls(value));
		}
	}
	return 0;
}

static int read_removed(const struct yaml_node *list, struct problems *problems, json_t *removed)
{
	struct overlay_path path;

	for (const struct yaml_node *item = list ? list->first : NULL; item; item = item->next) {
		if (item->type != YAML_SCALAR || overlay_path_read(item->scalar, &path) || path.n < 2 || !overlay_section(path.segment[0])) {
			problem_add(problems, item->place, "\"removed\" is a list of objects such as providers.qq");
			continue;
		}
		if (json_array_append_new(removed, json_stringn(item->scalar.p, item->scalar.n)))
			return FAULT_MEMORY;
	}
	return 0;
}

int overlay_read_yaml(struct span yaml, const struct option_registry *registries, struct arena *arena, struct problems *problems, json_t **ret_tree)
{
	struct yaml_node *root = NULL;
	JSON *tree = overlay_new();

	if (!tree)
		return FAULT_MEMORY;
	TRY(yaml_read(yaml, "import", arena, problems, &root));
	if (root && root->type != YAML_MAP) {
		problem_add(problems, root->place, "a configuration is a map: \"key: value\" lines");
		return ERR_CONFIG;
	}
	for (const struct yaml_node *child = root ? root->first : NULL; child; child = child->next)
		if (!span_is(child->key, "removed") && !overlay_section(child->key))
			problem_add(problems, child->key_place, "\"%s\" is not managed here: it belongs to the configuration file", child->key.p);
	if (root) {
		JSON *set = overlay_sections(root, registries);

		if (!set)
			return FAULT_MEMORY;
		TRY(read_nulls(set));
		TRY(read_removed(yaml_get(root, "removed"), problems, json_object_get(tree, "removed")));
		if (json_object_set(tree, "set", set))
			return FAULT_MEMORY;
	}
	TRY(problem_result(problems));
	*ret_tree = json_incref(tree);
	return 0;
}
