/* SPDX-License-Identifier: Apache-2.0 */
/* What each adapter that is almost OAuth 2 asks, word for word, and what it makes of the answers (domain.md 3.1 to 3.5); what the test button says. */
#include "broker/base/encode.h"
#include "broker/base/url.h"
#include "conf/config.h"
#include "tests/unit/providers/upstream.h"

#define BACK "https%3A%2F%2Fid.example.cn%2Flogin%2Fup%2Fcallback"
#define STATE_HEX "7468652d7374617465" /* the-state */
#define IN_WECHAT "Mozilla/5.0 (iPhone) MicroMessenger/8.0.49"
#define IN_WECOM "Mozilla/5.0 (iPhone) wxwork/4.1 MicroMessenger/7.0.1"

static const struct {
	const char *name;
	const struct upstream *upstream;
	const char *user_agent, *url;
} starts[] = {
	{ "alipay", &upstream_alipay, "",
	  "https://openauth.alipay.com/oauth2/publicAppAuthorize.htm?app_id=2021000000000001&scope=auth_user&redirect_uri=" BACK "&state=the-state" },
	{ "wechat on a desk", &upstream_wechat, "Mozilla/5.0",
	  "https://open.weixin.qq.com/connect/qrconnect?appid=wx1&redirect_uri=" BACK "&response_type=code&scope=snsapi_login&state=" STATE_HEX "#wechat_redirect" },
	{ "wechat in WeChat", &upstream_wechat, IN_WECHAT,
	  "https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx2&redirect_uri=" BACK "&response_type=code&scope=snsapi_userinfo&state=" STATE_HEX "#wechat_redirect" },
	{ "wechat in WeCom, where nobody has WeChat", &upstream_wechat, IN_WECOM,
	  "https://open.weixin.qq.com/connect/qrconnect?appid=wx1&redirect_uri=" BACK "&response_type=code&scope=snsapi_login&state=" STATE_HEX "#wechat_redirect" },
	{ "wecom on a desk: the state is letters and digits", &upstream_wecom, "Mozilla/5.0",
	  "https://login.work.weixin.qq.com/wwlogin/sso/login?login_type=CorpApp&appid=ww1&agentid=1000002&redirect_uri=" BACK "&state=" STATE_HEX "&lang=zh" },
	{ "wecom in WeCom", &upstream_wecom, IN_WECOM,
	  "https://open.weixin.qq.com/connect/oauth2/authorize?appid=ww1&redirect_uri=" BACK "&response_type=code&scope=snsapi_privateinfo&state=" STATE_HEX
	  "&agentid=1000002#wechat_redirect" },
	{ "dingtalk", &upstream_dingtalk, "",
	  "https://login.dingtalk.com/oauth2/auth?redirect_uri=" BACK "&response_type=code&client_id=ding1&scope=openid%20corpid&state=the-state&prompt=consent" },
	{ "dingtalk, the old interface", &upstream_sns, "",
	  "https://oapi.dingtalk.com/connect/qrconnect?appid=ding1&response_type=code&scope=snsapi_login&state=the-state&redirect_uri=" BACK },
	{ "qq", &upstream_qq, "",
	  "https://graph.qq.com/oauth2.0/authorize?response_type=code&client_id=101&redirect_uri=" BACK "&state=the-state&scope=get_user_info" },
	{ "oauth2", &upstream_oauth2, "",
	  "https://up.example.cn/go?via=gate&response_type=code&appid=yimen&redirect_uri=" BACK
	  "&scope=login&state=the-state&code_challenge=the-challenge&code_challenge_method=S256&service=initService" },
};

START_TEST(redirect)
{
	upstream_sends_to(starts[_i].name, starts[_i].upstream, starts[_i].user_agent, starts[_i].url);
}
END_TEST

