/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/error.h"
#include "broker/http/template_op.h"

/* The value of @name among name="value" pairs; false when a pair is malformed or the name is not there. */
static bool find_argument(struct span arguments, struct span name, struct span *ret_value)
{
	for (struct span rest = span_trim(arguments); rest.n; rest = span_trim(rest)) {
		struct span key = span_cut(&rest, '=');

		if (!rest.p || rest.n < 2 || (rest.p[0] != '"' && rest.p[0] != '\''))
			return false;
		char quote = rest.p[0];

		rest = (struct span){ rest.p + 1, rest.n - 1 };
		struct span value = span_cut(&rest, quote);

		if (!rest.p)
			return false;
		if (span_eq(key, name)) {
			*ret_value = value;
			return true;
		}
	}
	return false;
}

int template_fill(struct arena *arena, struct span text, struct span arguments, struct span *ret_missing, struct span *ret_text)
{
	struct buf out = buf_new(arena, text.n + 64);
	struct span rest = text;

	*ret_missing = (struct span){ NULL, 0 };
	while (rest.n) {
		const char *at = memmem(rest.p, rest.n, "[[", 2);
		const char *end = at ? memmem(at, rest.n - (size_t)(at - rest.p), "]]", 2) : NULL;

		if (!end)
			break;
		struct span name = { at + 2, (size_t)(end - at - 2) }, value = { NULL, 0 };
		bool may_miss = name.n && name.p[name.n - 1] == '?';

		name.n -= may_miss;
		if (!find_argument(arguments, name, &value) && !may_miss) {
			*ret_missing = name;
			return 0;
		}
		buf_add(&out, (struct span){ rest.p, (size_t)(at - rest.p) });
		buf_add(&out, value);
		rest = (struct span){ end + 2, rest.n - (size_t)(end + 2 - rest.p) };
	}
	buf_add(&out, rest);
	return buf_done(&out, ret_text);
}
