/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_legacy - imports rows of old accounts: facts, the decision table of identity/migrate.h, and what it says, in one transaction per
 * batch. A row that was imported before is left alone, so a crashed import is simply started again.
 */
#include "broker/base/hours.h"
#include "broker/base/sys.h"
#include "broker/endpoint/account_new.h"
#include "broker/endpoint/admin.h"
#include "broker/endpoint/audit.h"
#include "broker/identity/legacy_row.h"
#include "broker/identity/normal.h"
#include "keys/legacy.h"

#define ROWS_MAX 1000

struct row_result {
	enum migrate_outcome outcome;
	const char *reason;
	struct span login_name;
};

struct import {
	struct admin *admin;
	const struct config_legacy_source *config;
	struct span source, batch;
	bool dry_run, judged; /* every row was: what a dry run wants to know */
	const struct legacy_row *rows;
	size_t n;
	struct row_result *results;
};

/* ---- facts */

static int find_login(struct txn *txn, struct import *import, int namespace_, struct span login, struct account *account, bool *ret_found)
{
	struct account probe = { .namespace_ = namespace_ };

	TRY(normal_login_name(login, import->admin->arena, &probe.login_key));
	int result = record_find(txn, &KIND_ACCOUNT, ACCOUNT_BY_LOGIN, &probe, import->admin->arena, account);
	*ret_found = result == 0;
	return result == ERR_ABSENT ? 0 : result;
}

struct unit_search {
	bool found;
};

static int is_legal(const void *record, void *arg)
{
	const struct account *account = record;

	if (account->namespace_ != NAMESPACE_LEGAL)
		return 0;
	((struct unit_search *)arg)->found = true;
	return TXN_STOP;
}

struct target {
	struct migrate_facts facts;
	struct account suggested; /* of E2 and P2 */
	struct unit unit;
	bool has_unit;
};

static int gather_unit(struct txn *txn, struct import *import, const struct legacy_row *row, struct target *target)
{
	struct unit probe = { .uscc = row->uscc };
	struct unit_search search = { false };

	if (!row->uscc.n)
		return 0;
	int result = record_find(txn, &KIND_UNIT, UNIT_BY_USCC, &probe, import->admin->arena, &target->unit);
	if (result)
		return result == ERR_ABSENT ? 0 : result;
	target->has_unit = true;
	struct account by_unit = { .unit = target->unit.id };
	TRY(record_each(txn, &KIND_ACCOUNT, ACCOUNT_BY_UNIT, &by_unit, import->admin->arena, is_legal, &search));
	target->facts.legal_unit_is_key = search.found;
	return 0;
}

static int gather(struct txn *txn, struct import *import, const struct legacy_row *row, struct target *target)
{
	struct legacy probe = { .source = import->source, .legacy_id = row->legacy_id }, earlier;
	struct account legal = { 0 }, natural = { 0 }, other, phone = { .namespace_ = NAMESPACE_NATURAL, .phone = row->phone };
	char *prefixed = arena_printf(import->admin->arena, "HJ_" SPAN_FMT, SPAN_ARG(row->key));
	struct migrate_facts *facts = &target->facts;
	bool taken_legal, taken_natural;

	if (!prefixed)
		return FAULT_MEMORY;
	*target = (struct target){ 0 };
	int result = record_find(txn, &KIND_LEGACY, LEGACY_BY_KEY, &probe, import->admin->arena, &earlier);
	if (result && result != ERR_ABSENT)
		return result;
	facts->imported = result == 0;
	TRY(gather_unit(txn, import, row, target));
	TRY(find_login(txn, import, NAMESPACE_LEGAL, row->key, &legal, &facts->legal_login_is_key));
	TRY(find_login(txn, import, NAMESPACE_NATURAL, row->key, &natural, &facts->natural_login_is_key));
	facts->legal_login_unit_is_key = facts->legal_login_is_key && target->has_unit && id_eq(legal.unit, target->unit.id);
	TRY(find_login(txn, import, NAMESPACE_LEGAL, span_of(prefixed), &other, &taken_legal));
	TRY(find_login(txn, import, NAMESPACE_NATURAL, span_of(prefixed), &other, &taken_natural));
	facts->prefixed_is_taken = taken_legal || taken_natural;
	target->suggested = row->kind == MIGRATE_ENTERPRISE ? legal : natural;
	if (!row->phone.n)
		return 0;
	result = record_find(txn, &KIND_ACCOUNT, ACCOUNT_BY_PHONE, &phone, import->admin->arena, &other);
	facts->natural_phone_verified = result == 0 && other.realname_status == REALNAME_VERIFIED;
	return result == ERR_ABSENT ? 0 : result;
}

