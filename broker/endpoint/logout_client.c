/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/logout_client.h"

#include "broker/base/encode.h"
#include "broker/base/sys.h"
#include "broker/base/url.h"
#include "broker/endpoint/subject.h"
#include "broker/oauth/claims.h"
#include "broker/oauth/logout_token.h"
#include "broker/oauth/token.h"
#include "conf/config.h"

#define ATTEMPT_MS (5 * MS_SECOND)

struct telling {
	const struct config_client *client;
	struct id identity;
	struct arena *arena;
	struct id subject; /* whom the client knows the person as */
};

static int know(struct txn *txn, void *arg)
{
	struct telling *t = arg;

	return subject_of_id(txn, t->client, t->identity, t->arena, &t->subject);
}

/* The signed token, made anew for each attempt: it lives two minutes. */
static int make_token(const struct settings *settings, const struct config_client *client, const struct logout_notice *notice, struct arena *arena, struct span *ret_token)
{
	APP_KEYS *keys = app_keys(settings->app);
	struct telling t = { .client = client, .identity = notice->identity, .arena = arena };
	struct instant now = sys_now();
	struct buf claims = buf_new(arena, 512);
	char sub[CLAIMS_SUB + 1] = "", sid[TOKEN_SID + 1], jti[37];
	struct signer_request request = { .kid = app_kid(keys, app_alg(client->id_token_alg)), .typ = SIGNER_LOGOUT };

	if (id_is_set(notice->identity)) {
		TRY(store_view(settings->app->store, know, &t));
		TRY(claims_subject(settings->app->seal, client, t.subject, sub));
	}
	TRY(token_sid(settings->app->seal, notice->session, client->id, sid));
	encode_id(jti, sys_new_id(now));
	logout_token_write(&claims, &(struct logout_token){ .issuer = settings->config->issuer, .client_id = client->id, .sub = span_of(sub), .sid = span_of(sid),
							    .jti = span_of(jti), .now = now });
	TRY(buf_done(&claims, &request.payload));
	TRY(app_sign(settings->app, &request, 1, arena));
	*ret_token = request.token;
	return 0;
}

int logout_client_tell(const struct settings *settings, const struct config_client *client, const struct logout_notice *notice, struct arena *arena,
		       struct logout_answer *ret_answer)
{
	struct net_request request = { .method = "POST", .url = client->backchannel_logout_uri, .content_type = SPAN("application/x-www-form-urlencoded"),
				       .has_timeout = true, .timeout_ms = ATTEMPT_MS };
	struct buf form = buf_new(arena, 1024);
	struct net_reply reply;
	struct span token;
	bool first = true;

	TRY(make_token(settings, client, notice, arena, &token));
	url_add_pair(&form, &first, SPAN("logout_token"), token);
	TRY(buf_done(&form, &request.body));
	*ret_answer = (struct logout_answer){ .status = LOGOUT_NOTICE_WAITING };
	int result = net_fetch(settings->net, &request, sys_now(), arena, &reply);
	if (result) {
		ret_answer->reason = span_of(error_row(result)->code);
		ret_answer->away = result != ERR_TOO_LARGE; /* too much is an answer */
		return result == FAULT_MEMORY ? result : 0;
	}
	if (reply.status == 200 || reply.status == 204) { /* 2.8 and its note on frameworks that answer 204 to nothing */
		ret_answer->status = LOGOUT_NOTICE_DONE;
		return 0;
	}
	char *text = arena_printf(arena, "status %d", reply.status);
	if (!text)
		return FAULT_MEMORY;
	ret_answer->reason = span_of(text);
	if (reply.status == 400) /* 2.8: it has read the token, and the same again would be answered the same */
		ret_answer->status = LOGOUT_NOTICE_REFUSED;
	return 0;
}
