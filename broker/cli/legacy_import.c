/* SPDX-License-Identifier: Apache-2.0 */
/*
 * legacy_import - `yimen legacy import`: a file, piece by piece, to whoever holds the store.
 *
 * A daemon gets small pieces with pauses between them, so that logins come through. Without one this process does the work itself: one thread
 * reads and judges the next piece while the store's writer keeps the last, and a file that is large beside the store goes into a copy that no
 * commit is synced of (cli_copy).
 */
#include "broker/base/error.h"
#include "broker/base/hours.h"
#include "broker/base/sys.h"
#include "broker/cli/legacy.h"
#include "broker/cli/legacy_piece.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#define ASKED_ROWS 100  /* of a daemon that nobody else asks: a commit of so many takes as long as a password does */
#define ASKED_BUSY 40   /* and of one with other things to do: three of its commits are on the way of a login */
#define QUIET_PIECES 16 /* in a row, before pieces are large again */
#define REST_US 100000  /* a piece that took longer waited for something else */
#define WORK_CAP ((size_t)64 << 20)
#define COPY_MIN ((uint64_t)1 << 20) /* a smaller file goes into the store itself */
#define COPY_SHARE 128               /* and so does one that is that many times smaller than the store */
#define COPY_GROWTH 24               /* bytes in the store for one of the file, at most; measured: 15 */

struct import {
	struct cli *cli;
	struct cli_session *session;
	struct legacy_piece_reader reader;
	struct legacy_report report;
	const char *batch; /* as asked for */
	json_t *header;
	bool keep_passwords;
	size_t asked, quiet; /* of a daemon: rows in a piece, and pieces in a row beside which it wrote nothing else */
	int64_t updates;       /* that it had made when it answered last */
	int64_t rest_until_us; /* by the monotonic clock: it is not asked before */
};

/* ---- what became of it */

static void tell_piece(struct import *import, struct legacy_piece *piece)
{
	for (size_t i = 0; i < piece->n; i++) {
		const struct legacy_piece_entry *entry = &piece->entries[i];
		const struct legacy_import_result *result = &piece->results[entry->row];
		bool goes_in = !entry->problem && result->outcome != MIGRATE_REJECTED && result->outcome != MIGRATE_CLAIMED;

		if (goes_in)
			legacy_report_row(&import->report, result->outcome, result->login_name);
		else
			legacy_report_reject(&import->report, entry->problem ? MIGRATE_REJECTED : result->outcome, entry->line,
					     span_of(entry->problem ? entry->problem : result->reason), legacy_file_text(&import->reader.file, entry->raw, piece->arena));
	}
	import->report.total += piece->n;
	import->report.offset = piece->offset;
	legacy_report_progress(&import->report, false);
}

/* A member that no column is named like is a mistake in the file, not in a row: it is said before anything goes in. */
static int check_first(const struct import *import, const struct legacy_piece *piece)
{
	if (import->report.total || !piece->n || !piece->entries[0].problem || strcmp(piece->entries[0].problem, csv_problem_name(CSV_BAD_COLUMN)) != 0)
		return 0;
	fprintf(stderr, "yimen legacy: line %llu has a member that is no column\n", (unsigned long long)piece->entries[0].line);
	return ERR_INVALID;
}

/* ---- a daemon has the store */

