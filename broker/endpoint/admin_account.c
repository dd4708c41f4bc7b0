/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/encode.h"
#include "broker/base/sys.h"
#include "broker/endpoint/account_new.h"
#include "broker/endpoint/admin.h"
#include "broker/endpoint/audit.h"
#include "broker/endpoint/credentials.h"
#include "broker/endpoint/event.h"
#include "broker/endpoint/realname_change.h"
#include "broker/endpoint/session_end.h"
#include "broker/identity/normal.h"

/* ---- words for enums, both ways */

struct word {
	const char *text;
	int value;
};

static const struct word namespaces[] = { { "natural", NAMESPACE_NATURAL }, { "legal", NAMESPACE_LEGAL }, { "staff", NAMESPACE_STAFF }, { NULL, 0 } };
static const struct word statuses[] = { { "active", ACCOUNT_ACTIVE }, { "pending_review", ACCOUNT_PENDING_REVIEW }, { "rejected", ACCOUNT_REJECTED },
					{ "disabled", ACCOUNT_DISABLED }, { "closed", ACCOUNT_CLOSED }, { NULL, 0 } };

static int value_of(const struct word *words, struct span text, int otherwise)
{
	if (!text.n)
		return otherwise;
	for (; words->text; words++)
		if (span_is(text, words->text))
			return words->value;
	return 0;
}

static const char *text_of(const struct word *words, int value)
{
	for (; words->text; words++)
		if (words->value == value)
			return words->text;
	return "unknown";
}

static int wrong(struct json_writer *out, const char *field, int error)
{
	json_member_str(out, "field", span_of(field));
	return error;
}

/* ---- accounts */

struct account_change {
	struct admin *admin;
	struct account account;
	struct span uscc;
	int64_t level; /* of the real name; -1: as it is */
};

/* The operator vouches for the person, or takes that back. -1: says nothing of it. */
static int set_level(struct txn *txn, struct admin *admin, struct account *account, int64_t level)
{
	const struct unit_actor actor = admin_actor(admin);

	if (level > 0)
		return realname_change_vouched(txn, &actor, account, level, SPAN("operator"));
	if (level < 0)
		return 0;
	TRY(realname_change_edited(txn, &actor, account));
	return record_put(txn, &KIND_ACCOUNT, account);
}

static int insert_account(struct txn *txn, void *arg)
{
	struct account_change *change = arg;
	struct unit probe = { .uscc = change->uscc }, unit;

	if (change->uscc.n) {
		TRY(record_find(txn, &KIND_UNIT, UNIT_BY_USCC, &probe, change->admin->arena, &unit));
		change->account.unit = unit.id;
	}
	struct account account = change->account;
	TRY(account_new(txn, change->admin->now, &account));
	TRY(event_write_account(txn, change->admin->config, change->admin->now, change->admin->arena, CONFIG_EVENT_USER_CREATED, &account));
	TRY(set_level(txn, change->admin, &account, change->level));
	return audit_write_operator(txn, change->admin->now, &(struct audit_event){ .action = "account.add", .actor = account.id });
}

/* Optional members, each checked and put where it belongs. */
static int read_members(struct admin *admin, const json_t *args, struct json_writer *out, struct account *account, int64_t *ret_level)
{
	struct span phone = json_get_span(args, "phone"), email = json_get_span(args, "email"), shown;
	int64_t level = -1;

	if (phone.n) {
		int result = normal_phone(phone, admin->arena, &account->phone);

		if (result)
			return result < 0 ? result : wrong(out, "phone", ERR_PHONE);
		account->phone_confirmed_at = admin->now;
	}
	int result = email.n ? normal_email(email, admin->arena, &shown, &account->email) : 0;
	if (result)
		return result < 0 ? result : wrong(out, "email", ERR_INVALID);
	if (json_get_span(args, "name").n)
		account->name = json_get_span(args, "name");
	if (json_object_get(args, "realname_level") && (!json_get_i64(args, "realname_level", &level) || level < 0 || level > 3))
		return wrong(out, "realname_level", ERR_INVALID);
	*ret_level = level;
	account->status = value_of(statuses, json_get_span(args, "status"), account->status);
	return account->status ? 0 : wrong(out, "status", ERR_INVALID);
}

static int read_password(struct admin *admin, const json_t *args, struct account *account)
{
	struct span password = json_get_span(args, "password"), hash;

	if (!password.n)
		return 0;
	TRY(credentials_hash(admin->config, password, admin->arena, &hash));
	credentials_set(account, hash, admin->now);
	return 0;
}

int admin_account_add(struct admin *admin, const json_t *args, struct json_writer *out)
{
	struct account_change change = { .admin = admin, .account = { .id = sys_new_id(admin->now), .status = ACCOUNT_ACTIVE, .source = SPAN("cli"),
								      .login_name = json_get_span(args, "login_name") } };
	struct account *account = &change.account;
	char id[37];

	account->namespace_ = value_of(namespaces, json_get_span(args, "namespace"), NAMESPACE_NATURAL);
	if (!account->namespace_)
		return wrong(out, "namespace", ERR_INVALID);
	int result = account->login_name.n ? normal_login_name(account->login_name, admin->arena, &account->login_key) : 0;
	if (result)
		return result < 0 ? result : wrong(out, "login_name", ERR_LOGIN_NAME_RULE);
	TRY(read_members(admin, args, out, account, &change.level));
	if (!account->login_name.n && !account->phone.n)
		return wrong(out, "login_name", ERR_FIELD_EMPTY);
	TRY(read_password(admin, args, account));
	change.uscc = json_get_span(args, "unit");
	if (account->namespace_ == NAMESPACE_LEGAL && !change.uscc.n)
		return wrong(out, "unit", ERR_FIELD_EMPTY);
	if (account->namespace_ != NAMESPACE_LEGAL && change.uscc.n) /* people belong to units by membership */
		return wrong(out, "unit", ERR_INVALID);
	result = store_update(admin->store, insert_account, &change);
	if (result == ERR_CONFLICT)
		return wrong(out, "login_name", ERR_EXISTS);
	if (result == ERR_ABSENT)
		return wrong(out, "unit", ERR_ABSENT);
	TRY(result);
	encode_id(id, account->id);
	json_member_str(out, "id", span_of(id));
	return 0;
}

