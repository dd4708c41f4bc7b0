/* SPDX-License-Identifier: Apache-2.0 */
/* records_realname - what real-name verification remembers. */
#pragma once

#include "broker/store/record.h"

enum realname_due_what { REALNAME_DUE_CHECK = 1 /* ask the verifier */, REALNAME_DUE_EXPIRE /* the document's validity ends */ };

/* A real name that has to be looked at again. The id begins with the time when; nothing sweeps it. Valid while the account agrees: a CHECK when
 * its realname_retry_at is that time, an EXPIRE when its realname_at is @since. */
struct realname_due {
	struct id id, account;
	int what; /* enum realname_due_what */
	int64_t attempt;
	struct instant since;
};

/* A match of a verifier's, remembered: whoever claims the very same again is not asked about again (broker/endpoint/verify_memory.h). Of
 * the claim itself nothing is kept. */
struct verified {
	struct id id;
	struct span claim; /* a keyed hash of it */
	struct span verifier, method, evidence;
	int64_t level;
};

enum {
	VERIFIED_BY_CLAIM = 1,
};

extern const struct kind KIND_REALNAME_DUE, KIND_VERIFIED;
