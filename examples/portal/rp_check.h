/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rp_check - what a relying party must check before it believes anyone. Pure: keys, time and texts are handed in.
 */
#pragma once

#include "examples/portal/rp.h"
#include "keys/jwks.h"

/* The answer belongs to this attempt, comes from this issuer and holds a code. @iss_promised: the metadata say that every answer names
 * its issuer (RFC 9207 2.4). */
MUST_USE int rp_check_answer(const struct rp *rp, const struct rp_attempt *attempt, const struct rp_answer *answer, bool iss_promised);
/* The ID token's claims, after OpenID Connect Core 3.1.3.7. ERR_ABSENT: signed by a key that is not in @keys, which may be old. */
MUST_USE int rp_check_id_token(const struct rp *rp, const struct rp_attempt *attempt, const struct jwks *keys, struct span id_token,
			       struct span access_token, struct instant now, struct arena *arena, json_t **ret_claims);
/* The session that a logout token is about, after Back-Channel Logout 1.0 2.6. ERR_ABSENT as above. */
MUST_USE int rp_check_logout_token(const struct rp *rp, const struct jwks *keys, struct span logout_token, struct instant now, struct arena *arena,
				   struct span *ret_sid);
