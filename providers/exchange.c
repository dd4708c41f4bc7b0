/* SPDX-License-Identifier: Apache-2.0 */
#include "providers/exchange.h"

#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "broker/base/json_path.h"
#include "broker/base/url.h"

#include <stdarg.h>
#include <stdio.h>

#define STATE_MAX 64 /* bytes; WeChat and WeCom allow twice as many characters */
#define TOLD_MAX 120 /* bytes of an upstream's own words that a reason repeats */

bool exchange_mentions(struct span text, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= text.n; i++)
		if (span_eq_nocase((struct span){ text.p + i, n }, (struct span){ word, n }))
			return true;
	return false;
}

int exchange_keep(struct provider_run *run, struct span value, struct span *ret_copy)
{
	*ret_copy = (struct span){ NULL, 0 };
	if (!value.n)
		return 0;
	*ret_copy = arena_dup(run->arena, value);
	return ret_copy->p ? 0 : FAULT_MEMORY;
}

static void add_pairs(struct buf *buf, bool *first, const struct exchange_pair *pairs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (pairs[i].value.n)
			url_add_pair(buf, first, span_of(pairs[i].name), pairs[i].value);
}

int exchange_url(struct provider_run *run, struct span base, const struct exchange_pair *pairs, size_t n, struct span *ret_url)
{
	struct buf url = buf_new(run->arena, 512);
	struct span fragment = base, head = span_cut(&fragment, '#');
	bool first = true;

	if (n)
		url_open_query(&url, head, &first);
	else
		buf_add(&url, head);
	add_pairs(&url, &first, pairs, n);
	if (fragment.p) {
		buf_char(&url, '#');
		buf_add(&url, fragment);
	}
	return buf_done(&url, ret_url);
}

int exchange_form(struct provider_run *run, const struct exchange_pair *pairs, size_t n, struct span *ret_form)
{
	struct buf form = buf_new(run->arena, 512);
	bool first = true;

	add_pairs(&form, &first, pairs, n);
	return buf_done(&form, ret_form);
}

int exchange_json(struct provider_run *run, const struct exchange_pair *pairs, size_t n, struct span *ret_json)
{
	struct buf buf = buf_new(run->arena, 512);
	struct json_writer w = json_writer(&buf);

	json_open(&w, '{');
	for (size_t i = 0; i < n; i++)
		json_member_str(&w, pairs[i].name, pairs[i].value);
	json_close(&w, '}');
	return buf_done(&buf, ret_json);
}

int exchange_at(struct provider_run *run, struct span base, const char *path, struct span *ret_url)
{
	if (base.n && base.p[base.n - 1] == '/')
		base.n--;
	char *url = arena_printf(run->arena, SPAN_FMT "%s", SPAN_ARG(base), path);
	if (!url)
		return FAULT_MEMORY;
	*ret_url = span_of(url);
	return 0;
}

int exchange_get(struct provider_run *run, struct provider_step *step, struct span base, const struct exchange_pair *pairs, size_t n)
{
	step->type = PROVIDER_FETCH;
	step->fetch = (struct provider_fetch){ .method = "GET", .accept = SPAN("application/json") };
	return exchange_url(run, base, pairs, n, &step->fetch.url);
}

/* ---- no */

/* An upstream's own words as far as a log line and a page should repeat them. */
static struct span told(struct span text)
{
	size_t n = 0;

	while (n < text.n && n < TOLD_MAX && (unsigned char)text.p[n] >= ' ' && text.p[n] != 0x7f)
		n++;
	/* not in the middle of a character */
	while (n && n < text.n && ((unsigned char)text.p[n] & 0xc0) == 0x80)
		n--;
	return (struct span){ text.p, n };
}

int exchange_reject(struct provider_run *run, struct provider_step *step, struct span upstream_error, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	char *reason = arena_cstr(run->arena, span_of(text));
	if (!reason)
		return FAULT_MEMORY;
	TRY(exchange_keep(run, told(upstream_error), &step->upstream_error));
	return provider_reject(step, ERR_PROVIDER_FAILED, reason);
}

