/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/http/captcha.h"

#include "broker/base/encode.h"
#include "broker/base/error.h"

#include <fcntl.h>
#include <ft2build.h>
#include FT_FREETYPE_H
#include FT_OUTLINE_H
#include <math.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define GLYPH_PIXELS 36
#define STROKE 80 /* 64ths of a pixel that a glyph's lines gain: thin ones drown in the noise */
#define PAPER 255

/* The file stays mapped: its pages are shared and clean, and each rendering opens its own FreeType library over them, since one may
 * not be used by two threads. */
struct captcha_font {
	void *bytes;
	size_t n;
};

/* Upper case without vowels (no words), without what looks alike (0 O D Q, 1 I L, 2 Z, 5 S, 6 G, 8 B, U V) and without what does so
 * when turned and bent (M W N, V Y). */
static const char alphabet[] = "CFHJKNPRTXY3479";

/* A small generator over the seed, for looks only. */
struct dice {
	uint64_t state;
};

static struct dice dice_new(const unsigned char seed[CAPTCHA_SEED_SIZE])
{
	struct dice dice = { 0 };

	memcpy(&dice.state, seed, sizeof dice.state);
	return dice;
}

/* splitmix64 */
static uint32_t roll(struct dice *dice, uint32_t sides)
{
	uint64_t z = dice->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)((z ^ (z >> 31)) >> 32) % sides;
}

static double between(struct dice *dice, double low, double high)
{
	return low + (high - low) * roll(dice, 10000) / 10000.0;
}

static int load(const struct captcha_font *font, FT_Library *library, FT_Face *face)
{
	if (FT_Init_FreeType(library))
		return FAULT_MEMORY;
	if (FT_New_Memory_Face(*library, font->bytes, (FT_Long)font->n, 0, face) == 0)
		return 0;
	FT_Done_FreeType(*library);
	return ERR_INVALID;
}

int captcha_font_open(const char *path, struct captcha_font **ret_font)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct captcha_font *font = calloc(1, sizeof *font);
	FT_Library library;
	FT_Face face;
	struct stat status;
	int result = 0;

	if (fd < 0)
		result = ERR_ABSENT;
	else if (!font)
		result = FAULT_MEMORY;
	else if (fstat(fd, &status) != 0)
		result = FAULT_IO;
	else if (status.st_size <= 0)
		result = ERR_INVALID;
	if (font && !result) {
		font->n = (size_t)status.st_size;
		font->bytes = mmap(NULL, font->n, PROT_READ, MAP_PRIVATE, fd, 0);
		if (font->bytes == MAP_FAILED) {
			font->bytes = NULL;
			result = FAULT_MEMORY;
		}
	}
	if (fd >= 0)
		close(fd);
	if (!result)
		result = load(font, &library, &face);
	if (result) {
		captcha_font_free(font);
		return result;
	}
	FT_Done_FreeType(library);
	*ret_font = font;
	return 0;
}

void captcha_font_free(struct captcha_font *font)
{
	if (font && font->bytes)
		munmap(font->bytes, font->n);
	free(font);
}

void captcha_make_text(const unsigned char seed[CAPTCHA_SEED_SIZE], char ret_text[CAPTCHA_ANSWER_MAX])
{
	for (size_t i = 0; i < CAPTCHA_LENGTH; i++) {
		uint32_t r;

		memcpy(&r, seed + i * sizeof r, sizeof r);
		ret_text[i] = alphabet[r % (sizeof alphabet - 1)];
	}
	ret_text[CAPTCHA_LENGTH] = 0;
}

struct canvas {
	unsigned char ink[CAPTCHA_HEIGHT][CAPTCHA_WIDTH];
};

static void darken(struct canvas *canvas, int x, int y, unsigned ink)
{
	if (x < 0 || y < 0 || x >= CAPTCHA_WIDTH || y >= CAPTCHA_HEIGHT)
		return;
	unsigned sum = canvas->ink[y][x] + ink;

	canvas->ink[y][x] = sum > 255 ? 255 : (unsigned char)sum;
}

