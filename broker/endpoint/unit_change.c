/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/unit_change.h"

#include "broker/base/encode.h"
#include "broker/base/sys.h"
#include "broker/endpoint/audit.h"
#include "broker/endpoint/event.h"
#include "broker/endpoint/task.h"
#include "broker/endpoint/unit_index.h"
#include "broker/store/records_review.h"
#include "conf/config.h"

#include <stdio.h>

#define WALK_MAX 64 /* records of one person that are changed together: memberships, sessions, grants */

struct unit_actor unit_change_actor(const struct request *rq, struct id account)
{
	return (struct unit_actor){ .rq = rq, .account = account, .config = app_of(rq)->config, .now = rq->now, .arena = rq->arena };
}

/* ---- audit and events: one place for each kind of change */

static int note(struct txn *txn, const struct unit_actor *actor, const char *action, struct span subject, struct span detail)
{
	struct audit_event event = { .action = action, .actor = actor->account, .subject = subject, .detail = detail };

	return actor->rq ? audit_write(txn, actor->rq, &event) : audit_write_operator(txn, actor->now, &event);
}

/* What business systems are told of a unit: who may be chosen, who may not any longer, and that something else has changed. */
static int tell_unit(struct txn *txn, const struct unit_actor *actor, const struct unit *unit, bool was_effective)
{
	struct event_new event = { .members = { { "unit", .id = unit->id },
						{ "uscc", .text = unit->uscc },
						{ "status", .text = span_of(unit_state_name(unit->status)) } } };

	event.type = unit->status == UNIT_DISSOLVED ? CONFIG_EVENT_UNIT_DISSOLVED : unit->status == UNIT_SUSPENDED ? CONFIG_EVENT_UNIT_SUSPENDED :
		     unit->status == UNIT_EFFECTIVE && !was_effective ? CONFIG_EVENT_UNIT_EFFECTIVE : CONFIG_EVENT_UNIT_CHANGED;
	return event_write(txn, actor->config, actor->now, actor->arena, &event);
}

static int note_unit(struct txn *txn, const struct unit_actor *actor, const char *what, const struct unit *unit, bool was_effective, struct span detail)
{
	char action[40];

	snprintf(action, sizeof action, "unit.%s", what);
	TRY(note(txn, actor, action, unit->uscc, detail));
	return tell_unit(txn, actor, unit, was_effective);
}

/* "membership.leave", "grant.revoke": subject the person, detail the unit and what else there is to say. */
static int note_person(struct txn *txn, const struct unit_actor *actor, const char *action, struct id account, struct id unit, struct span more)
{
	char subject[37], of[37], detail[160];

	encode_id(subject, account);
	encode_id(of, unit);
	snprintf(detail, sizeof detail, "%s%s" SPAN_FMT, of, more.n ? " " : "", SPAN_ARG(more));
	return note(txn, actor, action, span_of(subject), span_of(detail));
}

/* Whom an event is about: each receiver is told the subject that it knows. */
static int find_identity(struct txn *txn, const struct unit_actor *actor, struct id id, struct id *ret_identity)
{
	struct account account;
	int result = record_get(txn, &KIND_ACCOUNT, id, actor->arena, &account);

	*ret_identity = result ? id : account.identity;
	return result == ERR_ABSENT ? 0 : result;
}

static int note_membership(struct txn *txn, const struct unit_actor *actor, const struct membership *membership, const char *what, bool was_active)
{
	bool is_active = membership->status == MEMBERSHIP_ACTIVE;
	struct event_new event = { .type = is_active == was_active ? CONFIG_EVENT_MEMBERSHIP_CHANGED :
					   is_active		   ? CONFIG_EVENT_MEMBERSHIP_ACTIVE :
								     CONFIG_EVENT_MEMBERSHIP_ENDED,
				   .members = { { "unit", .id = membership->unit },
						{ "role", .text = membership->role == MEMBERSHIP_ROLE_ADMIN ? SPAN("admin") : SPAN("member") },
						{ "status", .text = span_of(unit_state_membership_name(membership->status)) } } };
	char action[48];

	snprintf(action, sizeof action, "membership.%s", what);
	TRY(find_identity(txn, actor, membership->account, &event.identity));
	TRY(note_person(txn, actor, action, membership->account, membership->unit, membership->reason));
	return event_write(txn, actor->config, actor->now, actor->arena, &event);
}

