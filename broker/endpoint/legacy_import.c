/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/legacy_import.h"

#include "broker/base/sys.h"
#include "broker/endpoint/account_new.h"
#include "broker/endpoint/audit.h"
#include "broker/endpoint/legacy_correct.h"
#include "broker/identity/normal.h"
#include "broker/store/records_account.h"
#include "broker/store/records_legacy.h"
#include "conf/config_legacy.h"

/* Ids that rise as the rows do, also within a millisecond: what is appended to an index costs least there, and taking a file back begins with its
 * last row (RFC 9562 6.2: the twelve bits behind the time count). */
static struct id next_id(struct legacy_import *import)
{
	unsigned n = import->n_ids++;
	struct id id = sys_new_id(instant_add(import->admin->now, n >> 12));

	id.b[6] = (unsigned char)((id.b[6] & 0xf0) | (n >> 8 & 0x0f));
	id.b[7] = (unsigned char)n;
	return id;
}

/* ---- facts */

static int find_login(struct txn *txn, struct legacy_import *import, int namespace_, struct span login, struct account *account, bool *ret_found)
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
	bool has_unit, phone_is_taken; /* by a natural account */
};

static int gather_unit(struct txn *txn, struct legacy_import *import, const struct legacy_row *row, struct target *target)
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

/* What exists for the row's key; whether the row itself was imported is known already. */
static int gather(struct txn *txn, struct legacy_import *import, const struct legacy_row *row, struct target *target)
{
	struct account legal = { 0 }, natural = { 0 }, other, phone = { .namespace_ = NAMESPACE_NATURAL, .phone = row->phone };
	struct migrate_facts *facts = &target->facts;
	bool taken_legal, taken_natural;

	*target = (struct target){ .facts.claims_only = import->config->accounts == CONFIG_LEGACY_CLAIM };
	if (facts->claims_only)
		return 0; /* nothing else decides */
	char *prefixed = arena_printf(import->admin->arena, "HJ_" SPAN_FMT, SPAN_ARG(row->key));
	if (!prefixed)
		return FAULT_MEMORY;
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
	int result = record_find(txn, &KIND_ACCOUNT, ACCOUNT_BY_PHONE, &phone, import->admin->arena, &other);
	target->phone_is_taken = result == 0;
	facts->natural_phone_verified = result == 0 && other.realname_status == REALNAME_VERIFIED;
	return result == ERR_ABSENT ? 0 : result;
}

/* Why the row went where it went, for whoever asks later: the facts that held and the columns that could not be used. */
static int tell_why(struct legacy_import *import, const struct legacy_row *row, const struct migrate_facts *facts, struct span *ret_why)
{
	struct buf buf = buf_new(import->admin->arena, 96);
	struct json_writer w = json_writer(&buf);

	json_open(&w, '{');
	json_key(&w, "facts");
	json_open(&w, '[');
	for (size_t i = 0; migrate_fact_name(i); i++)
		if (migrate_fact_holds(facts, i))
			json_str(&w, span_of(migrate_fact_name(i)));
	json_close(&w, ']');
	json_key(&w, "dropped");
	json_open(&w, '[');
	for (size_t c = 0; c < LEGACY_ROW_COLUMN_COUNT; c++)
		if (row->dropped & 1UL << c)
			json_str(&w, span_of(legacy_row_column_name((enum legacy_row_column)c)));
	json_close(&w, ']');
	json_close(&w, '}');
	return buf_done(&buf, ret_why);
}

/* ---- what the decision says */

static int keep_unit(struct txn *txn, struct legacy_import *import, const struct legacy_row *row, struct target *target, struct legacy *legacy)
{
	if (target->has_unit || !row->uscc.n || row->kind != MIGRATE_ENTERPRISE) /* a person's word makes no unit */
		return 0;
	target->unit = (struct unit){ .id = next_id(import), .created_at = import->admin->now, .uscc = row->uscc,
				      .name = row->unit_name.n ? row->unit_name : row->name, .status = UNIT_REGISTERED };
	target->has_unit = true;
	legacy->made_unit = target->unit.id;
	return record_put(txn, &KIND_UNIT, &target->unit);
}

