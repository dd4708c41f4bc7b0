/* SPDX-License-Identifier: Apache-2.0 */
/* Forms: every type of field with the vectors of domain.md 2, what a document asks for, drafts, and the operator's own forms. */
#include "broker/base/error.h"
#include "broker/identity/common_password.h"
#include "broker/identity/country.h"
#include "broker/identity/codelist.h"
#include "broker/identity/form.h"
#include "tests/unit/suite.h"

#define TYPED_MAX 12

/* What was typed: name and text in turn. */
struct typed {
	const char *pairs[TYPED_MAX * 2];
};

static struct span typed_of(void *arg, const char *name)
{
	const struct typed *typed = arg;

	for (size_t i = 0; i < TYPED_MAX && typed->pairs[2 * i]; i++)
		if (strcmp(typed->pairs[2 * i], name) == 0)
			return span_of(typed->pairs[2 * i + 1]);
	return SPAN("");
}

static const struct form_context context = { .today = { 2026, 11, 22 }, .password = { .is_breached = common_password_is } };

#define ROW(field, ...) { .name = SPAN(#field), .required = true, __VA_ARGS__ }
static const struct config_form_choice colours[] = { { .value = SPAN("red") }, { .value = SPAN("blue") } };
static const struct config_form_choice documents[] = {
	{ .value = SPAN("111") }, { .value = SPAN("414"), .country = CONFIG_FORM_COUNTRY_NO }, { .value = SPAN("553"), .country = CONFIG_FORM_COUNTRY_YES },
	{ .value = SPAN("516") }, { .value = SPAN("990") },
};

/* ---- one field */

