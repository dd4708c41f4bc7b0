/* SPDX-License-Identifier: Apache-2.0 */
/*
 * code - authorization codes: issue one, redeem it once.
 *
 * The code is the handle of a family record: id and secret. The record is therefore also the tombstone that finds what a replayed
 * code gave. RFC 6749 4.1.2 and 4.1.3, RFC 7636 4.6, RFC 9700 2.1.1 and 4.5.3
 */
#pragma once

#include "broker/oauth/scope.h"

struct account;
struct config;
struct family;
struct interaction;
struct session;

/* What a finished interaction ended in. */
struct code_grant {
	const struct config_client *client;
	const struct interaction *interaction; /* redirect_uri, nonce, code_challenge, resources */
	const struct session *session;         /* auth_time, acr, amr, acting_unit */
	const struct account *account;
	struct text_list scopes;               /* consented */
};

/* When the last token of a family can die: its id carries this. */
struct instant code_family_expiry(const struct config *config, const struct config_client *client, bool offline,
				  struct instant now);
/* The record of a new family; @id from record_expiring_id(code_family_expiry(…)), @code_hash from the handle. Borrows. */
void code_issue(const struct code_grant *grant, struct id id, struct span code_hash, struct instant now, struct family *ret_family);
/* A family without person: opaque tokens of client_credentials. */
void code_issue_service(const struct config_client *client, const struct text_list *scopes, const struct text_list *resources,
			struct id id, struct instant now, struct family *ret_family);

struct code_presented {
	bool secret_fits;         /* the handle's secret fits family.code_hash */
	struct span redirect_uri; /* empty: absent */
	struct span verifier;     /* empty: absent */
};

/* Redeem @family's code for the authenticated @client. ERR_INVALID_GRANT when it is used up, expired, revoked, belongs to another
 * client, or redirect_uri or verifier do not fit. *@ret_revoke: the same client came a second time, so everything that the code
 * gave must die (RFC 6749 4.1.2); another client's replay revokes nothing. */
MUST_USE int code_redeem(const struct family *family, const struct config_client *client, const struct code_presented *presented,
			 struct instant now, bool *ret_revoke);
/* What the redeemed family looks like: marked, without what only redeeming asked for, and with its first refresh token when the client may
 * have one. */
void code_mark_redeemed(struct family *family, const struct config_client *client, struct instant now);

/* What no later request asks a redeemed family for: half of its bytes in the store (performance.md G12). */
void code_forget_request(struct family *family);

/* BASE64URL(SHA256(verifier)) equals the challenge, and the verifier has 43 to 128 unreserved characters (RFC 7636 4.1, 4.6). */
MUST_USE int code_check_verifier(struct span challenge, struct span verifier);
