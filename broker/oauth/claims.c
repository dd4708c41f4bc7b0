/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/oauth/claims.h"

#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "broker/base/json.h"
#include "broker/store/records_account.h"
#include "broker/store/records_unit.h"
#include "conf/config_client.h"
#include "keys/digest.h"

int claims_subject(const struct seal_ring *ring, const struct config_client *client, struct id identity,
		   char ret_sub[CLAIMS_SUB + 1])
{
	struct id alias;

	if (client->subject != CONFIG_SUBJECT_PAIRWISE) {
		encode_id(ret_sub, identity);
		return 0;
	}
	TRY(seal_alias(ring, "pairwise", client->sector, identity, &alias));
	encode_base64url_text(ret_sub, (struct span){ (const char *)alias.b, sizeof alias.b });
	return 0;
}

int claims_subject_read(const struct seal_ring *ring, const struct config_client *client, struct span sub, struct id *ret_identity)
{
	struct id alias;

	if (client->subject != CONFIG_SUBJECT_PAIRWISE)
		return encode_id_decode(sub, ret_identity);
	TRY(encode_base64url_bytes(sub, (unsigned char *)alias.b, sizeof alias.b));
	return seal_alias_open(ring, "pairwise", client->sector, alias, ret_identity);
}

int claims_id_hash(const struct config_client *client, const struct account *account, char ret_hash[CLAIMS_SUB + 1])
{
	unsigned char mac[32];

	if (!client->secret.bytes.n || account->realname_status != REALNAME_VERIFIED || !account->id_number.n)
		return ERR_ABSENT;
	TRY(digest_hmac(DIGEST_SM3, client->secret.bytes, mac, account->id_type, SPAN("|"), account->id_number));
	encode_base64url_text(ret_hash, (struct span){ (char *)mac, sizeof mac });
	return 0;
}

/* ---- texts of enumerators */

static struct span text_at(const char *const *texts, size_t n, int value)
{
	return span_of(value >= 0 && (size_t)value < n ? texts[value] : NULL);
}
#define TEXT_AT(texts, value) text_at((texts), ARRAY_LEN(texts), (value))

static const char *const account_statuses[] = {
	[ACCOUNT_ACTIVE] = "active", [ACCOUNT_PENDING_REVIEW] = "pending_review", [ACCOUNT_REJECTED] = "rejected",
	[ACCOUNT_DISABLED] = "disabled", [ACCOUNT_CLOSED] = "closed",
};
static const char *const realname_statuses[] = {
	[REALNAME_NONE] = "none", [REALNAME_CHECKING] = "checking", [REALNAME_FAILED] = "failed", [REALNAME_DEFERRED] = "deferred",
	[REALNAME_MANUAL_PENDING] = "manual_pending", [REALNAME_VERIFIED] = "verified", [REALNAME_EXPIRED] = "expired",
};
static const char *const unit_statuses[] = {
	[UNIT_REGISTERED] = "registered", [UNIT_NEEDS_SUPPLEMENT] = "needs_supplement", [UNIT_PENDING_DEPT] = "pending_dept",
	[UNIT_EFFECTIVE] = "effective", [UNIT_SUSPENDED] = "suspended", [UNIT_DISSOLVED] = "dissolved",
};
static const char *const membership_statuses[] = {
	[MEMBERSHIP_NONE] = "none", [MEMBERSHIP_PENDING_ADMIN] = "pending_admin", [MEMBERSHIP_ACTIVE] = "active", [MEMBERSHIP_ENDED] = "ended",
};
static const char *const membership_roles[] = { [MEMBERSHIP_ROLE_MEMBER] = "member", [MEMBERSHIP_ROLE_ADMIN] = "admin" };

const char *claims_user_type(const struct account *account)
{
	if (account->namespace_ == NAMESPACE_LEGAL)
		return "legal";
	if (account->namespace_ == NAMESPACE_STAFF)
		return "staff";
	/* An expert who also declares projects is a natural person with a role. */
	return account->roles == ACCOUNT_ROLE_EXPERT ? "expert" : "natural";
}

void claims_write_masked_number(struct buf *buf, struct span id_number)
{
	for (size_t i = 0; i < id_number.n; i++)
		buf_char(buf, i == 0 || i == id_number.n - 1 ? id_number.p[i] : '*');
}

/* ---- one function a claim that is more than a text */

static bool is_verified(const struct claims_person *p)
{
	return p->account->realname_status == REALNAME_VERIFIED;
}

static void write_acr(struct json_writer *w, const char *name, const struct claims_person *p)
{
	char digit = (char)('0' + (p->acr >= 0 && p->acr <= 9 ? p->acr : 0));

	json_member_str(w, name, (struct span){ &digit, 1 });
}

