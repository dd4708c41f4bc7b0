/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/config.h"

#include "broker/base/error.h"
#include "broker/base/sys.h"
#include "broker/base/url.h"
#include "conf/config_rows.h"
#include "conf/overlay.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#define ARENA_MAX (64 * 1024 * 1024)

/* Entries by the span that is their first member. */
struct index {
	const void **items;
	size_t n;
};

struct snapshot {
	struct config config; /* first: what callers hold */
	_Atomic unsigned refs;
	struct arena *arena;
	struct index clients, providers, units, legacy_sources;
};

static_assert(offsetof(struct config_client, id) == 0 && offsetof(struct config_provider, id) == 0 &&
	      offsetof(struct config_unit, uscc) == 0 && offsetof(struct config_legacy_source, id) == 0,
	      "indexed by the first member");

static struct span key_of(const void *item)
{
	return *(const struct span *)item;
}

static int span_order(struct span a, struct span b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n ? memcmp(a.p, b.p, n) : 0;

	return order ? order : (a.n > b.n) - (a.n < b.n);
}

static int by_key(const void *a, const void *b)
{
	return span_order(key_of(*(const void *const *)a), key_of(*(const void *const *)b));
}

static int index_build(struct index *index, const void *items, size_t n, size_t size, struct arena *arena)
{
	index->items = arena_array(arena, const void *, n);
	if (!index->items)
		return FAULT_MEMORY;
	for (index->n = 0; index->n < n; index->n++)
		index->items[index->n] = (const char *)items + index->n * size;
	qsort(index->items, n, sizeof *index->items, by_key);
	return 0;
}

