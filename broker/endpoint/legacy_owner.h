/* SPDX-License-Identifier: Apache-2.0 */
/*
 * legacy_owner - an old account has found its owner: by the document of a name that has just been verified (T2, T15), by a code to its phone or the
 * unit's verified name where the import had suggested it (P2, E2); and what it says of them (Z4).
 */
#pragma once

#include "broker/endpoint/facts.h"
#include "broker/endpoint/legacy_change.h"

/* What a verified document proves, for a binding's history: type and masked number of *@account. @ret_proof lives in the actor's arena. */
MUST_USE int legacy_owner_proof(const struct unit_actor *actor, const struct account *account, struct legacy_proof *ret_proof);
/* The real name of *@account (as it stands in this transaction) has just become VERIFIED. Of each source that takes documents, the one row that fits
 * is bound; several that fit, one that another has, one that comes second (Z6) and an account that the import made are left to the person's own
 * choice, on the page "bind". What stands in the way is noted in the row's history and is no error. May put *@account (legacy_owner_complete). */
MUST_USE int legacy_owner_verified(struct txn *txn, const struct unit_actor *actor, struct account *account);
/* @row is bound to *@account now: it says what the person would have had to fill in (Z2, Z4). Puts the account where that is news. */
MUST_USE int legacy_owner_complete(struct txn *txn, const struct unit_actor *actor, struct account *account, const struct legacy *row);
/* A code to the confirmed phone of @account was right: what is suggested to it for that phone is bound (P2). */
MUST_USE int legacy_owner_phone(struct txn *txn, const struct request *rq, struct id account);
/* The account of @facts logs in. Of a unit whose real name was verified before the import: what is suggested to it is bound (E2). */
MUST_USE int legacy_owner_login(struct txn *txn, const struct request *rq, const struct facts *facts);
