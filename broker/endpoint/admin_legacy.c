/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_legacy - the operator's commands about files of old accounts: begin one, hand over its rows, end it; the list of batches; taking one back.
 */
#include "broker/base/encode.h"
#include "broker/base/hours.h"
#include "broker/base/sys.h"
#include "broker/endpoint/audit.h"
#include "broker/endpoint/legacy_import.h"
#include "broker/endpoint/legacy_retract.h"
#include "broker/store/records_legacy.h"
#include "conf/config_legacy.h"

#define ROWS_MAX 1000
#define UNDO_ROWS 100
#define BATCH_NAME_MAX 64

static const char *const statuses[] = { "", "running", "done", "undone" };

static int source_of(struct admin *admin, const json_t *args, struct json_writer *out, const struct config_legacy_source **ret_source)
{
	const struct config_legacy_source *source = config_legacy_source(admin->config, json_get_span(args, "source"));

	if (!source) {
		json_member_str(out, "field", SPAN("source"));
		return ERR_ABSENT;
	}
	*ret_source = source;
	return 0;
}

static void write_batch(struct json_writer *out, const struct legacy_batch *batch)
{
	json_member_str(out, "batch", batch->name);
	json_member_str(out, "source", batch->source);
	json_member_str(out, "file", batch->file);
	json_member_str(out, "status", span_of(statuses[batch->status]));
	json_member_time(out, "begun_at", batch->begun_at);
	json_member_time(out, "ended_at", batch->ended_at);
	json_member_int(out, "size", batch->size);
	json_member_int(out, "offset", batch->offset);
	json_member_int(out, "line", batch->line);
	json_key(out, "counts");
	json_raw(out, batch->counts.n ? batch->counts : SPAN("{}"));
}

/* ---- begin, end */

struct begin {
	struct admin *admin;
	struct legacy_batch batch; /* as asked for; then as it stands */
	bool named, found;
};

static int take_running(const void *record, void *arg)
{
	const struct legacy_batch *batch = record;
	struct begin *begin = arg;

	if (batch->status != LEGACY_BATCH_RUNNING)
		return 0;
	begin->batch = *batch;
	begin->found = true;
	return TXN_STOP;
}

/* The same file whose import was cut off goes on; anything else begins. */
static int begin_batch(struct txn *txn, void *arg)
{
	struct begin *begin = arg;
	struct legacy_batch wanted = begin->batch, earlier;

	begin->found = false;
	if (!begin->named) {
		TRY(record_each(txn, &KIND_LEGACY_BATCH, LEGACY_BATCH_BY_FILE, &wanted, begin->admin->arena, take_running, begin));
		if (begin->found)
			return 0;
	}
	int result = legacy_import_batch(txn, wanted.name, begin->admin->arena, &earlier);
	if (result && result != ERR_ABSENT)
		return result;
	if (!result) {
		if (earlier.status != LEGACY_BATCH_RUNNING || !span_eq(earlier.source, wanted.source) || !span_eq(earlier.fingerprint, wanted.fingerprint))
			return ERR_EXISTS;
		begin->batch = earlier;
		begin->found = true;
		return 0;
	}
	begin->batch = wanted;
	return record_insert(txn, &KIND_LEGACY_BATCH, &begin->batch);
}

/* args: source, fingerprint, size, file, batch (a name; without one: source and time). The answer is the batch; "resumed": an import of this very
 * file was cut off, and goes on at "offset". */
