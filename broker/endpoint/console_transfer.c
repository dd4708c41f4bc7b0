/* SPDX-License-Identifier: Apache-2.0 */
/*
 * console_transfer - /console/transfer: what administrators have decided as YAML, for people who keep configuration in git, and back into a draft.
 * Secrets stay here: the text has references in their place.
 */
#include "broker/endpoint/config_version_keep.h"
#include "broker/endpoint/console.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/page.h"
#include "conf/config.h"

static int export(struct console *c, int64_t number, struct span *ret_yaml)
{
	struct config_version_view view = { 0 };
	JSON *masked = NULL;
	int result = config_version_view(&c->context, number, &view);

	if (!result)
		result = overlay_mask(view.tree, c->context.sources->registries, &masked);
	config_version_view_free(&view);
	TRY(result);
	return overlay_write_yaml(masked, c->arena, ret_yaml);
}

static int show(struct console *c, const struct config_version_problems *problems, int error)
{
	json_t *list = json_array();
	struct span yaml;

	json_object_set_new(c->data, "problems", list);
	if (problems)
		TRY(console_add_problems(c, list, problems));
	TRY(export(c, c->shown, &yaml));
	console_set(c->data, "yaml", yaml);
	page_set_int(c->data, "exported", c->shown);
	page_set_value(c->data, "import", request_param(c->rq, "import"));
	if (error)
		page_set_field_error(c->data, "import", error);
	return console_reply(c, "console-transfer", error);
}

/* Where the YAML itself is wrong. */
static int show_reading(struct console *c, const struct problems *problems, int error)
{
	struct config_version_problem *items = arena_array(c->arena, struct config_version_problem, problems->n + 1);
	struct config_version_problems list = { items, 0, 0 };

	if (!items)
		return FAULT_MEMORY;
	for (size_t i = 0; i < problems->n; i++)
		items[list.n++] = (struct config_version_problem){ .path = overlay_problem_path(&problems->items[i]), .en = problems->items[i].message };
	return show(c, &list, error);
}

static int import(struct console *c)
{
	struct span yaml = request_param(c->rq, "import");
	struct problems problems = { .arena = c->arena };
	struct config_version_problems found = { 0 };
	JSON *tree = NULL;
	bool is_new = !c->draft.number;
	int64_t number;

	if (!span_trim(yaml).n)
		return show(c, NULL, ERR_FIELD_EMPTY);
	int result = overlay_read_yaml(yaml, c->context.sources->registries, c->arena, &problems, &tree);
	if (result)
		return result < 0 ? result : show_reading(c, &problems, result);
	TRY(console_draft(c, &number));
	result = config_version_import(&c->context, number, -1, tree, &found);
	if (result > 0 && is_new) { /* nothing was drafted: nothing is left behind */
		TRY(config_version_reject(&c->context, number, SPAN("–")));
		TRY(console_refresh(c));
	}
	if (result)
		return result < 0 ? result : show(c, &found, result);
	char *url = arena_printf(c->rq->arena, "/console/versions/%lld?done=1", (long long)number);
	return url ? reply_redirect(c->rq, span_of(url)) : FAULT_MEMORY;
}

static int transfer(struct console *c)
{
	return c->rq->method == METHOD_GET ? show(c, NULL, 0) : import(c);
}

int endpoint_console_transfer(struct request *rq)
{
	return console_open(rq, transfer);
}

static int download(struct console *c)
{
	struct span yaml;

	TRY(export(c, c->shown, &yaml));
	TRY(config_version_note(&c->context, "config.export", c->shown, (struct span){ NULL, 0 }));
	struct span copy = arena_dup(c->rq->arena, yaml);
	char *name = arena_printf(c->rq->arena, "attachment; filename=\"yimen-version-%lld.yaml\"", (long long)c->shown);
	if (!copy.p || !name)
		return FAULT_MEMORY;
	reply_header(c->rq, "Content-Disposition", span_of(name));
	return reply_bytes(c->rq, 200, "application/yaml; charset=utf-8", copy, NULL, NULL);
}

int endpoint_console_export(struct request *rq)
{
	return console_open(rq, download);
}