/* ---- what the decision says */

static int keep_unit(struct txn *txn, struct import *import, const struct legacy_row *row, struct target *target)
{
	if (target->has_unit || !row->uscc.n || row->kind != MIGRATE_ENTERPRISE) /* a person's word makes no unit */
		return 0;
	target->unit = (struct unit){ .id = sys_new_id(import->admin->now), .created_at = import->admin->now, .uscc = row->uscc,
				      .name = row->unit_name.n ? row->unit_name : row->name, .status = UNIT_REGISTERED };
	target->has_unit = true;
	return record_put(txn, &KIND_UNIT, &target->unit);
}

/* The old phone becomes an identifier only when the old system had confirmed it and nobody here has it. */
static int adopt_phone(struct txn *txn, struct import *import, const struct legacy_row *row, struct account *account)
{
	struct account probe = { .namespace_ = account->namespace_, .phone = row->phone }, other;

	if (!row->phone.n || !instant_is_set(row->phone_confirmed_at))
		return 0;
	int result = record_find(txn, &KIND_ACCOUNT, ACCOUNT_BY_PHONE, &probe, import->admin->arena, &other);
	if (result != ERR_ABSENT)
		return result;
	account->phone = row->phone;
	account->phone_confirmed_at = row->phone_confirmed_at;
	return 0;
}

static int create(struct txn *txn, struct import *import, const struct legacy_row *row, const struct migrate_decision *decision,
		  struct target *target, struct account *account)
{
	char *source = arena_printf(import->admin->arena, "import:" SPAN_FMT, SPAN_ARG(import->source));

	if (!source)
		return FAULT_MEMORY;
	*account = (struct account){ .id = sys_new_id(import->admin->now), .status = ACCOUNT_ACTIVE, .login_name = decision->login_name, .source = span_of(source),
				     .namespace_ = decision->namespace == MIGRATE_LEGAL ? NAMESPACE_LEGAL : NAMESPACE_NATURAL, .name = row->name,
				     .legacy_scheme = row->digest.n ? row->scheme : SPAN(""), .legacy_salt = row->salt, .legacy_digest = row->digest };
	TRY(normal_login_name(decision->login_name, import->admin->arena, &account->login_key));
	TRY(keep_unit(txn, import, row, target));
	if (account->namespace_ == NAMESPACE_LEGAL)
		account->unit = target->unit.id;
	TRY(adopt_phone(txn, import, row, account));
	return account_new(txn, import->admin->now, account); /* no event: a migration is no news of each of a million people */
}

/* E4: what the unit's systems will let this person do, once the real name is verified. */
static int pre_grant(struct txn *txn, struct import *import, const struct target *target, struct id account)
{
	for (size_t i = 0; i < import->config->subsystems.n; i++) {
		struct grant grant = { .id = sys_new_id(import->admin->now), .account = account, .unit = target->unit.id,
				       .subsystem = import->config->subsystems.items[i], .status = GRANT_PRE_GRANTED, .since = import->admin->now };

		TRY(record_put(txn, &KIND_GRANT, &grant));
	}
	return 0;
}

static int bind_legacy(struct txn *txn, struct import *import, const struct legacy *legacy, const struct account *account, bool created)
{
	struct binding binding = { .id = sys_new_id(import->admin->now), .legacy = legacy->id, .identity = account->identity, .account = account->id,
				   .status = created ? BINDING_BOUND : BINDING_SUGGESTED, .source = import->source, .method = SPAN("import"), .since = import->admin->now };

	return record_put(txn, &KIND_BINDING, &binding);
}

