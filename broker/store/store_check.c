/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/store/records.h"

#define RECORD_MEMORY (64 * 1024 * 1024) /* one record and its texts */

static int check_kinds(struct txn *txn, void *arg)
{
	for (const struct kind *const *kind = records_all; *kind; kind++)
		TRY(record_check(txn, *kind, arg));
	return 0;
}

int store_check(struct store *store)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(RECORD_MEMORY);
	struct store_audit audit;

	if (!arena)
		return FAULT_MEMORY;
	TRY(store_view(store, check_kinds, arena));
	return store_audit_verify(store, &audit);
}
