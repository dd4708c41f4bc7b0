/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/legacy_table.h"

#include "broker/endpoint/subject.h"
#include "broker/store/records_account.h"
#include "broker/store/records_legacy.h"
#include "conf/config_client.h"

int legacy_table_row(struct txn *txn, const struct config_client *client, const struct binding *binding, struct arena *arena,
		     struct legacy_table *ret_row)
{
	struct legacy legacy;
	struct account account;
	struct id subject;

	TRY(record_get(txn, &KIND_LEGACY, binding->legacy, arena, &legacy));
	TRY(record_get(txn, &KIND_ACCOUNT, binding->account, arena, &account));
	TRY(subject_of_id(txn, client, account.identity, arena, &subject));
	*ret_row = (struct legacy_table){ .account_id = legacy.legacy_id, .account_type = legacy.user_type, .subject = subject, .method = binding->method,
					    .level = binding->level, .since = binding->since };
	return 0;
}
