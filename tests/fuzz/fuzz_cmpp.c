/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_cmpp - what a gateway sends over CMPP: frames are cut by their lengths and read; texts end where their fields end. The same bytes as a text
 * are cut into parts that hold all of it.
 */
#include "providers/sms/cmpp_wire.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_frames(enum cmpp_version version, struct span rest)
{
	struct cmpp_message message;
	size_t length;

	while (cmpp_frame_length(rest, &length) == 0 && length && length <= rest.n) {
		if (cmpp_read(version, (struct span){ rest.p, length }, &message) == 0 &&
		    (strlen(message.state) >= sizeof message.state || strlen(message.phone) >= sizeof message.phone))
			abort();
		rest.p += length;
		rest.n -= length;
	}
}

static void cut(struct span text)
{
	struct cmpp_segment segments[CMPP_SEGMENTS_MAX];
	size_t n = 0;

	if (cmpp_cut(text, 1, segments, &n))
		return;
	for (size_t i = 0; i < n; i++)
		if (!segments[i].n || segments[i].n > CMPP_CONTENT_MAX || segments[i].total != n || segments[i].number != i + 1)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span bytes = { (const char *)data, size };

	read_frames(CMPP_20, bytes);
	read_frames(CMPP_30, bytes);
	cut(bytes);
	return 0;
}
