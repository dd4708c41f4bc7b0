/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/register.h"

#include "broker/base/sys.h"
#include "broker/endpoint/account_new.h"
#include "broker/endpoint/audit.h"
#include "broker/endpoint/credentials.h"
#include "broker/endpoint/event.h"
#include "broker/endpoint/realname_change.h"
#include "broker/endpoint/task.h"
#include "broker/endpoint/unit_change.h"
#include "broker/identity/normal.h"
#include "conf/config.h"

static struct span text(const struct registration *r, const char *name)
{
	return form_text(&r->form, r->values, name);
}

/* ---- made */

/* Name, phone and documents that nobody has verified are no identifiers: the number stays in the submission until it is (domain.md 1.1 a). The
 * phone is one, because its owner typed the code. */
static int make_account(struct registration *r)
{
	const struct config *config = app_of(r->rq)->config;
	struct span name = r->way->is_unit ? text(r, "unit_name") : r->way->is_expert ? text(r, "contact_name") : text(r, "name");
	bool agreed = form_row(&r->form, "agree") != NULL;

	r->account = (struct account){
		.id = sys_new_id(r->rq->now), .namespace_ = r->way->namespace_, .status = r->rules->review ? ACCOUNT_PENDING_REVIEW : ACCOUNT_ACTIVE,
		.roles = r->way->is_expert ? ACCOUNT_ROLE_EXPERT : ACCOUNT_ROLE_NONE, .login_name = text(r, "login_name"), .name = name,
		.gender = text(r, "gender"), .ethnic_code = text(r, "ethnic_code"), .id_type = text(r, "id_type"), .country = text(r, "country"),
		.id_valid_from = text(r, "id_valid_from"), .id_valid_to = text(r, "id_valid_to"), .apply_type = text(r, "apply_type"),
		.profile = r->way->is_expert ? PROFILE_EXPERT : PROFILE_NONE, .source = span_of("register"), .password_changed_at = r->rq->now,
	};
	if (register_has_proof(r)) {
		r->account.phone = r->code.phone;
		r->account.phone_confirmed_at = r->rq->now;
	}
	if (agreed) {
		r->account.agreed_at = r->rq->now;
		r->account.agreed_version = config->registration.agreement.version;
	}
	if (r->account.login_name.n)
		TRY(normal_login_name(r->account.login_name, r->rq->arena, &r->account.login_key));
	return text(r, "password").n ? credentials_hash(config, text(r, "password"), r->rq->arena, &r->account.password) : 0;
}

static void make_unit(struct registration *r)
{
	r->unit = (struct unit){
		.id = sys_new_id(r->rq->now), .created_at = r->rq->now, .uscc = text(r, "uscc"), .name = text(r, "unit_name"), .type = text(r, "unit_type"),
		.status = UNIT_REGISTERED, .dept_id = text(r, "department"), .region = text(r, "registered_region"), .rep_name = text(r, "rep_name"),
		.rep_id_type = text(r, "rep_id_type"), .rep_id_number = text(r, "rep_id_number"), .rep_phone = text(r, "rep_phone"), .since = r->rq->now,
	};
	r->account.unit = r->unit.id;
}

/* The values that the form of verification asks for, where this one has a document's number (T8: verified on the way). */
static int make_claim(struct registration *r)
{
	struct form form = form_find(app_of(r->rq)->config, realname_claim_form(&r->account));
	struct buf buf = buf_new(r->rq->arena, 256);
	struct json_writer w = json_writer(&buf);

	if (!r->rules->realname || !text(r, r->way->is_unit ? "rep_id_number" : "id_number").n)
		return 0;
	json_open(&w, '{');
	for (size_t i = 0; i < form.n; i++) {
		const struct form_field *field = form_field_of(form.rows[i].name);

		if (field)
			json_member_str(&w, field->name, text(r, field->name));
	}
	json_close(&w, '}');
	return buf_done(&buf, &r->claim);
}

int register_new_prepare(struct registration *r)
{
	TRY(make_account(r));
	if (r->way->is_unit)
		make_unit(r);
	TRY(make_claim(r));
	r->submission = (struct submission){ .id = sys_new_id(r->rq->now), .owner = r->account.id, .subject = r->account.id, .form = span_of(r->way->form),
					     .status = r->rules->review ? SUBMISSION_SUBMITTED : SUBMISSION_ACCEPTED, .created_at = r->rq->now,
					     .changed_at = r->rq->now };
	return form_json(&r->form, r->values, r->rq->arena, &r->submission.values);
}

/* ---- kept */

static int is_taken(struct txn *txn, struct registration *r, uint8_t index, struct span value, bool *ret_taken)
{
	struct account found;

	*ret_taken = false;
	if (!value.n)
		return 0;
	int result = record_find(txn, &KIND_ACCOUNT, index, &r->account, r->rq->arena, &found);
	*ret_taken = !result;
	return result == ERR_ABSENT ? 0 : result;
}

/* All that is taken, so that it is told at once. The transaction is serialisable: what is free here is free until it ends. */
static int look_for_taken(struct txn *txn, struct registration *r)
{
	struct unit found;

	r->taken_uscc = false; /* it may run again */
	TRY(is_taken(txn, r, ACCOUNT_BY_LOGIN, r->account.login_key, &r->taken_name));
	TRY(is_taken(txn, r, ACCOUNT_BY_PHONE, r->account.phone, &r->taken_phone));
	if (r->way->is_unit) {
		/* One unit for one code, whoever put it there: a second account joins through the unit's own administrator. */
		int result = record_find(txn, &KIND_UNIT, UNIT_BY_USCC, &r->unit, r->rq->arena, &found);

		if (result && result != ERR_ABSENT)
			return result;
		r->taken_uscc = !result;
	}
	return r->taken_name || r->taken_phone || r->taken_uscc ? ERR_CONFLICT : 0;
}

static int ask_for_review(struct txn *txn, struct registration *r)
{
	struct task_new task = { .kind = TASK_ACCOUNT, .queue = TASK_QUEUE_PLATFORM, .subject = r->account.id, .account = r->account.id,
				 .submission = r->submission.id, .title = r->account.name.n ? r->account.name : r->account.login_name };
	struct id id;

	return task_open(txn, &task, r->rq->now, r->rq->arena, &id);
}

int register_new_keep(struct txn *txn, void *arg)
{
	struct registration *r = arg;
	struct account account = r->account; /* copies: the transaction may run twice */
	struct unit unit = r->unit;
	struct unit_actor actor = unit_change_actor(r->rq, account.id);

	TRY(look_for_taken(txn, r));
	if (r->way->is_unit)
		TRY(unit_change_new(txn, &actor, &unit));
	TRY(account_new(txn, r->rq->now, &account));
	TRY(record_insert(txn, &KIND_SUBMISSION, &r->submission));
	if (r->rules->review)
		TRY(ask_for_review(txn, r));
	if (r->claim.n) {
		int result = realname_change_submit(txn, &actor, &account, r->claim);

		/* Nobody to ask, or asked often enough about this number: the account is made all the same, and its page says what can be done. */
		if (result && result != ERR_CLOSED && result != ERR_TOO_MANY)
			return result;
	}
	TRY(event_write_account(txn, app_of(r->rq)->config, r->rq->now, r->rq->arena, CONFIG_EVENT_USER_CREATED, &account));
	return audit_write(txn, r->rq, &(struct audit_event){ .action = "register", .actor = account.id, .client = r->interaction.client_id,
							      .detail = span_of(r->way->name) });
}
