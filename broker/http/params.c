/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/http/params.h"

#include "broker/base/encode.h"
#include "broker/base/url.h"

size_t params_index(const struct param_spec *specs, struct span name)
{
	for (size_t i = 0; specs && specs[i].name; i++)
		if (span_is(name, specs[i].name))
			return i;
	return PARAMS_NONE;
}

static int add_many(struct param_value *value, struct span text, struct arena *arena)
{
	if (value->n == PARAMS_MANY_MAX)
		return ERR_INVALID_REQUEST;
	if ((value->n & (value->n - 1)) == 0) { /* full at every power of two */
		struct span *more = arena_array(arena, struct span, value->n ? value->n * 2 : 1);

		if (!more)
			return FAULT_MEMORY;
		if (value->n)
			memcpy(more, value->many, value->n * sizeof *more);
		value->many = more;
	}
	value->many[value->n++] = text;
	return 0;
}

static int take_one(struct span *into, struct span text)
{
	if (into->p)
		return ERR_DUPLICATE_PARAMETER; /* RFC 6749 3.1, 3.2 */
	*into = text;
	return 0;
}

/* What every row takes without saying so. */
static int take_common(struct params *params, struct span key, struct span value, unsigned from)
{
	struct span ignored = { 0 };
	struct span *into = &ignored;

	if (from == PARAM_FORM && span_is(key, "csrf"))
		into = &params->csrf;
	else if (span_is(key, "lang"))
		into = &params->lang;
	else if (span_is(key, "ui_locales"))
		into = &params->ui_locales;
	if (into != &ignored && value.n > PARAM_DEFAULT_MAX)
		return ERR_INVALID_REQUEST;
	return take_one(into, value);
}

static int take(struct params *params, struct span key, struct span value, unsigned from, struct arena *arena)
{
	size_t i = params_index(params->specs, key);

	TRY(take_common(params, key, value, from));
	if (i == PARAMS_NONE || !(params->specs[i].flags & from))
		return 0;
	const struct param_spec *spec = &params->specs[i];
	if (value.n > (spec->max ? spec->max : PARAM_DEFAULT_MAX) || !encode_is_utf8(value))
		return ERR_INVALID_REQUEST;
	if (spec->flags & PARAM_MANY)
		return add_many(&params->values[i], value, arena);
	return take_one(&params->values[i].one, value);
}

static int walk(struct params *params, struct span text, unsigned from, struct arena *arena)
{
	struct span key, value;
	int error = 0;

	for (size_t pairs = 0; url_next_pair(&text, arena, &key, &value, &error); pairs++) {
		if (pairs == PARAMS_PAIRS_MAX)
			return ERR_INVALID_REQUEST;
		TRY(take(params, key, value, from, arena));
	}
	return error == ERR_INVALID ? ERR_MALFORMED : error;
}

int params_add(struct params *params, struct span key, struct span value, struct arena *arena)
{
	return take(params, key, value, PARAM_FORM, arena);
}

int params_collect(const struct param_spec *specs, struct span query, struct span form, struct arena *arena,
		   struct params *ret_params)
{
	struct params params = { .specs = specs };
	size_t n = 0;

	while (specs && specs[n].name)
		n++;
	params.values = arena_array(arena, struct param_value, n + 1);
	if (!params.values)
		return FAULT_MEMORY;
	TRY(walk(&params, query, PARAM_QUERY, arena));
	TRY(walk(&params, form, PARAM_FORM, arena));
	*ret_params = params;
	return 0;
}
