/* SPDX-License-Identifier: Apache-2.0 */
/* The pictures are the seeds of fuzz_image: colour, grey with 16 bits, a palette with transparency, interlaced, a photo and a progressive one. */
#include "broker/base/arena.h"
#include "broker/base/sys.h"
#include "broker/media/image.h"
#include "tests/unit/suite.h"

static const char *seeds;

static const struct image_limits wide = { IMAGE_SIDE_MAX, IMAGE_PIXELS_MAX, IMAGE_OUT_MAX };

static const struct {
	const char *name;
	bool is_png;
	uint32_t width, height;
} rows[] = {
	{ "colour", true, 5, 4 },	{ "deep", true, 3, 3 },	       { "palette", true, 8, 2 },
	{ "interlaced", true, 9, 9 },	{ "photo", false, 16, 8 },     { "progressive", false, 16, 8 },
};

static int transcode(size_t row, struct span in, const struct image_limits *limits, struct image *ret_image)
{
	return rows[row].is_png ? image_png(in, limits, ret_image) : image_jpeg(in, limits, ret_image);
}

static struct span seed(size_t row, struct arena *arena)
{
	struct span text;
	char path[4096];

	snprintf(path, sizeof path, "%s/%s", seeds, rows[row].name);
	ck_assert_int_eq(sys_read_file(path, 100000, arena, &text), 0);
	return text;
}

START_TEST(written_anew)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
	struct span in = seed((size_t)_i, arena);
	struct image image, again;

	ROW_INT(rows[_i].name, transcode((size_t)_i, in, &wide, &image), 0);
	ROW_INT(rows[_i].name, image.width, rows[_i].width);
	ROW_INT(rows[_i].name, image.height, rows[_i].height);
	ROW_TRUE(rows[_i].name, memmem(image.bytes, image.n, "SECRET", 6) == NULL);
	ROW_INT(rows[_i].name, transcode((size_t)_i, (struct span){ (char *)image.bytes, image.n }, &wide, &again), 0);
	free(image.bytes);
	free(again.bytes);
}
END_TEST

/* Cut off at any byte before the end of the pixels, it is refused; nothing leaks. */
START_TEST(cut_off)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
	struct span in = seed((size_t)_i, arena);

	for (size_t n = 0; n + 14 < in.n; n++) { /* of a PNG the last chunk may be missing; of a JPEG the end mark */
		struct image image;

		ROW_INT(rows[_i].name, transcode((size_t)_i, (struct span){ in.p, n }, &wide, &image), ERR_FILE_BROKEN);
	}
}
END_TEST

START_TEST(limits)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
	struct span in = seed((size_t)_i, arena);
	struct image image;

	ROW_INT("a side", transcode((size_t)_i, in, &(struct image_limits){ 4, 1000, 100000 }, &image), rows[_i].width > 4 || rows[_i].height > 4 ? ERR_FILE_SIZE : 0);
	if (rows[_i].width <= 4 && rows[_i].height <= 4)
		free(image.bytes);
	ROW_INT("pixels", transcode((size_t)_i, in, &(struct image_limits){ 100, 8, 100000 }, &image), ERR_FILE_SIZE);
	ROW_INT("what comes out", transcode((size_t)_i, in, &(struct image_limits){ 100, 1000, 40 }, &image), ERR_FILE_SIZE);
}
END_TEST

int main(int argc, char **argv)
{
	seeds = argc > 1 ? argv[1] : "tests/fuzz/seeds/image";
	return suite_run("image", (struct suite_test[]){ SUITE_LOOP(written_anew, ARRAY_LEN(rows)), SUITE_LOOP(cut_off, ARRAY_LEN(rows)),
							 SUITE_LOOP(limits, ARRAY_LEN(rows)), SUITE_END });
}
