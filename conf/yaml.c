/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/yaml.h"

#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "broker/base/sys.h"
#include "conf/yaml_tree.h"

#include <limits.h>
#include <stdlib.h>
#include <yaml.h>

/* A map's keys are compared pairwise for duplicates: this bounds the work. */
#define KEYS_MAX 1024

struct reader {
	const char *file;
	struct arena *arena;
	struct problems *problems;
	size_t *nodes; /* counted over all files of one configuration */
	struct yaml_node *root;
	struct yaml_node *open[YAML_DEPTH_MAX];
	int depth;
	struct span key; /* read, its value is still to come */
	struct place key_place;
};

static void cleanup_parser(yaml_parser_t *parser)
{
	yaml_parser_delete(parser);
}

static void cleanup_event(yaml_event_t *event)
{
	yaml_event_delete(event);
}

static struct place place_at(const struct reader *reader, yaml_mark_t mark)
{
	return (struct place){ reader->file, (unsigned)mark.line + 1, (unsigned)mark.column + 1 };
}

static bool stop(struct reader *reader, yaml_mark_t mark, const char *message)
{
	problem_add(reader->problems, place_at(reader, mark), "%s", message);
	return false;
}

static bool no_memory(struct reader *reader)
{
	reader->problems->no_memory = true;
	return false;
}

static bool has_key(const struct yaml_node *map, struct span key)
{
	for (const struct yaml_node *child = map->first; child; child = child->next)
		if (span_eq(child->key, key))
			return true;
	return false;
}

/* Hang @node where the reader stands: into the open list or map, or as the root. */
static bool place_node(struct reader *reader, struct yaml_node *node)
{
	if (reader->depth == 0) {
		reader->root = node;
		return true;
	}
	struct yaml_node *parent = reader->open[reader->depth - 1];
	node->key_place = node->place;
	if (parent->type == YAML_MAP) {
		node->key = reader->key;
		node->key_place = reader->key_place;
		reader->key = (struct span){ NULL, 0 };
		if (has_key(parent, node->key)) {
			problem_add(reader->problems, node->key_place, "the key \"%s\" stands here twice", node->key.p);
			return true;
		}
		if (parent->n == KEYS_MAX) {
			problem_add(reader->problems, node->key_place, "more than %d keys in one map", KEYS_MAX);
			return false;
		}
	}
	yaml_tree_append(parent, node);
	return true;
}

static struct yaml_node *node_new(struct reader *reader, enum yaml_type type, yaml_mark_t mark)
{
	if (++*reader->nodes > YAML_NODES_MAX) {
		problem_add(reader->problems, place_at(reader, mark), "more than %d values", YAML_NODES_MAX);
		return NULL;
	}
	struct yaml_node *node = arena_new_of(reader->arena, struct yaml_node);
	if (!node) {
		reader->problems->no_memory = true;
		return NULL;
	}
	node->type = type;
	node->place = place_at(reader, mark);
	return node;
}

/* libraries.md 5: nothing that lets a small text stand for a large or surprising tree. */
static void refuse_extras(struct reader *reader, yaml_mark_t mark, const yaml_char_t *anchor, const yaml_char_t *tag)
{
	if (anchor)
		problem_add(reader->problems, place_at(reader, mark), "anchors (&name) are not allowed");
	if (tag)
		problem_add(reader->problems, place_at(reader, mark), "tags (!name) are not allowed");
}

static bool wants_key(const struct reader *reader)
{
	return reader->depth && reader->open[reader->depth - 1]->type == YAML_MAP && !reader->key.p;
}

static bool on_scalar(struct reader *reader, const yaml_event_t *event)
{
	struct span text = { (const char *)event->data.scalar.value, event->data.scalar.length };

	refuse_extras(reader, event->start_mark, event->data.scalar.anchor, event->data.scalar.tag);
	if (!encode_is_utf8(text)) {
		problem_add(reader->problems, place_at(reader, event->start_mark), "the text is not UTF-8, or holds a NUL");
		text.n = 0;
	}
	struct span copy = arena_dup(reader->arena, text);
	if (!copy.p)
		return no_memory(reader);
	if (wants_key(reader)) {
		reader->key = copy;
		reader->key_place = place_at(reader, event->start_mark);
		return true;
	}
	struct yaml_node *node = node_new(reader, YAML_SCALAR, event->start_mark);
	if (!node)
		return false;
	node->scalar = copy;
	node->is_empty = copy.n == 0 && event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	return place_node(reader, node);
}

static bool on_open(struct reader *reader, enum yaml_type type, const yaml_event_t *event)
{
	if (wants_key(reader))
		return stop(reader, event->start_mark, "a key must be plain text");
	if (reader->depth == YAML_DEPTH_MAX)
		return stop(reader, event->start_mark, "nested too deeply");
	struct yaml_node *node = node_new(reader, type, event->start_mark);
	if (!node || !place_node(reader, node))
		return false;
	reader->open[reader->depth++] = node;
	return true;
}

