/* SPDX-License-Identifier: Apache-2.0 */
/*
 * qq - login with QQ Connect.
 *
 * START → REDIRECT. CALLBACK → oauth2.0/token → oauth2.0/me → user/get_user_info → IDENTITY. JSON is asked for (fmt=json), and what comes may still be a form
 * ("access_token=…&…") or JSON inside callback( … ); all three are read. /me says for which application the token is, which must be ours. domain.md 3.5
 */
#include "broker/base/error.h"
#include "broker/base/url.h"
#include "providers/exchange.h"

#define ISSUER "https://graph.qq.com"

struct qq_options {
	struct span app_id;
	struct secret app_key;
	bool use_unionid;
	int64_t level;
	struct span base_url;
};

#define AT(member) offsetof(struct qq_options, member)

static const struct option rows[] = {
	{ .key = "app_id", .type = OPTION_STRING, .offset = AT(app_id), .flags = OPTION_REQUIRED, .min = 1, .max = 64,
	  .doc = "APP ID of the web application at connect.qq.com (应用管理). Its 网站回调域 must be this provider's callback address." },
	{ .key = "app_key", .type = OPTION_SECRET, .offset = AT(app_key), .flags = OPTION_REQUIRED, .doc = "Its APP Key, on the same page." },
	{ .key = "unionid", .type = OPTION_BOOL, .offset = AT(use_unionid), .def = "false",
	  .doc = "Know people by unionid, which is the same for all applications of one developer; the application must have the right to it (UnionID)." },
	{ .key = "level", .type = OPTION_INT, .offset = AT(level), .def = "1", .min = 0, .max = 3, .doc = "Assurance level (`acr`) that such a login is worth." },
	{ .key = "base_url", .type = OPTION_STRING, .offset = AT(base_url), .def = "https://graph.qq.com", .max = 512, .doc = "Where people log in and its interface is." },
	{ .key = NULL },
};

static const struct exchange_error errors[] = {
	{ "100019", true, "QQ does not accept the code" },
	{ "100018", true, "QQ does not accept the code" },
	{ "100020", false, "The code was used before" },
	{ "100008", false, "QQ knows no such APP ID: compare it with connect.qq.com" },
	{ "100009", false, "The APP Key is not the one of this APP ID" },
	{ "100001", false, "QQ knows no such APP ID: compare it with connect.qq.com" },
	{ "100002", false, "The APP Key is missing" },
	{ "100010", false, "This provider's callback address is not the application's 网站回调域 at connect.qq.com" },
	{ "100011", false, "The application is not online at connect.qq.com" },
	{ "100016", false, "QQ does not accept the token" },
	{ "100048", false, "The application has no right to unionid: apply for it at connect.qq.com, or set unionid to false" },
	{ NULL, false, NULL },
};

enum stage { AT_TOKEN, AT_ME, AT_USER };

struct run {
	enum stage stage;
	struct span code;
	struct span access_token, openid, unionid;
};

static void qq_check(const void *options, const struct yaml_node *map, struct problems *problems)
{
	exchange_check_url(problems, map, "base_url", ((const struct qq_options *)options)->base_url);
}

/* ---- bodies */

/* The JSON inside "callback( … );", or the body itself. */
static struct span unwrap(struct span body)
{
	struct span text = span_trim(body);
	static const struct span word = SPAN("callback");

	if (!span_starts(text, word))
		return text;
	text = span_trim((struct span){ text.p + word.n, text.n - word.n });
	if (text.n && text.p[text.n - 1] == ';')
		text = span_trim((struct span){ text.p, text.n - 1 });
	if (text.n < 2 || text.p[0] != '(' || text.p[text.n - 1] != ')')
		return (struct span){ NULL, 0 };
	return span_trim((struct span){ text.p + 1, text.n - 2 });
}

