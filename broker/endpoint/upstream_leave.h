/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upstream_leave - an upstream is told that a session which began there is over here (a notice, logout_notice.h): by the browser that logs out, where it wants to
 * see it, or by the job.
 */
#pragma once

#include "broker/endpoint/logout_notice.h"

/* The browser is sent to tell it, for which it may want to see the browser: at once, as the reply; or, after a form of ours, when no redirect may leave this site
 * (Content-Security-Policy: form-action), by the page that the caller replies with, after @seconds. */
MUST_USE int upstream_leave_redirect(struct request *rq, struct id notice, struct span provider);
MUST_USE int upstream_leave_refresh(struct request *rq, struct id notice, struct span provider, int seconds);
/* One attempt of the job. */
MUST_USE int upstream_leave_tell(const struct settings *settings, const struct config_provider *provider, const struct logout_notice *notice, struct arena *arena,
				 struct logout_answer *ret_answer);
