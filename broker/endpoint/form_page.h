/* SPDX-License-Identifier: Apache-2.0 */
/*
 * form_page - a form on a page: its parameters read, its fields as data for the partial {{>form}} (web/templates/_form.html).
 *
 * A page that has a form: a row in routes.c with `.params = form_page_params`, form_find, form_page_read at a POST, form_page_add for the
 * data. The template writes <form id=… method="post" action="{{action}}" novalidate>{{>hidden}}{{>form}}<button …></form>.
 */
#pragma once

#include "broker/endpoint/interaction.h"
#include "broker/identity/document.h"
#include "broker/identity/form.h"

/* For the route table: interaction, do, FILES_PARAMS (files.h), captcha and captcha_id, and every field of form.h. */
extern const struct param_spec form_page_params[];

/* What forms are judged by: the day in China, the rules for passwords and login names of the configuration. The caller may change it. */
struct form_context form_page_context(struct request *rq);
/* Read @form from the parameters of @rq. *@ret_values is an array of form->n values in the request's arena. 0, ERR_FORM, FAULT_MEMORY. */
MUST_USE int form_page_read(struct request *rq, const struct form *form, const struct form_context *context, struct form_value **ret_values);
/* Values for a page that is shown for the first time: what @json (a draft or a submission, may be empty) holds, else the rows' defaults. No
 * errors. */
MUST_USE int form_page_begin(struct request *rq, const struct form *form, struct span json, struct form_value **ret_values);

struct form_page_options {
	/* the code from a message (phone_code.h): where the form has a row "code" */
	bool sent;            /* one is on its way: show where it is typed, and how to get another */
	struct span code;     /* it was typed but not tried yet: shown as it was */
	bool proved;          /* the phone is proved: no code is asked for */
	unsigned wait;        /* seconds until another one may be asked for */
	bool captcha;         /* show a captcha; captcha_check_show has been called, or is to be called, for the page's data */
	struct config_text agreement; /* what the box is about */
	struct span agreement_url, agreement_text;
};

/* Lay @form with @values into the page's @data: form_groups, form_wrong, error (when a value has one). @options may be NULL. */
MUST_USE int form_page_add(struct request *rq, const struct form *form, const struct form_value *values, const struct form_page_options *options,
			   json_t *data);
/* What the page's error is: that of the one wrong field, ERR_FORM for several, 0. */
int form_page_error(const struct form *form, const struct form_value *values);
/* A text of the catalogue in the page's language; empty when there is none. */
struct span form_page_message(struct request *rq, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* ---- form_page_text.c: what things are called in the page's language */

/* A text of a form's row, also one in a single language; empty when there is none. */
struct span form_page_text(struct request *rq, const struct config_text *text);
/* The label of field @name as @form has it, else the catalogue's; empty for a name that nobody knows. */
struct span form_page_label(struct request *rq, const struct form *form, const char *name);
struct span form_page_document(struct request *rq, const struct document_type *type);
/* What @code, a value of @field, is called: by the choices of @row (may be NULL), else by the built-in lists. Empty where the value speaks for itself. */
struct span form_page_choice(struct request *rq, const struct config_form_row *row, const struct form_field *field, struct span code);
