/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit_choose - a person finds the unit that they belong to and asks to be admitted; sees what became of that; leaves; takes on or declines the
 * administrator's role. T18, J3, J4
 */
#include "broker/base/encode.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/page.h"
#include "broker/endpoint/unit_index.h"
#include "broker/endpoint/unit_task.h"
#include "broker/endpoint/visit.h"
#include "broker/http/reply.h"
#include "conf/config.h"

#define UNITS_MAX 50

struct choosing {
	struct request *rq;
	struct interaction interaction;
	struct visitor visitor;
	struct id id;    /* unit to choose, or membership to act on */
	json_t *mine, *found;
	bool searched, more;
	int error;
};

/* ---- shown */

static int add_membership(struct txn *txn, struct choosing *c, const struct membership *membership)
{
	struct unit unit;
	char id[37];
	int result = record_get(txn, &KIND_UNIT, membership->unit, c->rq->arena, &unit);

	if (result)
		return result == ERR_ABSENT ? 0 : result;
	json_t *item = json_object();
	encode_id(id, membership->id);
	page_set(item, "id", span_of(id));
	page_set(item, "name", unit.name);
	page_set(item, "uscc", unit.uscc);
	/* Turned down or withdrawn: the same state, told apart by whether somebody gave a reason. */
	page_set(item, "status", membership->status == MEMBERSHIP_NONE && membership->reason.n ? SPAN("rejected") :
												 span_of(unit_state_membership_name(membership->status)));
	page_set(item, "unit_status", span_of(unit_state_name(unit.status)));
	json_object_set_new(item, "reason", json_stringn(membership->reason.n ? membership->reason.p : "", membership->reason.n));
	json_object_set_new(item, "can_leave", json_boolean(membership->status == MEMBERSHIP_PENDING_ADMIN || membership->status == MEMBERSHIP_ACTIVE));
	json_object_set_new(item, "is_waiting", json_boolean(membership->status == MEMBERSHIP_PENDING_ADMIN));
	json_object_set_new(item, "is_admin", json_boolean(membership->status == MEMBERSHIP_ACTIVE && membership->role == MEMBERSHIP_ROLE_ADMIN));
	json_object_set_new(item, "offered", json_boolean(id_is_set(membership->offered_by)));
	json_array_append_new(c->mine, item);
	return 0;
}

struct mine {
	struct txn *txn;
	struct choosing *c;
};

static int take_mine(const void *record, void *arg)
{
	const struct mine *mine = arg;

	return add_membership(mine->txn, mine->c, record);
}

static int search(struct txn *txn, struct choosing *c)
{
	const struct config_unit_rules *rules = &app_of(c->rq)->config->unit;
	struct span text = span_trim(request_param(c->rq, "q")), rest = text;
	struct unit *units = arena_array(c->rq->arena, struct unit, UNITS_MAX);
	int64_t characters = 0;
	size_t n = 0;

	if (!units)
		return FAULT_MEMORY;
	while (encode_utf8_next(&rest))
		characters++;
	if (characters < rules->search_min) {
		c->error = ERR_UNIT_SEARCH;
		return 0;
	}
	int result = unit_index_search(txn, text, rules->search == CONFIG_UNIT_SEARCH_PARTIAL ? UNIT_INDEX_PART : UNIT_INDEX_WHOLE, (size_t)rules->search_max,
				       c->rq->arena, units, &n, &c->more);
	if (result < 0)
		return result;
	c->searched = true; /* what is no name finds nothing */
	for (size_t i = 0; i < n; i++) {
		json_t *item = json_object();
		char id[37];

		encode_id(id, units[i].id);
		page_set(item, "id", span_of(id));
		page_set(item, "name", units[i].name);
		page_set(item, "uscc", units[i].uscc);
		json_object_set_new(item, "checked", json_boolean(n == 1));
		json_array_append_new(c->found, item);
	}
	return 0;
}

static int look(struct txn *txn, void *arg)
{
	struct choosing *c = arg;
	struct membership probe = { .account = c->visitor.facts.account.id };
	struct mine mine = { txn, c };

	json_array_clear(c->mine);
	json_array_clear(c->found);
	TRY(record_each(txn, &KIND_MEMBERSHIP, MEMBERSHIP_BY_ACCOUNT, &probe, c->rq->arena, take_mine, &mine));
	return request_param(c->rq, "q").n ? search(txn, c) : 0;
}

static int show(struct choosing *c)
{
	struct request *rq = c->rq;
	JSON *mine = json_array(), *found = json_array();
	struct span go_on;

	c->mine = mine;
	c->found = found;
	TRY(store_view(app_of(rq)->app->store, look, c));
	JSON *data = visit_page(rq, &c->interaction, &c->visitor);
	json_object_set(data, "memberships", mine);
	json_object_set(data, "units", found);
	page_set(data, "q", request_param(rq, "q"));
	if (c->searched && !json_array_size(found))
		page_set_true(data, "nothing");
	if (c->more)
		page_set_true(data, "more");
	if (app_of(rq)->config->unit.search == CONFIG_UNIT_SEARCH_PARTIAL)
		page_set_true(data, "partial");
	if (c->error)
		page_set_error(data, c->error, 0);
	TRY(visit_url(rq, &c->interaction, id_is_set(c->interaction.id) ? "/continue" : "/act-for", &go_on));
	if (c->visitor.facts.n_units || id_is_set(c->interaction.id))
		page_set(data, "continue_url", go_on);
	return reply_page(rq, page_status(c->error), "choose-unit", data);
}

/* ---- done */

