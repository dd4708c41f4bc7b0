/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_lines - one JSON object a line, read as records of csv.h: the fields are the members that the given columns name, in their order.
 *
 * A member is a string, a whole number or null; an absent one is empty. A line that is wrong is reported and skipped, as in csv.h; bounds
 * are the same. https://jsonlines.org
 */
#pragma once

#include "broker/identity/csv.h"

struct json_lines;

/* A reader in @arena over @file (borrowed), or over @text. @columns (borrowed): a record whose fields are their names. NULL without memory. */
MUST_USE struct json_lines *json_lines_open_file(FILE *file, const struct csv_record *columns, struct arena *arena);
MUST_USE struct json_lines *json_lines_open_span(struct span text, const struct csv_record *columns, struct arena *arena);
/* Lines are text of @code (borrowed; NULL: UTF-8). */
void json_lines_set_code(struct json_lines *lines, struct text_code *code);
/* Go on at @offset, where line @line begins, as a record said. FAULT_IO. */
MUST_USE int json_lines_seek(struct json_lines *lines, uint64_t offset, uint64_t line);

/* As csv_next. */
MUST_USE int json_lines_next(struct json_lines *lines, struct csv_record *ret_record);
