/* SPDX-License-Identifier: Apache-2.0 */
/*
 * logout_token - what a client is told about the end of a session that it took part in. OpenID Connect Back-Channel Logout 1.0 2.4
 */
#pragma once

#include "broker/base/buf.h"

#define LOGOUT_TOKEN_EVENT "http://schemas.openid.net/event/backchannel-logout"
#define LOGOUT_TOKEN_LIFE (2 * MS_MINUTE) /* Back-Channel Logout 2.4: two minutes at most are recommended */

struct logout_token {
	struct span issuer, client_id;
	struct span sub; /* claims_subject; empty: nobody knows any more whose session it was, and sid alone says which */
	struct span sid; /* token_sid: as in the client's ID tokens of that session */
	struct span jti; /* another for each token, also when the same end is told again */
	struct instant now;
};

/* The claims of a logout+jwt, for SIGNER_LOGOUT. sid is always there, so that a client which requires one (backchannel_logout_session_required) is
 * served without being asked; a nonce never is (2.4 prohibits it: the token must not pass for an ID token). */
void logout_token_write(struct buf *buf, const struct logout_token *token);
