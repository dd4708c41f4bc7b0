/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oauth2 - any upstream that is OAuth 2 or almost: addresses, names of parameters, where the subject stands and what an error looks like are configuration.
 *
 * START → REDIRECT. CALLBACK → token → [userinfo] → IDENTITY. Without userinfo_url the subject stands in the token's answer. Nothing is verified but that
 * the answer came from the configured address; where the upstream is an OpenID provider, `oidc` proves more. RFC 6749 4.1, RFC 7636, RFC 9207
 */
#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "broker/base/json_path.h"
#include "broker/base/url.h"
#include "providers/exchange.h"

#define PAIRS_MAX 24

enum { POST, GET };
enum { AUTH_BASIC, AUTH_BODY };
enum { BODY_FORM, BODY_JSON };
enum { TOKEN_HEADER, TOKEN_PARAMETER };

struct oauth2_options {
	struct span issuer;
	struct span authorization_url, token_url, userinfo_url;
	struct span client_id;
	struct secret client_secret;
	struct span scope;
	bool pkce;
	int token_method, token_body, client_auth, userinfo_method, userinfo_token;
	struct option_list authorization_parameters, token_parameters, userinfo_parameters;
	struct {
		struct span client_id, client_secret, redirect_uri, scope, state, code, callback_code, callback_state, access_token, subject;
	} names;
	struct {
		struct span access_token, token_subject, data, subject, name, phone, email, level;
	} paths;
	struct {
		struct span path, message_path;
		struct option_list fine, invalid_code;
	} error;
	int64_t level;
	struct option_list levels;
};

static const char *const methods[] = { "post", "get", NULL };
static const char *const bodies[] = { "form", "json", NULL };
static const char *const auths[] = { "basic", "body", NULL };
static const char *const token_places[] = { "header", "parameter", NULL };

