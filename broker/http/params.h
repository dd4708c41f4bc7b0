/* SPDX-License-Identifier: Apache-2.0 */
/*
 * params - query and form sorted into the parameters that a row knows.
 */
#pragma once

#include "broker/base/arena.h"
#include "broker/http/route.h"

#define PARAMS_PAIRS_MAX 512 /* of one query or form */
#define PARAMS_MANY_MAX 64   /* values of one repeatable parameter */

struct param_value {
	struct span one;   /* NULL pointer: absent */
	struct span *many; /* PARAM_MANY */
	size_t n;
};

struct params {
	const struct param_spec *specs;
	struct param_value *values; /* one for each spec */
	struct span csrf, lang, ui_locales;
};

/* Sort @query and @form. ERR_MALFORMED for a bad escape, ERR_DUPLICATE_PARAMETER, ERR_INVALID_REQUEST for a value too long or not
 * UTF-8, or too many pairs. A parameter that comes the wrong way (a secret in the query) is as if unknown. */
MUST_USE int params_collect(const struct param_spec *specs, struct span query, struct span form, struct arena *arena,
			    struct params *ret_params);
/* One more pair of a form. Results as params_collect. */
MUST_USE int params_add(struct params *params, struct span key, struct span value, struct arena *arena);
/* Its index; PARAMS_NONE when the specs do not know @name. */
#define PARAMS_NONE SIZE_MAX
size_t params_index(const struct param_spec *specs, struct span name);
