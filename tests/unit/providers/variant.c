/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/providers/variant.h"

const struct option_variant *variant_named(enum config_registry registry, const char *name)
{
	const struct option_variant *const *all = registry_all[registry].variants;

	while (*all && strcmp((*all)->name, name))
		all++;
	ck_assert_msg(*all != NULL, "no %s", name);
	return *all;
}

static const void *read_options(enum config_registry registry, const char *name, const char *yaml, struct arena *arena, struct problems *problems)
{
	const struct option_variant *variant = variant_named(registry, name);
	struct option_context context = { .arena = arena, .scratch = arena, .problems = problems };
	void *options = arena_alloc(arena, variant->size);
	struct yaml_node *root = NULL;

	*problems = (struct problems){ .arena = arena };
	ck_assert_int_eq(yaml_read(span_of(yaml), "v.yaml", arena, problems, &root), 0);
	ck_assert_ptr_nonnull(options);
	if (option_parse(variant->table, root, options, &context) == 0 && variant->check)
		variant->check(options, root, problems);
	return options;
}

const void *variant_options(enum config_registry registry, const char *name, const char *yaml, struct arena *arena)
{
	struct problems problems;
	const void *options = read_options(registry, name, yaml, arena, &problems);

	ck_assert_msg(problems.errors == 0, "%s: %s", name, problems.n ? problems.items[0].message : "");
	return options;
}

const char *variant_problem(enum config_registry registry, const char *name, const char *yaml, struct arena *arena)
{
	struct problems problems;

	(void)read_options(registry, name, yaml, arena, &problems);
	return problems.errors ? problems.items[0].message : "";
}
