/* SPDX-License-Identifier: Apache-2.0 */
/* records_message - text messages and what they cost. */
#pragma once

#include "broker/store/record.h"

/* What became of one text message (broker/endpoint/message_state.h). */
enum sms_status { SMS_STATUS_SENDING = 1 /* or the process died meanwhile */, SMS_STATUS_ACCEPTED, SMS_STATUS_DELIVERED, SMS_STATUS_FAILED, SMS_STATUS_UNKNOWN };
struct text_message {
	struct id id; /* end of its retention first */
	struct span key; /* the same key is one message */
	struct span phone, purpose;
	int status; /* enum sms_status */
	struct span route;     /* that took it, or was asked last */
	struct span vendor_id; /* there; receipts name it */
	struct span code;      /* the carrier's last word: an error, the state of a receipt */
	struct span tried;     /* "aliyun:unavailable tencent:accepted" */
	int64_t pieces, cost;  /* billed; in thousandths of a yuan */
	struct instant at, changed_at;
};

/* Text messages of a route in one day; its id begins with the day. */
#define SMS_DAY_COUNTS(X) \
	X(accepted) X(delivered) X(undelivered) X(limited) X(refused) X(failed) X(unknown) X(pieces) X(cost)
struct sms_day {
	struct id id;
	struct instant at; /* when the day began, in China */
	struct span route;
#define X(name) int64_t name;
	SMS_DAY_COUNTS(X)
#undef X
};

enum {
	TEXT_MESSAGE_BY_KEY = 1, TEXT_MESSAGE_BY_RECEIPT,
};

extern const struct kind KIND_TEXT_MESSAGE, KIND_SMS_DAY;
