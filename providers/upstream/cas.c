/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cas - a CAS server: login with a service address, the ticket validated over XML, attributes, single logout in both directions.
 *
 * START → REDIRECT. CALLBACK → serviceValidate → IDENTITY. Our state is part of the service address, which the server binds the ticket to and calls back.
 * The ticket is the name of the session there: a notice of single logout (a form with logoutRequest) ends what began with it.
 * CAS Protocol 3.0.3: 2.1 /login, 2.3.3 single logout, 2.5 /serviceValidate, 2.8 /p3/serviceValidate
 */
#include "broker/base/error.h"
#include "broker/base/url.h"
#include "providers/exchange.h"
#include "providers/xml.h"

#include <time.h>

#define NAME_SPACE "http://www.yale.edu/tp/cas"
#define TICKET_MAX 1024 /* 3.1: at least 256 must be supported */

static const char *const versions[] = { "3", "2", NULL };
enum { VERSION_3, VERSION_2 };

struct cas_options {
	struct span base_url, issuer;
	int version;
	struct span name_attribute, phone_attribute, email_attribute;
	int64_t level;
};

#define ROW(type_, name, ...) { #name, OPTION_##type_, offsetof(struct cas_options, name), __VA_ARGS__ }

static const struct option rows[] = {
	ROW(STRING, base_url, .flags = OPTION_REQUIRED, .min = 8, .max = 256,
	    .doc = "Where the CAS server is, without a slash at the end: `https://cas.example.cn/cas`. Its login page is this and `/login`."),
	ROW(STRING, issuer, .max = 256,
	    .doc = "Under which name people of this server are known here; unset: `base_url`. Once people have logged in it must not change, also when the address does."),
	ROW(ENUM, version, .def = "3", .values = versions, .doc = "Protocol: 3 (`/p3/serviceValidate`, with attributes) or 2 (`/serviceValidate`)."),
	ROW(STRING, name_attribute, .def = "displayName", .max = 64, .doc = "Attribute with the person's name."),
	ROW(STRING, phone_attribute, .def = "mobile", .max = 64, .doc = "Attribute with the phone number."),
	ROW(STRING, email_attribute, .def = "mail", .max = 64, .doc = "Attribute with the e-mail address."),
	ROW(INT, level, .def = "1", .min = 0, .max = 3, .doc = "Assurance level (`acr`) that a login there is worth here."),
	{ .key = NULL },
};

/* Error codes of 2.5.3. */
static const struct exchange_error errors[] = {
	{ "INVALID_TICKET", true, "The CAS server does not know the ticket." },
	{ "INVALID_TICKET_SPEC", true, "The CAS server takes the ticket for one of another kind." },
	{ "INVALID_SERVICE", false, "The ticket was given for another address, or our address is not registered at the CAS server." },
	{ "UNAUTHORIZED_SERVICE", false, "Our address is not registered at the CAS server: register it (and what follows it after a \"?\") as a service." },
	{ "INVALID_REQUEST", false, "The CAS server misses a parameter: is \"version\" right?" },
	{ NULL, false, NULL },
};

struct run {
	struct span ticket;
};

static int under(struct provider_run *run, const char *path, struct span *ret_url)
{
	const struct cas_options *o = run->options;
	char *url = arena_printf(run->arena, SPAN_FMT "%s", SPAN_ARG(o->base_url), path);

	if (!url)
		return FAULT_MEMORY;
	*ret_url = span_of(url);
	return 0;
}

/* The address that the server calls back, which is also what the ticket is for: it must be the same at both ends, byte for byte. */
static int service(struct provider_run *run, struct span state, struct span *ret_url)
{
	return exchange_url(run, run->redirect_uri, EXCHANGE_PAIRS({ "state", state }), ret_url);
}

static int start(struct provider_run *run, const struct provider_event *event, struct provider_step *step)
{
	struct span login, back;

	TRY(under(run, "/login", &login));
	TRY(service(run, run->state, &back));
	step->type = PROVIDER_REDIRECT;
	return exchange_url(run, login, EXCHANGE_PAIRS({ "service", back }, { "renew", span_is(run->prompt, "login") ? SPAN("true") : (struct span){ 0 } }), &step->url);
}

static int validate(struct provider_run *run, struct span ticket, struct span state, struct provider_step *step)
{
	const struct cas_options *o = run->options;
	struct run *memory = run->memory;
	struct span url, back;

	memory->ticket = ticket;
	TRY(under(run, o->version == VERSION_3 ? "/p3/serviceValidate" : "/serviceValidate", &url));
	TRY(service(run, state, &back));
	TRY(exchange_get(run, step, url, EXCHANGE_PAIRS({ "service", back }, { "ticket", ticket })));
	step->fetch.accept = SPAN("application/xml");
	return 0;
}

/* 3.7: printable ASCII without what a form or a line could be made of. */
static bool is_ticket(struct span ticket)
{
	return ticket.n > 0 && ticket.n <= TICKET_MAX && span_is_visible(ticket);
}

