/* SPDX-License-Identifier: Apache-2.0 */
/*
 * legacy - `yimen legacy`: files of old accounts, listed, taken back and explained. The import itself: legacy_import.c; the table of owners: legacy_export.c.
 */
#include "broker/cli/legacy.h"

#include "broker/base/error.h"

#include <stdlib.h>

static int call(struct cli_session *session, const char *command, json_t *args, json_t **ret_answer)
{
	TRY(cli_call(session, command, args, ret_answer));
	json_object_del(*ret_answer, "ok");
	return 0;
}

static void print_json(const json_t *value)
{
	json_dumpf(value, stdout, JSON_INDENT(2));
	putchar('\n');
}

static const char *text(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value ? value : "";
}

/* ---- batches */

static void print_batch(const json_t *batch)
{
	const char *name;
	const json_t *n;

	printf("%s  %s  %s  %s", text(batch, "batch"), text(batch, "source"), text(batch, "status"), text(batch, "begun_at"));
	json_object_foreach(json_object_get(batch, "counts"), name, n)
		printf("  %s %lld", name, (long long)json_integer_value(n));
	putchar('\n');
}

static int batches(struct cli *cli, struct cli_session *session, bool as_json)
{
	const char *source = cli_option(cli, "--source");
	JSON *answer = NULL;
	const json_t *batch;
	size_t i;

	if (cli->n_arguments)
		return ERR_INVALID_REQUEST;
	TRY(call(session, "legacy.batches", json_pack("{s:s*}", "source", source), &answer));
	if (as_json)
		print_json(answer);
	else
		json_array_foreach(json_object_get(answer, "batches"), i, batch)
			print_batch(batch);
	return 0;
}

/* ---- undo */

struct undone {
	json_int_t taken, accounts, units, grants, bindings;
	json_t *stay;
};

static void add(json_int_t *sum, const json_t *answer, const char *key)
{
	*sum += json_integer_value(json_object_get(answer, key));
}

static int undo_all(struct cli_session *session, const char *batch, bool dry_run, struct undone *undone)
{
	char next[40] = "";
	bool done = false;

	while (!done) {
		JSON *answer = NULL;

		TRY(call(session, "legacy.undo", json_pack("{s:s,s:b,s:s}", "batch", batch, "dry_run", dry_run, "before", next), &answer));
		add(&undone->taken, answer, "taken");
		add(&undone->accounts, answer, "accounts");
		add(&undone->units, answer, "units");
		add(&undone->grants, answer, "grants");
		add(&undone->bindings, answer, "bindings");
		if (json_array_extend(undone->stay, json_object_get(answer, "stay")))
			return FAULT_MEMORY;
		snprintf(next, sizeof next, "%s", text(answer, "next"));
		done = json_get_bool(answer, "done", true);
	}
	return 0;
}

static void print_undone(const char *batch, bool dry_run, const struct undone *undone)
{
	const json_t *row;
	size_t i;

	printf("%sbatch %s: %lld rows taken back (%lld accounts, %lld units, %lld grants, %lld bindings), %zu stay because somebody has them\n",
	       dry_run ? "dry run, nothing was changed: " : "", batch, (long long)undone->taken, (long long)undone->accounts, (long long)undone->units,
	       (long long)undone->grants, (long long)undone->bindings, json_array_size(undone->stay));
	json_array_foreach(undone->stay, i, row)
		printf("  %s  %s\n", text(row, "legacy_id"), text(row, "outcome"));
}

static int undo(struct cli *cli, struct cli_session *session, bool as_json)
{
	const char *batch = cli_option(cli, "--batch");
	bool dry_run = cli_flag(cli, "--dry-run");
	JSON *stay = json_array();
	struct undone undone = { .stay = stay };

	if (!batch || cli->n_arguments)
		return ERR_INVALID_REQUEST;
	TRY(undo_all(session, batch, dry_run, &undone));
	if (as_json) {
		JSON *object = json_pack("{s:s,s:b,s:I,s:I,s:I,s:I,s:I,s:O}", "batch", batch, "dry_run", dry_run, "taken", undone.taken, "accounts", undone.accounts,
					 "units", undone.units, "grants", undone.grants, "bindings", undone.bindings, "stay", stay);
		print_json(object);
	} else {
		print_undone(batch, dry_run, &undone);
	}
	return 0;
}

