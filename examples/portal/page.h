/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page - the portal's three pages: welcome, who you are, and what went wrong. Every value is escaped where it is written.
 */
#pragma once

#include "broker/base/json.h"
#include "examples/portal/text.h"

MUST_USE int page_welcome(struct arena *arena, enum text_language language, struct span *ret_html);
MUST_USE int page_person(struct arena *arena, enum text_language language, const json_t *claims, struct span *ret_html);
/* @oauth_error and @description: the broker's own words, or empty. */
MUST_USE int page_problem(struct arena *arena, enum text_language language, int error, struct span oauth_error, struct span description,
			  struct span *ret_html);
