/* SPDX-License-Identifier: Apache-2.0 */
/*
 * form_account - the built-in forms of somebody's own account. domain.md J8
 */
#include "broker/identity/form_defaults.h"

static const struct config_form_row password[] = {
	FORM_ROW(password_old),
	FORM_ROW(password),
	FORM_ROW(password_confirm),
};

static const struct config_form_row phone[] = {
	FORM_ROW(phone),
	FORM_ROW(captcha),
	FORM_ROW(code),
};

static const struct config_form_row email[] = {
	FORM_ROW(email),
	FORM_ROW(captcha),
	FORM_ROW(code),
};

static const struct config_form_row close_[] = {
	FORM_ROW(agree),
};

const struct form form_password = FORM_OF("password", password);
const struct form form_phone = FORM_OF("phone", phone);
const struct form form_email = FORM_OF("email", email);
const struct form form_close = FORM_OF("close", close_);
