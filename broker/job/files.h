/* SPDX-License-Identifier: Apache-2.0 */
/*
 * files - retention of what people handed in: loose files whose day is over, files of decided appeals and rejected submissions whose time has come, and
 * files on disk that have no record.
 */
#pragma once

#include "broker/endpoint/app.h"

/* How often it is called; each time it looks at a part of the records and at one of the 256 directories. */
#define FILES_EVERY (10 * MS_SECOND)

/* Where the last call stopped. */
struct files_round {
	struct id next;
	unsigned part;
};

/* *@ret_n (may be NULL): how many files were purged. */
MUST_USE int files_run(struct app *app, struct instant now, struct files_round *round, size_t *ret_n);