static int take_results(struct legacy_piece *piece, const json_t *answer)
{
	const json_t *item;
	size_t i;

	if (json_array_size(json_object_get(answer, "results")) != piece->n_rows)
		return FAULT(FAULT_BUG, "the daemon answered for another number of rows");
	json_array_foreach(json_object_get(answer, "results"), i, item) {
		struct span reason = json_get_span(item, "reason");
		char *text = arena_cstr(piece->arena, reason);

		piece->results[i] = (struct legacy_import_result){ .outcome = MIGRATE_REJECTED, .reason = text ? text : "",
								   .login_name = arena_dup(piece->arena, json_get_span(item, "login_name")) };
		if (!migrate_outcome_of(json_get_span(item, "outcome"), &piece->results[i].outcome))
			return FAULT(FAULT_BUG, "the daemon knows an outcome that this program does not");
	}
	return 0;
}

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* A fifth of a busy daemon's time is others' alone, and what they wait for is short. One that nobody asks is asked for much, without a rest. */
static void pace(struct import *import, const json_t *answer, int64_t took_us)
{
	int64_t before = import->updates;

	if (!json_get_i64(answer, "updates", &import->updates))
		return;
	if (import->updates > before + 1) {
		import->quiet = 0;
		import->asked = ASKED_BUSY;
	} else if (++import->quiet >= QUIET_PIECES) {
		import->asked = ASKED_ROWS;
		return;
	}
	import->rest_until_us = now_us() + (took_us < REST_US ? took_us : REST_US) / 4;
}

/* What is left of the rest: the next piece was read meanwhile. */
static void rest(const struct import *import)
{
	int64_t left = import->rest_until_us - now_us();

	if (left > 0)
		usleep((useconds_t)left);
}

static int ask(struct import *import, struct legacy_piece *piece)
{
	JSON *answer = NULL;
	json_t *args = json_pack("{s:s,s:s,s:b,s:b,s:O,s:O,s:I,s:I,s:I}", "source", import->report.source, "batch", import->report.batch, "dry_run",
				 import->report.dry_run, "keep_passwords", import->keep_passwords, "header", import->header, "rows", piece->texts, "offset", (json_int_t)piece->offset, "line",
				 (json_int_t)piece->line, "refused", (json_int_t)legacy_piece_refused(piece));

	rest(import);
	int64_t begun = now_us();
	TRY(cli_call(import->session, "legacy.import", args, &answer));
	pace(import, answer, now_us() - begun);
	return take_results(piece, answer);
}

static int import_by_daemon(struct import *import)
{
	CLEANUP(legacy_piece_cleanup) struct legacy_piece *piece = legacy_piece_new();

	if (!piece)
		return FAULT_MEMORY;
	do {
		legacy_piece_read(&import->reader, piece, import->asked);
		TRY(check_first(import, piece));
		if (piece->n) {
			TRY(ask(import, piece));
			tell_piece(import, piece);
		}
	} while (!piece->end);
	return piece->end == ERR_ABSENT ? 0 : piece->end;
}

/* ---- the store is here */

/* Two pieces: one is read while the other is kept. */
struct pipe {
	struct import *import;
	struct legacy_piece *pieces[2];
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool full[2], stopped;
};

static bool wait_for(struct pipe *pipe, int i, bool full)
{
	pthread_mutex_lock(&pipe->lock);
	while (pipe->full[i] != full && !pipe->stopped)
		pthread_cond_wait(&pipe->changed, &pipe->lock);
	bool go_on = !pipe->stopped;
	pthread_mutex_unlock(&pipe->lock);
	return go_on;
}

static void set_full(struct pipe *pipe, int i, bool full)
{
	pthread_mutex_lock(&pipe->lock);
	pipe->full[i] = full;
	pthread_cond_broadcast(&pipe->changed);
	pthread_mutex_unlock(&pipe->lock);
}

static void *read_ahead(void *arg)
{
	struct pipe *pipe = arg;
	int end = 0;

	for (int i = 0; !end && wait_for(pipe, i, false); i = !i) {
		legacy_piece_read(&pipe->import->reader, pipe->pieces[i], LEGACY_PIECE_ROWS);
		end = pipe->pieces[i]->end; /* before it is the other thread's */
		set_full(pipe, i, true);
	}
	return NULL;
}

