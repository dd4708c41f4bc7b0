/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/config_form.h"
#include "conf/config_rows.h"

static const char *const needs_country[] = { "auto", "no", "yes", NULL };

#define ROW(owner, type, name, ...) { #name, type, offsetof(struct owner, name), __VA_ARGS__ }
#define TEXT(owner, name, text) { #name, OPTION_GROUP, offsetof(struct owner, name), .sub = config_long_text_rows, .doc = text }

const struct option config_long_text_rows[] = {
	ROW(config_text, OPTION_STRING, zh, .max = 4000, .doc = "In Chinese; not set: as in English."),
	ROW(config_text, OPTION_STRING, en, .max = 4000, .doc = "In English; not set: as in Chinese."),
	{ 0 },
};

static const struct option choice_rows[] = {
	ROW(config_form_choice, OPTION_STRING, value, .min = 1, .max = 64, .flags = OPTION_REQUIRED | OPTION_UNIQUE,
	    .doc = "What is kept: a code. Of document types: the code of GA/T 2000.156."),
	TEXT(config_form_choice, text, "What is shown; not set: the built-in name of the code."),
	ROW(config_form_choice, OPTION_ENUM, country, .def = "auto", .values = needs_country,
	    .doc = "Of document types: must the country be given? `auto` as the document is."),
	{ 0 },
};

static const struct option field_rows[] = {
	ROW(config_form_row, OPTION_STRING, name, .min = 1, .max = 32, .flags = OPTION_REQUIRED | OPTION_UNIQUE,
	    .doc = "One of the fields that docs/forms.md lists; its type, checks and limits follow from it."),
	ROW(config_form_row, OPTION_BOOL, required, .def = "true", .doc = "Must it be filled in?"),
	TEXT(config_form_row, label, "Its label; not set: the built-in one."),
	TEXT(config_form_row, hint, "A hint that stands below the label."),
	TEXT(config_form_row, empty, "What is said when it is empty."),
	{ "choices", OPTION_OBJECTS, offsetof(struct config_form_row, choices), .sub = choice_rows, .size = sizeof(struct config_form_choice),
	  .doc = "What may be chosen, in this order; not set: the built-in list." },
	ROW(config_form_row, OPTION_BOOL, radio, .def = "false", .doc = "The choices stand side by side, not in a list that opens."),
	{ "default", OPTION_STRING, offsetof(struct config_form_row, def), .max = 64, .doc = "What is chosen or filled in at first." },
	TEXT(config_form_row, group, "Fields that follow one another with the same group stand in a box with this heading."),
	{ 0 },
};

const struct option config_form_rows[] = {
	ROW(config_form, OPTION_STRING, name, .min = 1, .max = 32, .flags = OPTION_REQUIRED | OPTION_UNIQUE,
	    .doc = "One of the forms that docs/forms.md lists."),
	{ "fields", OPTION_OBJECTS, offsetof(struct config_form, fields), .sub = field_rows, .size = sizeof(struct config_form_row),
	  .doc = "Its fields in order. They replace the built-in ones as a whole." },
	{ 0 },
};
