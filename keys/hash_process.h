/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash_process - password hashes computed in a process of their own: `yimen hash`, for background work.
 *
 * Argon2 takes its memory from the kernel for each hash and gives it back. In the front that would be done under the lock of the address space that
 * logins need as well, by a thread of the lowest priority: a busy machine lets it wait while it holds the lock, and with it every login. Here
 * nobody waits for it. It reads a request, writes the reply, and ends with its socket. Same machine, same binary: structs as they are.
 */
#pragma once

#include "keys/password.h"

#define HASH_PROCESS_TEXT 512 /* bytes at most: an old digest */

struct hash_process_request {
	uint32_t passes, memory_kib, n;
	char text[HASH_PROCESS_TEXT];
};

struct hash_process_reply {
	int32_t error; /* of password_hash */
	uint32_t n;
	uint64_t cpu_us;
	char phc[192];
};

/* The process, with its socket at @fd, at the lowest priority. Returns the exit code. */
int hash_process_main(int fd);

/* The other end. */
struct hash_process {
	int fd;          /* -1: none */
	uint64_t cpu_us; /* that its hashes took */
};
/* password_hash over there. FAULT_IO: it does not answer, or answers nonsense; the caller closes it. */
MUST_USE int hash_process_run(struct hash_process *process, struct span text, struct password_cost cost, struct arena *arena, struct span *ret_phc);