/* A form as a JSON object; no name twice. */
static int read_form(struct provider_run *run, struct span form, json_t **ret_object)
{
	JSON *object = json_object();
	struct span name, value;
	int error = 0;

	if (!object)
		return FAULT_MEMORY;
	while (url_next_pair(&form, run->arena, &name, &value, &error)) {
		if (json_object_getn(object, name.p ? name.p : "", name.n))
			return ERR_MALFORMED;
		json_t *text = json_stringn(value.p ? value.p : "", value.n);
		if (!text || json_object_setn_new(object, name.p ? name.p : "", name.n, text))
			return ERR_MALFORMED; /* no UTF-8 */
	}
	if (error)
		return error;
	*ret_object = json_incref(object);
	return 0;
}

static int read_body(struct provider_run *run, struct span body, bool may_be_form, json_t **ret_object)
{
	struct span text = unwrap(body);

	if (text.n && text.p[0] == '{')
		return json_read_object(text, ret_object);
	if (!may_be_form || !text.n || !memchr(text.p, '=', text.n) || memchr(text.p, '<', text.n))
		return ERR_MALFORMED;
	return read_form(run, text, ret_object);
}

/* ---- requests */

static int start(struct provider_run *run, const struct provider_event *event, struct provider_step *step)
{
	const struct qq_options *o = run->options;
	struct span url;

	TRY(exchange_at(run, o->base_url, "/oauth2.0/authorize", &url));
	step->type = PROVIDER_REDIRECT;
	return exchange_url(run, url,
			    EXCHANGE_PAIRS({ "response_type", SPAN("code") }, { "client_id", o->app_id }, { "redirect_uri", run->redirect_uri }, { "state", run->state },
					   { "scope", SPAN("get_user_info") }),
			    &step->url);
}

static int ask_token(struct provider_run *run, struct run *memory, struct provider_step *step)
{
	const struct qq_options *o = run->options;
	struct span url;

	memory->stage = AT_TOKEN;
	TRY(exchange_at(run, o->base_url, "/oauth2.0/token", &url));
	return exchange_get(run, step, url,
			    EXCHANGE_PAIRS({ "grant_type", SPAN("authorization_code") }, { "client_id", o->app_id }, { "client_secret", o->app_key.bytes },
					   { "code", memory->code }, { "redirect_uri", run->redirect_uri }, { "fmt", SPAN("json") }));
}

static int ask_me(struct provider_run *run, struct run *memory, struct provider_step *step)
{
	const struct qq_options *o = run->options;
	struct span url;

	memory->stage = AT_ME;
	TRY(exchange_at(run, o->base_url, "/oauth2.0/me", &url));
	return exchange_get(run, step, url,
			    EXCHANGE_PAIRS({ "access_token", memory->access_token }, { "unionid", o->use_unionid ? SPAN("1") : SPAN("") }, { "fmt", SPAN("json") }));
}

static int ask_user(struct provider_run *run, struct run *memory, struct provider_step *step)
{
	const struct qq_options *o = run->options;
	struct span url;

	memory->stage = AT_USER;
	TRY(exchange_at(run, o->base_url, "/user/get_user_info", &url));
	return exchange_get(run, step, url,
			    EXCHANGE_PAIRS({ "access_token", memory->access_token }, { "oauth_consumer_key", o->app_id }, { "openid", memory->openid }));
}

/* ---- answers */

static int reject(struct provider_run *run, struct provider_step *step, const char *reason)
{
	return exchange_reject(run, step, (struct span){ NULL, 0 }, "%s", reason);
}

static int take_token(struct provider_run *run, struct run *memory, const json_t *answer, struct provider_step *step)
{
	if (run->purpose == PROVIDER_TEST)
		return reject(run, step, "QQ gave a token for a code that it cannot know.");
	TRY(exchange_text(run, answer, "access_token", &memory->access_token));
	return memory->access_token.n ? ask_me(run, memory, step) : reject(run, step, "QQ's answer holds no access_token.");
}

