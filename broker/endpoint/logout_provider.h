/* SPDX-License-Identifier: Apache-2.0 */
/*
 * logout_provider - an upstream is told that a session which began there is over: by the job, and for the browser that logs out (upstream_leave.h).
 */
#pragma once

#include "broker/endpoint/logout_notice.h"
#include "providers/provider.h"

/* What it says to @notice: DONE, REDIRECT to a page of its own that the person's browser has to see, or REJECT. */
MUST_USE int logout_provider_ask(const struct settings *settings, const struct config_provider *provider, const struct logout_notice *notice, struct instant deadline,
				 struct arena *arena, struct provider_step *ret_step);
/* One attempt of the job. */
MUST_USE int logout_provider_tell(const struct settings *settings, const struct config_provider *provider, const struct logout_notice *notice, struct arena *arena,
				  struct logout_answer *ret_answer);
