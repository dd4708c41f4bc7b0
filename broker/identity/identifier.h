/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identifier - what a person typed as "who I am" at a password login: login name, phone, e-mail or ID number (Z11).
 *
 * The text may fit several kinds (an imported login name is a phone number; 18 digits are a credit code or an ID number): the
 * caller looks them up in the order given and takes the first kind that exists in the namespace. Whether a kind is allowed is the
 * caller's (confirmed, verified, namespace).
 */
#pragma once

#include "broker/base/arena.h"

enum identifier_kind { IDENTIFIER_LOGIN_NAME, IDENTIFIER_PHONE, IDENTIFIER_EMAIL, IDENTIFIER_ID_NUMBER, IDENTIFIER_KINDS };

struct identifier {
	enum identifier_kind kind;
	struct span value;     /* normalised, as the index holds it */
	const char *id_type;   /* for IDENTIFIER_ID_NUMBER: "111", "551", "552" or "553" */
};

/* The kinds @typed may be, in the order of enum identifier_kind, each once. *@ret_n is 0 when it can be none (answer as for an
 * unknown user). An ID number is a candidate only with a right check character; 15 digits are upgraded. FAULT_MEMORY. */
MUST_USE int identifier_candidates(struct span typed, struct arena *arena, struct identifier ret_candidates[IDENTIFIER_KINDS],
				   size_t *ret_n);
const char *identifier_kind_name(enum identifier_kind kind);
