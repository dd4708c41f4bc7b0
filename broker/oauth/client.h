/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client - which client speaks, and is it really that one: client authentication.
 *
 * Exactly one method is used in a request, and it must be one that the client registered. Pure: the caller keeps the single use of
 * an assertion's jti (client_proof.jti). RFC 6749 2.3, RFC 7521 4.2, RFC 7523 2.2 and 3, OpenID Connect Core 9
 */
#pragma once

#include "conf/config.h"
#include "keys/jwks.h"

#define CLIENT_ASSERTION_TYPE "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

/* What a request brought. A parameter without a value is absent (RFC 6749 3.1). */
struct client_presented {
	struct span authorization; /* the header's value */
	struct span client_id, client_secret, assertion_type, assertion; /* of the form */
};

struct client_proof {
	const struct config_client *client;
	int method;                /* enum config_auth_method */
	struct span jti;           /* private_key_jwt: the assertion's id, to be marked as used by the caller before it acts */
	struct instant jti_expiry; /* … until then */
};

/* The public keys of all clients, parsed once per configuration. Same life as @config. */
struct client_keys;
MUST_USE int client_keys_load(const struct config *config, struct client_keys **ret_keys);
void client_keys_free(struct client_keys *keys);
DEFINE_CLEANUP(struct client_keys, client_keys_cleanup, client_keys_free)
/* NULL when the client has none. */
const struct jwks *client_keys_of(const struct client_keys *keys, const struct config *config, const struct config_client *client);

/* The enabled client with @id; NULL when there is none. */
const struct config_client *client_find(const struct config *config, struct span id);
bool client_has_grant(const struct config_client *client, enum config_grant_type grant);
static inline bool client_is_public(const struct config_client *client)
{
	return client->type == CONFIG_CLIENT_PUBLIC;
}

/* The name of a method in metadata ("client_secret_basic"); NULL past the end. */
const char *client_method_name(int method);

/* Id and secret of an Authorization header with the scheme Basic; both are form-encoded inside (RFC 6749 2.3.1).
 * ERR_INVALID_CLIENT when it is not one. */
MUST_USE int client_parse_basic(struct span authorization, struct arena *arena, struct span *ret_id, struct span *ret_secret);

/* ERR_INVALID_REQUEST when more than one method was used or two client ids contradict each other; ERR_INVALID_CLIENT for everything
 * else: unknown or disabled client, another method than registered, a wrong secret or assertion. A public client proves nothing. */
MUST_USE int client_authenticate(const struct config *config, const struct client_keys *keys,
				 const struct client_presented *presented, struct instant now, struct arena *arena,
				 struct client_proof *ret_proof);