/* One glyph, turned and set at @x, with its foot near the middle. */
static int draw_glyph(struct canvas *canvas, FT_Face face, struct dice *dice, char c, int x)
{
	double angle = between(dice, -0.3, 0.3), size = between(dice, 0.92, 1.12);
	FT_Matrix turn = { (FT_Fixed)(cos(angle) * size * 65536), (FT_Fixed)(-sin(angle) * size * 65536),
			   (FT_Fixed)(sin(angle) * size * 65536), (FT_Fixed)(cos(angle) * size * 65536) };

	FT_Set_Transform(face, &turn, NULL);
	if (FT_Load_Char(face, (FT_ULong)c, FT_LOAD_NO_HINTING | FT_LOAD_NO_BITMAP) ||
	    FT_Outline_Embolden(&face->glyph->outline, STROKE) || FT_Render_Glyph(face->glyph, FT_RENDER_MODE_NORMAL))
		return FAULT(FAULT_CORRUPT, "the captcha font cannot draw %c", c);
	const FT_Bitmap *bitmap = &face->glyph->bitmap;
	int left = x - (int)bitmap->width / 2, top = CAPTCHA_HEIGHT / 2 - (int)bitmap->rows / 2 + (int)roll(dice, 9) - 4;

	for (int row = 0; row < (int)bitmap->rows; row++)
		for (int column = 0; column < (int)bitmap->width; column++)
			darken(canvas, left + column, top + row, bitmap->buffer[row * bitmap->pitch + column]);
	return 0;
}

/* A wavy line through the characters, so that cutting them apart is work. */
static void draw_line(struct canvas *canvas, struct dice *dice)
{
	double y = between(dice, 14, CAPTCHA_HEIGHT - 14), height = between(dice, 4, 9), phase = between(dice, 0, 6.28);
	double pace = between(dice, 0.03, 0.07), slope = between(dice, -0.08, 0.08);

	for (int x = 4; x < CAPTCHA_WIDTH - 4; x++) {
		double at = y + slope * (x - CAPTCHA_WIDTH / 2.0) + height * sin(x * pace + phase);

		for (int thick = 0; thick < 2; thick++)
			darken(canvas, x, (int)at + thick, 200);
	}
}

static void draw_dots(struct canvas *canvas, struct dice *dice)
{
	for (int i = 0; i < 70; i++) {
		int x = (int)roll(dice, CAPTCHA_WIDTH), y = (int)roll(dice, CAPTCHA_HEIGHT);

		darken(canvas, x, y, 150);
		if (roll(dice, 2))
			darken(canvas, x + 1, y, 110);
	}
}

static double ink_at(const struct canvas *canvas, double x, double y)
{
	int left = (int)floor(x), top = (int)floor(y);
	double right_part = x - left, lower_part = y - top, sum = 0;

	for (int i = 0; i < 4; i++) {
		int px = left + (i & 1), py = top + (i >> 1);

		if (px >= 0 && py >= 0 && px < CAPTCHA_WIDTH && py < CAPTCHA_HEIGHT)
			sum += canvas->ink[py][px] * ((i & 1) ? right_part : 1 - right_part) * ((i >> 1) ? lower_part :
					1 - lower_part);
	}
	return sum;
}

/* Bend the sheet in both directions by sines and turn ink into light. */
static void bend(const struct canvas *from, struct dice *dice, unsigned char light[CAPTCHA_HEIGHT * CAPTCHA_WIDTH])
{
	double a = between(dice, 2.0, 3.4), b = between(dice, 1.6, 2.8), pa = between(dice, 0, 6.28), pb = between(dice, 0, 6.28);
	double fa = between(dice, 0.10, 0.16), fb = between(dice, 0.05, 0.09);

	for (int y = 0; y < CAPTCHA_HEIGHT; y++)
		for (int x = 0; x < CAPTCHA_WIDTH; x++) {
			double ink = ink_at(from, x + a * sin(y * fa + pa), y + b * sin(x * fb + pb));

			light[y * CAPTCHA_WIDTH + x] = (unsigned char)(PAPER - ink * 0.86);
		}
}

