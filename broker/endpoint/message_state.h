/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message_state - what is known of each text message: that it was sent once, what became of it, and what that cost; and the budgets that keep
 * messages from becoming too many. Every function runs inside of a transaction.
 */
#pragma once

#include "broker/endpoint/outlet.h"
#include "broker/store/records_message.h"
#include "providers/sms_route.h"

struct config;

struct message_reserved {
	struct text_message sms;   /* the record: new, or of the message that had the same key before */
	bool is_new;      /* send it */
	const char *over; /* a budget is used up: its name; nothing was reserved */
	const char *alarm; /* somebody has to be told: the name of what was exceeded; also with over */
	int64_t limit;    /* … and what it is */
};

/* Before anything is sent: is it the first with this key, and is there budget for it? Counts it. */
MUST_USE int message_state_reserve(struct txn *txn, const struct config *config, const struct sms_message *message, struct arena *arena,
				   struct message_reserved *ret_reserved);

/* What came of asking one route. */
struct message_try {
	const struct config_sms_route *route;
	enum sms_outcome outcome;
};

/* What came of it all: @tries in their order, the last with @result. */
MUST_USE int message_state_settle(struct txn *txn, struct id id, const struct message_try *tries, size_t n, const struct sms_result *result, int64_t pieces,
				  struct instant now, struct arena *arena);

/* A receipt for a message of @route. ERR_ABSENT: no such message, or its end is known already; ERR_INVALID: it names another phone. */
MUST_USE int message_state_receive(struct txn *txn, const struct config_sms_route *route, const struct sms_receipt *receipt, struct instant now,
				   struct arena *arena);

/* News of a message of @route that was in doubt: @status is SMS_STATUS_ACCEPTED (as @vendor_id), _FAILED or _UNKNOWN. ERR_ABSENT: no such message, or
 * its end is known already. */
MUST_USE int message_state_learn(struct txn *txn, const struct config_sms_route *route, struct span key, int status, struct span vendor_id, struct instant now,
				 struct arena *arena);

/* The message with @key. ERR_ABSENT. */
MUST_USE int message_state_find(struct txn *txn, struct span key, struct arena *arena, struct text_message *ret_sms);
const char *message_state_name(int status);

/* The days from @from on, for the dashboard: all routes, in order of days. */
MUST_USE int message_state_days(struct txn *txn, struct instant from, struct arena *arena, int (*fn)(const struct sms_day *day, void *arg), void *arg);
