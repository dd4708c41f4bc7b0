/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log - one JSON object a line on standard error, with the reference id of the request that the thread works on.
 *
 * Values are typed fields, never format strings; there is no field for struct secret, so a secret cannot be logged by accident.
 * Field names are snake_case. The line is written with one write(2).
 */
#pragma once

#include "broker/base/base.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

struct log_field {
	const char *key;
	enum { LOG_FIELD_STR, LOG_FIELD_SPAN, LOG_FIELD_INT, LOG_FIELD_BOOL } type;
	union {
		const char *str;
		struct span span;
		int64_t i;
		bool b;
	};
};

#define F_STR(k, v) ((struct log_field){ .key = (k), .type = LOG_FIELD_STR, .str = (v) })
#define F_SPAN(k, v) ((struct log_field){ .key = (k), .type = LOG_FIELD_SPAN, .span = (v) })
#define F_INT(k, v) ((struct log_field){ .key = (k), .type = LOG_FIELD_INT, .i = (int64_t)(v) })
#define F_BOOL(k, v) ((struct log_field){ .key = (k), .type = LOG_FIELD_BOOL, .b = (v) })

/* LOG(LOG_INFO, "login.ok", F_STR("method", "password"), F_INT("ms", 12)); at least one field. */
#define LOG(level, event, ...)                                                                           \
	log_write((level), (event), (const struct log_field[]){ __VA_ARGS__ },                           \
		  sizeof((const struct log_field[]){ __VA_ARGS__ }) / sizeof(struct log_field))
void log_write(enum log_level level, const char *event, const struct log_field *fields, size_t n);

/* Lines below @level are dropped (default LOG_INFO). @process names this process in every line ("front", "signer", …). */
void log_configure(enum log_level level, const char *process);
/* The reference id of what this thread works on; "" for none. Copied, at most 39 characters. */
void log_set_reference(const char *reference);
