/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arena - the memory of one request: taken in pieces, given back whole, capped, and wiped.
 *
 * What is allocated here lives until arena_reset or arena_free and is never freed singly. NULL means the cap was reached or the
 * machine has no memory; callers answer FAULT_MEMORY.
 */
#pragma once

#include "broker/base/base.h"

struct arena;

/* An arena that hands out at most @cap bytes; NULL without memory. */
MUST_USE struct arena *arena_new(size_t cap);
/* Wipe and give back everything; the arena can be used again and keeps its first chunk. */
void arena_reset(struct arena *arena);
void arena_free(struct arena *arena);
DEFINE_CLEANUP(struct arena, arena_cleanup, arena_free)

/* @n bytes, zeroed, aligned for any type. */
MUST_USE void *arena_alloc(struct arena *arena, size_t n);
#define arena_new_of(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define arena_array(arena, type, n) ((type *)arena_alloc_array((arena), sizeof(type), (n)))
MUST_USE void *arena_alloc_array(struct arena *arena, size_t size, size_t n);

/* Copies; the copy is terminated, the terminator is not counted. A failed copy is a span with a NULL pointer. */
struct span arena_dup(struct arena *arena, struct span s);
MUST_USE char *arena_cstr(struct arena *arena, struct span s);
MUST_USE char *arena_printf(struct arena *arena, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Bytes handed out so far. */
size_t arena_used(const struct arena *arena);

/* For tests: fail the @k-th allocation from now on, in this thread (1 is the next; 0 switches it off). */
void arena_fail_at(unsigned long k);