static int keep_choice(struct txn *txn, void *arg)
{
	struct choosing *c = arg;
	struct unit_actor actor = unit_change_actor(c->rq, c->visitor.facts.account.id);
	struct unit unit;

	int result = record_get(txn, &KIND_UNIT, c->id, c->rq->arena, &unit);
	if (result)
		return result == ERR_ABSENT ? ERR_UNIT_CHOICE : result;
	if (!unit_state_is_effective(&unit)) /* T1: only then can individuals pick that unit */
		return ERR_UNIT_NOT_EFFECTIVE;
	return unit_task_ask(txn, &actor, &c->visitor.facts.account, &unit);
}

/* The membership of this person that the form names. */
static int own_membership(struct txn *txn, struct choosing *c, struct membership *ret)
{
	int result = record_get(txn, &KIND_MEMBERSHIP, c->id, c->rq->arena, ret);

	if (!result && !id_eq(ret->account, c->visitor.facts.account.id))
		result = ERR_ABSENT; /* a guessed id tells nothing */
	return result == ERR_ABSENT ? ERR_NOT_FOUND : result;
}

static int keep_leave(struct txn *txn, void *arg)
{
	struct choosing *c = arg;
	struct unit_actor actor = unit_change_actor(c->rq, c->visitor.facts.account.id);
	struct membership membership;
	bool has_admin = true;

	TRY(own_membership(txn, c, &membership));
	if (membership.status == MEMBERSHIP_NONE || membership.status == MEMBERSHIP_ENDED)
		return 0;
	if (membership.status == MEMBERSHIP_ACTIVE && membership.role == MEMBERSHIP_ROLE_ADMIN)
		TRY(unit_change_has_admin(txn, membership.unit, membership.account, c->rq->arena, &has_admin));
	if (!has_admin)
		return ERR_LAST_ADMIN;
	return unit_change_membership(txn, &actor, &membership, MEMBERSHIP_ON_LEAVE, (struct span){ NULL, 0 });
}

/* Who offered the role must still have it to give. */
static int giver_is_admin(struct txn *txn, struct choosing *c, const struct membership *membership, struct membership *ret_giver, bool *ret_is_member)
{
	struct membership probe = { .account = membership->offered_by, .unit = membership->unit };
	struct account giver;

	*ret_is_member = false;
	int result = record_get(txn, &KIND_ACCOUNT, membership->offered_by, c->rq->arena, &giver);
	if (result)
		return result == ERR_ABSENT ? ERR_CONFLICT : result;
	if (giver.namespace_ == NAMESPACE_LEGAL)
		return id_eq(giver.unit, membership->unit) ? 0 : ERR_CONFLICT;
	result = record_find(txn, &KIND_MEMBERSHIP, MEMBERSHIP_BY_PAIR, &probe, c->rq->arena, ret_giver);
	if (result)
		return result == ERR_ABSENT ? ERR_CONFLICT : result;
	*ret_is_member = true;
	return ret_giver->status == MEMBERSHIP_ACTIVE && ret_giver->role == MEMBERSHIP_ROLE_ADMIN ? 0 : ERR_CONFLICT;
}

static int keep_answer(struct txn *txn, void *arg)
{
	struct choosing *c = arg;
	struct unit_actor actor = unit_change_actor(c->rq, c->visitor.facts.account.id);
	struct membership membership, giver;
	bool gives_up;

	TRY(own_membership(txn, c, &membership));
	if (!id_is_set(membership.offered_by) || membership.status != MEMBERSHIP_ACTIVE)
		return 0; /* answered already, or taken back */
	if (span_is(request_param(c->rq, "do"), "decline"))
		return unit_change_offer(txn, &actor, &membership, false);
	int result = giver_is_admin(txn, c, &membership, &giver, &gives_up);
	if (result)
		return result;
	TRY(unit_change_appoint(txn, &actor, membership.account, membership.unit, MEMBERSHIP_ROLE_ADMIN));
	return gives_up ? unit_change_appoint(txn, &actor, giver.account, membership.unit, MEMBERSHIP_ROLE_MEMBER) : 0;
}

static const struct {
	const char *verb, *parameter; /* which names the record */
	int (*keep)(struct txn *txn, void *arg);
} verbs[] = {
	{ "", "unit_id", keep_choice }, { "leave", "membership", keep_leave }, { "accept", "membership", keep_answer }, { "decline", "membership", keep_answer },
};

static bool is_shown(int error)
{
	return error == ERR_UNIT_NOT_EFFECTIVE || error == ERR_UNIT_ONLY_ONE || error == ERR_LAST_ADMIN || error == ERR_UNIT_CHOICE || error == ERR_CONFLICT;
}

static int act(struct choosing *c)
{
	struct request *rq = c->rq;
	struct span verb = request_param(rq, "do");

	for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
		if (!span_is(verb, verbs[i].verb))
			continue;
		if (encode_id_decode(request_param(rq, verbs[i].parameter), &c->id)) {
			c->error = ERR_UNIT_CHOICE;
			return show(c);
		}
		c->error = store_update(app_of(rq)->app->store, verbs[i].keep, c);
		if (is_shown(c->error))
			return show(c);
		TRY(c->error);
		struct span url;
		if (id_is_set(c->interaction.id) && verb.n == 0)
			return interaction_advance(rq, &c->interaction, true);
		TRY(visit_url(rq, &c->interaction, "/choose-unit", &url));
		return reply_redirect(rq, url);
	}
	return show(c); /* do=search */
}

int endpoint_choose_unit(struct request *rq)
{
	struct choosing c = { .rq = rq };

	TRY(visit_open(rq, &c.interaction, &c.visitor));
	if (!c.visitor.has_session)
		return 0;
	if (c.visitor.facts.account.namespace_ != NAMESPACE_NATURAL)
		return ERR_FORBIDDEN;
	return rq->method == METHOD_GET ? show(&c) : act(&c);
}
