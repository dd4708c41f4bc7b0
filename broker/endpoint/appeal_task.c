/* SPDX-License-Identifier: Apache-2.0 */
/*
 * appeal_task - an appeal at the review desk: what was handed in, the accounts that it may mean, and the decision.
 *
 * The reviewer says whose account it is: where several fit, or none does by itself, approving without that is refused. With four eyes the first
 * reviewer's choice is kept, and the second agrees with it or rejects.
 */
#include "broker/base/encode.h"
#include "broker/endpoint/appeal.h"
#include "broker/endpoint/audit.h"
#include "broker/endpoint/credentials.h"
#include "broker/endpoint/files.h"
#include "broker/endpoint/message.h"
#include "broker/endpoint/page.h"
#include "broker/endpoint/unit_index.h"
#include "broker/identity/mask.h"
#include "broker/store/records_review.h"
#include "conf/config.h"

#define CANDIDATES_MAX 8
#define UNITS_MAX 4

bool appeal_is_legal(const struct submission *appeal)
{
	return span_is(appeal->form, "appeal-legal");
}

int appeal_value(const struct submission *appeal, const char *name, struct arena *arena, struct span *ret_value)
{
	JSON *values = NULL;
	int result = json_read_object(appeal->values, &values);

	if (result)
		return result < 0 ? result : FAULT(FAULT_CORRUPT, "values of an appeal");
	struct span value = json_get_span(values, name);
	*ret_value = arena_dup(arena, value); /* @values ends here */
	return !value.n || ret_value->p ? 0 : FAULT_MEMORY;
}

/* ---- whose is it? */

enum reason { BY_ID_NUMBER, BY_UNIT, BY_LOGIN, BY_PHONE };
static const char *const reasons[] = { [BY_ID_NUMBER] = "id_number", [BY_UNIT] = "unit", [BY_LOGIN] = "login", [BY_PHONE] = "phone" };

struct candidates {
	struct arena *arena;
	struct account items[CANDIDATES_MAX];
	enum reason why[CANDIDATES_MAX];
	size_t n;
};

static int namespace_of(const struct submission *appeal)
{
	return appeal_is_legal(appeal) ? NAMESPACE_LEGAL : NAMESPACE_NATURAL;
}

static bool can_return(const struct account *account)
{
	return account->status != ACCOUNT_DISABLED && account->status != ACCOUNT_CLOSED;
}

static void add(struct candidates *list, const struct account *account, enum reason why)
{
	for (size_t i = 0; i < list->n; i++)
		if (id_eq(list->items[i].id, account->id))
			return;
	if (list->n == CANDIDATES_MAX || !can_return(account))
		return;
	list->why[list->n] = why;
	list->items[list->n++] = *account;
}

static int add_found(struct candidates *list, int result, const struct account *account, enum reason why)
{
	if (!result)
		add(list, account, why);
	return result == ERR_ABSENT ? 0 : result;
}

static int take_of_unit(const void *record, void *arg)
{
	const struct account *account = record;

	if (account->namespace_ == NAMESPACE_LEGAL)
		add(arg, account, BY_UNIT);
	return 0;
}

static int add_units(struct txn *txn, const struct submission *appeal, struct candidates *list)
{
	struct unit *units = arena_array(list->arena, struct unit, UNITS_MAX + 1);
	struct unit probe = { 0 };
	struct span name;
	size_t n = 0;
	bool more;

	if (!units)
		return FAULT_MEMORY;
	TRY(appeal_value(appeal, "unit_name", list->arena, &name));
	TRY(appeal_value(appeal, "uscc", list->arena, &probe.uscc));
	if (name.n) {
		int result = unit_index_search(txn, name, UNIT_INDEX_WHOLE, UNITS_MAX, list->arena, units, &n, &more);

		if (result < 0)
			return result;
	}
	if (probe.uscc.n) { /* also units that are not effective yet */
		int result = record_find(txn, &KIND_UNIT, UNIT_BY_USCC, &probe, list->arena, &units[n]);

		if (result && result != ERR_ABSENT)
			return result;
		n += !result;
	}
	for (size_t i = 0; i < n; i++) {
		struct account account = { .unit = units[i].id };

		TRY(record_each(txn, &KIND_ACCOUNT, ACCOUNT_BY_UNIT, &account, list->arena, take_of_unit, list));
	}
	return 0;
}

