/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_legacy_explain - why an old account went where it went: the outcome, the rule, the facts that the import saw, whose it is now, and what
 * happened since. Asked by anything that the old system knew it by.
 */
#include "broker/endpoint/admin.h"
#include "broker/endpoint/legacy_retract.h"
#include "broker/identity/migrate.h"
#include "broker/identity/normal.h"
#include "broker/identity/uscc.h"
#include "broker/store/records_account.h"
#include "broker/store/records_legacy.h"
#include "conf/config_legacy.h"

#define FOUND_MAX 20

struct explain {
	struct admin *admin;
	struct json_writer *out;
	struct txn *txn;
	struct span source, key;
	struct legacy found[FOUND_MAX];
	size_t n;
};

/* ---- finding */

static int take(const void *record, void *arg)
{
	const struct legacy *legacy = record;
	struct explain *explain = arg;

	if (!span_eq(legacy->source, explain->source))
		return 0;
	for (size_t i = 0; i < explain->n; i++)
		if (id_eq(explain->found[i].id, legacy->id))
			return 0;
	explain->found[explain->n++] = *legacy;
	return explain->n < FOUND_MAX ? 0 : TXN_STOP;
}

static int find(struct txn *txn, struct explain *explain)
{
	struct arena *arena = explain->admin->arena;
	struct legacy probe = { .source = explain->source, .legacy_id = explain->key, .login_name = explain->key }, legacy;
	static const uint8_t lists[] = { LEGACY_BY_LOGIN, LEGACY_BY_PHONE, LEGACY_BY_USCC };
	struct uscc uscc;

	int result = record_find(txn, &KIND_LEGACY, LEGACY_BY_KEY, &probe, arena, &legacy);
	if (!result)
		result = take(&legacy, explain);
	if (result && result != ERR_ABSENT && result != TXN_STOP)
		return result;
	result = normal_phone(explain->key, arena, &probe.phone);
	if (result < 0)
		return result;
	if (result)
		probe.phone = (struct span){ NULL, 0 };
	TRY(uscc_check(explain->key, arena, &uscc));
	if (!uscc.problem)
		probe.uscc = uscc.code;
	for (size_t i = 0; i < ARRAY_LEN(lists) && explain->n < FOUND_MAX; i++)
		TRY(record_each(txn, &KIND_LEGACY, lists[i], &probe, arena, take, explain));
	return explain->n ? 0 : ERR_ABSENT;
}

/* ---- telling */

static void write_fact(struct json_writer *out, struct span name)
{
	for (size_t i = 0; migrate_fact_name(i); i++)
		if (span_is(name, migrate_fact_name(i))) {
			json_open(out, '{');
			json_member_str(out, "fact", name);
			json_member_str(out, "text", span_of(migrate_fact_text(i)));
			json_close(out, '}');
		}
}

static int write_why(struct json_writer *out, const struct legacy *legacy)
{
	enum migrate_outcome outcome;
	JSON *why = NULL;
	const json_t *name;
	size_t i;

	json_member_str(out, "outcome", legacy->outcome);
	if (migrate_outcome_of(legacy->outcome, &outcome))
		json_member_str(out, "rule", span_of(migrate_outcome_text(outcome)));
	if (!legacy->why.n)
		return 0;
	TRY(json_read_object(legacy->why, &why));
	json_key(out, "facts");
	json_open(out, '[');
	json_array_foreach(json_object_get(why, "facts"), i, name)
		write_fact(out, span_of(json_string_value(name)));
	json_close(out, ']');
	json_key(out, "dropped");
	json_open(out, '[');
	json_array_foreach(json_object_get(why, "dropped"), i, name)
		json_str(out, span_of(json_string_value(name)));
	json_close(out, ']');
	return 0;
}

static int write_account(struct explain *explain, const char *key, struct id id, bool made)
{
	static const char *const namespaces[] = { "", "natural", "legal", "staff" };
	static const char *const statuses[] = { "", "active", "pending_review", "rejected", "disabled", "closed" };
	struct account account;

	if (!id_is_set(id))
		return 0;
	int result = record_get(explain->txn, &KIND_ACCOUNT, id, explain->admin->arena, &account);
	if (result)
		return result == ERR_ABSENT ? 0 : result;
	json_key(explain->out, key);
	json_open(explain->out, '{');
	json_member_id(explain->out, "id", account.id);
	json_member_str(explain->out, "login_name", account.login_name);
	json_member_str(explain->out, "namespace", span_of(namespaces[account.namespace_]));
	json_member_str(explain->out, "status", span_of(statuses[account.status]));
	if (made)
		json_member_bool(explain->out, "made_by_import", true);
	json_close(explain->out, '}');
	return 0;
}

