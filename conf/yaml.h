/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml - the part of YAML that a configuration needs, as a small tree in which every node knows its place.
 *
 * Every scalar is a string (typing is option.h's work, so "no" stays "no" until a row says bool). Refused: aliases, anchors, tags,
 * several documents, keys that are no scalars, duplicate keys. The key "include" at the top of a file names one file or a list of
 * files relative to that file; they may not lie outside its directory, also not by a symbolic link. Included maps are merged, lists
 * are joined, the same scalar twice is an error. libyaml events; libraries.md 5 says why.
 */
#pragma once

#include "conf/problem.h"

#define YAML_FILE_MAX (1024 * 1024)
#define YAML_DEPTH_MAX 16
#define YAML_NODES_MAX 200000
#define YAML_INCLUDE_DEPTH_MAX 4
#define YAML_INCLUDES_MAX 256

enum yaml_type { YAML_SCALAR, YAML_LIST, YAML_MAP };

struct yaml_node {
	enum yaml_type type;
	struct place place;
	struct span key;        /* inside a map: the key; terminated */
	struct place key_place; /* of the key, else of the node */
	struct span scalar;     /* terminated, well-formed UTF-8 without NUL */
	bool is_empty;          /* a plain scalar without text: the key stands there without a value */
	struct yaml_node *first, *last, *next;
	size_t n;               /* children */
};

/* Read @path and what it includes. What is wrong goes to @problems; the tree is NULL for an empty file and after a syntax error.
 * Everything lives in @arena. Returns problem_result(@problems). */
MUST_USE int yaml_read_file(const char *path, struct arena *arena, struct problems *problems, struct yaml_node **ret_root);
/* The same for @text that is called @name in messages; "include" is refused. */
MUST_USE int yaml_read(struct span text, const char *name, struct arena *arena, struct problems *problems,
		       struct yaml_node **ret_root);

/* The child of the map @map at @key, or NULL. */
struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);
/* The place of @map's value at @key, or of @map itself when the key is not there: where a cross check points. */
struct place yaml_place(const struct yaml_node *map, const char *key);

/* Set the dotted @key ("http.threads"; in a list an id picks the map that has it) to @value, which is a scalar, or YAML when it
 * begins with '[' or '{'. Used for --set KEY=VALUE; @name is the file name in messages. */
MUST_USE int yaml_set(struct yaml_node *root, struct span key, struct span value, const char *name, struct arena *arena,
		      struct problems *problems);
