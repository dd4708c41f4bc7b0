/* SPDX-License-Identifier: Apache-2.0 */
#include "examples/portal/text.h"

#include "broker/base/error.h"

static const char *const texts[][TEXT_LANGUAGES] = {
#define X(name, zh, en) [TEXT_##name] = { zh, en },
	TEXT_ROWS(X)
#undef X
};

static const struct {
	const char *claim;
	const char *name[TEXT_LANGUAGES];
} claims[] = {
	{ "sub", { "统一身份标识", "Subject" } },
	{ "iss", { "签发机构", "Issuer" } },
	{ "aud", { "接收系统", "Audience" } },
	{ "user_type", { "用户类型", "Kind of user" } },
	{ "preferred_username", { "登录名", "Login name" } },
	{ "name", { "姓名", "Name" } },
	{ "account_status", { "账号状态", "Account" } },
	{ "real_name", { "实名认证", "Real name" } },
	{ "phone_number", { "手机号码", "Phone" } },
	{ "phone_number_verified", { "手机已验证", "Phone confirmed" } },
	{ "email", { "电子邮箱", "E-mail" } },
	{ "email_verified", { "邮箱已验证", "E-mail confirmed" } },
	{ "id_type", { "证件类型", "Kind of document" } },
	{ "id_number_masked", { "证件号码", "Document number" } },
	{ "gender", { "性别", "Gender" } },
	{ "ethnic_code", { "民族", "Ethnic group" } },
	{ "acr", { "认证级别", "Assurance" } },
	{ "amr", { "登录方式", "Way of login" } },
	{ "auth_time", { "登录时间", "Time of login" } },
	{ "org", { "单位", "Organisation" } },
	{ "org_role", { "单位角色", "Role in it" } },
	{ "membership_status", { "成员状态", "Membership" } },
	{ "subsystems", { "已授权业务", "Granted services" } },
	{ "legacy", { "旧系统账号", "Old accounts" } },
	{ "iat", { "签发时间", "Issued at" } },
	{ "exp", { "令牌有效期至", "Token valid until" } },
	{ "sid", { "会话标识", "Session" } },
	{ "nonce", { "登录请求标识", "Nonce" } },
	{ "at_hash", { "访问令牌摘要", "Access token hash" } },
};

static const struct {
	const char *claim, *value;
	const char *name[TEXT_LANGUAGES];
} values[] = {
	{ "user_type", "natural", { "自然人", "Natural person" } },
	{ "user_type", "legal", { "法人", "Legal person" } },
	{ "user_type", "expert", { "专家", "Expert" } },
	{ "user_type", "staff", { "工作人员", "Staff" } },
	{ "acr", "0", { "0 级：未实名", "0: basic" } },
	{ "acr", "1", { "1 级：第三方账号", "1: third-party account" } },
	{ "acr", "2", { "2 级：实名", "2: real name" } },
	{ "acr", "3", { "3 级：实人", "3: real person" } },
	{ "amr", "pwd", { "密码", "password" } },
	{ "amr", "otp", { "一次性验证码", "one-time code" } },
	{ "amr", "sms", { "短信", "SMS" } },
	{ "amr", "ext", { "第三方登录", "third party" } },
	{ "account_status", "active", { "正常", "active" } },
	{ "account_status", "pending_review", { "等待审核", "awaiting review" } },
	{ "org_role", "admin", { "单位管理员", "administrator" } },
	{ "org_role", "member", { "成员", "member" } },
	{ "membership_status", "active", { "有效", "active" } },
	{ "real_name.status", "none", { "未实名", "not verified" } },
	{ "real_name.status", "verified", { "已实名", "verified" } },
	{ "org.status", "registered", { "已登记", "registered" } },
	{ "org.status", "effective", { "已生效", "effective" } },
	{ "org.type", "enterprise", { "企业", "enterprise" } },
	/* RFC 6749 4.1.2.1, OpenID Connect Core 3.1.2.6: why there is no code. Their descriptions are for developers (RFC 6749). */
	{ "error", "access_denied", { "您没有同意，或者没有获准登录", "you did not agree, or were not let in" } },
	{ "error", "login_required", { "需要先登录", "a login is needed first" } },
	{ "error", "consent_required", { "需要您的同意", "your consent is needed" } },
	{ "error", "interaction_required", { "需要您本人操作", "something has to be done by you" } },
	{ "error", "account_selection_required", { "需要选择账号", "an account has to be chosen" } },
	{ "error", "unmet_authentication_requirements", { "登录方式或认证级别不符合要求", "the way of login is not strong enough" } },
	{ "error", "temporarily_unavailable", { "服务暂时繁忙", "the service is busy at the moment" } },
	{ "error", "server_error", { "服务出现故障", "the service has failed" } },
	{ "error", "invalid_request", { "请求有误", "the request has a mistake" } },
	{ "error", "invalid_scope", { "请求的信息范围不被允许", "more was asked for than is allowed" } },
	{ "error", "unauthorized_client", { "本系统没有登录权限", "this system may not log people in" } },
};

