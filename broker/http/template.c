/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/http/template.h"

#include "broker/base/error.h"
#include "broker/http/template_op.h"
#include "web/embed.h"

#include <stdlib.h>

#define SET_MEMORY_MAX ((size_t)32 << 20)

struct template_set {
	struct arena *arena;
	const struct catalogue_set *catalogues;
	const struct asset_set *assets;
	struct template_page *pages; /* sorted by name */
	size_t n;
};

/* The name of a page's file; partials and the layout begin with '_' and are no pages. */
static bool is_page(const char *file, struct span *ret_name)
{
	struct span name = span_of(file);
	static const struct span folder = { "templates/", 10 }, ending = { ".html", 5 };

	if (!span_starts(name, folder) || name.n <= folder.n + ending.n || name.p[folder.n] == '_')
		return false;
	*ret_name = (struct span){ name.p + folder.n, name.n - folder.n - ending.n };
	return true;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct template_page *)a)->name, ((const struct template_page *)b)->name);
}

static int load_pages(const char *override_dir, struct template_problem *problem, struct template_set *set)
{
	struct template_sources sources = { override_dir, set->catalogues, set->assets, set->arena, problem, NULL };
	struct span name;

	set->pages = arena_array(set->arena, struct template_page, embed_file_count + 1);
	if (!set->pages)
		return FAULT_MEMORY;
	for (size_t i = 0; i < embed_file_count; i++) {
		if (!is_page(embed_files[i].name, &name))
			continue;
		struct template_page *page = &set->pages[set->n];

		page->name = arena_cstr(set->arena, name);
		if (!page->name)
			return FAULT_MEMORY;
		TRY(template_compile(&sources, page));
		set->n++;
	}
	/* Not the order of the files: "link-x.html" comes before "link.html", "link" before "link-x". */
	qsort(set->pages, set->n, sizeof *set->pages, by_name);
	return 0;
}

int template_set_load(const char *override_dir, struct template_problem *problem, struct template_set **ret_set)
{
	struct arena *arena = arena_new(SET_MEMORY_MAX);
	struct template_set *set = arena ? arena_new_of(arena, struct template_set) : NULL;
	int result;

	problem->text[0] = 0;
	if (!set) {
		arena_free(arena);
		return FAULT_MEMORY;
	}
	set->arena = arena;
	result = catalogue_set_load(override_dir, arena, problem->text, sizeof problem->text, &set->catalogues);
	if (!result)
		result = asset_set_load(override_dir, arena, &set->assets);
	if (!result)
		result = load_pages(override_dir, problem, set);
	if (result)
		arena_free(arena);
	else
		*ret_set = set;
	return result;
}

void template_set_free(struct template_set *set)
{
	if (set)
		arena_free(set->arena);
}

const struct asset_set *template_set_assets(const struct template_set *set)
{
	return set->assets;
}

const struct catalogue_set *template_set_catalogues(const struct template_set *set)
{
	return set->catalogues;
}

const char *template_page_at(const struct template_set *set, size_t i)
{
	return i < set->n ? set->pages[i].name : NULL;
}

static int compare(const void *name, const void *page)
{
	return strcmp(name, ((const struct template_page *)page)->name);
}

int template_render(const struct template_set *set, const char *page, enum language language, const json_t *data, struct buf *out)
{
	const struct template_page *found = bsearch(page, set->pages, set->n, sizeof *set->pages, compare);

	if (!found)
		return FAULT(FAULT_BUG, "no page %s", page);
	template_run(set->catalogues, found, language, data, out);
	return out->failed ? FAULT_MEMORY : 0;
}
