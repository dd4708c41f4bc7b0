/* SPDX-License-Identifier: Apache-2.0 */
/* records_system - of the daemon itself: counters, marks, keys, audit, figures. */
#pragma once

#include "broker/store/record.h"

/* A count in a window that ends at the id's expiry (record_named_id): attempts, messages. */
struct counter {
	struct id id;
	int64_t n;
};

/* Something that must not happen twice before the id's expiry: a client assertion's jti, a revoked access token. */
struct mark {
	struct id id;
	struct span note;
};

struct signing_key {
	struct id id;
	struct span kid, alg, public_jwk, sealed_private;
	struct instant created_at, publish_at, sign_from, sign_until, publish_until;
};

struct audit {
	struct id id;
	struct instant at;
	struct span actor, action, subject, client, address, reference, result, detail;
};

/* What happened in an hour, for the console (broker/endpoint/tally.h). Expires. */
struct figures_hour {
	struct id id;
	struct instant at;   /* when the hour began */
	struct id through;   /* the last record of the audit that is counted */
	struct span figures; /* JSON */
};

/* Process-wide facts found by name. */
struct meta {
	struct id id;
	struct span name, value;
	int64_t number;
};

enum {
	AUDIT_BY_ACTOR = 1,
	META_BY_NAME = 1,
};

extern const struct kind KIND_COUNTER, KIND_MARK, KIND_SIGNING_KEY, KIND_AUDIT, KIND_FIGURES_HOUR, KIND_META;