/* ---- explain */

static void print_account(const char *what, const json_t *account)
{
	if (account)
		printf("  %s: %s (%s, %s)%s\n", what, text(account, "login_name"), text(account, "namespace"), text(account, "status"),
		       json_get_bool(account, "made_by_import", false) ? ", made by the import" : "");
}

static void print_record(const json_t *record)
{
	const json_t *item;
	size_t i;

	printf("%s (%s)  old login name \"%s\"  batch %s of %s\n", text(record, "legacy_id"), text(record, "kind"), text(record, "login_name"), text(record, "batch"),
	       text(record, "imported_at"));
	printf("  outcome: %s, %s\n", text(record, "outcome"), text(record, "rule"));
	if (json_array_size(json_object_get(record, "facts")) == 0)
		printf("  the import found: nothing that stood in its way\n");
	json_array_foreach(json_object_get(record, "facts"), i, item)
		printf("  the import found: %s\n", text(item, "text"));
	json_array_foreach(json_object_get(record, "dropped"), i, item)
		printf("  left out, because it was wrong: %s\n", json_string_value(item));
	print_account("account", json_object_get(record, "account"));
	printf("  now: %s%s%s\n", text(record, "state"), json_get_bool(record, "claimed", false) ? ", somebody has it" : ", nobody has it yet",
	       text(record, "hash_gone_at")[0] ? ", its password hash is destroyed" : "");
	print_account("whose", json_object_get(record, "owner"));
	json_array_foreach(json_object_get(record, "history"), i, item)
		printf("  %s  %s  %s  %s\n", text(item, "at"), text(item, "what"), text(item, "method"), text(item, "reason"));
}

static int explain(struct cli *cli, struct cli_session *session, bool as_json)
{
	const char *source = cli_option(cli, "--source");
	JSON *answer = NULL;
	const json_t *record;
	size_t i;

	if (!source || cli->n_arguments != 1)
		return ERR_INVALID_REQUEST;
	TRY(call(session, "legacy.explain", json_pack("{s:s,s:s}", "source", source, "key", cli->arguments[0]), &answer));
	if (as_json)
		print_json(answer);
	else
		json_array_foreach(json_object_get(answer, "records"), i, record)
			print_record(record);
	return 0;
}

/* ---- which of them */

int cli_legacy(struct cli *cli)
{
	static const struct {
		const char *name;
		int (*run)(struct cli *, struct cli_session *, bool as_json);
	} verbs[] = { { "undo", undo }, { "batches", batches }, { "explain", explain } };
	struct cli_session *session = NULL;
	size_t i = 0;

	if (cli->n_arguments == 0)
		return EXIT_USAGE;
	const char *verb = cli->arguments[0];
	if (strcmp(verb, "wrap") == 0 || strcmp(verb, "live") == 0)
		return cli_legacy_jobs(cli);
	cli->arguments++;
	cli->n_arguments--;
	if (strcmp(verb, "import") == 0 || strcmp(verb, "export") == 0)
		return *verb == 'i' ? legacy_import_run(cli) : legacy_export_run(cli);
	while (i < ARRAY_LEN(verbs) && strcmp(verb, verbs[i].name) != 0)
		i++;
	bool as_json = cli_flag(cli, "--json");
	if (i == ARRAY_LEN(verbs))
		return EXIT_USAGE;
	int result = cli_open(cli, &session);
	if (!result)
		result = verbs[i].run(cli, session, as_json);
	cli_close(session);
	return result == ERR_INVALID_REQUEST ? EXIT_USAGE : result ? EXIT_FAILURE : EXIT_SUCCESS;
}