int admin_legacy_begin(struct admin *admin, const json_t *args, struct json_writer *out)
{
	const struct config_legacy_source *source = NULL;
	struct begin begin = { .admin = admin };
	struct legacy_batch *batch = &begin.batch;

	TRY(source_of(admin, args, out, &source));
	*batch = (struct legacy_batch){ .id = sys_new_id(admin->now), .source = source->id, .name = json_get_span(args, "batch"), .file = json_get_span(args, "file"),
					.fingerprint = json_get_span(args, "fingerprint"), .status = LEGACY_BATCH_RUNNING, .begun_at = admin->now };
	(void)json_get_i64(args, "size", &batch->size);
	begin.named = batch->name.n > 0;
	if (batch->name.n > BATCH_NAME_MAX || !batch->fingerprint.n) {
		json_member_str(out, "field", SPAN("batch"));
		return ERR_INVALID;
	}
	if (!begin.named) {
		char *name = arena_printf(admin->arena, SPAN_FMT "-%lld", SPAN_ARG(source->id), (long long)admin->now.ms);

		if (!name)
			return FAULT_MEMORY;
		batch->name = span_of(name);
	}
	int result = store_update(admin->store, begin_batch, &begin);
	if (result == ERR_EXISTS)
		json_member_str(out, "field", SPAN("batch"));
	TRY(result);
	write_batch(out, batch);
	json_member_bool(out, "resumed", begin.found);
	return 0;
}

struct ending {
	struct admin *admin;
	struct span name;
	struct legacy_batch batch;
};

static int end_batch(struct txn *txn, void *arg)
{
	struct ending *ending = arg;

	TRY(legacy_import_batch(txn, ending->name, ending->admin->arena, &ending->batch));
	if (ending->batch.status != LEGACY_BATCH_RUNNING)
		return 0;
	ending->batch.status = LEGACY_BATCH_DONE;
	ending->batch.ended_at = ending->admin->now;
	return record_put(txn, &KIND_LEGACY_BATCH, &ending->batch);
}

/* args: batch. */
int admin_legacy_end(struct admin *admin, const json_t *args, struct json_writer *out)
{
	struct ending ending = { .admin = admin, .name = json_get_span(args, "batch") };

	TRY(store_update(admin->store, end_batch, &ending));
	write_batch(out, &ending.batch);
	return 0;
}

/* ---- rows */

static int read_record(const json_t *item, struct csv_record *record)
{
	size_t i;
	const json_t *value;

	if (!json_is_array(item) || json_array_size(item) > CSV_FIELDS_MAX)
		return ERR_INVALID;
	*record = (struct csv_record){ .n = json_array_size(item) };
	json_array_foreach(item, i, value) {
		if (!json_is_string(value))
			return ERR_INVALID;
		record->field[i] = (struct span){ json_string_value(value), json_string_length(value) };
	}
	return 0;
}

static int read_rows(struct admin *admin, struct legacy_import *import, const json_t *args, struct json_writer *out, struct legacy_row *rows)
{
	struct date today = date_of(admin->now, CHINA_MS);
	struct legacy_row_header header;
	struct csv_record record;
	const json_t *item, *list = json_object_get(args, "rows");
	struct span column;
	size_t i;

	TRY(read_record(json_object_get(args, "header"), &record));
	int result = legacy_row_header(&record, &header, &column);
	if (result > 0)
		json_member_str(out, "field", column);
	TRY(result);
	legacy_import_header(import->config, &header);
	json_array_foreach(list, i, item) {
		TRY(read_record(item, &record));
		TRY(legacy_row_read(&header, &record, today, admin->arena, &rows[i]));
	}
	import->rows = rows;
	return 0;
}

/* "updates": of all that write, ever. Who imports beside others sees by it whether there are any, and makes room. */
static void write_results(const struct legacy_import *import, struct json_writer *out)
{
	struct store_stats stats;

	store_stats(import->admin->store, &stats);
	json_member_int(out, "updates", (int64_t)stats.updates);
	json_key(out, "results");
	json_open(out, '[');
	for (size_t i = 0; i < import->n; i++) {
		json_open(out, '{');
		json_member_str(out, "outcome", span_of(migrate_outcome_name(import->results[i].outcome)));
		json_member_str(out, "reason", span_of(import->results[i].reason));
		json_member_str(out, "login_name", import->results[i].login_name);
		json_close(out, '}');
	}
	json_close(out, ']');
}

/* args: source, batch (that was begun; none: nothing is noted), dry_run, keep_passwords, header: [column…], rows: [[field…]…], at most ROWS_MAX; offset and line
 * where the file goes on behind them; refused: how many rows between them the reader refused. */