/* The old phone becomes an identifier only when the old system had confirmed it and nobody here has it. */
static int adopt_phone(struct txn *txn, struct legacy_import *import, const struct legacy_row *row, const struct target *target, struct account *account)
{
	struct account probe = { .namespace_ = account->namespace_, .phone = row->phone }, other;
	int result = target->phone_is_taken ? 0 : ERR_ABSENT;

	if (!row->phone.n || !instant_is_set(row->phone_confirmed_at))
		return 0;
	if (account->namespace_ != NAMESPACE_NATURAL)
		result = record_find(txn, &KIND_ACCOUNT, ACCOUNT_BY_PHONE, &probe, import->admin->arena, &other);
	if (result != ERR_ABSENT)
		return result;
	account->phone = row->phone;
	account->phone_confirmed_at = row->phone_confirmed_at;
	return 0;
}

static int create(struct txn *txn, struct legacy_import *import, const struct legacy_row *row, const struct migrate_decision *decision,
		  struct target *target, struct legacy *legacy, struct account *account)
{
	char *source = arena_printf(import->admin->arena, ACCOUNT_NEW_IMPORT SPAN_FMT, SPAN_ARG(import->config->id));

	if (!source)
		return FAULT_MEMORY;
	*account = (struct account){ .id = next_id(import), .status = ACCOUNT_ACTIVE, .login_name = decision->login_name, .source = span_of(source),
				     .namespace_ = decision->namespace == MIGRATE_LEGAL ? NAMESPACE_LEGAL : NAMESPACE_NATURAL, .name = row->name,
				     .legacy_scheme = row->digest.n ? row->scheme : SPAN(""), .legacy_salt = row->salt, .legacy_digest = row->digest };
	TRY(normal_login_name(decision->login_name, import->admin->arena, &account->login_key));
	TRY(keep_unit(txn, import, row, target, legacy));
	if (account->namespace_ == NAMESPACE_LEGAL)
		account->unit = target->unit.id;
	TRY(adopt_phone(txn, import, row, target, account));
	return account_new(txn, import->admin->now, account); /* no event: a migration is no news of each of a million people */
}

/* E4: what the unit's systems will let this person do, once the real name is verified. */
static int pre_grant(struct txn *txn, struct legacy_import *import, const struct target *target, struct id account)
{
	for (size_t i = 0; i < import->config->subsystems.n; i++) {
		struct grant grant = { .id = next_id(import), .account = account, .unit = target->unit.id,
				       .subsystem = import->config->subsystems.items[i], .status = GRANT_PRE_GRANTED, .since = import->admin->now };

		TRY(record_put(txn, &KIND_GRANT, &grant));
	}
	return 0;
}

static struct unit_actor actor_of(const struct legacy_import *import)
{
	return (struct unit_actor){ .config = import->admin->config, .now = import->admin->now, .arena = import->admin->arena };
}

/* @legacy, filled in from the row, with what the decision makes of it. */
static int keep_decided(struct txn *txn, struct legacy_import *import, const struct legacy_row *row, const struct migrate_decision *decision,
			struct target *target, struct legacy *legacy)
{
	struct account created;
	const struct account *account = NULL;

	legacy->outcome = span_of(migrate_outcome_name(decision->outcome));
	legacy->account = legacy->made_unit = (struct id){ { 0 } };
	TRY(tell_why(import, row, &target->facts, &legacy->why));
	if (decision->creates_account) {
		TRY(create(txn, import, row, decision, target, legacy, &created));
		account = &created;
		/* The account carries the hash now; a second copy would outlive its upgrade. */
		legacy->scheme = legacy->digest = legacy->salt = (struct span){ NULL, 0 };
	} else if (decision->suggests_link) {
		account = &target->suggested;
	}
	if (account)
		legacy->account = account->id;
	if (account && decision->pre_grants)
		TRY(pre_grant(txn, import, target, account->id));
	TRY(record_put(txn, &KIND_LEGACY, legacy));
	struct unit_actor actor = actor_of(import);
	if (decision->creates_account && !instant_is_set(legacy->changed_at))
		return legacy_change_bind_made(txn, &actor, legacy, account);
	if (decision->creates_account)
		return legacy_change_bind(txn, &actor, legacy, account, &(struct legacy_proof){ .method = "import" });
	return account ? legacy_change_suggest(txn, &actor, legacy, account) : 0;
}

static int decide(struct txn *txn, struct legacy_import *import, const struct legacy_row *row, struct target *target, struct migrate_decision *ret_decision,
		  struct legacy_import_result *result)
{
	TRY(gather(txn, import, row, target));
	TRY(migrate_decide(row->kind, row->key, &target->facts, import->admin->arena, ret_decision));
	*result = (struct legacy_import_result){ ret_decision->outcome, ret_decision->outcome == MIGRATE_REJECTED ? ret_decision->reason : NULL,
						 ret_decision->login_name };
	return 0;
}

