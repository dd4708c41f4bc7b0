/* SPDX-License-Identifier: Apache-2.0 */
/*
 * logout_client - one attempt to tell a client that a session it took part in is over. OpenID Connect Back-Channel Logout 1.0 2.5
 */
#pragma once

#include "broker/endpoint/logout_notice.h"

MUST_USE int logout_client_tell(const struct settings *settings, const struct config_client *client, const struct logout_notice *notice, struct arena *arena,
				struct logout_answer *ret_answer);
