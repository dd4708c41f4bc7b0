/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manage - the subcommands that ask or change the store: each turns its arguments into one admin command.
 */
#include "broker/base/error.h"
#include "broker/base/sys.h"
#include "broker/cli/cli.h"
#include "broker/control.h"
#include "broker/endpoint/backup.h"

#include <limits.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static const char *verb(struct cli *cli)
{
	if (cli->n_arguments == 0 || cli->arguments[0][0] == '-')
		return NULL;
	const char *word = cli->arguments[0];
	cli->arguments++;
	cli->n_arguments--;
	return word;
}

static int call(struct cli *cli, const char *command, json_t *args, json_t **ret_answer)
{
	struct cli_session *session = NULL;
	int result = cli_open(cli, &session);

	if (result)
		json_decref(args);
	else
		result = cli_call(session, command, args, ret_answer);
	cli_close(session);
	return result;
}

/* The answer as it is, for people and for jq. */
static int call_and_print(struct cli *cli, const char *command, json_t *args)
{
	JSON *answer = NULL;

	if (!cli_done(cli)) {
		json_decref(args);
		return EXIT_USAGE;
	}
	if (call(cli, command, args, &answer))
		return EXIT_FAILURE;
	json_object_del(answer, "ok");
	json_dumpf(answer, stdout, JSON_INDENT(2));
	putchar('\n');
	return EXIT_SUCCESS;
}

/* Passwords come from a file or standard input: command lines are public. */
static int read_password(struct cli *cli, json_t *args)
{
	const char *file = cli_option(cli, "--password-file");
	struct span text;

	if (!file)
		return 0;
	/* Not /dev/stdin: a standard input that is a socket cannot be opened again. */
	int result = strcmp(file, "-") == 0 ? sys_read_fd(STDIN_FILENO, file, 4096, cli->arena, &text) : sys_read_file(file, 4096, cli->arena, &text);
	if (result) {
		fprintf(stderr, "yimen account: %s cannot be read\n", file);
		return result;
	}
	if (text.n && text.p[text.n - 1] == '\n')
		text.n--;
	json_object_set_new(args, "password", json_stringn(text.p, text.n));
	return 0;
}

static int is_one_of(const char *word, const char *const *words)
{
	for (; *words; words++)
		if (strcmp(word, *words) == 0)
			return true;
	return false;
}

int cli_account(struct cli *cli)
{
	static const char *const verbs[] = { "add", "show", "set", "logout", NULL };
	const char *what = verb(cli);
	json_t *args = json_object();

	if (!what || !is_one_of(what, verbs)) {
		json_decref(args);
		return EXIT_USAGE;
	}
	cli_set(args, "login_name", cli_option(cli, "--login"));
	cli_set(args, "namespace", cli_option(cli, "--namespace"));
	cli_set(args, "phone", cli_option(cli, "--phone"));
	cli_set(args, "email", cli_option(cli, "--email"));
	cli_set(args, "name", cli_option(cli, "--name"));
	cli_set(args, "unit", cli_option(cli, "--unit"));
	cli_set(args, "status", cli_option(cli, "--status"));
	cli_set_number(args, "realname_level", cli_option(cli, "--realname-level"));
	if (read_password(cli, args)) {
		json_decref(args);
		return EXIT_FAILURE;
	}
	char command[32];
	snprintf(command, sizeof command, "%s", strcmp(what, "logout") == 0 ? "session.end" : arena_printf(cli->arena, "account.%s", what));
	return call_and_print(cli, command, args);
}