static const struct {
	const char *name;
	const struct upstream *upstream;
	const char *user_agent;
	struct {
		const char *method, *url, *body;
	} asked[4];
} requests[] = {
	{ "wechat", &upstream_wechat, "",
	  { { "GET", "https://api.weixin.qq.com/sns/oauth2/access_token?appid=wx1&secret=s%26cret&code=the-code&grant_type=authorization_code", "" },
	    { "GET", "https://api.weixin.qq.com/sns/userinfo?access_token=the-token&openid=o1&lang=zh_CN", "" } } },
	{ "wechat in WeChat", &upstream_wechat, IN_WECHAT,
	  { { "GET", "https://api.weixin.qq.com/sns/oauth2/access_token?appid=wx2&secret=inner&code=the-code&grant_type=authorization_code", "" },
	    { "GET", "https://api.weixin.qq.com/sns/userinfo?access_token=the-token&openid=o1&lang=zh_CN", "" } } },
	{ "wecom", &upstream_wecom, "",
	  { { "GET", "https://qyapi.weixin.qq.com/cgi-bin/gettoken?corpid=ww1&corpsecret=s%26cret", "" },
	    { "GET", "https://qyapi.weixin.qq.com/cgi-bin/auth/getuserinfo?access_token=the-token&code=the-code", "" },
	    { "POST", "https://qyapi.weixin.qq.com/cgi-bin/auth/getuserdetail?access_token=the-token", "{\"user_ticket\":\"the-ticket\"}" } } },
	{ "dingtalk", &upstream_dingtalk, "",
	  { { "POST", "https://api.dingtalk.com/v1.0/oauth2/userAccessToken",
	      "{\"clientId\":\"ding1\",\"clientSecret\":\"s&cret\",\"code\":\"the-code\",\"grantType\":\"authorization_code\"}" },
	    { "GET", "https://api.dingtalk.com/v1.0/contact/users/me", "" } } },
	{ "qq", &upstream_qq, "",
	  { { "GET", "https://graph.qq.com/oauth2.0/token?grant_type=authorization_code&client_id=101&client_secret=s%26cret&code=the-code&redirect_uri=" BACK "&fmt=json", "" },
	    { "GET", "https://graph.qq.com/oauth2.0/me?access_token=the-token&unionid=1&fmt=json", "" },
	    { "GET", "https://graph.qq.com/user/get_user_info?access_token=the-token&oauth_consumer_key=101&openid=o1", "" } } },
	{ "oauth2", &upstream_oauth2, "",
	  { { "GET", "https://up.example.cn/token?grant_type=authorization_code&appid=yimen&secret=s%26cret&code=the-code&redirect_uri=" BACK "&code_verifier=the-verifier&fmt=json", "" },
	    { "GET", "https://up.example.cn/me?access_token=the-token&openid=7&lang=zh_CN", "" } } },
};

START_TEST(request)
{
	UPSTREAM_TEST t;
	struct provider_step step;
	size_t n = 0;

	upstream_begin(&t, requests[_i].upstream);
	t.run.user_agent = span_of(requests[_i].user_agent);
	ck_assert_int_eq(upstream_callback(&t, &step), 0);
	ROW_INT(requests[_i].name, step.type, PROVIDER_IDENTITY);
	for (; requests[_i].asked[n].method; n++) {
		ck_assert_str_eq(t.fetches[n].method, requests[_i].asked[n].method);
		ROW_SPAN(requests[_i].name, t.fetches[n].url, span_of(requests[_i].asked[n].url));
		ROW_SPAN(requests[_i].name, t.fetches[n].body, span_of(requests[_i].asked[n].body));
		ROW_INT(requests[_i].name, t.fetches[n].cache_ms > 0, requests[_i].upstream == &upstream_wecom && n == 0);
	}
	ROW_INT(requests[_i].name, t.n_fetches, n);
	if (requests[_i].upstream == &upstream_dingtalk) {
		ck_assert_uint_eq(t.fetches[1].n_headers, 1);
		ck_assert_str_eq(t.fetches[1].headers[0].name, "x-acs-dingtalk-access-token");
		ROW_SPAN("the token", t.fetches[1].headers[0].value, SPAN("the-token"));
	}
}
END_TEST

