/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/identity/form_check.h"

#include "broker/base/encode.h"
#include "broker/identity/codelist.h"
#include "broker/identity/document.h"
#include "broker/identity/form_check_rule.h"
#include "broker/identity/normal.h"
#include "broker/identity/uscc.h"

#include <stdio.h>

int form_check_wrong(struct form_value *value, int error, const char *detail)
{
	value->value = SPAN("");
	value->error = error;
	value->detail = detail;
	return 0;
}

/* A validator's answer about what was typed: a fault is passed up, an answer becomes the field's error. */
static int answer(struct form_value *value, int result, int error)
{
	return result > 0 ? form_check_wrong(value, error, NULL) : result;
}

static size_t characters(struct span text)
{
	size_t n = 0;

	while (encode_utf8_next(&text))
		n++;
	return n;
}

struct form_value *form_check_beside(struct form_check *check, const struct form_value *value, const char *name)
{
	struct span family = form_field_family(value->field);
	char full[64];

	snprintf(full, sizeof full, SPAN_FMT "%s", SPAN_ARG(family), name);
	return form_value_of(check->form, check->values, full);
}

struct span form_check_text_beside(struct form_check *check, const struct form_value *value, const char *name)
{
	const struct form_value *other = form_check_beside(check, value, name);

	return other ? other->value : SPAN("");
}

/* ---- texts */

static bool is_plain(struct span text, bool lines)
{
	uint32_t c;

	while ((c = encode_utf8_next(&text)))
		if ((c < 0x20 && !(lines && (c == '\n' || c == '\r' || c == '\t'))) || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 ||
		    (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069))
			return false;
	return true;
}

static int check_text(struct form_check *check, struct form_value *value)
{
	if (!is_plain(value->typed, value->field->type == FORM_LONG_TEXT))
		return form_check_wrong(value, ERR_INVALID, "characters");
	value->value = value->typed;
	return 0;
}

static int check_person(struct form_check *check, struct form_value *value)
{
	return answer(value, normal_person_name(value->typed, check->arena, &value->value), ERR_INVALID);
}

static int check_unit_name(struct form_check *check, struct form_value *value)
{
	struct span key;
	int result = normal_unit_name_key(value->typed, check->arena, &key);

	if (result)
		return answer(value, result, ERR_INVALID);
	if (characters(key) < 2)
		return form_check_wrong(value, ERR_INVALID, NULL);
	return check_text(check, value);
}

/* T16: “账户（收款单位）必须与单位名称相同。” */
static int check_payee(struct form_check *check, struct form_value *value)
{
	struct span own = check->context->unit_name.n ? check->context->unit_name : form_text(check->form, check->values, "unit_name");
	struct span key, own_key;

	TRY(check_unit_name(check, value));
	if (value->error || !own.n)
		return 0;
	TRY(normal_unit_name_key(value->typed, check->arena, &key));
	int result = normal_unit_name_key(own, check->arena, &own_key);
	if (result < 0)
		return result;
	return result || !span_eq(key, own_key) ? form_check_wrong(value, ERR_INVALID, "other_unit") : 0;
}

static int check_phone(struct form_check *check, struct form_value *value)
{
	return answer(value, normal_phone(value->typed, check->arena, &value->value), ERR_PHONE);
}

static int check_email(struct form_check *check, struct form_value *value)
{
	struct span key;

	return answer(value, normal_email(value->typed, check->arena, &value->value, &key), ERR_INVALID);
}

static int check_uscc(struct form_check *check, struct form_value *value)
{
	static const char *const details[] = { [USCC_BAD_SHAPE] = "uscc.shape", [USCC_BAD_CHARSET] = "uscc.charset",
					       [USCC_BAD_ORG_CODE] = "uscc.checksum", [USCC_BAD_CHECKSUM] = "uscc.checksum",
					       [USCC_BAD_EMPTY] = "uscc.shape" };
	struct uscc uscc;

	TRY(uscc_check(value->typed, check->arena, &uscc));
	if (uscc.problem)
		return form_check_wrong(value, ERR_INVALID, (size_t)uscc.problem < ARRAY_LEN(details) ? details[uscc.problem] : "uscc.shape");
	value->value = uscc.code;
	return 0;
}

