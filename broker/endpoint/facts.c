/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/facts.h"

#include "broker/endpoint/subject.h"
#include "conf/config_client.h"

struct load {
	struct facts *facts;
	struct id unit;
};

static int take_grant(const void *record, void *arg)
{
	const struct grant *grant = record;
	const struct load *load = arg;
	struct facts *facts = load->facts;

	/* Who acts for one unit has not what another one granted. */
	if (grant->status == GRANT_REVOKED || (id_is_set(load->unit) && id_is_set(grant->unit) && !id_eq(grant->unit, load->unit)))
		return 0;
	if (facts->n_grants == FACTS_MAX)
		return TXN_STOP;
	facts->grants[facts->n_grants++] = *grant;
	return 0;
}

static int take_binding(const void *record, void *arg)
{
	struct facts *facts = ((struct load *)arg)->facts;
	const struct binding *binding = record;

	if (binding->status == BINDING_ENDED)
		return 0;
	if (facts->n_bindings == FACTS_MAX)
		return TXN_STOP;
	facts->bindings[facts->n_bindings++] = *binding;
	return 0;
}

static int load_unit(struct txn *txn, struct load *load, struct arena *arena)
{
	struct membership probe = { .account = load->facts->account.id, .unit = load->unit }, *membership = &load->facts->membership;
	int result = record_get(txn, &KIND_UNIT, load->unit, arena, &load->facts->unit);

	if (result)
		return result == ERR_ABSENT ? 0 : result;
	load->facts->has_unit = true;
	if (load->facts->account.namespace_ == NAMESPACE_LEGAL)
		return 0;
	result = record_find(txn, &KIND_MEMBERSHIP, MEMBERSHIP_BY_PAIR, &probe, arena, membership);
	load->facts->has_membership = !result && membership->status != MEMBERSHIP_ENDED && membership->status != MEMBERSHIP_NONE;
	return result == ERR_ABSENT ? 0 : result;
}

int facts_load(struct txn *txn, struct id account_id, struct id acting_unit, struct arena *arena, struct facts *ret_facts)
{
	*ret_facts = (struct facts){ 0 };
	TRY(record_get(txn, &KIND_ACCOUNT, account_id, arena, &ret_facts->account));
	const struct account *account = &ret_facts->account;
	struct load load = { ret_facts, account->namespace_ == NAMESPACE_LEGAL ? account->unit : acting_unit };
	struct grant grant = { .account = account_id };
	struct binding binding = { 0 };

	ret_facts->acts = account->namespace_ != NAMESPACE_LEGAL && id_is_set(load.unit);
	int result = record_get(txn, &KIND_IDENTITY, account->identity, arena, &ret_facts->identity);
	if (result == ERR_ABSENT)
		ret_facts->identity.id = account->identity;
	else if (result)
		return result;
	TRY(subject_whole(txn, &ret_facts->identity, arena, &ret_facts->whole));
	if (id_is_set(load.unit))
		TRY(load_unit(txn, &load, arena));
	TRY(record_each(txn, &KIND_GRANT, GRANT_BY_ACCOUNT, &grant, arena, take_grant, &load));
	binding.identity = ret_facts->whole;
	return record_each(txn, &KIND_BINDING, BINDING_BY_IDENTITY, &binding, arena, take_binding, &load);
}

struct units {
	struct txn *txn;
	struct arena *arena;
	struct facts *facts;
};

static int take_unit(const void *record, void *arg)
{
	const struct membership *membership = record;
	struct units *units = arg;
	struct facts *facts = units->facts;
	struct unit unit;

	if (membership->status != MEMBERSHIP_ACTIVE) {
		facts->n_asked += membership->status == MEMBERSHIP_PENDING_ADMIN;
		return 0;
	}
	int result = record_get(units->txn, &KIND_UNIT, membership->unit, units->arena, &unit);
	if (result)
		return result == ERR_ABSENT ? 0 : result;
	if (unit.status == UNIT_SUSPENDED || unit.status == UNIT_DISSOLVED)
		return 0;
	facts->unit_of[facts->n_units++] = unit.id;
	return facts->n_units == FACTS_MAX ? TXN_STOP : 0;
}

int facts_load_units(struct txn *txn, struct arena *arena, struct facts *facts)
{
	struct membership probe = { .account = facts->account.id };
	struct units units = { txn, arena, facts };

	facts->n_units = facts->n_asked = 0;
	if (facts->account.namespace_ != NAMESPACE_NATURAL)
		return 0;
	return record_each(txn, &KIND_MEMBERSHIP, MEMBERSHIP_BY_ACCOUNT, &probe, arena, take_unit, &units);
}

bool facts_may_act(const struct facts *facts)
{
	return facts->has_unit && facts->unit.status != UNIT_SUSPENDED && facts->unit.status != UNIT_DISSOLVED && facts->has_membership &&
	       facts->membership.status == MEMBERSHIP_ACTIVE;
}

struct span facts_shown_name(const struct account *account)
{
	return account->name.n ? account->name : account->login_name;
}

struct gate_facts facts_gate(const struct facts *facts, const struct config_client *client, struct instant session_from, struct instant now)
{
	return (struct gate_facts){
		.account = &facts->account,
		.unit = facts->has_unit ? &facts->unit : NULL,
		.membership = facts->has_membership ? &facts->membership : NULL,
		.grants = facts->grants,
		.n_grants = facts->n_grants,
		.bindings = facts->bindings,
		.n_bindings = facts->n_bindings,
		.acts = facts->acts,
		.acts_from = now,
		.n_units = facts->n_units,
		.n_asked = facts->n_asked,
		.session_from = session_from,
		.client = client,
		.now = now,
	};
}
