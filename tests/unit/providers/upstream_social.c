/* SPDX-License-Identifier: Apache-2.0 */
/* The good worlds of the adapters that are almost OAuth 2, as domain.md 3.2 to 3.5 tell them, and their lies. */
#include "tests/unit/providers/upstream.h"

#define FAILED ERR_PROVIDER_FAILED
#define DENIED ERR_PROVIDER_DENIED
#define LONG_256                                                                                                                                                     \
	"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789" \
	"012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345"

/* ---- oauth2 */

#define TOKEN "https://up.example.cn/token"
#define USER "https://up.example.cn/me"

static const struct upstream_canned oauth2_canned[] = {
	{ TOKEN, "{\"code\":0,\"data\":{\"token\":\"the-token\",\"uid\":7}}" },
	{ USER, "{\"code\":0,\"data\":{\"user\":{\"id\":\"7\",\"nick\":\"张三\",\"mobile\":13800000000,\"grade\":\"L2\"}}}" },
	{ NULL, NULL },
};

static const struct upstream_lie oauth2_lies[] = {
	{ "no code comes back", canned_param, "code", NULL, FAILED },
	{ "an error comes back beside a code", canned_param, "error", "access_denied", DENIED },
	{ "another error comes back", canned_param, "error", "server_error", FAILED },
	{ "iss of another upstream (mix-up)", canned_param, "iss", "https://other.example.cn", FAILED },
	{ "iss of this one", canned_param, "iss", "https://up.example.cn", 0 },
	{ "an error inside HTTP 200", canned_lie, TOKEN, "{\"code\":1,\"data\":{\"token\":\"the-token\",\"uid\":7}}", FAILED, 1 },
	{ "an error that is an object", canned_lie, TOKEN, "{\"code\":{\"a\":1},\"data\":{\"token\":\"the-token\",\"uid\":7}}", FAILED, 1 },
	{ "an error that is null is none", canned_lie, TOKEN, "{\"code\":null,\"data\":{\"token\":\"the-token\",\"uid\":7}}", 0, 2 },
	{ "no token", canned_lie, TOKEN, "{\"code\":0,\"data\":{\"uid\":7}}", FAILED, 1 },
	{ "a token for nobody", canned_lie, TOKEN, "{\"code\":0,\"data\":{\"token\":\"the-token\"}}", FAILED, 1 },
	{ "attributes of somebody else", canned_lie, USER, "{\"code\":0,\"data\":{\"user\":{\"id\":\"8\"}}}", FAILED, 2 },
	{ "attributes of nobody", canned_lie, USER, "{\"code\":0,\"data\":{\"user\":{\"nick\":\"张三\"}}}", FAILED, 2 },
	{ "the same subject as a number", canned_lie, USER, "{\"code\":0,\"data\":{\"user\":{\"id\":7}}}", 0, 2 },
	{ "a subject that is true", canned_lie, USER, "{\"code\":0,\"data\":{\"user\":{\"id\":true}}}", FAILED, 2 },
	{ "a subject that is a list", canned_lie, USER, "{\"code\":0,\"data\":{\"user\":{\"id\":[7]}}}", FAILED, 2 },
	{ "no data at all", canned_lie, USER, "{\"code\":0}", FAILED, 2 },
};

const struct upstream upstream_oauth2 = {
	.name = "oauth2",
	.yaml = "    issuer: https://up.example.cn\n    authorization_url: https://up.example.cn/go?via=gate\n    token_url: " TOKEN "\n    userinfo_url: " USER "\n"
		"    client_id: yimen\n    client_secret: 's&cret'\n    scope: login\n    authorization_parameters: [service=initService]\n    token_method: get\n"
		"    token_parameters: [fmt=json]\n    userinfo_token: parameter\n    userinfo_parameters: [lang=zh_CN]\n"
		"    names: {client_id: appid, client_secret: secret, subject: openid}\n"
		"    paths: {access_token: data.token, token_subject: data.uid, data: data.user, subject: id, name: nick, phone: mobile, level: grade}\n"
		"    error: {path: code, fine: ['0'], message: msg}\n    levels: [L1=1, L2=2]\n",
	CANNED, .canned = oauth2_canned, .code = "code",
	.start_fetches = 0, .callback_fetches = 2, .lies = oauth2_lies, .n_lies = ARRAY_LEN(oauth2_lies),
};

