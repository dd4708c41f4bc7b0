/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wecom - login of an organisation's members with WeCom (企业微信): by QR code, and inside WeCom itself.
 *
 * START → REDIRECT. CALLBACK → gettoken → auth/getuserinfo → [auth/getuserdetail] → IDENTITY. The application's token is one for all runs: it is kept, and asked
 * for anew once when WeCom says it is over. Whoever is no member of the organisation is refused. `state` may hold letters and digits only, so ours goes out in
 * hexadecimal. domain.md 3.3
 */
#include "broker/base/error.h"
#include "providers/exchange.h"

#define ISSUER "https://work.weixin.qq.com/"
#define TOKEN_MS (100 * MS_MINUTE) /* it lives for two hours */

struct wecom_options {
	struct span corp_id, agent_id;
	struct secret secret;
	bool use_detail;
	int64_t level;
	struct span login_url, open_url, api_url;
};

#define AT(member) offsetof(struct wecom_options, member)

static const struct option rows[] = {
	{ .key = "corp_id", .type = OPTION_STRING, .offset = AT(corp_id), .flags = OPTION_REQUIRED, .min = 1, .max = 64,
	  .doc = "企业ID at work.weixin.qq.com (我的企业 → 企业信息, at the bottom)." },
	{ .key = "agent_id", .type = OPTION_STRING, .offset = AT(agent_id), .flags = OPTION_REQUIRED, .min = 1, .max = 32,
	  .doc = "AgentId of the application (应用管理 → 自建). There, 企业微信授权登录 must name the host of this broker, and 企业可信IP this machine's address." },
	{ .key = "secret", .type = OPTION_SECRET, .offset = AT(secret), .flags = OPTION_REQUIRED, .doc = "Secret of the application, on the same page." },
	{ .key = "detail", .type = OPTION_BOOL, .offset = AT(use_detail), .def = "false",
	  .doc = "Ask for mobile and e-mail as well. WeCom gives them only inside its own browser, after the person has agreed." },
	{ .key = "level", .type = OPTION_INT, .offset = AT(level), .def = "1", .min = 0, .max = 3, .doc = "Assurance level (`acr`) that such a login is worth." },
	{ .key = "login_url", .type = OPTION_STRING, .offset = AT(login_url), .def = "https://login.work.weixin.qq.com", .max = 512, .doc = "Where people log in by QR code." },
	{ .key = "open_url", .type = OPTION_STRING, .offset = AT(open_url), .def = "https://open.weixin.qq.com", .max = 512, .doc = "Where they are asked inside WeCom." },
	{ .key = "api_url", .type = OPTION_STRING, .offset = AT(api_url), .def = "https://qyapi.weixin.qq.com", .max = 512, .doc = "Its interface." },
	{ .key = NULL },
};

static const struct exchange_error errors[] = {
	{ "40029", true, "WeCom does not accept the code" },
	{ "40013", false, "WeCom knows no such corp_id (企业ID)" },
	{ "40001", false, "The secret is not the one of this application" },
	{ "40091", false, "The secret is not the one of this application" },
	{ "40056", false, "agent_id is not the application of this secret" },
	{ "41004", false, "The secret is missing" },
	{ "60020", false, "This machine's address is not on the application's list: add it at 企业可信IP" },
	{ "50001", false, "The host of this broker is not the one at 企业微信授权登录 (可信域名)" },
	{ "60011", false, "The application may not see this member: widen its 可见范围" },
	{ "40014", false, "WeCom does not accept the token" },
	{ "42001", false, "The token is over" },
	{ "-1", false, "WeCom is busy" },
	{ NULL, false, NULL },
};

enum stage { AT_TOKEN, AT_FRESH_TOKEN, AT_USER, AT_DETAIL };

struct run {
	enum stage stage;
	bool was_refreshed;
	struct span code;
	struct span token, userid, claims;
};

static void wecom_check(const void *options, const struct yaml_node *map, struct problems *problems)
{
	const struct wecom_options *o = options;

	exchange_check_url(problems, map, "login_url", o->login_url);
	exchange_check_url(problems, map, "open_url", o->open_url);
	exchange_check_url(problems, map, "api_url", o->api_url);
}

static int reject(struct provider_run *run, struct provider_step *step, const char *reason)
{
	return exchange_reject(run, step, (struct span){ NULL, 0 }, "%s", reason);
}

