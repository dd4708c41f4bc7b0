/* SPDX-License-Identifier: Apache-2.0 */
/*
 * job - what runs by itself, each at its own pace: expiry and the key ring on one thread, webhooks on another.
 */
#pragma once

#include "broker/endpoint/app.h"

struct job;

MUST_USE int job_start(struct app *app, struct job **ret_job);
/* Waits for what runs. */
void job_stop(struct job *job);
