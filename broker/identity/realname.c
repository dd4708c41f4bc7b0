/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/identity/realname.h"

#include "broker/base/error.h"
#include "broker/store/records_account.h"

static const struct {
	int from; /* enum realname_status */
	enum realname_event event;
	int to;
} transitions[] = {
	{ REALNAME_NONE, REALNAME_ON_SUBMIT, REALNAME_CHECKING },
	{ REALNAME_CHECKING, REALNAME_ON_MATCH, REALNAME_VERIFIED },
	{ REALNAME_CHECKING, REALNAME_ON_MISMATCH, REALNAME_FAILED },
	{ REALNAME_CHECKING, REALNAME_ON_UNAVAILABLE, REALNAME_DEFERRED },
	{ REALNAME_CHECKING, REALNAME_ON_NOT_CHECKABLE, REALNAME_MANUAL_PENDING }, /* domain.md 2.8, last line */
	{ REALNAME_DEFERRED, REALNAME_ON_RETRY, REALNAME_CHECKING },
	{ REALNAME_DEFERRED, REALNAME_ON_EDIT, REALNAME_CHECKING }, /* corrected while it waits */
	{ REALNAME_FAILED, REALNAME_ON_EDIT, REALNAME_CHECKING },
	{ REALNAME_CHECKING, REALNAME_ON_EDIT, REALNAME_CHECKING }, /* … while the verifier is being asked */
	{ REALNAME_FAILED, REALNAME_ON_UPLOAD, REALNAME_MANUAL_PENDING },
	{ REALNAME_MANUAL_PENDING, REALNAME_ON_EDIT, REALNAME_CHECKING }, /* withdrawn: corrected before anybody decided */
	{ REALNAME_MANUAL_PENDING, REALNAME_ON_UPLOAD, REALNAME_MANUAL_PENDING }, /* of a document that nobody else checks */
	{ REALNAME_MANUAL_PENDING, REALNAME_ON_APPROVE, REALNAME_VERIFIED },
	{ REALNAME_MANUAL_PENDING, REALNAME_ON_REJECT, REALNAME_FAILED },
	{ REALNAME_VERIFIED, REALNAME_ON_EDIT, REALNAME_NONE },
	{ REALNAME_VERIFIED, REALNAME_ON_EXPIRE, REALNAME_EXPIRED },
	{ REALNAME_EXPIRED, REALNAME_ON_SUBMIT, REALNAME_CHECKING },
	{ REALNAME_EXPIRED, REALNAME_ON_EDIT, REALNAME_NONE },
};

static const char *const states[] = {
#define X(name, text) [REALNAME_##name] = text,
	REALNAME_STATES(X)
#undef X
};

static const char *const events[] = {
#define X(name, text) text,
	REALNAME_EVENTS(X)
#undef X
};

int realname_next(int status, enum realname_event event, int *ret_status)
{
	for (size_t i = 0; i < ARRAY_LEN(transitions); i++)
		if (transitions[i].from == status && transitions[i].event == event) {
			*ret_status = transitions[i].to;
			return 0;
		}
	return ERR_CONFLICT;
}

const char *realname_state_name(int status)
{
	return status >= 0 && (size_t)status < ARRAY_LEN(states) ? states[status] : states[REALNAME_NONE];
}

const char *realname_event_name(enum realname_event event)
{
	return (size_t)event < ARRAY_LEN(events) ? events[event] : "";
}

bool realname_state_of(struct span name, int *ret_status)
{
	for (size_t i = 0; i < ARRAY_LEN(states); i++)
		if (span_is(name, states[i])) {
			*ret_status = (int)i;
			return true;
		}
	return false;
}

int64_t realname_pause(int64_t attempt, int64_t first, int64_t most)
{
	int64_t pause = first;

	for (int64_t i = 1; i < attempt && pause < most; i++)
		pause *= 2;
	return pause < most ? pause : most;
}
