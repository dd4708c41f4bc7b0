/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_users - people, what they were granted, and their old accounts, for business systems that may know of them.
 */
#include "broker/endpoint/api.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/legacy_table.h"
#include "broker/endpoint/person.h"
#include "broker/endpoint/pseudonym.h"
#include "broker/endpoint/subject.h"
#include "conf/config_client.h"
#include "conf/config_legacy.h"

struct lookup {
	struct api api;
	struct txn *txn;
	struct id identity;
	struct span wanted; /* what was asked for, for the audit */
	struct facts facts;
	struct person person;
	struct text_list scopes; /* that release something of the account in @facts */
	size_t n_known;
};

/* A client that asks for consent is told what was agreed to; a trusted one whatever it may ask for. ERR_ABSENT: it may not know the account. */
static int find_scopes(struct lookup *l, struct id account)
{
	const struct config_client *client = l->api.client;
	struct consent probe = { .account = account, .client_id = client->id }, consent;

	l->scopes = (struct text_list){ (struct span *)(uintptr_t)client->scopes.items, client->scopes.n };
	if (client->consent == CONFIG_CONSENT_SKIP)
		return 0;
	TRY(record_find(l->txn, &KIND_CONSENT, CONSENT_BY_CLIENT, &probe, l->api.rq->arena, &consent));
	struct span *both = arena_array(l->api.rq->arena, struct span, consent.scopes.n + 1);
	size_t n = 0;
	if (!both)
		return FAULT_MEMORY;
	for (size_t i = 0; i < consent.scopes.n; i++)
		if (scope_has(&l->scopes, consent.scopes.items[i]))
			both[n++] = consent.scopes.items[i];
	l->scopes = (struct text_list){ both, n };
	return 0;
}

static int write_account(struct lookup *l, struct id account)
{
	int result = find_scopes(l, account);

	if (result)
		return result == ERR_ABSENT ? 0 : result;
	TRY(facts_load(l->txn, account, (struct id){ { 0 } }, l->api.rq->arena, &l->facts));
	l->person = (struct person){ 0 };
	TRY(person_load_legacy(l->txn, &l->facts, l->api.rq->arena, &l->person));
	TRY(person_fill(&l->facts, l->api.client, &l->scopes, l->api.rq->arena, &l->person));
	struct claims_person *claims = &l->person.claims;
	char sub[CLAIMS_SUB + 1];
	TRY(claims_subject(app_of(l->api.rq)->app->seal, l->api.client, l->identity, sub));
	claims->sub = span_of(sub);
	claims->acr = l->facts.account.realname_status == REALNAME_VERIFIED ? l->facts.account.realname_level : 0;
	struct buf object = buf_new(l->api.rq->arena, 512);
	struct span json;
	claims_write(&object, claims, &l->scopes);
	TRY(buf_done(&object, &json));
	json_raw(&l->api.out, json);
	l->n_known++;
	return 0;
}

static int visit_account(const void *record, void *arg)
{
	return write_account(arg, ((const struct account *)record)->id);
}

/* Accounts of the person whom this client knows as l->identity: of several identities, when they were merged. */
static int each_account(struct txn *txn, struct lookup *l, record_fn *fn)
{
	struct arena *arena = l->api.rq->arena;
	struct identity identity;
	struct subject_group group;
	struct id told;

	int result = record_get(txn, &KIND_IDENTITY, l->identity, arena, &identity);
	if (result)
		return result == ERR_ABSENT ? 0 : result;
	TRY(subject_whole(txn, &identity, arena, &told));
	TRY(subject_parts(txn, told, arena, &group));
	for (size_t i = 0; i < group.n; i++) {
		struct account probe = { .identity = group.part[i] };

		TRY(subject_of_id(txn, l->api.client, group.part[i], arena, &told));
		if (id_eq(told, l->identity))
			TRY(record_each(txn, &KIND_ACCOUNT, ACCOUNT_BY_IDENTITY, &probe, arena, fn, l));
	}
	return 0;
}