int cli_admin(struct cli *cli)
{
	static const char *const words[][2] = { { "create", "staff.create" }, { "list", "staff.list" }, { "appoint", "staff.appoint" },
						{ "dismiss", "staff.dismiss" }, { "reset-factor", "staff.reset" } };
	const char *what = verb(cli), *command = NULL;
	json_t *args = json_object();

	for (size_t i = 0; what && i < ARRAY_LEN(words); i++)
		if (strcmp(what, words[i][0]) == 0)
			command = words[i][1];
	cli_set(args, "login_name", cli_option(cli, "--login"));
	cli_set(args, "namespace", cli_option(cli, "--namespace"));
	cli_set(args, "roles", cli_option(cli, "--roles"));
	cli_set(args, "dept", cli_option(cli, "--dept"));
	cli_set(args, "name", cli_option(cli, "--name"));
	if (cli_flag(cli, "--new-password"))
		json_object_set_new(args, "new_password", json_true());
	if (!command || read_password(cli, args)) {
		json_decref(args);
		return command ? EXIT_FAILURE : EXIT_USAGE;
	}
	return call_and_print(cli, command, args);
}

/* One admin command with the options that it takes: "name" becomes --name. */
struct verb_row {
	const char *verb, *command;
	const char *options[9]; /* ends with NULL */
};

static int run_verb(struct cli *cli, const struct verb_row *rows, size_t n)
{
	const char *what = verb(cli);
	char option[40];

	for (size_t i = 0; what && i < n; i++) {
		if (strcmp(what, rows[i].verb) != 0)
			continue;
		json_t *args = json_object();
		for (const char *const *name = rows[i].options; *name; name++) {
			snprintf(option, sizeof option, "--%s", *name);
			cli_set(args, *name, cli_option(cli, option));
		}
		return call_and_print(cli, rows[i].command, args);
	}
	return EXIT_USAGE;
}

int cli_unit(struct cli *cli)
{
	static const struct verb_row rows[] = {
		{ "add", "unit.add", { "uscc", "name", "type", "status", "region", "dept", NULL } },
		{ "set", "unit.set", { "uscc", "name", "type", "status", "region", "dept", NULL } },
		{ "list", "unit.list", { "status", "dept", "after", NULL } },
		{ "show", "unit.show", { "uscc", NULL } },
		{ "suspend", "unit.suspend", { "uscc", "reason", NULL } },
		{ "resume", "unit.resume", { "uscc", NULL } },
		{ "dissolve", "unit.dissolve", { "uscc", "reason", NULL } },
		{ "members", "unit.members", { "uscc", "status", "after", NULL } },
		{ "appoint", "unit.appoint", { "uscc", "login", "role", NULL } },
	};

	return run_verb(cli, rows, ARRAY_LEN(rows));
}

int cli_grant(struct cli *cli)
{
	static const struct verb_row rows[] = {
		{ "add", "grant.add", { "login", "namespace", "uscc", "subsystem", NULL } },
		{ "revoke", "grant.revoke", { "login", "namespace", "uscc", "subsystem", NULL } },
		{ "list", "grant.list", { "login", "namespace", NULL } },
	};

	return run_verb(cli, rows, ARRAY_LEN(rows));
}

int cli_webhook(struct cli *cli)
{
	const char *what = verb(cli);
	json_t *args = json_object();

	if (what && strcmp(what, "list") == 0)
		return call_and_print(cli, "webhook.list", args);
	if (!what || strcmp(what, "replay") != 0) {
		json_decref(args);
		return EXIT_USAGE;
	}
	cli_set(args, "id", cli_option(cli, "--id"));
	cli_set_number(args, "from", cli_option(cli, "--from"));
	return call_and_print(cli, "webhook.replay", args);
}

int cli_sms(struct cli *cli)
{
	const char *what = verb(cli);
	json_t *args = json_object();

	if (what && strcmp(what, "list") == 0)
		return call_and_print(cli, "sms.list", args);
	cli_set(args, "key", cli_option(cli, "--key"));
	cli_set(args, "phone", cli_option(cli, "--phone"));
	cli_set(args, "route", cli_option(cli, "--route"));
	cli_set(args, "language", cli_option(cli, "--language"));
	if (what && (strcmp(what, "show") == 0 || strcmp(what, "test") == 0))
		return call_and_print(cli, strcmp(what, "show") == 0 ? "sms.show" : "sms.test", args);
	json_decref(args);
	return EXIT_USAGE;
}

