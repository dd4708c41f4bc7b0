/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon - the front process: opens the store, gets the keys loaded, serves, reloads on SIGHUP, ends in order on SIGTERM.
 *
 * The supervisor (supervisor.h) starts it with its sockets open already and the channels to the signer in place.
 */
#pragma once

#include "conf/config.h"

#define DAEMON_LISTENERS 16
#define DAEMON_THREADS 16

/* Exit codes that tell the supervisor what to do. */
#define DAEMON_EXIT_CONFIG 78 /* EX_CONFIG: starting again will not help */
#define DAEMON_EXIT_STORE 75  /* EX_TEMPFAIL: the store gave up, start again (libraries.md E6) */

struct daemon_options {
	struct config_sources sources;
	/* For each listen address of the configuration: the sockets, one a loop (TCP) or one in all (unix). */
	int listen_fds[DAEMON_LISTENERS][DAEMON_THREADS];
	size_t listen_n[DAEMON_LISTENERS];
	size_t n_listeners;
	int signer_fds[DAEMON_THREADS + 2];
	size_t n_signers;
	int helper_fd; /* where pictures are sent to be decoded (helpers.h) */
};

/* Runs until told to stop; returns the exit code. */
int daemon_run(const struct daemon_options *options);