/* domain.md 3.4 [V]: secret "secret", 1704067200000 */
START_TEST(sns_signature)
{
	UPSTREAM_TEST t;
	struct provider_step step;

	upstream_begin(&t, &upstream_sns);
	t.run.now = (struct instant){ INT64_C(1704067200000) };
	ck_assert_int_eq(upstream_callback(&t, &step), 0);
	ck_assert_int_eq(step.type, PROVIDER_IDENTITY);
	ROW_SPAN("address", t.fetches[0].url,
		 SPAN("https://oapi.dingtalk.com/sns/getuserinfo_bycode?accessKey=ding1&timestamp=1704067200000&signature=e0xbCGHM0RQYhRW2gp2%2BCjVJAuf6U3tVi8C1gAjjhTU%3D"));
	ROW_SPAN("body", t.fetches[0].body, SPAN("{\"tmp_auth_code\":\"the-code\"}"));
}
END_TEST

/* The signature is what openssl dgst -sha256 -sign makes of the text of domain.md 3.1 (4) with app.key; the serial numbers are openssl x509's and md5sum's. */
#define ALIPAY_SIGN                                                                                                                              \
	"gzBYCjWghne2ZxXiG2fBnZu9pRzPX/PD1gr1oloSRr6js10bpVfmg5J5zp4BaOnRDMusbaibfazEIkiYa4OwmW7mp2112KYkTcY2FwDQxd0UI9/Saf6xi0axAosxTJUK+nmisIic" \
	"gKJrBEAhGc5mht0tvbuxyvA6FxGD9kzu5ffM7j+3OmLAi6WqeyZ5KFFj6BFWaiFSDXbJFBiBmkvj/LHdOGOFYxPR9Q4fYglIuaAVKkhzQNlOKeN8+b4/VrKMn3BxLsr6mX239wfZ" \
	"4dLSjF+XHXEO9M3nVbI9SOR5vC40vStG78euRP5nytt9iDW9mtyaQ0mrgnYqUnrr+eX0Sw=="

static struct span param(struct upstream_test *t, struct span form, const char *want)
{
	struct span name, value;
	int error = 0;

	while (url_next_pair(&form, t->arena, &name, &value, &error))
		if (span_is(name, want))
			return value;
	return (struct span){ NULL, 0 };
}

START_TEST(alipay_request)
{
	UPSTREAM_TEST t;
	struct provider_step step;

	upstream_begin(&t, &upstream_alipay);
	ck_assert_int_eq(upstream_callback(&t, &step), 0);
	ck_assert_int_eq(step.type, PROVIDER_IDENTITY);
	ck_assert_str_eq(t.fetches[0].method, "POST");
	ROW_SPAN("content type", t.fetches[0].content_type, SPAN("application/x-www-form-urlencoded;charset=utf-8"));
	ROW_SPAN("China's time", param(&t, t.fetches[0].body, "timestamp"), SPAN("2027-01-15 16:00:00"));
	ROW_SPAN("signature", param(&t, t.fetches[0].body, "sign"), SPAN(ALIPAY_SIGN));
	ck_assert(!param(&t, t.fetches[0].body, "app_cert_sn").p && !param(&t, t.fetches[0].body, "biz_content").p);
	ROW_SPAN("method", param(&t, t.fetches[1].body, "method"), SPAN("alipay.user.info.share"));
	ROW_SPAN("token", param(&t, t.fetches[1].body, "auth_token"), SPAN("the-token"));
}
END_TEST

START_TEST(alipay_certificates)
{
	UPSTREAM_TEST t;
	struct provider_step step;

	upstream_begin(&t, &upstream_alipay_cert);
	ck_assert_int_eq(upstream_callback(&t, &step), 0);
	ck_assert_int_eq(step.type, PROVIDER_IDENTITY);
	ROW_SPAN("application", param(&t, t.fetches[0].body, "app_cert_sn"), SPAN("9337c9222f20e9d82cb66a682aae924d"));
	/* of the three roots one is not signed with RSA */
	ROW_SPAN("roots", param(&t, t.fetches[0].body, "alipay_root_cert_sn"), SPAN("59de2cc346afd8ae93b5e3eb81dd3ea6_21e4336b860958cf766427087385bcc8"));
}
END_TEST

