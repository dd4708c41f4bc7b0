/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/cli/cli.h"

#include "broker/base/error.h"
#include "broker/base/sys.h"
#include "broker/control.h"
#include "broker/endpoint/admin.h"
#include "broker/endpoint/config_version.h"
#include "providers/registry.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define ARENA_MAX ((size_t)64 * 1024 * 1024)

static const struct cli_command commands[] = {
	{ "serve", "", "run the broker: supervisor, front and signer", cli_serve, false },
	{ "check-config", "", "read the configuration and say everything that is wrong with it", cli_check_config, false },
	{ "config-reference", "[--schema]", "print the reference of all options (Markdown), or a JSON Schema for editors", cli_config_reference, false },
	{ "forms-reference", "", "print the fields, document types and built-in forms (Markdown)", cli_forms_reference, false },
	{ "keys", "list | rotate [--alg ALG]", "show the signing keys; make successors now", cli_keys, false },
	{ "account", "add | show | set | logout  --login NAME [--namespace natural|legal|staff] [--password-file FILE] [--phone P] [--email E] [--name N] "
	  "[--unit USCC] [--realname-level 0-3] [--status S]",
	  "manage accounts; a password comes from a file or, with -, from standard input", cli_account, false },
	{ "admin", "create | list | appoint | dismiss | reset-factor [--namespace natural|legal|staff]  --login NAME [--roles system|security|audit|reviewer|support|operator,…] [--dept ID] [--name N] "
	  "[--password-file FILE] [--new-password]",
	  "manage staff; without a password file, create prints a first password that the first login replaces; reset-factor also for who lost their phone "
	  "and recovery codes, staff or not", cli_admin, false },
	{ "unit", "add | set --uscc CODE [--name NAME] [--type T] [--status S] [--region R] [--dept D] | list [--status S] [--dept D] [--after ID] | show | "
	  "suspend | resume | dissolve  --uscc CODE [--reason TEXT] | members --uscc CODE [--status S] | appoint --uscc CODE --login NAME --role admin|member",
	  "manage units and who belongs to them", cli_unit, false },
	{ "grant", "add | revoke --login NAME [--namespace natural|legal] --subsystem ID [--uscc CODE] | list --login NAME", "let a person use a business system, for a unit or for themselves", cli_grant, false },
	{ "legacy", "import --source NAME [--batch NAME] [--dry-run] [--rejects FILE] [--encoding utf-8|gb18030] [--format csv|jsonl] [--keep-passwords] [--quiet] [--json] FILE | "
	  "undo --batch NAME [--dry-run] [--json] | batches [--source NAME] [--json] | explain --source NAME [--json] KEY | "
	  "export --source NAME --client ID [FILE] | "
	  "wrap [--status | --pause | --resume | --now] | live",
	  "import old accounts (CSV, JSON Lines), take a file back, list files, tell why an account went where it went; "
	  "write a table of their owners for a business system; "
	  "how far the wrapping of their passwords is; what old systems that still run said", cli_legacy, false },
	{ "explain", "[--lang zh|en] [--json] REFERENCE", "tell why a login went as it did: by the reference that its pages, the log and X-Request-Id name", cli_explain, false },
	{ "upstream", "notices [--provider ID] [--status waiting|done|browser|needs_browser|given_up]",
	  "what became of the logouts that providers were to be told of, newest first; needs_browser: the session ended without the person's browser, which the provider's "
	  "logout wants to see, so that it could not be told", cli_upstream, false },
	{ "client", "notices [--client ID] [--status waiting|done|refused|given_up]", "what became of the ends of sessions that clients were to be told of, newest first", cli_client,
	  false },
	{ "store", "stats | check | verify-audit", "look at the store; recompute every index; verify the audit chain", cli_store, false },
	{ "config", "status | history | show | validate | export [--out FILE] [VERSION] | import [--reason TEXT] [--activate] FILE | draft --reason TEXT | "
	  "edit VERSION PATH (VALUE | --value-file FILE | --remove | --forget) | diff VERSION [--from VERSION] | fields --path PATH [VERSION] | propose | withdraw | "
	  "reject | rebase | activate VERSION | rollback VERSION [--reason TEXT] [--draft] | test VERSION --path PATH [--phone P] | "
	  "try VERSION --login NAME --client ID [--unit USCC] [--scope S]",
	  "versions of the configuration that administrators put on top of the file (docs/admin-api.md); 0 is the file alone", cli_configuration, false },
	{ "backup", "DIR", "copy store and uploaded files, also while the daemon runs", cli_backup, false },
	{ "restore", "DIR", "make a data directory of a backup, and end every session and token in it", cli_restore, false },
	{ "webhook", "list | replay --id ID --from NUMBER", "how far receivers of events have been told; tell one again", cli_webhook, false },
	{ "sms", "list | show --key KEY | test --phone P [--route ID] [--language zh|en]",
	  "how gateways of text messages are doing, and what was sent and paid; what became of a message; try one with a real message", cli_sms, false },
	{ "verifier", "list | test --name N --id-number N [--verifier ID] [--id-type T] [--uscc CODE --unit-name N]",
	  "how real-name verifiers are doing; try one with a person or unit that is typed in", cli_verifier, false },
	{ "version", "", "print the version", cli_version, false },
	{ "front", "", "", cli_front, true },
	{ "signer", "", "", cli_signer, true },
	{ "image", "", "", cli_image, true },
	{ "hash", "", "", cli_hash, true },
};

