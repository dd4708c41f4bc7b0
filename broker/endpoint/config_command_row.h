/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_command_row - what the files of config_command share: a command that runs, and how versions are written.
 */
#pragma once

#include "broker/endpoint/config_command.h"
#include "broker/store/records_config.h"

struct config_command {
	struct config_version_context *context;
	const json_t *args;
	struct json_writer *out;
	bool personal;
	int64_t number; /* args' "version"; -1: not said */
};

void config_command_write_version(struct json_writer *w, const struct config_version *version);
void config_command_write_problems(struct json_writer *w, const struct config_version_problems *problems);
void config_command_write_changes(struct json_writer *w, const char *name, const struct overlay_changes *changes);

/* config_command_look.c: what there is: versions, differences, fields, problems. */
MUST_USE int config_command_status(struct config_command *c);
MUST_USE int config_command_history(struct config_command *c);
MUST_USE int config_command_show(struct config_command *c);
MUST_USE int config_command_export(struct config_command *c);
MUST_USE int config_command_diff(struct config_command *c);
MUST_USE int config_command_fields(struct config_command *c);
MUST_USE int config_command_validate(struct config_command *c);

/* config_command_change.c: what changes a version or its state. */
MUST_USE int config_command_draft(struct config_command *c);
MUST_USE int config_command_edit(struct config_command *c);
MUST_USE int config_command_import(struct config_command *c);
MUST_USE int config_command_reason(struct config_command *c);
MUST_USE int config_command_propose(struct config_command *c);
MUST_USE int config_command_withdraw(struct config_command *c);
MUST_USE int config_command_reject(struct config_command *c);
MUST_USE int config_command_activate(struct config_command *c);
MUST_USE int config_command_rebase(struct config_command *c);

/* config_command_trial.c: what a version would do: ask its services, let a person in. */
MUST_USE int config_command_test(struct config_command *c);
MUST_USE int config_command_try(struct config_command *c);
