/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bind_review - by a reviewer's decision: the phone is gone or somebody else's by now, or another person has the account. Documents and a reason go
 * to the review desk (legacy_task.c).
 */
#include "broker/base/encode.h"
#include "broker/base/sys.h"
#include "broker/endpoint/audit.h"
#include "broker/endpoint/bind.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/legacy_task.h"
#include "broker/endpoint/page.h"
#include "broker/endpoint/throttle.h"
#include "broker/endpoint/task.h"
#include "broker/endpoint/visit.h"
#include "broker/http/reply.h"
#include "broker/store/records_review.h"
#include "conf/config_legacy.h"
#include "conf/config_upload.h"

/* Requests of one person: each is work for somebody. */
static const struct throttle of_account = { "bind.review", MS_DAY, 10 };

struct asking {
	struct bind b;
	struct files_place place;
	struct files_problem problem;
	struct span values;
	bool asked;
};

static int note_open(const void *record, void *arg)
{
	const struct task *task = record;
	struct asking *a = arg;

	if (task->kind == TASK_LEGACY && task->status == TASK_OPEN)
		a->b.waits = true;
	return 0;
}

static int load_open(struct txn *txn, void *arg)
{
	struct asking *a = arg;
	struct task probe = { .subject = a->b.visitor.facts.account.id };

	a->b.waits = false;
	return record_each(txn, &KIND_TASK, TASK_BY_SUBJECT, &probe, a->b.rq->arena, note_open, a);
}

static int show(struct asking *a)
{
	struct bind *b = &a->b;
	JSON *data = NULL;

	TRY(store_view(app_of(b->rq)->app->store, load_open, a));
	TRY(bind_data(b, NULL, &data));
	if (b->waits)
		page_set_true(data, "waits");
	JSON *own = json_deep_copy(json_object_get(data, "error"));
	TRY(files_page(b->rq, &a->place, &a->problem, data));
	if (own)
		json_object_set(data, "error", own);
	return bind_reply(b, data);
}

/* Each row that the person may mean learns of it: whoever looks at its history sees that somebody else claims it. *@ret_disputed: somebody has one. */
static int note_rows(struct txn *txn, struct asking *a, const struct account *account, const struct submission *submission, bool *ret_disputed)
{
	struct unit_actor actor = unit_change_actor(a->b.rq, account->id);
	const struct legacy_proof proof = { .method = "review", .reason = form_text(&a->b.form, a->b.values, "reason") };
	struct legacy_list *list = arena_new_of(actor.arena, struct legacy_list);

	if (!list)
		return FAULT_MEMORY;
	*ret_disputed = false;
	TRY(legacy_task_candidates(txn, &actor, account, submission, list));
	for (size_t i = 0; i < list->n; i++) {
		bool taken = list->items[i].state.link == CLAIM_BOUND_OTHER;

		*ret_disputed |= taken;
		TRY(legacy_change_note(txn, &actor, &list->items[i].row, account, taken ? "disputed" : "claimed", &proof));
	}
	return 0;
}

static int keep(struct txn *txn, void *arg)
{
	struct asking *a = arg;
	struct bind *b = &a->b;
	struct request *rq = b->rq;
	struct account account;
	struct id task;
	char id[37];
	bool disputed;

	a->problem = (struct files_problem){ 0 };
	TRY(bind_person(txn, b, &account));
	TRY(files_check(txn, rq->arena, &a->place, &a->problem));
	if (a->problem.error)
		return 0;
	encode_id(id, account.id);
	b->wait = throttle_wait(&of_account, rq->now);
	TRY(throttle_add(txn, &of_account, span_of(id), rq->now));
	b->wait = 0;
	struct submission submission = { .id = sys_new_id(rq->now), .owner = account.id, .subject = account.id, .form = span_of(b->form.name), .values = a->values,
					 .status = SUBMISSION_SUBMITTED, .created_at = rq->now, .changed_at = rq->now };
	struct task_new new = { .kind = TASK_LEGACY, .queue = TASK_QUEUE_PLATFORM, .subject = account.id, .account = account.id, .submission = submission.id,
				.title = account.name.n ? account.name : account.login_name };
	TRY(record_insert(txn, &KIND_SUBMISSION, &submission));
	TRY(files_attach(txn, rq->arena, &a->place, submission.id));
	TRY(note_rows(txn, a, &account, &submission, &disputed));
	new.note = disputed ? LEGACY_TASK_DISPUTE : SPAN("");
	TRY(task_open(txn, &new, rq->now, rq->arena, &task));
	a->asked = true;
	return audit_write(txn, rq, &(struct audit_event){ .action = "legacy.review", .actor = account.id, .subject = b->source->id });
}

/* What the person typed, and which system they meant where nobody asked. */
static int read_values(struct asking *a)
{
	struct bind *b = &a->b;
	JSON *json = NULL;
	struct span text;

	TRY(form_json(&b->form, b->values, b->rq->arena, &text));
	int result = json_read_object(text, &json);
	if (result)
		return result < 0 ? result : FAULT(FAULT_BUG, "values of a form");
	json_object_set_new(json, "source", json_stringn(b->source->id.p, b->source->id.n));
	char *dumped = json_dumps(json, JSON_COMPACT);
	if (!dumped)
		return FAULT_MEMORY;
	a->values = arena_dup(b->rq->arena, span_of(dumped));
	free(dumped);
	return a->values.p ? 0 : FAULT_MEMORY;
}

static int take(struct asking *a)
{
	struct bind *b = &a->b;

	if (!form_text(&b->form, b->values, "known_login").n && !form_text(&b->form, b->values, "phone").n)
		form_set_error(&b->form, b->values, "known_login", ERR_FIELD_EMPTY, NULL);
	if (form_has_errors(&b->form, b->values))
		return show(a);
	TRY(read_values(a));
	int result = store_update(app_of(b->rq)->app->store, keep, a);
	if (result == ERR_TOO_MANY) {
		b->error = result;
		return show(a);
	}
	TRY(result);
	if (a->problem.error)
		return show(a);
	struct span url;
	TRY(visit_url(b->rq, &b->interaction, "/bind/review", &url));
	return reply_redirect(b->rq, url); /* where it says that it waits, and nothing is sent twice */
}

int endpoint_bind_review(struct request *rq)
{
	struct asking *a = arena_new_of(rq->arena, struct asking);
	bool answered;

	if (!a)
		return FAULT_MEMORY;
	TRY(bind_open(rq, BIND_REVIEW, &a->b, &answered));
	if (answered)
		return 0;
	int result = bind_read(&a->b);
	if (result && result != ERR_FORM)
		return result;
	a->place = (struct files_place){ .upload = config_upload(app_of(rq)->config, SPAN("legacy-claim")), .owner = a->b.visitor.facts.account.id };
	if (!a->b.source || !a->place.upload)
		return ERR_NOT_FOUND;
	if (rq->method == METHOD_GET)
		return show(a);
	TRY(files_post(rq, &a->place, &a->problem));
	if (a->problem.error || files_posted(rq)) {
		form_forget_errors(&a->b.form, a->b.values, NULL);
		return show(a);
	}
	return take(a);
}
