/* SPDX-License-Identifier: Apache-2.0 */
#include "examples/portal/rp_check.h"

#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "keys/digest.h"
#include "keys/jws.h"
#include "keys/jwt.h"

#define CLOCK_SKEW (60 * MS_SECOND)
#define LOGOUT_EVENT "http://schemas.openid.net/event/backchannel-logout"

int rp_check_answer(const struct rp *rp, const struct rp_attempt *attempt, const struct rp_answer *answer, bool iss_promised)
{
	/* First of all: did this browser ask? Or somebody would log others in to his own account (RFC 6749 10.12). */
	if (!secret_eq(answer->state, span_of(attempt->state)))
		return ERR_INTERACTION_FOREIGN;
	/* RFC 9207 2.4: errors too are only believed from the issuer that was asked. */
	if (answer->iss.p ? !span_eq(answer->iss, rp->issuer) : iss_promised)
		return ERR_INVALID_TOKEN;
	if (answer->error.p)
		return ERR_ACCESS_DENIED;
	return answer->code.n ? 0 : ERR_INVALID_REQUEST;
}

/* Core 3.1.3.6: the left half of the hash of the access token, by the hash function of the ID token's algorithm. */
static int check_at_hash(const json_t *claims, enum alg alg, struct span access_token)
{
	struct span at_hash = json_get_span(claims, "at_hash");
	enum digest digest = alg == ALG_EDDSA ? DIGEST_SHA512 : DIGEST_SHA256;
	unsigned char hash[DIGEST_MAX];
	char text[ENCODE_BASE64URL(DIGEST_MAX) + 1];

	if (!json_object_get(claims, "at_hash")) /* optional in the code flow */
		return 0;
	TRY(digest_of(digest, hash, access_token));
	encode_base64url_text(text, (struct span){ (char *)hash, digest_row(digest)->size / 2 });
	return secret_eq(at_hash, span_of(text)) ? 0 : ERR_INVALID_TOKEN;
}

int rp_check_id_token(const struct rp *rp, const struct rp_attempt *attempt, const struct jwks *keys, struct span id_token,
		      struct span access_token, struct instant now, struct arena *arena, json_t **ret_claims)
{
	/* The algorithms are ours to choose, not the token's: signatures by the issuer's published keys, never "none", never HMAC. */
	struct jws_expect signature = { .algs = ALG_ALL };
	struct jwt_expect expect = { .iss = rp->issuer, .sole_aud = rp->client_id, .now = now, .leeway_ms = CLOCK_SKEW,
				     .needs_exp = true, .needs_iat = true };
	JSON *claims = NULL;
	struct jws jws;

	TRY(jws_verify(keys, &signature, id_token, arena, &jws));
	TRY(json_read_object(jws.payload, &claims));
	TRY(jwt_check(claims, &expect));
	/* An ID token that was issued for another attempt was stolen from it. */
	if (!secret_eq(json_get_span(claims, "nonce"), span_of(attempt->nonce)) || !json_get_span(claims, "sub").n)
		return ERR_INVALID_TOKEN;
	TRY(check_at_hash(claims, jws.alg, access_token));
	*ret_claims = json_incref(claims);
	return 0;
}

int rp_check_logout_token(const struct rp *rp, const struct jwks *keys, struct span logout_token, struct instant now, struct arena *arena,
			  struct span *ret_sid)
{
	struct jws_expect signature = { .algs = ALG_ALL, .typ = "logout+jwt" };
	struct jwt_expect expect = { .iss = rp->issuer, .sole_aud = rp->client_id, .now = now, .leeway_ms = CLOCK_SKEW,
				     .needs_exp = true, .needs_iat = true };
	JSON *claims = NULL;
	struct jws jws;

	TRY(jws_verify(keys, &signature, logout_token, arena, &jws));
	TRY(json_read_object(jws.payload, &claims));
	TRY(jwt_check(claims, &expect));
	/* It says what happened, and with a nonce it would be an ID token in disguise. Who is told twice does the same twice: jti need not be kept. */
	if (!json_is_object(json_object_get(json_object_get(claims, "events"), LOGOUT_EVENT)) || json_object_get(claims, "nonce") || !json_get_span(claims, "sid").n)
		return ERR_INVALID_TOKEN;
	*ret_sid = arena_dup(arena, json_get_span(claims, "sid"));
	return ret_sid->p ? 0 : FAULT_MEMORY;
}
