/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/oauth/client.h"

#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "broker/oauth/metadata.h"
#include "conf/config.h"
#include "keys/digest.h"
#include "keys/jws.h"
#include "keys/jwt.h"

#define JTI_MAX 255

static const char *const method_names[] = {
	[CONFIG_AUTH_SECRET_BASIC] = "client_secret_basic",
	[CONFIG_AUTH_SECRET_POST] = "client_secret_post",
	[CONFIG_AUTH_PRIVATE_KEY_JWT] = "private_key_jwt",
	[CONFIG_AUTH_NONE] = "none",
};

const char *client_method_name(int method)
{
	return method >= 0 && (size_t)method < ARRAY_LEN(method_names) ? method_names[method] : NULL;
}

const struct config_client *client_find(const struct config *config, struct span id)
{
	const struct config_client *client = id.n ? config_client(config, id) : NULL;

	return client && client->enabled ? client : NULL;
}

bool client_has_grant(const struct config_client *client, enum config_grant_type grant)
{
	return client->grant_types & 1u << grant;
}

int client_load_keys(const struct config_client *client, struct jwks **ret_keys)
{
	CLEANUP(jwks_cleanup) struct jwks *keys = NULL;
	struct key *key;

	if (client->jwks.n) {
		TRY(jwks_parse(client->jwks, &keys));
	} else if (client->key.n) {
		TRY(jwks_new(&keys));
		TRY(jwk_from_pem(client->key, ALG_UNKNOWN, &key));
		int result = jwks_add(keys, key);
		if (result) {
			jwk_free(key);
			return result;
		}
	}
	*ret_keys = keys;
	keys = NULL;
	return 0;
}

/* The one method that was used; ERR_INVALID_REQUEST for two (RFC 6749 2.3). */
static int used_method(const struct client_presented *presented, int *ret_method)
{
	bool basic = presented->has_basic, post = presented->client_secret.n;
	bool jwt = presented->assertion.n || presented->assertion_type.n;

	if (basic + post + jwt > 1)
		return ERR_INVALID_REQUEST;
	*ret_method = basic  ? CONFIG_AUTH_SECRET_BASIC
		      : post ? CONFIG_AUTH_SECRET_POST
		      : jwt  ? CONFIG_AUTH_PRIVATE_KEY_JWT
			     : CONFIG_AUTH_NONE;
	return 0;
}

/* The client that the method's own credential names. */
static int named_by_credential(const struct client_presented *presented, int method, struct arena *arena, struct span *ret_id)
{
	struct jws_peek peek;

	*ret_id = presented->client_id;
	if (method == CONFIG_AUTH_SECRET_BASIC)
		*ret_id = presented->basic_id;
	if (method == CONFIG_AUTH_PRIVATE_KEY_JWT) {
		if (!span_is(presented->assertion_type, CLIENT_ASSERTION_TYPE))
			return ERR_INVALID_CLIENT; /* RFC 7521 4.2.1 */
		int result = jws_peek(presented->assertion, arena, &peek);
		if (result)
			return result > 0 ? ERR_INVALID_CLIENT : result;
		*ret_id = peek.sub; /* RFC 7523 3: "sub" is the client_id */
	}
	return ret_id->n ? 0 : ERR_INVALID_CLIENT;
}

int client_identify(const struct config *config, const struct client_presented *presented, struct arena *arena,
		    struct client_claim *ret_claim)
{
	struct client_claim claim = { .assertion = presented->assertion };
	struct span id;

	TRY(used_method(presented, &claim.method));
	TRY(named_by_credential(presented, claim.method, arena, &id));
	/* RFC 7521 4.2: client_id may stand beside, but must name the same client. */
	if (presented->client_id.n && !span_eq(presented->client_id, id))
		return ERR_INVALID_REQUEST;
	claim.client = client_find(config, id);
	claim.secret = presented->has_basic ? presented->basic_secret : presented->client_secret;
	if (!claim.client || !(claim.client->auth_methods & 1u << claim.method))
		return ERR_INVALID_CLIENT;
	*ret_claim = claim;
	return 0;
}

