/* SPDX-License-Identifier: Apache-2.0 */
/*
 * revoke - what a revocation request does. Unknown, foreign-looking and dead tokens are a success (RFC 7009 2.2).
 */
#pragma once

#include "broker/oauth/token.h"

enum revoke_action {
	REVOKE_NOTHING, /* answer 200 */
	REVOKE_FAMILY,  /* a refresh token: everything of the grant dies (RFC 7009 2.1) */
	REVOKE_TOKEN,   /* an access token: it alone is marked until it expires */
};

/* @owner: the client that the token was issued to; empty when the token is not ours. Another client's token is left alone and not
 * told about: ERR_INVALID_GRANT would confirm that it exists, so this is REVOKE_NOTHING too. */
enum revoke_action revoke_decide(const struct config_client *client, struct span owner, bool is_refresh, struct instant expires_at,
				 struct instant now);
