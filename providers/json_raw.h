/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_raw - the exact bytes of one member of a JSON object, for upstreams that sign a part of their answer.
 *
 * The signature is over the text as it stands, so nothing may be parsed and printed anew first (security.md rule 7): take the bytes here, verify them, then
 * give the very same bytes to json_read.
 */
#pragma once

#include "broker/base/base.h"

/* The value at the top-level member @name of the object @text, as it is written, without white space around it. ERR_ABSENT when there is none;
 * ERR_MALFORMED when the object cannot be walked, or has @name twice. A name that is written with escapes is none. */
MUST_USE int json_raw_member(struct span text, const char *name, struct span *ret_value);