/* A problem that lets the rest be read is reported and stepped over; false ends the file. */
static bool on_event(struct reader *reader, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (reader->root)
			return stop(reader, event->start_mark, "a second document (---) is not allowed");
		return true;
	case YAML_ALIAS_EVENT: {
		problem_add(reader->problems, place_at(reader, event->start_mark), "aliases (*name) are not allowed");
		if (wants_key(reader))
			return false;
		struct yaml_node *node = node_new(reader, YAML_SCALAR, event->start_mark);

		if (!node)
			return false;
		node->scalar = SPAN("");
		node->is_empty = true;
		return place_node(reader, node);
	}
	case YAML_SCALAR_EVENT:
		return on_scalar(reader, event);
	case YAML_SEQUENCE_START_EVENT:
		refuse_extras(reader, event->start_mark, event->data.sequence_start.anchor, event->data.sequence_start.tag);
		return on_open(reader, YAML_LIST, event);
	case YAML_MAPPING_START_EVENT:
		refuse_extras(reader, event->start_mark, event->data.mapping_start.anchor, event->data.mapping_start.tag);
		return on_open(reader, YAML_MAP, event);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		reader->depth--;
		return true;
	default:
		return true;
	}
}

/* libyaml reads ahead, and a reader error knows only its offset: count lines and characters up to there. */
static struct place place_of_offset(const struct reader *reader, struct span text, size_t offset)
{
	struct place place = { reader->file, 1, 1 };

	for (size_t i = 0; i < offset && i < text.n; i++) {
		if (text.p[i] == '\n') {
			place.line++;
			place.column = 1;
		} else if (((unsigned char)text.p[i] & 0xc0) != 0x80) {
			place.column++;
		}
	}
	return place;
}

static void report_syntax(struct reader *reader, struct span text, const yaml_parser_t *parser)
{
	if (parser->error == YAML_MEMORY_ERROR)
		reader->problems->no_memory = true;
	else if (parser->error == YAML_READER_ERROR)
		problem_add(reader->problems, place_of_offset(reader, text, parser->problem_offset), "%s", parser->problem);
	else
		problem_add(reader->problems, place_at(reader, parser->problem_mark), "%s%s%s",
		    parser->context ? parser->context : "",
			    parser->context ? ": " : "", parser->problem ? parser->problem : "not YAML");
}

/* What stands before a fatal problem is dropped: the rest of the file is not known, and half a tree only breeds false reports. */
static void read_text(struct reader *reader, struct span text)
{
	CLEANUP(cleanup_parser) yaml_parser_t parser = { 0 };

	if (!yaml_parser_initialize(&parser)) {
		reader->problems->no_memory = true;
		return;
	}
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)(text.n ? text.p : ""), text.n);
	for (;;) {
		CLEANUP(cleanup_event) yaml_event_t event = { 0 };

		if (!yaml_parser_parse(&parser, &event)) {
			report_syntax(reader, text, &parser);
			reader->root = NULL;
			return;
		}
		if (event.type == YAML_STREAM_END_EVENT)
			return;
		if (!on_event(reader, &event)) {
			reader->root = NULL;
			return;
		}
	}
}

int yaml_read(struct span text, const char *name, struct arena *arena, struct problems *problems, struct yaml_node **ret_root)
{
	size_t nodes = 0;
	struct reader reader = { .file = name, .arena = arena, .problems = problems, .nodes = &nodes };

	read_text(&reader, text);
	const struct yaml_node *include = reader.root ? yaml_get(reader.root, "include") : NULL;
	if (include)
		problem_add(problems, include->key_place, "\"include\" is only for files");
	*ret_root = reader.root;
	return problem_result(problems);
}

struct files {
	struct arena *arena;
	struct problems *problems;
	size_t nodes, includes;
};

static struct yaml_node *read_file(struct files *files, const char *path, struct place from, int depth);

/* The path of @named beside @file; reports and returns NULL when it lies outside @file's directory. */
static char *include_path(struct files *files, const char *file, const struct yaml_node *named)
{
	char dir[PATH_MAX], target[PATH_MAX];
	const char *slash = strrchr(file, '/');
	char *path = arena_printf(files->arena, "%.*s%s", slash ? (int)(slash - file + 1) : 0, file, named->scalar.p);
	char *dir_path = arena_printf(files->arena, "%.*s", slash ? (int)(slash - file + 1) : 2, slash ? file : "./");

	if (!path || !dir_path) {
		files->problems->no_memory = true;
		return NULL;
	}
	if (named->scalar.n == 0 || named->scalar.p[0] == '/') {
		problem_add(files->problems, named->place, "an included file is named relative to this one");
		return NULL;
	}
	if (!realpath(dir_path, dir) || !realpath(path, target)) {
		problem_add(files->problems, named->place, "cannot include \"%s\": no such file", named->scalar.p);
		return NULL;
	}
	size_t n = strlen(dir);
	if (strncmp(dir, target, n) != 0 || (n > 1 && target[n] != '/')) {
		problem_add(files->problems, named->place, "cannot include \"%s\": it lies outside the directory of this file",
			    named->scalar.p);
		return NULL;
	}
	return path;
}

