/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/token_facts.h"

#include "broker/base/encode.h"
#include "broker/endpoint/token_cache.h"
#include "broker/oauth/claims.h"
#include "broker/oauth/client.h"
#include "broker/oauth/refresh.h"
#include "broker/store/records_system.h"
#include "keys/jws.h"

/* The middle part of a token that is known to be ours. */
static int read_payload(struct span token, struct arena *arena, struct span *ret_payload)
{
	span_cut(&token, '.');
	return encode_base64url_decode(span_cut(&token, '.'), arena, ret_payload);
}

static int read_signed(struct request *rq, struct span text, struct token_access *ret)
{
	static const struct jws_expect expect = { .algs = ALG_ALL, .typ = "at+jwt" }; /* RFC 9068 4; the keys are our own */
	struct app *app = app_of(rq)->app;
	bool known = token_cache_has(app->tokens, text, rq->now);
	struct span payload;
	int result;

	if (known) {
		result = read_payload(text, rq->arena, &payload);
	} else {
		APP_KEYS *keys = app_keys(app);
		struct jws jws;

		result = jws_verify(keys->verify, &expect, text, rq->arena, &jws);
		payload = jws.payload;
	}
	if (result == 0)
		result = token_parse_claims(app_of(rq)->config, payload, rq->arena, ret);
	if (result)
		return result > 0 ? ERR_INVALID_TOKEN : result;
	if (!known && instant_before(rq->now, ret->expires_at))
		token_cache_add(app->tokens, text, ret->expires_at);
	return 0;
}

static int read_refresh(struct request *rq, struct span text, struct token_facts *ret)
{
	int result = refresh_parse(app_of(rq)->app->seal, text, &ret->access.family, &ret->refresh_n);

	if (result)
		return result > 0 ? ERR_INVALID_TOKEN : result;
	ret->kind = TOKEN_REFRESH;
	ret->access.expires_at = record_expiry(ret->access.family);
	return 0;
}

int token_facts_read(struct request *rq, struct span text, bool refresh_too, struct token_facts *ret)
{
	*ret = (struct token_facts){ .kind = TOKEN_ACCESS };
	if (refresh_too && refresh_looks_like(text))
		return read_refresh(rq, text, ret);
	if (token_looks_opaque(text))
		return token_parse_opaque(app_of(rq)->app->seal, text, &ret->access);
	return read_signed(rq, text, &ret->access);
}

/* record_get_live, where absence is no failure. */
static int get(struct txn *txn, struct request *rq, const struct kind *kind, struct id id, void *record, bool *ret_has)
{
	*ret_has = false;
	if (!id_is_set(id))
		return 0;
	int result = kind->expires ? record_get_live(txn, kind, id, rq->now, rq->arena, record)
				   : record_get(txn, kind, id, rq->arena, record);
	if (result == 0)
		*ret_has = true;
	return result == ERR_ABSENT ? 0 : result;
}

/* Reading unit, membership and grants costs more than all the rest: only where the gate would look at them. */
static bool gate_needs_person(const struct token_facts *facts)
{
	const struct config_require *require = &facts->client->require;

	return facts->person.account.namespace_ == NAMESPACE_LEGAL || id_is_set(facts->family.unit) || require->unit_effective || require->membership_active ||
	       require->subsystem_grant;
}

static int load_person(struct txn *txn, struct request *rq, bool whole, struct token_facts *facts)
{
	if (!whole) {
		TRY(get(txn, rq, &KIND_ACCOUNT, facts->family.account, &facts->person.account, &facts->has_account));
		if (!facts->has_account || !gate_needs_person(facts))
			return 0;
	}
	int result = facts_load(txn, facts->family.account, facts->family.unit, rq->arena, &facts->person);
	facts->has_account = facts->has_person = result == 0;
	return result == ERR_ABSENT ? 0 : result;
}

/* The family's session, or the one that took its place when the same person proved themself again. */
static int load_session(struct txn *txn, struct request *rq, struct token_facts *facts)
{
	TRY(get(txn, rq, &KIND_SESSION, facts->family.session, &facts->session, &facts->has_session));
	if (!facts->has_session || !id_is_set(facts->session.continued_by))
		return 0;
	return get(txn, rq, &KIND_SESSION, facts->session.continued_by, &facts->session, &facts->has_session);
}