static int import_new(struct txn *txn, struct legacy_import *import, const struct legacy_row *row, struct legacy_import_result *result)
{
	struct migrate_decision decision;
	struct target target;

	TRY(decide(txn, import, row, &target, &decision, result));
	if (decision.outcome == MIGRATE_REJECTED)
		return 0;
	struct legacy legacy = { .id = next_id(import), .imported_at = import->admin->now, .source = import->config->id, .batch = import->batch,
				 .legacy_id = row->legacy_id };
	legacy_correct_fill(&legacy, row);
	return keep_decided(txn, import, row, &decision, &target, &legacy);
}

/* ---- a row that is known */

/* Another key means another decision: what the first one made is taken back, and the row is judged anew. */
static int decide_again(struct txn *txn, struct legacy_import *import, const struct legacy_row *row, struct legacy *legacy,
			struct legacy_import_result *result)
{
	struct legacy_retracted what;
	struct migrate_decision decision;
	struct target target;

	/* Nothing of what is taken back bears the new key, so its facts can be gathered before; and a row that is refused changes nothing. */
	TRY(decide(txn, import, row, &target, &decision, result));
	if (decision.outcome == MIGRATE_REJECTED)
		return 0;
	TRY(legacy_correct_hash(txn, legacy, import->admin->arena)); /* the row may bring none */
	TRY(legacy_retract(txn, legacy, import->admin->arena, &what));
	legacy_correct_fill(legacy, row);
	struct legacy_row whole = *row;
	whole.scheme = legacy->scheme;
	whole.salt = legacy->salt;
	whole.digest = legacy->digest;
	return keep_decided(txn, import, &whole, &decision, &target, legacy);
}

static int import_known(struct txn *txn, struct legacy_import *import, const struct legacy_row *row, struct legacy *legacy,
			struct legacy_import_result *result)
{
	struct legacy_judged *judged = import->judged ? &import->judged[row - import->rows] : NULL;
	struct legacy_correction correction;
	bool claimed;

	*result = (struct legacy_import_result){ .outcome = MIGRATE_UNCHANGED };
	TRY(legacy_correct_compare(txn, legacy, row, judged, import->admin->arena, &correction));
	if (!correction.columns)
		return 0;
	TRY(legacy_retract_is_claimed(txn, legacy, import->admin->arena, &claimed));
	if (claimed) {
		*result = (struct legacy_import_result){ .outcome = MIGRATE_CLAIMED, .reason = "claimed" };
		return 0;
	}
	legacy->changed_at = import->admin->now;
	if (correction.other_key && import->config->accounts == CONFIG_LEGACY_CREATE)
		TRY(decide_again(txn, import, row, legacy, result));
	else
		TRY(legacy_correct_keep(txn, legacy, row, import->admin->arena));
	if (result->outcome == MIGRATE_REJECTED)
		return 0;
	result->outcome = MIGRATE_CORRECTED;
	struct unit_actor actor = actor_of(import);
	return legacy_correct_note(txn, &actor, legacy, correction.columns, import->batch);
}

static int import_row(struct txn *txn, struct legacy_import *import, const struct legacy_row *row, struct legacy_import_result *result)
{
	struct legacy probe = { .source = import->config->id, .legacy_id = row->legacy_id }, earlier;

	if (row->reason) {
		*result = (struct legacy_import_result){ .outcome = MIGRATE_REJECTED, .reason = row->reason };
		return 0;
	}
	int found = record_find(txn, &KIND_LEGACY, LEGACY_BY_KEY, &probe, import->admin->arena, &earlier);
	if (found && found != ERR_ABSENT)
		return found;
	return found ? import_new(txn, import, row, result) : import_known(txn, import, row, &earlier, result);
}

/* ---- the batch */

int legacy_import_batch(struct txn *txn, struct span name, struct arena *arena, struct legacy_batch *ret_batch)
{
	struct legacy_batch probe = { .name = name };

	return record_find(txn, &KIND_LEGACY_BATCH, LEGACY_BATCH_BY_NAME, &probe, arena, ret_batch);
}

