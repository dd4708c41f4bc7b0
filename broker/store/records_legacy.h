/* SPDX-License-Identifier: Apache-2.0 */
/* records_legacy - old accounts: imported rows, what happened to them, whom they belong to. */
#pragma once

#include "broker/store/record.h"

enum legacy_batch_status { LEGACY_BATCH_RUNNING = 1, LEGACY_BATCH_DONE, LEGACY_BATCH_UNDONE };
enum binding_status { BINDING_SUGGESTED = 1, BINDING_BOUND, BINDING_ENDED };

/* An imported row: an account that is none yet, or that has become one. */
struct legacy {
	struct id id;
	struct instant imported_at;
	struct span source, batch, legacy_id, kind, login_name, user_type, name, phone, email, uscc, unit_name, id_type, id_number;
	struct span scheme, salt, digest;
	struct instant phone_confirmed_at;
	struct span outcome; /* "E3", "P1", … */
	struct id account;   /* the account that it became or that it is suggested for */
	struct span why;     /* the facts on which the outcome stands, as the import saw them: JSON */
	struct instant changed_at; /* corrected by a later import */
	struct instant hash_gone_at; /* nobody claimed it in time: scheme, salt and digest are destroyed */
	struct id made_unit; /* the unit that its import registered; zero: there was one, or none was needed */
};

/* One file that was imported, and how far: what a restart, an undo and a report go by. */
struct legacy_batch {
	struct id id;
	struct span source, name;
	struct span file, fingerprint; /* its path as given; a hash of its bytes, in hex */
	int status; /* enum legacy_batch_status */
	struct instant begun_at, ended_at;
	int64_t size, offset, line; /* bytes in all, bytes read, the line on which reading goes on */
	struct span counts; /* JSON object: outcome to rows */
	struct span taken;  /* the same of those that an undo has taken back */
};

/* What happened to a legacy record after its import, in order: the answer to "why has this person that old account, or why not?" */
struct legacy_event {
	struct id id, legacy;
	struct instant at;
	struct span what;   /* "bound", "ended", "suggested", "disputed", "refused", "corrected", "hash_destroyed" … */
	struct span method; /* "sms", "password", "document", "review", "import" … */
	struct id account, identity; /* whose it is about */
	struct id actor;    /* who did it: the person, staff; zero: the operator or a job */
	struct span evidence; /* JSON: what was shown, masked */
	struct span reason;   /* in somebody's words, or a code */
};

/* What became of the old accounts of a source in one day (broker/endpoint/legacy_count.h); its id begins with the day. */
#define LEGACY_DAY_COUNTS(X)                                                                          \
	X(claimed)      /* an account that the import made: its first login */                        \
	X(bound)        /* by somebody's proof */                                                     \
	X(unbound)      /* such a binding ended */                                                    \
	X(suggested) X(suggestion_ended) /* confirmed or not */                                       \
	X(made_ended)   /* the import's own binding ended: absorbed, or by the desk */                \
	X(disputed) X(refused) X(expired) /* expired: nobody claimed it in time, its hash is destroyed */
struct legacy_day {
	struct id id;
	struct instant at; /* when the day began, in China */
	struct span source;
#define X(name) int64_t name;
	LEGACY_DAY_COUNTS(X)
#undef X
};

/* An ended one is history: it keeps its record and leaves BINDING_BY_LEGACY, so that the legacy record can be bound anew. */
struct binding {
	struct id id, legacy, identity, account;
	int status;
	struct span source, method;
	struct instant since;
	int64_t level; /* of the proof, domain.md 3.9 */
	struct span user_type; /* of the legacy record */
};

enum {
	LEGACY_BY_KEY = 1, LEGACY_BY_ACCOUNT, LEGACY_BY_LOGIN, LEGACY_BY_PHONE, LEGACY_BY_USCC, LEGACY_BY_ID_NUMBER, LEGACY_BY_BATCH,
	LEGACY_BATCH_BY_NAME = 1, LEGACY_BATCH_BY_FILE,
	LEGACY_EVENT_BY_LEGACY = 1,
	BINDING_BY_LEGACY = 1, BINDING_BY_IDENTITY, BINDING_BY_ACCOUNT, BINDING_BY_SOURCE,
};

extern const struct kind KIND_LEGACY, KIND_LEGACY_BATCH, KIND_LEGACY_EVENT, KIND_LEGACY_DAY, KIND_BINDING;
