/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dingtalk - login with DingTalk: the interface of today (v2), and the one before it (sns), which old applications still have.
 *
 * v2: START → REDIRECT. CALLBACK (authCode) → oauth2/userAccessToken → contact/users/me → IDENTITY. sns: CALLBACK (code) → sns/getuserinfo_bycode, signed with
 * HMAC over the time → IDENTITY. A person is unionId, the same in all applications of one organisation. domain.md 3.4
 */
#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "keys/digest.h"
#include "providers/exchange.h"

#define ISSUER "https://www.dingtalk.com"

enum { INTERFACE_V2, INTERFACE_SNS };

struct dingtalk_options {
	int interface;
	struct span app_key;
	struct secret app_secret;
	struct span corp_id;
	int64_t level;
	struct span login_url, api_url, sns_url;
};

static const char *const interfaces[] = { "v2", "sns", NULL };

#define AT(member) offsetof(struct dingtalk_options, member)

static const struct option rows[] = {
	{ .key = "app_key", .type = OPTION_STRING, .offset = AT(app_key), .flags = OPTION_REQUIRED, .min = 1, .max = 128,
	  .doc = "Client ID (AppKey) of the application at open-dev.dingtalk.com (应用开发 → 凭证与基础信息). Its 重定向URL (安全设置, 登录与分享) must be this "
		 "provider's callback address." },
	{ .key = "app_secret", .type = OPTION_SECRET, .offset = AT(app_secret), .flags = OPTION_REQUIRED, .doc = "Client Secret (AppSecret), on the same page." },
	{ .key = "interface", .type = OPTION_ENUM, .offset = AT(interface), .def = "v2", .values = interfaces,
	  .doc = "`v2` for every application of today, with the right 通讯录个人信息读权限; `sns` for an old 移动接入应用, which only logs in by QR code." },
	{ .key = "corp_id", .type = OPTION_STRING, .offset = AT(corp_id), .max = 128,
	  .doc = "Only people of this organisation (CorpId; the person is asked to choose one). Empty: everybody who has DingTalk. Only with `v2`." },
	{ .key = "level", .type = OPTION_INT, .offset = AT(level), .def = "1", .min = 0, .max = 3, .doc = "Assurance level (`acr`) that such a login is worth." },
	{ .key = "login_url", .type = OPTION_STRING, .offset = AT(login_url), .def = "https://login.dingtalk.com", .max = 512, .doc = "Where people log in (`v2`)." },
	{ .key = "api_url", .type = OPTION_STRING, .offset = AT(api_url), .def = "https://api.dingtalk.com", .max = 512, .doc = "The interface of `v2`." },
	{ .key = "sns_url", .type = OPTION_STRING, .offset = AT(sns_url), .def = "https://oapi.dingtalk.com", .max = 512, .doc = "Where people log in, and the interface, of `sns`." },
	{ .key = NULL },
};

/* sns */
static const struct exchange_error errors[] = {
	{ "40078", true, "DingTalk does not accept the code" },
	{ "853001", false, "DingTalk knows no such AppKey" },
	{ "853002", false, "The time of the request is missing" },
	{ "853003", false, "This machine's clock is wrong" },
	{ "853004", false, "The AppSecret is not the one of this AppKey" },
	{ "40089", false, "DingTalk knows no such AppKey, or the AppSecret is not the one of it" },
	{ "-1", false, "DingTalk is busy" },
	{ NULL, false, NULL },
};

enum stage { AT_TOKEN, AT_ME, AT_SNS };

struct run {
	enum stage stage;
	struct span code;
	struct span access_token;
};

static void dingtalk_check(const void *options, const struct yaml_node *map, struct problems *problems)
{
	const struct dingtalk_options *o = options;

	exchange_check_url(problems, map, "login_url", o->login_url);
	exchange_check_url(problems, map, "api_url", o->api_url);
	exchange_check_url(problems, map, "sns_url", o->sns_url);
	if (o->corp_id.n && o->interface == INTERFACE_SNS)
		problem_add(problems, yaml_place(map, "corp_id"), "the old interface does not say which organisation a person is of: \"corp_id\" needs \"interface\" v2");
}

static int reject(struct provider_run *run, struct provider_step *step, const char *reason)
{
	return exchange_reject(run, step, (struct span){ NULL, 0 }, "%s", reason);
}

static int ask(struct provider_step *step, const char *method, struct span url)
{
	step->type = PROVIDER_FETCH;
	step->fetch = (struct provider_fetch){ .method = method, .url = url, .content_type = strcmp(method, "POST") == 0 ? SPAN("application/json") : SPAN(""),
					       .accept = SPAN("application/json") };
	return 0;
}

/* ---- v2 */

