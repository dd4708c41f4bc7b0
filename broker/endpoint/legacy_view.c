/* SPDX-License-Identifier: Apache-2.0 */
/*
 * legacy_view - /legacy/{id}: one old account and everything that happened to it: by which rule the import decided, on which facts; every binding,
 * refusal and dispute, when, by whom, on what evidence. And the one thing that the desk may do to it: end its binding, with a reason.
 *
 * Where `review.four_eyes` has `legacy`, one person asks for that and another does it; the request is part of the history, and void when the binding
 * changes.
 */
#include "broker/base/encode.h"
#include "broker/endpoint/audit.h"
#include "broker/endpoint/bind.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/legacy_change.h"
#include "broker/endpoint/legacy_desk.h"
#include "broker/endpoint/page.h"
#include "broker/identity/mask.h"
#include "broker/identity/migrate.h"
#include "conf/config.h"

#define ASKED "unbind_asked"

struct view {
	struct desk desk;
	struct txn *txn;
	struct id id;
	struct legacy row;
	struct binding binding; /* in force; id unset: none */
	struct legacy_event asked; /* that its binding be ended; id unset: nobody does */
	json_t *history;
	struct span reason;
	bool waits; /* for the second pair of eyes */
};

static bool wants_four_eyes(const struct request *rq)
{
	const struct task_kind_row *row;

	for (size_t i = 0; (row = task_kind_at(i)); i++)
		if (span_is(span_of(row->name), "legacy"))
			return app_of(rq)->config->review.four_eyes & 1u << (row->kind - 1);
	return false;
}

/* ---- the row */

static int add_fact(json_t *list, const char *name, struct span value)
{
	if (!value.n)
		return 0;
	json_t *item = json_object();
	page_set(item, "label", span_of(name));
	page_set(item, "value", value);
	return json_array_append_new(list, item) ? FAULT_MEMORY : 0;
}

static int add_masked(struct view *view, json_t *list, const char *name, struct span value,
		      int (*mask)(struct span, struct arena *, struct span *))
{
	if (value.n)
		TRY(mask(value, view->desk.rq->arena, &value));
	return add_fact(list, name, value);
}

static int add_row(struct view *view, json_t *data)
{
	const struct legacy *row = &view->row;
	json_t *list = json_array();
	struct span login;

	json_object_set_new(data, "facts", list);
	TRY(legacy_desk_login(view->desk.rq, row, &login));
	TRY(add_fact(list, "source", bind_source_name(view->desk.rq, row->source)));
	TRY(add_fact(list, "legacy_id", row->legacy_id));
	TRY(add_fact(list, "login_name", login));
	TRY(add_fact(list, "user_type", bind_type_name(view->desk.rq, row->source, row->user_type)));
	TRY(add_masked(view, list, "name", row->name, mask_name));
	TRY(add_masked(view, list, "phone", row->phone, mask_phone));
	TRY(add_masked(view, list, "email", row->email, mask_email));
	TRY(add_fact(list, "uscc", row->uscc));
	TRY(add_fact(list, "unit_name", row->unit_name));
	TRY(add_masked(view, list, "id_number", row->id_number, mask_document));
	TRY(add_fact(list, "batch", row->batch));
	return 0;
}

/* The rule that decided, and the facts that held then. */
static int add_rule(struct view *view, json_t *data)
{
	const struct legacy *row = &view->row;
	JSON *why = NULL;
	json_t *list = json_array();
	json_t *fact;
	size_t i;
	enum migrate_outcome outcome;

	page_set(data, "outcome", row->outcome);
	if (migrate_outcome_of(row->outcome, &outcome))
		page_set(data, "rule", span_of(migrate_outcome_text(outcome)));
	page_set_time(data, "imported_at", row->imported_at);
	page_set_time(data, "changed_at", row->changed_at);
	page_set_time(data, "hash_gone_at", row->hash_gone_at);
	json_object_set_new(data, "why", list);
	if (!row->why.n || json_read_object(row->why, &why))
		return 0;
	json_array_foreach(json_object_get(why, "facts"), i, fact) {
		json_t *item = json_object();

		page_set(item, "fact", span_of(json_string_value(fact)));
		if (json_array_append_new(list, item))
			return FAULT_MEMORY;
	}
	return 0;
}

