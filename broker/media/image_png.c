/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/media/image.h"

#include <png.h>
#include <setjmp.h>
#include <stdlib.h>

#define LEVEL 4 /* of deflate: half the time of the default, a tenth more bytes */

/* Everything that must be given back when libpng jumps. */
struct work {
	struct span in;
	const struct image_limits *limits;
	png_structp reader, writer;
	png_infop in_info, out_info;
	struct image image;
	size_t cap;
	unsigned char *rows; /* one row; all of an interlaced picture */
	size_t stride;
	int error;
};

static void fail(png_structp png, png_const_charp text)
{
	png_longjmp(png, 1);
}

static void ignore(png_structp png, png_const_charp text)
{
}

static void take(png_structp png, png_bytep out, size_t n)
{
	struct work *work = png_get_io_ptr(png);

	if (n > work->in.n)
		png_error(png, "cut off");
	memcpy(out, work->in.p, n);
	work->in = (struct span){ work->in.p + n, work->in.n - n };
}

static void give(png_structp png, png_bytep bytes, size_t n)
{
	struct work *work = png_get_io_ptr(png);
	struct image *image = &work->image;

	if (n > work->limits->out - image->n) {
		work->error = ERR_FILE_SIZE;
		png_error(png, "too large");
	}
	if (n > work->cap - image->n) {
		size_t cap = work->cap * 2 > image->n + n ? work->cap * 2 : image->n + n + 65536;
		unsigned char *more = realloc(image->bytes, cap);

		if (!more)
			png_error(png, "memory");
		image->bytes = more;
		work->cap = cap;
	}
	memcpy(image->bytes + image->n, bytes, n);
	image->n += n;
}

static void flush(png_structp png)
{
}

/* Width and height stand where they always do (ISO/IEC 15948 11.2.2): looked at before the library sees a byte. */
static int check_size(struct span in, const struct image_limits *limits)
{
	const unsigned char *p = (const unsigned char *)in.p + 16;

	if (in.n < 24)
		return ERR_FILE_BROKEN;
	uint32_t width = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
	uint32_t height = (uint32_t)p[4] << 24 | (uint32_t)p[5] << 16 | (uint32_t)p[6] << 8 | p[7];
	return width > limits->side || height > limits->side || (uint64_t)width * height > limits->pixels ? ERR_FILE_SIZE : 0;
}

/* Of the chunks only those that make the picture. */
static void read_head(struct work *work)
{
	png_structp png = work->reader;

	png_set_read_fn(png, work, take);
	png_set_user_limits(png, work->limits->side, work->limits->side);
	png_set_chunk_cache_max(png, 16);
	png_set_chunk_malloc_max(png, 65536);
	png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1); /* -1: all but IHDR, PLTE, tRNS, IDAT and IEND */
	png_read_info(png, work->in_info);
	work->image.width = png_get_image_width(png, work->in_info);
	work->image.height = png_get_image_height(png, work->in_info);
}

/* Eight bits a channel, grey or colour, with or without alpha. */
static void begin_write(struct work *work)
{
	png_structp png = work->reader;

	png_set_strip_16(png);
	png_set_expand(png);
	int passes = png_set_interlace_handling(png);
	png_read_update_info(png, work->in_info);
	work->stride = png_get_rowbytes(png, work->in_info);
	work->rows = calloc(passes > 1 ? work->image.height : 1, work->stride);
	if (!work->rows)
		png_error(png, "memory");
	for (int pass = 1; pass < passes; pass++)
		for (uint32_t y = 0; y < work->image.height; y++)
			png_read_row(png, work->rows + y * work->stride, NULL);
	png_set_write_fn(work->writer, work, give, flush);
	png_set_IHDR(work->writer, work->out_info, work->image.width, work->image.height, 8, png_get_color_type(png, work->in_info),
		     PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	png_set_compression_level(work->writer, LEVEL);
	png_write_info(work->writer, work->out_info);
	for (uint32_t y = 0; y < work->image.height; y++) {
		unsigned char *row = work->rows + (passes > 1 ? y * work->stride : 0);

		png_read_row(png, row, NULL);
		png_write_row(work->writer, row);
	}
	png_read_end(png, NULL);
	png_write_end(work->writer, NULL);
}

/* The jumps of both end here; nothing of this frame changes after setjmp. */
static int run(struct work *work)
{
	if (setjmp(png_jmpbuf(work->reader)) || setjmp(png_jmpbuf(work->writer)))
		return work->error;
	read_head(work);
	begin_write(work);
	return 0;
}

int image_png(struct span in, const struct image_limits *limits, struct image *ret_image)
{
	struct work work = { .in = in, .limits = limits, .error = ERR_FILE_BROKEN };
	int error = FAULT_MEMORY;

	TRY(check_size(in, limits));
	work.reader = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, fail, ignore);
	work.writer = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, fail, ignore);
	work.in_info = work.reader ? png_create_info_struct(work.reader) : NULL;
	work.out_info = work.writer ? png_create_info_struct(work.writer) : NULL;
	if (work.in_info && work.out_info)
		error = run(&work);
	png_destroy_read_struct(&work.reader, &work.in_info, NULL);
	png_destroy_write_struct(&work.writer, &work.out_info);
	free(work.rows);
	if (error)
		free(work.image.bytes);
	else
		*ret_image = work.image;
	return error;
}
