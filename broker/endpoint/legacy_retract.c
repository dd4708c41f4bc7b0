/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/legacy_retract.h"

#include "broker/base/encode.h"
#include "broker/identity/migrate.h"
#include "broker/store/records_account.h"
#include "broker/store/records_legacy.h"
#include "broker/store/records_login.h"
#include "broker/store/records_review.h"
#include "broker/store/records_system.h"
#include "broker/store/records_unit.h"
#include "broker/store/records_upstream.h"

#define IDS_MAX 64 /* of one kind that hang on one record */

bool legacy_retract_made_account(const struct legacy *legacy)
{
	enum migrate_outcome outcome;

	return id_is_set(legacy->account) && migrate_outcome_of(legacy->outcome, &outcome) && migrate_outcome_creates(outcome);
}

/* ---- what hangs on what */

/* Everything but the one that does not count: how many, and which. */
struct hanging {
	struct id but;
	struct id ids[IDS_MAX];
	size_t n;
};

static int take_id(const void *record, void *arg)
{
	struct hanging *hanging = arg;
	struct id id = *(const struct id *)record;

	if (id_eq(id, hanging->but))
		return 0;
	if (hanging->n < IDS_MAX)
		hanging->ids[hanging->n] = id;
	return ++hanging->n < IDS_MAX ? 0 : TXN_STOP;
}

static int take_given_grant(const void *record, void *arg)
{
	return ((const struct grant *)record)->status == GRANT_PRE_GRANTED ? 0 : take_id(record, arg);
}

static int take_act(const void *record, void *arg)
{
	return span_is(((const struct audit *)record)->result, "ok") ? take_id(record, arg) : 0;
}

/* A person's row names a unit in passing; an enterprise's is about it. */
static int take_enterprise(const void *record, void *arg)
{
	return span_is(((const struct legacy *)record)->kind, "enterprise") ? take_id(record, arg) : 0;
}

static int find_binding(struct txn *txn, const struct legacy *legacy, struct arena *arena, struct binding *ret_binding, bool *ret_found)
{
	struct binding probe = { .legacy = legacy->id, .status = BINDING_BOUND };
	int result = record_find(txn, &KIND_BINDING, BINDING_BY_LEGACY, &probe, arena, ret_binding);

	*ret_found = result == 0;
	return result == ERR_ABSENT ? 0 : result;
}

/* ---- has somebody used it? */

static int is_used(struct txn *txn, const struct legacy *legacy, const struct binding *binding, struct arena *arena, bool *ret_used)
{
	struct account account;
	char actor[37];

	encode_id(actor, legacy->account);
	struct audit act = { .actor = span_of(actor) };
	struct session session = { .account = legacy->account };
	struct membership membership = { .account = legacy->account };
	struct grant grant = { .account = legacy->account };
	struct external_link link = { .account = legacy->account };
	struct binding other = { .account = legacy->account };
	struct account kin = { .identity = legacy->account };
	const struct {
		const struct kind *kind;
		uint8_t index;
		const void *probe;
		record_fn *fn;
		struct id but;
	} uses[] = {
		{ &KIND_AUDIT, AUDIT_BY_ACTOR, &act, take_act, { { 0 } } },
		{ &KIND_SESSION, SESSION_BY_ACCOUNT, &session, take_id, { { 0 } } },
		{ &KIND_MEMBERSHIP, MEMBERSHIP_BY_ACCOUNT, &membership, take_id, { { 0 } } },
		{ &KIND_GRANT, GRANT_BY_ACCOUNT, &grant, take_given_grant, { { 0 } } },
		{ &KIND_EXTERNAL_LINK, EXTERNAL_LINK_BY_ACCOUNT, &link, take_id, { { 0 } } },
		{ &KIND_BINDING, BINDING_BY_ACCOUNT, &other, take_id, binding->id },
		{ &KIND_ACCOUNT, ACCOUNT_BY_IDENTITY, &kin, take_id, legacy->account },
	};

	*ret_used = true;
	TRY(record_get(txn, &KIND_ACCOUNT, legacy->account, arena, &account));
	if (account.password.n || instant_is_set(account.claimed_at) || account.status != ACCOUNT_ACTIVE || account.realname_status != REALNAME_NONE || !id_eq(account.identity, account.id))
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(uses); i++) {
		struct hanging hanging = { .but = uses[i].but };

		TRY(record_each(txn, uses[i].kind, uses[i].index, uses[i].probe, arena, uses[i].fn, &hanging));
		if (hanging.n)
			return 0;
	}
	*ret_used = false;
	return 0;
}

int legacy_retract_is_claimed(struct txn *txn, const struct legacy *legacy, struct arena *arena, bool *ret_claimed)
{
	struct binding binding;
	bool found;

	TRY(find_binding(txn, legacy, arena, &binding, &found));
	*ret_claimed = found && binding.status == BINDING_BOUND;
	if (*ret_claimed && legacy_retract_made_account(legacy) && id_eq(binding.account, legacy->account))
		return is_used(txn, legacy, &binding, arena, ret_claimed);
	return 0;
}

