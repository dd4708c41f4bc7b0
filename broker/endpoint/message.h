/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message - what people are told by text message and by mail. Waits: only on the SMS bulkhead (an outbox file aside). How it is sent:
 * message_send.h; what is remembered of it: message_state.h.
 */
#pragma once

#include "broker/endpoint/app.h"

struct message {
	struct span phone, purpose, code;
	struct span key; /* the same key is one message */
};

/* ERR_SMS_LIMIT: the carrier or a budget allows no more for now; ERR_PHONE: it never sends to this number; ERR_MESSAGE_FAILED: no gateway took it. 0
 * also when nobody knows whether it went out: it may arrive. */
MUST_USE int message_send(struct request *rq, const struct message *message);
/* An e-mail with a code. ERR_MESSAGE_FAILED: no server, or it does not take the message. */
MUST_USE int message_mail(struct request *rq, struct span to, struct span purpose, struct span code, struct span key);
bool message_has_mail(const struct config *config);
/* A notice instead of a code: @text is put behind the signature. The same @key is one message. */
MUST_USE int message_notify(struct request *rq, struct span phone, struct span purpose, struct span text, struct span key);
/* The same two for answers that must not wait, and must not tell by how long they take whether there was a message: what has to be waited for
 * happens after the answer, and a failure goes to the log. On any thread but the loop's. */
MUST_USE int message_send_later(struct request *rq, const struct message *message);
MUST_USE int message_notify_later(struct request *rq, struct span phone, struct span purpose, struct span text, struct span key);
/* The notice that something about their account was changed, to the owner of @phone (empty: nobody), who may not have done it (ASVS 6.3.7), in the
 * language of the platform. Does not wait, as above. */
MUST_USE int message_notice(struct request *rq, struct span phone, struct span zh, struct span en, struct id key);
/* Demo mode with an outbox gateway: tell it a captcha's answer, so that a demo can be driven by script. Otherwise nothing. */
MUST_USE int message_captcha(struct request *rq, struct span answer);
