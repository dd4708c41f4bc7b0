/* SPDX-License-Identifier: Apache-2.0 */
/*
 * webhook - posts what the event log holds to each configured receiver, in order, until it was taken. https://www.standardwebhooks.com
 *
 * The log is the durable outbox: a receiver's place in it is one record, so an event costs one write whoever wants it, and a receiver that was
 * down for a day goes on where it stopped. At least once: the same webhook-id may come twice.
 */
#pragma once

#include "broker/endpoint/app.h"

struct webhook;

/* A thread of its own: a receiver that hangs holds up nothing but other receivers, and these for one timeout. */
MUST_USE int webhook_start(struct app *app, struct webhook **ret_webhook);
/* Waits for the post that runs. */
void webhook_stop(struct webhook *webhook);

/* Signature over "@id.@timestamp.@body": "v1,<base64 of HMAC-SHA256>". A secret that begins with "whsec_" is base64 after that. */
MUST_USE int webhook_sign(struct span secret, struct span id, struct span timestamp, struct span body, struct arena *arena, struct span *ret_signature);
/* Milliseconds until the next attempt after @attempts failed ones: 5 s doubling up to an hour. */
int64_t webhook_backoff(int64_t attempts);
