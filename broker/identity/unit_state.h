/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit_state - the states of a unit, of a membership and of a grant, as tables. domain.md 1.5.
 *
 * Nobody but broker/endpoint/unit_change.c asks them: it is the one place that changes these records.
 */
#pragma once

#include "broker/store/records_unit.h"

#define UNIT_STATES(X)                                                                                               \
	X(REGISTERED, "registered") X(NEEDS_SUPPLEMENT, "needs_supplement") X(PENDING_DEPT, "pending_dept")          \
	X(EFFECTIVE, "effective") X(SUSPENDED, "suspended") X(DISSOLVED, "dissolved")
#define UNIT_EVENTS(X)                                                                                               \
	X(VERIFIED, "verified")             /* real name of unit and representative ok */                            \
	X(ADMIT, "admit")                   /* the same, where nothing else is asked of a unit */                    \
	X(SUBMIT, "submit") X(APPROVE, "approve") X(REJECT, "reject")                                                \
	X(CRITICAL_CHANGE, "critical_change") /* name, credit code, department */                                    \
	X(REJECT_CHANGE, "reject_change")   /* what was accepted before holds on */                                  \
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

#define X(name, text) UNIT_ON_##name,
enum unit_event { UNIT_EVENTS(X) UNIT_EVENT_COUNT };
#undef X
#define X(name, text) MEMBERSHIP_ON_##name,
enum membership_event { MEMBERSHIP_EVENTS(X) MEMBERSHIP_EVENT_COUNT };
#undef X
#define X(name, text) GRANT_ON_##name,
enum grant_event { GRANT_EVENTS(X) GRANT_EVENT_COUNT };
#undef X

/* The status after @event; ERR_CONFLICT when it means nothing in @status. Statuses are enum unit_status and the like, as records hold them. */
MUST_USE int unit_state_next(int status, enum unit_event event, int *ret_status);
MUST_USE int unit_state_membership_next(int status, enum membership_event event, int *ret_status);
MUST_USE int unit_state_grant_next(int status, enum grant_event event, int *ret_status);

/* May people choose it, act for it, and business systems take it as admitted? EFFECTIVE, and PENDING_DEPT while a change of what is in force is
 * reviewed. */
static inline bool unit_state_is_effective(const struct unit *unit)
{
	return unit->status == UNIT_EFFECTIVE || (unit->status == UNIT_PENDING_DEPT && unit->in_force);
}

/* "effective" … and back; the names that claims, pages and commands carry. */
const char *unit_state_name(int status);
const char *unit_state_membership_name(int status);
const char *unit_state_grant_name(int status);
const char *unit_state_event_name(enum unit_event event);
const char *unit_state_membership_event_name(enum membership_event event);
const char *unit_state_grant_event_name(enum grant_event event);
MUST_USE bool unit_state_of(struct span name, int *ret_status);
MUST_USE bool unit_state_membership_of(struct span name, int *ret_status);
