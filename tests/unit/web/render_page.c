/* SPDX-License-Identifier: Apache-2.0 */
/*
 * render_page - write every sample page in every language, and the assets, into a directory, to be looked at in a browser.
 *
 *   render_page SAMPLES.json OUT [OVERRIDE_DIR]
 *   (cd OUT && python3 -m http.server --bind 127.0.0.1 8460)
 */
#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "broker/base/json.h"
#include "broker/base/sys.h"
#include "broker/http/captcha.h"
#include "broker/http/template.h"

#include <stdio.h>
#include <stdlib.h>

#define FONT "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc"

static void must(int result, const char *what)
{
	if (!result)
		return;
	fprintf(stderr, "%s: %s\n", what, error_row(result)->code);
	exit(EXIT_FAILURE);
}

/* A captcha whose image or question says "make" gets a real one. */
static void make_captcha(struct arena *arena, json_t *captcha, enum language language)
{
	struct captcha_font *font CLEANUP(captcha_font_cleanup) = NULL;
	unsigned char seed[CAPTCHA_SEED_SIZE];
	char answer[CAPTCHA_ANSWER_MAX];
	struct buf png = buf_new(arena, 4096), url = buf_new(arena, 8192), question = buf_new(arena, 64);
	struct span text;

	sys_random(seed, sizeof seed);
	if (json_get_span(captcha, "image").p && captcha_font_open(FONT, &font) == 0) {
		captcha_make_text(seed, answer);
		sys_random(seed, sizeof seed);
		must(captcha_render(font, span_of(answer), seed, &png), "captcha");
		buf_str(&url, "data:image/png;base64,");
		encode_base64(&url, buf_span(&png));
		must(buf_done(&url, &text), "captcha");
		json_object_set_new(captcha, "image", json_stringn(text.p, text.n));
	}
	captcha_make_question(seed, language, &question, answer);
	must(buf_done(&question, &text), "question");
	json_object_set_new(captcha, "question", json_stringn(text.p, text.n));
}

static void write_page(const struct template_set *set, const json_t *sample, enum language language, const char *out)
{
	struct arena *arena CLEANUP(arena_cleanup) = arena_new(4 << 20);
	JSON *data = json_deep_copy(json_object_get(sample, "data"));
	struct buf page = buf_new(arena, 16384);
	json_t *captcha = json_object_get(data, "captcha");
	struct span html;

	if (captcha)
		make_captcha(arena, captcha, language);
	must(template_render(set, json_string_value(json_object_get(sample, "page")), language, data, &page), "render");
	must(buf_done(&page, &html), "render");
	char *path = arena_printf(arena, "%s/%s.%s.html", out, json_string_value(json_object_get(sample, "file")),
			catalogue_tag(language));
	must(path ? sys_write_file(path, 0644, html) : FAULT_MEMORY, "write");
}

int main(int argc, char **argv)
{
	struct arena *arena CLEANUP(arena_cleanup) = arena_new(8 << 20);
	struct template_set *set CLEANUP(template_set_cleanup) = NULL;
	struct template_problem problem;
	JSON *samples = NULL;
	struct span text;

	if (argc < 3)
		return EXIT_FAILURE;
	if (template_set_load(argc > 3 ? argv[3] : NULL, &problem, &set)) {
		fprintf(stderr, "%s\n", problem.text);
		return EXIT_FAILURE;
	}
	must(sys_read_file(argv[1], 1 << 20, arena, &text), argv[1]);
	must(json_read(text, &samples), argv[1]);
	must(sys_make_dir(arena_printf(arena, "%s/assets", argv[2])), argv[2]);
	for (size_t i = 0; i < json_array_size(samples); i++)
		for (int language = 0; language < LANGUAGE_COUNT; language++)
			write_page(set, json_array_get(samples, i), language, argv[2]);

	static const char *const names[] = { "site.css", "site.js", "submit.js", "door.svg", "logo.svg", "favicon.svg" };
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const struct asset *asset = asset_named(template_set_assets(set), span_of(names[i]));

		must(sys_write_file(arena_printf(arena, "%s%s", argv[2], asset->path), 0644, asset->bytes), names[i]);
	}
	return EXIT_SUCCESS;
}
