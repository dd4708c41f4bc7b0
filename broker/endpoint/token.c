/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token - the token endpoint: one function a grant. RFC 6749 3.2, OpenID Connect Core 3.1.3
 *
 * Whatever a grant changes is one transaction, in which code or refresh token, person, client and gate are judged together; tokens
 * are signed and answered only when it is durable. A judgement that must be kept (a replay kills the family) commits although it
 * refuses.
 */
#include "broker/endpoint/audit.h"
#include "broker/endpoint/client_auth.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/token_facts.h"
#include "broker/endpoint/token_issue.h"
#include "broker/oauth/code.h"
#include "broker/oauth/refresh.h"
#include "broker/store/handle.h"
#include "conf/config.h"

/* A session in use is written again when a part of its idle time has passed. */
#define IDLE_PARTS 16

/* One grant on its way through the transaction. */
struct granting {
	struct request *rq;
	const struct client_proof *proof;
	struct token_facts facts;
	struct handle code;
	struct code_presented presented;
	struct text_list scopes, resources; /* of the access token */
	uint32_t refresh_n;                 /* to answer with */
	int verdict;                        /* what is answered; the transaction commits all the same */
};

/* RFC 8707 2.2: a token request may ask for some of what was granted. */
static int read_resources(struct request *rq, const struct config_client *client, const struct text_list *granted,
			  struct text_list *ret_resources)
{
	const struct span *values;
	size_t n = request_params(rq, "resource", &values);

	for (size_t i = 0; i < n; i++)
		if (!(granted->n ? scope_has(granted, values[i]) : option_list_has(&client->audiences, values[i])))
			return ERR_INVALID_TARGET;
	*ret_resources = n ? (struct text_list){ (struct span *)(uintptr_t)values, n } : *granted;
	return 0;
}

/* Somebody used what was used up: one of two holders is not who they say, so nothing of the family may live. */
static int kill_family(struct txn *txn, struct granting *g, const char *action)
{
	g->facts.family.revoked = true;
	TRY(record_put(txn, &KIND_FAMILY, &g->facts.family));
	return audit_write(txn, g->rq, &(struct audit_event){ .action = action, .actor = g->facts.family.account,
							      .client = g->proof->client->id, .result = ERR_INVALID_GRANT });
}

/* Account, session, consent and everything the gate asks, for the family that was just read. */
static int judge_person(struct txn *txn, struct granting *g, enum gate_path path)
{
	g->facts.has_family = true;
	g->facts.access = (struct token_access){ .family = g->facts.family.id, .expires_at = record_expiry(g->facts.family.id) };
	TRY(token_facts_load_family(txn, g->rq, false, &g->facts));
	int result = token_facts_check(g->rq, &g->facts, path);
	return result > 0 ? ERR_INVALID_GRANT : result;
}

/* ---- authorization_code */

static int redeem(struct txn *txn, void *arg)
{
	struct granting *g = arg;
	bool replayed;

	g->verdict = ERR_INVALID_GRANT;
	TRY(client_auth_use(txn, g->proof));
	int result = record_get_live(txn, &KIND_FAMILY, g->code.id, g->rq->now, g->rq->arena, &g->facts.family);
	if (result)
		return result == ERR_ABSENT ? 0 : result;
	g->presented.secret_fits = handle_matches("code", &g->code, g->facts.family.code_hash);
	g->verdict = code_redeem(&g->facts.family, g->proof->client, &g->presented, g->rq->now, &replayed);
	if (replayed)
		return kill_family(txn, g, "code.replay");
	if (!g->verdict)
		g->verdict = judge_person(txn, g, GATE_REDEEM);
	if (!g->verdict)
		g->verdict = read_resources(g->rq, g->proof->client, &g->facts.family.resources, &g->resources);
	if (g->verdict)
		return g->verdict < 0 ? g->verdict : 0;
	code_mark_redeemed(&g->facts.family, g->proof->client, g->rq->now);
	struct family kept = g->facts.family; /* the ID token of this answer still wants the nonce */
	code_forget_request(&kept);
	return record_put(txn, &KIND_FAMILY, &kept);
}

static int grant_code(struct request *rq, const struct client_proof *proof)
{
	struct granting g = { .rq = rq, .proof = proof, .presented = { .redirect_uri = request_param(rq, "redirect_uri"),
								       .verifier = request_param(rq, "code_verifier") } };
	struct span code = request_param(rq, "code");

	if (!code.n)
		return ERR_INVALID_REQUEST;
	int result = handle_parse(code, rq->arena, &g.code);
	if (result)
		return result > 0 ? ERR_INVALID_GRANT : result;
	TRY(store_update(app_of(rq)->app->store, redeem, &g));
	TRY(g.verdict);
	const struct family *family = &g.facts.family;
	struct token_issue issue = { .client = proof->client, .family = family, .scopes = family->scopes,
				     .resources = g.resources, .id_token = scope_has(&family->scopes, SPAN("openid")),
				     .person = g.facts.has_person ? &g.facts.person : NULL, .refresh_n = (uint32_t)family->refresh_n };
	return token_issue(rq, &issue);
}