/* Whose account it is, as far as that may be shown: the phone inside a login name and a person's name are masked. */
static int show_account(struct view *view, json_t *data, const char *key, struct id id)
{
	struct request *rq = view->desk.rq;
	struct span shown, phone = view->row.phone, masked;
	struct account account;
	int result = id_is_set(id) ? record_get(view->txn, &KIND_ACCOUNT, id, rq->arena, &account) : ERR_ABSENT;

	if (result)
		return result == ERR_ABSENT ? 0 : result;
	shown = account.login_name;
	if (phone.n && shown.n >= phone.n && span_eq((struct span){ shown.p + shown.n - phone.n, phone.n }, phone)) {
		TRY(mask_phone(phone, rq->arena, &masked));
		char *text = arena_printf(rq->arena, SPAN_FMT SPAN_FMT, SPAN_ARG(((struct span){ shown.p, shown.n - phone.n })), SPAN_ARG(masked));
		if (!text)
			return FAULT_MEMORY;
		shown = span_of(text);
	}
	page_set(data, key, shown);
	return 0;
}

/* ---- its history */

/* What was proved, member by member. */
static int add_evidence(json_t *item, struct span evidence)
{
	JSON *object = NULL;
	json_t *list = json_array(), *value;
	const char *name;

	json_object_set_new(item, "evidence", list);
	if (!list)
		return FAULT_MEMORY;
	if (!evidence.n || json_read_object(evidence, &object))
		return 0;
	json_object_foreach(object, name, value) {
		json_t *fact = json_object();
		char *text = json_is_string(value) ? NULL : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

		page_set(fact, "label", span_of(name));
		page_set(fact, "value", span_of(json_is_string(value) ? json_string_value(value) : text));
		free(text);
		if (json_array_append_new(list, fact))
			return FAULT_MEMORY;
	}
	return 0;
}

static int note_event(const void *record, void *arg)
{
	const struct legacy_event *event = record;
	struct view *view = arg;
	json_t *item = json_object();

	if (span_is(event->what, ASKED))
		view->asked = *event;
	else if (span_is(event->what, "bound") || span_is(event->what, "ended") || span_is(event->what, "suggested") || span_is(event->what, "unsuggested"))
		view->asked = (struct legacy_event){ 0 };
	if (!view->history) {
		json_decref(item);
		return 0;
	}
	page_set_time(item, "at", event->at);
	json_object_set_new(item, "what", json_stringn(event->what.p, event->what.n));
	json_object_set_new(item, "method", json_stringn(event->method.n ? event->method.p : "", event->method.n));
	TRY(add_evidence(item, event->evidence));
	json_object_set_new(item, "why", json_stringn(event->reason.n ? event->reason.p : "", event->reason.n));
	json_object_set_new(item, "who", json_string(""));
	json_object_set_new(item, "whose", json_string(""));
	TRY(id_eq(event->actor, event->account) ? show_account(view, item, "who", event->actor) : /* themselves: masked like everywhere else */
						  desk_set_account(view->txn, view->desk.rq, item, "who", event->actor));
	TRY(show_account(view, item, "whose", event->account));
	return json_array_append_new(view->history, item) ? FAULT_MEMORY : 0;
}

static int read_all(struct txn *txn, struct view *view)
{
	struct request *rq = view->desk.rq;
	struct binding probe = { .legacy = view->id, .status = BINDING_BOUND };
	struct legacy_event of = { .legacy = view->id };

	view->txn = txn;
	view->asked = (struct legacy_event){ 0 };
	int result = record_get(txn, &KIND_LEGACY, view->id, rq->arena, &view->row);
	if (result)
		return result == ERR_ABSENT ? ERR_NOT_FOUND : result;
	result = record_find(txn, &KIND_BINDING, BINDING_BY_LEGACY, &probe, rq->arena, &view->binding);
	if (result == ERR_ABSENT)
		view->binding = (struct binding){ 0 };
	else
		TRY(result);
	return record_each(txn, &KIND_LEGACY_EVENT, LEGACY_EVENT_BY_LEGACY, &of, rq->arena, note_event, view);
}

/* ---- shown */

static int add_binding(struct view *view, json_t *data)
{
	const struct binding *binding = &view->binding;

	if (!id_is_set(binding->id)) {
		page_set(data, "standing", instant_is_set(view->row.hash_gone_at) ? SPAN("expired") : SPAN("free"));
		return 0;
	}
	page_set(data, "standing", binding->status == BINDING_BOUND ? SPAN("bound") : SPAN("suggested"));
	page_set(data, "method", binding->method);
	page_set_time(data, "since", binding->since);
	page_set_int(data, "level", binding->level);
	TRY(show_account(view, data, "owner_login", binding->account));
	page_set_true(data, "can_unbind");
	if (wants_four_eyes(view->desk.rq))
		page_set_true(data, "four_eyes");
	if (id_is_set(view->asked.id)) {
		TRY(desk_set_account(view->txn, view->desk.rq, data, "asked_by", view->asked.actor));
		page_set(data, "asked_reason", view->asked.reason);
		if (wants_four_eyes(view->desk.rq) && id_eq(view->asked.actor, view->desk.person.rule.account))
			page_set_true(data, "asked_by_me");
	}
	return 0;
}