static const struct {
	const char *name;
	const struct upstream *upstream;
	const char *issuer, *subject, *earlier, *person, *phone;
	int64_t acr;
} identities[] = {
	{ "alipay", &upstream_alipay, "https://openapi.alipay.com", "2088102150477652", "2021000000000001:074a1CcTG1LelxKe4xQC0zgNdId0nxi95b5lsNpazWYoCo5", "张三", "", 1 },
	{ "wechat", &upstream_wechat, "https://open.weixin.qq.com", "u1", "wx1:o1", "张三", "", 1 },
	{ "wecom", &upstream_wecom, "https://work.weixin.qq.com/ww1", "zhangsan", "", "", "13800000000", 1 },
	{ "dingtalk", &upstream_dingtalk, "https://www.dingtalk.com", "u1", "ding1:o1", "张三", "13800000000", 1 },
	{ "dingtalk, the old interface", &upstream_sns, "https://www.dingtalk.com", "u1", "ding1:o1", "张三", "", 1 },
	{ "qq", &upstream_qq, "https://graph.qq.com", "UID_1", "101:o1", "张三", "", 1 },
	{ "oauth2", &upstream_oauth2, "https://up.example.cn", "7", "", "张三", "13800000000", 2 },
};

START_TEST(identity)
{
	UPSTREAM_TEST t;
	struct provider_step step;
	const char *name = identities[_i].name;

	upstream_begin(&t, identities[_i].upstream);
	ck_assert_int_eq(upstream_callback(&t, &step), 0);
	ROW_INT(name, step.type, PROVIDER_IDENTITY);
	ROW_SPAN(name, step.identity.issuer, span_of(identities[_i].issuer));
	ROW_SPAN(name, step.identity.subject, span_of(identities[_i].subject));
	ROW_SPAN(name, step.identity.earlier_subjects[0], span_of(identities[_i].earlier));
	ROW_SPAN(name, step.identity.name, span_of(identities[_i].person));
	ROW_SPAN(name, step.identity.phone, span_of(identities[_i].phone));
	ROW_INT(name, step.identity.acr, identities[_i].acr);
	ck_assert(step.identity.claims.n && !step.identity.real_name.n && !step.identity.id_number.n);
}
END_TEST

/* Certified names and numbers count where the contract gives them out, whole, and of papers that are known. */
#define CERTIFIED(is, more) "{\"code\":\"10000\",\"user_id\":\"2088102150477652\",\"nick_name\":\"三\",\"is_certified\":\"" is "\"" more "}"
#define ZHANGSAN ",\"user_name\":\"张三\",\"cert_no\":\"11010519491231002X\""
static const struct {
	const char *name, *user, *id_type; /* NULL: nothing is certified */
} certified[] = {
	{ "an ID card", CERTIFIED("T", ZHANGSAN ",\"cert_type\":\"0\""), "111" },
	{ "an ID card, by its new name", CERTIFIED("T", ZHANGSAN ",\"cert_type\":\"IDENTITY_CARD\""), "111" },
	{ "a passport", CERTIFIED("T", ZHANGSAN ",\"cert_type\":\"1\""), "414" },
	{ "a passport, by its new name", CERTIFIED("T", ZHANGSAN ",\"cert_type\":\"PASSPORT\""), "414" },
	{ "a paper nobody knows", CERTIFIED("T", ZHANGSAN ",\"cert_type\":\"7\""), NULL },
	{ "no paper", CERTIFIED("T", ZHANGSAN), NULL },
	{ "not certified", CERTIFIED("F", ZHANGSAN ",\"cert_type\":\"0\""), NULL },
	{ "certified in small letters", CERTIFIED("t", ZHANGSAN ",\"cert_type\":\"0\""), NULL },
	{ "no name", CERTIFIED("T", ",\"cert_type\":\"0\",\"cert_no\":\"11010519491231002X\""), NULL },
	{ "no number", CERTIFIED("T", ",\"cert_type\":\"0\",\"user_name\":\"张三\""), NULL },
};

