/* SPDX-License-Identifier: Apache-2.0 */
/*
 * credentials - name and password: who is meant, does it fit, and what of the stored hash has to be renewed.
 */
#pragma once

#include "broker/endpoint/app.h"
#include "broker/endpoint/throttle.h"
#include "broker/store/records_account.h"

struct credentials {
	struct account account;
	bool migrated; /* an old system proved it (legacy_live.h): @new_hash is of the password that fits there */
	struct span new_hash; /* set when the stored hash was a legacy one or of another cost */
};

/* "natural", "legal", "staff" → enum account_namespace. */
int credentials_namespace(const char *tab);
/* The account that @login_name (or phone, e-mail, ID number, where login.identifiers allows) means. ERR_ABSENT. */
MUST_USE int credentials_find(struct txn *txn, struct request *rq, int namespace_, struct span login_name, struct account *ret_account);
/* ERR_CREDENTIALS for every way not to fit, after the same work. Waits for a password hash: only on that bulkhead. */
MUST_USE int credentials_prove(struct request *rq, int namespace_, struct span login_name, struct span password,
			       struct credentials *ret_credentials);
/* The same for an account that is known: is @password its? ERR_CREDENTIALS. */
MUST_USE int credentials_check(struct request *rq, const struct account *account, struct span password);
/* The hash of a new password. Waits: only on the password bulkhead. */
MUST_USE int credentials_hash(const struct config *config, struct span password, struct arena *arena, struct span *ret_hash);
/* A new password: @hash takes the place of whatever the account had, and of its limited life. */
void credentials_set(struct account *account, struct span hash, struct instant now);
/* What counts attempts at @login_name on the tab @tab from @rq's address: one count for all spellings, and for nobody who comes from elsewhere. */
MUST_USE int credentials_attempts(struct request *rq, const char *tab, struct span login_name, struct throttle *ret_throttle, struct span *ret_what);
/* In the transaction of the login: store the new hash, drop the legacy one (domain.md 6 (3)). ERR_CREDENTIALS when the password was
 * changed since it was proved. */
MUST_USE int credentials_upgrade(struct txn *txn, const struct credentials *credentials);
