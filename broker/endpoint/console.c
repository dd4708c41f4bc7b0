/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/console.h"

#include "broker/endpoint/page.h"
#include "web/embed.h"

#include <stdlib.h>

#define LOOKED_AT 50 /* versions, for the visitor's draft */

static int enter(struct txn *txn, void *arg)
{
	struct console *c = arg;

	TRY(desk_load(txn, &c->desk));
	return task_rule_has_role(&c->desk.person.rule, STAFF_OPERATOR) ? 0 : ERR_FORBIDDEN;
}

int console_refresh(struct console *c)
{
	struct config_version_list list;

	TRY(config_version_active(c->context.store, c->arena, &c->active));
	TRY(config_version_history(&c->context, 0, LOOKED_AT, &list));
	c->draft = (struct config_version){ 0 };
	c->waiting = 0;
	for (size_t i = list.n; i-- > 0;) {
		const struct config_version *version = &list.items[i];

		c->waiting += version->state == CONFIG_VERSION_PROPOSED;
		if (version->state == CONFIG_VERSION_DRAFT && id_eq(version->author, c->context.actor.account))
			c->draft = *version; /* the newest comes last */
	}
	c->shown = c->draft.number ? c->draft.number : c->active;
	return 0;
}

static int load_words(struct console *c)
{
	struct span text;

	if (!console_is_chinese(c))
		return 0;
	TRY(embed_read(NULL, "options/zh-CN.json", c->arena, &text));
	return json_read_object(text, &c->words);
}

static int run(struct console *c, console_page *page)
{
	c->context = config_version_context(c->rq, c->desk.person.rule.account, (struct span){ NULL, 0 }, c->arena);
	TRY(console_refresh(c));
	TRY(load_words(c));
	return page(c);
}

int console_open(struct request *rq, console_page *page)
{
	struct console *c = arena_new_of(rq->arena, struct console);

	if (!c)
		return FAULT_MEMORY;
	c->rq = c->desk.rq = rq;
	int result = store_view(app_of(rq)->app->store, enter, c);
	if (result)
		return desk_answer(rq, result, rq->method == METHOD_GET ? rq->path : SPAN("/console"));
	TRY(session_touch(rq, &c->desk.visitor));
	c->arena = arena_new(CONFIG_VERSION_ARENA);
	c->data = json_object();
	result = c->arena && c->data ? run(c, page) : FAULT_MEMORY;
	json_decref(c->words);
	json_decref(c->data);
	arena_free(c->arena);
	return result;
}

/* What a form shows: the draft as edited so far, or what is in force. */
static int revision_of(const struct console *c, struct span *ret_revision)
{
	*ret_revision = span_of(arena_printf(c->arena, "%lld.%lld", (long long)c->shown, (long long)c->draft.revision));
	return ret_revision->p ? 0 : FAULT_MEMORY;
}

const char *console_kept(struct console *c, const char *text)
{
	c->no_memory |= !text;
	return text ? text : "";
}

struct span console_done(struct console *c, struct buf *buf)
{
	struct span text = { NULL, 0 };

	if (buf_done(buf, &text))
		c->no_memory = true;
	return text;
}

int console_reply(struct console *c, const char *page, int error)
{
	struct span revision;

	TRY(revision_of(c, &revision));
	if (c->no_memory)
		return FAULT_MEMORY;
	desk_add(&c->desk, c->data);
	page_set_true(c->data, "has_console");
	page_set(c->data, "action", c->rq->path);
	page_set_int(c->data, "active_number", c->active);
	page_set_int(c->data, "waiting", (int64_t)c->waiting);
	page_set(c->data, "revision", revision);
	if (c->draft.number) {
		page_set_int(c->data, "draft_number", c->draft.number);
		if (c->draft.parent != c->active)
			page_set_true(c->data, "draft_outdated");
	}
	if (error)
		page_set_error(c->data, error, 0);
	return reply_page(c->rq, page_status(error), page, c->data);
}

/* ---- changes */

