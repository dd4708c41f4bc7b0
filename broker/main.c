/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/error.h"
#include "broker/cli/cli.h"
#include "broker/identity/form.h"
#include "providers/registry.h"

#include <stdio.h>
#include <stdlib.h>

static int help(FILE *out)
{
	const struct cli_command *command;

	fprintf(out, "yimen " YIMEN_VERSION " - one door: an OpenID Connect identity broker\n\n"
		     "usage: yimen COMMAND [--config FILE | --data DIR] [--set KEY=VALUE]… …\n\n");
	for (size_t i = 0; (command = cli_command_at(i)); i++)
		if (!command->hidden)
			fprintf(out, "  %s %s\n      %s\n", command->name, command->usage, command->doc);
	return out == stdout ? EXIT_SUCCESS : EXIT_USAGE;
}

/* --data DIR without --config reads DIR/yimen.yaml when there is one. */
static int take_common(struct cli *cli)
{
	const char *config = cli_option(cli, "--config"), *data = cli_option(cli, "--data"), *set;
	size_t n = 0, overrides = 0;

	if (config) {
		cli->common[n++] = "--config";
		cli->common[n++] = config;
	}
	if (data) {
		cli->common[n++] = "--data";
		cli->common[n++] = data;
	}
	while ((set = cli_option(cli, "--set"))) {
		if (overrides == CLI_OVERRIDES - 4)
			return ERR_TOO_LARGE;
		cli->overrides[overrides++] = set;
		cli->common[n++] = "--set";
		cli->common[n++] = set;
	}
	if (!config && data) {
		char *path = arena_printf(cli->arena, "%s/yimen.yaml", data);
		FILE *file = path ? fopen(path, "re") : NULL;

		if (file) {
			fclose(file);
			config = path;
		}
	}
	cli->sources = (struct config_sources){ .path = config, .data_dir = data, .overrides = cli->overrides, .registries = registry_all,
					      .check = form_config_check };
	return 0;
}

int main(int argc, char **argv)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new((size_t)8 * 1024 * 1024);
	const struct cli_command *command;

	if (argc < 2 || strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0)
		return help(argc < 2 ? stderr : stdout);
	struct cli cli = { .command = argv[1], .arguments = argv + 2, .n_arguments = argc - 2, .arena = arena };
	if (!arena || take_common(&cli))
		return EXIT_FAILURE;
	for (size_t i = 0; (command = cli_command_at(i)); i++) {
		if (strcmp(argv[1], command->name) != 0)
			continue;
		int code = command->run(&cli);
		if (code == EXIT_USAGE)
			fprintf(stderr, "usage: yimen %s %s\n", command->name, command->usage);
		return code;
	}
	fprintf(stderr, "yimen: there is no command \"%s\"\n\n", argv[1]);
	return help(stderr);
}
