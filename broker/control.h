/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control - the daemon's socket for its operator: DATA/control.sock, for the daemon's own user only. One JSON line in, one out
 * (broker/endpoint/admin.h), as many as the caller likes. Several callers take turns, line by line; one that says nothing for a minute is
 * hung up on.
 */
#pragma once

#include "broker/endpoint/app.h"

#define CONTROL_LINE_MAX (8 * 1024 * 1024)

struct control;

MUST_USE int control_start(struct app *app, const char *path, struct control **ret_control);
void control_stop(struct control *control);

/* The other end: connect to a running daemon. ERR_ABSENT when none listens. */
MUST_USE int control_connect(const char *path, int *ret_fd);
/* Send one line, read one line (newline not counted) into @arena. */
MUST_USE int control_call(int fd, struct span request, struct arena *arena, struct span *ret_answer);
