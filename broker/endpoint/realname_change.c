/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/realname_change.h"

#include "broker/base/encode.h"
#include "broker/base/hours.h"
#include "broker/base/json.h"
#include "broker/endpoint/audit.h"
#include "broker/endpoint/event.h"
#include "broker/endpoint/legacy_owner.h"
#include "broker/endpoint/task.h"
#include "broker/endpoint/throttle.h"
#include "broker/identity/acr.h"
#include "broker/identity/date.h"
#include "conf/config.h"

#define SESSIONS_MAX 64
#define NUMBER_TRIES_DAY 20 /* about one document, whoever asks: names are not to be guessed */

static int note(struct txn *txn, const struct unit_actor *actor, const char *action, const struct account *account, struct span detail)
{
	char subject[37];

	encode_id(subject, account->id);
	struct audit_event event = { .action = action, .actor = actor->rq ? actor->account : account->id, .subject = span_of(subject), .detail = detail };
	return actor->rq ? audit_write(txn, actor->rq, &event) : audit_write_operator(txn, actor->now, &event);
}

static int move(struct account *account, enum realname_event event, const char *reason)
{
	TRY(realname_next(account->realname_status, event, &account->realname_status));
	account->realname_reason = span_of(reason);
	account->realname_retry_at = (struct instant){ 0 };
	return 0;
}

int realname_change_due(struct txn *txn, const struct account *account, enum realname_due_what what, struct instant when, int64_t attempt)
{
	struct realname_due due = { .id = record_expiring_id(when), .account = account->id, .what = what, .attempt = attempt, .since = account->realname_at };

	return record_insert(txn, &KIND_REALNAME_DUE, &due);
}

/* ---- claimed */

static int count_try(struct txn *txn, const struct unit_actor *actor, const struct account *account, struct span values)
{
	const struct throttle of_account = { "realname.day", MS_DAY, actor->config->realname.tries_day };
	const struct throttle of_number = { "realname.number", MS_DAY, NUMBER_TRIES_DAY };
	JSON *json = NULL;

	TRY(throttle_add(txn, &of_account, (struct span){ (const char *)account->id.b, sizeof account->id.b }, actor->now));
	if (json_read_object(values, &json))
		return FAULT(FAULT_BUG, "a claim that is no object");
	struct span number = json_get_span(json, account->namespace_ == NAMESPACE_LEGAL ? "uscc" : "id_number");
	return number.n ? throttle_add(txn, &of_number, number, actor->now) : 0;
}

static struct instant overdue(const struct unit_actor *actor)
{
	/* by then whoever was to ask has asked, or died */
	return instant_add(actor->now, actor->config->http.request_timeout + MS_MINUTE);
}

int realname_change_submit(struct txn *txn, const struct unit_actor *actor, struct account *account, struct span values)
{
	bool was_reviewed = account->realname_status == REALNAME_MANUAL_PENDING;
	bool first = account->realname_status == REALNAME_NONE || account->realname_status == REALNAME_EXPIRED;

	if (!actor->config->realname.verifiers.n && !actor->config->realname.manual)
		return ERR_CLOSED;
	TRY(count_try(txn, actor, account, values));
	if (account->realname_status == REALNAME_VERIFIED) {
		TRY(realname_change_edited(txn, actor, account));
		first = true;
	}
	if (was_reviewed)
		TRY(task_withdraw(txn, TASK_REALNAME, account->id, actor->now, actor->arena));
	TRY(move(account, first ? REALNAME_ON_SUBMIT : REALNAME_ON_EDIT, ""));
	account->realname_retry_at = overdue(actor);
	TRY(realname_claim_put(txn, actor, account, values, was_reviewed));
	TRY(realname_change_due(txn, account, REALNAME_DUE_CHECK, account->realname_retry_at, 1));
	TRY(record_put(txn, &KIND_ACCOUNT, account));
	return note(txn, actor, "realname.submit", account, SPAN(""));
}

/* ---- verified */

struct session_list {
	struct session items[SESSIONS_MAX];
	size_t n;
};

static int take_session(const void *record, void *arg)
{
	struct session_list *list = arg;

	list->items[list->n++] = *(const struct session *)record;
	return list->n < SESSIONS_MAX ? 0 : TXN_STOP;
}

