/* SPDX-License-Identifier: Apache-2.0 */
#include "web/asset.h"

#include "broker/base/error.h"
#include "web/embed.h"

#include <inttypes.h>

struct asset_set {
	size_t n;
	struct asset *assets;
};

static const struct {
	const char *ending;
	const char *type;
} types[] = {
	{ ".css", "text/css; charset=utf-8" },
	{ ".js", "text/javascript; charset=utf-8" },
	{ ".svg", "image/svg+xml" },
	{ ".png", "image/png" },
	{ ".ico", "image/x-icon" },
	{ ".txt", "text/plain; charset=utf-8" },
};

static const char *type_of(const char *ending)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (strcmp(types[i].ending, ending) == 0)
			return types[i].type;
	return "application/octet-stream";
}

/* FNV-1a: it tells one version of a file from the next and protects nothing, the files being ours and the operator's. */
static uint64_t hash(struct span bytes)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < bytes.n; i++)
		h = (h ^ (unsigned char)bytes.p[i]) * UINT64_C(0x100000001b3);
	return h;
}

static int load_one(const char *override_dir, const char *file, struct arena *arena, struct asset *asset)
{
	const char *name = file + strlen("assets/");
	const char *dot = strrchr(name, '.');

	if (!dot)
		dot = name + strlen(name);
	TRY(embed_read(override_dir, file, arena, &asset->bytes));
	uint64_t h = hash(asset->bytes);
	asset->name = name;
	asset->type = type_of(dot);
	asset->path = arena_printf(arena, "/assets/%.*s.%016" PRIx64 "%s", (int)(dot - name), name, h, dot);
	asset->etag = arena_printf(arena, "\"%016" PRIx64 "\"", h);
	return asset->path && asset->etag ? 0 : FAULT_MEMORY;
}

int asset_set_load(const char *override_dir, struct arena *arena, const struct asset_set **ret_set)
{
	struct asset_set *set = arena_new_of(arena, struct asset_set);

	if (!set)
		return FAULT_MEMORY;
	set->assets = arena_array(arena, struct asset, embed_file_count + 1);
	if (!set->assets)
		return FAULT_MEMORY;
	for (size_t i = 0; i < embed_file_count; i++) {
		if (!span_starts(span_of(embed_files[i].name), SPAN("assets/")))
			continue;
		TRY(load_one(override_dir, embed_files[i].name, arena, &set->assets[set->n]));
		set->n++;
	}
	*ret_set = set;
	return 0;
}

const struct asset *asset_find(const struct asset_set *set, struct span path)
{
	for (size_t i = 0; i < set->n; i++)
		if (span_is(path, set->assets[i].path))
			return &set->assets[i];
	return NULL;
}

const struct asset *asset_named(const struct asset_set *set, struct span name)
{
	for (size_t i = 0; i < set->n; i++)
		if (span_is(name, set->assets[i].name))
			return &set->assets[i];
	return NULL;
}
