/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit_legacy - a unit's administrator sees which old accounts carry the unit's credit code and who has them, confirms that they are the
 * unit's, or disputes it before the review desk. Nothing is bound by name or credit code alone.
 */
#include "broker/base/encode.h"
#include "broker/base/sys.h"
#include "broker/endpoint/audit.h"
#include "broker/endpoint/bind.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/legacy_task.h"
#include "broker/endpoint/page.h"
#include "broker/endpoint/unit_admin.h"
#include "broker/endpoint/visit.h"
#include "broker/http/reply.h"
#include "broker/identity/mask.h"
#include "broker/identity/unit_state.h"
#include "broker/store/records_review.h"

#define REASON_MAX 500
#define PAGE_SIZE 20

struct held {
	struct request *rq;
	struct interaction interaction;
	struct visitor visitor;
	const struct unit *unit;
	struct legacy list[PAGE_SIZE];
	size_t n;
	bool more;
	struct id after; /* the last row of the page before; zero: from the beginning */
	json_t *rows;
	int error;
};

struct said {
	bool confirmed, disputed;
	struct id by; /* whose dispute it was */
};

/* Of the binding that holds now: what was said of an earlier one is over. */
static int take_said(const void *record, void *arg)
{
	const struct legacy_event *event = record;
	struct said *said = arg;

	if (span_is(event->what, "bound") || span_is(event->what, "ended"))
		*said = (struct said){ 0 };
	said->confirmed |= span_is(event->what, "confirmed");
	if (span_is(event->what, "disputed")) {
		said->disputed = true;
		said->by = event->account;
	} else if (span_is(event->what, "refused") && span_is(event->method, "review") && id_eq(event->account, said->by)) {
		said->disputed = false; /* a reviewer found nothing in it */
	}
	return 0;
}

static int find_said(struct txn *txn, const struct held *h, struct id row, struct said *ret_said)
{
	struct legacy_event probe = { .legacy = row };

	*ret_said = (struct said){ 0 };
	return record_each(txn, &KIND_LEGACY_EVENT, LEGACY_EVENT_BY_LEGACY, &probe, h->rq->arena, take_said, ret_said);
}

static int add(struct txn *txn, struct held *h, const struct legacy_found *found)
{
	bool bound = id_is_set(found->binding.id) && found->binding.status == BINDING_BOUND;
	struct account account = { 0 };
	struct said said = { false, false };
	json_t *item = json_pack("{s:s,s:s,s:s,s:s,s:s,s:b}", "login", "–", "holder", "–", "person", "–", "since", "–", "method", "import", "bound", bound);
	char id[37];

	if (!item || json_array_append_new(h->rows, item))
		return FAULT_MEMORY;
	encode_id(id, found->row.id);
	page_set(item, "row", span_of(id));
	page_set(item, "system", bind_source_name(h->rq, found->row.source));
	page_set(item, "login", found->row.login_name);
	if (bound) {
		int result = record_get(txn, &KIND_ACCOUNT, found->binding.account, h->rq->arena, &account);

		if (result && result != ERR_ABSENT)
			return result;
		struct span person = { NULL, 0 };
		if (account.name.n)
			TRY(mask_name(account.name, h->rq->arena, &person));
		page_set(item, "holder", account.login_name);
		page_set(item, "person", person);
		page_set(item, "method", found->binding.method);
		page_set_time(item, "since", found->binding.since);
		TRY(find_said(txn, h, found->row.id, &said));
	}
	json_object_set_new(item, "confirmed", json_boolean(said.confirmed && !said.disputed));
	json_object_set_new(item, "disputed", json_boolean(said.disputed));
	json_object_set_new(item, "open", json_boolean(bound && !said.disputed));
	return 0;
}

static int take_row(const void *record, void *arg)
{
	struct held *h = arg;

	h->more = h->n == PAGE_SIZE;
	if (h->more)
		return TXN_STOP;
	h->list[h->n++] = *(const struct legacy *)record;
	return 0;
}

static int load(struct txn *txn, void *arg)
{
	struct held *h = arg;
	struct unit_actor actor = unit_change_actor(h->rq, h->visitor.facts.account.id);
	struct legacy probe = { .uscc = h->unit->uscc };

	h->n = 0;
	h->more = false;
	json_array_clear(h->rows);
	if (!probe.uscc.n)
		return 0;
	TRY(record_page(txn, &KIND_LEGACY, LEGACY_BY_USCC, &probe, (struct record_from){ .at = h->after }, h->rq->arena, take_row, h));
	for (size_t i = 0; i < h->n; i++) {
		struct legacy_found found = { .row = h->list[i] };

		TRY(legacy_change_state(txn, &actor, &found.row, &h->visitor.facts.account, &found.state, &found.binding));
		TRY(add(txn, h, &found));
	}
	return 0;
}

static int page_url(struct held *h, struct id after, struct span *ret_url)
{
	struct span url;
	char id[37];

	TRY(visit_url(h->rq, &h->interaction, "/unit/legacy", &url));
	*ret_url = url;
	if (!id_is_set(after))
		return 0;
	encode_id(id, after);
	char *text = arena_printf(h->rq->arena, SPAN_FMT "%cafter=%s", SPAN_ARG(url), memchr(url.p, '?', url.n) ? '&' : '?', id);
	if (!text)
		return FAULT_MEMORY;
	*ret_url = span_of(text);
	return 0;
}

