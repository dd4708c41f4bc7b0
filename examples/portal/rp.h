/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rp - the relying party: all that a business system does to let people log in through Yimen. Read this file and rp.c; the rest of the
 * folder is web pages.
 *
 *   1. /login     rp_login_url: to the broker, with state, nonce and a PKCE challenge                  OpenID Connect Core 3.1.2.1
 *   2. /callback  rp_finish: state and iss checked, code exchanged, ID token verified, userinfo read   3.1.2.5 to 3.1.3.7, 5.3
 *   3. /logout    rp_logout_url: to the broker's logout, and back                                      RP-Initiated Logout 1.0
 *   4. /backchannel  rp_logged_out: the broker says that a session has ended, whoever ended it         Back-Channel Logout 1.0
 *
 * Where the endpoints are is read from the issuer's metadata (OpenID Connect Discovery 1.0 4): nothing is configured twice.
 */
#pragma once

#include "broker/base/json.h"
#include "broker/net/net.h"

#define RP_TOKEN 43            /* characters of 32 bytes in base64url */
#define RP_LOGIN_LIFE (10 * MS_MINUTE)
#define RP_SCOPE "openid profile phone email realname org grants legacy"

struct rp {
	struct span issuer, client_id, client_secret, redirect_uri;
	struct span home;      /* where people come back to after logout; registered like redirect_uri */
	struct net *net;       /* outbound requests, with an address guard, deadlines and size caps */
	unsigned char key[32]; /* made at start: binds an attempt to log in to a browser */
};

/* One attempt to log in. The browser keeps the seed in a cookie, and everything else follows from it and our key: no memory is used
 * for people who never come back, and none can be exhausted. */
struct rp_attempt {
	char seed[64];
	char state[RP_TOKEN + 1], nonce[RP_TOKEN + 1], verifier[RP_TOKEN + 1];
};

/* What came with the browser to the redirect URI. */
struct rp_answer {
	struct span code, state, iss, error, error_description;
};

struct rp_person {
	struct span id_token; /* kept for logout */
	json_t *claims;       /* of the ID token and of userinfo, together; the caller's */
};

/* A fresh attempt, and the one that a cookie's @seed belongs to. ERR_INTERACTION_EXPIRED when the seed is too old or no seed of ours. */
MUST_USE int rp_begin(const struct rp *rp, struct instant now, struct rp_attempt *ret_attempt);
MUST_USE int rp_resume(const struct rp *rp, struct span seed, struct instant now, struct rp_attempt *ret_attempt);

MUST_USE int rp_login_url(const struct rp *rp, const struct rp_attempt *attempt, struct span ui_locales, struct instant now,
			  struct arena *arena, struct span *ret_url);
/* ERR_INTERACTION_FOREIGN: the state is not this browser's; ERR_ACCESS_DENIED: the broker answered with an error; ERR_INVALID_GRANT: the
 * code is too old or was used; ERR_INVALID_TOKEN: what came back is not what an honest broker sends; FAULT_UNREACHABLE, FAULT_TIMEOUT. */
MUST_USE int rp_finish(const struct rp *rp, const struct rp_attempt *attempt, const struct rp_answer *answer, struct instant now,
		       struct arena *arena, struct rp_person *ret_person);
MUST_USE int rp_logout_url(const struct rp *rp, struct span id_token, struct instant now, struct arena *arena, struct span *ret_url);
/* Which session is over: the sid of its ID token. ERR_INVALID_TOKEN: nobody honest sends that. */
MUST_USE int rp_logged_out(const struct rp *rp, struct span logout_token, struct instant now, struct arena *arena, struct span *ret_sid);