int exchange_refused(struct provider_run *run, struct provider_step *step, const struct exchange_error *table, bool is_test, struct span code, struct span message)
{
	struct span words = told(message), name = told(code);

	for (; table && table->code; table++)
		if (span_is(code, table->code)) {
			if (is_test && table->is_code)
				return exchange_passed(step, "The upstream knows the name and accepts the key; it only refused the code of this test, as it should.");
			return exchange_reject(run, step, code, "%s (the upstream's error " SPAN_FMT ")", table->meaning, SPAN_ARG(name));
		}
	return exchange_reject(run, step, code, "The upstream answered with error " SPAN_FMT "%s" SPAN_FMT, SPAN_ARG(name), words.n ? ": " : "", SPAN_ARG(words));
}

int exchange_passed(struct provider_step *step, const char *reason)
{
	step->type = PROVIDER_DONE;
	step->reason = reason;
	return 0;
}

int exchange_test_code(struct provider_run *run, struct span *ret_code)
{
	char *code = arena_printf(run->arena, "yimentest" SPAN_FMT, SPAN_ARG(run->random));

	if (!code)
		return FAULT_MEMORY;
	*ret_code = span_of(code);
	return 0;
}

const struct exchange_error exchange_errors[] = {
	{ "invalid_grant", true, "The upstream does not accept the code" },
	{ "invalid_client", false, "The upstream knows no such client_id, or the client_secret is another" },
	{ "unauthorized_client", false, "The upstream does not allow this client to log people in" },
	{ "redirect_uri_mismatch", false, "The address the person comes back to is not registered there" },
	{ "invalid_request", false, "The upstream misses or does not understand a parameter" },
	{ "unsupported_grant_type", false, "The upstream did not read our parameters, or knows no codes" },
	{ "invalid_scope", false, "The upstream does not give what scope asks for" },
	{ NULL, false, NULL },
};

/* ---- replies */

static const char *no_reply(int error)
{
	switch (error) {
	case FAULT_TIMEOUT:
		return "The upstream did not answer in time: check that this machine may reach its host, and net.timeout.";
	case ERR_ACCESS_DENIED:
		return "The upstream's address was not asked: it is no public one. Where that is meant, name it in net.allow.";
	case ERR_TOO_LARGE:
		return "The upstream's answer is larger than what is read (net.max_body).";
	case ERR_INVALID:
		return "The upstream's address is none that can be asked: it must be https (http only on loopback, where net.allow names it).";
	default:
		return "The upstream cannot be reached: check the host name, the firewall, and that its certificate is valid.";
	}
}

/* Servers of the field serve JSON as text/plain, some even as text/html; a file or a picture is never an answer. */
static bool is_content(struct span type, enum exchange_content content)
{
	static const char *const known[] = { "application/json", "text/json", "text/plain", "text/javascript", "application/javascript", "application/x-javascript",
					     "application/x-www-form-urlencoded" };
	struct span name = span_cut(&type, ';');

	name = span_trim(name);
	if (content == EXCHANGE_XML)
		return !name.n || span_eq_nocase(name, SPAN("application/xml")) || span_eq_nocase(name, SPAN("text/xml")) || span_eq_nocase(name, SPAN("text/plain")) ||
		       span_eq_nocase(name, SPAN("text/html")); /* the default of old servlets */
	if (!name.n || (content == EXCHANGE_ALSO_HTML && span_eq_nocase(name, SPAN("text/html"))))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (span_eq_nocase(name, span_of(known[i])))
			return true;
	return name.n > 5 && span_starts(name, SPAN("application/")) && span_eq_nocase((struct span){ name.p + name.n - 5, 5 }, SPAN("+json"));
}

