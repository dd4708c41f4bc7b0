/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/session_end.h"

#include "broker/store/records_account.h"

int session_end_by(struct txn *txn, const struct unit_actor *actor, const struct session *session, const struct logout_way *way, struct id *ret_upstream)
{
	TRY(logout_notice_add(txn, actor, session, way, ret_upstream)); /* a signpost has neither upstream nor clients */
	return record_del(txn, &KIND_SESSION, session->id);
}

int session_end(struct txn *txn, const struct unit_actor *actor, struct id id)
{
	const struct logout_way way = { .onward = NULL };
	struct session session;
	struct id notice;
	int result = record_get(txn, &KIND_SESSION, id, actor->arena, &session);

	if (!result)
		result = session_end_by(txn, actor, &session, &way, &notice);
	return result == ERR_ABSENT ? 0 : result;
}

#define BATCH 64 /* ended in one go */

struct others {
	struct id keep, ids[BATCH];
	size_t n;
};

static int note_other(const void *record, void *arg)
{
	const struct session *session = record;
	struct others *others = arg;

	if (!id_eq(session->id, others->keep) && !(id_is_set(others->keep) && id_eq(session->continued_by, others->keep))) /* its own signposts stay */
		others->ids[others->n++] = session->id;
	return others->n < BATCH ? 0 : TXN_STOP;
}

/* @keep: zero for none. */
static int end_but(struct txn *txn, const struct unit_actor *actor, struct id account, struct id keep)
{
	struct session probe = { .account = account };
	struct others others = { .keep = keep };

	do {
		others.n = 0;
		TRY(record_each(txn, &KIND_SESSION, SESSION_BY_ACCOUNT, &probe, actor->arena, note_other, &others));
		for (size_t i = 0; i < others.n; i++)
			TRY(session_end(txn, actor, others.ids[i]));
	} while (others.n == BATCH);
	return 0;
}

int session_end_others(struct txn *txn, const struct unit_actor *actor, const struct session *session)
{
	return end_but(txn, actor, session->account, session->id);
}

int session_end_all(struct txn *txn, const struct unit_actor *actor, struct account *account, struct instant from)
{
	account->not_before = from;
	return end_but(txn, actor, account->id, (struct id){ { 0 } });
}
