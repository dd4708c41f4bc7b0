/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hint - an ID token that we issued and that comes back to say who is meant: at /authorize and at /logout.
 */
#pragma once

#include "broker/endpoint/app.h"
#include "broker/oauth/logout.h"

/* ERR_INVALID_REQUEST unless @text is an ID token signed with a key that is still published; it may have expired. */
MUST_USE int hint_read(struct request *rq, struct span text, struct logout_hint *ret_hint);
