/* SPDX-License-Identifier: Apache-2.0 */
/*
 * realname_check - a claim taken to the verifier and the answer kept.
 */
#pragma once

#include "broker/endpoint/realname_change.h"

/* Ask about the newest claim of @account, which is CHECKING, and keep the answer. Somebody else is asking already, or there is nothing to ask:
 * only *@ret_status. Waits for the verifier at most @timeout_ms: WORK_UPSTREAM. */
MUST_USE int realname_check(const struct settings *settings, const struct unit_actor *actor, struct id account, int64_t timeout_ms, int *ret_status);
/* The background job's: @due was found and its time has come. Takes it. */
MUST_USE int realname_check_due(const struct settings *settings, const struct unit_actor *actor, const struct realname_due *due, int64_t timeout_ms);
