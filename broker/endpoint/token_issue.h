/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token_issue - makes the tokens of one answer and sends it: everything is kept and durable before this is called.
 */
#pragma once

#include "broker/endpoint/app.h"
#include "broker/endpoint/facts.h"
#include "broker/oauth/token.h"

struct token_issue {
	const struct config_client *client;
	const struct family *family; /* NULL: client_credentials as JWT */
	struct text_list scopes, resources;
	const struct facts *person;  /* whose tokens they are, as the gate judged them; NULL: nobody's, or nothing was read but the account */
	bool id_token;
	uint32_t refresh_n;          /* the refresh token to hand out; 0: none */
};

/* Sign (access and ID token in one message) and answer (RFC 6749 5.1, OpenID Connect Core 3.1.3.3). */
MUST_USE int token_issue(struct request *rq, const struct token_issue *issue);