static int find_account(struct txn *txn, void *arg)
{
	struct account_change *change = arg;

	return record_find(txn, &KIND_ACCOUNT, ACCOUNT_BY_LOGIN, &change->account, change->admin->arena, &change->account);
}

static int name_account(struct admin *admin, const json_t *args, struct json_writer *out, struct account_change *change)
{
	*change = (struct account_change){ .admin = admin };
	change->account.namespace_ = value_of(namespaces, json_get_span(args, "namespace"), NAMESPACE_NATURAL);
	if (!change->account.namespace_)
		return wrong(out, "namespace", ERR_INVALID);
	int result = normal_login_name(json_get_span(args, "login_name"), admin->arena, &change->account.login_key);
	return result > 0 ? wrong(out, "login_name", ERR_INVALID) : result;
}

int admin_account_show(struct admin *admin, const json_t *args, struct json_writer *out)
{
	struct account_change change;
	char id[37];

	TRY(name_account(admin, args, out, &change));
	TRY(store_view(admin->store, find_account, &change));
	const struct account *account = &change.account;
	encode_id(id, account->id);
	json_member_str(out, "id", span_of(id));
	json_member_str(out, "namespace", span_of(text_of(namespaces, account->namespace_)));
	json_member_str(out, "login_name", account->login_name);
	json_member_str(out, "status", span_of(text_of(statuses, account->status)));
	json_member_str(out, "source", account->source);
	json_member_bool(out, "has_password", account->password.n > 0);
	json_member_str(out, "legacy_scheme", account->legacy_scheme);
	json_member_int(out, "realname_level", account->realname_status == REALNAME_VERIFIED ? account->realname_level : 0);
	encode_id(id, account->identity);
	json_member_str(out, "identity", span_of(id));
	return 0;
}

struct setting {
	struct admin *admin;
	const json_t *args;
	struct account_change name;
	struct account password; /* the hash that was made before, and what goes with it */
};

static int tell_change(struct txn *txn, struct admin *admin, const struct account *account, int status_before, bool has_new_password)
{
	enum config_event event = account->status == ACCOUNT_ACTIVE ? CONFIG_EVENT_USER_ENABLED : CONFIG_EVENT_USER_DISABLED;

	if (account->status != status_before)
		TRY(event_write_account(txn, admin->config, admin->now, admin->arena, event, account));
	return has_new_password ? event_write_account(txn, admin->config, admin->now, admin->arena, CONFIG_EVENT_PASSWORD_CHANGED, account) : 0;
}

/* On the record as it is now: a login or a logout beside it may have changed other members. */
static int change_account(struct txn *txn, void *arg)
{
	const struct setting *setting = arg;
	struct admin *admin = setting->admin;
	struct account_change current = setting->name;
	struct account *account = &current.account;
	const struct unit_actor actor = admin_actor(admin);
	struct buf ignored = buf_new(admin->arena, 64);
	struct json_writer out = json_writer(&ignored);

	TRY(find_account(txn, &current));
	int status = account->status;
	TRY(read_members(admin, setting->args, &out, account, &current.level));
	if (setting->password.password.n)
		credentials_set(account, setting->password.password, setting->password.password_changed_at);
	if (setting->password.password.n || account->status != status)
		TRY(session_end_all(txn, &actor, account, admin->now));
	TRY(record_put(txn, &KIND_ACCOUNT, account));
	TRY(set_level(txn, admin, account, current.level));
	TRY(tell_change(txn, admin, account, status, setting->password.password.n > 0));
	return audit_write_operator(txn, admin->now,
				    &(struct audit_event){ .action = setting->password.password.n ? "account.password" : "account.set", .actor = account->id,
							   .detail = span_of(text_of(statuses, account->status)) });
}

/* Change what is given; a new password or a status that closes the door ends what is open. */
int admin_account_set(struct admin *admin, const json_t *args, struct json_writer *out)
{
	struct setting setting = { .admin = admin, .args = args };
	struct account trial = { .status = ACCOUNT_ACTIVE };

	TRY(name_account(admin, args, out, &setting.name));
	TRY(read_members(admin, args, out, &trial, &setting.name.level)); /* says which member is wrong */
	TRY(read_password(admin, args, &setting.password));
	int result = store_update(admin->store, change_account, &setting);
	return result == ERR_CONFLICT ? wrong(out, trial.phone.n ? "phone" : "email", ERR_EXISTS) : result;
}

/* "Log out everywhere": everything that began before now is dead. */
static int end_sessions(struct txn *txn, void *arg)
{
	struct account_change *change = arg;
	struct account_change current = *change;
	const struct unit_actor actor = admin_actor(change->admin);

	TRY(find_account(txn, &current));
	TRY(session_end_all(txn, &actor, &current.account, actor.now));
	TRY(record_put(txn, &KIND_ACCOUNT, &current.account));
	return audit_write_operator(txn, change->admin->now, &(struct audit_event){ .action = "session.end", .actor = current.account.id });
}

int admin_session_end(struct admin *admin, const json_t *args, struct json_writer *out)
{
	struct account_change change;

	TRY(name_account(admin, args, out, &change));
	return store_update(admin->store, end_sessions, &change);
}
