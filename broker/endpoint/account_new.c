/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/account_new.h"

#include "broker/store/records_account.h"

int account_new(struct txn *txn, struct instant now, struct account *account)
{
	if (!id_is_set(account->identity))
		account->identity = account->id;
	/* An identity that is born with an account has its id: one random number less to lose, and the link is plain to see. Asked by the id
	 * and not by what was empty a line before: the transaction may run twice over the same struct. */
	if (id_eq(account->identity, account->id))
		TRY(record_put(txn, &KIND_IDENTITY, &(struct identity){ .id = account->id, .created_at = now }));
	if (!instant_is_set(account->created_at))
		account->created_at = now;
	return record_insert(txn, &KIND_ACCOUNT, account);
}

struct span account_new_import(const struct account *account)
{
	static const struct span import = SPAN(ACCOUNT_NEW_IMPORT);

	if (!span_starts(account->source, import))
		return SPAN("");
	return (struct span){ account->source.p + import.n, account->source.n - import.n };
}
