/* SPDX-License-Identifier: Apache-2.0 */
/*
 * legacy_formats - the named schemes of legacy.h, each reduced to an expression, a crypt(3) family or Argon2.
 */
#pragma once

#include "keys/legacy.h"

struct legacy_alias {
	const char *name, *expression;
};

/* The @i-th alias; NULL past the end. */
const struct legacy_alias *legacy_formats_alias_at(size_t i);
/* The expression of alias @name; an empty span with NULL pointer when there is none. */
struct span legacy_formats_expression(struct span name);
/* Whether @name is a format whose digest carries its own parameters (and is read by legacy_formats_reduce). */
bool legacy_formats_is_format(struct span name);
/* Take the parameters out of @digest, a text of format @name: ret_plain has a simpler scheme, the salt and the bare digest
 * (@arena, or borrowed).
 * ERR_INVALID when @digest is not of the format, FAULT_MEMORY. */
MUST_USE int legacy_formats_reduce(struct span name, struct span digest, struct arena *arena, struct legacy_hash *ret_plain);
