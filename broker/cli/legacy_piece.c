/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/cli/legacy_piece.h"

#include "broker/base/error.h"

#include <stdlib.h>

#define PIECE_BYTES ((size_t)2 << 20)
#define PIECE_CAP ((size_t)16 << 20)

json_t *legacy_piece_array(const struct csv_record *record)
{
	json_t *array = json_array();

	for (size_t i = 0; i < record->n; i++)
		json_array_append_new(array, json_stringn(record->field[i].p ? record->field[i].p : "", record->field[i].n));
	return array;
}

/* The reader's memory is the next record's. */
static int keep_record(struct legacy_piece *piece, struct csv_record *record)
{
	for (size_t i = 0; i < record->n; i++) {
		if (!record->field[i].n)
			continue;
		record->field[i] = arena_dup(piece->arena, record->field[i]);
		if (!record->field[i].p)
			return FAULT_MEMORY;
	}
	return 0;
}

static int add_record(struct legacy_piece_reader *reader, struct legacy_piece *piece, struct csv_record *record)
{
	struct legacy_piece_entry *entry = &piece->entries[piece->n];

	*entry = (struct legacy_piece_entry){ .line = record->line, .raw = arena_dup(piece->arena, record->raw), .row = piece->n_rows };
	if (!entry->raw.p)
		return FAULT_MEMORY;
	piece->n++;
	piece->offset = record->offset;
	piece->line = record->next_line;
	if (record->problem) {
		entry->problem = csv_problem_name(record->problem);
		return 0;
	}
	if (!reader->is_here)
		return json_array_append_new(piece->texts, legacy_piece_array(record)) ? FAULT_MEMORY : (piece->n_rows++, 0);
	TRY(keep_record(piece, record));
	return legacy_row_read(&reader->columns, record, reader->today, piece->arena, &piece->rows[piece->n_rows++]);
}

void legacy_piece_read(struct legacy_piece_reader *reader, struct legacy_piece *piece, size_t max)
{
	struct csv_record record;

	arena_reset(piece->arena);
	json_array_clear(piece->texts);
	piece->n = piece->n_rows = 0;
	piece->end = 0;
	while (!piece->end && piece->n < max && arena_used(piece->arena) < PIECE_BYTES) {
		piece->end = legacy_file_next(&reader->file, &record);
		if (!piece->end)
			piece->end = add_record(reader, piece, &record);
	}
}

void legacy_piece_free(struct legacy_piece *piece)
{
	if (!piece)
		return;
	arena_free(piece->arena);
	json_decref(piece->texts);
	free(piece);
}

struct legacy_piece *legacy_piece_new(void)
{
	struct legacy_piece *piece = calloc(1, sizeof *piece);

	if (!piece)
		return NULL;
	piece->arena = arena_new(PIECE_CAP);
	piece->texts = json_array();
	if (piece->arena && piece->texts)
		return piece;
	legacy_piece_free(piece);
	return NULL;
}

size_t legacy_piece_refused(const struct legacy_piece *piece)
{
	return piece->n - piece->n_rows;
}
