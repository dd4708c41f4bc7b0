/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as a template: it is refused or compiles, and what hostile data writes through it holds no raw '<' or quote of theirs.
 * */
#include "broker/base/json.h"
#include "broker/http/template_op.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *source;

static const char *find(const char *name)
{
	return strcmp(name, "page.html") == 0 ? source : strcmp(name, "_part.html") == 0 ? "<i id=\"[[id]]\">{{x}}</i>" : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena *kept;
	static const struct catalogue_set *catalogues;
	static const struct asset_set *assets;
	char problem_text[256];

	if (!kept) {
		kept = arena_new(8 << 20);
		if (catalogue_set_load(NULL, kept, problem_text, sizeof problem_text, &catalogues) || asset_set_load(NULL, kept,
				&assets))
			abort();
	}
	if (size > 4096 || memchr(data, 1, size))
		return 0;
	struct arena *arena CLEANUP(arena_cleanup) = arena_new(4 << 20);
	struct template_problem problem;
	struct template_sources sources = { NULL, catalogues, assets, arena, &problem, find };
	struct template_page page = { .name = "page" };
	struct buf out = buf_new(arena, 64);
	JSON *hostile = NULL;
	/* U+0001 marks what came from data. */
	static const char text[] = "{\"x\":\"\\u0001<\\u0001\\\"\\u0001'\\u0001javascript:\","
				   "\"l\":[{\"x\":\"\\u0001>\"},\"\\u0001<\"],\"n\":7}";
	struct span html;

	source = arena_cstr(arena, (struct span){ (const char *)data, size });
	if (!source || template_compile(&sources, &page))
		return 0;
	if (json_read_object((struct span){ text, sizeof text - 1 }, &hostile))
		abort();
	template_run(catalogues, &page, LANGUAGE_ZH, hostile, &out);
	if (buf_done(&out, &html))
		return 0;
	for (size_t i = 0; i + 1 < html.n; i++)
		if (html.p[i] == 1 && strchr("<>\"'", html.p[i + 1]))
			abort();
	return 0;
}
