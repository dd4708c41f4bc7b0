/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_unit - units, memberships and grants from the command line.
 */
#include "broker/base/encode.h"
#include "broker/base/sys.h"
#include "broker/endpoint/admin.h"
#include "broker/identity/normal.h"
#include "broker/identity/uscc.h"
#include "broker/store/records_account.h"
#include "conf/config.h"

#define LIST_MAX 100

static int wrong(struct json_writer *out, const char *field, int error)
{
	json_member_str(out, "field", span_of(field));
	return error;
}

/* What one command is about; transactions may run twice and leave it as it was read. */
struct work {
	struct admin *admin;
	const json_t *args;
	struct unit unit;       /* as given; found by its code */
	struct account account; /* as given; found by its login name */
	struct json_writer *out;
	enum unit_event event;
	int status, role;
	struct span subsystem;
	enum grant_event grant;
	size_t n;
	struct id last;
	struct txn *txn;
};

static int read_uscc(struct admin *admin, const json_t *args, struct json_writer *out, struct span *ret_code)
{
	struct uscc uscc;

	TRY(uscc_check(json_get_span(args, "uscc"), admin->arena, &uscc));
	if (uscc.problem != USCC_OK)
		return wrong(out, "uscc", ERR_INVALID);
	*ret_code = uscc.code;
	return 0;
}

/* "pending" is what the configuration calls pending_dept. */
static bool read_status(struct span text, int *ret_status)
{
	return unit_state_of(span_is(text, "pending") ? SPAN("pending_dept") : text, ret_status);
}

static int find_unit(struct txn *txn, const struct work *work, struct unit *ret_unit)
{
	return record_find(txn, &KIND_UNIT, UNIT_BY_USCC, &work->unit, work->admin->arena, ret_unit);
}

/* ---- add, set */

static struct span or_earlier(struct span given, struct span earlier)
{
	return given.n ? given : earlier;
}

/* By credit code: a new one, or the earlier one brought up to date. */
static int put_unit(struct txn *txn, void *arg)
{
	struct work *work = arg;
	struct unit_actor actor = admin_actor(work->admin);
	struct unit unit = work->unit, found; /* a copy: the transaction may run twice */
	int result = find_unit(txn, work, &found);

	if (result == ERR_ABSENT) {
		if (!unit.status)
			unit.status = UNIT_EFFECTIVE;
		return unit_change_new(txn, &actor, &unit);
	}
	TRY(result);
	found.name = or_earlier(unit.name, found.name);
	found.type = or_earlier(unit.type, found.type);
	found.dept_id = or_earlier(unit.dept_id, found.dept_id);
	found.region = or_earlier(unit.region, found.region);
	if (unit.status) /* renaming a dissolved unit does not bring it back */
		found.status = unit.status;
	return unit_change_put(txn, &actor, &found);
}

int admin_unit_add(struct admin *admin, const json_t *args, struct json_writer *out)
{
	struct work work = { .admin = admin, .unit = { .id = sys_new_id(admin->now), .name = json_get_span(args, "name"), .type = json_get_span(args, "type"),
						       .dept_id = json_get_span(args, "dept"), .region = json_get_span(args, "region") } };
	struct span status = json_get_span(args, "status"), dept = work.unit.dept_id;

	TRY(read_uscc(admin, args, out, &work.unit.uscc));
	if (status.n && !read_status(status, &work.unit.status))
		return wrong(out, "status", ERR_INVALID);
	if (dept.n && admin->config->departments.n && !config_department(&admin->config->departments, dept))
		return wrong(out, "dept", ERR_ABSENT);
	return store_update(admin->store, put_unit, &work);
}

static int insert_configured(struct txn *txn, void *arg)
{
	struct work *work = arg;
	struct unit_actor actor = admin_actor(work->admin);
	struct unit unit = work->unit, found;
	int result = find_unit(txn, work, &found);

	return result == ERR_ABSENT ? unit_change_new(txn, &actor, &unit) : result;
}

static int is_configured(struct txn *txn, void *arg)
{
	struct unit found;

	return find_unit(txn, arg, &found);
}

