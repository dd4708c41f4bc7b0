/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ticket_preset - what is publicly known of platforms, as texts: domain.md 3.8. There is no code here, and what a preset says a configuration can say.
 *
 * Fields of which nothing certain is public are left out, and levels are the lower ones where a platform does not tell them: whoever has the platform's own
 * documents sets the row anew.
 */
#include "providers/upstream/ticket.h"

#define T(text) { text, sizeof(text) - 1 }
#define LINES(...) { (const struct span[]){ __VA_ARGS__ }, sizeof((const struct span[]){ __VA_ARGS__ }) / sizeof(struct span), false }
#define STEPS(steps) { (void *)(uintptr_t)(steps), sizeof(steps) / sizeof((steps)[0]) } /* nobody writes through it */

/* The gateway in front of Zhejiang's platforms: HMAC over method, path, query, key and date, all sent in headers. */
#define IRS_SIGN T("gateway_sign = b64(hmac(sha256, $gateway_secret, \"POST\\n\" . $url_path . \"\\n\" . $url_query . \"\\n\" . $gateway_key . \"\\n\" . $time_http . \"\\n\"))")
#define IRS_HEADERS                                                                                                             \
	T("X-BG-HMAC-ACCESS-KEY: ${gateway_key}"), T("X-BG-HMAC-ALGORITHM: hmac-sha256"), T("X-BG-DATE-TIME: ${time_http}"),      \
		T("X-BG-HMAC-SIGNATURE: ${gateway_sign}")

/* ---- Zhejiang, people (puser, "usp" of 2019; through the IRS gateway since 2022) */

#define USP_SIGN T("sign = hex(md5($app_id . $secret . $time_beijing))")
#define USP_FORM T("servicecode=${app_id}"), T("time=${time_beijing}"), T("sign=${sign}"), T("datatype=json")
#define USP_KEY_ERRORS T("9900"), T("9901"), T("9902"), T("9903"), T("9904"), T("9800")
#define USP_STEPS(validate, user, ...)                                                                                            \
	{ .name = T("ticket"), .url = T("${api_url|raw}" validate), .set = LINES(USP_SIGN),                                        \
	  .form = LINES(T("method=ticketValidation"), USP_FORM, T("st=${ticket}")), __VA_ARGS__                                   \
	  .outcome = T("at($reply, \"result\")"), .good = LINES(T("0")),                                                          \
	  .ticket_errors = LINES(T("6001"), T("6002"), T("6003"), T("6004"), T("6099")), .key_errors = LINES(USP_KEY_ERRORS),     \
	  .take = LINES(T("token = at($reply, \"token\")"), T("userid = at($reply, \"userid\")")) },                              \
	{ .name = T("user"), .url = T("${api_url|raw}" user), .set = LINES(USP_SIGN),                                              \
	  .form = LINES(T("method=getUserInfo"), USP_FORM, T("token=${token}")), __VA_ARGS__                                      \
	  .outcome = T("at($reply, \"result\")"), .good = LINES(T("0")),                                                          \
	  .ticket_errors = LINES(T("6501"), T("6502"), T("6503"), T("6504"), T("6505"), T("6599")), .key_errors = LINES(USP_KEY_ERRORS), \
	  .take = LINES(T("idtype = at($reply, \"idtype\")"),                                                                      \
			T("idfield = map($idtype, \"1:idnum 2:passport 3:officerlicense 4:permitlicense 5:taiwanlicense 6:greencard\")")), \
	  .same = LINES(T("userid = at($reply, \"userid\")")) },

static const struct ticket_step usp_gateway_steps[] = {
	USP_STEPS("/IC33000020220228000002/sso/servlet/simpleauth", "/IC33000020220228000004/sso/servlet/simpleauth", .sign = LINES(IRS_SIGN), .headers = LINES(IRS_HEADERS),)
};
static const struct ticket_step usp_steps[] = { USP_STEPS("/sso/servlet/simpleauth", "/sso/servlet/simpleauth", ) };

