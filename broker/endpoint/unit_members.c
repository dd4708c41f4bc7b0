/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit_members - a unit's administrator sees its members, admits them, grants subsystems by tick boxes, hands over the role, removes. T19, J4
 *
 * Every form names a membership; it must be of the unit that the person administers now, or it is as if it did not exist.
 */
#include "broker/base/encode.h"
#include "broker/base/hours.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/page.h"
#include "broker/endpoint/unit_admin.h"
#include "broker/endpoint/unit_task.h"
#include "broker/endpoint/visit.h"
#include "broker/http/reply.h"
#include "broker/identity/date.h"
#include "broker/identity/mask.h"
#include "broker/identity/normal.h"
#include "broker/store/records_review.h"
#include "conf/config.h"

#define PAGE_SIZE 20
#define LOOKED_AT 600 /* members read for one page, when a name is looked for */
#define REASON_MAX 500

struct members {
	struct request *rq;
	struct interaction interaction;
	struct visitor visitor;
	const struct unit *unit;
	struct id id; /* the membership that a form names */
	int error;
	struct id wrong; /* at which the error stands */

	/* a page of the list */
	struct txn *txn;
	int status;
	struct span q;
	json_t *list;
	size_t looked, shown;
	struct id last; /* looked at */
	bool more, falling;
};

/* ---- the list */

static const struct {
	const char *name;
	int status;
} filters[] = { { "pending", MEMBERSHIP_PENDING_ADMIN }, { "active", MEMBERSHIP_ACTIVE }, { "ended", MEMBERSHIP_ENDED }, { "rejected", MEMBERSHIP_NONE } };

static const char *filter_of(struct request *rq, int *ret_status)
{
	for (size_t i = 0; i < ARRAY_LEN(filters); i++)
		if (span_is(request_param(rq, "status"), filters[i].name)) {
			*ret_status = filters[i].status;
			return filters[i].name;
		}
	*ret_status = 0;
	return NULL;
}

static int add_grants(struct members *m, const struct membership *membership, json_t *item)
{
	const struct config *config = app_of(m->rq)->config;
	json_t *boxes = json_array();
	struct facts facts;

	TRY(facts_load(m->txn, membership->account, membership->unit, m->rq->arena, &facts));
	for (size_t i = 0; i < config->subsystems.n; i++) {
		const struct config_subsystem *subsystem = &config->subsystems.items[i];
		json_t *box = json_object();
		bool granted = false;

		for (size_t k = 0; k < facts.n_grants; k++)
			granted |= id_eq(facts.grants[k].unit, membership->unit) && span_eq(facts.grants[k].subsystem, subsystem->id);
		page_set(box, "subsystem", subsystem->id);
		page_set(box, "title", page_text(m->rq, &subsystem->name).n ? page_text(m->rq, &subsystem->name) : subsystem->id);
		json_object_set_new(box, "granted", json_boolean(granted));
		json_array_append_new(boxes, box);
	}
	json_object_set_new(item, "boxes", boxes);
	return 0;
}

static void set_bool(json_t *object, const char *key, bool value)
{
	json_object_set_new(object, key, json_boolean(value));
}