static int take_doing(const void *record, void *arg)
{
	return span_is(((const struct legacy_event *)record)->what, "corrected") ? 0 : take_id(record, arg);
}

int legacy_retract_has_history(struct txn *txn, const struct legacy *legacy, struct arena *arena, bool *ret_has)
{
	struct legacy_event probe = { .legacy = legacy->id };
	struct hanging hanging = { .n = 0 };

	TRY(record_each(txn, &KIND_LEGACY_EVENT, LEGACY_EVENT_BY_LEGACY, &probe, arena, take_doing, &hanging));
	*ret_has = hanging.n > 0;
	return 0;
}

/* ---- taking back */

static int drop_all(struct txn *txn, const struct kind *kind, uint8_t index, const void *probe, struct arena *arena, size_t *ret_n)
{
	struct hanging hanging;

	*ret_n = 0;
	do { /* a scan may not write, so by handfuls */
		hanging = (struct hanging){ .n = 0 };
		TRY(record_each(txn, kind, index, probe, arena, take_id, &hanging));
		for (size_t i = 0; i < hanging.n; i++)
			TRY(record_del(txn, kind, hanging.ids[i]));
		*ret_n += hanging.n;
	} while (hanging.n == IDS_MAX);
	return 0;
}

static int drop_account(struct txn *txn, const struct legacy *legacy, struct arena *arena, struct legacy_retracted *what)
{
	struct grant grant = { .account = legacy->account };

	TRY(drop_all(txn, &KIND_GRANT, GRANT_BY_ACCOUNT, &grant, arena, &what->grants));
	TRY(record_del(txn, &KIND_ACCOUNT, legacy->account));
	TRY(record_del(txn, &KIND_IDENTITY, legacy->account)); /* born with it, and nobody else's: is_used */
	what->account = true;
	return 0;
}

/* Other accounts, memberships, tasks or old accounts are about the unit, or somebody has changed it since. */
static int is_unit_used(struct txn *txn, const struct legacy *legacy, const struct unit *unit, struct arena *arena, bool *ret_used)
{
	struct hanging others = { .but = legacy->id };
	struct account account = { .unit = unit->id };
	struct legacy kin = { .uscc = unit->uscc };
	struct task task = { .subject = unit->id };

	*ret_used = true;
	if (unit->status != UNIT_REGISTERED || id_is_set(unit->submission))
		return 0;
	TRY(record_each(txn, &KIND_ACCOUNT, ACCOUNT_BY_UNIT, &account, arena, take_id, &others));
	TRY(record_each(txn, &KIND_LEGACY, LEGACY_BY_USCC, &kin, arena, take_enterprise, &others));
	TRY(record_each(txn, &KIND_TASK, TASK_BY_SUBJECT, &task, arena, take_id, &others));
	for (int status = MEMBERSHIP_PENDING_ADMIN; status <= MEMBERSHIP_ENDED && !others.n; status++) {
		struct membership membership = { .unit = unit->id, .status = status };

		TRY(record_each(txn, &KIND_MEMBERSHIP, MEMBERSHIP_BY_UNIT, &membership, arena, take_id, &others));
	}
	*ret_used = others.n > 0;
	return 0;
}

static int drop_unit(struct txn *txn, const struct legacy *legacy, struct arena *arena, struct legacy_retracted *what)
{
	struct unit unit;
	bool used;

	int result = id_is_set(legacy->made_unit) ? record_get(txn, &KIND_UNIT, legacy->made_unit, arena, &unit) : ERR_ABSENT;
	if (result)
		return result == ERR_ABSENT ? 0 : result;
	TRY(is_unit_used(txn, legacy, &unit, arena, &used));
	if (used)
		return 0;
	what->unit = true;
	return record_del(txn, &KIND_UNIT, unit.id);
}

int legacy_retract(struct txn *txn, const struct legacy *legacy, struct arena *arena, struct legacy_retracted *ret_what)
{
	struct legacy_retracted what = { 0 };
	struct binding binding;
	bool found;

	TRY(find_binding(txn, legacy, arena, &binding, &found));
	if (found) {
		TRY(record_del(txn, &KIND_BINDING, binding.id));
		what.binding = true;
	}
	if (legacy_retract_made_account(legacy))
		TRY(drop_account(txn, legacy, arena, &what));
	TRY(drop_unit(txn, legacy, arena, &what));
	*ret_what = what;
	return 0;
}

int legacy_retract_whole(struct txn *txn, const struct legacy *legacy, struct arena *arena, struct legacy_retracted *ret_what)
{
	struct legacy_event event = { .legacy = legacy->id };
	size_t n;

	TRY(legacy_retract(txn, legacy, arena, ret_what));
	TRY(drop_all(txn, &KIND_LEGACY_EVENT, LEGACY_EVENT_BY_LEGACY, &event, arena, &n));
	return record_del(txn, &KIND_LEGACY, legacy->id);
}
