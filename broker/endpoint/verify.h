/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify - the configured real-name verifier, asked: the I/O that providers/verify.h leaves to the broker.
 */
#pragma once

#include "broker/endpoint/app.h"
#include "providers/verify.h"

/* Ask about @request (its nonce and now are filled in here). 0 whenever there is an answer: no verifier and no interface for it is NOT_CHECKABLE,
 * one that is not to be reached, or whose answer cannot be trusted, UNAVAILABLE. Waits for the network or the disk at most @timeout_ms: only where that may happen. */
MUST_USE int verify_ask(const struct settings *settings, struct verify_request *request, struct instant now, int64_t timeout_ms, struct arena *arena,
			struct verify_answer *ret_answer);
