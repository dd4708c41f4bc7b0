/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_xml - what a CAS server answers and what it posts: no crash, and every piece of what is XML has a name or a text of the text's own size. */
#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "providers/xml.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(8 << 20);
	struct span text = { (const char *)data, size };
	struct xml xml = xml_new(text, size && data[0] == '<' ? "http://www.yale.edu/tp/cas" : NULL, arena);
	enum xml_piece piece;
	size_t depth = 0;

	for (int result = 0; arena && !result;) {
		result = xml_next(&xml, &piece);
		if (result && result != ERR_MALFORMED && result != FAULT_MEMORY)
			abort();
		if (result || piece == XML_END)
			break;
		depth += piece == XML_OPEN ? 1 : piece == XML_CLOSE ? (size_t)-1 : 0;
		if (depth > XML_DEPTH_MAX || depth != xml.depth || (piece == XML_TEXT ? xml.text.n > size || !encode_is_utf8(xml.text) : !xml.name.n))
			abort();
	}
	return 0;
}
