/* SPDX-License-Identifier: Apache-2.0 */
/*
 * console_version - /console/versions: the history, what any two versions say differently, and one version: what it changes, what is wrong with
 * it, and the steps from draft to active.
 */
#include "broker/base/encode.h"
#include "broker/endpoint/console.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/page.h"
#include "broker/store/records_system.h"

#define PAGE 25
#define AUDIT_SHOWN 10
#define AUDIT_LOOKED_AT 2000

/* ---- shared */

static bool number_of(struct span text, int64_t *ret_number)
{
	uint64_t number;

	if (!text.n || text.n > 9 || !span_to_u64(text, &number))
		return false;
	*ret_number = (int64_t)number;
	return true;
}

static void add_version(json_t *row, const struct config_version *version)
{
	page_set_int(row, "number", version->number);
	console_set(row, "state", span_of(config_version_state_name(version->state)));
	console_set(row, "author", version->author_name);
	console_set(row, "proposer", version->proposer_name);
	console_set(row, "activator", version->activator_name);
	console_set(row, "why", version->reason);
	console_set(row, "refusal", version->answer);
	console_set(row, "created_at", (struct span){ NULL, 0 });
	console_set(row, "activated_at", (struct span){ NULL, 0 });
	page_set_time(row, "created_at", version->created_at);
	page_set_time(row, "activated_at", version->activated_at);
	page_set_time(row, "proposed_at", version->proposed_at);
	page_set_time(row, "changed_at", version->changed_at);
	if (version->restores)
		page_set_int(row, "restored", version->restores - 1);
}

static int add_diff(struct console *c, int64_t from, int64_t to)
{
	struct overlay_changes changes;
	json_t *list = json_array();

	json_object_set_new(c->data, "changes", list);
	page_set_int(c->data, "from", from);
	page_set_int(c->data, "to", to);
	TRY(config_version_diff(&c->context, from, to, &changes));
	page_set_int(c->data, "n_changes", (int64_t)changes.n);
	return console_add_changes(list, &changes);
}

/* ---- the history */

struct audit_rows {
	struct console *console;
	struct txn *txn;
	json_t *list;
	struct arena *arena;
	size_t looked_at;
};

static int add_audit(const void *record, void *arg)
{
	const struct audit *audit = record;
	struct audit_rows *rows = arg;
	struct id id;

	if (span_starts(audit->action, SPAN("config."))) {
		json_t *row = json_object();

		if (json_array_append_new(rows->list, row))
			return FAULT_MEMORY;
		page_set_time(row, "at", audit->at);
		console_set(row, "act", audit->action);
		console_set(row, "about", audit->subject);
		console_set(row, "detail", audit->detail);
		console_set(row, "who", audit->actor);
		if (!encode_id_decode(audit->actor, &id))
			TRY(desk_set_account(rows->txn, rows->console->rq, row, "who", id));
	}
	arena_reset(rows->arena);
	return ++rows->looked_at == AUDIT_LOOKED_AT || json_array_size(rows->list) == AUDIT_SHOWN ? TXN_STOP : 0;
}

static int load_audit(struct txn *txn, void *arg)
{
	struct audit_rows *rows = arg;

	rows->txn = txn;
	rows->looked_at = 0;
	json_array_clear(rows->list);
	return record_page(txn, &KIND_AUDIT, 0, NULL, (struct record_from){ .falling = true }, rows->arena, add_audit, rows);
}

static int add_acts(struct console *c)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new((size_t)1 << 20);
	struct audit_rows rows = { .console = c, .list = json_array(), .arena = arena };

	json_object_set_new(c->data, "acts", rows.list);
	return arena ? store_view(app_of(c->rq)->app->store, load_audit, &rows) : FAULT_MEMORY;
}

static int history(struct console *c)
{
	struct config_version_list list;
	json_t *rows = json_array();
	int64_t before = 0, from, to;

	json_object_set_new(c->data, "versions", rows);
	(void)number_of(request_param(c->rq, "before"), &before);
	TRY(config_version_history(&c->context, before, PAGE, &list));
	for (size_t i = 0; i < list.n; i++) {
		json_t *row = json_object();

		add_version(row, &list.items[i]);
		if (json_array_append_new(rows, row))
			return FAULT_MEMORY;
	}
	if (list.more && list.n)
		page_set_int(c->data, "older", list.items[list.n - 1].number);
	if (number_of(request_param(c->rq, "from"), &from) && number_of(request_param(c->rq, "to"), &to)) {
		int result = add_diff(c, from, to);

		if (result < 0)
			return result;
		if (result)
			return console_reply(c, "console-versions", result);
		page_set_true(c->data, "compared");
	}
	TRY(add_acts(c));
	return console_reply(c, "console-versions", 0);
}

int endpoint_console_versions(struct request *rq)
{
	return console_open(rq, history);
}

/* ---- one version */

struct version_page {
	struct console *console;
	int64_t number;
	struct config_version version;
	struct config_version_problems problems;
	struct overlay_changes conflicts;
};

