/* SPDX-License-Identifier: Apache-2.0 */
/*
 * form_page_data - what the partial {{>form}} shows of a form: groups of fields, each with everything it needs, and what is wrong.
 *
 * Texts are chosen here: the form's own row, then the catalogue by form and field, then by field.
 */
#include "broker/endpoint/form_page.h"
#include "broker/endpoint/page.h"
#include "broker/identity/codelist.h"
#include "broker/identity/country.h"
#include "broker/identity/document.h"
#include "conf/config.h"

#include <stdlib.h>

struct laying {
	struct request *rq;
	const struct form *form;
	const struct form_value *values;
	const struct form_page_options *options;
	json_t *data;
};

/* Always there, also when empty: a name that an item lacks would be looked up outside of it. */
static void set(json_t *object, const char *key, struct span text)
{
	if (object)
		json_object_set_new(object, key, json_stringn(text.n ? text.p : "", text.n));
}

static void set_bool(json_t *object, const char *key, bool value)
{
	if (object)
		json_object_set_new(object, key, json_boolean(value));
}

/* ---- texts of a field */

static struct span label_of(struct laying *l, const struct form_value *value)
{
	struct span text = form_page_label(l->rq, l->form, value->field->name);

	return text.n ? text : span_of(value->field->name);
}

static struct span prompt_of(struct laying *l, const struct form_value *value)
{
	struct span text = form_page_message(l->rq, "form.%s.%s.prompt", l->form->name, value->field->name);

	return text.n ? text : form_page_message(l->rq, "form.prompt.%s", value->field->name);
}

/* T10 speaks of 8 to 20 characters and three classes; an operator's other rule is told in words of its own. */
static struct span password_rule(struct laying *l)
{
	const struct config_password *rule = &app_of(l->rq)->config->password;
	struct span text = form_page_message(l->rq, "error.password_rule.other");
	const int64_t numbers[] = { rule->min, rule->max, rule->classes };
	struct buf buf = buf_new(l->rq->arena, 256);
	struct span rest = text, ready;

	if (rule->min == 8 && rule->max == 20 && rule->classes == 3)
		return form_page_message(l->rq, "error.password_rule");
	for (size_t i = 0; rest.p; i++) {
		buf_add(&buf, span_cut(&rest, '{'));
		if (!rest.p || i >= ARRAY_LEN(numbers))
			break;
		buf_i64(&buf, numbers[i]); /* {min}, {max}, {classes}: the text names them in this order */
		(void)span_cut(&rest, '}');
	}
	return buf_done(&buf, &ready) ? text : ready;
}

static struct span hint_of(struct laying *l, const struct form_value *value)
{
	struct span text = form_page_text(l->rq, &value->row->hint);

	if (!text.n && value->field->type == FORM_PASSWORD)
		text = password_rule(l);
	if (!text.n)
		text = form_page_message(l->rq, "form.%s.%s.hint", l->form->name, value->field->name);
	return text.n ? text : form_page_message(l->rq, "form.hint.%s", value->field->name);
}

static struct span empty_text(struct laying *l, const struct form_value *value)
{
	struct span text = form_page_text(l->rq, &value->row->empty);

	if (!text.n)
		text = form_page_message(l->rq, "form.%s.%s.empty", l->form->name, value->field->name);
	if (!text.n)
		text = form_page_message(l->rq, "error.field_empty.%s", value->field->name);
	if (!text.n)
		text = form_page_message(l->rq, "form.%s.%s.prompt", l->form->name, value->field->name);
	if (!text.n)
		text = form_page_message(l->rq, "form.prompt.%s", value->field->name);
	return text.n ? text : form_page_message(l->rq, "error.field_empty");
}

static struct span error_text(struct laying *l, const struct form_value *value)
{
	const char *code = error_row(value->error)->code;
	struct span text = { NULL, 0 };

	if (value->error == ERR_FIELD_EMPTY)
		return empty_text(l, value);
	if (value->detail)
		text = form_page_message(l->rq, "error.%s.%s", code, value->detail);
	else if (value->error == ERR_PASSWORD_RULE)
		text = password_rule(l);
	if (!text.n)
		text = form_page_message(l->rq, "error.%s.%s", code, value->field->name);
	return text.n ? text : form_page_message(l->rq, "error.%s", code);
}

/* ---- options */

static void add_option(json_t *list, struct span value, struct span text, struct span chosen)
{
	json_t *option = json_object();

	set(option, "option_value", value);
	set(option, "option_text", text.n ? text : value);
	set_bool(option, "option_chosen", span_eq(value, chosen));
	if (json_array_append_new(list, option))
		return; /* without memory the page is short of an option, and rendering fails soon after */
}

