/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_record - stored bytes of every kind: whatever the file holds, reading it is 0, FAULT_CORRUPT or FAULT_MEMORY, and what
 * was read is written back as something that reads the same. First byte: which kind; then the record as record_codec.h lays it out.
 */
#include "broker/base/log.h"
#include "broker/store/record_codec.h"
#include "broker/store/records.h"

#include <stdalign.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	alignas(max_align_t) char record[RECORD_CODEC_SIZE_MAX], again[RECORD_CODEC_SIZE_MAX];
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 24);
	struct id id = { { 1 } };
	size_t n_kinds = 0;
	struct span bytes;

	log_configure((enum log_level)(LOG_ERROR + 1), "fuzz");
	while (records_all[n_kinds])
		n_kinds++;
	if (!size || !arena)
		return 0;
	const struct kind *kind = records_all[data[0] % n_kinds];
	int rc = record_codec_decode(kind, id, (struct span){ (const char *)data + 1, size - 1 }, NULL, arena, record);
	if (rc == FAULT_CORRUPT || rc == FAULT_MEMORY)
		return 0;
	if (rc || record_codec_encode(kind, record, NULL, arena, &bytes) || bytes.n > size)
		abort(); /* without a key nothing sealed was read, so nothing sealed is written */
	if (record_codec_decode(kind, id, bytes, NULL, arena, again))
		abort();
	return 0;
}
