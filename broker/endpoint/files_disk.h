/* SPDX-License-Identifier: Apache-2.0 */
/*
 * files_disk - where the bytes of uploads rest: one sealed file each, named by its record's id, in 256 directories below <data>/files.
 *
 * A file is complete and synced before its record is written, and removed after its record: what has no record is nobody's and is swept.
 */
#pragma once

#include "broker/endpoint/app.h"

struct sealed_file;

/* A new one, to be written to. */
MUST_USE int files_disk_create(const struct app *app, struct id id, struct sealed_file **ret_file);
/* Finished: on disk, with its name. @ret_sha256: 32 bytes. */
MUST_USE int files_disk_keep(const struct app *app, struct id id, struct sealed_file *file, unsigned char *ret_sha256);
/* ERR_ABSENT, FAULT_CORRUPT. */
MUST_USE int files_disk_open(const struct app *app, struct id id, struct sealed_file **ret_file);
/* No file is no error. */
void files_disk_remove(const struct app *app, struct id id);
/* Remove what lies in the @part-th directory (0 to 255) without a record and is older than @age_ms. *@ret_n: how many. */
MUST_USE int files_disk_sweep(const struct app *app, unsigned part, struct instant now, int64_t age_ms, size_t *ret_n);
