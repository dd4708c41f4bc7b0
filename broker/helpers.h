/* SPDX-License-Identifier: Apache-2.0 */
/*
 * helpers - the supervisor's part in work that a process of its own does, decoding a picture or hashing: the front asks, it is executed, its end is told.
 *
 * A request is one byte, which work (broker/endpoint/helper.h), with two descriptors: the socket that becomes the helper's standard input and output, and one to which the helper's wait
 * status is written when it has ended. The front cannot execute anything itself (keys/sandbox.h), and a threaded process would not be forked.
 */
#pragma once

#include "broker/base/error.h"

#include <sys/types.h>

#define HELPERS_MAX 32

struct helpers {
	int channel[2]; /* [0] the front's end, [1] ours */
	pid_t self;
	struct helper {
		pid_t pid;
		int status_fd;
	} running[HELPERS_MAX];
	size_t n;
};

MUST_USE int helpers_open(struct helpers *helpers);
/* Start what was asked for. Call it when channel[1] is readable. */
void helpers_take(struct helpers *helpers);
/* Tell that @pid ended. False: it is no helper. */
bool helpers_ended(struct helpers *helpers, pid_t pid, int status);
/* Kill those that run. */
void helpers_stop(struct helpers *helpers);
