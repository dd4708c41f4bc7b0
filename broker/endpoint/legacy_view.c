/* SPDX-License-Identifier: Apache-2.0 */
/*
 * legacy_view - /legacy/{id}: one old account and everything that happened to it: by which rule the import decided, on which facts; every binding,
 * refusal and dispute, when, by whom, on what evidence. And what the desk may do: end its binding, or take an account that its owner had joined with theirs
 * off again, with a reason.
 *
 * Where `review.four_eyes` has `legacy`, one person asks for either and another does it; the request is part of the history, and void when the
 * binding or the merge changes.
 */
#include "broker/base/encode.h"
#include "broker/endpoint/audit.h"
#include "broker/endpoint/bind.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/identity_desk.h"
#include "broker/endpoint/legacy_change.h"
#include "broker/endpoint/legacy_desk.h"
#include "broker/endpoint/link_history.h"
#include "broker/endpoint/legacy_shown.h"
#include "broker/endpoint/message.h"
#include "broker/endpoint/page.h"
#include "broker/identity/mask.h"
#include "broker/identity/migrate.h"

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
	struct span phone; /* of whoever loses it; empty: nobody does */
	struct identity_desk_split split;
	bool may; /* is of the desk */
};

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

/* Whose account it is, as far as that may be shown. */
static int show_account(struct view *view, json_t *data, const char *key, struct id id)
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
	struct view *view = arg;
	json_t *item = json_object();
	struct span who;

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
	TRY(legacy_shown_evidence(view->desk.rq, item, "evidence", event->evidence));
	json_object_set_new(item, "why", json_stringn(event->reason.n ? event->reason.p : "", event->reason.n));
	TRY(legacy_shown_actor(view->txn, view->desk.rq, event->actor, &who));
	json_object_set_new(item, "who", json_stringn(who.n ? who.p : "", who.n));
	json_object_set_new(item, "whose", json_string(""));
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

/* Whose it is; nobody's while that is but suggested. */
static struct id owner_of(const struct view *view)
{
	return view->binding.status == BINDING_BOUND ? view->binding.identity : (struct id){ { 0 } };
}

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
	TRY(add_binding(view, shown->data));
	TRY(view->binding.status == BINDING_BOUND ? link_history_add(txn, view->desk.rq, view->binding.account, true, shown->data) : 0);
	return identity_desk_add(txn, &view->desk, owner_of(view), shown->data);
}

/* @field: what @error is about; NULL: the whole. */
static int show(struct view *view, int error, const char *field)
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

static int enter(struct txn *txn, struct view *view)
{
	TRY(legacy_desk_enter(txn, &view->desk));
	view->may = true;
	view->history = NULL;
	return read_all(txn, view);
}

static int ask_unbind(struct txn *txn, struct view *view, const struct unit_actor *actor, const struct account *owner)
{
	const struct legacy_proof proof = { .method = "review", .reason = view->reason };

	TRY(legacy_change_note(txn, actor, &view->row, owner, ASKED, &proof));
	return audit_write(txn, actor->rq, &(struct audit_event){ .action = "legacy.unbind_asked", .actor = actor->account, .subject = view->row.legacy_id,
								   .detail = view->reason });
}

static int unbind(struct txn *txn, void *arg)
{
	struct view *view = arg;
	struct request *rq = view->desk.rq;
	struct account owner = { 0 };

	TRY(enter(txn, view));
	struct unit_actor actor = unit_change_actor(rq, view->desk.person.rule.account);
	view->phone = SPAN("");
	if (!id_is_set(view->binding.id))
		return ERR_CONFLICT;
	int result = record_get(txn, &KIND_ACCOUNT, view->binding.account, rq->arena, &owner);
	if (result && result != ERR_ABSENT)
		return result;
	if (legacy_desk_four_eyes(rq)) {
		if (!id_is_set(view->asked.id))
			return ask_unbind(txn, view, &actor, result ? NULL : &owner);
		if (id_eq(view->asked.actor, actor.account))
			return ERR_FORBIDDEN; /* the second pair of eyes is another's */
	}
	if (view->binding.status == BINDING_BOUND && (!span_is(view->binding.method, "import") || instant_is_set(owner.claimed_at)))
		view->phone = owner.phone; /* else nobody has ever had it */
	return legacy_change_unbind(txn, &actor, &view->binding, view->reason);
}

/* Its owner, who may not have asked for it, is told as at the end of a dispute (ASVS 6.3.7). */
static int tell_unbound(struct view *view)
{
	return message_notice(view->desk.rq, view->phone, SPAN("您绑定的一个旧账户已由平台工作人员解除绑定。如有疑问，请联系平台。"),
			      SPAN("An old account that you had bound was taken off your account by the platform's staff. Please ask the platform if this is wrong."),
			      view->binding.id);
}

/* ---- its owner's accounts are taken apart */

static int split(struct txn *txn, void *arg)
{
	struct view *view = arg;

	TRY(enter(txn, view));
	view->split.identity = owner_of(view);
	return id_is_set(view->split.identity) ? identity_desk_split(txn, &view->desk, &view->split) : ERR_CONFLICT;
}

static int tell_split(struct view *view)
{
	return identity_desk_tell(view->desk.rq, &view->split);
}

/* ---- */

static const struct act {
	const char *name, *field; /* field: where its reason is given */
	store_fn *fn;
	bool has_part; /* says which account */
	int (*tell)(struct view *view);
} acts[] = { { "unbind", "reason", unbind, false, tell_unbound }, { "split", "split_reason", split, true, tell_split } };

static int act(struct view *view, const struct act *act)
{
	struct request *rq = view->desk.rq;

	view->reason = view->split.reason = span_trim(request_param(rq, act->field));
	if (!view->reason.n)
		return show(view, ERR_FIELD_EMPTY, act->field);
	if (act->has_part && !id_is_set(view->split.part))
		return show(view, ERR_FIELD_EMPTY, "subject");
	int result = store_update(app_of(rq)->app->store, act->fn, view);
	if (result == ERR_CONFLICT || (result == ERR_FORBIDDEN && view->may))
		return show(view, result, NULL);
	if (result)
		return desk_answer(rq, result, rq->path);
	TRY(act->tell(view));
	return reply_redirect(rq, rq->path);
}

enum work_class endpoint_legacy_record_work(const struct request *rq)
{
	return rq->method == METHOD_POST ? WORK_SMS : WORK_COMMIT; /* it may send a message */
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

		return result ? desk_answer(rq, result, rq->path) : show(view, 0, NULL);
	}
	if (request_param(rq, "subject").n && encode_id_decode(request_param(rq, "subject"), &view->split.part))
		return ERR_INVALID_REQUEST;
	for (size_t i = 0; i < ARRAY_LEN(acts); i++)
		if (span_is(request_param(rq, "do"), acts[i].name))
			return act(view, &acts[i]);
	return ERR_INVALID_REQUEST;
}
