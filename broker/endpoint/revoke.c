/* SPDX-License-Identifier: Apache-2.0 */
/*
 * revoke - a client gives a token back. RFC 7009
 */
#include "broker/oauth/revoke.h"

#include "broker/endpoint/audit.h"
#include "broker/endpoint/client_auth.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/token_facts.h"
#include "broker/http/reply.h"
#include "broker/store/records_system.h"

struct revocation {
	struct request *rq;
	struct client_proof proof;
	struct token_facts facts;
	bool is_ours;
};

static int keep(struct txn *txn, struct revocation *r, enum revoke_action action)
{
	if (action == REVOKE_NOTHING)
		return 0;
	if (action == REVOKE_FAMILY) {
		r->facts.family.revoked = true;
		TRY(record_put(txn, &KIND_FAMILY, &r->facts.family));
	} else {
		struct mark mark = { .id = token_mark(&r->facts.access) };

		TRY(record_put(txn, &KIND_MARK, &mark));
	}
	return audit_write(txn, r->rq, &(struct audit_event){ .action = action == REVOKE_FAMILY ? "grant.revoke" : "token.revoke",
							      .actor = r->facts.family.account, .client = r->proof.client->id });
}

static int revoke(struct txn *txn, void *arg)
{
	struct revocation *r = arg;
	struct span owner = { NULL, 0 };

	TRY(client_auth_use(txn, &r->proof));
	if (!r->is_ours)
		return 0;
	TRY(token_facts_load(txn, r->rq, false, &r->facts));
	if (r->facts.client)
		owner = r->facts.client->id;
	return keep(txn, r,
		    revoke_decide(r->proof.client, owner, r->facts.kind == TOKEN_REFRESH, r->facts.access.expires_at, r->rq->now));
}

int endpoint_revoke(struct request *rq)
{
	struct revocation r = { .rq = rq };

	TRY(client_auth(rq, &r.proof));
	struct span text = request_param(rq, "token");
	if (!text.n)
		return ERR_INVALID_REQUEST;
	int result = token_facts_read(rq, text, true, &r.facts);
	if (result < 0)
		return result;
	r.is_ours = result == 0;
	if (r.is_ours || r.proof.jti.n)
		TRY(store_update(app_of(rq)->app->store, revoke, &r));
	return reply_empty(rq, 200); /* RFC 7009 2.2: whatever it was, it is worth nothing now */
}