static int start(struct provider_run *run, const struct provider_event *event, struct provider_step *step)
{
	const struct wecom_options *o = run->options;
	bool inside = exchange_mentions(run->user_agent, "wxwork");
	struct span url, state;

	TRY(exchange_plain_state(run, &state));
	step->type = PROVIDER_REDIRECT;
	if (inside) {
		TRY(exchange_at(run, o->open_url, "/connect/oauth2/authorize#wechat_redirect", &url));
		return exchange_url(run, url,
				    EXCHANGE_PAIRS({ "appid", o->corp_id }, { "redirect_uri", run->redirect_uri }, { "response_type", SPAN("code") },
						   { "scope", o->use_detail ? SPAN("snsapi_privateinfo") : SPAN("snsapi_base") }, { "state", state }, { "agentid", o->agent_id }),
				    &step->url);
	}
	TRY(exchange_at(run, o->login_url, "/wwlogin/sso/login", &url));
	return exchange_url(run, url,
			    EXCHANGE_PAIRS({ "login_type", SPAN("CorpApp") }, { "appid", o->corp_id }, { "agentid", o->agent_id }, { "redirect_uri", run->redirect_uri },
					   { "state", state }, { "lang", span_is(run->language, "en") ? SPAN("en") : SPAN("zh") }),
			    &step->url);
}

/* ---- requests */

static int ask_token(struct provider_run *run, struct run *memory, bool again, struct provider_step *step)
{
	const struct wecom_options *o = run->options;
	struct span url;

	memory->stage = again ? AT_FRESH_TOKEN : AT_TOKEN;
	memory->was_refreshed = memory->was_refreshed || again;
	TRY(exchange_at(run, o->api_url, "/cgi-bin/gettoken", &url));
	TRY(exchange_get(run, step, url, EXCHANGE_PAIRS({ "corpid", o->corp_id }, { "corpsecret", o->secret.bytes })));
	step->fetch.cache_ms = TOKEN_MS;
	step->fetch.refresh = again;
	return 0;
}

static int ask_user(struct provider_run *run, struct run *memory, struct provider_step *step)
{
	const struct wecom_options *o = run->options;
	struct span url;

	memory->stage = AT_USER;
	TRY(exchange_at(run, o->api_url, "/cgi-bin/auth/getuserinfo", &url));
	return exchange_get(run, step, url, EXCHANGE_PAIRS({ "access_token", memory->token }, { "code", memory->code }));
}

static int ask_detail(struct provider_run *run, struct run *memory, struct span ticket, struct provider_step *step)
{
	const struct wecom_options *o = run->options;
	struct span url;

	memory->stage = AT_DETAIL;
	TRY(exchange_at(run, o->api_url, "/cgi-bin/auth/getuserdetail", &url));
	step->type = PROVIDER_FETCH;
	step->fetch = (struct provider_fetch){ .method = "POST", .content_type = SPAN("application/json"), .accept = SPAN("application/json") };
	TRY(exchange_url(run, url, EXCHANGE_PAIRS({ "access_token", memory->token }), &step->fetch.url));
	return exchange_json(run, EXCHANGE_PAIRS({ "user_ticket", ticket }), &step->fetch.body);
}

/* ---- answers */

static int identify(struct provider_run *run, struct run *memory, const json_t *detail, struct provider_step *step)
{
	const struct wecom_options *o = run->options;
	struct provider_identity identity = { .subject = memory->userid, .acr = o->level, .claims = memory->claims };
	char *issuer = arena_printf(run->arena, ISSUER SPAN_FMT, SPAN_ARG(o->corp_id));

	if (!issuer)
		return FAULT_MEMORY;
	identity.issuer = span_of(issuer);
	identity.login_name = memory->userid;
	TRY(exchange_text(run, detail, "name", &identity.name));
	TRY(exchange_text(run, detail, "mobile", &identity.phone));
	TRY(exchange_text(run, detail, "email", &identity.email));
	if (!identity.email.n)
		TRY(exchange_text(run, detail, "biz_mail", &identity.email));
	return provider_identify(step, &identity);
}

static int take_token(struct provider_run *run, struct run *memory, const json_t *answer, struct provider_step *step)
{
	TRY(exchange_text(run, answer, "access_token", &memory->token));
	return memory->token.n ? ask_user(run, memory, step) : reject(run, step, "WeCom's answer holds no access_token.");
}

