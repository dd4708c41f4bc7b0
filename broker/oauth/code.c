/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/oauth/code.h"

#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "broker/oauth/client.h"
#include "broker/store/records_account.h"
#include "broker/store/records_login.h"
#include "conf/config.h"
#include "keys/digest.h"

static int64_t max64(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

struct instant code_family_expiry(const struct config *config, const struct config_client *client, bool offline, struct instant now)
{
	int64_t life = client->tokens.access_life;

	if (client_has_grant(client, CONFIG_GRANT_REFRESH_TOKEN)) /* ASVS 10.4.8: refresh tokens end absolutely */
		life = max64(life, offline ? config->tokens.offline_life : client->tokens.refresh_life);
	return instant_add(now, client->tokens.code_life + life);
}

void code_issue(const struct code_grant *grant, struct id id, struct span code_hash, struct instant now, struct family *ret_family)
{
	const struct interaction *interaction = grant->interaction;

	*ret_family = (struct family){
		.id = id,
		.created_at = now,
		.client_id = grant->client->id,
		.redirect_uri = interaction->redirect_uri,
		.code_challenge = interaction->code_challenge,
		.nonce = interaction->nonce,
		.code_hash = code_hash,
		.code_expires_at = instant_add(now, grant->client->tokens.code_life),
		.account = grant->account->id,
		.identity = grant->account->identity,
		.session = grant->session->id,
		.session_first = grant->session->first,
		.unit = grant->session->acting_unit,
		.scopes = grant->scopes,
		.resources = interaction->resources,
		.auth_time = grant->session->auth_time,
		.acr = grant->session->acr,
		.amr = grant->session->amr,
		.offline = scope_has(&grant->scopes, SPAN("offline_access")),
		.sector = grant->client->sector,
	};
}

void code_issue_service(const struct config_client *client, const struct text_list *scopes, const struct text_list *resources,
			struct id id, struct instant now, struct family *ret_family)
{
	*ret_family = (struct family){
		.id = id,
		.created_at = now,
		.client_id = client->id,
		.scopes = *scopes,
		.resources = *resources,
		.offline = true, /* it hangs on no session */
	};
}

static bool is_unreserved(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= 'A' && s.p[i] <= 'Z') || (s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9') ||
		      memchr("-._~", s.p[i], 4)))
			return false;
	return true;
}

int code_check_verifier(struct span challenge, struct span verifier)
{
	unsigned char hash[32];
	char text[44];

	/* RFC 9700 2.1.1: a verifier without a challenge means that somebody cut the challenge out of the request. */
	if (challenge.n == 0)
		return verifier.n ? ERR_INVALID_GRANT : 0;
	if (verifier.n < 43 || verifier.n > 128 || !is_unreserved(verifier)) /* RFC 7636 4.1 */
		return ERR_INVALID_GRANT;
	TRY(digest_of(DIGEST_SHA256, hash, verifier));
	encode_base64url_text(text, (struct span){ (char *)hash, sizeof hash });
	return secret_eq(challenge, (struct span){ text, 43 }) ? 0 : ERR_INVALID_GRANT;
}

int code_redeem(const struct family *family, const struct config_client *client, const struct code_presented *presented,
		struct instant now, bool *ret_revoke)
{
	*ret_revoke = false;
	/* RFC 6749 4.1.3 and security.md rule 3: bound to the client. Nothing more is said, or done, to another one. */
	if (!presented->secret_fits || !span_eq(family->client_id, client->id))
		return ERR_INVALID_GRANT;
	if (instant_is_set(family->redeemed_at)) { /* RFC 6749 4.1.2, ASVS 10.4.2 */
		*ret_revoke = true;
		return ERR_INVALID_GRANT;
	}
	if (family->revoked || !instant_before(now, family->code_expires_at))
		return ERR_INVALID_GRANT;
	if (!client_has_grant(client, CONFIG_GRANT_AUTHORIZATION_CODE))
		return ERR_UNAUTHORIZED_CLIENT;
	/* RFC 6749 4.1.3: identical to the one of the authorization request, where it was required. */
	if (!span_eq(family->redirect_uri, presented->redirect_uri))
		return ERR_INVALID_GRANT;
	return code_check_verifier(family->code_challenge, presented->verifier);
}

void code_mark_redeemed(struct family *family, const struct config_client *client, struct instant now)
{
	family->redeemed_at = now;
	/* What only redeeming asks for has done its work; the record must not grow in a page that others have filled meanwhile. */
	family->redirect_uri = family->code_challenge = (struct span){ NULL, 0 };
	family->code_expires_at = (struct instant){ 0 };
	if (client_has_grant(client, CONFIG_GRANT_REFRESH_TOKEN)) {
		family->refresh_n = 1;
		family->refreshed_at = now;
	}
}

void code_forget_request(struct family *family)
{
	family->redirect_uri = family->code_challenge = family->nonce = (struct span){ NULL, 0 };
	family->code_expires_at = (struct instant){ 0 };
}
