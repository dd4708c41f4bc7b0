/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/log.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 4096

/* Written by a reload while others log. */
static _Atomic enum log_level threshold = LOG_INFO;
static const char *_Atomic process_name = "yimen";
static _Thread_local char reference[40];

struct line {
	char p[LINE_MAX_BYTES];
	size_t n;
};

void log_configure(enum log_level level, const char *process)
{
	threshold = level;
	process_name = process;
}

void log_set_reference(const char *ref)
{
	size_t n = strnlen(ref, sizeof reference - 1);

	memcpy(reference, ref, n);
	reference[n] = '\0';
}

/* Room is kept for the closing brace and newline, so that a cut line is still one JSON object. */
static bool has_room(const struct line *line, size_t n)
{
	return n <= LINE_MAX_BYTES - 8 - line->n;
}

static void add(struct line *line, const char *s, size_t n)
{
	if (!has_room(line, n))
		return;
	memcpy(line->p + line->n, s, n);
	line->n += n;
}

static void add_str(struct line *line, const char *s)
{
	add(line, s, strlen(s));
}

static void add_quoted(struct line *line, struct span s)
{
	static const char hex[] = "0123456789abcdef";

	add_str(line, "\"");
	for (size_t i = 0; i < s.n && has_room(line, 16); i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '"' || c == '\\')
			add(line, (char[]){ '\\', (char)c }, 2);
		else if (c < 0x20 || c == 0x7f)
			add(line, (char[]){ '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] }, 6);
		else
			add(line, (char[]){ (char)c }, 1);
	}
	add_str(line, "\"");
}

static void add_field(struct line *line, const struct log_field *field)
{
	char number[24];

	if (!has_room(line, strlen(field->key) + 64))
		return;
	add_str(line, ",\"");
	add_str(line, field->key);
	add_str(line, "\":");
	switch (field->type) {
	case LOG_FIELD_STR:
		add_quoted(line, span_of(field->str));
		break;
	case LOG_FIELD_SPAN:
		add_quoted(line, field->span);
		break;
	case LOG_FIELD_INT:
		add(line, number, (size_t)snprintf(number, sizeof number, "%lld", (long long)field->i));
		break;
	case LOG_FIELD_BOOL:
		add_str(line, field->b ? "true" : "false");
		break;
	}
}

void log_write(enum log_level level, const char *event, const struct log_field *fields, size_t n)
{
	static const char *const names[] = { "debug", "info", "warn", "error" };
	struct line line = { .n = 0 };
	struct timespec now;
	struct tm utc;
	char stamp[64];

	if (level < threshold)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	size_t len = strftime(stamp, sizeof stamp, "{\"time\":\"%Y-%m-%dT%H:%M:%S", &utc);
	len += (size_t)snprintf(stamp + len, sizeof stamp - len, ".%03ldZ\"", now.tv_nsec / 1000000);
	add(&line, stamp, len);
	add_field(&line, &F_STR("level", names[level]));
	add_field(&line, &F_STR("process", process_name));
	add_field(&line, &F_STR("event", event));
	if (reference[0])
		add_field(&line, &F_STR("ref", reference));
	for (size_t i = 0; i < n; i++)
		add_field(&line, &fields[i]);
	memcpy(line.p + line.n, "}\n", 2);
	line.n += 2;
	ssize_t written = write(STDERR_FILENO, line.p, line.n);
	(void)written; /* nowhere left to complain */
}