const struct cli_command *cli_command_at(size_t i)
{
	return i < ARRAY_LEN(commands) ? &commands[i] : NULL;
}

/* ---- arguments */

static const char *take(struct cli *cli, int i, int n)
{
	const char *value = cli->arguments[i + n - 1];

	memmove(&cli->arguments[i], &cli->arguments[i + n], (size_t)(cli->n_arguments - i - n + 1) * sizeof *cli->arguments);
	cli->n_arguments -= n;
	return value;
}

const char *cli_option(struct cli *cli, const char *name)
{
	for (int i = 0; i + 1 < cli->n_arguments; i++)
		if (strcmp(cli->arguments[i], name) == 0)
			return take(cli, i, 2);
	return NULL;
}

bool cli_flag(struct cli *cli, const char *name)
{
	for (int i = 0; i < cli->n_arguments; i++)
		if (strcmp(cli->arguments[i], name) == 0) {
			take(cli, i, 1);
			return true;
		}
	return false;
}

bool cli_done(struct cli *cli)
{
	if (cli->n_arguments == 0)
		return true;
	fprintf(stderr, "yimen %s: unexpected argument \"%s\"\n", cli->command, cli->arguments[0]);
	return false;
}

void cli_set(json_t *args, const char *key, const char *value)
{
	if (value)
		json_object_set_new(args, key, json_string(value));
}

void cli_set_number(json_t *args, const char *key, const char *value)
{
	uint64_t number;

	if (value && span_to_u64(span_of(value), &number) && number <= INT64_MAX)
		json_object_set_new(args, key, json_integer((json_int_t)number));
	else
		cli_set(args, key, value);
}

int cli_config(struct cli *cli, const struct config **ret_config)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(ARENA_MAX);
	struct problems problems = { .arena = arena };

	if (!arena)
		return FAULT_MEMORY;
	int result = config_load(&cli->sources, &problems, ret_config);
	if (!cli->told)
		problem_print(&problems, stderr);
	cli->told = true;
	return result;
}

/* ---- the store, wherever it is open */

struct cli_session {
	struct cli *cli;
	const struct config *config;
	int fd; /* of the daemon's control socket; -1: the store is open here */
	struct store *store;
	struct store *copy; /* that work goes on in, in its place */
	struct seal_ring *seal;
	struct arena *arena; /* of one call */
};

#define COPY "store.import" /* beside the store: its lock keeps others away from both */
#define COPY_DISK_MIN ((uint64_t)256 << 20) /* a map that finds no room on the disk kills its process: stop before */

/* What administrators activated holds here, too. Where it does not fit the file, that has been printed, and the file alone has to do: for
 * `yimen config`, which puts it right. */
static int take_version(struct cli_session *session)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(4 * OVERLAY_MAX);
	const struct config *whole;
	int64_t number;

	if (!arena)
		return FAULT_MEMORY;
	TRY(config_version_active(session->store, arena, &number));
	int result = number ? config_version_effective(session->store, &session->cli->sources, &whole) : ERR_ABSENT;
	if (!result) {
		config_unref(session->config);
		session->config = whole;
	}
	return result < 0 ? result : 0;
}

static int open_here(struct cli_session *session)
{
	char path[4096], key[4096];
	struct store_options options = { .dir = path, .map_size = (uint64_t)session->config->store.map_size, .quota = (uint64_t)session->config->store.quota };

	TRY(sys_make_dir(session->config->data_dir.p));
	snprintf(path, sizeof path, "%s/store", session->config->data_dir.p);
	snprintf(key, sizeof key, "%s/store.key", session->config->data_dir.p);
	TRY(seal_load(key, &session->seal));
	options.seal = session->seal;
	TRY(store_open(&options, &session->store));
	TRY(take_version(session));
	return admin_sync_units(session->store, session->config, sys_now());
}

/* ---- a copy of it */

static void drop_copy(struct cli_session *session)
{
	static const char *const files[] = { "data.mdb", "lock.mdb", "writer.lock", "" };
	char path[4096];

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		snprintf(path, sizeof path, "%s/" COPY "/%s", session->config->data_dir.p, files[i]);
		(void)remove(path); /* what is not there need not go */
	}
}

