/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/token_issue.h"

#include "broker/base/json.h"
#include "broker/base/sys.h"
#include "broker/endpoint/token_cache.h"
#include "broker/http/reply.h"
#include "broker/oauth/claims.h"
#include "broker/oauth/refresh.h"
#include "conf/config_client.h"

/* The texts of the answer; empty ones are left out. */
struct texts {
	struct span access, id, refresh;
};

static int fill_grant(struct request *rq, const struct token_issue *issue, struct token_grant *grant)
{
	const struct settings *settings = app_of(rq);
	bool is_person = issue->family && id_is_set(issue->family->account);
	char *sub = arena_alloc(rq->arena, CLAIMS_SUB + 1), *sid = arena_alloc(rq->arena, TOKEN_SID + 1);

	if (!sub || !sid)
		return FAULT_MEMORY;
	*grant = (struct token_grant){ .config = settings->config, .client = issue->client, .family = issue->family,
				       .scopes = issue->scopes, .resources = issue->resources, .sub = issue->client->id,
				       .now = rq->now };
	sys_random(grant->random, sizeof grant->random);
	if (is_person) {
		TRY(claims_subject(settings->app->seal, issue->client, issue->family->identity, sub));
		TRY(token_sid(settings->app->seal, token_family_session(issue->family), issue->client->id, sid));
		grant->sub = span_of(sub);
		grant->sid = span_of(sid);
	}
	if (issue->person && issue->person->has_unit) {
		grant->unit = &issue->person->unit;
		grant->acts = issue->person->acts;
	}
	return token_audience(settings->config, issue->client, &issue->resources, &issue->scopes, rq->arena, &grant->audience);
}

static int add_request(const struct keys_view *keys, int alg, enum signer_typ typ, struct buf *claims,
		       struct signer_request *request)
{
	*request = (struct signer_request){ .kid = app_kid(keys, app_alg(alg)), .typ = typ };
	if (!request->kid.n)
		return FAULT(FAULT_SIGNER, "no key signs with the algorithm of number %d", alg);
	return buf_done(claims, &request->payload);
}

static int print_opaque(struct request *rq, const struct token_grant *grant, struct span *ret_text)
{
	char *text = arena_alloc(rq->arena, TOKEN_OPAQUE + 1);

	if (!text)
		return FAULT_MEMORY;
	TRY(token_print_opaque(app_of(rq)->app->seal, grant, text));
	*ret_text = span_of(text);
	return 0;
}

/* at_hash is optional here (OpenID Connect Core 3.1.3.6) and would make the ID token wait for the access token's signature: it
 * stands in the ID token only beside an opaque access token, which has none. */
static int sign(struct request *rq, const struct token_issue *issue, const struct token_grant *grant, struct texts *texts)
{
	APP_KEYS *keys = app_keys(app_of(rq)->app);
	struct signer_request requests[2];
	struct buf claims[2] = { buf_new(rq->arena, 768), buf_new(rq->arena, 768) };
	bool is_jwt = issue->client->access_token == CONFIG_ACCESS_JWT;
	char at_hash[44] = "";
	size_t n = 0;

	if (is_jwt) {
		token_write_access(&claims[n], grant);
		TRY(add_request(keys, issue->client->access_token_alg, SIGNER_ACCESS, &claims[n], &requests[n]));
		n++;
	} else {
		TRY(print_opaque(rq, grant, &texts->access));
		TRY(token_at_hash(issue->client->id_token_alg, texts->access, at_hash));
	}
	if (issue->id_token) {
		token_write_id(&claims[n], grant, span_of(at_hash));
		TRY(add_request(keys, issue->client->id_token_alg, SIGNER_ID, &claims[n], &requests[n]));
		n++;
	}
	if (n)
		TRY(app_sign(app_of(rq)->app, requests, n, rq->arena));
	if (is_jwt)
		texts->access = requests[0].token;
	if (issue->id_token)
		texts->id = requests[n - 1].token;
	if (is_jwt)
		token_cache_add(app_of(rq)->app->tokens, texts->access, token_access_expiry(grant));
	return 0;
}

static int print_refresh(struct request *rq, const struct token_issue *issue, struct texts *texts)
{
	char *text;

	if (issue->refresh_n == 0)
		return 0;
	text = arena_alloc(rq->arena, REFRESH_TEXT + 1);
	if (!text)
		return FAULT_MEMORY;
	TRY(refresh_print(app_of(rq)->app->seal, issue->family->id, issue->refresh_n, text));
	texts->refresh = span_of(text);
	return 0;
}

static void write_answer(struct buf *buf, const struct token_issue *issue, const struct token_grant *grant,
			 const struct texts *texts)
{
	struct json_writer w = json_writer(buf);

	json_open(&w, '{');
	json_member_str(&w, "access_token", texts->access);
	json_member_str(&w, "token_type", SPAN("Bearer"));
	json_member_int(&w, "expires_in", token_access_expiry(grant).ms / MS_SECOND - grant->now.ms / MS_SECOND);
	json_member_str(&w, "refresh_token", texts->refresh);
	json_member_str(&w, "id_token", texts->id);
	if (issue->scopes.n) {
		json_key(&w, "scope");
		buf_char(buf, '"');
		scope_print(buf, &issue->scopes);
		buf_char(buf, '"');
	}
	buf_char(buf, '}');
}

int token_issue(struct request *rq, const struct token_issue *issue)
{
	struct token_grant grant;
	struct texts texts = { 0 };
	struct span json;

	TRY(fill_grant(rq, issue, &grant));
	TRY(sign(rq, issue, &grant, &texts));
	TRY(print_refresh(rq, issue, &texts));
	struct buf answer = buf_new(rq->arena, texts.access.n + texts.id.n + 512);
	write_answer(&answer, issue, &grant, &texts);
	TRY(buf_done(&answer, &json));
	return reply_json(rq, 200, json);
}