int admin_sync_units(struct store *store, const struct config *config, struct instant now)
{
	static const char *const types[] = { [CONFIG_UNIT_ENTERPRISE] = "enterprise", [CONFIG_UNIT_INSTITUTION] = "institution", [CONFIG_UNIT_SOCIAL] = "society" };
	static const int status[] = { [CONFIG_UNIT_PENDING] = UNIT_PENDING_DEPT, [CONFIG_UNIT_EFFECTIVE] = UNIT_EFFECTIVE, [CONFIG_UNIT_SUSPENDED] = UNIT_SUSPENDED };

	for (size_t i = 0; i < config->units.n; i++) {
		const struct config_unit *unit = &config->units.items[i];
		CLEANUP(arena_cleanup) struct arena *arena = arena_new(256 * 1024);
		struct admin admin = { .store = store, .config = config, .now = now, .arena = arena };
		struct work work = { .admin = &admin, .unit = { .id = sys_new_id(now), .uscc = unit->uscc, .name = unit->name, .type = span_of(types[unit->type]),
								.status = status[unit->status], .dept_id = unit->dept, .region = unit->region } };
		if (!arena)
			return FAULT_MEMORY;
		int result = store_view(store, is_configured, &work); /* most are there: no commit for them */
		if (result == ERR_ABSENT)
			result = store_update(store, insert_configured, &work);
		TRY(result);
	}
	return 0;
}

/* ---- list, show */

static void write_unit(struct json_writer *out, const struct unit *unit)
{
	json_member_id(out, "id", unit->id);
	json_member_str(out, "uscc", unit->uscc);
	json_member_str(out, "name", unit->name);
	json_member_str(out, "type", unit->type);
	json_member_str(out, "status", span_of(unit_state_name(unit->status)));
	json_member_str(out, "dept", unit->dept_id);
	json_member_str(out, "region", unit->region);
	json_member_str(out, "reason", unit->reason);
	json_member_bool(out, "effective", unit_state_is_effective(unit));
}

static int list_unit(const void *record, void *arg)
{
	const struct unit *unit = record;
	struct work *work = arg;

	if ((work->status && unit->status != work->status) || (work->unit.dept_id.n && !span_eq(unit->dept_id, work->unit.dept_id)))
		return 0;
	if (work->n == LIST_MAX) {
		work->n++;
		return TXN_STOP;
	}
	work->n++;
	work->last = unit->id;
	json_open(work->out, '{');
	write_unit(work->out, unit);
	json_close(work->out, '}');
	return 0;
}

static int list_units(struct txn *txn, void *arg)
{
	struct work *work = arg;

	return record_page(txn, &KIND_UNIT, 0, NULL, (struct record_from){ .at = work->last }, work->admin->arena, list_unit, work);
}

static void end_list(struct work *work)
{
	json_close(work->out, ']');
	if (work->n > LIST_MAX)
		json_member_id(work->out, "next", work->last);
}

static int read_after(const json_t *args, struct json_writer *out, struct id *ret_after)
{
	struct span after = json_get_span(args, "after");

	return after.n && encode_id_decode(after, ret_after) ? wrong(out, "after", ERR_INVALID) : 0;
}

int admin_unit_list(struct admin *admin, const json_t *args, struct json_writer *out)
{
	struct work work = { .admin = admin, .out = out, .unit = { .dept_id = json_get_span(args, "dept") } };
	struct span status = json_get_span(args, "status");

	if (status.n && !read_status(status, &work.status))
		return wrong(out, "status", ERR_INVALID);
	TRY(read_after(args, out, &work.last));
	json_key(out, "units");
	json_open(out, '[');
	int result = store_view(admin->store, list_units, &work);
	end_list(&work);
	return result;
}

static int show_unit(struct txn *txn, void *arg)
{
	struct work *work = arg;

	return find_unit(txn, work, &work->unit);
}

