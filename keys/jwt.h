/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jwt - the claim checks that every kind of token shares. Pure: time is handed in.
 *
 * Signature and typ come first (jws_verify). RFC 7519 4.1, RFC 7523 3, OpenID Connect Core 3.1.3.7
 */
#pragma once

#include "broker/base/json.h"

struct jwt_expect {
	struct span iss;        /* must equal; empty: any */
	struct span aud;        /* must be among "aud"; empty: any */
	struct span sole_aud;   /* "aud" must be this and nothing else; empty: no such rule */
	struct instant now;
	int64_t leeway_ms;      /* allowed difference of clocks, both ways */
	int64_t max_ahead_ms;   /* exp may be at most so far ahead (client assertions); 0: any */
	bool needs_exp, needs_iat;
};

/* ERR_EXPIRED past exp; ERR_INVALID for a claim that is missing, of the wrong type, too early or not as expected. */
MUST_USE int jwt_check(const json_t *claims, const struct jwt_expect *expect);
/* "aud" is @aud, or an array of strings that holds it. */
bool jwt_has_audience(const json_t *claims, struct span aud);
/* A NumericDate, integer or real. False when absent, not a number or out of range (years 1970 to 9999). */
MUST_USE bool jwt_get_time(const json_t *claims, const char *key, struct instant *ret);