static int callback(struct provider_run *run, const struct provider_event *event, struct provider_step *step)
{
	struct span ticket;

	int result = exchange_code(run, event, "ticket", step, &ticket);
	if (result || !ticket.n)
		return result;
	if (!is_ticket(ticket))
		return exchange_reject(run, step, (struct span){ 0 }, "What came back is no ticket.");
	return validate(run, ticket, provider_param(event, "state"), step);
}

/* ---- the answer */

struct answer {
	struct span user, error, message, name, phone, email, auth_date;
	struct json_writer claims; /* into a buffer: {"user": …, "attributes": …} */
	bool success, failure;
};

/* "2024-01-01T08:00:00.5+08:00[Asia/Shanghai]"; zero for what is written otherwise. */
static struct instant read_time(struct span text)
{
	struct tm tm = { 0 };
	char copy[32] = "";
	struct instant none = { 0 };

	if (text.n < 20)
		return none;
	memcpy(copy, text.p, 19);
	const char *end = strptime(copy, "%Y-%m-%dT%H:%M:%S", &tm);
	if (!end || *end)
		return none;
	struct span rest = { text.p + 19, text.n - 19 };
	if (*rest.p == '.')
		do
			rest = (struct span){ rest.p + 1, rest.n - 1 };
		while (rest.n && *rest.p >= '0' && *rest.p <= '9');
	int64_t ahead = 0, ms = (int64_t)timegm(&tm) * MS_SECOND;
	uint64_t hours, minutes;
	if (rest.n >= 6 && (*rest.p == '+' || *rest.p == '-') && rest.p[3] == ':') {
		if (!span_to_u64((struct span){ rest.p + 1, 2 }, &hours) || !span_to_u64((struct span){ rest.p + 4, 2 }, &minutes) || hours > 14 || minutes > 59)
			return none;
		ahead = ((int64_t)hours * MS_HOUR + (int64_t)minutes * MS_MINUTE) * (*rest.p == '-' ? -1 : 1);
	} else if (!rest.n || *rest.p != 'Z') {
		return none;
	}
	return (struct instant){ ms > ahead ? ms - ahead : 0 };
}

/* One attribute; of several values the first. */
static int take_attribute(const struct cas_options *o, struct xml *xml, struct answer *answer)
{
	struct span name = xml->name, value;
	struct {
		struct span name;
		struct span *to;
	} wanted[] = { { o->name_attribute, &answer->name }, { o->phone_attribute, &answer->phone }, { o->email_attribute, &answer->email },
		       { SPAN("authenticationDate"), &answer->auth_date } };

	TRY(xml_text(xml, &value));
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
		if (span_eq(name, wanted[i].name) && !wanted[i].to->n)
			*wanted[i].to = value;
	json_open(&answer->claims, '[');
	json_str(&answer->claims, name);
	json_str(&answer->claims, value);
	json_close(&answer->claims, ']');
	return 0;
}

static int take_attributes(const struct cas_options *o, struct xml *xml, struct answer *answer)
{
	enum xml_piece piece;

	json_key(&answer->claims, "attributes");
	json_open(&answer->claims, '[');
	for (;;) {
		TRY(xml_next(xml, &piece));
		if (piece == XML_CLOSE)
			break;
		if (piece == XML_OPEN)
			TRY(take_attribute(o, xml, answer));
	}
	json_close(&answer->claims, ']');
	return 0;
}

/* 2.5.2: one user; attributes; no proxies, since proxy tickets are not asked for. */
static int take_success(const struct cas_options *o, struct xml *xml, struct answer *answer)
{
	bool has_user = false, has_attributes = false;
	enum xml_piece piece;

	for (;;) {
		TRY(xml_next(xml, &piece));
		if (piece == XML_CLOSE)
			return has_user ? 0 : ERR_MALFORMED;
		if (piece != XML_OPEN)
			continue;
		if (span_is(xml->name, "user") && !has_user) {
			has_user = true;
			TRY(xml_text(xml, &answer->user));
			answer->user = span_trim(answer->user);
		} else if (span_is(xml->name, "attributes") && !has_attributes) {
			has_attributes = true;
			TRY(take_attributes(o, xml, answer));
		} else if (span_is(xml->name, "user") || span_is(xml->name, "attributes") || span_is(xml->name, "proxies")) {
			return ERR_MALFORMED;
		} else {
			TRY(xml_skip(xml));
		}
	}
}

static int take_root(const struct cas_options *o, struct xml *xml, struct answer *answer)
{
	enum xml_piece piece;

	TRY(xml_next(xml, &piece));
	if (piece != XML_OPEN || !span_is(xml->name, "serviceResponse"))
		return ERR_MALFORMED;
	for (;;) {
		TRY(xml_next(xml, &piece));
		if (piece == XML_CLOSE)
			break;
		if (piece != XML_OPEN)
			continue;
		if (answer->success || answer->failure) /* one answer, not two */
			return ERR_MALFORMED;
		if (span_is(xml->name, "authenticationSuccess")) {
			answer->success = true;
			TRY(take_success(o, xml, answer));
		} else if (span_is(xml->name, "authenticationFailure")) {
			answer->failure = true;
			answer->error = xml_attribute(xml, "code");
			TRY(xml_text(xml, &answer->message));
		} else {
			TRY(xml_skip(xml));
		}
	}
	TRY(xml_next(xml, &piece)); /* XML_END, or it is malformed */
	return 0;
}

