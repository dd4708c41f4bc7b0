/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/config_command.h"

#include "broker/base/encode.h"
#include "broker/endpoint/audit.h"
#include "broker/endpoint/config_version_keep.h"
#include "broker/endpoint/message_test.h"
#include "broker/identity/normal.h"
#include "broker/store/records_account.h"
#include "broker/store/records_unit.h"
#include "conf/config.h"
#include "conf/option_value.h"

#include <stdlib.h>

#define HISTORY 50
#define EDITS_MAX 256

struct command {
	struct config_version_context *context;
	const json_t *args;
	struct json_writer *out;
	bool personal;
	int64_t number; /* args' "version"; -1: not said */
};

/* ---- written */

static void write_version(struct json_writer *w, const struct config_version *version)
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

static void write_problems(struct json_writer *w, const struct config_version_problems *problems)
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

static void write_changes(struct json_writer *w, const char *name, const struct overlay_changes *changes)
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

static int write_value(struct json_writer *w, const char *key, const json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

	if (!text)
		return FAULT_MEMORY;
	json_key(w, key);
	json_raw(w, span_of(text));
	free(text);
	return 0;
}

/* ---- looking */

static int status(struct command *c)
{
	struct config_version_context *context = c->context;
	int64_t active;

	TRY(config_version_active(context->store, context->arena, &active));
	json_member_int(c->out, "active", active);
	json_member_bool(c->out, "four_eyes", config_version_needs_eyes(context->config));
	json_key(c->out, "sections");
	json_open(c->out, '[');
	for (size_t i = 0; overlay_section_at(i); i++)
		json_str(c->out, span_of(overlay_section_at(i)->key));
	json_close(c->out, ']');
	return 0;
}

static int history(struct command *c)
{
	struct config_version_list list;
	int64_t before = 0, limit = HISTORY;

	json_get_i64(c->args, "before", &before);
	json_get_i64(c->args, "limit", &limit);
	TRY(config_version_history(c->context, before, limit > 0 && limit <= 200 ? (size_t)limit : HISTORY, &list));
	json_key(c->out, "items");
	json_open(c->out, '[');
	for (size_t i = 0; i < list.n; i++) {
		json_open(c->out, '{');
		write_version(c->out, &list.items[i]);
		json_close(c->out, '}');
	}
	json_close(c->out, ']');
	if (list.more)
		json_member_int(c->out, "next", list.items[list.n - 1].number);
	return 0;
}

/* The version with its tree; secrets are references. */
static int show(struct command *c)
{
	struct config_version version;
	JSON *tree = NULL, *masked = NULL;

	TRY(config_version_get(c->context, c->number, &version));
	TRY(overlay_read(version.tree, &tree));
	TRY(overlay_mask(tree, c->context->sources->registries, &masked));
	write_version(c->out, &version);
	return write_value(c->out, "tree", masked);
}

static int note_export(struct txn *txn, void *arg)
{
	struct command *c = arg;

	return config_version_audit(txn, c->context, "config.export", c->number, (struct span){ NULL, 0 });
}

static int export(struct command *c)
{
	struct config_version version;
	JSON *tree = NULL, *masked = NULL;
	struct span yaml;

	TRY(config_version_get(c->context, c->number, &version));
	TRY(overlay_read(version.tree, &tree));
	TRY(overlay_mask(tree, c->context->sources->registries, &masked));
	TRY(overlay_write_yaml(masked, c->context->arena, &yaml));
	TRY(store_update(c->context->store, note_export, c));
	json_member_int(c->out, "version", c->number);
	json_member_str(c->out, "yaml", yaml);
	return 0;
}

static int diff(struct command *c)
{
	struct overlay_changes changes;
	struct config_version version;
	int64_t from;

	TRY(config_version_get(c->context, c->number, &version));
	from = version.parent;
	json_get_i64(c->args, "from", &from);
	TRY(config_version_diff(c->context, from, c->number, &changes));
	json_member_int(c->out, "from", from);
	json_member_int(c->out, "version", c->number);
	write_changes(c->out, "changes", &changes);
	return 0;
}

static void write_field(struct json_writer *w, const struct overlay_field *field)
{
	static const char *const origins[] = { "default", "file", "version" };
	const struct option *row = field->row;

	json_open(w, '{');
	json_member_str(w, "path", span_of(field->path));
	json_member_str(w, "type", span_of(option_value_type_name(row->type)));
	json_member_str(w, "doc", span_of(row->doc));
	json_member_bool(w, "required", row->flags & OPTION_REQUIRED);
	json_member_bool(w, "secret", row->type == OPTION_SECRET);
	json_member_bool(w, "locked", field->is_locked);
	json_member_bool(w, "set", field->is_set);
	json_member_str(w, "origin", span_of(origins[field->origin]));
	json_member_str(w, "default", span_of(row->def));
	json_member_str(w, "value", field->text);
	if (row->values) {
		json_key(w, "values");
		json_open(w, '[');
		for (size_t i = 0; row->values[i]; i++)
			json_str(w, span_of(row->values[i]));
		json_close(w, ']');
	}
	json_close(w, '}');
}

