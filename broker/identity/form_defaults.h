/* SPDX-License-Identifier: Apache-2.0 */
/*
 * form_defaults - the built-in forms, each in the file of its area. Reached through form_find and form_default_at.
 */
#pragma once

#include "broker/identity/form.h"

/* form_register.c */
extern const struct form form_register_natural, form_register_legal, form_register_expert;
/* form_realname.c */
extern const struct form form_realname, form_realname_legal, form_complete_individual, form_complete_unit, form_complete_expert;
/* form_recover.c */
extern const struct form form_recover_natural, form_recover_legal, form_recover_link, form_appeal_natural, form_appeal_legal;

/* form_bind.c */
extern const struct form form_bind_sms, form_bind_password, form_bind_review;
/* form_unit.c */
extern const struct form form_unit_supplement;
/* form_account.c */
extern const struct form form_password, form_phone, form_email, form_close;

/* Shorthands for rows and choices of built-in forms. */
#define FORM_ROW(field, ...) { .name = SPAN(#field), .required = true, __VA_ARGS__ }
#define FORM_OPTIONAL(field, ...) { .name = SPAN(#field), __VA_ARGS__ }
#define FORM_CHOICES(table) .choices = { table, ARRAY_LEN(table) }
#define FORM_OF(form_name, table) { .name = form_name, .rows = table, .n = ARRAY_LEN(table) }