static const struct {
	const char *field, *typed;
	int error;
	const char *value; /* NULL: as typed */
	const char *detail;
	const char *beside, *beside_typed; /* another field of the form */
} fields[] = {
	/* T9, domain.md 2.10 */
	{ "login_name", "a123" },
	{ "login_name", "", ERR_FIELD_EMPTY },
	{ "login_name", "  ", ERR_FIELD_EMPTY },
	{ "login_name", "1abc", ERR_LOGIN_NAME_RULE },
	{ "login_name", "ab", ERR_LOGIN_NAME_RULE },
	{ "login_name", "abcdefghijklmnopqrstuvwxyz01234", ERR_INVALID, .detail = "too_long" },
	{ "login_name", "HJ_x123", ERR_LOGIN_NAME_RULE, .detail = "reserved" },
	{ "login_name", "hj_x123", ERR_LOGIN_NAME_RULE, .detail = "reserved" },
	{ "login_name", "A1110000MA27Y4U477", ERR_LOGIN_NAME_RULE, .detail = "reserved" },
	{ "login_name", "A1110000MA27Y4U477", .beside = "uscc", .beside_typed = "a1110000ma27y4u477" },
	{ "login_name", "A1110000MA27Y4U477", ERR_LOGIN_NAME_RULE, .detail = "reserved", .beside = "uscc", .beside_typed = "91110000600037341L" },
	/* T10, 2.10 */
	{ "password", "Abc12345" },
	{ "password", "Abc@1234" },
	{ "password", "", ERR_FIELD_EMPTY },
	{ "password", "abc12345", ERR_PASSWORD_RULE },
	{ "password", "Ab1!xyz", ERR_PASSWORD_RULE },
	{ "password", "Abc1!Abc1!Abc1!Abc1!x", ERR_PASSWORD_RULE },
	{ "password", "Abc 12345", ERR_PASSWORD_RULE },
	{ "password", " Abc12345", ERR_PASSWORD_RULE },
	{ "password", "Zhang1234!", ERR_PASSWORD_RULE, .detail = "contains_login", .beside = "login_name", .beside_typed = "zhang" },
	{ "password", "Ab13800138000", ERR_PASSWORD_RULE, .detail = "contains_phone", .beside = "phone", .beside_typed = "138 0013 8000" },
	{ "password", "P@ssw0rd", ERR_PASSWORD_RULE, .detail = "breached" },
	{ "password_confirm", "Abc12345", .value = "", .beside = "password", .beside_typed = "Abc12345" },
	{ "password_confirm", "Abc12346", ERR_PASSWORD_MISMATCH, .beside = "password", .beside_typed = "Abc12345" },
	{ "password_old", "x" },
	/* 2.9 */
	{ "name", "李四" },
	{ "name", "买买提•吐尔逊", .value = "买买提·吐尔逊" },
	{ "name", "JOHN O'NEIL" },
	{ "name", "李", ERR_INVALID },
	{ "name", "李4", ERR_INVALID },
	{ "unit_name", "甲（北京）科技有限公司" },
	{ "unit_name", "甲", ERR_INVALID },
	{ "payee", "甲(北京) 科技有限公司", .beside = "unit_name", .beside_typed = "甲（北京）科技有限公司" },
	{ "payee", "乙科技有限公司", ERR_INVALID, .detail = "other_unit", .beside = "unit_name", .beside_typed = "甲（北京）科技有限公司" },
	/* 2.5 */
	{ "phone", "18711111111" },
	{ "phone", "+86 187-1111-1111", .value = "18711111111" },
	{ "phone", "12012345678", ERR_PHONE },
	{ "phone", "1871111111", ERR_PHONE },
	{ "phone", "1440012345678", ERR_PHONE },
	{ "email", "Zhang@Example.COM", .value = "Zhang@example.com" },
	{ "email", "zhang@", ERR_INVALID },
	/* 2.1, 2.2, 2.6-2.8 */
	{ "id_number", "11010519491231002X" },
	{ "id_number", "１１０１０５１９４９１２３１００２Ｘ", .value = "11010519491231002X" },
	{ "id_number", "110101197810270021", ERR_INVALID, .detail = "document.checksum" },
	{ "id_number", "330402197802290015", ERR_INVALID, .detail = "document.date" },
	{ "id_number", "880101197810270029", ERR_INVALID, .detail = "document.region" },
	{ "id_number", "110101781027002", ERR_INVALID, .detail = "document.withdrawn" },
	{ "id_number", "810000199408230021", ERR_INVALID, .detail = "document.other_type" },
	{ "id_number", "110101197810270029", .beside = "gender", .beside_typed = "女" },
	{ "id_number", "110101197810270029", ERR_INVALID, .detail = "document.sex", .beside = "gender", .beside_typed = "1" },
	{ "id_number", "H12345678", .beside = "id_type", .beside_typed = "516" },
	{ "id_number", "A1234567801", ERR_INVALID, .detail = "document.shape", .beside = "id_type", .beside_typed = "516" },
	{ "id_number", "911398199012310021", .beside = "id_type", .beside_typed = "553" },
	{ "id_number", "911398199012310022", ERR_INVALID, .detail = "document.checksum", .beside = "id_type", .beside_typed = "553" },
	{ "id_number", "E12345678", .beside = "id_type", .beside_typed = "414" },
	{ "id_number", "anything", .value = "ANYTHING", .beside = "id_type", .beside_typed = "990" },
	{ "id_type", "111" },
	{ "id_type", "117", ERR_INVALID, .detail = "choice" },
	{ "id_type", "abc", ERR_INVALID, .detail = "choice" },
	/* 2.11 */
	{ "gender", "女", .value = "2" },
	{ "gender", "9", ERR_INVALID, .detail = "choice" },
	{ "ethnic_code", "汉族", .value = "01" },
	{ "ethnic_code", "1", .value = "01" },
	{ "ethnic_code", "57", ERR_INVALID, .detail = "choice" },
	{ "unit_type", "blue" },
	{ "unit_type", "green", ERR_INVALID, .detail = "choice" },
	{ "registered_region", "120101" },
	{ "registered_region", "990101", ERR_INVALID },
	/* 2.4 */
	{ "uscc", "91110000600037341L" },
	{ "uscc", "9111 0000 6000 3734 1l", .value = "91110000600037341L" },
	{ "uscc", "91350100M000100Y4Z", ERR_INVALID, .detail = "uscc.charset" },
	{ "uscc", "91330106MA27Y4U46R", ERR_INVALID, .detail = "uscc.checksum" },
	{ "uscc", "9111", ERR_INVALID, .detail = "uscc.shape" },
	{ "bank_account", "6225 7588 0000 1496", .value = "6225758800001496" },
	{ "bank_account", "62257588A", ERR_INVALID },
	{ "bank_account", "1234567", ERR_INVALID },
	{ "registered_address", "天津市和平区甲路1号" },
	{ "registered_address", "a\nb", ERR_INVALID, .detail = "characters" },
	{ "registered_address", "a\xe2\x80\xae" "b", ERR_INVALID, .detail = "characters" },
	{ "registered_address", "\xff", ERR_INVALID, .detail = "characters" },
	{ "reason", "一\n二" },
	{ "agree", "yes" },
	{ "agree", "", ERR_AGREE },
	{ "captcha", "", .value = "" },
	{ "code", "", .value = "" },
};