#define USP                                                                                                                              \
	.base_url = T("https://puser.zjzwfw.gov.cn"), .issuer = T("https://puser.zjzwfw.gov.cn"),                                         \
	.login_url = T("${base_url|raw}/sso/usp.do?action=ssoLogin&servicecode=${app_id}&goto=${state}"),                                 \
	.mobile_login_url = T("${base_url|raw}/sso/mobile.do?action=oauth&scope=1&servicecode=${app_id}&goto=${state}"),                  \
	.ticket_parameters = LINES(T("ticket")), .state_parameter = T("sp"),                                                              \
	.identity = LINES(T("subject = $userid"), T("name = at($reply, \"username\")"), T("login_name = at($reply, \"loginname\")"),       \
			  T("phone = at($reply, \"mobile\")"), T("email = at($reply, \"email\")"), T("level = at($reply, \"authlevel\")"), \
			  T("acr = map(at($reply, \"authlevel\"), \"1:0 2:2 3:3\")"), T("real_name = at($reply, \"username\")"),           \
			  T("id_type = map($idtype, \"1:111 2:414 3:114 4:516 5:511 6:553\")"), T("id_number = at($reply, $idfield)")),    \
	.level_up_url = T("${base_url|raw}/sso/usp.do?action=zfRedirect&servicecode=${app_id}")

static const struct ticket_options zhejiang_natural = { USP, .api_url = T("https://ibcdsg.zj.gov.cn:8443/restapi/prod"), .steps = STEPS(usp_gateway_steps) };
static const struct ticket_options zhejiang_natural_direct = { USP, .api_url = T("https://appapi.zjzwfw.gov.cn"), .steps = STEPS(usp_steps) };

/* ---- Zhejiang, legal persons (esso, OpenSSO) */

static const struct ticket_step esso_steps[] = {
	{ .name = T("user"), .url = T("${api_url|raw}/rest/user/query"), .body = T("{\"token\":\"${ticket}\"}"),
	  .sign = LINES(T("body_sign = hex(hmac(sha256, $secret, $body))")),
	  .headers = LINES(T("x-esso-project-id: ${app_id}"), T("x-esso-signature: ${body_sign}")),
	  .outcome = T("at($reply, \"errCode\")"), .good = LINES(T("0")),
	  .take = LINES(T("user = first(at($reply, \"info\"), part($reply, \"info\"))")) },
};

static const struct ticket_options zhejiang_legal = {
	.base_url = T("https://esso.zjzwfw.gov.cn"), .api_url = T("https://ssoapi.zjzwfw.gov.cn"), .issuer = T("https://esso.zjzwfw.gov.cn"),
	.constants = LINES(T("logout_page = https://oauth.zjzwfw.gov.cn/oauth/logout.do?redirect=")),
	/* goto belongs to the address that is called back, so its ? and = are encoded too */
	.login_url = T("${base_url|raw}/opensso/spsaehandler/metaAlias/sp?spappurl=${redirect_uri}%3Fgoto%3D${state}"),
	.ticket_parameters = LINES(T("ssotoken")), .state_parameter = T("goto"), .steps = STEPS(esso_steps),
	.identity = LINES(T("subject = at($user, \"userId\")"), T("legal = \"1\""), T("name = at($user, \"attnName\")"), T("phone = at($user, \"attnPhone\")"),
			  T("login_name = at($user, \"username\")"), T("uscc = at($user, \"uniscid\")"), T("unit_name = at($user, \"CompanyName\")"),
			  T("unit_type = at($user, \"OrgType\")"), T("region = at($user, \"xzqh\")"), T("level = at($user, \"realLevel\")"),
			  T("method = at($user, \"loginType\")"), T("acr = map(at($user, \"realLevel\"), \"1:3 2:3 3:2 4:0\")"), T("claims = $user")),
	.logout_url = T("${base_url|raw}/opensso/UI/Logout?goto=${logout_page}${return_uri}"),
};

/* ---- Zhejiang, mini-programs: one address for people and legal persons */

static const struct ticket_step mini_steps[] = {
	{ .name = T("ticket"), .url = T("${api_url|raw}/IC33000020220329000007/uc/sso/access_token"), .body = T("{\"ticketId\":\"${ticket}\",\"appId\":\"${app_id}\"}"),
	  .sign = LINES(IRS_SIGN), .headers = LINES(IRS_HEADERS), .outcome = T("first(first(at($reply, \"errorCode\"), part($reply, \"errorCode\")), at($reply, \"success\"))"), .good = LINES(T("true"), T("0")),
	  .take = LINES(T("token = at($reply, \"data.accessToken\")")) },
	{ .name = T("user"), .url = T("${api_url|raw}/IC33000020220329000008/uc/sso/getUserInfo"), .body = T("{\"token\":\"${token}\"}"),
	  .sign = LINES(IRS_SIGN), .headers = LINES(IRS_HEADERS), .outcome = T("first(first(at($reply, \"errorCode\"), part($reply, \"errorCode\")), at($reply, \"success\"))"), .good = LINES(T("true"), T("0")),
	  .take = LINES(T("person = part($reply, \"data.personInfo\")"), T("unit = part($reply, \"data.legalPersonInfo\")"),
			T("id = at($reply, map(at($reply, \"data.userType\"), \"PERSON:data.personInfo.userId LEGAL_PERSON:data.legalPersonInfo.corpId *:none\"))")) },
};

