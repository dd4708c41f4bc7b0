/* SPDX-License-Identifier: Apache-2.0 */
/*
 * appeal_state - how does my appeal stand? The receipt's number, the contact's phone, a captcha; the answer is the state and what the reviewer
 * wrote, nothing personal. Who lost the link has it sent again, to the same phone.
 */
#include "broker/endpoint/appeal.h"
#include "broker/endpoint/captcha_check.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/page.h"
#include "broker/endpoint/recover.h"
#include "broker/http/reply.h"
#include "broker/identity/normal.h"
#include "broker/store/records_review.h"

#define RESENDS_A_DAY 3

struct asking {
	struct request *rq;
	struct interaction interaction;
	struct visitor visitor;
	struct submission appeal;
	struct span receipt, phone;
	struct id captcha;
	bool is_known, resent;
	unsigned wait;
};

static const char *const states[] = { [APPEAL_SUBMITTED] = "submitted", [APPEAL_APPROVED] = "approved", [APPEAL_USED] = "used", [APPEAL_EXPIRED] = "expired",
				      [APPEAL_REJECTED] = "rejected" };

static int page(struct asking *q, int error, const char *field)
{
	struct request *rq = q->rq;
	JSON *data = page_new(rq, &q->interaction);
	struct span url;

	if (!data)
		return FAULT_MEMORY;
	TRY(recover_lang(rq, &q->interaction, SPAN(""), data));
	TRY(interaction_url(rq, "/recover", &q->interaction, &url));
	page_set(data, "back_url", url);
	if (error) {
		page_set_error(data, error, q->wait);
		if (field)
			page_set_field_error(data, field, error);
	}
	if (q->is_known) {
		enum appeal_state state = appeal_state_of(rq, &q->appeal);

		page_set(data, "state", span_of(states[state]));
		page_set(data, "receipt", q->appeal.receipt);
		if (state == APPEAL_REJECTED)
			page_set(data, "reason", q->appeal.reason);
		if (state == APPEAL_APPROVED && !q->resent)
			page_set_true(data, "can_resend");
		if (q->resent)
			page_set_true(data, "resent");
		if (state == APPEAL_REJECTED || state == APPEAL_EXPIRED) /* a new interaction: this one may hold another appeal */
			page_set(data, "again_url", appeal_is_legal(&q->appeal) ? SPAN("/appeal/legal") : SPAN("/appeal/natural"));
	} else {
		page_set_value(data, "receipt", span_trim(request_param(rq, "receipt")));
		page_set_value(data, "phone", span_trim(request_param(rq, "phone")));
		TRY(captcha_check_show(rq, &q->interaction, data));
	}
	return reply_page(rq, page_status(error), "appeal-state", data);
}

/* ---- asked */

static int fits(struct txn *txn, struct asking *q)
{
	struct submission probe = { .receipt = q->receipt };
	struct span phone;

	if (!q->receipt.n || !q->phone.n)
		return 0;
	int result = record_find(txn, &KIND_SUBMISSION, SUBMISSION_BY_RECEIPT, &probe, q->rq->arena, &q->appeal);
	if (result)
		return result == ERR_ABSENT ? 0 : result;
	TRY(appeal_value(&q->appeal, "contact_phone", q->rq->arena, &phone));
	q->is_known = secret_eq(phone, q->phone);
	return 0;
}

static int ask(struct txn *txn, void *arg)
{
	struct asking *q = arg;

	q->is_known = false;
	TRY(interaction_load(txn, q->rq, &q->interaction));
	TRY(captcha_check_use(txn, q->captcha));
	TRY(recover_count(txn, q->rq, SPAN("appeal"), q->receipt, &q->wait));
	TRY(fits(txn, q));
	if (!q->is_known)
		return 0;
	q->interaction.stage = APPEAL_KNOWN;
	q->interaction.subject = q->appeal.id;
	q->interaction.draft = SPAN("");
	return record_put(txn, &KIND_INTERACTION, &q->interaction);
}

static int answer(struct asking *q)
{
	struct request *rq = q->rq;
	struct span phone = span_trim(request_param(rq, "phone"));

	q->receipt = span_trim(request_param(rq, "receipt"));
	if (!q->receipt.n)
		return page(q, ERR_FIELD_EMPTY, "receipt");
	if (!phone.n)
		return page(q, ERR_FIELD_EMPTY, "phone");
	if (!request_param(rq, "captcha").n)
		return page(q, ERR_FIELD_EMPTY, "captcha");
	int result = normal_number(q->receipt, rq->arena, &q->receipt);
	if (result > 0)
		q->receipt = SPAN("");
	else if (result)
		return result;
	result = normal_phone(phone, rq->arena, &q->phone);
	if (result)
		return result < 0 ? result : page(q, ERR_PHONE, "phone");
	result = captcha_check(rq, &q->interaction, &q->captcha);
	if (!result)
		result = store_update(app_of(rq)->app->store, ask, q);
	if (result == ERR_CAPTCHA || result == ERR_TOO_MANY)
		return page(q, result, result == ERR_CAPTCHA ? "captcha" : NULL);
	TRY(result);
	return page(q, q->is_known ? 0 : ERR_RECOVERY, NULL);
}

/* ---- the link again */

static int count_resend(struct txn *txn, void *arg)
{
	struct asking *q = arg;
	const struct throttle throttle = { "appeal.resend", MS_DAY, RESENDS_A_DAY };

	q->wait = throttle_wait(&throttle, q->rq->now);
	TRY(throttle_add(txn, &throttle, (struct span){ (const char *)q->appeal.id.b, sizeof q->appeal.id.b }, q->rq->now));
	q->wait = 0;
	return 0;
}

static int resend(struct asking *q)
{
	int result = store_update(app_of(q->rq)->app->store, count_resend, q);

	if (result == ERR_TOO_MANY)
		return page(q, ERR_SMS_LIMIT, NULL);
	TRY(result);
	result = appeal_send_link(q->rq, q->appeal.id);
	q->resent = result == 0;
	return result < 0 ? result : page(q, result, NULL);
}

static int load(struct txn *txn, void *arg)
{
	struct asking *q = arg;

	TRY(interaction_load(txn, q->rq, &q->interaction));
	if (!span_eq(q->interaction.stage, APPEAL_KNOWN) || !span_is(request_param(q->rq, "do"), "resend"))
		return 0;
	int result = record_get(txn, &KIND_SUBMISSION, q->interaction.subject, q->rq->arena, &q->appeal);
	q->is_known = result == 0;
	return result == ERR_ABSENT ? 0 : result;
}

int endpoint_appeal_state(struct request *rq)
{
	struct asking q = { .rq = rq };

	if (!recover_has(rq, CONFIG_RECOVERY_APPEAL))
		return ERR_CLOSED;
	if (rq->method == METHOD_GET && !request_param(rq, "interaction").n)
		return interaction_here(rq, SPAN(""));
	TRY(store_view(app_of(rq)->app->store, load, &q));
	if (rq->method == METHOD_GET)
		return page(&q, 0, NULL);
	return q.is_known ? resend(&q) : answer(&q);
}