static int show(struct held *h)
{
	JSON *data = visit_page(h->rq, &h->interaction, &h->visitor);
	struct span url;
	char after[37];

	h->rows = json_array();
	json_object_set_new(data, "rows", h->rows);
	if (!h->rows)
		return FAULT_MEMORY;
	TRY(store_view(app_of(h->rq)->app->store, load, h));
	page_set(data, "unit_name", h->unit->name);
	page_set(data, "uscc", h->unit->uscc);
	if (unit_state_is_effective(h->unit)) /* else it has no members to go back to */
		page_set_true(data, "has_members");
	if (id_is_set(h->after)) {
		encode_id(after, h->after);
		page_set(data, "after", span_of(after));
		TRY(page_url(h, (struct id){ { 0 } }, &url));
		page_set(data, "first_url", url);
	}
	if (h->more) {
		TRY(page_url(h, h->list[h->n - 1].id, &url));
		page_set(data, "next_url", url);
	}
	if (h->error)
		page_set_error(data, h->error, 0);
	return reply_page(h->rq, page_status(h->error), "unit-legacy", data);
}

/* The row must carry the unit's credit code, or it is as if it did not exist. */
static int find(struct txn *txn, struct held *h, struct legacy_found *ret_found)
{
	struct unit_actor actor = unit_change_actor(h->rq, h->visitor.facts.account.id);
	struct id id;

	if (encode_id_decode(request_param(h->rq, "row"), &id))
		return ERR_NOT_FOUND;
	int result = record_get(txn, &KIND_LEGACY, id, h->rq->arena, &ret_found->row);
	if (result)
		return result == ERR_ABSENT ? ERR_NOT_FOUND : result;
	if (!h->unit->uscc.n || !span_eq(ret_found->row.uscc, h->unit->uscc))
		return ERR_NOT_FOUND;
	return legacy_change_state(txn, &actor, &ret_found->row, &h->visitor.facts.account, &ret_found->state, &ret_found->binding);
}

static int dispute(struct txn *txn, struct held *h, const struct legacy_found *found, struct span reason)
{
	struct request *rq = h->rq;
	const struct account *account = &h->visitor.facts.account;
	struct submission submission = { .id = sys_new_id(rq->now), .owner = account->id, .subject = found->row.id, .form = SPAN(LEGACY_FORM_DISPUTE),
					 .status = SUBMISSION_SUBMITTED, .created_at = rq->now, .changed_at = rq->now };
	struct task_new task = { .kind = TASK_LEGACY, .queue = TASK_QUEUE_PLATFORM, .subject = found->row.id, .account = account->id, .submission = submission.id,
				 .title = h->unit->name };
	struct buf buf = buf_new(rq->arena, 256);
	struct json_writer w = json_writer(&buf);
	struct id id;

	json_open(&w, '{');
	json_member_str(&w, "unit_name", h->unit->name);
	json_member_str(&w, "uscc", h->unit->uscc);
	json_member_str(&w, "reason", reason);
	json_close(&w, '}');
	TRY(buf_done(&buf, &submission.values));
	TRY(record_insert(txn, &KIND_SUBMISSION, &submission));
	return task_open(txn, &task, rq->now, rq->arena, &id);
}

static int keep(struct txn *txn, void *arg)
{
	struct held *h = arg;
	struct unit_actor actor = unit_change_actor(h->rq, h->visitor.facts.account.id);
	bool disputed = span_is(request_param(h->rq, "do"), "dispute");
	struct span reason = span_trim(request_param(h->rq, "reason"));
	struct legacy_proof proof = { .method = "unit", .reason = reason };
	struct visitor now;
	struct legacy_found found;
	struct said said;

	TRY(session_load(txn, h->rq, &now));
	const struct unit *unit = unit_admin_of(&now);
	if (!unit || !id_eq(unit->id, h->unit->id))
		return ERR_FORBIDDEN;
	TRY(find(txn, h, &found));
	if (!id_is_set(found.binding.id) || found.binding.status != BINDING_BOUND)
		return ERR_CONFLICT;
	TRY(find_said(txn, h, found.row.id, &said));
	if (said.disputed || (said.confirmed && !disputed))
		return 0; /* said already: a second click, or somebody who fills the desk */
	if (disputed && (!reason.n || reason.n > 4 * REASON_MAX))
		return ERR_REASON;
	if (disputed)
		TRY(dispute(txn, h, &found, reason));
	TRY(legacy_change_note(txn, &actor, &found.row, &now.facts.account, disputed ? "disputed" : "confirmed", &proof));
	return audit_write(txn, h->rq, &(struct audit_event){ .action = disputed ? "legacy.dispute" : "legacy.confirm", .actor = now.facts.account.id,
							      .subject = unit->uscc, .detail = found.row.legacy_id });
}

/* An administrator who acts for nobody yet chooses first. */
static int could(struct txn *txn, void *arg)
{
	struct held *h = arg;
	bool is_admin;

	TRY(unit_admin_could(txn, h->rq, &h->visitor, &is_admin));
	return is_admin ? 0 : ERR_FORBIDDEN;
}

int endpoint_unit_legacy(struct request *rq)
{
	struct held *h = arena_new_of(rq->arena, struct held);
	struct span url;

	if (!h)
		return FAULT_MEMORY;
	h->rq = rq;
	TRY(visit_open(rq, &h->interaction, &h->visitor));
	if (!h->visitor.has_session)
		return 0;
	h->unit = unit_admin_of(&h->visitor);
	if (!h->unit) {
		TRY(store_view(app_of(rq)->app->store, could, h));
		return reply_redirect(rq, SPAN("/act-for?next=/unit/legacy"));
	}
	if (encode_id_decode(request_param(rq, "after"), &h->after))
		h->after = (struct id){ { 0 } };
	if (rq->method == METHOD_GET)
		return show(h);
	int result = store_update(app_of(rq)->app->store, keep, h);
	if (result == ERR_REASON || result == ERR_CONFLICT) {
		h->error = result;
		return show(h);
	}
	TRY(result);
	TRY(page_url(h, h->after, &url));
	return reply_redirect(rq, url);
}