static const struct ticket_options zhejiang_mini = {
	.base_url = T("https://puser.zjzwfw.gov.cn"), .api_url = T("https://ibcdsg.zj.gov.cn:8443/restapi/prod"), .issuer = T("https://puser.zjzwfw.gov.cn/mini"),
	.constants = LINES(T("level = 1")), /* the answer tells none */
	.login_url = T("${base_url|raw}/sso/alipay.do?action=ssoLogin&servicecode=${app_id}&goto=${state}"),
	.ticket_parameters = LINES(T("ticketId"), T("ticket")), .state_parameter = T("cookie"), .steps = STEPS(mini_steps),
	.identity = LINES(T("legal = map(at($reply, \"data.userType\"), \"LEGAL_PERSON:1\")"),
			  /* the kind alone, without an id behind it, would be one subject for everybody */
			  T("subject = when($id, map(at($reply, \"data.userType\"), \"PERSON:p- LEGAL_PERSON:u-\") . $id)"),
			  T("name = first(at($person, \"userName\"), at($unit, \"attnName\"))"), T("phone = first(at($person, \"phone\"), at($unit, \"attnPhone\"))"),
			  T("acr = $level"), T("real_name = at($person, \"userName\")"),
			  T("id_type = map(at($person, \"idType\"), \"ID_CARD:111 PASSPORT:414\")"), T("id_number = at($person, \"idNo\")"),
			  T("uscc = at($unit, \"unifiedSocialId\")"), T("unit_name = at($unit, \"name\")"), T("unit_type = at($unit, \"orgType\")")),
};

/* ---- Guangdong (tif): OAuth 2 in all but name, with the secret in the address */

static const struct ticket_step tif_steps[] = {
	{ .name = T("token"), .method = TICKET_GET,
	  .url = T("${api_url|raw}/tif/sso/connect/page/oauth2/access_token?client_id=${app_id}&client_secret=${secret}&code=${ticket}&scope=all"
		   "&grant_type=authorization_code&redirect_uri=${redirect_uri}"),
	  .outcome = T("first(first(at($reply, \"error\"), part($reply, \"error\")), map(at($reply, \"access_token\"), \"*:ok\"))"), .good = LINES(T("ok")),
	  .ticket_errors = LINES(T("invalid_grant")), .key_errors = LINES(T("invalid_client"), T("unauthorized_client"), T("redirect_uri_mismatch")),
	  .take = LINES(T("token = at($reply, \"access_token\")")) },
	{ .name = T("user"), .method = TICKET_GET, .url = T("${api_url|raw}/tif/sso/connect/page/oauth2/tokeninfo?access_token=${token}"),
	  .outcome = T("first(first(at($reply, \"error\"), part($reply, \"error\")), map(at($reply, \"userobj.useridcode\"), \"*:ok\"))"), .good = LINES(T("ok")),
	  .take = LINES(T("user = part($reply, \"userobj\")"), T("more = part($user, \"extproperties\")"), T("legal_id = map(at($user, \"usertype\"), \"2:idcardnumber\")")) },
};