static int keep_row(struct txn *txn, struct import *import, const struct legacy_row *row, const struct migrate_decision *decision, struct target *target)
{
	struct legacy legacy = { .id = sys_new_id(import->admin->now), .imported_at = import->admin->now, .source = import->source, .batch = import->batch,
				 .legacy_id = row->legacy_id, .kind = row->kind == MIGRATE_ENTERPRISE ? SPAN("enterprise") : SPAN("individual"),
				 .login_name = row->login_name, .user_type = row->user_type, .name = row->name, .phone = row->phone, .email = row->email,
				 .uscc = row->uscc, .unit_name = row->unit_name, .id_type = row->id_type, .id_number = row->id_number,
				 .scheme = row->scheme, .digest = row->digest, .salt = row->salt, .phone_confirmed_at = row->phone_confirmed_at,
				 .outcome = span_of(migrate_outcome_name(decision->outcome)) };
	struct account created;
	const struct account *account = NULL;

	if (decision->creates_account) {
		TRY(create(txn, import, row, decision, target, &created));
		account = &created;
		/* The account carries the hash now; a second copy would outlive its upgrade. */
		legacy.scheme = legacy.digest = legacy.salt = (struct span){ NULL, 0 };
	} else if (decision->suggests_link) {
		account = &target->suggested;
	}
	if (account)
		legacy.account = account->id;
	if (account && decision->pre_grants)
		TRY(pre_grant(txn, import, target, account->id));
	TRY(record_put(txn, &KIND_LEGACY, &legacy));
	return account ? bind_legacy(txn, import, &legacy, account, decision->creates_account) : 0;
}

static int import_rows(struct txn *txn, void *arg)
{
	struct import *import = arg;
	size_t kept = 0;

	import->judged = false;
	for (size_t i = 0; i < import->n; i++) {
		const struct legacy_row *row = &import->rows[i];
		struct migrate_decision decision;
		struct target target;

		if (row->reason) {
			import->results[i] = (struct row_result){ .outcome = MIGRATE_REJECTED, .reason = row->reason };
			continue;
		}
		TRY(gather(txn, import, row, &target));
		TRY(migrate_decide(row->kind, row->key, &target.facts, import->admin->arena, &decision));
		import->results[i] = (struct row_result){ decision.outcome, decision.outcome == MIGRATE_REJECTED ? decision.reason : NULL, decision.login_name };
		if (decision.outcome == MIGRATE_REJECTED || decision.outcome == MIGRATE_UNCHANGED)
			continue;
		TRY(keep_row(txn, import, row, &decision, &target));
		kept++;
	}
	import->judged = true;
	/* A dry run decides each row as the real one would, rows of the same file included, and undoes everything. */
	if (import->dry_run)
		return ERR_CONFLICT;
	char *detail = arena_printf(import->admin->arena, "batch " SPAN_FMT ": %zu", SPAN_ARG(import->batch), kept);
	if (!detail)
		return FAULT_MEMORY;
	return kept ? audit_write_operator(txn, import->admin->now,
					   &(struct audit_event){ .action = "legacy.import", .subject = import->source, .detail = span_of(detail) }) :
		      0;
}

/* ---- in and out */

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

static int read_rows(struct admin *admin, struct import *import, const json_t *args, struct json_writer *out, struct legacy_row *rows)
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
	header.default_scheme = import->config->scheme;
	json_array_foreach(list, i, item) {
		TRY(read_record(item, &record));
		TRY(legacy_row_read(&header, &record, today, admin->arena, &rows[i]));
		struct legacy_hash hash = { rows[i].scheme, rows[i].salt, rows[i].digest, false };
		result = !rows[i].reason && rows[i].digest.n ? legacy_check(&hash, admin->arena) : 0;
		if (result < 0)
			return result;
		if (result)
			rows[i].reason = "digest";
	}
	import->rows = rows;
	return 0;
}

static void write_results(const struct import *import, struct json_writer *out)
{
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

/* args: source, batch, dry_run, header: [column…], rows: [[field…]…], at most ROWS_MAX. */
int admin_legacy_import(struct admin *admin, const json_t *args, struct json_writer *out)
{
	struct import import = { .admin = admin, .source = json_get_span(args, "source"), .batch = json_get_span(args, "batch"),
				 .dry_run = json_get_bool(args, "dry_run", false), .n = json_array_size(json_object_get(args, "rows")) };

	import.config = config_legacy_source(admin->config, import.source);
	if (!import.config) {
		json_member_str(out, "field", SPAN("source"));
		return ERR_ABSENT;
	}
	if (import.n == 0 || import.n > ROWS_MAX)
		return ERR_INVALID;
	if (store_is_full(admin->store))
		return ERR_FULL;
	struct legacy_row *rows = arena_array(admin->arena, struct legacy_row, import.n);
	import.results = arena_array(admin->arena, struct row_result, import.n);
	if (!rows || !import.results)
		return FAULT_MEMORY;
	TRY(read_rows(admin, &import, args, out, rows));
	int result = store_update(admin->store, import_rows, &import);
	if (result && !(import.dry_run && import.judged && result == ERR_CONFLICT))
		return result;
	write_results(&import, out);
	return 0;
}