static const struct {
	int error;
	const char *text[TEXT_LANGUAGES];
} problems[] = {
	{ ERR_INTERACTION_EXPIRED,
	  { "本次登录已超时，或者不是在这个浏览器里开始的。请重新登录。", "This login took too long, or it began in another browser. Please log in again." } },
	{ ERR_INTERACTION_FOREIGN, { "返回的登录结果与本次请求不符，已被拒绝。请重新登录。", "The answer does not belong to this login and was refused. Please log in again." } },
	{ ERR_ACCESS_DENIED,
	  { "您没有同意，或者身份认证平台没有准许本次登录。没有信息提供给本系统，您可以随时重新登录。",
	    "You did not agree, or the identity platform did not grant this login. Nothing was passed on to us; you can log in again at any time." } },
	{ ERR_INVALID_GRANT, { "登录凭据已过期或已被使用，请重新登录。", "The login's code has expired or was used before. Please log in again." } },
	{ ERR_INVALID_REQUEST, { "返回的登录结果不完整，请重新登录。", "The answer is incomplete. Please log in again." } },
	{ ERR_NOT_FOUND, { "没有这个页面。", "There is no such page." } },
	{ ERR_METHOD, { "不支持的请求方式。", "This kind of request is not supported." } },
	{ FAULT_UNREACHABLE, { "暂时无法连接统一身份认证平台，请稍后再试。", "The identity platform cannot be reached. Please try again later." } },
	{ FAULT_TIMEOUT, { "统一身份认证平台没有及时回应，请稍后再试。", "The identity platform did not answer in time. Please try again later." } },
	{ 0, { "无法确认登录结果的真实性，已被拒绝。请重新登录。", "What came back could not be verified and was refused. Please log in again." } },
};

const char *text_of(enum text text, enum text_language language)
{
	return texts[text][language];
}

const char *text_claim(const char *claim, enum text_language language)
{
	for (size_t i = 0; i < ARRAY_LEN(claims); i++)
		if (strcmp(claims[i].claim, claim) == 0)
			return claims[i].name[language];
	return claim;
}

bool text_is_protocol(const char *claim)
{
	static const char *const names[] = { "iss", "aud", "exp", "iat", "nbf", "nonce", "sid", "jti", "at_hash" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(names[i], claim) == 0)
			return true;
	return false;
}

const char *text_value(const char *claim, const char *value, enum text_language language)
{
	for (size_t i = 0; i < ARRAY_LEN(values); i++)
		if (strcmp(values[i].claim, claim) == 0 && strcmp(values[i].value, value) == 0)
			return values[i].name[language];
	return value;
}

const char *text_problem(int error, enum text_language language)
{
	size_t i = 0;

	while (problems[i].error && problems[i].error != error)
		i++;
	return problems[i].text[language];
}

enum text_language text_choose(struct span cookie, struct span accept_language)
{
	while (accept_language.p || cookie.n) {
		struct span tag = cookie.n ? cookie : span_trim(span_cut(&accept_language, ','));

		cookie.n = 0;
		if (tag.n >= 2 && span_eq_nocase((struct span){ tag.p, 2 }, SPAN("zh")))
			return TEXT_ZH;
		if (tag.n >= 2 && span_eq_nocase((struct span){ tag.p, 2 }, SPAN("en")))
			return TEXT_EN;
	}
	return TEXT_ZH;
}

const char *text_tag(enum text_language language)
{
	return language == TEXT_EN ? "en" : "zh-CN";
}
