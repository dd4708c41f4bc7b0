/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_mask_answer - whatever another system answers: what is kept of it is JSON, is bounded, and no run of digits as long as a phone is in it.
 */
#include "broker/identity/mask_answer.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(4 << 20);
	struct span json;
	JSON *value = NULL;
	size_t digits = 0;

	if (!arena || size > 1 << 16 || mask_answer((struct span){ (const char *)data, size }, arena, &json))
		return 0;
	if (json.n > 4 * MASK_ANSWER_MAX || json_read(json, &value))
		abort();
	for (size_t i = 0; i < json.n; i++) {
		digits = json.p[i] >= '0' && json.p[i] <= '9' ? digits + 1 : 0;
		if (digits >= 11)
			abort();
	}
	return 0;
}
