/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upstream - upstreams are told of logouts that no browser told them (broker/endpoint/upstream_notice.h).
 */
#pragma once

#include "broker/endpoint/app.h"

struct upstream_job;
MUST_USE int upstream_job_start(struct app *app, struct upstream_job **ret_job);
/* Waits for what runs. NULL is fine. */
void upstream_job_stop(struct upstream_job *job);