static int write_binding(struct explain *explain, const struct legacy *legacy)
{
	struct binding probe = { .legacy = legacy->id, .status = BINDING_BOUND }, binding;
	struct json_writer *out = explain->out;
	bool claimed;

	int result = record_find(explain->txn, &KIND_BINDING, BINDING_BY_LEGACY, &probe, explain->admin->arena, &binding);
	if (result && result != ERR_ABSENT)
		return result;
	TRY(legacy_retract_is_claimed(explain->txn, legacy, explain->admin->arena, &claimed));
	json_member_bool(out, "claimed", claimed);
	json_member_str(out, "state", result ? SPAN("unbound") : binding.status == BINDING_BOUND ? SPAN("bound") : SPAN("suggested"));
	if (result)
		return 0;
	json_member_str(out, "method", binding.method);
	json_member_int(out, "level", binding.level);
	json_member_time(out, "since", binding.since);
	return write_account(explain, "owner", binding.account, false);
}

static int write_event(const void *record, void *arg)
{
	const struct legacy_event *event = record;
	struct json_writer *out = arg;

	json_open(out, '{');
	json_member_time(out, "at", event->at);
	json_member_str(out, "what", event->what);
	json_member_str(out, "method", event->method);
	json_member_id(out, "account", event->account);
	json_member_id(out, "actor", event->actor);
	json_member_str(out, "reason", event->reason);
	if (event->evidence.n) {
		json_key(out, "evidence");
		json_raw(out, event->evidence);
	}
	json_close(out, '}');
	return 0;
}

static int write_legacy(struct explain *explain, const struct legacy *legacy)
{
	struct legacy_event probe = { .legacy = legacy->id };
	struct json_writer *out = explain->out;

	json_open(out, '{');
	json_member_str(out, "legacy_id", legacy->legacy_id);
	json_member_str(out, "kind", legacy->kind);
	json_member_str(out, "login_name", legacy->login_name);
	json_member_str(out, "user_type", legacy->user_type);
	json_member_str(out, "batch", legacy->batch);
	json_member_time(out, "imported_at", legacy->imported_at);
	json_member_time(out, "changed_at", legacy->changed_at);
	json_member_time(out, "hash_gone_at", legacy->hash_gone_at);
	TRY(write_why(out, legacy));
	TRY(write_account(explain, "account", legacy->account, legacy_retract_made_account(legacy)));
	TRY(write_binding(explain, legacy));
	json_key(out, "history");
	json_open(out, '[');
	TRY(record_each(explain->txn, &KIND_LEGACY_EVENT, LEGACY_EVENT_BY_LEGACY, &probe, explain->admin->arena, write_event, out));
	json_close(out, ']');
	json_close(out, '}');
	return 0;
}

static int explain_all(struct txn *txn, void *arg)
{
	struct explain *explain = arg;

	explain->txn = txn;
	TRY(find(txn, explain));
	json_key(explain->out, "records");
	json_open(explain->out, '[');
	for (size_t i = 0; i < explain->n; i++)
		TRY(write_legacy(explain, &explain->found[i]));
	json_close(explain->out, ']');
	return 0;
}

/* args: source, key: legacy id, old login name, phone or credit code. */
int admin_legacy_explain(struct admin *admin, const json_t *args, struct json_writer *out)
{
	struct explain *explain = arena_new_of(admin->arena, struct explain);

	if (!explain)
		return FAULT_MEMORY;
	*explain = (struct explain){ .admin = admin, .out = out, .source = json_get_span(args, "source"), .key = span_trim(json_get_span(args, "key")) };
	int result = config_legacy_source(admin->config, explain->source) && explain->key.n ? store_view(admin->store, explain_all, explain) : ERR_INVALID;
	if (result > 0)
		json_member_str(out, "field", result == ERR_INVALID ? SPAN("source") : SPAN("key"));
	return result;
}
