/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/job/files.h"

#include "broker/base/encode.h"
#include "broker/base/log.h"
#include "broker/endpoint/audit.h"
#include "broker/endpoint/files_disk.h"
#include "broker/store/records_review.h"

#define LOOK_MAX 2000 /* records a call: a million are gone through in an hour and a half, at a millisecond or two each time */
#define PURGE_MAX 100
#define ORPHAN_AGE MS_HOUR /* an upload that is being taken has a file before it has a record */
#define ARENA_MAX ((size_t)8 * 1024 * 1024)

struct pass {
	struct instant now;
	struct arena *arena;
	struct id from, last;
	size_t looked;
	struct id due[PURGE_MAX];
	size_t n;
};

static bool is_due(const struct upload *upload, struct instant now)
{
	return instant_is_set(upload->purge_at) && !instant_before(now, upload->purge_at);
}

static int look_at(const void *record, void *arg)
{
	const struct upload *upload = record;
	struct pass *pass = arg;

	pass->last = upload->id;
	if (is_due(upload, pass->now))
		pass->due[pass->n++] = upload->id;
	return ++pass->looked == LOOK_MAX || pass->n == PURGE_MAX ? TXN_STOP : 0;
}

static int look(struct txn *txn, void *arg)
{
	struct pass *pass = arg;

	pass->looked = pass->n = 0;
	return record_scan(txn, &KIND_UPLOAD, pass->from, pass->arena, look_at, pass);
}

/* What was due may have been submitted meanwhile. */
static int purge(struct txn *txn, void *arg)
{
	struct pass *pass = arg;

	for (size_t i = 0; i < pass->n; i++) {
		struct upload upload;
		char id[37], *what;
		int result = record_get(txn, &KIND_UPLOAD, pass->due[i], pass->arena, &upload);

		if (result && result != ERR_ABSENT)
			return result;
		if (!result && !is_due(&upload, pass->now)) {
			pass->due[i] = (struct id){ { 0 } };
			continue;
		}
		if (result)
			continue;
		TRY(record_del(txn, &KIND_UPLOAD, upload.id));
		encode_id(id, upload.id);
		what = arena_printf(pass->arena, SPAN_FMT "/" SPAN_FMT, SPAN_ARG(upload.use), SPAN_ARG(upload.slot));
		TRY(audit_write_operator(txn, pass->now, &(struct audit_event){ .action = "file.purge", .subject = span_of(id), .detail = span_of(what) }));
	}
	return 0;
}

static struct id after(struct id id)
{
	for (size_t i = sizeof id.b; i-- > 0;)
		if (++id.b[i])
			break;
	return id;
}

int files_run(struct app *app, struct instant now, struct files_round *round, size_t *ret_n)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(ARENA_MAX);
	struct pass pass = { .now = now, .arena = arena, .from = round->next };
	size_t n = 0, orphans;

	if (!arena)
		return FAULT_MEMORY;
	TRY(store_view(app->store, look, &pass));
	round->next = pass.looked < LOOK_MAX && pass.n < PURGE_MAX ? (struct id){ { 0 } } : after(pass.last);
	if (pass.n)
		TRY(store_update(app->store, purge, &pass));
	for (size_t i = 0; i < pass.n; i++)
		if (id_is_set(pass.due[i])) {
			files_disk_remove(app, pass.due[i]); /* after its record: what is left by a crash in between has none, and is swept */
			n++;
		}
	TRY(files_disk_sweep(app, round->part, now, ORPHAN_AGE, &orphans));
	round->part = (round->part + 1) % 256;
	if (n || orphans)
		LOG(LOG_INFO, "files.purged", F_INT("files", n), F_INT("orphans", orphans));
	if (ret_n)
		*ret_n = n;
	return 0;
}