/* The person in l->identity, as far as this client may know them. */
static int write_user(struct txn *txn, struct lookup *l)
{
	struct api *api = &l->api;

	l->txn = txn;
	l->n_known = 0;
	api_begin(api); /* here, since it may run again */
	TRY(api_member_sub(api, l->identity));
	json_key(&api->out, "accounts");
	json_open(&api->out, '[');
	TRY(each_account(txn, l, visit_account));
	json_close(&api->out, ']');
	return l->n_known ? api_audit(txn, api, "api.user", l->wanted) : ERR_NOT_FOUND;
}

/* ---- by sub */

static int open_user(struct request *rq, struct lookup **ret)
{
	struct lookup *l = arena_new_of(rq->arena, struct lookup);

	if (!l)
		return FAULT_MEMORY;
	TRY(api_open(rq, &l->api));
	l->wanted = request_path_param(rq, "sub");
	int result = claims_subject_read(app_of(rq)->app->seal, l->api.client, l->wanted, &l->identity);
	*ret = l;
	return result == ERR_INVALID ? ERR_NOT_FOUND : result;
}

static int read_user(struct txn *txn, void *arg)
{
	return write_user(txn, arg);
}

int endpoint_api_user(struct request *rq)
{
	struct lookup *l;

	TRY(open_user(rq, &l));
	TRY(store_update(app_of(rq)->app->store, read_user, l));
	return api_reply(&l->api);
}

/* ---- by id_hash */

static int find_user(struct txn *txn, void *arg)
{
	struct lookup *l = arg;
	struct account account;
	struct id id;
	int result = pseudonym_find(txn, l->api.client, l->wanted, l->api.rq->arena, &id);

	if (!result)
		result = record_get(txn, &KIND_ACCOUNT, id, l->api.rq->arena, &account);
	if (result)
		return result == ERR_ABSENT ? ERR_NOT_FOUND : result;
	TRY(subject_of_id(txn, l->api.client, account.identity, l->api.rq->arena, &l->identity));
	return write_user(txn, l);
}

int endpoint_api_user_search(struct request *rq)
{
	struct lookup *l = arena_new_of(rq->arena, struct lookup);

	if (!l)
		return FAULT_MEMORY;
	TRY(api_open(rq, &l->api));
	l->wanted = request_param(rq, "id_hash");
	if (!l->wanted.n)
		return ERR_INVALID_REQUEST;
	TRY(store_update(app_of(rq)->app->store, find_user, l));
	return api_reply(&l->api);
}

/* ---- grants */

static int write_grant(const void *record, void *arg)
{
	static const char *const statuses[] = { [GRANT_PRE_GRANTED] = "pre_granted", [GRANT_ACTIVE] = "active", [GRANT_REVOKED] = "revoked" };
	const struct grant *grant = record;
	struct json_writer *out = &((struct lookup *)arg)->api.out;

	json_open(out, '{');
	json_member_str(out, "subsystem", grant->subsystem);
	json_member_id(out, "unit", grant->unit);
	json_member_str(out, "status", span_of(statuses[grant->status]));
	json_member_time(out, "since", grant->since);
	json_close(out, '}');
	return 0;
}

static int visit_grants(const void *record, void *arg)
{
	const struct account *account = record;
	struct grant probe = { .account = account->id };
	struct lookup *l = arg;
	int result = find_scopes(l, account->id);

	if (result || !scope_has(&l->scopes, SPAN("grants")))
		return result == ERR_ABSENT ? 0 : result;
	l->n_known++;
	return record_each(l->txn, &KIND_GRANT, GRANT_BY_ACCOUNT, &probe, l->api.rq->arena, write_grant, l);
}

static int read_grants(struct txn *txn, void *arg)
{
	struct lookup *l = arg;

	l->txn = txn;
	l->n_known = 0;
	api_items(&l->api);
	TRY(each_account(txn, l, visit_grants));
	return l->n_known ? api_audit(txn, &l->api, "api.grants", l->wanted) : ERR_NOT_FOUND;
}

int endpoint_api_grants(struct request *rq)
{
	struct lookup *l;

	TRY(open_user(rq, &l));
	TRY(store_update(app_of(rq)->app->store, read_grants, l));
	return api_reply_items(&l->api);
}

/* ---- old accounts of one system */

