/* SPDX-License-Identifier: Apache-2.0 */
/*
 * legacy - what the files of `yimen legacy` share: the import, and the report on it.
 */
#pragma once

#include "broker/cli/cli.h"
#include "broker/identity/migrate.h"

#define LEGACY_SAMPLES 3

/* What an import did so far, and what of it is shown while it runs and in the end. */
struct legacy_report {
	const char *source;
	char batch[80];
	bool dry_run, resumed, show_progress, as_json;
	FILE *rejects; /* NULL: the first ones go to standard error */
	struct instant began;
	uint64_t size, offset, first_offset;
	size_t total, counts[MIGRATE_OUTCOME_COUNT];
	char samples[MIGRATE_OUTCOME_COUNT][LEGACY_SAMPLES][80];
};

void legacy_report_row(struct legacy_report *report, enum migrate_outcome outcome, struct span login_name);
/* A row that does not go in, or whose change is not taken over: its line, why, and the row as it stands in the file. */
void legacy_report_reject(struct legacy_report *report, enum migrate_outcome outcome, uint64_t line, struct span reason, struct span row);
void legacy_report_progress(struct legacy_report *report, bool last);
void legacy_report_print(const struct legacy_report *report);

/* `yimen legacy import`: the exit code. */
int legacy_import_run(struct cli *cli);
/* `yimen legacy export`: likewise. */
int legacy_export_run(struct cli *cli);