static int check_bank_account(struct form_check *check, struct form_value *value)
{
	struct span number;
	int result = normal_number(value->typed, check->arena, &number);

	if (result)
		return answer(value, result, ERR_INVALID);
	for (size_t i = 0; i < number.n; i++)
		if (number.p[i] < '0' || number.p[i] > '9')
			return form_check_wrong(value, ERR_INVALID, NULL);
	if (number.n < 8 || number.n > 32)
		return form_check_wrong(value, ERR_INVALID, NULL);
	value->value = number;
	return 0;
}

/* ---- login name and password */

static bool has_reserved_prefix(const struct form_context *context, struct span name)
{
	for (size_t i = 0; context->reserved && i < context->reserved->n; i++) {
		struct span prefix = context->reserved->items[i];

		if (name.n >= prefix.n && span_eq_nocase((struct span){ name.p, prefix.n }, prefix))
			return true;
	}
	return rules_is_reserved(name);
}

/* A credit code may begin with a letter and then looks like a login name: it is only for whom it names. */
static int is_foreign_code(struct form_check *check, const struct form_value *value, bool *ret_foreign)
{
	struct span own = SPAN("");
	const struct form_value *code = form_value_of(check->form, check->values, "uscc");
	struct uscc uscc;

	TRY(uscc_check(value->typed, check->arena, &uscc));
	if (code)
		TRY(normal_number(code->typed.n ? code->typed : SPAN("-0"), check->arena, &own));
	*ret_foreign = !uscc.problem && !span_eq(uscc.code, own);
	return 0;
}

static int check_login_name(struct form_check *check, struct form_value *value)
{
	enum rules_failure failure = rules_login_name(value->typed);
	bool foreign = false;

	if (!failure && has_reserved_prefix(check->context, value->typed))
		failure = RULES_RESERVED;
	if (failure)
		return form_check_wrong(value, ERR_LOGIN_NAME_RULE, failure == RULES_RESERVED ? "reserved" : NULL);
	int result = is_foreign_code(check, value, &foreign);
	if (result < 0)
		return result;
	if (foreign)
		return form_check_wrong(value, ERR_LOGIN_NAME_RULE, "reserved");
	value->value = value->typed;
	return 0;
}

static int check_password(struct form_check *check, struct form_value *value)
{
	struct rules_password rule = check->context->password;
	struct span login_name = form_text(check->form, check->values, "login_name"), phone = form_text(check->form, check->values, "phone");

	if (login_name.n)
		rule.login_name = login_name;
	if (phone.n)
		rule.phone = phone;
	enum rules_failure failure = rules_check_password(value->typed, &rule);
	if (failure)
		return form_check_wrong(value, ERR_PASSWORD_RULE,
			     failure >= RULES_CONTAINS_LOGIN && failure <= RULES_BREACHED ? rules_failure_name(failure) : NULL);
	value->value = value->typed;
	return 0;
}

static int check_password_again(struct form_check *check, struct form_value *value)
{
	const struct form_value *first = form_value_of(check->form, check->values, "password");

	if (first && !secret_eq(first->typed, value->typed))
		return form_check_wrong(value, ERR_PASSWORD_MISMATCH, NULL);
	return 0;
}

/* ---- choices */

bool form_check_is_offered(const struct form_value *value, struct span code)
{
	const struct config_form_choices *choices = &value->row->choices;

	for (size_t i = 0; i < choices->n; i++)
		if (span_eq(choices->items[i].value, code))
			return true;
	return false;
}