static struct config_form_row row_of(const char *name)
{
	struct config_form_row row = { .name = span_of(name), .required = true };

	if (strcmp(name, "unit_type") == 0)
		row.choices = (struct config_form_choices){ colours, ARRAY_LEN(colours) };
	if (strcmp(name, "id_type") == 0)
		row.choices = (struct config_form_choices){ documents, ARRAY_LEN(documents) };
	return row;
}

START_TEST(a_field)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(64 * 1024);
	const char *name = fields[_i].field, *beside = fields[_i].beside;
	struct config_form_row rows[2] = { row_of(name), row_of(beside ? beside : "remark") };
	struct typed typed = { { name, fields[_i].typed, beside ? beside : "remark", beside ? fields[_i].beside_typed : "x" } };
	struct form form = { "test", rows, 2 };
	struct form_value values[2];

	int result = form_read(&form, typed_of, &typed, &context, arena, values);
	const char *value = fields[_i].value ? fields[_i].value : fields[_i].error ? "" : fields[_i].typed;
	ck_assert_msg(values[0].error == fields[_i].error, "%s: error %d", name, values[0].error);
	ck_assert_msg(span_is(values[0].value, value), "%s: value " SPAN_FMT, name, SPAN_ARG(values[0].value));
	ck_assert_msg(!fields[_i].detail || (values[0].detail && strcmp(values[0].detail, fields[_i].detail) == 0), "%s: detail %s", name, values[0].detail);
	ck_assert_int_eq(result, values[0].error || values[1].error ? ERR_FORM : 0);
}
END_TEST

/* ---- a document's validity and country (T12-T14) */

static const struct {
	const char *name, *type, *from, *years, *to, *country;
	const char *wrong; /* the field that is to blame; NULL: none */
	const char *until; /* value of id_valid_to */
} papers[] = {
	{ "ten years from the first day", "111", "2020-05-12", "10", "", "", NULL, "2030-05-12" },
	{ "both agree", "111", "2020-05-12", "10", "2030-05-12", "", NULL, "2030-05-12" },
	{ "they do not agree", "111", "2020-05-12", "10", "2040-05-12", "", "id_valid_to", "" },
	{ "a day off", "111", "2020-05-12", "10", "2030-05-11", "", "id_valid_to", "" },
	{ "the date alone", "111", "2020.5.12", "", "2040年5月12日", "", NULL, "2040-05-12" },
	{ "a date that is no term", "111", "2020-05-12", "", "2033-05-12", "", "id_valid_to", "" },
	{ "neither", "111", "2020-05-12", "", "", "", "id_valid_to", "" },
	{ "without end", "111", "2020-05-12", "long", "", "", NULL, "long" },
	{ "without end in words", "111", "2020-05-12", "", "长期", "", NULL, "long" },
	{ "without end, and yet one", "111", "2020-05-12", "long", "2030-05-12", "", "id_valid_to", "" },
	{ "the leap day, ten years on", "111", "2020-02-29", "10", "", "", NULL, "2030-02-28" },
	{ "the leap day as it is printed", "111", "2020-02-29", "10", "2030-03-01", "", NULL, "2030-03-01" },
	{ "it ends today", "111", "2016-11-22", "10", "", "", NULL, "2026-11-22" },
	{ "it ended yesterday", "111", "2016-11-21", "10", "", "", "id_valid_to", "" },
	{ "it begins today", "111", "2026-11-22", "5", "", "", NULL, "2031-11-22" },
	{ "it begins tomorrow", "111", "2026-11-23", "5", "", "", "id_valid_from", "" },
	{ "no first day", "111", "", "5", "", "", "id_valid_from", "" },
	{ "no day at all", "111", "2020-02-30", "5", "", "", "id_valid_from", "" },
	{ "another term", "111", "2020-05-12", "7", "", "", "id_valid_years", "" },
	{ "a passport has none, and no country here", "414", "rubbish", "", "", "XXX", NULL, "" },
	{ "a permanent resident's country", "553", "", "", "", "KAZ", NULL, "" },
	{ "… is asked for", "553", "", "", "", "", "country", "" },
	{ "… and must exist", "553", "", "", "", "XXX", "country", "" },
	{ "a permit has neither", "516", "", "", "", "", NULL, "" },
};

