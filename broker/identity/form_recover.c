/* SPDX-License-Identifier: Apache-2.0 */
/*
 * form_recover - the built-in forms of recovery and appeals. domain.md M7-M10, T3
 */
#include "broker/identity/form_defaults.h"

/* M7: 预留手机号, 新密码, 手机验证码 */
static const struct config_form_row natural[] = {
	FORM_ROW(phone),
	FORM_ROW(captcha),
	FORM_ROW(code),
	FORM_ROW(password),
	FORM_ROW(password_confirm),
};

/* M9: and 单位名称, 统一社会信用代码 */
static const struct config_form_row legal[] = {
	FORM_ROW(unit_name),
	FORM_ROW(uscc),
	FORM_ROW(phone),
	FORM_ROW(captcha),
	FORM_ROW(code),
	FORM_ROW(password),
	FORM_ROW(password_confirm),
};

/* Where a link has shown who it is. */
static const struct config_form_row renewal[] = {
	FORM_ROW(password),
	FORM_ROW(password_confirm),
};

#define TEXT(chinese, english) { { chinese, sizeof chinese - 1 }, { english, sizeof english - 1 } }
/* M10: four, the last of them 其他 */
static const struct config_form_choice natures[] = {
	{ .value = SPAN("enterprise"), .text = TEXT("企业", "Enterprise") },
	{ .value = SPAN("institution"), .text = TEXT("机关事业单位", "Government or public institution") },
	{ .value = SPAN("society"), .text = TEXT("社会组织", "Social organisation") },
	{ .value = SPAN("other"), .text = TEXT("其他", "Other") },
};
static const struct config_form_choice documents[] = {
	{ .value = SPAN("111"), .country = CONFIG_FORM_COUNTRY_NO }, { .value = SPAN("414"), .country = CONFIG_FORM_COUNTRY_NO },
	{ .value = SPAN("511"), .country = CONFIG_FORM_COUNTRY_NO }, { .value = SPAN("516"), .country = CONFIG_FORM_COUNTRY_NO },
	{ .value = SPAN("114"), .country = CONFIG_FORM_COUNTRY_NO }, { .value = SPAN("553"), .country = CONFIG_FORM_COUNTRY_NO },
	{ .value = SPAN("990"), .country = CONFIG_FORM_COUNTRY_NO },
};

/* M8; who forgot the login name may say what they remember (M21). */
static const struct config_form_row appeal_of_natural[] = {
	FORM_ROW(contact_name),
	FORM_ROW(contact_id_type, FORM_CHOICES(documents), .def = SPAN("111")),
	FORM_ROW(contact_id_number),
	FORM_OPTIONAL(known_login),
	FORM_OPTIONAL(email),
	FORM_ROW(reason),
	FORM_ROW(contact_phone),
	FORM_ROW(captcha),
	FORM_ROW(code),
};

/* M10 */
static const struct config_form_row appeal_of_legal[] = {
	FORM_ROW(unit_name),
	FORM_ROW(unit_nature, FORM_CHOICES(natures), .radio = true),
	FORM_OPTIONAL(uscc),
	FORM_OPTIONAL(known_login),
	FORM_ROW(contact_name),
	FORM_ROW(contact_id_type, FORM_CHOICES(documents), .def = SPAN("111")),
	FORM_ROW(contact_id_number),
	FORM_OPTIONAL(email),
	FORM_ROW(reason),
	FORM_ROW(contact_phone),
	FORM_ROW(captcha),
	FORM_ROW(code),
};

const struct form form_recover_natural = FORM_OF("recover-natural", natural);
const struct form form_recover_legal = FORM_OF("recover-legal", legal);
const struct form form_recover_link = FORM_OF("recover-link", renewal);
const struct form form_appeal_natural = FORM_OF("appeal-natural", appeal_of_natural);
const struct form form_appeal_legal = FORM_OF("appeal-legal", appeal_of_legal);
