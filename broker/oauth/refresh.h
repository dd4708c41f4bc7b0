/* SPDX-License-Identifier: Apache-2.0 */
/*
 * refresh - refresh tokens that are derived, not stored: the n-th of a family can be computed again.
 *
 * Text: base64url(family id, n, MAC). The family record only says which n is live, so a lost answer is repeated within the grace
 * without having stored it, and an old n is reuse: the family dies. RFC 6749 6, RFC 9700 4.14, FAPI 2.0 5.3.2.1 (rotation is a
 * policy)
 */
#pragma once

#include "broker/oauth/scope.h"
#include "keys/seal.h"

struct family;

#define REFRESH_TEXT 64 /* characters */

/* @ret_text is terminated. */
MUST_USE int refresh_print(const struct seal_ring *ring, struct id family, uint32_t n, char ret_text[REFRESH_TEXT + 1]);
/* ERR_INVALID_GRANT for anything we did not print. */
MUST_USE int refresh_parse(const struct seal_ring *ring, struct span text, struct id *ret_family, uint32_t *ret_n);
/* It has the form of one (length and alphabet), so that revocation and introspection know where to look first. */
bool refresh_looks_like(struct span text);

struct refresh_decision {
	bool revoke;   /* with ERR_INVALID_GRANT: reuse, the family must die */
	bool changed;  /* refresh_n, refreshed_at are new: keep the record */
	uint32_t n;    /* the token to answer with */
};

/* May the @n-th token of @family be used by the authenticated @client at @now? ERR_INVALID_GRANT when not; look at ret->revoke
 * then. On success @family has been moved on in memory when ret->changed. Whether session and account still live is
 * token_is_live's question. */
MUST_USE int refresh_decide(struct family *family, const struct config_client *client, uint32_t n, struct instant now,
			    struct refresh_decision *ret);
/* When the live token dies: the earlier of the family's end and idleness. */
struct instant refresh_expiry(const struct family *family, const struct config_client *client);