START_TEST(a_paper)
{
	static const char *const numbers[][2] = { { "111", "11010519491231002X" }, { "414", "E12345678" }, { "553", "911398199012310021" }, { "516", "H12345678" } };
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(64 * 1024);
	struct config_form_row rows[] = { row_of("id_number"), row_of("id_type"), row_of("id_valid_from"), row_of("id_valid_years"), row_of("id_valid_to"),
					  row_of("country") };
	const char *number = "";
	struct form form = { "test", rows, ARRAY_LEN(rows) };
	struct form_value values[ARRAY_LEN(rows)];

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		if (strcmp(numbers[i][0], papers[_i].type) == 0)
			number = numbers[i][1];
	struct typed typed = { { "id_number", number, "id_type", papers[_i].type, "id_valid_from", papers[_i].from, "id_valid_years", papers[_i].years,
				 "id_valid_to", papers[_i].to, "country", papers[_i].country } };
	int result = form_read(&form, typed_of, &typed, &context, arena, values);
	ck_assert_msg(result == (papers[_i].wrong ? ERR_FORM : 0), "%s: %d", papers[_i].name, result);
	ck_assert_msg(!papers[_i].wrong || form_value_of(&form, values, papers[_i].wrong)->error, "%s", papers[_i].name);
	if (!papers[_i].wrong)
		ck_assert_msg(span_is(form_text(&form, values, "id_valid_to"), papers[_i].until), "%s: " SPAN_FMT, papers[_i].name,
			      SPAN_ARG(form_text(&form, values, "id_valid_to")));
}
END_TEST

/* ---- forms */

START_TEST(what_is_optional_may_be_empty)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(64 * 1024);
	struct typed typed = { { NULL } };

	for (size_t i = 0; form_field_at(i); i++) {
		struct config_form_row row = row_of(form_field_at(i)->name);
		struct form form = { "test", &row, 1 };
		struct form_value value;

		row.required = false;
		int result = form_read(&form, typed_of, &typed, &context, arena, &value);
		bool must = form_field_at(i)->type == FORM_AGREE;
		ck_assert_msg(result == (must ? ERR_FORM : 0), "%s: %d", form_field_at(i)->name, result);
	}
}
END_TEST

START_TEST(built_in_forms_are_sound)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(256 * 1024);
	struct form form;

	for (size_t i = 0; form_default_at(i); i++) {
		const struct form *one = form_default_at(i);

		ck_assert_str_eq(form_find(NULL, one->name).name, one->name);
		ck_assert_uint_gt(one->n, 0);
		for (size_t j = 0; j < one->n; j++) {
			const struct form_field *field = form_field_of(one->rows[j].name);

			ck_assert_msg(field != NULL, "%s: " SPAN_FMT, one->name, SPAN_ARG(one->rows[j].name));
			bool laid_in = strcmp(field->name, "source") == 0 || strcmp(field->name, "user_type") == 0; /* from legacy_sources */
			ck_assert_msg(laid_in || field->type != FORM_CHOICE || one->rows[j].choices.n, "%s: %s has no choices", one->name, field->name);
			ck_assert_ptr_eq(form_row(one, field->name), &one->rows[j]);
		}
	}
	form = form_find(NULL, "register-natural");
	ck_assert_int_eq(form_set_choices(&form, "id_type", (struct config_form_choices){ colours, 2 }, arena), 0);
	ck_assert_uint_eq(form_row(&form, "id_type")->choices.n, 2);
	ck_assert_uint_gt(form_row(form_default_at(0), "id_type")->choices.n, 2);
	ck_assert_uint_eq(form_find(NULL, "no-such-form").n, 0);
	ck_assert_ptr_null(form_field_of(SPAN("shoe_size")));
	ck_assert_ptr_null(form_default_at(1000));
}
END_TEST