/* ---- wechat */

#define WX_TOKEN "https://api.weixin.qq.com/sns/oauth2/access_token"
#define WX_USER "https://api.weixin.qq.com/sns/userinfo"

static const struct upstream_canned wechat_canned[] = {
	{ WX_TOKEN, "{\"access_token\":\"the-token\",\"expires_in\":7200,\"refresh_token\":\"r\",\"openid\":\"o1\",\"scope\":\"snsapi_login\",\"unionid\":\"u1\"}" },
	{ WX_USER, "{\"openid\":\"o1\",\"nickname\":\"张三\",\"sex\":1,\"province\":\"浙江\",\"headimgurl\":\"https:\\/\\/x\",\"privilege\":[],\"unionid\":\"u1\"}" },
	{ NULL, NULL },
};

static const struct upstream_lie wechat_lies[] = {
	{ "no code comes back", canned_param, "code", NULL, FAILED },
	{ "the code is invalid, inside HTTP 200", canned_lie, WX_TOKEN, "{\"errcode\":40029,\"errmsg\":\"invalid code\"}", FAILED, 1 },
	{ "an error beside a token", canned_lie, WX_TOKEN, "{\"errcode\":40163,\"access_token\":\"t\",\"openid\":\"o1\",\"scope\":\"snsapi_login\",\"unionid\":\"u1\"}", FAILED, 1 },
	{ "an error code that is text", canned_lie, WX_TOKEN, "{\"errcode\":\"40029\",\"access_token\":\"t\",\"openid\":\"o1\",\"scope\":\"snsapi_login\"}", FAILED, 1 },
	{ "an error code that is an object, beside a token", canned_lie, WX_TOKEN, "{\"errcode\":{\"x\":1},\"access_token\":\"t\",\"openid\":\"o1\",\"scope\":\"snsapi_base\"}", FAILED, 1 },
	{ "an error code that is true", canned_lie, WX_TOKEN, "{\"errcode\":true,\"access_token\":\"t\",\"openid\":\"o1\",\"scope\":\"snsapi_base\"}", FAILED, 1 },
	{ "an error code with a fraction", canned_lie, WX_TOKEN, "{\"errcode\":40029.5,\"access_token\":\"t\",\"openid\":\"o1\",\"scope\":\"snsapi_base\"}", FAILED, 1 },
	{ "an openid that is true", canned_lie, WX_TOKEN, "{\"access_token\":\"t\",\"openid\":true,\"scope\":\"snsapi_base\"}", FAILED, 1 },
	{ "an openid with a line end", canned_lie, WX_TOKEN, "{\"access_token\":\"t\",\"openid\":\"o1\\no2\",\"scope\":\"snsapi_base\"}", FAILED, 1 },
	{ "the made-up account of a snapshot", canned_lie, WX_TOKEN, "{\"access_token\":\"t\",\"openid\":\"o1\",\"scope\":\"snsapi_base\",\"is_snapshotuser\":1}", ERR_PROVIDER_REJECTED, 1 },
	{ "a nickname of another line is left out", canned_lie, WX_USER, "{\"openid\":\"o1\",\"nickname\":\"a\\nb\",\"unionid\":\"u1\"}", 0, 2 },
	{ "no openid", canned_lie, WX_TOKEN, "{\"access_token\":\"t\",\"scope\":\"snsapi_login\",\"unionid\":\"u1\"}", FAILED, 1 },
	{ "no token", canned_lie, WX_TOKEN, "{\"openid\":\"o1\",\"scope\":\"snsapi_login\",\"unionid\":\"u1\"}", FAILED, 1 },
	{ "no unionid yet", canned_lie, WX_TOKEN, "{\"access_token\":\"t\",\"openid\":\"o1\",\"scope\":\"snsapi_login\"}", 0, 2 },
	{ "a scope that allows no question", canned_lie, WX_TOKEN, "{\"access_token\":\"t\",\"openid\":\"o1\",\"scope\":\"snsapi_base\",\"unionid\":\"u1\"}", 0, 1 },
	{ "attributes of another openid", canned_lie, WX_USER, "{\"openid\":\"o2\",\"nickname\":\"张三\",\"unionid\":\"u1\"}", FAILED, 2 },
	{ "attributes of another unionid", canned_lie, WX_USER, "{\"openid\":\"o1\",\"nickname\":\"张三\",\"unionid\":\"u2\"}", FAILED, 2 },
	{ "attributes of nobody", canned_lie, WX_USER, "{\"nickname\":\"张三\"}", FAILED, 2 },
	{ "an error of the second answer", canned_lie, WX_USER, "{\"errcode\":40003,\"errmsg\":\"invalid openid\"}", FAILED, 2 },
	{ "a subject that is too long", canned_lie, WX_TOKEN, "{\"access_token\":\"t\",\"openid\":\"o1\",\"scope\":\"snsapi_base\",\"unionid\":\"" LONG_256 "\"}", FAILED, 1 },
};

