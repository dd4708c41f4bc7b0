/* SPDX-License-Identifier: Apache-2.0 */
/*
 * form_check_document - the fields of a document: its type, number, country and validity, each judged beside the others of its family.
 */
#include "broker/identity/codelist.h"
#include "broker/identity/document.h"
#include "broker/identity/form_check_rule.h"

int form_check_id_type(struct form_check *check, struct form_value *value)
{
	const struct document_type *type = document_type_of(value->typed);

	if (!type || (value->row->choices.n && !form_check_is_offered(value, value->typed)))
		return form_check_wrong(value, ERR_INVALID, "choice");
	value->value = span_of(type->code);
	return 0;
}

/* The type of the document that @value belongs to; a form that does not ask means the resident card. NULL: chosen wrongly. */
static const struct document_type *type_of(struct form_check *check, const struct form_value *value)
{
	const struct form_value *type = form_check_beside(check, value, "id_type");

	return document_type_of(type ? type->value : SPAN("111"));
}

static bool wants_country(struct form_check *check, const struct form_value *value, const struct document_type *type)
{
	const struct form_value *chosen = form_check_beside(check, value, "id_type");

	for (size_t i = 0; chosen && i < chosen->row->choices.n; i++) {
		const struct config_form_choice *choice = &chosen->row->choices.items[i];

		if (span_is(choice->value, type->code) && choice->country != CONFIG_FORM_COUNTRY_AUTO)
			return choice->country == CONFIG_FORM_COUNTRY_YES;
	}
	return type->wants_country;
}

int form_check_id_number(struct form_check *check, struct form_value *value)
{
	static const char *const details[DOCUMENT_BAD_COUNT] = {
		[DOCUMENT_BAD_EMPTY] = "document.shape", [DOCUMENT_BAD_SHAPE] = "document.shape", [DOCUMENT_BAD_REGION] = "document.region",
		[DOCUMENT_BAD_DATE] = "document.date", [DOCUMENT_BAD_CHECKSUM] = "document.checksum", [DOCUMENT_BAD_COUNTRY] = "document.country",
		[DOCUMENT_BAD_OTHER_TYPE] = "document.other_type", [DOCUMENT_BAD_WITHDRAWN] = "document.withdrawn",
		[DOCUMENT_BAD_SEX] = "document.sex",
	};
	const struct document_type *type = type_of(check, value);
	struct document_context context = { .today = check->context->today, .legacy = check->context->legacy };
	const struct form_value *country = form_check_beside(check, value, "country");
	struct document document;

	if (!type)
		return 0; /* the type is to blame */
	context.sex = codelist_sex_of(form_check_text_beside(check, value, "gender"));
	if (country && wants_country(check, value, type) && codelist_is_country_alpha3(country->typed))
		context.country = country->typed;
	TRY(document_check(type, value->typed, &context, check->arena, &document));
	if (document.problem)
		return form_check_wrong(value, ERR_INVALID, details[document.problem]);
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

int form_check_valid_from(struct form_check *check, struct form_value *value)
{
	struct date date;

	if (!read_date(value->typed, &date))
		return form_check_wrong(value, ERR_INVALID, "date");
	if (date_compare(date, check->context->today) > 0)
		return form_check_wrong(value, ERR_INVALID, "valid_from_future");
	return keep_date(check, value, date);
}

int form_check_valid_years(struct form_check *check, struct form_value *value)
{
	static const char *const years[] = { "5", "10", "20", "long" };

	for (size_t i = 0; i < ARRAY_LEN(years); i++)
		if (span_is(value->typed, years[i])) {
			value->value = span_of(years[i]);
			return 0;
		}
	return form_check_wrong(value, ERR_INVALID, "choice");
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
int form_check_valid_to(struct form_check *check, struct form_value *value)
{
	struct span years = form_check_text_beside(check, value, "id_valid_years"), from_text = form_check_text_beside(check, value, "id_valid_from");
	const struct form_value *from_value = form_check_beside(check, value, "id_valid_from");
	static const int terms[] = { 5, 10, 20 };
	struct date from = { 0 }, to;
	uint64_t term = 0;

	bool has_from = read_date(from_text, &from);
	if (span_is(years, "long") || (!years.n && (span_is(value->typed, "long") || span_is(value->typed, "长期")))) {
		if (value->typed.n && !span_is(value->typed, "long") && !span_is(value->typed, "长期"))
			return form_check_wrong(value, ERR_INVALID, "valid_to_long");
		value->value = SPAN("long");
		return 0;
	}
	bool has_term = span_to_u64(years, &term);
	if (!value->typed.n) {
		if (!has_term && !has_from)
			return value->row->required ? form_check_wrong(value, ERR_FIELD_EMPTY, NULL) : 0;
		if (!has_term)
			return form_check_wrong(value, ERR_FIELD_EMPTY, NULL);
		if (!has_from)
			return 0; /* the start is to blame */
		to = after_years(from, (int)term);
	} else if (!read_date(value->typed, &to)) {
		return form_check_wrong(value, ERR_INVALID, "date");
	}
	bool fits = !from_value || !has_from;
	for (size_t i = 0; i < ARRAY_LEN(terms) && !fits; i++)
		fits = (!has_term || (int)term == terms[i]) && is_anniversary(from, to, terms[i]);
	if (!fits)
		return form_check_wrong(value, ERR_INVALID, "valid_to_years");
	if (date_compare(to, check->context->today) < 0)
		return form_check_wrong(value, ERR_INVALID, "valid_to_past");
	return keep_date(check, value, to);
}

int form_check_country(struct form_check *check, struct form_value *value)
{
	if (!codelist_is_country_alpha3(value->typed))
		return form_check_wrong(value, ERR_INVALID, "choice");
	value->value = value->typed;
	return 0;
}

bool form_check_is_asked(struct form_check *check, const struct form_value *value)
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
