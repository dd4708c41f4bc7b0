/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define FIRST_CHUNK (8 * 1024)
#define ALIGN alignof(max_align_t)

struct chunk {
	struct chunk *next;
	size_t size, used;
	alignas(max_align_t) unsigned char bytes[];
};

struct arena {
	size_t cap, used;
	struct chunk *first, *last;
};

static _Thread_local unsigned long fail_at;

void arena_fail_at(unsigned long k)
{
	fail_at = k;
}

static struct chunk *chunk_new(size_t size)
{
	struct chunk *chunk = calloc(1, sizeof *chunk + size);

	if (chunk)
		chunk->size = size;
	return chunk;
}

struct arena *arena_new(size_t cap)
{
	struct arena *arena = calloc(1, sizeof *arena);

	if (!arena)
		return NULL;
	arena->cap = cap;
	arena->first = arena->last = chunk_new(cap < FIRST_CHUNK ? cap : FIRST_CHUNK);
	if (!arena->first) {
		free(arena);
		return NULL;
	}
	return arena;
}

void arena_reset(struct arena *arena)
{
	for (struct chunk *chunk = arena->first->next, *next; chunk; chunk = next) {
		next = chunk->next;
		explicit_bzero(chunk->bytes, chunk->used);
		free(chunk);
	}
	explicit_bzero(arena->first->bytes, arena->first->used);
	arena->first->used = 0;
	arena->first->next = NULL;
	arena->last = arena->first;
	arena->used = 0;
}

void arena_free(struct arena *arena)
{
	if (!arena)
		return;
	arena_reset(arena);
	free(arena->first);
	free(arena);
}

void *arena_alloc(struct arena *arena, size_t n)
{
	size_t rounded;

	if (fail_at && --fail_at == 0)
		return NULL;
	if (__builtin_add_overflow(n, ALIGN - 1, &rounded))
		return NULL;
	rounded &= ~(size_t)(ALIGN - 1);
	if (rounded > arena->cap - arena->used)
		return NULL;
	if (rounded > arena->last->size - arena->last->used) {
		size_t size = arena->last->size * 2;
		struct chunk *chunk = chunk_new(size < rounded ? rounded : size);

		if (!chunk)
			return NULL;
		arena->last->next = chunk;
		arena->last = chunk;
	}
	void *p = arena->last->bytes + arena->last->used;
	arena->last->used += rounded;
	arena->used += rounded;
	return p; /* chunks are zeroed when made and when reset */
}

void *arena_alloc_array(struct arena *arena, size_t size, size_t n)
{
	size_t total;

	if (__builtin_mul_overflow(size, n, &total))
		return NULL;
	return arena_alloc(arena, total);
}

struct span arena_dup(struct arena *arena, struct span s)
{
	char *copy = arena_cstr(arena, s);

	return (struct span){ copy, copy ? s.n : 0 };
}

char *arena_cstr(struct arena *arena, struct span s)
{
	char *copy = s.n == SIZE_MAX ? NULL : arena_alloc(arena, s.n + 1);

	if (copy && s.n)
		memcpy(copy, s.p, s.n);
	return copy;
}

char *arena_printf(struct arena *arena, const char *fmt, ...)
{
	va_list args, again;
	char *out = NULL;

	va_start(args, fmt);
	va_copy(again, args);
	int n = vsnprintf(NULL, 0, fmt, args);
	if (n >= 0 && (out = arena_alloc(arena, (size_t)n + 1)))
		vsnprintf(out, (size_t)n + 1, fmt, again);
	va_end(again);
	va_end(args);
	return out;
}

size_t arena_used(const struct arena *arena)
{
	return arena->used;
}
