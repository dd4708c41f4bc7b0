/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/identity/form.h"

#include "broker/identity/document.h"
#include "broker/identity/form_check.h"
#include "conf/config.h"
#include "conf/yaml.h"

/* What belongs together with the field of this name: the country and the validity of the same document. */
static const struct span families[] = { { "rep_", 4 }, { "handler_", 8 }, { "contact_", 8 } };

#define X(name_, type_, max_, autocomplete_) { .name = #name_, .type = FORM_##type_, .max = (max_), .autocomplete = (autocomplete_) },
static const struct form_field fields[] = { FORM_FIELDS(X) };
#undef X

const struct form_field *form_field_at(size_t i)
{
	return i < ARRAY_LEN(fields) ? &fields[i] : NULL;
}

const struct form_field *form_field_of(struct span name)
{
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		if (span_is(name, fields[i].name))
			return &fields[i];
	return NULL;
}

struct span form_field_family(const struct form_field *field)
{
	for (size_t i = 0; i < ARRAY_LEN(families); i++)
		if (span_starts(span_of(field->name), families[i]))
			return families[i];
	return SPAN("");
}

const char *form_type_name(enum form_type type)
{
	static const char *const names[] = {
		[FORM_TEXT] = "text", [FORM_LONG_TEXT] = "long_text", [FORM_LOGIN_NAME] = "login_name", [FORM_PASSWORD] = "password",
		[FORM_PASSWORD_AGAIN] = "password_again", [FORM_PASSWORD_OLD] = "password_old", [FORM_PERSON] = "person",
		[FORM_UNIT_NAME] = "unit_name", [FORM_PAYEE] = "payee", [FORM_PHONE] = "phone", [FORM_EMAIL] = "email",
		[FORM_ID_TYPE] = "id_type", [FORM_ID_NUMBER] = "id_number", [FORM_VALID_FROM] = "valid_from",
		[FORM_VALID_TO] = "valid_to", [FORM_VALID_YEARS] = "valid_years", [FORM_COUNTRY] = "country", [FORM_GENDER] = "gender",
		[FORM_ETHNIC] = "ethnic", [FORM_CHOICE] = "choice", [FORM_REGION] = "region", [FORM_DEPARTMENT] = "department",
		[FORM_USCC] = "uscc", [FORM_BANK_ACCOUNT] = "bank_account", [FORM_AGREE] = "agree", [FORM_CAPTCHA] = "captcha",
		[FORM_CODE] = "code",
	};

	_Static_assert(ARRAY_LEN(names) == FORM_TYPES, "one name a type");
	return names[type];
}

bool form_is_secret(const struct form_field *field)
{
	switch (field->type) {
	case FORM_PASSWORD:
	case FORM_PASSWORD_AGAIN:
	case FORM_PASSWORD_OLD:
	case FORM_CAPTCHA:
	case FORM_CODE:
		return true;
	default:
		return false;
	}
}

/* ---- forms */

static const struct form *find_default(struct span name)
{
	for (size_t i = 0; form_default_at(i); i++)
		if (span_is(name, form_default_at(i)->name))
			return form_default_at(i);
	return NULL;
}

struct form form_find(const struct config *config, const char *name)
{
	const struct form *built_in = find_default(span_of(name));

	for (size_t i = 0; config && i < config->forms.n; i++)
		if (span_is(config->forms.items[i].name, name))
			return (struct form){ name, config->forms.items[i].fields.items, config->forms.items[i].fields.n };
	return built_in ? *built_in : (struct form){ .name = name };
}

static void check_row(const struct config_form_row *row, struct place place, struct problems *problems)
{
	const struct form_field *field = form_field_of(row->name);
	bool is_list = field && (field->type == FORM_CHOICE || field->type == FORM_ID_TYPE);

	if (!field)
		problem_add(problems, place, "there is no field \"" SPAN_FMT "\" (docs/forms.md)", SPAN_ARG(row->name));
	else if (field->type == FORM_CHOICE && !row->choices.n)
		problem_add(problems, place, "the field \"" SPAN_FMT "\" needs \"choices\"", SPAN_ARG(row->name));
	for (size_t i = 0; field && field->type == FORM_ID_TYPE && i < row->choices.n; i++)
		if (!document_type_of(row->choices.items[i].value))
			problem_add(problems, place, "there is no document type \"" SPAN_FMT "\" (docs/forms.md)", SPAN_ARG(row->choices.items[i].value));
	if (is_list && row->def.n) {
		bool offered = !row->choices.n;

		for (size_t i = 0; i < row->choices.n && !offered; i++)
			offered = span_eq(row->choices.items[i].value, row->def);
		if (!offered)
			problem_add(problems, place, "the default of \"" SPAN_FMT "\" is none of its choices", SPAN_ARG(row->name));
	}
}

