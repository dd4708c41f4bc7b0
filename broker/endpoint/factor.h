/* SPDX-License-Identifier: Apache-2.0 */
/*
 * factor - the second factor of an account: TOTP, enrolled at the first login by staff and on a page of their own by everybody else who wants one,
 * and recovery codes for when the phone is lost.
 *
 * While somebody enrols, the secret stands in a record with the interaction's id: another login of the same account gets another secret, so that
 * nobody who only saw the page once shares it. security.md rule 16; ASVS 6.5
 */
#pragma once

#include "broker/endpoint/app.h"
#include "broker/endpoint/throttle.h"

struct factor;

#define FACTOR_RECOVERY_CODES 10
#define FACTOR_RECOVERY_TEXT 12 /* "ABCDE-FGHJK" and a terminator */

/* Must @account prove a second factor? Staff always, others when they have set one up. */
MUST_USE int factor_is_wanted(struct txn *txn, struct arena *arena, struct id account, bool *ret_wanted);
/* The confirmed one. ERR_ABSENT. */
MUST_USE int factor_find(struct txn *txn, struct arena *arena, struct id account, struct factor *ret_factor);
/* The secret that @account is enrolling in @interaction, made when it is not there yet. In an update. @random: TOTP_SECRET bytes. */
MUST_USE int factor_offer(struct txn *txn, struct arena *arena, struct id account, struct id interaction, struct span random, struct instant now,
			  struct factor *ret_factor);

/* ---- in the transaction that keeps the proof; all of them ERR_SECOND_FACTOR for a wrong or used code */

/* Use @code of the confirmed factor: it works once, and no earlier one after it. */
MUST_USE int factor_use(struct txn *txn, struct arena *arena, struct id account, struct span code, struct instant now);
/* Use up one recovery code, typed in any case, with or without the hyphen. */
MUST_USE int factor_use_recovery(struct txn *txn, const struct seal_ring *seal, struct arena *arena, struct id account, struct span code);
/* @code proves the offered secret: from now on it is the account's factor, instead of any other. */
MUST_USE int factor_confirm(struct txn *txn, const struct seal_ring *seal, struct arena *arena, struct id account, struct id interaction,
			    struct span code, const char (*recovery)[FACTOR_RECOVERY_TEXT], struct instant now);
/* These codes from now on, and none of the earlier ones. ERR_ABSENT: there is no factor. */
MUST_USE int factor_renew(struct txn *txn, const struct seal_ring *seal, struct arena *arena, struct id account,
			  const char (*recovery)[FACTOR_RECOVERY_TEXT]);
/* Forget every factor of @account, confirmed or only offered. */
MUST_USE int factor_reset(struct txn *txn, struct arena *arena, struct id account);

/* Fresh recovery codes, to be shown once. */
void factor_new_recovery(char ret_codes[FACTOR_RECOVERY_CODES][FACTOR_RECOVERY_TEXT]);

/* ---- wrong codes of an account are counted together, wherever they are entered (ASVS 6.3.1) */

struct factor_tries {
	struct throttle throttle;
	char who[37];
	unsigned wait; /* seconds, after ERR_TOO_MANY */
};
struct factor_tries factor_tries(const struct config *config, struct id account);
/* In a transaction of its own, before a code is looked at. ERR_TOO_MANY. */
MUST_USE int factor_tries_count(struct txn *txn, struct factor_tries *tries, struct instant now);
/* A code was right, or somebody who may has said so. */
MUST_USE int factor_tries_forget(struct txn *txn, const struct factor_tries *tries, struct instant now);