static int find_candidates(struct txn *txn, struct request *rq, const struct submission *appeal, struct candidates *list)
{
	int namespace_ = namespace_of(appeal);
	struct account found, probe = { .namespace_ = namespace_ };
	struct span login;

	*list = (struct candidates){ .arena = rq->arena };
	if (namespace_ == NAMESPACE_LEGAL) {
		TRY(add_units(txn, appeal, list));
	} else {
		TRY(appeal_value(appeal, "contact_id_number", rq->arena, &probe.id_number));
		if (probe.id_number.n)
			TRY(add_found(list, record_find(txn, &KIND_ACCOUNT, ACCOUNT_BY_ID_NUMBER, &probe, rq->arena, &found), &found, BY_ID_NUMBER));
	}
	TRY(appeal_value(appeal, "known_login", rq->arena, &login));
	if (login.n)
		TRY(add_found(list, credentials_find(txn, rq, namespace_, login, &found), &found, BY_LOGIN));
	TRY(appeal_value(appeal, "contact_phone", rq->arena, &probe.phone));
	if (probe.phone.n)
		TRY(add_found(list, record_find(txn, &KIND_ACCOUNT, ACCOUNT_BY_PHONE, &probe, rq->arena, &found), &found, BY_PHONE));
	return 0;
}

/* ---- shown */

static int masked(struct task_page *page, struct span value, int (*mask)(struct span, struct arena *, struct span *), struct span *ret_shown)
{
	*ret_shown = value;
	if (page->reveal || !value.n)
		return 0;
	page->is_masked = true;
	return mask(value, page->rq->arena, ret_shown);
}

/* Every member in each: what is absent would be looked for further out. */
static int add_account(struct task_page *page, json_t *list, const struct account *account, enum reason why, bool is_chosen)
{
	json_t *item = json_pack("{s:s,s:s,s:s,s:s,s:b,s:b}", "account_login", "–", "account_person", "–", "account_phone", "–", "account_why", reasons[why],
				 "account_chosen", is_chosen, "account_verified", account->realname_status == REALNAME_VERIFIED);
	struct span name, phone;
	char id[37];

	if (!item || json_array_append_new(list, item))
		return FAULT_MEMORY;
	encode_id(id, account->id);
	page_set(item, "account_id", span_of(id));
	page_set(item, "account_login", account->login_name);
	TRY(masked(page, account->name, mask_name, &name));
	TRY(masked(page, account->phone, mask_phone, &phone));
	page_set(item, "account_person", name);
	page_set(item, "account_phone", phone);
	return 0;
}

static int load_appeal(struct txn *txn, struct arena *arena, const struct task *task, struct submission *ret_appeal)
{
	int result = record_get(txn, &KIND_SUBMISSION, task->submission, arena, ret_appeal);

	return result == ERR_ABSENT ? ERR_CONFLICT : result;
}

int appeal_show(struct txn *txn, struct request *rq, const struct task *task, struct task_page *page)
{
	struct candidates *list = arena_new_of(rq->arena, struct candidates);
	struct submission appeal;
	json_t *accounts = json_array();
	bool listed = false;

	json_object_set_new(page->data, "appeal_accounts", accounts);
	if (!list || !accounts)
		return FAULT_MEMORY;
	TRY(task_page_default(txn, rq, task, page));
	int found = load_appeal(txn, rq->arena, task, &appeal);
	if (found)
		return found == ERR_CONFLICT ? 0 : found;
	TRY(find_candidates(txn, rq, &appeal, list));
	for (size_t i = 0; i < list->n; i++) {
		bool is_chosen = id_is_set(appeal.subject) ? id_eq(appeal.subject, list->items[i].id) : list->n == 1;

		listed = listed || is_chosen;
		TRY(add_account(page, accounts, &list->items[i], list->why[i], is_chosen));
		if (list->why[i] == BY_PHONE && list->n > 1)
			page_set_true(page->data, "appeal_phone_taken");
	}
	if (id_is_set(appeal.subject) && !listed) { /* named by hand */
		struct account chosen;
		int result = record_get(txn, &KIND_ACCOUNT, appeal.subject, rq->arena, &chosen);

		if (!result)
			TRY(add_account(page, accounts, &chosen, BY_LOGIN, true));
		else if (result != ERR_ABSENT)
			return result;
	}
	page_set_true(page->data, "appeal");
	page_set(page->data, "appeal_receipt", appeal.receipt);
	json_object_set_new(page->data, "appeal_use_phone", json_boolean(!id_is_set(appeal.subject) || appeal.use_phone));
	return 0;
}

/* ---- decided */

