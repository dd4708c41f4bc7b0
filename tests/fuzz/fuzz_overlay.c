/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_overlay - any text as an import, and as edits (one a line: path, space, JSON): what was taken is merged, masked, written and read again. */
#include "conf/overlay.h"

#include "broker/base/error.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void edit(json_t *tree, const json_t *file, struct span lines)
{
	for (int i = 0; lines.p && i < 64; i++) {
		struct span line = span_cut(&lines, '\n'), path = span_cut(&line, ' ');
		struct overlay_edit one = { i % 4, path, line.p ? line : SPAN("") };

		(void)!overlay_apply(tree, file, &one, NULL);
	}
}

static void round_trip(const json_t *tree, struct arena *arena, struct problems *problems)
{
	struct overlay overlay = { 1, tree };
	struct yaml_node root = { .type = YAML_MAP, .place = { "f", 0, 0 } };
	JSON *masked = NULL, *back = NULL;
	struct span yaml;

	if (overlay_merge(&root, &overlay, NULL, problems))
		return;
	problems->errors = 0;
	if (overlay_mask(tree, NULL, &masked) || overlay_write_yaml(masked, arena, &yaml))
		return;
	(void)!overlay_read_yaml(yaml, NULL, arena, problems, &back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(64 * 1024 * 1024);
	struct problems problems = { .arena = arena };
	struct span text = { (const char *)data, size };
	json_t *file = json_object(), *tree = NULL, *edited = overlay_new();

	if (arena && overlay_read_yaml(text, NULL, arena, &problems, &tree) == 0)
		round_trip(tree, arena, &problems);
	problems.errors = 0;
	if (arena) {
		edit(edited, file, text);
		round_trip(edited, arena, &problems);
	}
	json_decref(tree);
	json_decref(file);
	json_decref(edited);
	arena_free(arena);
	return 0;
}