int captcha_render(const struct captcha_font *font, struct span text, const unsigned char seed[CAPTCHA_SEED_SIZE], struct buf *png)
{
	struct dice dice = dice_new(seed);
	struct canvas canvas = { 0 };
	unsigned char light[CAPTCHA_HEIGHT * CAPTCHA_WIDTH];
	png_image image = { .version = PNG_IMAGE_VERSION, .width = CAPTCHA_WIDTH, .height = CAPTCHA_HEIGHT,
			.format = PNG_FORMAT_GRAY };
	FT_Library library;
	FT_Face face;

	if (text.n == 0 || text.n > CAPTCHA_LENGTH)
		return FAULT(FAULT_BUG, "captcha of %zu characters", text.n);
	TRY(load(font, &library, &face));
	int result = FT_Set_Pixel_Sizes(face, 0, GLYPH_PIXELS) ? FAULT_MEMORY : 0;
	for (size_t i = 0; i < text.n && !result; i++)
		result = draw_glyph(&canvas, face, &dice, text.p[i], 25 + (int)i * 37 + (int)roll(&dice, 7) - 3);
	FT_Done_FreeType(library);
	TRY(result);
	draw_line(&canvas, &dice);
	draw_line(&canvas, &dice);
	draw_dots(&canvas, &dice);
	bend(&canvas, &dice, light);

	png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
	char *room = buf_room(png, size);
	if (!room || !png_image_write_to_memory(&image, room, &size, 0, light, 0, NULL))
		return FAULT_MEMORY;
	png->n += size;
	return 0;
}

static const char *const numbers[LANGUAGE_COUNT][21] = {
	[LANGUAGE_ZH] = { "零", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二", "十三", "十四", "十五", "十六", "十七",
			  "十八", "十九", "二十" },
	[LANGUAGE_EN] = { "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
			  "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty" },
};

void captcha_make_question(const unsigned char seed[CAPTCHA_SEED_SIZE], enum language language, struct buf *question,
			   char ret_answer[CAPTCHA_ANSWER_MAX])
{
	struct dice dice = dice_new(seed);
	bool minus = roll(&dice, 2) == 1;
	unsigned a = 2 + roll(&dice, 18), b = 1 + roll(&dice, minus ? a - 1 : 20 - a); /* 0 < result <= 20 */
	const char *first = numbers[language][a], *second = numbers[language][b];

	if (language == LANGUAGE_ZH)
		buf_printf(question, "%s%s%s等于几？", first, minus ? "减" : "加", second);
	else
		buf_printf(question, "What is %s %s %s?", first, minus ? "minus" : "plus", second);
	snprintf(ret_answer, CAPTCHA_ANSWER_MAX, "%u", minus ? a - b : a + b);
}

bool captcha_normalise(struct span typed, char ret_answer[CAPTCHA_ANSWER_MAX])
{
	char answer[CAPTCHA_ANSWER_MAX];
	size_t n = 0;

	if (!encode_is_utf8(typed))
		return false;
	while (typed.n) {
		uint32_t point = encode_utf8_next(&typed);

		if (point >= 0xff01 && point <= 0xff5e) /* full-width forms */
			point -= 0xff01 - '!';
		if (point == ' ' || point == '\t' || point == 0x3000)
			continue;
		if (point >= 'a' && point <= 'z')
			point -= 'a' - 'A';
		if (point < '!' || point > '~' || n + 1 >= sizeof answer)
			return false;
		answer[n++] = (char)point;
	}
	if (n == 0)
		return false;
	answer[n] = 0;
	memcpy(ret_answer, answer, n + 1);
	return true;
}
