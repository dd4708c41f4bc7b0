/* SPDX-License-Identifier: Apache-2.0 */
/*
 * password - our own password hashes: Argon2id in PHC strings, through libsodium.
 *
 * A password is used exactly as received: no trimming, no case change, no truncation (ASVS 6.2.8). These calls wait (about 16
 * ms at the default cost) and take @memory_kib of memory while they run: call them from the password bulkhead only. RFC 9106,
 * libraries.md 4.
 */
#pragma once

#include "broker/base/arena.h"

struct password_cost {
	unsigned passes;     /* t */
	unsigned memory_kib; /* m */
};

#define PASSWORD_COST_DEFAULT ((struct password_cost){ 2, 19456 }) /* ASVS appendix C floor: t=2 needs 19 MiB */
#define PASSWORD_COST_TEST ((struct password_cost){ 1, 64 })       /* for tests: a fraction of a millisecond */
/* The most we agree to compute when verifying a hash that was imported. */
#define PASSWORD_PASSES_MAX 16
#define PASSWORD_MEMORY_KIB_MAX (1024 * 1024)
#define PASSWORD_INPUT_MAX 4096

/* Hash @password. @ret_phc ("$argon2id$v=19$m=…") lives in @arena. ERR_INVALID when @password is longer than
 * PASSWORD_INPUT_MAX or @cost is
 * outside the caps, FAULT_MEMORY when the machine cannot give the memory (never a cheaper hash instead). */
MUST_USE int password_hash(struct span password, struct password_cost cost, struct arena *arena, struct span *ret_phc);
/* 0 when it fits; ERR_CREDENTIALS when not; ERR_INVALID when @phc is no Argon2 string or asks for more than the caps;
 * FAULT_MEMORY. */
MUST_USE int password_verify(struct span phc, struct span password);
/* Whether @phc was made with another algorithm or cost than @cost, so that the next successful login should hash anew. */
bool password_needs_rehash(struct span phc, struct password_cost cost);
/* For unknown users: the time and memory of a password_verify at @cost. Always ERR_CREDENTIALS or a fault. */
MUST_USE int password_dummy_verify(struct span password, struct password_cost cost);
/* Argon2 computations that this process has begun: what a login costs, counted and not timed. */
uint64_t password_computations(void);
/* Whether @text is an Argon2 PHC string that password_verify would accept to compute. */
bool password_is_phc(struct span text);
