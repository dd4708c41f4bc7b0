/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry_file - a CSV file in which single rows are looked up by a key, whatever its size.
 *
 * What is kept in memory is a sorted index, 16 bytes a row; the row itself is read from the file. A file that has changed (size, time, inode) is
 * indexed again at the next look-up. Replace such a file by renaming: one that is written in place may be read half-written.
 */
#pragma once

#include "broker/base/arena.h"

struct registry_cell {
	struct span column, value;
};

struct registry_row {
	const struct registry_cell *cells;
	size_t n;
};

#define REGISTRY_KEYS_MAX 4

/* The first row in which each of the @n @columns holds the value beside it. ERR_ABSENT: there is none. ERR_INVALID: the file has no such column, or
 * no header. FAULT_IO: it cannot be read. May read the whole file: not for the loop's thread. */
MUST_USE int registry_file_find(struct span path, const char *const *columns, const struct span *values, size_t n, struct arena *arena,
				struct registry_row *ret_row);
