/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sms - what an SMS gateway is: one file with a name, option rows, and a pure function that turns a message into one delivery.
 *
 * A gateway does no I/O: it answers with an HTTP request for broker/net, or with a line for the outbox file, and reads the reply.
 */
#pragma once

#include "broker/base/buf.h"
#include "conf/option.h"
#include "providers/fetch.h"

struct sms_message {
	struct span phone;   /* normalised */
	struct span purpose; /* "login", "register", "bind", … */
	struct span code;    /* digits; empty for a notice */
	struct span text;    /* in the person's language, signature included */
	struct span key;     /* idempotency key: the same key is one message */
	struct span language; /* "zh" or "en" */
	struct span random;   /* 32 fresh hexadecimal digits, for nonces of signatures */
	int64_t minutes;      /* how long the code is valid; 0 for a notice */
	struct instant now;
	bool is_captcha;     /* demo: the answer of a captcha, told to the outbox only */
};

enum sms_delivery_type { SMS_FETCH, SMS_APPEND };

struct sms_delivery {
	enum sms_delivery_type type;
	const char *method;                                 /* FETCH: NULL is "POST" */
	struct span url, content_type, body, authorization;
	struct fetch_header headers[FETCH_HEADERS_MAX];
	size_t n_headers;
	struct span path, line;                             /* APPEND: one line to a file */
};

struct sms_gateway {
	struct option_variant variant;
	MUST_USE int (*deliver)(const void *options, const struct sms_message *message, struct arena *arena, struct sms_delivery *ret_delivery);
	/* Read the reply of a FETCH: 0 accepted, ERR_SMS_LIMIT, ERR_PROVIDER_FAILED. NULL for SMS_APPEND. */
	MUST_USE int (*accepted)(const void *options, int status, struct span body, struct arena *arena);
};

static inline const struct sms_gateway *sms_gateway_of(const struct option_variant *variant)
{
	return (const struct sms_gateway *)variant;
}
