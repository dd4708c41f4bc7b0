/* SPDX-License-Identifier: Apache-2.0 */
/*
 * form_defaults - the built-in forms. A deployment that says nothing gets these; one that names a form under "forms:" replaces it whole.
 *
 * A new form: a table of rows in the file of its area (form_register.c is the example), declared and listed here.
 */
#include "broker/identity/form_defaults.h"

static const struct form *const forms[] = {
	&form_register_natural,
	&form_register_legal,
	&form_register_expert,
	&form_password,
	&form_phone,
	&form_email,
	&form_close,
	&form_realname,
	&form_realname_legal,
	&form_complete_individual,
	&form_complete_unit,
	&form_complete_expert,
	&form_unit_supplement,
	&form_recover_natural,
	&form_recover_legal,
	&form_recover_link,
	&form_appeal_natural,
	&form_appeal_legal,
	&form_bind_sms,
	&form_bind_password,
	&form_bind_review,
};

const struct form *form_default_at(size_t i)
{
	return i < ARRAY_LEN(forms) ? forms[i] : NULL;
}
