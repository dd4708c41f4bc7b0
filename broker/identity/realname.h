/* SPDX-License-Identifier: Apache-2.0 */
/*
 * realname - the states of an account's real-name verification, as a table; and when a verifier may be asked. domain.md 1.5, 2.8, T7.
 */
#pragma once

#include "broker/store/record.h"

#define REALNAME_STATES(X)                                                                                      \
	X(NONE, "none") X(CHECKING, "checking") X(VERIFIED, "verified") X(FAILED, "failed") X(DEFERRED, "deferred")\
	X(MANUAL_PENDING, "manual_pending") X(EXPIRED, "expired")

#define REALNAME_EVENTS(X)                                                                                      \
	X(SUBMIT, "submit")           /* the person asks to be verified */                                      \
	X(MATCH, "match")             /* the verifier says yes */                                               \
	X(MISMATCH, "mismatch")       /* … no; counts a failure */                                              \
	X(UNAVAILABLE, "unavailable") /* … is down, or it is outside its hours */                               \
	X(RETRY, "retry")             /* the window opens */                                                    \
	X(NOT_CHECKABLE, "not_checkable") /* no interface verifies this document type (2.8): a reviewer does */ \
	X(EDIT, "edit")               /* name or number edited */                                               \
	X(UPLOAD, "upload")           /* documents uploaded for review */                                       \
	X(APPROVE, "approve")                                                                                   \
	X(REJECT, "reject")                                                                                     \
	X(EXPIRE, "expire")           /* the document's validity has passed */

enum realname_event {
#define X(name, text) REALNAME_ON_##name,
	REALNAME_EVENTS(X) REALNAME_EVENT_COUNT
#undef X
};

/* The status (enum realname_status) after @event; ERR_CONFLICT when it means nothing in @status. */
MUST_USE int realname_next(int status, enum realname_event event, int *ret_status);
const char *realname_state_name(int status);
const char *realname_event_name(enum realname_event event);
MUST_USE bool realname_state_of(struct span name, int *ret_status);

/* How long to wait after the @attempt-th time (from 1) that the verifier did not answer: doubles from @first up to @most, both milliseconds. */
int64_t realname_pause(int64_t attempt, int64_t first, int64_t most);
