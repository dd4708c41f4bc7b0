/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/identity/mask_answer.h"

#include "broker/base/encode.h"
#include "broker/base/url.h"
#include "broker/identity/mask.h"

#include <ctype.h>

#define DEPTH 8
#define ITEMS 48       /* of one list or object */
#define NAME_MAX_KEPT 64
#define TEXT_MAX 400   /* of one value */
#define PHONE_DIGITS 11
#define DIGITS_MIN 7   /* shorter runs are codes, dates, amounts */
#define TOKEN_MIN 16

/* ---- text */

static bool is_token_char(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_' || c == '+' || c == '/' || c == '=' || c == '~';
}

static size_t run_of(struct span text, size_t at, bool (*is)(char))
{
	size_t n = 0;

	while (at + n < text.n && is(text.p[at + n]))
		n++;
	return n;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_mail_char(char c)
{
	return isalnum((unsigned char)c) || c == '.' || c == '-' || c == '_' || c == '+' || c == '%';
}

static void put_stars(struct buf *out, struct span run, size_t first, size_t last)
{
	buf_add(out, (struct span){ run.p, first });
	for (size_t i = first; i + last < run.n && i < first + 12; i++)
		buf_str(out, "*");
	buf_add(out, (struct span){ run.p + run.n - last, last });
}

/* A resident's number ends with a digit or X. */
static size_t number_at(struct span text, size_t at)
{
	size_t n = run_of(text, at, is_digit);

	return n == 17 && at + n < text.n && (text.p[at + n] == 'X' || text.p[at + n] == 'x') ? n + 1 : n;
}

/* How much of a short run may stay: up to a number in it ("id=13800138000", "+86…"). */
static size_t plain_at(struct span text, size_t at, size_t token)
{
	size_t n = 1;

	while (n < token && (!is_digit(text.p[at + n]) || is_digit(text.p[at + n - 1]) || run_of(text, at + n, is_digit) < DIGITS_MIN))
		n++;
	return n;
}

/* One run from @at is taken; how long it was. */
static size_t mask_run(struct buf *out, struct span text, size_t at)
{
	size_t mail = run_of(text, at, is_mail_char), number = number_at(text, at), token = run_of(text, at, is_token_char);
	struct span run = { text.p + at, 0 };

	if (mail && at + mail < text.n && text.p[at + mail] == '@') {
		run.n = mail;
		put_stars(out, run, 1, 0);
	} else if (token >= TOKEN_MIN && token > number) {
		run.n = token;
		put_stars(out, run, 4, 0);
	} else if (number >= DIGITS_MIN) {
		run.n = number;
		put_stars(out, run, 3, number == PHONE_DIGITS ? 4 : 1);
	} else {
		run.n = plain_at(text, at, token);
		buf_add(out, run);
	}
	return run.n;
}

int mask_text(struct span text, struct arena *arena, struct span *ret_masked)
{
	struct buf out = buf_new(arena, text.n + 16);
	bool cut = text.n > TEXT_MAX;

	if (cut) {
		text.n = TEXT_MAX;
		while (text.n && ((unsigned char)text.p[text.n] & 0xc0) == 0x80) /* between characters */
			text.n--;
	}
	for (size_t at = 0; at < text.n;)
		at += mask_run(&out, text, at);
	if (cut)
		buf_str(&out, "…");
	return buf_done(&out, ret_masked);
}

/* ---- members */

static bool name_has(const char *name, const char *const *parts)
{
	for (; *parts; parts++)
		if (strcasestr(name, *parts))
			return true;
	return false;
}

static bool is_secret(const char *name)
{
	static const char *const parts[] = { "token", "secret", "passw", "pwd", "ticket", "assertion", "sign", "session", "cookie", "private", "auth_code", "authcode", NULL };

	return name_has(name, parts);
}

static bool is_person_name(const char *name)
{
	static const char *const things[] = { "company", "unit", "org", "corp", "file", "class", "method", "service", "app", NULL };

	return (strcasestr(name, "name") || strcasestr(name, "nick") || strcmp(name, "cn") == 0) && !name_has(name, things);
}

/* Names of members are the interface's own words. One that is long, or has a number in it as somebody's phone has, is a value in a name's place. */
static bool is_word(struct span name)
{
	size_t n = 0;

	for (size_t at = 0; at < name.n && n < DIGITS_MIN; at += n ? n : 1)
		n = run_of(name, at, is_digit);
	return name.n <= NAME_MAX_KEPT && n < DIGITS_MIN;
}

struct masking {
	struct arena *arena;
	struct buf *out;
	struct json_writer w;
	int result;
};

static void put_text(struct masking *m, const char *name, struct span text)
{
	struct span masked = SPAN("***");

	if (text.n && is_secret(name))
		;
	else if (text.n && is_person_name(name))
		m->result = m->result ? m->result : mask_name(text, m->arena, &masked);
	else
		m->result = m->result ? m->result : mask_text(text, m->arena, &masked);
	if (!m->result)
		json_str(&m->w, masked);
}

static void put(struct masking *m, const char *name, const json_t *value, int depth);

/* A text that is JSON itself (info: "{…}") is shown as what it is. */
static bool put_inner(struct masking *m, const char *name, struct span text, int depth)
{
	JSON *inner = NULL;

	if (text.n < 2 || (text.p[0] != '{' && text.p[0] != '[') || json_read(text, &inner))
		return false;
	put(m, name, inner, depth + 1);
	return true;
}

static void put_list(struct masking *m, const char *name, const json_t *list, int depth)
{
	size_t i;
	const json_t *item;

	json_open(&m->w, '[');
	json_array_foreach(list, i, item)
		if (i < ITEMS && m->out->n < MASK_ANSWER_MAX)
			put(m, name, item, depth + 1);
	json_close(&m->w, ']');
}

static void put_object(struct masking *m, const json_t *object, int depth)
{
	size_t n = 0;

	json_open(&m->w, '{');
	for (void *at = json_object_iter((json_t *)object); at; at = json_object_iter_next((json_t *)object, at)) {
		const char *name = json_object_iter_key(at);

		if (n++ == ITEMS || m->out->n >= MASK_ANSWER_MAX) {
			json_member_bool(&m->w, "…", true);
			break;
		}
		if (!is_word(span_of(name)))
			continue;
		json_key(&m->w, name);
		put(m, name, json_object_iter_value(at), depth + 1);
	}
	json_close(&m->w, '}');
}

static void put(struct masking *m, const char *name, const json_t *value, int depth)
{
	char digits[32];

	if (depth > DEPTH) {
		json_str(&m->w, SPAN("…"));
	} else if (json_is_object(value)) {
		put_object(m, value, depth);
	} else if (json_is_array(value)) {
		put_list(m, name, value, depth);
	} else if (json_is_string(value)) {
		struct span text = { json_string_value(value), json_string_length(value) };

		if (is_secret(name) || !put_inner(m, name, text, depth))
			put_text(m, name, text);
	} else if (json_is_integer(value)) {
		snprintf(digits, sizeof digits, "%lld", (long long)json_integer_value(value));
		if (strlen(digits) < DIGITS_MIN && !is_secret(name))
			json_int(&m->w, json_integer_value(value));
		else
			put_text(m, name, span_of(digits));
	} else if (json_is_boolean(value)) {
		json_bool(&m->w, json_is_true(value));
	} else {
		json_raw(&m->w, json_is_null(value) ? SPAN("null") : SPAN("\"…\""));
	}
}

/* ---- what is it? */

/* callback( {…} ); */
static struct span unwrap(struct span text)
{
	text = span_trim(text);
	if (!span_starts(text, SPAN("callback")))
		return text;
	while (text.n && *text.p != '{') {
		text.p++;
		text.n--;
	}
	while (text.n && text.p[text.n - 1] != '}')
		text.n--;
	return text;
}

static bool is_form(struct span text)
{
	return text.n && text.p[0] != '<' && memchr(text.p, '=', text.n) && !memchr(text.p, ' ', text.n) && !memchr(text.p, '\n', text.n);
}

static void put_form(struct masking *m, struct span rest)
{
	struct span name, value;
	JSON *seen = json_object(); /* an object has each name once */
	int error = 0;
	size_t n = 0;

	json_open(&m->w, '{');
	while (n++ < ITEMS && m->out->n < MASK_ANSWER_MAX && url_next_pair(&rest, m->arena, &name, &value, &error)) {
		char *key = is_word(name) ? arena_cstr(m->arena, name) : NULL;

		if (!key || json_object_get(seen, key) || json_object_set_new(seen, key, json_true()))
			continue;
		json_key(&m->w, key);
		put_text(m, key, encode_is_utf8(value) ? value : SPAN("…"));
	}
	if (error < 0)
		m->result = error;
	json_close(&m->w, '}');
}

int mask_answer(struct span text, struct arena *arena, struct span *ret_json)
{
	struct buf out = buf_new(arena, 512);
	struct masking m = { .arena = arena, .out = &out, .w = json_writer(&out) };
	JSON *value = NULL;

	int result = json_read(unwrap(text), &value);
	if (result < 0)
		return result;
	if (!result)
		put(&m, "", value, 0);
	else if (!encode_is_utf8(text))
		buf_printf(&out, "\"%zu bytes that are no text\"", text.n);
	else if (is_form(text))
		put_form(&m, text);
	else
		put_text(&m, "", text);
	return m.result ? m.result : buf_done(&out, ret_json);
}