static const void *index_find(const struct index *index, struct span id)
{
	size_t low = 0, high = index->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = span_order(id, key_of(index->items[middle]));

		if (order == 0)
			return index->items[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

static int64_t processors(void)
{
	size_t n = sys_cpus();

	return n > 64 ? 64 : (int64_t)n;
}

static void fill_text(const struct option *row, void *value, const struct yaml_node *map, void *context)
{
	struct config_text *text = value;

	if (row->type != OPTION_GROUP || (row->sub != config_text_rows && row->sub != config_long_text_rows))
		return;
	if (!text->en.n)
		text->en = text->zh;
	if (!text->zh.n)
		text->zh = text->en;
}

static void inherit(int64_t *value, int64_t from)
{
	if (*value == 0)
		*value = from;
}

static uint32_t default_auth_methods(const struct config_client *client)
{
	if (client->type == CONFIG_CLIENT_PUBLIC)
		return 1u << CONFIG_AUTH_NONE;
	if (client->jwks.n || client->key.n)
		return 1u << CONFIG_AUTH_PRIVATE_KEY_JWT;
	return 1u << CONFIG_AUTH_SECRET_BASIC | 1u << CONFIG_AUTH_SECRET_POST;
}

/* What a client left out and what follows from the rest. */
static int resolve_client(struct snapshot *snapshot, struct config_client *client)
{
	const struct config_tokens *tokens = &snapshot->config.tokens;
	struct url url;

	if (!client->name.zh.n)
		client->name.zh = client->name.en = client->id;
	if (!client->auth_methods)
		client->auth_methods = default_auth_methods(client);
	inherit(&client->tokens.code_life, tokens->code_life);
	inherit(&client->tokens.access_life, tokens->access_life);
	inherit(&client->tokens.id_life, tokens->id_life);
	inherit(&client->tokens.refresh_life, tokens->refresh_life);
	inherit(&client->tokens.refresh_idle, tokens->refresh_idle);
	inherit(&client->refresh_grace, tokens->refresh_grace);
	client->require.complete |= snapshot->config.completion.mode == CONFIG_COMPLETION_REQUIRED;
	if (!client->sector.n && client->redirect_uris.n && url_parse(client->redirect_uris.items[0], &url) == 0)
		client->sector = url.host; /* OpenID Connect Core 8.1 */
	if (!client->audiences.n) {
		struct span *issuer = arena_new_of(snapshot->arena, struct span);

		if (!issuer)
			return FAULT_MEMORY;
		*issuer = snapshot->config.issuer;
		client->audiences = (struct option_list){ issuer, 1, false };
	}
	return 0;
}

static int resolve(struct snapshot *snapshot, bool knows_gateways)
{
	struct config *config = &snapshot->config;

	option_walk(config_rows, config, NULL, fill_text, NULL);
	TRY(config_resolve_sms(&config->sms, snapshot->arena));
	TRY(config_resolve_realname(&config->realname, snapshot->arena));
	if (knows_gateways && !config->sms.routes.n)
		config->login.phone_otp = false;
	if (!config->http.threads)
		config->http.threads = processors();
	if (!config->workers.password)
		config->workers.password = processors();
	for (size_t i = 0; i < config->clients.n; i++)
		TRY(resolve_client(snapshot, (struct config_client *)(uintptr_t)&config->clients.items[i]));
	TRY(index_build(&snapshot->clients, config->clients.items, config->clients.n, sizeof *config->clients.items,
	    snapshot->arena));
	TRY(index_build(&snapshot->providers, config->providers.items, config->providers.n, sizeof *config->providers.items,
			snapshot->arena));
	TRY(index_build(&snapshot->units, config->units.items, config->units.n, sizeof *config->units.items, snapshot->arena));
	return index_build(&snapshot->legacy_sources, config->legacy_sources.items, config->legacy_sources.n,
			   sizeof *config->legacy_sources.items, snapshot->arena);
}

static int set_overrides(const struct config_sources *sources, struct yaml_node *root, struct problems *problems)
{
	struct arena *arena = problems->arena;

	for (const char *const *at = sources->overrides; at && *at; at++) {
		struct span value = span_of(*at), key = span_cut(&value, '=');
		char *name = arena_printf(arena, "--set " SPAN_FMT, SPAN_ARG(key));

		if (!name)
			return FAULT_MEMORY;
		if (!value.p)
			problem_add(problems, (struct place){ name, 0, 0 }, "write it as KEY=VALUE");
		else if (yaml_set(root, key, value, name, arena, problems) < 0)
			return FAULT_MEMORY;
	}
	if (sources->data_dir && yaml_set(root, SPAN("data_dir"), span_of(sources->data_dir), "--data", arena, problems) < 0)
		return FAULT_MEMORY;
	return 0;
}

/* The tree of all sources; places and names in it live in the problems' arena. */
static int read_sources(const struct config_sources *sources, struct problems *problems, struct yaml_node **ret_root)
{
	const char *path = sources->path;
	struct yaml_node *root = NULL;

	if (!path && sources->data_dir) {
		path = arena_printf(problems->arena, "%s/yimen.yaml", sources->data_dir);
		if (!path)
			return FAULT_MEMORY;
		if (access(path, F_OK) != 0)
			path = NULL;
	}
	if (path && yaml_read_file(path, problems->arena, problems, &root) < 0)
		return FAULT_MEMORY;
	if (!root) {
		if (problems->errors)
			return ERR_CONFIG;
		root = arena_new_of(problems->arena, struct yaml_node);
		if (!root)
			return FAULT_MEMORY;
		root->type = YAML_MAP;
		root->place = (struct place){ path ? path : "configuration", 0, 0 };
	}
	*ret_root = root;
	return 0;
}

/* The file, what administrators decided, and above both what stands on the command line. @ret_file may be NULL. */
static int read_all(const struct config_sources *sources, struct problems *problems, struct yaml_node **ret_root, json_t **ret_file)
{
	TRY(read_sources(sources, problems, ret_root));
	if (ret_file) {
		TRY(set_overrides(sources, *ret_root, problems));
		*ret_file = overlay_sections(*ret_root, sources->registries);
		if (!*ret_file)
			return FAULT_MEMORY;
	}
	if (sources->overlay)
		TRY(overlay_merge(*ret_root, sources->overlay, sources->registries, problems));
	return set_overrides(sources, *ret_root, problems);
}

int config_sections(const struct config_sources *sources, struct problems *problems, json_t **ret_file, json_t **ret_whole)
{
	struct yaml_node *root;
	JSON *file = NULL;

	TRY(read_all(sources, problems, &root, &file));
	*ret_whole = overlay_sections(root, sources->registries);
	if (!*ret_whole)
		return FAULT_MEMORY;
	*ret_file = json_incref(file);
	return 0;
}

static struct snapshot *snapshot_new(void)
{
	struct arena *arena = arena_new(ARENA_MAX);
	struct snapshot *snapshot = arena ? arena_new_of(arena, struct snapshot) : NULL;

	if (!snapshot) {
		arena_free(arena);
		return NULL;
	}
	snapshot->arena = arena;
	snapshot->refs = 1;
	return snapshot;
}

int config_load(const struct config_sources *sources, struct problems *problems, const struct config **ret_config)
{
	struct yaml_node *root;

	TRY(read_all(sources, problems, &root, NULL));
	struct snapshot *snapshot = snapshot_new();
	if (!snapshot)
		return FAULT_MEMORY;
	CONFIG_HELD *config = &snapshot->config;
	struct option_context context = { .arena = snapshot->arena, .scratch = problems->arena, .problems = problems,
					  .registries = sources->registries, .registries_n = CONFIG_REGISTRIES };
	/* Checks run also over what was read beside errors: one run says all that is wrong. */
	if (option_parse(config_rows, root, &snapshot->config, &context) < 0)
		return FAULT_MEMORY;
	TRY(resolve(snapshot, sources->registries != NULL));
	config_check(config, root, problems);
	if (sources->check)
		sources->check(config, root, problems);
	TRY(problem_result(problems));
	*ret_config = config_ref(config);
	return 0;
}

static struct snapshot *snapshot_of(const struct config *config)
{
	return (struct snapshot *)(uintptr_t)config;
}

const struct config *config_ref(const struct config *config)
{
	atomic_fetch_add_explicit(&snapshot_of(config)->refs, 1, memory_order_relaxed);
	return config;
}

void config_unref(const struct config *config)
{
	if (config && atomic_fetch_sub_explicit(&snapshot_of(config)->refs, 1, memory_order_acq_rel) == 1)
		arena_free(snapshot_of(config)->arena); /* wipes the secrets */
}

const struct config_client *config_client(const struct config *config, struct span id)
{
	return index_find(&snapshot_of(config)->clients, id);
}

const struct config_provider *config_provider(const struct config *config, struct span id)
{
	return index_find(&snapshot_of(config)->providers, id);
}

const struct config_unit *config_unit(const struct config *config, struct span uscc)
{
	return index_find(&snapshot_of(config)->units, uscc);
}

const struct config_legacy_source *config_legacy_source(const struct config *config, struct span id)
{
	return index_find(&snapshot_of(config)->legacy_sources, id);
}

struct span config_text(const struct config_text *text, int language)
{
	return language == CONFIG_EN ? text->en : text->zh;
}

size_t config_restart_changes(const struct config *from, const struct config *to, struct arena *arena, const char **ret_names,
			      size_t cap)
{
	return option_restart_changes(config_rows, from, to, arena, ret_names, cap);
}

int64_t config_longest_life(const struct config *config)
{
	int64_t longest = config->tokens.access_life > config->tokens.id_life ? config->tokens.access_life : config->tokens.id_life;

	for (size_t i = 0; i < config->clients.n; i++) {
		const struct config_client_tokens *tokens = &config->clients.items[i].tokens;

		longest = tokens->access_life > longest ? tokens->access_life : longest;
		longest = tokens->id_life > longest ? tokens->id_life : longest;
	}
	return longest;
}
