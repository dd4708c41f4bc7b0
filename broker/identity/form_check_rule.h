/* SPDX-License-Identifier: Apache-2.0 */
/*
 * form_check_rule - what the rules of a form's fields share, between form_check.c and form_check_document.c.
 */
#pragma once

#include "broker/identity/form_check.h"

/* The rule of a type of field: sets value, error and detail of @value. FAULT_MEMORY. */
typedef int form_check_rule_fn(struct form_check *check, struct form_value *value);

/* Refused: error.<code>.<@detail>, or error.<code> (NULL). 0, so that a rule can return it. */
int form_check_wrong(struct form_value *value, int error, const char *detail);
/* The field @name in the family of @value: rep_country for rep_id_number. NULL when the form does not ask for it. */
struct form_value *form_check_beside(struct form_check *check, const struct form_value *value, const char *name);
/* Its value; empty when the form does not ask for it. */
struct span form_check_text_beside(struct form_check *check, const struct form_value *value, const char *name);
/* Is @code one of the choices of the field's row? */
bool form_check_is_offered(const struct form_value *value, struct span code);

form_check_rule_fn form_check_id_type, form_check_id_number, form_check_valid_from, form_check_valid_to, form_check_valid_years,
	form_check_country;
/* Does the chosen document have what this field asks for? */
bool form_check_is_asked(struct form_check *check, const struct form_value *value);
