/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmpp_stream - frames over one TCP connection that does not block: what waits to be written, what has come. Only for the
 * link's own files.
 */
#pragma once

#include "providers/sms/cmpp_wire.h"

struct cmpp_stream {
	int fd; /* -1: none */
	enum cmpp_version version;
	uint64_t written; /* bytes that the kernel has taken */
	unsigned char out[16 * 1024], in[2 * CMPP_FRAME_MAX];
	size_t n_out, n_in;
	int64_t heard_ms; /* when something came last */
	int tests;        /* that were sent since */
};

/* All of these: false when the connection is over. */

/* Write what waits, as far as the kernel takes it. */
bool cmpp_stream_flush(struct cmpp_stream *stream);
/* Also when there is no room for it. */
bool cmpp_stream_put(struct cmpp_stream *stream, const struct cmpp_frame *frame);
bool cmpp_stream_put_simple(struct cmpp_stream *stream, uint32_t command, uint32_t sequence);
/* Read what is there. */
bool cmpp_stream_receive(struct cmpp_stream *stream);
/* One whole frame out of what came, if there is one. */
bool cmpp_stream_next(struct cmpp_stream *stream, struct cmpp_message *message, bool *ret_found);
/* Close, and forget what was on the way. */
void cmpp_stream_close(struct cmpp_stream *stream);
