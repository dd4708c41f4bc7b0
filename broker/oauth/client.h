/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client - which client speaks, and is it really that one: client authentication.
 *
 * Exactly one method is used in a request, and it must be one that the client registered. Pure: the caller keeps the single use of
 * an assertion's jti (client_proof.jti). RFC 6749 2.3, RFC 7521 4.2, RFC 7523 2.2 and 3, OpenID Connect Core 9
 */
#pragma once

#include "conf/config_client.h"
#include "keys/jwks.h"

#define CLIENT_ASSERTION_TYPE "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

/* What a request brought: request_basic_credentials and form members. A parameter without a value is absent (RFC 6749 3.1). */
struct client_presented {
	bool has_basic;
	struct span basic_id, basic_secret;
	struct span client_id, client_secret, assertion_type, assertion; /* of the form */
};

/* Who a request says it comes from, before anything is proved. */
struct client_claim {
	const struct config_client *client;
	int method; /* enum config_auth_method */
	struct span secret, assertion;
};

struct client_proof {
	const struct config_client *client;
	int method;                /* enum config_auth_method */
	struct span jti;           /* private_key_jwt: the assertion's id, to be marked as used by the caller before it acts */
	struct instant jti_expiry; /* … until then */
};

/* The enabled client with @id; NULL when there is none. */
const struct config_client *client_find(const struct config *config, struct span id);
bool client_has_grant(const struct config_client *client, enum config_grant_type grant);
static inline bool client_is_public(const struct config_client *client)
{
	return client->type == CONFIG_CLIENT_PUBLIC;
}

/* The name of a method in metadata ("client_secret_basic"); NULL past the end. */
const char *client_method_name(int method);

/* The public keys of a private_key_jwt client, from its JWK set or PEM; NULL when it has none. Parsed once per configuration. */
MUST_USE int client_load_keys(const struct config_client *client, struct jwks **ret_keys);

/* Which client and which method. ERR_INVALID_REQUEST when more than one method was used or two client ids contradict each other
 * (RFC 6749 2.3); ERR_INVALID_CLIENT when nobody is named, the client is unknown or disabled, or the method is not one it
 * registered. */
MUST_USE int client_identify(const struct config *config, const struct client_presented *presented, struct arena *arena,
			     struct client_claim *ret_claim);
/* Is it true? ERR_INVALID_CLIENT. @keys: client_load_keys of claim->client, looked at for private_key_jwt only. A public client
 * proves nothing. */
MUST_USE int client_prove(const struct config *config, const struct client_claim *claim, const struct jwks *keys,
			  struct instant now, struct arena *arena, struct client_proof *ret_proof);