static int note_grant(struct txn *txn, const struct unit_actor *actor, const struct grant *grant, enum grant_event what)
{
	struct event_new event = { .type = CONFIG_EVENT_GRANT_CHANGED,
				   .members = { { "unit", .id = grant->unit },
						{ "subsystem", .text = grant->subsystem },
						{ "status", .text = span_of(unit_state_grant_name(grant->status)) } } };
	char action[48];

	snprintf(action, sizeof action, "grant.%s", unit_state_grant_event_name(what));
	TRY(find_identity(txn, actor, grant->account, &event.identity));
	TRY(note_person(txn, actor, action, grant->account, grant->unit, grant->subsystem));
	return event_write(txn, actor->config, actor->now, actor->arena, &event);
}

/* ---- units */

int unit_change_new(struct txn *txn, const struct unit_actor *actor, struct unit *unit)
{
	if (!unit->status)
		unit->status = UNIT_REGISTERED;
	unit->created_at = unit->since = actor->now;
	TRY(record_insert(txn, &KIND_UNIT, unit));
	TRY(unit_index_move(txn, NULL, unit, actor->arena));
	return note_unit(txn, actor, "new", unit, false, span_of(unit_state_name(unit->status)));
}

static int put_unit(struct txn *txn, const struct unit_actor *actor, const struct unit *unit)
{
	struct unit before;

	TRY(record_get(txn, &KIND_UNIT, unit->id, actor->arena, &before));
	TRY(record_put(txn, &KIND_UNIT, unit));
	return unit_index_move(txn, &before, unit, actor->arena);
}

int unit_change_save(struct txn *txn, const struct unit_actor *actor, const struct unit *unit)
{
	TRY(put_unit(txn, actor, unit));
	return note_unit(txn, actor, "changed", unit, true, (struct span){ NULL, 0 });
}

int unit_change_put(struct txn *txn, const struct unit_actor *actor, struct unit *unit)
{
	struct unit before;

	TRY(record_get(txn, &KIND_UNIT, unit->id, actor->arena, &before));
	if (unit->status != before.status) {
		unit->since = actor->now;
		unit->in_force = false;
		if (unit->status == UNIT_SUSPENDED || unit->status == UNIT_DISSOLVED)
			unit->not_before = actor->now;
		if (before.status == UNIT_PENDING_DEPT)
			TRY(task_withdraw(txn, TASK_UNIT, unit->id, actor->now, actor->arena));
	}
	TRY(put_unit(txn, actor, unit));
	return note_unit(txn, actor, "put", unit, unit_state_is_effective(&before), span_of(unit_state_name(unit->status)));
}

int unit_change(struct txn *txn, const struct unit_actor *actor, struct unit *unit, enum unit_event event, struct span reason)
{
	int before = unit->status;
	bool was_effective = unit_state_is_effective(unit);

	/* What was never admitted has nothing to suspend. */
	if (before == UNIT_PENDING_DEPT && event == UNIT_ON_SUSPEND && !unit->in_force)
		return ERR_CONFLICT;
	TRY(unit_state_next(before, event, &unit->status));
	unit->since = actor->now;
	unit->reason = reason;
	if (unit->status == UNIT_SUSPENDED || unit->status == UNIT_DISSOLVED)
		unit->not_before = actor->now;
	unit->in_force = unit->status == UNIT_PENDING_DEPT && event == UNIT_ON_CRITICAL_CHANGE && actor->config->unit.in_force_during_review;
	if (before == UNIT_PENDING_DEPT && (event == UNIT_ON_SUSPEND || event == UNIT_ON_DISSOLVE)) /* there is nothing to decide on any more */
		TRY(task_withdraw(txn, TASK_UNIT, unit->id, actor->now, actor->arena));
	TRY(put_unit(txn, actor, unit));
	return note_unit(txn, actor, unit_state_event_name(event), unit, was_effective, reason);
}

int unit_change_verified(struct txn *txn, const struct unit_actor *actor, struct id id)
{
	struct unit unit;

	TRY(record_get(txn, &KIND_UNIT, id, actor->arena, &unit));
	if (unit.status != UNIT_REGISTERED)
		return 0;
	return unit_change(txn, actor, &unit, actor->config->unit.supplement ? UNIT_ON_VERIFIED : UNIT_ON_ADMIT, (struct span){ NULL, 0 });
}

/* ---- what a person holds in a unit */

struct gather {
	struct id unit;
	struct id ids[WALK_MAX];
	size_t n;
};

static int gather(struct gather *g, struct id id)
{
	if (g->n == WALK_MAX)
		return TXN_STOP;
	g->ids[g->n++] = id;
	return 0;
}

