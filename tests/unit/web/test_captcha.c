/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/error.h"
#include "broker/http/captcha.h"
#include "tests/unit/suite.h"

#include <png.h>

/* fonts-wqy-microhei, which the package depends on. */
#define FONT "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc"

static void seed_from(unsigned char seed[CAPTCHA_SEED_SIZE], unsigned i)
{
	for (size_t k = 0; k < CAPTCHA_SEED_SIZE; k++)
		seed[k] = (unsigned char)(i * 2654435761u >> (k % 4 * 8)) ^ (unsigned char)(k * 37 + i);
}

/* The share of dark pixels of a PNG, in percent; the pixels' sum in *@ret_sum tells pictures apart. */
static unsigned darkness(struct span png, uint64_t *ret_sum)
{
	png_image image = { .version = PNG_IMAGE_VERSION };
	static unsigned char light[CAPTCHA_WIDTH * CAPTCHA_HEIGHT];
	unsigned dark = 0;

	ck_assert(png_image_begin_read_from_memory(&image, png.p, png.n));
	ck_assert_uint_eq(image.width, CAPTCHA_WIDTH);
	ck_assert_uint_eq(image.height, CAPTCHA_HEIGHT);
	image.format = PNG_FORMAT_GRAY;
	ck_assert(png_image_finish_read(&image, NULL, light, 0, NULL));
	*ret_sum = 0;
	for (size_t i = 0; i < sizeof light; i++) {
		dark += light[i] < 128;
		*ret_sum = *ret_sum * 31 + light[i];
	}
	return dark * 100 / (unsigned)sizeof light;
}

START_TEST(pictures)
{
	struct captcha_font *font CLEANUP(captcha_font_cleanup) = NULL;
	uint64_t before = 0, sum;

	ck_assert_int_eq(captcha_font_open(FONT, &font), 0);
	for (unsigned i = 0; i < 200; i++) {
		struct arena *arena CLEANUP(arena_cleanup) = arena_new(1 << 20);
		struct buf png = buf_new(arena, 4096);
		unsigned char seed[CAPTCHA_SEED_SIZE];

		seed_from(seed, i);
		ck_assert_int_eq(captcha_render(font, SPAN("7FKX"), seed, &png), 0);
		unsigned percent = darkness(buf_span(&png), &sum);
		ck_assert_msg(percent >= 5 && percent <= 35, "seed %u: %u %% dark", i, percent);
		ck_assert_msg(sum != before, "seed %u gives the picture of the seed before", i);
		before = sum;
	}
}
END_TEST

START_TEST(texts)
{
	unsigned seen[128] = { 0 };

	for (unsigned i = 0; i < 4000; i++) {
		unsigned char seed[CAPTCHA_SEED_SIZE];
		char text[CAPTCHA_ANSWER_MAX], same[CAPTCHA_ANSWER_MAX];

		seed_from(seed, i);
		captcha_make_text(seed, text);
		ck_assert_uint_eq(strlen(text), CAPTCHA_LENGTH);
		for (const char *c = text; *c; c++) {
			ck_assert_msg(!strchr("01258BDGILMNOQSUVWZAE6", *c) || *c == 'N', "%c is mistaken for another", *c);
			seen[(unsigned char)*c]++;
		}
		ck_assert(captcha_normalise(span_of(text), same));
		ck_assert_str_eq(same, text);
	}
	for (const char *c = "CFHJKNPRTXY3479"; *c; c++)
		ck_assert_msg(seen[(unsigned char)*c] > 500, "%c seldom comes", *c);
}
END_TEST

/* An independent reading of the question: number words back to numbers. */
static int number(const char *word)
{
	static const char *const words[] = { "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
			"eleven",
					     "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
							"nineteen", "twenty" };

	for (int i = 0; i < (int)ARRAY_LEN(words); i++)
		if (strcmp(words[i], word) == 0)
			return i;
	return -1000;
}

