/* SPDX-License-Identifier: Apache-2.0 */
/*
 * legacy_search - old accounts by whatever somebody names at the counter or on the phone: what the old system knew, or what they log in with here.
 */
#pragma once

#include "broker/endpoint/app.h"

/* @fn gets each struct legacy that @q names, some more than once: the old id, login name, phone, credit code or document number (15 digits, too) of the
 * row; or login name, phone, e-mail or document number of whoever has it, or is thought to. TXN_STOP ends one of these searches only. */
MUST_USE int legacy_search_each(struct txn *txn, struct request *rq, struct span q, record_fn *fn, void *arg);
