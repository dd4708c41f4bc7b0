/* SPDX-License-Identifier: Apache-2.0 */
/*
 * legacy_chart - a line over days as the path of an SVG: no script, no picture from elsewhere. Pure.
 */
#pragma once

#include "broker/base/buf.h"

#define LEGACY_CHART_WIDTH 600
#define LEGACY_CHART_HEIGHT 160

/* @values (@n of them, at least 1) from left to right, 0 at the bottom and @most at the top. @filled: the path goes on along the bottom. */
MUST_USE int legacy_chart_path(const int64_t *values, size_t n, int64_t most, bool filled, struct arena *arena, struct span *ret_path);
/* A round number not below @value: 1, 2 or 5 times a power of ten. */
int64_t legacy_chart_top(int64_t value);