/* Digests are compared, so that the time says nothing about the secret's length either. */
static int check_secret(const struct config_client *client, struct span secret)
{
	unsigned char got[32], want[32];
	bool fits = false;

	TRY(digest_of(DIGEST_SHA256, got, secret));
	if (client->secret.bytes.n) {
		TRY(digest_of(DIGEST_SHA256, want, client->secret.bytes));
		fits = true;
	} else if (client->secret_hash.n == 2 * sizeof want) {
		fits = encode_hex_decode(client->secret_hash, want) == 0;
	}
	fits = fits && secret.n && secret_eq((struct span){ (char *)got, sizeof got }, (struct span){ (char *)want, sizeof want });
	explicit_bzero(got, sizeof got);
	explicit_bzero(want, sizeof want);
	return fits ? 0 : ERR_INVALID_CLIENT;
}

static bool is_our_audience(const struct config *config, struct span aud)
{
	return span_eq(aud, config->issuer) || metadata_is_url(config, aud, METADATA_TOKEN);
}

/* RFC 7523 3 (3): the issuer or the token endpoint. A list with others in it was made for somebody else too: an attacker who is
 * one of them could replay it here (draft-ietf-oauth-rfc7523bis 3). */
static bool has_accepted_audience(const struct config *config, const json_t *claims)
{
	const json_t *aud = json_object_get(claims, "aud");

	if (json_is_array(aud) && json_array_size(aud) == 1)
		aud = json_array_get(aud, 0);
	return json_is_string(aud) && is_our_audience(config, (struct span){ json_string_value(aud), json_string_length(aud) });
}

/* RFC 7523 3: iss = sub = client_id, audience, expiry, single use. */
static int check_assertion_claims(const struct config *config, const struct config_client *client, const json_t *claims,
				  struct instant now, struct arena *arena, struct client_proof *proof)
{
	struct jwt_expect expect = {
		.iss = client->id,
		.now = now,
		.leeway_ms = config->tokens.clock_skew,
		.max_ahead_ms = config->tokens.assertion_life_max,
		.needs_exp = true,
	};
	struct span jti = json_get_span(claims, "jti");

	if (jwt_check(claims, &expect) || !span_eq(json_get_span(claims, "sub"), client->id) ||
	    !has_accepted_audience(config, claims))
		return ERR_INVALID_CLIENT;
	if (jti.n == 0 || jti.n > JTI_MAX || !jwt_get_time(claims, "exp", &proof->jti_expiry))
		return ERR_INVALID_CLIENT;
	/* The mark must outlive every instant at which the assertion would still be accepted. */
	proof->jti_expiry = instant_add(proof->jti_expiry, config->tokens.clock_skew + MS_SECOND);
	proof->jti = arena_dup(arena, jti);
	return proof->jti.p ? 0 : FAULT_MEMORY;
}

static int check_assertion(const struct config *config, const struct client_claim *claim, const struct jwks *keys,
			   struct instant now, struct arena *arena, struct client_proof *proof)
{
	static const struct jws_expect expect = { .algs = ALG_ALL }; /* the key narrows it to one: security.md rule 6 */
	JSON *claims = NULL;
	struct jws jws;

	if (!keys)
		return ERR_INVALID_CLIENT;
	int result = jws_verify(keys, &expect, claim->assertion, arena, &jws);
	if (result == 0)
		result = json_read_object(jws.payload, &claims);
	if (result)
		return result > 0 ? ERR_INVALID_CLIENT : result;
	return check_assertion_claims(config, claim->client, claims, now, arena, proof);
}

int client_prove(const struct config *config, const struct client_claim *claim, const struct jwks *keys, struct instant now,
		 struct arena *arena, struct client_proof *ret_proof)
{
	struct client_proof proof = { .client = claim->client, .method = claim->method };

	switch (claim->method) {
	case CONFIG_AUTH_SECRET_BASIC:
	case CONFIG_AUTH_SECRET_POST:
		TRY(check_secret(claim->client, claim->secret));
		break;
	case CONFIG_AUTH_PRIVATE_KEY_JWT:
		TRY(check_assertion(config, claim, keys, now, arena, &proof));
		break;
	case CONFIG_AUTH_NONE:
		if (!client_is_public(claim->client))
			return ERR_INVALID_CLIENT;
		break;
	default:
		return ERR_INVALID_CLIENT;
	}
	*ret_proof = proof;
	return 0;
}