START_TEST(what_is_kept_has_no_secrets)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(256 * 1024);
	struct form form = form_find(NULL, "register-expert");
	struct typed typed = { { "login_name", "sunqi", "password", "Secret@1", "password_confirm", "Secret@1", "contact_name", "孙七", "phone", "+8613800138000",
				 "email", "x", "captcha", "ABCD", "agree", "yes" } };
	struct form_value *values = arena_array(arena, struct form_value, form.n), *again = arena_array(arena, struct form_value, form.n);
	struct span kept, draft;

	ck_assert_int_eq(form_read(&form, typed_of, &typed, &context, arena, values), ERR_FORM);
	ck_assert_int_eq(form_json(&form, values, arena, &kept), 0);
	ck_assert_int_eq(form_draft(&form, values, arena, &draft), 0);
	ck_assert(span_is(kept, "{\"login_name\":\"sunqi\",\"contact_name\":\"孙七\",\"phone\":\"13800138000\"}"));
	ck_assert(span_is(draft, "{\"login_name\":\"sunqi\",\"contact_name\":\"孙七\",\"phone\":\"+8613800138000\",\"email\":\"x\"}"));
	JSON *json = NULL;
	ck_assert_int_eq(json_read_object(draft, &json), 0);
	ck_assert_int_eq(form_read(&form, form_lookup_json, json, &context, arena, again), ERR_FORM);
	ck_assert(span_is(form_value_of(&form, again, "phone")->typed, "+8613800138000"));
	form_forget_errors(&form, again, "email");
	ck_assert(form_has_errors(&form, again));
	form_forget_errors(&form, again, NULL);
	ck_assert(!form_has_errors(&form, again));
	form_set_error(&form, again, "login_name", ERR_LOGIN_NAME_TAKEN, NULL);
	form_set_error(&form, again, "uscc", ERR_UNIT_TAKEN, NULL); /* it does not ask: nobody to blame */
	ck_assert(form_has_errors(&form, again));
}
END_TEST

START_TEST(every_allocation_may_fail)
{
	struct typed typed = { { "login_name", "a123", "password", "Abc@1234", "password_confirm", "Abc@1234", "name", "买买提•吐尔逊", "id_type", "111",
				 "id_number", "11010519491231002X", "id_valid_from", "2020-05-12", "id_valid_years", "10", "phone", "13800138000", "agree", "yes" } };
	struct form form = form_find(NULL, "register-natural");
	int result = FAULT_MEMORY;

	for (unsigned long k = 1; k < 200 && result; k++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new(256 * 1024);
		struct form_value values[32];
		struct span json;

		arena_fail_at(k);
		result = form_read(&form, typed_of, &typed, &context, arena, values);
		if (!result)
			result = form_json(&form, values, arena, &json);
		arena_fail_at(0);
		ck_assert_msg(result == 0 || result == FAULT_MEMORY, "%lu: %d", k, result);
	}
	ck_assert_int_eq(result, 0);
}
END_TEST

/* ---- passwords that everybody tries */

static const struct {
	const char *password;
	bool common;
} passwords[] = {
	{ "P@ssw0rd", true },	  { "Password1", true },   { "Password123!", true }, { "Admin@123", true }, { "Qwer1234", true }, { "Qwerty123!", true },
	{ "1qaz@WSX", true },	  { "1qaz2wsx!", true },   { "Aa123456", true },     { "Welcome2024", true }, { "Iloveyou1", true }, { "woaini520!", true },
	{ "12345678!", true },	  { "Abc12345", false },   { "Abc@1234", false },    { "Demo@1234", false }, { "Xk7#mq2Lw", false }, { "Passage-77-river", false },
	{ "Adminton#4471", false },
};

START_TEST(common_passwords)
{
	ck_assert_msg(common_password_is(span_of(passwords[_i].password), NULL) == passwords[_i].common, "%s", passwords[_i].password);
}
END_TEST

START_TEST(countries_are_those_of_the_code_list)
{
	size_t n = 0;

	for (; country_at(n); n++) {
		ck_assert_msg(codelist_is_country_alpha3(span_of(country_at(n)->code)), "%s", country_at(n)->code);
		ck_assert_ptr_eq(country_of(span_of(country_at(n)->code)), country_at(n));
	}
	ck_assert_uint_eq(n, 249);
	ck_assert_ptr_null(country_of(SPAN("XXX")));
}
END_TEST

int main(void)
{
	return suite_run("form", (struct suite_test[]){ SUITE_LOOP(a_field, ARRAY_LEN(fields)), SUITE_LOOP(a_paper, ARRAY_LEN(papers)),
							SUITE_ONCE(what_is_optional_may_be_empty), SUITE_ONCE(built_in_forms_are_sound),
							SUITE_ONCE(what_is_kept_has_no_secrets), SUITE_ONCE(every_allocation_may_fail),
							SUITE_LOOP(common_passwords, ARRAY_LEN(passwords)), SUITE_ONCE(countries_are_those_of_the_code_list), SUITE_END });
}
