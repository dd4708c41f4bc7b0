/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config - `yimen config`: versions of the configuration on top of the file, also for people who keep them in git as YAML.
 */
#include "broker/base/error.h"
#include "broker/base/sys.h"
#include "broker/cli/cli.h"

#include <stdlib.h>
#include <unistd.h>

#define YAML_MAX (512 * 1024)

/* The next plain argument, or NULL. */
static const char *word(struct cli *cli)
{
	if (!cli->n_arguments || (cli->arguments[0][0] == '-' && cli->arguments[0][1]))
		return NULL;
	cli->n_arguments--;
	return *cli->arguments++;
}

static int call(struct cli_session *session, const char *what, json_t *args, json_t **ret_answer)
{
	cli_set(args, "do", what);
	return cli_call(session, "config", args, ret_answer);
}

static int print(json_t *answer)
{
	json_object_del(answer, "ok");
	json_dumpf(answer, stdout, JSON_INDENT(2));
	putchar('\n');
	return EXIT_SUCCESS;
}

static json_t *of_version(const char *number)
{
	json_t *args = json_object();

	cli_set_number(args, "version", number ? number : "active");
	return args;
}

/* ---- verbs with more to them than options */

static int export(struct cli *cli, struct cli_session *session, const char *number)
{
	const char *file = cli_option(cli, "--out");
	JSON *answer = NULL;

	if (!cli_done(cli))
		return EXIT_USAGE;
	if (call(session, "export", of_version(number), &answer))
		return EXIT_FAILURE;
	struct span yaml = json_get_span(answer, "yaml");
	if (file)
		return sys_write_file(file, 0600, yaml) ? EXIT_FAILURE : EXIT_SUCCESS;
	return fwrite(yaml.p, 1, yaml.n, stdout) == yaml.n ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int activate(struct cli_session *session, const json_t *version)
{
	JSON *answer = NULL;
	json_t *args = json_object();

	json_object_set(args, "version", (json_t *)(uintptr_t)version);
	return call(session, "activate", args, &answer) ? EXIT_FAILURE : print(answer);
}

/* A new draft of what a file says, or of an earlier version; --activate: in force at once. */
static int begin(struct cli *cli, struct cli_session *session, json_t *args, bool activates)
{
	JSON *answer = NULL;

	cli_set(args, "reason", cli_option(cli, "--reason"));
	if (!cli_done(cli)) {
		json_decref(args);
		return EXIT_USAGE;
	}
	if (call(session, "draft", args, &answer))
		return EXIT_FAILURE;
	return activates ? activate(session, json_object_get(answer, "version")) : print(answer);
}

static int import(struct cli *cli, struct cli_session *session, const char *file)
{
	bool activates = cli_flag(cli, "--activate");
	struct span yaml;

	if (!file)
		return EXIT_USAGE;
	if (strcmp(file, "-") == 0 ? sys_read_fd(STDIN_FILENO, file, YAML_MAX, cli->arena, &yaml) : sys_read_file(file, YAML_MAX, cli->arena, &yaml)) {
		fprintf(stderr, "yimen config: %s cannot be read\n", file);
		return EXIT_FAILURE;
	}
	json_t *text = json_stringn(yaml.p, yaml.n);
	if (!text) {
		fprintf(stderr, "yimen config: %s is not UTF-8\n", file);
		return EXIT_FAILURE;
	}
	return begin(cli, session, json_pack("{s:o}", "yaml", text), activates);
}

static int rollback(struct cli *cli, struct cli_session *session, const char *number)
{
	json_t *args = json_object();

	if (!number) {
		json_decref(args);
		return EXIT_USAGE;
	}
	cli_set_number(args, "rollback", number);
	return begin(cli, session, args, !cli_flag(cli, "--draft"));
}

/* PATH VALUE: JSON, or plain text. A value for a secret comes from a file or, with -, from standard input: command lines are public. */
static int edit(struct cli *cli, struct cli_session *session, const char *number)
{
	const char *path = word(cli), *text = word(cli), *file = cli_option(cli, "--value-file");
	bool removes = cli_flag(cli, "--remove"), forgets = cli_flag(cli, "--forget");
	json_t *item = json_object(), *value = NULL;
	JSON *answer = NULL;
	struct span from_file;

	cli_set(item, "path", path);
	if (removes || forgets) {
		json_object_set_new(item, removes ? "remove" : "forget", json_true());
	} else if (file) {
		if (strcmp(file, "-") == 0 ? sys_read_fd(STDIN_FILENO, file, YAML_MAX, cli->arena, &from_file) : sys_read_file(file, YAML_MAX, cli->arena, &from_file)) {
			fprintf(stderr, "yimen config: %s cannot be read\n", file);
			json_decref(item);
			return EXIT_FAILURE;
		}
		from_file.n -= from_file.n && from_file.p[from_file.n - 1] == '\n';
		json_object_set_new(item, "value", json_stringn(from_file.p, from_file.n));
	} else if (text) {
		bool is_json = *text == '{' || *text == '[' || *text == '"' || strcmp(text, "null") == 0;

		json_object_set_new(item, "value", is_json && json_read(span_of(text), &value) == 0 ? value : json_string(text));
	}
	json_t *args = of_version(number);
	json_object_set_new(args, "edits", json_pack("[o]", item));
	if (!number || !path || !cli_done(cli)) {
		json_decref(args);
		return EXIT_USAGE;
	}
	return call(session, "edit", args, &answer) ? EXIT_FAILURE : print(answer);
}

/* ---- verbs that only take options */

static const struct {
	const char *verb, *command;
	bool of_version, optional; /* optional: the active one where none is named */
	const char *options[7];
} verbs[] = {
	{ "status", "status", false, false, { NULL } },
	{ "history", "history", false, false, { "before", "limit", NULL } },
	{ "draft", "draft", false, false, { "reason", NULL } },
	{ "show", "show", true, true, { NULL } },
	{ "diff", "diff", true, true, { "from", NULL } },
	{ "fields", "fields", true, true, { "path", "type", NULL } },
	{ "validate", "validate", true, true, { NULL } },
	{ "propose", "propose", true, false, { NULL } },
	{ "withdraw", "withdraw", true, false, { NULL } },
	{ "reject", "reject", true, false, { "reason", NULL } },
	{ "activate", "activate", true, false, { NULL } },
	{ "rebase", "rebase", true, false, { NULL } },
	{ "test", "test", true, true, { "path", "phone", "name", "id_number", NULL } },
	{ "try", "try", true, true, { "login_name", "namespace", "unit", "client", "scope", NULL } },
};

static int plain(struct cli *cli, struct cli_session *session, size_t i)
{
	const char *number = verbs[i].of_version ? word(cli) : NULL;
	json_t *args = verbs[i].of_version ? of_version(number) : json_object();
	JSON *answer = NULL;
	char option[32];

	for (const char *const *name = verbs[i].options; *name; name++) {
		bool is_number = strcmp(*name, "from") == 0 || strcmp(*name, "before") == 0 || strcmp(*name, "limit") == 0;

		snprintf(option, sizeof option, "--%s", strcmp(*name, "login_name") == 0 ? "login" : strcmp(*name, "id_number") == 0 ? "id-number" : *name);
		(is_number ? cli_set_number : cli_set)(args, *name, cli_option(cli, option));
	}
	if (!cli_done(cli) || (verbs[i].of_version && !verbs[i].optional && !number)) {
		json_decref(args);
		return EXIT_USAGE;
	}
	if (call(session, verbs[i].command, args, &answer))
		return EXIT_FAILURE;
	int code = strcmp(verbs[i].verb, "validate") == 0 && !json_get_bool(answer, "valid", true) ? EXIT_FAILURE : EXIT_SUCCESS;
	print(answer);
	return code;
}

static int run(struct cli *cli, struct cli_session *session, const char *what)
{
	if (strcmp(what, "export") == 0)
		return export(cli, session, word(cli));
	if (strcmp(what, "import") == 0)
		return import(cli, session, cli->n_arguments && strcmp(cli->arguments[0], "-") == 0 ? (cli->n_arguments--, *cli->arguments++) : word(cli));
	if (strcmp(what, "rollback") == 0)
		return rollback(cli, session, word(cli));
	if (strcmp(what, "edit") == 0)
		return edit(cli, session, word(cli));
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		if (strcmp(what, verbs[i].verb) == 0)
			return plain(cli, session, i);
	return EXIT_USAGE;
}

int cli_configuration(struct cli *cli)
{
	const char *what = word(cli);
	struct cli_session *session = NULL;

	if (!what)
		return EXIT_USAGE;
	if (cli_open(cli, &session))
		return EXIT_FAILURE;
	int code = run(cli, session, what);
	cli_close(session);
	return code;
}