int console_draft(struct console *c, int64_t *ret_number)
{
	if (!c->draft.number) {
		TRY(config_version_draft(&c->context, (struct span){ NULL, 0 }, ret_number));
		return console_refresh(c);
	}
	*ret_number = c->draft.number;
	return 0;
}

int console_edit(struct console *c, struct span revision, const struct overlay_edit *edits, size_t n, size_t *ret_failed)
{
	bool is_new = !c->draft.number;
	struct span held;
	int64_t number;

	TRY(revision_of(c, &held));
	if (!span_eq(revision, held))
		return ERR_CONFLICT;
	TRY(console_draft(c, &number));
	int result = config_version_edit(&c->context, number, c->draft.revision, edits, n, ret_failed);
	if (result > 0 && is_new) /* nothing was drafted: nothing is left behind */
		TRY(config_version_reject(&c->context, number, SPAN("–")));
	int again = console_refresh(c);
	return result ? result : again;
}

/* ---- words */

bool console_is_chinese(struct console *c)
{
	return request_language(c->rq) == LANGUAGE_ZH;
}

struct span console_say(struct console *c, const char *key)
{
	return catalogue_text(template_set_catalogues(app_of(c->rq)->templates), request_language(c->rq), span_of(key));
}

/* "app_id" is "App ID". */
static struct span label_of(struct console *c, const char *key)
{
	static const char *const capitals[] = { "id", "url", "uri", "ip", "sms", "api", "ca", "sp", "acl", "uscc", "json", "otp", "http", "cmpp", "qq", "cas", "ldap", "csv" };
	struct buf buf = buf_new(c->arena, 32);
	struct span rest = span_of(key);

	if (strcmp(key, "zh") == 0 || strcmp(key, "en") == 0)
		return key[0] == 'z' ? SPAN("Chinese") : SPAN("English");
	for (bool first = true; rest.p; first = false) {
		struct span word = span_cut(&rest, '_');
		bool is_capital = false;

		for (size_t i = 0; i < ARRAY_LEN(capitals); i++)
			is_capital |= span_is(word, capitals[i]);
		if (!first)
			buf_char(&buf, ' ');
		for (size_t i = 0; i < word.n; i++) {
			bool up = word.p[i] >= 'a' && word.p[i] <= 'z' && (is_capital || (first && i == 0));

			buf_char(&buf, up ? (char)(word.p[i] - 'a' + 'A') : word.p[i]);
		}
	}
	return console_done(c, &buf);
}

/* What several forms have in common is said once: routes as the one gateway, every kind of registration as the first, the same row of every provider. */
static struct span said(struct console *c, const char *key)
{
	static const struct {
		const char *from, *to;
		bool any; /* what stands between @from and the next point does not matter */
	} commons[] = { { "sms.routes.", "sms.", false }, { "registration.legal.", "registration.natural.", false },
			{ "registration.expert.", "registration.natural.", false }, { "provider.", "provider.*.", true } };
	struct span text = c->words ? json_get_span(c->words, key) : (struct span){ NULL, 0 };

	for (size_t i = 0; c->words && !text.n && i < ARRAY_LEN(commons); i++) {
		size_t n = strlen(commons[i].from);
		const char *rest = strncmp(key, commons[i].from, n) == 0 ? key + n : NULL, *dot = rest && commons[i].any ? strchr(rest, '.') : NULL;
		const char *other = commons[i].any ? dot ? dot + 1 : NULL : rest;

		text = other ? json_get_span(c->words, console_printf(c, "%s%s", commons[i].to, other)) : text;
	}
	return text;
}

struct span console_value_word(struct console *c, const char *key, const char *value)
{
	struct span text = said(c, console_printf(c, "%s=%s", key, value));
	const char *last = strrchr(key, '.');

	if (!text.n && last && c->words && strcmp(last, ".purposes") == 0) /* of routes and of templates */
		text = json_get_span(c->words, console_printf(c, "sms.purposes=%s", value));
	return text;
}

/* The tables' words are Markdown: marks of code are not for readers of a form. */
static struct span plain(struct console *c, const char *doc)
{
	struct buf buf = buf_new(c->arena, 128);