static int keep_piece(struct import *import, struct legacy_piece *piece, struct arena *work, bool dry_run)
{
	size_t refused[MIGRATE_OUTCOME_COUNT] = { [MIGRATE_REJECTED] = legacy_piece_refused(piece) };
	struct admin admin;
	struct legacy_import rows = { .admin = &admin, .batch = span_of(import->report.batch), .dry_run = dry_run, .keep_passwords = import->keep_passwords,
				      .rows = piece->rows, .n = piece->n_rows, .results = piece->results, .offset = (int64_t)piece->offset, .line = (int64_t)piece->line, .refused = refused };

	arena_reset(work);
	if (!cli_here(import->session, work, &admin))
		return FAULT(FAULT_BUG, "the store is not here");
	rows.config = config_legacy_source(admin.config, span_of(import->report.source));
	int result = legacy_import_rows(&rows);
	if (result)
		fprintf(stderr, "yimen legacy: %s\n", error_row(result)->code);
	return result;
}

static int keep_pieces(struct pipe *pipe, struct arena *work, bool dry_run)
{
	for (int i = 0;; i = !i) {
		if (!wait_for(pipe, i, true))
			return FAULT(FAULT_BUG, "the reader is gone");
		struct legacy_piece *piece = pipe->pieces[i];
		TRY(check_first(pipe->import, piece));
		if (piece->n) {
			TRY(keep_piece(pipe->import, piece, work, dry_run));
			tell_piece(pipe->import, piece);
		}
		if (piece->end)
			return piece->end == ERR_ABSENT ? 0 : piece->end;
		set_full(pipe, i, false);
	}
}

static int import_here(struct import *import, bool dry_run)
{
	CLEANUP(legacy_piece_cleanup) struct legacy_piece *first = legacy_piece_new();
	CLEANUP(legacy_piece_cleanup) struct legacy_piece *second = legacy_piece_new();
	CLEANUP(arena_cleanup) struct arena *work = arena_new(WORK_CAP);
	struct pipe pipe = { .import = import, .pieces = { first, second }, .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };
	pthread_t reader;

	if (!first || !second || !work || pthread_create(&reader, NULL, read_ahead, &pipe))
		return FAULT_MEMORY;
	int result = keep_pieces(&pipe, work, dry_run);
	pthread_mutex_lock(&pipe.lock);
	pipe.stopped = true;
	pthread_cond_broadcast(&pipe.changed);
	pthread_mutex_unlock(&pipe.lock);
	pthread_join(reader, NULL);
	return result;
}

/* ---- from begin to end */

static int read_header(struct import *import, const struct config *config)
{
	struct csv_record record;
	struct span culprit;

	TRY(legacy_file_header(&import->reader.file, &record));
	int result = legacy_row_header(&record, &import->reader.columns, &culprit);
	if (result > 0)
		fprintf(stderr, "yimen legacy: invalid column: " SPAN_FMT "\n", SPAN_ARG(culprit));
	TRY(result);
	import->header = legacy_piece_array(&record);
	const struct config_legacy_source *source = config ? config_legacy_source(config, span_of(import->report.source)) : NULL;
	if (config && !source) {
		fprintf(stderr, "yimen legacy: absent: source\n");
		return ERR_ABSENT;
	}
	if (source)
		legacy_import_header(source, &import->reader.columns);
	import->reader.today = date_of(sys_now(), CHINA_MS);
	return 0;
}

static int begin(struct import *import, const char *path)
{
	JSON *answer = NULL;
	json_t *args = json_pack("{s:s,s:s*,s:s,s:s,s:I}", "source", import->report.source, "batch", import->batch, "file", path, "fingerprint",
				 import->reader.file.fingerprint, "size", (json_int_t)import->reader.file.size);
	int64_t offset = 0, line = 0;

	TRY(cli_call(import->session, "legacy.begin", args, &answer));
	snprintf(import->report.batch, sizeof import->report.batch, SPAN_FMT, SPAN_ARG(json_get_span(answer, "batch")));
	if (!json_get_i64(answer, "offset", &offset) || !json_get_i64(answer, "line", &line) || offset <= 0)
		return 0;
	import->report.resumed = true;
	import->report.offset = import->report.first_offset = (uint64_t)offset;
	return legacy_file_seek(&import->reader.file, (uint64_t)offset, (uint64_t)line);
}

