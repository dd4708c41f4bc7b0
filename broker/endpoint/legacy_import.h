/* SPDX-License-Identifier: Apache-2.0 */
/*
 * legacy_import - rows of old accounts into the store: facts, the decision table of identity/migrate.h, and what it says, one transaction for
 * all rows that are handed over together.
 *
 * A row that was imported before is found by (source, legacy_id). When nothing in it is new it is left alone; when something is, it corrects
 * what the import made, unless somebody has the old account by now. An empty column says nothing. The transaction also notes in the batch's
 * record how far the file was read, so an import that was killed goes on there, and rows that were read twice are found unchanged.
 */
#pragma once

#include "broker/endpoint/admin.h"
#include "broker/identity/legacy_row.h"

struct config_legacy_source;
struct legacy_batch;

struct legacy_import_result {
	enum migrate_outcome outcome;
	const char *reason; /* of REJECTED, CLAIMED */
	struct span login_name;
};

struct legacy_judged;

struct legacy_import {
	struct admin *admin;
	const struct config_legacy_source *config;
	struct span batch; /* its name; empty: none is kept */
	bool dry_run;
	bool keep_passwords; /* rows imported before keep theirs where it rests wrapped: nothing is compared, which takes an Argon2 computation a row */
	const struct legacy_row *rows;
	size_t n;
	int64_t offset, line; /* where the file goes on behind these rows */
	const size_t *refused; /* rows that the reader refused among them, by outcome; NULL: none */
	struct legacy_import_result *results; /* one a row */
	struct legacy_judged *judged; /* one a row; ours */
	unsigned n_ids; /* made in the running transaction */
};

/* Import, or with dry_run say what would be. ERR_ABSENT: there is no such batch, or it is over. */
MUST_USE int legacy_import_rows(struct legacy_import *import);
/* The batch of that name. ERR_ABSENT. */
MUST_USE int legacy_import_batch(struct txn *txn, struct span name, struct arena *arena, struct legacy_batch *ret_batch);
/* What @header needs to know of the source. */
void legacy_import_header(const struct config_legacy_source *config, struct legacy_row_header *header);
