/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_units - units, their members, and the departments above them, for business systems.
 */
#include "broker/base/encode.h"
#include "broker/endpoint/api.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/subject.h"
#include "broker/endpoint/unit_index.h"
#include "broker/identity/unit_state.h"
#include "broker/store/handle.h"
#include "conf/config.h"

struct lookup {
	struct api api;
	struct txn *txn;
	struct unit unit;
	struct unit found[API_PAGE_MAX];
	size_t n_found;
	int status; /* enum membership_status */
	bool names;
	struct span subsystems[FACTS_MAX];
	size_t n_subsystems;
};

static void write_unit(struct json_writer *out, const struct unit *unit)
{
	json_member_id(out, "id", unit->id);
	json_member_str(out, "uscc", unit->uscc);
	json_member_str(out, "name", unit->name);
	json_member_str(out, "type", unit->type);
	json_member_str(out, "status", span_of(unit_state_name(unit->status)));
	json_member_str(out, "dept_id", unit->dept_id);
	json_member_str(out, "region", unit->region);
	json_member_bool(out, "effective", unit_state_is_effective(unit));
	json_member_time(out, "since", unit->since);
}

/* ---- search */

static int search(struct txn *txn, void *arg)
{
	struct lookup *l = arg;
	struct request *rq = l->api.rq;
	bool more;
	int result = unit_index_search(txn, request_param(rq, "q"), UNIT_INDEX_PART, (size_t)l->api.limit, rq->arena, l->found, &l->n_found, &more);

	return result == ERR_INVALID ? ERR_INVALID_REQUEST : result;
}

/* A search has no second page: who finds too much asks more precisely. */
int endpoint_api_units(struct request *rq)
{
	struct lookup *l = arena_new_of(rq->arena, struct lookup);

	if (!l)
		return FAULT_MEMORY;
	TRY(api_open_page(rq, &l->api));
	TRY(store_view(app_of(rq)->app->store, search, l));
	api_items(&l->api);
	for (size_t i = 0; i < l->n_found; i++) {
		json_open(&l->api.out, '{');
		write_unit(&l->api.out, &l->found[i]);
		json_close(&l->api.out, '}');
	}
	return api_reply_items(&l->api);
}

/* ---- one unit, by its id or its credit code */

static int find_unit(struct txn *txn, struct lookup *l)
{
	struct request *rq = l->api.rq;
	struct span name = request_path_param(rq, "unit");
	struct unit probe = { .uscc = name };
	struct id id;
	int result = encode_id_decode(name, &id) ? record_find(txn, &KIND_UNIT, UNIT_BY_USCC, &probe, rq->arena, &l->unit)
						 : record_get(txn, &KIND_UNIT, id, rq->arena, &l->unit);

	return result == ERR_ABSENT ? ERR_NOT_FOUND : result;
}

static int read_unit(struct txn *txn, void *arg)
{
	return find_unit(txn, arg);
}

int endpoint_api_unit(struct request *rq)
{
	struct lookup *l = arena_new_of(rq->arena, struct lookup);

	if (!l)
		return FAULT_MEMORY;
	TRY(api_open(rq, &l->api));
	TRY(store_view(app_of(rq)->app->store, read_unit, l));
	api_begin(&l->api);
	write_unit(&l->api.out, &l->unit);
	return api_reply(&l->api);
}

/* ---- members */

static int note_grant(const void *record, void *arg)
{
	const struct grant *grant = record;
	struct lookup *l = arg;

	if (grant->status == GRANT_ACTIVE && id_eq(grant->unit, l->unit.id) && l->n_subsystems < FACTS_MAX)
		l->subsystems[l->n_subsystems++] = grant->subsystem;
	return 0;
}

static int write_member(const void *record, void *arg)
{
	static const char *const roles[] = { [MEMBERSHIP_ROLE_MEMBER] = "member", [MEMBERSHIP_ROLE_ADMIN] = "admin" };
	const struct membership *membership = record;
	struct grant probe = { .account = membership->account };
	struct lookup *l = arg;
	struct json_writer *out = &l->api.out;
	struct account account;
	struct id subject;

	if (api_is_full(&l->api, membership->id))
		return TXN_STOP;
	TRY(record_get(l->txn, &KIND_ACCOUNT, membership->account, l->api.rq->arena, &account));
	l->n_subsystems = 0;
	TRY(record_each(l->txn, &KIND_GRANT, GRANT_BY_ACCOUNT, &probe, l->api.rq->arena, note_grant, l));
	TRY(subject_of_id(l->txn, l->api.client, account.identity, l->api.rq->arena, &subject));
	json_open(out, '{');
	TRY(api_member_sub(&l->api, subject));
	if (l->names)
		json_member_str(out, "name", account.name);
	json_member_str(out, "role", span_of(roles[membership->role]));
	json_member_str(out, "status", span_of(unit_state_membership_name(membership->status)));
	json_member_time(out, "since", membership->since);
	json_key(out, "subsystems");
	json_open(out, '[');
	for (size_t i = 0; i < l->n_subsystems; i++)
		json_str(out, l->subsystems[i]);
	json_close(out, ']');
	json_close(out, '}');
	return 0;
}

static int list_members(struct txn *txn, void *arg)
{
	struct lookup *l = arg;
	struct api *api = &l->api;

	l->txn = txn;
	TRY(find_unit(txn, l));
	struct membership probe = { .unit = l->unit.id, .status = l->status };
	api_items(api); /* here, since it may run again */
	TRY(record_page(txn, &KIND_MEMBERSHIP, MEMBERSHIP_BY_UNIT, &probe, (struct record_from){ .at = api->from }, api->rq->arena, write_member, l));
	return api_audit(txn, api, "api.members", l->unit.uscc);
}

int endpoint_api_members(struct request *rq)
{
	struct lookup *l = arena_new_of(rq->arena, struct lookup);
	struct span status = request_param(rq, "status");

	if (!l)
		return FAULT_MEMORY;
	TRY(api_open_page(rq, &l->api));
	l->status = MEMBERSHIP_ACTIVE;
	if (status.n && !unit_state_membership_of(status, &l->status))
		return ERR_INVALID_REQUEST;
	l->names = option_list_has(&l->api.client->scopes, SPAN("profile"));
	TRY(store_update(app_of(rq)->app->store, list_members, l));
	return api_reply_items(&l->api);
}

/* ---- departments */

/* The whole tree, above before below or not, as the operator wrote it: it stands in the configuration and is short. */
int endpoint_api_departments(struct request *rq)
{
	const struct config_departments *departments = &app_of(rq)->config->departments;
	struct api *api = arena_new_of(rq->arena, struct api);

	if (!api)
		return FAULT_MEMORY;
	TRY(api_open(rq, api));
	api_items(api);
	for (size_t i = 0; i < departments->n; i++) {
		const struct config_department *one = &departments->items[i];

		json_open(&api->out, '{');
		json_member_str(&api->out, "id", one->id);
		json_member_str(&api->out, "name", config_text(&one->name, CONFIG_ZH_CN));
		json_member_str(&api->out, "parent", one->parent);
		json_member_str(&api->out, "region", one->region);
		json_member_bool(&api->out, "chosen", one->chosen);
		json_close(&api->out, '}');
	}
	return api_reply_items(api);
}
