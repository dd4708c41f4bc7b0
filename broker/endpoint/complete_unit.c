/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/complete_unit.h"

#include "broker/base/json.h"
#include "broker/base/sys.h"
#include "broker/endpoint/unit_task.h"
#include "broker/identity/form.h"
#include "conf/config.h"

static int text(const json_t *values, const char *name, struct arena *arena, struct span *ret_text)
{
	*ret_text = arena_dup(arena, form_lookup_json((json_t *)(uintptr_t)values, name));
	return ret_text->p ? 0 : FAULT_MEMORY;
}

/* Its first member administers it; nobody was there to admit them. */
static int found(struct txn *txn, const struct unit_actor *actor, const struct account *account, const json_t *values, struct span uscc)
{
	static const struct span none;
	struct unit unit = { .id = sys_new_id(actor->now), .uscc = uscc };
	struct membership first = { .id = sys_new_id(actor->now), .account = account->id, .unit = unit.id };

	TRY(text(values, "unit_name", actor->arena, &unit.name));
	TRY(text(values, "unit_type", actor->arena, &unit.type));
	TRY(text(values, "department", actor->arena, &unit.dept_id));
	TRY(text(values, "registered_region", actor->arena, &unit.region));
	TRY(unit_change_new(txn, actor, &unit));
	if (actor->config->completion.unit_status == CONFIG_FOUNDED_NEEDS_SUPPLEMENT)
		TRY(unit_change_verified(txn, actor, unit.id));
	TRY(unit_change_membership(txn, actor, &first, MEMBERSHIP_ON_CHOOSE, none));
	TRY(unit_task_admit(txn, actor, &first, true, none));
	return unit_change_appoint(txn, actor, account->id, unit.id, MEMBERSHIP_ROLE_ADMIN);
}

int complete_unit_join(struct txn *txn, const struct unit_actor *actor, const struct account *account, struct span values)
{
	struct unit probe, unit;
	JSON *json = NULL;

	if (json_read_object(values, &json))
		return FAULT(FAULT_CORRUPT, "a submission that is no object");
	TRY(text(json, "uscc", actor->arena, &probe.uscc));
	if (!probe.uscc.n)
		return 0; /* the deployment's form does not ask */
	int result = record_find(txn, &KIND_UNIT, UNIT_BY_USCC, &probe, actor->arena, &unit);
	if (result == ERR_ABSENT)
		return found(txn, actor, account, json, probe.uscc);
	TRY(result);
	if (unit.status == UNIT_DISSOLVED)
		return ERR_UNIT_DISSOLVED;
	result = unit_task_ask(txn, actor, account, &unit);
	return result == ERR_UNIT_ONLY_ONE ? 0 : result; /* in another one meanwhile: they may change that themselves */
}
