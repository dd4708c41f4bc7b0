/* SPDX-License-Identifier: Apache-2.0 */
/*
 * legacy_file - a file of old accounts: which format and character set it has, what its bytes hash to, and its records one by one.
 */
#pragma once

#include "broker/identity/json_lines.h"

struct legacy_file {
	FILE *file;
	struct text_code *code; /* NULL: UTF-8 */
	struct text_code *raw_code; /* the same for legacy_file_text, which another thread may call */
	struct csv *csv;
	struct json_lines *lines;
	struct csv_record columns; /* JSON Lines: all that there are */
	uint64_t size;
	char fingerprint[65];
};

/* Open @path and look through it once. @format: "csv" or "jsonl"; @encoding: "utf-8", "gb18030"; NULL: found out. Complains on standard error. */
MUST_USE int legacy_file_open(struct legacy_file *file, const char *path, const char *format, const char *encoding, struct arena *arena);
void legacy_file_close(struct legacy_file *file);

/* The header: the first record of CSV, and every column for JSON Lines. ERR_INVALID when there is none. */
MUST_USE int legacy_file_header(struct legacy_file *file, struct csv_record *ret_record);
/* As csv_next. */
MUST_USE int legacy_file_next(struct legacy_file *file, struct csv_record *ret_record);
MUST_USE int legacy_file_seek(struct legacy_file *file, uint64_t offset, uint64_t line);
/* A record as it stands in the file, in UTF-8 where it can be. */
struct span legacy_file_text(struct legacy_file *file, struct span raw, struct arena *arena);
