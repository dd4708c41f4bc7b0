/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link_history - what happened to the third-party logins of an account (external_link.h writes it), for pages.
 */
#pragma once

#include "broker/base/json.h"
#include "broker/endpoint/app.h"

/* "link_events" of @data, newest first, at most LINK_HISTORY_MAX: when, at which provider, what, by whom. @for_staff: also on what evidence, and names of
 * those who did it; else only whether it was the account itself. In a snapshot. */
#define LINK_HISTORY_MAX 50
MUST_USE int link_history_add(struct txn *txn, struct request *rq, struct id account, bool for_staff, json_t *data);
