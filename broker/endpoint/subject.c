/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/subject.h"

#include "broker/base/error.h"
#include "broker/store/records_account.h"
#include "conf/config_client.h"
#include "keys/digest.h"

int subject_whole(struct txn *txn, const struct identity *identity, struct arena *arena, struct id *ret_whole)
{
	struct identity at = *identity;

	for (size_t depth = 0; id_is_set(at.merged_into); depth++) {
		if (depth == SUBJECT_PARTS)
			return FAULT(FAULT_CORRUPT, "identities are merged in a circle");
		TRY(record_get(txn, &KIND_IDENTITY, at.merged_into, arena, &at));
	}
	*ret_whole = at.id;
	return 0;
}

int subject_whole_id(struct txn *txn, struct id id, struct arena *arena, struct id *ret_whole)
{
	struct identity identity;
	int result = record_get(txn, &KIND_IDENTITY, id, arena, &identity);

	if (result == ERR_ABSENT)
		*ret_whole = id;
	return result ? result == ERR_ABSENT ? 0 : result : subject_whole(txn, &identity, arena, ret_whole);
}

static int take_part(const void *record, void *arg)
{
	struct subject_group *group = arg;

	if (group->n == SUBJECT_PARTS)
		return ERR_TOO_MANY;
	group->part[group->n++] = ((const struct identity *)record)->id;
	return 0;
}

int subject_parts(struct txn *txn, struct id whole, struct arena *arena, struct subject_group *ret_group)
{
	*ret_group = (struct subject_group){ .part = { whole }, .n = 1 };
	for (size_t i = 0; i < ret_group->n; i++) {
		struct identity probe = { .merged_into = ret_group->part[i] };

		TRY(record_each(txn, &KIND_IDENTITY, IDENTITY_BY_WHOLE, &probe, arena, take_part, ret_group));
	}
	return 0;
}

/* By sector where subs are pairwise: its clients share them. */
static int told_id(const struct config_client *client, struct id identity, struct id *ret_id)
{
	unsigned char hash[DIGEST_MAX];
	bool pairwise = client->subject == CONFIG_SUBJECT_PAIRWISE;

	TRY(digest_of(DIGEST_SHA256, hash, span_of(pairwise ? "sector" : "client"), SPAN("\n"), pairwise ? client->sector : client->id, SPAN("\n"),
		      ((struct span){ (const char *)identity.b, sizeof identity.b })));
	memcpy(ret_id->b, hash, sizeof ret_id->b);
	return 0;
}

int subject_was_told(struct txn *txn, const struct config_client *client, struct id identity, struct arena *arena, bool *ret_was)
{
	struct told told;
	struct id id;

	TRY(told_id(client, identity, &id));
	int result = record_get(txn, &KIND_TOLD, id, arena, &told);
	*ret_was = result == 0;
	return result == ERR_ABSENT ? 0 : result;
}

int subject_of(struct txn *txn, const struct config_client *client, const struct identity *identity, struct arena *arena, struct id *ret_subject)
{
	struct subject_group group;
	struct id whole;
	bool was;

	*ret_subject = identity->id;
	if (!id_is_set(identity->merged_into) && !identity->has_parts)
		return 0;
	TRY(subject_was_told(txn, client, identity->id, arena, &was));
	if (was)
		return 0;
	TRY(subject_whole(txn, identity, arena, &whole));
	TRY(subject_parts(txn, whole, arena, &group));
	for (size_t i = 0; i < group.n; i++) {
		TRY(subject_was_told(txn, client, group.part[i], arena, &was));
		if (was) {
			*ret_subject = group.part[i];
			return 0;
		}
	}
	*ret_subject = whole;
	return 0;
}

int subject_of_id(struct txn *txn, const struct config_client *client, struct id id, struct arena *arena, struct id *ret_subject)
{
	struct identity identity;
	int result = record_get(txn, &KIND_IDENTITY, id, arena, &identity);

	*ret_subject = id;
	if (result)
		return result == ERR_ABSENT ? 0 : result;
	return subject_of(txn, client, &identity, arena, ret_subject);
}

int subject_keep(struct txn *txn, const struct config_client *client, struct id subject, struct instant now, struct arena *arena)
{
	struct told told = { .at = now };
	bool was;

	TRY(subject_was_told(txn, client, subject, arena, &was));
	if (was)
		return 0;
	TRY(told_id(client, subject, &told.id));
	return record_put(txn, &KIND_TOLD, &told);
}