START_TEST(alipay_certified)
{
	struct provider_step step;

	for (int asked = 0; asked < 2; asked++) {
		UPSTREAM_TEST t;
		bool counts = asked && certified[_i].id_type;

		upstream_begin(&t, asked ? &upstream_alipay_certified : &upstream_alipay);
		upstream_alipay_says(&t, certified[_i].user);
		ck_assert_int_eq(upstream_callback(&t, &step), 0);
		ROW_INT(certified[_i].name, step.type, PROVIDER_IDENTITY);
		ROW_SPAN(certified[_i].name, step.identity.id_type, span_of(counts ? certified[_i].id_type : ""));
		ROW_SPAN(certified[_i].name, step.identity.real_name, span_of(counts ? "张三" : ""));
		ROW_SPAN(certified[_i].name, step.identity.id_number, span_of(counts ? "11010519491231002X" : ""));
		ROW_INT(certified[_i].name, step.identity.acr, counts ? 2 : 1);
	}
}
END_TEST

/* RFC 6749 2.3.1: both are encoded as a form's values before they are joined; RFC 6750 2.1. */
START_TEST(oauth2_headers)
{
	struct upstream other = upstream_oauth2;
	UPSTREAM_TEST t;
	struct provider_step step;

	other.yaml = "    issuer: https://up.example.cn\n    authorization_url: https://up.example.cn/go\n    token_url: https://up.example.cn/token\n"
		     "    userinfo_url: https://up.example.cn/me\n    client_id: yi:men\n    client_secret: 's&cret'\n    client_auth: basic\n"
		     "    paths: {access_token: data.token, token_subject: data.uid, data: data.user, subject: id}\n";
	upstream_begin(&t, &other);
	ck_assert_int_eq(upstream_callback(&t, &step), 0);
	ck_assert_int_eq(step.type, PROVIDER_IDENTITY);
	ROW_SPAN("basic", t.fetches[0].authorization, SPAN("Basic eWklM0FtZW46cyUyNmNyZXQ="));
	ROW_SPAN("the body has no secret", t.fetches[0].body, SPAN("grant_type=authorization_code&code=the-code&redirect_uri=" BACK "&code_verifier=the-verifier"));
	ROW_SPAN("bearer", t.fetches[1].authorization, SPAN("Bearer the-token"));
	ROW_SPAN("the address has no token", t.fetches[1].url, SPAN("https://up.example.cn/me"));
}
END_TEST

static struct provider_step come(struct upstream_test *t, const struct upstream *upstream, const char *where, const char *what)
{
	struct provider_step step;

	upstream_begin(t, upstream);
	for (size_t i = 0; i < upstream->n_lies; i++)
		if (strcmp(upstream->lies[i].name, where) == 0) {
			upstream->lies[i].tell(t, &upstream->lies[i]);
			what = NULL;
		}
	ck_assert_msg(!what, "no lie is called %s", where);
	ck_assert_int_eq(upstream_callback(t, &step), 0);
	ck_assert_msg(step.type == PROVIDER_IDENTITY, "%s: %s", where, step.reason);
	return step;
}

/* Who has no name across applications is known by the application's own. */
START_TEST(own_subjects)
{
	UPSTREAM_TEST one;
	ROW_SPAN("alipay", come(&one, &upstream_alipay, "open_id alone", "x").identity.subject, SPAN("2021000000000001:074a1CcTG1LelxKe4xQC0zgNdId0nxi95b5lsNpazWYoCo5"));

	UPSTREAM_TEST two;
	struct provider_step step = come(&two, &upstream_wechat, "no unionid yet", "x");
	ROW_SPAN("wechat: the second answer has it", step.identity.subject, SPAN("u1"));
}
END_TEST

START_TEST(wecom_state)
{
	static const struct {
		const char *state, *want;
	} rows[] = { { STATE_HEX, "the-state" }, { "7468652D7374617465", "the-state" }, { "the-state", "missing" }, { "746", "missing" }, { "", "missing" } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		UPSTREAM_TEST t;

		upstream_begin(&t, &upstream_wecom);
		const struct provider *provider = provider_of(t.config->providers.items[0].type.variant);
		const struct provider_pair pair = { SPAN("state"), span_of(rows[i].state) };
		ROW_SPAN(rows[i].state, provider->state(t.run.options, &(struct provider_event){ .type = PROVIDER_CALLBACK, .params = &pair, .n_params = 1 }, t.arena),
			 span_of(rows[i].want));
	}
}
END_TEST

