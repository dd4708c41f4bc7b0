/* SPDX-License-Identifier: Apache-2.0 */
#include "web/embed.h"

#include "broker/base/error.h"
#include "broker/base/sys.h"

#include <stdlib.h>

static int compare(const void *key, const void *file)
{
	return strcmp(key, ((const struct embedded_file *)file)->name);
}

int embed_read(const char *override_dir, const char *name, struct arena *arena, struct span *ret_bytes)
{
	if (override_dir) {
		char *path = arena_printf(arena, "%s/%s", override_dir, name);

		if (!path)
			return FAULT_MEMORY;
		int result = sys_read_file(path, EMBED_FILE_MAX, arena, ret_bytes);
		if (result != ERR_ABSENT)
			return result;
	}
	const struct embedded_file *file = bsearch(name, embed_files, embed_file_count, sizeof *embed_files, compare);
	if (!file)
		return ERR_ABSENT;
	*ret_bytes = file->bytes;
	return 0;
}
