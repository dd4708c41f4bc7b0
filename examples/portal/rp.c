/* SPDX-License-Identifier: Apache-2.0 */
#include "examples/portal/rp.h"

#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "broker/base/sys.h"
#include "broker/base/url.h"
#include "examples/portal/rp_check.h"
#include "keys/digest.h"

#include <inttypes.h>
#include <stdio.h>

#define CACHE_LIFE (5 * MS_MINUTE) /* metadata and keys are not asked for at every login */

/* ---- the attempt */

static int derive(const struct rp *rp, struct span use, const char *seed, char ret_text[RP_TOKEN + 1])
{
	unsigned char mac[32];

	TRY(digest_hmac(DIGEST_SHA256, ((struct span){ (const char *)rp->key, sizeof rp->key }), mac, use, SPAN(" "), span_of(seed)));
	encode_base64url_text(ret_text, (struct span){ (char *)mac, sizeof mac });
	return 0;
}

static int derive_all(const struct rp *rp, struct rp_attempt *attempt)
{
	TRY(derive(rp, SPAN("state"), attempt->seed, attempt->state));
	TRY(derive(rp, SPAN("nonce"), attempt->seed, attempt->nonce));
	return derive(rp, SPAN("verifier"), attempt->seed, attempt->verifier);
}

int rp_begin(const struct rp *rp, struct instant now, struct rp_attempt *ret_attempt)
{
	unsigned char random[16];
	char text[ENCODE_BASE64URL(sizeof random) + 1];

	sys_random(random, sizeof random);
	encode_base64url_text(text, (struct span){ (char *)random, sizeof random });
	snprintf(ret_attempt->seed, sizeof ret_attempt->seed, "%" PRId64 ".%s", instant_add(now, RP_LOGIN_LIFE).ms, text);
	return derive_all(rp, ret_attempt);
}

int rp_resume(const struct rp *rp, struct span seed, struct instant now, struct rp_attempt *ret_attempt)
{
	struct span rest = seed;
	uint64_t until;

	if (seed.n >= sizeof ret_attempt->seed || !span_to_u64(span_cut(&rest, '.'), &until) || (uint64_t)now.ms >= until)
		return ERR_INTERACTION_EXPIRED;
	memcpy(ret_attempt->seed, seed.p, seed.n);
	ret_attempt->seed[seed.n] = '\0';
	return derive_all(rp, ret_attempt);
}

/* ---- talking to the broker */

/* A document that anybody may read: metadata, keys. @refresh: the cached one did not help. */
static int get_public(const struct rp *rp, struct span url, bool refresh, struct instant now, struct arena *arena, json_t **ret_object)
{
	struct net_request request = { .method = "GET", .url = url, .cache_ms = CACHE_LIFE, .refresh = refresh };
	struct net_reply reply;

	TRY(net_fetch(rp->net, &request, now, arena, &reply));
	if (reply.status != 200)
		return FAULT(FAULT_UNREACHABLE, SPAN_FMT " answers %d", SPAN_ARG(url), reply.status);
	return json_read_object(reply.body, ret_object);
}

static int discover(const struct rp *rp, struct instant now, struct arena *arena, json_t **ret_metadata)
{
	char *url = arena_printf(arena, SPAN_FMT "/.well-known/openid-configuration", SPAN_ARG(rp->issuer));
	JSON *metadata = NULL;

	if (!url)
		return FAULT_MEMORY;
	TRY(get_public(rp, span_of(url), false, now, arena, &metadata));
	/* Discovery 4.3: whoever answers must be whom we asked. */
	if (!span_eq(json_get_span(metadata, "issuer"), rp->issuer))
		return FAULT(FAULT_UNREACHABLE, "the metadata name another issuer");
	*ret_metadata = json_incref(metadata);
	return 0;
}

