/* SPDX-License-Identifier: Apache-2.0 */
/*
 * overlay - what administrators have decided on top of the configuration file: one more source of config_load.
 *
 * An overlay is a JSON object {"set": {section: …}, "removed": [path, …]} in which every scalar is text, as in the file. A section is a
 * top-level key of the table below: a group, whose keys replace the file's one by one, or objects by id, each of which replaces the file's
 * object of that id whole; "removed" takes one away. null: nothing, although the file says something. Names of files on the machine (paths, "…_file") are the file's matter: an overlay
 * never has them, and an object that it replaces keeps them; it keeps the secrets, too, unless the overlay says others. Values of secrets are in
 * the tree and nowhere else: what is shown or printed has {"secret_ref": path} in their place.
 *
 * A path names a value: "sms.signature.zh", "providers.alipay.app_id"; an id with a dot stands in brackets, "clients[a.b].name.zh".
 * Pure but for reading the files that config_sources names.
 */
#pragma once

#include "broker/base/json.h"
#include "conf/option.h"

struct config;
struct config_sources;

#define OVERLAY_MAX (512 * 1024) /* bytes of a tree as text */

struct overlay {
	int64_t number; /* of the version, for messages: "console version 7, providers.alipay.app_id: …" */
	const json_t *tree;
};

/* ---- what is managed */

struct overlay_section {
	const char *key;   /* "providers" */
	bool calls_out;    /* its objects hold secrets that are sent to addresses beside them: who changes an address says the secret again */
};
/* NULL past the end. */
const struct overlay_section *overlay_section_at(size_t i);
const struct overlay_section *overlay_section(struct span key);
/* Its row in config_rows: OPTION_GROUP or OPTION_OBJECTS. */
const struct option *overlay_section_row(const struct overlay_section *section);

/* @path as it is always written, "providers.alipay" for "providers[alipay]"; NULL: it is none, or no memory. */
char *overlay_path_written(struct span path, struct arena *arena);

/* ---- trees */

/* An overlay that says nothing (a new reference); NULL without memory. */
json_t *overlay_new(void);
/* Text that is a tree: of the store, or of an import. ERR_MALFORMED. */
MUST_USE int overlay_read(struct span text, json_t **ret_tree);

/* The managed sections of a file's tree in the same form as "set" (a new reference): objects that have ids by their ids. What forms and differences
 * look at, of the file alone and of the whole. NULL without memory. */
json_t *overlay_sections(const struct yaml_node *root, const struct option_registry *registries);

/* What two whole configurations (overlay_sections) say differently, value by value: never a secret's value. */
struct overlay_change {
	const char *path;
	struct span before, after; /* as one writes it; lists "a, b"; objects of a list as JSON */
	bool had, has;             /* said at all */
	bool is_secret;            /* before and after are empty: "changed" */
	bool is_object;            /* a whole object, added (its values follow) or removed: before and after are empty */
};
struct overlay_changes {
	const struct overlay_change *items;
	size_t n;
};
MUST_USE int overlay_diff(const json_t *from, const json_t *to, const struct option_registry *registries, struct arena *arena,
			  struct overlay_changes *ret_changes);

/* One edit of a tree. */
enum overlay_do {
	OVERLAY_SET,    /* null: not set, also where the file says something. Otherwise the value: JSON text of a string, list, object, number or boolean. An object of objects replaces it whole, but keeps secrets that
			   it does not name or names by {"secret_ref": …} */
	OVERLAY_TYPED,  /* value: as typed into a form: lists one item a line, nested objects as JSON; nothing: FORGET, but of secrets: as it was */
	OVERLAY_FORGET, /* the overlay says nothing of it any more: the file's word holds again */
	OVERLAY_REMOVE, /* an object ("providers.qq") is taken away, also when the file has it */
};
struct overlay_edit {
	enum overlay_do what;
	struct span path;
	struct span value;
};
/* Apply to @tree, on top of the file's sections @file (whose object is taken over before its first value is edited). ERR_NOT_FOUND: the path leads
 * nowhere; ERR_FORBIDDEN: it is not managed here, or names a file; ERR_MALFORMED: the value is no JSON of that kind. @tree may be half changed
 * after an error. */
MUST_USE int overlay_apply(json_t *tree, const json_t *file, const struct overlay_edit *edit, const struct option_registry *registries);

