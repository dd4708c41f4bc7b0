/* SPDX-License-Identifier: Apache-2.0 */
#include "providers/json_raw.h"

#include "broker/base/error.h"

/* What is left of the text, walked from the front. */
static void skip_space(struct span *rest)
{
	while (rest->n && (rest->p[0] == ' ' || rest->p[0] == '\t' || rest->p[0] == '\n' || rest->p[0] == '\r')) {
		rest->p++;
		rest->n--;
	}
}

static void advance(struct span *rest, size_t n)
{
	rest->p += n;
	rest->n -= n;
}

static bool take(struct span *rest, char c)
{
	skip_space(rest);
	if (!rest->n || rest->p[0] != c)
		return false;
	advance(rest, 1);
	return true;
}

/* A string with its quotes. */
static bool take_string(struct span *rest, struct span *ret_string)
{
	struct span all = *rest;
	size_t i = 1;

	if (!all.n || all.p[0] != '"')
		return false;
	while (i < all.n && all.p[i] != '"')
		i += all.p[i] == '\\' ? 2 : 1;
	if (i >= all.n)
		return false;
	*ret_string = (struct span){ all.p, i + 1 };
	advance(rest, i + 1);
	return true;
}

/* Any value. Brackets are counted and not matched with each other: json_read judges the bytes afterwards, this only says where they end. */
static bool take_value(struct span *rest, struct span *ret_value)
{
	const char *begin = rest->p;
	struct span string;
	size_t depth = 0;

	do {
		skip_space(rest);
		if (!rest->n)
			return false;
		if (rest->p[0] == '"') {
			if (!take_string(rest, &string))
				return false;
			continue;
		}
		if (rest->p[0] == '{' || rest->p[0] == '[')
			depth++;
		else if (depth && (rest->p[0] == '}' || rest->p[0] == ']'))
			depth--;
		else if (!depth) { /* a number or a word, up to what ends it */
			size_t n = 0;

			while (n < rest->n && !strchr(" \t\r\n,}]{[\":", rest->p[n]))
				n++;
			if (!n)
				return false;
			advance(rest, n);
			continue;
		}
		advance(rest, 1);
	} while (depth);
	*ret_value = (struct span){ begin, (size_t)(rest->p - begin) };
	return true;
}

int json_raw_member(struct span text, const char *name, struct span *ret_value)
{
	struct span rest = text, key, value, found = { NULL, 0 };
	bool more = true;

	if (!take(&rest, '{'))
		return ERR_MALFORMED;
	skip_space(&rest);
	if (rest.n && rest.p[0] == '}')
		more = false;
	while (more) {
		skip_space(&rest);
		if (!take_string(&rest, &key) || !take(&rest, ':'))
			return ERR_MALFORMED;
		skip_space(&rest);
		if (!take_value(&rest, &value))
			return ERR_MALFORMED;
		if (span_is((struct span){ key.p + 1, key.n - 2 }, name)) {
			if (found.p)
				return ERR_MALFORMED;
			found = value;
		}
		more = take(&rest, ',');
	}
	if (!take(&rest, '}'))
		return ERR_MALFORMED;
	skip_space(&rest);
	if (rest.n)
		return ERR_MALFORMED;
	if (!found.p)
		return ERR_ABSENT;
	*ret_value = found;
	return 0;
}
