/* SPDX-License-Identifier: Apache-2.0 */
/*
 * breaker - when something that keeps failing is left alone for a while, and how it is tried again: by one at a time. Pure; whoever has the state
 * guards it.
 */
#pragma once

#include "broker/base/base.h"

struct breaker_rule {
	int64_t failures;              /* so many in a row open it */
	int64_t pause_ms, pause_most_ms; /* how long it stays open: at first, and at most after doubling */
};

struct breaker {
	int64_t failed;           /* in a row */
	int64_t pause_ms;         /* the last one; 0: it is closed */
	struct instant open_until;
	struct instant probe_until; /* somebody tries; should they never come back, the next may after this */
};

/* May one more go through? Open and the pause over: the first who asks, and nobody else until breaker_leave. */
bool breaker_enter(struct breaker *breaker, struct instant now);
/* What came of it. */
void breaker_leave(struct breaker *breaker, const struct breaker_rule *rule, bool ok, struct instant now);
/* Neither: it was not reached at all. */
void breaker_cancel(struct breaker *breaker);
bool breaker_is_open(const struct breaker *breaker, struct instant now);
