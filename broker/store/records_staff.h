/* SPDX-License-Identifier: Apache-2.0 */
/* records_staff - what staff may do, and second factors. */
#pragma once

#include "broker/store/record.h"

/* Roles of staff accounts: bits. The first three exclude each other (MLPS: separation of system, security and audit administrator). */
enum staff_role { STAFF_SYSTEM = 1, STAFF_SECURITY = 2, STAFF_AUDIT = 4, STAFF_REVIEWER = 8, STAFF_SUPPORT = 16, STAFF_OPERATOR = 32 };

/* A staff account's role, within a department and those below it. */
struct appointment {
	struct id id, account;
	int64_t roles;    /* bits of enum staff_role */
	struct span dept; /* empty: the whole platform */
	struct instant since;
	struct id by;
};

/* A second factor. */
struct factor {
	struct id id, account;
	struct span type;   /* "totp" */
	struct span secret;
	int64_t last_step;  /* TOTP: the newest time step that was used, so that a code works once */
	struct text_list recovery; /* hashes of recovery codes not used yet */
	struct instant created_at, confirmed_at; /* confirmed_at zero: shown, never proved */
};

enum {
	APPOINTMENT_BY_ACCOUNT = 1,
	FACTOR_BY_ACCOUNT = 1,
};

extern const struct kind KIND_APPOINTMENT, KIND_FACTOR;
