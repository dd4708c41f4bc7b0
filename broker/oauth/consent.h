/* SPDX-License-Identifier: Apache-2.0 */
/*
 * consent - must the person be asked before a client gets these scopes? OpenID Connect Core 3.1.2.4 and 11, ASVS 10.7
 */
#pragma once

#include "broker/oauth/scope.h"

/* @remembered: the record of (account, client), NULL when there is none. @prompts: enum authorize_prompt bits. */
bool consent_is_needed(const struct config_client *client, const struct text_list *scopes, unsigned prompts,
		       const struct consent *remembered);
/* Those of @scopes that the person has not yet agreed to: what the page puts first. */
MUST_USE int consent_new_scopes(const struct text_list *scopes, const struct consent *remembered, struct arena *arena,
				struct text_list *ret_new);
/* The record after the person agreed to @scopes: earlier ones are kept. @consent: the earlier record, or a new one with its id,
 * account and client_id set. False: the client's policy does not remember. */
MUST_USE int consent_remember(const struct config_client *client, const struct text_list *scopes, struct instant now,
			      struct arena *arena, struct consent *consent, bool *ret_keep);
