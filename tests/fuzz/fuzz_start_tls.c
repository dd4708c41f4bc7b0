/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_start_tls - what a directory answers to StartTLS: read piece by piece as far as it says it is long, and a yes or not. */
#include "broker/base/error.h"
#include "broker/net/start_tls.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span bytes = { (const char *)data, size };
	size_t have = 0, needed;

	for (;; have = needed) {
		if (start_tls_length((struct span){ bytes.p, have }, &needed))
			return 0;
		if (needed < have || needed > START_TLS_MAX)
			abort();
		if (needed == have)
			break;
		if (needed > size)
			return 0;
	}
	/* the code of a yes is the last that can be: nothing shorter says so */
	if (start_tls_read((struct span){ bytes.p, have }) == 0 && have < 10)
		abort();
	return 0;
}
