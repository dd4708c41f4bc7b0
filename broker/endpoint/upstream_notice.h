/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upstream_notice - an upstream is told that a session which began there is over here: a record in the transaction that ends the session, taken to the
 * upstream by the browser that logs out (where it wants to see it) or by a job, again and again for a day. What became of it stays to be seen for a week.
 */
#pragma once

#include "broker/endpoint/app.h"
#include "broker/store/record.h"

struct session;

/* @session ends now. Nothing happens where the upstream has no way to be told, or is not to be. @onward: where the browser that logs out goes afterwards
 * (it is given a minute before the job takes over); NULL: nobody waits. *@ret_id: the notice; zero: none. */
MUST_USE int upstream_notice_add(struct txn *txn, struct request *rq, const struct session *session, const struct span *onward, struct id *ret_id);
/* The browser is sent to tell it: the reply, where there is a notice to tell. */
MUST_USE int upstream_notice_send(struct request *rq, struct id notice, struct span provider, struct span *ret_path);
/* One attempt of the job. *@ret_n: how many were due. */
MUST_USE int upstream_notice_run(const struct settings *settings, struct instant now, struct arena *arena, size_t *ret_n);
const char *upstream_notice_status(int status);
