/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_text_code - GB 18030 of a stranger: the result is UTF-8 within its room, and cutting a file at its commas and lines first changes nothing.
 */
#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "broker/identity/text_code.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(text_code_cleanup) struct text_code *code = NULL;
	static char room[1 << 17], parts[1 << 17];
	struct span text = { (const char *)data, size }, rest = text, whole, part;
	size_t n = 0;

	if (size > sizeof room / 2 || text_code_open(SPAN("gb18030"), &code))
		return 0;
	int result = text_code_read(code, text, room, sizeof room, &whole);
	if (result > 0 && result != ERR_INVALID)
		abort(); /* twice the text's room is enough */
	if (result)
		return 0;
	if (!encode_is_utf8(whole))
		abort();
	do {
		struct span piece = span_cut(&rest, ',');

		if (text_code_read(code, piece, parts + n, sizeof parts - n, &part))
			abort();
		memmove(parts + n, part.n ? part.p : "", part.n);
		n += part.n;
		if (rest.p)
			parts[n++] = ',';
	} while (rest.p);
	if (!span_eq(whole, (struct span){ parts, n }))
		abort();
	return 0;
}
