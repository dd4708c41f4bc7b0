/* SPDX-License-Identifier: Apache-2.0 */
/*
 * totp - time-based one-time passwords: SHA-1, steps of 30 seconds, 6 digits, as every authenticator app takes them. RFC 6238, RFC 4226.
 */
#pragma once

#include "broker/base/arena.h"
#include "broker/base/error.h"

#define TOTP_STEP_MS (30 * MS_SECOND)
#define TOTP_SECRET 20 /* bytes: the size of a SHA-1 value (RFC 4226 4, R6) */
#define TOTP_DIGITS 6

static inline int64_t totp_step(struct instant now)
{
	return now.ms / TOTP_STEP_MS;
}

/* The code of @step; @ret_code is terminated. */
MUST_USE int totp_code(struct span secret, int64_t step, char ret_code[TOTP_DIGITS + 1]);

/* Does @code fit the step of @now, or one beside it (RFC 6238 5.2)? Steps up to @last are used up: each works once. *@ret_step: the one it fits,
 * the next @last. ERR_SECOND_FACTOR. Takes the same time for every code. */
MUST_USE int totp_check(struct span secret, struct span code, struct instant now, int64_t last, int64_t *ret_step);

/* "otpauth://totp/ISSUER:ACCOUNT?secret=…&issuer=ISSUER": what a QR code holds. */
MUST_USE int totp_uri(struct span secret, struct span issuer, struct span account, struct arena *arena, struct span *ret_uri);