static int start_v2(struct provider_run *run, struct provider_step *step)
{
	const struct dingtalk_options *o = run->options;
	struct span url;

	TRY(exchange_at(run, o->login_url, "/oauth2/auth", &url));
	return exchange_url(run, url,
			    EXCHANGE_PAIRS({ "redirect_uri", run->redirect_uri }, { "response_type", SPAN("code") }, { "client_id", o->app_key },
					   { "scope", o->corp_id.n ? SPAN("openid corpid") : SPAN("openid") }, { "state", run->state }, { "prompt", SPAN("consent") }),
			    &step->url);
}

static int ask_token(struct provider_run *run, struct run *memory, struct provider_step *step)
{
	const struct dingtalk_options *o = run->options;
	struct span url;

	memory->stage = AT_TOKEN;
	TRY(exchange_at(run, o->api_url, "/v1.0/oauth2/userAccessToken", &url));
	TRY(ask(step, "POST", url));
	return exchange_json(run,
			     EXCHANGE_PAIRS({ "clientId", o->app_key }, { "clientSecret", o->app_secret.bytes }, { "code", memory->code },
					    { "grantType", SPAN("authorization_code") }),
			     &step->fetch.body);
}

static int ask_me(struct provider_run *run, struct run *memory, struct provider_step *step)
{
	const struct dingtalk_options *o = run->options;
	struct span url;

	memory->stage = AT_ME;
	TRY(exchange_at(run, o->api_url, "/v1.0/contact/users/me", &url));
	TRY(ask(step, "GET", url));
	step->fetch.headers[0] = (struct fetch_header){ "x-acs-dingtalk-access-token", memory->access_token };
	step->fetch.n_headers = 1;
	return 0;
}

/* HTTP 4xx with a code in words ("invalidClientIdOrSecret", "invalidParameter.authCode.notFound"), of which there are more than are written down. */
static int take_error(struct provider_run *run, struct run *memory, int status, const json_t *answer, struct provider_step *step)
{
	struct span code, message;

	TRY(exchange_text(run, answer, "code", &code));
	TRY(exchange_text(run, answer, "message", &message));
	if (exchange_mentions(code, "client") || exchange_mentions(code, "appkey") || exchange_mentions(code, "secret"))
		return exchange_reject(run, step, code, "DingTalk knows no such AppKey, or the AppSecret is not the one of it.");
	if (run->purpose == PROVIDER_TEST && memory->stage == AT_TOKEN && exchange_mentions(code, "code"))
		return exchange_passed(step, "DingTalk knows the AppKey and accepts the AppSecret; it only refused the code of this test, as it should.");
	if (exchange_mentions(code, "forbidden") || exchange_mentions(code, "permission"))
		return exchange_reject(run, step, code, "The application lacks a right: give it 通讯录个人信息读权限 (Contact.User.Read) in the console.");
	if (code.n)
		return exchange_refused(run, step, NULL, false, code, message);
	return exchange_reject(run, step, code, "DingTalk answered with status %d.", status);
}

static int take_token(struct provider_run *run, struct run *memory, const json_t *answer, struct provider_step *step)
{
	const struct dingtalk_options *o = run->options;
	struct span corp_id;

	if (run->purpose == PROVIDER_TEST)
		return reject(run, step, "DingTalk gave a token for a code that it cannot know.");
	TRY(exchange_text(run, answer, "accessToken", &memory->access_token));
	TRY(exchange_text(run, answer, "corpId", &corp_id));
	if (!memory->access_token.n)
		return reject(run, step, "DingTalk's answer holds no accessToken.");
	if (o->corp_id.n && !span_eq(corp_id, o->corp_id)) {
		TRY(reject(run, step, "The person is of another organisation than corp_id."));
		step->error = ERR_PROVIDER_REJECTED;
		return 0;
	}
	return ask_me(run, memory, step);
}

static int take_me(struct provider_run *run, struct span body, const json_t *answer, struct provider_step *step)
{
	const struct dingtalk_options *o = run->options;
	struct provider_identity identity = { .issuer = SPAN(ISSUER), .acr = o->level, .claims = body };
	struct span open_id;

	TRY(exchange_text(run, answer, "unionId", &identity.subject));
	TRY(exchange_text(run, answer, "openId", &open_id));
	TRY(exchange_text(run, answer, "nick", &identity.name));
	TRY(exchange_text(run, answer, "mobile", &identity.phone));
	TRY(exchange_text(run, answer, "email", &identity.email));
	TRY(exchange_subject(run, o->app_key, open_id, &identity.earlier_subjects[0]));
	return provider_identify(step, &identity);
}

/* ---- sns */

static int start_sns(struct provider_run *run, struct provider_step *step)
{
	const struct dingtalk_options *o = run->options;
	struct span url;

	TRY(exchange_at(run, o->sns_url, "/connect/qrconnect", &url));
	return exchange_url(run, url,
			    EXCHANGE_PAIRS({ "appid", o->app_key }, { "response_type", SPAN("code") }, { "scope", SPAN("snsapi_login") }, { "state", run->state },
					   { "redirect_uri", run->redirect_uri }),
			    &step->url);
}

