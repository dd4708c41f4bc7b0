/* SPDX-License-Identifier: Apache-2.0 */
/*
 * option_value - one value of one row: read, compared, described. What option.c and the reference build on.
 */
#pragma once

#include "conf/option.h"

/* What a value is parsed with. @name is the dotted name for messages. */
struct option_value_input {
	const struct option *row;
	const struct yaml_node *node;
	const char *name;
	struct option_context *context;
};

/* Parse into @out, the place of the row's type. False when it was reported (and @out is untouched).
 * Not for GROUP, OBJECTS, VARIANT. */
MUST_USE bool option_value_parse(const struct option_value_input *input, void *out);
/* The row's default into @out; a default that does not parse is a bug in the table and is reported as a problem. */
MUST_USE bool option_value_default(const struct option_value_input *input, void *out);
/* Are the two values of a row the same? GROUP, OBJECTS and VARIANT are not compared: true. */
bool option_value_eq(const struct option *row, const void *a, const void *b);
/* Printed as one would write it: 60000 of a duration is "1m". @out has room for 32. */
void option_value_print(enum option_type type, int64_t value, char out[32]);
/* The bounds that hold for @row, whether written in it or the type's own. */
void option_value_bounds(const struct option *row, int64_t *ret_min, int64_t *ret_max);
/* Is it written as a list of plain texts? */
bool option_value_is_list(enum option_type type);
/* "string", "duration", … for the reference. */
const char *option_value_type_name(enum option_type type);
