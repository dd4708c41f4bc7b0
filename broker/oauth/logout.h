/* SPDX-License-Identifier: Apache-2.0 */
/*
 * logout - what a relying party's request to end a session may do. OpenID Connect RP-Initiated Logout 1.0 2 and 3
 */
#pragma once

#include "broker/oauth/client.h"
#include "keys/seal.h"

struct logout_params {
	struct span id_token_hint, client_id, post_logout_redirect_uri, state, ui_locales;
};

/* What a verified hint says. */
struct logout_hint {
	struct span client_id, sub, sid;
};

struct logout_decision {
	const struct config_client *client; /* NULL: unknown who asks */
	struct span redirect_uri;           /* where to go afterwards; empty: show our own page */
	struct span state;
	bool is_confirmed; /* a hint of this very session: no question is asked (ASVS 10.6.2) */
};

/* The hint's payload after its signature (by one of our keys) was verified; being expired is no error (RP-Initiated Logout 2).
 * ERR_INVALID_REQUEST when it is not one of our ID tokens. */
MUST_USE int logout_parse_hint(const struct config *config, struct span payload, struct arena *arena, struct logout_hint *ret_hint);
/* @hint may be NULL: none came. @sid: token_sid of the browser's session for the hint's client; empty without a session.
 * ERR_INVALID_REQUEST when hint and client_id contradict each other; ERR_UNKNOWN_CLIENT; ERR_REDIRECT_URI when the URI is not
 * registered for the client, or nobody says which client. */
MUST_USE int logout_check(const struct config *config, const struct logout_params *params, const struct logout_hint *hint,
			  struct span sid, struct logout_decision *ret_decision);
/* redirect_uri with state. */
void logout_location(struct buf *buf, const struct logout_decision *decision);
