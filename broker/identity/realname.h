/* SPDX-License-Identifier: Apache-2.0 */
/*
 * realname - the states of an identity's real-name verification, as a table. domain.md 1.5.
 */
#pragma once

#include "broker/base/base.h"

#define REALNAME_STATES(X)                                                                                      \
	X(NONE, "none") X(CHECKING, "checking") X(VERIFIED, "verified") X(FAILED, "failed") X(DEFERRED, "deferred")\
	X(MANUAL_PENDING, "manual_pending") X(EXPIRED, "expired")

#define REALNAME_EVENTS(X)                                                                                      \
	X(SUBMIT, "submit")           /* the person asks to be verified */                                      \
	X(MATCH, "match")             /* the verifier says yes */                                               \
	X(MISMATCH, "mismatch")       /* … no; counts a failure */                                              \
	X(UNAVAILABLE, "unavailable") /* … is down, or it is outside its hours */                               \
	X(RETRY, "retry")             /* the window opens */                                                    \
	X(NOT_CHECKABLE, "not_checkable") /* no interface verifies this document type (2.8) */                  \
	X(EDIT, "edit")               /* name or number edited */                                               \
	X(UPLOAD, "upload")           /* documents uploaded for review */                                       \
	X(APPROVE, "approve")                                                                                   \
	X(REJECT, "reject")                                                                                     \
	X(EXPIRE, "expire")           /* the document's validity has passed */

enum realname_state {
#define X(name, text) REALNAME_##name,
	REALNAME_STATES(X) REALNAME_STATE_COUNT
#undef X
};

enum realname_event {
#define X(name, text) REALNAME_ON_##name,
	REALNAME_EVENTS(X) REALNAME_EVENT_COUNT
#undef X
};

/* 0, or ERR_CONFLICT when @event means nothing in @state. */
MUST_USE int realname_next(enum realname_state state, enum realname_event event, enum realname_state *ret_state);
const char *realname_state_name(enum realname_state state);
const char *realname_event_name(enum realname_event event);
MUST_USE bool realname_state_of(struct span name, enum realname_state *ret_state);
