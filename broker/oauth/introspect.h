/* SPDX-License-Identifier: Apache-2.0 */
/*
 * introspect - who may ask about a token, and what the answer says. RFC 7662
 */
#pragma once

#include "broker/oauth/token.h"

struct introspect_token {
	struct span client_id, sub, sid, scope, jti; /* scope: space separated */
	struct text_list audience;
	struct instant expires_at, issued_at;
	bool is_refresh;
	const struct family *family; /* auth_time, acr, amr; may be NULL */
	struct span username;        /* login name; empty: left out */
};

/* Its own tokens, tokens made for it (aud holds its id), or any when it is trusted with that. Refresh tokens: only its own. */
bool introspect_is_allowed(const struct config_client *asking, const struct introspect_token *token);
/* The members of the answer for a token that is alive and may be seen. */
void introspect_write(struct buf *buf, const struct config *config, const struct introspect_token *token);
/* The answer for everything else: it does not say why (RFC 7662 2.2). */
#define INTROSPECT_INACTIVE "{\"active\":false}"
