/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_csv - a legacy file of a stranger: every record is either whole or has a problem, offsets only grow, and each good
 * record can be judged as a row.
 */
#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "broker/identity/legacy_row.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_record(const struct csv_record *record, uint64_t before, size_t size)
{
	if (record->offset <= before || record->offset > size || record->line < 1)
		abort();
	for (size_t i = 0; !record->problem && i < record->n; i++)
		if (!encode_is_utf8(record->field[i]) || record->field[i].n > CSV_FIELD_MAX)
			abort();
	if (record->n > CSV_FIELDS_MAX)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
	struct csv *csv = arena ? csv_open_span((struct span){ (const char *)data, size }, arena) : NULL;
	struct csv_record *record = arena ? arena_new_of(arena, struct csv_record) : NULL;
	struct legacy_row_header header;
	struct span culprit;
	uint64_t before = 0;
	bool has_header = false;

	if (!csv || !record)
		return 0;
	for (int n = 0; n < 100 && csv_next(csv, record) == 0; n++) {
		struct legacy_row row;

		check_record(record, before, size);
		before = record->offset;
		if (n == 0 && !record->problem)
			has_header = legacy_row_header(record, &header, &culprit) == 0;
		else if (has_header && legacy_row_read(&header, record, (struct date){ 2026, 1, 1 }, arena, &row) == 0 &&
			!row.reason &&
			 !row.key.n)
			abort();
	}
	return 0;
}
