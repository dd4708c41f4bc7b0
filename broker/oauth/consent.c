/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/oauth/consent.h"

#include "broker/base/error.h"
#include "broker/oauth/authorize.h"
#include "broker/store/records_login.h"

/* A consent that was withdrawn after it was given is none. */
static bool is_standing(const struct consent *consent)
{
	return consent && !instant_before(consent->granted_at, consent->not_before);
}

bool consent_is_needed(const struct config_client *client, const struct text_list *scopes, unsigned prompts,
		       const struct consent *remembered)
{
	if (prompts & PROMPT_CONSENT) /* OpenID Connect Core 3.1.2.1: ask, whatever is remembered */
		return true;
	switch (client->consent) {
	case CONFIG_CONSENT_SKIP: /* the operator vouches for its own systems (ASVS 10.7.1: assured clients) */
		return false;
	case CONFIG_CONSENT_REMEMBER:
		/* OpenID Connect Core 11: offline access wants a person's word each time it is asked for. */
		return scope_has(scopes, SPAN("offline_access")) || !is_standing(remembered) ||
		       !scope_is_subset(scopes, &remembered->scopes);
	default:
		return true;
	}
}

int consent_remember(const struct text_list *scopes, struct instant now, struct arena *arena, struct consent *consent)
{
	size_t kept = is_standing(consent) ? consent->scopes.n : 0;
	struct text_list list = { arena_array(arena, struct span, kept + scopes->n + 1), 0 };

	if (!list.items)
		return FAULT_MEMORY;
	for (size_t i = 0; i < kept; i++)
		list.items[list.n++] = consent->scopes.items[i];
	for (size_t i = 0; i < scopes->n; i++)
		if (!scope_has(&list, scopes->items[i]))
			list.items[list.n++] = scopes->items[i];
	consent->scopes = list;
	consent->granted_at = now;
	return 0;
}