static int end(struct import *import)
{
	JSON *answer = NULL;

	return cli_call(import->session, "legacy.end", json_pack("{s:s}", "batch", import->report.batch), &answer);
}

static bool wants_copy(const struct import *import, struct store *store)
{
	struct store_stats stats;

	store_stats(store, &stats);
	if (import->reader.file.size < COPY_MIN || import->reader.file.size * COPY_SHARE <= stats.bytes_used)
		return false;
	if (stats.disk_free > stats.bytes_used + import->reader.file.size * COPY_GROWTH)
		return true;
	fprintf(stderr, "yimen legacy: the disk has no room for a copy of the store: slower, into the store itself\n");
	return false;
}

static int open_rejects(struct import *import, const char *path)
{
	if (!path)
		return 0;
	import->report.rejects = fopen(path, import->report.resumed ? "abe" : "wbe");
	if (!import->report.rejects) {
		fprintf(stderr, "yimen legacy: %s cannot be written\n", path);
		return ERR_ABSENT;
	}
	if (!import->report.resumed)
		fputs("line,reason,row\n", import->report.rejects);
	return 0;
}

/* A dry run into a copy is the import itself, only that the copy goes afterwards. Without a copy each piece is judged and undone. */
static int run(struct import *import, const char *path, const char *rejects)
{
	struct admin admin = { 0 };
	bool copied = false;

	TRY(cli_open(import->cli, &import->session));
	import->reader.is_here = cli_here(import->session, import->cli->arena, &admin);
	TRY(read_header(import, admin.config));
	if (import->reader.is_here && wants_copy(import, admin.store)) {
		TRY(cli_copy(import->session));
		copied = true;
	}
	bool in_pieces = import->report.dry_run && !copied;
	if (!in_pieces)
		TRY(begin(import, path));
	TRY(open_rejects(import, rejects));
	TRY(import->reader.is_here ? import_here(import, in_pieces) : import_by_daemon(import));
	if (!import->report.dry_run)
		TRY(end(import));
	if (copied && !import->report.dry_run)
		TRY(cli_copy_keep(import->session));
	return 0;
}

int legacy_import_run(struct cli *cli)
{
	const char *rejects = cli_option(cli, "--rejects"), *format = cli_option(cli, "--format"), *encoding = cli_option(cli, "--encoding");
	struct import import = { .cli = cli, .batch = cli_option(cli, "--batch"), .asked = ASKED_BUSY };

	import.report = (struct legacy_report){ .source = cli_option(cli, "--source"), .dry_run = cli_flag(cli, "--dry-run"), .as_json = cli_flag(cli, "--json"),
						.began = sys_now() };
	import.keep_passwords = cli_flag(cli, "--keep-passwords");
	import.report.show_progress = !cli_flag(cli, "--quiet") && isatty(STDERR_FILENO);
	if (!import.report.source || cli->n_arguments != 1)
		return EXIT_USAGE;
	int result = legacy_file_open(&import.reader.file, cli->arguments[0], format, encoding, cli->arena);
	import.report.size = import.reader.file.size;
	if (!result)
		result = run(&import, cli->arguments[0], rejects);
	if (import.report.rejects && fclose(import.report.rejects) && !result) {
		fprintf(stderr, "yimen legacy: %s cannot be written\n", rejects);
		result = FAULT_IO;
	}
	if (!result) {
		legacy_report_progress(&import.report, true);
		legacy_report_print(&import.report);
	}
	cli_close(import.session);
	json_decref(import.header);
	legacy_file_close(&import.reader.file);
	return result ? EXIT_FAILURE : EXIT_SUCCESS;
}
