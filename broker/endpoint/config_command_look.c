/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/config_command_row.h"

#include "broker/endpoint/config_version_keep.h"
#include "conf/config.h"
#include "conf/option_value.h"

#include <stdlib.h>

#define HISTORY 50

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

int config_command_status(struct config_command *c)
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

int config_command_history(struct config_command *c)
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
		config_command_write_version(c->out, &list.items[i]);
		json_close(c->out, '}');
	}
	json_close(c->out, ']');
	if (list.more)
		json_member_int(c->out, "next", list.items[list.n - 1].number);
	return 0;
}

/* The version with its tree; secrets are references. */
int config_command_show(struct config_command *c)
{
	struct config_version version;
	JSON *tree = NULL, *masked = NULL;

	TRY(config_version_get(c->context, c->number, &version));
	TRY(overlay_read(version.tree, &tree));
	TRY(overlay_mask(tree, c->context->sources->registries, &masked));
	config_command_write_version(c->out, &version);
	return write_value(c->out, "tree", masked);
}

int config_command_export(struct config_command *c)
{
	struct config_version version;
	JSON *tree = NULL, *masked = NULL;
	struct span yaml;

	TRY(config_version_get(c->context, c->number, &version));
	TRY(overlay_read(version.tree, &tree));
	TRY(overlay_mask(tree, c->context->sources->registries, &masked));
	TRY(overlay_write_yaml(masked, c->context->arena, &yaml));
	TRY(config_version_note(c->context, "config.export", c->number, (struct span){ NULL, 0 }));
	json_member_int(c->out, "version", c->number);
	json_member_str(c->out, "yaml", yaml);
	return 0;
}

int config_command_diff(struct config_command *c)
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
	config_command_write_changes(c->out, "changes", &changes);
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
int config_command_fields(struct config_command *c)
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

int config_command_validate(struct config_command *c)
{
	struct config_version_problems problems;

	TRY(config_version_validate(c->context, c->number, &problems));
	json_member_int(c->out, "version", c->number);
	json_member_bool(c->out, "valid", !problems.errors);
	config_command_write_problems(c->out, &problems);
	return 0;
}
