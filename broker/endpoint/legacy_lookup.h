/* SPDX-License-Identifier: Apache-2.0 */
/*
 * legacy_lookup - what became of an old account (M11-M21): one credit code or phone, the case of identity/migrate.h, and what may be told.
 *
 * The same for the page (lookup.c) and for business systems (api_lookup.c). Told is the case, and at most the login name that follows from what
 * was typed: the code or phone itself, or HJ_ before it. Whether somebody has logged in with it meanwhile is nobody's business: the hint of M13
 * ("if the password is wrong, you have changed it") stands there always.
 */
#pragma once

#include "broker/http/request.h"
#include "broker/identity/migrate.h"
#include "broker/store/record.h"

struct config;
struct config_legacy_source;

/* Beyond the case: what the import did no longer holds as it was. */
#define LEGACY_LOOKUP_STATES(X) X(ORIGINAL, "original") X(RESET, "reset") X(MOVED, "moved")
enum legacy_lookup_state {
#define X(name, text) LEGACY_LOOKUP_##name,
	LEGACY_LOOKUP_STATES(X)
#undef X
}; /* RESET: no password is there any more, or none was imported; MOVED: the account is closed, its owner goes on with another one */

struct legacy_lookup {
	enum migrate_kind kind;
	struct span key, masked; /* normalised; as the audit keeps it */
	/* found */
	struct migrate_answer answer;
	enum legacy_lookup_state state;
	struct span login_name; /* to be told; empty: none */
	struct span contact_name, contact_phone; /* E4: who runs the unit's legal account, masked */
	const struct config_legacy_source *source; /* that has the account; NULL: none */
};

/* Is there a source that may answer? */
bool legacy_lookup_is_open(const struct config *config);
/* The only such source; NULL when there are several. */
const struct config_legacy_source *legacy_lookup_only_source(const struct config *config);
/* @kind "enterprise" or "individual", @key as typed. ERR_FIELD_EMPTY, ERR_INVALID (kind, credit code), ERR_PHONE. */
MUST_USE int legacy_lookup_read(struct request *rq, struct span kind, struct span key, struct legacy_lookup *ret_lookup);
/* May @source answer? Not where an import makes no accounts. */
bool legacy_lookup_may_answer(const struct config_legacy_source *source);
/* Find it in @source (NULL: in all that may answer), and write the audit. Each search is counted against the key, and against @client or, where a
 * person asks (empty), the address: ERR_TOO_MANY with *@ret_wait. The work is the same whether there is such an account or not. */
MUST_USE int legacy_lookup_find(struct txn *txn, struct request *rq, const struct config_legacy_source *source, struct span client,
				struct legacy_lookup *lookup, unsigned *ret_wait);
const char *legacy_lookup_state_name(enum legacy_lookup_state state);
/* "高企认定和科小企评价等业务系统": what the source's subsystems are called, in the language of the page. */
MUST_USE int legacy_lookup_subsystems(struct request *rq, const struct legacy_lookup *lookup, struct span *ret_text);
