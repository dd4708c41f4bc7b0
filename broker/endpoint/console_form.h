/* SPDX-License-Identifier: Apache-2.0 */
/*
 * console_form - a section or an object of the configuration as a form that is made of its rows (conf/option.h): a new provider, gateway or
 * verifier needs no page. What was typed becomes edits of the draft.
 */
#pragma once

#include "broker/endpoint/console.h"

#define CONSOLE_SEGMENTS 4

/* What an address below /console/ leads to. */
struct console_spot {
	struct span path;         /* "providers.alipay" */
	const char *place;        /* without ids: "providers" */
	const struct option *row; /* GROUP, or OBJECTS: of the list or of the object */
	bool is_object;
	struct span id;
};
/* Of the parameters section, a, b, c of @console's request. ERR_NOT_FOUND. */
MUST_USE int console_spot(struct console *console, struct console_spot *ret_spot);
/* The page above: the list of an object, all settings otherwise. */
struct span console_up(struct console *console);
/* The variants that its row of type VARIANT chooses from, ends with NULL, and that row; NULL when there is none. */
const struct option_variant *const *console_variants(struct console *console, const struct option *rows, const struct option **ret_row);
/* "provider.alipay", "gateway.aliyun": where the words of a variant stand. */
const char *console_variant_place(struct console *console, unsigned registry, const char *variant);

struct console_form {
	struct console_spot spot;
	struct overlay_fields fields;
	const struct config_version_problems *problems; /* NULL: not looked for */
	unsigned registry; /* of its variants */
	bool is_new;
};

/* The controls: "main" and, with a default that serves, "more". @typed: shown instead of what is set; n 0: none. */
MUST_USE int console_field_add(struct console *console, const struct console_form *form, json_t *data);
/* The name of its control; NULL without memory. */
char *console_field_name(struct console *console, const struct console_form *form, const char *path);

/* Are the objects of @row (OBJECTS without ids) simple enough for a line of controls each? */
bool console_field_is_lines(const struct option *row);
/* From what was posted, what differs from what is set. */
MUST_USE int console_read(struct console *console, const struct console_form *form, struct overlay_edit **ret_edits, size_t *ret_n);
