/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_version_view - versions to be looked at: history, differences, what is wrong.
 */
#include "broker/endpoint/config_version_keep.h"

#include "conf/config.h"
#include "conf/problem_zh.h"

#define HISTORY_MAX 200

/* ---- history */

struct history {
	struct config_version_context *context;
	int64_t before;
	size_t limit;
	struct config_version_list list;
};

static int take(const void *record, void *arg)
{
	struct history *h = arg;

	if (h->list.n == h->limit) {
		h->list.more = true;
		return TXN_STOP;
	}
	h->list.items[h->list.n] = *(const struct config_version *)record;
	h->list.items[h->list.n++].tree = (struct span){ NULL, 0 };
	return 0;
}

static int list(struct txn *txn, void *arg)
{
	struct history *h = arg;
	struct record_from from = { h->before > 0 ? config_version_id(h->before) : (struct id){ { 0 } }, true };

	return record_page(txn, &KIND_CONFIG_VERSION, 0, NULL, from, h->context->arena, take, h);
}

int config_version_history(struct config_version_context *context, int64_t before, size_t limit, struct config_version_list *ret_list)
{
	struct history h = { context, before, limit < HISTORY_MAX ? limit : HISTORY_MAX, { NULL, 0, false } };

	h.list.items = arena_array(context->arena, struct config_version, h.limit);
	if (!h.list.items)
		return FAULT_MEMORY;
	TRY(store_view(context->store, list, &h));
	*ret_list = h.list;
	return 0;
}

/* ---- with the file */

int config_version_view(struct config_version_context *context, int64_t number, struct config_version_view *ret_view)
{
	struct problems problems = { .arena = context->arena };
	struct config_version_view view = { .tree = NULL };
	struct config_sources sources = *context->sources;
	struct overlay overlay = { number, NULL };

	TRY(config_version_get(context, number, &view.version));
	int result = overlay_read(view.version.tree, &view.tree);
	if (result)
		return result < 0 ? result : FAULT(FAULT_CORRUPT, "configuration version %lld", (long long)number);
	overlay.tree = view.tree;
	sources.overlay = &overlay;
	result = config_sections(&sources, &problems, &view.file, &view.whole);
	if (result)
		json_decref(view.tree);
	else
		*ret_view = view;
	return result;
}

void config_version_view_free(struct config_version_view *view)
{
	json_decref(view->tree);
	json_decref(view->file);
	json_decref(view->whole);
	*view = (struct config_version_view){ .tree = NULL };
}

int config_version_diff(struct config_version_context *context, int64_t from, int64_t to, struct overlay_changes *ret_changes)
{
	struct config_version_view a, b;

	TRY(config_version_view(context, from, &a));
	int result = config_version_view(context, to, &b);
	if (!result) {
		result = overlay_diff(a.whole, b.whole, context->sources->registries, context->arena, ret_changes);
		config_version_view_free(&b);
	}
	config_version_view_free(&a);
	return result;
}

/* ---- what is wrong */

static bool is_within(const char *path, const char *above, size_t n)
{
	return strncmp(path, above, n) == 0 && (path[n] == '\0' || path[n] == '.' || path[n] == '[');
}

/* Where it stands; what is missing stands nowhere, but its name is in the message: "providers[alipay].app_id". */
static const char *path_of(const struct problem *problem, struct arena *arena)
{
	const char *place = overlay_problem_path(problem), *end = problem->message[0] == '"' ? strchr(problem->message + 1, '"') : NULL;
	struct span name = { problem->message + 1, end ? (size_t)(end - problem->message - 1) : 0 };
	char *path = *place && name.n ? overlay_path_written(name, arena) : NULL;

	char *written = *place ? overlay_path_written(span_of(place), arena) : NULL;
	place = written ? written : place;
	return path && is_within(path, place, strlen(place)) ? path : place;
}

void config_version_tell(const struct problems *problems, struct arena *arena, struct config_version_problems *ret_problems)
{
	struct config_version_problem *items = arena_array(arena, struct config_version_problem, problems->n);

	*ret_problems = (struct config_version_problems){ items, items ? problems->n : 0, problems->errors };
	for (size_t i = 0; items && i < problems->n; i++) {
		const struct problem *problem = &problems->items[i];

		items[i] = (struct config_version_problem){ path_of(problem, arena), problem_zh(problem->message, arena), problem->message,
							    problem->is_warning };
		if (!*items[i].path && problem->place.line) {
			char *en = arena_printf(arena, "%s:%u: %s", problem->place.file, problem->place.line, problem->message);
			char *zh = arena_printf(arena, "%s:%u：%s", problem->place.file, problem->place.line, items[i].zh);

			items[i].en = en ? en : problem->message;
			items[i].zh = zh ? zh : items[i].zh;
		}
	}
}

int config_version_validate(struct config_version_context *context, int64_t number, struct config_version_problems *ret_problems)
{
	struct problems problems = { .arena = context->arena };
	struct config_version version;
	JSON *tree = NULL;

	TRY(config_version_get(context, number, &version));
	TRY(overlay_read(version.tree, &tree));
	CONFIG_HELD *config = NULL;
	int result = config_version_read(context->sources, &(struct overlay){ number, tree }, &problems, &config);
	if (result < 0)
		return result;
	config_version_tell(&problems, context->arena, ret_problems);
	return 0;
}

/* ---- secrets and the addresses that they go to */

