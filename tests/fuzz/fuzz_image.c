/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_image - any bytes as a file, judged; what is a picture is decoded and written anew, and the new one can be decoded again. */
#include "broker/media/image.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int read_span(void *arg, uint64_t offset, char *out, size_t n, size_t *ret_n)
{
	const struct span *in = arg;

	*ret_n = offset >= in->n ? 0 : in->n - offset < n ? in->n - offset : n;
	if (*ret_n)
		memcpy(out, in->p + offset, *ret_n);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct image_limits limits = { 512, 512 * 512, (size_t)4 * 1024 * 1024 };
	struct span in = { (const char *)data, size };
	struct media_source source = { read_span, &in, size };
	struct image image, again;
	enum media media;

	int result = media_recognise(&source, &media);
	if (result < 0)
		abort();
	if (result || !media_rows[media].is_image)
		return 0;
	result = media == MEDIA_PNG ? image_png(in, &limits, &image) : image_jpeg(in, &limits, &image);
	if (result)
		return 0;
	struct span out = { (const char *)image.bytes, image.n };
	if (media == MEDIA_PNG ? image_png(out, &limits, &again) : image_jpeg(out, &limits, &again))
		abort();
	if (again.width != image.width || again.height != image.height)
		abort();
	free(image.bytes);
	free(again.bytes);
	return 0;
}