bool exchange_has_reply(const struct provider_event *event, enum exchange_content content, struct provider_step *step)
{
	const char *why = NULL;

	if (event->error)
		why = no_reply(event->error);
	else if (event->status >= 300 && event->status < 400)
		why = "The upstream redirects, which is not followed: the address is not the one of its interface.";
	else if (event->status == 404)
		why = "The upstream has nothing at this address (404): check the address.";
	else if (event->status >= 500)
		why = "The upstream answered with a server error; try later.";
	else if (!is_content(event->content_type, content))
		why = "The upstream answered with a page or a file instead of data: check the address.";
	if (why)
		provider_reject(step, ERR_PROVIDER_FAILED, why);
	return !why;
}

int exchange_read(const struct provider_event *event, enum exchange_content content, struct provider_step *step, json_t **ret_document)
{
	*ret_document = NULL;
	if (!exchange_has_reply(event, content, step))
		return 0;
	int result = json_read_object(event->body, ret_document);
	if (result < 0)
		return result;
	return result ? provider_reject(step, ERR_PROVIDER_FAILED, "The upstream's answer is no JSON object: check the address.") : 0;
}

int exchange_code(struct provider_run *run, const struct provider_event *event, const char *name, struct provider_step *step, struct span *ret_code)
{
	struct span error = provider_param(event, "error"), code = provider_param(event, name);

	*ret_code = (struct span){ NULL, 0 };
	if (error.n) {
		TRY(exchange_reject(run, step, error, "The upstream sent the person back with an error."));
		if (span_is(error, "access_denied"))
			step->error = ERR_PROVIDER_DENIED;
		return 0;
	}
	if (!code.n)
		return exchange_reject(run, step, error, "The person came back without \"%s\".", name);
	*ret_code = code;
	return 0;
}

int exchange_text(struct provider_run *run, const json_t *object, const char *key, struct span *ret_text)
{
	const json_t *value = json_object_get(object, key);

	*ret_text = (struct span){ NULL, 0 };
	/* a truth value is the same of everybody */
	return json_is_boolean(value) ? 0 : json_path_text(value, *ret_text, run->arena, ret_text);
}

int exchange_error_code(struct provider_run *run, const json_t *object, const char *key, struct span *ret_code)
{
	const json_t *value = json_object_get(object, key);

	TRY(json_path_text(value, (struct span){ NULL, 0 }, run->arena, ret_code));
	if (value && !json_is_null(value) && !json_is_string(value) && !ret_code->n)
		*ret_code = SPAN("?");
	return 0;
}

int exchange_subject(struct provider_run *run, struct span space, struct span subject, struct span *ret_subject)
{
	*ret_subject = (struct span){ NULL, 0 };
	if (!subject.n)
		return 0;
	char *text = arena_printf(run->arena, SPAN_FMT ":" SPAN_FMT, SPAN_ARG(space), SPAN_ARG(subject));
	if (!text)
		return FAULT_MEMORY;
	*ret_subject = span_of(text);
	return 0;
}

int exchange_plain_state(struct provider_run *run, struct span *ret_state)
{
	char hex[2 * STATE_MAX + 1] = "";

	if (run->state.n > STATE_MAX)
		return FAULT_BUG;
	encode_hex(hex, run->state);
	return exchange_keep(run, span_of(hex), ret_state);
}

struct span exchange_state_of_plain(const void *options, const struct provider_event *event, struct arena *arena)
{
	struct span hex = provider_param(event, "state");
	unsigned char *bytes = hex.n && hex.n <= 2 * STATE_MAX ? arena_alloc(arena, hex.n / 2 + 1) : NULL;

	(void)options;
	if (!bytes || encode_hex_decode(hex, bytes))
		return SPAN("missing");
	return (struct span){ (char *)bytes, hex.n / 2 };
}

void exchange_check_url(struct problems *problems, const struct yaml_node *map, const char *key, struct span text)
{
	struct url url;

	if (text.n && url_parse_secure(text, &url))
		problem_add(problems, yaml_place(map, key), "\"%s\" must begin with https:// (http only on loopback)", key);
}
