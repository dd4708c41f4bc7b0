/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/oauth/logout.h"

#include "broker/base/error.h"
#include "broker/base/json.h"
#include "broker/base/url.h"
#include "conf/config.h"

static int copy(const json_t *claims, const char *key, struct arena *arena, struct span *ret)
{
	struct span text = json_get_span(claims, key);

	*ret = (struct span){ NULL, 0 };
	if (text.n == 0)
		return 0;
	*ret = arena_dup(arena, text);
	return ret->p ? 0 : FAULT_MEMORY;
}

int logout_parse_hint(const struct config *config, struct span payload, struct arena *arena, struct logout_hint *ret_hint)
{
	struct logout_hint hint;
	JSON *claims = NULL;

	int error = json_read_object(payload, &claims);
	if (error)
		return error > 0 ? ERR_INVALID_REQUEST : error;
	if (!span_eq(json_get_span(claims, "iss"), config->issuer)) /* RP-Initiated Logout 2: the OP is its issuer */
		return ERR_INVALID_REQUEST;
	TRY(copy(claims, "aud", arena, &hint.client_id));
	TRY(copy(claims, "sub", arena, &hint.sub));
	TRY(copy(claims, "sid", arena, &hint.sid));
	if (!hint.client_id.n || !hint.sub.n)
		return ERR_INVALID_REQUEST;
	*ret_hint = hint;
	return 0;
}

int logout_check(const struct config *config, const struct logout_params *params, const struct logout_hint *hint, struct span sid,
		 struct logout_decision *ret_decision)
{
	struct logout_decision decision = { .state = params->state };
	struct span client_id = hint ? hint->client_id : params->client_id;

	/* RP-Initiated Logout 2: when both are there, they must name the same client. */
	if (hint && params->client_id.n && !span_eq(params->client_id, hint->client_id))
		return ERR_INVALID_REQUEST;
	decision.client = client_find(config, client_id);
	if (params->post_logout_redirect_uri.n) {
		if (client_id.n && !decision.client)
			return ERR_UNKNOWN_CLIENT;
		/* RP-Initiated Logout 3: only what the client registered, or this would be an open redirector. */
		if (!decision.client || !option_list_has(&decision.client->post_logout_redirect_uris,
							 params->post_logout_redirect_uri))
			return ERR_REDIRECT_URI;
		decision.redirect_uri = params->post_logout_redirect_uri;
	}
	decision.is_confirmed = hint && sid.n && span_eq(hint->sid, sid);
	*ret_decision = decision;
	return 0;
}

void logout_location(struct buf *buf, const struct logout_decision *decision)
{
	bool first;

	if (decision->state.n == 0) {
		buf_add(buf, decision->redirect_uri);
		return;
	}
	url_open_query(buf, decision->redirect_uri, &first);
	url_add_pair(buf, &first, SPAN("state"), decision->state);
}
