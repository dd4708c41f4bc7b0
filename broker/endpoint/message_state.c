/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/message_state.h"

#include "broker/base/hours.h"
#include "broker/base/sys.h"
#include "broker/endpoint/event.h"
#include "broker/endpoint/throttle.h"
#include "broker/store/records_system.h"
#include "conf/config.h"

#define SEGMENT 7 /* digits that belong to one operator's one area */
#define RECEIPTS_OF_ONE 16

const char *message_state_name(int status)
{
	static const char *const names[] = { [SMS_STATUS_SENDING] = "sending", [SMS_STATUS_ACCEPTED] = "accepted", [SMS_STATUS_DELIVERED] = "delivered",
					     [SMS_STATUS_FAILED] = "failed", [SMS_STATUS_UNKNOWN] = "unknown" };

	return status > 0 && status < (int)ARRAY_LEN(names) ? names[status] : "";
}

/* ---- before it is sent */

struct budget {
	struct throttle throttle;
	struct span what;
	int64_t alarm; /* more than so many raise one; 0: only when it is used up */
};

/* Counts one, unless the budget is used up. */
static int spend(struct txn *txn, const struct budget *budget, struct instant now, struct message_reserved *reserved)
{
	const struct throttle *throttle = &budget->throttle;
	int64_t n;

	TRY(throttle_count(txn, throttle, budget->what, now, &n));
	if (throttle->max && n >= throttle->max) {
		reserved->over = throttle->name;
		return 0;
	}
	if (budget->alarm && n == budget->alarm) { /* once in a window */
		reserved->alarm = throttle->name;
		reserved->limit = budget->alarm;
	}
	return throttle_add(txn, throttle, budget->what, now);
}

/* A budget that is used up raises one alarm in its window, however many are turned away. */
static int alarm_over(struct txn *txn, const struct budget *budget, struct instant now, struct message_reserved *reserved)
{
	struct instant end = { (now.ms / budget->throttle.window_ms + 1) * budget->throttle.window_ms };
	struct mark mark = { .id = record_named_id(end, SPAN("sms.alarm"), span_of(budget->throttle.name)) };
	int result = record_insert(txn, &KIND_MARK, &mark);

	if (result)
		return result == ERR_EXISTS ? 0 : result;
	reserved->alarm = budget->throttle.name;
	reserved->limit = budget->throttle.max;
	return 0;
}

/* Somebody who is in charge is told, in the transaction that found out. */
static int tell(struct txn *txn, const struct config *config, struct instant now, struct arena *arena, const struct message_reserved *reserved)
{
	char *limit = arena_printf(arena, "%lld", (long long)reserved->limit);

	if (!limit)
		return FAULT_MEMORY;
	return event_write(txn, config, now, arena, &(struct event_new){ .type = CONFIG_EVENT_SMS_ALARM,
		.members = { { "what", span_of(reserved->alarm) }, { "limit", span_of(limit) }, { "used_up", reserved->over ? SPAN("true") : SPAN("false") } } });
}

static int spend_all(struct txn *txn, const struct config *config, const struct sms_message *message, struct message_reserved *reserved)
{
	const struct config_sms_budget *b = &config->sms.budget;
	struct span segment = { message->phone.p, message->phone.n < SEGMENT ? message->phone.n : SEGMENT };
	const struct budget budgets[] = {
		{ { "sms.phone.day", MS_DAY, b->per_phone_day }, message->phone, 0 },
		{ { "sms.segment.hour", MS_HOUR, b->per_segment_hour }, segment, b->alarm_segment_hour },
		{ { "sms.total.hour", MS_HOUR, b->total_hour }, SPAN("all"), 0 },
		{ { "sms.total.day", MS_DAY, b->total_day }, SPAN("all"), 0 },
		{ { "sms.total.minute", MS_MINUTE, 0 }, SPAN("all"), b->alarm_minute },
	};

	for (size_t i = 0; i < ARRAY_LEN(budgets); i++) {
		TRY(spend(txn, &budgets[i], message->now, reserved));
		if (!reserved->over)
			continue;
		/* One person who asks too often is no news; a range, an hour or a day that is used up is. */
		TRY(i ? alarm_over(txn, &budgets[i], message->now, reserved) : 0);
		for (size_t k = 0; k < i; k++)
			TRY(throttle_take_back(txn, &budgets[k].throttle, budgets[k].what, message->now));
		return 0;
	}
	return 0;
}

int message_state_find(struct txn *txn, struct span key, struct arena *arena, struct text_message *ret_sms)
{
	struct text_message probe = { .key = key };

	return record_find(txn, &KIND_TEXT_MESSAGE, TEXT_MESSAGE_BY_KEY, &probe, arena, ret_sms);
}

