/* SPDX-License-Identifier: Apache-2.0 */
#include "providers/advice.h"

bool advice_fits(struct span pattern, struct span code)
{
	if (pattern.n && pattern.p[pattern.n - 1] == '*')
		return span_starts(code, (struct span){ pattern.p, pattern.n - 1 });
	return span_eq(code, pattern);
}

const struct advice *advice_find(const struct advice *table, struct span code)
{
	for (; table && table->code; table++)
		if (advice_fits(span_of(table->code), code))
			return table;
	return NULL;
}