static int take_me(struct provider_run *run, struct run *memory, const json_t *answer, struct provider_step *step)
{
	const struct qq_options *o = run->options;
	struct span client_id;

	TRY(exchange_text(run, answer, "client_id", &client_id));
	TRY(exchange_text(run, answer, "openid", &memory->openid));
	TRY(exchange_text(run, answer, "unionid", &memory->unionid));
	if (!span_eq(client_id, o->app_id))
		return reject(run, step, "The token was given to another application.");
	if (!memory->openid.n)
		return reject(run, step, "QQ's answer names nobody.");
	if (o->use_unionid && !memory->unionid.n)
		return reject(run, step, "QQ gave no unionid: apply for it at connect.qq.com, or set unionid to false.");
	return ask_user(run, memory, step);
}

static int take_user(struct provider_run *run, struct run *memory, struct span body, const json_t *answer, struct provider_step *step)
{
	const struct qq_options *o = run->options;
	struct provider_identity identity = { .issuer = SPAN(ISSUER), .acr = o->level, .claims = body };
	struct span ret, message, own;

	TRY(exchange_text(run, answer, "ret", &ret));
	if (!span_is(ret, "0")) {
		TRY(exchange_text(run, answer, "msg", &message));
		return exchange_refused(run, step, errors, false, ret, message);
	}
	TRY(exchange_text(run, answer, "nickname", &identity.name));
	TRY(exchange_subject(run, o->app_id, memory->openid, &own));
	identity.subject = o->use_unionid ? memory->unionid : own;
	if (o->use_unionid)
		identity.earlier_subjects[0] = own;
	return provider_identify(step, &identity);
}

static int fetched(struct provider_run *run, const struct provider_event *event, struct provider_step *step)
{
	struct run *memory = run->memory;
	JSON *answer = NULL;
	struct span code, message;

	if (!exchange_has_reply(event, EXCHANGE_ALSO_HTML, step))
		return 0;
	int result = read_body(run, event->body, memory->stage == AT_TOKEN, &answer);
	if (result < 0)
		return result;
	if (result)
		return reject(run, step, "QQ's answer cannot be read: check base_url.");
	TRY(exchange_error_code(run, answer, "error", &code));
	if (code.n && !span_is(code, "0")) {
		TRY(exchange_text(run, answer, "error_description", &message));
		return exchange_refused(run, step, errors, run->purpose == PROVIDER_TEST, code, message);
	}
	if (event->status != 200)
		return exchange_reject(run, step, code, "QQ answered with status %d.", event->status);
	switch (memory->stage) {
	case AT_TOKEN:
		return take_token(run, memory, answer, step);
	case AT_ME:
		return take_me(run, memory, answer, step);
	default:
		return take_user(run, memory, event->body, answer, step);
	}
}

static int callback(struct provider_run *run, const struct provider_event *event, struct provider_step *step)
{
	struct run *memory = run->memory;
	struct span cancelled = provider_param(event, "usercancel");

	/* the page for phones sends people back who cancelled, with a number that is not 0 */
	if (cancelled.n && !span_is(cancelled, "0")) {
		TRY(reject(run, step, "The person cancelled at QQ."));
		step->error = ERR_PROVIDER_DENIED;
		return 0;
	}
	TRY(exchange_code(run, event, "code", step, &memory->code));
	return memory->code.n ? ask_token(run, memory, step) : 0;
}

static int test(struct provider_run *run, const struct provider_event *event, struct provider_step *step)
{
	struct run *memory = run->memory;

	TRY(exchange_test_code(run, &memory->code));
	return ask_token(run, memory, step);
}

extern const struct provider provider_qq;
const struct provider provider_qq = {
	.variant = { .name = "qq", .doc = "QQ Connect (QQ互联).", .table = rows, .size = sizeof(struct qq_options), .check = qq_check },
	.memory = sizeof(struct run),
	.on = { [PROVIDER_START] = start, [PROVIDER_CALLBACK] = callback, [PROVIDER_FETCHED] = fetched, [PROVIDER_TEST] = test },
};
