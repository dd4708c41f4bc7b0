/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_ldap - the first line is what was typed, the rest what a directory says: an escaped filter, and nobody without one entry and one id. */
#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "conf/config.h"
#include "providers/registry.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The options as the provider's own rows lay them out. */
static void *options_of(const struct provider *provider, struct arena *arena)
{
	unsigned char *options = arena_alloc(arena, provider->variant.size);

	for (const struct option *row = provider->variant.table; options && row->key; row++)
		if (row->type == OPTION_SECRET)
			((struct secret *)(void *)(options + row->offset))->bytes = SPAN("secret");
		else if (row->type == OPTION_STRING)
			*(struct span *)(void *)(options + row->offset) = span_of(row->def ? row->def : "ldap://h");
	return options;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = { (const char *)data, size }, typed = span_cut(&rest, '\n'), filter;
	const struct option_variant *const *all = registry_all[CONFIG_PROVIDERS].variants;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(4 << 20);

	while (*all && strcmp((*all)->name, "ldap") != 0)
		all++;
	if (!*all || !arena)
		return 0; /* left out of this build */
	const struct provider *provider = provider_of(*all);
	const struct provider_pair params[] = { { SPAN("login_name"), typed }, { SPAN("password"), SPAN("p") } };
	struct provider_run run = { .options = options_of(provider, arena), .arena = arena };
	struct provider_event event = { .type = PROVIDER_CALLBACK, .params = params, .n_params = ARRAY_LEN(params) };
	struct provider_step step;

	if (!run.options || provider_next(provider, &run, &event, &step) || step.type != PROVIDER_FETCH)
		return 0;
	const char *last = memrchr(step.fetch.url.p, '?', step.fetch.url.n);
	if (!last || encode_percent_decode((struct span){ last + 1, (size_t)(step.fetch.url.p + step.fetch.url.n - last - 1) }, false, arena, &filter))
		abort();
	size_t open = 0;
	for (size_t i = 0; i < filter.n; i++)
		open += filter.p[i] == '(' || filter.p[i] == ')' || filter.p[i] == '*';
	if (open != 2)
		abort();
	event = (struct provider_event){ .type = PROVIDER_FETCHED, .status = 200, .body = rest };
	int result = provider_next(provider, &run, &event, &step);
	if (result && result != FAULT_MEMORY)
		abort();
	if (!result && step.type == PROVIDER_FETCH && (!step.fetch.bind_name.n || !step.fetch.bind_password.n))
		abort();
	return 0;
}