static int check_choice(struct form_check *check, struct form_value *value)
{
	if (!form_check_is_offered(value, value->typed))
		return form_check_wrong(value, ERR_INVALID, "choice");
	value->value = value->typed;
	return 0;
}

static int check_region(struct form_check *check, struct form_value *value)
{
	uint64_t code;

	if (value->row->choices.n)
		return check_choice(check, value);
	if (value->typed.n != 6 || !span_to_u64(value->typed, &code) || !codelist_is_province(value->typed))
		return form_check_wrong(value, ERR_INVALID, NULL);
	value->value = value->typed;
	return 0;
}

static int check_gender(struct form_check *check, struct form_value *value)
{
	enum document_sex sex = codelist_sex_of(value->typed);

	if (sex != SEX_MALE && sex != SEX_FEMALE)
		return form_check_wrong(value, ERR_INVALID, "choice");
	value->value = sex == SEX_MALE ? SPAN("1") : SPAN("2");
	return 0;
}

static int check_ethnic(struct form_check *check, struct form_value *value)
{
	const struct codelist_ethnic *ethnic = codelist_ethnic_of(value->typed);

	if (!ethnic)
		return form_check_wrong(value, ERR_INVALID, "choice");
	value->value = span_of(ethnic->code);
	return 0;
}

/* ---- the table */

static int check_present(struct form_check *check, struct form_value *value)
{
	value->value = value->typed;
	return 0;
}

static int check_agree(struct form_check *check, struct form_value *value)
{
	value->value = SPAN("yes");
	return 0;
}

static form_check_rule_fn *const rules[FORM_TYPES] = {
	[FORM_TEXT] = check_text, [FORM_LONG_TEXT] = check_text, [FORM_LOGIN_NAME] = check_login_name, [FORM_PASSWORD] = check_password,
	[FORM_PASSWORD_AGAIN] = check_password_again, [FORM_PASSWORD_OLD] = check_present, [FORM_PERSON] = check_person,
	[FORM_UNIT_NAME] = check_unit_name, [FORM_PAYEE] = check_payee, [FORM_PHONE] = check_phone, [FORM_EMAIL] = check_email,
	[FORM_ID_TYPE] = form_check_id_type, [FORM_ID_NUMBER] = form_check_id_number, [FORM_VALID_FROM] = form_check_valid_from,
	[FORM_VALID_TO] = form_check_valid_to, [FORM_VALID_YEARS] = form_check_valid_years, [FORM_COUNTRY] = form_check_country, [FORM_GENDER] = check_gender,
	[FORM_ETHNIC] = check_ethnic, [FORM_CHOICE] = check_choice, [FORM_REGION] = check_region, [FORM_DEPARTMENT] = check_choice,
	[FORM_USCC] = check_uscc, [FORM_BANK_ACCOUNT] = check_bank_account, [FORM_AGREE] = check_agree,
};

int form_check_value(struct form_check *check, struct form_value *value)
{
	form_check_rule_fn *rule = rules[value->field->type];

	value->is_asked = form_check_is_asked(check, value);
	if (!rule || !value->is_asked)
		return 0; /* the page's business, or nobody's */
	if (!encode_is_utf8(value->typed))
		return form_check_wrong(value, ERR_INVALID, "characters");
	if (characters(value->typed) > value->field->max)
		return form_check_wrong(value, ERR_INVALID, "too_long");
	if (value->field->type == FORM_VALID_TO)
		return form_check_valid_to(check, value);
	if (!value->typed.n && value->field->type == FORM_VALID_YEARS && form_check_beside(check, value, "id_valid_to"))
		return 0; /* the last day says as much; without either, it is to blame */
	if (!value->typed.n) {
		if (value->field->type == FORM_AGREE)
			return form_check_wrong(value, ERR_AGREE, NULL);
		return value->row->required ? form_check_wrong(value, ERR_FIELD_EMPTY, NULL) : 0;
	}
	return rule(check, value);
}
