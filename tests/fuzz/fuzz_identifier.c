/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_identifier - what a person types at login: each candidate is of a kind of its own, in order, and settled (typed again
 * it is found again).
 */
#include "broker/base/error.h"
#include "broker/identity/identifier.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
	struct identifier found[IDENTIFIER_KINDS], again[IDENTIFIER_KINDS];
	size_t n, m;

	if (!arena || identifier_candidates((struct span){ (const char *)data, size }, arena, found, &n))
		return 0;
	for (size_t i = 0; i < n; i++) {
		bool same = false;

		if (i && found[i].kind <= found[i - 1].kind)
			abort();
		if (identifier_candidates(found[i].value, arena, again, &m))
			return 0;
		for (size_t j = 0; j < m; j++)
			same = same || (again[j].kind == found[i].kind && span_eq(again[j].value, found[i].value));
		if (!same)
			abort();
	}
	return 0;
}
