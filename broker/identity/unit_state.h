/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit_state - the states of a unit, of a membership and of a grant, as tables. domain.md 1.5.
 */
#pragma once

#include "broker/base/base.h"

#define UNIT_STATES(X)                                                                                               \
	X(REGISTERED, "registered") X(NEEDS_SUPPLEMENT, "needs_supplement") X(PENDING_DEPT, "pending_dept")          \
	X(EFFECTIVE, "effective") X(SUSPENDED, "suspended") X(DISSOLVED, "dissolved")
#define UNIT_EVENTS(X)                                                                                               \
	X(VERIFIED, "verified")             /* real name of unit and representative ok */                            \
	X(SUBMIT, "submit") X(APPROVE, "approve") X(REJECT, "reject")                                                \
	X(CRITICAL_CHANGE, "critical_change") /* name, credit code, department */                                    \
	X(SUSPEND, "suspend") X(RESUME, "resume") X(DISSOLVE, "dissolve")
#define MEMBERSHIP_STATES(X) X(NONE, "none") X(PENDING_ADMIN, "pending_admin") X(ACTIVE, "active") X(ENDED, "ended")
#define MEMBERSHIP_EVENTS(X)                                                                                         \
	X(CHOOSE, "choose") /* an effective unit, submitted */                                                       \
	X(APPROVE, "approve") X(REJECT, "reject") X(LEAVE, "leave") X(REMOVE, "remove")
#define GRANT_STATES(X) X(NONE, "none") X(PRE_GRANTED, "pre_granted") X(ACTIVE, "active") X(REVOKED, "revoked")
#define GRANT_EVENTS(X)                                                                                              \
	X(PRE_GRANT, "pre_grant")   /* Torch E4 */                                                                   \
	X(GRANT, "grant")           /* by the unit's admin */                                                        \
	X(VERIFIED, "verified")     /* real-name success wakes a pre-grant */                                        \
	X(REVOKE, "revoke") X(MEMBERSHIP_ENDED, "membership_ended")

#define X(name, text) UNIT_##name,
enum unit_state { UNIT_STATES(X) UNIT_STATE_COUNT };
#undef X
#define X(name, text) UNIT_ON_##name,
enum unit_event { UNIT_EVENTS(X) UNIT_EVENT_COUNT };
#undef X
#define X(name, text) MEMBERSHIP_##name,
enum membership_state { MEMBERSHIP_STATES(X) MEMBERSHIP_STATE_COUNT };
#undef X
#define X(name, text) MEMBERSHIP_ON_##name,
enum membership_event { MEMBERSHIP_EVENTS(X) MEMBERSHIP_EVENT_COUNT };
#undef X
#define X(name, text) GRANT_##name,
enum grant_state { GRANT_STATES(X) GRANT_STATE_COUNT };
#undef X
#define X(name, text) GRANT_ON_##name,
enum grant_event { GRANT_EVENTS(X) GRANT_EVENT_COUNT };
#undef X

/* 0, or ERR_CONFLICT when the event means nothing in the state. */
MUST_USE int unit_state_next(enum unit_state state, enum unit_event event, enum unit_state *ret_state);
MUST_USE int unit_state_membership_next(enum membership_state state, enum membership_event event, enum membership_state *ret_state);
MUST_USE int unit_state_grant_next(enum grant_state state, enum grant_event event, enum grant_state *ret_state);

/* "effective" … and back; the names that claims and records carry. */
const char *unit_state_name(enum unit_state state);
const char *unit_state_membership_name(enum membership_state state);
const char *unit_state_grant_name(enum grant_state state);
MUST_USE bool unit_state_of(struct span name, enum unit_state *ret_state);
MUST_USE bool unit_state_membership_of(struct span name, enum membership_state *ret_state);
MUST_USE bool unit_state_grant_of(struct span name, enum grant_state *ret_state);