int admin_unit_show(struct admin *admin, const json_t *args, struct json_writer *out)
{
	struct work work = { .admin = admin };

	TRY(read_uscc(admin, args, out, &work.unit.uscc));
	TRY(store_view(admin->store, show_unit, &work));
	write_unit(out, &work.unit);
	return 0;
}

/* ---- suspend, resume, dissolve */

static int change_unit(struct txn *txn, void *arg)
{
	struct work *work = arg;
	struct unit_actor actor = admin_actor(work->admin);
	struct unit unit;

	TRY(find_unit(txn, work, &unit));
	return unit_change(txn, &actor, &unit, work->event, json_get_span(work->args, "reason"));
}

static int run_event(struct admin *admin, const json_t *args, struct json_writer *out, enum unit_event event)
{
	struct work work = { .admin = admin, .args = args, .event = event };

	TRY(read_uscc(admin, args, out, &work.unit.uscc));
	return store_update(admin->store, change_unit, &work);
}

int admin_unit_suspend(struct admin *admin, const json_t *args, struct json_writer *out)
{
	return run_event(admin, args, out, UNIT_ON_SUSPEND);
}

int admin_unit_resume(struct admin *admin, const json_t *args, struct json_writer *out)
{
	return run_event(admin, args, out, UNIT_ON_RESUME);
}

int admin_unit_dissolve(struct admin *admin, const json_t *args, struct json_writer *out)
{
	return run_event(admin, args, out, UNIT_ON_DISSOLVE);
}

/* ---- people */

static int list_member(const void *record, void *arg)
{
	const struct membership *membership = record;
	struct work *work = arg;
	struct account account;

	if (work->n == LIST_MAX) {
		work->n++;
		return TXN_STOP;
	}
	int result = record_get(work->txn, &KIND_ACCOUNT, membership->account, work->admin->arena, &account);
	if (result)
		return result == ERR_ABSENT ? 0 : result;
	work->n++;
	work->last = membership->id;
	json_open(work->out, '{');
	json_member_id(work->out, "id", membership->id);
	json_member_id(work->out, "account", account.id);
	json_member_str(work->out, "login_name", account.login_name);
	json_member_str(work->out, "name", account.name);
	json_member_str(work->out, "role", membership->role == MEMBERSHIP_ROLE_ADMIN ? SPAN("admin") : SPAN("member"));
	json_member_str(work->out, "status", span_of(unit_state_membership_name(membership->status)));
	json_member_str(work->out, "reason", membership->reason);
	json_close(work->out, '}');
	return 0;
}

static int list_members(struct txn *txn, void *arg)
{
	struct work *work = arg;
	struct membership probe = { .status = work->status };
	struct unit unit;

	TRY(find_unit(txn, work, &unit));
	probe.unit = unit.id;
	work->txn = txn;
	return record_page(txn, &KIND_MEMBERSHIP, MEMBERSHIP_BY_UNIT, &probe, (struct record_from){ .at = work->last }, work->admin->arena, list_member, work);
}

int admin_unit_members(struct admin *admin, const json_t *args, struct json_writer *out)
{
	struct work work = { .admin = admin, .out = out, .status = MEMBERSHIP_ACTIVE };
	struct span status = json_get_span(args, "status");

	TRY(read_uscc(admin, args, out, &work.unit.uscc));
	if (status.n && !unit_state_membership_of(status, &work.status))
		return wrong(out, "status", ERR_INVALID);
	TRY(read_after(args, out, &work.last));
	json_key(out, "members");
	json_open(out, '[');
	int result = store_view(admin->store, list_members, &work);
	end_list(&work);
	return result;
}

static int read_person(struct admin *admin, const json_t *args, struct json_writer *out, struct account *account)
{
	struct span namespace = json_get_span(args, "namespace");

	account->namespace_ = span_is(namespace, "legal") ? NAMESPACE_LEGAL : NAMESPACE_NATURAL;
	if (namespace.n && !span_is(namespace, "legal") && !span_is(namespace, "natural"))
		return wrong(out, "namespace", ERR_INVALID);
	int result = normal_login_name(json_get_span(args, "login"), admin->arena, &account->login_key);
	return result > 0 ? wrong(out, "login", ERR_INVALID) : result;
}