/* What @mine changed of @base, done again to the tree @theirs. The first three are whole configurations (overlay_sections), @file the file's. ERR_CONFLICT
 * with what both changed in @ret_conflicts. */
struct overlay_three {
	const json_t *base, *mine, *theirs, *file;
};
MUST_USE int overlay_rebase(const struct overlay_three *three, json_t *tree, const struct option_registry *registries, struct arena *arena,
			    struct overlay_changes *ret_conflicts);

/* The tree without secrets, {"secret_ref": path} in their place (a new reference). */
MUST_USE int overlay_mask(const json_t *tree, const struct option_registry *registries, json_t **ret_tree);
/* The same for overlay_sections. */
MUST_USE int overlay_mask_sections(const json_t *sections, const struct option_registry *registries, json_t **ret_sections);
/* The way back, for imports: references, and secrets that are left out, are filled from @from, the overlay that is in force. A reference
 * to nothing goes to @problems, unless the file @file has it. @tree is changed. */
MUST_USE int overlay_unmask(json_t *tree, const json_t *from, const json_t *file, const struct option_registry *registries,
			    struct problems *problems);
/* A masked tree as YAML for people, and back; comments say where secrets are kept. */
MUST_USE int overlay_write_yaml(const json_t *masked, struct arena *arena, struct span *ret_yaml);
MUST_USE int overlay_read_yaml(struct span yaml, const struct option_registry *registries, struct arena *arena, struct problems *problems,
			       json_t **ret_tree);

/* ---- into a configuration */

/* Put @overlay over the file's tree @root. What cannot be is a problem at its path. FAULT_MEMORY or 0. */
MUST_USE int overlay_merge(struct yaml_node *root, const struct overlay *overlay, const struct option_registry *registries,
			   struct problems *problems);
/* overlay_sections of the file alone and with sources->overlay (new references). Problems of reading go to @problems; ERR_CONFIG only where there is no
 * tree at all. */
MUST_USE int config_sections(const struct config_sources *sources, struct problems *problems, json_t **ret_file, json_t **ret_whole);
/* The path that a problem of an overlay stands at; "" for one of the file. */
const char *overlay_problem_path(const struct problem *problem);

/* @fn gets every text and path of @config that is set, with its path ("http.tls_cert", "providers.alipay.app_cert"), which lives in @arena. What it
 * returns other than 0 ends the walk and is returned. */
typedef int config_text_fn(const struct option *row, const char *path, struct span text, void *arg);
MUST_USE int config_each_text(const struct config *config, struct arena *arena, config_text_fn *fn, void *arg);

/* ---- for forms */

enum overlay_origin { OVERLAY_DEFAULT, OVERLAY_FILE, OVERLAY_VERSION };

/* A value of a section or object as a form shows it, in the order of the rows. */
struct overlay_field {
	const char *path;
	const struct option *row;
	unsigned depth;              /* groups around it in this form; a GROUP row comes before its rows and has no value */
	const struct option_variant *variant; /* whose row it is; NULL: the section's own */
	struct span text;            /* as one writes it, or the default; lists one item a line; nested objects as JSON; secrets: always empty */
	bool is_set;                 /* written in file or version: of secrets, there is one */
	bool is_locked;              /* only the file can say it: paths */
	enum overlay_origin origin;
};
struct overlay_fields {
	const struct overlay_field *items;
	size_t n;
};
/* @file and @whole are overlay_sections without and with the overlay. @path: a group ("sms") or an object ("providers.alipay"); for an object that is not
 * there yet, its fields with defaults, of the variant @type (which may be empty: then only the section's own rows). ERR_NOT_FOUND. */
MUST_USE int overlay_fields(const json_t *file, const json_t *whole, struct span path, struct span type, const struct option_registry *registries,
			    struct arena *arena, struct overlay_fields *ret_fields);

struct overlay_object {
	struct span id, type; /* type: the variant, "alipay"; empty where there are none */
	bool in_file, in_version, is_removed;
};
struct overlay_objects {
	const struct overlay_object *items;
	size_t n;
};
/* The objects at @path ("providers", "sms.routes"), in order; those that are removed from the file at the end. */
MUST_USE int overlay_objects(const json_t *file, const json_t *whole, struct span path, const struct option_registry *registries,
			     struct arena *arena, struct overlay_objects *ret_objects);