static void write_amr(struct json_writer *w, const char *name, const struct claims_person *p)
{
	if (p->amr.n == 0)
		return;
	json_key(w, name);
	json_open(w, '[');
	for (size_t i = 0; i < p->amr.n; i++)
		json_str(w, p->amr.items[i]);
	json_close(w, ']');
}

static void write_auth_time(struct json_writer *w, const char *name, const struct claims_person *p)
{
	if (instant_is_set(p->auth_time))
		json_member_int(w, name, p->auth_time.ms / MS_SECOND);
}

static void write_user_type(struct json_writer *w, const char *name, const struct claims_person *p)
{
	json_member_str(w, name, span_of(claims_user_type(p->account)));
}

static void write_account_status(struct json_writer *w, const char *name, const struct claims_person *p)
{
	json_member_str(w, name, TEXT_AT(account_statuses, p->account->status));
}

static void write_preferred_username(struct json_writer *w, const char *name, const struct claims_person *p)
{
	json_member_str(w, name, p->account->login_name);
}

static void write_real_name(struct json_writer *w, const char *name, const struct claims_person *p)
{
	json_key(w, name);
	json_open(w, '{');
	json_member_str(w, "status", TEXT_AT(realname_statuses, p->account->realname_status));
	if (is_verified(p)) {
		json_member_int(w, "level", p->account->realname_level);
		json_member_str(w, "method", p->account->realname_method);
		if (instant_is_set(p->account->realname_at))
			json_member_int(w, "at", p->account->realname_at.ms / MS_SECOND);
	}
	json_close(w, '}');
}

static void write_name(struct json_writer *w, const char *name, const struct claims_person *p)
{
	json_member_str(w, name, p->account->name);
}

static void write_email(struct json_writer *w, const char *name, const struct claims_person *p)
{
	json_member_str(w, name, p->account->email);
}

/* Only confirmed ones are ever kept in the account (records.h). */
static void write_email_verified(struct json_writer *w, const char *name, const struct claims_person *p)
{
	if (p->account->email.n)
		json_member_bool(w, name, true);
}

static void write_phone(struct json_writer *w, const char *name, const struct claims_person *p)
{
	json_member_str(w, name, p->account->phone);
}

static void write_phone_verified(struct json_writer *w, const char *name, const struct claims_person *p)
{
	if (p->account->phone.n)
		json_member_bool(w, name, true);
}

static void write_id_type(struct json_writer *w, const char *name, const struct claims_person *p)
{
	json_member_str(w, name, p->account->id_type);
}

static void write_id_number_masked(struct json_writer *w, const char *name, const struct claims_person *p)
{
	if (p->account->id_number.n == 0)
		return;
	json_key(w, name);
	buf_char(w->buf, '"');
	/* normalised: upper-case letters and digits, at least two bytes */
	claims_write_masked_number(w->buf, p->account->id_number);
	buf_char(w->buf, '"');
	w->comma = true;
}

static void write_gender(struct json_writer *w, const char *name, const struct claims_person *p)
{
	json_member_str(w, name, p->account->gender);
}

static void write_ethnic_code(struct json_writer *w, const char *name, const struct claims_person *p)
{
	json_member_str(w, name, p->account->ethnic_code);
}

static void write_id_hash(struct json_writer *w, const char *name, const struct claims_person *p)
{
	json_member_str(w, name, p->id_hash);
}

static void write_org(struct json_writer *w, const char *name, const struct claims_person *p)
{
	char id[37];

	if (!p->unit)
		return;
	encode_id(id, p->unit->id);
	json_key(w, name);
	json_open(w, '{');
	json_member_str(w, "id", span_of(id));
	json_member_str(w, "uscc", p->unit->uscc);
	json_member_str(w, "name", p->unit->name);
	json_member_str(w, "type", p->unit->type);
	json_member_str(w, "status", TEXT_AT(unit_statuses, p->unit->status));
	json_member_str(w, "dept_id", p->unit->dept_id);
	json_member_str(w, "region", p->unit->region);
	json_close(w, '}');
}

/* A legal account is its unit's own: what its handler does, the unit's administrator does (domain.md, glossary). */
static void write_org_role(struct json_writer *w, const char *name, const struct claims_person *p)
{
	if (p->unit && p->account->namespace_ == NAMESPACE_LEGAL)
		json_member_str(w, name, SPAN("admin"));
	else if (p->unit && p->membership && p->membership->status == MEMBERSHIP_ACTIVE)
		json_member_str(w, name, TEXT_AT(membership_roles, p->membership->role));
}

