/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_json_lines - a legacy file of a stranger, the first byte choosing its character set: every record is either whole or has a problem,
 * offsets only grow, and each good record can be judged as a row.
 */
#include "broker/base/encode.h"
#include "broker/identity/json_lines.h"
#include "broker/identity/legacy_row.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(2 << 20);
	CLEANUP(text_code_cleanup) struct text_code *code = NULL;
	struct csv_record *columns = arena ? arena_new_of(arena, struct csv_record) : NULL, *record = arena ? arena_new_of(arena, struct csv_record) : NULL;
	struct legacy_row_header header;
	struct span culprit;
	uint64_t before = 0;

	if (!columns || !record || !size || (data[0] == 'g' && text_code_open(SPAN("gb18030"), &code)))
		return 0;
	legacy_row_columns(columns);
	if (legacy_row_header(columns, &header, &culprit))
		abort();
	header.claims_only = data[0] == 'c';
	struct json_lines *lines = json_lines_open_span((struct span){ (const char *)data + 1, size - 1 }, columns, arena);
	if (!lines)
		return 0;
	json_lines_set_code(lines, code);
	for (int n = 0; n < 100 && json_lines_next(lines, record) == 0; n++) {
		struct legacy_row row;

		if (record->offset <= before || record->offset > size || record->line < 1 || record->next_line < record->line)
			abort();
		before = record->offset;
		for (size_t i = 0; !record->problem && i < record->n; i++)
			if (!encode_is_utf8(record->field[i]) || record->field[i].n > CSV_FIELD_MAX)
				abort();
		if (!record->problem && legacy_row_read(&header, record, (struct date){ 2026, 1, 1 }, arena, &row) == 0 && !row.reason && !row.key.n &&
		    !header.claims_only)
			abort();
	}
	return 0;
}
