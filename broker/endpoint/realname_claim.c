/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/realname_claim.h"

#include "broker/base/json.h"
#include "broker/base/sys.h"
#include "broker/endpoint/files.h"
#include "conf/config.h"

#include <stdlib.h>

const char *realname_claim_form(const struct account *account)
{
	return account->namespace_ == NAMESPACE_LEGAL ? "realname-legal" : "realname";
}

static int take_newest(const void *record, void *arg)
{
	*(struct submission *)arg = *(const struct submission *)record; /* ids rise with time */
	return 0;
}

int realname_claim_newest(struct txn *txn, const struct account *account, struct arena *arena, struct submission *ret_claim)
{
	struct submission probe = { .subject = account->id, .form = span_of(realname_claim_form(account)) }, found = { 0 };

	TRY(record_each(txn, &KIND_SUBMISSION, SUBMISSION_BY_SUBJECT, &probe, arena, take_newest, &found));
	if (!id_is_set(found.id))
		return ERR_ABSENT;
	*ret_claim = found;
	return 0;
}

int realname_claim_set(struct txn *txn, struct submission *claim, int status, struct span reason)
{
	claim->status = status;
	claim->reason = reason;
	return record_put(txn, &KIND_SUBMISSION, claim);
}

int realname_claim_take_back(struct txn *txn, const struct unit_actor *actor, const struct account *account, struct id claim)
{
	struct files_place place = { .upload = config_upload(actor->config, span_of(realname_claim_form(account))), .owner = account->id };

	return place.upload ? files_take_back(txn, actor->arena, claim, &place, actor->now, actor->config->files.rejected_life) : 0;
}

/* What no reviewer has seen is written over: a person who corrects a slip leaves no trail of numbers. */
int realname_claim_put(struct txn *txn, const struct unit_actor *actor, const struct account *account, struct span values, bool was_reviewed)
{
	struct submission claim;
	int result = realname_claim_newest(txn, account, actor->arena, &claim);

	if (result && result != ERR_ABSENT)
		return result;
	if (!result && was_reviewed && claim.status == SUBMISSION_SUBMITTED) {
		TRY(realname_claim_set(txn, &claim, SUBMISSION_REPLACED, SPAN("")));
		TRY(realname_claim_take_back(txn, actor, account, claim.id));
	}
	if (result || (claim.status != SUBMISSION_DRAFT && claim.status != SUBMISSION_SUBMITTED))
		claim = (struct submission){ .id = sys_new_id(actor->now), .owner = account->id, .subject = account->id, .created_at = actor->now,
					     .form = span_of(realname_claim_form(account)) };
	claim.values = values;
	claim.changed_at = actor->now;
	return realname_claim_set(txn, &claim, SUBMISSION_SUBMITTED, SPAN(""));
}

static void take(struct span *to, const json_t *json, const char *key, struct arena *arena, bool *ok)
{
	struct span value = json_get_span(json, key);

	if (!value.n)
		return;
	*to = arena_dup(arena, value);
	*ok = *ok && to->p;
}

/* The claim of somebody who proves themselves with their network identity. */
static bool is_network(const json_t *json)
{
	return json_get_span(json, "network_auth").n > 0;
}

int realname_claim_scrub(struct submission *claim, struct arena *arena)
{
	static const char *const sealed[] = { "network_auth", "network_pin", "network_photo" };
	JSON *json = NULL;

	if (json_read_object(claim->values, &json))
		return FAULT(FAULT_CORRUPT, "a claim that is no object");
	if (!is_network(json))
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(sealed); i++)
		json_object_del(json, sealed[i]);
	char *text = json_dumps(json, JSON_COMPACT);
	claim->values = arena_dup(arena, span_of(text));
	free(text);
	return text && claim->values.p ? 0 : FAULT_MEMORY;
}

/* Of a person: name and document. A claim without a number (documents were looked at) leaves it empty. */
static int take_person(struct account *account, const json_t *json, struct span network_id, struct arena *arena)
{
	bool ok = true;

	account->network_id = network_id;
	account->id_number = account->id_valid_from = account->id_valid_to = account->country = (struct span){ NULL, 0 };
	if (is_network(json)) /* who it is nobody here learns: the name stays as they call themselves */
		return 0;
	take(&account->name, json, "name", arena, &ok);
	take(&account->id_type, json, "id_type", arena, &ok);
	take(&account->id_number, json, "id_number", arena, &ok);
	take(&account->gender, json, "gender", arena, &ok);
	take(&account->ethnic_code, json, "ethnic_code", arena, &ok);
	take(&account->country, json, "country", arena, &ok);
	take(&account->id_valid_from, json, "id_valid_from", arena, &ok);
	take(&account->id_valid_to, json, "id_valid_to", arena, &ok);
	return ok ? 0 : FAULT_MEMORY;
}

/* Of a unit: what the register confirmed. What is in force already is changed by the unit's own procedure (unit_change.h). */
static int take_unit(struct txn *txn, const struct unit_actor *actor, struct account *account, const json_t *json)
{
	struct unit unit;
	bool ok = true;

	TRY(record_get(txn, &KIND_UNIT, account->unit, actor->arena, &unit));
	if (unit.status == UNIT_REGISTERED) {
		take(&unit.name, json, "unit_name", actor->arena, &ok);
		take(&unit.uscc, json, "uscc", actor->arena, &ok);
		take(&unit.type, json, "unit_type", actor->arena, &ok);
	}
	take(&unit.rep_name, json, "rep_name", actor->arena, &ok);
	take(&unit.rep_id_type, json, "rep_id_type", actor->arena, &ok);
	take(&unit.rep_id_number, json, "rep_id_number", actor->arena, &ok);
	take(&unit.rep_phone, json, "rep_phone", actor->arena, &ok);
	take(&account->name, json, "handler_name", actor->arena, &ok);
	if (!ok)
		return FAULT_MEMORY;
	int result = unit_change_save(txn, actor, &unit);
	return result == ERR_CONFLICT ? ERR_UNIT_TAKEN : result;
}

int realname_claim_take(struct txn *txn, const struct unit_actor *actor, const struct submission *claim, struct span network_id, struct account *account)
{
	JSON *json = NULL;

	if (json_read_object(claim->values, &json))
		return FAULT(FAULT_CORRUPT, "a claim that is no object");
	return account->namespace_ == NAMESPACE_LEGAL ? take_unit(txn, actor, account, json) : take_person(account, json, network_id, actor->arena);
}
