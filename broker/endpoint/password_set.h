/* SPDX-License-Identifier: Apache-2.0 */
/*
 * password_set - an account gets another password, by whichever way: what was known, remembered or handed out before is worth nothing then.
 */
#pragma once

#include "broker/endpoint/app.h"

struct account;

/* In a transaction, of @account as it was read there: the new @hash (credentials_hash) in place of any earlier one (imported ones too), every session and token from
 * before dead (account.not_before, ASVS 7.4.3), attempts at it forgiven to this address, audit record @action with @detail, event. The caller's
 * other changes to @account are stored with it. ERR_CONFLICT: one of them is taken. */
MUST_USE int password_set(struct txn *txn, struct request *rq, struct account *account, struct span hash, const char *action, struct span detail);
/* After it is durable: tell the owner of @phone (empty: nobody), who may not have done it (ASVS 6.3.7). @key: the same is one message. Does not wait. */
MUST_USE int password_set_notice(struct request *rq, struct span phone, struct id key);
