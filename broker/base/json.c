/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/json.h"

#include "broker/base/encode.h"
#include "broker/base/error.h"

#include <time.h>

/* jansson allows 2048 levels: its recursion is bounded here before it starts. Strings are skipped, so brackets in them do not count. */
static bool is_deep(struct span text)
{
	bool in_string = false;
	int depth = 0;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (in_string) {
			if (c == '\\')
				i++;
			else if (c == '"')
				in_string = false;
		} else if (c == '"') {
			in_string = true;
		} else if ((c == '{' || c == '[') && ++depth > JSON_DEPTH_MAX) {
			return true;
		} else if (c == '}' || c == ']') {
			depth--;
		}
	}
	return false;
}

int json_read(struct span text, json_t **ret_value)
{
	json_error_t error;

	/* Jansson reads a zero byte after a number as if it were not there. */
	if (is_deep(text) || (text.n && memchr(text.p, 0, text.n)))
		return ERR_MALFORMED;
	json_t *value = json_loadb(text.n ? text.p : "", text.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (!value)
		return json_error_code(&error) == json_error_out_of_memory ? FAULT_MEMORY : ERR_MALFORMED;
	*ret_value = value;
	return 0;
}

int json_read_object(struct span text, json_t **ret_object)
{
	json_t *value;

	TRY(json_read(text, &value));
	if (!json_is_object(value)) {
		json_decref(value);
		return ERR_MALFORMED;
	}
	*ret_object = value;
	return 0;
}

json_t *json_list_of_lines(struct span text)
{
	json_t *list = json_array();

	while (text.p) {
		struct span line = span_trim(span_cut(&text, '\n'));

		if (line.n)
			json_array_append_new(list, json_stringn(line.p, line.n));
	}
	return list;
}

struct span json_get_span(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_string(value))
		return (struct span){ NULL, 0 };
	return (struct span){ json_string_value(value), json_string_length(value) };
}

bool json_get_i64(const json_t *object, const char *key, int64_t *ret)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_integer(value))
		return false;
	*ret = json_integer_value(value);
	return true;
}

bool json_get_bool(const json_t *object, const char *key, bool otherwise)
{
	const json_t *value = json_object_get(object, key);

	return json_is_boolean(value) ? json_is_true(value) : otherwise;
}

struct json_writer json_writer(struct buf *buf)
{
	return (struct json_writer){ .buf = buf };
}

static void separate(struct json_writer *w)
{
	if (w->comma)
		buf_char(w->buf, ',');
	w->comma = true;
}

void json_open(struct json_writer *w, char bracket)
{
	separate(w);
	buf_char(w->buf, bracket);
	w->comma = false;
}

void json_close(struct json_writer *w, char bracket)
{
	buf_char(w->buf, bracket);
	w->comma = true;
}

static void quote(struct buf *buf, struct span s)
{
	static const char hex[] = "0123456789abcdef";
	size_t plain = 0;

	buf_char(buf, '"');
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c >= 0x20 && c != '"' && c != '\\' && c != '<' && c != 0x7f)
			continue;
		buf_add(buf, (struct span){ s.p + plain, i - plain });
		plain = i + 1;
		if (c == '"' || c == '\\')
			buf_add(buf, (struct span){ (char[]){ '\\', (char)c }, 2 });
		else /* controls; '<' so that JSON may stand inside a script element */
			buf_add(buf, (struct span){ (char[]){ '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] }, 6 });
	}
	if (s.n > plain)
		buf_add(buf, (struct span){ s.p + plain, s.n - plain });
	buf_char(buf, '"');
}

void json_key(struct json_writer *w, const char *key)
{
	separate(w);
	quote(w->buf, span_of(key));
	buf_char(w->buf, ':');
	w->comma = false;
}

void json_str(struct json_writer *w, struct span s)
{
	separate(w);
	quote(w->buf, s);
}

void json_int(struct json_writer *w, int64_t v)
{
	separate(w);
	buf_i64(w->buf, v);
}

void json_bool(struct json_writer *w, bool v)
{
	json_raw(w, v ? SPAN("true") : SPAN("false"));
}

void json_raw(struct json_writer *w, struct span json)
{
	separate(w);
	buf_add(w->buf, json);
}

void json_member_str(struct json_writer *w, const char *key, struct span s)
{
	if (s.n == 0)
		return;
	json_key(w, key);
	json_str(w, s);
}

void json_member_int(struct json_writer *w, const char *key, int64_t v)
{
	json_key(w, key);
	json_int(w, v);
}

void json_member_bool(struct json_writer *w, const char *key, bool v)
{
	json_key(w, key);
	json_bool(w, v);
}

void json_member_time(struct json_writer *w, const char *key, struct instant at)
{
	time_t seconds = (time_t)(at.ms / MS_SECOND);
	char text[32];
	struct tm tm;

	if (!instant_is_set(at))
		return;
	strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&seconds, &tm));
	json_member_str(w, key, span_of(text));
}

void json_member_id(struct json_writer *w, const char *key, struct id id)
{
	char text[37];

	if (!id_is_set(id))
		return;
	encode_id(text, id);
	json_member_str(w, key, span_of(text));
}
