/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sms - what an SMS gateway is: one file with a name, option rows, and pure functions that turn a message into one delivery and that read what came
 * of it.
 *
 * A gateway does no I/O: it answers with an HTTP request for broker/net, or with a line for the outbox file, and reads the reply. Which gateway is
 * asked, in which order, how often and what is remembered is the broker's (broker/endpoint/message_send.h).
 *
 * A new gateway is one file in providers/sms/ and one row in providers/registry.c.
 */
#pragma once

#include "broker/base/json.h"
#include "conf/option.h"
#include "providers/advice.h"
#include "providers/fetch.h"

/* A parameter of the carrier's template, by the name that it has there. */
struct sms_param {
	struct span name, value;
};

#define SMS_PARAMS_MAX 8

struct sms_message {
	struct span phone;   /* normalised: 11 digits, in China */
	struct span purpose; /* "login", "register", "bind", … */
	struct span code;    /* digits; empty for a notice */
	struct span text;    /* in the person's language, signature included */
	struct span body;    /* the same without the signature */
	struct span signature; /* as registered with the carrier, without 【】 */
	struct span template_code; /* the carrier's template for this purpose and language, as configured; empty: none */
	struct sms_param params[SMS_PARAMS_MAX]; /* and its parameters, in its order */
	size_t n_params;
	struct span key;     /* idempotency key: the same key is one message */
	struct span language; /* "zh" or "en" */
	struct span random;   /* 32 fresh hexadecimal digits, for nonces of signatures */
	int64_t minutes;      /* how long the code is valid; 0 for a notice */
	struct instant now;
	bool is_captcha;     /* demo: the answer of a captcha, told to the outbox only */
};

enum sms_delivery_type {
	SMS_FETCH,  /* an HTTP request */
	SMS_APPEND, /* a line to a file */
	SMS_SUBMIT, /* over the connection that the broker keeps to this gateway (providers/sms/cmpp.h) */
	SMS_CANNOT, /* this gateway has no way to send this message (no template for it): another may */
};

struct sms_delivery {
	enum sms_delivery_type type;
	struct fetch_request fetch;
	struct span path, line; /* APPEND: one line to a file */
	const char *reason;     /* CANNOT */
};

/* What came of a delivery. */
struct sms_reply {
	int error; /* FETCH: there is none (ERR_ or FAULT_), though the request was sent; what was never sent is not read */
	int status;
	struct span body;
};

enum sms_outcome {
	SMS_ACCEPTED,    /* it goes out */
	SMS_LIMITED,     /* the carrier sends no more to this number for now */
	SMS_REFUSED,     /* it never will: the number, the text */
	SMS_UNAVAILABLE, /* certainly not taken: another gateway may */
	SMS_UNKNOWN,     /* nobody knows: it may be on its way */
};

struct sms_result {
	enum sms_outcome outcome;
	struct span id;            /* of ACCEPTED: the carrier's own, which receipts name; may be empty */
	int64_t pieces;            /* … that the carrier bills; 0: not told */
	struct span code, message; /* otherwise the carrier's own, or empty; for the log and whoever tests */
	const struct advice *advice; /* what that code means; may be NULL */
};

/* What a carrier tells later of one message. */
struct sms_receipt {
	struct span id;    /* the carrier's own */
	struct span key;   /* ours, where the carrier tells it; may be empty */
	struct span phone; /* as the carrier writes it */
	bool delivered;
	struct span code; /* the carrier's word: "DELIVRD" */
	int64_t pieces;   /* 0: not told */
};

#define SMS_RECEIPTS_MAX 1000 /* posted together */

struct sms_gateway {
	struct option_variant variant;
	MUST_USE int (*deliver)(const void *options, const struct sms_message *message, struct arena *arena, struct sms_delivery *ret_delivery);
	/* Judge the reply of a FETCH. 0 however it was; FAULT_MEMORY. NULL where there is no reply to judge. */
	MUST_USE int (*read)(const void *options, const struct sms_reply *reply, struct arena *arena, struct sms_result *ret_result);
	/* Receipts as the carrier posts them. ERR_INVALID: these are none. NULL: it posts none. */
	MUST_USE int (*receipts)(const void *options, struct span body, struct arena *arena, const struct sms_receipt **ret_receipts, size_t *ret_n);
	const char *receipts_taken; /* what it wants to read for an answer, JSON */
	bool is_quick; /* a file: nobody has to wait for it */
};

static inline const struct sms_gateway *sms_gateway_of(const struct option_variant *variant)
{
	return (const struct sms_gateway *)variant;
}

/* Is @told, as a carrier writes it (with +86, 86 or nothing before it), the phone @phone? */
bool sms_is_phone(struct span told, struct span phone);
const char *sms_outcome_name(enum sms_outcome outcome);
/* What a reply that is not the carrier's own says: nothing came (UNKNOWN), or a status of something in between. */
struct sms_result sms_result_of(const struct sms_reply *reply);
/* ACCEPTED, or what the table @advice says of @code; a code that is not there is @otherwise. */
struct sms_result sms_result_by_code(const struct advice *advice, struct span code, struct span message, enum sms_outcome otherwise);
/* One member of an object with the parameters of the template: {"code":"123456","min":"5"} */
MUST_USE int sms_params_json(const struct sms_message *message, struct arena *arena, struct span *ret_json);
/* The array that a carrier posts (a new reference), and room for as many receipts as it has members. ERR_INVALID: it is none. */
MUST_USE int sms_receipts_open(struct span body, struct arena *arena, json_t **ret_array, struct sms_receipt **ret_receipts, size_t *ret_n);
/* How many pieces a text is billed as: 70 characters, or parts of 67 (GSM 03.38 UCS2, 03.40 concatenation). */
int64_t sms_pieces(struct span text);