static void write_objects(struct json_writer *w, const struct overlay_objects *objects)
{
	json_key(w, "objects");
	json_open(w, '[');
	for (size_t i = 0; i < objects->n; i++) {
		json_open(w, '{');
		json_member_str(w, "id", objects->items[i].id);
		json_member_str(w, "type", objects->items[i].type);
		json_member_bool(w, "in_file", objects->items[i].in_file);
		json_member_bool(w, "in_version", objects->items[i].in_version);
		json_member_bool(w, "removed", objects->items[i].is_removed);
		json_close(w, '}');
	}
	json_close(w, ']');
}

/* The fields of a group or an object, or the objects of a section, as file and version say them together. */
static int fields(struct command *c)
{
	const struct option_registry *registries = c->context->sources->registries;
	struct span path = json_get_span(c->args, "path"), type = json_get_span(c->args, "type");
	struct config_version_view view;
	struct overlay_fields list;
	struct overlay_objects objects;

	TRY(config_version_view(c->context, c->number, &view));
	int result = overlay_objects(view.file, view.whole, path, registries, c->context->arena, &objects);
	if (!result) {
		write_objects(c->out, &objects);
	} else if (result == ERR_NOT_FOUND) {
		result = overlay_fields(view.file, view.whole, path, type, registries, c->context->arena, &list);
		if (!result) {
			json_key(c->out, "fields");
			json_open(c->out, '[');
			for (size_t i = 0; i < list.n; i++)
				if (list.items[i].row->type != OPTION_GROUP)
					write_field(c->out, &list.items[i]);
			json_close(c->out, ']');
		}
	}
	config_version_view_free(&view);
	return result;
}

static int validate(struct command *c)
{
	struct config_version_problems problems;

	TRY(config_version_validate(c->context, c->number, &problems));
	json_member_int(c->out, "version", c->number);
	json_member_bool(c->out, "valid", !problems.errors);
	write_problems(c->out, &problems);
	return 0;
}

/* ---- changing */

/* What the version is now, after whatever was done to it. */
static int show_state(struct command *c)
{
	struct config_version version;

	TRY(config_version_get(c->context, c->number, &version));
	write_version(c->out, &version);
	return 0;
}

/* The revision that the caller looked at; -1: whatever it is. */
static int64_t seen(const struct command *c)
{
	int64_t revision = -1;

	json_get_i64(c->args, "revision", &revision);
	return revision;
}

static int import_yaml(struct command *c, struct span yaml, int64_t revision)
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
		write_problems(c->out, &problems);
	return result;
}

/* A new draft: of what holds, of an earlier version ("rollback": its number), or of an import ("yaml"). */
static int draft(struct command *c)
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

static int import(struct command *c)
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

static int edit(struct command *c)
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

static int reason(struct command *c)
{
	TRY(config_version_reason(c->context, c->number, json_get_span(c->args, "reason")));
	return show_state(c);
}

static int propose(struct command *c)
{
	struct config_version_problems problems = { NULL, 0, 0 };
	int result = config_version_propose(c->context, c->number, seen(c), &problems);

	if (problems.n)
		write_problems(c->out, &problems);
	return result ? result : show_state(c);
}

static int withdraw(struct command *c)
{
	TRY(config_version_withdraw(c->context, c->number));
	return show_state(c);
}

static int reject(struct command *c)
{
	TRY(config_version_reject(c->context, c->number, json_get_span(c->args, "reason")));
	return show_state(c);
}

static int activate(struct command *c)
{
	struct config_version_problems problems = { NULL, 0, 0 };
	int result = config_version_activate(c->context, c->number, seen(c), &problems);

	if (problems.n)
		write_problems(c->out, &problems);
	return result ? result : show_state(c);
}

static int rebase(struct command *c)
{
	struct overlay_changes conflicts = { NULL, 0 };
	int result = config_version_rebase(c->context, c->number, &conflicts);

	if (conflicts.n)
		write_changes(c->out, "conflicts", &conflicts);
	return result ? result : show_state(c);
}

/* ---- trying */

static int test_message(struct command *c, struct span path)
{
	struct span phone, route_id = path.n > 11 && span_starts(path, SPAN("sms.routes.")) ? (struct span){ path.p + 11, path.n - 11 } : SPAN("default");
	const struct config_sms_route *route = NULL;
	struct message_report report;
	struct settings *settings;

	if (normal_phone(json_get_span(c->args, "phone"), c->context->arena, &phone))
		return ERR_PHONE;
	TRY(config_version_settings(c->context, c->number, &settings));
	for (size_t i = 0; i < settings->config->sms.routes.n; i++)
		if (span_eq(settings->config->sms.routes.items[i].id, route_id))
			route = &settings->config->sms.routes.items[i];
	int result = route ? message_test(settings, route, phone, true, c->context->arena, &report) : ERR_NOT_FOUND;
	if (!result)
		message_test_write(&report, c->out);
	app_settings_release(settings);
	return result;
}

