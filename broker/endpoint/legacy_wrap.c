/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/legacy_wrap.h"

#include "broker/base/json.h"
#include "broker/base/sys.h"
#include "broker/endpoint/account_new.h"
#include "broker/endpoint/admin.h"
#include "broker/endpoint/audit.h"
#include "broker/endpoint/legacy_change.h"
#include "broker/endpoint/legacy_retract.h"
#include "broker/store/records_account.h"
#include "broker/store/records_legacy.h"
#include "broker/store/records_system.h"
#include "conf/config.h"

#include <stdatomic.h>

#define SEEN_MAX 200
#define ROWS_MAX 16 /* legacy records of one account */
#define PAUSED SPAN("legacy.wrap.paused")

/* ---- what is to be done */

static bool is_over(const struct config_legacy_source *source, struct instant since, struct instant now)
{
	return source && source->unclaimed_life && !instant_before(now, instant_add(since, source->unclaimed_life));
}

static bool judge_account(const struct legacy_wrap_batch *batch, const struct account *account, struct legacy_wrap_item *item)
{
	if (account->password.n || !account->legacy_digest.n)
		return false;
	item->id = account->id;
	item->hash = legacy_at_rest(account->legacy_scheme, account->legacy_salt, account->legacy_digest);
	item->is_over = is_over(config_legacy_source(batch->config, account_new_import(account)), account->created_at, batch->now);
	return item->is_over || legacy_wants_wrap(&item->hash);
}

static bool judge_legacy(const struct legacy_wrap_batch *batch, const struct legacy *legacy, struct legacy_wrap_item *item)
{
	if (!legacy->digest.n)
		return false;
	item->id = legacy->id;
	item->hash = legacy_at_rest(legacy->scheme, legacy->salt, legacy->digest);
	item->is_over = is_over(config_legacy_source(batch->config, legacy->source), instant_is_set(legacy->changed_at) ? legacy->changed_at : legacy->imported_at,
				batch->now);
	return item->is_over || legacy_wants_wrap(&item->hash);
}

static const struct kind *const kinds[] = { &KIND_ACCOUNT, &KIND_LEGACY };

struct walk {
	struct legacy_wrap_batch *batch;
	struct legacy_wrap_place *place;
	size_t seen;
	bool is_full;
};

static struct id id_after(struct id id)
{
	for (size_t i = sizeof id.b; i-- && ++id.b[i] == 0;)
		;
	return id;
}

static int look_at(const void *record, void *arg)
{
	struct walk *walk = arg;
	const struct kind *kind = kinds[walk->place->kind];
	struct legacy_wrap_item item = { .kind = kind };

	if (kind == &KIND_ACCOUNT ? judge_account(walk->batch, record, &item) : judge_legacy(walk->batch, record, &item))
		walk->batch->items[walk->batch->n++] = item;
	walk->place->next[walk->place->kind] = id_after(*(const struct id *)record);
	walk->is_full = walk->batch->n == LEGACY_WRAP_BATCH || ++walk->seen == SEEN_MAX;
	return walk->is_full ? TXN_STOP : 0;
}

static int find(struct txn *txn, void *arg)
{
	struct walk *walk = arg;

	while (!walk->is_full && walk->place->kind < ARRAY_LEN(kinds)) {
		TRY(record_scan(txn, kinds[walk->place->kind], walk->place->next[walk->place->kind], walk->batch->arena, look_at, walk));
		if (!walk->is_full)
			walk->place->kind++;
	}
	return 0;
}

int legacy_wrap_find(struct store *store, struct legacy_wrap_batch *batch, struct legacy_wrap_place *place, bool *ret_end)
{
	struct walk walk = { .batch = batch, .place = place };

	batch->n = 0;
	TRY(store_view(store, find, &walk));
	*ret_end = place->kind == ARRAY_LEN(kinds);
	if (*ret_end)
		place->kind = 0;
	return 0;
}

int legacy_wrap_hash(struct legacy_wrap_batch *batch, struct legacy_wrap_item *item)
{
	const struct config_password *config = &batch->config->password;
	struct password_cost cost = { (unsigned)config->cost_time, (unsigned)(config->cost_memory / 1024) };

	item->is_done = item->is_over;
	if (item->is_over)
		return 0;
	int result = batch->by ? legacy_wrap_by(&item->hash, cost, batch->by, batch->by_arg, batch->arena, &item->wrapped) :
				 legacy_wrap(&item->hash, cost, batch->arena, &item->wrapped);
	item->is_done = result == 0;
	return result < 0 ? result : 0;
}

