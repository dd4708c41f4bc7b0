/* SPDX-License-Identifier: Apache-2.0 */
/* records_unit - units, their members, and which subsystems these may use. */
#pragma once

#include "broker/store/record.h"

enum unit_status { UNIT_REGISTERED = 1, UNIT_NEEDS_SUPPLEMENT, UNIT_PENDING_DEPT, UNIT_EFFECTIVE, UNIT_SUSPENDED, UNIT_DISSOLVED };
enum membership_status { MEMBERSHIP_NONE = 0 /* asked and turned down, or withdrawn */, MEMBERSHIP_PENDING_ADMIN, MEMBERSHIP_ACTIVE, MEMBERSHIP_ENDED };
enum membership_role { MEMBERSHIP_ROLE_MEMBER = 1, MEMBERSHIP_ROLE_ADMIN };
enum grant_status { GRANT_NONE = 0, GRANT_PRE_GRANTED, GRANT_ACTIVE, GRANT_REVOKED };

struct unit {
	struct id id;
	struct instant created_at;
	struct span uscc, name, type; /* type: 企业 … as code "enterprise", "institution", "society" */
	int status; /* enum unit_status */
	struct span dept_id, region;
	struct span rep_name, rep_id_type, rep_id_number, rep_phone; /* legal representative */
	struct id submission; /* the accepted supplement; zero: none */
	struct span reason;   /* why it was rejected or suspended, in the reviewer's words */
	struct instant since; /* in this status */
	struct instant not_before; /* suspended, dissolved: who acted for it before acts for it no longer */
	bool in_force;        /* PENDING_DEPT: a change is reviewed, and what was accepted before holds until it is decided */
};

/* A pair of neighbouring characters in a unit's name as compared, or the whole name: what a search looks up (broker/endpoint/unit_index.h). The
 * id is eight bytes of the pair's hash and the last eight of the unit's id, so that one scan finds every unit with the pair. */
struct unit_gram {
	struct id id, unit;
};

struct membership {
	struct id id, account, unit;
	int role, status;
	struct instant since;
	struct id decided_by;
	struct span reason; /* of a rejection or removal */
	struct id offered_by; /* the administrator who offers their role to this member, until the member says yes or no */
};

/* (membership or account) may use a subsystem; PRE_GRANTED waits for real-name success (domain.md M16). */
struct grant {
	struct id id, account, unit;
	struct span subsystem;
	int status;
	struct instant since;
};

enum {
	UNIT_BY_USCC = 1, UNIT_BY_DEPT,
	MEMBERSHIP_BY_ACCOUNT = 1, MEMBERSHIP_BY_UNIT, MEMBERSHIP_BY_PAIR, MEMBERSHIP_BY_ROLE,
	GRANT_BY_ACCOUNT = 1,
};

extern const struct kind KIND_UNIT, KIND_UNIT_GRAM, KIND_MEMBERSHIP, KIND_GRANT;
