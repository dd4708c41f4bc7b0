/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox - what a process gives up for good once it has opened what it needs.
 *
 * All profiles: no new privileges, no core dumps, not traceable by its own user. In builds with sanitizers the system-call filter
 * is left out, since their run-time needs more than the process does.
 */
#pragma once

#include "broker/base/base.h"

enum sandbox {
	SANDBOX_SIGNER, /* an allow list: channels, memory, clock, randomness, log; anything else kills the process */
	SANDBOX_IMAGE,  /* an allow list: reading, writing, memory; no new descriptors, 768 MiB, 10 seconds of processor time */
	SANDBOX_HASH,   /* the same and the clock, without bounds on memory and time */
	SANDBOX_FRONT,  /* a deny list: no exec, fork, ptrace, mount, bpf, kexec, modules …: EPERM */
};

/* For all threads of the process, now and later. FAULT_IO when the kernel refuses. */
MUST_USE int sandbox_enter(enum sandbox profile);
/* The system-call filter is compiled in (no sanitizer). */
bool sandbox_has_filter(void);