static int show(struct version_page *page, int error)
{
	struct console *c = page->console;
	const struct config_version *version = &page->version;
	bool is_draft = version->state == CONFIG_VERSION_DRAFT, is_proposed = version->state == CONFIG_VERSION_PROPOSED;
	bool eyes = config_version_needs_eyes(c->context.config);
	bool is_own = id_eq(version->author, c->context.actor.account), proposed_it = id_eq(version->proposer, c->context.actor.account);
	json_t *problems = json_array(), *conflicts = json_array();

	json_object_set_new(c->data, "problems", problems);
	json_object_set_new(c->data, "conflicts", conflicts);
	add_version(c->data, version);
	TRY(add_diff(c, version->parent, version->number));
	if (!page->problems.n && (is_draft || is_proposed))
		TRY(config_version_validate(&c->context, page->number, &page->problems));
	TRY(console_add_problems(c, problems, &page->problems));
	TRY(console_add_changes(conflicts, &page->conflicts));
	page_set_int(c->data, "seen", version->revision);
	page_set_int(c->data, "errors_found", (int64_t)page->problems.errors);
	bool fits = !page->problems.errors && version->parent == c->active, says = json_integer_value(json_object_get(c->data, "n_changes")) > 0;
	json_object_set_new(c->data, "is_draft", json_boolean(is_draft));
	json_object_set_new(c->data, "is_proposed", json_boolean(is_proposed));
	json_object_set_new(c->data, "is_old", json_boolean(version->state == CONFIG_VERSION_SUPERSEDED));
	json_object_set_new(c->data, "is_own", json_boolean(is_own));
	json_object_set_new(c->data, "is_good", json_boolean((is_draft || is_proposed) && !page->problems.errors));
	json_object_set_new(c->data, "needs_eyes", json_boolean(eyes));
	json_object_set_new(c->data, "waits_for_other", json_boolean(is_proposed && eyes && proposed_it));
	json_object_set_new(c->data, "is_outdated", json_boolean((is_draft || is_proposed) && version->parent != c->active));
	json_object_set_new(c->data, "can_propose", json_boolean(is_draft && fits && says));
	json_object_set_new(c->data, "can_activate", json_boolean(fits && says && ((is_draft && !eyes) || (is_proposed && !(eyes && proposed_it)))));
	json_object_set_new(c->data, "done", json_boolean(request_param(c->rq, "done").n > 0 && c->rq->method == METHOD_GET));
	return console_reply(c, "console-version", error);
}

static int act(struct version_page *page, struct span what, int64_t *ret_number)
{
	struct config_version_context *context = &page->console->context;
	struct span reason = span_trim(request_param(page->console->rq, "reason"));
	int64_t seen = 0;
	bool is_draft = page->version.state == CONFIG_VERSION_DRAFT;

	*ret_number = page->number;
	if ((span_is(what, "propose") || span_is(what, "activate")) && !number_of(request_param(page->console->rq, "seen"), &seen))
		return ERR_INVALID_REQUEST;
	if (is_draft && reason.n && !span_is(what, "discard"))
		TRY(config_version_reason(context, page->number, reason));
	if (span_is(what, "reason"))
		return is_draft ? 0 : ERR_CONFLICT;
	if (span_is(what, "propose") || (span_is(what, "activate") && is_draft)) {
		if (!reason.n)
			return ERR_FIELD_EMPTY;
		return span_is(what, "propose") ? config_version_propose(context, page->number, seen, &page->problems) :
						  config_version_activate(context, page->number, seen, &page->problems);
	}
	if (span_is(what, "activate"))
		return config_version_activate(context, page->number, seen, &page->problems);
	if (span_is(what, "withdraw"))
		return config_version_withdraw(context, page->number);
	if (span_is(what, "discard") && is_draft)
		return config_version_reject(context, page->number, reason.n ? reason : SPAN("–"));
	if (span_is(what, "reject"))
		return reason.n ? config_version_reject(context, page->number, reason) : ERR_FIELD_EMPTY;
	if (span_is(what, "rebase"))
		return config_version_rebase(context, page->number, &page->conflicts);
	if (span_is(what, "rollback"))
		return reason.n ? config_version_rollback(context, page->number, reason, ret_number) : ERR_FIELD_EMPTY;
	return ERR_INVALID_REQUEST;
}

static int version(struct console *c)
{
	struct version_page page = { .console = c };
	int64_t number;

	if (!number_of(request_path_param(c->rq, "number"), &page.number))
		return ERR_NOT_FOUND;
	TRY(config_version_get(&c->context, page.number, &page.version));
	if (c->rq->method == METHOD_GET)
		return show(&page, 0);
	int result = act(&page, request_param(c->rq, "do"), &number);
	if (result > 0 && result != ERR_NOT_FOUND && result != ERR_INVALID_REQUEST) {
		TRY(console_refresh(c));
		TRY(config_version_get(&c->context, page.number, &page.version));
		if (result == ERR_FIELD_EMPTY)
			page_set_field_error(c->data, "reason", result);
		return show(&page, result);
	}
	TRY(result);
	char *url = arena_printf(c->rq->arena, "/console/versions/%lld?done=1", (long long)number);
	return url ? reply_redirect(c->rq, span_of(url)) : FAULT_MEMORY;
}

int endpoint_console_version(struct request *rq)
{
	return console_open(rq, version);
}