/* ---- keeping it */

struct rows {
	struct legacy items[ROWS_MAX];
	size_t n;
};

static int take_row(const void *record, void *arg)
{
	struct rows *rows = arg;

	rows->items[rows->n++] = *(const struct legacy *)record;
	return rows->n < ROWS_MAX ? 0 : TXN_STOP;
}

/* The row says itself why the old password opens nothing any more; the history and the audit trail say when that happened. */
static int note_destroyed(struct txn *txn, const struct legacy_wrap_batch *batch, struct legacy *legacy, const struct account *account)
{
	struct unit_actor actor = { .config = batch->config, .now = batch->now, .arena = batch->arena };
	struct legacy_proof proof = { .method = "job", .reason = SPAN("unclaimed_life") };

	legacy->scheme = legacy->salt = legacy->digest = (struct span){ NULL, 0 };
	legacy->hash_gone_at = batch->now;
	TRY(record_put(txn, &KIND_LEGACY, legacy));
	TRY(legacy_change_note(txn, &actor, legacy, account, "hash_destroyed", &proof));
	return audit_write_operator(txn, batch->now, &(struct audit_event){ .action = "legacy.hash_destroyed", .subject = legacy->legacy_id,
									    .actor = account ? account->id : (struct id){ { 0 } }, .detail = legacy->source });
}

/* Rows whose digest went into the account when it was made: not those that were only suggested for it, which keep their own. */
static int destroy_of_account(struct txn *txn, const struct legacy_wrap_batch *batch, const struct account *account)
{
	struct legacy probe = { .account = account->id };
	struct rows rows = { .n = 0 };

	TRY(record_each(txn, &KIND_LEGACY, LEGACY_BY_ACCOUNT, &probe, batch->arena, take_row, &rows));
	for (size_t i = 0; i < rows.n; i++)
		if (legacy_retract_made_account(&rows.items[i]) && !instant_is_set(rows.items[i].hash_gone_at))
			TRY(note_destroyed(txn, batch, &rows.items[i], account));
	return 0;
}

static bool is_same(const struct legacy_wrap_item *item, struct span scheme, struct span salt, struct span digest)
{
	return span_eq(item->hash.scheme, scheme) && span_eq(item->hash.salt, salt) && span_eq(item->hash.digest, digest);
}

static int keep_account(struct txn *txn, struct legacy_wrap_batch *batch, const struct legacy_wrap_item *item)
{
	struct account account;
	int result = record_get(txn, &KIND_ACCOUNT, item->id, batch->arena, &account);

	if (result)
		return result == ERR_ABSENT ? 0 : result;
	if (!is_same(item, account.legacy_scheme, account.legacy_salt, account.legacy_digest))
		return 0; /* logged in meanwhile, or imported anew */
	account.legacy_scheme = item->wrapped.scheme;
	account.legacy_salt = item->wrapped.salt;
	account.legacy_digest = item->wrapped.digest;
	batch->kept++;
	TRY(record_put(txn, &KIND_ACCOUNT, &account));
	return item->is_over ? destroy_of_account(txn, batch, &account) : 0;
}

static int keep_legacy(struct txn *txn, struct legacy_wrap_batch *batch, const struct legacy_wrap_item *item)
{
	struct legacy legacy;
	int result = record_get(txn, &KIND_LEGACY, item->id, batch->arena, &legacy);

	if (result)
		return result == ERR_ABSENT ? 0 : result;
	if (!is_same(item, legacy.scheme, legacy.salt, legacy.digest))
		return 0;
	batch->kept++;
	if (item->is_over)
		return note_destroyed(txn, batch, &legacy, NULL);
	legacy.scheme = item->wrapped.scheme;
	legacy.salt = item->wrapped.salt;
	legacy.digest = item->wrapped.digest;
	return record_put(txn, &KIND_LEGACY, &legacy);
}

static int keep(struct txn *txn, void *arg)
{
	struct legacy_wrap_batch *batch = arg;

	batch->kept = 0;
	for (size_t i = 0; i < batch->n; i++) {
		const struct legacy_wrap_item *item = &batch->items[i];

		if (item->is_done)
			TRY(item->kind == &KIND_ACCOUNT ? keep_account(txn, batch, item) : keep_legacy(txn, batch, item));
	}
	return 0;
}