/* An address, or a template or expression, into which a secret can be written. */
static bool is_address(struct span text, const char *path)
{
	static const char *const names[] = { "url", "server", "host", "issuer", "endpoint", "port", "base" };
	const char *name = strrchr(path, '.');

	if (text.p && (memmem(text.p, text.n, "://", 3) || memchr(text.p, '{', text.n) || memchr(text.p, '(', text.n)))
		return true;
	for (size_t i = 0; name && i < ARRAY_LEN(names); i++) {
		size_t n = strlen(name), k = strlen(names[i]);

		if (n > k && strcmp(name + n - k, names[i]) == 0)
			return true;
	}
	return false;
}

/* Length of the first @n segments of @path. */
static size_t segments(const char *path, size_t n)
{
	size_t at = 0;

	for (; n && path[at]; n--) {
		bool brackets = path[at] == '[';

		at += brackets || path[at] == '.';
		at += strcspn(path + at, brackets ? "]" : ".[");
		at += brackets && path[at];
	}
	return at;
}

/* How much of @path is the object that it belongs to: "providers.alipay", "sms", "sms.routes.a"; 0: of no service that is called. */
static size_t object_length(const char *path)
{
	size_t n = segments(path, 1), second = segments(path, 2);
	const struct overlay_section *section = overlay_section((struct span){ path, n });

	if (!section || !section->calls_out)
		return 0;
	const struct option *row = overlay_section_row(section);
	if (row->type != OPTION_GROUP)
		return second;
	for (const struct option *sub = row->sub; sub->key; sub++)
		if (sub->type == OPTION_OBJECTS && second == n + 1 + strlen(sub->key) && strncmp(path + n + 1, sub->key, strlen(sub->key)) == 0)
			return segments(path, 3);
	return n;
}

static bool is_said(const char *path, const struct overlay_edit *edits, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (span_is(edits[i].path, path) && edits[i].value.n && edits[i].what != OVERLAY_FORGET)
			return true;
	return false;
}

struct guard {
	struct config_version_context *context;
	struct config_version_view *view;
	struct overlay_changes changes;
	const struct overlay_edit *edits;
	size_t n;
	bool by_file; /* only what the version does not say itself */
};

static bool is_changed(const struct guard *g, const char *path)
{
	for (size_t i = 0; i < g->changes.n; i++)
		if (strcmp(g->changes.items[i].path, path) == 0)
			return true;
	return false;
}

/* Does the version say this secret itself? */
static bool is_own(const struct guard *g, const char *path)
{
	const json_t *at = json_object_get(g->view->tree, "set");
	struct span rest = span_of(path);

	while (rest.n && json_is_object(at)) {
		bool brackets = rest.p[0] == '[';
		size_t skip = brackets || rest.p[0] == '.';
		struct span text = { rest.p + skip, rest.n - skip };
		size_t n = strcspn(text.p, brackets ? "]" : ".[");
		char *key = arena_cstr(g->context->arena, (struct span){ text.p, n });

		at = key ? json_object_get(at, key) : NULL;
		n += brackets;
		rest = (struct span){ text.p + n, text.n - n };
	}
	return json_is_string(at);
}

static int forget_secrets(struct guard *g, struct span object)
{
	const struct option_registry *registries = g->context->sources->registries;
	struct overlay_fields fields;

	int result = overlay_fields(g->view->file, g->view->whole, object, (struct span){ NULL, 0 }, registries, g->context->arena, &fields);
	if (result)
		return result == ERR_NOT_FOUND ? 0 : result;
	for (size_t i = 0; i < fields.n; i++) {
		const struct overlay_field *field = &fields.items[i];
		struct overlay_edit edit = { OVERLAY_SET, span_of(field->path), SPAN("null") };

		if (field->row->type != OPTION_SECRET || !field->is_set || is_said(field->path, g->edits, g->n))
			continue;
		if (g->by_file ? !is_own(g, field->path) : !is_changed(g, field->path))
			TRY(overlay_apply(g->view->tree, g->view->file, &edit, registries));
	}
	return 0;
}

/* Of every object whose addresses @before and now differ. */
static int forget_moved(struct guard *g, const json_t *before)
{
	TRY(overlay_diff(before, g->view->whole, g->context->sources->registries, g->context->arena, &g->changes));
	for (size_t i = 0; i < g->changes.n; i++) {
		const struct overlay_change *change = &g->changes.items[i];
		size_t length = object_length(change->path);
		bool is_new = false;

		for (size_t k = 0; length && k < g->changes.n; k++) /* its secrets were said for this address */
			is_new |= !g->changes.items[k].had && strlen(g->changes.items[k].path) == length && is_within(change->path, g->changes.items[k].path, length);
		if (length && !is_new && (is_address(change->before, change->path) || is_address(change->after, change->path)))
			TRY(forget_secrets(g, (struct span){ change->path, length }));
	}
	return 0;
}

int config_version_guard_secrets(struct config_version_context *context, struct config_version_view *view, const json_t *before,
				 const struct overlay_edit *edits, size_t n)
{
	struct guard g = { context, view, { NULL, 0 }, edits, n, false };
	struct problems problems = { .arena = context->arena };
	struct config_sources sources = *context->sources;
	struct overlay overlay = { view->version.number, view->tree };
	json_t *file, *whole;

	sources.overlay = &overlay;
	TRY(config_sections(&sources, &problems, &file, &whole));
	json_decref(view->file);
	json_decref(view->whole);
	view->file = file;
	view->whole = whole;
	TRY(forget_moved(&g, before));
	/* What the file says goes where the file says, by whatever steps an object came to stand in its place. */
	g.by_file = true;
	return forget_moved(&g, file);
}
