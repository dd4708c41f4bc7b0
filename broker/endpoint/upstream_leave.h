/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upstream_leave - the browser that logs out goes by way of the upstream where its session began, which may want to see it (a notice, logout_notice.h).
 */
#pragma once

#include "broker/endpoint/logout_notice.h"

/* The browser is sent to tell it, for which it may want to see the browser: at once, as the reply; or, after a form of ours, when no redirect may leave this site
 * (Content-Security-Policy: form-action), by the page that the caller replies with, after @seconds. */
MUST_USE int upstream_leave_redirect(struct request *rq, struct id notice, struct span provider);
MUST_USE int upstream_leave_refresh(struct request *rq, struct id notice, struct span provider, int seconds);
