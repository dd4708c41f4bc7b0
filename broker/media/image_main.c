/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/log.h"
#include "broker/base/sys.h"
#include "broker/media/image.h"
#include "keys/sandbox.h"

#include <stdlib.h>
#include <unistd.h>

#define IN_MAX ((size_t)64 * 1024 * 1024)
#define LIFE_S 20 /* SIGALRM ends it */

int image_main(int fd)
{
	static const struct image_limits limits = { IMAGE_SIDE_MAX, IMAGE_PIXELS_MAX, IMAGE_OUT_MAX };
	struct image_request request;
	struct image_reply reply = { 0 };
	struct image image = { 0 };

	alarm(LIFE_S);
	if (sandbox_enter(SANDBOX_IMAGE)) /* before the first byte of a stranger's */
		return 1;
	if (!sys_read_all(fd, &request, sizeof request) || request.size > IN_MAX)
		return 1;
	char *in = malloc(request.size + 1);
	if (!in || !sys_read_all(fd, in, request.size))
		return 1;
	int error = ERR_FILE_TYPE;
	if (request.media == MEDIA_PNG)
		error = image_png((struct span){ in, request.size }, &limits, &image);
	else if (request.media == MEDIA_JPEG)
		error = image_jpeg((struct span){ in, request.size }, &limits, &image);
	if (error < 0)
		return 1;
	reply = (struct image_reply){ (uint32_t)error, image.width, image.height, (uint32_t)image.n };
	if (!sys_write_all(fd, &reply, sizeof reply) || !sys_write_all(fd, image.bytes, image.n))
		return 1;
	free(in);
	free(image.bytes);
	return 0;
}
