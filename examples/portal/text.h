/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text - what the portal says, in Chinese and English; names of claims, and what went wrong in words for people.
 */
#pragma once

#include "broker/base/base.h"

enum text_language { TEXT_ZH, TEXT_EN, TEXT_LANGUAGES };

#define TEXT_ROWS(X)                                                                                                                  \
	X(SYSTEM, "科技业务管理系统", "Science and technology services")                                                              \
	X(DEMO, "演示", "Demo")                                                                                                       \
	X(OTHER, "English", "中文")                                                                                                   \
	X(SKIP, "跳到正文", "Skip to the content")                                                                                    \
	X(HEADING, "科技业务，一次登录全办", "One login for every science service")                                                   \
	X(LEAD, "项目申报、高新技术企业认定、科技型中小企业评价和专家评审，使用统一身份认证账号进入。",                              \
	  "Apply for projects, certify enterprises and review proposals with your unified account.")                                 \
	X(LOGIN, "统一身份认证登录", "Log in with your unified account")                                                              \
	X(LOGIN_HINT, "自然人、法人、手机验证码和第三方账号均可登录。", "For natural persons, legal persons, by phone or through a third party.") \
	X(SERVICES, "业务目录", "Services")                                                                                           \
	X(SERVICE_1, "科技计划项目申报", "Research projects")                                                                         \
	X(SERVICE_1_TEXT, "在线填报、单位审核、进度查询", "Apply online, follow the decision")                                        \
	X(SERVICE_2, "高新技术企业认定", "High-tech enterprises")                                                                     \
	X(SERVICE_2_TEXT, "企业申请认定与年度报告", "Certification and yearly reports")                                               \
	X(SERVICE_3, "科技型中小企业评价", "Small technology companies")                                                              \
	X(SERVICE_3_TEXT, "自主评价、入库登记", "Self-assessment and registration")                                                   \
	X(SERVICE_4, "专家评审", "Expert review")                                                                                     \
	X(SERVICE_4_TEXT, "评审任务与专家信息维护", "Reviews and your expert profile")                                                \
	X(WELCOME, "您好，", "Welcome, ")                                                                                             \
	X(VERIFIED, "身份信息由统一身份认证平台签发，本系统已验证签名。", "Issued by the identity platform; its signature was verified here.") \
	X(LOGOUT, "退出登录", "Log out")                                                                                              \
	X(CLAIMS, "身份信息", "Your identity")                                                                                        \
	X(CLAIM, "项目", "Item")                                                                                                      \
	X(VALUE, "内容", "Value")                                                                                                     \
	X(HOW, "登录方式", "Way of login")                                                                                            \
	X(LEVEL, "认证级别", "Assurance")                                                                                             \
	X(USER_TYPE, "用户类型", "Kind of user")                                                                                      \
	X(UNIT, "所属单位", "Organisation")                                                                                           \
	X(LEGACY, "已绑定的旧系统账号", "Old accounts bound")                                                                         \
	X(NONE, "无", "none")                                                                                                         \
	X(YES, "是", "yes")                                                                                                           \
	X(NO, "否", "no")                                                                                                             \
	X(JSON, "原始数据（JSON）", "As received (JSON)")                                                                             \
	X(FAILED, "登录未完成", "The login was not completed")                                                                        \
	X(AGAIN, "重新登录", "Log in again")                                                                                          \
	X(HOME, "返回首页", "Back to the start")                                                                                      \
	X(FOOT, "演示系统，仅用于展示统一身份认证的接入方式。", "A demonstration of how a business system uses unified login.")

enum text {
#define X(name, zh, en) TEXT_##name,
	TEXT_ROWS(X)
#undef X
};

const char *text_of(enum text text, enum text_language language);
/* The name of a claim; its own when we know no better. */
const char *text_claim(const char *claim, enum text_language language);
/* About the token, not about the person. */
bool text_is_protocol(const char *claim);
/* A value of a claim whose values are codes (user_type, acr, amr, statuses); the value itself when we know no better. */
const char *text_value(const char *claim, const char *value, enum text_language language);
/* What to tell a person about @error of rp.h. */
const char *text_problem(int error, enum text_language language);
/* From a cookie (empty: none) and Accept-Language: the first language that we have. */
enum text_language text_choose(struct span cookie, struct span accept_language);
const char *text_tag(enum text_language language);