int cli_verifier(struct cli *cli)
{
	static const char *const options[][2] = { { "name", "--name" }, { "id_number", "--id-number" }, { "id_type", "--id-type" }, { "verifier", "--verifier" },
						  { "uscc", "--uscc" }, { "unit_name", "--unit-name" } };
	const char *what = verb(cli);
	json_t *args = json_object();

	if (what && strcmp(what, "list") == 0)
		return call_and_print(cli, "verifier.list", args);
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		cli_set(args, options[i][0], cli_option(cli, options[i][1]));
	if (what && strcmp(what, "test") == 0)
		return call_and_print(cli, "verifier.test", args);
	json_decref(args);
	return EXIT_USAGE;
}

/* `legacy wrap` and `legacy live`: what runs beside the logins. */
int cli_legacy_jobs(struct cli *cli)
{
	static const char *const flags[] = { "pause", "resume", "now", NULL };
	const char *what = verb(cli), *wanted = NULL;
	json_t *args = json_object();
	char option[16];

	for (const char *const *flag = flags; *flag; flag++) {
		snprintf(option, sizeof option, "--%s", *flag);
		if (cli_flag(cli, option))
			wanted = *flag;
	}
	(void)cli_flag(cli, "--status"); /* which is what the answer says anyway */
	cli_set(args, "do", wanted);
	return call_and_print(cli, what && strcmp(what, "live") == 0 ? "legacy.live" : "legacy.wrap", args);
}

int cli_store(struct cli *cli)
{
	static const char *const words[][2] = { { "stats", "store.stats" }, { "check", "store.check" }, { "verify-audit", "audit.verify" } };
	const char *what = verb(cli);

	for (size_t i = 0; what && i < ARRAY_LEN(words); i++)
		if (strcmp(what, words[i][0]) == 0)
			return call_and_print(cli, words[i][1], json_object());
	return EXIT_USAGE;
}

/* The daemon stands elsewhere: it is told the whole path. */
static char *whole_path(struct cli *cli)
{
	char here[PATH_MAX];

	if (cli->n_arguments != 1 || cli->arguments[0][0] == '-')
		return NULL;
	char *path = cli->arguments[0];
	if (path[0] != '/')
		path = getcwd(here, sizeof here) ? arena_printf(cli->arena, "%s/%s", here, path) : NULL;
	cli->n_arguments = 0;
	return path;
}

int cli_backup(struct cli *cli)
{
	char *dir = whole_path(cli);

	return dir ? call_and_print(cli, "store.backup", json_pack("{s:s}", "dir", dir)) : EXIT_USAGE;
}

/* A daemon would have the store open, and the keys seal what is in it: both are looked for before anything is copied. */
static int may_restore(const struct config *config)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof path, "%s/control.sock", config->data_dir.p);
	if (control_connect(path, &fd) == 0) {
		close(fd);
		fprintf(stderr, "yimen restore: the daemon runs\n");
		return ERR_BUSY;
	}
	snprintf(path, sizeof path, "%s/store.key", config->data_dir.p);
	if (access(path, R_OK)) {
		fprintf(stderr, "yimen restore: %s is not there; put back the key that sealed the backup first\n", path);
		return ERR_ABSENT;
	}
	return 0;
}

int cli_restore(struct cli *cli)
{
	CONFIG_HELD *config = NULL;
	char *dir = whole_path(cli);

	if (!dir)
		return EXIT_USAGE;
	if (cli_config(cli, &config) || may_restore(config))
		return EXIT_FAILURE;
	int result = backup_read(dir, config->data_dir.p);
	if (result) {
		fprintf(stderr, "yimen restore: %s\n", result == ERR_EXISTS ? "there is a store already, or files; move them away" : result == ERR_ABSENT ? "no backup lies there" : "see above");
		return EXIT_FAILURE;
	}
	return call_and_print(cli, "store.epoch", json_object());
}

static void print_time(const json_t *key, const char *member)
{
	int64_t ms = 0;
	char text[32] = "-";
	struct tm tm;

	if (json_get_i64(key, member, &ms) && ms) {
		time_t seconds = (time_t)(ms / 1000);

		strftime(text, sizeof text, "%Y-%m-%d %H:%M", localtime_r(&seconds, &tm));
	}
	printf("  %-16s", text);
}