int admin_legacy_import(struct admin *admin, const json_t *args, struct json_writer *out)
{
	struct legacy_import import = { .admin = admin, .batch = json_get_span(args, "batch"), .dry_run = json_get_bool(args, "dry_run", false),
					.keep_passwords = json_get_bool(args, "keep_passwords", false), .n = json_array_size(json_object_get(args, "rows")) };
	size_t refused[MIGRATE_OUTCOME_COUNT] = { 0 };
	int64_t n = 0;

	TRY(source_of(admin, args, out, &import.config));
	if (import.n > ROWS_MAX)
		return ERR_INVALID;
	(void)json_get_i64(args, "offset", &import.offset);
	(void)json_get_i64(args, "line", &import.line);
	(void)json_get_i64(args, "refused", &n);
	refused[MIGRATE_REJECTED] = n > 0 ? (size_t)n : 0;
	import.refused = refused;
	struct legacy_row *rows = arena_array(admin->arena, struct legacy_row, import.n + 1);
	import.results = arena_array(admin->arena, struct legacy_import_result, import.n + 1);
	if (!rows || !import.results)
		return FAULT_MEMORY;
	TRY(read_rows(admin, &import, args, out, rows));
	TRY(legacy_import_rows(&import));
	write_results(&import, out);
	return 0;
}

/* ---- the list */

struct list {
	struct json_writer *out;
	struct span source;
};

static int list_batch(const void *record, void *arg)
{
	const struct legacy_batch *batch = record;
	struct list *list = arg;

	if (list->source.n && !span_eq(list->source, batch->source))
		return 0;
	json_open(list->out, '{');
	write_batch(list->out, batch);
	json_close(list->out, '}');
	return 0;
}

struct listing {
	struct admin *admin;
	struct list list;
};

static int list_all(struct txn *txn, void *arg)
{
	struct listing *listing = arg;

	return record_scan(txn, &KIND_LEGACY_BATCH, (struct id){ { 0 } }, listing->admin->arena, list_batch, &listing->list);
}

/* args: source (none: all). In the order in which they were begun. */
int admin_legacy_batches(struct admin *admin, const json_t *args, struct json_writer *out)
{
	struct listing listing = { .admin = admin, .list = { out, json_get_span(args, "source") } };

	json_key(out, "batches");
	json_open(out, '[');
	TRY(store_view(admin->store, list_all, &listing));
	json_close(out, ']');
	return 0;
}

/* ---- taking back: from the last row to the first, so that what was suggested to an account goes before the account */

struct undo {
	struct admin *admin;
	struct legacy_batch batch;
	struct span name;
	struct id before; /* rows with smaller ids are next; zero: the last ones */
	bool dry_run, judged;
	struct legacy rows[UNDO_ROWS];
	size_t n;
	bool kept[UNDO_ROWS];
	int64_t taken, stay, accounts, units, grants, bindings;
};

static int take_row(const void *record, void *arg)
{
	struct undo *undo = arg;

	undo->rows[undo->n++] = *(const struct legacy *)record;
	return undo->n < UNDO_ROWS ? 0 : TXN_STOP;
}

static int undo_row(struct txn *txn, struct undo *undo, size_t i)
{
	struct arena *arena = undo->admin->arena;
	struct legacy_retracted what;
	bool claimed, history = false;

	TRY(legacy_retract_is_claimed(txn, &undo->rows[i], arena, &claimed));
	if (!claimed)
		TRY(legacy_retract_has_history(txn, &undo->rows[i], arena, &history));
	undo->kept[i] = claimed || history;
	undo->stay += undo->kept[i];
	if (undo->kept[i])
		return 0;
	TRY(legacy_retract_whole(txn, &undo->rows[i], arena, &what));
	undo->taken++;
	undo->accounts += what.account;
	undo->units += what.unit;
	undo->grants += (int64_t)what.grants;
	undo->bindings += what.binding;
	return 0;
}

