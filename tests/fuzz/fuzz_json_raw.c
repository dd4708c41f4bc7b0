/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_json_raw - the bytes of a member that is signed. Whatever the text is: what json_raw_member finds lies inside it; and where the text is JSON by our
 * rules, these bytes are the value that json_read finds under that name, so that what was verified is what is believed.
 */
#include "broker/base/error.h"
#include "broker/base/json.h"
#include "providers/json_raw.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "a", "sign", "alipay_system_oauth_token_response", "" };
	struct span text = { (const char *)data, size }, raw;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		JSON *whole = NULL;
		JSON *part = NULL;
		int result = json_raw_member(text, names[i], &raw);

		if (result && result != ERR_ABSENT && result != ERR_MALFORMED)
			abort();
		if (!result && (raw.p < text.p || raw.p + raw.n > text.p + text.n || !raw.n))
			abort();
		if (json_read_object(text, &whole))
			continue;
		if (result == ERR_MALFORMED) /* good JSON can always be walked */
			abort();
		const json_t *value = json_object_get(whole, names[i]);
		if (!result && (json_read(raw, &part) || !value || !json_equal(value, part)))
			abort();
	}
	return 0;
}
