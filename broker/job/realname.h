/* SPDX-License-Identifier: Apache-2.0 */
/*
 * realname - asks verifiers again that were away, closed, or that nobody lived to ask; ends verifications whose document has expired. What is due
 * stands in the store (struct realname_due): a restart loses nothing. domain.md 1.5: DEFERRED
 */
#pragma once

#include "broker/endpoint/app.h"

struct realname_job;

MUST_USE int realname_job_start(struct app *app, struct realname_job **ret_job);
/* Waits for what runs. NULL is fine. */
void realname_job_stop(struct realname_job *job);
