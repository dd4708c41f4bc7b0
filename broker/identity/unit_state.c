/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/identity/unit_state.h"

#include "broker/base/error.h"

/* One row a transition. Numbers, since three machines share the walk below. */
struct transition {
	int from, event, to;
};

static const struct transition unit_transitions[] = {
	{ UNIT_REGISTERED, UNIT_ON_VERIFIED, UNIT_NEEDS_SUPPLEMENT },
	{ UNIT_REGISTERED, UNIT_ON_ADMIT, UNIT_EFFECTIVE },
	{ UNIT_NEEDS_SUPPLEMENT, UNIT_ON_SUBMIT, UNIT_PENDING_DEPT },
	{ UNIT_PENDING_DEPT, UNIT_ON_APPROVE, UNIT_EFFECTIVE },
	{ UNIT_PENDING_DEPT, UNIT_ON_REJECT, UNIT_NEEDS_SUPPLEMENT },
	{ UNIT_EFFECTIVE, UNIT_ON_CRITICAL_CHANGE, UNIT_PENDING_DEPT },
	{ UNIT_PENDING_DEPT, UNIT_ON_REJECT_CHANGE, UNIT_EFFECTIVE },
	{ UNIT_PENDING_DEPT, UNIT_ON_SUSPEND, UNIT_SUSPENDED }, /* while it is in force */
	{ UNIT_EFFECTIVE, UNIT_ON_SUSPEND, UNIT_SUSPENDED },
	{ UNIT_SUSPENDED, UNIT_ON_RESUME, UNIT_EFFECTIVE },
	{ UNIT_REGISTERED, UNIT_ON_DISSOLVE, UNIT_DISSOLVED },
	{ UNIT_NEEDS_SUPPLEMENT, UNIT_ON_DISSOLVE, UNIT_DISSOLVED },
	{ UNIT_PENDING_DEPT, UNIT_ON_DISSOLVE, UNIT_DISSOLVED },
	{ UNIT_EFFECTIVE, UNIT_ON_DISSOLVE, UNIT_DISSOLVED },
	{ UNIT_SUSPENDED, UNIT_ON_DISSOLVE, UNIT_DISSOLVED },
};

static const struct transition membership_transitions[] = {
	{ MEMBERSHIP_NONE, MEMBERSHIP_ON_CHOOSE, MEMBERSHIP_PENDING_ADMIN },
	{ MEMBERSHIP_PENDING_ADMIN, MEMBERSHIP_ON_APPROVE, MEMBERSHIP_ACTIVE },
	{ MEMBERSHIP_PENDING_ADMIN, MEMBERSHIP_ON_REJECT, MEMBERSHIP_NONE },
	{ MEMBERSHIP_PENDING_ADMIN, MEMBERSHIP_ON_LEAVE, MEMBERSHIP_NONE }, /* withdrawn by the person */
	{ MEMBERSHIP_ACTIVE, MEMBERSHIP_ON_LEAVE, MEMBERSHIP_ENDED },
	{ MEMBERSHIP_ACTIVE, MEMBERSHIP_ON_REMOVE, MEMBERSHIP_ENDED },
	{ MEMBERSHIP_ENDED, MEMBERSHIP_ON_CHOOSE, MEMBERSHIP_PENDING_ADMIN }, /* back to the same unit */
};

static const struct transition grant_transitions[] = {
	{ GRANT_NONE, GRANT_ON_PRE_GRANT, GRANT_PRE_GRANTED },
	{ GRANT_NONE, GRANT_ON_GRANT, GRANT_ACTIVE },
	{ GRANT_PRE_GRANTED, GRANT_ON_VERIFIED, GRANT_ACTIVE },
	{ GRANT_PRE_GRANTED, GRANT_ON_GRANT, GRANT_ACTIVE },
	{ GRANT_PRE_GRANTED, GRANT_ON_REVOKE, GRANT_REVOKED },
	{ GRANT_ACTIVE, GRANT_ON_REVOKE, GRANT_REVOKED },
	{ GRANT_ACTIVE, GRANT_ON_MEMBERSHIP_ENDED, GRANT_REVOKED },
	{ GRANT_PRE_GRANTED, GRANT_ON_MEMBERSHIP_ENDED, GRANT_REVOKED },
	{ GRANT_REVOKED, GRANT_ON_GRANT, GRANT_ACTIVE },
};

#define X(name, text) text,
static const char *const unit_names[] = { "unknown", UNIT_STATES(X) }; /* these count from 1 */
static const char *const membership_names[] = { MEMBERSHIP_STATES(X) };
static const char *const grant_names[] = { GRANT_STATES(X) };
static const char *const unit_event_names[] = { UNIT_EVENTS(X) };
static const char *const membership_event_names[] = { MEMBERSHIP_EVENTS(X) };
static const char *const grant_event_names[] = { GRANT_EVENTS(X) };
#undef X

static int next(const struct transition *row, size_t n, int from, int event, int *ret_to)
{
	for (; n; n--, row++)
		if (row->from == from && row->event == event) {
			*ret_to = row->to;
			return 0;
		}
	return ERR_CONFLICT;
}

int unit_state_next(int status, enum unit_event event, int *ret_status)
{
	return next(unit_transitions, ARRAY_LEN(unit_transitions), status, (int)event, ret_status);
}

int unit_state_membership_next(int status, enum membership_event event, int *ret_status)
{
	return next(membership_transitions, ARRAY_LEN(membership_transitions), status, (int)event, ret_status);
}

int unit_state_grant_next(int status, enum grant_event event, int *ret_status)
{
	return next(grant_transitions, ARRAY_LEN(grant_transitions), status, (int)event, ret_status);
}

static const char *name_of(const char *const *names, size_t n, int value)
{
	return value >= 0 && (size_t)value < n ? names[value] : "unknown";
}

const char *unit_state_name(int status)
{
	return name_of(unit_names, ARRAY_LEN(unit_names), status);
}

const char *unit_state_membership_name(int status)
{
	return name_of(membership_names, ARRAY_LEN(membership_names), status);
}

const char *unit_state_grant_name(int status)
{
	return name_of(grant_names, ARRAY_LEN(grant_names), status);
}

const char *unit_state_event_name(enum unit_event event)
{
	return name_of(unit_event_names, ARRAY_LEN(unit_event_names), (int)event);
}

const char *unit_state_membership_event_name(enum membership_event event)
{
	return name_of(membership_event_names, ARRAY_LEN(membership_event_names), (int)event);
}

const char *unit_state_grant_event_name(enum grant_event event)
{
	return name_of(grant_event_names, ARRAY_LEN(grant_event_names), (int)event);
}

static bool find(const char *const *names, size_t n, size_t first, struct span name, int *ret)
{
	for (size_t i = first; i < n; i++)
		if (span_is(name, names[i])) {
			*ret = (int)i;
			return true;
		}
	return false;
}

bool unit_state_of(struct span name, int *ret_status)
{
	return find(unit_names, ARRAY_LEN(unit_names), 1, name, ret_status);
}

bool unit_state_membership_of(struct span name, int *ret_status)
{
	return find(membership_names, ARRAY_LEN(membership_names), 0, name, ret_status);
}
