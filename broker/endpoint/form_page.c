/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/hours.h"
#include "broker/endpoint/form_page.h"
#include "broker/endpoint/files.h"

#include "broker/endpoint/page.h"
#include "broker/http/params.h"
#include "broker/identity/common_password.h"
#include "conf/config.h"

#include <stdarg.h>
#include <stdio.h>

#define FIELD_MAX 4096 /* bytes taken in; what is longer than the field says is told at the field */
#define X(name, type, longest, autocomplete) { #name, PARAM_FORM, FIELD_MAX },
const struct param_spec form_page_params[] = {
	{ "interaction", PARAM_QUERY | PARAM_FORM, 64 },
	{ "captcha_id", PARAM_FORM, 512 },
	{ "do", PARAM_FORM, 16 },
	FILES_PARAMS,
	FORM_FIELDS(X) PARAM_END
};
#undef X

struct form_context form_page_context(struct request *rq)
{
	const struct config *config = app_of(rq)->config;
	const struct config_password *password = &config->password;

	return (struct form_context){
		.today = date_of(rq->now, CHINA_MS),
		.password = { .min = (size_t)password->min, .max = (size_t)password->max, .min_classes = (unsigned)password->classes,
			      .words = password->context_words.items, .n_words = password->context_words.n,
			      .is_breached = password->refuse_common ? common_password_is : NULL },
		.reserved = &config->registration.reserved_prefixes,
	};
}

static struct span typed_of(void *arg, const char *name)
{
	return request_param(arg, name);
}

static int new_values(struct request *rq, const struct form *form, struct form_value **ret_values)
{
	*ret_values = arena_array(rq->arena, struct form_value, form->n ? form->n : 1);
	return *ret_values ? 0 : FAULT_MEMORY;
}

int form_page_read(struct request *rq, const struct form *form, const struct form_context *context, struct form_value **ret_values)
{
	TRY(new_values(rq, form, ret_values));
	return form_read(form, typed_of, rq, context, rq->arena, *ret_values);
}

int form_page_begin(struct request *rq, const struct form *form, struct span json, struct form_value **ret_values)
{
	struct form_context context = form_page_context(rq);
	JSON *kept = NULL;

	TRY(new_values(rq, form, ret_values));
	if (json.n && json_read_object(json, &kept) < 0)
		return FAULT_MEMORY;
	int result = form_read(form, form_lookup_json, kept, &context, rq->arena, *ret_values);
	if (result < 0)
		return result;
	for (size_t i = 0; i < form->n; i++) {
		struct form_value *value = &(*ret_values)[i];

		value->typed = arena_dup(rq->arena, value->typed); /* @kept ends here */
		value->value = arena_dup(rq->arena, value->value);
		if (!kept && !value->typed.n)
			value->typed = value->row->def;
	}
	form_forget_errors(form, *ret_values, NULL);
	return 0;
}

struct span form_page_message(struct request *rq, const char *fmt, ...)
{
	char key[160];
	va_list args;

	va_start(args, fmt);
	int n = vsnprintf(key, sizeof key, fmt, args);
	va_end(args);
	if (n < 0 || (size_t)n >= sizeof key)
		return SPAN("");
	struct span text = catalogue_text(template_set_catalogues(app_of(rq)->templates), request_language(rq), (struct span){ key, (size_t)n });
	return text.p ? text : SPAN("");
}