static const struct ticket_options guangdong = {
	.base_url = T("https://tyrz.gd.gov.cn"), .api_url = T("https://tyrz.gd.gov.cn"), .issuer = T("https://tyrz.gd.gov.cn"),
	.login_url = T("${base_url|raw}/tif/sso/connect/page/oauth2/authorize?service=initService&client_id=${app_id}&scope=all&response_type=code"
		       "&redirect_uri=${redirect_uri}&state=${state}"),
	.ticket_parameters = LINES(T("code")), .state_parameter = T("state"), .steps = STEPS(tif_steps),
	.identity = LINES(T("subject = at($user, \"useridcode\")"), T("legal = map(at($user, \"usertype\"), \"2:1\")"), T("login_name = at($user, \"uid\")"),
			  T("name = first(at($user, \"link_person_name\"), at($user, \"cn\"))"), T("phone = at($user, \"telephonenumber\")"),
			  T("email = at($user, \"mail\")"), T("level = at($user, \"creditable_level_of_account\")"),
			  T("method = at($user, \"creditable_level_of_account_way\")"),
			  T("acr = map(at($user, \"creditable_level_of_account\"), \"L0:0 L1:1 L2:2 L3:3\")"), T("real_name = at($user, \"cn\")"),
			  T("id_type = map(at($user, \"idcardtype\"), \"10:111 20:414\")"), T("id_number = at($user, \"idcardnumber\")"),
			  T("uscc = first(map(pair($more, \"legal_code\"), \"-1: *:*\"), at($user, first($legal_id, \"none\")))"), T("unit_name = at($user, \"cn\")"),
			  T("region = map(pair($more, \"area\"), \"-1: *:*\")"), T("claims = $user")),
};

/* ---- JIS (Hanweb): parameters as JSON inside the form, data as JSON inside JSON, of people encrypted under the application's own key */

#define JIS_SIGN T("sign = hex(md5($app_id . $secret . $time_beijing))")
#define JIS_FORM(service, what)                                                                                                    \
	LINES(T("appmark=${app_id}"), T("time=${time_beijing}"), T("sign=${sign}"), T("servicename=" service), T("params={\"" what "\":\"${" what "|json}\"}"))
#define JIS_STEPS(service)                                                                                                         \
	{ .name = T("ticket"), .url = T("${api_url|raw}/sso/interface.do"), .set = LINES(JIS_SIGN), .form = JIS_FORM("ticketValidate", "ticket"), \
	  .outcome = T("at($reply, \"retcode\")"), .good = LINES(T("000000")), .take = LINES(T("token = at(first(at($reply, \"data\"), part($reply, \"data\")), \"token\")")) }, \
	{ .name = T("user"), .url = T("${api_url|raw}/sso/interface.do"), .set = LINES(JIS_SIGN), .form = JIS_FORM(service, "token"),     \
	  .outcome = T("at($reply, \"retcode\")"), .good = LINES(T("000000")),                                                       \
	  .take = LINES(T("user = aes_ecb_open($secret, unhex(at($reply, \"data\")))")) },
#define JIS                                                                                                                          \
	.constants = LINES(T("level = 1")), /* the answer tells none */                                                               \
	.login_url = T("${base_url|raw}/front/login.do?uuid=${app_id}&gotourl=${redirect_uri}"), .state_parameter = T("cookie")

static const struct ticket_step jis_steps[] = { JIS_STEPS("findOutsideUserByToken") };
static const struct ticket_step jis_legal_steps[] = { JIS_STEPS("findCorUserByToken") };

static const struct ticket_options jis = {
	JIS, .steps = STEPS(jis_steps),
	.identity = LINES(T("subject = first(at($user, \"uuid\"), at($user, \"userid\"))"), T("name = at($user, \"name\")"), T("login_name = at($user, \"loginname\")"),
			  T("phone = at($user, \"mobile\")"), T("email = at($user, \"email\")"), T("acr = $level"), T("real_name = at($user, \"name\")"),
			  T("id_type = map(at($user, \"papersType\"), \"1:111\")"), T("id_number = at($user, \"papersNumber\")"), T("claims = $user")),
};
static const struct ticket_options jis_legal = {
	JIS, .steps = STEPS(jis_legal_steps),
	.identity = LINES(T("subject = first(at($user, \"uuid\"), at($user, \"userid\"))"), T("legal = \"1\""), T("login_name = at($user, \"loginname\")"),
			  T("name = at($user, \"name\")"), T("phone = at($user, \"mobile\")"), T("acr = $level"), T("uscc = at($user, \"corNumber\")"),
			  T("unit_name = at($user, \"corName\")"), T("claims = $user")),
};

/* ---- the list */

static const struct ticket_options *const presets[] = { NULL, &zhejiang_natural, &zhejiang_natural_direct, &zhejiang_legal, &zhejiang_mini, &guangdong, &jis, &jis_legal };
const char *const ticket_preset_names[] = { "none", "zhejiang-natural", "zhejiang-natural-direct", "zhejiang-legal", "zhejiang-mini", "guangdong", "jis", "jis-legal", NULL };

const struct ticket_options *ticket_preset(int preset)
{
	return preset < 0 || (size_t)preset >= ARRAY_LEN(presets) ? NULL : presets[preset];
}