int message_state_reserve(struct txn *txn, const struct config *config, const struct sms_message *message, struct arena *arena,
			  struct message_reserved *ret_reserved)
{
	*ret_reserved = (struct message_reserved){ .is_new = false };
	int result = message->key.n ? message_state_find(txn, message->key, arena, &ret_reserved->sms) : ERR_ABSENT;
	if (result != ERR_ABSENT)
		return result;
	TRY(spend_all(txn, config, message, ret_reserved));
	if (ret_reserved->alarm)
		TRY(tell(txn, config, message->now, arena, ret_reserved));
	if (ret_reserved->over)
		return 0;
	ret_reserved->sms = (struct text_message){ .id = record_expiring_id(instant_add(message->now, config->sms.retention)), .key = message->key, .phone = message->phone,
					  .purpose = message->purpose, .status = SMS_STATUS_SENDING, .at = message->now, .changed_at = message->now };
	ret_reserved->is_new = true;
	return record_put(txn, &KIND_TEXT_MESSAGE, &ret_reserved->sms);
}

/* ---- after it was sent */

enum count {
#define X(name) COUNT_##name,
	SMS_DAY_COUNTS(X)
#undef X
	COUNTS
};

struct counted {
	int64_t n[COUNTS];
};

static int count(struct txn *txn, struct instant now, struct span route, const struct counted *counted, struct arena *arena)
{
	struct instant at = { (now.ms + CHINA_MS) / MS_DAY * MS_DAY - CHINA_MS };
	struct id id = record_named_id(at, SPAN("sms_day"), route);
	struct sms_day day;
	int result = record_get(txn, &KIND_SMS_DAY, id, arena, &day);

	if (result == ERR_ABSENT)
		day = (struct sms_day){ .id = id, .at = at, .route = route };
	else
		TRY(result);
#define X(name) day.name += counted->n[COUNT_##name];
	SMS_DAY_COUNTS(X)
#undef X
	return record_put(txn, &KIND_SMS_DAY, &day);
}

static int status_of(enum sms_outcome outcome)
{
	return outcome == SMS_ACCEPTED ? SMS_STATUS_ACCEPTED : outcome == SMS_UNKNOWN ? SMS_STATUS_UNKNOWN : SMS_STATUS_FAILED;
}

/* A message that was perhaps sent by an earlier route stays unknown, whatever later ones said, until one takes it. */
static int status_of_all(const struct message_try *tries, size_t n)
{
	int status = n ? status_of(tries[n - 1].outcome) : SMS_STATUS_FAILED;

	for (size_t i = 0; i < n && status == SMS_STATUS_FAILED; i++)
		if (tries[i].outcome == SMS_UNKNOWN)
			status = SMS_STATUS_UNKNOWN;
	return status;
}

int message_state_settle(struct txn *txn, struct id id, const struct message_try *tries, size_t n, const struct sms_result *result, int64_t pieces,
			 struct instant now, struct arena *arena)
{
	static const enum count columns[] = { [SMS_ACCEPTED] = COUNT_accepted, [SMS_LIMITED] = COUNT_limited, [SMS_REFUSED] = COUNT_refused,
					      [SMS_UNAVAILABLE] = COUNT_failed, [SMS_UNKNOWN] = COUNT_unknown };
	struct buf tried = buf_new(arena, 128);
	struct text_message sms;

	TRY(record_get(txn, &KIND_TEXT_MESSAGE, id, arena, &sms));
	for (size_t i = 0; i < n; i++) {
		struct counted counted = { { 0 } };

		counted.n[columns[tries[i].outcome]] = 1;
		if (tries[i].outcome == SMS_ACCEPTED) {
			counted.n[COUNT_pieces] = sms.pieces = pieces;
			counted.n[COUNT_cost] = sms.cost = pieces * tries[i].route->price;
		}
		TRY(count(txn, now, tries[i].route->id, &counted, arena));
		buf_printf(&tried, "%s" SPAN_FMT ":%s", i ? " " : "", SPAN_ARG(tries[i].route->id), sms_outcome_name(tries[i].outcome));
		sms.route = tries[i].route->id;
	}
	TRY(buf_done(&tried, &sms.tried));
	if (sms.status == SMS_STATUS_SENDING) { /* news may have been quicker */
		sms.status = status_of_all(tries, n);
		sms.vendor_id = result->id;
		sms.code = result->code;
	}
	sms.changed_at = now;
	return record_put(txn, &KIND_TEXT_MESSAGE, &sms);
}

/* ---- receipts */

struct found {
	struct id ids[RECEIPTS_OF_ONE];
	size_t n;
};