static int ask_sns(struct provider_run *run, struct run *memory, struct provider_step *step)
{
	const struct dingtalk_options *o = run->options;
	unsigned char mac[DIGEST_MAX];
	struct buf buf = buf_new(run->arena, 48);
	struct span url, signature;
	char *stamp = arena_printf(run->arena, "%lld", (long long)run->now.ms);

	if (!stamp)
		return FAULT_MEMORY;
	memory->stage = AT_SNS;
	TRY(digest_hmac(DIGEST_SHA256, o->app_secret.bytes, mac, span_of(stamp)));
	encode_base64(&buf, (struct span){ (char *)mac, digest_row(DIGEST_SHA256)->size });
	TRY(buf_done(&buf, &signature));
	TRY(exchange_at(run, o->sns_url, "/sns/getuserinfo_bycode", &url));
	TRY(exchange_url(run, url, EXCHANGE_PAIRS({ "accessKey", o->app_key }, { "timestamp", span_of(stamp) }, { "signature", signature }), &url));
	TRY(ask(step, "POST", url));
	return exchange_json(run, EXCHANGE_PAIRS({ "tmp_auth_code", memory->code }), &step->fetch.body);
}

static int take_sns(struct provider_run *run, struct run *memory, struct span body, const json_t *answer, struct provider_step *step)
{
	const struct dingtalk_options *o = run->options;
	const json_t *user = json_object_get(answer, "user_info");
	struct provider_identity identity = { .issuer = SPAN(ISSUER), .acr = o->level, .claims = body };
	struct span code, message, open_id;

	TRY(exchange_error_code(run, answer, "errcode", &code));
	TRY(exchange_text(run, answer, "errmsg", &message));
	if (!code.n)
		return reject(run, step, "DingTalk's answer has no errcode: check sns_url.");
	if (!span_is(code, "0"))
		return exchange_refused(run, step, errors, run->purpose == PROVIDER_TEST, code, message);
	if (run->purpose == PROVIDER_TEST)
		return reject(run, step, "DingTalk named a person for a code that it cannot know.");
	TRY(exchange_text(run, user, "unionid", &identity.subject));
	TRY(exchange_text(run, user, "openid", &open_id));
	TRY(exchange_text(run, user, "nick", &identity.name));
	TRY(exchange_subject(run, o->app_key, open_id, &identity.earlier_subjects[0]));
	return provider_identify(step, &identity);
}

/* ---- both */

static int fetched(struct provider_run *run, const struct provider_event *event, struct provider_step *step)
{
	struct run *memory = run->memory;
	JSON *answer = NULL;

	TRY(exchange_read(event, EXCHANGE_JSON, step, &answer));
	if (!answer)
		return 0;
	if (memory->stage != AT_SNS && (event->status != 200 || json_object_get(answer, "code")))
		return take_error(run, memory, event->status, answer, step);
	if (event->status != 200)
		return exchange_reject(run, step, (struct span){ NULL, 0 }, "DingTalk answered with status %d.", event->status);
	switch (memory->stage) {
	case AT_TOKEN:
		return take_token(run, memory, answer, step);
	case AT_ME:
		return take_me(run, event->body, answer, step);
	default:
		return take_sns(run, memory, event->body, answer, step);
	}
}

static int ask_first(struct provider_run *run, struct run *memory, struct provider_step *step)
{
	const struct dingtalk_options *o = run->options;

	return o->interface == INTERFACE_SNS ? ask_sns(run, memory, step) : ask_token(run, memory, step);
}

static int callback(struct provider_run *run, const struct provider_event *event, struct provider_step *step)
{
	struct run *memory = run->memory;
	const struct dingtalk_options *o = run->options;
	/* v2 says authCode; some of its pages say code */
	bool plain = o->interface == INTERFACE_SNS || !provider_param(event, "authCode").n;

	TRY(exchange_code(run, event, plain ? "code" : "authCode", step, &memory->code));
	return memory->code.n ? ask_first(run, memory, step) : 0;
}

static int start(struct provider_run *run, const struct provider_event *event, struct provider_step *step)
{
	const struct dingtalk_options *o = run->options;

	step->type = PROVIDER_REDIRECT;
	return o->interface == INTERFACE_SNS ? start_sns(run, step) : start_v2(run, step);
}

static int test(struct provider_run *run, const struct provider_event *event, struct provider_step *step)
{
	struct run *memory = run->memory;

	TRY(exchange_test_code(run, &memory->code));
	return ask_first(run, memory, step);
}

extern const struct provider provider_dingtalk;
const struct provider provider_dingtalk = {
	.variant = { .name = "dingtalk", .doc = "钉钉 (DingTalk), for everybody or for one organisation.", .table = rows, .size = sizeof(struct dingtalk_options),
		     .check = dingtalk_check },
	.memory = sizeof(struct run),
	.on = { [PROVIDER_START] = start, [PROVIDER_CALLBACK] = callback, [PROVIDER_FETCHED] = fetched, [PROVIDER_TEST] = test },
};
