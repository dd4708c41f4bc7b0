/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/job/sweep.h"

#include "broker/store/records.h"

#define BATCH 500

struct pass {
	const struct kind *kind;
	struct instant now;
	size_t n;
};

static int cut(struct txn *txn, void *arg)
{
	struct pass *pass = arg;

	return record_sweep(txn, pass->kind, pass->now, BATCH, &pass->n);
}

int sweep_run(struct store *store, struct instant now, size_t *ret_n)
{
	size_t total = 0;

	for (size_t i = 0; records_all[i]; i++) {
		struct pass pass = { records_all[i], now, 0 };

		if (!records_all[i]->expires)
			continue;
		do {
			TRY(store_update(store, cut, &pass));
			total += pass.n;
		} while (pass.n == BATCH);
	}
	if (ret_n)
		*ret_n = total;
	return 0;
}

static int cut_audit(struct txn *txn, void *arg)
{
	struct pass *pass = arg;

	return store_audit_cut(txn, pass->now, BATCH, &pass->n);
}

int sweep_audit(struct store *store, struct instant before)
{
	struct pass pass = { .now = before };

	do {
		TRY(store_update(store, cut_audit, &pass));
	} while (pass.n >= BATCH);
	return 0;
}