void form_config_check(const struct config *config, const struct yaml_node *root, struct problems *problems)
{
	const struct yaml_node *list = yaml_get(root, "forms"), *item = list ? list->first : NULL;

	for (size_t i = 0; i < config->forms.n; i++, item = item ? item->next : NULL) {
		const struct config_form *form = &config->forms.items[i];
		const struct yaml_node *rows = item ? yaml_get(item, "fields") : NULL, *row = rows ? rows->first : NULL;

		if (!find_default(form->name))
			problem_add(problems, item ? item->place : root->place, "there is no form \"" SPAN_FMT "\" (docs/forms.md)", SPAN_ARG(form->name));
		for (size_t j = 0; j < form->fields.n; j++, row = row ? row->next : NULL)
			check_row(&form->fields.items[j], row ? row->place : root->place, problems);
	}
}

const struct config_form_row *form_row(const struct form *form, const char *name)
{
	for (size_t i = 0; i < form->n; i++)
		if (span_is(form->rows[i].name, name))
			return &form->rows[i];
	return NULL;
}

int form_set_choices(struct form *form, const char *name, struct config_form_choices choices, struct arena *arena)
{
	struct config_form_row *rows = arena_array(arena, struct config_form_row, form->n ? form->n : 1);

	if (!rows)
		return FAULT_MEMORY;
	for (size_t i = 0; i < form->n; i++) {
		rows[i] = form->rows[i];
		if (span_is(rows[i].name, name))
			rows[i].choices = choices;
	}
	form->rows = rows;
	return 0;
}

/* ---- read */

/* Judged after the fields that they look at. */
static bool is_late(enum form_type type)
{
	return type == FORM_PASSWORD || type == FORM_PASSWORD_AGAIN || type == FORM_ID_NUMBER || type == FORM_VALID_FROM || type == FORM_VALID_YEARS ||
	       type == FORM_VALID_TO || type == FORM_COUNTRY || type == FORM_PAYEE;
}

static int judge(struct form_check *check, bool late)
{
	for (size_t i = 0; i < check->form->n; i++) {
		struct form_value *value = &check->values[i];

		if (value->field && is_late(value->field->type) == late)
			TRY(form_check_value(check, value));
	}
	return 0;
}

int form_read(const struct form *form, form_lookup_fn *typed_of, void *arg, const struct form_context *context, struct arena *arena,
	      struct form_value *ret_values)
{
	struct form_check check = { form, context, arena, ret_values };

	for (size_t i = 0; i < form->n; i++) {
		const struct form_field *field = form_field_of(form->rows[i].name);

		ret_values[i] = (struct form_value){ .row = &form->rows[i], .field = field, .is_asked = true };
		if (!field)
			continue; /* form_config_check has refused it where the configuration was loaded */
		ret_values[i].typed = typed_of(arg, field->name);
		if (!form_is_secret(field))
			ret_values[i].typed = span_trim(ret_values[i].typed);
	}
	TRY(judge(&check, false));
	TRY(judge(&check, true));
	return form_has_errors(form, ret_values) ? ERR_FORM : 0;
}

struct form_value *form_value_of(const struct form *form, struct form_value *values, const char *name)
{
	for (size_t i = 0; i < form->n; i++)
		if (span_is(form->rows[i].name, name))
			return &values[i];
	return NULL;
}

struct span form_text(const struct form *form, const struct form_value *values, const char *name)
{
	const struct form_value *value = form_value_of(form, (struct form_value *)values, name);

	return value ? value->value : SPAN("");
}

void form_set_error(const struct form *form, struct form_value *values, const char *name, int error, const char *detail)
{
	struct form_value *value = form_value_of(form, values, name);

	if (!value)
		return;
	value->error = error;
	value->detail = detail;
}

void form_forget_errors(const struct form *form, struct form_value *values, const char *but)
{
	for (size_t i = 0; i < form->n; i++)
		if (!but || !span_is(form->rows[i].name, but))
			values[i].error = 0;
}

bool form_has_errors(const struct form *form, const struct form_value *values)
{
	for (size_t i = 0; i < form->n; i++)
		if (values[i].error)
			return true;
	return false;
}

/* ---- kept */

static int write_json(const struct form *form, const struct form_value *values, bool as_typed, struct arena *arena, struct span *ret_json)
{
	struct buf buf = buf_new(arena, 512);
	struct json_writer w = json_writer(&buf);

	json_open(&w, '{');
	for (size_t i = 0; i < form->n; i++) {
		const struct form_value *value = &values[i];

		if (value->field && !form_is_secret(value->field) && value->field->type != FORM_AGREE)
			json_member_str(&w, value->field->name, as_typed ? value->typed : value->value);
	}
	json_close(&w, '}');
	return buf_done(&buf, ret_json);
}

int form_json(const struct form *form, const struct form_value *values, struct arena *arena, struct span *ret_json)
{
	return write_json(form, values, false, arena, ret_json);
}

int form_draft(const struct form *form, const struct form_value *values, struct arena *arena, struct span *ret_json)
{
	return write_json(form, values, true, arena, ret_json);
}

struct span form_lookup_json(void *arg, const char *name)
{
	return json_get_span(arg, name);
}
