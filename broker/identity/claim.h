/* SPDX-License-Identifier: Apache-2.0 */
/*
 * claim - may this person have this old account? domain.md Z3-Z6, T2, 1.2 (E2, P2), 1.5 "Legacy binding".
 *
 * Pure: the caller reads what the store says inside the transaction that will write, asks, and does what the answer says
 * (broker/endpoint/legacy_change). That is the whole of the two promises "one old account, at most one person" and "one person, at most so many
 * old accounts of a system"; tests/unit/identity/test_claim explores every order of steps of three people.
 */
#pragma once

#include "broker/base/arena.h"
#include "broker/base/error.h"
#include "broker/identity/date.h"

/* What stands between a row and people now. */
enum claim_link {
	CLAIM_FREE,            /* nobody, or only history */
	CLAIM_SUGGESTED,       /* to this person: by the import, not proved */
	CLAIM_SUGGESTED_OTHER, /* to somebody else: releases nothing, and stands in nobody's way */
	CLAIM_BOUND,           /* to this person */
	CLAIM_BOUND_OTHER,
	CLAIM_UNUSED,          /* to the account that the import made for it, which nobody has ever used and which is of the same kind */
};

struct claim_state {
	enum claim_link link;
	int64_t held;  /* accounts of this source that are bound to this person, this one not counted */
	int64_t limit; /* per_identity */
};

/* What binding means then. */
enum claim_move {
	CLAIM_KEEP,    /* bound already: nothing to do */
	CLAIM_NEW,
	CLAIM_CONFIRM, /* the suggestion becomes a binding */
	CLAIM_REPLACE, /* somebody else's suggestion ends */
	CLAIM_ABSORB,  /* the unused account is closed, and its binding ends */
};

/* ERR_LEGACY_TAKEN, ERR_LEGACY_LIMIT, in this order. */
MUST_USE int claim_bind(const struct claim_state *state, enum claim_move *ret_move);

/* ---- which of the rows with one phone is meant (Z3, Z5, Z6) */

struct claim_row {
	int type;                /* its place in the source's user_types, 0 first; -1: none of them */
	enum claim_link link;
	struct instant phone_confirmed_at; /* by the old system */
};

struct claim_sms {
	const struct claim_row *rows; /* all rows of the source with the phone that was typed */
	size_t n;
	int type;        /* chosen; -1: the source has no types, any row will do */
	int64_t held, limit;
	bool recent_only; /* sms_alone: recent */
	int64_t recent;   /* … and how old a confirmation may be, in milliseconds */
	struct instant now;
};

/* The errors of Zhengzhou's manual in its order: ERR_LEGACY_UNKNOWN (Z5: none of this type and phone), ERR_LEGACY_FIRST (Z6: one of an
 * earlier type is bound to nobody yet; *ret_index is that one's), ERR_LEGACY_TAKEN, ERR_LEGACY_LIMIT, then ERR_LEGACY_PHONE (a code to this
 * number proves too little). 0: *ret_index is the row to bind. */
MUST_USE int claim_by_sms(const struct claim_sms *sms, size_t *ret_index);

/* Must a row of @type with @link be bound before one of type @chosen with the same phone (Z6)? */
bool claim_is_first(int type, enum claim_link link, int chosen);

/* ---- what a proof that was given elsewhere does to a suggestion (1.2, E2 and P2) */

enum claim_proof {
	CLAIM_PROOF_PHONE, /* a code to the account's own phone, after the import */
	CLAIM_PROOF_UNIT,  /* the real name of the account's unit is verified */
};

struct claim_suggestion {
	bool is_enterprise;
	struct span phone, uscc;             /* of the row */
	struct span account_phone, unit_uscc; /* confirmed; verified. Empty: not */
};

/* P2 by a code to the phone of the row; E2 by the verified unit with the credit code of the row. Nothing reaches further. */
bool claim_proof_reaches(enum claim_proof proof, const struct claim_suggestion *suggestion);

/* ---- documents (T2) */

/* Are these one document: the same type and, as document.h compares them (15 digits upgraded, renewals of one permit), the same number?
 * Types whose number alone is no permanent key never are. */
MUST_USE int claim_same_document(struct span a_type, struct span a_number, struct span b_type, struct span b_number, struct date today,
				 struct arena *arena, bool *ret_same);
