/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/identity/form_check.h"

#include "broker/base/encode.h"
#include "broker/identity/codelist.h"
#include "broker/identity/document.h"
#include "broker/identity/normal.h"
#include "broker/identity/uscc.h"

#include <stdio.h>

static int wrong(struct form_value *value, int error, const char *detail)
{
	value->value = SPAN("");
	value->error = error;
	value->detail = detail;
	return 0;
}

/* A validator's answer about what was typed: a fault is passed up, an answer becomes the field's error. */
static int answer(struct form_value *value, int result, int error)
{
	return result > 0 ? wrong(value, error, NULL) : result;
}

static size_t characters(struct span text)
{
	size_t n = 0;

	while (encode_utf8_next(&text))
		n++;
	return n;
}

/* The field @name in the family of @value: rep_country for rep_id_number. */
static struct form_value *beside(struct form_check *check, const struct form_value *value, const char *name)
{
	struct span family = form_field_family(value->field);
	char full[64];

	snprintf(full, sizeof full, SPAN_FMT "%s", SPAN_ARG(family), name);
	return form_value_of(check->form, check->values, full);
}

static struct span value_beside(struct form_check *check, const struct form_value *value, const char *name)
{
	const struct form_value *other = beside(check, value, name);

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
		return wrong(value, ERR_INVALID, "characters");
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
		return wrong(value, ERR_INVALID, NULL);
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
	return result || !span_eq(key, own_key) ? wrong(value, ERR_INVALID, "other_unit") : 0;
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
		return wrong(value, ERR_INVALID, (size_t)uscc.problem < ARRAY_LEN(details) ? details[uscc.problem] : "uscc.shape");
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
			return wrong(value, ERR_INVALID, NULL);
	if (number.n < 8 || number.n > 32)
		return wrong(value, ERR_INVALID, NULL);
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
		return wrong(value, ERR_LOGIN_NAME_RULE, failure == RULES_RESERVED ? "reserved" : NULL);
	int result = is_foreign_code(check, value, &foreign);
	if (result < 0)
		return result;
	if (foreign)
		return wrong(value, ERR_LOGIN_NAME_RULE, "reserved");
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
		return wrong(value, ERR_PASSWORD_RULE,
			     failure >= RULES_CONTAINS_LOGIN && failure <= RULES_BREACHED ? rules_failure_name(failure) : NULL);
	value->value = value->typed;
	return 0;
}

static int check_password_again(struct form_check *check, struct form_value *value)
{
	const struct form_value *first = form_value_of(check->form, check->values, "password");

	if (first && !secret_eq(first->typed, value->typed))
		return wrong(value, ERR_PASSWORD_MISMATCH, NULL);
	return 0;
}

/* ---- choices */

static bool is_offered(const struct form_value *value, struct span code)
{
	const struct config_form_choices *choices = &value->row->choices;

	for (size_t i = 0; i < choices->n; i++)
		if (span_eq(choices->items[i].value, code))
			return true;
	return false;
}

static int check_choice(struct form_check *check, struct form_value *value)
{
	if (!is_offered(value, value->typed))
		return wrong(value, ERR_INVALID, "choice");
	value->value = value->typed;
	return 0;
}

static int check_region(struct form_check *check, struct form_value *value)
{
	uint64_t code;

	if (value->row->choices.n)
		return check_choice(check, value);
	if (value->typed.n != 6 || !span_to_u64(value->typed, &code) || !codelist_is_province(value->typed))
		return wrong(value, ERR_INVALID, NULL);
	value->value = value->typed;
	return 0;
}

static int check_gender(struct form_check *check, struct form_value *value)
{
	enum document_sex sex = codelist_sex_of(value->typed);

	if (sex != SEX_MALE && sex != SEX_FEMALE)
		return wrong(value, ERR_INVALID, "choice");
	value->value = sex == SEX_MALE ? SPAN("1") : SPAN("2");
	return 0;
}

static int check_ethnic(struct form_check *check, struct form_value *value)
{
	const struct codelist_ethnic *ethnic = codelist_ethnic_of(value->typed);

	if (!ethnic)
		return wrong(value, ERR_INVALID, "choice");
	value->value = span_of(ethnic->code);
	return 0;
}

/* ---- documents */

static int check_id_type(struct form_check *check, struct form_value *value)
{
	const struct document_type *type = document_type_of(value->typed);

	if (!type || (value->row->choices.n && !is_offered(value, value->typed)))
		return wrong(value, ERR_INVALID, "choice");
	value->value = span_of(type->code);
	return 0;
}

/* The type of the document that @value belongs to; a form that does not ask means the resident card. NULL: chosen wrongly. */
static const struct document_type *type_of(struct form_check *check, const struct form_value *value)
{
	const struct form_value *type = beside(check, value, "id_type");

	return document_type_of(type ? type->value : SPAN("111"));
}