static int by_english(const void *a, const void *b)
{
	return strcmp((*(const struct country *const *)a)->en, (*(const struct country *const *)b)->en);
}

static void add_countries(struct laying *l, json_t *list, struct span chosen)
{
	bool english = request_language(l->rq) == LANGUAGE_EN;
	const struct country *sorted[300];
	size_t n = 0;

	while (n < ARRAY_LEN(sorted) && (sorted[n] = country_at(n)))
		n++;
	if (english)
		qsort(sorted, n, sizeof *sorted, by_english);
	for (size_t i = 0; i < n; i++)
		add_option(list, span_of(sorted[i]->code), span_of(english ? sorted[i]->en : sorted[i]->zh), chosen);
}

static void add_ethnic(struct laying *l, json_t *list, const struct form_value *value, struct span chosen)
{
	const struct codelist_ethnic *ethnic;

	for (size_t i = 0; (ethnic = codelist_ethnic_at(i)); i++)
		add_option(list, span_of(ethnic->code), form_page_choice(l->rq, value->row, value->field, span_of(ethnic->code)), chosen);
}

static void add_codes(struct laying *l, json_t *list, const struct form_value *value, const char *const *codes, struct span chosen)
{
	for (; *codes; codes++)
		add_option(list, span_of(*codes), form_page_choice(l->rq, value->row, value->field, span_of(*codes)), chosen);
}

static void add_options(struct laying *l, json_t *item, const struct form_value *value)
{
	static const char *const genders[] = { "1", "2", NULL }, *const years[] = { "5", "10", "20", "long", NULL };
	const struct config_form_choices *choices = &value->row->choices;
	const struct document_type *type;
	json_t *list = json_array();

	for (size_t i = 0; i < choices->n; i++)
		add_option(list, choices->items[i].value, form_page_choice(l->rq, value->row, value->field, choices->items[i].value), value->typed);
	if (!choices->n && value->field->type == FORM_ID_TYPE)
		for (size_t i = 0; (type = document_type_at(i)); i++)
			add_option(list, span_of(type->code), form_page_document(l->rq, type), value->typed);
	else if (value->field->type == FORM_COUNTRY)
		add_countries(l, list, value->typed);
	else if (value->field->type == FORM_ETHNIC)
		add_ethnic(l, list, value, value->typed);
	else if (value->field->type == FORM_GENDER)
		add_codes(l, list, value, genders, value->value.n ? value->value : value->typed);
	else if (value->field->type == FORM_VALID_YEARS)
		add_codes(l, list, value, years, value->typed);
	json_object_set_new(item, "options", list);
}

/* ---- which documents a field is for */

static bool needs(const struct form_value *value, const struct document_type *type, const struct config_form_choice *choice)
{
	if (value->field->type != FORM_COUNTRY)
		return type->has_validity;
	return choice && choice->country != CONFIG_FORM_COUNTRY_AUTO ? choice->country == CONFIG_FORM_COUNTRY_YES : type->wants_country;
}

/* The hint for those without scripts, and for the script which values of which field show it. */
static int add_condition(struct laying *l, json_t *item, const struct form_value *value)
{
	struct span family = form_field_family(value->field);
	char *controller = arena_printf(l->rq->arena, SPAN_FMT "id_type", SPAN_ARG(family));
	struct buf codes = buf_new(l->rq->arena, 64), names = buf_new(l->rq->arena, 256);
	struct span text = SPAN(""), listed;

	set(item, "when_field", SPAN(""));
	set(item, "when_values", SPAN(""));
	set(item, "only", SPAN(""));
	if (!controller)
		return FAULT_MEMORY;
	if (value->field->type != FORM_COUNTRY && value->field->type != FORM_VALID_FROM && value->field->type != FORM_VALID_TO &&
	    value->field->type != FORM_VALID_YEARS)
		return 0;
	const struct form_value *type_value = form_value_of(l->form, (struct form_value *)(uintptr_t)l->values, controller);
	if (!type_value)
		return 0; /* resident cards only */
	const struct config_form_choices *choices = &type_value->row->choices;
	const struct document_type *type;
	for (size_t i = 0; choices->n ? i < choices->n : document_type_at(i) != NULL; i++) {
		type = choices->n ? document_type_of(choices->items[i].value) : document_type_at(i);
		if (!type || !needs(value, type, choices->n ? &choices->items[i] : NULL))
			continue;
		if (codes.n) {
			buf_char(&codes, ' ');
			buf_add(&names, request_language(l->rq) == LANGUAGE_EN ? SPAN(", ") : SPAN("、"));
		}
		buf_add(&codes, span_of(type->code));
		buf_add(&names, form_page_document(l->rq, type));
	}
	TRY(buf_done(&codes, &text));
	TRY(buf_done(&names, &listed));
	set(item, "when_field", span_of(controller));
	set(item, "when_values", text.n ? text : SPAN("-"));
	set(item, "only", listed);
	return 0;
}

