/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/media/image.h"

#include <stdio.h> /* jpeglib.h needs it */

#include <jerror.h>
#include <jpeglib.h>
#include <setjmp.h>
#include <stdlib.h>

#define QUALITY 90
#define SCANS_MAX 100 /* a progressive picture may ask to be gone through any number of times (libjpeg-turbo, "two issues with the JPEG standard") */
#define EXIF_MAX 4096

struct work {
	struct jpeg_error_mgr errors;
	struct jpeg_progress_mgr progress;
	struct jpeg_decompress_struct in;
	struct jpeg_compress_struct out;
	struct jpeg_destination_mgr sink;
	jmp_buf end;
	const struct image_limits *limits;
	unsigned char *bytes; /* the result: @cap of them, of which the sink says how many are free */
	size_t cap;
	unsigned char *row;
	int error;
};

static struct work *work_of(j_common_ptr cinfo)
{
	return (struct work *)(void *)cinfo->err; /* its first member */
}

static void fail(j_common_ptr cinfo)
{
	longjmp(work_of(cinfo)->end, 1);
}

/* libjpeg goes on where a picture is damaged; a reviewer should not have to guess what stood there. */
static void warn(j_common_ptr cinfo, int level)
{
	int code = cinfo->err->msg_code;

	if (level < 0 && (code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER || code == JWRN_HUFF_BAD_CODE))
		fail(cinfo);
}

static void keep_silent(j_common_ptr cinfo)
{
}

static void count_scans(j_common_ptr cinfo)
{
	if (cinfo->is_decompressor && ((j_decompress_ptr)cinfo)->input_scan_number > SCANS_MAX)
		fail(cinfo);
}

/* jpeg_mem_dest leaves its memory to nobody when a picture fails. */
static boolean grow(j_compress_ptr out)
{
	struct work *work = work_of((j_common_ptr)out);
	size_t cap = work->cap ? work->cap * 2 : 65536;
	unsigned char *more = cap > work->limits->out ? NULL : realloc(work->bytes, cap);

	if (!more) {
		work->error = ERR_FILE_SIZE;
		fail((j_common_ptr)out);
	}
	work->sink.next_output_byte = more + work->cap;
	work->sink.free_in_buffer = cap - work->cap;
	work->bytes = more;
	work->cap = cap;
	return TRUE;
}

static void begin_sink(j_compress_ptr out)
{
	grow(out);
}

static void end_sink(j_compress_ptr out)
{
}

static unsigned at(const unsigned char *p, bool big, int n)
{
	unsigned value = 0;

	for (int i = 0; i < n; i++)
		value = value << 8 | p[big ? i : n - 1 - i];
	return value;
}

/* Which way is up, 1 to 8: the only thing that a camera says beside the pixels and a reviewer needs. Exif 2.3, 4.6.4 (tag 0x0112) */
static unsigned orientation_of(const struct jpeg_decompress_struct *in)
{
	for (const struct jpeg_marker_struct *marker = in->marker_list; marker; marker = marker->next) {
		const unsigned char *p = marker->data + 6;
		size_t n = marker->data_length;

		if (marker->marker != JPEG_APP0 + 1 || n < 6 + 14 || memcmp(marker->data, "Exif\0\0", 6) != 0)
			continue;
		n -= 6;
		bool big = p[0] == 'M';
		size_t offset = at(p + 4, big, 4);
		if (offset > n - 2)
			continue;
		size_t entries = at(p + offset, big, 2);
		for (size_t i = 0, entry = offset + 2; i < entries && entry + 12 <= n; i++, entry += 12)
			if (at(p + entry, big, 2) == 0x0112 && at(p + entry + 2, big, 2) == 3) {
				unsigned value = at(p + entry + 8, big, 2);

				return value >= 1 && value <= 8 ? value : 1;
			}
	}
	return 1;
}