int cli_copy(struct cli_session *session)
{
	char path[4096];
	struct store_options options = { .dir = path, .map_size = (uint64_t)session->config->store.map_size, .quota = (uint64_t)session->config->store.quota,
					 .seal = session->seal, .free_disk_min = COPY_DISK_MIN, .is_scratch = true };

	snprintf(path, sizeof path, "%s/" COPY, session->config->data_dir.p);
	drop_copy(session); /* of an import that was killed */
	TRY(store_backup(session->store, path));
	return store_open(&options, &session->copy);
}

static int sync_path(const char *path)
{
	CLOSE_FD int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 || fsync(fd) < 0 ? FAULT(FAULT_IO, "sync %s: %s", path, strerror(errno)) : 0;
}

/* The store's file is replaced while it is open here and nowhere else, and closed without another write. */
int cli_copy_keep(struct cli_session *session)
{
	char from[4096], to[4096], dir[4096];

	snprintf(from, sizeof from, "%s/" COPY "/data.mdb", session->config->data_dir.p);
	snprintf(to, sizeof to, "%s/store/data.mdb", session->config->data_dir.p);
	snprintf(dir, sizeof dir, "%s/store", session->config->data_dir.p);
	if (store_is_broken(session->copy))
		return FAULT_STORE;
	store_close(session->copy);
	session->copy = NULL;
	TRY(sync_path(from));
	if (rename(from, to) < 0)
		return FAULT(FAULT_IO, "rename to %s: %s", to, strerror(errno));
	TRY(sync_path(dir));
	drop_copy(session);
	return 0;
}

int cli_open(struct cli *cli, struct cli_session **ret_session)
{
	struct cli_session *session = calloc(1, sizeof *session);
	char path[4096];

	if (!session)
		return FAULT_MEMORY;
	*session = (struct cli_session){ .cli = cli, .fd = -1, .arena = arena_new(ARENA_MAX) };
	int result = session->arena ? cli_config(cli, &session->config) : FAULT_MEMORY;
	if (!result) {
		snprintf(path, sizeof path, "%s/control.sock", session->config->data_dir.p);
		result = control_connect(path, &session->fd);
		if (result == ERR_ABSENT)
			result = open_here(session);
	}
	if (result) {
		if (result == ERR_BUSY)
			fprintf(stderr, "yimen: the store is open in another process, and no daemon answers on its control socket\n");
		cli_close(session);
		return result;
	}
	*ret_session = session;
	return 0;
}

void cli_close(struct cli_session *session)
{
	if (!session)
		return;
	sys_close_fd(&session->fd);
	if (session->copy) {
		store_close(session->copy);
		drop_copy(session);
	}
	store_close(session->store);
	seal_free(session->seal);
	config_unref(session->config);
	arena_free(session->arena);
	free(session);
}

bool cli_here(struct cli_session *session, struct arena *arena, struct admin *ret_admin)
{
	if (session->fd >= 0)
		return false;
	*ret_admin = (struct admin){ .store = session->copy ? session->copy : session->store, .seal = session->seal, .config = session->config,
				     .sources = &session->cli->sources, .now = sys_now(), .arena = arena };
	return true;
}

static int exchange(struct cli_session *session, struct span request, struct span *ret_answer)
{
	struct admin admin;

	if (cli_here(session, session->arena, &admin))
		return admin_run(&admin, request, ret_answer);
	return control_call(session->fd, request, session->arena, ret_answer);
}

/* One line each: where, and what. */
static void complain_list(const json_t *list, const char *what)
{
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item) {
		struct span path = json_get_span(item, "path"), text = json_get_span(item, what);

		fprintf(stderr, "  " SPAN_FMT "%s" SPAN_FMT "\n", SPAN_ARG(path), path.n ? ": " : "", SPAN_ARG(text));
	}
}

static int complain(struct cli *cli, const json_t *answer)
{
	struct span code = json_get_span(answer, "error"), field = json_get_span(answer, "field");

	fprintf(stderr, "yimen %s: " SPAN_FMT "%s" SPAN_FMT "\n", cli->command, SPAN_ARG(code), field.n ? ": " : "", SPAN_ARG(field));
	complain_list(json_object_get(answer, "problems"), "message");
	complain_list(json_object_get(answer, "conflicts"), "after");
	return ERR_INVALID;
}

int cli_call(struct cli_session *session, const char *command, json_t *args, json_t **ret_answer)
{
	JSON *request = json_pack("{s:s,s:o}", "command", command, "args", args);
	struct span answer;

	if (!request)
		return FAULT_MEMORY;
	char *text = json_dumps(request, JSON_COMPACT);
	if (!text)
		return FAULT_MEMORY;
	arena_reset(session->arena);
	int result = exchange(session, span_of(text), &answer);
	explicit_bzero(text, strlen(text)); /* a password may stand in it */
	free(text);
	if (result) {
		fprintf(stderr, "yimen %s: the daemon does not answer\n", session->cli->command);
		return result;
	}
	json_t *object;
	TRY(json_read_object(answer, &object));
	if (json_get_bool(object, "ok", false)) {
		*ret_answer = object;
		return 0;
	}
	result = complain(session->cli, object);
	json_decref(object);
	return result;
}
