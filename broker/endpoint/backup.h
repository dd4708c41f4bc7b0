/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backup - a copy of everything that the daemon keeps but its keys, and what has to be forgotten where such a copy takes its place.
 *
 * The store first, as one snapshot, then the sealed files: a file that came in between has no record and is swept, one whose record is in the snapshot was
 * complete before that (files_disk.h). What a copy cannot know is which sessions ended, which codes were used and which tokens were revoked since; so a
 * restore ends all of them: the epoch begins anew, and everybody logs in again.
 */
#pragma once

#include "broker/store/store.h"

/* Into @dir, which must be absent or empty (ERR_EXISTS). The store may be in use meanwhile. */
MUST_USE int backup_write(struct store *store, const char *data_dir, const char *dir);
/* From @dir into @data_dir. ERR_EXISTS: there is a store already, or files; ERR_ABSENT: @dir holds none. */
MUST_USE int backup_read(const char *dir, const char *data_dir);
/* In a store that was just restored: everything that a login or a grant has given ends, and events get numbers that no receiver has seen.
 * *@ret_n: how many records went. */
MUST_USE int backup_begin_epoch(struct store *store, struct instant now, size_t *ret_n);
