/* SPDX-License-Identifier: Apache-2.0 */
/*
 * legacy_table - an old account and its owner, as a client is told: one line of the directory, one of the export.
 */
#pragma once

#include "broker/store/record.h"

struct binding;
struct config_client;

struct legacy_table {
	struct span account_id, account_type; /* in the old system */
	struct id subject;                    /* what the client knows the owner by: claims_subject */
	struct span method;                   /* how it was proved */
	int64_t level;                        /* of the proof; 0: the import alone says so */
	struct instant since;
};

/* Of @binding, which is in force. */
MUST_USE int legacy_table_row(struct txn *txn, const struct config_client *client, const struct binding *binding, struct arena *arena,
			     struct legacy_table *ret_row);
