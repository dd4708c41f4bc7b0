/* SPDX-License-Identifier: Apache-2.0 */
/*
 * figures - what /metrics tells beside the server's own counts (broker/http/metrics.h).
 */
#pragma once

#include "broker/endpoint/legacy_live.h"
#include "broker/endpoint/legacy_wrap.h"
#include "broker/endpoint/outlet.h"
#include "broker/http/metrics.h"

#define FIGURES_MAX (10 + LEGACY_LIVE_KINDS + OUTLET_FIGURES_N)

struct figures {
	struct metric_source rows[FIGURES_MAX];
	size_t n;
	struct figure_of_live {
		struct legacy_live *live;
		enum legacy_live_kind kind;
		char labels[32];
	} live[LEGACY_LIVE_KINDS];
	struct figure_of_outlets {
		struct outlets *outlets;
		enum outlet_figure figure;
	} outlets[OUTLET_FIGURES_N];
};

/* Of @app, which outlives them. */
void figures_list(struct app *app, struct figures *ret_figures);
