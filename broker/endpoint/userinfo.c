/* SPDX-License-Identifier: Apache-2.0 */
/*
 * userinfo - the claims that an access token's scopes release. OpenID Connect Core 5.3, RFC 6750
 */
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/token_facts.h"
#include "broker/http/reply.h"
#include "broker/oauth/claims.h"

struct userinfo {
	struct request *rq;
	struct token_facts facts;
	unsigned needs; /* enum claims_need: unit, grants and old accounts cost more to read than all the rest */
	struct text_list scopes;
	struct claims_person person;
	struct claims_legacy legacy[FACTS_MAX];
	struct span subsystems[FACTS_MAX];
};

/* Old accounts that are bound, not those that are only suggested (design.md 3). */
static int load_legacy(struct txn *txn, struct userinfo *u)
{
	const struct facts *facts = &u->facts.person;
	struct legacy legacy;

	for (size_t i = 0; i < facts->n_bindings; i++) {
		if (facts->bindings[i].status != BINDING_BOUND)
			continue;
		int result = record_get(txn, &KIND_LEGACY, facts->bindings[i].legacy, u->rq->arena, &legacy);
		if (result == ERR_ABSENT)
			continue;
		TRY(result);
		u->legacy[u->person.n_legacy++] = (struct claims_legacy){ legacy.source, legacy.legacy_id, legacy.user_type };
	}
	return 0;
}

static int load(struct txn *txn, void *arg)
{
	struct userinfo *u = arg;

	u->person.n_legacy = 0;
	TRY(token_facts_load(txn, u->rq, u->needs != 0, &u->facts));
	return u->facts.has_person ? load_legacy(txn, u) : 0;
}

/* A signed token says its scopes; an opaque one's stand in its family, which is not read yet. */
static int find_needs(struct request *rq, struct userinfo *u)
{
	struct text_list scopes;

	u->needs = CLAIMS_UNIT | CLAIMS_GRANTS | CLAIMS_LEGACY;
	if (!u->facts.access.is_jwt)
		return 0;
	TRY(token_facts_scopes(rq, &u->facts, &scopes));
	u->needs &= claims_needs(&scopes);
	return 0;
}

static int check(struct request *rq, struct userinfo *u)
{
	struct text_list audience;

	TRY(token_facts_check(rq, &u->facts, GATE_USE));
	TRY(token_facts_scopes(rq, &u->facts, &u->scopes));
	TRY(token_facts_audience(rq, &u->facts, &audience));
	if (!u->facts.has_account || !scope_has(&u->scopes, SPAN("openid")))
		return ERR_INSUFFICIENT_SCOPE;
	/* ASVS 10.3.1: a token for another resource server is none for us. */
	return scope_has(&audience, app_of(rq)->config->issuer) ? 0 : ERR_INVALID_TOKEN;
}

static int describe(struct request *rq, struct userinfo *u)
{
	const struct facts *facts = &u->facts.person;
	struct claims_person *person = &u->person;
	char *hash = arena_alloc(rq->arena, CLAIMS_SUB + 1);

	if (!hash)
		return FAULT_MEMORY;
	TRY(token_facts_subject(rq, &u->facts, &person->sub));
	person->account = &facts->account;
	person->unit = facts->has_unit ? &facts->unit : NULL;
	person->membership = facts->has_membership ? &facts->membership : NULL;
	for (size_t i = 0; i < facts->n_grants; i++)
		if (facts->grants[i].status == GRANT_ACTIVE)
			u->subsystems[person->n_subsystems++] = facts->grants[i].subsystem;
	person->subsystems = u->subsystems;
	person->legacy = u->legacy;
	person->auth_time = u->facts.family.auth_time;
	person->acr = u->facts.family.acr;
	person->amr = u->facts.family.amr;
	int result = ERR_ABSENT;
	if (claims_needs(&u->scopes) & CLAIMS_ID_HASH)
		result = claims_id_hash(u->facts.client, &facts->account, hash);
	if (result == 0)
		person->id_hash = span_of(hash);
	return result == ERR_ABSENT ? 0 : result;
}

int endpoint_userinfo(struct request *rq)
{
	struct userinfo u = { .rq = rq };
	struct buf answer = buf_new(rq->arena, 1024);
	struct span token, json;

	int result = request_bearer(rq, &token); /* FAPI 2.0 5.3.4: in the header and nowhere else */
	if (result)
		return result == ERR_ABSENT ? ERR_INVALID_TOKEN : result;
	TRY(token_facts_read(rq, token, false, &u.facts));
	TRY(find_needs(rq, &u));
	TRY(store_view(app_of(rq)->app->store, load, &u));
	TRY(check(rq, &u));
	TRY(describe(rq, &u));
	claims_write(&answer, &u.person, &u.scopes);
	TRY(buf_done(&answer, &json));
	return reply_json(rq, 200, json);
}