static int add_counts(struct legacy_import *import, struct span before, struct span *ret_counts)
{
	JSON *counts = NULL;
	struct buf buf = buf_new(import->admin->arena, 192);
	struct json_writer w = json_writer(&buf);

	if (before.n)
		TRY(json_read_object(before, &counts));
	json_open(&w, '{');
	for (int outcome = 0; outcome < MIGRATE_OUTCOME_COUNT; outcome++) {
		const char *name = migrate_outcome_name((enum migrate_outcome)outcome);
		int64_t n = 0;

		(void)json_get_i64(counts, name, &n);
		for (size_t i = 0; i < import->n; i++)
			n += import->results[i].outcome == (enum migrate_outcome)outcome;
		n += import->refused ? (int64_t)import->refused[outcome] : 0;
		if (n)
			json_member_int(&w, name, n);
	}
	json_close(&w, '}');
	return buf_done(&buf, ret_counts);
}

static int note_batch(struct txn *txn, struct legacy_import *import)
{
	struct legacy_batch batch;

	if (!import->batch.n)
		return 0;
	TRY(legacy_import_batch(txn, import->batch, import->admin->arena, &batch));
	if (batch.status != LEGACY_BATCH_RUNNING || !span_eq(batch.source, import->config->id))
		return ERR_ABSENT;
	batch.offset = import->offset;
	batch.line = import->line;
	TRY(add_counts(import, batch.counts, &batch.counts));
	return record_put(txn, &KIND_LEGACY_BATCH, &batch);
}

struct run {
	struct legacy_import *import;
	bool judged; /* every row was: what a dry run wants to know */
	bool wants;  /* wrapped hashes are to be compared first; nothing was kept */
};

#define ROUNDS_MAX 3

static bool wants_judging(const struct legacy_import *import)
{
	for (size_t i = 0; import->judged && i < import->n; i++)
		if (import->judged[i].wants)
			return true;
	return false;
}

static int import_all(struct txn *txn, void *arg)
{
	struct run *run = arg;
	struct legacy_import *import = run->import;
	size_t kept = 0;

	run->judged = run->wants = false;
	import->n_ids = 0;
	for (size_t i = 0; import->judged && i < import->n; i++)
		import->judged[i].wants = false;
	for (size_t i = 0; i < import->n; i++) {
		TRY(import_row(txn, import, &import->rows[i], &import->results[i]));
		enum migrate_outcome outcome = import->results[i].outcome;
		kept += outcome != MIGRATE_REJECTED && outcome != MIGRATE_UNCHANGED && outcome != MIGRATE_CLAIMED;
	}
	run->wants = wants_judging(import);
	if (run->wants)
		return ERR_CONFLICT;
	run->judged = true;
	/* A dry run decides each row as the real one would, rows of the same file included, and undoes everything. */
	if (import->dry_run)
		return ERR_CONFLICT;
	TRY(note_batch(txn, import));
	char *detail = arena_printf(import->admin->arena, "batch " SPAN_FMT ": %zu", SPAN_ARG(import->batch), kept);
	if (!detail)
		return FAULT_MEMORY;
	return kept ? audit_write_operator(txn, import->admin->now,
					   &(struct audit_event){ .action = "legacy.import", .subject = import->config->id, .detail = span_of(detail) }) :
		      0;
}

/* The store has gone on while they were compared: what is judged counts only for what it was judged of. */
static int judge_all(struct legacy_import *import)
{
	for (size_t i = 0; i < import->n; i++)
		if (import->judged[i].wants)
			TRY(legacy_correct_judge(&import->rows[i], &import->judged[i], import->admin->arena));
	return 0;
}

int legacy_import_rows(struct legacy_import *import)
{
	struct run run = { .import = import };

	if (store_is_full(import->admin->store))
		return ERR_FULL;
	import->judged = import->keep_passwords ? NULL : arena_array(import->admin->arena, struct legacy_judged, import->n + 1);
	if (!import->keep_passwords && !import->judged)
		return FAULT_MEMORY;
	int result = store_update(import->admin->store, import_all, &run);
	for (int round = 0; result == ERR_CONFLICT && run.wants; round++) {
		if (round == ROUNDS_MAX)
			import->judged = NULL; /* somebody changes them as fast as they are looked at */
		else
			TRY(judge_all(import));
		result = store_update(import->admin->store, import_all, &run);
	}
	return result == ERR_CONFLICT && import->dry_run && run.judged ? 0 : result;
}

void legacy_import_header(const struct config_legacy_source *config, struct legacy_row_header *header)
{
	header->default_scheme = config->scheme;
	header->claims_only = config->accounts == CONFIG_LEGACY_CLAIM;
}
