/* SPDX-License-Identifier: Apache-2.0 */
/*
 * legacy - `yimen legacy import`: reads the file record by record, hands batches to whoever holds the store, counts, shows progress.
 */
#include "broker/base/error.h"
#include "broker/base/sys.h"
#include "broker/cli/cli.h"
#include "broker/identity/csv.h"
#include "broker/identity/migrate.h"

#include <stdlib.h>
#include <unistd.h>

#define EXIT_USAGE 64
#define BATCH 500
#define SAMPLES 3

struct import {
	struct cli *cli;
	struct cli_session *session;
	const char *source, *batch;
	bool dry_run, show_progress;
	FILE *file, *rejects;
	long size;
	struct instant began;
	json_t *header, *rows; /* of the batch at hand */
	uint64_t lines[BATCH]; /* where its rows stand */
	uint64_t offset;
	size_t total, counts[MIGRATE_OUTCOME_COUNT];
	char samples[MIGRATE_OUTCOME_COUNT][SAMPLES][64];
};

static json_t *array_of(const struct csv_record *record)
{
	json_t *array = json_array();

	for (size_t i = 0; i < record->n; i++)
		json_array_append_new(array, json_stringn(record->field[i].p ? record->field[i].p : "", record->field[i].n));
	return array;
}

static void reject(struct import *import, uint64_t line, struct span reason)
{
	import->counts[MIGRATE_REJECTED]++;
	if (import->rejects)
		fprintf(import->rejects, "%llu," SPAN_FMT "\n", (unsigned long long)line, SPAN_ARG(reason));
	else
		fprintf(stderr, "%sline %llu: " SPAN_FMT "\n", import->show_progress ? "\n" : "", (unsigned long long)line, SPAN_ARG(reason));
}

static void show_progress(struct import *import, bool last)
{
	double seconds = (double)(sys_now().ms - import->began.ms) / 1000, part = import->size > 0 ? (double)import->offset / (double)import->size : 1;
	char bar[31];

	if (!import->show_progress)
		return;
	for (size_t i = 0; i < sizeof bar - 1; i++)
		bar[i] = (double)i < part * (double)(sizeof bar - 1) ? '#' : '.';
	bar[sizeof bar - 1] = '\0';
	fprintf(stderr, "\r[%s] %3.0f %%  %zu rows  %.0f rows/s  %.0f s left ", bar, part * 100, import->total, seconds > 0 ? (double)import->total / seconds : 0,
		part > 0 ? seconds / part - seconds : 0);
	if (last)
		fputc('\n', stderr);
}

static void count(struct import *import, size_t i, const json_t *result)
{
	struct span login = json_get_span(result, "login_name");
	enum migrate_outcome outcome;

	if (!migrate_outcome_of(json_get_span(result, "outcome"), &outcome))
		return;
	if (outcome == MIGRATE_REJECTED) {
		reject(import, import->lines[i], json_get_span(result, "reason"));
		return;
	}
	if (login.n && import->counts[outcome] < SAMPLES)
		snprintf(import->samples[outcome][import->counts[outcome]], sizeof import->samples[0][0], SPAN_FMT, SPAN_ARG(login));
	import->counts[outcome]++;
}

static int send_batch(struct import *import)
{
	JSON *answer = NULL;
	const json_t *result;
	size_t i;

	if (json_array_size(import->rows) == 0)
		return 0;
	json_t *args = json_pack("{s:s,s:s,s:b,s:O,s:O}", "source", import->source, "batch", import->batch, "dry_run", import->dry_run, "header", import->header, "rows",
				 import->rows);
	TRY(cli_call(import->session, "legacy.import", args, &answer));
	json_array_foreach(json_object_get(answer, "results"), i, result)
		count(import, i, result);
	json_array_clear(import->rows);
	show_progress(import, false);
	return 0;
}

static int import_file(struct import *import)
{
	struct csv *csv = csv_open_file(import->file, import->cli->arena);
	struct csv_record record;
	int result;

	if (!csv)
		return FAULT_MEMORY;
	if (csv_next(csv, &record) || record.problem != CSV_OK) {
		fprintf(stderr, "yimen legacy: the file has no header line\n");
		return ERR_INVALID;
	}
	import->header = array_of(&record);
	while ((result = csv_next(csv, &record)) == 0) {
		import->total++;
		import->offset = record.offset;
		if (record.problem != CSV_OK) {
			reject(import, record.line, span_of(csv_problem_name(record.problem)));
			continue;
		}
		import->lines[json_array_size(import->rows)] = record.line;
		json_array_append_new(import->rows, array_of(&record));
		if (json_array_size(import->rows) == BATCH)
			TRY(send_batch(import));
	}
	return result == ERR_ABSENT ? send_batch(import) : result;
}

static void report(struct import *import)
{
	printf("%s%zu rows from source %s\n", import->dry_run ? "dry run, nothing was kept: " : "", import->total, import->source);
	for (int i = 0; i < MIGRATE_OUTCOME_COUNT; i++) {
		if (!import->counts[i])
			continue;
		printf("  %-10s%8zu  %s\n", migrate_outcome_name((enum migrate_outcome)i), import->counts[i], migrate_outcome_text((enum migrate_outcome)i));
		for (int k = 0; k < SAMPLES && import->samples[i][k][0]; k++)
			printf("  %-20s%s\n", "", import->samples[i][k]);
	}
}

static int open_files(struct import *import, const char *path, const char *rejects)
{
	import->file = fopen(path, "rbe");
	if (!import->file) {
		fprintf(stderr, "yimen legacy: %s cannot be read\n", path);
		return ERR_ABSENT;
	}
	if (fseek(import->file, 0, SEEK_END) == 0)
		import->size = ftell(import->file);
	rewind(import->file);
	if (rejects && !(import->rejects = fopen(rejects, "wbe"))) {
		fprintf(stderr, "yimen legacy: %s cannot be written\n", rejects);
		return ERR_ABSENT;
	}
	if (import->rejects)
		fputs("line,reason\n", import->rejects);
	return 0;
}

static int run(struct import *import, const char *path, const char *rejects)
{
	char batch[32];

	import->began = sys_now();
	snprintf(batch, sizeof batch, "%lld", (long long)import->began.ms);
	import->batch = batch;
	import->rows = json_array();
	int result = open_files(import, path, rejects);
	if (!result)
		result = cli_open(import->cli, &import->session);
	if (!result)
		result = import_file(import);
	if (!result) {
		show_progress(import, true);
		report(import);
	}
	cli_close(import->session);
	json_decref(import->rows);
	json_decref(import->header);
	if (import->file)
		fclose(import->file);
	if (import->rejects)
		fclose(import->rejects);
	import->batch = NULL; /* it ends with this function */
	return result;
}

int cli_legacy(struct cli *cli)
{
	const char *source = cli_option(cli, "--source"), *rejects = cli_option(cli, "--rejects");
	struct import import = { .cli = cli, .source = source, .dry_run = cli_flag(cli, "--dry-run"), .show_progress = !cli_flag(cli, "--quiet") && isatty(2) };

	if (!source || cli->n_arguments != 2 || strcmp(cli->arguments[0], "import") != 0) {
		fprintf(stderr, "usage: yimen legacy import --source NAME [--dry-run] [--rejects FILE] [--quiet] FILE\n");
		return EXIT_USAGE;
	}
	return run(&import, cli->arguments[1], rejects) ? EXIT_FAILURE : EXIT_SUCCESS;
}
