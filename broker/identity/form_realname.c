/* SPDX-License-Identifier: Apache-2.0 */
/*
 * form_realname - the built-in forms of real-name verification (Z10, M3, M6) and of complete information (Z7).
 */
#include "broker/identity/form_defaults.h"

#define ZH_EN(chinese, english) { { chinese, sizeof chinese - 1 }, { english, sizeof english - 1 } }

static const struct config_form_choice unit_types[] = {
	{ .value = SPAN("enterprise") }, { .value = SPAN("institution") }, { .value = SPAN("society") },
};

/* The four of Z10, and the document's kind. */
static const struct config_form_row person[] = {
	FORM_ROW(name),
	FORM_ROW(id_type, .def = SPAN("111")),
	FORM_ROW(id_number),
	FORM_ROW(country),
	FORM_OPTIONAL(gender),
	FORM_OPTIONAL(ethnic_code),
};

/* M6: three blocks. */
#define UNIT .group = ZH_EN("法人单位基本信息", "The unit")
#define HANDLER .group = ZH_EN("法人授权信息", "Authorised handler")
#define REP .group = ZH_EN("法定代表人信息", "Legal representative")
static const struct config_form_row legal[] = {
	FORM_ROW(unit_type, FORM_CHOICES(unit_types), .def = SPAN("enterprise"), UNIT),
	FORM_ROW(unit_name, UNIT),
	FORM_ROW(uscc, UNIT),
	FORM_ROW(handler_name, HANDLER),
	FORM_OPTIONAL(handler_id_type, .def = SPAN("111"), HANDLER),
	FORM_OPTIONAL(handler_id_number, HANDLER),
	FORM_ROW(rep_name, REP),
	FORM_ROW(rep_id_type, .def = SPAN("111"), REP),
	FORM_ROW(rep_id_number, REP),
	FORM_ROW(rep_country, REP),
};

static const struct config_form_row individual[] = {
	FORM_ROW(name),
	FORM_OPTIONAL(gender),
	FORM_OPTIONAL(email),
	FORM_OPTIONAL(title),
	FORM_OPTIONAL(field_of_work),
	FORM_OPTIONAL(address),
};

static const struct config_form_row unit[] = {
	FORM_ROW(unit_type, FORM_CHOICES(unit_types), .def = SPAN("enterprise")),
	FORM_ROW(unit_name),
	FORM_ROW(uscc),
	FORM_ROW(contact_name),
	FORM_OPTIONAL(email),
	FORM_OPTIONAL(address),
};

static const struct config_form_row expert[] = {
	FORM_ROW(name),
	FORM_OPTIONAL(unit_name),
	FORM_ROW(title),
	FORM_ROW(field_of_work),
	FORM_OPTIONAL(email),
	FORM_OPTIONAL(address),
};

const struct form form_realname = FORM_OF("realname", person);
const struct form form_realname_legal = FORM_OF("realname-legal", legal);
const struct form form_complete_individual = FORM_OF("complete-individual", individual);
const struct form form_complete_unit = FORM_OF("complete-unit", unit);
const struct form form_complete_expert = FORM_OF("complete-expert", expert);
