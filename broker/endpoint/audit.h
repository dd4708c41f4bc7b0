/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit - who did what, written in the same transaction as the change itself (security.md rule 14); the store chains the records.
 */
#pragma once

#include "broker/http/request.h"
#include "broker/store/record.h"

struct audit_event {
	const char *action; /* "login", "code.issue", "consent.allow" … */
	struct id actor;    /* account; zero: nobody known */
	struct span subject, client, detail;
	int result;         /* 0 or the error that was answered */
};

/* @rq gives time, address and reference; its id is made by the caller's side of the transaction and may repeat harmlessly. */
MUST_USE int audit_write(struct txn *txn, const struct request *rq, const struct audit_event *event);
/* The same for what the operator does from the command line: actor "operator", no address. event->actor is whom it is done to. */
MUST_USE int audit_write_operator(struct txn *txn, struct instant now, const struct audit_event *event);