int legacy_wrap_keep(struct store *store, struct legacy_wrap_batch *batch)
{
	return store_update(store, keep, batch);
}

/* ---- pausing */

struct pause {
	struct arena *arena;
	struct instant now;
	bool paused;
};

static int find_pause(struct txn *txn, struct pause *pause, struct meta *ret_meta)
{
	struct meta probe = { .name = PAUSED };
	int result = record_find(txn, &KIND_META, META_BY_NAME, &probe, pause->arena, ret_meta);

	if (result == ERR_ABSENT)
		*ret_meta = (struct meta){ .id = sys_new_id(pause->now), .name = PAUSED };
	return result == ERR_ABSENT ? 0 : result;
}

static int read_pause(struct txn *txn, void *arg)
{
	struct pause *pause = arg;
	struct meta meta;

	TRY(find_pause(txn, pause, &meta));
	pause->paused = meta.number != 0;
	return 0;
}

static int write_pause(struct txn *txn, void *arg)
{
	struct pause *pause = arg;
	struct meta meta;

	TRY(find_pause(txn, pause, &meta));
	meta.number = pause->paused;
	TRY(record_put(txn, &KIND_META, &meta));
	return audit_write_operator(txn, pause->now, &(struct audit_event){ .action = "legacy.wrap", .detail = pause->paused ? SPAN("paused") : SPAN("resumed") });
}

int legacy_wrap_is_paused(struct store *store, bool *ret_paused)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(64 * 1024);
	struct pause pause = { .arena = arena };

	if (!arena)
		return FAULT_MEMORY;
	TRY(store_view(store, read_pause, &pause));
	*ret_paused = pause.paused;
	return 0;
}

/* ---- the command: args: do: "pause", "resume", "now" or nothing. The answer says how it stands. */

static int count_all(struct admin *admin, int64_t *ret_waiting)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(8 * 1024 * 1024);
	struct legacy_wrap_place place = { 0 };
	bool end = false;
	int64_t n = 0;

	if (!arena)
		return FAULT_MEMORY;
	while (!end) {
		struct legacy_wrap_batch batch = { .config = admin->config, .now = admin->now, .arena = arena };

		TRY(legacy_wrap_find(admin->store, &batch, &place, &end));
		n += (int64_t)batch.n;
		arena_reset(arena);
	}
	*ret_waiting = n;
	return 0;
}

static int print(struct admin *admin, struct json_writer *out)
{
	const struct legacy_wrap *wrap = admin->app ? admin->app->wrap : NULL;
	int64_t waiting = 0;
	bool paused;

	TRY(legacy_wrap_is_paused(admin->store, &paused));
	json_member_bool(out, "running", wrap && !paused);
	json_member_bool(out, "paused", paused);
	if (!wrap) {
		TRY(count_all(admin, &waiting));
		json_member_int(out, "waiting", waiting);
		return 0;
	}
	int64_t wrapped = atomic_load(&wrap->wrapped), cpu_us = atomic_load(&wrap->cpu_us);
	waiting = atomic_load(&wrap->waiting);
	json_member_bool(out, "working", atomic_load(&wrap->working));
	json_member_int(out, "rounds", atomic_load(&wrap->rounds));
	json_member_int(out, "waiting", waiting);
	json_member_int(out, "wrapped", wrapped);
	json_member_int(out, "destroyed", atomic_load(&wrap->destroyed));
	json_member_int(out, "unfit", atomic_load(&wrap->unfit));
	if (wrapped && cpu_us) {
		json_member_int(out, "rows_per_core_second", wrapped * 1000000 / cpu_us);
		json_member_int(out, "core_seconds_left", waiting * cpu_us / wrapped / 1000000);
	}
	return 0;
}

int admin_legacy_wrap(struct admin *admin, const json_t *args, struct json_writer *out)
{
	struct legacy_wrap *wrap = admin->app ? admin->app->wrap : NULL;
	struct span what = json_get_span(args, "do");
	struct pause pause = { admin->arena, admin->now, span_is(what, "pause") };

	if (span_is(what, "pause") || span_is(what, "resume")) {
		TRY(store_update(admin->store, write_pause, &pause));
		if (wrap)
			atomic_store(&wrap->paused, pause.paused);
	} else if (span_is(what, "now")) {
		if (!wrap)
			return ERR_ABSENT;
		atomic_store(&wrap->working, true);
		atomic_store(&wrap->again, true);
	} else if (what.n) {
		return ERR_INVALID;
	}
	return print(admin, out);
}
