/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/problem_zh.h"

#include "broker/base/buf.h"

#define PARTS 6

/* Does @text fit @pattern? The stars' texts go to @parts from the @n-th; a star takes as little as it can. */
static bool fits(const char *pattern, const char *text, struct span parts[PARTS], size_t n)
{
	for (; *pattern; pattern++, text++) {
		if (*pattern == '*') {
			if (n == PARTS)
				return false;
			for (size_t length = 0;; length++) {
				parts[n] = (struct span){ text, length };
				if (fits(pattern + 1, text + length, parts, n + 1))
					return true;
				if (!text[length])
					return false;
			}
		}
		if (*pattern != *text)
			return false;
	}
	return *text == '\0';
}

/* The first row that fits, adapters' first: theirs are closer to the matter; NULL when none does. */
static const struct problem_words *row_of(const char *message, struct span parts[PARTS])
{
	static const struct problem_words *const tables[] = { problem_zh_adapter, problem_zh_config };

	for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
		for (const struct problem_words *row = tables[i]; row->en; row++)
			if (fits(row->en, message, parts, 0))
				return row;
	return NULL;
}

const char *problem_zh(const char *message, struct arena *arena)
{
	struct span parts[PARTS] = { { NULL, 0 } }, text;
	const struct problem_words *row = row_of(message, parts);
	struct buf buf = buf_new(arena, 128);

	if (!row)
		return message;
	for (const char *at = row->zh; *at; at++) {
		if (*at != '$' || at[1] < '1' || at[1] > '0' + PARTS) {
			buf_char(&buf, *at);
			continue;
		}
		/* A part may be a sentence itself: "… (the upstream's error …)". Every row has words of its own, so a part is shorter and this ends. */
		const char *inner = arena_cstr(arena, parts[*++at - '1']);

		buf_add(&buf, span_of(inner ? problem_zh(inner, arena) : ""));
	}
	return buf_done(&buf, &text) ? message : text.p;
}
