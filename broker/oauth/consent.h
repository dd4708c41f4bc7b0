/* SPDX-License-Identifier: Apache-2.0 */
/*
 * consent - must the person be asked before a client gets these scopes? OpenID Connect Core 3.1.2.4 and 11, ASVS 10.7
 */
#pragma once

#include "broker/oauth/scope.h"

struct consent;

/* @remembered: the record of (account, client), NULL when there is none. @prompts: enum authorize_prompt bits. */
bool consent_is_needed(const struct config_client *client, const struct text_list *scopes, unsigned prompts,
		       const struct consent *remembered);
/* Put what the person agreed to into @consent: the earlier record, or a new one with its id, account and client_id set. What was
 * agreed to earlier and not withdrawn is kept. The record also tells the person what is granted, and ends offline grants when
 * withdrawn (not_before), so it is kept whatever the client's policy. */
MUST_USE int consent_remember(const struct text_list *scopes, struct instant now, struct arena *arena, struct consent *consent);
