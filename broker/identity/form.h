/* SPDX-License-Identifier: Apache-2.0 */
/*
 * form - what people fill in: one table of every field there is, forms as lists of rows, and one way to read and judge what was typed.
 *
 * The table (FORM_FIELDS) says what a field is: its type, its longest text, how a browser may fill it in. A form says which fields it asks
 * for, in which order, and what else it calls them (struct config_form_row: the operator's form, or a built-in one of form_defaults.c).
 * Page, checks, draft, submission and docs/forms.md follow from these two. Nothing here goes into a log. ui-contract.md, domain.md 2, T9-T16.
 */
#pragma once

#include "broker/base/error.h"
#include "broker/base/json.h"
#include "broker/identity/date.h"
#include "broker/identity/rules.h"
#include "conf/config_form.h"

struct config;

enum form_type {
	FORM_TEXT,           /* one line */
	FORM_LONG_TEXT,      /* several */
	FORM_LOGIN_NAME,     /* a new one (T9) */
	FORM_PASSWORD,       /* a new one (T10); typed and value are never shown, kept or written anywhere */
	FORM_PASSWORD_AGAIN, /* repeats "password" */
	FORM_PASSWORD_OLD,   /* only that it is not empty */
	FORM_PERSON,         /* a person's name */
	FORM_UNIT_NAME,
	FORM_PAYEE,          /* a unit's name that must be context->unit_name, where that is set (T16) */
	FORM_PHONE,
	FORM_EMAIL,
	FORM_ID_TYPE,        /* code of document.h */
	FORM_ID_NUMBER,      /* judged by the type, country and gender beside it: fields with the same prefix ("rep_") */
	FORM_VALID_FROM,     /* asked only of documents that have a validity; value YYYY-MM-DD */
	FORM_VALID_TO,       /* value YYYY-MM-DD or "long"; follows from the years when empty */
	FORM_VALID_YEARS,    /* "5", "10", "20", "long" */
	FORM_COUNTRY,        /* ISO 3166 alpha-3; asked only of documents that name one */
	FORM_GENDER,         /* "1", "2" (GB/T 2261.1) */
	FORM_ETHNIC,         /* "01" … (GB/T 3304) */
	FORM_CHOICE,         /* one of the row's choices */
	FORM_REGION,         /* one of the row's choices, or six digits of GB/T 2260 */
	FORM_DEPARTMENT,     /* one of the choices that the page lays in (form_set_choices) */
	FORM_USCC,
	FORM_BANK_ACCOUNT,
	FORM_AGREE,          /* a box that must be ticked; value "yes" */
	FORM_CAPTCHA,        /* where the page puts the captcha; not judged here */
	FORM_CODE,           /* where the page puts the code from the message; not judged here */
	FORM_TYPES
};

/* name, type, longest text in characters, autocomplete (HTML 4.10.18.7) */
#define FORM_FIELDS(X)                                            \
	X(login_name, LOGIN_NAME, 30, "username")                 \
	X(password_old, PASSWORD_OLD, 256, "current-password")    \
	X(password, PASSWORD, 128, "new-password")                \
	X(password_confirm, PASSWORD_AGAIN, 128, "new-password")  \
	X(name, PERSON, 50, "name")                               \
	X(id_type, ID_TYPE, 3, "off")                             \
	X(id_number, ID_NUMBER, 40, "off")                        \
	X(id_valid_from, VALID_FROM, 10, "off")                   \
	X(id_valid_to, VALID_TO, 10, "off")                       \
	X(id_valid_years, VALID_YEARS, 4, "off")                  \
	X(country, COUNTRY, 3, "country")                         \
	X(gender, GENDER, 6, "sex")                               \
	X(ethnic_code, ETHNIC, 12, "off")                         \
	X(unit_nature, CHOICE, 64, "off")                         \
	X(unit_type, CHOICE, 64, "off")                           \
	X(unit_name, UNIT_NAME, 100, "organization")              \
	X(uscc, USCC, 24, "off")                                  \
	X(rep_name, PERSON, 50, "off")                            \
	X(rep_id_type, ID_TYPE, 3, "off")                         \
	X(rep_id_number, ID_NUMBER, 40, "off")                    \
	X(rep_id_valid_from, VALID_FROM, 10, "off")               \
	X(rep_id_valid_to, VALID_TO, 10, "off")                   \
	X(rep_id_valid_years, VALID_YEARS, 4, "off")              \
	X(rep_country, COUNTRY, 3, "off")                         \
	X(rep_phone, PHONE, 20, "off")                            \
	X(handler_name, PERSON, 50, "name")                       \
	X(handler_id_type, ID_TYPE, 3, "off")                     \
	X(handler_id_number, ID_NUMBER, 40, "off")                \
	X(apply_type, CHOICE, 64, "off")                          \
	X(contact_name, PERSON, 50, "name")                       \
	X(contact_id_type, ID_TYPE, 3, "off")                     \
	X(contact_id_number, ID_NUMBER, 40, "off")                \
	X(contact_phone, PHONE, 20, "tel")                        \
	X(phone, PHONE, 20, "tel")                                \
	X(email, EMAIL, 254, "email")                             \
	X(department, DEPARTMENT, 64, "off")                      \
	X(registered_region, REGION, 64, "off")                   \
	X(registered_address, TEXT, 200, "off")                   \
	X(location_region, REGION, 64, "off")                     \
	X(location_address, TEXT, 200, "street-address")          \
	X(payee, PAYEE, 100, "off")                               \
	X(bank_name, TEXT, 100, "off")                            \
	X(bank_account, BANK_ACCOUNT, 40, "off")                  \
	X(title, TEXT, 50, "organization-title")                  \
	X(field_of_work, TEXT, 200, "off")                        \
	X(address, TEXT, 200, "street-address")                   \
	X(network_auth, TEXT, 8000, "off")                        \
	X(network_pin, TEXT, 2000, "off")                         \
	X(network_photo, TEXT, 32000, "off")                      \
	X(remark, LONG_TEXT, 1000, "off")                         \
	X(reason, LONG_TEXT, 1000, "off")                         \
	X(known_login, TEXT, 64, "off")                           \
	X(source, CHOICE, 32, "off")                              \
	X(user_type, CHOICE, 32, "off")                           \
	X(captcha, CAPTCHA, 32, "off")                            \
	X(code, CODE, 8, "one-time-code")                         \
	X(agree, AGREE, 3, "off")