const struct upstream upstream_wechat = {
	.name = "wechat",
	.yaml = "    app_id: wx1\n    app_secret: 's&cret'\n    inner_app_id: wx2\n    inner_app_secret: inner\n",
	CANNED, .canned = wechat_canned, .code = "code",
	.start_fetches = 0, .callback_fetches = 2, .lies = wechat_lies, .n_lies = ARRAY_LEN(wechat_lies),
};

/* ---- wecom */

#define WW_TOKEN "https://qyapi.weixin.qq.com/cgi-bin/gettoken"
#define WW_USER "https://qyapi.weixin.qq.com/cgi-bin/auth/getuserinfo"
#define WW_DETAIL "https://qyapi.weixin.qq.com/cgi-bin/auth/getuserdetail"

static const struct upstream_canned wecom_canned[] = {
	{ WW_TOKEN, "{\"errcode\":0,\"errmsg\":\"ok\",\"access_token\":\"the-token\",\"expires_in\":7200}" },
	{ WW_USER, "{\"errcode\":0,\"errmsg\":\"ok\",\"userid\":\"zhangsan\",\"user_ticket\":\"the-ticket\"}" },
	{ WW_DETAIL, "{\"errcode\":0,\"errmsg\":\"ok\",\"userid\":\"zhangsan\",\"gender\":\"1\",\"mobile\":\"13800000000\",\"email\":\"\",\"biz_mail\":\"z@example.cn\"}" },
	{ NULL, NULL },
};

