/* SPDX-License-Identifier: Apache-2.0 */
/*
 * account_new - a new account and the identity behind it, written together.
 */
#pragma once

#include "broker/store/record.h"

struct account;

/* Insert @account (its id set by the caller), with a fresh identity of its own unless one is set; fills created_at.
 * ERR_CONFLICT: an identifier of it belongs to somebody else. */
MUST_USE int account_new(struct txn *txn, struct instant now, struct account *account);

/* account.source of what an import made: this and the old system's id. */
#define ACCOUNT_NEW_IMPORT "import:"
/* The old system whose import made @account; empty: none did. Borrows. */
struct span account_new_import(const struct account *account);
