/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/oauth/introspect.h"

#include "broker/base/json.h"
#include "conf/config.h"

bool introspect_is_allowed(const struct config_client *asking, const struct introspect_token *token)
{
	if (span_eq(asking->id, token->client_id))
		return true;
	if (token->is_refresh) /* only the client itself ever presents one, and only here */
		return false;
	return asking->introspect_any || scope_has(&token->audience, asking->id);
}

static void write_list(struct json_writer *w, const char *key, const struct text_list *list)
{
	if (list->n == 0)
		return;
	json_key(w, key);
	json_open(w, '[');
	for (size_t i = 0; i < list->n; i++)
		json_str(w, list->items[i]);
	json_close(w, ']');
}

/* RFC 7662 2.2; acr, amr and auth_time as in RFC 9068 2.2.1. */
void introspect_write(struct buf *buf, const struct config *config, const struct introspect_token *token)
{
	struct json_writer w = json_writer(buf);

	json_open(&w, '{');
	json_member_bool(&w, "active", true);
	json_member_str(&w, "iss", config->issuer);
	json_member_str(&w, "client_id", token->client_id);
	json_member_str(&w, "sub", token->sub);
	if (!token->is_refresh)
		json_member_str(&w, "token_type", SPAN("Bearer"));
	json_member_int(&w, "exp", token->expires_at.ms / MS_SECOND);
	if (instant_is_set(token->issued_at))
		json_member_int(&w, "iat", token->issued_at.ms / MS_SECOND);
	if (token->audience.n == 1)
		json_member_str(&w, "aud", token->audience.items[0]);
	else
		write_list(&w, "aud", &token->audience);
	json_member_str(&w, "scope", token->scope);
	json_member_str(&w, "jti", token->jti);
	json_member_str(&w, "sid", token->sid);
	json_member_str(&w, "username", token->username);
	if (token->family && id_is_set(token->family->account)) {
		char acr = (char)('0' + (token->family->acr >= 0 && token->family->acr <= 9 ? token->family->acr : 0));

		json_member_int(&w, "auth_time", token->family->auth_time.ms / MS_SECOND);
		json_member_str(&w, "acr", (struct span){ &acr, 1 });
		write_list(&w, "amr", &token->family->amr);
	}
	json_close(&w, '}');
}
