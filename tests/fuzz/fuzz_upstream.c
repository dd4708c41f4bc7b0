/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_upstream - what upstreams that are almost OAuth 2 may answer, piece by piece (pieces are parted by the byte 1e), to each adapter of them: no crash, no
 * fault but of memory, a reason for every no, and an identity that is one.
 */
#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "conf/config.h"
#include "providers/registry.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct {
	const char *type, *yaml;
} adapters[] = {
	{ "oauth2", "{authorization_url: 'https://u.example/a', token_url: 'https://u.example/t', userinfo_url: 'https://u.example/u', client_id: x, client_secret: y,"
		    " paths: {token_subject: uid, data: data.0, subject: id, level: grade}, error: {path: errcode, fine: ['0']}, levels: [L2=2]}" },
	{ "wechat", "{app_id: x, app_secret: y}" },
	{ "wecom", "{corp_id: x, agent_id: '1', secret: y, detail: true}" },
	{ "dingtalk", "{app_key: x, app_secret: y}" },
	{ "dingtalk", "{app_key: x, app_secret: y, interface: sns}" },
	{ "qq", "{app_id: '1', app_key: y, unionid: true}" },
};

static const struct option_variant *variant_of(const char *type)
{
	const struct option_variant *const *all = registry_all[CONFIG_PROVIDERS].variants;

	while (*all && strcmp((*all)->name, type) != 0)
		all++;
	if (!*all)
		abort();
	return *all;
}

/* Made once, as a configuration would. */
static const void *options_of(size_t i)
{
	static const void *made[ARRAY_LEN(adapters)];
	static struct arena *arena, *scratch;
	const struct option_variant *variant = variant_of(adapters[i].type);

	if (made[i])
		return made[i];
	if (!arena && (!(arena = arena_new(1 << 20)) || !(scratch = arena_new(4 << 20))))
		abort();
	struct problems problems = { .arena = scratch };
	struct option_context context = { .arena = arena, .scratch = scratch, .problems = &problems };
	struct yaml_node *root = NULL;
	void *options = arena_alloc(arena, variant->size);
	if (!options || yaml_read(span_of(adapters[i].yaml), "adapter", scratch, &problems, &root) || option_parse(variant->table, root, options, &context)) {
		problem_print(&problems, stderr);
		abort();
	}
	return made[i] = options;
}

static void check(const struct provider_step *step)
{
	const struct provider_identity *identity = &step->identity;

	if (step->type == PROVIDER_REJECT && (!step->reason || !*step->reason || step->error <= 0))
		abort();
	if (step->type != PROVIDER_REJECT && step->type != PROVIDER_IDENTITY)
		abort();
	if (step->type == PROVIDER_IDENTITY && (!identity->issuer.n || !identity->subject.n || identity->subject.n > 255 || !encode_is_utf8(identity->subject) ||
						identity->acr < 0 || identity->acr > 3 || !identity->claims.n || identity->real_name.n))
		abort();
}

static void answer(size_t i, struct span replies)
{
	const struct provider *provider = provider_of(variant_of(adapters[i].type));
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(4 << 20);
	const struct provider_pair params[] = { { SPAN("code"), SPAN("c") }, { SPAN("state"), SPAN("s") } };
	struct provider_run run = { .options = options_of(i), .arena = arena, .now = { INT64_C(1704067200000) }, .redirect_uri = SPAN("https://id.example/cb") };
	struct provider_event event = { .type = PROVIDER_CALLBACK, .params = params, .n_params = ARRAY_LEN(params) };
	struct provider_step step;

	for (int n = 0; arena && n < 8; n++) {
		int result = provider_next(provider, &run, &event, &step);

		if (result && result != FAULT_MEMORY)
			abort();
		if (result || step.type != PROVIDER_FETCH)
			return result ? (void)0 : check(&step);
		event = (struct provider_event){ .type = PROVIDER_FETCHED, .status = 200, .content_type = SPAN("application/json"), .body = span_cut(&replies, '\x1e') };
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < ARRAY_LEN(adapters); i++)
		answer(i, (struct span){ (const char *)data, size });
	return 0;
}
