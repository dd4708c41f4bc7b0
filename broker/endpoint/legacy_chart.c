/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/legacy_chart.h"

#include "broker/base/error.h"

#include <stdio.h>

int64_t legacy_chart_top(int64_t value)
{
	for (int64_t power = 1; power < INT64_MAX / 100; power *= 10)
		for (int64_t step = 1; step <= 5; step = step == 1 ? 2 : step == 2 ? 5 : 10)
			if (step * power >= value)
				return step * power;
	return INT64_MAX;
}

int legacy_chart_path(const int64_t *values, size_t n, int64_t most, bool filled, struct arena *arena, struct span *ret_path)
{
	struct buf buf = buf_new(arena, 16 * n + 64);
	char text[64];

	for (size_t i = 0; i < n; i++) {
		double share = most > 0 ? (double)values[i] / (double)most : 0;
		double x = n > 1 ? (double)LEGACY_CHART_WIDTH * (double)i / (double)(n - 1) : 0, y = LEGACY_CHART_HEIGHT;

		y -= y * (share < 0 ? 0 : share > 1 ? 1 : share);
		if (i && i + 1 < n && values[i] == values[i - 1] && values[i] == values[i + 1])
			continue; /* in the middle of a level line */
		snprintf(text, sizeof text, "%c%.1f %.1f", i ? 'L' : 'M', x, y);
		buf_add(&buf, span_of(text));
	}
	if (filled) {
		snprintf(text, sizeof text, "L%d %dL0 %dZ", n > 1 ? LEGACY_CHART_WIDTH : 0, LEGACY_CHART_HEIGHT, LEGACY_CHART_HEIGHT);
		buf_add(&buf, span_of(text));
	}
	return buf_done(&buf, ret_path);
}
