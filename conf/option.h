/* SPDX-License-Identifier: Apache-2.0 */
/*
 * option - what an option row is, and a map of text turned into a typed struct by a table of rows.
 *
 * Everything is derived from the rows: parsing, ranges, defaults, "did you mean", the reference, the JSON Schema, what a reload
 * may change. A table is an array that ends with a row without a key. Other layers (providers, gateways) hand in tables of their
 * own through variants: the value of one key ("type: oidc") selects whose rows the rest of the map may use. A variant's table has
 * no variants.
 */
#pragma once

#include "conf/address.h"
#include "conf/yaml.h"

enum option_type {
	OPTION_STRING,    /* struct span, terminated; min..max bytes */
	OPTION_SECRET,    /* struct secret; "<key>_file" is always understood */
	OPTION_PATH,      /* struct span, terminated; a relative path is taken from the directory of the file that says it */
	OPTION_BOOL,      /* bool; true or false and nothing else */
	OPTION_INT,       /* int64_t */
	OPTION_SIZE,      /* int64_t bytes; "16k", "16KiB", "1MiB", "1TiB" */
	OPTION_DURATION,  /* int64_t milliseconds; "500ms", "60s", "5m", "8h", "30d"; 0 needs no unit */
	OPTION_ENUM,      /* int, index into values */
	OPTION_LIST,      /* struct option_list of strings; min..max counts items */
	OPTION_SET,       /* uint32_t, bit i for values[i] */
	OPTION_ADDRESSES, /* struct address_list */
	OPTION_BLOCKS,    /* struct address_blocks */
	OPTION_GROUP,     /* a struct in place; sub */
	OPTION_OBJECTS,   /* struct option_objects: a list of maps, or a map from the first row's value to map; sub, size */
	OPTION_VARIANT,   /* struct option_variant_value; registry */
};

enum option_flag {
	OPTION_REQUIRED = 1, /* no default: must be set */
	OPTION_RESTART = 2,  /* read once at start; a reload reports the change and keeps the old value */
	OPTION_FILE = 4,     /* OPTION_STRING that also comes as "<key>_file": the file's text is the value; also a secret that may have several lines (PEM) */
	OPTION_SORTED = 8,   /* OPTION_LIST kept sorted, so that option_list_has searches instead of scanning */
	OPTION_UNIQUE = 16,  /* OPTION_STRING: no two objects of one list have the same */
};

struct option_list {
	const struct span *items;
	size_t n;
	bool is_sorted;
};

struct option_objects {
	void *items;
	size_t n;
};

struct option {
	const char *key; /* snake_case; NULL ends the table */
	enum option_type type;
	size_t offset;
	const char *def; /* default as it would be written; items of a list or set separated by ", "; NULL is empty, 0, false */
	int64_t min, max; /* both 0: no limits but the type's own (numbers: not negative) */
	const char *const *values; /* ENUM, SET; ends with NULL */
	const char *doc; /* one or two sentences, Markdown */
	unsigned flags;
	const struct option *sub; /* GROUP, OBJECTS */
	size_t size;              /* OBJECTS: of one item */
	unsigned registry;        /* VARIANT: which of the context's registries */
};

struct option_context;

/* One value of a VARIANT key, with rows of its own. Lives in the layer that implements it. */
struct option_variant {
	const char *name; /* "oidc" */
	const char *doc;
	const struct option *table;
	size_t size; /* of the struct that table fills */
	/* May be NULL. Look at what was parsed and report to @problems; @map is the map the values came from. */
	void (*check)(const void *options, const struct yaml_node *map, struct problems *problems);
};

struct option_variant_value {
	const struct option_variant *variant; /* NULL when unset */
	const void *options;                  /* variant->size bytes */
};

/* The variants known to one registry; ends with NULL. */
struct option_registry {
	const struct option_variant *const *variants;
};

struct option_context {
	struct arena *arena;       /* values are kept here */
	struct arena *scratch;     /* and what only parsing needs here */
	struct problems *problems;
	const struct option_registry *registries; /* NULL: variants are unknown here, their keys are let pass unread */
	size_t registries_n;
};

/* Fill @out (zeroed by the caller) from @map by @table. @map may be NULL: defaults, nothing is required. Returns problem_result:
 * values that are wrong are reported and left at their default. Objects keep the order and number of the nodes they came from. */
MUST_USE int option_parse(const struct option *table, const struct yaml_node *map, void *out, struct option_context *context);

/* Is @s in @list? Byte for byte. */
bool option_list_has(const struct option_list *list, struct span s);

/* Dotted names of the RESTART rows in which @a and @b differ, written to @ret_names (at most @cap); returns how many differ. */
size_t option_restart_changes(const struct option *table, const void *a, const void *b, struct arena *arena,
			      const char **ret_names, size_t cap);

/* Call @visit for every row of @table with its value in @out and the map it was read from (NULL where nothing was written), down
 * into groups, objects and variants. */
typedef void option_visit(const struct option *row, void *value, const struct yaml_node *map, void *context);
void option_walk(const struct option *table, void *out, const struct yaml_node *map, option_visit *visit, void *context);

/* Edit distance (insert, delete, replace, swap of neighbours), at most @limit + 1. */
size_t option_distance(struct span a, struct span b, size_t limit);
