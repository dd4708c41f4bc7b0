/* SPDX-License-Identifier: Apache-2.0 */
/*
 * staff_page - /staff: the security administrator appoints and dismisses, unlocks who entered too many wrong codes, and resets a lost second factor.
 * Nobody does any of it to themselves.
 */
#include "broker/base/encode.h"
#include "broker/endpoint/desk.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/factor.h"
#include "broker/endpoint/page.h"
#include "broker/endpoint/staff.h"
#include "broker/http/reply.h"
#include "broker/identity/normal.h"
#include "conf/config.h"

static const char *const role_words[] = { "system", "security", "audit", "reviewer", "support", "operator" };

struct staff_page {
	struct desk desk;
	json_t *staff;
	struct appointment appointment; /* what is asked for */
	struct account probe;
	bool by_login;
	struct txn *txn;
};

static int enter(struct txn *txn, struct staff_page *page)
{
	TRY(desk_load(txn, &page->desk));
	page->txn = txn;
	return task_rule_has_role(&page->desk.person.rule, STAFF_SECURITY) ? 0 : ERR_FORBIDDEN;
}

/* ---- shown */

static int add_one(const void *record, void *arg)
{
	const struct appointment *appointment = record;
	struct staff_page *page = arg;
	struct request *rq = page->desk.rq;
	const struct config_department *department = config_department(&app_of(rq)->config->departments, appointment->dept);
	struct account account;
	int result = record_get(page->txn, &KIND_ACCOUNT, appointment->account, rq->arena, &account);

	if (result)
		return result == ERR_ABSENT ? 0 : result;
	json_t *row = json_object(), *roles = json_array();
	for (size_t i = 0; i < ARRAY_LEN(role_words); i++)
		if (appointment->roles & INT64_C(1) << i) {
			json_t *role = json_object();

			page_set(role, "role", span_of(role_words[i]));
			json_array_append_new(roles, role);
		}
	json_object_set_new(row, "roles", roles);
	page_set_id(row, "account", account.id);
	page_set(row, "login_name", account.login_name);
	json_object_set_new(row, "name", json_stringn(account.name.n ? account.name.p : "", account.name.n));
	json_object_set_new(row, "disabled", json_boolean(account.status != ACCOUNT_ACTIVE));
	struct span dept = department ? page_text(rq, &department->name) : appointment->dept;
	json_object_set_new(row, "dept", dept.n ? json_stringn(dept.p, dept.n) : json_string("–"));
	json_object_set_new(row, "dept_id", json_stringn(appointment->dept.n ? appointment->dept.p : "", appointment->dept.n));
	page_set_time(row, "since", appointment->since);
	return json_array_append_new(page->staff, row) ? FAULT_MEMORY : 0;
}

static int load(struct txn *txn, void *arg)
{
	struct staff_page *page = arg;

	TRY(enter(txn, page));
	return record_scan(txn, &KIND_APPOINTMENT, (struct id){ { 0 } }, page->desk.rq->arena, add_one, page);
}

static int show(struct staff_page *page, int error)
{
	struct request *rq = page->desk.rq;
	const struct config_departments *departments = &app_of(rq)->config->departments;
	JSON *data = json_object(), *staff = json_array(), *roles = json_array(), *depts = json_array();

	page->staff = staff;
	int result = store_view(app_of(rq)->app->store, load, page);
	if (result)
		return desk_answer(rq, result, rq->path);
	TRY(session_touch(rq, &page->desk.visitor));
	desk_add(&page->desk, data);
	for (size_t i = 0; i < ARRAY_LEN(role_words); i++) {
		json_t *role = json_object();

		page_set(role, "role", span_of(role_words[i]));
		json_array_append_new(roles, role);
	}
	for (size_t i = 0; i < departments->n; i++) {
		json_t *dept = json_object();

		page_set(dept, "id", departments->items[i].id);
		page_set(dept, "name", page_text(rq, &departments->items[i].name));
		json_array_append_new(depts, dept);
	}
	page_set(data, "action", rq->path);
	json_object_set(data, "staff", staff);
	json_object_set(data, "all_roles", roles);
	json_object_set(data, "departments", depts);
	page_set_value(data, "login_name", request_param(rq, "login_name"));
	if (error)
		page_set_error(data, error, 0);
	return reply_page(rq, page_status(error), "staff", data);
}

/* ---- done */

