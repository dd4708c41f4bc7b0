/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/person.h"

#include "conf/config_client.h"

int person_load_legacy(struct txn *txn, const struct facts *facts, struct arena *arena, struct person *ret_person)
{
	struct legacy legacy;

	ret_person->claims.legacy = ret_person->legacy;
	ret_person->claims.n_legacy = 0;
	for (size_t i = 0; i < facts->n_bindings; i++) {
		if (facts->bindings[i].status != BINDING_BOUND)
			continue;
		int result = record_get(txn, &KIND_LEGACY, facts->bindings[i].legacy, arena, &legacy);
		if (result == ERR_ABSENT)
			continue;
		TRY(result);
		ret_person->legacy[ret_person->claims.n_legacy++] = (struct claims_legacy){ legacy.source, legacy.legacy_id, legacy.user_type };
	}
	return 0;
}

int person_fill(const struct facts *facts, const struct config_client *client, const struct text_list *scopes, struct arena *arena,
		struct person *ret_person)
{
	struct claims_person *claims = &ret_person->claims;
	char *hash = arena_alloc(arena, CLAIMS_SUB + 1);
	int result = ERR_ABSENT;

	if (!hash)
		return FAULT_MEMORY;
	claims->account = &facts->account;
	claims->unit = facts->has_unit ? &facts->unit : NULL;
	claims->membership = facts->has_membership ? &facts->membership : NULL;
	claims->n_subsystems = 0;
	for (size_t i = 0; i < facts->n_grants; i++)
		if (facts->grants[i].status == GRANT_ACTIVE)
			ret_person->subsystems[claims->n_subsystems++] = facts->grants[i].subsystem;
	claims->subsystems = ret_person->subsystems;
	if (claims_needs(scopes) & CLAIMS_ID_HASH)
		result = claims_id_hash(client, &facts->account, hash);
	if (result == 0)
		claims->id_hash = span_of(hash);
	return result == ERR_ABSENT ? 0 : result;
}