static void write_membership_status(struct json_writer *w, const char *name, const struct claims_person *p)
{
	if (p->unit && p->account->namespace_ == NAMESPACE_LEGAL)
		json_member_str(w, name, SPAN("active"));
	else if (p->unit && p->membership)
		json_member_str(w, name, TEXT_AT(membership_statuses, p->membership->status));
}

/* RFC 8693 4.1: the acting party. Whom the person acts for stands in `org`, since `sub` never is a unit (design.md 3). */
static void write_act(struct json_writer *w, const char *name, const struct claims_person *p)
{
	if (!p->unit || p->account->namespace_ == NAMESPACE_LEGAL)
		return;
	json_key(w, name);
	json_open(w, '{');
	json_member_str(w, "sub", p->sub);
	json_close(w, '}');
}

static void write_subsystems(struct json_writer *w, const char *name, const struct claims_person *p)
{
	json_key(w, name);
	json_open(w, '[');
	for (size_t i = 0; i < p->n_subsystems; i++)
		json_str(w, p->subsystems[i]);
	json_close(w, ']');
}

static void write_legacy(struct json_writer *w, const char *name, const struct claims_person *p)
{
	json_key(w, name);
	json_open(w, '[');
	for (size_t i = 0; i < p->n_legacy; i++) {
		json_open(w, '{');
		json_member_str(w, "system", p->legacy[i].system);
		json_member_str(w, "account_id", p->legacy[i].account_id);
		json_member_str(w, "account_type", p->legacy[i].account_type);
		json_close(w, '}');
	}
	json_close(w, ']');
}

/* ---- the table: domain.md 1.6 in its order; "sub" stands before it in every answer */

struct claims_row {
	const char *name;
	const char *scopes[2]; /* any of them releases it */
	unsigned needs;        /* enum claims_need */
	void (*write)(struct json_writer *w, const char *name, const struct claims_person *person);
};

static const struct claims_row rows[] = {
	{ "acr", { "openid" }, 0, write_acr },
	{ "amr", { "openid" }, 0, write_amr },
	{ "auth_time", { "openid" }, 0, write_auth_time },
	{ "user_type", { "openid" }, 0, write_user_type },
	{ "preferred_username", { "openid" }, 0, write_preferred_username },
	{ "account_status", { "openid" }, 0, write_account_status },
	{ "real_name", { "openid" }, 0, write_real_name },
	{ "name", { "profile", "realname" }, 0, write_name },
	{ "email", { "email" }, 0, write_email },
	{ "email_verified", { "email" }, 0, write_email_verified },
	{ "phone_number", { "phone" }, 0, write_phone },
	{ "phone_number_verified", { "phone" }, 0, write_phone_verified },
	{ "id_type", { "realname" }, 0, write_id_type },
	{ "id_number_masked", { "realname" }, 0, write_id_number_masked },
	{ "gender", { "realname" }, 0, write_gender },
	{ "ethnic_code", { "realname" }, 0, write_ethnic_code },
	{ "id_hash", { "idhash" }, CLAIMS_ID_HASH, write_id_hash },
	{ "org", { "org" }, CLAIMS_UNIT, write_org },
	{ "org_role", { "org" }, CLAIMS_UNIT, write_org_role },
	{ "membership_status", { "org" }, CLAIMS_UNIT, write_membership_status },
	{ "act", { "org" }, CLAIMS_UNIT, write_act },
	{ "subsystems", { "grants" }, CLAIMS_GRANTS, write_subsystems },
	{ "legacy", { "legacy" }, CLAIMS_LEGACY, write_legacy },
};

const char *claims_at(size_t i)
{
	if (i == 0)
		return "sub";
	return i <= ARRAY_LEN(rows) ? rows[i - 1].name : NULL;
}

static bool is_released(const struct claims_row *row, const struct text_list *scopes)
{
	for (size_t i = 0; i < ARRAY_LEN(row->scopes) && row->scopes[i]; i++)
		if (scope_has(scopes, span_of(row->scopes[i])))
			return true;
	return false;
}

unsigned claims_needs(const struct text_list *scopes)
{
	unsigned needs = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (is_released(&rows[i], scopes))
			needs |= rows[i].needs;
	return needs;
}

void claims_write(struct buf *buf, const struct claims_person *person, const struct text_list *scopes)
{
	struct json_writer w = json_writer(buf);

	json_open(&w, '{');
	json_member_str(&w, "sub", person->sub);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (is_released(&rows[i], scopes))
			rows[i].write(&w, rows[i].name, person);
	json_close(&w, '}');
}