static int read_answer(struct provider_run *run, struct span body, struct answer *answer, struct span *ret_claims)
{
	struct buf claims = buf_new(run->arena, 512);
	struct xml xml = xml_new(body, NAME_SPACE, run->arena);

	answer->claims = json_writer(&claims);
	json_open(&answer->claims, '{');
	TRY(take_root(run->options, &xml, answer));
	json_member_str(&answer->claims, "user", answer->user);
	json_close(&answer->claims, '}');
	return buf_done(&claims, ret_claims);
}

static int identify(struct provider_run *run, const struct answer *answer, struct span claims, struct provider_step *step)
{
	const struct cas_options *o = run->options;
	struct run *memory = run->memory;
	struct provider_identity identity = { .issuer = o->issuer.n ? o->issuer : o->base_url, .subject = answer->user, .login_name = answer->user, .name = span_trim(answer->name),
					      .phone = span_trim(answer->phone), .email = span_trim(answer->email), .claims = claims, .acr = o->level,
					      .auth_time = read_time(span_trim(answer->auth_date)), .sid = memory->ticket };

	return provider_identify(step, &identity);
}

static int fetched(struct provider_run *run, const struct provider_event *event, struct provider_step *step)
{
	struct answer answer = { 0 };
	struct span claims;

	if (!exchange_has_reply(event, EXCHANGE_XML, step))
		return 0;
	int result = event->status == 200 ? read_answer(run, event->body, &answer, &claims) : ERR_MALFORMED;
	if (result < 0)
		return result;
	if (result)
		return exchange_reject(run, step, (struct span){ 0 }, "The answer is none of the CAS protocol: is base_url the address of a CAS server, and \"version\" right?");
	if (answer.failure)
		return exchange_refused(run, step, errors, run->purpose == PROVIDER_TEST, answer.error, span_trim(answer.message));
	if (!answer.success)
		return exchange_reject(run, step, (struct span){ 0 }, "The CAS server says neither yes nor no.");
	if (run->purpose == PROVIDER_TEST)
		return exchange_reject(run, step, (struct span){ 0 }, "The CAS server accepts a ticket that it has never given out: this is not the real one.");
	return identify(run, &answer, claims, step);
}

/* ---- the rest */

/* 2.3.3: whoever knows the ticket may end what began with it; nobody else knows it. */
static int notified(struct provider_run *run, const struct provider_event *event, struct provider_step *step)
{
	struct xml xml = xml_new(provider_param(event, "logoutRequest"), NULL, run->arena);
	struct span index = { NULL, 0 };
	enum xml_piece piece;

	int result = xml_next(&xml, &piece);
	if (!result && (piece != XML_OPEN || !span_is(xml.name, "LogoutRequest")))
		result = ERR_MALFORMED;
	while (!result && piece != XML_END) {
		result = xml_next(&xml, &piece);
		if (result || piece != XML_OPEN || xml.depth != 2)
			continue;
		result = index.n ? ERR_MALFORMED : span_is(xml.name, "SessionIndex") ? xml_text(&xml, &index) : xml_skip(&xml);
	}
	if (result < 0)
		return result;
	index = span_trim(index);
	if (result || !is_ticket(index))
		return exchange_reject(run, step, (struct span){ 0 }, "The notice is no LogoutRequest with a SessionIndex.");
	const struct cas_options *o = run->options;
	step->type = PROVIDER_ENDED;
	step->identity.issuer = o->issuer.n ? o->issuer : o->base_url;
	step->identity.sid = index;
	return 0;
}

static int logout(struct provider_run *run, const struct provider_event *event, struct provider_step *step)
{
	struct span url;

	TRY(under(run, "/logout", &url));
	step->type = PROVIDER_REDIRECT;
	return exchange_url(run, url, EXCHANGE_PAIRS({ "service", run->return_uri }), &step->url);
}

static int test(struct provider_run *run, const struct provider_event *event, struct provider_step *step)
{
	struct span code;

	TRY(exchange_test_code(run, &code));
	char *ticket = arena_printf(run->arena, "ST-" SPAN_FMT, SPAN_ARG(code));
	return ticket ? validate(run, span_of(ticket), SPAN("test"), step) : FAULT_MEMORY;
}

static void check(const void *options, const struct yaml_node *map, struct problems *problems)
{
	const struct cas_options *o = options;

	exchange_check_url(problems, map, "base_url", o->base_url);
}

extern const struct provider provider_cas;
const struct provider provider_cas = {
	.variant = { .name = "cas", .doc = "A CAS server, protocol 2 or 3.", .table = rows, .size = sizeof(struct cas_options), .check = check },
	.memory = sizeof(struct run),
	.on = { [PROVIDER_START] = start, [PROVIDER_CALLBACK] = callback, [PROVIDER_FETCHED] = fetched, [PROVIDER_LOGOUT] = logout, [PROVIDER_NOTIFIED] = notified, [PROVIDER_TEST] = test },
	.notice = "logoutRequest",
};