static int add_member(struct members *m, const struct membership *membership, const struct account *account)
{
	json_t *item = json_object();
	struct span phone = { NULL, 0 };
	char id[37], since[11];
	struct date day = date_of(membership->since, CHINA_MS);
	bool active = membership->status == MEMBERSHIP_ACTIVE, pending = membership->status == MEMBERSHIP_PENDING_ADMIN;

	if (account->phone.n)
		TRY(mask_phone(account->phone, m->rq->arena, &phone));
	encode_id(id, membership->id);
	page_set(item, "id", arena_dup(m->rq->arena, span_of(id)));
	page_set(item, "name", facts_shown_name(account));
	page_set(item, "login_name", account->login_name.n ? account->login_name : SPAN("–"));
	page_set(item, "phone", phone.n ? phone : SPAN("–"));
	date_print(day, since);
	page_set(item, "since", span_of(since));
	page_set(item, "status", membership->status == MEMBERSHIP_NONE ? SPAN("rejected") : span_of(unit_state_membership_name(membership->status)));
	json_object_set_new(item, "reason", json_stringn(membership->reason.n ? membership->reason.p : "", membership->reason.n));
	page_set(item, "role", membership->role == MEMBERSHIP_ROLE_ADMIN ? SPAN("admin") : SPAN("member"));
	set_bool(item, "verified", account->realname_status == REALNAME_VERIFIED);
	set_bool(item, "is_pending", pending);
	set_bool(item, "is_active", active);
	set_bool(item, "is_open", active || pending);
	set_bool(item, "is_self", id_eq(account->id, m->visitor.facts.account.id));
	set_bool(item, "can_offer", active && membership->role != MEMBERSHIP_ROLE_ADMIN && !id_is_set(membership->offered_by));
	set_bool(item, "offered", active && id_is_set(membership->offered_by));
	json_object_set_new(item, "wrong", m->error && id_eq(membership->id, m->wrong) ? json_string(error_row(m->error)->code) : json_false());
	if (active || pending)
		TRY(add_grants(m, membership, item));
	json_array_append_new(m->list, item);
	m->shown++;
	return 0;
}

/* By any part of the name, or what else the person could log in with. */
static bool fits(const struct members *m, const struct account *account)
{
	return !m->q.n || memmem(account->name.p ? account->name.p : "", account->name.n, m->q.p, m->q.n) || span_eq_nocase(account->login_name, m->q) ||
	       span_eq(account->phone, m->q);
}

static int take_member(const void *record, void *arg)
{
	const struct membership *membership = record;
	struct members *m = arg;
	struct account account;

	if (m->shown == PAGE_SIZE || m->looked == LOOKED_AT) {
		m->more = true;
		return TXN_STOP;
	}
	m->looked++;
	m->last = membership->id;
	int result = record_get(m->txn, &KIND_ACCOUNT, membership->account, m->rq->arena, &account);
	if (result)
		return result == ERR_ABSENT ? 0 : result;
	return fits(m, &account) ? add_member(m, membership, &account) : 0;
}

static int list(struct txn *txn, void *arg)
{
	struct members *m = arg;
	struct membership probe = { .unit = m->unit->id, .status = m->status };
	struct record_from from = { .at = m->last };

	json_array_clear(m->list);
	m->txn = txn;
	m->looked = m->shown = 0;
	m->more = false;
	return record_page(txn, &KIND_MEMBERSHIP, MEMBERSHIP_BY_UNIT, &probe, from, m->rq->arena, take_member, m);
}

/* Who waits comes first; where nobody does, who belongs to the unit. */
static int choose_filter(struct members *m, const char **ret_name)
{
	*ret_name = filter_of(m->rq, &m->status);
	if (*ret_name)
		return store_view(app_of(m->rq)->app->store, list, m);
	m->status = MEMBERSHIP_PENDING_ADMIN;
	*ret_name = "pending";
	TRY(store_view(app_of(m->rq)->app->store, list, m));
	if (m->shown || m->q.n)
		return 0;
	m->status = MEMBERSHIP_ACTIVE;
	*ret_name = "active";
	return store_view(app_of(m->rq)->app->store, list, m);
}

static int next_url(struct members *m, const char *filter, struct span *ret_url)
{
	struct buf buf = buf_new(m->rq->arena, 160);
	char after[37];

	encode_id(after, m->last);
	buf_printf(&buf, "/members?status=%s&after=%s", filter, after);
	if (m->q.n) {
		buf_str(&buf, "&q=");
		encode_percent(&buf, m->q);
	}
	return buf_done(&buf, ret_url);
}

