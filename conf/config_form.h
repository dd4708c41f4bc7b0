/* SPDX-License-Identifier: Apache-2.0 */
/* config_form - forms that replace a built-in one. */
#pragma once

#include "conf/config_base.h"

/* A value that may be chosen. */
enum config_form_country { CONFIG_FORM_COUNTRY_AUTO, CONFIG_FORM_COUNTRY_NO, CONFIG_FORM_COUNTRY_YES };
struct config_form_choice {
	struct span value;
	struct config_text text;
	int country; /* document types; enum config_form_country */
};

struct config_form_choices {
	const struct config_form_choice *items;
	size_t n;
};

/* A field as a form asks for it: what it is stands in the table of broker/identity/form.h. Empty texts: the catalogue's. */
struct config_form_row {
	struct span name;
	bool required;
	struct config_text label, hint, empty;
	struct config_form_choices choices;
	bool radio; /* choices stand side by side, not in a list */
	struct span def;
	struct config_text group;
};

struct config_form_fields {
	const struct config_form_row *items;
	size_t n;
};

struct config_form {
	struct span name;
	struct config_form_fields fields;
};

struct config_forms {
	const struct config_form *items;
	size_t n;
};
