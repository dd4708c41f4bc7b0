/* SPDX-License-Identifier: Apache-2.0 */
/*
 * buf - text that grows inside an arena.
 *
 * Failure is sticky: append what you like and ask once at the end (buf_done), so that a page or a token is written without a check
 * on every line.
 */
#pragma once

#include "broker/base/arena.h"

struct buf {
	struct arena *arena;
	char *p;
	size_t n, cap;
	bool failed;
};

/* A buffer in @arena that starts with room for @hint bytes. */
struct buf buf_new(struct arena *arena, size_t hint);
void buf_add(struct buf *buf, struct span s);
void buf_char(struct buf *buf, char c);
void buf_u64(struct buf *buf, uint64_t v);
void buf_i64(struct buf *buf, int64_t v);
void buf_printf(struct buf *buf, const char *fmt, ...) PRINTF_LIKE(2, 3);
#define buf_str(buf, literal) buf_add((buf), SPAN(literal))
/* Room for @n more bytes that the caller fills and then counts with buf->n += …; NULL on failure. */
char *buf_room(struct buf *buf, size_t n);
static inline struct span buf_span(const struct buf *buf)
{
	return (struct span){ buf->p, buf->n };
}
/* 0 and the text (terminated, the terminator not counted), or FAULT_MEMORY when any append failed. */
MUST_USE int buf_done(struct buf *buf, struct span *ret_text);
