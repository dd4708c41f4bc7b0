/* SPDX-License-Identifier: Apache-2.0 */
/*
 * supervisor - `yimen serve`: opens the sockets, starts the signer and the front, starts them again when they end, and stops them in order.
 *
 * It keeps both ends of every channel between the two, so that a restarted signer takes over where the old one was, and the listening
 * sockets, so that connections wait while a front is restarted. It holds no secrets and speaks to nobody. security.md (Processes)
 */
#pragma once

#include "conf/config.h"

struct supervisor_options {
	struct config_sources sources;
	const char *const *arguments; /* --config … --data … --set …: passed on to the front; ends with NULL */
};

/* Runs until told to stop; returns the exit code. */
int supervisor_run(const struct supervisor_options *options);

/* ---- what the children find on their command lines */

/* "3,4,5": descriptors, or CPUs. False when it is no such text, or longer than @cap. */
MUST_USE bool supervisor_parse_fds(const char *text, int *fds, size_t cap, size_t *ret_n);