struct shown {
	struct view *view;
	json_t *data;
};

static int load(struct txn *txn, void *arg)
{
	struct shown *shown = arg;
	struct view *view = shown->view;

	TRY(legacy_desk_enter(txn, &view->desk));
	TRY(read_all(txn, view));
	TRY(add_row(view, shown->data));
	TRY(add_rule(view, shown->data));
	return add_binding(view, shown->data);
}

static int show(struct view *view, int error)
{
	struct request *rq = view->desk.rq;
	JSON *data = json_object(), *history = json_array();
	struct shown shown = { view, data };

	if (!data || !history)
		return FAULT_MEMORY;
	view->history = history;
	int result = store_view(app_of(rq)->app->store, load, &shown);
	if (result)
		return desk_answer(rq, result, rq->path);
	TRY(session_touch(rq, &view->desk.visitor));
	desk_add(&view->desk, data);
	page_set(data, "action", rq->path);
	json_object_set(data, "history", history);
	page_set_value(data, "reason", view->reason);
	if (error) {
		page_set_error(data, error, 0);
		if (error == ERR_FIELD_EMPTY)
			page_set_field_error(data, "reason", error);
	}
	return reply_page(rq, page_status(error), "legacy-record", data);
}

/* Who looks at somebody's old account is in the audit. */
static int note(struct txn *txn, void *arg)
{
	struct view *view = arg;
	char subject[37];

	TRY(legacy_desk_enter(txn, &view->desk));
	encode_id(subject, view->id);
	return audit_write(txn, view->desk.rq, &(struct audit_event){ .action = "legacy.read", .actor = view->desk.person.rule.account,
								      .subject = span_of(subject) });
}

/* ---- its binding ends */

static int unbind(struct txn *txn, void *arg)
{
	struct view *view = arg;
	struct request *rq = view->desk.rq;

	TRY(legacy_desk_enter(txn, &view->desk));
	struct id me = view->desk.person.rule.account;
	struct unit_actor actor = unit_change_actor(rq, me);
	view->history = NULL;
	TRY(read_all(txn, view));
	if (!id_is_set(view->binding.id))
		return ERR_CONFLICT;
	view->waits = wants_four_eyes(rq) && !id_is_set(view->asked.id);
	if (!view->waits) {
		if (wants_four_eyes(rq) && id_eq(view->asked.actor, me))
			return ERR_FORBIDDEN; /* the second pair of eyes is another's */
		return legacy_change_unbind(txn, &actor, &view->binding, view->reason);
	}
	const struct legacy_proof proof = { .method = "review", .reason = view->reason };
	struct account owner;
	int result = record_get(txn, &KIND_ACCOUNT, view->binding.account, rq->arena, &owner);
	if (result && result != ERR_ABSENT)
		return result;
	TRY(legacy_change_note(txn, &actor, &view->row, result ? NULL : &owner, ASKED, &proof));
	return audit_write(txn, rq, &(struct audit_event){ .action = "legacy.unbind_asked", .actor = me, .subject = view->row.legacy_id, .detail = view->reason });
}

int endpoint_legacy_record(struct request *rq)
{
	struct view *view = arena_new_of(rq->arena, struct view);

	if (!view)
		return FAULT_MEMORY;
	view->desk.rq = rq;
	if (encode_id_decode(request_path_param(rq, "id"), &view->id))
		return ERR_NOT_FOUND;
	if (rq->method == METHOD_GET) {
		int result = store_update(app_of(rq)->app->store, note, view);

		return result ? desk_answer(rq, result, rq->path) : show(view, 0);
	}
	view->reason = span_trim(request_param(rq, "reason"));
	if (!span_is(request_param(rq, "do"), "unbind"))
		return ERR_INVALID_REQUEST;
	if (!view->reason.n)
		return show(view, ERR_FIELD_EMPTY);
	int result = store_update(app_of(rq)->app->store, unbind, view);
	if (result == ERR_CONFLICT || (result == ERR_FORBIDDEN && view->desk.visitor.has_session && id_is_set(view->asked.id)))
		return show(view, result);
	return result ? desk_answer(rq, result, rq->path) : reply_redirect(rq, rq->path);
}