static const struct upstream_lie wecom_lies[] = {
	{ "no code comes back", canned_param, "code", NULL, FAILED },
	{ "the secret is wrong: it is asked for anew, once", canned_lie, WW_TOKEN, "{\"errcode\":40001,\"errmsg\":\"invalid credential\"}", FAILED, 2 },
	{ "no token", canned_lie, WW_TOKEN, "{\"errcode\":0}", FAILED, 2 },
	{ "the code is invalid", canned_lie, WW_USER, "{\"errcode\":40029,\"errmsg\":\"invalid code\"}", FAILED, 2 },
	{ "the token is over: a fresh one, once", canned_lie, WW_USER, "{\"errcode\":42001,\"errmsg\":\"access_token expired\"}", FAILED, 4 },
	{ "the token is invalid: a fresh one, once", canned_lie, WW_USER, "{\"errcode\":40014,\"errmsg\":\"invalid access_token\"}", FAILED, 4 },
	{ "somebody who is no member", canned_lie, WW_USER, "{\"errcode\":0,\"openid\":\"o1\"}", ERR_PROVIDER_REJECTED, 2 },
	{ "somebody outside", canned_lie, WW_USER, "{\"errcode\":0,\"external_userid\":\"w1\"}", ERR_PROVIDER_REJECTED, 2 },
	{ "the old interface's UserId is none", canned_lie, WW_USER, "{\"errcode\":0,\"UserId\":\"zhangsan\"}", FAILED, 2 },
	{ "no errcode", canned_lie, WW_USER, "{\"userid\":\"zhangsan\"}", FAILED, 2 },
	{ "a member whose name is true", canned_lie, WW_USER, "{\"errcode\":0,\"userid\":true}", FAILED, 2 },
	{ "an error beside a member", canned_lie, WW_USER, "{\"errcode\":1,\"userid\":\"zhangsan\"}", FAILED, 2 },
	{ "attributes of another member", canned_lie, WW_DETAIL, "{\"errcode\":0,\"userid\":\"lisi\",\"mobile\":\"13800000000\"}", FAILED, 3 },
	{ "no ticket: the detail is not asked", canned_lie, WW_USER, "{\"errcode\":0,\"userid\":\"zhangsan\"}", 0, 2 },
};

const struct upstream upstream_wecom = {
	.name = "wecom",
	.yaml = "    corp_id: ww1\n    agent_id: '1000002'\n    secret: 's&cret'\n    detail: true\n",
	CANNED, .canned = wecom_canned, .code = "code",
	.start_fetches = 0, .callback_fetches = 3, .twice_at_callback = 1u << 0, .lies = wecom_lies, .n_lies = ARRAY_LEN(wecom_lies),
};

/* ---- dingtalk */

#define DD_TOKEN "https://api.dingtalk.com/v1.0/oauth2/userAccessToken"
#define DD_ME "https://api.dingtalk.com/v1.0/contact/users/me"

static const struct upstream_canned dingtalk_canned[] = {
	{ DD_TOKEN, "{\"expireIn\":7200,\"accessToken\":\"the-token\",\"refreshToken\":\"r\",\"corpId\":\"dingcorp\"}" },
	{ DD_ME, "{\"nick\":\"张三\",\"avatarUrl\":\"https:\\/\\/x\",\"mobile\":\"13800000000\",\"openId\":\"o1\",\"unionId\":\"u1\",\"email\":\"z@example.cn\",\"stateCode\":\"86\"}" },
	{ NULL, NULL },
};

static const struct upstream_lie dingtalk_lies[] = {
	{ "no code comes back", canned_param, "authCode", NULL, FAILED },
	{ "the person declines", canned_param, "error", "access_denied", DENIED },
	{ "an error inside HTTP 200", canned_lie, DD_TOKEN, "{\"code\":\"invalidParameter.authCode.notFound\",\"message\":\"x\",\"requestid\":\"1\"}", FAILED, 1 },
	{ "an error beside a token", canned_lie, DD_TOKEN, "{\"code\":\"x\",\"accessToken\":\"the-token\",\"corpId\":\"dingcorp\"}", FAILED, 1 },
	{ "no token", canned_lie, DD_TOKEN, "{\"expireIn\":7200,\"corpId\":\"dingcorp\"}", FAILED, 1 },
	{ "a person of another organisation", canned_lie, DD_TOKEN, "{\"accessToken\":\"the-token\",\"corpId\":\"other\"}", ERR_PROVIDER_REJECTED, 1 },
	{ "a person of no organisation", canned_lie, DD_TOKEN, "{\"accessToken\":\"the-token\"}", ERR_PROVIDER_REJECTED, 1 },
	{ "no unionId", canned_lie, DD_ME, "{\"nick\":\"张三\",\"openId\":\"o1\"}", FAILED, 2 },
	{ "a unionId that is true", canned_lie, DD_ME, "{\"nick\":\"张三\",\"openId\":\"o1\",\"unionId\":true}", FAILED, 2 },
	{ "an error that is an object, beside a person", canned_lie, DD_ME, "{\"code\":{},\"unionId\":\"u1\"}", FAILED, 2 },
	{ "an empty unionId", canned_lie, DD_ME, "{\"nick\":\"张三\",\"openId\":\"o1\",\"unionId\":\"\"}", FAILED, 2 },
};