static int find_person(struct txn *txn, const struct work *work, struct account *ret_account)
{
	return record_find(txn, &KIND_ACCOUNT, ACCOUNT_BY_LOGIN, &work->account, work->admin->arena, ret_account);
}

static int appoint(struct txn *txn, void *arg)
{
	struct work *work = arg;
	struct unit_actor actor = admin_actor(work->admin);
	struct account account;
	struct unit unit;

	TRY(find_unit(txn, work, &unit));
	TRY(find_person(txn, work, &account));
	return unit_change_appoint(txn, &actor, account.id, unit.id, work->role);
}

int admin_unit_appoint(struct admin *admin, const json_t *args, struct json_writer *out)
{
	struct work work = { .admin = admin };
	struct span role = json_get_span(args, "role");

	TRY(read_uscc(admin, args, out, &work.unit.uscc));
	TRY(read_person(admin, args, out, &work.account));
	work.role = span_is(role, "admin") ? MEMBERSHIP_ROLE_ADMIN : MEMBERSHIP_ROLE_MEMBER;
	if (role.n && !span_is(role, "admin") && !span_is(role, "member"))
		return wrong(out, "role", ERR_INVALID);
	return store_update(admin->store, appoint, &work);
}

/* ---- grants */

static int change_grant(struct txn *txn, void *arg)
{
	struct work *work = arg;
	struct unit_actor actor = admin_actor(work->admin);
	struct account account;
	struct unit unit = { .id = { { 0 } } };

	if (work->unit.uscc.n)
		TRY(find_unit(txn, work, &unit));
	TRY(find_person(txn, work, &account));
	return unit_change_grant(txn, &actor, account.id, unit.id, work->subsystem, work->grant);
}

static int run_grant(struct admin *admin, const json_t *args, struct json_writer *out, enum grant_event event)
{
	struct work work = { .admin = admin, .grant = event, .subsystem = json_get_span(args, "subsystem") };

	if (json_get_span(args, "uscc").n)
		TRY(read_uscc(admin, args, out, &work.unit.uscc));
	TRY(read_person(admin, args, out, &work.account));
	if (!work.subsystem.n)
		return wrong(out, "subsystem", ERR_FIELD_EMPTY);
	if (admin->config->subsystems.n && !config_subsystem(admin->config, work.subsystem))
		return wrong(out, "subsystem", ERR_ABSENT);
	return store_update(admin->store, change_grant, &work);
}

int admin_grant_add(struct admin *admin, const json_t *args, struct json_writer *out)
{
	return run_grant(admin, args, out, GRANT_ON_GRANT);
}

int admin_grant_revoke(struct admin *admin, const json_t *args, struct json_writer *out)
{
	return run_grant(admin, args, out, GRANT_ON_REVOKE);
}

static int list_grant(const void *record, void *arg)
{
	const struct grant *grant = record;
	struct work *work = arg;

	json_open(work->out, '{');
	json_member_str(work->out, "subsystem", grant->subsystem);
	if (id_is_set(grant->unit))
		json_member_id(work->out, "unit", grant->unit);
	json_member_str(work->out, "status", span_of(unit_state_grant_name(grant->status)));
	json_close(work->out, '}');
	return 0;
}

static int list_grants(struct txn *txn, void *arg)
{
	struct work *work = arg;
	struct account account;
	struct grant probe;

	TRY(find_person(txn, work, &account));
	probe = (struct grant){ .account = account.id };
	return record_each(txn, &KIND_GRANT, GRANT_BY_ACCOUNT, &probe, work->admin->arena, list_grant, work);
}

int admin_grant_list(struct admin *admin, const json_t *args, struct json_writer *out)
{
	struct work work = { .admin = admin, .out = out };

	TRY(read_person(admin, args, out, &work.account));
	json_key(out, "grants");
	json_open(out, '[');
	int result = store_view(admin->store, list_grants, &work);
	json_close(out, ']');
	return result;
}
