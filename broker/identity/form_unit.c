/* SPDX-License-Identifier: Apache-2.0 */
/*
 * form_unit - the built-in form of a unit's supplement (T16). A deployment with other fields, J2 with name and code among them, names it under
 * "forms:".
 */
#include "broker/identity/form_defaults.h"

#define TEXT(chinese, english) .text = { { chinese, sizeof chinese - 1 }, { english, sizeof english - 1 } }

static const struct config_form_choice natures[] = {
	{ SPAN("for_profit"), TEXT("营利法人", "For-profit legal person") },
	{ SPAN("non_profit"), TEXT("非营利法人", "Non-profit legal person") },
	{ SPAN("special"), TEXT("特别法人", "Special legal person") },
};
static const struct config_form_choice types[] = {
	{ SPAN("enterprise"), TEXT("企业", "Enterprise") },
	{ SPAN("institution"), TEXT("机关事业单位", "Government body or public institution") },
	{ SPAN("society"), TEXT("社会组织", "Social organisation") },
};

static const struct config_form_row supplement[] = {
	FORM_ROW(unit_nature, FORM_CHOICES(natures)),
	FORM_ROW(unit_type, FORM_CHOICES(types)),
	FORM_ROW(contact_name),
	FORM_ROW(phone),
	FORM_ROW(email),
	FORM_ROW(department),
	FORM_ROW(registered_region),
	FORM_ROW(registered_address),
	FORM_OPTIONAL(location_region),
	FORM_ROW(location_address),
	FORM_ROW(payee),
	FORM_ROW(bank_name),
	FORM_ROW(bank_account),
};

const struct form form_unit_supplement = FORM_OF("unit-supplement", supplement);
