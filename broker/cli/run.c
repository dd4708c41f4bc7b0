/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run - the subcommands that run processes, and the small ones that need no store.
 */
#include "broker/base/error.h"
#include "broker/base/log.h"
#include "broker/cli/cli.h"
#include "broker/daemon.h"
#include "broker/endpoint/admin.h"
#include "broker/media/image.h"
#include "broker/supervisor.h"
#include "conf/config_reference.h"
#include "keys/hash_process.h"
#include "keys/signer.h"
#include "broker/identity/form_reference.h"
#include "providers/registry.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

int cli_serve(struct cli *cli)
{
	struct supervisor_options options = { cli->sources, cli->common };

	return cli_done(cli) ? supervisor_run(&options) : EXIT_USAGE;
}

int cli_front(struct cli *cli)
{
	struct daemon_options options = { .sources = cli->sources };
	const char *listeners = cli_option(cli, "--listen-fds"), *signers = cli_option(cli, "--signer-fds"), *helper = cli_option(cli, "--helper-fd");
	struct span rest = span_of(listeners);
	uint64_t helper_fd;

	if (!listeners || !signers || !helper || !span_to_u64(span_of(helper), &helper_fd) || helper_fd > INT32_MAX || !cli_done(cli))
		return EXIT_USAGE;
	options.helper_fd = (int)helper_fd;
	for (; rest.p && options.n_listeners < DAEMON_LISTENERS; options.n_listeners++) {
		char *one = arena_cstr(cli->arena, span_cut(&rest, ';'));
		size_t i = options.n_listeners;

		if (!one || !supervisor_parse_fds(one, options.listen_fds[i], DAEMON_THREADS, &options.listen_n[i]))
			return EXIT_USAGE;
	}
	if (!supervisor_parse_fds(signers, options.signer_fds, ARRAY_LEN(options.signer_fds), &options.n_signers) || options.n_signers < 3)
		return EXIT_USAGE;
	prctl(PR_SET_NAME, "yimen-front");
	return daemon_run(&options);
}

int cli_signer(struct cli *cli)
{
	const char *key_file = cli_option(cli, "--key-file"), *issuer = cli_option(cli, "--issuer"), *life = cli_option(cli, "--max-life"),
		   *list = cli_option(cli, "--fds"), *cpu_list = cli_option(cli, "--cpus"), *level = cli_option(cli, "--log-level");
	int fds[DAEMON_THREADS + 2], cpus[DAEMON_THREADS + 2];
	uint64_t seconds, log_level = LOG_INFO;
	size_t n, n_cpus = 0;

	if (!key_file || !issuer || !life || !list || !span_to_u64(span_of(life), &seconds) || !supervisor_parse_fds(list, fds, ARRAY_LEN(fds), &n))
		return EXIT_USAGE;
	if ((cpu_list && *cpu_list && !supervisor_parse_fds(cpu_list, cpus, n, &n_cpus)) || (level && !span_to_u64(span_of(level), &log_level)) ||
	    !cli_done(cli))
		return EXIT_USAGE;
	for (size_t i = n_cpus; i < n; i++)
		cpus[i] = -1;
	struct signer_policy policy = { .issuer = issuer, .key_file = key_file, .cpus = cpus };
	for (int typ = 0; typ < SIGNER_TYP_COUNT; typ++)
		policy.max_life[typ] = (int64_t)seconds;
	prctl(PR_SET_NAME, "yimen-signer");
	log_configure((enum log_level)log_level, "signer");
	return signer_main(fds, n, &policy);
}

int cli_image(struct cli *cli)
{
	prctl(PR_SET_NAME, "yimen-image");
	if (!cli_done(cli))
		return EXIT_USAGE;
	_exit(image_main(STDIN_FILENO)); /* nothing is run on the way out: the sandbox would not have it */
}