static int print_keys(const json_t *answer)
{
	const json_t *key;
	size_t i;

	printf("%-44s%-7s%-11s  %-16s  %-16s  %-16s  %-16s\n", "kid", "alg", "phase", "published", "signs from", "signs until", "published until");
	json_array_foreach(json_object_get(answer, "keys"), i, key) {
		struct span kid = json_get_span(key, "kid"), alg = json_get_span(key, "alg"), phase = json_get_span(key, "phase");

		printf("%-44.*s%-7.*s%-11.*s", SPAN_ARG(kid), SPAN_ARG(alg), SPAN_ARG(phase));
		print_time(key, "publish_at");
		print_time(key, "sign_from");
		print_time(key, "sign_until");
		print_time(key, "publish_until");
		putchar('\n');
	}
	return EXIT_SUCCESS;
}

int cli_keys(struct cli *cli)
{
	const char *what = verb(cli);
	json_t *args = json_object();
	JSON *answer = NULL;
	bool rotate = what && strcmp(what, "rotate") == 0;

	if (rotate)
		cli_set(args, "alg", cli_option(cli, "--alg"));
	if (!what || (!rotate && strcmp(what, "list") != 0) || !cli_done(cli)) {
		json_decref(args);
		return EXIT_USAGE;
	}
	return call(cli, rotate ? "keys.rotate" : "keys.list", args, &answer) ? EXIT_FAILURE : print_keys(answer);
}

/* ---- explain */

static void print_answer(const json_t *step, const char *key)
{
	const json_t *answer = json_object_get(step, key);
	char *text = answer ? json_dumps(answer, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;

	if (text)
		printf("    %s: %s\n", key, text);
	free(text);
}

static void print_entry(const json_t *entry)
{
	const json_t *step;
	size_t i;

	printf("%s  %s  %s\n", json_string_value(json_object_get(entry, "at")), json_string_value(json_object_get(entry, "reference")),
	       json_string_value(json_object_get(entry, "result")));
	json_array_foreach(json_object_get(entry, "steps"), i, step) {
		printf("  %s\n", json_string_value(json_object_get(step, "text")));
		print_answer(step, "answer");
		print_answer(step, "claims");
	}
}

int cli_explain(struct cli *cli)
{
	bool as_json = cli_flag(cli, "--json");
	const char *lang = cli_option(cli, "--lang"), *environment = getenv("LANG");
	JSON *answer = NULL;
	const json_t *entry;
	size_t i;

	if (!lang)
		lang = environment && strncmp(environment, "zh", 2) == 0 ? "zh" : "en";
	const char *reference = verb(cli);
	if (!reference || !cli_done(cli))
		return EXIT_USAGE;
	if (call(cli, "explain", json_pack("{s:s,s:s}", "reference", reference, "lang", lang), &answer))
		return EXIT_FAILURE;
	if (as_json) {
		json_object_del(answer, "ok");
		json_dumpf(answer, stdout, JSON_INDENT(2));
		putchar('\n');
		return EXIT_SUCCESS;
	}
	json_array_foreach(json_object_get(answer, "entries"), i, entry)
		print_entry(entry);
	return EXIT_SUCCESS;
}

/* ---- upstream, client */

/* @option names one of those who are told: "--provider". */
static int list_notices(struct cli *cli, const char *option)
{
	const char *what = verb(cli);
	json_t *args = json_object();
	char command[32];

	if (!what || strcmp(what, "notices") != 0) {
		json_decref(args);
		return EXIT_USAGE;
	}
	cli_set(args, option + 2, cli_option(cli, option));
	cli_set(args, "status", cli_option(cli, "--status"));
	snprintf(command, sizeof command, "%s.notices", cli->command);
	return call_and_print(cli, command, args);
}

int cli_upstream(struct cli *cli)
{
	return list_notices(cli, "--provider");
}

int cli_client(struct cli *cli)
{
	return list_notices(cli, "--client");
}