static int write_binding(const void *record, void *arg)
{
	const struct binding *binding = record;
	struct lookup *l = arg;
	struct api *api = &l->api;
	struct legacy_table row;

	if (binding->status != BINDING_BOUND)
		return 0;
	TRY(legacy_table_row(l->txn, api->client, binding, api->rq->arena, &row));
	if (id_is_set(l->identity) && !id_eq(l->identity, row.subject))
		return 0; /* of the same person, whom this client knows apart */
	if (api_is_full(api, binding->id))
		return TXN_STOP;
	json_open(&api->out, '{');
	json_member_str(&api->out, "account_id", row.account_id);
	json_member_str(&api->out, "account_type", row.account_type);
	TRY(api_member_sub(api, row.subject));
	json_member_str(&api->out, "method", row.method);
	json_member_int(&api->out, "level", row.level);
	json_member_time(&api->out, "since", row.since);
	json_close(&api->out, '}');
	return 0;
}

/* Bindings are the whole person's, whatever was merged into it. */
static int write_of_source(const void *record, void *arg)
{
	struct lookup *l = arg;

	return span_eq(((const struct binding *)record)->source, request_path_param(l->api.rq, "system")) ? write_binding(record, arg) : 0;
}

static int find_bindings_of(struct lookup *l)
{
	struct binding probe = { 0 };

	TRY(subject_whole_id(l->txn, l->identity, l->api.rq->arena, &probe.identity));
	return record_page(l->txn, &KIND_BINDING, BINDING_BY_IDENTITY, &probe, (struct record_from){ .at = l->api.from }, l->api.rq->arena, write_of_source, l);
}

static int find_binding(struct lookup *l, struct span source, struct span legacy_id)
{
	struct legacy probe = { .source = source, .legacy_id = legacy_id }, legacy;
	int result = record_find(l->txn, &KIND_LEGACY, LEGACY_BY_KEY, &probe, l->api.rq->arena, &legacy);

	if (result)
		return result == ERR_ABSENT ? 0 : result;
	struct binding wanted = { .legacy = legacy.id, .status = BINDING_BOUND }, binding;
	result = record_find(l->txn, &KIND_BINDING, BINDING_BY_LEGACY, &wanted, l->api.rq->arena, &binding);
	if (result)
		return result == ERR_ABSENT ? 0 : result;
	return write_binding(&binding, l);
}

static int read_bindings(struct txn *txn, void *arg)
{
	struct lookup *l = arg;
	struct api *api = &l->api;
	struct span legacy_id = request_param(api->rq, "account_id");
	struct binding probe = { .source = request_path_param(api->rq, "system"), .status = BINDING_BOUND };

	l->txn = txn;
	api_items(api);
	if (legacy_id.n)
		TRY(find_binding(l, probe.source, legacy_id));
	else if (id_is_set(l->identity))
		TRY(find_bindings_of(l));
	else
		TRY(record_page(txn, &KIND_BINDING, BINDING_BY_SOURCE, &probe, (struct record_from){ .at = api->from }, api->rq->arena, write_binding, l));
	return api_audit(txn, api, "api.legacy", l->wanted.n ? l->wanted : probe.source);
}

/* Whole systems at once: for the operator of the old system's successor, who is given the scope for it. Or what one person has there. */
int endpoint_api_bindings(struct request *rq)
{
	struct lookup *l = arena_new_of(rq->arena, struct lookup);
	struct span sub = request_param(rq, "sub");

	if (!l)
		return FAULT_MEMORY;
	TRY(api_open_page(rq, &l->api));
	if (!config_legacy_source(app_of(rq)->config, request_path_param(rq, "system")))
		return ERR_NOT_FOUND;
	if (sub.n && request_param(rq, "account_id").n)
		return ERR_INVALID_REQUEST;
	l->wanted = sub;
	int result = sub.n ? claims_subject_read(app_of(rq)->app->seal, l->api.client, sub, &l->identity) : 0;
	if (result)
		return result == ERR_INVALID ? ERR_NOT_FOUND : result;
	TRY(store_update(app_of(rq)->app->store, read_bindings, l));
	return api_reply_items(&l->api);
}