int cli_hash(struct cli *cli)
{
	prctl(PR_SET_NAME, "yimen-hash");
	if (!cli_done(cli))
		return EXIT_USAGE;
	_exit(hash_process_main(STDIN_FILENO));
}

static void print_problems(const json_t *answer, int64_t version)
{
	const json_t *problem;
	size_t i;

	json_array_foreach(json_object_get(answer, "problems"), i, problem) {
		struct span path = json_get_span(problem, "path");

		if (!json_get_bool(problem, "warning", false)) /* the file's own have been told */
			fprintf(stderr, "error: console version %lld%s" SPAN_FMT ": " SPAN_FMT "\n", (long long)version, path.n ? ", " : "", SPAN_ARG(path),
				SPAN_ARG(json_get_span(problem, "message")));
	}
}

/* A daemon answers for the file that it was started with, as it lies there now; a relative name is of a directory that we do not know. */
static bool is_our_file(const struct cli *cli, struct span theirs)
{
	char ours[PATH_MAX], other[PATH_MAX];

	return theirs.n && theirs.p[0] == '/' && cli->sources.path && realpath(cli->sources.path, ours) && realpath(theirs.p, other) && strcmp(ours, other) == 0;
}

/* What administrators activated stands on top of the file: a start and a reload take both or refuse (decision 15). */
static bool fits_version(struct cli *cli, const struct config *config)
{
	char *store = arena_printf(cli->arena, SPAN_FMT "/store/data.mdb", SPAN_ARG(config->data_dir));
	struct cli_session *session;
	struct admin admin;
	JSON *answer = NULL;
	int64_t version = 0;

	if (!store || (access(store, F_OK) && errno == ENOENT)) /* the first start is still to come */
		return true;
	if (access(store, R_OK | W_OK) || cli_open(cli, &session)) {
		fprintf(stderr, "warning: what administrators activated in the console is not looked at: the store cannot be opened; run this as the daemon's user\n");
		return true;
	}
	bool is_here = cli_here(session, cli->arena, &admin);
	int result = cli_call(session, "config", json_pack("{s:s, s:s}", "do", "validate", "version", "active"), &answer);
	cli_close(session);
	if (result || !json_get_i64(answer, "version", &version) || version == 0)
		return !result;
	if (!is_here && !is_our_file(cli, json_get_span(answer, "file"))) {
		fprintf(stderr, "warning: console version %lld is not looked at: the daemon that runs was started with another file (" SPAN_FMT ")\n",
			(long long)version, SPAN_ARG(json_get_span(answer, "file")));
		return true;
	}
	bool is_valid = json_get_bool(answer, "valid", false);
	if (is_valid)
		printf("console version %lld stands on top of the file and fits\n", (long long)version);
	else
		print_problems(answer, version);
	return is_valid;
}

int cli_check_config(struct cli *cli)
{
	CONFIG_HELD *config = NULL;

	if (!cli_done(cli))
		return EXIT_USAGE;
	if (cli_config(cli, &config))
		return DAEMON_EXIT_CONFIG;
	if (!fits_version(cli, config))
		return DAEMON_EXIT_CONFIG;
	printf("the configuration is good: " SPAN_FMT ", %zu clients, %zu providers\n", SPAN_ARG(config->issuer), config->clients.n, config->providers.n);
	return EXIT_SUCCESS;
}

int cli_config_reference(struct cli *cli)
{
	bool schema = cli_flag(cli, "--schema");

	if (!cli_done(cli))
		return EXIT_USAGE;
	config_reference_print(stdout, schema ? CONFIG_REFERENCE_SCHEMA : CONFIG_REFERENCE_MARKDOWN, registry_all);
	return EXIT_SUCCESS;
}

int cli_forms_reference(struct cli *cli)
{
	if (!cli_done(cli))
		return EXIT_USAGE;
	form_reference_print(stdout);
	return EXIT_SUCCESS;
}

int cli_version(struct cli *cli)
{
	puts("yimen " YIMEN_VERSION);
	return EXIT_SUCCESS;
}