/* RFC 6749 4.1.3 and 2.3.1: the code, the verifier, and who we are. */
static int exchange(const struct rp *rp, struct span endpoint, const struct rp_attempt *attempt, struct span code, struct instant now,
		    struct arena *arena, json_t **ret_tokens)
{
	struct buf pair = buf_new(arena, 128), authorization = buf_new(arena, 128), body = buf_new(arena, 512);
	struct net_request request = { .method = "POST", .url = endpoint, .content_type = SPAN("application/x-www-form-urlencoded") };
	struct net_reply reply;
	struct span text;
	bool first = true;

	encode_percent(&pair, rp->client_id);
	buf_char(&pair, ':');
	encode_percent(&pair, rp->client_secret);
	TRY(buf_done(&pair, &text));
	buf_str(&authorization, "Basic ");
	encode_base64(&authorization, text);
	TRY(buf_done(&authorization, &request.authorization));
	url_add_pair(&body, &first, SPAN("grant_type"), SPAN("authorization_code"));
	url_add_pair(&body, &first, SPAN("code"), code);
	url_add_pair(&body, &first, SPAN("redirect_uri"), rp->redirect_uri);
	url_add_pair(&body, &first, SPAN("code_verifier"), span_of(attempt->verifier));
	TRY(buf_done(&body, &request.body));
	TRY(net_fetch(rp->net, &request, now, arena, &reply));
	if (reply.status == 200)
		return json_read_object(reply.body, ret_tokens);
	JSON *problem = NULL;
	if (reply.status < 500 && json_read_object(reply.body, &problem) == 0 && span_is(json_get_span(problem, "error"), "invalid_grant"))
		return ERR_INVALID_GRANT;
	return FAULT(FAULT_UNREACHABLE, "the token endpoint answers %d", reply.status);
}

static int get_keys(const struct rp *rp, const json_t *metadata, bool refresh, struct instant now, struct arena *arena, struct jwks **ret_keys)
{
	JSON *set = NULL;

	TRY(get_public(rp, json_get_span(metadata, "jwks_uri"), refresh, now, arena, &set));
	return jwks_from_json(set, ret_keys);
}

/* The cached keys first; a token by a key that they do not hold makes us look again, once: keys are rotated. */
static int verify(const struct rp *rp, const struct rp_attempt *attempt, const json_t *metadata, const json_t *tokens, struct instant now,
		  struct arena *arena, json_t **ret_claims)
{
	struct span id_token = json_get_span(tokens, "id_token"), access_token = json_get_span(tokens, "access_token");
	int result = ERR_ABSENT;

	for (int attempt_no = 0; attempt_no < 2 && result == ERR_ABSENT; attempt_no++) {
		CLEANUP(jwks_cleanup) struct jwks *keys = NULL;

		TRY(get_keys(rp, metadata, attempt_no > 0, now, arena, &keys));
		result = rp_check_id_token(rp, attempt, keys, id_token, access_token, now, arena, ret_claims);
	}
	return result;
}

/* Core 5.3. @claims are those of the ID token; userinfo's are added. */
static int add_userinfo(const struct rp *rp, struct span endpoint, struct span access_token, struct instant now, struct arena *arena,
			json_t *claims)
{
	char *authorization = arena_printf(arena, "Bearer " SPAN_FMT, SPAN_ARG(access_token));
	struct net_request request = { .method = "GET", .url = endpoint, .authorization = span_of(authorization) };
	struct net_reply reply;
	JSON *userinfo = NULL;

	if (!authorization)
		return FAULT_MEMORY;
	TRY(net_fetch(rp->net, &request, now, arena, &reply));
	if (reply.status != 200)
		return FAULT(FAULT_UNREACHABLE, "userinfo answers %d", reply.status);
	TRY(json_read_object(reply.body, &userinfo));
	/* 5.3.2: about the same person, or it is worth nothing. */
	if (!span_eq(json_get_span(userinfo, "sub"), json_get_span(claims, "sub")))
		return ERR_INVALID_TOKEN;
	/* Also within objects: of `org` the ID token says which unit it is, userinfo the rest. */
	return json_object_update_recursive(userinfo, claims) || json_object_update(claims, userinfo) ? FAULT_MEMORY : 0;
}

/* ---- the three steps */

