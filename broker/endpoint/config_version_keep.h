/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_version_keep - what the files of config_version share.
 */
#pragma once

#include "broker/endpoint/config_version.h"

struct id config_version_id(int64_t number);
/* ERR_NOT_FOUND; 0 is the file alone. */
MUST_USE int config_version_load(struct txn *txn, int64_t number, struct arena *arena, struct config_version *ret);
MUST_USE int config_version_load_active(struct txn *txn, struct arena *arena, struct config_active *ret);
MUST_USE int config_version_audit(struct txn *txn, const struct config_version_context *context, const char *action, int64_t number, struct span detail);
/* The same in a transaction of its own. */
MUST_USE int config_version_note(const struct config_version_context *context, const char *action, int64_t number, struct span detail);
/* Who acts: a login name, "client:…" or "operator". */
MUST_USE int config_version_name(struct txn *txn, const struct config_version_context *context, struct span *ret_name);
/* Problems of reading as sentences with paths. */
void config_version_tell(const struct problems *problems, struct arena *arena, struct config_version_problems *ret_problems);

/* A secret goes to the address that it was said for. Where an edit changes an address of an object whose secrets it does not say again, they are taken
 * out of view->tree, and the file's with them; @before is what held before the edit. */
MUST_USE int config_version_guard_secrets(struct config_version_context *context, struct config_version_view *view, const json_t *before,
					  const struct overlay_edit *edits, size_t n);

/* The configuration of the file and @overlay (tree NULL: the file alone), with what the signer can do checked. ERR_CONFIG with @problems. */
MUST_USE int config_version_read(const struct config_sources *sources, const struct overlay *overlay, struct problems *problems,
				 const struct config **ret_config);
