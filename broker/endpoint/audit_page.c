/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit_page - /audit: the audit administrator reads who did what, newest first, and has the chain verified. Reading is in the records, too.
 *
 * A filter looks at a bounded number of records and says where it stopped, so that a page costs the same in a store of any size.
 */
#include "broker/base/encode.h"
#include "broker/base/hours.h"
#include "broker/endpoint/audit.h"
#include "broker/endpoint/desk.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/page.h"
#include "broker/http/reply.h"
#include "broker/identity/date.h"
#include "broker/store/records_system.h"

#define PAGE 50
#define LOOKED_AT_MAX 5000

struct audit_page {
	struct desk desk;
	struct span actor, subject, action;
	struct id before;
	json_t *records;
	struct txn *txn;
	size_t looked_at;
	struct id last; /* looked at; zero: the end was reached */
	struct arena *arena;
};

static int enter(struct txn *txn, struct audit_page *page)
{
	TRY(desk_load(txn, &page->desk));
	page->txn = txn;
	return task_rule_has_role(&page->desk.person.rule, STAFF_AUDIT) ? 0 : ERR_FORBIDDEN;
}

static bool fits(const struct audit_page *page, const struct audit *audit)
{
	return (!page->actor.n || span_eq(audit->actor, page->actor)) && (!page->subject.n || span_eq(audit->subject, page->subject)) &&
	       (!page->action.n || span_starts(audit->action, page->action));
}

static json_t *text(struct span s)
{
	return s.n ? json_stringn(s.p, s.n) : json_string("");
}

static int add(const void *record, void *arg)
{
	const struct audit *audit = record;
	struct audit_page *page = arg;
	struct id id;

	page->looked_at++;
	page->last = audit->id;
	if (fits(page, audit)) {
		json_t *row = json_object();

		page_set_time(row, "at", audit->at);
		json_object_set_new(row, "act", text(audit->action));
		json_object_set_new(row, "refused", text(span_is(audit->result, "ok") ? (struct span){ NULL, 0 } : audit->result));
		json_object_set_new(row, "who", text(audit->actor));
		json_object_set_new(row, "subject", text(audit->subject));
		json_object_set_new(row, "detail", text(audit->detail));
		json_object_set_new(row, "address", text(audit->address));
		json_object_set_new(row, "reference", text(audit->reference));
		if (!encode_id_decode(audit->actor, &id))
			TRY(desk_set_account(page->txn, page->desk.rq, row, "who", id));
		if (json_array_append_new(page->records, row))
			return FAULT_MEMORY;
	}
	if (json_array_size(page->records) == PAGE || page->looked_at == LOOKED_AT_MAX)
		return TXN_STOP;
	arena_reset(page->arena);
	return 0;
}

static int load(struct txn *txn, void *arg)
{
	struct audit_page *page = arg;

	TRY(enter(txn, page));
	TRY(record_page(txn, &KIND_AUDIT, 0, NULL, (struct record_from){ page->before, true }, page->arena, add, page));
	if (json_array_size(page->records) < PAGE && page->looked_at < LOOKED_AT_MAX)
		page->last = (struct id){ { 0 } };
	return 0;
}

/* The end of a day in China as an id that stands before every later one: ids are time-ordered. */
static void before_day(struct span day, struct id *ret_before)
{
	char digits[9];
	struct date date;
	size_t n = 0;

	for (size_t i = 0; i < day.n && n < 8; i++)
		if (day.p[i] != '-')
			digits[n++] = day.p[i];
	if (n != 8 || !date_parse((struct span){ digits, 8 }, &date))
		return;
	int64_t ms = (date_days(date) + 1) * MS_DAY - CHINA_MS;
	*ret_before = (struct id){ { 0 } };
	for (int i = 0; i < 6; i++)
		ret_before->b[i] = (unsigned char)((uint64_t)ms >> (40 - 8 * i));
}

/* Accounts are named as people know them: an id stays one. */
static int show(struct audit_page *page, int verified, const struct store_audit *chain)
{
	struct request *rq = page->desk.rq;
	JSON *data = json_object(), *records = json_array();
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(256 * 1024);

	if (!arena)
		return FAULT_MEMORY;
	page->arena = arena;
	page->records = records;
	int result = store_view(app_of(rq)->app->store, load, page);
	if (result)
		return desk_answer(rq, result, rq->path);
	TRY(session_touch(rq, &page->desk.visitor));
	desk_add(&page->desk, data);
	page_set(data, "action", rq->path);
	json_object_set(data, "records", records);
	page_set_value(data, "actor", page->actor);
	page_set_value(data, "subject", page->subject);
	page_set_value(data, "action", page->action);
	page_set_value(data, "day", request_param(rq, "day"));
	if (chain && !verified) {
		page_set_int(data, "count", (int64_t)chain->records);
		page_set_true(data, "verified");
	} else if (verified) {
		page_set_true(data, "broken");
	}
	if (id_is_set(page->last)) {
		char last[37];
		struct span url;

		encode_id(last, page->last);
		struct form_pair pairs[] = { { SPAN("actor"), page->actor }, { SPAN("subject"), page->subject }, { SPAN("action"), page->action },
					     { SPAN("before"), span_of(last) } };
		TRY(desk_query(rq, "/audit", pairs, ARRAY_LEN(pairs), &url));
		page_set(data, "next_url", url);
	}
	return reply_page(rq, 200, "audit", data);
}

/* Who reads the records is in them. */
static int note(struct txn *txn, void *arg)
{
	struct audit_page *page = arg;

	TRY(enter(txn, page));
	return audit_write(txn, page->desk.rq, &(struct audit_event){ .action = page->desk.rq->method == METHOD_GET ? "audit.read" : "audit.verify",
								      .actor = page->desk.person.rule.account, .detail = page->action });
}

/* Verifying walks the whole chain: on a pool where it keeps nobody from logging in. */
enum work_class endpoint_audit_work(const struct request *rq)
{
	return rq->method == METHOD_POST ? WORK_UPSTREAM : WORK_COMMIT;
}

int endpoint_audit(struct request *rq)
{
	struct audit_page *page = arena_new_of(rq->arena, struct audit_page);
	struct store_audit chain;

	if (!page)
		return FAULT_MEMORY;
	page->desk.rq = rq;
	page->actor = span_trim(request_param(rq, "actor"));
	page->subject = span_trim(request_param(rq, "subject"));
	page->action = span_trim(request_param(rq, "action"));
	before_day(request_param(rq, "day"), &page->before);
	if (encode_id_decode(request_param(rq, "before"), &page->before) && request_param(rq, "before").n)
		return ERR_INVALID_REQUEST;
	int result = store_update(app_of(rq)->app->store, note, page);
	if (result)
		return desk_answer(rq, result, rq->path);
	if (rq->method == METHOD_GET)
		return show(page, 0, NULL);
	result = store_audit_verify(app_of(rq)->app->store, &chain);
	return result < 0 ? result : show(page, result, &chain);
}