static int show(struct members *m)
{
	JSON *items = json_array();
	const char *filter;
	struct span url;

	m->list = items;
	m->q = span_trim(request_param(m->rq, "q"));
	if (m->rq->method != METHOD_GET || encode_id_decode(request_param(m->rq, "after"), &m->last))
		m->last = (struct id){ { 0 } };
	TRY(choose_filter(m, &filter));
	JSON *data = visit_page(m->rq, &m->interaction, &m->visitor);
	json_object_set(data, "members", items);
	page_set(data, "unit_name", m->unit->name);
	page_set(data, "filter", span_of(filter));
	page_set(data, "q", m->q);
	if (!m->shown)
		page_set_true(data, "nobody");
	if (app_of(m->rq)->config->legacy_sources.n)
		page_set_true(data, "has_legacy");
	if (app_of(m->rq)->config->membership.mode == CONFIG_MEMBERSHIP_GRANT)
		page_set_true(data, "grants");
	if (m->more) {
		TRY(next_url(m, filter, &url));
		page_set(data, "next_url", url);
	}
	if (m->error)
		page_set_error(data, m->error, 0);
	return reply_page(m->rq, page_status(m->error), "members", data);
}

/* ---- what a form does */

static int find_member(struct txn *txn, struct members *m, struct membership *ret)
{
	int result = record_get(txn, &KIND_MEMBERSHIP, m->id, m->rq->arena, ret);

	if (!result && !id_eq(ret->unit, m->unit->id))
		result = ERR_ABSENT; /* another unit's: a guessed id tells nothing */
	return result == ERR_ABSENT ? ERR_NOT_FOUND : result;
}

static struct unit_actor actor_of(const struct members *m)
{
	return unit_change_actor(m->rq, m->visitor.facts.account.id);
}

static int keep_grants(struct txn *txn, struct members *m, const struct unit_actor *actor, const struct membership *membership)
{
	const struct config_subsystems *subsystems = &actor->config->subsystems;
	const struct span *ticked;
	size_t n = request_params(m->rq, "subsystem", &ticked);

	for (size_t i = 0; i < subsystems->n; i++) {
		enum grant_event event = GRANT_ON_REVOKE;

		for (size_t k = 0; k < n; k++)
			if (span_eq(ticked[k], subsystems->items[i].id))
				event = GRANT_ON_GRANT;
		int result = unit_change_grant(txn, actor, membership->account, membership->unit, subsystems->items[i].id, event);
		if (result && result != ERR_CONFLICT) /* it is as it should be */
			return result;
	}
	return 0;
}

static int approve(struct txn *txn, struct members *m, struct membership *membership)
{
	struct unit_actor actor = actor_of(m);

	if (membership->status == MEMBERSHIP_ACTIVE)
		return 0; /* pressed twice, or decided at the desk meanwhile */
	TRY(unit_task_admit(txn, &actor, membership, true, (struct span){ NULL, 0 }));
	return unit_task_settle(txn, &actor, TASK_MEMBERSHIP, membership->id, true, (struct span){ NULL, 0 });
}

static int reject(struct txn *txn, struct members *m, struct membership *membership)
{
	struct unit_actor actor = actor_of(m);
	struct span reason = span_trim(request_param(m->rq, "reason"));

	if (membership->status == MEMBERSHIP_NONE)
		return 0;
	if (!reason.n)
		return ERR_REASON;
	TRY(unit_task_admit(txn, &actor, membership, false, reason));
	return unit_task_settle(txn, &actor, TASK_MEMBERSHIP, membership->id, false, reason);
}

/* In mode "grant" granting admits (T19 knows no other step). */
static int save_grants(struct txn *txn, struct members *m, struct membership *membership)
{
	struct unit_actor actor = actor_of(m);

	if (membership->status == MEMBERSHIP_PENDING_ADMIN && actor.config->membership.mode == CONFIG_MEMBERSHIP_GRANT)
		TRY(approve(txn, m, membership));
	return membership->status == MEMBERSHIP_ACTIVE ? keep_grants(txn, m, &actor, membership) : ERR_CONFLICT;
}

