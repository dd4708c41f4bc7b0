/* SPDX-License-Identifier: Apache-2.0 */
/*
 * form_register - the built-in forms of registration. domain.md T9-T14, Z9, J5
 */
#include "broker/identity/form_defaults.h"

#define COUNTRY(code, needs) { .value = SPAN(code), .country = CONFIG_FORM_COUNTRY_##needs }

/* T14 */
static const struct config_form_choice natural_documents[] = {
	COUNTRY("111", AUTO), COUNTRY("414", NO),   COUNTRY("511", AUTO), COUNTRY("516", AUTO), COUNTRY("113", AUTO),
	COUNTRY("114", AUTO), COUNTRY("117", AUTO), COUNTRY("115", AUTO), COUNTRY("553", YES),
};
/* T12 */
static const struct config_form_choice legal_documents[] = {
	COUNTRY("111", AUTO), COUNTRY("414", YES),  COUNTRY("511", AUTO), COUNTRY("516", AUTO), COUNTRY("113", AUTO),
	COUNTRY("114", AUTO), COUNTRY("117", AUTO), COUNTRY("115", AUTO), COUNTRY("990", AUTO),
};
/* T11 */
static const struct config_form_choice unit_types[] = {
	{ .value = SPAN("enterprise") }, { .value = SPAN("institution") }, { .value = SPAN("society") },
};
static const struct config_form_choice apply_types[] = {
	{ .value = SPAN("technical") }, { .value = SPAN("finance") }, { .value = SPAN("management") }, { .value = SPAN("other") },
};

static const struct config_form_row natural[] = {
	FORM_ROW(login_name),
	FORM_ROW(password),
	FORM_ROW(password_confirm),
	FORM_ROW(name),
	FORM_ROW(id_type, FORM_CHOICES(natural_documents), .def = SPAN("111")),
	FORM_ROW(id_number),
	FORM_ROW(country),
	FORM_ROW(id_valid_from),
	FORM_ROW(id_valid_years, .def = SPAN("10")),
	FORM_ROW(id_valid_to),
	FORM_ROW(phone),
	FORM_ROW(captcha),
	FORM_ROW(code),
	FORM_ROW(agree),
};

static const struct config_form_row legal[] = {
	FORM_ROW(login_name),
	FORM_ROW(password),
	FORM_ROW(password_confirm),
	FORM_ROW(unit_type, FORM_CHOICES(unit_types), .def = SPAN("enterprise")),
	FORM_ROW(unit_name),
	FORM_ROW(uscc),
	FORM_ROW(rep_name),
	FORM_ROW(rep_id_type, FORM_CHOICES(legal_documents), .def = SPAN("111")),
	FORM_ROW(rep_id_number),
	FORM_ROW(rep_country),
	FORM_ROW(rep_id_valid_from),
	FORM_ROW(rep_id_valid_years, .def = SPAN("10")),
	FORM_ROW(rep_id_valid_to),
	FORM_ROW(rep_phone),
	FORM_OPTIONAL(handler_name),
	FORM_ROW(phone),
	FORM_ROW(captcha),
	FORM_ROW(code),
	FORM_ROW(agree),
};

static const struct config_form_row expert[] = {
	FORM_ROW(login_name),
	FORM_ROW(password),
	FORM_ROW(password_confirm),
	FORM_ROW(apply_type, FORM_CHOICES(apply_types)),
	FORM_ROW(contact_name),
	FORM_ROW(phone),
	FORM_ROW(email),
	FORM_ROW(captcha),
	FORM_ROW(agree),
};

const struct form form_register_natural = FORM_OF("register-natural", natural);
const struct form form_register_legal = FORM_OF("register-legal", legal);
const struct form form_register_expert = FORM_OF("register-expert", expert);
