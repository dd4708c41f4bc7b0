/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/oauth/logout_token.h"

#include "broker/base/json.h"
#include "keys/signer.h"

void logout_token_write(struct buf *buf, const struct logout_token *token)
{
	int64_t iat = token->now.ms / MS_SECOND;
	struct json_writer w = json_writer(buf);

	signer_begin_claims(buf, token->issuer, iat + LOGOUT_TOKEN_LIFE / MS_SECOND, iat);
	json_member_str(&w, "sub", token->sub);
	json_member_str(&w, "aud", token->client_id);
	json_member_str(&w, "jti", token->jti);
	json_member_str(&w, "sid", token->sid);
	json_key(&w, "events");
	json_raw(&w, SPAN("{\"" LOGOUT_TOKEN_EVENT "\":{}}"));
	buf_char(buf, '}');
}
