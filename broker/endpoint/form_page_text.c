/* SPDX-License-Identifier: Apache-2.0 */
/*
 * form_page_text - what a form's texts and codes are called in the page's language: on the form itself and where others read what was filled in
 * (the review desk).
 */
#include "broker/endpoint/form_page.h"
#include "broker/endpoint/page.h"
#include "broker/identity/codelist.h"
#include "broker/identity/country.h"
#include "conf/config.h"

struct span form_page_text(struct request *rq, const struct config_text *text)
{
	struct span only = text->zh.n ? text->zh : text->en;

	return text->zh.n && text->en.n ? page_text(rq, text) : only.n ? only : SPAN("");
}

struct span form_page_label(struct request *rq, const struct form *form, const char *name)
{
	const struct config_form_row *row = form_row(form, name);
	struct span text = row ? form_page_text(rq, &row->label) : SPAN("");

	if (!text.n)
		text = form_page_message(rq, "form.%s.%s.label", form->name, name);
	return text.n ? text : form_page_message(rq, "form.label.%s", name);
}

struct span form_page_document(struct request *rq, const struct document_type *type)
{
	return span_of(request_language(rq) == LANGUAGE_EN ? type->en : type->zh);
}

static struct span country_name(struct request *rq, struct span code)
{
	const struct country *country = country_of(code);

	return country ? span_of(request_language(rq) == LANGUAGE_EN ? country->en : country->zh) : SPAN("");
}

static struct span own_choice(struct request *rq, const struct config_form_row *row, struct span code)
{
	for (size_t i = 0; row && i < row->choices.n; i++)
		if (span_eq(row->choices.items[i].value, code))
			return form_page_text(rq, &row->choices.items[i].text);
	return SPAN("");
}

struct span form_page_choice(struct request *rq, const struct config_form_row *row, const struct form_field *field, struct span code)
{
	struct span text = own_choice(rq, row, code);
	const struct document_type *document;
	const struct codelist_ethnic *ethnic;
	const struct config_department *department;

	if (text.n || !code.n)
		return text;
	switch (field->type) {
	case FORM_ID_TYPE:
		document = document_type_of(code);
		return document ? form_page_document(rq, document) : SPAN("");
	case FORM_COUNTRY:
		return country_name(rq, code);
	case FORM_ETHNIC:
		ethnic = codelist_ethnic_of(code);
		return ethnic ? form_page_message(rq, "ethnic.%s", ethnic->code) : SPAN("");
	case FORM_DEPARTMENT:
		department = config_department(&app_of(rq)->config->departments, code);
		return department ? page_text(rq, &department->name) : SPAN("");
	case FORM_VALID_TO: /* a day, or "long" */
		return form_page_message(rq, "choice.%s." SPAN_FMT, form_type_name(FORM_VALID_YEARS), SPAN_ARG(code));
	case FORM_GENDER:
	case FORM_VALID_YEARS:
		return form_page_message(rq, "choice.%s." SPAN_FMT, form_type_name(field->type), SPAN_ARG(code));
	case FORM_CHOICE:
	case FORM_REGION:
		return form_page_message(rq, "choice.%s." SPAN_FMT, field->name, SPAN_ARG(code));
	default:
		return SPAN("");
	}
}
