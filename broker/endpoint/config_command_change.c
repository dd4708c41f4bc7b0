/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/config_command_row.h"

#include "broker/endpoint/config_version_keep.h"
#include "conf/config.h"

#include <stdlib.h>

#define EDITS_MAX 256

/* What the version is now, after whatever was done to it. */
static int show_state(struct config_command *c)
{
	struct config_version version;

	TRY(config_version_get(c->context, c->number, &version));
	config_command_write_version(c->out, &version);
	return 0;
}

/* The revision that the caller looked at; -1: whatever it is. */
static int64_t seen(const struct config_command *c)
{
	int64_t revision = -1;

	json_get_i64(c->args, "revision", &revision);
	return revision;
}

static int import_yaml(struct config_command *c, struct span yaml, int64_t revision)
{
	struct config_version_problems problems = { NULL, 0, 0 };
	struct problems reading = { .arena = c->context->arena };
	JSON *tree = NULL;
	int result = overlay_read_yaml(yaml, c->context->sources->registries, c->context->arena, &reading, &tree);

	if (result == ERR_CONFIG)
		config_version_tell(&reading, c->context->arena, &problems);
	else if (!result)
		result = config_version_import(c->context, c->number, revision, tree, &problems);
	if (problems.n)
		config_command_write_problems(c->out, &problems);
	return result;
}

/* A new draft: of what holds, of an earlier version ("rollback": its number), or of an import ("yaml"). */
int config_command_draft(struct config_command *c)
{
	struct span reason = json_get_span(c->args, "reason"), yaml = json_get_span(c->args, "yaml");
	int64_t back;

	if (json_get_i64(c->args, "rollback", &back))
		TRY(config_version_rollback(c->context, back, reason, &c->number));
	else
		TRY(config_version_draft(c->context, reason, &c->number));
	if (yaml.p) {
		int result = import_yaml(c, yaml, -1);

		if (result) { /* nothing is left of it */
			TRY(config_version_reject(c->context, c->number, SPAN("import failed")));
			return result;
		}
	}
	return show_state(c);
}

int config_command_import(struct config_command *c)
{
	TRY(import_yaml(c, json_get_span(c->args, "yaml"), seen(c)));
	return show_state(c);
}

/* {"path", "value"} sets, {"path", "remove": true} takes an object away, {"path", "forget": true} leaves it to the file. */
static int read_edit(const json_t *item, struct arena *arena, struct overlay_edit *ret_edit)
{
	const json_t *value = json_object_get(item, "value");

	*ret_edit = (struct overlay_edit){ OVERLAY_SET, json_get_span(item, "path"), { NULL, 0 } };
	if (!ret_edit->path.n || (value != NULL) + json_get_bool(item, "remove", false) + json_get_bool(item, "forget", false) != 1)
		return ERR_INVALID_REQUEST;
	if (!value) {
		ret_edit->what = json_get_bool(item, "remove", false) ? OVERLAY_REMOVE : OVERLAY_FORGET;
		return 0;
	}
	char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	if (!text)
		return FAULT_MEMORY;
	ret_edit->value = arena_dup(arena, span_of(text));
	explicit_bzero(text, strlen(text));
	free(text);
	return ret_edit->value.p ? 0 : FAULT_MEMORY;
}

int config_command_edit(struct config_command *c)
{
	const json_t *list = json_object_get(c->args, "edits");
	size_t n = json_array_size(list), failed;

	if (!n || n > EDITS_MAX)
		return ERR_INVALID_REQUEST;
	struct overlay_edit *edits = arena_array(c->context->arena, struct overlay_edit, n);
	if (!edits)
		return FAULT_MEMORY;
	for (size_t i = 0; i < n; i++)
		TRY(read_edit(json_array_get(list, i), c->context->arena, &edits[i]));
	int result = config_version_edit(c->context, c->number, seen(c), edits, n, &failed);
	if (result == ERR_NOT_FOUND || result == ERR_FORBIDDEN || result == ERR_MALFORMED)
		json_member_str(c->out, "field", edits[failed].path);
	TRY(result);
	return show_state(c);
}

int config_command_reason(struct config_command *c)
{
	TRY(config_version_reason(c->context, c->number, json_get_span(c->args, "reason")));
	return show_state(c);
}

int config_command_propose(struct config_command *c)
{
	struct config_version_problems problems = { NULL, 0, 0 };
	int result = config_version_propose(c->context, c->number, seen(c), &problems);

	if (problems.n)
		config_command_write_problems(c->out, &problems);
	return result ? result : show_state(c);
}

int config_command_withdraw(struct config_command *c)
{
	TRY(config_version_withdraw(c->context, c->number));
	return show_state(c);
}

int config_command_reject(struct config_command *c)
{
	TRY(config_version_reject(c->context, c->number, json_get_span(c->args, "reason")));
	return show_state(c);
}

int config_command_activate(struct config_command *c)
{
	struct config_version_problems problems = { NULL, 0, 0 };
	int result = config_version_activate(c->context, c->number, seen(c), &problems);

	if (problems.n)
		config_command_write_problems(c->out, &problems);
	return result ? result : show_state(c);
}

int config_command_rebase(struct config_command *c)
{
	struct overlay_changes conflicts = { NULL, 0 };
	int result = config_version_rebase(c->context, c->number, &conflicts);

	if (conflicts.n)
		config_command_write_changes(c->out, "conflicts", &conflicts);
	return result ? result : show_state(c);
}
