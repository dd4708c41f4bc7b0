/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/error.h"

#include "broker/base/log.h"

#include <stdarg.h>
#include <stdio.h>

static const struct error_row answers[] = {
#define X(name, status, oauth, code) { #name, status, oauth, code },
	ERROR_ANSWERS(X)
};
static const struct error_row faults[] = {
	ERROR_FAULTS(X)
#undef X
};

const struct error_row *error_row(int error)
{
	if (error > 0 && error < ERR_COUNT)
		return &answers[error - 1];
	if (error < -ERR_FAULT_FIRST && error > -ERR_FAULT_END)
		return &faults[-error - ERR_FAULT_FIRST - 1];
	return &faults[ARRAY_LEN(faults) - 1];
}

const struct error_row *error_at(size_t i)
{
	if (i < ARRAY_LEN(answers))
		return &answers[i];
	i -= ARRAY_LEN(answers);
	return i < ARRAY_LEN(faults) ? &faults[i] : NULL;
}

int error_fault(int fault, const char *file, int line, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	LOG(LOG_ERROR, "fault", F_STR("fault", error_row(fault)->code), F_STR("text", text), F_STR("file", file), F_INT("line", line));
	return fault;
}
