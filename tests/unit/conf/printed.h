/* SPDX-License-Identifier: Apache-2.0 */
/* printed - what the conf tests share: an arena of problems, printed as people see them, and small files in a fresh directory. */
#pragma once

#include "broker/base/sys.h"
#include "conf/problem.h"
#include "tests/unit/suite.h"

#include <sys/stat.h>
#include <unistd.h>

static struct arena *arena;
static struct problems problems;

static inline void printed_begin(void)
{
	arena = arena_new(256 * 1024 * 1024);
	ck_assert_ptr_nonnull(arena);
	problems = (struct problems){ .arena = arena };
}

static inline void printed_end(void)
{
	arena_free(arena);
}

/* All problems as one text. */
static inline struct span printed(void)
{
	static char text[32768];
	FILE *out = fmemopen(text, sizeof text, "w");

	problem_print(&problems, out);
	fclose(out);
	return span_of(text);
}

static inline void printed_file(const char *path, const char *text, unsigned mode)
{
	ck_assert_int_eq(sys_write_file(path, mode, span_of(text)), 0);
	ck_assert_int_eq(chmod(path, (mode_t)mode), 0);
}

/* Work in a directory of its own, so that messages name plain files. Every test runs in a process of its own. */
static inline void printed_in_temporary_directory(void)
{
	char dir[] = "/tmp/yimen-conf-XXXXXX";

	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chdir(dir), 0);
}