static int note(const void *record, void *arg)
{
	struct found *found = arg;

	found->ids[found->n++] = ((const struct text_message *)record)->id;
	return found->n == RECEIPTS_OF_ONE ? TXN_STOP : 0;
}

static int take_receipt(struct txn *txn, const struct config_sms_route *route, const struct sms_receipt *receipt, struct text_message *sms, struct instant now,
			struct arena *arena)
{
	struct counted counted = { { 0 } };

	if (receipt->phone.n && !sms_is_phone(receipt->phone, sms->phone))
		return ERR_INVALID;
	if (sms->status == SMS_STATUS_DELIVERED || sms->status == SMS_STATUS_FAILED)
		return ERR_ABSENT;
	counted.n[receipt->delivered ? COUNT_delivered : COUNT_undelivered] = 1;
	if (receipt->pieces && receipt->pieces != sms->pieces) {
		counted.n[COUNT_pieces] = receipt->pieces - sms->pieces;
		counted.n[COUNT_cost] = counted.n[COUNT_pieces] * route->price;
		sms->pieces = receipt->pieces;
		sms->cost += counted.n[COUNT_cost];
	}
	sms->status = receipt->delivered ? SMS_STATUS_DELIVERED : SMS_STATUS_FAILED;
	sms->route = route->id;
	sms->vendor_id = receipt->id;
	sms->code = receipt->code;
	sms->changed_at = now;
	TRY(count(txn, now, route->id, &counted, arena));
	return record_put(txn, &KIND_TEXT_MESSAGE, sms);
}

/* By the carrier's number; of a message whose sending got no answer there is none, and our key finds it. */
int message_state_receive(struct txn *txn, const struct config_sms_route *route, const struct sms_receipt *receipt, struct instant now, struct arena *arena)
{
	struct text_message probe = { .route = route->id, .vendor_id = receipt->id }, sms;
	struct found found = { .n = 0 };
	int result = ERR_ABSENT;

	TRY(record_each(txn, &KIND_TEXT_MESSAGE, TEXT_MESSAGE_BY_RECEIPT, &probe, arena, note, &found));
	if (!found.n && receipt->key.n) {
		int missing = message_state_find(txn, receipt->key, arena, &sms);

		if (missing || !span_eq(sms.route, route->id))
			return missing ? missing : ERR_ABSENT;
		found.ids[found.n++] = sms.id;
	}
	for (size_t i = 0; i < found.n; i++) {
		TRY(record_get(txn, &KIND_TEXT_MESSAGE, found.ids[i], arena, &sms));
		result = take_receipt(txn, route, receipt, &sms, now, arena);
		if (result != ERR_INVALID)
			break;
	}
	return result;
}

int message_state_learn(struct txn *txn, const struct config_sms_route *route, struct span key, int status, struct span vendor_id, struct instant now,
			struct arena *arena)
{
	static const enum count columns[] = { [SMS_STATUS_ACCEPTED] = COUNT_accepted, [SMS_STATUS_FAILED] = COUNT_refused };
	struct counted counted = { { 0 } };
	struct text_message sms;

	TRY(message_state_find(txn, key, arena, &sms));
	if (sms.status == SMS_STATUS_ACCEPTED || sms.status == SMS_STATUS_DELIVERED || sms.status == SMS_STATUS_FAILED)
		return ERR_ABSENT;
	sms.status = status;
	sms.route = route->id;
	sms.changed_at = now;
	if (status == SMS_STATUS_UNKNOWN)
		return record_put(txn, &KIND_TEXT_MESSAGE, &sms);
	counted.n[columns[status]] = 1;
	if (status == SMS_STATUS_ACCEPTED) {
		sms.vendor_id = vendor_id;
		counted.n[COUNT_pieces] = sms.pieces = 1;
		counted.n[COUNT_cost] = sms.cost = route->price;
	}
	TRY(count(txn, now, route->id, &counted, arena));
	return record_put(txn, &KIND_TEXT_MESSAGE, &sms);
}

struct walk {
	int (*fn)(const struct sms_day *day, void *arg);
	void *arg;
};

static int visit(const void *record, void *arg)
{
	struct walk *walk = arg;

	return walk->fn(record, walk->arg);
}

int message_state_days(struct txn *txn, struct instant from, struct arena *arena, int (*fn)(const struct sms_day *day, void *arg), void *arg)
{
	struct id id = { { 0 } };
	struct walk walk = { fn, arg };

	for (int i = 0; i < 6; i++)
		id.b[i] = (unsigned char)((uint64_t)from.ms >> (40 - 8 * i));
	return record_scan(txn, &KIND_SMS_DAY, id, arena, visit, &walk);
}
