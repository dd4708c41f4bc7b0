/* SPDX-License-Identifier: Apache-2.0 */
#include "providers/advice.h"

const struct advice *advice_find(const struct advice *table, struct span code)
{
	for (; table && table->code; table++) {
		size_t n = strlen(table->code);

		if (n && table->code[n - 1] == '*' ? span_starts(code, (struct span){ table->code, n - 1 }) : span_is(code, table->code))
			return table;
	}
	return NULL;
}
