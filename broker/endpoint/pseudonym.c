/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/pseudonym.h"

#include "broker/oauth/claims.h"
#include "broker/store/records_account.h"
#include "conf/config_client.h"
#include "keys/digest.h"

static int id_of(const struct config_client *client, struct span id_hash, struct id *ret_id)
{
	unsigned char hash[DIGEST_MAX];

	TRY(digest_of(DIGEST_SHA256, hash, client->id, SPAN("\n"), id_hash)); /* no client id has a line break */
	memcpy(ret_id->b, hash, sizeof ret_id->b);
	return 0;
}

int pseudonym_keep(struct txn *txn, const struct config_client *client, const struct account *account, struct instant now)
{
	struct pseudonym pseudonym = { .account = account->id, .at = now };
	char id_hash[CLAIMS_SUB + 1];
	int result = claims_id_hash(client, account, id_hash);

	if (result)
		return result == ERR_ABSENT ? 0 : result;
	TRY(id_of(client, span_of(id_hash), &pseudonym.id));
	return record_put(txn, &KIND_PSEUDONYM, &pseudonym);
}

int pseudonym_find(struct txn *txn, const struct config_client *client, struct span id_hash, struct arena *arena, struct id *ret_account)
{
	struct pseudonym pseudonym;
	struct id id;

	TRY(id_of(client, id_hash, &id));
	TRY(record_get(txn, &KIND_PSEUDONYM, id, arena, &pseudonym));
	*ret_account = pseudonym.account;
	return 0;
}