/* ERR_FIELD_EMPTY: nobody said whose; ERR_ABSENT: there is no such account. */
static int choose(struct txn *txn, struct request *rq, const struct submission *appeal, struct account *ret_account)
{
	struct candidates *list = arena_new_of(rq->arena, struct candidates);
	struct span login = span_trim(request_param(rq, "account_login")), text = request_param(rq, "account");
	struct id id;

	if (!list)
		return FAULT_MEMORY;
	if (login.n) {
		TRY(credentials_find(txn, rq, namespace_of(appeal), login, ret_account));
	} else if (text.n) {
		if (encode_id_decode(text, &id))
			return ERR_ABSENT;
		TRY(record_get(txn, &KIND_ACCOUNT, id, rq->arena, ret_account));
	} else {
		TRY(find_candidates(txn, rq, appeal, list));
		if (list->n != 1)
			return ERR_FIELD_EMPTY;
		*ret_account = list->items[0];
	}
	return ret_account->namespace_ == namespace_of(appeal) && can_return(ret_account) ? 0 : ERR_ABSENT;
}

static bool takes_phone(const struct request *rq)
{
	return span_is(request_param(rq, "use_phone"), "yes");
}

/* The first of two: what the second has to agree with. */
int appeal_agreed(struct txn *txn, struct request *rq, const struct task *task)
{
	struct submission appeal;
	struct account account;

	TRY(load_appeal(txn, rq->arena, task, &appeal));
	TRY(choose(txn, rq, &appeal, &account));
	appeal.subject = account.id;
	appeal.use_phone = takes_phone(rq);
	return record_put(txn, &KIND_SUBMISSION, &appeal);
}

static int approve(struct txn *txn, struct request *rq, const struct task *task, struct submission *appeal)
{
	struct account account;
	char id[37];

	TRY(choose(txn, rq, appeal, &account));
	if (id_is_set(task->first_by) && (!id_eq(appeal->subject, account.id) || appeal->use_phone != takes_phone(rq)))
		return ERR_CONFLICT;
	appeal->subject = account.id;
	appeal->use_phone = takes_phone(rq);
	encode_id(id, account.id);
	return audit_write(txn, rq, &(struct audit_event){ .action = "appeal.approve", .actor = task->decided_by, .subject = span_of(id), .detail = appeal->receipt });
}

int appeal_decided(struct txn *txn, struct request *rq, const struct task *task, bool approved, struct span reason)
{
	struct submission appeal;

	TRY(load_appeal(txn, rq->arena, task, &appeal));
	if (appeal.status != SUBMISSION_SUBMITTED)
		return ERR_CONFLICT;
	if (approved)
		TRY(approve(txn, rq, task, &appeal));
	appeal.status = approved ? SUBMISSION_ACCEPTED : SUBMISSION_REJECTED;
	appeal.reason = reason;
	appeal.changed_at = rq->now;
	TRY(files_keep_until(txn, rq->arena, appeal.id, instant_add(rq->now, app_of(rq)->config->files.rejected_life)));
	return record_put(txn, &KIND_SUBMISSION, &appeal);
}

/* ---- told */

struct telling {
	struct request *rq;
	struct id id;
	struct submission appeal;
	struct span phone;
};

static int load_telling(struct txn *txn, void *arg)
{
	struct telling *t = arg;

	TRY(record_get(txn, &KIND_SUBMISSION, t->id, t->rq->arena, &t->appeal));
	return appeal_value(&t->appeal, "contact_phone", t->rq->arena, &t->phone);
}

/* Whoever appealed cannot log in and has nobody to ask but this message. */
int appeal_settled(struct request *rq, const struct task *task)
{
	const struct config *config = app_of(rq)->config;
	struct telling t = { .rq = rq, .id = task->submission };
	char key[37];

	if (task->status == TASK_APPROVED)
		return appeal_send_link(rq, task->submission);
	TRY(store_view(app_of(rq)->app->store, load_telling, &t));
	char *text = config->language == CONFIG_EN ?
			     arena_printf(rq->arena, "Your appeal " SPAN_FMT " was turned down. Ask for its state on the platform for the reason; you can appeal again.",
					  SPAN_ARG(t.appeal.receipt)) :
			     arena_printf(rq->arena, "您的申诉（编号" SPAN_FMT "）未通过，原因请在平台“申诉进度查询”中查看，您可以重新提交申诉。", SPAN_ARG(t.appeal.receipt));
	encode_id(key, task->id);
	return text ? message_notify_later(rq, t.phone, SPAN("appeal-rejected"), span_of(text), span_of(key)) : FAULT_MEMORY;
}
