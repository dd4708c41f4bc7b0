/* SPDX-License-Identifier: Apache-2.0 */
/*
 * template_op - what a template is compiled to: shared by template_compile.c, which writes it, and template.c, which runs it.
 */
#pragma once

#include "broker/http/template.h"
#include "broker/http/template_html.h"

#define TEMPLATE_DEPTH_MAX 16
#define TEMPLATE_NAME_MAX 4

enum template_op_kind {
	OP_LITERAL,    /* text */
	OP_VALUE,      /* name, place */
	OP_SECTION,    /* name, end: the ops up to end belong to it */
	OP_INVERTED,   /* name, end */
	OP_IF,         /* name, end */
	OP_EQUAL,      /* name, suffix, end */
	OP_MESSAGE,    /* messages: by language, with {holes} */
	OP_MESSAGE_BY, /* prefix, name, suffix */
};

struct template_name {
	const char *part[TEMPLATE_NAME_MAX]; /* "a", "b" of a.b; none for "." */
	unsigned n;
};

struct template_op {
	enum template_op_kind kind;
	enum template_place place;
	uint32_t end;
	struct template_name name;
	struct span text; /* literal, or what stands before the looked-up part of a key */
	struct span suffix; /* what follows it, or what it is compared with */
	struct span messages[LANGUAGE_COUNT];
};

struct template_page {
	const char *name;
	const struct template_op *ops;
	uint32_t n;
};

/* Where compiling gets things from. */
struct template_sources {
	const char *override_dir;
	const struct catalogue_set *catalogues;
	const struct asset_set *assets;
	struct arena *arena;
	struct template_problem *problem;
	/* For tests and fuzzing: the text of a template by name, instead of embed_read; NULL when there is none. */
	const char *(*find)(const char *name);
};

/* Compile templates/<page->name>.html into @page. ERR_CONFIG with the reason in the sources' problem, FAULT_MEMORY, FAULT_IO. */
MUST_USE int template_compile(const struct template_sources *sources, struct template_page *page);
/* Run @page's ops; see template_render. */
void template_run(const struct catalogue_set *catalogues, const struct template_page *page, enum language language,
		const json_t *data,
		  struct buf *out);

/* Put @arguments (name="value" pairs) where the partial @text says [[name]] or, when it may be left out, [[name?]]. A name that
 * should be there and is not arrives in *@ret_missing. */
MUST_USE int template_fill(struct arena *arena, struct span text, struct span arguments, struct span *ret_missing,
			   struct span *ret_text);
/* Append @text escaped for @place. */
void template_escape(struct buf *out, enum template_place place, struct span text);