static bool wants_country(struct form_check *check, const struct form_value *value, const struct document_type *type)
{
	const struct form_value *chosen = beside(check, value, "id_type");

	for (size_t i = 0; chosen && i < chosen->row->choices.n; i++) {
		const struct config_form_choice *choice = &chosen->row->choices.items[i];

		if (span_is(choice->value, type->code) && choice->country != CONFIG_FORM_COUNTRY_AUTO)
			return choice->country == CONFIG_FORM_COUNTRY_YES;
	}
	return type->wants_country;
}

static int check_id_number(struct form_check *check, struct form_value *value)
{
	static const char *const details[DOCUMENT_BAD_COUNT] = {
		[DOCUMENT_BAD_EMPTY] = "document.shape", [DOCUMENT_BAD_SHAPE] = "document.shape", [DOCUMENT_BAD_REGION] = "document.region",
		[DOCUMENT_BAD_DATE] = "document.date", [DOCUMENT_BAD_CHECKSUM] = "document.checksum", [DOCUMENT_BAD_COUNTRY] = "document.country",
		[DOCUMENT_BAD_OTHER_TYPE] = "document.other_type", [DOCUMENT_BAD_WITHDRAWN] = "document.withdrawn",
		[DOCUMENT_BAD_SEX] = "document.sex",
	};
	const struct document_type *type = type_of(check, value);
	struct document_context context = { .today = check->context->today, .legacy = check->context->legacy };
	const struct form_value *country = beside(check, value, "country");
	struct document document;

	if (!type)
		return 0; /* the type is to blame */
	context.sex = codelist_sex_of(value_beside(check, value, "gender"));
	if (country && wants_country(check, value, type) && codelist_is_country_alpha3(country->typed))
		context.country = country->typed;
	TRY(document_check(type, value->typed, &context, check->arena, &document));
	if (document.problem)
		return wrong(value, ERR_INVALID, details[document.problem]);
	value->value = document.number;
	return 0;
}

/* What the browser's date field sends, and what people type: 2020-05-12, 2020.5.12, 2020年5月12日, 20200512. */
static bool read_date(struct span typed, struct date *ret_date)
{
	static const struct span marks[] = { SPAN("-"), SPAN("."), SPAN("/"), SPAN("年"), SPAN("月"), SPAN("日"), SPAN(" ") };
	char digits[9] = "";
	size_t n = 0, part = 0;

	while (typed.n) {
		bool mark = false;

		for (size_t i = 0; i < ARRAY_LEN(marks) && !mark; i++)
			if (span_starts(typed, marks[i])) {
				mark = true;
				typed = (struct span){ typed.p + marks[i].n, typed.n - marks[i].n };
			}
		if (mark) {
			if (n > 4 && part == 1) { /* a month or day of one digit */
				memmove(digits + n, digits + n - 1, 1);
				digits[n - 1] = '0';
				n++;
			}
			part = 0;
			continue;
		}
		if (n == 8 || *typed.p < '0' || *typed.p > '9')
			return false;
		digits[n++] = *typed.p;
		part++;
		typed = (struct span){ typed.p + 1, typed.n - 1 };
	}
	if (n == 7 && part == 1) {
		digits[7] = digits[6];
		digits[6] = '0';
		n = 8;
	}
	return n == 8 && date_parse((struct span){ digits, 8 }, ret_date);
}

static int keep_date(struct form_check *check, struct form_value *value, struct date date)
{
	char *text = arena_alloc(check->arena, 11);

	if (!text)
		return FAULT_MEMORY;
	date_print(date, text);
	value->value = (struct span){ text, 10 };
	return 0;
}

static int check_valid_from(struct form_check *check, struct form_value *value)
{
	struct date date;

	if (!read_date(value->typed, &date))
		return wrong(value, ERR_INVALID, "date");
	if (date_compare(date, check->context->today) > 0)
		return wrong(value, ERR_INVALID, "valid_from_future");
	return keep_date(check, value, date);
}

static int check_valid_years(struct form_check *check, struct form_value *value)
{
	static const char *const years[] = { "5", "10", "20", "long" };

	for (size_t i = 0; i < ARRAY_LEN(years); i++)
		if (span_is(value->typed, years[i])) {
			value->value = span_of(years[i]);
			return 0;
		}
	return wrong(value, ERR_INVALID, "choice");
}

/* @years after @from; of a leap day's anniversary the last of February. */
static struct date after_years(struct date from, int years)
{
	struct date to = { from.year + years, from.month, from.day };

	if (!date_is_valid(to))
		to.day--;
	return to;
}

/* A card of the 29th of February ends on the 28th or on the 1st; printed periods agree with one of them. */
static bool is_anniversary(struct date from, struct date to, int years)
{
	struct date expected = after_years(from, years);
	int64_t apart = date_days(to) - date_days(expected);

	return apart == 0 || (from.month == 2 && from.day == 29 && apart == 1);
}