/* ---- the test button */

#define WX "https://api.weixin.qq.com/sns/oauth2/access_token"
#define WW_TOKEN "https://qyapi.weixin.qq.com/cgi-bin/gettoken"
#define WW_USER "https://qyapi.weixin.qq.com/cgi-bin/auth/getuserinfo"
#define DD "https://api.dingtalk.com/v1.0/oauth2/userAccessToken"
#define SNS "https://oapi.dingtalk.com/sns/getuserinfo_bycode"
#define QQ "https://graph.qq.com/oauth2.0/token"
#define UP "https://up.example.cn/token"

static const struct {
	const char *name;
	const struct upstream *upstream;
	const char *at, *answer;
	const char *reason; /* holds this; NULL: it passes */
} buttons[] = {
	{ "wechat: all right", &upstream_wechat, WX, "{\"errcode\":40029,\"errmsg\":\"invalid code\"}", NULL },
	{ "wechat: a wrong AppID", &upstream_wechat, WX, "{\"errcode\":40013,\"errmsg\":\"invalid appid\"}", "no such AppID" },
	{ "wechat: a wrong secret", &upstream_wechat, WX, "{\"errcode\":40125,\"errmsg\":\"invalid appsecret\"}", "AppSecret is not the one" },
	{ "wechat: an unknown error", &upstream_wechat, WX, "{\"errcode\":7,\"errmsg\":\"what is this\"}", "error 7: what is this" },
	{ "wechat: a page", &upstream_wechat, WX, "<html>", "no JSON" },
	{ "wecom: all right", &upstream_wecom, WW_USER, "{\"errcode\":40029,\"errmsg\":\"invalid code\"}", NULL },
	{ "wecom: a wrong corp_id", &upstream_wecom, WW_TOKEN, "{\"errcode\":40013,\"errmsg\":\"invalid corpid\"}", "no such corp_id" },
	{ "wecom: a wrong secret", &upstream_wecom, WW_TOKEN, "{\"errcode\":40001,\"errmsg\":\"invalid credential\"}", "secret is not the one" },
	{ "wecom: an address that is not trusted", &upstream_wecom, WW_USER, "{\"errcode\":60020,\"errmsg\":\"not allow to access from your ip\"}", "企业可信IP" },
	{ "dingtalk: all right", &upstream_dingtalk, DD, "{\"code\":\"invalidParameter.authCode.notFound\",\"message\":\"x\"}", NULL },
	{ "dingtalk: a wrong key or secret", &upstream_dingtalk, DD, "{\"code\":\"invalidClientIdOrSecret\",\"message\":\"x\"}", "AppSecret" },
	{ "dingtalk, old: all right", &upstream_sns, SNS, "{\"errcode\":40078,\"errmsg\":\"x\"}", NULL },
	{ "dingtalk, old: a wrong secret", &upstream_sns, SNS, "{\"errcode\":853004,\"errmsg\":\"x\"}", "AppSecret" },
	{ "qq: all right", &upstream_qq, QQ, "callback( {\"error\":100019,\"error_description\":\"code to access token error\"} );", NULL },
	{ "qq: a wrong APP ID", &upstream_qq, QQ, "callback( {\"error\":100008,\"error_description\":\"x\"} );", "APP ID" },
	{ "qq: a wrong APP Key", &upstream_qq, QQ, "callback( {\"error\":100009,\"error_description\":\"x\"} );", "APP Key" },
	{ "oauth2: all right", &upstream_oauth2, UP, "{\"code\":\"invalid_grant\"}", NULL },
	{ "oauth2: a wrong client", &upstream_oauth2, UP, "{\"code\":\"invalid_client\"}", "client_secret is another" },
	{ "oauth2: a token for nothing", &upstream_oauth2, UP, "{\"code\":0,\"data\":{\"token\":\"x\",\"uid\":1}}", "gave no error" },
};

