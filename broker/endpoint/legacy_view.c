/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/legacy_view.h"

#include "broker/endpoint/bind.h"
#include "broker/endpoint/identity_desk.h"
#include "broker/endpoint/legacy_shown.h"
#include "broker/endpoint/link_history.h"
#include "broker/endpoint/page.h"
#include "broker/identity/mask.h"
#include "broker/identity/migrate.h"

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

static int add_masked(struct legacy_view *view, json_t *list, const char *name, struct span value,
		      int (*mask)(struct span, struct arena *, struct span *))
{
	if (value.n)
		TRY(mask(value, view->desk.rq->arena, &value));
	return add_fact(list, name, value);
}

static int add_row(struct legacy_view *view, json_t *data)
{
	const struct legacy *row = &view->row;
	json_t *list = json_array();
	struct span login;

	json_object_set_new(data, "facts", list);
	TRY(legacy_shown_login(view->desk.rq, row, &login));
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
static int add_rule(struct legacy_view *view, json_t *data)
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

/* Whose account it is, as far as that may be shown. */
static int show_account(struct legacy_view *view, json_t *data, const char *key, struct id id)
{
	struct span shown = { NULL, 0 };
	struct account account;
	int result = id_is_set(id) ? record_get(view->txn, &KIND_ACCOUNT, id, view->desk.rq->arena, &account) : ERR_ABSENT;

	if (!result)
		result = legacy_shown_account(view->desk.rq, &account, &shown);
	page_set(data, key, shown);
	return result == ERR_ABSENT ? 0 : result;
}

/* ---- its history */

static int note_event(const void *record, void *arg)
{
	const struct legacy_event *event = record;
	struct legacy_view *view = arg;
	json_t *item = json_object();
	struct span who;

	if (span_is(event->what, LEGACY_VIEW_ASKED))
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
	TRY(legacy_shown_evidence(view->desk.rq, item, "evidence", event->evidence));
	json_object_set_new(item, "why", json_stringn(event->reason.n ? event->reason.p : "", event->reason.n));
	TRY(legacy_shown_actor(view->txn, view->desk.rq, event->actor, &who));
	json_object_set_new(item, "who", json_stringn(who.n ? who.p : "", who.n));
	json_object_set_new(item, "whose", json_string(""));
	TRY(show_account(view, item, "whose", event->account));
	return json_array_append_new(view->history, item) ? FAULT_MEMORY : 0;
}

int legacy_view_read(struct txn *txn, struct legacy_view *view)
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

struct id legacy_view_owner(const struct legacy_view *view)
{
	return view->binding.status == BINDING_BOUND ? view->binding.identity : (struct id){ { 0 } };
}

static int add_binding(struct legacy_view *view, json_t *data)
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
	if (legacy_desk_four_eyes(view->desk.rq))
		page_set_true(data, "four_eyes");
	if (id_is_set(view->asked.id)) {
		TRY(desk_set_account(view->txn, view->desk.rq, data, "asked_by", view->asked.actor));
		page_set(data, "asked_reason", view->asked.reason);
		if (legacy_desk_four_eyes(view->desk.rq) && id_eq(view->asked.actor, view->desk.person.rule.account))
			page_set_true(data, "asked_by_me");
	}
	return 0;
}

struct shown {
	struct legacy_view *view;
	json_t *data;
};

static int load(struct txn *txn, void *arg)
{
	struct shown *shown = arg;
	struct legacy_view *view = shown->view;

	TRY(legacy_desk_enter(txn, &view->desk));
	TRY(legacy_view_read(txn, view));
	TRY(add_row(view, shown->data));
	TRY(add_rule(view, shown->data));
	TRY(add_binding(view, shown->data));
	TRY(view->binding.status == BINDING_BOUND ? link_history_add(txn, view->desk.rq, view->binding.account, true, shown->data) : 0);
	return identity_desk_add(txn, &view->desk, legacy_view_owner(view), shown->data);
}

int legacy_view_show(struct legacy_view *view, int error, const char *field)
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
	page_set_value(data, "reason", request_param(rq, "reason"));
	page_set_value(data, "split_reason", request_param(rq, "split_reason"));
	if (error)
		page_set_error(data, error, 0);
	if (field)
		page_set_field_error(data, field, error);
	return reply_page(rq, page_status(error), "legacy-record", data);
}