static int take_user(struct provider_run *run, struct run *memory, struct span body, const json_t *answer, struct provider_step *step)
{
	const struct wecom_options *o = run->options;
	struct span other, ticket;

	if (run->purpose == PROVIDER_TEST)
		return reject(run, step, "WeCom named a person for a code that it cannot know.");
	TRY(exchange_text(run, answer, "userid", &memory->userid));
	TRY(exchange_text(run, answer, "user_ticket", &ticket));
	TRY(exchange_text(run, answer, "openid", &other));
	if (!other.n)
		TRY(exchange_text(run, answer, "external_userid", &other));
	if (!memory->userid.n) {
		TRY(reject(run, step, other.n ? "The person is no member of the organisation." : "WeCom's answer names nobody."));
		if (other.n)
			step->error = ERR_PROVIDER_REJECTED;
		return 0;
	}
	memory->claims = body;
	return o->use_detail && ticket.n ? ask_detail(run, memory, ticket, step) : identify(run, memory, NULL, step);
}

static int take_detail(struct provider_run *run, struct run *memory, struct span body, const json_t *answer, struct provider_step *step)
{
	struct span userid;

	TRY(exchange_text(run, answer, "userid", &userid));
	if (!span_eq(userid, memory->userid))
		return reject(run, step, "The code is one person's and the attributes are another's.");
	memory->claims = body;
	return identify(run, memory, answer, step);
}

/* The application's token, out of what was kept or out of a fresh answer. What was kept may be anything that once came with status 200. */
static bool is_token(const struct provider_event *event)
{
	JSON *answer = NULL;
	int64_t code = 0;

	return event->status == 200 && json_read_object(event->body, &answer) == 0 && json_get_i64(answer, "errcode", &code) && code == 0 &&
	       json_get_span(answer, "access_token").n;
}

static int fetched(struct provider_run *run, const struct provider_event *event, struct provider_step *step)
{
	struct run *memory = run->memory;
	JSON *answer = NULL;
	struct span code, message;

	if (memory->stage == AT_TOKEN && !event->error && !is_token(event))
		return ask_token(run, memory, true, step);
	TRY(exchange_read(event, EXCHANGE_JSON, step, &answer));
	if (!answer)
		return 0;
	if (event->status != 200)
		return exchange_reject(run, step, (struct span){ NULL, 0 }, "WeCom answered with status %d.", event->status);
	TRY(exchange_error_code(run, answer, "errcode", &code));
	TRY(exchange_text(run, answer, "errmsg", &message));
	if (!code.n)
		return reject(run, step, "WeCom's answer has no errcode: check api_url.");
	if (!span_is(code, "0")) {
		/* a kept token may be over: once more, and the fresh one counts */
		if (!memory->was_refreshed && (span_is(code, "40014") || span_is(code, "42001")))
			return ask_token(run, memory, true, step);
		return exchange_refused(run, step, errors, run->purpose == PROVIDER_TEST && memory->stage == AT_USER, code, message);
	}
	switch (memory->stage) {
	case AT_TOKEN:
	case AT_FRESH_TOKEN:
		return take_token(run, memory, answer, step);
	case AT_USER:
		return take_user(run, memory, event->body, answer, step);
	default:
		return take_detail(run, memory, event->body, answer, step);
	}
}

static int callback(struct provider_run *run, const struct provider_event *event, struct provider_step *step)
{
	struct run *memory = run->memory;

	TRY(exchange_code(run, event, "code", step, &memory->code));
	return memory->code.n ? ask_token(run, memory, false, step) : 0;
}

static int test(struct provider_run *run, const struct provider_event *event, struct provider_step *step)
{
	struct run *memory = run->memory;

	TRY(exchange_test_code(run, &memory->code));
	return ask_token(run, memory, true, step); /* what was kept says nothing about the secret of now */
}

extern const struct provider provider_wecom;
const struct provider provider_wecom = {
	.variant = { .name = "wecom", .doc = "企业微信 (WeCom), for the members of one organisation.", .table = rows, .size = sizeof(struct wecom_options), .check = wecom_check },
	.memory = sizeof(struct run),
	.on = { [PROVIDER_START] = start, [PROVIDER_CALLBACK] = callback, [PROVIDER_FETCHED] = fetched, [PROVIDER_TEST] = test },
	.state = exchange_state_of_plain,
};
