/* SPDX-License-Identifier: Apache-2.0 */
/*
 * job - the one background thread: expiry and the key ring, each at its own pace.
 */
#pragma once

#include "broker/endpoint/app.h"

struct job;

MUST_USE int job_start(struct app *app, struct job **ret_job);
/* Waits for what runs. */
void job_stop(struct job *job);
