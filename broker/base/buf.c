/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/buf.h"

#include "broker/base/error.h"

#include <stdarg.h>
#include <stdio.h>

struct buf buf_new(struct arena *arena, size_t hint)
{
	struct buf buf = { .arena = arena, .cap = hint < 32 ? 32 : hint };

	buf.p = arena_alloc(arena, buf.cap);
	buf.failed = !buf.p;
	return buf;
}

char *buf_room(struct buf *buf, size_t n)
{
	size_t need;

	if (buf->failed || __builtin_add_overflow(buf->n, n, &need) || __builtin_add_overflow(need, 1, &need)) {
		buf->failed = true;
		return NULL;
	}
	if (need > buf->cap) {
		size_t cap = buf->cap * 2 < need ? need : buf->cap * 2;
		char *p = arena_alloc(buf->arena, cap);

		if (!p) {
			buf->failed = true;
			return NULL;
		}
		memcpy(p, buf->p, buf->n);
		buf->p = p;
		buf->cap = cap;
	}
	return buf->p + buf->n;
}

void buf_add(struct buf *buf, struct span s)
{
	char *room = s.n ? buf_room(buf, s.n) : NULL;

	if (room) {
		memcpy(room, s.p, s.n);
		buf->n += s.n;
	}
}

void buf_char(struct buf *buf, char c)
{
	buf_add(buf, (struct span){ &c, 1 });
}

void buf_u64(struct buf *buf, uint64_t v)
{
	char digits[20];
	size_t at = sizeof digits;

	do
		digits[--at] = (char)('0' + v % 10);
	while (v /= 10);
	buf_add(buf, (struct span){ digits + at, sizeof digits - at });
}

void buf_i64(struct buf *buf, int64_t v)
{
	if (v < 0)
		buf_char(buf, '-');
	buf_u64(buf, v < 0 ? (uint64_t)0 - (uint64_t)v : (uint64_t)v);
}

void buf_printf(struct buf *buf, const char *fmt, ...)
{
	va_list args, again;

	va_start(args, fmt);
	va_copy(again, args);
	int n = vsnprintf(NULL, 0, fmt, args);
	char *room = n < 0 ? NULL : buf_room(buf, (size_t)n);
	if (room) {
		vsnprintf(room, (size_t)n + 1, fmt, again);
		buf->n += (size_t)n;
	}
	va_end(again);
	va_end(args);
}

int buf_done(struct buf *buf, struct span *ret_text)
{
	char *end = buf_room(buf, 0);

	if (!end)
		return FAULT_MEMORY;
	*end = '\0';
	*ret_text = buf_span(buf);
	return 0;
}
