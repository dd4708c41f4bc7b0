/* SPDX-License-Identifier: Apache-2.0 */
/*
 * problem - what is wrong with a configuration, all of it in one run, each with the place where it stands.
 *
 * Printed as "file:line:col: message". The list lives in its arena; past PROBLEM_MAX further problems are only counted.
 */
#pragma once

#include "broker/base/arena.h"

#include <stdio.h>

#define PROBLEM_MAX 100

/* Where a value stands. line and column count from 1; line 0 means "the file as a whole". */
struct place {
	const char *file;
	unsigned line, column;
};

struct problem {
	struct place place;
	const char *message;
	bool is_warning;
};

struct problems {
	struct arena *arena;
	struct problem *items; /* PROBLEM_MAX of them, NULL before the first */
	size_t n;
	size_t errors, warnings; /* all, also those past PROBLEM_MAX */
	bool no_memory;          /* one could not be kept: problem_result is FAULT_MEMORY */
};

void problem_add(struct problems *problems, struct place place, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Worth a line of output, no reason to refuse. */
void problem_warn(struct problems *problems, struct place place, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* 0, ERR_CONFIG when there are errors, FAULT_MEMORY when the arena gave out. */
MUST_USE int problem_result(const struct problems *problems);
/* In order of file, line and column. */
void problem_print(struct problems *problems, FILE *out);
