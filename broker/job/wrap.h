/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wrap - walks imported digests at its own pace (endpoint/legacy_wrap.h): wraps weak ones, destroys what nobody claimed.
 *
 * One process at the lowest priority, one hash at a time, and only while nobody's password is being hashed: a login waits for none of them. Where logins
 * never end it takes one turn a second. A round over the whole store is begun at the start, every hour, and when asked for; what is imported in between
 * lies behind the place where the walk stands, and is met at once.
 */
#pragma once

#include "broker/endpoint/app.h"

struct wrap_job;

/* @app->wrap, which outlives the job, says how far it is. */
MUST_USE int wrap_job_start(struct app *app, struct wrap_job **ret_job);
/* Waits for the hash that runs. NULL is fine. */
void wrap_job_stop(struct wrap_job *job);