/* A level that was raised holds for those who are logged in; one that lapsed does not, unless the way in itself had proved it. */
static int tell_sessions(struct txn *txn, const struct unit_actor *actor, const struct account *account)
{
	struct session_list *list = arena_new_of(actor->arena, struct session_list);
	struct session probe = { .account = account->id };
	bool verified = account->realname_status == REALNAME_VERIFIED;

	if (!list)
		return FAULT_MEMORY;
	TRY(record_each(txn, &KIND_SESSION, SESSION_BY_ACCOUNT, &probe, actor->arena, take_session, list));
	for (size_t i = 0; i < list->n; i++) {
		struct session *session = &list->items[i];
		int64_t acr = session->acr;

		if (verified && account->realname_level > acr)
			acr = account->realname_level;
		else if (!verified && !span_starts(session->method, SPAN("provider:")))
			acr = ACR_PHONE;
		if (acr == session->acr)
			continue;
		session->acr = acr;
		TRY(record_put(txn, &KIND_SESSION, session));
	}
	return 0;
}

/* The moment after the last day of validity, in China; unset: unlimited or not told. */
static struct instant end_of_validity(const struct account *account)
{
	struct span text = account->id_valid_to;
	char digits[8];
	struct date date;

	if (text.n != 10)
		return (struct instant){ 0 };
	memcpy(digits, text.p, 4);
	memcpy(digits + 4, text.p + 5, 2);
	memcpy(digits + 6, text.p + 8, 2);
	if (!date_parse((struct span){ digits, 8 }, &date))
		return (struct instant){ 0 };
	return (struct instant){ (date_days(date) + 1) * MS_DAY - CHINA_MS };
}

/* The claim becomes the account's. ERR_ID_NUMBER_TAKEN, ERR_UNIT_TAKEN: somebody else was verified with it, and nothing was written. */
static int verified(struct txn *txn, const struct unit_actor *actor, struct account *account, struct submission *claim, enum realname_event event,
		    int64_t level, struct span method, struct span network_id)
{
	bool legal = account->namespace_ == NAMESPACE_LEGAL;
	struct account before = *account;

	TRY(move(account, event, ""));
	account->realname_level = level;
	account->realname_method = method;
	account->realname_at = actor->now;
	int result = realname_claim_take(txn, actor, claim, network_id, account);
	if (!result)
		result = record_put(txn, &KIND_ACCOUNT, account);
	if (result) {
		*account = before;
		return result == ERR_CONFLICT ? ERR_ID_NUMBER_TAKEN : result;
	}
	TRY(realname_claim_scrub(claim, actor->arena));
	TRY(realname_claim_set(txn, claim, SUBMISSION_ACCEPTED, SPAN("")));
	if (instant_is_set(end_of_validity(account)))
		TRY(realname_change_due(txn, account, REALNAME_DUE_EXPIRE, end_of_validity(account), 1));
	if (legal) /* E2: what is suggested to the unit's account is proved */
		TRY(legacy_change_proved(txn, actor, account, &(struct legacy_proof){ .method = "unit", .level = level }));
	TRY(legal ? unit_change_verified(txn, actor, account->unit) : unit_change_account_verified(txn, actor, account->id));
	TRY(legacy_owner_verified(txn, actor, account));
	TRY(tell_sessions(txn, actor, account));
	return event_write_account(txn, actor->config, actor->now, actor->arena, CONFIG_EVENT_REALNAME_VERIFIED, account);
}

static int note_verified(struct txn *txn, const struct unit_actor *actor, const struct account *account, const char *action, struct span evidence)
{
	char *detail = arena_printf(actor->arena, SPAN_FMT " level %lld" "%s" SPAN_FMT, SPAN_ARG(account->realname_method),
				    (long long)account->realname_level, evidence.n ? " " : "", SPAN_ARG(evidence));

	return detail ? note(txn, actor, action, account, span_of(detail)) : FAULT_MEMORY;
}

static const char *taken_reason(int result)
{
	return result == ERR_ID_NUMBER_TAKEN ? REALNAME_REASON_TAKEN : result == ERR_UNIT_TAKEN ? REALNAME_REASON_UNIT_TAKEN : NULL;
}

/* ---- settled */

static int failed(struct txn *txn, const struct unit_actor *actor, struct account *account, struct submission *claim, const char *reason)
{
	TRY(move(account, REALNAME_ON_MISMATCH, reason));
	account->realname_failures++;
	TRY(record_put(txn, &KIND_ACCOUNT, account));
	TRY(realname_claim_scrub(claim, actor->arena));
	TRY(realname_claim_set(txn, claim, SUBMISSION_DRAFT, SPAN("")));
	return note(txn, actor, "realname.failed", account, span_of(reason));
}