	for (; *doc; doc++)
		if (*doc != '`')
			buf_char(&buf, *doc);
	return console_done(c, &buf);
}

struct console_word console_word(struct console *c, const char *key, const char *row_key, const char *doc)
{
	static const char bar[] = "｜";
	struct console_word word = { label_of(c, row_key), doc ? plain(c, doc) : (struct span){ NULL, 0 } };
	struct span text = said(c, key);

	if (!text.n)
		return word;
	const char *cut = strstr(text.p, bar);
	word.label = cut ? (struct span){ text.p, (size_t)(cut - text.p) } : text;
	if (cut)
		word.help = span_of(cut + sizeof bar - 1);
	return word;
}

/* ---- lists */

void console_set(json_t *object, const char *key, struct span value)
{
	json_object_set_new(object, key, json_stringn(value.n ? value.p : "", value.n));
}

/* "alipay" of "providers.alipay", "a.b" of "clients[a.b]". */
static struct span last_of(const char *path)
{
	size_t n = strlen(path);
	const char *bracket = n && path[n - 1] == ']' ? strrchr(path, '[') : NULL, *dot = strrchr(path, '.');

	if (bracket)
		return (struct span){ bracket + 1, (size_t)(path + n - 1 - (bracket + 1)) };
	return span_of(dot ? dot + 1 : path);
}

int console_add_changes(json_t *list, const struct overlay_changes *changes)
{
	for (size_t i = 0; i < changes->n; i++) {
		const struct overlay_change *change = &changes->items[i];
		json_t *row = json_object();

		console_set(row, "change_path", span_of(change->path));
		console_set(row, "before", change->before);
		console_set(row, "after", change->after);
		json_object_set_new(row, "had", json_boolean(change->had));
		json_object_set_new(row, "has", json_boolean(change->has));
		json_object_set_new(row, "is_secret", json_boolean(change->is_secret));
		console_set(row, "change_id", change->is_object ? last_of(change->path) : (struct span){ NULL, 0 });
		if (json_array_append_new(list, row))
			return FAULT_MEMORY;
	}
	return 0;
}

/* "/console/providers/alipay" for "providers.alipay.app_id": the page on which it can be mended. Empty: none. */
static struct span url_of(struct console *c, const char *path)
{
	size_t section = strcspn(path, ".[");
	const char *rest = path + section;
	char *url;

	if (!*path || !overlay_section((struct span){ path, section }))
		return (struct span){ NULL, 0 };
	const struct option *row = overlay_section_row(overlay_section((struct span){ path, section }));
	if (*rest && row && row->type == OPTION_OBJECTS) {
		size_t id = *rest == '[' ? strcspn(rest + 1, "]") : strcspn(rest + 1, ".[");

		url = arena_printf(c->arena, "/console/%.*s/%.*s", (int)section, path, (int)id, rest + 1);
	} else {
		url = arena_printf(c->arena, "/console/%.*s", (int)section, path);
	}
	return url ? span_of(url) : (struct span){ NULL, 0 };
}

struct span console_problem_text(struct console *c, const struct config_version_problem *problem, bool is_secret)
{
	static const char missing[] = "\" is missing";
	struct span en = span_of(problem->en);

	if (*problem->path && en.n > sizeof missing && en.p[0] == '"' && strcmp(en.p + en.n - (sizeof missing - 1), missing) == 0)
		return console_say(c, is_secret ? "console.missing_secret" : "console.missing");
	return console_is_chinese(c) && problem->zh ? span_of(problem->zh) : en;
}

int console_add_problems(struct console *c, json_t *list, const struct config_version_problems *problems)
{
	for (size_t i = 0; i < problems->n; i++) {
		const struct config_version_problem *problem = &problems->items[i];
		json_t *row = json_object();

		console_set(row, "problem_path", span_of(problem->path));
		console_set(row, "problem_text", console_problem_text(c, problem, false));
		console_set(row, "problem_url", url_of(c, problem->path));
		json_object_set_new(row, "is_warning", json_boolean(problem->is_warning));
		if (json_array_append_new(list, row))
			return FAULT_MEMORY;
	}
	return 0;
}
