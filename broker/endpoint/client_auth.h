/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client_auth - which client sent this request to the token, introspection or revocation endpoint, and has it proved that.
 */
#pragma once

#include "broker/endpoint/app.h"
#include "broker/oauth/client.h"

/* Errors as client_identify and client_prove. */
MUST_USE int client_auth(struct request *rq, struct client_proof *ret_proof);
/* The request brings an assertion, whose single use costs a commit. */
bool client_auth_commits(const struct request *rq);
/* In the transaction of what the client asks for: use up the assertion. ERR_INVALID_CLIENT when it was used before (RFC 7523 3 (7)). */
MUST_USE int client_auth_use(struct txn *txn, const struct client_proof *proof);
/* The same alone, for requests that keep nothing else; does nothing without an assertion. */
MUST_USE int client_auth_use_alone(struct request *rq, const struct client_proof *proof);
