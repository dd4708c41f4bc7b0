/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/unit_admin.h"

const struct unit *unit_admin_of(const struct visitor *visitor)
{
	const struct facts *facts = &visitor->facts;

	if (!visitor->has_session || !facts->has_unit)
		return NULL;
	if (facts->account.namespace_ == NAMESPACE_LEGAL)
		return &facts->unit;
	return facts->acts && facts_may_act(facts) && facts->membership.role == MEMBERSHIP_ROLE_ADMIN ? &facts->unit : NULL;
}

static int is_admin(const void *record, void *arg)
{
	const struct membership *membership = record;

	if (membership->status != MEMBERSHIP_ACTIVE || membership->role != MEMBERSHIP_ROLE_ADMIN)
		return 0;
	*(bool *)arg = true;
	return TXN_STOP;
}

int unit_admin_could(struct txn *txn, struct request *rq, const struct visitor *visitor, bool *ret_could)
{
	struct membership probe = { .account = visitor->facts.account.id };

	*ret_could = false;
	return record_each(txn, &KIND_MEMBERSHIP, MEMBERSHIP_BY_ACCOUNT, &probe, rq->arena, is_admin, ret_could);
}