/* ---- a field */

/* How each type is shown: which part of the template, which kind of input. */
static const struct {
	const char *kind, *input, *inputmode;
} shapes[FORM_TYPES] = {
	[FORM_TEXT] = { "text", "text", "text" },
	[FORM_LONG_TEXT] = { "textarea", "", "" },
	[FORM_LOGIN_NAME] = { "text", "text", "text" },
	[FORM_PASSWORD] = { "password", "", "" },
	[FORM_PASSWORD_AGAIN] = { "password", "", "" },
	[FORM_PASSWORD_OLD] = { "password", "", "" },
	[FORM_PERSON] = { "text", "text", "text" },
	[FORM_UNIT_NAME] = { "text", "text", "text" },
	[FORM_PAYEE] = { "text", "text", "text" },
	[FORM_PHONE] = { "text", "tel", "tel" },
	[FORM_EMAIL] = { "text", "email", "email" },
	[FORM_ID_TYPE] = { "select", "", "" },
	[FORM_ID_NUMBER] = { "text", "text", "text" },
	[FORM_VALID_FROM] = { "text", "date", "text" },
	[FORM_VALID_TO] = { "text", "date", "text" },
	[FORM_VALID_YEARS] = { "radio", "", "" },
	[FORM_COUNTRY] = { "select", "", "" },
	[FORM_GENDER] = { "select", "", "" },
	[FORM_ETHNIC] = { "select", "", "" },
	[FORM_CHOICE] = { "select", "", "" },
	[FORM_REGION] = { "text", "text", "text" },
	[FORM_DEPARTMENT] = { "select", "", "" },
	[FORM_USCC] = { "text", "text", "text" },
	[FORM_BANK_ACCOUNT] = { "text", "text", "numeric" },
	[FORM_AGREE] = { "agree", "", "" },
	[FORM_CAPTCHA] = { "captcha", "", "" },
	[FORM_CODE] = { "code", "", "" },
};

static const char *kind_of(const struct form_value *value)
{
	if (value->field->type == FORM_REGION && value->row->choices.n)
		return "select";
	if (value->field->type == FORM_CHOICE && value->row->radio)
		return "radio";
	return shapes[value->field->type].kind;
}

/* A date field of the browser takes only YYYY-MM-DD; anything else would vanish from the page. */
static const char *input_of(const struct form_value *value)
{
	const char *input = shapes[value->field->type].input;
	bool is_iso = value->typed.n == 10 && value->typed.p[4] == '-' && value->typed.p[7] == '-';

	return strcmp(input, "date") == 0 && value->typed.n && !is_iso ? "text" : input;
}

static int add_ids(struct laying *l, json_t *item, const struct form_value *value, bool has_hint, bool has_only)
{
	struct buf ids = buf_new(l->rq->arena, 64);
	struct span text;

	if (has_hint)
		buf_printf(&ids, "%s-hint ", value->field->name);
	if (has_only)
		buf_printf(&ids, "%s-only ", value->field->name);
	if (value->error)
		buf_printf(&ids, "%s-error", value->field->name);
	TRY(buf_done(&ids, &text));
	set(item, "described", span_trim(text));
	return 0;
}

/* A field's id is its name, but where the form itself has that id (the password of /password). */
static struct span id_of(const struct laying *l, const struct form_value *value)
{
	const char *name = value->field->name;

	return span_of(strcmp(name, l->form->name) != 0 ? name : arena_printf(l->rq->arena, "%s-field", name));
}

static struct span shown_of(const struct laying *l, const struct form_value *value)
{
	if (value->field->type == FORM_CODE && l->options)
		return l->options->code;
	return form_is_secret(value->field) ? SPAN("") : value->typed;
}