static void write_orientation(struct jpeg_compress_struct *out, unsigned orientation)
{
	unsigned char exif[] = "Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\0\0\0\0\0\0\0";

	exif[25] = (unsigned char)orientation;
	if (orientation > 1)
		jpeg_write_marker(out, JPEG_APP0 + 1, exif, sizeof exif - 1);
}

/* Inks to light; Adobe's programs write inks upside down. */
static void from_inks(unsigned char *row, JDIMENSION width, bool is_inverted)
{
	for (JDIMENSION x = 0; x < width; x++) {
		unsigned k = is_inverted ? row[4 * x + 3] : 255u - row[4 * x + 3];

		for (int c = 0; c < 3; c++) {
			unsigned ink = is_inverted ? row[4 * x + c] : 255u - row[4 * x + c];

			row[3 * x + c] = (unsigned char)(ink * k / 255);
		}
	}
}

static void read_head(struct work *work)
{
	struct jpeg_decompress_struct *in = &work->in;

	jpeg_save_markers(in, JPEG_APP0 + 1, EXIF_MAX);
	jpeg_read_header(in, TRUE);
	if (in->image_width > work->limits->side || in->image_height > work->limits->side ||
	    (uint64_t)in->image_width * in->image_height > work->limits->pixels) {
		work->error = ERR_FILE_SIZE;
		fail((j_common_ptr)in);
	}
	if (in->num_components == 4)
		in->out_color_space = JCS_CMYK;
	else if (in->num_components != 1)
		in->out_color_space = JCS_RGB;
}

static void transcode(struct work *work)
{
	struct jpeg_decompress_struct *in = &work->in;
	struct jpeg_compress_struct *out = &work->out;

	jpeg_start_decompress(in);
	work->row = malloc((size_t)in->output_width * (size_t)in->output_components);
	if (!work->row)
		fail((j_common_ptr)in);
	work->sink = (struct jpeg_destination_mgr){ .init_destination = begin_sink, .empty_output_buffer = grow, .term_destination = end_sink };
	out->dest = &work->sink;
	out->image_width = in->output_width;
	out->image_height = in->output_height;
	out->input_components = in->output_components == 1 ? 1 : 3;
	out->in_color_space = out->input_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
	jpeg_set_defaults(out);
	jpeg_set_quality(out, QUALITY, TRUE);
	jpeg_start_compress(out, TRUE);
	write_orientation(out, orientation_of(in));
	while (in->output_scanline < in->output_height) {
		jpeg_read_scanlines(in, &work->row, 1);
		if (in->output_components == 4)
			from_inks(work->row, in->output_width, in->saw_Adobe_marker);
		jpeg_write_scanlines(out, &work->row, 1);
	}
	jpeg_finish_compress(out);
	jpeg_finish_decompress(in);
}

static int run(struct work *work, struct span in)
{
	if (setjmp(work->end))
		return work->error;
	work->in.err = work->out.err = jpeg_std_error(&work->errors);
	work->errors.error_exit = fail;
	work->errors.emit_message = warn;
	work->errors.output_message = keep_silent;
	work->progress.progress_monitor = count_scans;
	jpeg_create_decompress(&work->in);
	jpeg_create_compress(&work->out);
	work->in.progress = &work->progress;
	jpeg_mem_src(&work->in, (const unsigned char *)in.p, in.n);
	read_head(work);
	transcode(work);
	return 0;
}

int image_jpeg(struct span in, const struct image_limits *limits, struct image *ret_image)
{
	struct work *work = calloc(1, sizeof *work); /* not on the stack: it changes between setjmp and longjmp */

	if (!work)
		return FAULT_MEMORY;
	work->limits = limits;
	work->error = ERR_FILE_BROKEN;
	int error = run(work, in);
	if (!error)
		*ret_image = (struct image){ work->bytes, work->cap - work->sink.free_in_buffer, work->in.output_width, work->in.output_height };
	else
		free(work->bytes);
	jpeg_destroy_decompress(&work->in);
	jpeg_destroy_compress(&work->out);
	free(work->row);
	free(work);
	return error;
}