const struct upstream upstream_dingtalk = {
	.name = "dingtalk",
	.yaml = "    app_key: ding1\n    app_secret: 's&cret'\n    corp_id: dingcorp\n",
	CANNED, .canned = dingtalk_canned, .code = "authCode",
	.start_fetches = 0, .callback_fetches = 2, .lies = dingtalk_lies, .n_lies = ARRAY_LEN(dingtalk_lies),
};

#define SNS "https://oapi.dingtalk.com/sns/getuserinfo_bycode"

static const struct upstream_canned sns_canned[] = {
	{ SNS, "{\"errcode\":0,\"errmsg\":\"ok\",\"user_info\":{\"nick\":\"张三\",\"openid\":\"o1\",\"unionid\":\"u1\"}}" },
	{ NULL, NULL },
};

static const struct upstream_lie sns_lies[] = {
	{ "no code comes back", canned_param, "code", NULL, FAILED },
	{ "the code is invalid", canned_lie, SNS, "{\"errcode\":40078,\"errmsg\":\"不存在的临时授权码\"}", FAILED },
	{ "an error beside a person", canned_lie, SNS, "{\"errcode\":1,\"user_info\":{\"unionid\":\"u1\"}}", FAILED },
	{ "no errcode", canned_lie, SNS, "{\"user_info\":{\"unionid\":\"u1\"}}", FAILED },
	{ "nobody", canned_lie, SNS, "{\"errcode\":0}", FAILED },
	{ "a person whose name is a list", canned_lie, SNS, "{\"errcode\":0,\"user_info\":{\"unionid\":[\"u1\"]}}", FAILED },
	{ "a person that is text", canned_lie, SNS, "{\"errcode\":0,\"user_info\":\"u1\"}", FAILED },
};

const struct upstream upstream_sns = {
	.name = "dingtalk, the old interface", .type = "dingtalk",
	.yaml = "    app_key: ding1\n    app_secret: secret\n    interface: sns\n",
	CANNED, .canned = sns_canned, .code = "code",
	.start_fetches = 0, .callback_fetches = 1, .lies = sns_lies, .n_lies = ARRAY_LEN(sns_lies),
};

/* ---- qq */

#define QQ_TOKEN "https://graph.qq.com/oauth2.0/token"
#define QQ_ME "https://graph.qq.com/oauth2.0/me"
#define QQ_USER "https://graph.qq.com/user/get_user_info"

static const struct upstream_canned qq_canned[] = {
	{ QQ_TOKEN, "{\"access_token\":\"the-token\",\"expires_in\":\"7776000\",\"refresh_token\":\"r\"}" },
	{ QQ_ME, "callback( {\"client_id\":\"101\",\"openid\":\"o1\",\"unionid\":\"UID_1\"} );\n" },
	{ QQ_USER, "{\"ret\":0,\"msg\":\"\",\"nickname\":\"张三\",\"gender\":\"男\"}" },
	{ NULL, NULL },
};