static int lay_field(struct laying *l, const struct form_value *value, json_t *item)
{
	const struct form_field *field = value->field;
	struct span hint = hint_of(l, value);

	set(item, "name", span_of(field->name));
	if (strcmp(field->name, l->form->name) == 0)
		set(item, "own_id", id_of(l, value));
	set(item, "kind", span_of(kind_of(value)));
	set(item, "label", label_of(l, value));
	set(item, "hint", hint);
	set(item, "prompt", prompt_of(l, value));
	set(item, "input", span_of(input_of(value)));
	set(item, "inputmode", span_of(shapes[field->type].inputmode));
	set(item, "autocomplete", span_of(field->autocomplete));
	set(item, "value", shown_of(l, value));
	set(item, "wrong", value->error ? error_text(l, value) : SPAN(""));
	set_bool(item, "required", value->row->required);
	set_bool(item, "ticked", field->type == FORM_AGREE && value->typed.n);
	json_object_set_new(item, "maxlength", json_integer((json_int_t)field->max));
	add_options(l, item, value);
	TRY(add_condition(l, item, value));
	return add_ids(l, item, value, hint.n, json_string_length(json_object_get(item, "only")));
}

/* ---- the form */

/* The captcha stands where its row is; once a code is on its way, beside the button that sends another. */
static bool is_left_out(const struct laying *l, const struct form_value *value)
{
	const struct form_page_options *options = l->options;

	if (!value->field)
		return true;
	if (value->field->type == FORM_CAPTCHA)
		return !options || !options->captcha || options->sent || options->proved;
	return false;
}

static bool same_group(const struct config_text *a, const struct config_text *b)
{
	return span_eq(a->zh, b->zh) && span_eq(a->en, b->en);
}

static int lay_groups(struct laying *l)
{
	const struct config_text *open = NULL;
	json_t *groups = json_array(), *fields = NULL;

	json_object_set_new(l->data, "form_groups", groups);
	for (size_t i = 0; i < l->form->n; i++) {
		const struct form_value *value = &l->values[i];

		if (is_left_out(l, value))
			continue;
		if (!open || !same_group(open, &value->row->group)) {
			json_t *group = json_object();

			open = &value->row->group;
			fields = json_array();
			set(group, "legend", form_page_text(l->rq, open));
			json_object_set_new(group, "fields", fields);
			json_array_append_new(groups, group);
		}
		json_t *item = json_object();
		if (!item || json_array_append_new(fields, item))
			return FAULT_MEMORY;
		TRY(lay_field(l, value, item));
	}
	return 0;
}

int form_page_error(const struct form *form, const struct form_value *values)
{
	int error = 0;

	for (size_t i = 0; i < form->n; i++)
		if (values[i].field && values[i].error)
			error = error ? ERR_FORM : values[i].error;
	return error;
}

/* One wrong field speaks for the page; of several, the page lists them. */
static void lay_errors(struct laying *l)
{
	json_t *list = json_array(), *error;
	const struct form_value *first = NULL;
	size_t n = 0;

	for (size_t i = 0; i < l->form->n; i++) {
		const struct form_value *value = &l->values[i];

		if (!value->field || !value->error)
			continue;
		json_t *item = json_object();
		set(item, "wrong_name", id_of(l, value));
		set(item, "wrong_label", label_of(l, value));
		set(item, "wrong_text", error_text(l, value));
		json_array_append_new(list, item);
		if (value->field->type == FORM_CAPTCHA) /* the partial of the captcha looks there */
			page_set_field_error(l->data, "captcha", value->error);
		first = first ? first : value;
		n++;
	}
	json_object_set_new(l->data, "form_wrong", n > 1 ? list : json_array());
	if (n <= 1)
		json_decref(list);
	if (!n || json_object_get(l->data, "error"))
		return;
	int reason = form_page_error(l->form, l->values);
	bool is_about_time = reason == ERR_SMS_LIMIT || reason == ERR_TOO_MANY || reason == ERR_LOCKED;

	page_set_error(l->data, reason, l->options && is_about_time ? l->options->wait : 0);
	error = json_object_get(l->data, "error");
	if (n == 1)
		page_set(error, "said", error_text(l, first));
}

static void lay_options(struct laying *l)
{
	const struct form_page_options *options = l->options;
	const struct form_page_options none = { 0 };

	if (!options)
		options = &none;
	set_bool(l->data, "form_sent", options->sent && !options->proved);
	set_bool(l->data, "form_proved", options->proved);
	set_bool(l->data, "form_captcha", options->captcha && (options->sent || !form_row(l->form, "captcha")));
	json_object_set_new(l->data, "form_wait", json_integer(options->wait));
	set(l->data, "agreement", form_page_text(l->rq, &options->agreement));
	set(l->data, "agreement_url", options->agreement_url);
	set(l->data, "agreement_text", options->agreement_text);
}

int form_page_add(struct request *rq, const struct form *form, const struct form_value *values, const struct form_page_options *options, json_t *data)
{
	struct laying laying = { rq, form, values, options, data };

	if (!data)
		return FAULT_MEMORY;
	lay_options(&laying);
	TRY(lay_groups(&laying));
	lay_errors(&laying);
	return 0;
}
