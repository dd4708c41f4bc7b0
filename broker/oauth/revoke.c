/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/oauth/revoke.h"

#include "conf/config_client.h"

enum revoke_action revoke_decide(const struct config_client *client, struct span owner, bool is_refresh, struct instant expires_at,
				 struct instant now)
{
	if (owner.n == 0 || !span_eq(owner, client->id)) /* RFC 7009 2.1: verify that it was issued to the asking client */
		return REVOKE_NOTHING;
	if (is_refresh)
		return REVOKE_FAMILY;
	return instant_before(now, expires_at) ? REVOKE_TOKEN : REVOKE_NOTHING;
}
