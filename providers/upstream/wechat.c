/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wechat - login with WeChat: by a QR code on web sites, and inside WeChat itself, where the person only agrees.
 *
 * START → REDIRECT (which of the two, the browser's name says). CALLBACK → sns/oauth2/access_token → [sns/userinfo] → IDENTITY. A web site and a service
 * account are two applications with a secret each; the same person has another openid at each and one unionid at both, if both belong to one account of the
 * open platform. Errors come with HTTP 200, JSON as text/plain; who refuses is not sent back; state may hold letters and digits only. domain.md 3.2
 */
#include "broker/base/error.h"
#include "providers/exchange.h"

#define ISSUER "https://open.weixin.qq.com"

enum { SCOPE_BASE, SCOPE_USERINFO };

struct wechat_options {
	struct span app_id;
	struct secret app_secret;
	struct span inner_app_id;
	struct secret inner_app_secret;
	int inner_scope;
	bool needs_unionid, use_userinfo;
	int64_t level;
	struct span open_url, api_url;
};

static const char *const inner_scopes[] = { "snsapi_base", "snsapi_userinfo", NULL };

#define AT(member) offsetof(struct wechat_options, member)

static const struct option rows[] = {
	{ .key = "app_id", .type = OPTION_STRING, .offset = AT(app_id), .max = 64,
	  .doc = "AppID of the web application at open.weixin.qq.com (管理中心 → 网站应用 → 查看). Its 授权回调域 must be the host of this broker. "
		 "Empty: no QR code." },
	{ .key = "app_secret", .type = OPTION_SECRET, .offset = AT(app_secret), .doc = "Its AppSecret, shown once on the same page." },
	{ .key = "inner_app_id", .type = OPTION_STRING, .offset = AT(inner_app_id), .max = 64,
	  .doc = "For people inside WeChat: AppID of the service account (服务号) at mp.weixin.qq.com (设置与开发 → 基本配置); its 网页授权域名 must be the host of "
		 "this broker. Empty: they are shown the QR code too." },
	{ .key = "inner_app_secret", .type = OPTION_SECRET, .offset = AT(inner_app_secret), .doc = "The service account's AppSecret (基本配置)." },
	{ .key = "inner_scope", .type = OPTION_ENUM, .offset = AT(inner_scope), .def = "snsapi_userinfo", .values = inner_scopes,
	  .doc = "`snsapi_userinfo` asks the person for the name; `snsapi_base` asks nothing, and gives no unionid to who does not follow the account." },
	{ .key = "needs_unionid", .type = OPTION_BOOL, .offset = AT(needs_unionid), .def = "false",
	  .doc = "Refuse who comes without unionid. Set it where both ways are configured: without unionid one person would be two accounts here. It needs both "
		 "applications bound to one account of open.weixin.qq.com." },
	{ .key = "userinfo", .type = OPTION_BOOL, .offset = AT(use_userinfo), .def = "true", .doc = "Ask for the name." },
	{ .key = "level", .type = OPTION_INT, .offset = AT(level), .def = "1", .min = 0, .max = 3, .doc = "Assurance level (`acr`) that such a login is worth." },
	{ .key = "open_url", .type = OPTION_STRING, .offset = AT(open_url), .def = "https://open.weixin.qq.com", .max = 512, .doc = "Where people log in." },
	{ .key = "api_url", .type = OPTION_STRING, .offset = AT(api_url), .def = "https://api.weixin.qq.com", .max = 512, .doc = "Its interface." },
	{ .key = NULL },
};

static const struct exchange_error errors[] = {
	{ "40029", true, "WeChat does not accept the code" },
	{ "40163", false, "The code was used before" },
	{ "41008", false, "The code is missing" },
	{ "40013", false, "WeChat knows no such AppID: compare it with the console" },
	{ "40125", false, "The AppSecret is not the one of this AppID: make a new one in the console and configure it" },
	{ "40001", false, "The AppSecret is not the one of this AppID, or the token is no longer valid" },
	{ "41004", false, "The AppSecret is missing" },
	{ "41002", false, "The AppID is missing" },
	{ "40164", false, "This machine's address is not on the service account's IP white list (基本配置 → IP白名单)" },
	{ "48001", false, "The service account may not use 网页授权: it must be a verified service account (认证的服务号)" },
	{ "50002", false, "The application is limited or not yet approved" },
	{ "-1", false, "WeChat is busy" },
	{ NULL, false, NULL },
};

enum stage { AT_TOKEN, AT_USER };

struct run {
	enum stage stage;
	bool is_inner;
	struct span code;
	struct span openid, unionid, access_token;
};

static void wechat_check(const void *options, const struct yaml_node *map, struct problems *problems)
{
	const struct wechat_options *o = options;

	exchange_check_url(problems, map, "open_url", o->open_url);
	exchange_check_url(problems, map, "api_url", o->api_url);
	if (map && !o->app_id.n && !o->inner_app_id.n)
		problem_add(problems, yaml_place(map, "app_id"), "set \"app_id\", or \"inner_app_id\", or both");
	if (o->app_id.n && !o->app_secret.bytes.n)
		problem_add(problems, yaml_place(map, "app_id"), "\"app_id\" needs \"app_secret\"");
	if (o->inner_app_id.n && !o->inner_app_secret.bytes.n)
		problem_add(problems, yaml_place(map, "inner_app_id"), "\"inner_app_id\" needs \"inner_app_secret\"");
}

static bool is_in_wechat(struct span user_agent)
{
	/* WeCom's own browser names itself with both; its people have no WeChat there */
	return exchange_mentions(user_agent, "MicroMessenger") && !exchange_mentions(user_agent, "wxwork");
}

/* Both steps of one login see the same browser. */
static bool is_inner(const struct wechat_options *o, struct span user_agent)
{
	return o->inner_app_id.n && (!o->app_id.n || is_in_wechat(user_agent));
}

static struct span app_of(const struct wechat_options *o, const struct run *memory)
{
	return memory->is_inner ? o->inner_app_id : o->app_id;
}

static int start(struct provider_run *run, const struct provider_event *event, struct provider_step *step)
{
	const struct wechat_options *o = run->options;
	bool inner = is_inner(o, run->user_agent);
	struct span url, state;

	TRY(exchange_plain_state(run, &state));
	TRY(exchange_at(run, o->open_url, inner ? "/connect/oauth2/authorize#wechat_redirect" : "/connect/qrconnect#wechat_redirect", &url));
	step->type = PROVIDER_REDIRECT;
	/* in this order: inside WeChat the address is compared as text */
	return exchange_url(run, url,
			    EXCHANGE_PAIRS({ "appid", inner ? o->inner_app_id : o->app_id }, { "redirect_uri", run->redirect_uri }, { "response_type", SPAN("code") },
					   { "scope", inner ? span_of(inner_scopes[o->inner_scope]) : SPAN("snsapi_login") }, { "state", state }),
			    &step->url);
}

static int ask_token(struct provider_run *run, struct run *memory, struct provider_step *step)
{
	const struct wechat_options *o = run->options;
	struct span url;

	memory->stage = AT_TOKEN;
	TRY(exchange_at(run, o->api_url, "/sns/oauth2/access_token", &url));
	return exchange_get(run, step, url,
			    EXCHANGE_PAIRS({ "appid", app_of(o, memory) }, { "secret", memory->is_inner ? o->inner_app_secret.bytes : o->app_secret.bytes },
					   { "code", memory->code }, { "grant_type", SPAN("authorization_code") }));
}

static int ask_user(struct provider_run *run, struct run *memory, struct provider_step *step)
{
	const struct wechat_options *o = run->options;
	struct span url;

	memory->stage = AT_USER;
	TRY(exchange_at(run, o->api_url, "/sns/userinfo", &url));
	return exchange_get(run, step, url, EXCHANGE_PAIRS({ "access_token", memory->access_token }, { "openid", memory->openid }, { "lang", SPAN("zh_CN") }));
}

static int reject(struct provider_run *run, struct provider_step *step, const char *reason)
{
	return exchange_reject(run, step, (struct span){ NULL, 0 }, "%s", reason);
}

static int identify(struct provider_run *run, struct run *memory, struct span name, struct span claims, struct provider_step *step)
{
	const struct wechat_options *o = run->options;
	struct provider_identity identity = { .issuer = SPAN(ISSUER), .subject = memory->unionid, .name = name, .acr = o->level, .claims = claims,
					      .method = memory->is_inner ? SPAN("in-app") : SPAN("qr") };
	struct span own;

	if (!memory->unionid.n && o->needs_unionid)
		return reject(run, step, "WeChat gave no unionid: bind the application to an account of open.weixin.qq.com, and ask for snsapi_userinfo.");
	TRY(exchange_subject(run, app_of(o, memory), memory->openid, &own));
	if (identity.subject.n)
		identity.earlier_subjects[0] = own;
	else
		identity.subject = own;
	return provider_identify(step, &identity);
}

/* Does the scope that was granted allow the question for the name? */
static bool may_ask(struct span scope)
{
	while (scope.n) {
		struct span one = span_cut(&scope, ',');

		if (span_is(one, "snsapi_userinfo") || span_is(one, "snsapi_login"))
			return true;
	}
	return false;
}

static int take_token(struct provider_run *run, struct run *memory, const struct provider_event *event, const json_t *answer, struct provider_step *step)
{
	const struct wechat_options *o = run->options;
	struct span scope, snapshot;

	if (run->purpose == PROVIDER_TEST)
		return reject(run, step, "WeChat gave a token for a code that it cannot know.");
	TRY(exchange_error_code(run, answer, "is_snapshotuser", &snapshot));
	if (snapshot.n && !span_is(snapshot, "0")) {
		TRY(reject(run, step, "The person looks at a snapshot of the page (快照页), of which WeChat names nobody real: they choose 使用完整服务 at its lower edge."));
		step->error = ERR_PROVIDER_REJECTED;
		return 0;
	}
	TRY(exchange_text(run, answer, "openid", &memory->openid));
	TRY(exchange_text(run, answer, "unionid", &memory->unionid));
	TRY(exchange_text(run, answer, "access_token", &memory->access_token));
	TRY(exchange_text(run, answer, "scope", &scope));
	if (!memory->openid.n || !memory->access_token.n)
		return reject(run, step, "WeChat's answer holds no openid or no token.");
	if (!o->use_userinfo || !may_ask(scope))
		return identify(run, memory, (struct span){ NULL, 0 }, event->body, step);
	return ask_user(run, memory, step);
}

static int take_user(struct provider_run *run, struct run *memory, const struct provider_event *event, const json_t *answer, struct provider_step *step)
{
	struct span openid, unionid, name;

	TRY(exchange_text(run, answer, "openid", &openid));
	TRY(exchange_text(run, answer, "unionid", &unionid));
	TRY(exchange_text(run, answer, "nickname", &name));
	if (!span_eq(openid, memory->openid) || (unionid.n && memory->unionid.n && !span_eq(unionid, memory->unionid)))
		return reject(run, step, "The token is one person's and the attributes are another's.");
	if (!memory->unionid.n)
		memory->unionid = unionid;
	return identify(run, memory, name, event->body, step);
}

static int fetched(struct provider_run *run, const struct provider_event *event, struct provider_step *step)
{
	struct run *memory = run->memory;
	const struct wechat_options *o = run->options;
	JSON *answer = NULL;
	struct span code, message;

	TRY(exchange_read(event, EXCHANGE_JSON, step, &answer));
	if (!answer)
		return 0;
	TRY(exchange_error_code(run, answer, "errcode", &code));
	TRY(exchange_text(run, answer, "errmsg", &message));
	if (code.n && !span_is(code, "0")) {
		bool more = run->purpose == PROVIDER_TEST && !memory->is_inner && o->inner_app_id.n && span_is(code, "40029");

		if (!more)
			return exchange_refused(run, step, errors, run->purpose == PROVIDER_TEST, code, message);
		memory->is_inner = true; /* the web application is right; now the service account */
		return ask_token(run, memory, step);
	}
	if (event->status != 200)
		return exchange_reject(run, step, code, "WeChat answered with status %d.", event->status);
	return memory->stage == AT_TOKEN ? take_token(run, memory, event, answer, step) : take_user(run, memory, event, answer, step);
}

static int callback(struct provider_run *run, const struct provider_event *event, struct provider_step *step)
{
	struct run *memory = run->memory;

	memory->is_inner = is_inner(run->options, run->user_agent);
	TRY(exchange_code(run, event, "code", step, &memory->code));
	return memory->code.n ? ask_token(run, memory, step) : 0;
}

static int test(struct provider_run *run, const struct provider_event *event, struct provider_step *step)
{
	struct run *memory = run->memory;

	memory->is_inner = !((const struct wechat_options *)run->options)->app_id.n;
	TRY(exchange_test_code(run, &memory->code));
	return ask_token(run, memory, step);
}

extern const struct provider provider_wechat;
const struct provider provider_wechat = {
	.variant = { .name = "wechat", .doc = "微信 (WeChat), by QR code and inside WeChat.", .table = rows, .size = sizeof(struct wechat_options), .check = wechat_check },
	.memory = sizeof(struct run),
	.on = { [PROVIDER_START] = start, [PROVIDER_CALLBACK] = callback, [PROVIDER_FETCHED] = fetched, [PROVIDER_TEST] = test },
	.state = exchange_state_of_plain,
};
