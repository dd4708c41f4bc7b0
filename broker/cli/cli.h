/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli - the subcommands of `yimen`: one row each.
 */
#pragma once

#include "broker/base/json.h"
#include "conf/config.h"

#define CLI_OVERRIDES 32

/* What stands on the command line: options that every command knows, and the rest. */
struct cli {
	const char *command;
	struct config_sources sources;
	const char *overrides[CLI_OVERRIDES + 1];
	const char *common[2 * CLI_OVERRIDES]; /* --config, --data and --set as they were given; ends with NULL */
	char **arguments;                      /* what is left; ends with NULL */
	int n_arguments;
	struct arena *arena;
	bool told; /* the problems of the configuration have been printed */
};

#define EXIT_USAGE 64 /* of sysexits: the command's usage is printed */

struct cli_command {
	const char *name, *usage, *doc;
	int (*run)(struct cli *cli); /* returns the exit code */
	bool hidden;                 /* started by the supervisor only */
};
const struct cli_command *cli_command_at(size_t i);

/* The value of option @name ("--source") among the arguments, taken out; NULL when absent. A flag has no value: cli_flag. */
const char *cli_option(struct cli *cli, const char *name);
bool cli_flag(struct cli *cli, const char *name);
/* False, with a message, when arguments are left that nobody asked for. */
bool cli_done(struct cli *cli);
/* An argument of an admin command; none where @value is NULL. What is no number goes as it is, and is refused where the rule is. */
void cli_set(json_t *args, const char *key, const char *value);
void cli_set_number(json_t *args, const char *key, const char *value);
/* Load the configuration, with all problems printed, the first time. */
MUST_USE int cli_config(struct cli *cli, const struct config **ret_config);

/* A conversation with whoever holds the store: the daemon, or this process when there is none. */
struct cli_session;
MUST_USE int cli_open(struct cli *cli, struct cli_session **ret_session);
void cli_close(struct cli_session *session);
/* Run an admin command; *@ret_answer is the JSON object (a new reference). Failures are printed. */
MUST_USE int cli_call(struct cli_session *session, const char *command, json_t *args, json_t **ret_answer);

/* What admin commands need, where no daemon holds the store: for work that JSON would be too slow for. False: a daemon does. @arena is the caller's. */
struct admin;
bool cli_here(struct cli_session *session, struct arena *arena, struct admin *ret_admin);
/* From here on the session works on a copy of the store that no commit is synced of. cli_copy_keep syncs it and puts it in the store's place in
 * one step, so that a crash at any time leaves the one or the other; cli_close drops a copy that was not kept. Only where cli_here. */
MUST_USE int cli_copy(struct cli_session *session);
MUST_USE int cli_copy_keep(struct cli_session *session);

int cli_serve(struct cli *cli), cli_front(struct cli *cli), cli_signer(struct cli *cli), cli_image(struct cli *cli), cli_hash(struct cli *cli),
	cli_check_config(struct cli *cli), cli_config_reference(struct cli *cli), cli_forms_reference(struct cli *cli), cli_keys(struct cli *cli),
	cli_legacy(struct cli *cli), cli_account(struct cli *cli), cli_admin(struct cli *cli), cli_unit(struct cli *cli),
	cli_legacy_jobs(struct cli *cli), cli_backup(struct cli *cli), cli_restore(struct cli *cli), cli_webhook(struct cli *cli), cli_sms(struct cli *cli), cli_verifier(struct cli *cli), cli_explain(struct cli *cli), cli_upstream(struct cli *cli), cli_client(struct cli *cli), cli_store(struct cli *cli), cli_grant(struct cli *cli), cli_version(struct cli *cli),
	cli_configuration(struct cli *cli);
