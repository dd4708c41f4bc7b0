/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/problem.h"

#include "broker/base/error.h"

#include <stdarg.h>
#include <stdlib.h>

PRINTF_LIKE(2, 0) static char *vformat(struct arena *arena, const char *fmt, va_list args)
{
	va_list again;

	va_copy(again, args);
	int n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	char *text = n < 0 ? NULL : arena_alloc(arena, (size_t)n + 1);
	if (text)
		vsnprintf(text, (size_t)n + 1, fmt, args);
	return text;
}

PRINTF_LIKE(4, 0) static void keep(struct problems *problems, struct place place, bool is_warning, const char *fmt, va_list args)
{
	if (is_warning)
		problems->warnings++;
	else
		problems->errors++;
	if (problems->n == PROBLEM_MAX)
		return;
	if (!problems->items)
		problems->items = arena_array(problems->arena, struct problem, PROBLEM_MAX);
	char *message = problems->items ? vformat(problems->arena, fmt, args) : NULL;
	if (!message) {
		problems->no_memory = true;
		return;
	}
	problems->items[problems->n++] = (struct problem){ place, message, is_warning };
}

void problem_add(struct problems *problems, struct place place, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	keep(problems, place, false, fmt, args);
	va_end(args);
}

void problem_warn(struct problems *problems, struct place place, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	keep(problems, place, true, fmt, args);
	va_end(args);
}

int problem_result(const struct problems *problems)
{
	if (problems->no_memory)
		return FAULT_MEMORY;
	return problems->errors ? ERR_CONFIG : 0;
}

static int by_place(const void *a, const void *b)
{
	const struct problem *x = a, *y = b;
	int order = strcmp(x->place.file, y->place.file);

	if (order)
		return order;
	if (x->place.line != y->place.line)
		return x->place.line < y->place.line ? -1 : 1;
	if (x->place.column != y->place.column)
		return x->place.column < y->place.column ? -1 : 1;
	return strcmp(x->message, y->message);
}

/* A value quoted in a message may hold escapes that a terminal obeys. */
static void print_safe(FILE *out, const char *text)
{
	for (; *text; text++)
		fputc((unsigned char)*text < 0x20 || *text == 0x7f ? '?' : *text, out);
}

void problem_print(struct problems *problems, FILE *out)
{
	if (problems->n)
		qsort(problems->items, problems->n, sizeof *problems->items, by_place);
	for (size_t i = 0; i < problems->n; i++) {
		const struct problem *problem = &problems->items[i];

		print_safe(out, problem->place.file);
		if (problem->place.line)
			fprintf(out, ":%u:%u", problem->place.line, problem->place.column);
		fputs(problem->is_warning ? ": warning: " : ": ", out);
		print_safe(out, problem->message);
		fputc('\n', out);
	}
	size_t more = problems->errors + problems->warnings - problems->n;
	if (more)
		fprintf(out, "and %zu more\n", more);
}