static int gather_session(const void *record, void *arg)
{
	const struct session *session = record;
	struct gather *g = arg;

	return id_eq(session->acting_unit, g->unit) ? gather(g, session->id) : 0;
}

static int gather_grant(const void *record, void *arg)
{
	const struct grant *grant = record;
	struct gather *g = arg;

	return id_eq(grant->unit, g->unit) && grant->status != GRANT_REVOKED ? gather(g, grant->id) : 0;
}

/* Sessions go on as the person. */
static int end_acting(struct txn *txn, const struct unit_actor *actor, const struct membership *membership)
{
	struct session probe = { .account = membership->account }, session;
	struct gather g = { .unit = membership->unit };

	TRY(record_each(txn, &KIND_SESSION, SESSION_BY_ACCOUNT, &probe, actor->arena, gather_session, &g));
	for (size_t i = 0; i < g.n; i++) {
		TRY(record_get(txn, &KIND_SESSION, g.ids[i], actor->arena, &session));
		session.acting_unit = (struct id){ { 0 } };
		TRY(record_put(txn, &KIND_SESSION, &session));
	}
	return 0;
}

static int put_grant(struct txn *txn, const struct unit_actor *actor, struct grant *grant, enum grant_event event)
{
	TRY(unit_state_grant_next(grant->status, event, &grant->status));
	grant->since = actor->now;
	TRY(record_put(txn, &KIND_GRANT, grant));
	return note_grant(txn, actor, grant, event);
}

static int end_grants(struct txn *txn, const struct unit_actor *actor, const struct membership *membership)
{
	struct grant probe = { .account = membership->account }, grant;
	struct gather g;

	do { /* more than fit at once */
		g = (struct gather){ .unit = membership->unit };
		TRY(record_each(txn, &KIND_GRANT, GRANT_BY_ACCOUNT, &probe, actor->arena, gather_grant, &g));
		for (size_t i = 0; i < g.n; i++) {
			TRY(record_get(txn, &KIND_GRANT, g.ids[i], actor->arena, &grant));
			TRY(put_grant(txn, actor, &grant, GRANT_ON_MEMBERSHIP_ENDED));
		}
	} while (g.n == WALK_MAX);
	return 0;
}

int unit_change_membership(struct txn *txn, const struct unit_actor *actor, struct membership *membership, enum membership_event event,
			   struct span reason)
{
	bool was_active = membership->status == MEMBERSHIP_ACTIVE;

	if (membership->status == MEMBERSHIP_PENDING_ADMIN && event == MEMBERSHIP_ON_LEAVE)
		TRY(task_withdraw(txn, TASK_MEMBERSHIP, membership->id, actor->now, actor->arena));
	TRY(unit_state_membership_next(membership->status, event, &membership->status));
	membership->since = actor->now;
	membership->reason = reason;
	membership->decided_by = actor->account;
	if (event == MEMBERSHIP_ON_CHOOSE) /* nobody has yet */
		membership->decided_by = (struct id){ { 0 } };
	if (!membership->role || membership->status != MEMBERSHIP_ACTIVE) /* who comes back comes as a member */
		membership->role = MEMBERSHIP_ROLE_MEMBER;
	membership->offered_by = (struct id){ { 0 } };
	TRY(record_put(txn, &KIND_MEMBERSHIP, membership));
	if (was_active) {
		TRY(end_grants(txn, actor, membership));
		TRY(end_acting(txn, actor, membership));
	}
	return note_membership(txn, actor, membership, unit_state_membership_event_name(event), was_active);
}

static int find_membership(struct txn *txn, const struct unit_actor *actor, struct id account, struct id unit, struct membership *ret)
{
	struct membership probe = { .account = account, .unit = unit };
	int result = record_find(txn, &KIND_MEMBERSHIP, MEMBERSHIP_BY_PAIR, &probe, actor->arena, ret);

	if (result != ERR_ABSENT)
		return result;
	*ret = (struct membership){ .id = sys_new_id(actor->now), .account = account, .unit = unit };
	return 0;
}

