/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/legacy_search.h"

#include "broker/endpoint/credentials.h"
#include "broker/endpoint/subject.h"
#include "broker/identity/identifier.h"
#include "broker/identity/normal.h"
#include "broker/store/records_legacy.h"
#include "conf/config.h"

struct search {
	struct txn *txn;
	struct request *rq;
	struct span q;
	record_fn *fn;
	void *arg;
};

static int by_index(struct search *s, uint8_t index, const struct legacy *probe)
{
	return record_each(s->txn, &KIND_LEGACY, index, probe, s->rq->arena, s->fn, s->arg);
}

static int by_id(struct search *s)
{
	const struct config_legacy_sources *sources = &app_of(s->rq)->config->legacy_sources;

	for (size_t i = 0; i < sources->n; i++) {
		struct legacy probe = { .source = sources->items[i].id, .legacy_id = s->q }, row;
		int result = record_find(s->txn, &KIND_LEGACY, LEGACY_BY_KEY, &probe, s->rq->arena, &row);

		if (!result)
			result = s->fn(&row, s->arg);
		if (result && result != ERR_ABSENT && result != TXN_STOP)
			return result;
	}
	return 0;
}

/* Numbers as the rows have them: of 15 digits, the 18 that they became. */
static int by_number(struct search *s)
{
	struct identifier candidates[IDENTIFIER_KINDS];
	struct span number;
	size_t n;

	int result = normal_number(s->q, s->rq->arena, &number);
	if (result)
		return result < 0 ? result : 0;
	TRY(by_index(s, LEGACY_BY_USCC, &(struct legacy){ .uscc = number }));
	TRY(by_index(s, LEGACY_BY_ID_NUMBER, &(struct legacy){ .id_number = number }));
	TRY(identifier_candidates(s->q, s->rq->arena, candidates, &n));
	for (size_t i = 0; i < n; i++)
		if (candidates[i].kind == IDENTIFIER_ID_NUMBER)
			TRY(by_index(s, LEGACY_BY_ID_NUMBER, &(struct legacy){ .id_number = candidates[i].value }));
	return 0;
}

static int by_phone(struct search *s)
{
	struct span phone;
	int result = normal_phone(s->q, s->rq->arena, &phone);

	if (result)
		return result < 0 ? result : 0;
	return by_index(s, LEGACY_BY_PHONE, &(struct legacy){ .phone = phone });
}

static int take_binding(const void *record, void *arg)
{
	const struct binding *binding = record;
	struct search *s = arg;
	struct legacy row;

	if (binding->status == BINDING_ENDED)
		return 0;
	int result = record_get(s->txn, &KIND_LEGACY, binding->legacy, s->rq->arena, &row);
	return result ? result == ERR_ABSENT ? 0 : result : s->fn(&row, s->arg);
}

/* All of the person's, by any of their accounts. */
static int by_owner(struct search *s, int namespace_)
{
	struct account account;
	struct binding probe = { 0 };
	int result = credentials_find(s->txn, s->rq, namespace_, s->q, &account);

	if (result)
		return result == ERR_ABSENT ? 0 : result;
	TRY(subject_whole_id(s->txn, account.identity, s->rq->arena, &probe.identity));
	return record_each(s->txn, &KIND_BINDING, BINDING_BY_IDENTITY, &probe, s->rq->arena, take_binding, s);
}

int legacy_search_each(struct txn *txn, struct request *rq, struct span q, record_fn *fn, void *arg)
{
	struct search s = { txn, rq, q, fn, arg };

	TRY(by_id(&s));
	TRY(by_index(&s, LEGACY_BY_LOGIN, &(struct legacy){ .login_name = q }));
	TRY(by_number(&s));
	TRY(by_phone(&s));
	TRY(by_owner(&s, NAMESPACE_NATURAL));
	return by_owner(&s, NAMESPACE_LEGAL);
}