static int deferred(struct txn *txn, const struct unit_actor *actor, struct account *account, int64_t attempt, struct instant retry_at, bool closed)
{
	const char *reason = closed ? REALNAME_REASON_WINDOW : REALNAME_REASON_UNAVAILABLE;

	TRY(move(account, REALNAME_ON_UNAVAILABLE, reason));
	account->realname_retry_at = retry_at;
	TRY(realname_change_due(txn, account, REALNAME_DUE_CHECK, retry_at, attempt + 1));
	TRY(record_put(txn, &KIND_ACCOUNT, account));
	return attempt == 1 ? note(txn, actor, "realname.deferred", account, span_of(reason)) : 0; /* not once an hour */
}

static int settle(struct txn *txn, const struct unit_actor *actor, struct account *account, struct submission *claim, int64_t attempt,
		  const struct verify_answer *answer, struct instant retry_at, bool closed)
{
	int result;

	switch (answer->outcome) {
	case VERIFY_MATCH:
		result = verified(txn, actor, account, claim, REALNAME_ON_MATCH, answer->level, answer->method.n ? answer->method : SPAN("verifier"),
				  answer->pseudonym);
		if (taken_reason(result))
			return failed(txn, actor, account, claim, taken_reason(result));
		TRY(result);
		return note_verified(txn, actor, account, "realname.verified", answer->evidence);
	case VERIFY_MISMATCH:
		return failed(txn, actor, account, claim, REALNAME_REASON_MISMATCH);
	case VERIFY_UNAVAILABLE:
		return deferred(txn, actor, account, attempt, retry_at, closed);
	case VERIFY_NOT_CHECKABLE:
		break;
	}
	if (!actor->config->realname.manual)
		return failed(txn, actor, account, claim, REALNAME_REASON_NOT_CHECKABLE);
	/* Waits for documents; there is nothing for a reviewer to see yet. */
	TRY(move(account, REALNAME_ON_NOT_CHECKABLE, REALNAME_REASON_NOT_CHECKABLE));
	TRY(record_put(txn, &KIND_ACCOUNT, account));
	return note(txn, actor, "realname.not_checkable", account, SPAN(""));
}

int realname_change_settle(struct txn *txn, const struct unit_actor *actor, const struct realname_asked *asked, const struct verify_answer *answer,
			   struct instant retry_at, bool closed, int *ret_status)
{
	struct account account;
	struct submission claim;

	TRY(record_get(txn, &KIND_ACCOUNT, asked->account, actor->arena, &account));
	int result = realname_claim_newest(txn, &account, actor->arena, &claim);
	if (result && result != ERR_ABSENT)
		return result;
	if (!result && account.realname_status == REALNAME_CHECKING && id_eq(claim.id, asked->claim) && claim.changed_at.ms == asked->changed_at.ms)
		TRY(settle(txn, actor, &account, &claim, asked->attempt, answer, retry_at, closed));
	*ret_status = account.realname_status;
	return 0;
}

/* ---- reviewed */

bool realname_change_may_review(const struct config *config, const struct account *account)
{
	if (!config->realname.manual)
		return false;
	return account->realname_status == REALNAME_FAILED ||
	       (account->realname_status == REALNAME_MANUAL_PENDING && span_is(account->realname_reason, REALNAME_REASON_NOT_CHECKABLE));
}

int realname_change_review(struct txn *txn, const struct unit_actor *actor, struct account *account, const struct submission *claim)
{
	JSON *json = NULL;
	struct id task;

	if (json_read_object(claim->values, &json))
		return FAULT(FAULT_CORRUPT, "a claim that is no object");
	struct task_new new = { .kind = TASK_REALNAME, .queue = TASK_QUEUE_PLATFORM, .subject = account->id, .account = account->id, .submission = claim->id,
				.title = json_get_span(json, account->namespace_ == NAMESPACE_LEGAL ? "unit_name" : "name"),
				.note = account->realname_reason };
	if (!realname_change_may_review(actor->config, account))
		return ERR_CONFLICT;
	TRY(move(account, REALNAME_ON_UPLOAD, ""));
	TRY(record_put(txn, &KIND_ACCOUNT, account));
	struct submission waiting = *claim;
	waiting.changed_at = actor->now;
	TRY(realname_claim_set(txn, &waiting, SUBMISSION_SUBMITTED, SPAN("")));
	TRY(task_open(txn, &new, actor->now, actor->arena, &task));
	return note(txn, actor, "realname.review", account, SPAN(""));
}

