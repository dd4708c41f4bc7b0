/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token - access tokens (JWT and opaque) and ID tokens: what stands in them, and are they alive.
 *
 * Claims are written straight into a buffer, beginning as the signer demands. Opaque tokens are authenticated handles, so that
 * none of them needs a write. Both kinds name their family, which finds everything that can kill them.
 * RFC 9068, OpenID Connect Core 2 and 3.1.3.6, RFC 7519
 */
#pragma once

#include "broker/oauth/scope.h"
#include "broker/store/records_login.h"
#include "keys/seal.h"
#include "keys/signer.h"

struct account;
struct config;
struct unit;

#define TOKEN_JTI_RANDOM 14
#define TOKEN_JTI 40    /* characters: base64url(family id, random) */
#define TOKEN_OPAQUE 80 /* characters */
#define TOKEN_SID 22

/* Everything that the claims of one answer are made from. */
struct token_grant {
	const struct config *config;
	const struct config_client *client;
	const struct family *family; /* NULL: client_credentials as JWT */
	struct text_list scopes;     /* of this token; at most those of the family */
	struct text_list resources;  /* asked for in this request (RFC 8707 2.2); empty: all that were granted */
	struct text_list audience;   /* token_audience of them */
	struct span sub;             /* claims_subject; the client id for client_credentials */
	struct span sid;             /* token_sid; empty: none */
	const struct unit *unit;     /* the legal account's own, or the one acted for; told with scope org. NULL: none */
	bool acts;                   /* a natural person, for it */
	struct instant now;
	unsigned char random[TOKEN_JTI_RANDOM];
};

/* When an access token issued at @now dies: never later than its family. */
struct instant token_access_expiry(const struct token_grant *grant);
/* @resources (checked against the client before), else the client's audiences; with openid also the issuer, whose userinfo it
 * opens. */
MUST_USE int token_audience(const struct config *config, const struct config_client *client, const struct text_list *resources,
			    const struct text_list *scopes, struct arena *arena, struct text_list *ret_audience);
/* What a family's tokens may be for: the granted resources, else the client's audiences. Borrows. */
struct text_list token_resources(const struct family *family, const struct config_client *client);
/* The session that a series of logins began with: what sid is made of, so that it stays when the same person proves themself again. */
static inline struct id token_first_session(const struct session *session)
{
	return id_is_set(session->first) ? session->first : session->id;
}
static inline struct id token_family_session(const struct family *family)
{
	return id_is_set(family->session_first) ? family->session_first : family->session;
}
/* The session (token_first_session, token_family_session) as @client may know it: not linkable between clients. */
MUST_USE int token_sid(const struct seal_ring *ring, struct id session, struct span client_id, char ret_sid[TOKEN_SID + 1]);
void token_jti(struct id family, const unsigned char random[TOKEN_JTI_RANDOM], char ret_jti[TOKEN_JTI + 1]);
/* The family that a jti names: all zero for a token without one. ERR_INVALID. */
MUST_USE int token_jti_family(struct span jti, struct id *ret_family);

/* The claims of an at+jwt (RFC 9068 2.2), for signer_sign with SIGNER_ACCESS. */
void token_write_access(struct buf *buf, const struct token_grant *grant);
/* The claims of an ID token, for SIGNER_ID. @at_hash may be empty. */
void token_write_id(struct buf *buf, const struct token_grant *grant, struct span at_hash);
/* Left half of the access token's hash (OpenID Connect Core 3.1.3.6), base64url; the hash is that of @alg (enum config_alg). */
MUST_USE int token_at_hash(int alg, struct span access_token, char ret_hash[44]);

/* The opaque token: base64url(family id, expiry, random, masks of resources and scopes, MAC). */
MUST_USE int token_print_opaque(const struct seal_ring *ring, const struct token_grant *grant, char ret_text[TOKEN_OPAQUE + 1]);

/* An access token that was verified: by its MAC, or by its signature. Says nothing about being alive. */
struct token_access {
	struct id family;          /* all zero: none */
	struct instant expires_at, issued_at; /* issued_at unset for opaque ones */
	unsigned char mark[16];    /* name of this token among revocation marks, see token_mark */
	bool is_jwt;
	uint32_t scope_mask;       /* opaque: over family.scopes */
	uint32_t resource_mask;    /* opaque: over token_resources; 0: all */
	struct span client_id, sub, sid, scope, jti; /* JWT; the opaque one's stand in the family */
	struct text_list audience; /* JWT */
};

bool token_looks_opaque(struct span text);
/* ERR_INVALID_TOKEN for anything we did not print. */
MUST_USE int token_parse_opaque(const struct seal_ring *ring, struct span text, struct token_access *ret_access);
/* The claims of a JWT whose signature and typ (at+jwt) have been verified. ERR_INVALID_TOKEN when they are not ours. */
MUST_USE int token_parse_claims(const struct config *config, struct span payload, struct arena *arena,
				struct token_access *ret_access);
/* The id of the mark (KIND_MARK) that kills this one token. */
struct id token_mark(const struct token_access *access);

/* What decides whether a token is alive. */
struct token_state {
	const struct config_client *client;  /* NULL: unknown or disabled */
	const struct family *family;         /* NULL with needs_family: gone */
	bool needs_family;
	const struct session *session;       /* the one that continues the family's, or that one itself; NULL: ended */
	const struct account *account;       /* NULL: gone */
	const struct consent *consent;       /* of (account, client), NULL: none; only looked at for offline families */
	bool marked;                         /* revoked by itself */
	struct instant expires_at;           /* of the token */
};

/* The one answer for userinfo, introspection, refresh and logout: client enabled, not marked, family neither revoked nor over, its
 * session live unless offline, account active and not called back, consent not withdrawn. */
bool token_is_live(const struct token_state *state, const struct config *config, struct instant now);
/* A session that is neither over nor idle too long nor called back. */
bool token_is_session_live(const struct session *session, const struct account *account, const struct config *config,
			   struct instant now);