static int test(struct command *c)
{
	struct span path = json_get_span(c->args, "path"), why = { NULL, 0 };
	bool good = false;

	if (span_is(path, "sms") || span_starts(path, SPAN("sms.")))
		return test_message(c, path);
	const struct config_version_probe probe = { .name = json_get_span(c->args, "name"), .id_number = json_get_span(c->args, "id_number"), .english = true };
	bool asks = span_is(path, "realname") || span_starts(path, SPAN("realname."));
	TRY(asks ? config_version_test_with(c->context, c->number, path, &probe, &good, &why) : config_version_test(c->context, c->number, path, &good, &why));
	json_member_bool(c->out, "good", good);
	json_member_str(c->out, "reason", why);
	return 0;
}

struct finding {
	struct config_version_context *context;
	struct account account;
	struct unit unit;
};

static int find_person(struct txn *txn, void *arg)
{
	struct finding *f = arg;

	if (f->unit.uscc.n)
		TRY(record_find(txn, &KIND_UNIT, UNIT_BY_USCC, &f->unit, f->context->arena, &f->unit));
	return record_find(txn, &KIND_ACCOUNT, ACCOUNT_BY_LOGIN, &f->account, f->context->arena, &f->account);
}

static int name_person(struct command *c, struct finding *f)
{
	struct span space = json_get_span(c->args, "namespace");

	*f = (struct finding){ .context = c->context, .account = { .namespace_ = NAMESPACE_NATURAL }, .unit = { .uscc = json_get_span(c->args, "unit") } };
	if (span_is(space, "legal"))
		f->account.namespace_ = NAMESPACE_LEGAL;
	else if (span_is(space, "staff"))
		f->account.namespace_ = NAMESPACE_STAFF;
	else if (space.n && !span_is(space, "natural"))
		return ERR_INVALID_REQUEST;
	if (normal_login_name(json_get_span(c->args, "login_name"), c->context->arena, &f->account.login_key))
		return ERR_INVALID_REQUEST;
	int result = store_view(c->context->store, find_person, f);
	return result == ERR_ABSENT ? ERR_NOT_FOUND : result;
}

static int write_claims(struct command *c, struct span claims)
{
	JSON *object = NULL;
	const char *name;
	json_t *value;

	if (c->personal) {
		json_key(c->out, "claims");
		json_raw(c->out, claims);
		return 0;
	}
	TRY(json_read_object(claims, &object));
	json_key(c->out, "claims");
	json_open(c->out, '[');
	json_object_foreach(object, name, value)
		json_str(c->out, span_of(name));
	json_close(c->out, ']');
	return 0;
}

static int try(struct command *c)
{
	struct config_version_trial trial;
	struct finding f;

	TRY(name_person(c, &f));
	TRY(config_version_try(c->context, c->number, f.account.id, f.unit.id, json_get_span(c->args, "client"), json_get_span(c->args, "scope"), &trial));
	json_member_bool(c->out, "admitted", !trial.error);
	if (trial.error)
		json_member_str(c->out, "held_by", span_of(error_row(trial.error)->code));
	json_member_str(c->out, "page", span_of(trial.page));
	json_key(c->out, "missing");
	json_open(c->out, '[');
	for (size_t i = 0; i < trial.n_holds; i++) {
		json_open(c->out, '{');
		json_member_str(c->out, "rule", span_of(trial.holds[i].name));
		json_member_str(c->out, "error", span_of(error_row(trial.holds[i].error)->code));
		json_close(c->out, '}');
	}
	json_close(c->out, ']');
	json_member_bool(c->out, "second_factor", trial.second_factor_needed);
	json_member_bool(c->out, "consent", trial.consent_needed);
	json_member_bool(c->out, "chooses_unit", trial.chooses_unit);
	json_member_str(c->out, "scope", trial.scopes);
	return write_claims(c, trial.claims);
}

/* ---- the table */

static const struct {
	const char *name;
	int (*run)(struct command *c);
	bool of_version; /* args must say which; "active" stands for the one in force */
} commands[] = {
	{ "status", status, false }, { "history", history, false }, { "draft", draft, false }, { "show", show, true }, { "export", export, true },
	{ "diff", diff, true }, { "fields", fields, true }, { "validate", validate, true }, { "edit", edit, true }, { "import", import, true },
	{ "reason", reason, true }, { "propose", propose, true }, { "withdraw", withdraw, true }, { "reject", reject, true }, { "activate", activate, true },
	{ "rebase", rebase, true }, { "test", test, true }, { "try", try, true },
};

/* A number, its digits, or "active". */
static int read_version(struct command *c)
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
	struct command c = { context, args, out, personal, -1 };

	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		if (strcmp(name, commands[i].name) != 0)
			continue;
		if (commands[i].of_version)
			TRY(read_version(&c));
		return commands[i].run(&c);
	}
	return ERR_NOT_FOUND;
}
