/* SPDX-License-Identifier: Apache-2.0 */
/*
 * legacy_record - /legacy/{id}: what became of one old account, and what the desk may do: end its binding, or take an account that its owner had joined
 * with theirs off again, with a reason.
 *
 * Where `review.four_eyes` has `legacy`, one person asks for either and another does it; the request is part of the history, and void when the
 * binding or the merge changes.
 */
#include "broker/base/encode.h"
#include "broker/endpoint/audit.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/identity_desk.h"
#include "broker/endpoint/legacy_change.h"
#include "broker/endpoint/legacy_view.h"
#include "broker/endpoint/message.h"
#include "broker/store/records_account.h"

struct record {
	struct legacy_view view;
	struct span reason;
	struct span phone; /* of whoever loses it; empty: nobody does */
	struct identity_desk_split split;
	bool may; /* is of the desk */
};

/* Who looks at somebody's old account is in the audit. */
static int note(struct txn *txn, void *arg)
{
	struct record *record = arg;
	char subject[37];

	TRY(legacy_desk_enter(txn, &record->view.desk));
	encode_id(subject, record->view.id);
	return audit_write(txn, record->view.desk.rq, &(struct audit_event){ .action = "legacy.read", .actor = record->view.desk.person.rule.account,
								      .subject = span_of(subject) });
}

/* ---- its binding ends */

static int enter(struct txn *txn, struct record *record)
{
	TRY(legacy_desk_enter(txn, &record->view.desk));
	record->may = true;
	record->view.history = NULL;
	return legacy_view_read(txn, &record->view);
}

static int ask_unbind(struct txn *txn, struct record *record, const struct unit_actor *actor, const struct account *owner)
{
	const struct legacy_proof proof = { .method = "review", .reason = record->reason };

	TRY(legacy_change_note(txn, actor, &record->view.row, owner, LEGACY_VIEW_ASKED, &proof));
	return audit_write(txn, actor->rq, &(struct audit_event){ .action = "legacy.unbind_asked", .actor = actor->account, .subject = record->view.row.legacy_id,
								   .detail = record->reason });
}

static int unbind(struct txn *txn, void *arg)
{
	struct record *record = arg;
	struct request *rq = record->view.desk.rq;
	struct account owner = { 0 };

	TRY(enter(txn, record));
	struct unit_actor actor = unit_change_actor(rq, record->view.desk.person.rule.account);
	record->phone = SPAN("");
	if (!id_is_set(record->view.binding.id))
		return ERR_CONFLICT;
	int result = record_get(txn, &KIND_ACCOUNT, record->view.binding.account, rq->arena, &owner);
	if (result && result != ERR_ABSENT)
		return result;
	if (legacy_desk_four_eyes(rq)) {
		if (!id_is_set(record->view.asked.id))
			return ask_unbind(txn, record, &actor, result ? NULL : &owner);
		if (id_eq(record->view.asked.actor, actor.account))
			return ERR_FORBIDDEN; /* the second pair of eyes is another's */
	}
	if (record->view.binding.status == BINDING_BOUND && (!span_is(record->view.binding.method, "import") || instant_is_set(owner.claimed_at)))
		record->phone = owner.phone; /* else nobody has ever had it */
	return legacy_change_unbind(txn, &actor, &record->view.binding, record->reason);
}

/* Its owner, who may not have asked for it, is told as at the end of a dispute (ASVS 6.3.7). */
static int tell_unbound(struct record *record)
{
	return message_notice(record->view.desk.rq, record->phone, SPAN("您绑定的一个旧账户已由平台工作人员解除绑定。如有疑问，请联系平台。"),
			      SPAN("An old account that you had bound was taken off your account by the platform's staff. Please ask the platform if this is wrong."),
			      record->view.binding.id);
}

/* ---- its owner's accounts are taken apart */

static int split(struct txn *txn, void *arg)
{
	struct record *record = arg;

	TRY(enter(txn, record));
	record->split.identity = legacy_view_owner(&record->view);
	return id_is_set(record->split.identity) ? identity_desk_split(txn, &record->view.desk, &record->split) : ERR_CONFLICT;
}

static int tell_split(struct record *record)
{
	return identity_desk_tell(record->view.desk.rq, &record->split);
}

/* ---- */

static const struct act {
	const char *name, *field; /* field: where its reason is given */
	store_fn *fn;
	bool has_part; /* says which account */
	int (*tell)(struct record *record);
} acts[] = { { "unbind", "reason", unbind, false, tell_unbound }, { "split", "split_reason", split, true, tell_split } };

static int act(struct record *record, const struct act *act)
{
	struct request *rq = record->view.desk.rq;

	record->reason = record->split.reason = span_trim(request_param(rq, act->field));
	if (!record->reason.n)
		return legacy_view_show(&record->view, ERR_FIELD_EMPTY, act->field);
	if (act->has_part && !id_is_set(record->split.part))
		return legacy_view_show(&record->view, ERR_FIELD_EMPTY, "subject");
	int result = store_update(app_of(rq)->app->store, act->fn, record);
	if (result == ERR_CONFLICT || (result == ERR_FORBIDDEN && record->may))
		return legacy_view_show(&record->view, result, NULL);
	if (result)
		return desk_answer(rq, result, rq->path);
	TRY(act->tell(record));
	return reply_redirect(rq, rq->path);
}

enum work_class endpoint_legacy_record_work(const struct request *rq)
{
	return rq->method == METHOD_POST ? WORK_SMS : WORK_COMMIT; /* it may send a message */
}

int endpoint_legacy_record(struct request *rq)
{
	struct record *record = arena_new_of(rq->arena, struct record);

	if (!record)
		return FAULT_MEMORY;
	record->view.desk.rq = rq;
	if (encode_id_decode(request_path_param(rq, "id"), &record->view.id))
		return ERR_NOT_FOUND;
	if (rq->method == METHOD_GET) {
		int result = store_update(app_of(rq)->app->store, note, record);

		return result ? desk_answer(rq, result, rq->path) : legacy_view_show(&record->view, 0, NULL);
	}
	if (request_param(rq, "subject").n && encode_id_decode(request_param(rq, "subject"), &record->split.part))
		return ERR_INVALID_REQUEST;
	for (size_t i = 0; i < ARRAY_LEN(acts); i++)
		if (span_is(request_param(rq, "do"), acts[i].name))
			return act(record, &acts[i]);
	return ERR_INVALID_REQUEST;
}