int unit_change_appoint(struct txn *txn, const struct unit_actor *actor, struct id account, struct id unit, int role)
{
	static const struct span no_reason;
	struct membership membership;

	TRY(find_membership(txn, actor, account, unit, &membership));
	if (membership.status == MEMBERSHIP_NONE || membership.status == MEMBERSHIP_ENDED)
		TRY(unit_change_membership(txn, actor, &membership, MEMBERSHIP_ON_CHOOSE, no_reason));
	if (membership.status == MEMBERSHIP_PENDING_ADMIN)
		TRY(unit_change_membership(txn, actor, &membership, MEMBERSHIP_ON_APPROVE, no_reason));
	if (membership.role == role)
		return 0;
	membership.role = role;
	membership.offered_by = (struct id){ { 0 } };
	TRY(record_put(txn, &KIND_MEMBERSHIP, &membership));
	return note_membership(txn, actor, &membership, role == MEMBERSHIP_ROLE_ADMIN ? "admin" : "member", true);
}

int unit_change_offer(struct txn *txn, const struct unit_actor *actor, struct membership *membership, bool offered)
{
	if (membership->status != MEMBERSHIP_ACTIVE || (offered && membership->role == MEMBERSHIP_ROLE_ADMIN))
		return ERR_CONFLICT;
	membership->offered_by = offered ? actor->account : (struct id){ { 0 } };
	TRY(record_put(txn, &KIND_MEMBERSHIP, membership));
	return note_person(txn, actor, offered ? "membership.offer" : "membership.offer_off", membership->account, membership->unit, (struct span){ NULL, 0 });
}

struct admins {
	struct id without;
	bool has;
};

static int is_open_account(const void *record, void *arg)
{
	const struct account *account = record;
	struct admins *admins = arg;

	if (account->namespace_ != NAMESPACE_LEGAL || id_eq(account->id, admins->without) ||
	    (account->status != ACCOUNT_ACTIVE && account->status != ACCOUNT_PENDING_REVIEW))
		return 0;
	admins->has = true;
	return TXN_STOP;
}

static int is_admin_member(const void *record, void *arg)
{
	const struct membership *membership = record;
	struct admins *admins = arg;

	if (id_eq(membership->account, admins->without))
		return 0;
	admins->has = true;
	return TXN_STOP;
}

int unit_change_has_admin(struct txn *txn, struct id unit, struct id without, struct arena *arena, bool *ret_has)
{
	struct account account = { .unit = unit };
	struct membership membership = { .unit = unit, .status = MEMBERSHIP_ACTIVE, .role = MEMBERSHIP_ROLE_ADMIN };
	struct admins admins = { .without = without };

	TRY(record_each(txn, &KIND_ACCOUNT, ACCOUNT_BY_UNIT, &account, arena, is_open_account, &admins));
	if (!admins.has)
		TRY(record_each(txn, &KIND_MEMBERSHIP, MEMBERSHIP_BY_ROLE, &membership, arena, is_admin_member, &admins));
	*ret_has = admins.has;
	return 0;
}

/* ---- grants */

struct wanted {
	struct id unit;
	struct span subsystem;
	struct grant found;
};

static int find_grant(const void *record, void *arg)
{
	const struct grant *grant = record;
	struct wanted *wanted = arg;

	if (!id_eq(grant->unit, wanted->unit) || !span_eq(grant->subsystem, wanted->subsystem))
		return 0;
	wanted->found = *grant;
	return TXN_STOP;
}

int unit_change_grant(struct txn *txn, const struct unit_actor *actor, struct id account, struct id unit, struct span subsystem,
		      enum grant_event event)
{
	struct grant probe = { .account = account };
	struct wanted wanted = { .unit = unit, .subsystem = subsystem };

	TRY(record_each(txn, &KIND_GRANT, GRANT_BY_ACCOUNT, &probe, actor->arena, find_grant, &wanted));
	if (!id_is_set(wanted.found.id))
		wanted.found = (struct grant){ .id = sys_new_id(actor->now), .account = account, .unit = unit, .subsystem = subsystem };
	return put_grant(txn, actor, &wanted.found, event);
}

static int gather_waiting(const void *record, void *arg)
{
	const struct grant *grant = record;

	return grant->status == GRANT_PRE_GRANTED ? gather(arg, grant->id) : 0;
}

int unit_change_account_verified(struct txn *txn, const struct unit_actor *actor, struct id account)
{
	struct grant probe = { .account = account }, grant;
	struct gather g;

	do {
		g = (struct gather){ .n = 0 };
		TRY(record_each(txn, &KIND_GRANT, GRANT_BY_ACCOUNT, &probe, actor->arena, gather_waiting, &g));
		for (size_t i = 0; i < g.n; i++) {
			TRY(record_get(txn, &KIND_GRANT, g.ids[i], actor->arena, &grant));
			TRY(put_grant(txn, actor, &grant, GRANT_ON_VERIFIED));
		}
	} while (g.n == WALK_MAX);
	return 0;
}
