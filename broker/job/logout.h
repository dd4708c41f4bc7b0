/* SPDX-License-Identifier: Apache-2.0 */
/*
 * logout - who is to know that a session has ended is told: upstreams of logouts that no browser told them, and clients (broker/endpoint/logout_notice.h).
 */
#pragma once

#include "broker/endpoint/app.h"

struct logout_job;
/* A thread for upstreams and one for clients: whoever hangs holds up others of the same sort for one attempt. */
MUST_USE int logout_job_start(struct app *app, struct logout_job **ret_job);
/* Waits for what runs. NULL is fine. */
void logout_job_stop(struct logout_job *job);
