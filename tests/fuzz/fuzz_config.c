/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_config - any text as a configuration: the tree, the rows and the checks; what is accepted must be whole. */
#include "conf/config.h"
#include "conf/config_rows.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct option_registry registries[CONFIG_REGISTRIES];
	struct arena *arena = arena_new(64 * 1024 * 1024);
	struct problems problems = { .arena = arena };
	struct option_context context = { arena, arena, &problems, registries, CONFIG_REGISTRIES };
	struct yaml_node *root = NULL;
	struct config *config = arena ? arena_new_of(arena, struct config) : NULL;

	if (config && (yaml_read((struct span){ (const char *)data, size }, "f", arena, &problems, &root) >= 0) && root) {
		int result = option_parse(config_rows, root, config, &context);

		if (result >= 0 && root->type == YAML_MAP)
			config_check(config, root, &problems);
		if (result == 0 && (config->issuer.n == 0 || config->http.listen.n == 0))
			abort(); /* accepted without what is required */
	}
	arena_free(arena);
	return 0;
}
