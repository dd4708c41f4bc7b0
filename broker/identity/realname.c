/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/identity/realname.h"

#include "broker/base/error.h"

static const struct {
	enum realname_state from;
	enum realname_event event;
	enum realname_state to;
} transitions[] = {
	{ REALNAME_NONE, REALNAME_ON_SUBMIT, REALNAME_CHECKING },
	{ REALNAME_CHECKING, REALNAME_ON_MATCH, REALNAME_VERIFIED },
	{ REALNAME_CHECKING, REALNAME_ON_MISMATCH, REALNAME_FAILED },
	{ REALNAME_CHECKING, REALNAME_ON_UNAVAILABLE, REALNAME_DEFERRED },
	{ REALNAME_CHECKING, REALNAME_ON_NOT_CHECKABLE, REALNAME_MANUAL_PENDING }, /* domain.md 2.8, last line */
	{ REALNAME_DEFERRED, REALNAME_ON_RETRY, REALNAME_CHECKING },
	{ REALNAME_DEFERRED, REALNAME_ON_EDIT, REALNAME_CHECKING }, /* corrected while it waits */
	{ REALNAME_FAILED, REALNAME_ON_EDIT, REALNAME_CHECKING },
	{ REALNAME_FAILED, REALNAME_ON_UPLOAD, REALNAME_MANUAL_PENDING },
	{ REALNAME_MANUAL_PENDING, REALNAME_ON_APPROVE, REALNAME_VERIFIED },
	{ REALNAME_MANUAL_PENDING, REALNAME_ON_REJECT, REALNAME_FAILED },
	{ REALNAME_VERIFIED, REALNAME_ON_EDIT, REALNAME_NONE },
	{ REALNAME_VERIFIED, REALNAME_ON_EXPIRE, REALNAME_EXPIRED },
	{ REALNAME_EXPIRED, REALNAME_ON_SUBMIT, REALNAME_CHECKING },
	{ REALNAME_EXPIRED, REALNAME_ON_EDIT, REALNAME_NONE },
};

static const char *const states[] = {
#define X(name, text) text,
	REALNAME_STATES(X)
#undef X
};

static const char *const events[] = {
#define X(name, text) text,
	REALNAME_EVENTS(X)
#undef X
};

int realname_next(enum realname_state state, enum realname_event event, enum realname_state *ret_state)
{
	for (size_t i = 0; i < ARRAY_LEN(transitions); i++)
		if (transitions[i].from == state && transitions[i].event == event) {
			*ret_state = transitions[i].to;
			return 0;
		}
	return ERR_CONFLICT;
}

const char *realname_state_name(enum realname_state state)
{
	return (size_t)state < ARRAY_LEN(states) ? states[state] : states[REALNAME_NONE];
}

const char *realname_event_name(enum realname_event event)
{
	return (size_t)event < ARRAY_LEN(events) ? events[event] : "";
}

bool realname_state_of(struct span name, enum realname_state *ret_state)
{
	for (size_t i = 0; i < ARRAY_LEN(states); i++)
		if (span_is(name, states[i])) {
			*ret_state = (enum realname_state)i;
			return true;
		}
	return false;
}
