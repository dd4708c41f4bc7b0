/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_staff - staff accounts from the command line: made, appointed, dismissed. There is no default account (security.md rule 16): the first one
 * is made here, with a password that lives for days and is replaced, with a second factor set up, at the first login.
 */
#include "broker/base/encode.h"
#include "broker/base/sys.h"
#include "broker/endpoint/account_new.h"
#include "broker/endpoint/admin.h"
#include "broker/endpoint/credentials.h"
#include "broker/endpoint/staff.h"
#include "broker/identity/normal.h"
#include "broker/store/records_staff.h"
#include "conf/config.h"

struct staff_change {
	struct admin *admin;
	struct account account; /* new, or the probe and then what was found */
	struct appointment appointment;
	size_t n;
};

static int wrong(struct json_writer *out, const char *field, int error)
{
	json_member_str(out, "field", span_of(field));
	return error;
}

static int read_roles(const json_t *args, struct json_writer *out, struct appointment *appointment)
{
	appointment->dept = json_get_span(args, "dept");
	int result = staff_roles_of(json_get_span(args, "roles"), &appointment->roles);
	if (!result)
		result = staff_roles_agree(appointment->roles, appointment->dept);
	return result ? wrong(out, "roles", result) : 0;
}

/* Of the staff, where nothing else is said. */
static int read_namespace(const json_t *args, int *ret_namespace)
{
	static const struct {
		const char *name;
		int value;
	} rows[] = { { "", NAMESPACE_STAFF }, { "staff", NAMESPACE_STAFF }, { "natural", NAMESPACE_NATURAL }, { "legal", NAMESPACE_LEGAL } };
	struct span name = json_get_span(args, "namespace");

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (span_is(name, rows[i].name)) {
			*ret_namespace = rows[i].value;
			return 0;
		}
	return ERR_INVALID;
}

static int read_login(struct admin *admin, const json_t *args, struct json_writer *out, struct staff_change *change)
{
	*change = (struct staff_change){ .admin = admin, .account = { .namespace_ = NAMESPACE_STAFF, .login_name = json_get_span(args, "login_name") } };
	int result = normal_login_name(change->account.login_name, admin->arena, &change->account.login_key);

	return result > 0 ? wrong(out, "login_name", ERR_LOGIN_NAME_RULE) : result;
}

/* ---- create */

/* Twenty letters and digits of the base32 alphabet: 100 bits. */
static int make_password(struct admin *admin, struct span *ret_password)
{
	struct buf buf = buf_new(admin->arena, 24);
	unsigned char random[12];

	sys_random(random, sizeof random);
	encode_base32(&buf, (struct span){ (const char *)random, sizeof random });
	explicit_bzero(random, sizeof random);
	return buf_done(&buf, ret_password);
}

static int create(struct txn *txn, void *arg)
{
	struct staff_change *change = arg;
	struct account account = change->account;

	TRY(account_new(txn, change->admin->now, &account));
	TRY(audit_write_operator(txn, change->admin->now, &(struct audit_event){ .action = "account.add", .actor = account.id, .detail = SPAN("staff") }));
	if (!change->appointment.roles)
		return 0;
	change->appointment.account = account.id;
	const struct unit_actor actor = admin_actor(change->admin);
	return staff_appoint(txn, &actor, &change->appointment);
}

static int give_password(struct admin *admin, const json_t *args, struct json_writer *out, struct account *account)
{
	struct span password = json_get_span(args, "password"), hash;
	bool made = password.n == 0;

	if (made)
		TRY(make_password(admin, &password));
	TRY(credentials_hash(admin->config, password, admin->arena, &hash));
	credentials_set(account, hash, admin->now);
	account->password_until = instant_add(admin->now, admin->config->staff.first_password_life);
	if (made)
		json_member_str(out, "password", password); /* told once, to who asked */
	return 0;
}

int admin_staff_create(struct admin *admin, const json_t *args, struct json_writer *out)
{
	struct staff_change change;
	char id[37];

	TRY(read_login(admin, args, out, &change));
	if (json_get_span(args, "roles").n)
		TRY(read_roles(args, out, &change.appointment));
	struct account *account = &change.account;
	account->id = sys_new_id(admin->now);
	account->status = ACCOUNT_ACTIVE;
	account->source = SPAN("cli");
	account->name = json_get_span(args, "name");
	TRY(give_password(admin, args, out, account));
	int result = store_update(admin->store, create, &change);
	if (result == ERR_CONFLICT)
		return wrong(out, "login_name", ERR_EXISTS);
	TRY(result);
	encode_id(id, account->id);
	json_member_str(out, "id", span_of(id));
	return 0;
}