/* 5, 10 or 20 years, or for ever (T13): chosen by the years, by the date, or by both in agreement. */
static int check_valid_to(struct form_check *check, struct form_value *value)
{
	struct span years = value_beside(check, value, "id_valid_years"), from_text = value_beside(check, value, "id_valid_from");
	const struct form_value *from_value = beside(check, value, "id_valid_from");
	static const int terms[] = { 5, 10, 20 };
	struct date from = { 0 }, to;
	uint64_t term = 0;

	bool has_from = read_date(from_text, &from);
	if (span_is(years, "long") || (!years.n && (span_is(value->typed, "long") || span_is(value->typed, "长期")))) {
		if (value->typed.n && !span_is(value->typed, "long") && !span_is(value->typed, "长期"))
			return wrong(value, ERR_INVALID, "valid_to_long");
		value->value = SPAN("long");
		return 0;
	}
	bool has_term = span_to_u64(years, &term);
	if (!value->typed.n) {
		if (!has_term && !has_from)
			return value->row->required ? wrong(value, ERR_FIELD_EMPTY, NULL) : 0;
		if (!has_term)
			return wrong(value, ERR_FIELD_EMPTY, NULL);
		if (!has_from)
			return 0; /* the start is to blame */
		to = after_years(from, (int)term);
	} else if (!read_date(value->typed, &to)) {
		return wrong(value, ERR_INVALID, "date");
	}
	bool fits = !from_value || !has_from;
	for (size_t i = 0; i < ARRAY_LEN(terms) && !fits; i++)
		fits = (!has_term || (int)term == terms[i]) && is_anniversary(from, to, terms[i]);
	if (!fits)
		return wrong(value, ERR_INVALID, "valid_to_years");
	if (date_compare(to, check->context->today) < 0)
		return wrong(value, ERR_INVALID, "valid_to_past");
	return keep_date(check, value, to);
}

static int check_country(struct form_check *check, struct form_value *value)
{
	if (!codelist_is_country_alpha3(value->typed))
		return wrong(value, ERR_INVALID, "choice");
	value->value = value->typed;
	return 0;
}

/* Does the chosen document have what this field asks for? */
static bool is_asked(struct form_check *check, const struct form_value *value)
{
	const struct document_type *type;

	switch (value->field->type) {
	case FORM_VALID_FROM:
	case FORM_VALID_TO:
	case FORM_VALID_YEARS:
		type = type_of(check, value);
		return type && type->has_validity;
	case FORM_COUNTRY:
		type = type_of(check, value);
		return type && wants_country(check, value, type);
	default:
		return true;
	}
}

/* ---- the table */

typedef int rule_fn(struct form_check *check, struct form_value *value);

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

static rule_fn *const rules[FORM_TYPES] = {
	[FORM_TEXT] = check_text, [FORM_LONG_TEXT] = check_text, [FORM_LOGIN_NAME] = check_login_name, [FORM_PASSWORD] = check_password,
	[FORM_PASSWORD_AGAIN] = check_password_again, [FORM_PASSWORD_OLD] = check_present, [FORM_PERSON] = check_person,
	[FORM_UNIT_NAME] = check_unit_name, [FORM_PAYEE] = check_payee, [FORM_PHONE] = check_phone, [FORM_EMAIL] = check_email,
	[FORM_ID_TYPE] = check_id_type, [FORM_ID_NUMBER] = check_id_number, [FORM_VALID_FROM] = check_valid_from,
	[FORM_VALID_TO] = check_valid_to, [FORM_VALID_YEARS] = check_valid_years, [FORM_COUNTRY] = check_country, [FORM_GENDER] = check_gender,
	[FORM_ETHNIC] = check_ethnic, [FORM_CHOICE] = check_choice, [FORM_REGION] = check_region, [FORM_DEPARTMENT] = check_choice,
	[FORM_USCC] = check_uscc, [FORM_BANK_ACCOUNT] = check_bank_account, [FORM_AGREE] = check_agree,
};

int form_check_value(struct form_check *check, struct form_value *value)
{
	rule_fn *rule = rules[value->field->type];

	value->is_asked = is_asked(check, value);
	if (!rule || !value->is_asked)
		return 0; /* the page's business, or nobody's */
	if (!encode_is_utf8(value->typed))
		return wrong(value, ERR_INVALID, "characters");
	if (characters(value->typed) > value->field->max)
		return wrong(value, ERR_INVALID, "too_long");
	if (value->field->type == FORM_VALID_TO)
		return check_valid_to(check, value);
	if (!value->typed.n && value->field->type == FORM_VALID_YEARS && beside(check, value, "id_valid_to"))
		return 0; /* the last day says as much; without either, it is to blame */
	if (!value->typed.n) {
		if (value->field->type == FORM_AGREE)
			return wrong(value, ERR_AGREE, NULL);
		return value->row->required ? wrong(value, ERR_FIELD_EMPTY, NULL) : 0;
	}
	return rule(check, value);
}