/* ---- refresh_token */

/* Refreshing is use of the session: as long as a client refreshes, it is not idle. */
static int touch_session(struct txn *txn, struct granting *g)
{
	struct session *session = &g->facts.session;
	int64_t idle = app_of(g->rq)->config->session.idle;

	if (!g->facts.has_session || g->rq->now.ms - session->last_seen_at.ms < idle / IDLE_PARTS)
		return 0;
	session->last_seen_at = g->rq->now;
	return record_put(txn, &KIND_SESSION, session);
}

static int refresh(struct txn *txn, void *arg)
{
	struct granting *g = arg;
	struct refresh_decision decision;

	g->verdict = ERR_INVALID_GRANT;
	TRY(client_auth_use(txn, g->proof));
	int result = record_get_live(txn, &KIND_FAMILY, g->facts.access.family, g->rq->now, g->rq->arena, &g->facts.family);
	if (result)
		return result == ERR_ABSENT ? 0 : result;
	g->verdict = refresh_decide(&g->facts.family, g->proof->client, g->facts.refresh_n, g->rq->now, &decision);
	if (decision.revoke)
		return kill_family(txn, g, "refresh.reuse");
	if (!g->verdict)
		g->verdict = judge_person(txn, g, GATE_REFRESH);
	if (!g->verdict)
		g->verdict = scope_narrow(&g->facts.family.scopes, request_param(g->rq, "scope"), g->rq->arena, &g->scopes);
	if (!g->verdict)
		g->verdict = read_resources(g->rq, g->proof->client, &g->facts.family.resources, &g->resources);
	if (g->verdict)
		return g->verdict < 0 ? g->verdict : 0;
	g->refresh_n = decision.n;
	TRY(touch_session(txn, g));
	return decision.changed ? record_put(txn, &KIND_FAMILY, &g->facts.family) : 0;
}

static int grant_refresh(struct request *rq, const struct client_proof *proof)
{
	struct granting g = { .rq = rq, .proof = proof };
	struct span text = request_param(rq, "refresh_token");

	if (!text.n)
		return ERR_INVALID_REQUEST;
	int result = refresh_parse(app_of(rq)->app->seal, text, &g.facts.access.family, &g.facts.refresh_n);
	if (result)
		return result;
	TRY(store_update(app_of(rq)->app->store, refresh, &g));
	TRY(g.verdict);
	struct token_issue issue = { .client = proof->client, .family = &g.facts.family, .scopes = g.scopes,
				     .resources = g.resources, .person = g.facts.has_person ? &g.facts.person : NULL, .refresh_n = g.refresh_n };
	return token_issue(rq, &issue);
}

/* ---- client_credentials */

static int keep_service(struct txn *txn, void *arg)
{
	struct granting *g = arg;

	TRY(client_auth_use(txn, g->proof));
	return record_insert(txn, &KIND_FAMILY, &g->facts.family);
}

static int grant_service(struct request *rq, const struct client_proof *proof)
{
	static const struct text_list none;
	struct granting g = { .rq = rq, .proof = proof };
	struct token_issue issue = { .client = proof->client };

	TRY(scope_allow_service(proof->client, request_param(rq, "scope"), rq->arena, &issue.scopes));
	TRY(read_resources(rq, proof->client, &none, &issue.resources));
	if (proof->client->access_token == CONFIG_ACCESS_JWT) { /* it says everything itself: nothing is kept */
		TRY(client_auth_use_alone(rq, proof));
		return token_issue(rq, &issue);
	}
	struct id id = record_expiring_id(instant_add(rq->now, proof->client->tokens.access_life));
	code_issue_service(proof->client, &issue.scopes, &issue.resources, id, rq->now, &g.facts.family);
	TRY(store_update(app_of(rq)->app->store, keep_service, &g));
	issue.family = &g.facts.family;
	return token_issue(rq, &issue);
}

/* ---- which grant */

static const struct {
	const char *name;
	enum config_grant_type type;
	int (*run)(struct request *rq, const struct client_proof *proof);
} grants[] = {
	{ "authorization_code", CONFIG_GRANT_AUTHORIZATION_CODE, grant_code },
	{ "refresh_token", CONFIG_GRANT_REFRESH_TOKEN, grant_refresh },
	{ "client_credentials", CONFIG_GRANT_CLIENT_CREDENTIALS, grant_service },
};

int endpoint_token(struct request *rq)
{
	struct span grant_type = request_param(rq, "grant_type");
	struct client_proof proof;

	if (!grant_type.n)
		return ERR_INVALID_REQUEST;
	TRY(client_auth(rq, &proof));
	for (size_t i = 0; i < ARRAY_LEN(grants); i++)
		if (span_is(grant_type, grants[i].name))
			return client_has_grant(proof.client, grants[i].type) ? grants[i].run(rq, &proof) : ERR_UNAUTHORIZED_CLIENT;
	return ERR_UNSUPPORTED_GRANT_TYPE;
}
