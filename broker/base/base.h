/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base - the vocabulary every file shares: attributes, spans, instants, identifiers and results.
 *
 * A result is an int: 0 is success, a positive value is an answer that the caller may show (enum error), a negative value is a
 * fault (enum error too, below zero): always a 5xx, its text stays in the log. See error.h for the one table.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define NONNULL __attribute__((nonnull))
#define CLEANUP(fn) __attribute__((cleanup(fn)))
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* Declare a cleanup function @name for pointers to @type that calls @release unless NULL: CLEANUP(name) type *x = …; */
#define DEFINE_CLEANUP(type, name, release) \
	static inline void name(type **p)   \
	{                                   \
		if (*p)                     \
			release(*p);        \
	}

/* Pass a failure up at once. */
#define TRY(expression)                \
	do {                           \
		int try_ = (expression); \
		if (try_)              \
			return try_;   \
	} while (0)

/* Borrowed bytes: pointer and length, no terminator promised. The empty span may have a NULL pointer. */
struct span {
	const char *p;
	size_t n;
};

#define SPAN(literal) ((struct span){ "" literal, sizeof(literal) - 1 })
#define SPAN_FMT "%.*s"
#define SPAN_ARG(s) (int)(s).n, (s).n ? (s).p : ""

static inline struct span span_of(const char *s)
{
	return (struct span){ s, s ? strlen(s) : 0 };
}

static inline bool span_eq(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool span_is(struct span a, const char *s)
{
	return span_eq(a, span_of(s));
}

/* Printable ASCII without spaces (VCHAR of RFC 5234), or nothing. */
static inline bool span_is_visible(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~')
			return false;
	return true;
}

static inline bool span_starts(struct span s, struct span prefix)
{
	return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

/* Case-insensitive for ASCII letters only. */
bool span_eq_nocase(struct span a, struct span b);
struct span span_trim(struct span s);
/* Cut @s at the first @sep: returns what stands before it, leaves the rest in *@s; *@s has a NULL pointer when nothing is left. */
struct span span_cut(struct span *s, char sep);
/* Decimal digits only, no sign, no overflow. False leaves *@ret alone. */
MUST_USE bool span_to_u64(struct span s, uint64_t *ret);

/* A point in time, milliseconds since 1970 UTC. Its own type, so that it is never mixed with a duration. */
struct instant {
	int64_t ms;
};

#define MS_SECOND INT64_C(1000)
#define MS_MINUTE (60 * MS_SECOND)
#define MS_HOUR (60 * MS_MINUTE)
#define MS_DAY (24 * MS_HOUR)

static inline struct instant instant_add(struct instant t, int64_t ms)
{
	return (struct instant){ t.ms + ms };
}

static inline bool instant_before(struct instant a, struct instant b)
{
	return a.ms < b.ms;
}

static inline bool instant_is_set(struct instant t)
{
	return t.ms != 0;
}

/* A record's identity: 16 bytes in the time-ordered layout of RFC 9562 (version 7). All zero means none. */
struct id {
	unsigned char b[16];
};

static inline bool id_eq(struct id a, struct id b)
{
	return memcmp(a.b, b.b, sizeof a.b) == 0;
}

static inline bool id_is_set(struct id a)
{
	static const struct id none;
	return !id_eq(a, none);
}

/* Bytes that must never be printed, logged or compared with memcmp: no formatter takes this type. Compare with secret_eq. */
struct secret {
	struct span bytes;
};

/* Constant time for equal lengths; false at once when the lengths differ. */
bool secret_eq(struct span a, struct span b);
