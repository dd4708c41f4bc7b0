/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/staff.h"

#include "broker/base/buf.h"
#include "broker/base/encode.h"
#include "broker/base/sys.h"
#include "broker/endpoint/factor.h"
#include "broker/endpoint/session_end.h"
#include "broker/identity/task_rule.h"
#include "broker/store/records_account.h"
#include "broker/store/records_staff.h"

static const struct {
	const char *name;
	int64_t role;
} words[] = {
	{ "system", STAFF_SYSTEM }, { "security", STAFF_SECURITY }, { "audit", STAFF_AUDIT }, { "reviewer", STAFF_REVIEWER }, { "support", STAFF_SUPPORT },
	{ "operator", STAFF_OPERATOR },
};

int staff_roles_of(struct span text, int64_t *ret_roles)
{
	int64_t roles = 0;

	while (text.p) {
		struct span word = span_trim(span_cut(&text, ','));
		int64_t role = 0;

		for (size_t i = 0; i < ARRAY_LEN(words); i++)
			if (span_is(word, words[i].name))
				role = words[i].role;
		if (!role)
			return ERR_INVALID;
		roles |= role;
	}
	if (!roles)
		return ERR_INVALID;
	*ret_roles = roles;
	return 0;
}

int staff_roles_text(int64_t roles, struct arena *arena, struct span *ret_text)
{
	struct buf buf = buf_new(arena, 32);

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (roles & words[i].role) {
			if (buf.n)
				buf_char(&buf, ',');
			buf_add(&buf, span_of(words[i].name));
		}
	return buf_done(&buf, ret_text);
}

int staff_roles_agree(int64_t roles, struct span dept)
{
	if (!task_rule_roles_agree(roles))
		return ERR_CONFLICT;
	return dept.n && roles & (STAFF_SYSTEM | STAFF_SECURITY | STAFF_AUDIT | STAFF_OPERATOR) ? ERR_CONFLICT : 0;
}

static int note(struct txn *txn, const struct unit_actor *actor, const char *action, struct id account, struct span detail)
{
	char subject[37];

	encode_id(subject, account);
	if (!actor->rq)
		return audit_write_operator(txn, actor->now, &(struct audit_event){ .action = action, .actor = account, .detail = detail });
	return audit_write(txn, actor->rq, &(struct audit_event){ .action = action, .actor = actor->account, .subject = span_of(subject), .detail = detail });
}

/* ---- what somebody holds */

#define HELD_MAX 32

struct held {
	struct appointment all[HELD_MAX];
	size_t n;
};

static int take(const void *record, void *arg)
{
	struct held *held = arg;

	if (held->n == HELD_MAX)
		return TXN_STOP;
	held->all[held->n++] = *(const struct appointment *)record;
	return 0;
}

static int load_held(struct txn *txn, struct arena *arena, struct id account, struct held *held)
{
	struct appointment probe = { .account = account };

	held->n = 0;
	return record_each(txn, &KIND_APPOINTMENT, APPOINTMENT_BY_ACCOUNT, &probe, arena, take, held);
}

/* What was begun with other rights does not go on with them (ASVS 7.4.2). */
static int end_sessions(struct txn *txn, const struct unit_actor *actor, struct id account_id)
{
	struct account account;

	TRY(record_get(txn, &KIND_ACCOUNT, account_id, actor->arena, &account));
	TRY(session_end_all(txn, actor, &account, instant_add(actor->now, 1)));
	return record_put(txn, &KIND_ACCOUNT, &account);
}

int staff_appoint(struct txn *txn, const struct unit_actor *actor, const struct appointment *appointment)
{
	struct appointment new = *appointment;
	struct account account;
	struct held held;
	struct span text;

	TRY(record_get(txn, &KIND_ACCOUNT, appointment->account, actor->arena, &account));
	if (account.namespace_ != NAMESPACE_STAFF)
		return ERR_CONFLICT;
	TRY(load_held(txn, actor->arena, account.id, &held));
	new.id = sys_new_id(actor->now);
	int64_t together = new.roles;
	for (size_t i = 0; i < held.n; i++)
		if (span_eq(held.all[i].dept, new.dept))
			new.id = held.all[i].id;
		else
			together |= held.all[i].roles;
	TRY(staff_roles_agree(new.roles, new.dept));
	if (!task_rule_roles_agree(together) || held.n == HELD_MAX)
		return ERR_CONFLICT;
	new.since = actor->now;
	new.by = actor->account;
	TRY(record_put(txn, &KIND_APPOINTMENT, &new));
	TRY(staff_roles_text(new.roles, actor->arena, &text));
	return note(txn, actor, "staff.appoint", account.id, text);
}

static int end(struct txn *txn, const struct unit_actor *actor, struct id account, struct span dept, bool all, size_t *ret_n)
{
	struct held held;
	size_t n = 0;

	TRY(load_held(txn, actor->arena, account, &held));
	for (size_t i = 0; i < held.n; i++)
		if (all || span_eq(held.all[i].dept, dept)) {
			TRY(record_del(txn, &KIND_APPOINTMENT, held.all[i].id));
			n++;
		}
	*ret_n = n;
	if (!n)
		return 0;
	TRY(end_sessions(txn, actor, account));
	return note(txn, actor, "staff.dismiss", account, dept);
}

int staff_dismiss(struct txn *txn, const struct unit_actor *actor, struct id account, struct span dept, size_t *ret_n)
{
	return end(txn, actor, account, dept, !dept.n, ret_n);
}

int staff_dismiss_in(struct txn *txn, const struct unit_actor *actor, struct id account, struct span dept, size_t *ret_n)
{
	return end(txn, actor, account, dept, false, ret_n);
}

int staff_reset(struct txn *txn, const struct unit_actor *actor, struct account *account)
{
	TRY(factor_reset(txn, actor->arena, account->id));
	TRY(session_end_all(txn, actor, account, instant_add(actor->now, 1)));
	TRY(record_put(txn, &KIND_ACCOUNT, account));
	return note(txn, actor, "factor.reset", account->id, (struct span){ NULL, 0 });
}