static void include_one(struct files *files, const char *file, struct yaml_node *root, const struct yaml_node *named, int depth)
{
	if (named->type != YAML_SCALAR) {
		problem_add(files->problems, named->place, "\"include\" takes a file name or a list of file names");
		return;
	}
	if (depth == YAML_INCLUDE_DEPTH_MAX || ++files->includes > YAML_INCLUDES_MAX) {
		problem_add(files->problems, named->place, "too many includes, or too deep (at most %d deep, %d in all)",
			    YAML_INCLUDE_DEPTH_MAX, YAML_INCLUDES_MAX);
		return;
	}
	const char *path = include_path(files, file, named);
	struct yaml_node *included = path ? read_file(files, path, named->place, depth + 1) : NULL;
	if (included)
		yaml_tree_merge(root, included, files->problems);
}

/* Resolve @root's "include" and take it out. */
static void resolve_includes(struct files *files, const char *file, struct yaml_node *root, int depth)
{
	struct yaml_node *include = yaml_get(root, "include");

	if (!include)
		return;
	yaml_tree_remove(root, include);
	if (include->type != YAML_LIST)
		include_one(files, file, root, include, depth);
	else
		for (const struct yaml_node *named = include->first; named; named = named->next)
			include_one(files, file, root, named, depth);
}

/* @from is where @path was named, for a file that cannot be read. */
static struct yaml_node *read_file(struct files *files, const char *path, struct place from, int depth)
{
	struct span text;
	int error = sys_read_file(path, YAML_FILE_MAX, files->arena, &text);

	if (error == FAULT_MEMORY)
		files->problems->no_memory = true;
	else if (error)
		problem_add(files->problems, from, "cannot read %s: %s", path,
			    error == ERR_ABSENT ? "no such file" : error == ERR_TOO_LARGE ? "larger than 1 MiB" : "see the log");
	if (error)
		return NULL;
	struct reader reader = { .file = path, .arena = files->arena, .problems = files->problems, .nodes = &files->nodes };
	read_text(&reader, text);
	if (!reader.root && problem_result(files->problems) == 0)
		return NULL; /* an empty file, or comments only */
	if (reader.root && reader.root->type != YAML_MAP) {
		problem_add(files->problems, reader.root->place, "a configuration is a map: \"key: value\" lines");
		return NULL;
	}
	if (reader.root)
		resolve_includes(files, path, reader.root, depth);
	return reader.root;
}

int yaml_read_file(const char *path, struct arena *arena, struct problems *problems, struct yaml_node **ret_root)
{
	struct files files = { .arena = arena, .problems = problems };
	const char *name = arena_cstr(arena, span_of(path));

	if (!name)
		return FAULT_MEMORY;
	*ret_root = read_file(&files, name, (struct place){ name, 0, 0 }, 0);
	return problem_result(problems);
}

struct yaml_node *yaml_get(const struct yaml_node *map, const char *key)
{
	if (map->type != YAML_MAP)
		return NULL;
	for (struct yaml_node *child = map->first; child; child = child->next)
		if (span_is(child->key, key))
			return child;
	return NULL;
}

struct place yaml_place(const struct yaml_node *map, const char *key)
{
	const struct yaml_node *child = yaml_get(map, key);

	return child ? child->place : map->place;
}

int yaml_set(struct yaml_node *root, struct span key, struct span value, const char *name, struct arena *arena,
	     struct problems *problems)
{
	struct yaml_node *node = NULL;

	if (value.n && (value.p[0] == '[' || value.p[0] == '{')) {
		TRY(yaml_read(value, name, arena, problems, &node));
	} else {
		node = arena_new_of(arena, struct yaml_node);
		if (!node)
			return FAULT_MEMORY;
		node->place = (struct place){ name, 0, 0 };
		node->scalar = arena_dup(arena, value);
		if (!node->scalar.p)
			return FAULT_MEMORY;
		if (!encode_is_utf8(value)) {
			problem_add(problems, node->place, "the text is not UTF-8");
			return ERR_CONFIG;
		}
	}
	int error = node ? yaml_tree_set(root, key, node, arena) : ERR_INVALID;
	if (error > 0)
		problem_add(problems, (struct place){ name, 0, 0 }, "there is nothing of that name to set");
	return error < 0 ? error : problem_result(problems);
}