START_TEST(button)
{
	UPSTREAM_TEST t;
	struct provider_step step;
	const char *name = buttons[_i].name;

	upstream_begin(&t, buttons[_i].upstream);
	canned_lie(&t, &(struct upstream_lie){ .where = buttons[_i].at, .what = buttons[_i].answer });
	ck_assert_ptr_nonnull(provider_of(t.config->providers.items[0].type.variant)->on[PROVIDER_TEST]);
	ck_assert_int_eq(upstream_test_event(&t, &step), 0);
	ROW_INT(name, step.type, buttons[_i].reason ? PROVIDER_REJECT : PROVIDER_DONE);
	ck_assert_msg(!buttons[_i].reason || strstr(step.reason, buttons[_i].reason), "%s: %s", name, step.reason);
	for (size_t i = 0; i < t.n_fetches; i++) /* nobody's code is used up by it */
		ck_assert(!memmem(t.fetches[i].url.p, t.fetches[i].url.n, "the-code", 8) && !(t.fetches[i].body.n && memmem(t.fetches[i].body.p, t.fetches[i].body.n, "the-code", 8)));
}
END_TEST

static const struct {
	const char *name;
	const char *lie; /* of upstream_alipay */
	const char *answer, *reason;
} alipay_buttons[] = {
	{ "all right", NULL, "isv.code-invalid", NULL },
	{ "another key of Alipay", "signed by somebody else", "isv.code-invalid", "alipay_public_key (or alipay_cert) is not what Alipay signs with" },
	{ "another key of ours", NULL, "isv.invalid-signature", "private key is not the one" },
	{ "another application", NULL, "isv.invalid-app-id", "no application with this app_id" },
	{ "no key uploaded", NULL, "isv.missing-signature-config", "No public key is uploaded" },
};

START_TEST(alipay_button)
{
	UPSTREAM_TEST t;
	struct provider_step step;

	upstream_begin(&t, &upstream_alipay);
	upstream_alipay_refuses(&t, alipay_buttons[_i].answer);
	for (size_t i = 0; alipay_buttons[_i].lie && i < upstream_alipay.n_lies; i++)
		if (strcmp(upstream_alipay.lies[i].name, alipay_buttons[_i].lie) == 0)
			upstream_alipay.lies[i].tell(&t, &upstream_alipay.lies[i]);
	ck_assert_int_eq(upstream_test_event(&t, &step), 0);
	ROW_INT(alipay_buttons[_i].name, step.type, alipay_buttons[_i].reason ? PROVIDER_REJECT : PROVIDER_DONE);
	ck_assert_msg(!alipay_buttons[_i].reason || strstr(step.reason, alipay_buttons[_i].reason), "%s: %s", alipay_buttons[_i].name, step.reason);
}
END_TEST

/* ---- what a configuration may not say */