/* ---- appoint, dismiss, reset */

static int find(struct txn *txn, struct staff_change *change)
{
	return record_find(txn, &KIND_ACCOUNT, ACCOUNT_BY_LOGIN, &change->account, change->admin->arena, &change->account);
}

static int appoint(struct txn *txn, void *arg)
{
	struct staff_change *change = arg;

	TRY(find(txn, change));
	change->appointment.account = change->account.id;
	const struct unit_actor actor = admin_actor(change->admin);
	return staff_appoint(txn, &actor, &change->appointment);
}

int admin_staff_appoint(struct admin *admin, const json_t *args, struct json_writer *out)
{
	struct staff_change change;

	TRY(read_login(admin, args, out, &change));
	TRY(read_roles(args, out, &change.appointment));
	int result = store_update(admin->store, appoint, &change);
	return result == ERR_ABSENT ? wrong(out, "login_name", result) : result == ERR_CONFLICT ? wrong(out, "roles", result) : result;
}

static int dismiss(struct txn *txn, void *arg)
{
	struct staff_change *change = arg;

	TRY(find(txn, change));
	const struct unit_actor actor = admin_actor(change->admin);
	return staff_dismiss(txn, &actor, change->account.id, change->appointment.dept,
			     &change->n);
}

int admin_staff_dismiss(struct admin *admin, const json_t *args, struct json_writer *out)
{
	struct staff_change change;

	TRY(read_login(admin, args, out, &change));
	change.appointment.dept = json_get_span(args, "dept");
	int result = store_update(admin->store, dismiss, &change);
	if (result)
		return result == ERR_ABSENT ? wrong(out, "login_name", result) : result;
	json_member_int(out, "dismissed", (int64_t)change.n);
	return 0;
}

static int reset(struct txn *txn, void *arg)
{
	struct staff_change *change = arg, given = *change; /* what was given is kept for another run */

	TRY(find(txn, &given));
	if (change->account.password.n) {
		credentials_set(&given.account, change->account.password, change->account.password_changed_at);
		given.account.password_until = change->account.password_until;
	}
	const struct unit_actor actor = admin_actor(change->admin);
	return staff_reset(txn, &actor, &given.account);
}

int admin_staff_reset(struct admin *admin, const json_t *args, struct json_writer *out)
{
	struct staff_change change;

	bool gives = json_get_bool(args, "new_password", false) || json_get_span(args, "password").n;

	TRY(read_login(admin, args, out, &change));
	int wanted = read_namespace(args, &change.account.namespace_);
	if (wanted)
		return wrong(out, "namespace", wanted);
	if (gives && change.account.namespace_ != NAMESPACE_STAFF) /* a first password is the staff's; others have "account set", or recover theirs */
		return wrong(out, "new_password", ERR_INVALID);
	if (gives)
		TRY(give_password(admin, args, out, &change.account));
	int result = store_update(admin->store, reset, &change);
	return result == ERR_ABSENT ? wrong(out, "login_name", result) : result;
}

/* ---- list */

struct listing {
	struct txn *txn;
	struct admin *admin;
	struct json_writer *out;
};

static int list_one(const void *record, void *arg)
{
	const struct appointment *appointment = record;
	struct listing *listing = arg;
	struct json_writer *w = listing->out;
	struct account account;
	struct span roles;

	int result = record_get(listing->txn, &KIND_ACCOUNT, appointment->account, listing->admin->arena, &account);
	if (result)
		return result == ERR_ABSENT ? 0 : result;
	TRY(staff_roles_text(appointment->roles, listing->admin->arena, &roles));
	json_open(w, '{');
	json_member_str(w, "login_name", account.login_name);
	json_member_str(w, "name", account.name);
	json_member_str(w, "roles", roles);
	json_member_str(w, "dept", appointment->dept);
	json_member_str(w, "status", account.status == ACCOUNT_ACTIVE ? SPAN("active") : SPAN("disabled"));
	json_close(w, '}');
	return 0;
}

static int list(struct txn *txn, void *arg)
{
	struct listing *listing = arg;

	listing->txn = txn;
	return record_scan(txn, &KIND_APPOINTMENT, (struct id){ { 0 } }, listing->admin->arena, list_one, listing);
}

int admin_staff_list(struct admin *admin, const json_t *args, struct json_writer *out)
{
	struct listing listing = { .admin = admin, .out = out };

	json_key(out, "staff");
	json_open(out, '[');
	TRY(store_view(admin->store, list, &listing));
	json_close(out, ']');
	return 0;
}
