/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interaction_proved - somebody has shown who they are: session and interaction change in one transaction, or, where a second factor is wanted,
 * only what was proved is kept.
 */
#include "broker/endpoint/audit.h"
#include "broker/endpoint/factor.h"
#include "broker/endpoint/interaction.h"
#include "broker/endpoint/trace.h"
#include "broker/endpoint/upstream.h"
#include "broker/endpoint/upstream_identity.h"
#include "broker/http/reply.h"

#define CLOCKS_DIFFER_MS MS_MINUTE /* ours and an upstream's */

struct proving {
	struct request *rq;
	struct interaction *interaction;
	struct session_start start;
	const struct session_proof *proof;
	store_fn *more;
	void *arg;
	struct interaction before; /* as it was */
	bool waits;                /* for the second factor */
};

/* The first of two factors: there is no session yet. What was proved is noted, and /second-factor goes on from there. */
static int keep_first_factor(struct txn *txn, struct proving *p)
{
	struct interaction interaction = p->before;
	struct facts facts;

	TRY(facts_load(txn, p->proof->account, (struct id){ { 0 } }, p->rq->arena, &facts));
	struct gate_facts gate = facts_gate(&facts, NULL, (struct instant){ 0 }, p->rq->now);
	if (id_is_set(p->proof->ties))
		TRY(gate_check(GATE_BIND, &gate));
	gate.two_factors = true; /* to be proved; everything else holds now or not at all */
	TRY(gate_check(GATE_SESSION, &gate));
	interaction.account = p->proof->account;
	interaction.method = p->proof->method;
	interaction.proof_amr = p->start.session.amr;
	interaction.proof_acr = p->proof->acr;
	interaction.proof_at = p->rq->now;
	TRY(upstream_identity_write_session(&p->proof->upstream, p->rq->arena, &interaction.proof_upstream));
	interaction.candidates = (struct text_list){ NULL, 0 };
	interaction.link = p->proof->ties;
	interaction.failures = 0;
	TRY(trace_keep(txn, p->rq, &interaction, p->proof->account, 0));
	return record_put(txn, &KIND_INTERACTION, &interaction);
}

static int keep_proof(struct txn *txn, void *arg)
{
	struct proving *p = arg;
	struct interaction current;

	if (p->more)
		TRY(p->more(txn, p->arg));
	TRY(interaction_load_id(txn, p->rq, p->interaction->id, &current));
	p->waits = false;
	if (!session_has_two_factors(&p->start.session))
		TRY(factor_is_wanted(txn, p->rq->arena, p->proof->account, &p->waits));
	if (p->waits)
		return keep_first_factor(txn, p);
	if (id_is_set(p->proof->ties))
		TRY(upstream_tie(txn, p->rq, p->interaction->id, p->proof->ties, p->proof->account));
	TRY(session_keep(txn, p->rq, &p->start));
	TRY(record_put(txn, &KIND_INTERACTION, p->interaction));
	TRY(trace_keep(txn, p->rq, &p->before, p->start.session.account, 0));
	return audit_write(txn, p->rq, &(struct audit_event){ .action = "login", .actor = p->start.session.account, .client = p->interaction->client_id,
							      .detail = p->start.session.method });
}

static int refuse_login(struct txn *txn, void *arg)
{
	struct proving *p = arg;

	TRY(trace_keep(txn, p->rq, &p->before, p->start.session.account, ERR_DISABLED));
	return audit_write(txn, p->rq, &(struct audit_event){ .action = "login", .actor = p->start.session.account, .client = p->interaction->client_id,
							      .detail = p->start.session.method, .result = ERR_DISABLED });
}

int interaction_settle(struct request *rq, struct interaction *interaction, const struct visitor *visitor, const struct session_proof *proof,
		       store_fn *more, void *arg, bool *ret_waits)
{
	struct proving p = { .rq = rq, .interaction = interaction, .proof = proof, .more = more, .arg = arg, .before = *interaction };

	TRY(session_prepare(rq, visitor, proof, &p.start));
	interaction->account = proof->account;
	interaction->session = p.start.session.id;
	/* An upstream may only have remembered its own session: what it saw before this interaction began is no new proof. */
	interaction->reauthenticated = !instant_is_set(proof->auth_time) ||
				       !instant_before(instant_add(proof->auth_time, CLOCKS_DIFFER_MS), interaction->created_at);
	interaction->account_chosen = true;
	interaction->consented = false; /* somebody else's word, perhaps */
	interaction->candidates = (struct text_list){ NULL, 0 };
	interaction->link = (struct id){ { 0 } };
	interaction->proof_amr = (struct text_list){ NULL, 0 };
	interaction->proof_upstream = (struct span){ NULL, 0 };
	interaction->failures = 0;
	struct gathering *trace = trace_of(rq);
	trace_step(trace, "proved");
	trace_str(trace, "method", proof->method);
	trace_int(trace, "acr", proof->acr);
	int result = store_update(app_of(rq)->app->store, keep_proof, &p);
	if (result == ERR_DISABLED)
		TRY(store_update(app_of(rq)->app->store, refuse_login, &p));
	TRY(result);
	*ret_waits = p.waits;
	if (!p.waits)
		session_send(rq, &p.start);
	return 0;
}

int interaction_proved(struct request *rq, struct interaction *interaction, const struct visitor *visitor, const struct session_proof *proof,
		       store_fn *more, void *arg)
{
	struct span url;
	bool waits;

	TRY(interaction_settle(rq, interaction, visitor, proof, more, arg, &waits));
	TRY(interaction_url(rq, waits ? "/second-factor" : "/continue", interaction, &url));
	return reply_redirect(rq, url);
}
