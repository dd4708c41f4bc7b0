/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/admin.h"
#include "broker/endpoint/explain.h"

static const struct admin_command commands[] = {
	{ "account.add", admin_account_add, false },
	{ "account.show", admin_account_show, false },
	{ "account.set", admin_account_set, false },
	{ "staff.create", admin_staff_create, false },
	{ "staff.list", admin_staff_list, false },
	{ "staff.appoint", admin_staff_appoint, false },
	{ "staff.dismiss", admin_staff_dismiss, false },
	{ "staff.reset", admin_staff_reset, false },
	{ "session.end", admin_session_end, false },
	{ "unit.add", admin_unit_add, false },
	{ "unit.set", admin_unit_add, false },
	{ "unit.list", admin_unit_list, false },
	{ "unit.show", admin_unit_show, false },
	{ "unit.suspend", admin_unit_suspend, false },
	{ "unit.resume", admin_unit_resume, false },
	{ "unit.dissolve", admin_unit_dissolve, false },
	{ "unit.members", admin_unit_members, false },
	{ "unit.appoint", admin_unit_appoint, false },
	{ "grant.add", admin_grant_add, false },
	{ "grant.revoke", admin_grant_revoke, false },
	{ "grant.list", admin_grant_list, false },
	{ "legacy.begin", admin_legacy_begin, false },
	{ "legacy.import", admin_legacy_import, false },
	{ "legacy.end", admin_legacy_end, false },
	{ "legacy.batches", admin_legacy_batches, false },
	{ "legacy.undo", admin_legacy_undo, false },
	{ "legacy.explain", admin_legacy_explain, false },
	{ "explain", admin_explain, false },
	{ "upstream.notices", admin_upstream_notices, false },
	{ "client.notices", admin_client_notices, false },
	{ "legacy.export", admin_legacy_export, false },
	{ "legacy.wrap", admin_legacy_wrap, false },
	{ "legacy.live", admin_legacy_live, true },
	{ "keys.list", admin_keys_list, false },
	{ "keys.rotate", admin_keys_rotate, true },
	{ "store.stats", admin_store_stats, false },
	{ "store.backup", admin_backup, false },
	{ "store.epoch", admin_epoch, false },
	{ "store.check", admin_store_check, false },
	{ "config", admin_config, false },
	{ "webhook.list", admin_webhook_list, false },
	{ "webhook.replay", admin_webhook_replay, false },
	{ "sms.list", admin_sms_list, false },
	{ "sms.show", admin_sms_show, false },
	{ "sms.test", admin_sms_test, true },
	{ "verifier.list", admin_verifier_list, false },
	{ "verifier.test", admin_verifier_test, true },
	{ "audit.verify", admin_audit_verify, false },
};

const struct admin_command *admin_command_at(size_t i)
{
	return i < ARRAY_LEN(commands) ? &commands[i] : NULL;
}

static int run(struct admin *admin, struct span request, struct json_writer *out)
{
	JSON *object = NULL;

	TRY(json_read_object(request, &object));
	struct span name = json_get_span(object, "command");
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (span_is(name, commands[i].name)) {
			if (commands[i].needs_daemon && !admin->app)
				return ERR_ABSENT;
			return commands[i].run(admin, json_object_get(object, "args"), out);
		}
	return ERR_NOT_FOUND;
}

int admin_run(struct admin *admin, struct span request, struct span *ret_answer)
{
	struct buf members = buf_new(admin->arena, 1024), line = buf_new(admin->arena, 1024);
	struct json_writer w = json_writer(&members);

	if (members.failed || line.failed) /* before anything is changed */
		return FAULT_MEMORY;
	int result = run(admin, request, &w);

	if (members.failed) /* half an answer would be read as a whole one */
		return FAULT_MEMORY;
	buf_str(&line, "{\"ok\":");
	buf_add(&line, result ? SPAN("false") : SPAN("true"));
	if (result)
		buf_printf(&line, ",\"error\":\"%s\"", error_row(result)->code);
	if (members.n)
		buf_char(&line, ',');
	buf_add(&line, buf_span(&members));
	buf_str(&line, "}\n");
	return buf_done(&line, ret_answer);
}

int admin_store_stats(struct admin *admin, const json_t *args, struct json_writer *out)
{
	struct store_stats stats;

	store_stats(admin->store, &stats);
	json_member_int(out, "bytes_used", (int64_t)stats.bytes_used);
	json_member_int(out, "bytes_quota", (int64_t)stats.bytes_quota);
	json_member_int(out, "disk_free", (int64_t)stats.disk_free);
	json_member_int(out, "commits", (int64_t)stats.commits);
	json_member_int(out, "updates", (int64_t)stats.updates);
	return 0;
}

int admin_store_check(struct admin *admin, const json_t *args, struct json_writer *out)
{
	return store_check(admin->store);
}

struct explaining {
	struct admin *admin;
	struct span key;
	enum language language;
	struct json_writer *out;
};

static int explain(struct txn *txn, void *arg)
{
	const struct explaining *e = arg;

	return explain_write(txn, e->key, NULL, e->language, e->admin->now, e->admin->arena, e->out);
}

int admin_explain(struct admin *admin, const json_t *args, struct json_writer *out)
{
	struct explaining e = { admin, json_get_span(args, "reference"), LANGUAGE_ZH, out };

	if (span_is(json_get_span(args, "lang"), "en"))
		e.language = LANGUAGE_EN;
	return e.key.n ? store_view(admin->store, explain, &e) : ERR_INVALID;
}

int admin_audit_verify(struct admin *admin, const json_t *args, struct json_writer *out)
{
	struct store_audit audit;

	TRY(store_audit_verify(admin->store, &audit));
	json_member_int(out, "records", (int64_t)audit.records);
	json_member_int(out, "commits", (int64_t)audit.commits);
	return 0;
}
