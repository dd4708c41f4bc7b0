/* SPDX-License-Identifier: Apache-2.0 */
/*
 * legacy_piece - some records of a file of old accounts, read together: to be judged here, or handed to a daemon.
 */
#pragma once

#include "broker/cli/legacy_file.h"
#include "broker/endpoint/legacy_import.h"

#define LEGACY_PIECE_ROWS 1000

/* One record of the file: a row that is handed over, or one that cannot be read. */
struct legacy_piece_entry {
	uint64_t line;
	struct span raw;
	const char *problem; /* NULL: row number @row of the piece */
	size_t row;
};

struct legacy_piece {
	struct arena *arena;
	struct legacy_piece_entry entries[LEGACY_PIECE_ROWS];
	struct legacy_row rows[LEGACY_PIECE_ROWS]; /* judged here */
	struct legacy_import_result results[LEGACY_PIECE_ROWS];
	json_t *texts; /* for a daemon to judge */
	size_t n, n_rows;
	uint64_t offset, line; /* where the file goes on behind it */
	int end;               /* 0: it goes on; ERR_ABSENT: that was all; or what went wrong */
};

struct legacy_piece_reader {
	struct legacy_file file;
	struct legacy_row_header columns;
	struct date today;
	bool is_here; /* into rows; else into texts */
};

/* NULL without memory. */
struct legacy_piece *legacy_piece_new(void);
void legacy_piece_free(struct legacy_piece *piece);
DEFINE_CLEANUP(struct legacy_piece, legacy_piece_cleanup, legacy_piece_free)

/* The next records, at most @max of them (no more than LEGACY_PIECE_ROWS); what was in @piece is gone. */
void legacy_piece_read(struct legacy_piece_reader *reader, struct legacy_piece *piece, size_t max);
/* Records that cannot be read. */
size_t legacy_piece_refused(const struct legacy_piece *piece);
/* The fields of @record as a daemon is given them (a new reference). */
json_t *legacy_piece_array(const struct csv_record *record);
