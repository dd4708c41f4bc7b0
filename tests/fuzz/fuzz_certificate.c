/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_certificate - certificates that somebody configured: no crash, and every name is UTF-8. */
#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "keys/certificate.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int look(const struct certificate *certificate, void *arg)
{
	size_t *n = arg;

	if (certificate->name.n && !encode_is_utf8(certificate->name))
		abort();
	++*n;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
	struct span text = { (const char *)data, size };
	size_t n = 0;

	if (!arena)
		return 0;
	int result = certificate_each(text, arena, look, &n);
	if (result && result != ERR_INVALID && result != FAULT_MEMORY)
		abort();
	if (!result && (!n || !certificate_is_in(text)))
		abort();
	return 0;
}