#define AT(member) offsetof(struct oauth2_options, member)
#define NAME(member, standard, text) \
	{ .key = #member, .type = OPTION_STRING, .offset = AT(names.member), .def = standard, .max = 64, .doc = text }
#define PATH(member, standard, text) \
	{ .key = #member, .type = OPTION_STRING, .offset = AT(paths.member), .def = standard, .max = 256, .doc = text }

static const struct option name_rows[] = {
	NAME(client_id, "client_id", "Our name there."),
	NAME(client_secret, "client_secret", "Our secret, where `client_auth` is `body`."),
	NAME(redirect_uri, "redirect_uri", "Where the person comes back to."),
	NAME(scope, "scope", "What is asked for."),
	NAME(state, "state", "Sent along; comes back under `callback_state`."),
	NAME(code, "code", "The code, when it is exchanged for a token."),
	NAME(callback_code, "code", "The code, when the person comes back with it (Alipay says `auth_code`)."),
	NAME(callback_state, "state", "Our state, when the person comes back."),
	NAME(access_token, "access_token", "The token, where `userinfo_token` is `parameter`."),
	NAME(subject, NULL, "Send the subject of the token's answer along with the question who it is, under this name (`openid`). Empty: it is not sent."),
	{ .key = NULL },
};

static const struct option path_rows[] = {
	PATH(access_token, "access_token", "The token, in the token's answer."),
	PATH(token_subject, NULL, "Who it is, where the token's answer says so already. With `userinfo_url` both must name the same person."),
	PATH(data, NULL, "Where the attributes stand in the answer, if not at the top: `data.user`. The paths below begin there."),
	PATH(subject, "sub", "Who it is: a name there that never changes and is never given to somebody else. Not the phone."),
	PATH(name, "name", "The person's name, as a suggestion."),
	PATH(phone, "phone_number", "Phone, as a suggestion."),
	PATH(email, "email", "E-mail, as a suggestion."),
	PATH(level, NULL, "The upstream's own word for how sure it is of the person; `levels` says what it is worth."),
	{ .key = NULL },
};

static const struct option error_rows[] = {
	{ .key = "path", .type = OPTION_STRING, .offset = AT(error.path), .def = "error", .max = 256,
	  .doc = "Where an answer says that it is an error (`error`, `errcode`, `code`). An answer that has a value there which `fine` does not list is one, "
		 "whatever its HTTP status." },
	{ .key = "fine", .type = OPTION_LIST, .offset = AT(error.fine), .max = 16, .doc = "Values there that are none: [\"0\"], [\"200\", \"true\"]." },
	{ .key = "invalid_code", .type = OPTION_LIST, .offset = AT(error.invalid_code), .def = "invalid_grant", .max = 16,
	  .doc = "Values that only say that the code is wrong, not our name or key: what a test of this provider should end with." },
	{ .key = "message", .type = OPTION_STRING, .offset = AT(error.message_path), .def = "error_description", .max = 256, .doc = "Where the text of the error stands, for the log." },
	{ .key = NULL },
};

static const struct option rows[] = {
	{ .key = "authorization_url", .type = OPTION_STRING, .offset = AT(authorization_url), .flags = OPTION_REQUIRED, .min = 8, .max = 1024,
	  .doc = "Where the person is sent to log in." },
	{ .key = "token_url", .type = OPTION_STRING, .offset = AT(token_url), .flags = OPTION_REQUIRED, .min = 8, .max = 1024, .doc = "Where the code is exchanged for a token." },
	{ .key = "userinfo_url", .type = OPTION_STRING, .offset = AT(userinfo_url), .max = 1024,
	  .doc = "Where the token is shown to learn who it is. Empty: the token's answer says so." },
	{ .key = "client_id", .type = OPTION_STRING, .offset = AT(client_id), .flags = OPTION_REQUIRED, .min = 1, .max = 256, .doc = "The name under which Yimen is registered there." },
	{ .key = "client_secret", .type = OPTION_SECRET, .offset = AT(client_secret), .flags = OPTION_REQUIRED, .doc = "The secret that was given with it." },
	{ .key = "client_auth", .type = OPTION_ENUM, .offset = AT(client_auth), .def = "body", .values = auths,
	  .doc = "How the secret is sent: `body` as a parameter beside the code (most common), `basic` as HTTP Basic." },
	{ .key = "issuer", .type = OPTION_STRING, .offset = AT(issuer), .max = 512,
	  .doc = "What its subjects are kept under; with it an `iss` that comes back must be the same (RFC 9207). Empty: the host of authorization_url. "
		 "Do not change it once people have come in." },
	{ .key = "scope", .type = OPTION_STRING, .offset = AT(scope), .max = 512, .doc = "What is asked for; as little as gives the subject. Empty: the parameter is left out." },
	{ .key = "pkce", .type = OPTION_BOOL, .offset = AT(pkce), .def = "true", .doc = "Send a PKCE challenge (S256). false only for an upstream that refuses it." },
	{ .key = "authorization_parameters", .type = OPTION_LIST, .offset = AT(authorization_parameters), .max = 8, .doc = "Further parameters of authorization_url: [\"service=initService\"]." },
	{ .key = "token_method", .type = OPTION_ENUM, .offset = AT(token_method), .def = "post", .values = methods,
	  .doc = "How token_url is called. `get` puts the secret into the address, which servers like to log: only where the upstream knows no other way." },
	{ .key = "token_body", .type = OPTION_ENUM, .offset = AT(token_body), .def = "form", .values = bodies, .doc = "What the POST to token_url is: a form (the standard), or JSON." },
	{ .key = "token_parameters", .type = OPTION_LIST, .offset = AT(token_parameters), .max = 8, .doc = "Further parameters of token_url: [\"fmt=json\"]." },
	{ .key = "userinfo_method", .type = OPTION_ENUM, .offset = AT(userinfo_method), .def = "get", .values = methods, .doc = "How userinfo_url is called." },
	{ .key = "userinfo_token", .type = OPTION_ENUM, .offset = AT(userinfo_token), .def = "header", .values = token_places,
	  .doc = "Where the token goes: `header` is Authorization: Bearer (the standard), `parameter` is a parameter." },
	{ .key = "userinfo_parameters", .type = OPTION_LIST, .offset = AT(userinfo_parameters), .max = 8, .doc = "Further parameters of userinfo_url: [\"lang=zh_CN\"]." },
	{ .key = "names", .type = OPTION_GROUP, .sub = name_rows, .doc = "What the upstream calls its parameters." },
	{ .key = "paths", .type = OPTION_GROUP, .sub = path_rows, .doc = "Where its answers say what: names of members joined by dots (`data.user.id`; in lists a number from 0)." },
	{ .key = "error", .type = OPTION_GROUP, .sub = error_rows, .doc = "How its answers say that something is wrong." },
	{ .key = "level", .type = OPTION_INT, .offset = AT(level), .def = "1", .min = 0, .max = 3, .doc = "Assurance level (`acr`) that a login there is worth here." },
	{ .key = "levels", .type = OPTION_LIST, .offset = AT(levels), .max = 16,
	  .doc = "What each word at `paths.level` is worth: [\"L1=1\", \"L2=2\", \"L3=3\"]. A word that is not listed is worth 0. Empty: `level` counts." },
	{ .key = NULL },
};

enum stage { AT_TOKEN, AT_USERINFO };

struct run {
	enum stage stage;
	struct span code;
	struct span access_token, subject;
};

/* ---- configuration */

static void check_pairs(struct problems *problems, const struct yaml_node *map, const char *key, const struct option_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (!list->items[i].n || list->items[i].p[0] == '=' || !memchr(list->items[i].p, '=', list->items[i].n))
			problem_add(problems, yaml_place(map, key), "\"%s\" lists name=value", key);
}

static void oauth2_check(const void *options, const struct yaml_node *map, struct problems *problems)
{
	const struct oauth2_options *o = options;
	uint64_t level;

	exchange_check_url(problems, map, "authorization_url", o->authorization_url);
	exchange_check_url(problems, map, "token_url", o->token_url);
	exchange_check_url(problems, map, "userinfo_url", o->userinfo_url);
	check_pairs(problems, map, "authorization_parameters", &o->authorization_parameters);
	check_pairs(problems, map, "token_parameters", &o->token_parameters);
	check_pairs(problems, map, "userinfo_parameters", &o->userinfo_parameters);
	check_pairs(problems, map, "levels", &o->levels);
	for (size_t i = 0; i < o->levels.n; i++) {
		struct span rest = o->levels.items[i];

		span_cut(&rest, '=');
		if (rest.p && (!span_to_u64(rest, &level) || level > 3))
			problem_add(problems, yaml_place(map, "levels"), "a level is 0, 1, 2 or 3");
	}
	if (!o->userinfo_url.n && !o->paths.token_subject.n && map)
		problem_add(problems, yaml_place(map, "paths"), "without userinfo_url \"paths\" must say in token_subject where the token's answer names the person");
}

/* ---- requests */

struct pairs {
	struct exchange_pair items[PAIRS_MAX];
	size_t n;
};

static void add(struct pairs *pairs, struct span name, struct span value)
{
	if (name.n && pairs->n < PAIRS_MAX)
		pairs->items[pairs->n++] = (struct exchange_pair){ name.p, value }; /* names are terminated, as all option texts are */
}

static int add_list(struct provider_run *run, struct pairs *pairs, const struct option_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		struct span value = list->items[i], name = span_cut(&value, '=');
		char *copy = arena_cstr(run->arena, name);

		if (!copy)
			return FAULT_MEMORY;
		add(pairs, span_of(copy), value);
	}
	return 0;
}

static int start(struct provider_run *run, const struct provider_event *event, struct provider_step *step)
{
	const struct oauth2_options *o = run->options;
	struct pairs pairs = { .n = 0 };

	add(&pairs, SPAN("response_type"), SPAN("code"));
	add(&pairs, o->names.client_id, o->client_id);
	add(&pairs, o->names.redirect_uri, run->redirect_uri);
	add(&pairs, o->names.scope, o->scope);
	add(&pairs, o->names.state, run->state);
	if (o->pkce) {
		add(&pairs, SPAN("code_challenge"), run->code_challenge);
		add(&pairs, SPAN("code_challenge_method"), SPAN("S256"));
	}
	TRY(add_list(run, &pairs, &o->authorization_parameters));
	step->type = PROVIDER_REDIRECT;
	return exchange_url(run, o->authorization_url, pairs.items, pairs.n, &step->url);
}

/* @pairs by GET or POST to @url. */
static int ask(struct provider_run *run, struct provider_step *step, int method, int body, struct span url, const struct pairs *pairs)
{
	step->type = PROVIDER_FETCH;
	step->fetch = (struct provider_fetch){ .method = method == GET ? "GET" : "POST", .url = url, .accept = SPAN("application/json") };
	if (method == GET)
		return exchange_url(run, url, pairs->items, pairs->n, &step->fetch.url);
	step->fetch.content_type = body == BODY_JSON ? SPAN("application/json") : SPAN("application/x-www-form-urlencoded");
	return body == BODY_JSON ? exchange_json(run, pairs->items, pairs->n, &step->fetch.body) : exchange_form(run, pairs->items, pairs->n, &step->fetch.body);
}

/* RFC 6749 2.3.1: both halves are form-encoded before they are joined. */
static int basic(struct provider_run *run, const struct oauth2_options *o, struct span *ret_header)
{
	struct buf pair = buf_new(run->arena, 128), header = buf_new(run->arena, 192);
	struct span credentials;

	encode_percent(&pair, o->client_id);
	buf_char(&pair, ':');
	encode_percent(&pair, o->client_secret.bytes);
	TRY(buf_done(&pair, &credentials));
	buf_str(&header, "Basic ");
	encode_base64(&header, credentials);
	return buf_done(&header, ret_header);
}

static int ask_token(struct provider_run *run, struct run *memory, struct provider_step *step)
{
	const struct oauth2_options *o = run->options;
	struct pairs pairs = { .n = 0 };

	memory->stage = AT_TOKEN;
	add(&pairs, SPAN("grant_type"), SPAN("authorization_code"));
	add(&pairs, o->names.client_id, o->client_auth == AUTH_BODY ? o->client_id : (struct span){ NULL, 0 });
	add(&pairs, o->names.client_secret, o->client_auth == AUTH_BODY ? o->client_secret.bytes : (struct span){ NULL, 0 });
	add(&pairs, o->names.code, memory->code);
	add(&pairs, o->names.redirect_uri, run->redirect_uri);
	if (o->pkce)
		add(&pairs, SPAN("code_verifier"), run->verifier);
	TRY(add_list(run, &pairs, &o->token_parameters));
	TRY(ask(run, step, o->token_method, o->token_body, o->token_url, &pairs));
	return o->client_auth == AUTH_BASIC ? basic(run, o, &step->fetch.authorization) : 0;
}

static int ask_userinfo(struct provider_run *run, struct run *memory, struct provider_step *step)
{
	const struct oauth2_options *o = run->options;
	struct pairs pairs = { .n = 0 };

	memory->stage = AT_USERINFO;
	if (o->userinfo_token == TOKEN_PARAMETER)
		add(&pairs, o->names.access_token, memory->access_token);
	add(&pairs, o->names.subject, memory->subject);
	TRY(add_list(run, &pairs, &o->userinfo_parameters));
	TRY(ask(run, step, o->userinfo_method, BODY_FORM, o->userinfo_url, &pairs));
	if (o->userinfo_token != TOKEN_HEADER)
		return 0;
	char *bearer = arena_printf(run->arena, "Bearer " SPAN_FMT, SPAN_ARG(memory->access_token));
	if (!bearer)
		return FAULT_MEMORY;
	step->fetch.authorization = span_of(bearer);
	return 0;
}

/* ---- answers */

/* False: the answer is an error, and the step says so. *@ret_result is what to return then. */
static bool is_fine(struct provider_run *run, const struct run *memory, int status, const json_t *answer, struct provider_step *step, int *ret_result)
{
	const struct oauth2_options *o = run->options;
	struct span code, message;

	if ((*ret_result = json_path_text(answer, o->error.path, run->arena, &code)) || (*ret_result = json_path_text(answer, o->error.message_path, run->arena, &message)))
		return false;
	/* A value of another kind than text (an object, a list) is an error too: who is fine says nothing there. */
	const json_t *said = o->error.path.n ? json_path_get(answer, o->error.path) : NULL;
	bool wrong = said && !json_is_null(said) && !option_list_has(&o->error.fine, code);
	if (!wrong && status == 200)
		return true;
	if (wrong && run->purpose == PROVIDER_TEST && memory->stage == AT_TOKEN && option_list_has(&o->error.invalid_code, code))
		*ret_result = exchange_passed(step, "The upstream knows the name and accepts the key; it only refused the code of this test, as it should.");
	else if (code.n && wrong)
		*ret_result = exchange_refused(run, step, exchange_errors, false, code, message);
	else if (status == 401 && memory->stage == AT_TOKEN)
		*ret_result = exchange_reject(run, step, code, "The upstream answered 401: it knows no such client_id, or the client_secret is another.");
	else
		*ret_result = exchange_reject(run, step, code, "The upstream answered with status %d.", status);
	return false;
}

/* The member at @path, which names somebody: a text or a whole number. */
static int subject_at(struct provider_run *run, const json_t *answer, struct span path, struct span *ret_subject)
{
	const json_t *found = path.n ? json_path_get(answer, path) : NULL;

	*ret_subject = (struct span){ NULL, 0 };
	return json_is_string(found) || json_is_integer(found) ? json_path_text(answer, path, run->arena, ret_subject) : 0;
}

static void take_level(const struct oauth2_options *o, struct provider_identity *identity)
{
	uint64_t level = 0;

	identity->acr = o->level;
	if (!o->levels.n)
		return;
	identity->acr = 0;
	for (size_t i = 0; i < o->levels.n; i++) {
		struct span value = o->levels.items[i], word = span_cut(&value, '=');

		if (span_eq(word, identity->level) && span_to_u64(value, &level) && level <= 3)
			identity->acr = (int64_t)level;
	}
}

static int issuer_of(struct provider_run *run, struct span *ret_issuer)
{
	const struct oauth2_options *o = run->options;
	struct url url;

	*ret_issuer = o->issuer;
	if (o->issuer.n)
		return 0;
	if (url_parse(o->authorization_url, &url))
		return FAULT_BUG; /* check() has read it */
	char *text = arena_printf(run->arena, SPAN_FMT "://" SPAN_FMT, SPAN_ARG(url.scheme), SPAN_ARG(url.authority));
	if (!text)
		return FAULT_MEMORY;
	*ret_issuer = span_of(text);
	return 0;
}

static int identify(struct provider_run *run, struct run *memory, struct span body, const json_t *answer, struct provider_step *step)
{
	const struct oauth2_options *o = run->options;
	const json_t *data = json_path_get(answer, o->paths.data);
	struct provider_identity identity = { .subject = memory->subject };
	struct span subject;

	if (memory->stage == AT_USERINFO) {
		TRY(subject_at(run, data, o->paths.subject, &subject));
		if (memory->subject.n && !span_eq(memory->subject, subject))
			return exchange_reject(run, step, subject, "The token is one person's and the attributes are another's.");
		identity.subject = subject;
	}
	TRY(issuer_of(run, &identity.issuer));
	TRY(json_path_text(data, o->paths.name, run->arena, &identity.name));
	TRY(json_path_text(data, o->paths.phone, run->arena, &identity.phone));
	TRY(json_path_text(data, o->paths.email, run->arena, &identity.email));
	if (o->paths.level.n)
		TRY(json_path_text(data, o->paths.level, run->arena, &identity.level));
	take_level(o, &identity);
	identity.claims = body;
	return provider_identify(step, &identity);
}

static int take_token(struct provider_run *run, struct run *memory, struct span body, const json_t *answer, struct provider_step *step)
{
	const struct oauth2_options *o = run->options;

	if (run->purpose == PROVIDER_TEST)
		return exchange_reject(run, step, (struct span){ NULL, 0 }, "The upstream gave no error for a code that it cannot know: see error.path, and what token_url is.");
	TRY(subject_at(run, answer, o->paths.token_subject, &memory->subject));
	if (o->paths.token_subject.n && !memory->subject.n)
		return exchange_reject(run, step, (struct span){ NULL, 0 }, "The token's answer does not name the person: see paths.token_subject.");
	if (!o->userinfo_url.n)
		return identify(run, memory, body, answer, step);
	TRY(json_path_text(answer, o->paths.access_token, run->arena, &memory->access_token));
	if (!memory->access_token.n)
		return exchange_reject(run, step, (struct span){ NULL, 0 }, "The token's answer holds no token: see paths.access_token.");
	return ask_userinfo(run, memory, step);
}

static int fetched(struct provider_run *run, const struct provider_event *event, struct provider_step *step)
{
	struct run *memory = run->memory;
	JSON *answer = NULL;
	int result = 0;

	TRY(exchange_read(event, EXCHANGE_JSON, step, &answer));
	if (!answer || !is_fine(run, memory, event->status, answer, step, &result))
		return result;
	if (memory->stage == AT_TOKEN)
		return take_token(run, memory, event->body, answer, step);
	return identify(run, memory, event->body, answer, step);
}

static int callback(struct provider_run *run, const struct provider_event *event, struct provider_step *step)
{
	struct run *memory = run->memory;
	const struct oauth2_options *o = run->options;
	struct span iss = provider_param(event, "iss");

	/* RFC 9207 2.4 */
	if (o->issuer.n && iss.n && !span_eq(iss, o->issuer))
		return exchange_reject(run, step, iss, "The answer comes from another issuer.");
	TRY(exchange_code(run, event, o->names.callback_code.p, step, &memory->code));
	return memory->code.n ? ask_token(run, memory, step) : 0;
}

static struct span oauth2_state(const void *options, const struct provider_event *event, struct arena *arena)
{
	struct span state = provider_param(event, ((const struct oauth2_options *)options)->names.callback_state.p);

	(void)arena;
	return state.n ? state : SPAN("missing"); /* no cookie makes up for it */
}

static int test(struct provider_run *run, const struct provider_event *event, struct provider_step *step)
{
	struct run *memory = run->memory;

	TRY(exchange_test_code(run, &memory->code));
	return ask_token(run, memory, step);
}

extern const struct provider provider_oauth2;
const struct provider provider_oauth2 = {
	.variant = { .name = "oauth2", .doc = "Any upstream that is OAuth 2 or almost, by configuration.", .table = rows, .size = sizeof(struct oauth2_options),
		     .check = oauth2_check },
	.memory = sizeof(struct run),
	.on = { [PROVIDER_START] = start, [PROVIDER_CALLBACK] = callback, [PROVIDER_FETCHED] = fetched, [PROVIDER_TEST] = test },
	.state = oauth2_state,
};
