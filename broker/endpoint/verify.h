/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify - the configured real-name verifiers, asked in their order: the I/O that providers/verify.h leaves to the broker.
 */
#pragma once

#include "broker/endpoint/app.h"
#include "providers/verify.h"

struct config_verifier;

/* Ask about @request (its nonce and now are filled in here). 0 whenever there is an answer: no verifier and no interface for it is NOT_CHECKABLE,
 * one that is not to be reached, or whose answer cannot be trusted, UNAVAILABLE. A verifier that cannot say is followed by the next; what one
 * denies is final. Waits for the network or the disk at most @timeout_ms: only where that may happen. */
MUST_USE int verify_ask(const struct settings *settings, struct verify_request *request, struct instant now, int64_t timeout_ms, struct arena *arena,
			struct verify_answer *ret_answer);

/* The next moment at or after @from at which somebody may be asked (realname.from and to, and the verifiers' own hours). */
struct instant verify_opens(const struct config *config, struct instant from);
/* The hours that the page tells people: those of `realname`, else those of the first verifier that has any. */
void verify_hours(const struct config *config, struct span *ret_from, struct span *ret_to);

/* The console's test button: ask @verifier, and it alone, whatever the hours; nothing is remembered. It counts against its quota of the day. */
MUST_USE int verify_test(const struct settings *settings, const struct config_verifier *verifier, struct verify_request *request, struct arena *arena,
			 struct verify_answer *ret_answer);
/* Members "outcome", "code" and "message" (the vendor's own), "advice_zh" and "advice_en" (what it means and what to do), "reason", "evidence". */
void verify_test_write(const struct verify_answer *answer, struct json_writer *out);