static const struct upstream_lie qq_lies[] = {
	{ "no code comes back", canned_param, "code", NULL, FAILED },
	{ "the person cancels", canned_param, "usercancel", "2", DENIED },
	{ "usercancel=0 is none", canned_param, "usercancel", "0", 0, 3 },
	{ "a token as a form", canned_lie, QQ_TOKEN, "access_token=the-token&expires_in=7776000&refresh_token=r", 0, 3 },
	{ "a token twice in a form", canned_lie, QQ_TOKEN, "access_token=a&access_token=b", FAILED, 1 },
	{ "a form with a broken escape", canned_lie, QQ_TOKEN, "access_token=%zz", FAILED, 1 },
	{ "a form of bytes that are no text", canned_lie, QQ_TOKEN, "access_token=%ff", FAILED, 1 },
	{ "a page", canned_lie, QQ_TOKEN, "<html lang=zh>access_token=a</html>", FAILED, 1 },
	{ "an error in a wrapper", canned_lie, QQ_TOKEN, "callback( {\"error\":100020,\"error_description\":\"code is reused error\"} );", FAILED, 1 },
	{ "an error beside a token", canned_lie, QQ_TOKEN, "{\"error\":100020,\"access_token\":\"the-token\"}", FAILED, 1 },
	{ "an error that is an object, beside a token", canned_lie, QQ_TOKEN, "{\"error\":{\"code\":100020},\"access_token\":\"the-token\"}", FAILED, 1 },
	{ "an openid that is true", canned_lie, QQ_ME, "callback( {\"client_id\":\"101\",\"openid\":true,\"unionid\":\"UID_1\"} );", FAILED, 2 },
	{ "a unionid that is true", canned_lie, QQ_ME, "callback( {\"client_id\":\"101\",\"openid\":\"o1\",\"unionid\":true} );", FAILED, 2 },
	{ "a token of another application", canned_lie, QQ_ME, "callback( {\"client_id\":\"102\",\"openid\":\"o1\",\"unionid\":\"UID_1\"} );", FAILED, 2 },
	{ "a token of no application", canned_lie, QQ_ME, "callback( {\"openid\":\"o1\",\"unionid\":\"UID_1\"} );", FAILED, 2 },
	{ "a person as a form", canned_lie, QQ_ME, "client_id=101&openid=o1&unionid=UID_1", FAILED, 2 },
	{ "a wrapper without an end", canned_lie, QQ_ME, "callback( {\"client_id\":\"101\",\"openid\":\"o1\",\"unionid\":\"UID_1\"} ", FAILED, 2 },
	{ "another function", canned_lie, QQ_ME, "alert( {\"client_id\":\"101\",\"openid\":\"o1\",\"unionid\":\"UID_1\"} );", FAILED, 2 },
	{ "two calls", canned_lie, QQ_ME, "callback( {\"client_id\":\"101\"} );callback( {\"client_id\":\"101\",\"openid\":\"o1\",\"unionid\":\"UID_1\"} );", FAILED, 2 },
	{ "a wrapper without space and semicolon", canned_lie, QQ_ME, "callback({\"client_id\":\"101\",\"openid\":\"o1\",\"unionid\":\"UID_1\"})", 0, 3 },
	{ "no wrapper", canned_lie, QQ_ME, "{\"client_id\":\"101\",\"openid\":\"o1\",\"unionid\":\"UID_1\"}", 0, 3 },
	{ "the application's number as a number", canned_lie, QQ_ME, "{\"client_id\":101,\"openid\":\"o1\",\"unionid\":\"UID_1\"}", 0, 3 },
	{ "no openid", canned_lie, QQ_ME, "{\"client_id\":\"101\",\"unionid\":\"UID_1\"}", FAILED, 2 },
	{ "no unionid, though it is asked for", canned_lie, QQ_ME, "{\"client_id\":\"101\",\"openid\":\"o1\"}", FAILED, 2 },
	{ "a ret that is not 0", canned_lie, QQ_USER, "{\"ret\":100016,\"msg\":\"token check failed\",\"nickname\":\"张三\"}", FAILED, 3 },
	{ "no ret", canned_lie, QQ_USER, "{\"nickname\":\"张三\"}", FAILED, 3 },
};

const struct upstream upstream_qq = {
	.name = "qq",
	.yaml = "    app_id: '101'\n    app_key: 's&cret'\n    unionid: true\n",
	CANNED, .canned = qq_canned, .code = "code",
	.start_fetches = 0, .callback_fetches = 3, .lies = qq_lies, .n_lies = ARRAY_LEN(qq_lies),
};
