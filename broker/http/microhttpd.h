/* SPDX-License-Identifier: Apache-2.0 */
/*
 * microhttpd - libmicrohttpd, taken into the process that serves HTTP and into no other.
 *
 * It brings GnuTLS and nine more along: two fifths of the time that a process takes to start, and code that reads from the network in the
 * signer, which holds the keys.
 */
#pragma once

#include "broker/base/error.h"

#include <microhttpd.h>

#define MICROHTTPD_FUNCTIONS(X)                                                                                                        \
	X(add_response_header) X(create_response_from_buffer) X(create_response_from_callback) X(destroy_response)                     \
	X(get_connection_info) X(get_connection_values_n) X(get_daemon_info) X(get_timeout) X(queue_response) X(quiesce_daemon) X(resume_connection) X(run) X(start_daemon)              \
	X(stop_daemon) X(suspend_connection)

#define MICROHTTPD_MEMBER(name) __typeof__(MHD_##name) *name;
struct microhttpd {
	MICROHTTPD_FUNCTIONS(MICROHTTPD_MEMBER)
};
#undef MICROHTTPD_MEMBER

extern struct microhttpd microhttpd; /* MHD_run is microhttpd.run; once it is loaded */

/* From any thread; what it returned once it returns always. FAULT_BUG: this machine has no libmicrohttpd, or not the one we were
 * compiled for. */
MUST_USE int microhttpd_load(void);