static int remove_member(struct txn *txn, struct members *m, struct membership *membership)
{
	struct unit_actor actor = actor_of(m);
	bool has_admin = true;

	if (membership->status == MEMBERSHIP_ENDED)
		return 0;
	if (membership->role == MEMBERSHIP_ROLE_ADMIN)
		TRY(unit_change_has_admin(txn, membership->unit, membership->account, m->rq->arena, &has_admin));
	if (!has_admin)
		return ERR_LAST_ADMIN;
	return unit_change_membership(txn, &actor, membership, MEMBERSHIP_ON_REMOVE, span_trim(request_param(m->rq, "reason")));
}

static int offer(struct txn *txn, struct members *m, struct membership *membership)
{
	struct unit_actor actor = actor_of(m);

	return unit_change_offer(txn, &actor, membership, span_is(request_param(m->rq, "do"), "offer"));
}

static const struct {
	const char *name;
	int (*keep)(struct txn *txn, struct members *m, struct membership *membership);
} verbs[] = {
	{ "approve", approve }, { "reject", reject }, { "save-grants", save_grants }, { "remove", remove_member }, { "offer", offer }, { "offer-off", offer },
};

static int keep(struct txn *txn, void *arg)
{
	struct members *m = arg;
	struct membership membership;
	struct visitor visitor;

	/* What was looked at before must still hold: suspended, removed or handed over in another tab. */
	TRY(session_load(txn, m->rq, &visitor));
	const struct unit *unit = unit_admin_of(&visitor);
	if (!unit || !id_eq(unit->id, m->unit->id) || !unit_state_is_effective(unit))
		return ERR_FORBIDDEN;
	TRY(find_member(txn, m, &membership));
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		if (span_is(request_param(m->rq, "do"), verbs[i].name))
			return verbs[i].keep(txn, m, &membership);
	return ERR_INVALID_REQUEST;
}

static int act(struct members *m)
{
	struct request *rq = m->rq;
	struct buf url = buf_new(rq->arena, 64);
	struct span text;
	int status;

	if (encode_id_decode(request_param(rq, "member"), &m->id))
		return ERR_NOT_FOUND;
	/* Two people decide: that is done at the desk, where the rule is kept. */
	if (app_of(rq)->config->review.four_eyes & 1u << CONFIG_TASK_MEMBERSHIP && (span_is(request_param(rq, "do"), "approve")))
		return reply_redirect(rq, SPAN("/tasks"));
	int result = store_update(app_of(rq)->app->store, keep, m);
	if (result == ERR_REASON || result == ERR_LAST_ADMIN || result == ERR_CONFLICT) {
		m->error = result;
		m->wrong = m->id;
		return show(m);
	}
	TRY(result);
	const char *filter = filter_of(rq, &status);
	buf_printf(&url, "/members?status=%s", filter ? filter : "pending");
	TRY(buf_done(&url, &text));
	return reply_redirect(rq, text);
}

static int could(struct txn *txn, void *arg)
{
	struct members *m = arg;
	bool is_admin;

	TRY(unit_admin_could(txn, m->rq, &m->visitor, &is_admin));
	return is_admin ? 0 : ERR_FORBIDDEN;
}

int endpoint_members(struct request *rq)
{
	struct members m = { .rq = rq };

	TRY(visit_open(rq, &m.interaction, &m.visitor));
	if (!m.visitor.has_session)
		return 0;
	m.unit = unit_admin_of(&m.visitor);
	if (!m.unit) { /* an administrator who acts for nobody yet chooses first */
		TRY(store_view(app_of(rq)->app->store, could, &m));
		return reply_redirect(rq, SPAN("/act-for?next=/members"));
	}
	if (!unit_state_is_effective(m.unit))
		return ERR_UNIT_NOT_EFFECTIVE;
	return rq->method == METHOD_GET ? show(&m) : act(&m);
}