static int load_reviewed(struct txn *txn, const struct unit_actor *actor, struct id id, struct id claim_id, struct account *ret_account,
			 struct submission *ret_claim)
{
	TRY(record_get(txn, &KIND_ACCOUNT, id, actor->arena, ret_account));
	TRY(realname_claim_newest(txn, ret_account, actor->arena, ret_claim));
	return id_eq(ret_claim->id, claim_id) && ret_account->realname_status == REALNAME_MANUAL_PENDING ? 0 : ERR_CONFLICT;
}

int realname_change_approve(struct txn *txn, const struct unit_actor *actor, struct id id, struct id claim_id)
{
	struct account account;
	struct submission claim;

	TRY(load_reviewed(txn, actor, id, claim_id, &account, &claim));
	TRY(verified(txn, actor, &account, &claim, REALNAME_ON_APPROVE, actor->config->realname.level, SPAN("manual"), SPAN("")));
	return note_verified(txn, actor, &account, "realname.approve", SPAN(""));
}

int realname_change_reject(struct txn *txn, const struct unit_actor *actor, struct id id, struct id claim_id, struct span reason)
{
	struct account account;
	struct submission claim;

	TRY(load_reviewed(txn, actor, id, claim_id, &account, &claim));
	TRY(move(&account, REALNAME_ON_REJECT, REALNAME_REASON_REJECTED));
	account.realname_failures++;
	TRY(record_put(txn, &KIND_ACCOUNT, &account));
	TRY(realname_claim_set(txn, &claim, SUBMISSION_REJECTED, reason));
	TRY(realname_claim_take_back(txn, actor, &account, claim.id)); /* who replaces what was wrong with them */
	return note(txn, actor, "realname.reject", &account, SPAN(""));
}

/* ---- lapsed, vouched for */

int realname_change_edited(struct txn *txn, const struct unit_actor *actor, struct account *account)
{
	if (account->realname_status != REALNAME_VERIFIED && account->realname_status != REALNAME_EXPIRED)
		return 0;
	TRY(move(account, REALNAME_ON_EDIT, ""));
	account->realname_level = 0;
	account->realname_method = account->id_number = (struct span){ NULL, 0 };
	account->realname_at = (struct instant){ 0 };
	TRY(tell_sessions(txn, actor, account));
	return note(txn, actor, "realname.edited", account, SPAN(""));
}

int realname_change_vouched(struct txn *txn, const struct unit_actor *actor, struct account *account, int64_t level, struct span method)
{
	account->realname_status = REALNAME_VERIFIED;
	account->realname_level = level;
	account->realname_method = method;
	account->realname_at = actor->now;
	account->realname_reason = (struct span){ NULL, 0 };
	account->realname_retry_at = (struct instant){ 0 };
	TRY(record_put(txn, &KIND_ACCOUNT, account));
	TRY(task_withdraw(txn, TASK_REALNAME, account->id, actor->now, actor->arena));
	if (account->namespace_ == NAMESPACE_LEGAL) /* E2 */
		TRY(legacy_change_proved(txn, actor, account, &(struct legacy_proof){ .method = "unit", .level = level }));
	TRY(account->namespace_ == NAMESPACE_LEGAL ? unit_change_verified(txn, actor, account->unit) :
						     unit_change_account_verified(txn, actor, account->id));
	TRY(legacy_owner_verified(txn, actor, account));
	TRY(tell_sessions(txn, actor, account));
	TRY(event_write_account(txn, actor->config, actor->now, actor->arena, CONFIG_EVENT_REALNAME_VERIFIED, account));
	return note_verified(txn, actor, account, "realname.vouched", SPAN(""));
}

int realname_change_expire(struct txn *txn, const struct unit_actor *actor, struct account *account)
{
	TRY(move(account, REALNAME_ON_EXPIRE, ""));
	TRY(record_put(txn, &KIND_ACCOUNT, account));
	TRY(tell_sessions(txn, actor, account));
	return note(txn, actor, "realname.expired", account, SPAN(""));
}