START_TEST(questions)
{
	for (unsigned i = 0; i < 2000; i++) {
		struct arena *arena CLEANUP(arena_cleanup) = arena_new(1 << 16);
		struct buf english = buf_new(arena, 64), chinese = buf_new(arena, 64);
		unsigned char seed[CAPTCHA_SEED_SIZE];
		char answer[CAPTCHA_ANSWER_MAX], other[CAPTCHA_ANSWER_MAX], first[16], sign[8], second[16];
		struct span text;

		seed_from(seed, i);
		captcha_make_question(seed, LANGUAGE_EN, &english, answer);
		captcha_make_question(seed, LANGUAGE_ZH, &chinese, other);
		ck_assert_str_eq(answer, other);
		ck_assert_int_eq(buf_done(&english, &text), 0);
		ck_assert_int_eq(sscanf(text.p, "What is %15s %7s %15[a-z]?", first, sign, second), 3);
		int result = number(first) + (strcmp(sign, "plus") == 0 ? 1 : -1) * number(second);
		ck_assert_msg(result >= 1 && result <= 20, "%s", text.p);
		ck_assert_int_eq(result, atoi(answer));
		ck_assert_int_eq(buf_done(&chinese, &text), 0);
		ck_assert_ptr_nonnull(strstr(text.p, "等于几？"));
	}
}
END_TEST

static const struct {
	const char *name, *typed, *want; /* NULL: no answer */
} answers[] = {
	{ "as shown", "7FKX", "7FKX" },
	{ "small letters", "7fkx", "7FKX" },
	{ "full-width", "７ｆＫX", "7FKX" },
	{ "blanks anywhere", " 7 F\tK\xe3\x80\x80X ", "7FKX" },
	{ "a number", "１2", "12" },
	{ "nothing", "", NULL },
	{ "blanks only", "  \xe3\x80\x80", NULL },
	{ "too long", "0123456789ABCDEF", NULL },
	{ "the longest", "0123456789ABCDE", "0123456789ABCDE" },
	{ "other characters", "七FKX", NULL },
	{ "broken UTF-8", "\xff\xfe", NULL },
	{ "a control character", "7\x01", NULL },
};

START_TEST(normalise)
{
	char answer[CAPTCHA_ANSWER_MAX] = "untouched";
	bool is_answer = captcha_normalise(span_of(answers[_i].typed), answer);

	ROW_INT(answers[_i].name, is_answer, answers[_i].want != NULL);
	ck_assert_str_eq(answer, answers[_i].want ? answers[_i].want : "untouched");
}
END_TEST

START_TEST(bad_fonts)
{
	struct captcha_font *font = NULL;

	ck_assert_int_eq(captcha_font_open("/nonexistent/font.ttc", &font), ERR_ABSENT);
	ck_assert_int_eq(captcha_font_open("/proc/self/comm", &font), ERR_INVALID);
	ck_assert_int_eq(captcha_font_open("/etc/passwd", &font), ERR_INVALID);
	ck_assert_ptr_null(font);
}
END_TEST

START_TEST(no_memory)
{
	struct captcha_font *font CLEANUP(captcha_font_cleanup) = NULL;
	unsigned char seed[CAPTCHA_SEED_SIZE] = { 1 };
	struct arena *arena CLEANUP(arena_cleanup) = arena_new(1 << 20);
	struct buf png = buf_new(arena, 32);

	ck_assert_int_eq(captcha_font_open(FONT, &font), 0);
	arena_fail_at(1);
	ck_assert_int_eq(captcha_render(font, SPAN("7FKX"), seed, &png), FAULT_MEMORY);
	arena_fail_at(0);
	ck_assert_uint_eq(png.n, 0);
}
END_TEST

int main(void)
{
	return suite_run("captcha", (struct suite_test[]){ SUITE_ONCE(pictures), SUITE_ONCE(texts), SUITE_ONCE(questions),
							    SUITE_LOOP(normalise, ARRAY_LEN(answers)), SUITE_ONCE(bad_fonts),
									SUITE_ONCE(no_memory), SUITE_END });
}
