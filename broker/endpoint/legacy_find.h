/* SPDX-License-Identifier: Apache-2.0 */
/*
 * legacy_find - the old accounts that somebody may mean, each with what stands between it and them.
 */
#pragma once

#include "broker/endpoint/legacy_change.h"
#include "broker/identity/claim.h"
#include "broker/store/records_legacy.h"

struct config_legacy_source;

#define LEGACY_FIND_MAX 16

struct legacy_found {
	struct legacy row;
	struct claim_state state;
	struct binding binding; /* the one in force; its id is zero where there is none */
};

struct legacy_list {
	struct legacy_found items[LEGACY_FIND_MAX];
	size_t n;
	bool has_more; /* than there is room for: what is here is not all */
};

/* By what they are looked for. Adds to @list what it does not hold yet; an empty value finds nothing. @source NULL: of every source. */
MUST_USE int legacy_find_phone(struct txn *txn, const struct unit_actor *actor, const struct config_legacy_source *source, struct span phone,
			       const struct account *account, struct legacy_list *list);
MUST_USE int legacy_find_login(struct txn *txn, const struct unit_actor *actor, const struct config_legacy_source *source, struct span login_name,
			       const struct account *account, struct legacy_list *list);
/* T2: exactly the document type and number of @account, whose real name is verified; 15 digits and renewed permits included. */
MUST_USE int legacy_find_document(struct txn *txn, const struct unit_actor *actor, const struct account *account, struct legacy_list *list);

/* Where @type stands in the source's user_types; -1: nowhere. */
int legacy_find_type(const struct config_legacy_source *source, struct span type);
/* Where is one that must be bound before @row (Z6): of an earlier type with the same phone, and nobody's yet? NULL: none. */
MUST_USE int legacy_find_first(struct txn *txn, const struct unit_actor *actor, const struct config_legacy_source *source, const struct legacy *row,
			       const struct account *account, bool *ret_has, struct legacy *ret_first);
