/* SPDX-License-Identifier: Apache-2.0 */
/* config_login - logging in: sessions, names, passwords, codes, captchas. */
#pragma once

#include "conf/option.h"

enum config_choose_unit { CONFIG_CHOOSE_UNIT_ALWAYS, CONFIG_CHOOSE_UNIT_WHEN_REQUIRED, CONFIG_CHOOSE_UNIT_NEVER };

struct config_session {
	int64_t idle, staff_idle, absolute, max_per_account;
	int choose_unit; /* enum config_choose_unit */
};

enum config_namespace { CONFIG_NATURAL, CONFIG_LEGAL, CONFIG_STAFF };
enum config_identifier { CONFIG_ID_LOGIN_NAME, CONFIG_ID_PHONE, CONFIG_ID_EMAIL, CONFIG_ID_ID_NUMBER };

struct config_login {
	uint32_t namespaces;  /* bits 1 << enum config_namespace */
	uint32_t identifiers; /* bits 1 << enum config_identifier */
	bool phone_otp, register_phone;
	int64_t tries, tries_window;
	int64_t address_tries, address_window;
	int64_t captcha_after;
};

struct config_password {
	int64_t cost_memory, cost_time;
	int64_t min, max, classes; /* of new ones */
	struct option_list context_words;
	bool refuse_common;
};

struct config_otp {
	int64_t digits, life, tries, resend_after;
	int64_t per_phone_minute, per_phone_hour, per_phone_day;
	int64_t per_address_hour, per_session, total_minute;
};

enum config_captcha_login { CONFIG_CAPTCHA_LOGIN_NEVER, CONFIG_CAPTCHA_LOGIN_AFTER_FAILURES, CONFIG_CAPTCHA_LOGIN_ALWAYS };
enum config_captcha_sms { CONFIG_CAPTCHA_SMS_ALWAYS, CONFIG_CAPTCHA_SMS_ADAPTIVE };

struct config_captcha {
	int login; /* enum config_captcha_login */
	int sms;   /* enum config_captcha_sms */
	int64_t length, life, adaptive_free;
	struct span font;
};
