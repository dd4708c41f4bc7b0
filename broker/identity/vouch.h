/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vouch - another platform says that it has verified who somebody is: what becomes of that for the account that its word belongs to? domain.md 3.8, 3.9
 *
 * Pure. What contradicts what was verified here is never taken over: it is the sign of a link to the wrong person, or of somebody's mistake.
 */
#pragma once

#include "broker/identity/acr.h"
#include "broker/identity/date.h"
#include "broker/store/record.h"

struct account;

/* As the platform told it; id_type and id_number may be empty. */
struct vouch_word {
	struct span real_name, id_type, id_number;
	int64_t level; /* domain.md 3.9 */
};

enum vouch {
	VOUCH_NOTHING,  /* it says no more than we know */
	VOUCH_TAKE,     /* the account's real name is verified now */
	VOUCH_RAISE,    /* … was verified, at a lower level */
	VOUCH_CONFLICT, /* … was verified, as somebody else's */
};

/* *@ret_word is what may be kept of @word: a number is normalised, and left out when it is none of its type (111 where no type is told). */
MUST_USE int vouch_read(const struct vouch_word *word, struct date today, struct arena *arena, struct vouch_word *ret_word);
/* @word as vouch_read made it. */
enum vouch vouch_decide(const struct account *account, const struct vouch_word *word);
