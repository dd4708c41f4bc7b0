/* SPDX-License-Identifier: Apache-2.0 */
/*
 * form_bind - the built-in forms by which people bind their old accounts. domain.md Z3
 *
 * The choices of `source` and `user_type` come from "legacy_sources"; a form leaves out what there is nothing to choose of.
 */
#include "broker/identity/form_defaults.h"

#define TEXT(chinese, english) { { chinese, sizeof chinese - 1 }, { english, sizeof english - 1 } }

/* Z3: 用户类型, 手机号, 获取验证码, 验证码, 绑定 */
static const struct config_form_row sms[] = {
	FORM_ROW(source),
	FORM_ROW(user_type, .radio = true),
	FORM_ROW(phone, .label = TEXT("手机号", "Phone"), .hint = TEXT("请填写旧账户中登记的手机号", "The number that the old account has")),
	FORM_ROW(captcha),
	FORM_ROW(code),
};

static const struct config_form_row password[] = {
	FORM_ROW(source),
	FORM_ROW(known_login, .label = TEXT("旧账户登录名", "Login name of the old account")),
	FORM_ROW(password_old, .label = TEXT("旧账户密码", "Password of the old account")),
};

static const struct config_form_row review[] = {
	FORM_ROW(source),
	FORM_OPTIONAL(user_type, .radio = true),
	FORM_OPTIONAL(known_login, .label = TEXT("旧账户登录名", "Login name of the old account")),
	FORM_OPTIONAL(phone, .label = TEXT("旧账户手机号", "Phone of the old account"), .hint = TEXT("登录名和手机号至少填写一项", "Give the login name or the phone")),
	FORM_ROW(reason, .label = TEXT("情况说明", "What happened"), .hint = TEXT("如手机号已停用、账户被他人绑定等", "For example: the number is gone, or somebody else has bound the account")),
};

const struct form form_bind_sms = FORM_OF("bind-sms", sms);
const struct form form_bind_password = FORM_OF("bind-password", password);
const struct form form_bind_review = FORM_OF("bind-review", review);