int token_facts_load_family(struct txn *txn, struct request *rq, bool whole, struct token_facts *facts)
{
	facts->has_session = facts->has_account = facts->has_consent = facts->has_person = false; /* it may run again */
	facts->client = client_find(app_of(rq)->config, facts->family.client_id);
	if (!facts->client || !id_is_set(facts->family.account))
		return 0;
	TRY(load_person(txn, rq, whole, facts));
	if (!facts->family.offline)
		return load_session(txn, rq, facts);
	struct consent probe = { .account = facts->family.account, .client_id = facts->family.client_id };
	int result = record_find(txn, &KIND_CONSENT, CONSENT_BY_CLIENT, &probe, rq->arena, &facts->consent);
	facts->has_consent = result == 0;
	return result == ERR_ABSENT ? 0 : result;
}

int token_facts_load(struct txn *txn, struct request *rq, bool whole, struct token_facts *facts)
{
	struct mark mark;

	if (facts->kind == TOKEN_ACCESS)
		TRY(get(txn, rq, &KIND_MARK, token_mark(&facts->access), &mark, &facts->is_marked));
	if (!id_is_set(facts->access.family)) {
		facts->client = client_find(app_of(rq)->config, facts->access.client_id);
		return 0;
	}
	TRY(get(txn, rq, &KIND_FAMILY, facts->access.family, &facts->family, &facts->has_family));
	return facts->has_family ? token_facts_load_family(txn, rq, whole, facts) : 0;
}

static bool passes_gate(const struct request *rq, const struct token_facts *facts, enum gate_path path)
{
	struct instant from = facts->family.offline ? facts->family.created_at : facts->session.created_at;
	struct gate_facts gate = facts_gate(&facts->person, facts->client, from, rq->now);

	gate.acts_from = facts->family.created_at;
	return gate_check(path, &gate) == 0;
}

int token_facts_check(const struct request *rq, const struct token_facts *facts, enum gate_path path)
{
	struct token_state state = {
		.client = facts->client,
		.family = facts->has_family ? &facts->family : NULL,
		.needs_family = id_is_set(facts->access.family),
		.session = facts->has_session ? &facts->session : NULL,
		.account = facts->has_account ? &facts->person.account : NULL,
		.consent = facts->has_consent ? &facts->consent : NULL,
		.marked = facts->is_marked,
		.expires_at = facts->access.expires_at,
	};

	if (!token_is_live(&state, app_of(rq)->config, rq->now))
		return ERR_INVALID_TOKEN;
	if (facts->has_account && !passes_gate(rq, facts, path)) /* a service's token has no person whom the gate could judge */
		return ERR_INVALID_TOKEN;
	return 0;
}

int token_facts_subject(struct request *rq, const struct token_facts *facts, struct span *ret_sub)
{
	char *sub;

	if (facts->access.is_jwt || !id_is_set(facts->family.account)) {
		*ret_sub = facts->access.is_jwt ? facts->access.sub : facts->client->id;
		return 0;
	}
	sub = arena_alloc(rq->arena, CLAIMS_SUB + 1);
	if (!sub)
		return FAULT_MEMORY;
	TRY(claims_subject(app_of(rq)->app->seal, facts->client, facts->family.identity, sub));
	*ret_sub = span_of(sub);
	return 0;
}

int token_facts_scopes(struct request *rq, const struct token_facts *facts, struct text_list *ret_scopes)
{
	if (facts->access.is_jwt)
		return scope_parse(facts->access.scope, rq->arena, ret_scopes);
	if (facts->kind == TOKEN_REFRESH) {
		*ret_scopes = facts->family.scopes;
		return 0;
	}
	return scope_unmask(&facts->family.scopes, facts->access.scope_mask, rq->arena, ret_scopes);
}

int token_facts_audience(struct request *rq, const struct token_facts *facts, struct text_list *ret_audience)
{
	struct text_list scopes;

	if (facts->access.is_jwt) {
		*ret_audience = facts->access.audience;
		return 0;
	}
	TRY(token_facts_scopes(rq, facts, &scopes));
	struct text_list resources = token_resources(&facts->family, facts->client);
	if (facts->access.resource_mask)
		TRY(scope_unmask(&resources, facts->access.resource_mask, rq->arena, &resources));
	return token_audience(app_of(rq)->config, facts->client, &resources, &scopes, rq->arena, ret_audience);
}

int token_facts_sid(struct request *rq, const struct token_facts *facts, struct span *ret_sid)
{
	char *sid;

	if (facts->access.is_jwt || !id_is_set(facts->family.session)) {
		*ret_sid = facts->access.sid;
		return 0;
	}
	sid = arena_alloc(rq->arena, TOKEN_SID + 1);
	if (!sid)
		return FAULT_MEMORY;
	TRY(token_sid(app_of(rq)->app->seal, token_family_session(&facts->family), facts->client->id, sid));
	*ret_sid = span_of(sid);
	return 0;
}
