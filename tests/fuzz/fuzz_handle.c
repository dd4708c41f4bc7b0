/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_handle - what clients send as a handle: refused, or printed again byte for byte. */
#include "broker/base/error.h"
#include "broker/store/handle.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(4096);
	struct span text = { (const char *)data, size }, again;
	struct handle handle;

	if (!arena)
		return 0;
	int rc = handle_parse(text, arena, &handle);
	if (rc == ERR_INVALID)
		return 0;
	if (rc || handle_text(&handle, arena, &again) || !span_eq(text, again))
		abort();
	return 0;
}