static const struct {
	const char *name, *type, *yaml, *problem; /* NULL: it is fine */
} configurations[] = {
	{ "alipay without a key of Alipay", "alipay", "{app_id: '1', private_key: 'x'}", "set \"alipay_public_key\", or all of" },
	{ "alipay with a key that is none", "alipay", "{app_id: '1', private_key: 'MIIB', alipay_public_key: 'MIIB'}", "\"private_key\" is no RSA key" },
	{ "alipay with a gateway in the clear", "alipay", "{app_id: '1', private_key: 'x', alipay_public_key: 'x', gateway_url: 'http://openapi.example.cn'}", "\"gateway_url\" must begin" },
	{ "alipay with a public key for the private one", "alipay", "{app_id: '1', private_key_file: " CERTS "app.crt, alipay_public_key: 'x'}", "this is a public key" },
	{ "alipay with a private key for the public one", "alipay", "{app_id: '1', private_key: 'x', alipay_public_key_file: " CERTS "app.key}", "this is a private key" },
	{ "alipay with the other public key of its console", "alipay", "{app_id: '1', private_key_file: " CERTS "app.key, alipay_public_key_file: " CERTS "app.crt}",
	  "is the application's own" },
	{ "alipay with the merchant's number", "alipay", "{app_id: '2088000000000001', private_key: 'x', alipay_public_key: 'x'}", "which begins with 2088" },
	{ "alipay with keys that are right", "alipay", "{app_id: '2021000000000001', private_key_file: " CERTS "app.key, alipay_public_key_file: " CERTS "alipay.crt}", NULL },
	{ "alipay with the certificate of another key", "alipay", "{app_id: '2021000000000001', private_key_file: " CERTS "alipay.key, app_cert_file: " CERTS "app.crt, alipay_cert_file: " CERTS
	  "alipay.crt, root_cert_file: " CERTS "root.crt}", "is not the certificate of \"private_key\"" },
	{ "alipay in two modes", "alipay", "{app_id: '1', private_key: 'x', alipay_public_key: 'x', app_cert: 'x'}", "two modes" },
	{ "wechat without any application", "wechat", "{needs_unionid: true}", "set \"app_id\", or \"inner_app_id\"" },
	{ "wechat without a secret", "wechat", "{app_id: x}", "needs \"app_secret\"" },
	{ "wechat in WeChat alone", "wechat", "{inner_app_id: x, inner_app_secret: y}", NULL },
	{ "the old dingtalk for one organisation", "dingtalk", "{app_key: x, app_secret: y, interface: sns, corp_id: z}", "needs \"interface\" v2" },
	{ "qq at an address without https", "qq", "{app_id: x, app_key: y, base_url: 'http://graph.example.cn'}", "\"base_url\" must begin" },
	{ "qq on loopback", "qq", "{app_id: x, app_key: y, base_url: 'http://127.0.0.1:8080'}", NULL },
	{ "oauth2 that never names anybody", "oauth2", "{authorization_url: 'https://u.example', token_url: 'https://u.example', client_id: x, client_secret: y}", "token_subject" },
	{ "oauth2 with a pair that is none", "oauth2",
	  "{authorization_url: 'https://u.example', token_url: 'https://u.example', userinfo_url: 'https://u.example', client_id: x, client_secret: y, token_parameters: [fmt]}",
	  "lists name=value" },
	{ "oauth2 with a level that is none", "oauth2",
	  "{authorization_url: 'https://u.example', token_url: 'https://u.example', userinfo_url: 'https://u.example', client_id: x, client_secret: y, levels: [L4=4]}",
	  "0, 1, 2 or 3" },
};

START_TEST(configuration)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(8 << 20);
	struct problems problems = { .arena = arena };
	struct option_context context = { .arena = arena, .scratch = arena, .problems = &problems };
	const struct option_variant *variant = NULL;
	struct yaml_node *root = NULL;
	bool found = false;

	for (size_t i = 0; registry_all[CONFIG_PROVIDERS].variants[i]; i++)
		if (strcmp(registry_all[CONFIG_PROVIDERS].variants[i]->name, configurations[_i].type) == 0)
			variant = registry_all[CONFIG_PROVIDERS].variants[i];
	ck_assert_ptr_nonnull(variant);
	void *options = arena_alloc(arena, variant->size);
	ck_assert_int_eq(yaml_read(span_of(configurations[_i].yaml), "it", arena, &problems, &root), 0);
	ck_assert_int_eq(option_parse(variant->table, root, options, &context), 0);
	if (variant->check)
		variant->check(options, root, &problems);
	for (size_t i = 0; i < problems.n; i++)
		found |= configurations[_i].problem && strstr(problems.items[i].message, configurations[_i].problem);
	ROW_INT(configurations[_i].name, configurations[_i].problem ? found : problems.errors == 0, true);
}
END_TEST

int main(void)
{
	return suite_run("providers/social",
			 (struct suite_test[]){ SUITE_LOOP(redirect, ARRAY_LEN(starts)), SUITE_LOOP(request, ARRAY_LEN(requests)), SUITE_ONCE(sns_signature),
						SUITE_ONCE(alipay_request), SUITE_ONCE(alipay_certificates), SUITE_LOOP(identity, ARRAY_LEN(identities)), SUITE_LOOP(alipay_certified, ARRAY_LEN(certified)), SUITE_ONCE(oauth2_headers),
						SUITE_ONCE(own_subjects), SUITE_ONCE(wecom_state), SUITE_LOOP(button, ARRAY_LEN(buttons)),
						SUITE_LOOP(alipay_button, ARRAY_LEN(alipay_buttons)), SUITE_LOOP(configuration, ARRAY_LEN(configurations)), SUITE_END });
}
