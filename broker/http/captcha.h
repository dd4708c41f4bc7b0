/* SPDX-License-Identifier: Apache-2.0 */
/*
 * captcha - a picture of four characters, and a question in words for those who cannot see it.
 *
 * It slows automation down and is no control by itself. All randomness is handed in. The answer is normalised before it is hashed
 * or compared, so that case, full-width characters and spaces do not matter. Runs in a worker (about 1 ms).
 */
#pragma once

#include "broker/base/buf.h"
#include "broker/http/catalogue.h"

#define CAPTCHA_WIDTH 160
#define CAPTCHA_HEIGHT 56
#define CAPTCHA_LENGTH 4
#define CAPTCHA_ANSWER_MAX 16 /* of a normalised answer, with terminator */
#define CAPTCHA_SEED_SIZE 32

struct captcha_font;

/* Open the font file at @path, a trusted file of the machine. ERR_ABSENT, ERR_INVALID when it is no font; then offer the question
 * only. */
MUST_USE int captcha_font_open(const char *path, struct captcha_font **ret_font);
void captcha_font_free(struct captcha_font *font);
DEFINE_CLEANUP(struct captcha_font, captcha_font_cleanup, captcha_font_free)

/* CAPTCHA_LENGTH characters that are not mistaken for one another and are on every keyboard, from @seed (random, used once). */
void captcha_make_text(const unsigned char seed[CAPTCHA_SEED_SIZE], char ret_text[CAPTCHA_ANSWER_MAX]);
/* @text as PNG, appended to @png; how it is bent and dirtied comes from @seed (another than the text's). Thread-safe. */
MUST_USE int captcha_render(const struct captcha_font *font, struct span text, const unsigned char seed[CAPTCHA_SEED_SIZE],
			    struct buf *png);
/* A small sum in words, and its answer in digits. */
void captcha_make_question(const unsigned char seed[CAPTCHA_SEED_SIZE], enum language language, struct buf *question,
			   char ret_answer[CAPTCHA_ANSWER_MAX]);

/* What a person typed, made comparable: ASCII upper case, full-width to half-width, spaces dropped. False when nothing is left or
 * it is too long to be an answer. */
bool captcha_normalise(struct span typed, char ret_answer[CAPTCHA_ANSWER_MAX]);
