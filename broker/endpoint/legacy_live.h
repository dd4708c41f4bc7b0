/* SPDX-License-Identifier: Apache-2.0 */
/*
 * legacy_live - old systems that still run and say whether a password is somebody's (legacy_sources.live), for the time before the cut-over.
 *
 * shadow: the answer here counts; the old system is asked beside the login, and where the two disagree is counted by kind and written to the audit trail.
 * migrate: who has no password here, or types one that does not fit, is asked there; what fits there becomes the password here. An old system that does
 * not answer locks nobody out: what is known here counts, and who can be judged there only is told to come back.
 *
 * Asked is about accounts that an import of this source made, until their owner changes the password here: what is typed then is none of the old system's
 * business. The password is posted to the configured address and nowhere else, over TLS (or to this machine), and is in no log and no record.
 */
#pragma once

#include "broker/endpoint/app.h"
#include "broker/endpoint/credentials.h"
#include "broker/store/records_legacy.h"
#include "conf/config_legacy.h"

/* What came of asking, here against there. */
enum legacy_live_kind {
	LEGACY_LIVE_BOTH,    /* both say yes */
	LEGACY_LIVE_NEITHER,
	LEGACY_LIVE_ONLY_HERE,
	LEGACY_LIVE_ONLY_THERE,
	LEGACY_LIVE_UNKNOWN, /* the old system does not know the account */
	LEGACY_LIVE_AWAY,    /* no answer, or none that can be trusted */
	LEGACY_LIVE_SKIPPED, /* not asked: the breaker is open, or too many questions are on their way */
	LEGACY_LIVE_MIGRATED, /* of ONLY_THERE: the password was taken over */
	LEGACY_LIVE_KINDS
};
const char *legacy_live_kind_name(enum legacy_live_kind kind);

struct legacy_live;
MUST_USE int legacy_live_new(struct legacy_live **ret_live);
void legacy_live_free(struct legacy_live *live);
/* Over all sources, since the start. */
int64_t legacy_live_total(struct legacy_live *live, enum legacy_live_kind kind);

/* Who is asked about. Texts live in the arena of the lookup. */
struct legacy_live_who {
	const struct config_live *config; /* NULL: nobody is asked about this account */
	struct legacy legacy;
	struct id account;
};
enum legacy_live_answer { LEGACY_LIVE_YES, LEGACY_LIVE_NO, LEGACY_LIVE_NOT_KNOWN, LEGACY_LIVE_NO_ANSWER };

/* Whom to ask about @account: a source in the mode shadow or migrate. */
MUST_USE int legacy_live_find(struct txn *txn, const struct config *config, const struct account *account, struct arena *arena, struct legacy_live_who *ret_who);
/* Ask, counting failures for the breaker. Waits up to the source's timeout: not on a loop or password thread. 0 whatever the answer; FAULT_MEMORY. */
MUST_USE int legacy_live_ask(const struct settings *settings, const struct legacy_live_who *who, struct span password, struct arena *arena,
			     enum legacy_live_answer *ret_answer);
void legacy_live_count(struct legacy_live *live, struct span source, enum legacy_live_kind kind);
/* Is the breaker of @source open? Seconds until it is tried again; 0: it is closed. */
unsigned legacy_live_wait(struct legacy_live *live, struct span source, struct instant now);
/* How long the slowest source took to answer lately, ms: who is not asked about waits as long, so that time does not tell. */
int64_t legacy_live_usual_ms(struct legacy_live *live);
/* Compare the answer there with @here, later, on another thread; audit where they disagree. The login does not wait. */
void legacy_live_beside(struct request *rq, const struct legacy_live_who *who, struct span password, bool here);

/* Is one of the sources in the mode @mode? */
bool legacy_live_has(const struct config *config, enum config_live_mode mode);
/* credentials_prove with the old systems beside it. Where a source migrates it waits for them: on the upstream pool. ERR_LEGACY_AWAY (Retry-After is set):
 * only the old system could say, and it does not. */
MUST_USE int legacy_live_prove(struct request *rq, int namespace_, struct span login_name, struct span password, struct credentials *ret_credentials);
/* In the transaction of a login whose password was taken over (@credentials->migrated): audit and the row's history. */
MUST_USE int legacy_live_note(struct txn *txn, struct request *rq, const struct credentials *credentials);
