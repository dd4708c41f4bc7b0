/* SPDX-License-Identifier: Apache-2.0 */
/*
 * introspect - is this token good, and for what? RFC 7662
 */
#include "broker/oauth/introspect.h"

#include "broker/endpoint/client_auth.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/token_facts.h"
#include "broker/http/reply.h"
#include "broker/oauth/refresh.h"

struct introspection {
	struct request *rq;
	struct token_facts facts;
};

static int load(struct txn *txn, void *arg)
{
	struct introspection *in = arg;

	return token_facts_load(txn, in->rq, false, &in->facts);
}

/* A refresh token is active while it is the one that would be accepted without the grace. */
static bool is_live_leaf(struct request *rq, struct token_facts *facts)
{
	if (facts->kind != TOKEN_REFRESH)
		return true;
	facts->access.expires_at = refresh_expiry(&facts->family, facts->client);
	return facts->refresh_n == facts->family.refresh_n && instant_before(rq->now, facts->access.expires_at);
}

static int describe(struct request *rq, const struct token_facts *facts, struct introspect_token *token)
{
	struct text_list scopes;
	struct buf scope = buf_new(rq->arena, 128);

	*token = (struct introspect_token){
		.client_id = facts->client->id,
		.jti = facts->access.jti,
		.expires_at = facts->access.expires_at,
		.issued_at = facts->access.issued_at,
		.is_refresh = facts->kind == TOKEN_REFRESH,
		.family = facts->has_family ? &facts->family : NULL,
		.username = facts->has_account ? facts->person.account.login_name : SPAN(""),
	};
	TRY(token_facts_subject(rq, facts, &token->sub));
	TRY(token_facts_sid(rq, facts, &token->sid));
	TRY(token_facts_audience(rq, facts, &token->audience));
	TRY(token_facts_scopes(rq, facts, &scopes));
	scope_print(&scope, &scopes);
	return buf_done(&scope, &token->scope);
}

static int inactive(struct request *rq)
{
	return reply_json(rq, 200, SPAN(INTROSPECT_INACTIVE));
}

enum work_class endpoint_introspect_work(const struct request *rq)
{
	return client_auth_commits(rq) ? WORK_COMMIT : WORK_INLINE;
}

int endpoint_introspect(struct request *rq)
{
	struct introspection in = { .rq = rq };
	struct introspect_token token;
	struct client_proof proof;
	struct buf answer = buf_new(rq->arena, 768);
	struct span json;

	TRY(client_auth(rq, &proof));
	if (client_is_public(proof.client)) /* RFC 7662 2.1: some form of authorization, against scanning for tokens */
		return ERR_INVALID_CLIENT;
	TRY(client_auth_use_alone(rq, &proof));
	struct span text = request_param(rq, "token");
	if (!text.n)
		return ERR_INVALID_REQUEST;

	int result = token_facts_read(rq, text, true, &in.facts);
	if (result)
		return result > 0 ? inactive(rq) : result;
	TRY(store_view(app_of(rq)->app->store, load, &in));
	if (token_facts_check(rq, &in.facts, GATE_USE) || !is_live_leaf(rq, &in.facts))
		return inactive(rq);
	TRY(describe(rq, &in.facts, &token));
	if (!introspect_is_allowed(proof.client, &token))
		return inactive(rq);
	introspect_write(&answer, app_of(rq)->config, &token);
	TRY(buf_done(&answer, &json));
	return reply_json(rq, 200, json);
}
