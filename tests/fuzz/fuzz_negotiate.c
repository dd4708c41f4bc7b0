/* SPDX-License-Identifier: Apache-2.0 */
/* Accept-Language and ui_locales as strangers write them. */
#include "broker/http/catalogue.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum language language = LANGUAGE_COUNT;
	bool found = catalogue_negotiate((struct span){ (const char *)data, size }, &language);

	if (found != (language < LANGUAGE_COUNT))
		abort();
	return 0;
}
