/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json - strangers' JSON read with one set of rules, and our own JSON written straight into a buffer.
 *
 * Reading refuses duplicate keys, NUL, trailing data and deep nesting (libraries.md E13). Writing builds no tree: a token costs
 * 12 µs less this way (performance.md).
 */
#pragma once

#include "broker/base/buf.h"

#include <jansson.h>

#define JSON_DEPTH_MAX 16

DEFINE_CLEANUP(json_t, json_cleanup, json_decref)
#define JSON CLEANUP(json_cleanup) json_t

/* ERR_MALFORMED when @text is not exactly one JSON value by our rules. */
MUST_USE int json_read(struct span text, json_t **ret_value);
/* The same, and it must be an object. */
MUST_USE int json_read_object(struct span text, json_t **ret_object);
/* @text's lines as an array of strings (a new reference), trimmed, without empty ones. */
json_t *json_list_of_lines(struct span text);
/* The string at @key, borrowed from @object; an empty span with NULL pointer when absent or not a string. */
struct span json_get_span(const json_t *object, const char *key);
/* The integer at @key (not a string, not a real). False leaves *@ret alone. */
bool json_get_i64(const json_t *object, const char *key, int64_t *ret);
bool json_get_bool(const json_t *object, const char *key, bool otherwise);

/* A writer: keys and values in turn, commas and escapes by themselves. */
struct json_writer {
	struct buf *buf;
	bool comma;
};

struct json_writer json_writer(struct buf *buf);
void json_open(struct json_writer *w, char bracket);  /* '{' or '[' */
void json_close(struct json_writer *w, char bracket); /* '}' or ']' */
void json_key(struct json_writer *w, const char *key);
void json_str(struct json_writer *w, struct span s);
void json_int(struct json_writer *w, int64_t v);
void json_bool(struct json_writer *w, bool v);
/* Text that is JSON already. */
void json_raw(struct json_writer *w, struct span json);

/* Members of an object; json_member_str leaves the member out when @s is empty. */
void json_member_str(struct json_writer *w, const char *key, struct span s);
void json_member_int(struct json_writer *w, const char *key, int64_t v);
void json_member_bool(struct json_writer *w, const char *key, bool v);
/* "2026-11-22T08:00:00Z" (RFC 3339), and an id as text; left out when it is not set. */
void json_member_time(struct json_writer *w, const char *key, struct instant t);
void json_member_id(struct json_writer *w, const char *key, struct id id);
