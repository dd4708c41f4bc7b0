/* SPDX-License-Identifier: Apache-2.0 */
/*
 * asset - stylesheet, scripts and pictures under names that change with their content, so that browsers may keep them for ever.
 *
 * "site.css" is served as /assets/site.<16 hex digits>.css. Immutable after loading; any thread may read.
 */
#pragma once

#include "broker/base/arena.h"

struct asset {
	const char *name; /* "site.css" */
	const char *path; /* "/assets/site.0123456789abcdef.css" */
	const char *type; /* "text/css; charset=utf-8" */
	const char *etag; /* quoted, ready for the header */
	struct span bytes;
};

struct asset_set;

/* Everything embedded under assets/, with the operator's replacements (@override_dir may be NULL), kept in @arena.
 * FAULT_MEMORY, FAULT_IO, ERR_TOO_LARGE. */
MUST_USE int asset_set_load(const char *override_dir, struct arena *arena, const struct asset_set **ret_set);
/* By request path, exactly; NULL when there is none (also for an old hash: the page that names it is older than this process). */
const struct asset *asset_find(const struct asset_set *set, struct span path);
/* By name, "site.css". */
const struct asset *asset_named(const struct asset_set *set, struct span name);
