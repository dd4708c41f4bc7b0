/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signer_claims - what the signer demands of the claims it signs. Pure.
 *
 * The front may be in a stranger's hands. So claims must begin {"iss":…,"exp":…,"iat":…, exactly as signer_begin_claims writes
 * them, none of the three may come again (parsers disagree on which of two counts), and their values are bounded.
 */
#pragma once

#include "keys/signer.h"

struct signer_rule {
	struct span begin;   /* {"iss":"…","exp": with the issuer as JSON */
	int64_t now;         /* seconds */
	int64_t max_life;    /* seconds from iat to exp */
};

/* How far the front's clock and the signer's may be apart, seconds. */
#define SIGNER_CLOCK_SLACK 60

/* ERR_INVALID unless @claims may be signed. */
MUST_USE int signer_claims_check(struct span claims, const struct signer_rule *rule);
/* "typ" of the header and the default cap on lifetimes, seconds. */
const char *signer_claims_typ(enum signer_typ typ);
int64_t signer_claims_max_life(enum signer_typ typ);
/* {"iss":"…","exp": */
void signer_claims_begin(struct buf *buf, struct span issuer);
