/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/log.h"
#include "broker/media/image.h"
#include "keys/sandbox.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define IN_MAX ((size_t)64 * 1024 * 1024)
#define LIFE_S 20 /* SIGALRM ends it */

static bool read_exactly(int fd, void *p, size_t n)
{
	for (char *at = p; n;) {
		ssize_t got = read(fd, at, n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		at += got, n -= (size_t)got;
	}
	return true;
}

static bool write_exactly(int fd, const void *p, size_t n)
{
	for (const char *at = p; n;) {
		ssize_t put = write(fd, at, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return false;
		at += put, n -= (size_t)put;
	}
	return true;
}

int image_main(int fd)
{
	static const struct image_limits limits = { IMAGE_SIDE_MAX, IMAGE_PIXELS_MAX, IMAGE_OUT_MAX };
	struct image_request request;
	struct image_reply reply = { 0 };
	struct image image = { 0 };

	alarm(LIFE_S);
	if (sandbox_enter(SANDBOX_IMAGE)) /* before the first byte of a stranger's */
		return 1;
	if (!read_exactly(fd, &request, sizeof request) || request.size > IN_MAX)
		return 1;
	char *in = malloc(request.size + 1);
	if (!in || !read_exactly(fd, in, request.size))
		return 1;
	int error = ERR_FILE_TYPE;
	if (request.media == MEDIA_PNG)
		error = image_png((struct span){ in, request.size }, &limits, &image);
	else if (request.media == MEDIA_JPEG)
		error = image_jpeg((struct span){ in, request.size }, &limits, &image);
	if (error < 0)
		return 1;
	reply = (struct image_reply){ (uint32_t)error, image.width, image.height, (uint32_t)image.n };
	if (!write_exactly(fd, &reply, sizeof reply) || !write_exactly(fd, image.bytes, image.n))
		return 1;
	free(in);
	free(image.bytes);
	return 0;
}
