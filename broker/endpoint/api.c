/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/api.h"

#include "broker/base/encode.h"
#include "broker/endpoint/audit.h"
#include "broker/http/reply.h"
#include "broker/oauth/claims.h"
#include "conf/config.h"

static int load(struct txn *txn, void *arg)
{
	struct api *api = arg;

	return token_facts_load(txn, api->rq, false, &api->token);
}

int api_open(struct request *rq, struct api *ret_api)
{
	struct text_list scopes, audience;
	struct span token;

	*ret_api = (struct api){ .rq = rq };
	int result = request_bearer(rq, &token);
	if (result)
		return result == ERR_ABSENT ? ERR_INVALID_TOKEN : result;
	TRY(token_facts_read(rq, token, false, &ret_api->token));
	TRY(store_view(app_of(rq)->app->store, load, ret_api));
	TRY(token_facts_check(rq, &ret_api->token, GATE_USE));
	TRY(token_facts_scopes(rq, &ret_api->token, &scopes));
	TRY(token_facts_audience(rq, &ret_api->token, &audience));
	ret_api->client = ret_api->token.client;
	if (!scope_has(&audience, app_of(rq)->config->issuer))
		return ERR_INVALID_TOKEN;
	/* The directory is for systems: a person's token opens userinfo, which says no more than the person agreed to. */
	if (ret_api->token.has_account || !scope_has(&scopes, span_of(rq->route->doc->scope)))
		return ERR_INSUFFICIENT_SCOPE;
	return 0;
}

static int read_limit(struct span text, int64_t *ret_limit)
{
	int64_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '9' || n > API_PAGE_MAX)
			return ERR_INVALID_REQUEST;
		n = n * 10 + (text.p[i] - '0');
	}
	if (text.n && (n < 1 || n > API_PAGE_MAX))
		return ERR_INVALID_REQUEST;
	*ret_limit = text.n ? n : API_PAGE_DEFAULT;
	return 0;
}

int api_open_page(struct request *rq, struct api *ret_api)
{
	struct span cursor = request_param(rq, "cursor");
	struct id from = { { 0 } };
	int64_t limit;

	TRY(api_open(rq, ret_api));
	TRY(read_limit(request_param(rq, "limit"), &limit));
	if (cursor.n && encode_base64url_bytes(cursor, from.b, sizeof from.b))
		return ERR_INVALID_REQUEST;
	ret_api->limit = limit;
	ret_api->from = from;
	return 0;
}

void api_begin(struct api *api)
{
	api->buf = buf_new(api->rq->arena, 4096);
	api->out = json_writer(&api->buf);
	json_open(&api->out, '{');
}

void api_items(struct api *api)
{
	api->n = 0;
	api->more = false;
	api_begin(api);
	json_key(&api->out, "items");
	json_open(&api->out, '[');
}

bool api_is_full(struct api *api, struct id item)
{
	api->more = api->n == api->limit;
	if (api->more)
		return true;
	api->n++;
	api->last = item;
	return false;
}

int api_reply(struct api *api)
{
	struct span json;

	json_close(&api->out, '}');
	TRY(buf_done(&api->buf, &json));
	return reply_json(api->rq, 200, json);
}

int api_reply_items(struct api *api)
{
	char cursor[ENCODE_BASE64URL(sizeof(struct id)) + 1];

	json_close(&api->out, ']');
	if (api->more) {
		encode_base64url_text(cursor, (struct span){ (const char *)api->last.b, sizeof api->last.b });
		json_member_str(&api->out, "next", span_of(cursor));
	}
	return api_reply(api);
}

int api_audit(struct txn *txn, const struct api *api, const char *action, struct span subject)
{
	return audit_write(txn, api->rq, &(struct audit_event){ .action = action, .client = api->client->id, .subject = subject });
}

int api_member_sub(struct api *api, struct id identity)
{
	char sub[CLAIMS_SUB + 1];

	TRY(claims_subject(app_of(api->rq)->app->seal, api->client, identity, sub));
	json_member_str(&api->out, "sub", span_of(sub));
	return 0;
}
