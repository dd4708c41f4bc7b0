/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/unit_lookup.h"

#include "broker/endpoint/throttle.h"
#include "broker/endpoint/verify.h"
#include "broker/identity/uscc.h"
#include "conf/config.h"

/* What a register may fill in: public facts of the unit. Nothing of its people, whatever columns the file has. */
static const struct {
	const char *column, *field;
} facts[] = {
	{ "name", "unit_name" }, { "name", "payee" }, { "uscc", "uscc" }, { "type", "unit_type" }, { "unit_nature", "unit_nature" },
	{ "region", "registered_region" }, { "address", "registered_address" }, { "registered_region", "registered_region" },
	{ "registered_address", "registered_address" }, { "location_region", "location_region" }, { "location_address", "location_address" },
	{ "department", "department" },
};

struct filling {
	const struct form *form;
	struct form_value *values;
	struct arena *arena;
};

static int fill(const struct filling *f, struct span column, struct span text)
{
	for (size_t i = 0; i < ARRAY_LEN(facts); i++) {
		struct form_value *value = span_is(column, facts[i].column) ? form_value_of(f->form, f->values, facts[i].field) : NULL;

		if (!value || !text.n)
			continue;
		value->typed = arena_dup(f->arena, text);
		if (!value->typed.p)
			return FAULT_MEMORY;
	}
	return 0;
}

static int count(struct txn *txn, void *arg)
{
	const struct unit_lookup *lookup = arg;
	const struct throttle limit = { "unit.lookup", MS_DAY, app_of(lookup->rq)->config->realname.lookups_day };

	return throttle_add(txn, &limit, (struct span){ (const char *)lookup->account.b, sizeof lookup->account.b }, lookup->rq->now);
}

/* Asking may cost money: it is counted before. ERR_ABSENT: nobody to ask, or it does not know the code. */
static int search_register(const struct unit_lookup *lookup, const struct filling *f, struct span uscc)
{
	struct request *rq = lookup->rq;
	struct verify_request request = { .subject = VERIFY_UNIT_FACTS, .uscc = uscc };
	struct verify_answer answer;

	if (!app_of(rq)->config->realname.verifiers.n)
		return ERR_ABSENT;
	TRY(store_update(app_of(rq)->app->store, count, (void *)(uintptr_t)lookup));
	TRY(verify_ask(app_of(rq), &request, rq->now, rq->deadline.ms - rq->now.ms - MS_SECOND, rq->arena, &answer));
	if (answer.outcome != VERIFY_MATCH)
		return answer.outcome == VERIFY_UNAVAILABLE ? ERR_REGISTER_AWAY : ERR_ABSENT;
	for (size_t i = 0; i < answer.n_facts; i++)
		TRY(fill(f, answer.facts[i].column, answer.facts[i].value));
	return 0;
}

static int search_config(struct request *rq, const struct filling *f, struct span uscc)
{
	static const char *const types[] = { [CONFIG_UNIT_ENTERPRISE] = "enterprise", [CONFIG_UNIT_INSTITUTION] = "institution", [CONFIG_UNIT_SOCIAL] = "society" };
	const struct config_unit *unit = config_unit(app_of(rq)->config, uscc);

	if (!unit)
		return ERR_ABSENT;
	TRY(fill(f, SPAN("name"), unit->name));
	TRY(fill(f, SPAN("uscc"), unit->uscc));
	TRY(fill(f, SPAN("type"), span_of(types[unit->type])));
	TRY(fill(f, SPAN("region"), unit->region));
	return fill(f, SPAN("department"), unit->dept);
}

int unit_lookup(const struct unit_lookup *lookup, struct span text, const struct form *form, struct form_value *values)
{
	struct filling f = { form, values, lookup->rq->arena };
	struct uscc uscc;

	TRY(uscc_check(text, lookup->rq->arena, &uscc));
	if (uscc.problem != USCC_OK)
		return ERR_ABSENT;
	int asked = search_register(lookup, &f, uscc.code);
	if (asked <= 0)
		return asked;
	int known = search_config(lookup->rq, &f, uscc.code);
	return known == ERR_ABSENT ? asked : known;
}
