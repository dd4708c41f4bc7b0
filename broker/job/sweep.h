/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sweep - takes away what has expired, in small transactions, so that nobody waits behind it.
 */
#pragma once

#include "broker/store/record.h"

/* One pass over every kind that expires. *@ret_n (may be NULL): how many records went. */
MUST_USE int sweep_run(struct store *store, struct instant now, size_t *ret_n);
/* Audit records from before @before, with their part of the chain. */
MUST_USE int sweep_audit(struct store *store, struct instant before);