/* Whom it is done to: a staff account, and never oneself. */
static int find(struct txn *txn, struct staff_page *page, struct account *ret_account)
{
	struct request *rq = page->desk.rq;

	TRY(enter(txn, page));
	int result = page->by_login ? record_find(txn, &KIND_ACCOUNT, ACCOUNT_BY_LOGIN, &page->probe, rq->arena, ret_account) :
				      record_get(txn, &KIND_ACCOUNT, page->appointment.account, rq->arena, ret_account);
	if (result)
		return result == ERR_ABSENT ? ERR_NO_ACCOUNT : result;
	if (ret_account->namespace_ != NAMESPACE_STAFF)
		return ERR_NO_ACCOUNT;
	return id_eq(ret_account->id, page->desk.person.rule.account) ? ERR_FORBIDDEN : 0;
}

static struct unit_actor actor_of(const struct staff_page *page)
{
	return unit_change_actor(page->desk.rq, page->desk.person.rule.account);
}

static int appoint(struct txn *txn, void *arg)
{
	struct staff_page *page = arg;
	struct appointment appointment = page->appointment;
	struct account account;

	TRY(find(txn, page, &account));
	const struct unit_actor actor = actor_of(page);
	appointment.account = account.id;
	return staff_appoint(txn, &actor, &appointment);
}

static int dismiss(struct txn *txn, void *arg)
{
	struct staff_page *page = arg;
	struct account account;
	size_t n;

	TRY(find(txn, page, &account));
	const struct unit_actor actor = actor_of(page);
	return staff_dismiss_in(txn, &actor, account.id, page->appointment.dept, &n);
}

static int unlock(struct txn *txn, void *arg)
{
	struct staff_page *page = arg;
	struct request *rq = page->desk.rq;
	struct account account;

	TRY(find(txn, page, &account));
	struct factor_tries tries = factor_tries(app_of(rq)->config, account.id);
	TRY(factor_tries_forget(txn, &tries, rq->now));
	return audit_write(txn, rq, &(struct audit_event){ .action = "staff.unlock", .actor = page->desk.person.rule.account, .subject = span_of(tries.who) });
}

static int reset(struct txn *txn, void *arg)
{
	struct staff_page *page = arg;
	struct account account;

	TRY(find(txn, page, &account));
	const struct unit_actor actor = actor_of(page);
	return staff_reset(txn, &actor, &account);
}

static const struct {
	const char *name;
	store_fn *fn;
} acts[] = { { "appoint", appoint }, { "dismiss", dismiss }, { "unlock", unlock }, { "reset", reset } };

static int read_roles(struct request *rq, int64_t *ret_roles)
{
	const struct span *values;
	size_t n = request_params(rq, "role", &values);
	int64_t roles = 0;

	for (size_t i = 0; i < n; i++) {
		int64_t role;

		TRY(staff_roles_of(values[i], &role));
		roles |= role;
	}
	*ret_roles = roles;
	return roles ? 0 : ERR_FIELD_EMPTY;
}

static int act(struct staff_page *page)
{
	struct request *rq = page->desk.rq;
	struct span what = request_param(rq, "do");

	page->appointment.dept = request_param(rq, "dept");
	page->by_login = span_is(what, "appoint");
	if (page->by_login) {
		if (page->appointment.dept.n && !config_department(&app_of(rq)->config->departments, page->appointment.dept))
			return ERR_INVALID_REQUEST;
		page->probe.namespace_ = NAMESPACE_STAFF;
		int result = normal_login_name(request_param(rq, "login_name"), rq->arena, &page->probe.login_key);
		if (!result)
			result = read_roles(rq, &page->appointment.roles);
		if (result)
			return result < 0 ? result : show(page, result == ERR_FIELD_EMPTY ? result : ERR_NO_ACCOUNT);
	} else if (encode_id_decode(request_param(rq, "account"), &page->appointment.account)) {
		return ERR_INVALID_REQUEST;
	}
	for (size_t i = 0; i < ARRAY_LEN(acts); i++)
		if (span_is(what, acts[i].name)) {
			int result = store_update(app_of(rq)->app->store, acts[i].fn, page);

			if (result == ERR_NO_ACCOUNT || result == ERR_CONFLICT || (result == ERR_FORBIDDEN && page->desk.visitor.has_session))
				return show(page, result == ERR_CONFLICT ? ERR_ROLES : result);
			return result ? desk_answer(rq, result, rq->path) : reply_redirect(rq, rq->path);
		}
	return ERR_INVALID_REQUEST;
}

int endpoint_staff(struct request *rq)
{
	struct staff_page *page = arena_new_of(rq->arena, struct staff_page);

	if (!page)
		return FAULT_MEMORY;
	page->desk.rq = rq;
	return rq->method == METHOD_GET ? show(page, 0) : act(page);
}
