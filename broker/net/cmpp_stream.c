/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/net/cmpp_stream.h"

#include "broker/base/sys.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

bool cmpp_stream_flush(struct cmpp_stream *stream)
{
	while (stream->n_out) {
		ssize_t n = send(stream->fd, stream->out, stream->n_out, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		memmove(stream->out, stream->out + n, stream->n_out - (size_t)n);
		stream->n_out -= (size_t)n;
		stream->written += (uint64_t)n;
	}
	return true;
}

bool cmpp_stream_put(struct cmpp_stream *stream, const struct cmpp_frame *frame)
{
	if (frame->n > sizeof stream->out - stream->n_out)
		return false;
	memcpy(stream->out + stream->n_out, frame->bytes, frame->n);
	stream->n_out += frame->n;
	return true;
}

bool cmpp_stream_put_simple(struct cmpp_stream *stream, uint32_t command, uint32_t sequence)
{
	struct cmpp_frame frame;

	cmpp_write_simple(command, sequence, &frame);
	return cmpp_stream_put(stream, &frame);
}

bool cmpp_stream_next(struct cmpp_stream *stream, struct cmpp_message *message, bool *ret_found)
{
	struct span bytes = { (const char *)stream->in, stream->n_in };
	size_t length = 0;

	*ret_found = false;
	if (cmpp_frame_length(bytes, &length))
		return false;
	if (!length || length > stream->n_in)
		return true;
	if (cmpp_read(stream->version, (struct span){ bytes.p, length }, message))
		return false;
	memmove(stream->in, stream->in + length, stream->n_in - length);
	stream->n_in -= length;
	*ret_found = true;
	return true;
}

bool cmpp_stream_receive(struct cmpp_stream *stream)
{
	ssize_t n = recv(stream->fd, stream->in + stream->n_in, sizeof stream->in - stream->n_in, MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	stream->n_in += (size_t)n;
	stream->heard_ms = sys_now().ms;
	stream->tests = 0;
	return n > 0;
}

void cmpp_stream_close(struct cmpp_stream *stream)
{
	close(stream->fd);
	stream->fd = -1;
	stream->n_out = stream->n_in = 0;
	stream->written = 0;
	stream->tests = 0;
}