/* What the batch has lost, by outcome: what is left of it is still imported. */
static int count_taken(struct undo *undo)
{
	JSON *counts = NULL;

	if (!undo->batch.taken.n)
		counts = json_object();
	else if (json_read_object(undo->batch.taken, &counts))
		return FAULT(FAULT_CORRUPT, "the counts of a batch");
	for (size_t i = 0; i < undo->n && counts; i++) {
		const char *outcome = arena_cstr(undo->admin->arena, undo->rows[i].outcome);

		if (!outcome)
			return FAULT_MEMORY;
		if (!undo->kept[i] && json_object_set_new(counts, outcome, json_integer(json_integer_value(json_object_get(counts, outcome)) + 1)))
			return FAULT_MEMORY;
	}
	char *text = counts ? json_dumps(counts, JSON_COMPACT) : NULL;
	if (!text)
		return FAULT_MEMORY;
	undo->batch.taken = arena_dup(undo->admin->arena, span_of(text));
	free(text);
	return undo->batch.taken.p ? 0 : FAULT_MEMORY;
}

static int put_batch(struct txn *txn, struct undo *undo)
{
	TRY(count_taken(undo));
	if (undo->n < UNDO_ROWS) {
		undo->batch.status = LEGACY_BATCH_UNDONE;
		undo->batch.ended_at = undo->admin->now;
	}
	return record_put(txn, &KIND_LEGACY_BATCH, &undo->batch);
}

static int undo_some(struct txn *txn, void *arg)
{
	struct undo *undo = arg;
	struct legacy probe = { .batch = undo->name };

	undo->judged = false;
	undo->n = 0;
	undo->taken = undo->stay = undo->accounts = undo->units = undo->grants = undo->bindings = 0;
	TRY(legacy_import_batch(txn, undo->name, undo->admin->arena, &undo->batch));
	TRY(record_page(txn, &KIND_LEGACY, LEGACY_BY_BATCH, &probe, (struct record_from){ .at = undo->before, .falling = true }, undo->admin->arena, take_row,
			undo));
	for (size_t i = 0; i < undo->n; i++)
		TRY(undo_row(txn, undo, i));
	undo->judged = true;
	if (undo->dry_run)
		return ERR_CONFLICT;
	TRY(put_batch(txn, undo));
	return undo->taken ? audit_write_operator(txn, undo->admin->now,
						  &(struct audit_event){ .action = "legacy.undo", .subject = undo->batch.source, .detail = undo->name }) :
			     0;
}

static void write_undone(const struct undo *undo, struct json_writer *out)
{
	json_member_int(out, "taken", undo->taken);
	json_member_int(out, "accounts", undo->accounts);
	json_member_int(out, "units", undo->units);
	json_member_int(out, "grants", undo->grants);
	json_member_int(out, "bindings", undo->bindings);
	json_member_bool(out, "done", undo->n < UNDO_ROWS);
	if (undo->n)
		json_member_id(out, "next", undo->rows[undo->n - 1].id);
	json_key(out, "stay");
	json_open(out, '[');
	for (size_t i = 0; i < undo->n; i++) {
		if (!undo->kept[i])
			continue;
		json_open(out, '{');
		json_member_str(out, "legacy_id", undo->rows[i].legacy_id);
		json_member_str(out, "outcome", undo->rows[i].outcome);
		json_close(out, '}');
	}
	json_close(out, ']');
}

/* args: batch, dry_run, before (a row's id: "next" of the answer before). A handful of rows a call; "done" in the last one. */
int admin_legacy_undo(struct admin *admin, const json_t *args, struct json_writer *out)
{
	struct undo *undo = arena_new_of(admin->arena, struct undo);
	struct span before = json_get_span(args, "before");

	if (!undo)
		return FAULT_MEMORY;
	*undo = (struct undo){ .admin = admin, .name = json_get_span(args, "batch"), .dry_run = json_get_bool(args, "dry_run", false) };
	if (before.n)
		TRY(encode_id_decode(before, &undo->before));
	int result = store_update(admin->store, undo_some, undo);
	if (result == ERR_ABSENT)
		json_member_str(out, "field", SPAN("batch"));
	if (result && !(result == ERR_CONFLICT && undo->dry_run && undo->judged))
		return result;
	write_undone(undo, out);
	return 0;
}
