/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin - what an operator may do from the command line: one table of commands, each a JSON object in and a JSON object out.
 *
 * The running daemon executes them behind its control socket; without a daemon the same functions run on a store opened for the purpose
 * (design.md 5: one writer process).
 */
#pragma once

#include "broker/base/json.h"
#include "broker/endpoint/unit_change.h"

struct admin {
	struct store *store;
	const struct seal_ring *seal;
	const struct config *config;
	const struct config_sources *sources;
	struct app *app; /* the daemon; NULL without one */
	struct instant now;
	struct arena *arena;
};

/* The operator, for what changes records. */
static inline struct unit_actor admin_actor(const struct admin *admin)
{
	return (struct unit_actor){ .config = admin->config, .now = admin->now, .arena = admin->arena };
}

/* Writes members into the open object @out. An ERR_… may come with a member "field" or "reason" that says what was wrong. */
typedef int admin_fn(struct admin *admin, const json_t *args, struct json_writer *out);

struct admin_command {
	const char *name; /* "account.add" */
	admin_fn *run;
	bool needs_daemon;
};
const struct admin_command *admin_command_at(size_t i);

/* Run what @request asks: {"command": …, "args": {…}}. The answer is {"ok":true,…} or {"ok":false,"error":code,…}, always one line. */
MUST_USE int admin_run(struct admin *admin, struct span request, struct span *ret_answer);

admin_fn admin_config, admin_account_add, admin_account_show, admin_account_set, admin_session_end, admin_unit_add, admin_unit_list, admin_unit_show, admin_unit_suspend, admin_unit_resume,
	admin_unit_dissolve, admin_unit_members, admin_unit_appoint, admin_grant_add, admin_grant_revoke, admin_grant_list, admin_legacy_begin, admin_legacy_import, admin_legacy_end, admin_legacy_batches, admin_legacy_undo, admin_legacy_explain, admin_legacy_export, admin_legacy_wrap, admin_legacy_live, admin_backup, admin_epoch,
	 admin_keys_list, admin_keys_rotate,
	admin_staff_create, admin_staff_list, admin_staff_appoint, admin_staff_dismiss, admin_staff_reset, admin_store_stats, admin_store_check, admin_audit_verify, admin_explain, admin_upstream_notices, admin_client_notices, admin_webhook_list, admin_webhook_replay,
	admin_sms_list, admin_sms_show, admin_sms_test, admin_verifier_list, admin_verifier_test;

/* Units that the configuration names, written into the store unless they are there: what became of them since is decided there. */
MUST_USE int admin_sync_units(struct store *store, const struct config *config, struct instant now);
