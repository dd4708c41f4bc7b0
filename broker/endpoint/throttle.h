/* SPDX-License-Identifier: Apache-2.0 */
/*
 * throttle - durable counts in windows of time: attempts against an account, messages to a phone.
 *
 * A count is a record whose id is derived from the window's end and a blind value of what is counted, so that it is found without an
 * index, survives a restart, and goes away by itself. (Floods per address are slowed in memory before: broker/http/limits.h.)
 */
#pragma once

#include "broker/store/record.h"

struct throttle {
	const char *name; /* "login.pair" */
	int64_t window_ms;
	int64_t max; /* 0: unlimited */
};

/* How often @what was counted in the window of @now. */
MUST_USE int throttle_count(struct txn *txn, const struct throttle *throttle, struct span what, struct instant now, int64_t *ret_n);
/* Count once more. ERR_TOO_MANY, with nothing counted, when the window is full. */
MUST_USE int throttle_add(struct txn *txn, const struct throttle *throttle, struct span what, struct instant now);
/* Forget the window's count: the proof succeeded. */
MUST_USE int throttle_clear(struct txn *txn, const struct throttle *throttle, struct span what, struct instant now);
/* Take one of the window's counts back: the attempt that throttle_add counted at the same @now was none of what is limited. */
MUST_USE int throttle_take_back(struct txn *txn, const struct throttle *throttle, struct span what, struct instant now);
/* Seconds until the window of @now ends, at least 1. */
unsigned throttle_wait(const struct throttle *throttle, struct instant now);
