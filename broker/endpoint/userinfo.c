/* SPDX-License-Identifier: Apache-2.0 */
/*
 * userinfo - the claims that an access token's scopes release. OpenID Connect Core 5.3, RFC 6750
 */
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/person.h"
#include "broker/endpoint/token_facts.h"
#include "broker/http/reply.h"
#include "conf/config.h"

struct userinfo {
	struct request *rq;
	struct token_facts facts;
	unsigned needs; /* enum claims_need: unit, grants and old accounts cost more to read than all the rest */
	struct text_list scopes;
	struct person person;
};

static int load(struct txn *txn, void *arg)
{
	struct userinfo *u = arg;

	TRY(token_facts_load(txn, u->rq, u->needs != 0, &u->facts));
	return u->facts.has_person ? person_load_legacy(txn, &u->facts.person, u->rq->arena, &u->person) : 0;
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
	struct claims_person *claims = &u->person.claims;

	TRY(token_facts_subject(rq, &u->facts, &claims->sub));
	claims->auth_time = u->facts.family.auth_time;
	claims->acr = u->facts.family.acr;
	claims->amr = u->facts.family.amr;
	return person_fill(&u->facts.person, u->facts.client, &u->scopes, rq->arena, &u->person);
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
	claims_write(&answer, &u.person.claims, &u.scopes);
	TRY(buf_done(&answer, &json));
	return reply_json(rq, 200, json);
}
