/* SPDX-License-Identifier: Apache-2.0 */
/*
 * csv - RFC 4180 read record by record in bounded memory, from a file or a span.
 *
 * UTF-8 (a byte order mark is skipped) or another character set (text_code.h), CRLF or LF, quoted fields with doubled quotes and line breaks. A record that is wrong
 * is reported with its line and skipped; reading goes on with the next line.
 */
#pragma once

#include "broker/base/arena.h"
#include "broker/identity/text_code.h"

#include <stdio.h>

#define CSV_FIELDS_MAX 64
#define CSV_FIELD_MAX 8192
#define CSV_RECORD_MAX 65536

enum csv_problem {
	CSV_OK, CSV_BAD_UTF8, CSV_BAD_QUOTE, CSV_FIELD_LONG, CSV_TOO_MANY_FIELDS, CSV_RECORD_LONG,
	CSV_BAD_JSON, CSV_BAD_COLUMN /* a member that no column is named like */, CSV_BAD_VALUE, /* of json_lines.h */
	CSV_BAD_COUNT
};

struct csv;

/* A reader in @arena over @file (borrowed), or over @text. NULL without memory. */
MUST_USE struct csv *csv_open_file(FILE *file, struct arena *arena);
MUST_USE struct csv *csv_open_span(struct span text, struct arena *arena);

/* Fields are text of @code (borrowed; NULL: UTF-8). */
void csv_set_code(struct csv *csv, struct text_code *code);
/* Go on at @offset, where line @line begins, as a record said. FAULT_IO. */
MUST_USE int csv_seek(struct csv *csv, uint64_t offset, uint64_t line);

struct csv_record {
	uint64_t line;            /* where it begins, from 1 */
	uint64_t offset;          /* byte where the next record begins: progress and restart */
	uint64_t next_line;       /* on which that is */
	struct span raw;          /* the record as it stands in the file, without its line end; its beginning, when it is too long */
	enum csv_problem problem; /* the fields are valid only with CSV_OK */
	size_t n;
	struct span field[CSV_FIELDS_MAX]; /* valid until the next call */
};

/* The next record; blank lines are skipped. 0, ERR_ABSENT at the end, FAULT_IO when the file cannot be read. */
MUST_USE int csv_next(struct csv *csv, struct csv_record *ret_record);
const char *csv_problem_name(enum csv_problem problem);