int rp_login_url(const struct rp *rp, const struct rp_attempt *attempt, struct span ui_locales, struct instant now, struct arena *arena,
		 struct span *ret_url)
{
	struct buf url = buf_new(arena, 512);
	unsigned char hash[32];
	char challenge[RP_TOKEN + 1];
	JSON *metadata = NULL;
	bool first;

	TRY(discover(rp, now, arena, &metadata));
	TRY(digest_of(DIGEST_SHA256, hash, span_of(attempt->verifier))); /* RFC 7636 4.2 */
	encode_base64url_text(challenge, (struct span){ (char *)hash, sizeof hash });
	url_open_query(&url, json_get_span(metadata, "authorization_endpoint"), &first);
	url_add_pair(&url, &first, SPAN("response_type"), SPAN("code"));
	url_add_pair(&url, &first, SPAN("client_id"), rp->client_id);
	url_add_pair(&url, &first, SPAN("redirect_uri"), rp->redirect_uri);
	url_add_pair(&url, &first, SPAN("scope"), SPAN(RP_SCOPE));
	url_add_pair(&url, &first, SPAN("state"), span_of(attempt->state));
	url_add_pair(&url, &first, SPAN("nonce"), span_of(attempt->nonce));
	url_add_pair(&url, &first, SPAN("code_challenge"), span_of(challenge));
	url_add_pair(&url, &first, SPAN("code_challenge_method"), SPAN("S256"));
	url_add_pair(&url, &first, SPAN("ui_locales"), ui_locales);
	return buf_done(&url, ret_url);
}

int rp_finish(const struct rp *rp, const struct rp_attempt *attempt, const struct rp_answer *answer, struct instant now,
	      struct arena *arena, struct rp_person *ret_person)
{
	JSON *metadata = NULL, *tokens = NULL, *claims = NULL;

	TRY(discover(rp, now, arena, &metadata));
	TRY(rp_check_answer(rp, attempt, answer, json_get_bool(metadata, "authorization_response_iss_parameter_supported", false)));
	TRY(exchange(rp, json_get_span(metadata, "token_endpoint"), attempt, answer->code, now, arena, &tokens));
	TRY(verify(rp, attempt, metadata, tokens, now, arena, &claims));
	TRY(add_userinfo(rp, json_get_span(metadata, "userinfo_endpoint"), json_get_span(tokens, "access_token"), now, arena, claims));
	ret_person->id_token = arena_dup(arena, json_get_span(tokens, "id_token"));
	ret_person->claims = json_incref(claims);
	return 0;
}

int rp_logout_url(const struct rp *rp, struct span id_token, struct instant now, struct arena *arena, struct span *ret_url)
{
	struct buf url = buf_new(arena, 1024);
	JSON *metadata = NULL;
	bool first;

	TRY(discover(rp, now, arena, &metadata));
	if (!json_get_span(metadata, "end_session_endpoint").n)
		return ERR_NOT_FOUND;
	url_open_query(&url, json_get_span(metadata, "end_session_endpoint"), &first);
	url_add_pair(&url, &first, SPAN("id_token_hint"), id_token);
	url_add_pair(&url, &first, SPAN("client_id"), rp->client_id);
	url_add_pair(&url, &first, SPAN("post_logout_redirect_uri"), rp->home);
	return buf_done(&url, ret_url);
}

int rp_logged_out(const struct rp *rp, struct span logout_token, struct instant now, struct arena *arena, struct span *ret_sid)
{
	JSON *metadata = NULL;
	int result = ERR_ABSENT;

	TRY(discover(rp, now, arena, &metadata));
	for (int attempt_no = 0; attempt_no < 2 && result == ERR_ABSENT; attempt_no++) {
		CLEANUP(jwks_cleanup) struct jwks *keys = NULL;

		TRY(get_keys(rp, metadata, attempt_no > 0, now, arena, &keys));
		result = rp_check_logout_token(rp, keys, logout_token, now, arena, ret_sid);
	}
	return result > 0 ? ERR_INVALID_TOKEN : result;
}
