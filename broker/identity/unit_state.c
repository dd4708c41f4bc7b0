/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/identity/unit_state.h"

#include "broker/base/error.h"

/* One row a transition. Numbers, since three machines share the walk below. */
struct transition {
	int from, event, to;
};

static const struct transition unit_transitions[] = {
	{ UNIT_REGISTERED, UNIT_ON_VERIFIED, UNIT_NEEDS_SUPPLEMENT },
	{ UNIT_NEEDS_SUPPLEMENT, UNIT_ON_SUBMIT, UNIT_PENDING_DEPT },
	{ UNIT_PENDING_DEPT, UNIT_ON_APPROVE, UNIT_EFFECTIVE },
	{ UNIT_PENDING_DEPT, UNIT_ON_REJECT, UNIT_NEEDS_SUPPLEMENT },
	{ UNIT_EFFECTIVE, UNIT_ON_CRITICAL_CHANGE, UNIT_PENDING_DEPT },
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
static const char *const unit_names[] = { UNIT_STATES(X) };
static const char *const membership_names[] = { MEMBERSHIP_STATES(X) };
static const char *const grant_names[] = { GRANT_STATES(X) };
#undef X

static bool next(const struct transition *row, size_t n, int from, int event, int *ret_to)
{
	for (; n; n--, row++)
		if (row->from == from && row->event == event) {
			*ret_to = row->to;
			return true;
		}
	return false;
}

static bool find(const char *const *names, size_t n, struct span name, int *ret)
{
	for (size_t i = 0; i < n; i++)
		if (span_is(name, names[i])) {
			*ret = (int)i;
			return true;
		}
	return false;
}

int unit_state_next(enum unit_state state, enum unit_event event, enum unit_state *ret_state)
{
	int to;

	if (!next(unit_transitions, ARRAY_LEN(unit_transitions), (int)state, (int)event, &to))
		return ERR_CONFLICT;
	*ret_state = (enum unit_state)to;
	return 0;
}

int unit_state_membership_next(enum membership_state state, enum membership_event event, enum membership_state *ret_state)
{
	int to;

	if (!next(membership_transitions, ARRAY_LEN(membership_transitions), (int)state, (int)event, &to))
		return ERR_CONFLICT;
	*ret_state = (enum membership_state)to;
	return 0;
}

int unit_state_grant_next(enum grant_state state, enum grant_event event, enum grant_state *ret_state)
{
	int to;

	if (!next(grant_transitions, ARRAY_LEN(grant_transitions), (int)state, (int)event, &to))
		return ERR_CONFLICT;
	*ret_state = (enum grant_state)to;
	return 0;
}

const char *unit_state_name(enum unit_state state)
{
	return (size_t)state < ARRAY_LEN(unit_names) ? unit_names[state] : unit_names[0];
}

const char *unit_state_membership_name(enum membership_state state)
{
	return (size_t)state < ARRAY_LEN(membership_names) ? membership_names[state] : membership_names[0];
}

const char *unit_state_grant_name(enum grant_state state)
{
	return (size_t)state < ARRAY_LEN(grant_names) ? grant_names[state] : grant_names[0];
}

bool unit_state_of(struct span name, enum unit_state *ret_state)
{
	int found;

	if (!find(unit_names, ARRAY_LEN(unit_names), name, &found))
		return false;
	*ret_state = (enum unit_state)found;
	return true;
}

bool unit_state_membership_of(struct span name, enum membership_state *ret_state)
{
	int found;

	if (!find(membership_names, ARRAY_LEN(membership_names), name, &found))
		return false;
	*ret_state = (enum membership_state)found;
	return true;
}

bool unit_state_grant_of(struct span name, enum grant_state *ret_state)
{
	int found;

	if (!find(grant_names, ARRAY_LEN(grant_names), name, &found))
		return false;
	*ret_state = (enum grant_state)found;
	return true;
}