struct form_field {
	const char *name;
	enum form_type type;
	size_t max; /* characters */
	const char *autocomplete;
};

/* The @i-th field; NULL past the end. */
const struct form_field *form_field_at(size_t i);
const struct form_field *form_field_of(struct span name); /* NULL when there is none */
/* What its family's names begin with: "rep_" for rep_id_number; empty for most. */
struct span form_field_family(const struct form_field *field);
const char *form_type_name(enum form_type type);          /* "login_name" … for docs and pages */
/* Passwords, the code and the captcha: never written back into a page, a draft or a submission. */
bool form_is_secret(const struct form_field *field);

struct form {
	const char *name; /* "register-natural" */
	const struct config_form_row *rows;
	size_t n;
};

/* The operator's form @name, else the built-in one; a form without rows when there is neither. */
struct form form_find(const struct config *config, const char *name);
/* The @i-th built-in form (form_defaults.c: a deployment without "forms:" works); NULL past the end. */
const struct form *form_default_at(size_t i);
/* A check for config_sources: are the forms of @config known, and their fields, and what they offer? */
void form_config_check(const struct config *config, const struct yaml_node *root, struct problems *problems);
/* The row of field @name; NULL when the form does not ask for it. */
const struct config_form_row *form_row(const struct form *form, const char *name);
/* *@form with rows of its own, in which field @name offers @choices (a department tree, the districts of a city). */
MUST_USE int form_set_choices(struct form *form, const char *name, struct config_form_choices choices, struct arena *arena);

struct form_value {
	const struct config_form_row *row;
	const struct form_field *field;
	struct span typed; /* as it came, outer white space off */
	struct span value; /* as it is kept: normalised; empty when nothing was given, or not asked for (a country of an ID card) */
	bool is_asked;     /* false: the document type chosen has no such thing */
	int error;         /* ERR_… or 0 */
	const char *detail; /* more precisely: the text "error.<code>.<detail>" where there is one; NULL: none */
};

struct form_context {
	struct date today;       /* in China */
	struct rules_password password; /* min, max …; login_name and phone are taken from the form where it has them */
	const struct option_list *reserved; /* prefixes of login names that nobody may register; NULL: HJ_ */
	struct span unit_name;   /* FORM_PAYEE */
	bool legacy;             /* numbers are matched with imported records: 15 digits are accepted (domain.md 2.2) */
};

/* What was typed into field @name: the parameter of that name. */
typedef struct span form_lookup_fn(void *arg, const char *name);

/* Read and judge every row into @ret_values (form->n of them): all errors at once. 0 when all is well, ERR_FORM when a value has an error,
 * FAULT_MEMORY. Whether something exists or is taken is the caller's (form_set_error). */
MUST_USE int form_read(const struct form *form, form_lookup_fn *typed_of, void *arg, const struct form_context *context, struct arena *arena,
		       struct form_value *ret_values);
/* The value of field @name; NULL when the form has no such row. */
struct form_value *form_value_of(const struct form *form, struct form_value *values, const char *name);
/* Its normalised text; empty when the form does not ask. */
struct span form_text(const struct form *form, const struct form_value *values, const char *name);
/* Lay the blame on field @name (where the form has it). */
void form_set_error(const struct form *form, struct form_value *values, const char *name, int error, const char *detail);
/* Forget every error, but that of field @but (NULL: none): a page that is shown again for another reason than its content. */
void form_forget_errors(const struct form *form, struct form_value *values, const char *but);
bool form_has_errors(const struct form *form, const struct form_value *values);

/* {"name": "value", …} of what was given, without secrets, captcha, code and agreement: for submission.values. */
MUST_USE int form_json(const struct form *form, const struct form_value *values, struct arena *arena, struct span *ret_json);
/* The same of what was typed, right or wrong: for interaction.draft. */
MUST_USE int form_draft(const struct form *form, const struct form_value *values, struct arena *arena, struct span *ret_json);
/* A form_lookup_fn over a JSON object (a draft, a submission): @arg is the json_t. */
struct span form_lookup_json(void *arg, const char *name);
