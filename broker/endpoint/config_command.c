/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/config_command.h"

#include "broker/endpoint/config_command_row.h"

/* ---- written */

void config_command_write_version(struct json_writer *w, const struct config_version *version)
{
	json_member_int(w, "version", version->number);
	json_member_str(w, "state", span_of(config_version_state_name(version->state)));
	json_member_int(w, "parent", version->parent);
	json_member_int(w, "revision", version->revision);
	json_member_str(w, "reason", version->reason);
	json_member_str(w, "answer", version->answer);
	json_member_str(w, "author", version->author_name);
	json_member_time(w, "created_at", version->created_at);
	json_member_time(w, "changed_at", version->changed_at);
	json_member_str(w, "proposer", version->proposer_name);
	json_member_time(w, "proposed_at", version->proposed_at);
	json_member_str(w, "activator", version->activator_name);
	json_member_time(w, "activated_at", version->activated_at);
	if (version->restores)
		json_member_int(w, "restores", version->restores - 1);
}

void config_command_write_problems(struct json_writer *w, const struct config_version_problems *problems)
{
	json_key(w, "problems");
	json_open(w, '[');
	for (size_t i = 0; i < problems->n; i++) {
		const struct config_version_problem *problem = &problems->items[i];

		json_open(w, '{');
		json_member_str(w, "path", span_of(problem->path));
		json_member_str(w, "message", span_of(problem->en));
		json_member_str(w, "message_zh", span_of(problem->zh));
		json_member_bool(w, "warning", problem->is_warning);
		json_close(w, '}');
	}
	json_close(w, ']');
}

void config_command_write_changes(struct json_writer *w, const char *name, const struct overlay_changes *changes)
{
	json_key(w, name);
	json_open(w, '[');
	for (size_t i = 0; i < changes->n; i++) {
		const struct overlay_change *change = &changes->items[i];

		json_open(w, '{');
		json_member_str(w, "path", span_of(change->path));
		json_member_str(w, "change", !change->had ? SPAN("added") : !change->has ? SPAN("removed") : SPAN("changed"));
		json_member_str(w, "before", change->before);
		json_member_str(w, "after", change->after);
		json_member_bool(w, "secret", change->is_secret);
		json_close(w, '}');
	}
	json_close(w, ']');
}

/* ---- the table */

static const struct {
	const char *name;
	int (*run)(struct config_command *c);
	bool of_version; /* args must say which; "active" stands for the one in force */
} commands[] = {
	{ "status", config_command_status, false },
	{ "history", config_command_history, false },
	{ "draft", config_command_draft, false },
	{ "show", config_command_show, true },
	{ "export", config_command_export, true },
	{ "diff", config_command_diff, true },
	{ "fields", config_command_fields, true },
	{ "validate", config_command_validate, true },
	{ "edit", config_command_edit, true },
	{ "import", config_command_import, true },
	{ "reason", config_command_reason, true },
	{ "propose", config_command_propose, true },
	{ "withdraw", config_command_withdraw, true },
	{ "reject", config_command_reject, true },
	{ "activate", config_command_activate, true },
	{ "rebase", config_command_rebase, true },
	{ "test", config_command_test, true },
	{ "try", config_command_try, true },
};

/* A number, its digits, or "active". */
static int read_version(struct config_command *c)
{
	struct span text = json_get_span(c->args, "version");
	uint64_t number;

	if (json_get_i64(c->args, "version", &c->number))
		return c->number >= 0 ? 0 : ERR_NOT_FOUND;
	if (span_is(text, "active"))
		return config_version_active(c->context->store, c->context->arena, &c->number);
	if (!span_to_u64(text, &number) || number > INT64_MAX)
		return text.n ? ERR_NOT_FOUND : ERR_INVALID_REQUEST;
	c->number = (int64_t)number;
	return 0;
}

int config_command(struct config_version_context *context, const char *name, const json_t *args, bool personal, struct json_writer *out)
{
	struct config_command c = { context, args, out, personal, -1 };

	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		if (strcmp(name, commands[i].name) != 0)
			continue;
		if (commands[i].of_version)
			TRY(read_version(&c));
		return commands[i].run(&c);
	}
	return ERR_NOT_FOUND;
}
