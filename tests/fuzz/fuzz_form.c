/* SPDX-License-Identifier: Apache-2.0 */
/* A form as a stranger fills it in: lines of "name=text"; the first line names the form. What is accepted survives being read again. */
#include "broker/identity/common_password.h"
#include "broker/identity/form.h"

#include <stdlib.h>

struct lines {
	struct span text;
};

static struct span line_of(void *arg, const char *name)
{
	struct span rest = ((struct lines *)arg)->text;

	while (rest.p) {
		struct span value = span_cut(&rest, '\n'), key = span_cut(&value, '=');

		if (value.p && span_is(key, name))
			return value;
	}
	return SPAN("");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1024 * 1024);
	struct lines lines = { { (const char *)data, size } };
	struct form_context context = { .today = { 2026, 11, 22 }, .password = { .is_breached = common_password_is } };
	struct span first = span_cut(&lines.text, '\n'), json;
	struct form_value values[64], again[64];

	for (size_t i = 0; arena && form_default_at(i); i++) {
		const struct form *form = form_default_at(i);

		if (form->n > 64 || (first.n && !span_is(first, form->name)))
			continue;
		int result = form_read(form, line_of, &lines, &context, arena, values);
		if (result < 0 || form_json(form, values, arena, &json))
			return 0;
		JSON *kept = NULL;
		if (json_read_object(json, &kept))
			continue; /* what is no text was refused, and stays out of it */
		if (form_read(form, form_lookup_json, kept, &context, arena, again) < 0)
			return 0;
		for (size_t j = 0; j < form->n; j++)
			if (!values[j].error && values[j].value.n && !form_is_secret(values[j].field) && values[j].field->type != FORM_AGREE &&
			    (again[j].error == ERR_INVALID || !span_eq(values[j].value, again[j].value)) && values[j].field->type != FORM_ID_NUMBER)
				abort(); /* what was normalised is normal */
	}
	return 0;
}
